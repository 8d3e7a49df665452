"""The comparison across complexes, against the tables it is made from and the literature."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pandas as pd
import pytest

from il2struct.comparison.tables import COMPARED, KINDS, compare_by_role
from il2struct.results.interfaces import InterfaceResults
from il2struct.results.study import Study, load
from il2struct.tables import column_names

#: Bonds found in every copy of the complex (mature numbers), by role pair.
EVERYWHERE = {
    ("IL2", "IL2RA"): "E62-R36 K43-E29 E61-S39 E68-Y43 E68-L42",
    ("IL2", "IL2RB"): "D20-H133 D20-Y134 N88-R42 N88-Q70 D84-K71 E15-H138",
    ("IL2", "IL2RG"): "Q126-P207 S130-Y103 T123-Q127",
    ("IL2RB", "IL2RG"): "R137-E162 K161-E149 E170-K195 H138-D181 L139-R183 L157-Q147",
}
SALT_BRIDGES = {"E62-R36", "K43-E29", "D84-K71", "R137-E162", "K161-E149", "E170-K195"}


def words(text: str | None) -> list[str]:
    return text.split() if isinstance(text, str) else []


def bond_rows(table: pd.DataFrame, pair: tuple[str, str], bond: str) -> pd.DataFrame:
    first, second = bond.split("-")
    return table[
        (table["role_1"] == pair[0])
        & (table["role_2"] == pair[1])
        & (table["reference_letter_1"] == first[0])
        & (table["mature_number_1"] == int(first[1:]))
        & (table["reference_letter_2"] == second[0])
        & (table["mature_number_2"] == int(second[1:]))
        & table["kind"].isin(["hydrogen_bond", "salt_bridge"])
    ]


@pytest.fixture(scope="module")
def inputs(measured) -> list[InterfaceResults]:
    return [measured(n) for n in ("2ERJ.pdb", "2B5I.cif", "1Z92.pdb")]


@pytest.fixture(scope="module")
def compared(inputs) -> dict[str, pd.DataFrame]:
    return dict(compare_by_role(inputs))


def test_nothing_to_compare_gives_empty_tables():
    for name, table in compare_by_role([]).items():
        assert list(table.columns) == column_names(name)
        assert table.empty


@pytest.mark.entries
class TestComplexes:
    def test_bonds_of_the_literature_are_in_every_copy_of_the_complex(self, inputs):
        bonds = compare_by_role(inputs[:2])["compare_bonds"]
        for pair, listed in EVERYWHERE.items():
            for bond in listed.split():
                found = bond_rows(bonds, pair, bond)
                whole = found[found["n_present"] == found["n_possible"]]
                assert list(whole["n_possible"])[:1] == [3], (pair, bond)
                if bond in SALT_BRIDGES:
                    assert "salt_bridge" in set(whole["kind"]), bond
        gamma = bonds[(bonds["role_1"] == "IL2") & (bonds["role_2"] == "IL2RG")]
        assert "salt_bridge" not in set(gamma["kind"])

    def test_bonds_of_alpha_are_in_1z92_too(self, compared):
        pair = ("IL2", "IL2RA")
        for bond in EVERYWHERE[pair].split():
            found = bond_rows(compared["compare_bonds"], pair, bond)
            best = found.loc[found["n_present"].idxmax()]
            if bond == "E61-S39":
                # In 1Z92 Glu61 O is 3.68 Å from Ser39 N and 3.73 Å from OG: beyond 3.5 Å.
                assert (best["n_present"], best["n_possible"]) == (3, 4)
                assert "1Z92:1" not in words(best["present_in"])
            else:
                assert (best["n_present"], best["n_possible"]) == (4, 4), bond

    def test_present_is_never_more_than_possible(self, compared):
        for name in ("compare_residues", "compare_bonds"):
            table = compared[name]
            assert (table["n_present"] >= 1).all()
            assert (table["n_present"] <= table["n_possible"]).all()
            assert list(table["n_present"]) == [
                len(set(words(text))) for text in table["present_in"]
            ]
        bonds = compared["compare_bonds"]
        assert (bonds["n_conditional"] <= bonds["n_present"]).all()
        assert (bonds["distance_minimum_a"] <= bonds["distance_maximum_a"]).all()

    def test_keys_are_unique(self, compared):
        for name, key in (
            ("compare_interfaces", ["role_1", "role_2", "quantity"]),
            ("compare_residues", ["role_1", "role_2", "side", "mature_number"]),
            (
                "compare_bonds",
                ["role_1", "role_2", "mature_number_1", "mature_number_2", "kind"],
            ),
        ):
            assert not compared[name].duplicated(key).any()

    def test_quantities_are_those_of_the_interfaces(self, compared, inputs):
        source = pd.concat([r.table for r in inputs])
        n_seen = 0
        for _, row in compared["compare_interfaces"].iterrows():
            own = source[
                (source["role_1"] == row["role_1"])
                & (source["role_2"] == row["role_2"])
            ]
            values = own[row["quantity"]].astype(float)
            assert row["n_complexes"] == len(own)
            assert row["minimum"] == values.min()
            assert row["maximum"] == values.max()
            assert row["mean"] == pytest.approx(values.mean(), rel=1e-12)
            names = own["entry_id"] + ":" + own["complex_id"]
            written = dict(w.split("=") for w in words(row["by_complex"]))
            assert list(written) == list(names)
            # Six digits are written.
            np.testing.assert_allclose(
                [float(v) for v in written.values()], values, rtol=5e-6
            )
            n_seen += 1
        # Shape complementarity was not asked for, so there is nothing to compare of it.
        asked = [name for name in COMPARED if not name.startswith("sc")]
        assert n_seen == len(EVERYWHERE) * len(asked)

    def test_residues_are_those_of_the_tables(self, compared, inputs):
        source = pd.concat([r.residues for r in inputs])
        pairs = pd.concat([r.table for r in inputs])
        key = ["entry_id", "complex_id", "interface_id"]
        source = source.merge(pairs[[*key, "role_1", "role_2"]], on=key)
        inside = source[source["is_interface"] & source["mature_number"].notna()]
        place = ["role_1", "role_2", "side", "mature_number"]
        counted = inside.groupby(place).size()
        found = compared["compare_residues"].set_index(place)
        assert found["n_present"].sort_index().tolist() == counted.sort_index().tolist()
        buried = source.groupby(place)["buried_a2"].sum()
        for index, row in found.iterrows():
            mean = buried[index] / row["n_possible"]
            assert row["buried_mean_a2"] == pytest.approx(mean, rel=1e-12)

    def test_bonds_are_those_of_the_tables(self, compared, inputs):
        source = pd.concat([r.bonds for r in inputs])
        source = source[~source["is_water_mediated"] & ~source["is_glycan_mediated"]]
        source = source.dropna(subset=["mature_number_1", "mature_number_2"])
        expected = {}
        for kind in KINDS:
            place = ["role_1", "role_2", "mature_number_1", "mature_number_2"]
            own = source[source[f"is_{kind}"]]
            for index, rows in own.groupby(place):
                copies = rows.groupby(["entry_id", "complex_id"])["distance_a"].min()
                expected[(*index, kind)] = (len(copies), copies.min(), copies.max())
        found = {
            tuple(row[:5]): tuple(row[5:])
            for row in compared["compare_bonds"][
                [
                    "role_1",
                    "role_2",
                    "mature_number_1",
                    "mature_number_2",
                    "kind",
                    "n_present",
                    "distance_minimum_a",
                    "distance_maximum_a",
                ]
            ].itertuples(index=False, name=None)
        }
        assert found == expected

    def test_possible_counts_complexes_with_both_residues_modelled(
        self, compared, inputs
    ):
        modelled = {}
        for results in inputs:
            numbering = Study(results.named).numbering
            for complex_ in results.named.complexes:
                for member in complex_.members:
                    own = numbering[
                        (numbering["auth_asym_id"] == member.image.auth_asym_id)
                        & numbering["is_modelled"]
                    ]
                    name = f"{results.named.entry.entry_id}:{complex_.complex_id}"
                    modelled[name, member.role.value] = set(
                        own["mature_number"].dropna()
                    )
        names = {name for name, _ in modelled}
        for _, row in compared["compare_bonds"].iterrows():
            possible = [
                name
                for name in names
                if row["mature_number_1"] in modelled.get((name, row["role_1"]), ())
                and row["mature_number_2"] in modelled.get((name, row["role_2"]), ())
            ]
            assert row["n_possible"] == len(possible)

    def test_letters_are_those_of_the_reference_not_of_the_mutant(self, compared):
        # Cys125 of IL-2 is Ala in 2ERJ, Asn53 of γc is Gln everywhere.
        residues = compared["compare_residues"]
        for _, row in residues.iterrows():
            if (
                row["mature_number"] == 125
                and row["side"] == 1
                and row["role_1"] == "IL2"
            ):
                assert row["reference_letter"] == "C"

    def test_order_of_entries_changes_order_only(self, compared, inputs):
        for order in permutations(inputs):
            again = compare_by_role(order)
            for name, table in compared.items():
                assert len(again[name]) == len(table)
                for column in table.columns:
                    if column in ("present_in", "by_complex"):
                        assert [set(words(t)) for t in table[column]] == [
                            set(words(t)) for t in again[name][column]
                        ]
                    elif table[column].dtype == "float64":
                        # Sums in another order.
                        np.testing.assert_allclose(
                            again[name][column], table[column], rtol=1e-12
                        )
                    else:
                        assert table[column].equals(again[name][column])

    def test_a_study_stands_for_its_interfaces_and_one_for_a_list(self, measured):
        results = measured("1Z92.pdb")
        expected = compare_by_role([results])
        for given in (
            [Study(results.named)],
            results,
            Study(results.named),
            iter([results]),
        ):
            for name, table in compare_by_role(given).items():
                pd.testing.assert_frame_equal(table, expected[name])


@pytest.mark.entries
class TestTrickyInputs:
    def test_two_files_of_one_entry_count_twice(self, mirror):
        both = [load(mirror / f"2B5I.{x}.gz") for x in ("cif", "pdb")]
        tables = compare_by_role(both)
        assert set(tables["compare_interfaces"]["n_complexes"]) == {2}
        for text in tables["compare_interfaces"]["by_complex"]:
            first, second = (word.split("=") for word in words(text))
            assert (first[0], second[0]) == ("2B5I:1", "2B5I_2:1")
            assert first[1] == second[1]
        for name in ("compare_residues", "compare_bonds"):
            # The two formats hold the same coordinates.
            assert (tables[name]["n_present"] == 2).all()
            assert (tables[name]["n_possible"] == 2).all()
            assert set(tables[name]["present_in"]) == {"2B5I:1 2B5I_2:1"}

    @pytest.mark.parametrize("between", ["D/E", "D,A/B"])
    def test_sides_chosen_by_hand(self, measured, between):
        results = Study(measured("2ERJ.pdb").named).interfaces(between)
        tables = compare_by_role([results])
        roles = {(i.sides[0].role, i.sides[1].role) for i in results}
        if any("," in role for pair in roles for role in pair):
            # Two roles on one side have no common numbering.
            assert tables["compare_interfaces"].empty
            return
        assert not tables["compare_interfaces"].empty
        for name in ("compare_residues", "compare_bonds"):
            assert (tables[name]["n_present"] <= tables[name]["n_possible"]).all()

    def test_a_side_without_a_complex_is_named_by_its_interface(self, measured):
        results = Study(measured("2ERJ.pdb").named).interfaces("D,H/A")
        residues = compare_by_role([results])["compare_residues"]
        assert set(residues["present_in"]) == {"2ERJ:D,H/A"}
        assert set(residues["n_possible"]) == {1}

    def test_a_residue_without_coordinates_is_not_possible(self, mirror, tmp_path):
        import gzip

        text = gzip.decompress((mirror / "1Z92.pdb.gz").read_bytes()).decode()
        path = tmp_path / "gap.pdb"
        lines = [
            x
            for x in text.splitlines()
            if not x.startswith("ATOM") or "GLU A  62" not in x
        ]
        assert len(lines) == len(text.splitlines()) - 9
        path.write_text("\n".join([*lines, ""]))
        tables = compare_by_role([load(mirror / "1Z92.pdb.gz"), load(path)])
        bonds = bond_rows(tables["compare_bonds"], ("IL2", "IL2RA"), "E62-R36")
        assert set(bonds["n_present"]) == set(bonds["n_possible"]) == {1}
        residues = (
            tables["compare_residues"].query("side == 1").set_index("mature_number")
        )
        assert tuple(residues.loc[62, ["n_present", "n_possible"]]) == (1, 1)
        assert tuple(residues.loc[61, ["n_present", "n_possible"]]) == (2, 2)

    def test_unknown_roles_are_left_out(self, measured):
        assert compare_by_role([measured("1BRS.pdb")])["compare_interfaces"].empty

    def test_a_file_name_with_blanks_is_one_word(self, mirror, tmp_path):
        path = tmp_path / "my own model.pdb"
        import gzip

        text = gzip.decompress((mirror / "1Z92.pdb.gz").read_bytes()).decode()
        lines = [
            x for x in text.splitlines() if x.startswith(("ATOM", "CRYST1", "SEQRES"))
        ]
        path.write_text("\n".join([*lines, "END", ""]))
        residues = compare_by_role([load(path)])["compare_residues"]
        assert set(residues["present_in"]) == {"my_own_model:1"}

    def test_one_role_pair_twice_in_a_complex_is_told_apart(self, measured):
        named = measured("2ERJ.pdb").named
        first, second = named.complexes
        both = replace(first, members=(*first.members, *second.members))
        found = Study(replace(named, complexes=(both,))).interfaces()
        tables, apart = (
            compare_by_role([found]),
            compare_by_role([measured("2ERJ.pdb")]),
        )
        for name in ("compare_residues", "compare_bonds"):
            # β and γc of the two complexes touch each other too, α and IL-2 do not.
            one, two = (t[name].query("role_2 == 'IL2RA'") for t in (tables, apart))
            for column in ("n_present", "n_possible"):
                assert list(one[column]) == list(two[column])
            assert (tables[name]["n_present"] <= tables[name]["n_possible"]).all()
        for text in tables["compare_interfaces"].query("role_2 == 'IL2RA'")[
            "by_complex"
        ]:
            names = [word.split("=")[0] for word in words(text)]
            assert names == ["2ERJ:1:D/A", "2ERJ:1:H/E"]
