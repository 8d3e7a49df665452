"""The space group of a file, by whichever name, number or list of operators it gives."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from il2struct.arrays import FloatArray
from il2struct.structure.model import Note

if TYPE_CHECKING:
    import gemmi

#: Where mmCIF writes Hermann-Mauguin symbols, the usual place first.
SYMBOL_TAGS: Final = (
    "_symmetry.space_group_name_H-M",
    "_space_group.name_H-M_full",
    "_space_group.name_H-M_alt",
    "_symmetry.pdbx_full_space_group_name_H-M",
    "_space_group.name_H-M_ref",
)
HALL_TAGS: Final = ("_space_group.name_Hall", "_symmetry.space_group_name_Hall")
OPERATOR_TAGS: Final = (
    "_space_group_symop.operation_xyz",
    "_symmetry_equiv.pos_as_xyz",
)
#: A line of REMARK 290 that holds an operator: number, 555, triplet.
SYMMETRY_REMARK: Final = re.compile(
    r"REMARK 290\s+\d+555\s+([-+XYZxyz0-9/]+,[-+XYZxyz0-9/]+,[-+XYZxyz0-9/]+)\s*$"
)
NUMBER_TAGS: Final = ("_space_group.IT_number", "_symmetry.Int_Tables_number")
#: Largest departure of an operator from a rotation: cells are refined within their system, but old
#: entries give angles and edges rounded.
LARGEST_STRETCH: Final = 0.02


def group_named(symbol: str, alpha: float, gamma: float) -> "gemmi.SpaceGroup | None":
    """
    Find a space group by its Hermann-Mauguin symbol, also as programs and the archive spell it.

    Parameters
    ----------
    symbol : str
        ``"P 21 21 21"``, ``"P2(1)2(1)2(1)"``, ``"P 1-"``, ``"H 3"``.
    alpha, gamma : float
        Angles of the cell in degrees, which tell the two settings of ``"R 3"`` apart.

    Examples
    --------
    >>> group_named("P 1-", 80.0, 95.0).hm, group_named("P2(1)", 90.0, 90.0).hm
    ('P -1', 'P 1 21 1')
    """
    import gemmi

    return gemmi.find_spacegroup_by_name(plain_symbol(symbol), alpha, gamma)


def plain_symbol(symbol: str) -> str:
    """
    Write a Hermann-Mauguin symbol as the International Tables do in plain text.

    Parameters
    ----------
    symbol : str
        ``"P 1-"`` is the archive's way to write the bar over the 1, ``"P2(1)"`` that of SHELX.

    Examples
    --------
    >>> plain_symbol("P 1-"), plain_symbol("P2(1)2(1)2(1)")
    ('P -1', 'P212121')
    """
    return re.sub(r"(\d)-", r"-\1", re.sub(r"[()]", "", symbol))


def group_of_block(
    block: "gemmi.cif.Block", cell: "gemmi.UnitCell"
) -> tuple[str, list[Note]]:
    """
    Return the symbol of an mmCIF file's space group, as written if none is known.

    Parameters
    ----------
    block : gemmi.cif.Block
    cell : gemmi.UnitCell
        Tells settings apart that a number or a short symbol leaves open.

    Returns
    -------
    symbol : str
    notes : list of Note
        If the symbol was not taken from its usual place.
    """
    usual, *others = (_text(block, tag) for tag in SYMBOL_TAGS)
    if group_named(usual, cell.alpha, cell.gamma) is not None:
        return usual, []
    named = (s for s in others if group_named(s, cell.alpha, cell.gamma) is not None)
    symbol, source = next(named, ""), "another column of its symbol"
    if not symbol:
        symbol, source = _of_operators(block), "its operators"
    if not symbol:
        symbol, source = _of_number(block, cell), "its number, setting by the cell"
    if not symbol:
        return usual, []
    text = f"The usual column of the space group names none; it is told by {source}."
    return symbol, [
        Note(topic="space_group_source", subject=symbol, count=1, message=text)
    ]


def group_of_remarks(structure: "gemmi.Structure") -> tuple[str, list[Note]]:
    """
    Return the symbol of a PDB file's space group, by REMARK 290 if CRYST1 names none that is known.

    Parameters
    ----------
    structure : gemmi.Structure
        As parsed.

    Returns
    -------
    symbol : str
    notes : list of Note
        If the operators of REMARK 290 tell it.
    """
    usual, cell = structure.spacegroup_hm, structure.cell
    if group_named(usual, cell.alpha, cell.gamma) is not None:
        return usual, []
    remarks = (SYMMETRY_REMARK.match(line) for line in structure.raw_remarks)
    symbol = _group_of([found[1] for found in remarks if found])
    if not symbol:
        return usual, []
    text = "CRYST1 names no space group that is known; it is told by the operators of REMARK 290."
    return symbol, [
        Note(topic="space_group_source", subject=symbol, count=1, message=text)
    ]


def is_sheared(rotations: FloatArray) -> bool:
    """
    Whether operators are no rotations: their group is one of a cell of another shape.

    Parameters
    ----------
    rotations : ndarray, shape=(n, 3, 3)
        Cartesian.
    """
    departures = rotations @ rotations.transpose(0, 2, 1) - np.eye(3)
    return bool(np.abs(departures).max() > LARGEST_STRETCH)


def _text(block: "gemmi.cif.Block", tag: str) -> str:
    import gemmi

    return str(gemmi.cif.as_string(block.find_value(tag) or "?"))


def _of_operators(block: "gemmi.cif.Block") -> str:
    """Symbol by the Hall symbol or the list of operators."""
    import gemmi

    lists = [[_text(block, tag)] for tag in HALL_TAGS]
    lists += [
        [*map(gemmi.cif.as_string, block.find_values(tag))] for tag in OPERATOR_TAGS
    ]
    return next((symbol for texts in lists if (symbol := _group_of(texts))), "")


def _group_of(texts: Sequence[str]) -> str:
    """Symbol of a list of operators, or of one Hall symbol; empty if there is none."""
    import gemmi

    try:
        operators = (
            gemmi.GroupOps([gemmi.Op(text) for text in texts])
            if "," in "".join(texts)
            else gemmi.symops_from_hall(texts[0])
        )
        group = gemmi.find_spacegroup_by_ops(operators)
    except (RuntimeError, ValueError, IndexError):  # nothing there, or damaged
        return ""
    return "" if group is None else str(group.xhm())


def _of_number(block: "gemmi.cif.Block", cell: "gemmi.UnitCell") -> str:
    """Symbol by the number in the International Tables: the first setting that fits the cell."""
    import gemmi

    numbers = {_text(block, tag) for tag in NUMBER_TAGS}
    to_cartesian, to_fractional = (
        np.array(transform.mat.tolist()) for transform in (cell.orth, cell.frac)
    )
    for group in gemmi.spacegroup_table():
        if str(group.number) in numbers:
            turns = np.array([op.float_seitz() for op in group.operations()])
            if not is_sheared(to_cartesian @ turns[:, :3, :3] @ to_fractional):
                return str(group.xhm())
    return ""
