"""
What 3D views show, as data: chains placed by matrix, interfaces with their bonds, views by name.

The notebook (at the end of this file), PyMOL, ChimeraX and Mol* draw the same `Scene`, each by a writer
of its own. Every word in it is safe to stand in a script: letters, digits and underscores in names,
printable text without quotes, brackets or separators in titles. The writers rely on it.
"""

import html
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np

from il2struct import escape
from il2struct.arrays import FloatArray, IndexArray
from il2struct.bond_kinds import CONDITIONAL, BondKind, Stick, kind_shown
from il2struct.interface.interface import Interface
from il2struct.palette import Palette
from il2struct.results.interface_tables import interface_residues
from il2struct.structure import model, write
from il2struct.structure.family import Role
from il2struct.structure.model import ChainImage
from il2struct.structure.named import NamedEntry

if TYPE_CHECKING:
    import pandas as pd

#: Atoms of sticks that are no carbon; the nitrogens are lighter than the blue of IL-2Rβ.
ELEMENT_COLOURS: Final = MappingProxyType(
    {"N": "#8CA8FF", "O": "#FF0D0D", "S": "#E6C733"}
)
#: Width of a picture over its height.
ASPECT: Final = 4 / 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SceneObject:
    """One chain image with its glycans."""

    #: ``IL2RA_D``; with the symmetry code behind it where the image is not the deposited one.
    name: str
    image: model.ChainImage
    #: Role code.
    role: str
    #: ``#rrggbb``.
    colour: str
    #: Whether it stands beyond the complexes of the entry.
    is_neighbour: bool
    #: Name of the polymer in the coordinate file.
    chain: str
    #: All names of the object in the coordinate file: the polymer and its glycans.
    chains: tuple[str, ...]
    #: ``rotation @ x + translation`` in Å places the deposited coordinates; shape (3, 3) and
    #: (3,).
    rotation: FloatArray
    translation: FloatArray
    #: Where they are placed; shape (n, 3).
    alpha_carbons: FloatArray

    @property
    def is_moved(self) -> bool:
        """Whether it stands elsewhere than in the coordinate file."""
        return self.image != model.ChainImage(self.image.auth_asym_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneResidue:
    """A residue of an object; the label is its one-letter code and number in the mature protein."""

    object_name: str
    chain: str
    number: int
    ins_code: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SceneBond:
    """A bond between two atoms, given by name and by where they stand, in Å."""

    kind: BondKind
    stick: Stick
    residue_1: SceneResidue
    residue_2: SceneResidue
    atom_1: str
    atom_2: str
    xyz_1: FloatArray
    xyz_2: FloatArray
    distance_a: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SceneInterface:
    """Objects that touch."""

    #: Names of both objects.
    name: str
    #: The first of each side.
    object_1: str
    object_2: str
    #: Interface residues of each side.
    residues_1: tuple[SceneResidue, ...]
    residues_2: tuple[SceneResidue, ...]
    bonds: tuple[SceneBond, ...]
    #: Atoms of the interface residues, where they stand; shape (n, 3).
    points_1: FloatArray
    points_2: FloatArray

    @property
    def residues(self) -> tuple[SceneResidue, ...]:
        """Interface residues of both sides."""
        return (*self.residues_1, *self.residues_2)

    @property
    def bonded_residues(self) -> tuple[SceneResidue, ...]:
        """Residues that take part in a bond, each once."""
        ends = [end for bond in self.bonds for end in (bond.residue_1, bond.residue_2)]
        return tuple(dict.fromkeys(ends))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Membrane:
    """A rectangle in the plane of the membrane."""

    #: In Å; shape (3,).
    centre: FloatArray
    #: Rows: along the chain, across it, and the normal, away from the cell; shape (3, 3).
    axes: FloatArray
    #: Along the chain and across it.
    half_length_a: float
    half_width_a: float

    @property
    def corners(self) -> FloatArray:
        """The corners in order round the rectangle, shape (4, 3), in Å."""
        along = self.axes[0] * self.half_length_a
        across = self.axes[1] * self.half_width_a
        parts = (-along - across, along - across, along + across, -along + across)
        corners: FloatArray = self.centre + parts
        return corners


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Camera:
    """Where a view is seen from."""

    #: What is looked at, in Å; shape (3,).
    centre: FloatArray
    #: Rows: to the right, up, and towards the viewer; shape (3, 3).
    axes: FloatArray
    #: Half the box that is to be seen.
    half_width_a: float
    half_height_a: float
    half_depth_a: float
    #: What stands farther before the centre than this is cut away.
    front_a: float

    def distance_a(self, half_angle_tan: float) -> float:
        """Return how far away it stands, for the tangent of half its field of view, upright."""
        half = max(self.half_height_a, self.half_width_a / ASPECT)
        return half / half_angle_tan + self.half_depth_a


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SceneView:
    """A named view."""

    name: str
    title: str
    #: What is shown.
    objects: tuple[str, ...]
    #: Of which residues are sticks, bonds dashes and numbers labels.
    interfaces: tuple[str, ...]
    has_membrane: bool
    camera: Camera

    @property
    def has_labels(self) -> bool:
        """Whether residues show their numbers; those of a whole row of complexes would be a cloud."""
        return len(self.interfaces) == 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scene:
    """Everything that the writers write."""

    #: Made safe.
    entry_id: str
    title: str
    #: mmCIF of the deposited chains.
    coordinates: str
    objects: tuple[SceneObject, ...]
    interfaces: tuple[SceneInterface, ...]
    membrane: Membrane | None
    #: The first is shown on opening.
    views: tuple[SceneView, ...]

    @property
    def interface_by_name(self) -> Mapping[str, SceneInterface]:
        """The interfaces by their names."""
        return {interface.name: interface for interface in self.interfaces}


@dataclass(frozen=True, slots=True)
class Cast:
    """An entry with the names that its chains have in the coordinate file."""

    named: NamedEntry
    #: By author name.
    written: Mapping[str, write.WrittenChain]
    palette: Palette

    def coordinates(self, image: model.ChainImage | None = None) -> str:
        """Return mmCIF of all chains as deposited, or of one image where it stands."""
        entry = self.named.entry
        if image is None:
            chains = [(w, np.eye(3), np.zeros(3)) for w in self.written.values()]
            title = escape.script_name(entry.entry_id)
        else:
            chains = [(self.written[image.auth_asym_id], *entry.transform(image))]
            title = "chain"
        placed = [
            write.PlacedChain(
                written=written, rotation=rotation, translation=translation
            )
            for written, rotation, translation in chains
        ]
        return write.mmcif_text(entry, placed, title=title)

    def objects(
        self, images: Iterable[model.ChainImage], home: Iterable[model.ChainImage]
    ) -> dict[model.ChainImage, SceneObject]:
        """Make an object of every chain image; those that are not at home are neighbours."""
        at_home = frozenset(home)
        entry = self.named.entry
        objects = {}
        for image in dict.fromkeys(images):
            written = self.written[image.auth_asym_id]
            role = self.named.role_of.get(image.auth_asym_id, Role.UNKNOWN).value
            is_neighbour = image not in at_home
            colour_of = self.palette.neighbour_of if is_neighbour else self.palette.of
            rotation, translation = entry.transform(image)
            rows = model.atoms_of_residues(entry, written.chain.residue_index)
            carbons = rows[entry.atoms.atom_name[rows] == "CA"]
            carbons = carbons if len(carbons) else rows
            objects[image] = SceneObject(
                name=_object_name(role, written.name, image),
                image=image,
                role=role,
                colour=colour_of(role),
                is_neighbour=is_neighbour,
                chain=written.name,
                chains=tuple(written.names.values()),
                rotation=rotation,
                translation=translation,
                alpha_carbons=entry.atoms.coords[carbons] @ rotation.T + translation,
            )
        return objects

    def interface(
        self, interface: Interface, shown: Mapping[model.ChainImage, SceneObject]
    ) -> SceneInterface:
        """
        Show an interface between objects, wherever they stand.

        ``shown`` names the object of every image of the interface; together they may be moved from
        where it was measured.
        """
        residues, points, names = [], [], []
        for side in (1, 2):
            partner, burial = (
                interface.sides[side - 1],
                interface.burial.sides[side - 1],
            )
            is_interface, _ = interface_residues(interface, side)
            index = burial.residues.residue_index[is_interface]
            rows = partner.residue_row(index)
            place = partner.image_of(index)
            owners = [shown[image] for image in partner.images]
            names.append(owners[0].name)
            residues.append(
                tuple(
                    self._residue(owners[i], row)
                    for i, row in zip(place.tolist(), rows.tolist(), strict=True)
                )
            )
            points.append(
                np.concatenate(
                    [self._points(o, rows[place == i]) for i, o in enumerate(owners)]
                )
            )
        return SceneInterface(
            name="__".join(names),
            object_1=names[0],
            object_2=names[1],
            residues_1=residues[0],
            residues_2=residues[1],
            bonds=tuple(self._bonds(interface, shown)),
            points_1=points[0],
            points_2=points[1],
        )

    def _residue(self, owner: SceneObject, row: int) -> SceneResidue:
        residues = self.named.entry.residues
        names = self.written[owner.image.auth_asym_id].names
        number = int(residues.auth_number[row])
        ins_code = str(residues.ins_code[row])
        return SceneResidue(
            object_name=owner.name,
            chain=names[str(residues.auth_asym_id[row])],
            number=number if number != model.NO_NUMBER else row,
            ins_code=ins_code if ins_code.isalnum() and ins_code.isascii() else "",
            label=_residue_label(self.named, row),
        )

    def _points(self, owner: SceneObject, rows: IndexArray) -> FloatArray:
        entry = self.named.entry
        own = entry.atoms.coords[model.atoms_of_residues(entry, rows)]
        points: FloatArray = own @ owner.rotation.T + owner.translation
        return points

    def _bonds(
        self, interface: Interface, shown: Mapping[model.ChainImage, SceneObject]
    ) -> Iterator[SceneBond]:
        bonds = interface.bonds
        columns = bonds.columns
        for i in range(len(bonds)):
            kind = kind_shown({name: column[i] for name, column in columns.items()})
            if kind.stick is None:
                continue
            residue_1, atom_1, xyz_1 = self._end(interface, 1, bonds.index_1[i], shown)
            residue_2, atom_2, xyz_2 = self._end(interface, 2, bonds.index_2[i], shown)
            yield SceneBond(
                kind=kind,
                stick=kind.stick,
                residue_1=residue_1,
                residue_2=residue_2,
                atom_1=atom_1,
                atom_2=atom_2,
                xyz_1=xyz_1,
                xyz_2=xyz_2,
                distance_a=float(bonds.distance_a[i]),
            )

    def _end(
        self,
        interface: Interface,
        side: int,
        atom: int,
        shown: Mapping[model.ChainImage, SceneObject],
    ) -> tuple[SceneResidue, str, FloatArray]:
        partner = interface.sides[side - 1]
        atoms = partner.prepared.atoms
        index = atoms.residue_index[atom : atom + 1]
        image = partner.images[int(partner.image_of(index)[0])]
        owner = shown[image]
        rotation, translation = self.named.entry.transform(image)
        # Not the transpose: with rounded SCALE records operators are rotations to 1e-3 only.
        deposited = np.linalg.solve(rotation, atoms.coords[atom] - translation)
        placed: FloatArray = owner.rotation @ deposited + owner.translation
        return (
            self._residue(owner, int(partner.residue_row(index)[0])),
            write.safe_atom_name(str(atoms.atom_name[atom])),
            placed,
        )


def cast_of(
    named: NamedEntry, images: Sequence[model.ChainImage], palette: Palette
) -> Cast:
    """Name the chains of some images for a coordinate file."""
    wanted = {image.auth_asym_id for image in images}
    chains = [c for c in named.entry.chains if c.auth_asym_id in wanted]
    written = write.written_chains(named.entry, chains)
    return Cast(named, {w.chain.auth_asym_id: w for w in written}, palette)


def _object_name(role: str, chain: str, image: model.ChainImage) -> str:
    """Return ``IL2RG_C``, or ``IL2RG_C_3_545`` for an image, or ``chain_C`` without a role."""
    stem = f"{'chain' if role == Role.UNKNOWN.value else role}_{chain}"
    if image == model.ChainImage(image.auth_asym_id):
        return stem
    code = image.symmetry_code.replace(".", "_").replace("-", "m")
    return f"{stem}_{code}"


def _residue_label(named: NamedEntry, row: int) -> str:
    """Return one letter and the number in the mature protein, that of the author where there is none."""
    import gemmi

    residues = named.entry.residues
    name = write.safe_residue_name(str(residues.name[row]))
    is_protein = residues.kind[row] == model.ResidueKind.PROTEIN.value
    letter = gemmi.find_tabulated_residue(name).one_letter_code.upper().strip()
    mature = int(named.numbers.mature_number[row])
    number = mature if mature != model.NO_NUMBER else int(residues.auth_number[row])
    return f"{letter if is_protein and letter else name}{number if number != model.NO_NUMBER else ''}"


#: Size of the view in pixels.
SIZE: Final = (640, 420)
#: More chain images than this would make a notebook too heavy.
MOST_IMAGES: Final = 16
#: Radius of the sticks of interface residues, in Å.
STICK_A: Final = 0.15
#: Said in place of the view.
HOW_TO_GET_IT: Final = (
    "<p>For a 3D view here: <code>pip install il2struct[notebook]</code>.</p>"
)
TOO_LARGE: Final = "<p>Too many chains for a 3D view here; write a scene: <code>il2struct scene</code>.</p>"


def table_html(table: "pd.DataFrame") -> str:
    """Return a table for a notebook, every cell escaped."""
    return str(table.to_html(index=False, na_rep="", escape=True))


def headline(name: str, text: str) -> str:
    """Return a line that begins with a name in bold, both escaped."""
    return f"<p><b>{html.escape(name)}</b>{html.escape(text)}</p>"


def view_html(
    named: NamedEntry, images: Iterable[ChainImage], interfaces: Sequence[Interface]
) -> str:
    """
    Show chains in 3D by role, with the residues and bonds of their interfaces.

    Returned is HTML that loads 3Dmol.js from the web when it is looked at; one line of words where
    py3Dmol is not installed.
    """
    if find_spec("py3Dmol") is None:
        return HOW_TO_GET_IT
    import py3Dmol

    shown = list(dict.fromkeys(images))
    if len(shown) > MOST_IMAGES:
        return TOO_LARGE
    cast = cast_of(named, shown, Palette())
    objects = cast.objects(shown, home=shown)
    joints = [cast.interface(interface, objects) for interface in interfaces]
    view = py3Dmol.view(width=SIZE[0], height=SIZE[1])
    for number, each in enumerate(objects.values()):
        model = {"model": number}
        stick = {"color": each.colour}
        view.addModel(cast.coordinates(each.image), "cif")
        view.setStyle(model, {"cartoon": {"color": each.colour}})
        view.addStyle({**model, "hetflag": True}, {"stick": stick})
        residues = [r for joint in joints for r in joint.residues]
        own = [r.number for r in residues if r.object_name == each.name]
        if own:
            chosen = {**model, "resi": list(dict.fromkeys(own))}
            view.addStyle(chosen, {"stick": {**stick, "radius": STICK_A}})
            for element, hue in ELEMENT_COLOURS.items():
                style = {"stick": {"color": hue, "radius": STICK_A}}
                view.addStyle({**chosen, "elem": element}, style)
    for bond in (bond for joint in joints for bond in joint.bonds):
        if bond.kind is not CONDITIONAL:
            view.addCylinder(
                {
                    "start": _point(bond.xyz_1.tolist()),
                    "end": _point(bond.xyz_2.tolist()),
                    "radius": bond.stick.radius_a,
                    "dashed": bond.stick.dash_a > 0,
                    "color": bond.stick.colour,
                }
            )
    view.zoomTo()
    return str(view.write_html())


def _point(xyz: Sequence[float]) -> dict[str, float]:
    return {axis: round(value, 3) for axis, value in zip("xyz", xyz, strict=True)}
