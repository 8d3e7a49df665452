"""
A scene from an entry: its complexes, their neighbours in the lattice, and a chain of them on a membrane.

Its named views say what each shows and where to stand, the same in all viewers.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from il2struct import escape
from il2struct.arrays import FloatArray
from il2struct.errors import Il2StructError, ParameterError
from il2struct.interface.interface import Interface, interface_parameters
from il2struct.interface.measure import interfaces_of
from il2struct.lattice import operators
from il2struct.lattice.classes import ContactClass
from il2struct.lattice.contacts import (
    ContactKind,
    LatticeContact,
    lattice_contacts,
    lattice_units,
)
from il2struct.lattice.graph import Clash, PlacedUnit, chain_patch, write_patch
from il2struct.lattice.measure import measured_contacts
from il2struct.network import DEFAULT_PAIRS
from il2struct.network.evidence.study import focal_class
from il2struct.network.evidence.survey import (
    MembraneLine,
    flat_energy_kt,
    focal_lines,
    survey_crystals,
)
from il2struct.palette import Palette
from il2struct.report.scene_files import membrane_script
from il2struct.results import scene
from il2struct.results.scene import Membrane, Scene, cast_of
from il2struct.results.standing import standing, unit, upright, widest
from il2struct.structure.family import (
    holders_of,
    is_cytokine,
    shown_roles,
    symbol_of,
)
from il2struct.structure.model import ChainImage
from il2struct.structure.named import NamedEntry

#: Directions that are tried round an axis.
N_DIRECTIONS: Final = 36
#: Only atoms so near to the line of sight hide something, in Å.
IN_THE_WAY_A: Final = 8.0
#: Room round what is looked at, in Å.
ROOM_A: Final = 4.0
#: A chain reaches so far beyond its Cα atoms, in Å; an interface is seen with what stands farther
#: before its residues cut away.
FREE_FRONT_A: Final = 30.0
CUT_FRONT_A: Final = 0.0
#: The membrane is seen from so much above that the plane is a plane and not a line.
MEMBRANE_TILT_DEG: Final = 12.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneParts:
    """What the views are made of: complexes of the entry, neighbours, a chain on the membrane."""

    home: tuple[scene.SceneObject, ...]
    lattice: tuple[scene.SceneObject, ...]
    chain: tuple[scene.SceneObject, ...]
    inside: tuple[scene.SceneInterface, ...]
    between: tuple[scene.SceneInterface, ...]
    membrane: scene.Membrane | None


def scene_views(parts: SceneParts) -> tuple[scene.SceneView, ...]:
    """
    Choose what is worth a look, and where to stand.

    ``overview``; ``alpha``, ``beta`` and ``gamma`` (the cytokine with that receptor; ``_2`` in the
    second complex); the other interfaces; ``lattice`` and ``membrane`` where there are any.
    """
    axes = standing([(each.role, each.alpha_carbons) for each in parts.home])
    views = [
        scene.SceneView(
            name="overview",
            title="The complexes of the entry",
            objects=_names(parts.home),
            interfaces=(),
            has_membrane=False,
            camera=framed(axes, alpha_carbons(parts.home)),
        )
    ]
    views += _interface_views(parts)
    if parts.lattice:
        shown = (*parts.home, *parts.lattice)
        points = alpha_carbons(shown)
        views.append(
            scene.SceneView(
                name="lattice",
                title="The complexes with their nearest neighbours in the crystal lattice",
                objects=_names(shown),
                interfaces=_among(parts.between, shown),
                has_membrane=False,
                camera=framed(widest(points, axes[1]), points),
            )
        )
    if parts.membrane is not None:
        along, across, normal = parts.membrane.axes
        points = np.concatenate((alpha_carbons(parts.chain), parts.membrane.corners))
        tilt = np.deg2rad(MEMBRANE_TILT_DEG)
        up = np.cos(tilt) * normal + np.sin(tilt) * across
        views.append(
            scene.SceneView(
                name="membrane",
                title="A chain of complexes on the membrane, the cell below",
                objects=_names(parts.chain),
                interfaces=_among(parts.between, parts.chain),
                has_membrane=True,
                camera=framed(upright(up, along), points),
            )
        )
    return tuple(views)


def _interface_views(parts: SceneParts) -> list[scene.SceneView]:
    by_name = {each.name: each for each in parts.home}
    name_of = {
        role: record.view for role, record in shown_roles().items() if holders_of(role)
    }
    order = {name: i for i, name in enumerate(dict.fromkeys(name_of.values()))}
    taken: dict[str, int] = {}
    views = []
    for interface in parts.inside:
        pair = (by_name[interface.object_1], by_name[interface.object_2])
        held = [name_of[each.role] for each in pair if each.role in name_of]
        has_cytokine = any(is_cytokine(each.role) for each in pair)
        # After the receptor where a cytokine binds it, after both receptors, else after both chains.
        if len(held) == 2 or (held and has_cytokine):
            stem = "_".join(held)
        else:
            stem = "_".join(each.name for each in pair)
        taken[stem] = taken.get(stem, 0) + 1
        # What may hide the interface is both chains, and nothing else is shown.
        axes = facing(interface.points_1, interface.points_2, alpha_carbons(pair))
        points = np.concatenate((interface.points_1, interface.points_2))
        views.append(
            scene.SceneView(
                name=stem if taken[stem] == 1 else f"{stem}_{taken[stem]}",
                title=" and ".join(
                    f"{symbol_of(each.role)} chain {each.chain}" for each in pair
                ),
                objects=_names(pair),
                interfaces=(interface.name,),
                has_membrane=False,
                camera=framed(axes, points, front_a=CUT_FRONT_A),
            )
        )
    return sorted(views, key=lambda view: order.get(view.name, len(order)))


def _names(objects: Iterable[scene.SceneObject]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.name for each in objects))


def _among(
    interfaces: Sequence[scene.SceneInterface], shown: Sequence[scene.SceneObject]
) -> tuple[str, ...]:
    names = frozenset(_names(shown))
    return tuple(i.name for i in interfaces if {i.object_1, i.object_2} <= names)


def alpha_carbons(objects: Iterable[scene.SceneObject]) -> FloatArray:
    """Return the Cα atoms of some objects where they stand, shape (n, 3), in Å."""
    return np.concatenate([each.alpha_carbons for each in objects])


def framed(
    axes: FloatArray, points: FloatArray, *, front_a: float = FREE_FRONT_A
) -> scene.Camera:
    """Return a camera that has all points in its frame, with what stands farther before them cut away."""
    seen = points @ axes.T
    low, high = seen.min(axis=0), seen.max(axis=0)
    half = (high - low) / 2 + ROOM_A
    return scene.Camera(
        centre=axes.T @ ((low + high) / 2),
        axes=axes,
        half_width_a=float(half[0]),
        half_height_a=float(half[1]),
        half_depth_a=float(half[2]),
        front_a=float(half[2]) + front_a,
    )


def facing(side_1: FloatArray, side_2: FloatArray, others: FloatArray) -> FloatArray:
    """
    Return the axes of a camera that sees an interface from its freest side.

    Side 1 stands to the left and side 2 to the right; ``others`` are all points that may stand in
    the way.
    """
    across = unit(side_2.mean(axis=0) - side_1.mean(axis=0))
    start = upright(np.eye(3)[np.argmin(np.abs(across))], across)
    first = unit(np.cross(across, start[2]))
    second = np.cross(across, first)
    centre = np.concatenate((side_1, side_2)).mean(axis=0)
    backs = [
        np.cos(angle) * first + np.sin(angle) * second
        for angle in np.linspace(0.0, 2 * np.pi, N_DIRECTIONS, endpoint=False)
    ]
    counts = []
    for back in backs:
        ahead = (others - centre) @ back
        aside = np.linalg.norm(others - centre - np.outer(ahead, back), axis=1)
        counts.append(int(((ahead > 0) & (aside < IN_THE_WAY_A)).sum()))
    back = backs[int(np.argmin(counts))]
    axes: FloatArray = np.array([across, np.cross(back, across), back])
    return axes


#: Neighbours beyond which a scene is a cloud.
MOST_NEIGHBOURS: Final = 50
#: Complexes of the chain on the membrane.
N_COMPLEXES: Final = 4
#: The membrane reaches this far beyond the chain, in Å.
MARGIN_A: Final = 40.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneOptions:
    """
    What a scene shows.

    Raises
    ------
    ParameterError
        If the number is out of range.
    """

    #: Neighbours in the lattice, those with the largest contacts first.
    n_neighbours: int = 2
    palette: Palette = field(default_factory=Palette)

    def __post_init__(self) -> None:
        if not 0 <= self.n_neighbours <= MOST_NEIGHBOURS:
            raise ParameterError(
                f"a scene has 0 to {MOST_NEIGHBOURS} neighbours, not {self.n_neighbours}."
            )


def build_scene(
    named: NamedEntry,
    *,
    options: SceneOptions | None = None,
    line: MembraneLine | None = None,
) -> Scene:
    """
    Describe an entry as a scene: its complexes, what holds them, and what stands round them.

    The line, from `membrane_line`, is the chain to be shown on the membrane.
    """
    options = options or SceneOptions()
    home = dict.fromkeys(m.image for c in named.complexes for m in c.members)
    contacts = _contacts(named) if options.n_neighbours or line else ()
    lattice: list[ChainImage] = []
    chain: list[ChainImage] = []
    if contacts:
        group = operators.operator_group(named.entry)
        first = line.contacts[0].contact if line else None
        for unit in _neighbours(named, contacts, options.n_neighbours, first):
            lattice += _images(group, unit)
        for unit in _chain_units(line) if line else ():
            chain += _images(group, unit)
    images = tuple(dict.fromkeys((*home, *lattice, *chain)))
    cast = cast_of(named, images, options.palette)
    objects = cast.objects(images, home)
    inside = tuple(cast.interface(each, objects) for each in interfaces_of(named))
    between = tuple(
        cast.interface(
            interface,
            dict(
                zip(
                    (*interface.sides[0].images, *interface.sides[1].images),
                    (objects[image] for image in pair),
                    strict=True,
                )
            ),
        )
        for interface, pair in _between(named, contacts, images)
    )
    on_membrane = tuple(objects[image] for image in chain)
    membrane = (
        _membrane_under(line, alpha_carbons(on_membrane))
        if line and on_membrane
        else None
    )
    parts = SceneParts(
        home=tuple(objects[image] for image in home),
        lattice=tuple(objects[image] for image in lattice),
        chain=on_membrane,
        inside=inside,
        between=between,
        membrane=membrane,
    )
    return Scene(
        entry_id=escape.script_name(named.entry.entry_id),
        title=escape.script_title(named.entry.title),
        coordinates=cast.coordinates(),
        objects=tuple(objects.values()),
        interfaces=(*inside, *between),
        membrane=membrane,
        views=scene_views(parts),
    )


def _contacts(named: NamedEntry) -> tuple[LatticeContact, ...]:
    """Contacts between units of a crystal; none where there is no crystal."""
    try:
        contacts = lattice_contacts(named)
    except Il2StructError:
        return ()
    return tuple(c for c in contacts if c.kind is not ContactKind.SAME_COMPLEX)


def _neighbours(
    named: NamedEntry,
    contacts: Sequence[LatticeContact],
    n_units: int,
    first: LatticeContact | None,
) -> tuple[PlacedUnit, ...]:
    """
    Choose the units that share most atom pairs with those of the asymmetric unit.

    Those of the first contact, if there is one, come before all others, on either side.
    """
    group = operators.operator_group(named.entry)
    units = {unit.unit_id: unit for unit in lattice_units(named)}

    def both_ways(
        contact: LatticeContact,
    ) -> tuple[tuple[str, operators.Placement], ...]:
        """Return unit 2 as seen from unit 1, and unit 1 as seen from unit 2."""
        back = group.inverse(contact.placement_2)
        return (
            (contact.unit_2.unit_id, contact.placement_2),
            (contact.unit_1.unit_id, back),
        )

    counts: Counter[tuple[str, operators.Placement]] = Counter()
    for contact in contacts:
        if contact.placement_2 != operators.IDENTITY:
            for key in both_ways(contact):
                counts[key] += contact.n_pairs
    order = [key for key, _ in counts.most_common()]
    if first is not None and first.placement_2 != operators.IDENTITY:
        order = [*both_ways(first), *order]
    return tuple(
        PlacedUnit(unit=units[unit_id], placement=place)
        for unit_id, place in list(dict.fromkeys(order))[:n_units]
    )


def _images(group: operators.OperatorGroup, placed: PlacedUnit) -> list[ChainImage]:
    """Chain images of a placed unit."""
    return [
        ChainImage(
            member.image.auth_asym_id,
            *group.composed(placed.placement, operators.placement(member.image)),
        )
        for member in placed.unit.members
    ]


def _between(
    named: NamedEntry, contacts: Sequence[LatticeContact], shown: Sequence[ChainImage]
) -> list[tuple[Interface, tuple[ChainImage, ChainImage]]]:
    """
    Measure the contacts of the lattice between images that are shown.

    Each comes with the images that it holds for; one that is shown in several places is measured
    once.
    """
    if not contacts:
        return []
    group = operators.operator_group(named.entry)
    places: dict[int, list[tuple[ChainImage, ChainImage]]] = {}
    for contact in contacts:
        home = group.inverse(operators.placement(contact.image_1))
        step = group.composed(home, operators.placement(contact.image_2))
        pairs: list[tuple[ChainImage, ChainImage]] = []
        for first in shown:
            if first.auth_asym_id != contact.image_1.auth_asym_id:
                continue
            second = ChainImage(
                contact.image_2.auth_asym_id,
                *group.composed(operators.placement(first), step),
            )
            # A contact across a twofold axis is the same seen from its other side.
            if second in shown and (second, first) not in pairs:
                pairs.append((first, second))
        places[id(contact)] = pairs
    wanted = [contact for contact in contacts if places[id(contact)]]
    return [
        (measured.interface, pair)
        for measured in measured_contacts(named, contacts=wanted)
        for pair in places[id(measured.contact)]
    ]


def best_line(
    focal: ContactClass | None, lines: Sequence[MembraneLine]
) -> MembraneLine | None:
    """Choose the copy of the focal contact whose endless chain lies flat most easily, if any can."""
    own = focal_lines(focal, lines) if focal else ()
    best = min(own, key=flat_energy_kt, default=None)
    return best if best is not None and np.isfinite(flat_energy_kt(best)) else None


def membrane_line(named: NamedEntry) -> MembraneLine | None:
    """
    Look in the lattice of one entry for the chain that lies flat on a membrane.

    None where there is no crystal, no contact of γc and α, or no flat chain.
    """
    if named.entry.crystal is None:
        return None
    try:
        survey = survey_crystals([named], parameters=interface_parameters())
    except Il2StructError:
        return None
    return best_line(focal_class(survey.classes, *DEFAULT_PAIRS[0]), survey.membrane)


def _chain_units(line: MembraneLine) -> tuple[PlacedUnit, ...]:
    """Complexes of a chain, each where the step from the one before puts it."""
    measured = line.contacts[0]
    return chain_patch(measured.named, measured.contact, N_COMPLEXES)


def _membrane_under(line: MembraneLine, points: FloatArray) -> Membrane:
    """Lay the membrane under the atoms of a chain, in the frame of the deposited coordinates."""
    best = line.study.endless.best if line.study.endless else None
    if best is None:
        raise ValueError("a chain that cannot lie flat has no membrane")
    laid = points @ best.rotation.T + best.translation
    low, high = laid.min(axis=0), laid.max(axis=0)
    middle = np.array([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, 0.0])
    half = (high - low) / 2 + MARGIN_A
    return Membrane(
        centre=best.rotation.T @ (middle - best.translation),
        axes=best.rotation,
        half_length_a=float(half[0]),
        half_width_a=float(half[1]),
    )


def write_membrane_chain(
    line: MembraneLine, folder: Path, *, name: str = "chain_on_membrane"
) -> tuple[Clash, ...]:
    """
    Write a chain of complexes on the membrane, and a PyMOL script that shows it; return overlaps.

    The membrane is the plane z = 0 with the cell below, and the chain runs along x; chain ``C`` of
    the second complex is called ``C-2``. ParameterError if the chain cannot lie flat.
    """
    import gemmi

    endless = line.study.endless
    if endless is None or endless.best is None:
        raise ParameterError(
            "the chain cannot lie flat on the membrane and makes no scene; choose another contact."
        )
    measured = line.contacts[0]
    path = folder / f"{name}.cif"
    overlaps = write_patch(measured.named, _chain_units(line), path)
    structure = gemmi.read_structure(str(path))
    motion = gemmi.Transform()
    motion.mat.fromlist(endless.best.rotation.tolist())
    motion.vec.fromlist(endless.best.translation.tolist())
    structure[0].transform_pos_and_adp(motion)
    structure.make_mmcif_document().write_file(str(path))
    places = np.array([atom.atom.pos.tolist() for atom in structure[0].all()])
    script = membrane_script(
        measured.contact.unit_1,
        name=name,
        n_complexes=N_COMPLEXES,
        low=places.min(axis=0) - MARGIN_A,
        high=places.max(axis=0) + MARGIN_A,
    )
    (folder / f"{name}.pml").write_text(script, encoding="utf-8")
    return overlaps
