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
from il2struct.interface.burial import BurialParameters, FreeSurface, free_surface
from il2struct.interface.complementarity import ScParameters, sized_atoms
from il2struct.interface.interface import (
    Interface,
    Partner,
    interface_between,
    make_partner,
)
from il2struct.kernels.cells import near_mask
from il2struct.kernels.sasa import accessible_areas
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
    # Of Sc only the value without glycans is asked for.
    parameters = replace(interface.parameters, fit=ScParameters())
    partners = list(interface.sides)
    old = partners[side - 1]
    rows = old.residue_row(np.array(indices, dtype=np.int64))
    cut = make_partner(
        truncated(entry, rows.tolist(), name=name),
        old.images,
        label=old.label,
        role=old.role,
        parameters=parameters,
        surface=old.surface,
    )
    stays = np.isin(old.atoms.atom_name, KEPT[name])
    stays |= ~np.isin(old.residue_row(old.atoms.residue_index), rows)
    surface = _cut_surface(old, cut, stays, parameters.burial)
    partners[side - 1] = replace(cut, surface=surface)
    without = interface_between(
        *partners, complex_id=interface.complex_id, waters=None, parameters=parameters
    )
    before, after = (touched(each, side, indices) for each in (interface, without))
    area_a2 = interface.burial.area_per_side_a2 - without.burial.area_per_side_a2
    return Loss(
        without=without,
        area_per_side_a2=area_a2,
        sc=_lost_sc(interface, partners),
        partners=before.partners - after.partners,
        bonds=before.bonds - after.bonds,
    )


def _cut_surface(
    old: Partner, cut: Partner, stays: BoolArray, parameters: BurialParameters
) -> FreeSurface:
    """Surface of a side of which some atoms stay: areas change near the others, and their residues."""
    before, known = old.atoms.select(old.surface.rows), old.surface
    stays = stays[known.rows]
    areas = known.sasa_a2[stays]
    surface = free_surface(cut, parameters=parameters, sasa_a2=areas)
    coords, radii_a = before.coords[stays], surface.radii.radii_a
    moved = np.isin(before.residue_index, before.residue_index[~stays])
    reach_a = 2.0 * (float(known.radii.radii_a.max()) + parameters.probe_radius_a)
    changed = near_mask(coords, before.coords[moved], reach_a)
    around = near_mask(coords, coords[changed], reach_a)
    areas[changed] = accessible_areas(
        coords[around],
        radii_a[around],
        probe_radius_a=parameters.probe_radius_a,
        n_slices=parameters.n_slices,
    )[changed[around]]
    return surface


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
