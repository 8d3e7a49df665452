"""
What an interface loses when side chains are cut where they stand.

To alanine, or to glycine; nothing is repacked and no energy is claimed.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from il2struct.arrays import BoolArray, FloatArray, IndexArray
from il2struct.bond_kinds import named_kinds
from il2struct.complementarity import shape_complementarity
from il2struct.interface.burial import protor_radii
from il2struct.interface.complementarity import sized_atoms
from il2struct.interface.interface import Interface, interface_between, make_partner
from il2struct.kernels.sasa import buried_areas
from il2struct.structure.model import Atoms, Entry

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


def without_side_chains(
    entry: Entry,
    interface: Interface,
    side: int,
    rows: Sequence[int],
    *,
    name: str = "ALA",
) -> Interface:
    """Measure an interface once more with some side chains of side 1 or 2 cut; waters are left aside."""
    partners = list(interface.sides)
    old = partners[side - 1]
    partners[side - 1] = make_partner(
        truncated(entry, rows, name=name),
        old.images,
        label=old.label,
        role=old.role,
        parameters=interface.parameters,
    )
    oxygens = entry.atoms.select(np.zeros(0, dtype=np.int64))
    return interface_between(
        partners[0],
        partners[1],
        complex_id=interface.complex_id,
        waters=oxygens,
        parameters=interface.parameters,
    )


def touched(
    interface: Interface,
    side: int,
    indices: Sequence[int],
    *,
    names: Sequence[str] | None = None,
) -> Touched:
    """
    Find what some residues (values of ``residue_index``) of side 1 or 2 touch and are bonded to.

    With their atoms of some names alone, if these are given.
    """
    own, other = side - 1, 2 - side

    def is_own(atoms: Atoms) -> BoolArray:
        mask: BoolArray = np.isin(atoms.residue_index, indices)
        return mask if names is None else mask & np.isin(atoms.atom_name, names)

    contacts, bonds = interface.contacts, interface.bonds
    sides = [partner.atoms for partner in interface.sides]
    pairs = (contacts.atom_1, contacts.atom_2)
    touching = is_own(sides[own])[pairs[own]]
    bonded = [partner.prepared.atoms for partner in interface.sides]
    rows = (bonds.index_1, bonds.index_2)
    is_bonded = is_own(bonded[own])[rows[own]]
    residues = bonded[other].residue_index[rows[other]]
    return Touched(
        partners=frozenset(sides[other].residue_index[pairs[other][touching]].tolist()),
        bonds=frozenset(
            (residue, kind.word)
            for kind in named_kinds()
            for residue in residues[is_bonded & bonds.is_kind[kind.name]].tolist()
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """What an interface loses with the side chain of one residue, cut to alanine where it stands."""

    area_per_side_a2: float
    sc: float  # NaN where it was not computed
    # Partner residues (values of ``residue_index``) no longer in contact, and those that lose a bond
    # of some kind.
    partners: frozenset[int]
    bonds: frozenset[tuple[int, str]]


def lost_to_alanine(interface: Interface, side: int, index: int) -> Loss:
    """
    Say what the side chain of a residue (a value of ``residue_index``) of side 1 or 2 is worth.

    Contacts and bonds are those that only its cut atoms make; area and Sc are computed again.
    """
    before, after = (
        touched(interface, side, [index], names=names) for names in (None, KEPT["ALA"])
    )
    partner = interface.sides[side - 1]
    own = partner.atoms.select(partner.atoms.residue_index == index)
    names = np.full(len(own), "ALA")
    is_left = np.isin(own.atom_name, KEPT["ALA"]) & ~own.is_hydrogen
    alanine = replace(own, residue_name=names).select(is_left)

    def with_alanine(
        atoms: Sequence[tuple[IndexArray, FloatArray]], alanine_a: FloatArray
    ) -> list[FloatArray]:
        """Coordinates and radii of both sides, given by rows and radii, one of them cut."""
        columns = []
        for place, (rows, radii_a) in enumerate(atoms):
            placed = interface.sides[place].atoms
            if place == side - 1:
                others = placed.residue_index[rows] != index
                coords = [placed.coords[rows[others]], alanine.coords]
                radii = [radii_a[others], alanine_a]
                columns += [np.concatenate(coords), np.concatenate(radii)]
            else:
                columns += [placed.coords[rows], radii_a]
        return columns

    parameters, surfaces = interface.parameters, [p.surface for p in interface.sides]
    buried = buried_areas(
        *with_alanine(
            [(s.rows, s.radii.radii_a) for s in surfaces], protor_radii(alanine).radii_a
        ),
        probe_radius_a=parameters.burial.probe_radius_a,
        n_slices=parameters.burial.n_slices,
    )
    left_a2 = float(buried.buried_1_a2.sum() + buried.buried_2_a2.sum()) / 2.0
    sized = [(p.sized.rows, p.sized.radii_a) for p in interface.sides if p.sized]
    sc_loss = math.nan
    if interface.complementarity is not None:
        left = shape_complementarity(
            *with_alanine(sized, sized_atoms(alanine).radii_a),
            parameters=parameters.fit.complementarity,
        )
        sc_loss = interface.complementarity.result.sc - left.sc
    return Loss(
        area_per_side_a2=interface.burial.area_per_side_a2 - left_a2,
        sc=sc_loss,
        partners=before.partners - after.partners,
        bonds=before.bonds - after.bonds,
    )
