"""The page as text: everything in one file, nothing left over, nothing dropped in silence."""

import base64
import gzip
import hashlib
import html
import json
import math
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from markupsafe import escape

from il2struct.archive.viewer_library import viewer_release
from il2struct.comparison.tables import compare
from il2struct.escape import markdown
from il2struct.figures import KINDS
from il2struct.figures.drawing import Drawing
from il2struct.interface.interface import InterfaceParameters
from il2struct.palette import Palette
from il2struct.report.page.entry import (
    LARGEST_STRUCTURE,
    bond_lines,
    entry_content,
    entry_payload,
    overview_rotation,
    page_atoms,
)
from il2struct.report.page.page import (
    PageOptions,
    RunContent,
    as_html,
    packed,
    report_page,
    svg_of,
)
from il2struct.report.page.viewer import find_viewer, main
from il2struct.report.summary import summary
from il2struct.results.interfaces import InterfaceResults

TABLES_OF_RUN = (
    *("similarity", "differences", "pairs"),
    *("interfaces", "residues", "bonds"),
)
PLAIN = PageOptions(viewer=None, has_figures=False)


class Reader(HTMLParser):
    """Elements that are open, addresses, and the text of each script."""

    VOID = ("meta", "br", "img", "input")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.addresses: list[str] = []
        self.scripts: dict[str, str] = {}
        self.ids: list[str] = []
        self._script: str | None = None

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.ids += [found["id"]] if "id" in found else []
        self.addresses += [
            v for k, v in attrs if k in ("src", "href", "action") and v is not None
        ]
        if tag == "script":
            self._script = found.get("id") or f"script-{len(self.scripts)}"
            self.scripts[self._script] = ""
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
        self._script = None if tag == "script" else self._script

    def handle_data(self, data):
        if self._script is not None:
            self.scripts[self._script] += data


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


def unpacked(text: str) -> object:
    return json.loads(gzip.decompress(base64.b64decode(text)))


def run_of(*results: InterfaceResults) -> RunContent:
    parameters = InterfaceParameters()
    tables = compare(results)
    return RunContent(
        results=results,
        parameters=parameters,
        tables=tables,
        summary=summary(results, [], tables, parameters),
    )


@pytest.fixture(scope="module")
def page(results) -> str:
    options = PageOptions(viewer="window.$3Dmol = {};", has_figures=False)
    return report_page(run_of(results("2B5I.cif"), results("1Z92.pdb")), options)


class TestMarkdown:
    def test_blocks(self):
        text = "# A\n\nsome `x` words\nand **more**\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
        made = as_html(text)
        assert "<h2>A</h2>" in made
        assert "<p>some <code>x</code> words\nand <strong>more</strong></p>" in made
        assert made.count("<li>") == 2
        cells = re.findall(r"<t[hd](?: [^>]*)?>(.*?)</t[hd]>", made)
        assert cells == ["a", "b", "1", "2"]

    @pytest.mark.parametrize(
        "text",
        [
            "<script>alert(1)</script>",
            '" onload="x',
            "a|b `c` #d [e](f) \\ & &lt; **",
            "\\<b\\>",
            "![x](javascript:1)",
            "*a* _b_ http://x <http://x>",
        ],
    )
    def test_what_is_made_safe_comes_back_as_it_was(self, text):
        for shown in (
            as_html(markdown(text)).removeprefix("<p>").removesuffix("</p>\n"),
            re.search(
                "<td>(.*)</td>", as_html(f"| a |\n|---|\n| {markdown(text)} |\n")
            )[1],
        ):
            assert "<" not in shown
            assert html.unescape(shown) == text

    def test_text_that_nobody_made_safe_is_escaped(self):
        assert as_html("<img src=x onerror=y>") == (
            "<p>&lt;img src=x onerror=y&gt;</p>\n"
        )


def test_packing_is_the_same_every_time():
    value = {"α": [1, 2.5, None, "x" * 100]}
    assert packed(value) == packed(value)
    assert unpacked(packed(value)) == value


def positions_in(payload) -> Callable[..., np.ndarray]:
    """Where an end stands by the atoms and matrices of the page alone."""
    atoms = {}
    for line in payload["coordinates"].splitlines():
        word = line.split()
        if word[0] in ("ATOM", "HETATM"):
            atoms[(word[6], int(word[7]), word[3])] = np.array(word[-3:], float)

    def position(end):
        image = payload["images"][end[0]]
        home = atoms[(f"c{image['chain']}", end[1], end[2])]
        if image["matrix"] is None:
            return home
        matrix = np.array(image["matrix"]).reshape(3, 4)
        return matrix[:, :3] @ home + matrix[:, 3]

    return position


@pytest.mark.entries
class TestPayload:
    def test_every_atom_is_where_the_entry_has_it(self, named_entry):
        named = named_entry("2B5I.cif")
        structure = page_atoms(named.entry)
        rows = [
            line.split()
            for line in structure.coordinates.splitlines()
            if line.startswith(("ATOM", "HETATM"))
        ]
        assert len(rows) == structure.n_atoms < LARGEST_STRUCTURE
        entry = named.entry
        # A slow walk over the entry, residue by residue.
        expected = []
        for row in range(len(entry.residues)):
            if entry.residues.kind[row] == "water":
                continue
            for atom in range(
                entry.residues.atom_start[row], entry.residues.atom_stop[row]
            ):
                if entry.atoms.element[atom] not in ("H", "D"):
                    expected.append(
                        tuple(round(float(x), 3) for x in entry.atoms.coords[atom])
                    )
        found = [tuple(float(x) for x in row[-3:]) for row in rows]
        np.testing.assert_allclose(sorted(found), sorted(expected), atol=1e-9)
        places = {(row[6], row[7]) for row in rows}
        assert {(f"c{c}", str(n)) for c, n in structure.places.values()} <= places

    @pytest.mark.parametrize("name", ["2B5I.cif", "2ERJ.pdb", "1Z92.pdb", "1FDL.pdb"])
    def test_every_row_points_at_atoms_of_the_right_distance(self, results, name):
        content = entry_content(results(name), InterfaceParameters())
        payload = entry_payload(content, Palette())
        position = positions_in(payload)

        def distance(first, second):
            return np.linalg.norm(position(first) - position(second))

        tables = {table["name"]: table for table in payload["tables"]}
        for table in (tables["bonds"], tables["contacts"]):
            place = [h["head"] for h in table["heads"]].index("Distance")
            for row, focus in zip(table["rows"], table["focus"], strict=True):
                # Coordinates have 3 decimals, distances 2.
                assert distance(*focus["ends"]) == pytest.approx(row[place], abs=0.008)
                assert f"{row[place]:.2f} Å" in focus["say"]
        drawn = [bond for joint in payload["joints"] for bond in joint["bonds"]]
        by_water = content.results.bonds[content.results.bonds["is_water_mediated"]]
        inside = payload["joints"][: len(content.results)]
        legs = [
            [np.linalg.norm(position(end) - bond[3]) for end in bond[:2]]
            for joint in inside
            for bond in joint["bonds"]
            if bond[2] == "water_mediated"
        ]
        expected = by_water[["distance_water_1_a", "distance_water_2_a"]].to_numpy()
        np.testing.assert_allclose(
            np.sort(np.reshape(legs, (-1, 2)), axis=0),
            np.sort(expected, axis=0),
            atol=0.002,  # of coordinates with 3 decimals
        )
        # Salt bridges and stacked rings are the longest that are drawn.
        assert max(distance(*bond[:2]) for bond in drawn) < 7.5
        assert {bond[2] for bond in drawn} <= {*bond_lines(), "water_mediated"}
        contacts = tables["lattice_contacts"]["focus"]
        numbers = [focus["joint"] for focus in contacts]
        assert numbers == list(range(len(content.results), len(payload["joints"])))

    def test_neighbours_stand_where_the_crystal_puts_them(self, results):
        named = results("2B5I.cif").named
        content = entry_content(results("2B5I.cif"), InterfaceParameters())
        payload = entry_payload(content, Palette())
        lattice = payload["lattice"]
        moved = [n for n in lattice["images"] if payload["images"][n]["primes"]]
        assert len(lattice["images"]) == 12
        assert len(moved) == 8
        steps = {}
        for number in moved:
            image = payload["images"][number]
            matrix = np.array(image["matrix"]).reshape(3, 4)
            np.testing.assert_allclose(matrix[:, :3], np.eye(3), atol=1e-6)
            steps[image["code"]] = matrix[:, 3]
        cell = named.entry.crystal.cell_a
        # C-centring: half of a and half of b, forth and back.
        for step in steps.values():
            assert np.linalg.norm(step) == pytest.approx(
                np.hypot(cell[0], cell[1]) / 2, abs=1e-3
            )
        assert np.abs(sum(steps.values())).max() < 1e-3

    @pytest.mark.parametrize("name", ["2B5I.cif", "2ERJ.pdb", "1Z92.pdb"])
    def test_the_first_view_is_a_rotation(self, named_entry, name):
        rows = np.array(overview_rotation(named_entry(name)))
        np.testing.assert_allclose(rows @ rows.T, np.eye(3), atol=1e-5)
        assert np.linalg.det(rows) == pytest.approx(1.0, abs=1e-5)

    def test_downloads_are_the_tables(self, results):
        one = results("1Z92.pdb")
        payload = entry_payload(entry_content(one, InterfaceParameters()), Palette())
        for name, table in one.tables().items():
            shown = payload["downloads"][name]
            assert shown["columns"] == list(table.columns)
            assert len(shown["rows"]) == len(table)


@pytest.mark.entries
class TestPage:
    def test_one_whole_file_that_asks_for_nothing(self, page):
        reader = read(page)
        assert all(address.startswith("#") for address in reader.addresses)
        assert {a[1:] for a in reader.addresses} <= set(reader.ids)
        assert len(set(reader.ids)) == len(reader.ids)
        assert "{{" not in page
        rules = re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1]
        assert rules.startswith("default-src 'none'; script-src 'sha256-")
        assert "http" not in rules
        assert "script-src 'unsafe" not in rules
        allowed = re.findall(r"'sha256-([^']*)'", rules)
        run = [
            text for name, text in reader.scripts.items() if name.startswith("script-")
        ]
        digests = [
            base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
            for text in run
        ]
        assert sorted(digests) == sorted(allowed)

    def test_data_and_licence(self, page):
        reader = read(page)
        data = unpacked(reader.scripts["data"])
        assert [entry["id"] for entry in data["entries"]] == ["2B5I", "1Z92"]
        assert set(data["common"]) == {f"compare_{x}" for x in TABLES_OF_RUN}
        assert viewer_release().licence_text in html.unescape(page)

    def test_words_and_numbers(self, page, results):
        text = html.unescape(re.sub(r"<[^>]*>", "", page.split("<script")[0]))
        for interface in results("2B5I.cif"):
            assert f"{interface.burial.area_per_side_a2:.0f} Å² buried per side" in text
        assert "γc C" in text
        assert "Comparison across complexes" in text

    def test_complexes_are_compared_with_the_first(self, page, results):
        data = unpacked(read(page).scripts["data"])
        shown = data["sections"]["comparison"]
        heads = [head["head"] for head in shown["heads"]]
        assert {"DockQ", "Pairs lost / gained"} <= set(heads)
        assert all(head["meaning"] for head in shown["heads"])
        table = compare([results("2B5I.cif"), results("1Z92.pdb")])
        expected = table["compare_similarity"]["dockq"]
        found = [row[heads.index("DockQ")] for row in shown["rows"]]
        np.testing.assert_allclose(
            [math.nan if value is None else value for value in found],
            expected,
            atol=5e-4,  # three decimals are shown
        )
        assert 'id="comparison"' in page
        single = report_page(run_of(results("1Z92.pdb")), PLAIN)
        assert 'id="comparison"' not in single
        assert 'href="#comparison"' not in single

    def test_contacts_of_chains_are_not_called_those_of_complexes(self, page, results):
        assert "Between complexes of the crystal" in page
        # A chain whose complex symmetry makes is a unit, and the interface of the complex is listed too.
        options = PageOptions(viewer="window.$3Dmol = {};", has_figures=False)
        other = report_page(run_of(results("1ROP.pdb")), options)
        assert "Between complexes" not in other
        assert "contacts, inside and between complexes; the largest" in other

    def test_the_same_run_gives_the_same_page(self, page, results):
        options = PageOptions(viewer="window.$3Dmol = {};", has_figures=False)
        again = report_page(run_of(results("2B5I.cif"), results("1Z92.pdb")), options)
        assert again == page

    def test_without_the_viewer_it_says_how_to_get_it(self, results):
        page = report_page(run_of(results("1Z92.pdb")), PLAIN)
        assert "python -m il2struct.report.page.viewer" in page
        assert "Licence" not in page
        assert viewer_release().licence_text[:40] not in page
        assert page.count("<polyline") > 10

    def test_what_has_no_room_is_named(self, results):
        options = replace(PLAIN, largest_data=1)
        run = run_of(results("2B5I.cif"), results("1Z92.pdb"))
        page = report_page(run, options)
        data = unpacked(read(page).scripts["data"])
        assert [entry["id"] for entry in data["entries"]] == ["2B5I"]
        about = page[page.index('id="about"') :]
        assert "Atoms and tables of 1Z92: there is no room" in about
        assert "1Z92" in page[page.index('id="words"') :]  # its words are there

    def test_a_structure_too_large_is_named(self, results, monkeypatch):
        monkeypatch.setattr("il2struct.report.page.entry.LARGEST_STRUCTURE", 100)
        page = report_page(run_of(results("1Z92.pdb")), PLAIN)
        assert "atoms are too many for a browser" in page
        data = unpacked(read(page).scripts["data"])
        assert data["entries"][0]["coordinates"] == ""
        assert data["entries"][0]["tables"]

    def test_words_of_files_are_neither_markup_nor_template(self, results, renamed):
        evil = '{{ 7 * 7 }} {% raw %} </script><b> & "x'
        measured = renamed(results("1Z92.pdb"), entry_id=evil, title=evil)
        page = report_page(run_of(measured), PLAIN)
        reader = read(page)
        assert page.count(escape(evil)) > 3
        assert "<b>" not in page
        assert len(reader.scripts) == 4
        assert unpacked(reader.scripts["data"])["entries"][0]["title"] == evil

    def test_names_of_molecules_are_shown_and_stay_text(self, results):
        evil = "<img src=x> {{ 7 * 7 }} | *b* $x$"
        measured = results("1BRS.pdb")
        entry = measured.named.entry
        chains = tuple(
            replace(c, description=evil) if c.auth_asym_id == "A" else c
            for c in entry.chains
        )
        named = replace(measured.named, entry=replace(entry, chains=chains))
        run = run_of(replace(measured, named=named))
        page = report_page(run, PLAIN)
        read(page)
        assert "<img" not in page
        assert f"{escape(evil)} A – barstar D" in page
        words = html.unescape(re.sub(r"<[^>]*>", "", as_html(run.summary)))
        assert f"{evil} A, barstar D" in words
        assert f"{evil} A – barstar D" in words
        (payload,) = unpacked(read(page).scripts["data"])["entries"]
        assert payload["chains"][0]["label"] == f"{evil} A"
        table = next(t for t in payload["tables"] if t["name"] == "interfaces")
        assert table["rows"][1][0] == "barnase B – barstar E"

    def test_no_entry_at_all(self):
        page = report_page(run_of(), PLAIN)
        data = unpacked(read(page).scripts["data"])
        assert data["entries"] == []

    @pytest.mark.slow
    def test_figures_have_room_and_descriptions(self, results, monkeypatch):
        # Drawn once: the second page has fewer of the same.
        drawn: dict[str, str] = {}
        kinds: list[str] = []

        def svg_once(drawing: Drawing) -> str:
            kinds.append(drawing.kind)
            if drawing.name not in drawn:
                drawn[drawing.name] = svg_of(drawing)
            return drawn[drawing.name]

        monkeypatch.setattr("il2struct.report.page.page.svg_of", svg_once)
        run = run_of(results("1Z92.pdb"))
        page = report_page(run, replace(PLAIN, has_figures=True))
        pictures = unpacked(read(page).scripts["pictures"])
        frames = re.findall(r'id="(picture-\d+)" role="img" aria-label="([^"]+)"', page)
        assert [name for name, _ in frames] == list(pictures)
        assert all(len(words) > 30 for _, words in frames)
        assert all(text.startswith("<svg") for text in pictures.values())
        titles = re.findall(r"<figure class=\"drawing.*?<h4>(.*?)</h4>", page, re.S)
        assert len(titles) == len(pictures) > 5
        assert len(set(titles)) == len(titles)
        # Each figure of an interface leads to it in 3D.
        of_one = {kind.name for kind in KINDS if kind.scope == "interface"}
        assert len(of_one & set(kinds)) >= 4
        assert [k in of_one for k in kinds] == ["data-joint" in t for t in titles]
        small = replace(
            PLAIN, has_figures=True, largest_page=len(page) - len(packed(pictures)) // 2
        )
        less = report_page(run, small)
        assert len(less) < len(page)
        shown = len(unpacked(read(less).scripts["pictures"]))
        assert 0 < shown < len(pictures)
        assert f"{len(pictures) - shown} figures of 1Z92: there is no room" in less


class TestViewer:
    def test_offline_and_a_named_file_bring_nothing(self, tmp_path, monkeypatch):
        def never(*_: object) -> None:
            raise AssertionError

        monkeypatch.setattr("il2struct.report.page.viewer.bring_viewer", never)
        named = {"IL2STRUCT_VIEWER": str(tmp_path / "v.js")}
        assert find_viewer(offline=False, environ=named) is None
        monkeypatch.setattr(
            "il2struct.report.page.viewer.viewer_path",
            lambda *_, **__: tmp_path / "none.js",
        )
        assert find_viewer(offline=True, environ={}) is None

    def test_an_installation_goes_on_without_it(self, tmp_path, monkeypatch, capsys):
        monkeypatch.setenv("IL2STRUCT_VIEWER", str(tmp_path / "v.js"))
        monkeypatch.setenv("PATH", str(tmp_path))
        assert main(["--npm"]) == 0
        told = capsys.readouterr().err
        assert told.count("\n") == 1
        assert "npm" in told
        assert "without the 3D view" in told
