"""The row of complexes that a contact of the crystal builds, how to look at it, and what stands on its pictures."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from il2struct.arrays import FloatArray, IndexArray
from il2struct.errors import ParameterError
from il2struct.figures.canvas import blank_inset, size_mm
from il2struct.figures.picture import (
    Parts,
    Spheres,
    View,
    draw_scale_bar,
    view_along,
)
from il2struct.figures.words import member_name, unescaped
from il2struct.interface.burial import protor_radii
from il2struct.lattice import operators
from il2struct.lattice.classes import ContactClass, contact_classes
from il2struct.lattice.contacts import ContactKind, Unit, lattice_units
from il2struct.lattice.graph import Component, components, periodic_graph
from il2struct.lattice.measure import MeasuredContact
from il2struct.network.evidence.measures import MIN_COMPARED_A2
from il2struct.palette import NEIGHBOUR_WHITE_FRACTION, UNKNOWN_COLOUR, mixed_with_white
from il2struct.structure.complexes import Member
from il2struct.structure.family import Role, has_membrane_helix
from il2struct.structure.model import ChainImage, atoms_of_residues
from il2struct.structure.named import NamedEntry

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: The contact that is shown where it is there.
FOCAL_PAIR: Final = (Role("IL2RG"), Role("IL2RA"))
#: An operator turns nothing if no element of its matrix differs from 1 by more.
NO_TURN: Final = 1e-3
#: Two translations are parallel if the sine of their angle is below this.
PARALLEL: Final = 0.05
#: Rows and steps looked at in each direction.
REACH: Final = 14
#: Length of the scale bar in Å.
SCALE_BAR_A: Final = 50.0
#: Height of the strip in mm, of its lines and of the words below them.
STRIP_MM: Final = 10.0
LINE_MM: Final = 6.5
WORDS_MM: Final = 3.2
#: From the edge of the figure, and between scale bar and arrow, in mm.
EDGE_MM: Final = 2.0
APART_MM: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shape:
    """
    Heavy atoms of a unit's polymers and glycans in its home place.

    Of each its member of the unit and its row in ``Entry.residues``; `reach_a` is the distance of
    the farthest from the centre.
    """

    coords: FloatArray
    radii: FloatArray
    member: IndexArray
    residue: IndexArray
    centre: FloatArray
    reach_a: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CrystalRow:
    """
    What one contact builds in the crystal.

    It is followed with the `copies` of its class that join units, for the `reason` given;
    `component` is what they build. `class_of` names the class of each contact, by identity.

    `repeat` is the translation from one repeat to the next, in the direction of the chain, None if
    the row closes; `step` is the same, or the shortest translation of the lattice; `repeat_a` is
    the step in Å. `second` is the shortest translation that is not parallel to it.
    """

    named: NamedEntry
    group: operators.OperatorGroup
    measured: tuple[MeasuredContact, ...]
    class_of: dict[int, str]
    chosen: MeasuredContact
    reason: str
    copies: tuple[MeasuredContact, ...]
    component: Component
    repeat: operators.Placement | None
    step: operators.Placement
    repeat_a: FloatArray
    second: operators.Placement
    second_a: FloatArray
    shapes: dict[str, Shape]


def joins_units(measured: MeasuredContact) -> bool:
    """Whether a contact lies between units of the lattice, not inside one."""
    return measured.contact.kind is not ContactKind.SAME_COMPLEX


def _roles(measured: MeasuredContact) -> tuple[Role, Role]:
    return measured.contact.member_1.role, measured.contact.member_2.role


def area_of(measured: MeasuredContact) -> float:
    """Return the buried area per side of a contact in Å²."""
    return measured.interface.burial.area_per_side_a2


def crystal_row(measured: Sequence[MeasuredContact]) -> CrystalRow:
    """
    Follow one contact of a crystal, given all contacts of one entry.

    That is one of γc and α if there is one that goes on for ever, else the largest that does (of
    `MIN_COMPARED_A2` at least), else the largest.
    """
    if len({id(m.named) for m in measured}) > 1:
        raise ParameterError("a lattice is drawn from the contacts of one entry only.")
    if not measured:
        raise ParameterError("there is no contact to draw; give those of an entry.")
    named = measured[0].named
    group = operators.operator_group(named.entry)
    units = lattice_units(named)
    classes = contact_classes(measured)
    class_of = {id(m): found.name for found in classes for m in found.members}
    parts = _components(named, units, classes)
    between = [m for m in measured if joins_units(m)]
    if not between:
        raise ParameterError(
            "there is no contact between complexes to draw; give an entry whose lattice has one."
        )
    endless = [
        m
        for m in between
        if parts[id(m)].dimension > 0 and area_of(m) >= MIN_COMPARED_A2
    ]
    choices = (
        (
            [m for m in endless if set(_roles(m)) == set(FOCAL_PAIR)],
            "the largest γc–IL-2Rα contact between complexes",
        ),
        (endless, "the largest contact that, with its like, goes on for ever"),
        (
            between,
            "the largest contact between units; none of "
            f"{MIN_COMPARED_A2:g} Å² or more goes on for ever",
        ),
    )
    candidates, reason = next(choice for choice in choices if choice[0])
    chosen = max(candidates, key=area_of)
    name = class_of[id(chosen)]
    copies = tuple(m for m in measured if class_of[id(m)] == name and joins_units(m))
    component = parts[id(chosen)]
    translations = _translations(group)
    repeat, repeat_a = _repeat(group, chosen, component)
    if repeat is None:
        step, step_a = translations[0]
        if step_a @ _direction(chosen) < 0:
            step, step_a = group.inverse(step), -step_a
    else:
        step, step_a = repeat, repeat_a
    second, second_a = next(
        (place, vector)
        for place, vector in translations
        if np.linalg.norm(np.cross(vector, step_a))
        > PARALLEL * np.linalg.norm(vector) * np.linalg.norm(step_a)
    )
    return CrystalRow(
        named=named,
        group=group,
        measured=tuple(measured),
        class_of=class_of,
        chosen=chosen,
        reason=reason,
        copies=copies,
        component=component,
        repeat=repeat,
        step=step,
        repeat_a=step_a,
        second=second,
        second_a=second_a,
        shapes={unit.unit_id: unit_shape(named, unit) for unit in units},
    )


def _components(
    named: NamedEntry, units: Sequence[Unit], classes: Sequence[ContactClass]
) -> dict[int, Component]:
    """
    Find what each contact between units builds with those of its class, by identity.

    The part is the one in which the contact's first unit stands in its home place.
    """
    found: dict[int, Component] = {}
    for each in classes:
        members = [m for m in each.members if joins_units(m)]
        if not members:
            continue
        graph = periodic_graph(named.entry, units, [m.contact for m in members])
        parts = components(graph)
        for member in members:
            home = (member.contact.unit_1.unit_id, 0)
            found[id(member)] = next(part for part in parts if home in part.nodes)
    return found


def _translations(
    group: operators.OperatorGroup,
) -> list[tuple[operators.Placement, FloatArray]]:
    """Short translations of the lattice, those of its centring included, the shortest first."""
    found = []
    for operator, rotation in enumerate(group.rotations):
        if np.abs(rotation - np.eye(3)).max() > NO_TURN:
            continue
        for shift in product((-1, 0, 1), repeat=3):
            place: operators.Placement = (operator, (shift[0], shift[1], shift[2]))
            _, vector = group.motion(place)
            if np.linalg.norm(vector) > 1.0:
                found.append((place, vector))
    return sorted(found, key=lambda t: (round(float(np.linalg.norm(t[1])), 3), t[0]))


def _repeat(
    group: operators.OperatorGroup, chosen: MeasuredContact, component: Component
) -> tuple[operators.Placement | None, FloatArray]:
    contact = chosen.contact
    rotation, vector = group.motion(contact.placement_2)
    place: operators.Placement = contact.placement_2
    same = contact.unit_1.unit_id == contact.unit_2.unit_id
    if not (same and np.abs(rotation - np.eye(3)).max() <= NO_TURN):
        if component.dimension == 0:
            return None, np.zeros(3)
        cells = component.repeat_cells[0]
        place = (0, (int(cells[0]), int(cells[1]), int(cells[2])))
        vector = component.repeat_a[0]
    if vector @ _direction(chosen) < 0:
        return group.inverse(place), -vector
    return place, vector


def _direction(chosen: MeasuredContact) -> FloatArray:
    """From γc to α in their contact; else from side 1 to side 2."""
    sides = chosen.interface.sides
    first, second = (side.atoms.coords.mean(axis=0) for side in sides)
    way: FloatArray = second - first
    return -way if is_reversed(chosen) else way


def is_reversed(measured: MeasuredContact) -> bool:
    """Whether a chain is followed from side 2 to side 1: from γc to α."""
    return _roles(measured) == (FOCAL_PAIR[1], FOCAL_PAIR[0])


def unit_shape(named: NamedEntry, unit: Unit) -> Shape:
    """Gather the heavy atoms of a unit in its home place."""
    entry = named.entry
    coords, radii, member, residue = [], [], [], []
    for number, one in enumerate(unit.members):
        chain = entry.chain(one.image.auth_asym_id)
        rows = np.concatenate(
            [
                atoms_of_residues(entry, chain.residue_index),
                atoms_of_residues(entry, chain.glycan_index),
            ]
        )
        atoms = entry.atoms.select(rows[~entry.atoms.is_hydrogen[rows]])
        rotation, translation = entry.transform(one.image)
        coords.append(atoms.coords @ rotation.T + translation)
        radii.append(protor_radii(atoms).radii_a)
        member.append(np.full(len(atoms), number))
        residue.append(atoms.residue_index)
    places = np.concatenate(coords)
    centre = places.mean(axis=0)
    return Shape(
        coords=places,
        radii=np.concatenate(radii),
        member=np.concatenate(member),
        residue=np.concatenate(residue),
        centre=centre,
        reach_a=float(np.linalg.norm(places - centre, axis=1).max()) + 2.0,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A unit where it stands, of the row or (not `is_central`) a neighbour."""

    unit: Unit
    placement: operators.Placement
    is_central: bool

    @property
    def key(self) -> tuple[str, operators.Placement]:
        """What tells it apart."""
        return self.unit.unit_id, self.placement


#: A chain of a unit where it stands: what a label of a picture means.
Label: TypeAlias = tuple[Placed, Member]


def half_width_a(
    row: CrystalRow, repeats: float, units: float, bounds: tuple[float, float]
) -> float:
    """Return half the width of a window of some repeats, or units where the row closes."""
    if row.repeat is None:
        shown = units * max(2 * shape.reach_a for shape in row.shapes.values())
    else:
        shown = repeats * float(np.linalg.norm(row.repeat_a))
    return min(max(shown, bounds[0]), bounds[1]) / 2


def top_view(row: CrystalRow) -> View:
    """
    Look at the repeat plane along its normal, the chain running to the right.

    The membrane ends of the receptors, where there are any, lie on the far side.
    """
    normal = np.cross(row.repeat_a, row.second_a)
    ends = _terminus_places(row, row.chosen.contact.unit_1)
    shape = row.shapes[row.chosen.contact.unit_1.unit_id]
    if ends:
        away = shape.centre - np.mean(ends, axis=0)
    else:
        away = np.eye(3)[int(np.argmax(np.abs(normal)))]
    if normal @ away < 0:
        normal = -normal
    return view_along(normal, right=row.repeat_a, centre=_middle(row))


def _middle(row: CrystalRow) -> FloatArray:
    """Centre of the units of one repeat."""
    centres = [placed_centre(row, unit) for unit in repeat_units(row)]
    middle: FloatArray = np.mean(centres, axis=0)
    return middle


def moved(row: CrystalRow, placed: Placed, coords: FloatArray) -> FloatArray:
    """Move coordinates of a unit from its home place to where it stands."""
    rotation, translation = row.group.motion(placed.placement)
    there: FloatArray = coords @ rotation.T + translation
    return there


def placed_centre(row: CrystalRow, placed: Placed) -> FloatArray:
    """Return the centre of a unit where it stands."""
    return moved(row, placed, row.shapes[placed.unit.unit_id].centre)


def repeat_units(row: CrystalRow) -> tuple[Placed, ...]:
    """Return the units of one repeat of the row, the home unit of the chosen contact first."""
    by_id = {unit.unit_id: unit for unit in lattice_units(row.named)}
    home = (row.chosen.contact.unit_1.unit_id, 0)
    part = row.component
    origin = part.node_cells[part.nodes.index(home)]
    found = [Placed(unit=by_id[home[0]], placement=operators.IDENTITY, is_central=True)]
    # A translation of the lattice, where it is the repeat, makes the other units of the row.
    there = row.chosen.contact.placement_2
    if row.repeat is not None and row.repeat in (there, row.group.inverse(there)):
        return tuple(found)
    for (unit_id, operator), cells in zip(part.nodes, part.node_cells, strict=True):
        if (unit_id, operator) != home:
            x, y, z = (int(c) for c in cells - origin)
            there = (operator, (x, y, z))
            found.append(Placed(unit=by_id[unit_id], placement=there, is_central=True))
    return tuple(found)


def units_in(
    row: CrystalRow, view: View, half_width_a: float, half_height_a: float
) -> tuple[Placed, ...]:
    """Return the units of the layer that reach into a window around the middle, the row's first."""
    found: dict[tuple[str, operators.Placement], Placed] = {}
    basis = [(unit, view.seen(placed_centre(row, unit))) for unit in repeat_units(row)]
    along, across = view.axes @ row.repeat_a, view.axes @ row.second_a
    for rows, steps in product(
        sorted(range(-REACH, REACH + 1), key=abs), range(-REACH, REACH + 1)
    ):
        translation = None
        for unit, centre in basis:
            x, y, _ = centre + rows * across + steps * along
            reach = row.shapes[unit.unit.unit_id].reach_a
            if abs(x) > half_width_a + reach or abs(y) > half_height_a + reach:
                continue
            translation = translation or row.group.composed(
                multiple(row.group, row.second, rows),
                multiple(row.group, row.step, steps),
            )
            central = rows == 0 and (row.repeat is not None or steps == 0)
            placed = Placed(
                unit=unit.unit,
                placement=row.group.composed(translation, unit.placement),
                is_central=central,
            )
            found.setdefault(placed.key, placed)
    return tuple(found.values())


def multiple(
    group: operators.OperatorGroup, of: operators.Placement, times: int
) -> operators.Placement:
    """Make a translation several times over, backwards if the number is negative."""
    one = of if times >= 0 else group.inverse(of)
    result = operators.IDENTITY
    for _ in range(abs(times)):
        result = group.composed(result, one)
    return result


def spheres_of(
    row: CrystalRow, units: Iterable[Placed], view: View
) -> tuple[Spheres, list[Label]]:
    """Place the atoms of units in a view; return with them what the label of each sphere means."""
    centres, radii, labels = [], [], []
    meaning: list[Label] = []
    for placed in units:
        shape = row.shapes[placed.unit.unit_id]
        centres.append(view.seen(moved(row, placed, shape.coords)))
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


def chain_parts(labels: Sequence[Label], colours: Mapping[str, str]) -> Parts:
    """Colour the chains of `spheres_of`, those of neighbours paler."""
    own = [
        colours.get(member.image.auth_asym_id, UNKNOWN_COLOUR) for _, member in labels
    ]
    number = np.arange(len(labels))
    return Parts(
        colours=tuple(
            colour
            if placed.is_central
            else mixed_with_white(colour, NEIGHBOUR_WHITE_FRACTION)
            for colour, (placed, _) in zip(own, labels, strict=True)
        ),
        group=number,
        zone=number,
        is_faded=np.array([not placed.is_central for placed, _ in labels]),
    )


def image_of(row: CrystalRow, placed: Placed, member: Member) -> ChainImage:
    """Return a chain as it stands in a placed unit."""
    own = (member.image.operator, member.image.cell_shift)
    return ChainImage(
        member.image.auth_asym_id, *row.group.composed(placed.placement, own)
    )


def end_columns(
    row: CrystalRow, placed: Placed, member: Member, side: int
) -> dict[str, Any]:
    """Return the columns of a figure's table that say which chain, and where, side 1 or 2 is."""
    image = image_of(row, placed, member)
    return {
        f"role_{side}": member.role.value,
        f"auth_asym_id_{side}": image.auth_asym_id,
        f"operator_{side}": image.symmetry_code,
    }


def contact_columns(measured: MeasuredContact) -> dict[str, Any]:
    """Return the columns of a figure's table that say which contact it is, and how it fits."""
    fit = measured.interface.complementarity
    return {
        "entry_id": measured.named.entry.entry_id,
        "interface_id": measured.interface.interface_id,
        "area_per_side_a2": area_of(measured),
        "sc": np.nan if fit is None else fit.result.sc,
    }


def _terminus_places(row: CrystalRow, unit: Unit) -> list[FloatArray]:
    """Return the last ordered Cα of each receptor of a unit in its home place."""
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
            found.append(rotation @ entry.atoms.coords[alpha[-1]] + translation)
    return found


def patch_centre(measured: MeasuredContact) -> FloatArray:
    """Return the middle of a contact: its buried atoms on both sides, weighted by area."""
    interface = measured.interface
    sides = tuple(zip(interface.sides, interface.burial.sides, strict=True))
    coords = [side.atoms.coords[burial.rows] for side, burial in sides]
    weight = np.concatenate([burial.buried_a2 for _, burial in sides])
    if not math.fsum(weight) > 0.0:
        weight = np.ones(len(weight))
    centre: FloatArray = np.average(np.concatenate(coords), axis=0, weights=weight)
    return centre


def contact_words(measured: MeasuredContact, unit_id: str = "") -> str:
    """
    Return a contact as people write it, from γc to α: ``γc – IL-2Rα′``.

    If one side alone is of the unit given, it comes first and the other has the prime.
    """
    contact = measured.contact
    ends = [contact.member_1, contact.member_2]
    of_first, of_second = (
        unit.unit_id == unit_id for unit in (contact.unit_1, contact.unit_2)
    )
    if of_second if of_first != of_second else is_reversed(measured):
        ends.reverse()
    first, second = (member_name(measured.named, end) for end in ends)
    return f"{first} – {second}′"


def operator_words(measured: MeasuredContact) -> str:
    """Return the operator of side 2 as a triplet with its code: ``x+1/2,y-1/2,z (3_545)``."""
    image = measured.contact.image_2
    name = measured.named.entry.operators[image.operator].name
    return f"{operators.triplet_with_shift(name, image.cell_shift)} ({image.symmetry_code})"


def fit_words(measured: MeasuredContact) -> str:
    """Return the fit of a contact: ``Sc 0.62``, or that it was not computed."""
    fit = measured.interface.complementarity
    if fit is None:
        return "Sc not computed"
    return "Sc not defined" if np.isnan(fit.result.sc) else f"Sc {fit.result.sc:.2f}"


def copy_words(row: CrystalRow) -> str:
    """Return area, fit and operator of every copy of the contact that is followed."""
    return "; ".join(
        f"{unescaped(contact_words(m))} {area_of(m):.0f} Å² "
        f"per side, {fit_words(m)}, operator {operator_words(m)}"
        for m in row.copies
    )


def repeat_words(row: CrystalRow) -> str:
    """Say how the row repeats."""
    if row.repeat is None:
        return "The contact closes and repeats in no direction."
    length = float(np.linalg.norm(row.repeat_a))
    return f"The row repeats after {length:.1f} Å (length of the translation)."


def draw_strip(
    ax: "Axes",
    row: CrystalRow,
    a_per_mm: float,
    right: tuple[str, str],
) -> None:
    """Draw scale bar and repeat of a row at the picture's scale, and two lines of words at the right."""
    width, _ = size_mm(ax)
    strip = blank_inset(ax, (0.0, 0.0, width, STRIP_MM))
    strip.set_label("strip")
    long = SCALE_BAR_A / a_per_mm
    draw_scale_bar(strip, (EDGE_MM, LINE_MM), long)
    strip.text(EDGE_MM + long + APART_MM, LINE_MM, f"{SCALE_BAR_A:g} Å", va="center")
    if row.repeat is not None:
        length = float(np.linalg.norm(row.repeat_a))
        end = EDGE_MM + length / a_per_mm
        line = {"arrowstyle": "-|>", "linewidth": 0.8, "color": "black"}
        arrow = {**line, "shrinkA": 0, "shrinkB": 0, "mutation_scale": 6}
        tail = (EDGE_MM, WORDS_MM)
        strip.annotate("", (end, WORDS_MM), xytext=tail, arrowprops=arrow)
        words = f"repeat {length:.1f} Å"
        strip.text(end + APART_MM, WORDS_MM, words, va="center")
    for y, note in zip((LINE_MM, WORDS_MM), right, strict=True):
        strip.text(width - EDGE_MM, y, note, ha="right", va="center")
