"""The tables of real entries: their columns, their types, and how they hang together."""

import pandas as pd
import pytest

from il2struct.bond_kinds import KINDS
from il2struct.results.interfaces import InterfaceResults
from il2struct.results.study import Study
from il2struct.tables import empty_frame

pytestmark = pytest.mark.entries

ENTRIES = (
    "2ERJ.pdb",
    "2B5I.cif",
    "1Z92.pdb",
    "1BRS.pdb",
    "3QB7.cif",
    "1HHO.cif",
    "1TIB.pdb",
)
KEY = ["entry_id", "complex_id", "interface_id"]

#: Names that issue 2 fixes, since others build on them.
PROMISED = {
    "chains": "entry_id auth_asym_id label_asym_id role identity coverage uniprot",
    "interfaces": "entry_id complex_id interface_id role_1 role_2 auth_asym_id_1 auth_asym_id_2 "
    "operator_1 operator_2 area_per_side_a2 area_total_a2 n_hydrogen_bond n_salt_bridge "
    "n_core_levy",
    "residues": "entry_id complex_id interface_id side role auth_number ins_code uniprot_number "
    "mature_number residue_name status sasa_free_a2 buried_a2 buried_fraction class_levy",
    "bonds": "entry_id complex_id interface_id auth_number_1 mature_number_1 residue_name_1 "
    "atom_name_1 auth_number_2 mature_number_2 residue_name_2 atom_name_2 distance_a "
    "is_hydrogen_bond is_salt_bridge preset",
    "contacts": "entry_id complex_id interface_id",
    "entries": "entry_id status",
    "complexes": "entry_id complex_id role",
    "notes": "entry_id topic count message",
}
NUMBERS = {
    "area_per_side_a2",
    "area_total_a2",
    "identity",
    "coverage",
    "sasa_free_a2",
    "buried_a2",
    "buried_fraction",
    "distance_a",
}
INTEGERS = {
    "n_hydrogen_bond",
    "n_salt_bridge",
    "n_core_levy",
    "side",
    "auth_number",
    "uniprot_number",
    "mature_number",
    "auth_number_1",
    "mature_number_1",
    "auth_number_2",
    "mature_number_2",
    "count",
}


@pytest.fixture(params=ENTRIES)
def results(request: pytest.FixtureRequest, measured) -> InterfaceResults:
    return measured(request.param)


def all_tables(results: InterfaceResults) -> dict[str, pd.DataFrame]:
    return {**Study(results.named).tables(), **results.tables()}


def rows_of(table: pd.DataFrame, row: pd.Series) -> pd.DataFrame:
    mask = (table[KEY].fillna("") == row[KEY].fillna("")).all(axis=1)
    return table[mask]


def test_promised_columns_are_there_with_the_right_types(measured):
    tables = all_tables(measured("2B5I.cif"))
    for name, promised in PROMISED.items():
        for column in promised.split():
            kind = str(tables[name][column].dtype)
            if column in NUMBERS:
                assert kind == "float64", (name, column)
            elif column in INTEGERS:
                assert kind == "Int64", (name, column)
            elif column.startswith("is_"):
                assert kind == "boolean", (name, column)
            else:
                assert isinstance(tables[name][column].dtype, pd.StringDtype)


def test_every_table_has_exactly_its_schema(results):
    tables = all_tables(results)
    assert set(tables) == {
        *("entries", "chains", "numbering", "complexes", "notes"),
        *("interfaces", "residues", "contacts", "bonds"),
    }
    for name, table in tables.items():
        pd.testing.assert_series_equal(table.dtypes, empty_frame(name).dtypes)
        # Missing is NA, never empty text or a number that stands for it.
        texts = table.select_dtypes("string")
        assert not (texts == "").any(axis=None)
        numbers = table.select_dtypes("Int64")
        assert not (numbers.abs() > 10**9).any(axis=None)


def test_keys_are_unique(results):
    tables = all_tables(results)
    keys = {
        "entries": ["entry_id"],
        "chains": ["entry_id", "auth_asym_id"],
        "numbering": ["entry_id", "auth_asym_id", "position"],
        "interfaces": KEY,
        "residues": [
            *KEY,
            "side",
            "auth_asym_id",
            "operator",
            "auth_number",
            "ins_code",
        ],
        "contacts": [
            *KEY,
            *[
                f"{name}_{side}"
                for side in (1, 2)
                for name in ("auth_asym_id", "operator", "auth_number", "ins_code")
            ],
        ],
    }
    for name, key in keys.items():
        assert not tables[name].duplicated(key).any(), name


def test_rows_refer_to_interfaces_chains_and_complexes_that_exist(results):
    tables = all_tables(results)
    known = set(map(tuple, tables["interfaces"][KEY].to_numpy()))
    for name in ("residues", "contacts", "bonds"):
        assert set(map(tuple, tables[name][KEY].to_numpy())) <= known
    chains = set(tables["chains"]["auth_asym_id"])
    assert set(tables["residues"]["auth_asym_id"]) <= chains
    assert set(tables["interfaces"]["complex_id"]) <= set(
        tables["complexes"]["complex_id"]
    )


def test_areas_of_residues_add_up_to_those_of_the_interface(results):
    for _, row in results.table.iterrows():
        residues = rows_of(results.residues, row)
        for side in (1, 2):
            total = residues.loc[residues["side"] == side, "buried_a2"].sum()
            # Residues below the cut that the table leaves out, 1e-3 Å² each at most.
            assert total == pytest.approx(row[f"area_{side}_a2"], abs=0.05)
        assert row["area_total_a2"] == pytest.approx(
            row["area_1_a2"] + row["area_2_a2"]
        )
        assert row["area_per_side_a2"] == pytest.approx(row["area_total_a2"] / 2)
        assert row["area_total_a2"] == pytest.approx(
            row["area_apolar_a2"] + row["area_polar_a2"] + row["area_charged_a2"]
        )


def test_counts_of_residues_are_those_of_the_table(results):
    for _, row in results.table.iterrows():
        residues = rows_of(results.residues, row)
        inside = residues[residues["is_interface"]]
        for side in (1, 2):
            assert row[f"n_residues_{side}"] == (inside["side"] == side).sum()
        for name in ("core", "support", "rim"):
            assert row[f"n_{name}_levy"] == (residues["class_levy"] == name).sum()
        for percent in (70, 80, 90, 95):
            deep = residues["buried_fraction"] >= percent / 100
            assert row[f"n_buried_{percent}"] == deep.sum()
        assert row["n_tag"] == (inside["status"] == "tag").sum()
        assert row["n_mutation"] == (inside["status"] == "mutation").sum()
        assert row["n_gap_edge"] == inside["is_gap_edge"].sum()


def test_interface_residues_are_near_and_buried_and_no_other_is(results):
    residues = results.residues
    near = residues["distance_a"] <= 5.0
    assert (residues["is_interface"] == (near & (residues["buried_a2"] > 0))).all()
    assert (near | residues["distance_a"].isna()).all()
    assert residues["buried_fraction"].dropna().between(0, 1 + 1e-9).all()
    # float64 rounding of a difference of areas of 100 Å².
    assert (residues["buried_a2"] <= residues["sasa_free_a2"] + 1e-9).all()


def test_counts_of_contacts_are_those_of_the_table(results):
    for _, row in results.table.iterrows():
        contacts = rows_of(results.contacts, row)
        assert row["n_residue_pairs"] == len(contacts)
        assert row["n_atom_pairs"] == contacts["n_atom_pairs"].sum()
        assert contacts["distance_a"].between(1.0, row["contact_cutoff_a"]).all()


def test_contacts_give_residues_their_distance(results):
    for _, row in results.table.iterrows():
        contacts = rows_of(results.contacts, row)
        residues = rows_of(results.residues, row)
        for side in (1, 2):
            numbers = ["auth_asym_id", "operator", "auth_number", "ins_code"]
            nearest = contacts.groupby(
                [f"{name}_{side}" for name in numbers], dropna=False
            )["distance_a"].min()
            own = residues[(residues["side"] == side) & residues["distance_a"].notna()]
            assert sorted(own["distance_a"]) == sorted(nearest)


def test_counts_of_bonds_are_those_of_the_table(results):
    for _, row in results.table.iterrows():
        bonds = rows_of(results.bonds, row)
        direct = bonds[~bonds["is_glycan_mediated"]]
        hydrogen = direct[direct["is_hydrogen_bond"]]
        condition = hydrogen["needs_flip"] | hydrogen["needs_protonation"]
        assert row["n_hydrogen_bond"] == (~condition).sum()
        assert row["n_needs_flip"] == hydrogen["needs_flip"].sum()
        assert row["n_needs_protonation"] == hydrogen["needs_protonation"].sum()
        for kind in [*KINDS][1:]:
            of_all = kind in ("water_mediated", "glycan_mediated")
            assert row[f"n_{kind}"] == (bonds if of_all else direct)[f"is_{kind}"].sum()


def test_bonds_are_short_have_a_kind_and_each_once(results):
    bonds = results.bonds
    kinds = [
        c for c in bonds.columns if c.startswith("is_") and c != "is_glycan_mediated"
    ]
    assert bonds[kinds].any(axis=1).all()
    direct = bonds[~bonds["is_water_mediated"]]
    assert (direct.loc[direct["is_hydrogen_bond"], "distance_a"] <= 3.9).all()
    assert (direct.loc[direct["is_salt_bridge"], "distance_a"] <= 4.0).all()
    atoms = [
        f"{name}_{side}"
        for side in (1, 2)
        for name in ("auth_asym_id", "operator", "auth_number", "ins_code", "atom_name")
    ]
    assert not direct.duplicated([*KEY, *atoms]).any()
    given = bonds["donor_side"].notna()
    hydrogen, proton = bonds["is_hydrogen_bond"], bonds["needs_protonation"]
    assert not (given & ~hydrogen).any()
    assert (given | ~hydrogen | proton | bonds["is_water_mediated"]).all()
    water = bonds["is_water_mediated"]
    assert (bonds["water_auth_number"].notna() == water).all()


def test_distances_of_contacts_and_bonds_are_those_of_the_file(measured):
    """Coordinates by gemmi alone, atom by atom, for one interface."""
    import gemmi

    results = measured("1Z92.pdb")
    model = gemmi.read_structure(results.named.entry.provenance.path)[0]

    def position(row: pd.Series, side: int, atom: str) -> gemmi.Position:
        residue = model[row[f"auth_asym_id_{side}"]][str(row[f"auth_number_{side}"])][0]
        return residue[row[f"{atom}_{side}"]][0].pos

    for table, atom in (
        (results.contacts, "closest_atom"),
        (results.bonds, "atom_name"),
    ):
        assert len(table)
        for _, row in table.iterrows():
            distance = position(row, 1, atom).dist(position(row, 2, atom))
            assert row["distance_a"] == pytest.approx(distance, abs=1e-6)


def test_a_wider_cut_off_only_adds_contacts(measured):
    results = measured("1Z92.pdb")
    from il2struct.interface.interface import interface_parameters

    wide = Study(results.named).interfaces(
        parameters=interface_parameters(contact_cutoff_a=6.0)
    )
    pairs = [
        set(zip(t["auth_number_1"], t["auth_number_2"], strict=True))
        for t in (results.contacts, wide.contacts)
    ]
    assert pairs[0] < pairs[1]
    # Areas know nothing of the cut-off.
    assert (wide.table["area_total_a2"] == results.table["area_total_a2"]).all()


def test_entry_and_chain_tables_say_what_the_file_says(measured):
    tables = all_tables(measured("1Z92.pdb"))
    (entry,) = tables["entries"].to_dict("records")
    assert entry["space_group"] == "P 32 2 1"
    assert entry["resolution_a"] == 2.8
    assert len(entry["sha256"]) == 64
    missing = tables["complexes"][~tables["complexes"]["is_present"]]
    assert list(missing["role"]) == ["IL2RB", "IL2RG"]
    assert missing["auth_asym_id"].isna().all()
    numbering = tables["numbering"]
    for _, chain in tables["chains"].iterrows():
        own = numbering[numbering["auth_asym_id"] == chain["auth_asym_id"]]
        assert list(own["position"]) == list(range(1, len(own) + 1))
        assert len(own) == chain["n_residues"]
        assert own["is_modelled"].sum() == chain["n_modelled"]
        assert (own["auth_number"].notna() == own["is_modelled"]).all()
        shift = (own["uniprot_number"] - own["mature_number"]).dropna().unique()
        assert list(shift) == [{"IL2": 20, "IL2RA": 21}[chain["role"]]]


@pytest.mark.entries
def test_gap_edges_are_seen_with_and_without_a_deposited_sequence(mirror, tmp_path):
    """Stripped of SEQRES, the skipped numbers of 1Z92 mark the same inner gap edges."""
    import gzip

    from il2struct.results.interface_tables import gap_edges
    from il2struct.structure.named import name_entry
    from il2struct.structure.read import read_structure

    text = gzip.decompress((mirror / "1Z92.pdb.gz").read_bytes()).decode()
    bare = tmp_path / "bare.pdb"
    bare.write_text(
        "\n".join(x for x in text.splitlines() if not x.startswith("SEQRES"))
    )
    edges = []
    for path in (mirror / "1Z92.pdb.gz", bare):
        named = name_entry(read_structure(path))
        residues = named.entry.residues
        rows = gap_edges(named).nonzero()[0]
        edges.append(
            {
                (str(residues.auth_asym_id[i]), int(residues.auth_number[i]))
                for i in rows
            }
        )
    inner = {("A", 73), ("A", 81), ("B", 47), ("B", 53), ("B", 64), ("B", 104)}
    assert inner <= edges[0]
    assert edges[1] == inner


def test_pairs_of_residues_are_counted_once(measured):
    results = measured("2B5I.cif")
    for row in results.table.itertuples():
        bonds = results.bonds[results.bonds["interface_id"] == row.interface_id]
        bonds = bonds[~bonds["is_glycan_mediated"]]
        plain = bonds["is_hydrogen_bond"] & ~(
            bonds["needs_flip"] | bonds["needs_protonation"]
        )
        keys = ["auth_asym_id_1", "auth_number_1", "auth_asym_id_2", "auth_number_2"]
        salt = bonds[bonds["is_salt_bridge"]][keys].drop_duplicates()
        polar = bonds[plain | bonds["is_salt_bridge"]][keys].drop_duplicates()
        assert row.n_bonded_residue_pairs == len(polar)
        assert row.n_salt_bridged_residue_pairs == len(salt)
