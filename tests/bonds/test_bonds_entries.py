"""Bonds of real entries: known ones, the receptor's, and those of other programs."""

from dataclasses import replace

import biotite.structure as struc
import MDAnalysis
import numpy as np
import pytest
from fragments import placed
from MDAnalysis.analysis.hydrogenbonds import HydrogenBondAnalysis

from il2struct.bonds.chemistry import covalent_topology
from il2struct.bonds.criteria import IL2STRUCT, PRESETS, preset
from il2struct.bonds.find import find_bonds
from il2struct.bonds.sides import prepare_side
from il2struct.structure.model import NO_NUMBER, ChainImage, concatenated
from il2struct.structure.read import ReadOptions, read_structure


def named_pairs(entry, side_1, side_2, bonds):
    """Each bond as two 'GLU62.OE1', by the author's numbers, which are mature ones here."""
    labels = []
    for side, rows in ((side_1, bonds.index_1), (side_2, bonds.index_2)):
        atoms = concatenated([side.atoms, side.glycans])
        residue = side.residue_row(atoms.residue_index[rows])
        residues = entry.residues
        labels.append(
            [
                f"{residues.name[r]}{residues.auth_number[r]}.{atoms.atom_name[k]}"
                for r, k in zip(residue, rows, strict=True)
            ]
        )
    return list(zip(*labels, strict=True))


ENTRIES = {"2B5I": "2B5I.cif", "2ERJ": "2ERJ.pdb", "1Z92": "1Z92.pdb"}


#: Entry, IL-2 (or β), partner of every copy of an interface in the asymmetric unit.
COPIES = {
    "IL-2/α": [
        ("2B5I", "A", "D"),
        ("2ERJ", "D", "A"),
        ("2ERJ", "H", "E"),
        ("1Z92", "A", "B"),
    ],
    "IL-2/β": [("2B5I", "A", "B"), ("2ERJ", "D", "B"), ("2ERJ", "H", "F")],
    "IL-2/γc": [("2B5I", "A", "C"), ("2ERJ", "D", "C"), ("2ERJ", "H", "G")],
    "β/γc": [("2B5I", "B", "C"), ("2ERJ", "B", "C"), ("2ERJ", "F", "G")],
}
#: Interface, residue or atom of side 1 and of side 2, kind.
EXPECTED = [
    ("IL-2/α", "GLU62", "ARG36", "is_salt_bridge"),
    ("IL-2/α", "LYS43", "GLU29", "is_salt_bridge"),
    ("IL-2/α", "GLU61.O", "SER39", "is_hydrogen_bond"),
    ("IL-2/α", "GLU68", "TYR43", "is_hydrogen_bond"),
    ("IL-2/α", "GLU68", "LEU42.N", "is_hydrogen_bond"),
    ("IL-2/β", "ASP20", "HIS133", "is_hydrogen_bond"),
    ("IL-2/β", "ASP20", "TYR134", "is_hydrogen_bond"),
    ("IL-2/β", "ASN88", "ARG42", "is_hydrogen_bond"),
    ("IL-2/β", "ASN88", "GLN70.O", "is_hydrogen_bond"),
    ("IL-2/β", "ASP84", "LYS71", "is_salt_bridge"),
    ("IL-2/β", "GLU15", "HIS138", "is_hydrogen_bond"),
    ("IL-2/γc", "GLN126", "PRO207.O", "is_hydrogen_bond"),
    ("IL-2/γc", "SER130", "TYR103", "is_hydrogen_bond"),
    ("IL-2/γc", "THR123", "GLN127", "is_hydrogen_bond"),
    ("β/γc", "ARG137", "GLU162", "is_salt_bridge"),
    ("β/γc", "LYS161", "GLU149", "is_salt_bridge"),
    ("β/γc", "GLU170", "LYS195", "is_salt_bridge"),
    ("β/γc", "HIS138", "ASP181", "is_hydrogen_bond"),
    ("β/γc", "LEU139.O", "ARG183", "is_hydrogen_bond"),
    ("β/γc", "LEU157.O", "GLN147", "is_hydrogen_bond"),
]
#: In 1Z92 Glu61 O is 3.73 Å from Ser39 OG, with 116° at the hydrogen: no bond by any definition.
ABSENT = {("1Z92", "GLU61.O", "SER39")}


def matches(pair, first, second):
    return all(
        name == wanted if "." in wanted else name.split(".")[0] == wanted
        for name, wanted in zip(pair, (first, second), strict=True)
    )


@pytest.mark.entries
@pytest.mark.parametrize(("interface", "first", "second", "kind"), EXPECTED)
def test_bonds_of_the_literature_are_in_every_copy(
    real_entry, interface, first, second, kind
):
    for entry_id, chain_1, chain_2 in COPIES[interface]:
        entry = real_entry(ENTRIES[entry_id])
        side_1, side_2 = placed(entry, chain_1, chain_2)
        bonds = find_bonds(side_1, side_2, criteria=IL2STRUCT)
        counted = bonds.select(
            bonds.is_plain_hydrogen_bond
            if kind == "is_hydrogen_bond"
            else bonds.columns[kind]
        )
        pairs = named_pairs(entry, side_1, side_2, counted)
        is_there = any(matches(pair, first, second) for pair in pairs)
        expected = (entry_id, first, second) not in ABSENT
        assert is_there is expected, (entry_id, chain_1, chain_2)


@pytest.mark.entries
def test_il2_and_gamma_have_no_salt_bridge(real_entry):
    for entry_id, chain_1, chain_2 in COPIES["IL-2/γc"]:
        entry = real_entry(ENTRIES[entry_id])
        bonds = find_bonds(*placed(entry, chain_1, chain_2), criteria=IL2STRUCT)
        assert not bonds.is_salt_bridge.any()


#: The γc-α lattice contact: entry, γc, α with operator and cell shift.
LATTICE = [
    ("2ERJ", "C", ("A", 0, (0, -1, 0))),
    ("2ERJ", "G", ("E", 0, (0, 1, 0))),
    ("2B5I", "C", ("D", 2, (-1, 0, 0))),
]


def lattice_bonds(real_entry, copy):
    entry_id, gamma, alpha = copy
    entry = real_entry(ENTRIES[entry_id])
    side_1, side_2 = placed(entry, gamma, ChainImage(*alpha))
    return entry, side_1, side_2, find_bonds(side_1, side_2, criteria=IL2STRUCT)


@pytest.mark.entries
@pytest.mark.parametrize("copy", LATTICE)
def test_bonds_of_the_lattice_contact_are_in_every_copy(real_entry, copy):
    entry, side_1, side_2, bonds = lattice_bonds(real_entry, copy)
    hydrogen = named_pairs(
        entry, side_1, side_2, bonds.select(bonds.is_plain_hydrogen_bond)
    )
    salt = named_pairs(entry, side_1, side_2, bonds.select(bonds.is_salt_bridge))
    assert any(matches(pair, "GLU46", "ALA143.N") for pair in hydrogen)
    assert any(matches(pair, "TYR47", "GLY141.N") for pair in hydrogen)
    assert any(matches(pair, "GLU136", "LYS148") for pair in salt)
    assert any(matches(pair, "ARG155", "GLU144") for pair in salt)


@pytest.mark.entries
@pytest.mark.parametrize("copy", LATTICE)
def test_the_carboxylate_pair_of_the_lattice_contact_is_flagged(real_entry, copy):
    entry, side_1, side_2, bonds = lattice_bonds(real_entry, copy)
    flagged = bonds.select(bonds.needs_protonation)
    pairs = named_pairs(entry, side_1, side_2, flagged)
    # In all three copies an oxygen pair is nearer than 3.2 Å: 2.53, 2.97 and 2.72 Å.
    assert pairs
    assert all(matches(pair, "GLU46", "GLU144") for pair in pairs)
    assert (flagged.distance_a <= 3.2).all()


@pytest.mark.entries
def test_gln94_of_gamma_is_flipped_in_one_crystal_form(real_entry):
    for copy in LATTICE:
        entry, side_1, side_2, bonds = lattice_bonds(real_entry, copy)
        pairs = named_pairs(entry, side_1, side_2, bonds)

        def state(first, second, pairs=pairs, bonds=bonds):
            if (first, second) not in pairs:
                return "no bond"
            k = pairs.index((first, second))
            return "flip" if bonds.needs_flip[k] else "plain"

        as_modelled = [("GLN94.OE1", "HIS139.N"), ("GLN94.NE2", "HIS139.O")]
        turned = [("GLN94.NE2", "HIS139.N"), ("GLN94.OE1", "HIS139.O")]
        if copy[0] == "2ERJ":
            assert [state(*pair) for pair in as_modelled] == ["plain", "plain"]
        else:
            assert [state(*pair) for pair in as_modelled] == ["no bond", "no bond"]
            assert [state(*pair) for pair in turned] == ["flip", "flip"]


@pytest.mark.entries
def test_glycans_of_gamma_reach_the_neighbour_in_2b5i(real_entry):
    _, _, _, bonds = lattice_bonds(real_entry, LATTICE[2])
    assert (bonds.is_glycan_mediated & bonds.is_plain_hydrogen_bond).sum() == 2


#: Plain hydrogen bonds in 2B5I by preset, IL-2/α, IL-2/β, IL-2/γc, β/γc (docs/bonds.md).
COUNTS_2B5I = {
    "il2struct": (11, 9, 6, 16),
    "il2struct-heavy": (11, 9, 6, 14),
    "pisa": (14, 9, 6, 16),
    "baker-hubbard": (8, 9, 6, 15),
    "hbplus": (11, 8, 5, 15),
    "mdanalysis": (2, 4, 1, 7),
    "prolif": (10, 9, 6, 12),
    "plip": (22, 18, 10, 23),
}


@pytest.mark.entries
def test_counts_of_the_documentation(real_entry):
    entry = real_entry("2B5I.cif")
    sides = dict(zip("ABCD", map(prepare_side, placed(entry, *"ABCD")), strict=True))
    counts = {
        name: tuple(
            int(
                find_bonds(
                    sides[one], sides[two], criteria=criteria
                ).is_plain_hydrogen_bond.sum()
            )
            for one, two in ("AD", "AB", "AC", "BC")
        )
        for name, criteria in PRESETS.items()
    }
    assert counts == COUNTS_2B5I


@pytest.mark.entries
def test_stricter_presets_find_a_part_of_what_laxer_ones_find(real_entry):
    entry = real_entry("2ERJ.pdb")
    side_1, side_2 = map(prepare_side, placed(entry, *"BC"))

    def found(name):
        bonds = find_bonds(side_1, side_2, criteria=PRESETS[name])
        bonds = bonds.select(bonds.is_plain_hydrogen_bond)
        return set(zip(bonds.index_1.tolist(), bonds.index_2.tolist(), strict=True))

    # Each condition of the first is at least as strict as that of the second.
    assert found("mdanalysis") <= found("prolif") <= found("plip")
    assert found("baker-hubbard") <= found("plip")
    assert found("il2struct") <= found("plip")


@pytest.mark.entries
def test_waters_of_an_entry_bridge(real_entry):
    entry = real_entry("2B5I.cif")
    rows = np.flatnonzero(np.isin(entry.atoms.residue_name, ["HOH"]))
    waters = entry.atoms.select(rows)
    side_1, side_2 = placed(entry, "A", "D")
    bonds = find_bonds(side_1, side_2, criteria=IL2STRUCT, waters=waters)
    bridged = bonds.select(bonds.is_kind["water_mediated"])
    assert len(bridged) > 0
    one, two = (concatenated([s.atoms, s.glycans]) for s in (side_1, side_2))
    water_at = dict(zip(waters.residue_index.tolist(), waters.coords, strict=True))
    for k in range(len(bridged)):
        oxygen = water_at[bridged.water_residue_index[k]]
        for atoms, row, stated in (
            (one, bridged.index_1[k], bridged.distance_water_1_a[k]),
            (two, bridged.index_2[k], bridged.distance_water_2_a[k]),
        ):
            leg = np.linalg.norm(atoms.coords[row] - oxygen)
            np.testing.assert_allclose(leg, stated, rtol=1e-9)
            assert 2.2 <= leg <= 3.5
    dry = bonds.select(~bonds.is_kind["water_mediated"])
    assert (dry.water_residue_index == NO_NUMBER).all()


@pytest.mark.entries
def test_salt_bridges_and_apolar_contacts_against_loops_over_all_atoms(real_entry):
    entry = real_entry("2ERJ.pdb")
    side_1, side_2 = placed(entry, "D", "A")
    bonds = find_bonds(side_1, side_2, criteria=IL2STRUCT)
    acid = {"ASP": ("OD1", "OD2"), "GLU": ("OE1", "OE2")}
    base = {"LYS": ("NZ",), "ARG": ("NE", "NH1", "NH2")}

    def rows(side, table):
        atoms = side.atoms
        return [
            k
            for k in range(len(atoms))
            if atoms.atom_name[k] in table.get(str(atoms.residue_name[k]), ())
        ]

    expected = set()
    for table_1, table_2 in ((acid, base), (base, acid)):
        for i in rows(side_1, table_1):
            for j in rows(side_2, table_2):
                away = side_1.atoms.coords[i] - side_2.atoms.coords[j]
                if np.sqrt((away**2).sum()) <= 4.0:
                    expected.add((i, j))
    mask = bonds.is_salt_bridge
    found = set(
        zip(bonds.index_1[mask].tolist(), bonds.index_2[mask].tolist(), strict=True)
    )
    assert found == expected
    assert len(expected) == 7


# --- other programs -------------------------------------------------------------------


def halves(mirror, model):
    """Model of 2NA8 cut into two sides in the middle of its chain; all hydrogens deposited."""
    entry = read_structure(mirror / "2NA8.cif.gz", options=ReadOptions(model=model))
    (whole,) = placed(entry, "A")
    is_first = whole.atoms.residue_index < np.median(
        np.unique(whole.atoms.residue_index)
    )
    parts = [whole.atoms.select(mask) for mask in (is_first, ~is_first)]
    return [replace(whole, atoms=part) for part in parts]


@pytest.fixture(scope="module")
def models(mirror):
    """Sides of every model, their atoms together, and the covalent bonds of these."""
    of_sides = [halves(mirror, model) for model in range(1, 22)]
    of_atoms = [joined(sides) for sides in of_sides]
    return list(zip(of_sides, of_atoms, map(covalent_topology, of_atoms), strict=True))


def joined(sides):
    return concatenated([side.atoms for side in sides])


def our_pairs(sides, criteria):
    bonds = find_bonds(*sides, criteria=criteria)
    bonds = bonds.select(bonds.is_plain_hydrogen_bond)
    offset = len(sides[0].atoms)
    # The two halves are covalently joined; what is bonded across the cut is not compared.
    return {
        (int(i), int(j) + offset)
        for i, j in zip(bonds.index_1, bonds.index_2, strict=True)
    }


def acceptor_rows(sides):
    rows, offset = [], 0
    for side in sides:
        sites = prepare_side(side).sites
        mask = sites.is_acceptor & ~sites.is_flipped & (sites.element != "S")
        rows += (sites.row[mask] + offset).tolist()
        offset += len(side.atoms)
    return sorted(rows)


@pytest.mark.entries
@pytest.mark.reference
@pytest.mark.filterwarnings("ignore:No hydrogen bonds were found")
def test_mdanalysis_finds_the_same_bonds(models):
    criteria = preset("mdanalysis")
    n_bonds = 0
    for sides, atoms, topology in models:
        hydrogens = sorted(
            int(row)
            for rows in topology.hydrogens[np.isin(atoms.element, ["N", "O"])]
            for row in rows
            if row >= 0
        )
        universe = MDAnalysis.Universe.empty(len(atoms), trajectory=True)
        universe.add_TopologyAttr("elements", atoms.element)
        universe.atoms.positions = atoms.coords
        first = len(sides[0].atoms)

        def indices(rows):
            return "index " + " ".join(str(row) for row in rows)

        analysis = HydrogenBondAnalysis(
            universe,
            donors_sel="element N or element O",
            hydrogens_sel=indices(hydrogens),
            acceptors_sel=indices(acceptor_rows(sides)),
            between=[indices(range(first)), indices(range(first, len(atoms)))],
        ).run()
        theirs = {
            tuple(sorted((int(row[1]), int(row[3])))) for row in analysis.results.hbonds
        }
        assert our_pairs(sides, criteria) == theirs
        n_bonds += len(theirs)
    # 21 models together; an empty comparison would prove nothing.
    assert n_bonds > 20


@pytest.mark.entries
@pytest.mark.reference
def test_biotite_finds_the_same_bonds_by_baker_and_hubbard(models):
    criteria = preset("baker-hubbard")
    n_bonds = 0
    for sides, atoms, topology in models:
        array = struc.AtomArray(len(atoms))
        array.coord = atoms.coords
        array.element = atoms.element
        array.bonds = struc.BondList(
            len(atoms),
            np.array(
                [
                    (k, j)
                    for k in range(len(atoms))
                    for j in topology.hydrogens[k]
                    if j >= 0
                ]
            ),
        )
        is_first = np.arange(len(atoms)) < len(sides[0].atoms)
        triplets = struc.hbond(
            array,
            is_first,
            ~is_first,
            donor_elements=("N", "O"),
            acceptor_elements=("N", "O"),
        )
        acceptors = set(acceptor_rows(sides))
        theirs = {
            tuple(sorted((int(d), int(a))))
            for d, _, a in triplets
            if int(a) in acceptors
        }
        assert our_pairs(sides, criteria) == theirs
        n_bonds += len(theirs)
    assert n_bonds > 50
