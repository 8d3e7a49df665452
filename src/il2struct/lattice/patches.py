"""Pieces of the crystal as coordinates: a chain of N, a sheet, everything within a radius."""

import math
import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Final

import gemmi
import numpy as np

from il2struct.arrays import FloatArray
from il2struct.errors import ParameterError
from il2struct.kernels.cells import neighbour_pairs
from il2struct.lattice.contacts import (
    ContactKind,
    LatticeContact,
    Unit,
    unit_alpha_carbons,
)
from il2struct.lattice.graph import Component
from il2struct.lattice.operators import IDENTITY, Placement, operator_group, placement
from il2struct.structure.model import (
    Atoms,
    ChainImage,
    Entry,
    Side,
    concatenated,
    make_side,
)
from il2struct.structure.named import NamedEntry

#: Heavy atoms of different units nearer than this clash, in Å: shorter than any hydrogen bond.
CLASH_A: Final = 2.2
#: … unless they are two sulphurs at least so far apart, in Å: a disulphide has 2.05.
SHORTEST_DISULPHIDE_A: Final = 1.9
#: Added to a radius, in Å, so that rounding never loses a unit that stands at it.
ROUNDING_A: Final = 1e-6
#: More units than this in one patch are a slip.
LARGEST_PATCH: Final = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedUnit:
    """A unit and where it stands."""

    unit: Unit
    placement: Placement


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """Two units of a patch that overlap."""

    #: Places in the patch.
    first: int
    second: int
    #: Heavy-atom pairs within `CLASH_A`, disulphides left out.
    n_pairs: int


def chain_patch(
    named: NamedEntry, contact: LatticeContact, n_units: int
) -> tuple[PlacedUnit, ...]:
    """
    Repeat one contact: N units, each placed on the one before as the contact says.

    `ParameterError` if the contact joins two different units (a walk through the graph is meant
    then, see `walk_patch`), lies inside a complex, or closes a ring of fewer units.
    """
    _check_size(n_units)
    if contact.kind is ContactKind.SAME_COMPLEX:
        raise ParameterError(
            f"the contact lies inside complex {contact.unit_1.unit_id} and leads nowhere; "
            "only a contact with an image of it can be repeated."
        )
    if contact.repeat is not None and 0 < contact.repeat.ring_size < n_units:
        raise ParameterError(
            f"the contact closes after {contact.repeat.ring_size} units; {n_units} would stand "
            "on top of each other."
        )
    if contact.unit_1.unit_id != contact.unit_2.unit_id:
        raise ParameterError(
            f"the contact joins units {contact.unit_1.unit_id} and {contact.unit_2.unit_id}; "
            "only a contact of a unit with its own image can be repeated by itself."
        )
    group = operator_group(named.entry)
    places = [IDENTITY]
    for _ in range(n_units - 1):
        places.append(group.composed(places[-1], contact.placement_2))
    return tuple(PlacedUnit(unit=contact.unit_1, placement=place) for place in places)


def walk_patch(
    named: NamedEntry, start: Unit, contacts: Sequence[LatticeContact], n_units: int
) -> tuple[PlacedUnit, ...]:
    """
    Walk outward from a unit along some contacts until N units are met, nearest steps first.

    The unit is taken in its home place, and the contacts may be walked in both directions.
    """
    _check_size(n_units)
    group = operator_group(named.entry)
    found = {(start.unit_id, IDENTITY): PlacedUnit(unit=start, placement=IDENTITY)}
    waiting = deque(found.values())
    while waiting and len(found) < n_units:
        here = waiting.popleft()
        steps = [(c.unit_1, c.unit_2, c.placement_2) for c in contacts]
        steps += [(c.unit_2, c.unit_1, group.inverse(c.placement_2)) for c in contacts]
        for leaving, reaching, step in steps:
            if leaving.unit_id != here.unit.unit_id:
                continue
            place = group.composed(here.placement, step)
            key = (reaching.unit_id, place)
            if key not in found and len(found) < n_units:
                found[key] = PlacedUnit(unit=reaching, placement=place)
                waiting.append(found[key])
    return tuple(found.values())


def radius_patch(
    named: NamedEntry, units: Sequence[Unit], radius_a: float
) -> tuple[PlacedUnit, ...]:
    """Gather every unit whose centre lies within a radius of the first unit's centre."""
    group = operator_group(named.entry)
    if not (math.isfinite(radius_a) and radius_a >= 0.0):
        raise ParameterError(
            f"the radius must be a positive number in Å, not {radius_a}."
        )
    per_a3 = np.linalg.det(group.crystal.fractionalisation) * len(group.rotations)
    n_units = 4 / 3 * math.pi * radius_a**3 * per_a3 * len(units)
    # Asked before the list is made: a slip of three digits would fill the memory.
    if n_units > 2 * LARGEST_PATCH:
        _check_size(int(n_units))
    centres = {
        unit.unit_id: np.mean(list(unit_alpha_carbons(named, unit).values()), axis=0)
        for unit in units
    }
    origin = centres[units[0].unit_id]
    found = []
    for unit in units:
        for operator in range(len(group.rotations)):
            rotation, translation = group.motion((operator, (0, 0, 0)))
            away = rotation @ centres[unit.unit_id] + translation - origin
            for shift in _shifts_within(
                group.crystal.orthogonalisation, away, radius_a + ROUNDING_A
            ):
                distance = float(
                    np.linalg.norm(away + group.crystal.orthogonalisation @ shift)
                )
                place = (operator, (int(shift[0]), int(shift[1]), int(shift[2])))
                found.append((distance, PlacedUnit(unit=unit, placement=place)))
    _check_size(len(found))
    return tuple(placed for _, placed in sorted(found, key=lambda item: item[0]))


def _shifts_within(
    orthogonalisation: FloatArray, away: FloatArray, radius_a: float
) -> FloatArray:
    fractionalisation = np.linalg.inv(orthogonalisation)
    start = -(fractionalisation @ away)
    span = radius_a * np.linalg.norm(fractionalisation, axis=1)
    axes = [
        np.arange(np.ceil(start[k] - span[k]), np.floor(start[k] + span[k]) + 1)
        for k in range(3)
    ]
    shifts = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    points = away + shifts @ orthogonalisation.T
    inside: FloatArray = shifts[(points**2).sum(axis=1) <= radius_a**2]
    return inside


def component_patch(
    units: Sequence[Unit], component: Component, n_repeats: Sequence[int]
) -> tuple[PlacedUnit, ...]:
    """
    Repeat a component of the periodic graph: a chain of N, a sheet of n × m, a block.

    There is one number for each of its repeat vectors, none for a closed component; the units of
    the first repeat come first.
    """
    if len(n_repeats) != component.dimension or any(n < 1 for n in n_repeats):
        raise ParameterError(
            f"the component repeats in {component.dimension} directions; give one positive "
            f"number for each, not {tuple(n_repeats)}."
        )
    _check_size(math.prod(n_repeats) * len(component.nodes))
    by_id = {unit.unit_id: unit for unit in units}
    found = []
    for steps in product(*(range(n) for n in n_repeats)):
        moved = np.array(steps, dtype=np.int64) @ component.repeat_cells
        for (unit_id, operator), cells in zip(
            component.nodes, component.node_cells + moved, strict=True
        ):
            place = (operator, (int(cells[0]), int(cells[1]), int(cells[2])))
            found.append(PlacedUnit(unit=by_id[unit_id], placement=place))
    return tuple(found)


def _check_size(n_units: int) -> None:
    if not 1 <= n_units <= LARGEST_PATCH:
        raise ParameterError(f"a patch has 1 to {LARGEST_PATCH} units, not {n_units}.")


def patch_sides(named: NamedEntry, patch: Sequence[PlacedUnit]) -> tuple[Side, ...]:
    """Place the atoms of a patch, one side for each unit."""
    group = operator_group(named.entry)
    sides = []
    for number, placed in enumerate(patch, start=1):
        images = []
        for member in placed.unit.members:
            place = group.composed(placed.placement, placement(member.image))
            images.append(ChainImage(member.image.auth_asym_id, *place))
        sides.append(make_side(named.entry, images, label=str(number), role="unknown"))
    return tuple(sides)


def clashes(sides: Sequence[Side]) -> tuple[Clash, ...]:
    """Find units of a patch that overlap, their glycans included."""
    atoms = [concatenated([side.atoms, side.glycans]) for side in sides]
    heavy = [found.select(~found.is_hydrogen) for found in atoms]
    lows = np.array([unit.coords.min(axis=0) for unit in heavy])
    highs = np.array([unit.coords.max(axis=0) for unit in heavy]) + CLASH_A
    found = []
    for i in range(len(heavy)):
        near = (lows[i] <= highs[i + 1 :]) & (lows[i + 1 :] <= highs[i])
        for j in (i + 1 + np.flatnonzero(near.all(axis=1))).tolist():
            first, second = heavy[i], heavy[j]
            pairs = neighbour_pairs(first.coords, second.coords, CLASH_A)
            # 1FDL: the light and the heavy chain of an antibody are joined by a disulphide.
            is_disulphide = (
                (first.element[pairs.index_1] == "S")
                & (second.element[pairs.index_2] == "S")
                & (pairs.distances_a >= SHORTEST_DISULPHIDE_A)
            )
            n_pairs = int((~is_disulphide).sum())
            if n_pairs:
                found.append(Clash(first=i, second=j, n_pairs=n_pairs))
    return tuple(found)


def write_patch(
    named: NamedEntry, patch: Sequence[PlacedUnit], path: Path
) -> tuple[Clash, ...]:
    """
    Write a patch as mmCIF; chain ``C`` of the second unit is called ``C-2``.

    Glycans keep the chain that the file gives them (``I-2``), so that no two residues of one
    chain share a number. Returned are the units that overlap; none in a sound crystal.
    """
    sides = patch_sides(named, patch)
    structure = gemmi.Structure()
    structure.name = f"{named.entry.entry_id}-patch"
    model = gemmi.Model(1)
    for number, side in enumerate(sides, start=1):
        for chain in _chains(named, side, number):
            model.add_chain(chain)
    structure.add_model(model)
    structure.setup_entities()
    structure.make_mmcif_document().write_file(str(path))
    return clashes(sides)


def _chains(named: NamedEntry, side: Side, number: int) -> list[gemmi.Chain]:
    entry = named.entry
    written = _written_names(entry.residues.auth_asym_id.tolist())
    chains: dict[str, gemmi.Chain] = {}
    for atoms in (side.atoms, side.glycans):
        borders = np.flatnonzero(np.diff(atoms.residue_index)) + 1
        for part in np.split(np.arange(len(atoms)), borders):
            if not len(part):
                continue
            index = atoms.residue_index[part[:1]]
            row = int(side.residue_row(index)[0])
            own = side.images[int(side.image_of(index)[0])].auth_asym_id
            is_glycan = atoms is side.glycans
            letter = str(entry.residues.auth_asym_id[row]) if is_glycan else own
            name = f"{written[letter]}-{number}"
            chain = chains.setdefault(name, gemmi.Chain(name))
            chain.add_residue(_residue(entry, row, atoms.select(part)))
    return list(chains.values())


def _written_names(names: Sequence[str]) -> dict[str, str]:
    """Names of chains in a written file: gemmi leaves those it derives from them unquoted."""
    found: dict[str, str] = {}
    # Names that stay as they are come first, so that no other takes their place.
    for name in sorted(dict.fromkeys(names), key=lambda name: name != _plain(name)):
        plain = _plain(name)
        while plain in found.values():
            plain += "x"
        found[name] = plain
    return found


def _plain(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9.]", "x", name) or "x"


def _residue(entry: Entry, row: int, atoms: Atoms) -> gemmi.Residue:
    residue = gemmi.Residue()
    residue.name = str(entry.residues.name[row])
    residue.seqid = gemmi.SeqId(
        int(entry.residues.auth_number[row]), str(entry.residues.ins_code[row]) or " "
    )
    for name, element, coords, b_iso in zip(
        atoms.atom_name, atoms.element, atoms.coords, atoms.b_iso, strict=True
    ):
        atom = gemmi.Atom()
        atom.name = str(name)
        atom.element = gemmi.Element(str(element))
        atom.pos = gemmi.Position(*coords.tolist())
        atom.b_iso = float(b_iso)
        atom.occ = 1.0
        residue.add_atom(atom)
    return residue
