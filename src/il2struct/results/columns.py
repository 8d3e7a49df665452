"""Columns that tell residues apart, for any table that speaks of residues."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from il2struct.arrays import BoolArray, IndexArray
from il2struct.structure.model import NO_NUMBER, Side
from il2struct.structure.named import NamedEntry

#: The columns of one table, all of one length.
Columns: TypeAlias = dict[str, npt.NDArray[Any]]


def residue_columns(
    named: NamedEntry, side: Side, residue_index: IndexArray
) -> Columns:
    """
    Names and numbers of residues of a side.

    Parameters
    ----------
    named : NamedEntry
    side : Side
    residue_index : ndarray of int, shape=(n,)
        Values of ``side.atoms.residue_index``.

    Returns
    -------
    dict of str to ndarray, each shape=(n,)
        role, auth_asym_id, operator, auth_number, ins_code, label_number, uniprot_number,
        mature_number, residue_name, status and reference_letter.
    """
    rows = side.residue_row(residue_index)
    codes = np.array([image.symmetry_code for image in side.images], dtype=np.str_)
    residues, numbers = named.entry.residues, named.numbers
    return {
        "role": numbers.role[rows],
        "auth_asym_id": residues.auth_asym_id[rows],
        "operator": codes[side.image_of(residue_index)],
        "auth_number": residues.auth_number[rows],
        "ins_code": residues.ins_code[rows],
        "label_number": residues.label_number[rows],
        "uniprot_number": numbers.uniprot_number[rows],
        "mature_number": numbers.mature_number[rows],
        "residue_name": residues.name[rows],
        "status": numbers.status[rows],
        "reference_letter": numbers.reference_letter[rows],
    }


def chosen(
    columns: Mapping[str, npt.NDArray[Any]], names: Sequence[str], suffix: str
) -> Columns:
    """Take some columns and put a suffix (``_1``, ``_2`` or nothing) behind their names."""
    return {name + suffix: columns[name] for name in names}


def constant(value: object, length: int) -> npt.NDArray[Any]:
    """Repeat a value as a column."""
    return np.full(length, value)


def stacked(parts: Sequence[Columns], names: Sequence[str]) -> Columns:
    """Join the columns of several parts below each other; no parts give empty columns."""
    return {
        name: np.concatenate([part[name] for part in parts]) if parts else np.zeros(0)
        for name in names
    }


def gap_edges(named: NamedEntry) -> BoolArray:
    """
    Mask of residues (rows of ``Entry.residues``) beside a stretch without coordinates.

    Parameters
    ----------
    named : NamedEntry
    """
    mask = np.zeros(len(named.entry.residues), dtype=np.bool_)
    for chain, role in zip(named.entry.protein_chains, named.roles, strict=True):
        padded = np.concatenate(([True], role.is_modelled, [True]))
        beside = ~padded[chain.position] | ~padded[chain.position + 2]
        # Without a deposited sequence every position is modelled, and skipped numbers tell.
        numbers = role.mature_number[chain.position]
        skips = (
            (np.diff(numbers) > 1)
            & (numbers[1:] != NO_NUMBER)
            & (numbers[:-1] != NO_NUMBER)
        )
        beside[:-1] |= skips
        beside[1:] |= skips
        mask[chain.residue_index] = beside
    return mask
