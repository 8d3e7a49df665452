"""Longer chains of the contact that is asked about, stood on the membrane."""

from collections.abc import Sequence

from il2struct.errors import ParameterError
from il2struct.network.evidence.chain_lines import focal_lines
from il2struct.network.evidence.study import NetworkStudy
from il2struct.network.evidence.survey import (
    MembraneLine,
    complex_of,
    membrane_line,
)
from il2struct.network.membrane.chain import SIZES

__all__ = ["long_chains"]


def long_chains(
    study: NetworkStudy, *, sizes: Sequence[int] = SIZES
) -> tuple[MembraneLine, ...]:
    """
    Weigh chains of more complexes than the evidence needs, those of the focal contact only.

    The focal lines of the study, with longer chains; empty if it has none.
    """
    if any(size < 1 for size in sizes):
        raise ParameterError("a chain holds one complex or more; give positive sizes.")
    if study.focal is None:
        return ()
    own = focal_lines(study.focal, study.membrane)
    return tuple(
        membrane_line(line.contacts, complex_, sizes=sizes)
        for line in own
        if (complex_ := complex_of(line.contacts[0])) is not None
    )
