"""Objects and interfaces of a scene from what was measured."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from il2struct.arrays import FloatArray, IndexArray
from il2struct.bond_kinds import kind_shown
from il2struct.interface.interface import Interface
from il2struct.palette import Palette
from il2struct.report.scenes.model import (
    SceneBond,
    SceneInterface,
    SceneObject,
    SceneResidue,
)
from il2struct.report.scenes.words import object_name
from il2struct.results.interface_tables import interface_residues
from il2struct.structure.model import (
    NO_NUMBER,
    ChainImage,
    ResidueKind,
    atoms_of_residues,
)
from il2struct.structure.named import NamedEntry
from il2struct.structure.roles import Role
from il2struct.structure.write import WrittenChain, safe_atom_name, safe_residue_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """
    An entry with the names that its chains have in the coordinate file.

    Attributes
    ----------
    named : NamedEntry
    written : mapping of str to WrittenChain
        By author name.
    palette : Palette
    """

    named: NamedEntry
    written: Mapping[str, WrittenChain]
    palette: Palette


def scene_objects(
    cast: Cast, images: Iterable[ChainImage], home: frozenset[ChainImage]
) -> dict[ChainImage, SceneObject]:
    """
    Make an object of every chain image.

    Parameters
    ----------
    cast : Cast
    images : iterable of ChainImage
    home : frozenset of ChainImage
        Those of the complexes of the entry; all others are neighbours.
    """
    return {
        image: _scene_object(cast, image, image not in home)
        for image in dict.fromkeys(images)
    }


def _scene_object(cast: Cast, image: ChainImage, is_neighbour: bool) -> SceneObject:  # noqa: FBT001  # a fact about the image
    entry = cast.named.entry
    written = cast.written[image.auth_asym_id]
    role = cast.named.role_of.get(image.auth_asym_id, Role.UNKNOWN).value
    rotation, translation = entry.transform(image)
    rows = atoms_of_residues(entry, written.chain.residue_index)
    shown = rows[entry.atoms.atom_name[rows] == "CA"]
    shown = shown if len(shown) else rows
    return SceneObject(
        name=object_name(role, written.name, image),
        image=image,
        role=role,
        colour=cast.palette.neighbour_of(role)
        if is_neighbour
        else cast.palette.of(role),
        is_neighbour=is_neighbour,
        chain=written.name,
        chains=tuple(written.names.values()),
        rotation=rotation,
        translation=translation,
        alpha_carbons=entry.atoms.coords[shown] @ rotation.T + translation,
    )


def scene_interface(
    cast: Cast, interface: Interface, objects: tuple[SceneObject, SceneObject]
) -> SceneInterface:
    """
    Show an interface between two objects, wherever they stand.

    Parameters
    ----------
    cast : Cast
    interface : Interface
        Of one chain on each side.
    objects : pair of SceneObject
        Side 1 and side 2; they may be moved together from where it was measured.
    """
    residues = tuple(
        _interface_rows(interface, side) for side, _ in enumerate(objects, start=1)
    )
    return SceneInterface(
        name=f"{objects[0].name}__{objects[1].name}",
        object_1=objects[0].name,
        object_2=objects[1].name,
        residues_1=_residues(cast, objects[0], residues[0]),
        residues_2=_residues(cast, objects[1], residues[1]),
        bonds=_bonds(cast, interface, objects),
        points_1=_points(cast, objects[0], residues[0]),
        points_2=_points(cast, objects[1], residues[1]),
    )


def _interface_rows(interface: Interface, side: int) -> IndexArray:
    partner, burial = interface.sides[side - 1], interface.burial.sides[side - 1]
    is_interface, _ = interface_residues(interface, side)
    return partner.residue_row(burial.residues.residue_index[is_interface])


def _residues(
    cast: Cast, owner: SceneObject, rows: Iterable[int]
) -> tuple[SceneResidue, ...]:
    return tuple(_residue(cast, owner, int(row)) for row in rows)


def _residue(cast: Cast, owner: SceneObject, row: int) -> SceneResidue:
    residues = cast.named.entry.residues
    names = cast.written[owner.image.auth_asym_id].names
    number = int(residues.auth_number[row])
    ins_code = str(residues.ins_code[row])
    return SceneResidue(
        object_name=owner.name,
        chain=names[str(residues.auth_asym_id[row])],
        number=number if number != NO_NUMBER else row,
        ins_code=ins_code if ins_code.isalnum() and ins_code.isascii() else "",
        label=residue_label(cast.named, row),
    )


def residue_label(named: NamedEntry, row: int) -> str:
    """
    Return what people call a residue: one letter and its number in the mature protein.

    Parameters
    ----------
    named : NamedEntry
    row : int
        Of ``Entry.residues``. Residues without a mature number have that of the author.
    """
    import gemmi

    residues = named.entry.residues
    name = safe_residue_name(str(residues.name[row]))
    is_protein = residues.kind[row] == ResidueKind.PROTEIN.value
    letter = gemmi.find_tabulated_residue(name).one_letter_code.upper().strip()
    mature = int(named.numbers.mature_number[row])
    number = mature if mature != NO_NUMBER else int(residues.auth_number[row])
    return f"{letter if is_protein and letter else name}{number if number != NO_NUMBER else ''}"


def _points(cast: Cast, owner: SceneObject, rows: IndexArray) -> FloatArray:
    entry = cast.named.entry
    own = entry.atoms.coords[atoms_of_residues(entry, rows)]
    points: FloatArray = own @ owner.rotation.T + owner.translation
    return points


def _bonds(
    cast: Cast, interface: Interface, objects: Sequence[SceneObject]
) -> tuple[SceneBond, ...]:
    bonds = interface.bonds
    columns = bonds.columns
    found = []
    for i in range(len(bonds)):
        kind = kind_shown({name: column[i] for name, column in columns.items()})
        if kind.stick is None or bonds.is_kind["water_mediated"][i]:
            continue
        ends = [
            _end(cast, interface, side, int(index[i]), owner)
            for side, index, owner in (
                (1, bonds.index_1, objects[0]),
                (2, bonds.index_2, objects[1]),
            )
        ]
        found.append(
            SceneBond(
                kind=kind,
                stick=kind.stick,
                residue_1=ends[0][0],
                residue_2=ends[1][0],
                atom_1=ends[0][1],
                atom_2=ends[1][1],
                xyz_1=ends[0][2],
                xyz_2=ends[1][2],
                distance_a=float(bonds.distance_a[i]),
            )
        )
    return tuple(found)


def _end(
    cast: Cast, interface: Interface, side: int, index: int, owner: SceneObject
) -> tuple[SceneResidue, str, FloatArray]:
    partner = interface.sides[side - 1]
    atoms = partner.prepared.atoms
    row = int(partner.residue_row(atoms.residue_index[index : index + 1])[0])
    rotation, translation = cast.named.entry.transform(partner.images[0])
    # Not the transpose: with rounded SCALE records operators are rotations to 1e-3 only.
    deposited = np.linalg.solve(rotation, atoms.coords[index] - translation)
    placed: FloatArray = owner.rotation @ deposited + owner.translation
    return (
        _residue(cast, owner, row),
        safe_atom_name(str(atoms.atom_name[index])),
        placed,
    )
