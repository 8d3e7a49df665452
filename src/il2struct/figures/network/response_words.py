"""Words and numbers that figures of the response share."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from il2struct.network.response.receptor import ReceptorResponse

if TYPE_CHECKING:
    from matplotlib.axis import Axis


def terms_of(responses: Sequence[ReceptorResponse]) -> str:
    """Return the parameters behind responses, as sentences."""
    said = dict.fromkeys(
        f"Dissociation constant of the γc-α contact {r.settings.contact_kd_micromolar:g} µmol/L (assumed, never "
        f"measured). {r.settings.free_chains.statement}"
        for r in responses
    )
    return " ".join(said)


def write_decades(*axes: "Axis") -> None:
    """
    Label an axis of powers of ten with plain numbers, and leave out the small ticks.

    Superscripts would be mathematics, which a PDF cuts into pieces.

    Parameters
    ----------
    *axes : Axis
    """
    from matplotlib.ticker import FuncFormatter, NullLocator

    for axis in axes:
        axis.set_major_formatter(FuncFormatter(positional))
        axis.set_minor_locator(NullLocator())


def positional(value: float, _place: int | None = None) -> str:
    """Write a number without an exponent."""
    words: str = np.format_float_positional(float(f"{value:.3g}"), trim="-")
    return words
