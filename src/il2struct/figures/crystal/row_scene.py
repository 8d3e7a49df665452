"""Complexes of a row of the crystal and its neighbours, placed in a view."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np

from il2struct.arrays import FloatArray
from il2struct.figures.crystal.crystal_row import CrystalRow
from il2struct.figures.pictures.shading import Parts, Spheres
from il2struct.figures.pictures.views import View, view_along
from il2struct.lattice.contacts import Unit, lattice_units
from il2struct.lattice.measure import MeasuredContact
from il2struct.lattice.operators import IDENTITY, OperatorGroup, Placement
from il2struct.palette import Palette
from il2struct.structure.complexes import Member
from il2struct.structure.family import has_membrane_helix
from il2struct.structure.model import ChainImage
from il2struct.structure.sides import atoms_of_residues

#: How far the viewer of the side view stands above the repeat plane, in degrees.
RAISED_DEG: Final = 10.0
#: Rows and steps looked at in each direction.
REACH: Final = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """
    A unit where it stands.

    Attributes
    ----------
    unit : Unit
    placement : Placement
    is_central : bool
        Whether it is of the row, not a neighbour.
    """

    unit: Unit
    placement: Placement
    is_central: bool

    @property
    def key(self) -> tuple[str, Placement]:
        """What tells it apart."""
        return self.unit.unit_id, self.placement


def top_view(row: CrystalRow) -> View:
    """
    Look at the repeat plane along its normal, the chain running to the right.

    The membrane ends of the receptors, where there are any, lie on the far side.

    Parameters
    ----------
    row : CrystalRow
    """
    normal = np.cross(row.repeat_a, row.second_a)
    ends = terminus_places(row, row.chosen.contact.unit_1)
    shape = row.shapes[row.chosen.contact.unit_1.unit_id]
    if ends:
        away = shape.centre - np.mean([place for _, place in ends], axis=0)
    else:
        away = np.eye(3)[int(np.argmax(np.abs(normal)))]
    if normal @ away < 0:
        normal = -normal
    return view_along(normal, right=row.repeat_a, centre=_middle(row))


def side_view(row: CrystalRow) -> View:
    """
    Look along the repeat plane, the chain running to the right and the top view's viewer above.

    The viewer stands `RAISED_DEG` above the plane, so that what touches straight behind is seen.

    Parameters
    ----------
    row : CrystalRow
    """
    above = top_view(row).axes[2]
    level = np.cross(row.repeat_a, above)
    level /= np.linalg.norm(level)
    raised = math.radians(RAISED_DEG)
    towards = math.cos(raised) * level + math.sin(raised) * above
    return view_along(towards, right=row.repeat_a, centre=_middle(row))


def _middle(row: CrystalRow) -> FloatArray:
    """Centre of the units of one repeat."""
    centres = [placed_centre(row, unit) for unit in repeat_units(row)]
    middle: FloatArray = np.mean(centres, axis=0)
    return middle


def placed_centre(row: CrystalRow, placed: Placed) -> FloatArray:
    """Return the centre of a unit where it stands."""
    rotation, translation = row.group.motion(placed.placement)
    centre: FloatArray = rotation @ row.shapes[placed.unit.unit_id].centre + translation
    return centre


def repeat_units(row: CrystalRow) -> tuple[Placed, ...]:
    """
    Return the units of one repeat of the row, the home unit of the chosen contact first.

    Parameters
    ----------
    row : CrystalRow
    """
    by_id = {unit.unit_id: unit for unit in lattice_units(row.named)}
    home = (row.chosen.contact.unit_1.unit_id, 0)
    part = row.component
    origin = part.node_cells[part.nodes.index(home)]
    found = [Placed(unit=by_id[home[0]], placement=IDENTITY, is_central=True)]
    # A translation of the lattice, where it is the repeat, makes the other units of the row.
    if row.repeat is not None and _is_own_translation(row):
        return tuple(found)
    for (unit_id, operator), cells in zip(part.nodes, part.node_cells, strict=True):
        if (unit_id, operator) != home:
            x, y, z = (int(c) for c in cells - origin)
            found.append(
                Placed(
                    unit=by_id[unit_id],
                    placement=(operator, (x, y, z)),
                    is_central=True,
                )
            )
    return tuple(found)


def _is_own_translation(row: CrystalRow) -> bool:
    there = row.chosen.contact.placement_2
    return row.repeat in (there, row.group.inverse(there))


def units_in(
    row: CrystalRow, view: View, half_width_a: float, half_height_a: float
) -> tuple[Placed, ...]:
    """
    Return the units of the layer that reach into a window around the middle, the row's first.

    Parameters
    ----------
    row : CrystalRow
    view : View
    half_width_a, half_height_a : float
        Of the window.
    """
    found: dict[tuple[str, Placement], Placed] = {}
    basis = [(unit, view.seen(placed_centre(row, unit))) for unit in repeat_units(row)]
    along, across = view.axes @ row.repeat_a, view.axes @ row.second_a
    for rows, steps in product(
        sorted(range(-REACH, REACH + 1), key=abs), range(-REACH, REACH + 1)
    ):
        moved = None
        for unit, centre in basis:
            x, y, _ = centre + rows * across + steps * along
            reach = row.shapes[unit.unit.unit_id].reach_a
            if abs(x) > half_width_a + reach or abs(y) > half_height_a + reach:
                continue
            moved = moved or row.group.composed(
                multiple(row.group, row.second, rows),
                multiple(row.group, row.step, steps),
            )
            central = rows == 0 and (row.repeat is not None or steps == 0)
            placed = Placed(
                unit=unit.unit,
                placement=row.group.composed(moved, unit.placement),
                is_central=central,
            )
            found.setdefault(placed.key, placed)
    return tuple(found.values())


def multiple(group: OperatorGroup, of: Placement, times: int) -> Placement:
    """
    Return a translation made several times over, backwards if the number is negative.

    Parameters
    ----------
    group : OperatorGroup
    of : Placement
        Must turn nothing.
    times : int
    """
    one = of if times >= 0 else group.inverse(of)
    result = IDENTITY
    for _ in range(abs(times)):
        result = group.composed(result, one)
    return result


def spheres_of(
    row: CrystalRow, units: Iterable[Placed], view: View
) -> tuple[Spheres, list[tuple[Placed, Member]]]:
    """
    Place the atoms of units in a view.

    Parameters
    ----------
    row : CrystalRow
    units : iterable of Placed
    view : View

    Returns
    -------
    spheres : Spheres
    labels : list of (Placed, Member)
        What the label of each sphere means.
    """
    centres, radii, labels = [], [], []
    meaning: list[tuple[Placed, Member]] = []
    for placed in units:
        shape = row.shapes[placed.unit.unit_id]
        rotation, translation = row.group.motion(placed.placement)
        centres.append(view.seen(shape.coords @ rotation.T + translation))
        radii.append(shape.radii)
        labels.append(shape.member + len(meaning))
        meaning += [(placed, member) for member in placed.unit.members]
    return (
        Spheres(
            centres=np.concatenate(centres),
            radii=np.concatenate(radii),
            labels=np.concatenate(labels),
        ),
        meaning,
    )


def role_parts(labels: Sequence[tuple[Placed, Member]], palette: Palette) -> Parts:
    """
    Colour chains by role, those of neighbours paler.

    Parameters
    ----------
    labels : sequence of (Placed, Member)
        From `spheres_of`.
    palette : Palette
    """
    number = np.arange(len(labels))
    return Parts(
        colours=tuple(
            palette.of(member.role.value)
            if placed.is_central
            else palette.neighbour_of(member.role.value)
            for placed, member in labels
        ),
        group=number,
        zone=number,
        is_faded=np.array([not placed.is_central for placed, _ in labels]),
    )


def image_of(row: CrystalRow, placed: Placed, member: Member) -> ChainImage:
    """
    Return a chain as it stands in a placed unit.

    Parameters
    ----------
    row : CrystalRow
    placed : Placed
    member : Member
    """
    own = (member.image.operator, member.image.cell_shift)
    return ChainImage(
        member.image.auth_asym_id, *row.group.composed(placed.placement, own)
    )


def terminus_places(row: CrystalRow, unit: Unit) -> list[tuple[Member, FloatArray]]:
    """
    Return the last ordered Cα of each receptor of a unit in its home place.

    Parameters
    ----------
    row : CrystalRow
    unit : Unit
    """
    entry = row.named.entry
    found = []
    for member in unit.members:
        if not has_membrane_helix(member.role):
            continue
        chain = entry.chain(member.image.auth_asym_id)
        rows = atoms_of_residues(entry, chain.residue_index)
        alpha = rows[entry.atoms.atom_name[rows] == "CA"]
        if len(alpha):
            rotation, translation = entry.transform(member.image)
            found.append(
                (member, rotation @ entry.atoms.coords[alpha[-1]] + translation)
            )
    return found


def patch_centre(measured: MeasuredContact) -> FloatArray:
    """
    Return the middle of a contact: its buried atoms on both sides, weighted by area.

    Parameters
    ----------
    measured : MeasuredContact
    """
    interface = measured.interface
    coords, weights = [], []
    for partner, burial in (
        (interface.partner_1, interface.burial.side_1),
        (interface.partner_2, interface.burial.side_2),
    ):
        coords.append(partner.side.atoms.coords[burial.rows])
        weights.append(burial.buried_a2)
    weight = np.concatenate(weights)
    if not math.fsum(weight) > 0.0:
        weight = np.ones(len(weight))
    centre: FloatArray = np.average(np.concatenate(coords), axis=0, weights=weight)
    return centre
