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
from il2struct.complementarity import shape_complementarity
from il2struct.interface.burial import free_surface, reach_a
from il2struct.interface.complementarity import ScParameters, sized_atoms
from il2struct.interface.interface import (
    Interface,
    Partner,
    interface_between,
    partner_of,
)
from il2struct.kernels.cells import near_mask
from il2struct.structure.model import Entry

BACKBONE: Final = ("N", "CA", "C", "O", "OXT")
#: Bonds of a residue that is cut, those of its partners within their side, and the atoms that tell
#: what either can do, all are within this, in Å.
SURROUNDINGS_A: Final = 16.0
#: Atoms that stay when a side chain is cut to another residue.
KEPT: Final = {"ALA": (*BACKBONE, "CB"), "GLY": BACKBONE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """Partner residues (values of ``residue_index``) in contact, and bonded by a kind of bond."""

    partners: frozenset[int]
    bonds: frozenset[tuple[int, str]]


def touched(interface: Interface, side: int, indices: Sequence[int]) -> Touched:
    """Find what some residues (values of ``residue_index``) of side 1 or 2 touch and are bonded to."""
    step = 3 - 2 * side
    contacts, bonds = interface.contacts, interface.bonds
    own, other = (contacts.residue_1, contacts.residue_2)[::step]
    ends = zip(interface.sides, (bonds.index_1, bonds.index_2), strict=True)
    bonded = [p.prepared.atoms.residue_index[index] for p, index in ends][::step]
    is_own = np.isin(bonded[0], indices)
    return Touched(
        partners=frozenset(other[np.isin(own, indices)].tolist()),
        bonds=frozenset(
            (residue, kind.word)
            for kind in named_kinds()
            for residue in bonded[1][is_own & bonds.is_kind[kind.name]].tolist()
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Loss:
    """What an interface loses with some side chains, cut where they stand."""

    # What is left of the interface around them, waters aside, and by side which of its atoms are
    # near enough to them to have changed; all others are where it was cut out, or as they were.
    without: Interface
    is_near: tuple[BoolArray, BoolArray]
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

    Of a side with several images of a chain, the residues are cut in all of them. Only their
    surroundings are measured, since nothing else changes.
    """
    # Of Sc only the value without glycans is asked for.
    parameters = replace(interface.parameters, fit=ScParameters())
    cut, other = interface.sides[side - 1], interface.sides[2 - side]
    rows = cut.residue_row(np.array(indices, dtype=np.int64))
    is_cut = np.isin(cut.residue_row(cut.atoms.residue_index), rows)
    stays = ~is_cut | np.isin(cut.atoms.atom_name, KEPT[name])
    names = np.where(is_cut, name, cut.atoms.residue_name)
    centre = cut.atoms.coords[is_cut]
    cut = replace(cut, atoms=replace(cut.atoms, residue_name=names), sized=None)
    # Only what touches a cut atom through a probe changes its area.
    reach = max(reach_a(s.surface.radii, parameters.burial) for s in interface.sides)
    around_a = max(2.0 * reach, parameters.contact_cutoff_a, SURROUNDINGS_A)
    around = near_mask(cut.atoms.coords, centre, around_a)
    residues = cut.atoms.residue_index
    kept = stays & np.isin(residues, residues[around])
    part = replace(cut, atoms=cut.atoms.select(kept))
    surface = free_surface(
        part,
        parameters=parameters.burial,
        sasa_a2=cut.surface.sasa_a2[kept[cut.surface.rows]],
        asked=near_mask(part.atoms.coords, centre, reach),
    )
    part = partner_of(part, entry, parameters=parameters, surface=surface)
    # Glycans are among what is prepared for bonds; the area that they bury is not asked for.
    none = entry.atoms.select(np.zeros(0, dtype=np.int64))
    parts = [replace(each, glycans=none) for each in (part, other)]
    without = interface_between(
        *parts[:: 3 - 2 * side],
        complex_id=interface.complex_id,
        waters=None,
        parameters=parameters,
    )
    before, after = (touched(each, side, indices) for each in (interface, without))
    area_1, area_2 = (
        sum(
            float(
                own.buried_a2[near_mask(s.atoms.coords[own.rows], centre, reach)].sum()
            )
            for s, own in zip(each.sides, each.burial.sides, strict=True)
        )
        for each in (interface, without)
    )
    first, second = (near_mask(s.atoms.coords, centre, reach) for s in without.sides)
    sides = [replace(cut, atoms=cut.atoms.select(stays)), other]
    return Loss(
        without=without,
        is_near=(first, second),
        area_per_side_a2=(area_1 - area_2) / 2.0,
        sc=_lost_sc(interface, sides[:: 3 - 2 * side]),
        partners=before.partners - after.partners,
        bonds=before.bonds - after.bonds,
    )


def _lost_sc(interface: Interface, cut: Sequence[Partner]) -> float:
    """Shape complementarity less that of the cut sides; NaN where it was not computed."""
    if interface.complementarity is None:
        return math.nan
    first, second = (side.sized or sized_atoms(side.atoms) for side in cut)
    left = shape_complementarity(
        *(first.coords, first.radii_a, second.coords, second.radii_a),
        parameters=interface.parameters.fit.complementarity,
    )
    return interface.complementarity.result.sc - left.sc
