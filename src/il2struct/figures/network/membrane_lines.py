"""The steps of a crystal that make the contact asked about, as membrane figures name them."""

from collections.abc import Callable, Sequence
from typing import Any

from il2struct.errors import ParameterError
from il2struct.figures.words import plain, safe
from il2struct.network.evidence.long_chains import long_chains
from il2struct.network.evidence.study import NetworkStudy
from il2struct.network.evidence.survey import MembraneLine
from il2struct.structure.roles import symbol_of


def focal_chains(study: NetworkStudy, sizes: Sequence[int]) -> tuple[MembraneLine, ...]:
    """
    Weigh chains of the contact asked about.

    Parameters
    ----------
    study : NetworkStudy
    sizes : sequence of int
        Complexes in a chain.

    Raises
    ------
    ParameterError
        If no copy of the contact repeats a complex with receptors.
    """
    lines = long_chains(study, sizes=sizes)
    if not lines:
        raise ParameterError(
            "no copy of the contact repeats a complex with receptors on the membrane; "
            "give a crystal of the complex."
        )
    return lines


def line_name(line: MembraneLine) -> str:
    """Name a step by its entry, complex and operator, safe to draw."""
    return _named(line, safe)


def line_words(line: MembraneLine) -> str:
    """Name a step for sentences."""
    return _named(line, plain)


def _named(line: MembraneLine, made_harmless: Callable[[str], str]) -> str:
    contact = line.contacts[0].contact
    entry, complex_id, operator = (
        made_harmless(text)
        for text in (
            line.contacts[0].named.entry.entry_id,
            contact.unit_1.unit_id,
            contact.image_2.symmetry_code,
        )
    )
    return f"{entry} complex {complex_id}, {operator}"


def step_key(line: MembraneLine) -> dict[str, Any]:
    """Return the columns that say which step a row of a figure's table is of."""
    measured = line.contacts[0]
    return {
        "entry_id": measured.named.entry.entry_id,
        "complex_id": measured.interface.complex_id,
        "interface_id": measured.interface.interface_id,
        "operator_2": measured.contact.image_2.symmetry_code,
    }


def pair_words(study: NetworkStudy) -> str:
    """Write the roles of the contact: ``γc – IL-2Rα``."""
    return " – ".join(symbol_of(role.value) for role in study.roles)
