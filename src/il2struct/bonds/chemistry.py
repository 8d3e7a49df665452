"""
What each atom can do in a bond: from its covalent neighbours and a small table.

Amino acids are looked up in ``data/donors_acceptors.csv``, ligands whose bond orders are known in
them. Every other nitrogen, oxygen and sulphur (glycans, modified residues, other ligands) is judged
by element and number of neighbours, so that nothing is dropped in silence.
"""

import functools
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from il2struct.arrays import BoolArray, FloatArray, IndexArray, StrArray
from il2struct.data import rows_of
from il2struct.kernels.cells import neighbour_pairs_within
from il2struct.structure.model import Atoms, Component

#: Covalent neighbours kept per atom; no atom of a biomolecule has more heavy ones.
MAX_NEIGHBOURS: Final = 4
#: Longest covalent bond (Å) between hydrogen, {C, N, O, F} and heavier elements, in this order:
#: the longest ideal bonds (S-H 1.34, C-C 1.54, C-S 1.82, S-S 2.05; Chemical Component
#: Dictionary) plus room for coordinates at 3 Å resolution. Angles keep 1-3 neighbours beyond.
LONGEST_BOND_A: Final = ((0.0, 1.3, 1.5), (1.3, 1.9, 2.2), (1.5, 2.2, 2.5))
#: A terminal C-O at most this long (Å) is a double bond: between C=O 1.23 and C-OH 1.43
#: (Engh & Huber 1991).
LONGEST_CARBONYL_A: Final = 1.32
#: A terminal C-N at most this long (Å) is an amide or amidine: between C-NH2 1.33 and
#: C-NH3+ 1.49 (Engh & Huber 1991).
LONGEST_AMIDE_A: Final = 1.41
#: Letters of a residue and of an atom name that fit the 63 bits of a key.
RESIDUE_LETTERS: Final = 5
ATOM_LETTERS: Final = 4
#: Key of names that do not fit.
NO_KEY: Final = -1
#: Atoms whose double bonds make a group beside them planar and weak as a base.
CONJUGATING: Final = ("C", "N", "S", "P")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Topology:
    """Covalent neighbours of every atom, found by distance; tables have a row an atom."""

    #: Rows of the heavy neighbours, nearest first, and of the hydrogens that the structure holds:
    #: shape (n, 4), -1 where there are no more.
    neighbours: IndexArray
    hydrogens: IndexArray
    #: Number of heavy neighbours, and length of the shortest bond to one, NaN if there is none.
    n_neighbours: IndexArray
    first_length_a: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PolarTypes:
    """Nitrogen, oxygen and sulphur atoms and what they can do, one row a site."""

    #: Row of the atom.
    row: IndexArray
    #: True for what stands at the atom's place after its Asn or Gln amide or its His ring has been
    #: turned by 180°; such an atom has a row for each state.
    is_flipped: BoolArray
    #: What stands there in this state.
    element: StrArray
    #: Planar (sp2) rather than tetrahedral (sp3).
    is_trigonal: BoolArray
    #: Hydrogens it carries when fully protonated.
    n_hydrogens: IndexArray
    #: Whether it has a free lone pair.
    is_acceptor: BoolArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AtomChemistry:
    """Polar sites, charges and apolar carbons of a set of atoms."""

    polar: PolarTypes
    #: By atom: oxygens of a negative group, nitrogens of a positive one, nitrogens of histidine.
    is_acid: BoolArray
    is_base: BoolArray
    is_imidazole: BoolArray
    #: By atom: carbon bonded to nothing but carbon and hydrogen.
    is_apolar: BoolArray
    #: Residue names whose polar atoms were judged by element and neighbours, sorted.
    generic_residues: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _PolarTable:
    """The rows of one state of the table, sorted by key."""

    key: IndexArray
    element: StrArray
    is_trigonal: BoolArray
    valence: IndexArray
    is_acceptor: BoolArray
    charge: StrArray
    #: Whether the row is of a dictionary rather than of the table of amino acids.
    is_ligand: BoolArray


def covalent_topology(atoms: Atoms) -> Topology:
    """Covalent bonds among the atoms of one side, hydrogens included, told by distance."""
    is_light = np.isin(atoms.element, ["C", "N", "O", "F"])
    size_class = np.where(atoms.is_hydrogen, 0, np.where(is_light, 1, 2))
    limits = np.array(LONGEST_BOND_A)
    pairs = neighbour_pairs_within(atoms.coords, float(limits.max()))
    limit = limits[size_class[pairs.index_1], size_class[pairs.index_2]]
    is_bond = pairs.distances_a <= limit
    here = np.concatenate([pairs.index_1[is_bond], pairs.index_2[is_bond]])
    there = np.concatenate([pairs.index_2[is_bond], pairs.index_1[is_bond]])
    length = np.tile(pairs.distances_a[is_bond], 2)
    to_hydrogen = size_class[there] == 0
    (neighbours, shortest), (hydrogens, _) = (
        _nearest_first(here[mask], there[mask], length[mask], len(atoms))
        for mask in (~to_hydrogen, to_hydrogen)
    )
    return Topology(
        neighbours=neighbours,
        n_neighbours=(neighbours >= 0).sum(axis=1),
        first_length_a=shortest,
        hydrogens=hydrogens,
    )


def _nearest_first(
    here: IndexArray, there: IndexArray, length_a: FloatArray, n_atoms: int
) -> tuple[IndexArray, FloatArray]:
    """Lay directed bonds out as a table, one row an atom, and give its shortest bond."""
    order = np.lexsort((length_a, here))
    here, there, length_a = here[order], there[order], length_a[order]
    place = np.arange(len(here)) - np.searchsorted(here, here)
    fits = place < MAX_NEIGHBOURS
    table = np.full((n_atoms, MAX_NEIGHBOURS), -1, dtype=np.int64)
    table[here[fits], place[fits]] = there[fits]
    shortest = np.full(n_atoms, np.nan)
    shortest[here[place == 0]] = length_a[place == 0]
    return table, shortest


def name_keys(residue_name: StrArray, atom_name: StrArray) -> IndexArray:
    """
    Pack residue and atom names into integers, which compare far faster than text.

    Names that are too long for the key, or not ASCII, get `NO_KEY`; no table holds such names.

    Examples
    --------
    Seven bits a letter: A is 65, B is 66, and the residue comes above four letters of atom name.

    >>> int(name_keys(np.array(["A"]), np.array(["B"]))[0]) == (65 << 28) + 66
    True
    """
    residue = _packed(residue_name, RESIDUE_LETTERS)
    atom = _packed(atom_name, ATOM_LETTERS)
    keys: IndexArray = (residue << (7 * ATOM_LETTERS)) | atom
    keys[(residue == NO_KEY) | (atom == NO_KEY)] = NO_KEY
    return keys


def _packed(names: StrArray, n_letters: int) -> IndexArray:
    fixed = np.ascontiguousarray(names, dtype=f"U{n_letters}")
    letters = fixed.view(np.uint32).reshape(len(fixed), n_letters).astype(np.int64)
    packed: IndexArray = (letters << (7 * np.arange(n_letters))).sum(axis=1)
    packed[(letters > 127).any(axis=1)] = NO_KEY
    if names.dtype.itemsize > fixed.dtype.itemsize:
        packed[fixed != names] = NO_KEY
    return packed


@functools.lru_cache(maxsize=64)
def _polar_table(state: str, components: tuple[Component, ...] = ()) -> _PolarTable:
    rows: list[Mapping[str, str]] = [
        row for row in rows_of("donors_acceptors.csv") if row["state"] == state
    ]
    n_amino_acid = len(rows)
    rows += [row for component in components for row in polar_rows(component)]
    residue = np.array([row["residue"].removeprefix("*") for row in rows])
    key = name_keys(residue, np.array([row["atom"] for row in rows]))
    order = np.argsort(key)
    rows = [rows[k] for k in order]
    return _PolarTable(
        key=key[order],
        element=np.array([row["element"] for row in rows]),
        is_trigonal=np.array([row["geometry"] == "trigonal" for row in rows]),
        valence=np.array([int(row["valence"]) for row in rows]),
        is_acceptor=np.array([row["is_acceptor"] == "1" for row in rows]),
        charge=np.array([row["charge"] for row in rows]),
        is_ligand=order >= n_amino_acid,
    )


def _found_in(table_key: IndexArray, key: IndexArray) -> tuple[IndexArray, BoolArray]:
    """Place of each key in a sorted table, and whether it is there."""
    place = np.minimum(np.searchsorted(table_key, key), len(table_key) - 1)
    return place, table_key[place] == key


def atom_chemistry(
    atoms: Atoms, topology: Topology, components: tuple[Component, ...] = ()
) -> AtomChemistry:
    """Donors, acceptors, charged and apolar atoms; ``components`` are ligands whose bonds are known."""
    table = _polar_table("deposited", components)
    key = name_keys(atoms.residue_name, atoms.atom_name)
    place, is_known = _found_in(table.key, key)
    is_known &= key != NO_KEY
    any_place, is_backbone = _found_in(table.key, key & (2 ** (7 * ATOM_LETTERS) - 1))
    is_backbone &= ~is_known & (key != NO_KEY)
    place = np.where(is_known, place, any_place)
    is_listed = is_known | is_backbone
    is_polar = np.isin(atoms.element, ["N", "O", "S"])
    generic = _generic_types(atoms, topology, is_polar & ~is_listed)
    listed_rows = np.flatnonzero(is_polar & is_listed)
    listed = _listed_types(atoms, topology, listed_rows, table, place[listed_rows])
    charge = np.where(is_polar & is_listed, table.charge[place], "")
    is_amine = np.zeros(len(atoms), dtype=bool)
    is_amine[generic.row[generic.n_hydrogens == 3]] = True
    is_amine[generic.row] |= _on_amidine(atoms, topology)[generic.row]
    parts = [listed, generic, _flipped_types(atoms, topology, key)]
    # Where the file has no hydrogens, lysine is taken as charged.
    is_neutral_lysine = (topology.hydrogens >= 0).sum(axis=1) == 2
    is_neutral_lysine &= atoms.atom_name == "NZ"
    carbon = atoms.element == "C"
    padded = np.append(carbon, True)
    columns = {
        name: np.concatenate([getattr(types, name) for types in parts])
        for name in PolarTypes.__slots__
    }
    return AtomChemistry(
        polar=PolarTypes(**columns),
        is_acid=_acid_oxygens(atoms, topology, charge == "acid"),
        is_base=((charge == "base") & ~is_neutral_lysine) | is_amine,
        is_imidazole=charge == "imidazole",
        is_apolar=carbon & padded[topology.neighbours].all(axis=1),
        generic_residues=tuple(np.unique(atoms.residue_name[generic.row]).tolist()),
    )


def _listed_types(
    atoms: Atoms,
    topology: Topology,
    rows: IndexArray,
    table: _PolarTable,
    place: IndexArray,
) -> PolarTypes:
    """Say what polar atoms can do by the table, in which `place` is the row of each."""
    # A backbone N without a previous residue is a terminus, or the edge of a gap.
    is_start = (atoms.atom_name[rows] == "N") & (topology.n_neighbours[rows] == 1)
    is_start &= (table.valence[place] == 3) & ~table.is_ligand[place]
    valence = np.where(is_start, 4, table.valence[place])
    return PolarTypes(
        row=rows,
        is_flipped=np.zeros(len(rows), dtype=bool),
        element=atoms.element[rows],
        is_trigonal=table.is_trigonal[place] & ~is_start,
        n_hydrogens=np.maximum(valence - topology.n_neighbours[rows], 0),
        is_acceptor=table.is_acceptor[place],
    )


def _generic_types(atoms: Atoms, topology: Topology, mask: BoolArray) -> PolarTypes:
    """Judge polar atoms outside the table by element, neighbours and bond length."""
    rows = np.flatnonzero(mask)
    element, n_bonds = atoms.element[rows], topology.n_neighbours[rows]
    length = topology.first_length_a[rows]
    neighbour = topology.neighbours[rows, 0]
    on_carbon = (neighbour >= 0) & (atoms.element[neighbour] == "C")
    is_oxo = (n_bonds == 1) & (~on_carbon | (length <= LONGEST_CARBONYL_A))
    is_nitrogen = element == "N"
    is_amine = is_nitrogen & (n_bonds == 1) & ~(length <= LONGEST_AMIDE_A)
    valence = np.select(
        [is_amine, is_nitrogen, (element == "O") & is_oxo], [4, 3, 1], default=2
    )
    is_end = (atoms.element == "O") & (topology.n_neighbours == 1)
    is_end &= topology.first_length_a <= LONGEST_CARBONYL_A
    # One more row than atoms: where a neighbour is missing, its row is -1.
    carbonyl = np.zeros(len(atoms) + 1, dtype=bool)
    carbonyl[topology.neighbours[is_end, 0]] = True
    carbonyl[-1] = False
    is_amide = is_nitrogen & np.any(carbonyl[topology.neighbours[rows]], axis=1)
    is_amide |= _on_amidine(atoms, topology)[rows]
    return PolarTypes(
        row=rows,
        is_flipped=np.zeros(len(rows), dtype=bool),
        element=element,
        is_trigonal=(is_nitrogen & ~is_amine) | ((element == "O") & is_oxo),
        n_hydrogens=np.maximum(valence - n_bonds, 0),
        is_acceptor=~is_nitrogen | ((n_bonds == 2) & ~is_amide),
    )


def _on_amidine(atoms: Atoms, topology: Topology) -> BoolArray:
    """
    Mask of the nitrogens of amidines and guanidines, which are charged, by their shape.

    Two nitrogens that end at a carbon by short bonds, and no oxygen or sulphur there; rings, whose
    nitrogens do not end, are left aside.
    """
    neighbours = topology.neighbours
    is_end = (atoms.element == "N") & (topology.n_neighbours == 1)
    is_end &= topology.first_length_a <= LONGEST_AMIDE_A
    carbon = neighbours[np.flatnonzero(is_end), 0]
    beside = np.append(np.isin(atoms.element, ["O", "S"]), False)[neighbours]
    centre = (np.bincount(carbon, minlength=len(atoms)) >= 2) & (atoms.element == "C")
    centre = np.append(centre & ~np.any(beside, axis=1), False)
    is_at: BoolArray = np.any(centre[neighbours], axis=1)
    is_at &= (atoms.element == "N") & (topology.n_neighbours < 3)
    return is_at


def _flipped_types(atoms: Atoms, topology: Topology, key: IndexArray) -> PolarTypes:
    """List what stands where after the flip of an amide or imidazole."""
    table = _polar_table("flipped")
    place, is_listed = _found_in(table.key, key)
    rows = np.flatnonzero(is_listed)
    place = place[rows]
    # A glycosylated Asn amide cannot turn: its nitrogen holds the sugar.
    carbon = topology.neighbours[rows, 0]
    beside = topology.neighbours[carbon]
    is_holding = (atoms.element[beside] == "N") & (topology.n_neighbours[beside] > 1)
    is_held = (is_holding & (beside >= 0)).any(axis=1)
    is_free = (carbon >= 0) & ~((atoms.element[rows] != "C") & is_held)
    rows, place = rows[is_free], place[is_free]
    return PolarTypes(
        row=rows,
        is_flipped=np.ones(len(rows), dtype=bool),
        element=table.element[place],
        is_trigonal=table.is_trigonal[place],
        n_hydrogens=np.maximum(table.valence[place] - topology.n_neighbours[rows], 0),
        is_acceptor=table.is_acceptor[place],
    )


def _acid_oxygens(atoms: Atoms, topology: Topology, listed: BoolArray) -> BoolArray:
    """Oxygens of carboxylates, phosphates and sulphates that carry no hydrogen."""
    terminal = np.flatnonzero((atoms.element == "O") & (topology.n_neighbours == 1))
    centre = topology.neighbours[terminal, 0]
    n_oxo = np.bincount(centre, minlength=len(atoms))[centre]
    is_acid = (atoms.element[centre] == "C") & (n_oxo >= 2)
    is_acid |= np.isin(atoms.element[centre], ["P", "S"])
    has_hydrogen = topology.hydrogens[terminal, 0] >= 0
    is_protonated = np.isin(centre, centre[has_hydrogen])
    mask = listed.copy()
    mask[terminal[is_acid]] = True
    mask[terminal[is_protonated]] = False
    return mask


# --- ligands --------------------------------------------------------------------------------------


def polar_rows(component: Component) -> list[Mapping[str, str]]:
    """
    Say of each N, O and S what it can do, in rows as those of ``data/donors_acceptors.csv``.

    Groups are in the state of pH 7: carboxylic, sulphonic and phosphoric acids have lost their
    hydrogen, amines, amidines and guanidines taken one up; what is conjugated to a carbonyl, a ring
    or a sulphonyl group is no base.
    """
    element = dict(component.atoms)
    bonds: dict[str, dict[str, float]] = defaultdict(dict)
    for first, second, order in component.bonds:
        bonds[first][second] = bonds[second][first] = order
    heavy = {
        atom: {n: o for n, o in near.items() if element[n] not in ("H", "D")}
        for atom, near in bonds.items()
    }
    amidine = _amidine_nitrogens(element, heavy)
    rows: list[Mapping[str, str]] = []
    for atom, symbol in component.atoms:
        near = heavy.get(atom, {})
        n_hydrogens = len(bonds.get(atom, {})) - len(near)
        if symbol == "N":
            kind = _nitrogen(atom, element, heavy, n_hydrogens, amidine)
        elif symbol == "O":
            kind = _oxygen(atom, element, heavy, n_hydrogens)
        elif symbol == "S":
            is_acceptor = len(near) <= 2 and n_hydrogens < 2
            kind = "tetrahedral", len(near) + n_hydrogens, is_acceptor, ""
        else:
            continue
        geometry, valence, is_acceptor, charge = kind
        row = {
            "residue": component.name,
            "atom": atom,
            "element": symbol,
            "charge": charge,
        }
        row |= {"geometry": geometry, "valence": str(valence)}
        rows.append(row | {"is_acceptor": str(int(is_acceptor))})
    return rows


def _is_unsaturated(near: Mapping[str, float]) -> bool:
    return any(order > 1.0 for order in near.values())


def _nitrogen(
    atom: str,
    element: Mapping[str, str],
    heavy: Mapping[str, Mapping[str, float]],
    n_hydrogens: int,
    amidine: set[str],
) -> tuple[str, int, bool, str]:
    near = heavy.get(atom, {})
    valence = len(near) + n_hydrogens
    if atom in amidine:
        return "trigonal", 3, False, "base"
    if _is_unsaturated(near):
        # Nitro groups and nitrogens of rings with three neighbours have no lone pair in the plane.
        return "trigonal", valence, valence < 3, ""
    if any(element[n] in CONJUGATING and _is_unsaturated(heavy[n]) for n in near):
        return "trigonal", 3, False, ""
    return "tetrahedral", 4, False, "base"


def _oxygen(
    atom: str,
    element: Mapping[str, str],
    heavy: Mapping[str, Mapping[str, float]],
    n_hydrogens: int,
) -> tuple[str, int, bool, str]:
    near = heavy.get(atom, {})
    if len(near) != 1:
        return "tetrahedral", len(near) + n_hydrogens, True, ""
    ((centre, order),) = near.items()
    if order > 1.0:
        return "trigonal", 1, True, ""
    others = ((o, bond) for o, bond in heavy[centre].items() if o != atom)
    beside_oxo = any(element[o] == "O" and bond > 1.0 for o, bond in others)
    is_acid = beside_oxo and element[centre] in ("C", "S", "P")
    if is_acid or not n_hydrogens:
        return "trigonal", 1, True, "acid" if is_acid else ""
    return "tetrahedral", 2, True, ""


def _amidine_nitrogens(
    element: Mapping[str, str], heavy: Mapping[str, Mapping[str, float]]
) -> set[str]:
    """Nitrogens of amidines and guanidines outside rings: on one carbon, one by a double bond."""
    found: set[str] = set()
    for carbon, near in heavy.items():
        nitrogens = [n for n in near if element[n] == "N"]
        is_one = element[carbon] == "C" and len(nitrogens) >= 2
        is_weak = any(
            other != carbon and (element[other] in ("O", "S", "P") or _is_unsaturated(heavy[other]))
            for n in nitrogens
            for other in heavy[n]
        )  # fmt: skip
        doubled = [n for n in nitrogens if near[n] == 2.0 and len(heavy[n]) == 1]
        if is_one and doubled and not is_weak:
            found |= {n for n in nitrogens if len(heavy[n]) < 3}
    return found
