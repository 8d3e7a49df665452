"""
What an interface loses when side chains are cut where they stand.

To alanine, or to glycine; nothing is repacked and no energy is claimed.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from il2struct.arrays import BoolArray
from il2struct.bond_kinds import named_kinds
from il2struct.interface.complementarity import ScDetail
from il2struct.interface.interface import Interface, interface_between, make_partner
from il2struct.structure.model import Entry

BACKBONE: Final = ("N", "CA", "C", "O", "OXT")
#: Atoms that stay when a side chain is cut to another residue.
KEPT: Final = {"ALA": (*BACKBONE, "CB"), "GLY": BACKBONE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """Partner residues (values of ``residue_index``) in contact, and bonded by a kind of bond."""

    partners: frozenset[int]
    bonds: frozenset[tuple[int, str]]


def truncated(entry: Entry, rows: Sequence[int], *, name: str = "ALA") -> Entry:
    """Return an entry with some residues (rows of ``entry.residues``) cut to one of `KEPT`."""
    atoms, residues = entry.atoms, entry.residues
    in_rows = np.isin(atoms.residue_index, rows)
    kept: BoolArray = ~in_rows | np.isin(atoms.atom_name, KEPT[name])
    atom_names = atoms.residue_name.copy()
    atom_names[in_rows] = name
    names = residues.name.copy()
    names[list(rows)] = name
    before = np.concatenate([[0], np.cumsum(kept)])
    return replace(
        entry,
        atoms=replace(atoms, residue_name=atom_names).select(kept),
        residues=replace(
            residues,
            name=names,
            atom_start=before[residues.atom_start],
            atom_stop=before[residues.atom_stop],
        ),
    )


def touched(interface: Interface, side: int, indices: Sequence[int]) -> Touched:
    """Find what some residues (values of ``residue_index``) of side 1 or 2 touch and are bonded to."""
    step = 3 - 2 * side
    contacts, bonds = interface.contacts, interface.bonds
    own, other = (contacts.residue_1, contacts.residue_2)[::step]
    bonded = [
        partner.prepared.atoms.residue_index[index]
        for partner, index in zip(
            interface.sides, (bonds.index_1, bonds.index_2), strict=True
        )
    ][::step]
    is_own = np.isin(bonded[0], indices)
    return Touched(
        partners=frozenset(other[np.isin(own, indices)].tolist()),
        bonds=frozenset(
            (residue, kind.word)
            for kind in named_kinds()
            for residue in bonded[1][is_own & bonds.is_kind[kind.name]].tolist()
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """What an interface loses with some side chains, cut where they stand."""

    #: The interface without them, waters left aside.
    without: Interface
    area_per_side_a2: float
    sc: float  # NaN where it was not computed
    # Partner residues (values of ``residue_index``) no longer in contact, and those that lose a bond
    # of some kind.
    partners: frozenset[int]
    bonds: frozenset[tuple[int, str]]


def lost_side_chains(
    entry: Entry,
    interface: Interface,
    side: int,
    indices: Sequence[int],
    *,
    name: str = "ALA",
) -> Loss:
    """
    Measure once more what some residues (values of ``residue_index``) of side 1 or 2 make, cut.

    Of a side with several images of a chain, the residues are cut in all of them.
    """
    parameters = interface.parameters
    if parameters.fit.detail is ScDetail.ERROR:  # which the loss has no need of
        fit = replace(parameters.fit, detail=ScDetail.VALUE)
        parameters = replace(parameters, fit=fit)
    partners = list(interface.sides)
    old = partners[side - 1]
    rows = old.residue_row(np.array(indices, dtype=np.int64))
    partners[side - 1] = make_partner(
        truncated(entry, rows.tolist(), name=name),
        old.images,
        label=old.label,
        role=old.role,
        parameters=parameters,
    )
    without = interface_between(
        *partners, complex_id=interface.complex_id, waters=None, parameters=parameters
    )
    before, after = (touched(each, side, indices) for each in (interface, without))
    old_sc, new_sc = interface.complementarity, without.complementarity
    area_a2 = interface.burial.area_per_side_a2 - without.burial.area_per_side_a2
    return Loss(
        without=without,
        area_per_side_a2=area_a2,
        sc=old_sc.result.sc - new_sc.result.sc if old_sc and new_sc else math.nan,
        partners=before.partners - after.partners,
        bonds=before.bonds - after.bonds,
    )
