"""One entry in the page: atoms, where every chain image stands, tables, what each row points at."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from il2struct import escape
from il2struct.arrays import FloatArray, IndexArray
from il2struct.bond_kinds import by_rank, kind_shown
from il2struct.bonds.finders import WATER_PLACE
from il2struct.errors import Il2StructError
from il2struct.interface.complementarity import ScDetail
from il2struct.interface.interface import Interface, InterfaceParameters
from il2struct.lattice.classes import ContactClass, contact_classes
from il2struct.lattice.contacts import ContactKind, lattice_contacts, lattice_units
from il2struct.lattice.graph import patch_sides, walk_patch
from il2struct.lattice.measure import MeasuredContact, measured_contacts
from il2struct.network import DEFAULT_PAIRS
from il2struct.palette import (
    NEIGHBOUR_WHITE_FRACTION,
    UNKNOWN_COLOUR,
    Palette,
    mixed_with_white,
)
from il2struct.progress import step
from il2struct.results import views
from il2struct.results.interface_tables import bond_table, residue_table
from il2struct.results.interfaces import InterfaceResults
from il2struct.results.lattice_tables import lattice_table
from il2struct.results.text import plain
from il2struct.structure.family import Role, is_cytokine, symbol_of
from il2struct.structure.features import chain_axis, features_of
from il2struct.structure.model import (
    NO_NUMBER,
    ChainImage,
    Entry,
    ResidueKind,
    atoms_of_residues,
)
from il2struct.structure.named import NamedEntry
from il2struct.tables import records

if TYPE_CHECKING:
    import pandas as pd

#: More heavy atoms than this are not put into a page: browsers take too long over them.
LARGEST_STRUCTURE: Final = 60_000
#: Complexes of the lattice chain that are shown, the one at home included.
N_SHOWN_UNITS: Final = 3
#: Numbers between the polymer of a chain and its sugars, so that no ribbon joins the two.
NUMBER_GAP: Final = 100
#: Fewer points than this have no broadside.
MIN_POINTS: Final = 4
#: A cytokine nearer than this to the middle of its complex, as seen from the front, gives no "up".
SHORTEST_LEAN_A: Final = 1e-3
#: Features of a chain that its sequence shows.
STRIP_MARKS: Final = ("gap", "sequon", "glycan", "mutation")
#: What a bond through a water is called among the lines of the 3D view.
BY_WATER: Final = "water_mediated"
#: Name of the chain of ligands and ions in the coordinates.
HETERO: Final = "het"
#: Columns of the coordinates, as a minimal mmCIF file.
COLUMNS: Final = (
    *("group_PDB", "id", "type_symbol", "label_atom_id", "label_comp_id"),
    *("label_asym_id", "auth_asym_id", "auth_seq_id", "Cartn_x", "Cartn_y", "Cartn_z"),
)

#: A residue as the tables name it: chain by the author, number, insertion code.
ResidueName = tuple[str, int, str]
#: The same in the page: place of the chain, number within it.
ResiduePlace = tuple[int, int]
#: Complex and interface, as in the tables.
Key = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryContent:
    """An entry with its interfaces, and the contacts of its crystal with their classes, none without one."""

    results: InterfaceResults
    contacts: tuple[MeasuredContact, ...] = ()
    classes: tuple[ContactClass, ...] = ()


def entry_content(
    results: InterfaceResults,
    parameters: InterfaceParameters,
    classes: tuple[ContactClass, ...] = (),
) -> EntryContent:
    """
    Measure the contacts of the lattice by the same parameters, without shape complementarity.

    Those that a study of networks has measured, in `classes`, are taken as they are.
    """
    own = tuple(m for each in classes for m in each.members if m.named is results.named)
    if own:
        return EntryContent(results=results, contacts=own, classes=classes)
    if results.named.entry.crystal is None:
        return EntryContent(results=results)
    quick = replace(parameters, fit=replace(parameters.fit, detail=ScDetail.NONE))
    try:
        with step("lattice", 0.4):
            contacts = measured_contacts(results.named, parameters=quick)
    except Il2StructError:  # a cell that makes no lattice: the interfaces stand alone
        contacts = ()
    return EntryContent(
        results=results, contacts=contacts, classes=contact_classes(contacts)
    )


def entry_payload(content: EntryContent, palette: Palette) -> dict[str, Any]:
    """Return everything on one entry as plain data for JSON."""
    named, results = content.results.named, content.results
    atoms = page_atoms(named.entry)
    images = Images(named.entry, atoms.places)
    home = images.numbers(
        dict.fromkeys(m.image for group in named.complexes for m in group.members)
    )
    for group in named.complexes:
        for number in images.numbers(member.image for member in group.members):
            images.records[number]["copy"] = group.complex_id
    lattice = _lattice(named, images)
    tables = {**results.entry_tables, **results.tables()}
    if content.contacts:
        tables["lattice_contacts"] = lattice_table(
            named, content.contacts, content.classes
        )
    joints: list[dict[str, Any]] = []
    inside = _add_joints(
        joints, named, images, results.items, tables["residues"], tables["bonds"]
    )
    between = [measured.interface for measured in content.contacts]
    outside = _add_joints(
        joints,
        named,
        images,
        between,
        residue_table(named, between),
        bond_table(named, between),
    )
    for measured, joint in zip(content.contacts, joints[len(results) :], strict=True):
        # The complex at home is what a reader holds on to when a neighbour appears.
        joint["around"] = images.numbers(
            member.image for member in measured.contact.unit_1.members
        )
    return {
        "id": named.entry.entry_id,
        "title": named.entry.title,
        "coordinates": atoms.coordinates,
        "left_out": ""
        if atoms.n_atoms <= LARGEST_STRUCTURE
        else f"{atoms.n_atoms} atoms are too many for a browser; the scene files of `il2struct "
        "scene` show them in a molecular viewer.",
        "chains": _chains(named, palette),
        "images": images.records,
        "home": home,
        "view": overview_rotation(named),
        "lattice": lattice,
        "joints": joints,
        "tables": _shown_tables(tables, named.names, images, inside, outside),
        "downloads": {
            name: plain_table(table)
            for name, table in tables.items()
            if name != "entries"  # that of the run holds those that failed too
        },
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class PageAtoms:
    """The atoms of an entry in the page."""

    #: Heavy atoms without waters; chain ``c<i>`` is ``entry.chains[i]``. Empty if there are too
    #: many.
    coordinates: str
    #: Where each residue of the entry is found in the coordinates.
    places: Mapping[ResidueName, ResiduePlace]
    #: Heavy atoms counted, shown or not.
    n_atoms: int


def page_atoms(entry: Entry) -> PageAtoms:
    """Gather the atoms of an entry for the page."""
    table = entry.residues
    places: dict[ResidueName, ResiduePlace] = {}
    lines: list[str] = []
    for place, chain in enumerate(entry.chains):
        sugars = chain.glycan_index
        first_sugar = int(chain.position.max(initial=0)) + NUMBER_GAP
        for group, residues, numbers in (
            ("ATOM", chain.residue_index, chain.position + 1),
            ("HETATM", sugars, first_sugar + 2 * np.arange(len(sugars))),
        ):
            names = zip(
                table.auth_asym_id[residues].tolist(),
                table.auth_number[residues].tolist(),
                table.ins_code[residues].tolist(),
                strict=True,
            )
            places |= {
                name: (place, number)
                for name, number in zip(names, numbers.tolist(), strict=True)
            }
            lines += _lines(entry, residues, numbers, f"{group} 1", f"c{place}")
    ligands = np.flatnonzero(
        np.isin(table.kind, [ResidueKind.LIGAND.value, ResidueKind.ION.value])
    )
    numbers = 1 + 2 * np.arange(len(ligands))
    lines += _lines(entry, ligands, numbers, "HETATM 1", HETERO)
    head = ["data_page", "loop_", *(f"_atom_site.{name}" for name in COLUMNS)]
    is_shown = len(lines) <= LARGEST_STRUCTURE
    return PageAtoms(
        coordinates="\n".join([*head, *lines, ""]) if is_shown else "",
        places=places,
        n_atoms=len(lines),
    )


def _lines(
    entry: Entry, residues: IndexArray, numbers: IndexArray, head: str, chain: str
) -> list[str]:
    """Atom records of some residues; ``head`` is the group and the serial number, which nobody reads."""
    index = atoms_of_residues(entry, residues)
    counts = entry.residues.atom_stop[residues] - entry.residues.atom_start[residues]
    per_atom = np.repeat(numbers, counts)
    is_heavy = ~entry.atoms.is_hydrogen[index]
    atoms = entry.atoms.select(index[is_heavy])
    columns = zip(
        atoms.element.tolist(),
        atoms.atom_name.tolist(),
        atoms.residue_name.tolist(),
        per_atom[is_heavy].tolist(),
        atoms.coords.tolist(),
        strict=True,
    )
    word = cache(escape.cif_word)
    return [
        f"{head} {word(element)} {word(name)} {word(residue)} {chain} {chain} {number} "
        f"{x:.3f} {y:.3f} {z:.3f}"
        for element, name, residue, number, (x, y, z) in columns
    ]


def bond_lines() -> dict[str, dict[str, Any]]:
    """How the 3D view draws each kind of bond; the others show when their own row is chosen."""
    return {kind.name: asdict(kind.stick) for kind in by_rank() if kind.stick}


def _chains(named: NamedEntry, palette: Palette) -> list[dict[str, Any]]:
    """Labels, colours and sequences; ``group`` is what chains are switched on and off by."""
    chains = []
    colours = palette.of_chains(named)
    for chain in named.entry.chains:
        name = chain.auth_asym_id
        role = named.role_of.get(name, Role.UNKNOWN)
        colour = colours.get(name, UNKNOWN_COLOUR)
        if role is Role.UNKNOWN:
            label = group = views.side_name(None, name, None, chain.description)
        else:
            group = symbol_of(role.value)
            label = f"{group} ({name})"
        pale = mixed_with_white(colour, NEIGHBOUR_WHITE_FRACTION)
        chains.append(
            {
                "label": label,
                "group": group,
                "colour": colour,
                "pale": pale,
                "strip": _strip(named, name) if name in colours else None,
            }
        )
    return chains


def _strip(named: NamedEntry, auth_asym_id: str) -> dict[str, Any]:
    """Sequence of a chain with the number of each residue and what lies along it, places from 1."""
    axis = chain_axis(named, auth_asym_id)
    numbers: list[int | str | None] = [
        None if number == NO_NUMBER else number
        for number in axis.role.mature_number.tolist()
    ]
    for (number, ins_code), place in axis.author.items():
        if numbers[place] is None:
            numbers[place] = f"{number}{ins_code}"
    return {
        "sequence": axis.chain.sequence,
        "numbers": numbers,
        "marks": [
            # A gap without positions is a step of the numbers.
            [each.mark, int(each.first) + 1, int(each.last) + 1, each.label]
            for each in features_of(named, axis)
            if each.mark in STRIP_MARKS and each.first == int(each.first)
        ],
    }


class Images:
    """Chain images of one entry, each under a number that the page uses."""

    def __init__(
        self, entry: Entry, places: Mapping[ResidueName, ResiduePlace]
    ) -> None:
        self._entry = entry
        self._places = places
        self._index: dict[ChainImage, int] = {}
        self._by_code: dict[tuple[int, str], int] = {}
        self._chain = {c.auth_asym_id: i for i, c in enumerate(entry.chains)}
        self.records: list[dict[str, Any]] = []

    def number(self, image: ChainImage, primes: int = 0) -> int:
        """Return the number of an image; a new one is placed, with primes on its name."""
        if image not in self._index:
            chain = self._chain[image.auth_asym_id]
            number = len(self.records)
            self._index[image] = number
            self._by_code[(chain, image.symmetry_code)] = number
            self.records.append(
                {
                    "chain": chain,
                    "code": image.symmetry_code,
                    "matrix": self._matrix(image),
                    "primes": "′" * primes,
                }
            )
        return self._index[image]

    def numbers(self, images: Iterable[ChainImage], primes: int = 0) -> list[int]:
        """Return the numbers of several images."""
        return [self.number(image, primes) for image in images]

    def _matrix(self, image: ChainImage) -> list[float] | None:
        """Return the motion of an image as twelve numbers, row by row; None for none."""
        rotation, translation = self._entry.transform(image)
        if np.array_equal(rotation, np.eye(3)) and not translation.any():
            return None
        rows = np.column_stack([rotation, translation])
        return [float(f"{value:.7g}") for value in rows.ravel()]

    def of_chain(self, auth_asym_id: str) -> list[int]:
        """Return the numbers of all images of a chain that the page has."""
        chain = self._chain.get(auth_asym_id)
        return [i for i, record in enumerate(self.records) if record["chain"] == chain]

    def residue(self, row: views.Row, suffix: str = "") -> list[int] | None:
        """
        Return image and number of the residue of a row; None if the page has no atoms of it.

        The row is of a table with columns ``auth_asym_id``, ``operator``, ``auth_number`` and
        ``ins_code``, or those with the suffix ``_1`` or ``_2``.
        """
        number = row[f"auth_number{suffix}"]
        if number is None:
            return None
        chain = str(row[f"auth_asym_id{suffix}"])
        name = (chain, int(number), str(row[f"ins_code{suffix}"] or ""))
        place = self._places.get(name)
        if place is None:
            return None
        code = str(row[f"operator{suffix}"] or "1_555")
        image = self._by_code.get((place[0], code))
        return None if image is None else [image, place[1]]

    def ends(self, row: views.Row, atom: str) -> list[list[Any]] | None:
        """Return both ends of a pair as image, number, atom; None if one of them is not there."""
        places = [(suffix, self.residue(row, suffix)) for suffix in ("_1", "_2")]
        ends = [
            [*place, row[f"{atom}{suffix}"]]
            for suffix, place in places
            if place is not None
        ]
        return ends if len(ends) == 2 else None


def overview_rotation(named: NamedEntry) -> list[list[float]]:
    """
    Choose how the complexes are seen at first: broadside, cytokine up.

    Returned are the directions, in the coordinates of the entry, that point right, up and at the
    reader: three lists of three numbers.
    """
    traces = {
        member: backbone_trace(named.entry, member.image)
        for group in named.complexes
        for member in group.members
    }
    points = np.concatenate([*traces.values(), np.zeros((0, 3))])
    if len(points) < MIN_POINTS:
        return np.eye(3).tolist()
    centred = points - points.mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    up, ahead = axes[0], axes[2]
    cytokine = [t for m, t in traces.items() if is_cytokine(m.role) and len(t)]
    if len(cytokine) == 1:
        # Receptor stems down: from the middle of all to the cytokine, in the plane of the screen.
        away = cytokine[0].mean(axis=0) - points.mean(axis=0)
        sideways = away - ahead * (away @ ahead)
        # A cytokine alone, or one straight ahead of its receptors, points nowhere.
        up = sideways if np.linalg.norm(sideways) > SHORTEST_LEAN_A else up
    elif len(cytokine) > 1 or np.ptp(centred @ axes[0]) > 0:
        up = axes[1]  # several complexes lie side by side
    up = up / np.linalg.norm(up)
    if np.linalg.det([np.cross(up, ahead), up, ahead]) < 0:
        ahead = -ahead
    rows = np.array([np.cross(up, ahead), up, ahead])
    return [[float(f"{value:.6g}") for value in row] for row in rows]


def backbone_trace(entry: Entry, image: ChainImage) -> FloatArray:
    """Return the Cα (or P) atoms of a chain image, shape (n, 3), in Å."""
    rotation, translation = entry.transform(image)
    rows = atoms_of_residues(entry, entry.chain(image.auth_asym_id).residue_index)
    is_trace = np.isin(entry.atoms.atom_name[rows], ["CA", "P"])
    moved: FloatArray = entry.atoms.coords[rows[is_trace]] @ rotation.T + translation
    return moved


def _lattice(named: NamedEntry, images: Images) -> dict[str, Any] | None:
    """
    Choose a chain of the lattice: along γc-α where there is one, else the largest repeated contact.

    None without a crystal, or where no contact of a complex with its own image goes on for ever.
    """
    if named.entry.crystal is None:
        return None
    try:
        contacts = lattice_contacts(named)
        steps = [
            c
            for c in contacts
            if c.kind is ContactKind.CRYSTAL
            and c.unit_1.unit_id == c.unit_2.unit_id
            and c.repeat is not None
            and c.repeat.is_propagating
        ]
        if not steps:
            return None
        wanted = [
            c
            for c in steps
            if {c.member_1.role, c.member_2.role} == set(DEFAULT_PAIRS[0])
        ]
        contact = max(wanted or steps, key=lambda c: c.n_pairs)
        unit_id = contact.unit_1.unit_id
        home = next(u for u in lattice_units(named) if u.unit_id == unit_id)
        units = walk_patch(named, home, [contact], N_SHOWN_UNITS)
    except Il2StructError:  # as in `entry_content`
        return None
    numbers: list[int] = []
    for place, side in enumerate(patch_sides(named, units)):
        # Home, next, previous, next but one …: one prime for each step away from home.
        numbers += images.numbers(side.images, primes=(place + 1) // 2)
    members = (contact.member_1, contact.member_2)
    names = [views.member_name(named, m.role.value, m.image, None) for m in members]
    return {
        "images": numbers,
        "chains": sorted(
            {images.records[images.number(m.image)]["chain"] for m in members}
        ),
        "words": f"{names[0]} to {names[1]}′ by {contact.image_2.symmetry_code}, "
        f"step {contact.translation_a:.1f} Å",
    }


def _add_joints(
    joints: list[dict[str, Any]],
    named: NamedEntry,
    images: Images,
    interfaces: Sequence[Interface],
    residues: "pd.DataFrame",
    bonds: "pd.DataFrame",
) -> dict[Key, int]:
    """
    Add what joins chains, each with the residues and bonds of its tables.

    Returned is the place of each in the list, by complex and interface.
    """
    number_of: dict[Key, int] = {}
    for interface in interfaces:
        number_of[(interface.complex_id, interface.interface_id)] = len(joints)
        names, sides = [], []
        for side in interface.sides:
            codes = {image.symmetry_code for image in side.images}
            chains = "+".join(image.auth_asym_id for image in side.images)
            code = codes.pop() if len(codes) == 1 else ""
            called = views.called(named, [i.auth_asym_id for i in side.images])
            names.append(views.side_name(side.role, chains, code, called))
            sides.append(images.numbers(side.images))
        name = " – ".join(names)
        joints.append(
            {"name": name, "sides": sides, "around": [], "residues": [], "bonds": []}
        )
    for row in records(residues):
        place = images.residue(row)
        if row["is_interface"] and place is not None:
            joints[number_of[_key(row)]]["residues"].append(place)
    for row in records(bonds):
        ends = images.ends(row, "atom_name")
        if ends is None:
            continue
        drawn = joints[number_of[_key(row)]]["bonds"]
        kind = kind_shown(row)
        if kind.stick:
            drawn.append([*ends, kind.name])
        if row[f"is_{BY_WATER}"]:
            water = [round(row[axis], 3) for axis in WATER_PLACE]
            drawn.append([*ends, BY_WATER, water])
    return number_of


def _key(row: views.Row) -> Key:
    return str(row["complex_id"] or ""), str(row["interface_id"] or "")


def _shown_tables(
    tables: Mapping[str, "pd.DataFrame"],
    names: Mapping[tuple[str, str], str],
    images: Images,
    inside: Mapping[Key, int],
    outside: Mapping[Key, int],
) -> list[dict[str, Any]]:
    shown = []
    for name, title in views.TITLES.items():
        if name not in tables:
            continue
        rows = views.with_names(records(tables[name]), names)
        if name == "bonds":
            # Apolar contacts are many; what people look for stands above them.
            rows.sort(
                key=lambda row: (
                    kind_shown(row).stick is None,
                    kind_shown(row).stick is None and not row[f"is_{BY_WATER}"],
                )
            )
        if name == "residues":
            # The file has those that only touch or only lose area too.
            rows = [row for row in rows if row["is_interface"]]
        number_of = outside if name == "lattice_contacts" else inside
        focus = [_focus(name, row, number_of, images) for row in rows]
        shown.append(shown_table(name, title, rows, focus))
    return shown


def shown_table(
    name: str,
    title: str,
    rows: Sequence[views.Row],
    focus: Sequence[dict[str, Any] | None],
    columns: Sequence[views.Shown] = (),
) -> dict[str, Any]:
    """Return a table as the page shows it, and what each of its rows points at."""
    columns = columns or views.columns_of(name, rows)
    return {
        "name": name,
        "title": title,
        "heads": views.heads_of(name, columns),
        "rows": views.cells_of(columns, rows),
        "focus": focus,
    }


def _focus(
    table: str, row: views.Row, number_of: Mapping[Key, int], images: Images
) -> dict[str, Any] | None:
    """Say what a row points at, in numbers for the viewer and in words (``say``) for the reader."""
    if table == "chains":
        name = str(row["auth_asym_id"])
        own = images.of_chain(name)
        say = views.side_name(row["role"], name, None, row["name"])
        return {"images": own, "say": say} if own else None
    if table in ("interfaces", "lattice_contacts"):
        say = f"{views.sides_of(row)}, {row['area_per_side_a2']:.0f} Å² per side"
        return {"joint": number_of[_key(row)], "say": say}
    if table == "residues":
        place, name = images.residue(row), views.residue_of(row)
        say = f"{views.chain_of(row)} {name}, {row['buried_a2']:.0f} Å² buried"
        if place is None:
            return None
        joint = number_of[_key(row)]
        return {"joint": joint, "ends": [place], "names": [name], "say": say}
    if table in ("bonds", "contacts"):
        atom = "atom_name" if table == "bonds" else "closest_atom"
        ends = images.ends(row, atom)
        if ends is None:
            return None
        residues = [views.residue_of(row, suffix) for suffix in ("_1", "_2")]
        atoms = [
            f"{views.chain_of(row, suffix)} {residue} {row[atom + suffix]}"
            for suffix, residue in zip(("_1", "_2"), residues, strict=True)
        ]
        say = f"{atoms[0]} – {atoms[1]}, {row['distance_a']:.2f} Å"
        say += f", {views.kinds_of(row)}" if table == "bonds" else ""
        joint = number_of[_key(row)]
        return {"joint": joint, "ends": ends, "names": residues, "say": say}
    return None


def plain_table(table: "pd.DataFrame") -> dict[str, Any]:
    """Return a table as it is written on disk."""
    names = [str(name) for name in table.columns]
    rows = [[plain(value) for value in row.values()] for row in records(table)]
    return {"columns": names, "rows": rows}
