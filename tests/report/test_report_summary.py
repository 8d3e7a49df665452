"""The readable summary: what it says, and that no input can break its markup."""

import math

import pytest

from il2struct.comparison.tables import compare
from il2struct.interface.interface import InterfaceParameters
from il2struct.report.summary import summary
from il2struct.report.write import run_tables
from il2struct.results.interfaces import InterfaceResults
from il2struct.results.study import load
from il2struct.tables import column_names, empty_frame, table_from_rows

pytestmark = pytest.mark.entries


def text_of(*results: InterfaceResults, failures=()) -> str:
    return summary(results, failures, compare(results), InterfaceParameters())


def asked_text(*results: InterfaceResults) -> str:
    """With the sections of what is asked beside the comparison."""
    parameters = InterfaceParameters()
    return summary(results, [], run_tables(results, parameters), parameters)


def table_rows(text: str, heading: str) -> list[list[str]]:
    """Cells of the first table below a heading or sentence."""
    lines = text[text.index(heading) :].splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("|"))
    rows = []
    for line in lines[start:]:
        if not line.startswith("|"):
            break
        cells = line.replace("\\|", "\0").strip("|").split("|")
        rows.append([cell.strip().replace("\0", "|") for cell in cells])
    assert set("".join(rows[1])) == {"-"}
    assert len({len(row) for row in rows}) == 1  # no cell broke the table
    return [rows[0], *rows[2:]]


class TestContent:
    def test_who_blocks_whom(self, results):
        text = asked_text(results("1Z92.pdb"), results("1PY2.pdb"))
        (line,) = text.partition("## Who blocks whom\n\n")[2].strip().splitlines()[:1]
        assert line.startswith("- FRH and IL2RA on IL2: exclude each other; ")
        # What one complex holds together is no news.
        both = asked_text(results("2ERJ.pdb"), results("2B5I.cif"))
        assert "Who blocks whom" not in both
        # F42 and E62 hold α, N88 and D20 hold β, Q126 and S130 γc; copies are told once.
        found = {
            (row[0], row[1], row[3])
            for row in table_rows(both, "## Published forms of")
        }
        for mutation, role in (
            ("F42Q", "A"),
            ("E62R", "A"),
            ("N88D", "B"),
            ("D20N", "B"),
        ):
            touched = {
                r for entry, name, r in found if (entry, name) == ("2ERJ", mutation)
            }
            assert touched == {f"IL2/IL2R{role}"}
        held = table_rows(both, "## How the receptors are held")
        assert {row[0] for row in held[1:]} == {"2ERJ", "2B5I"}

    def test_ligands_have_a_section_and_proteins_without_il2_no_muteins(self, results):
        text = asked_text(results("1PY2.pdb"))
        assert any(
            "FRH" in row[1] for row in table_rows(text, "## Small molecules and")
        )
        assert "Published forms" not in asked_text(results("1BRS.pdb"))

    def test_conserved_bonds_are_named(self, results):
        text = text_of(results("2ERJ.pdb"), results("2B5I.cif"))
        rows = {r[0]: r for r in table_rows(text, "## Comparison across complexes")}
        for pair, bonds in {
            "IL-2 – IL-2Rα": "E62-R36 K43-E29 E61-S39 E68-Y43 E68-L42",
            "IL-2 – IL-2Rβ": "D20-H133 D20-Y134 N88-R42 N88-Q70 D84-K71 E15-H138",
            "IL-2 – γc": "Q126-P207 S130-Y103 T123-Q127",
            "IL-2Rβ – γc": "R137-E162 K161-E149 E170-K195 H138-D181 L139-R183 L157-Q147",
        }.items():
            assert rows[pair][1] == "3"
            named = rows[pair][3].split(", ")
            assert set(bonds.split()) <= set(named)
            assert len(named) == len({bond.rstrip("*") for bond in named})
        # And no other: what the table says of all three copies.
        table = compare([results("2ERJ.pdb"), results("2B5I.cif")])["compare_bonds"]
        everywhere = table[table["n_present"] == 3]
        expected = {
            f"{r.reference_letter_1}{r.mature_number_1}-{r.reference_letter_2}{r.mature_number_2}"
            for r in everywhere.itertuples()
        }
        assert expected == {
            bond.rstrip("*") for row in rows.values() for bond in row[3].split(", ")
        } - {"bonds in every complex"}

    def test_every_complex_is_compared_with_the_first(self, results):
        text = text_of(results("2B5I.cif"), results("2ERJ.pdb"))
        part = text.split("## Comparison with 2B5I:1\n\n")[1].split("\n\n")[0]
        lines = part.strip().splitlines()
        assert [line.split(":")[1] for line in lines] == ["1", "2"]
        # As in docs/compare.md, where the published program agrees.
        assert lines[0] == (
            "- 2ERJ:1: DockQ 0.929 (high, mean of 4 interfaces); residue pairs: 18 lost, "
            "13 gained; bonded pairs: 6 lost, 5 gained."
        )
        assert "Comparison" not in text_of(results("2B5I.cif"))

    def test_an_interface_without_dockq_is_not_in_its_mean(self):
        def row(interface_id, n_interfaces, dockq):
            changes = dict.fromkeys(
                (f"n_{w}_{c}" for w in ("pairs", "bonded") for c in ("lost", "gained")),
                0,
            )
            own = {"reference": "X:1", "compared": "X:2", "interface_id": interface_id}
            own |= {"n_interfaces": n_interfaces, "dockq": dockq, "dockq_class": "high"}
            return dict.fromkeys(column_names("compare_similarity")) | own | changes

        rows = [row("A/B", 1, 0.9), row("B/C", 1, 0.8), row("A/FRH", 1, math.nan)]
        for own, found in (
            (rows[1:], "(high)"),
            (rows, "(high, mean of 2 interfaces)"),
        ):
            table = table_from_rows(
                "compare_similarity", [*own, row("whole", len(own), 0.85)]
            )
            compared = {"compare_similarity": table}
            compared["compare_interfaces"] = empty_frame("compare_interfaces")
            text = summary([], [], compared, InterfaceParameters())
            assert f"- X:2: DockQ 0.850 {found};" in text

    def test_what_only_one_complex_has_is_not_called_shared(self, results):
        text = text_of(results("2B5I.cif"), results("1Z92.pdb"))
        rows = table_rows(text, "## Comparison across complexes")
        assert [row[:2] for row in rows[1:]] == [["IL-2 – IL-2Rα", "2"]]

    def test_what_a_complex_lacks_is_no_number(self, results):
        text = text_of(results("1Z92.pdb"), results("1KTZ.pdb"))
        assert "- 1KTZ:1: none of these interfaces." in text

    def test_roles_complexes_and_areas_are_named(self, results):
        text = text_of(results("2ERJ.pdb"), results("1Z92.pdb"))
        assert "- Complex 2: IL-2 H, IL-2Rα E, IL-2Rβ F, γc G." in text
        assert "- Complex 1: IL-2 A, IL-2Rα B; incomplete, missing IL-2Rβ, γc." in text
        rows = table_rows(text, "Interfaces (bonds by")
        areas = results("2ERJ.pdb").table["area_per_side_a2"]
        assert [row[2] for row in rows[1:]] == [f"{area:.0f}" for area in areas]
        assert rows[1][1] == "IL-2 (D) – IL-2Rα (A)"
        chains = table_rows(text, "Chains (mature numbers)")
        assert chains[1][:6] == [
            "A",
            "IL-2Rα",
            "human",
            "0.991",
            "130 of 225",
            "N49S N68S",
        ]

    def test_numbers_carry_their_definitions(self, results):
        text = text_of(results("1Z92.pdb"))
        for words in ("probe 1.4 Å", "within 5 Å", "Levy 2010", "preset `il2struct`"):
            assert words in text
        # The affinity formula fails on this complex and says so.
        assert "Do not trust this for the interleukin-2 receptor" in text

    def test_bonds_that_need_a_flip_or_a_proton_are_marked(self, results):
        measured = results("2ERJ.pdb")
        text = text_of(measured)
        flipped = measured.bonds.query("needs_flip and not is_glycan_mediated").iloc[0]
        number = f"{flipped['mature_number_1']}-"
        line = text[text.index("Bonds between residues") :]
        assert any(number in word and "*" in word for word in line.split())

    def test_symmetry_images_are_named(self, results):
        text = text_of(results("1HHO.cif"))
        assert "hemoglobin A (oxy) (alpha chain) A (7_555)" in text
        # An identity with the nearest reference would look like a finding.
        assert table_rows(text, "Chains (")[1][1:3] == [
            "hemoglobin A (oxy) (alpha chain)",
            "",
        ]
        assert "[" in table_rows(text, "Interfaces (bonds by")[1][1]

    def test_no_interface_is_said(self, results):
        text = text_of(results("1TIB.pdb"))
        assert "there is no interface" in text
        assert "## Comparison" not in text

    def test_resolution_is_left_out_where_there_is_none(self, results):
        text = text_of(results("2NA8.cif"))
        assert " Å," not in text.split("Chains")[0]

    def test_failures_come_first(self, results):
        text = text_of(results("1Z92.pdb"), failures=[("9ZZZ", "it is not there.")])
        assert text.index("**9ZZZ failed**: it is not there.") < text.index("## 1Z92")


class TestEscaping:
    EVIL = "<script>alert(1)</script> a|b \\| `x` [click](http://x) \n\n# heading & co"

    def check(self, text: str) -> None:
        assert "<script>" not in text
        assert "&lt;script&gt;" in text
        assert "](http" not in text
        assert "\n# heading" not in text

    @pytest.mark.parametrize("field", ["title", "method", "entry_id"])
    def test_title_method_and_id(self, results, renamed, field):
        self.check(text_of(renamed(results("1Z92.pdb"), **{field: self.EVIL})))

    def test_a_title_is_no_heading(self, results, renamed):
        text = text_of(renamed(results("1Z92.pdb"), title="# mine"))
        headings = [x for x in text.splitlines() if x.startswith("#")]
        assert headings == [
            "# il2struct report",
            "## 1Z92",
            "## Definitions",
        ]

    def test_failures(self):
        self.check(text_of(failures=[(self.EVIL, "why")]))
        self.check(text_of(failures=[("x", self.EVIL)]))

    def test_chain_names(self, mirror, tmp_path):
        import gemmi

        structure = gemmi.read_structure(str(mirror / "1Z92.pdb.gz"))
        structure.name = "model"
        for chain, name in zip(structure[0], ("a\\|<b>", "c/`d`"), strict=False):
            chain.name = name
        path = tmp_path / "model.cif"
        structure.setup_entities()
        structure.make_mmcif_document().write_file(str(path))
        results = load(path).interfaces()
        text = text_of(results)
        assert "<b>" not in text
        assert [row[0] for row in table_rows(text, "Chains (mature")[1:]] == [
            "a\\\\|&lt;b&gt;",
            "c/\\`d\\`",
        ]
        assert len(table_rows(text, "Interfaces (bonds by")) == 2

    def test_chain_names_with_a_slash_but_no_role(self, mirror, tmp_path):
        import gemmi

        structure = gemmi.read_structure(str(mirror / "2OOB.cif.gz"))
        for chain, name in zip(structure[0], ("a/b", "c/d"), strict=False):
            chain.name = name
        path = tmp_path / "model.cif"
        structure.make_mmcif_document().write_file(str(path))
        results = load(path).interfaces()
        assert list(results.table["interface_id"]) == ["a/b/c/d"]
        assert table_rows(text_of(results), "Interfaces (bonds by")[1][1] == "a/b – c/d"
