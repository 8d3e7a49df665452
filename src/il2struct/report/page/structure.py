"""The atoms that the page shows, and where every chain image stands."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from il2struct.arrays import FloatArray, IndexArray
from il2struct.lattice.contacts import (
    ContactKind,
    LatticeContact,
    lattice_contacts,
    lattice_units,
)
from il2struct.lattice.patches import PlacedUnit, walk_patch
from il2struct.network.evidence.study import DEFAULT_PAIRS
from il2struct.palette import NEIGHBOUR_WHITE_FRACTION, Palette, mixed_with_white
from il2struct.structure.family import Role, is_cytokine, symbol_of
from il2struct.structure.model import ChainImage, Entry, ResidueKind, atoms_of_residues
from il2struct.structure.named import NamedEntry

#: More heavy atoms than this are not put into a page: browsers take too long over them.
LARGEST_STRUCTURE: Final = 60_000
#: Complexes of the lattice chain that are shown, the one at home included.
N_SHOWN_UNITS: Final = 3
#: Greys of chains without a role, in turn, so that neighbours differ.
GREYS: Final = ("#BBBBBB", "#8A8A8A", "#D2D2D2", "#6E6E6E")
#: Numbers between the polymer of a chain and its sugars, so that no ribbon joins the two.
NUMBER_GAP: Final = 100
#: Fewer points than this have no broadside.
MIN_POINTS: Final = 4
#: A cytokine nearer than this to the middle of its complex, as seen from the front, gives no "up".
SHORTEST_LEAN_A: Final = 1e-3
#: Name of the chain of ligands and ions in the coordinates.
HETERO: Final = "het"
#: Columns of the coordinates, as a minimal mmCIF file.
COLUMNS: Final = (
    "group_PDB",
    "id",
    "type_symbol",
    "label_atom_id",
    "label_comp_id",
    "label_asym_id",
    "auth_asym_id",
    "auth_seq_id",
    "Cartn_x",
    "Cartn_y",
    "Cartn_z",
)

#: A residue as the tables name it: chain by the author, number, insertion code.
ResidueName = tuple[str, int, str]
#: The same in the page: place of the chain, number within it.
ResiduePlace = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownChain:
    """
    A chain of the asymmetric unit in the page.

    Attributes
    ----------
    auth_asym_id : str
    label : str
        ``IL-2Rα (D)``, or ``chain D`` without a role.
    group : str
        What it is switched on and off with: the role, or the chain.
    colour, pale : str
        ``#rrggbb``, at home and in the lattice.
    """

    auth_asym_id: str
    label: str
    group: str
    colour: str
    pale: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownStructure:
    """
    What the viewer needs of one entry.

    Attributes
    ----------
    chains : tuple of ShownChain
    coordinates : str
        Heavy atoms without waters; chain ``c<i>`` is ``chains[i]``. Empty if there are too many.
    places : mapping
        Where each residue of the entry is found in the coordinates.
    n_atoms : int
        Heavy atoms counted, shown or not.
    """

    chains: tuple[ShownChain, ...]
    coordinates: str
    places: Mapping[ResidueName, ResiduePlace]
    n_atoms: int


def shown_structure(named: NamedEntry, palette: Palette) -> ShownStructure:
    """
    Gather the atoms of an entry for the page.

    Parameters
    ----------
    named : NamedEntry
    palette : Palette
    """
    entry = named.entry
    places: dict[ResidueName, ResiduePlace] = {}
    lines: list[str] = []
    for place, chain in enumerate(entry.chains):
        sugars = chain.glycan_index
        first_sugar = int(chain.position.max(initial=0)) + NUMBER_GAP
        for group, residues, numbers in (
            ("ATOM", chain.residue_index, chain.position + 1),
            ("HETATM", sugars, first_sugar + 2 * np.arange(len(sugars))),
        ):
            places |= _named_places(entry, residues, numbers, place)
            lines += _lines(entry, residues, numbers, f"{group} 1", f"c{place}")
    ligands = np.flatnonzero(
        np.isin(entry.residues.kind, [ResidueKind.LIGAND.value, ResidueKind.ION.value])
    )
    numbers = 1 + 2 * np.arange(len(ligands))
    lines += _lines(entry, ligands, numbers, "HETATM 1", HETERO)
    n_atoms = len(lines)
    is_shown = n_atoms <= LARGEST_STRUCTURE
    return ShownStructure(
        chains=_shown_chains(named, palette),
        coordinates=_as_cif(lines) if is_shown else "",
        places=places,
        n_atoms=n_atoms,
    )


def _shown_chains(named: NamedEntry, palette: Palette) -> tuple[ShownChain, ...]:
    role_of = named.role_of
    shown = []
    n_grey = 0
    for chain in named.entry.chains:
        name = chain.auth_asym_id
        role = role_of.get(name, Role.UNKNOWN)
        if role is Role.UNKNOWN:
            colour = GREYS[n_grey % len(GREYS)]
            n_grey += 1
            label = group = f"chain {name}"
        else:
            colour = palette.of(role.value)
            group = symbol_of(role.value)
            label = f"{group} ({name})"
        shown.append(
            ShownChain(
                auth_asym_id=name,
                label=label,
                group=group,
                colour=colour,
                pale=mixed_with_white(colour, NEIGHBOUR_WHITE_FRACTION),
            )
        )
    return tuple(shown)


def _named_places(
    entry: Entry, residues: IndexArray, numbers: IndexArray, place: int
) -> dict[ResidueName, ResiduePlace]:
    table = entry.residues
    return {
        (
            str(table.auth_asym_id[row]),
            int(table.auth_number[row]),
            str(table.ins_code[row]),
        ): (place, int(number))
        for row, number in zip(residues, numbers, strict=True)
    }


def _lines(
    entry: Entry,
    residues: IndexArray,
    numbers: IndexArray,
    head: str,
    chain: str,
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
    return [
        f"{head} {_word(element)} {_word(name)} {_word(residue)} {chain} {chain} {number} "
        f"{x:.3f} {y:.3f} {z:.3f}"
        for element, name, residue, number, (x, y, z) in columns
    ]


def _word(text: str) -> str:
    """Name with nothing in it that a reader of mmCIF could take for something else."""
    clean = "".join(c for c in text if c.isascii() and (c.isalnum() or c in "'*+-"))
    return clean.lstrip("'") or "X"


def _as_cif(lines: Sequence[str]) -> str:
    head = ["data_page", "loop_", *(f"_atom_site.{name}" for name in COLUMNS)]
    return "\n".join([*head, *lines, ""])


def matrix_of(entry: Entry, image: ChainImage) -> list[float] | None:
    """
    Return the motion of a chain image as twelve numbers, row by row; None for none.

    Parameters
    ----------
    entry : Entry
    image : ChainImage
    """
    rotation, translation = entry.transform(image)
    if np.array_equal(rotation, np.eye(3)) and not translation.any():
        return None
    rows = np.column_stack([rotation, translation])
    return [float(f"{value:.7g}") for value in rows.ravel()]


def overview_rotation(named: NamedEntry) -> list[list[float]]:
    """
    Choose how the complexes are seen at first: broadside, cytokine up.

    Parameters
    ----------
    named : NamedEntry

    Returns
    -------
    list of 3 lists of 3 float
        Directions, in the coordinates of the entry, that point right, up and at the reader.
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
    """
    Return the Cα (or P) atoms of a chain image in Å.

    Parameters
    ----------
    entry : Entry
    image : ChainImage

    Returns
    -------
    ndarray, shape=(n, 3)
    """
    rotation, translation = entry.transform(image)
    rows = atoms_of_residues(entry, entry.chain(image.auth_asym_id).residue_index)
    is_trace = np.isin(entry.atoms.atom_name[rows], ["CA", "P"])
    moved: FloatArray = entry.atoms.coords[rows[is_trace]] @ rotation.T + translation
    return moved


@dataclass(frozen=True, slots=True, kw_only=True)
class LatticeChain:
    """
    What the contact shown builds when it is repeated.

    Attributes
    ----------
    units : tuple of PlacedUnit
        The complex at home first, then its neighbours, the nearest steps first.
    contact : LatticeContact
        The largest of the contacts that are repeated.
    """

    units: tuple[PlacedUnit, ...]
    contact: LatticeContact


def lattice_chain(named: NamedEntry) -> LatticeChain | None:
    """
    Choose a chain of the lattice to show: along γc-α where there is one, else the largest contact.

    Parameters
    ----------
    named : NamedEntry

    Returns
    -------
    LatticeChain or None
        None without a crystal, or where no contact of a complex with its own image goes on for
        ever.
    """
    if named.entry.crystal is None:
        return None
    steps = [c for c in lattice_contacts(named) if _goes_on(c)]
    if not steps:
        return None
    wanted = [c for c in steps if set(DEFAULT_PAIRS[0]) == _roles_of(c)] or steps
    largest = max(wanted, key=lambda c: c.n_pairs)
    home = next(
        unit for unit in lattice_units(named) if unit.unit_id == largest.unit_1.unit_id
    )
    units = walk_patch(named, home, [largest], N_SHOWN_UNITS)
    return LatticeChain(units=units, contact=largest)


def _goes_on(contact: LatticeContact) -> bool:
    return (
        contact.kind is ContactKind.CRYSTAL
        and contact.unit_1.unit_id == contact.unit_2.unit_id
        and contact.repeat is not None
        and contact.repeat.is_propagating
    )


def _roles_of(contact: LatticeContact) -> set[Role]:
    return {contact.member_1.role, contact.member_2.role}


class Images:
    """Chain images of one entry, each under a number that the page uses."""

    def __init__(self, named: NamedEntry, structure: ShownStructure) -> None:
        self._named = named
        self._structure = structure
        self._index: dict[ChainImage, int] = {}
        self._by_code: dict[tuple[str, str], int] = {}
        self._chain = {c.auth_asym_id: i for i, c in enumerate(structure.chains)}
        self.records: list[dict[str, Any]] = []

    def number(self, image: ChainImage, primes: int = 0) -> int:
        """Return the number of an image; a new one is placed, with primes on its name."""
        if image not in self._index:
            chain = self._chain[image.auth_asym_id]
            self._index[image] = len(self.records)
            self._by_code[(image.auth_asym_id, image.symmetry_code)] = len(self.records)
            self.records.append(
                {
                    "chain": chain,
                    "code": image.symmetry_code,
                    "matrix": matrix_of(self._named.entry, image),
                    "primes": "′" * primes,
                }
            )
        return self._index[image]

    def numbers(self, images: Iterable[ChainImage], primes: int = 0) -> list[int]:
        """Return the numbers of several images."""
        return [self.number(image, primes) for image in images]

    def residue(self, name: ResidueName, code: str) -> list[int] | None:
        """Return image and number of a residue of the tables; None if the page has no atoms of it."""
        place = self._structure.places.get(name)
        if place is None:
            return None
        chain = self._structure.chains[place[0]].auth_asym_id
        image = self._by_code.get((chain, code))
        return None if image is None else [image, place[1]]

    def of_chain(self, auth_asym_id: str) -> list[int]:
        """Return the numbers of all images of a chain that the page has."""
        chain = self._chain.get(auth_asym_id)
        return [i for i, record in enumerate(self.records) if record["chain"] == chain]
