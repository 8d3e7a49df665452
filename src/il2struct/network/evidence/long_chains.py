"""Longer chains of the contact that is asked about, stood on the membrane."""

from collections.abc import Sequence
from dataclasses import replace

from il2struct.errors import ParameterError
from il2struct.network.evidence.chain_lines import focal_lines
from il2struct.network.evidence.study import NetworkStudy
from il2struct.network.evidence.survey import MembraneLine, complex_of
from il2struct.network.membrane.helix import RigidMotion
from il2struct.network.membrane.study import SIZES, membrane_study
from il2struct.network.membrane.tethers import anchors_of_complex, body_of_complex
from il2struct.structure.model import ChainImage

__all__ = ["long_chains"]


def long_chains(
    study: NetworkStudy, *, sizes: Sequence[int] = SIZES
) -> tuple[MembraneLine, ...]:
    """
    Weigh chains of more complexes than the evidence needs, those of the focal contact only.

    Parameters
    ----------
    study : NetworkStudy
    sizes : sequence of int
        Complexes in a chain; the single one is always weighed.

    Returns
    -------
    tuple of MembraneLine
        The focal lines of the study, with longer chains; empty if it has none.

    Raises
    ------
    ParameterError
        If a size is not positive.
    """
    if any(size < 1 for size in sizes):
        raise ParameterError("a chain holds one complex or more; give positive sizes.")
    if study.focal is None:
        return ()
    return tuple(
        _longer(line, sizes) for line in focal_lines(study.focal, study.membrane)
    )


def _longer(line: MembraneLine, sizes: Sequence[int]) -> MembraneLine:
    first = line.contacts[0]
    complex_ = complex_of(first)
    if complex_ is None:  # a line is made of a complex
        return line
    anchors = anchors_of_complex(first.named, complex_)
    body = body_of_complex(first.named, complex_, anchors)
    place = ChainImage("", *first.contact.placement_2)
    rotation, translation = first.named.entry.transform(place)
    motion = RigidMotion(rotation=rotation, translation=translation)
    return replace(line, study=membrane_study(body, motion, sizes=sizes))
