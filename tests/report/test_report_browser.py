"""The page in a real browser: Debian's Chromium, headless, with the network watched."""

import io
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from axe_core import axe_script

from absent import absent
from il2struct.comparison.tables import compare
from il2struct.palette import role_colours
from il2struct.report.page.page import PageOptions, RunContent, report_page
from il2struct.report.page.viewer import find_viewer
from il2struct.report.summary import summary
from il2struct.results.interfaces import InterfaceResults
from il2struct.results.study import Study

pytestmark = [pytest.mark.entries, pytest.mark.slow]

HOSTILE = ["<script>alert(1)</script>", '"; quit']
#: Pixels of the canvas that a role's chain covers at least, in the overview.
FEWEST_PIXELS = 500


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        absent("no Chromium is installed: the page was not tried in a browser")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        found = driver.chromium.launch(
            executable_path=path,
            chromium_sandbox=False,
            args=["--enable-unsafe-swiftshader"],
        )
        yield found
        found.close()


@pytest.fixture(scope="module")
def viewer() -> str:
    script = find_viewer(offline=True)
    if script is None:
        absent("the 3D viewer is not here: run `make install`")
    return script


def page_of(
    results: list[InterfaceResults], options: PageOptions, folder: Path
) -> Path:
    parameters = results[0][0].parameters
    tables = compare(results)
    text = summary(results, [], tables, parameters)
    path = folder / "report.html"
    run = RunContent(
        results=results, parameters=parameters, tables=tables, summary=text
    )
    path.write_text(report_page(run, options))
    return path


@dataclass
class Visit:
    """A page that is open, and what it said and asked for."""

    page: object
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def ask(self, script: str) -> object:
        return self.page.evaluate(script)

    def pixels(self) -> np.ndarray:
        """The canvas as (rows, columns, 3)."""
        from PIL import Image

        shot = self.page.locator("#viewer").screenshot()
        return np.asarray(Image.open(io.BytesIO(shot)).convert("RGB")).astype(int)

    def open_tab(self, name: str) -> None:
        self.page.click(f"#tab-{name}")

    def rows(self, table: str) -> object:
        return self.page.locator(f"#panel-{table} tbody tr")


def visit(browser: object, path: Path, width: int = 1280, height: int = 800) -> Visit:
    context = browser.new_context(
        viewport={"width": width, "height": height},
        offline=True,
        accept_downloads=True,
    )
    found = Visit(context.new_page())
    page = found.page
    page.on("console", lambda m: m.type == "error" and found.said.append(m.text))
    page.on("pageerror", lambda error: found.said.append(str(error)))
    page.on("request", lambda request: found.asked.append(request.url))
    page.goto(path.absolute().as_uri())
    page.wait_for_selector('body[data-ready="1"]', timeout=300_000)
    return found


@pytest.fixture(scope="module")
def report(results, viewer, tmp_path_factory) -> Path:
    options = PageOptions(viewer=viewer, has_figures=False)
    return page_of([results("2B5I.cif")], options, tmp_path_factory.mktemp("report"))


@pytest.fixture
def fresh(browser, report) -> Iterator[Visit]:
    """The page, opened for one test: what another did to it must not matter."""
    found = visit(browser, report)
    # The view it comes back to is a little nearer than the first one.
    found.page.keyboard.press("Escape")
    found.open_tab("summary")
    yield found
    found.page.context.close()


def test_one_request_and_no_complaint(fresh, report):
    # The blobs of downloads are the page's own.
    asked = [url for url in fresh.asked if not url.startswith("blob:")]
    assert asked == [report.absolute().as_uri()]
    assert fresh.said == []


def test_each_role_is_drawn_in_its_colour(fresh):
    from colorspacious import cspace_convert

    pixels = fresh.pixels().reshape(-1, 3)
    is_drawn = pixels.min(axis=1) < 245
    assert is_drawn.mean() > 0.02
    seen = cspace_convert(pixels[is_drawn], "sRGB255", "CAM02-UCS")
    roles = ("IL2", "IL2RB", "IL2RG", "IL2RA")
    colours = [
        [int(role_colours()[r][k : k + 2], 16) for k in (1, 3, 5)] for r in roles
    ]
    wanted = cspace_convert(np.array(colours), "sRGB255", "CAM02-UCS")
    # Hue alone cannot tell β from γc: the nearest colour as people see it.
    nearest = np.linalg.norm(seen[:, None] - wanted[None], axis=2).argmin(axis=1)
    counts = np.bincount(nearest, minlength=4)
    assert (counts > FEWEST_PIXELS).all(), dict(zip(roles, counts, strict=True))


#: Atoms of the ends of the row chosen, on the screen, and the box of the canvas.
ENDS = """() => {
  const { state } = window.il2struct;
  const view = state.views.find((one) => one.selected !== null);
  const target = view.table.focus[view.selected];
  const box = document.querySelector("#viewer canvas").getBoundingClientRect();
  const ends = target.ends.map((end) => {
    const [atom] = state.scene.atomsOf(end);
    const at = state.scene.viewer.modelToScreen({ x: atom.x, y: atom.y, z: atom.z });
    return [at.x - box.left - window.scrollX, at.y - box.top - window.scrollY, atom.atom, atom.resn];
  });
  return { ends, width: box.width, height: box.height, say: document.querySelector("#say").textContent };
}"""


@pytest.mark.parametrize("number", [0, 7])
def test_a_bond_lies_level_in_the_middle(fresh, number):
    before = fresh.pixels()
    fresh.open_tab("bonds")
    row = fresh.rows("bonds").nth(number)
    row.click()
    shown = fresh.ask(ENDS)
    (x1, y1, atom_1, _), (x2, y2, atom_2, _) = shown["ends"]
    # Both points have one depth, so that only rounding of the camera's matrix is left.
    assert abs(y1 - y2) < 2.0
    assert x1 < x2
    assert 60 < x2 - x1 < 250
    assert abs((x1 + x2) / 2 - shown["width"] / 2) < 0.2 * shown["width"]
    assert abs(y1 - shown["height"] / 2) < 0.2 * shown["height"]
    assert row.get_attribute("aria-selected") == "true"
    cells = row.locator("td").all_text_contents()
    assert cells[0].endswith(atom_1)
    assert cells[1].endswith(atom_2)
    assert cells[0] in shown["say"]
    assert f"{cells[2]} Å" in shown["say"]
    after = fresh.pixels()
    assert (np.abs(after - before).max(axis=2) > 30).mean() > 0.05


def test_an_interface_fades_the_others(fresh):
    fresh.open_tab("interfaces")
    fresh.rows("interfaces").nth(0).click()
    looks = fresh.ask(
        "Object.fromEntries([...il2struct.state.scene.bodies].map(([n, b]) => "
        "[il2struct.state.scene.chainOf(n).group, b.look]))"
    )
    opacity = {group: float(look.split(" ")[0]) for group, look in looks.items()}
    assert opacity == {"IL-2": 0.45, "IL-2Rα": 0.45, "IL-2Rβ": 0.12, "γc": 0.12}
    assert looks["IL-2"].split(" ")[1].count(",") + 1 == 17  # its interface residues
    fresh.page.keyboard.press("Escape")
    assert fresh.ask(
        "[...il2struct.state.scene.bodies.values()].every((b) => b.look.startsWith('1 '))"
    )


def test_a_role_can_be_switched_off(fresh):
    before = fresh.pixels()
    box = fresh.page.locator('input[data-group="IL-2"]')
    box.uncheck()
    assert fresh.ask(
        "il2struct.state.scene.bodies.get(il2struct.state.entry.home[0]).model"
        ".selectedAtoms({}).every((a) => !a.style.cartoon)"
    )
    assert (np.abs(fresh.pixels() - before).max(axis=2) > 30).mean() > 0.005
    box.check()
    assert (np.abs(fresh.pixels() - before).max(axis=2) > 30).mean() < 0.001


def test_the_lattice_adds_neighbours_by_their_matrices(fresh):
    count = "il2struct.state.scene.viewer.getModel ? [...il2struct.state.scene.bodies.values()].filter((b) => !b.look.startsWith('0')).length : 0"
    assert fresh.ask(count) == 4
    fresh.page.locator("#lattice").check()
    assert fresh.ask(count) == 12
    assert "step 71.9 Å" in fresh.page.locator("#say").text_content()
    labels = fresh.ask("il2struct.state.scene.viewer.labels.map((l) => l.text)")
    assert sorted(labels) == ["IL-2Rα", "IL-2Rα′", "IL-2Rα′", "γc", "γc′", "γc′"]
    moved = fresh.ask(
        """() => {
          const { scene, entry } = il2struct.state;
          const other = entry.lattice.images.find((n) => entry.images[n].primes);
          const chain = entry.images[other].chain;
          const home = entry.home.find((n) => entry.images[n].chain === chain);
          const [a, b] = [home, other].map((n) => scene.body(n).traces);
          return a.map((p, k) => Math.hypot(p[0] - b[k][0], p[1] - b[k][1], p[2] - b[k][2]));
        }"""
    )
    # C 1 2 1: the neighbour along the chain is a translation, 71.9 Å for every atom.
    assert np.ptp(moved) < 0.01
    assert abs(np.mean(moved) - 71.9) < 0.1


def test_tables_sort_and_filter(fresh):
    fresh.open_tab("residues")
    column = fresh.page.locator("#panel-residues th").all_text_contents()
    place = next(k for k, name in enumerate(column) if name.startswith("Buried"))
    head = fresh.page.locator("#panel-residues th").nth(place)
    cells = fresh.page.locator(f"#panel-residues tbody td:nth-child({place + 1})")
    n_rows = len(cells.all_text_contents())
    assert n_rows == 146  # interface residues; the file has those that only touch too
    for direction, order in (("descending", -1), ("ascending", 1)):
        head.locator("button").click()
        assert head.get_attribute("aria-sort") == direction
        values = [float(text) for text in cells.all_text_contents()]
        assert values == sorted(values, reverse=order < 0)
        assert len(values) == n_rows
    fresh.page.fill("#panel-residues input", "arg")
    shown = fresh.page.locator("#panel-residues tbody tr").all_text_contents()
    assert 0 < len(shown) < n_rows
    assert all("arg" in text.lower() for text in shown)
    fresh.page.fill("#panel-residues input", "")
    # Numbers in names sort by size.
    fresh.page.locator("#panel-residues th button").first.click()
    names = fresh.page.locator("#panel-residues tbody td:nth-child(1)")
    alanines = [int(n[3:]) for n in names.all_text_contents() if n.startswith("Ala")]
    assert alanines == sorted(alanines)


def test_search_knows_letters_numbers_and_other_names(fresh):
    fresh.open_tab("residues")
    cells = fresh.page.locator("#panel-residues tbody td:nth-child(1)")
    for searched, expected in (
        ("R38", {"Arg38", "Cys3"}),  # Cys3 of α is bonded to it
        ("arg38 IL2", {"Arg38", "Cys3"}),
        ("il-2ra glu1", {"Glu1"}),
        ("R3", set()),
    ):
        fresh.page.fill("#panel-residues input", searched)
        assert set(cells.all_text_contents()) == expected, searched


def test_other_tables_follow_the_chosen_interface_and_residue(fresh):
    def shown(name):
        fresh.open_tab(name)
        return fresh.page.locator(f"#panel-{name} tbody tr").all_text_contents()

    everything = {name: shown(name) for name in ("bonds", "residues", "contacts")}
    fresh.open_tab("interfaces")
    fresh.page.locator("#panel-interfaces tbody tr").first.click()
    own = {name: shown(name) for name in everything}
    assert all(0 < len(own[name]) < len(everything[name]) for name in own)
    assert all("IL-2Rα" in row for row in own["bonds"])
    chosen = fresh.page.locator("#panel-contacts .chosen")
    assert chosen.text_content() == "IL-2 A – IL-2Rα D only ×"
    chosen.click()
    assert {name: shown(name) for name in everything} == everything
    fresh.open_tab("residues")
    fresh.page.locator("#panel-residues tbody tr", has_text="Arg38").first.click()
    assert all("Arg38" in row for row in shown("bonds"))
    fresh.page.keyboard.press("Escape")
    assert shown("bonds") == everything["bonds"]


def test_headings_explain_themselves_by_mouse_and_keyboard(fresh):
    fresh.open_tab("interfaces")
    heads = fresh.page.locator("#panel-interfaces th button")
    words = fresh.page.locator("#meaning-interfaces")
    for k in range(heads.count()):
        heads.nth(k).focus()
        head = heads.nth(k).text_content().split(" (")[0]
        assert words.text_content().startswith(f"{head}: "), head


def test_complexes_are_compared_on_the_page(browser, results, tmp_path):
    both = [results("2B5I.cif"), results("2ERJ.pdb")]
    path = page_of(both, PageOptions(viewer=None, has_figures=False), tmp_path)
    found = visit(browser, path)
    table = compare(both)["compare_similarity"]
    assert found.rows("compare_similarity").count() == len(table)
    found.page.locator("#comparison th button", has_text="fnat").focus()
    words = found.page.locator("#meaning-compare_similarity").text_content()
    assert words.startswith("fnat: ")
    found.page.fill("#comparison input[type=search]", "IL2RA")
    assert found.rows("compare_similarity").count() == 2
    assert found.said == []
    assert found.ask("document.documentElement.scrollWidth") <= 1280
    found.page.context.close()


def test_paper_has_the_picture_and_no_long_lists(fresh):
    from pypdf import PdfReader

    fresh.page.emulate_media(media="screen")
    paper = PdfReader(io.BytesIO(fresh.page.pdf(format="A4")))
    assert len(paper.pages) <= 12
    assert len(paper.pages[0].images) >= 1


def test_everything_works_from_the_keyboard(fresh):
    page = fresh.page
    page.locator("#tab-summary").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert page.locator("#tab-bonds").get_attribute("aria-selected") == "true"
    assert page.locator("#panel-bonds").is_visible()
    page.locator("#panel-bonds th button").last.focus()
    page.keyboard.press("Tab")
    active = "document.activeElement.dataset.row"
    first = fresh.ask(active)
    assert first is not None
    page.keyboard.press("ArrowDown")
    assert fresh.ask(active) not in (None, first)
    page.keyboard.press("Enter")
    third = page.locator("#say").text_content()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    assert page.locator("#say").text_content() not in ("", third)
    assert len(fresh.ask(ENDS)["ends"]) == 2
    page.locator("#viewer").focus()
    view = fresh.ask("il2struct.state.scene.viewer.getView()")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("+")
    assert fresh.ask("il2struct.state.scene.viewer.getView()") != view
    page.keyboard.press("Escape")
    assert page.locator('tr[aria-selected="true"]').count() == 0


def test_words_of_the_summary_point_too(fresh):
    button = fresh.page.locator(".entry-summary button").first
    button.click()
    assert button.text_content() in fresh.page.locator("#say").text_content()
    assert fresh.ask("il2struct.state.scene.bodies.get(0).look.startsWith('0.45')")


def test_axe_finds_nothing_serious(fresh):
    axe = axe_script()
    if axe is None:
        absent("axe-core is not here: run `make dev`")
    fresh.ask(axe)
    found = []
    for scheme, tab in product(("light", "dark"), ("summary", "bonds")):
        fresh.page.emulate_media(color_scheme=scheme)
        fresh.open_tab(tab)
        found += fresh.ask(
            "axe.run(document, { resultTypes: ['violations'] }).then((run) => run.violations"
            ".map((v) => [v.impact, v.id, v.nodes.map((n) => n.html.slice(0, 200))]))"
        )
    assert [v for v in found if v[0] in ("serious", "critical")] == []


def test_letters_and_the_view_name_the_same_residue(fresh):
    """Forth: a key on the strip names Arg38 in 3D. Back: the pointer on Arg38 marks its letter."""
    page = fresh.page
    page.locator(".letters").first.focus()
    for _ in range(38):
        page.keyboard.press("ArrowRight")
    tip = page.locator("#tip").text_content()
    assert tip.startswith("IL-2 (A) Arg38; IL-2 A – IL-2Rα D: 130 Å² buried")
    alpha = """() => {
      const { scene } = il2struct.state;
      const [atom] = scene.atomsOf([0, 38, "CA"]);
      const { left, top } = scene.element.getBoundingClientRect();
      const own = scene.project([atom.x, atom.y, atom.z]);
      const other = scene.viewer.modelToScreen(atom);
      return [own.x + left, own.y + top, other.x - scrollX, other.y - scrollY];
    }"""
    x, y, *by_viewer = fresh.ask(alpha)
    assert [x, y] == pytest.approx(by_viewer, abs=0.1)
    page.keyboard.press("Enter")
    assert "IL-2 (A) Arg38" in page.locator("#say").text_content()
    selected = page.locator('.letter[aria-selected="true"]')
    assert selected.get_attribute("aria-label") == (
        "Arg38, interface with IL-2Rα (D), 1 bond"
    )
    fresh.open_tab("bonds")
    rows = fresh.rows("bonds").all_text_contents()
    assert rows
    assert all("Arg38" in row for row in rows)
    x, y, *_ = fresh.ask(alpha)
    page.mouse.move(x, y)
    assert page.locator(".letter.pointed").get_attribute("id") == "letter-0-38"
    page.mouse.move(5, 5)
    assert page.locator("#tip").is_hidden()


def test_a_bond_through_a_water_passes_through_it(fresh):
    fresh.open_tab("bonds")
    fresh.page.fill("#panel-bonds input", "water")
    fresh.rows("bonds").first.click()
    spheres = fresh.ask(
        "il2struct.state.scene.viewer.shapes.filter((s) => s.intersectionShape"
        " && s.intersectionShape.sphere.length).length"
    )
    assert spheres >= 1


def test_downloads_are_the_tables(fresh, results):
    tables = results("2B5I.cif").tables()
    for name, table in ((name, tables[name]) for name in ("bonds", "interfaces")):
        with fresh.page.expect_download() as started:
            fresh.page.click(f'#files button[data-file="{name}"]')
        assert started.value.suggested_filename == f"{name}.csv"
        read = pd.read_csv(started.value.path())
        assert list(read.columns) == list(table.columns)
        assert len(read) == len(table)
        for column in ("distance_a", "area_per_side_a2"):
            if column in table:
                # Seven digits are written.
                np.testing.assert_allclose(read[column], table[column], rtol=1e-6)


def test_narrow_screens_scroll_one_way(browser, report):
    narrow = visit(browser, report, 400, 800)
    assert narrow.ask("document.documentElement.scrollWidth") <= 400
    narrow.open_tab("bonds")
    assert narrow.ask("document.documentElement.scrollWidth") <= 400
    narrow.rows("bonds").nth(0).click()
    assert len(narrow.ask(ENDS)["ends"]) == 2
    smallest = narrow.ask(
        "Math.min(...[...document.querySelectorAll('.controls button, .tabs button, .tools button')]"
        ".filter((b) => b.offsetParent).map((b) => b.getBoundingClientRect().height))"
    )
    assert smallest >= 24  # WCAG 2.2, target size (minimum)
    narrow.page.context.close()


def test_hostile_names_stay_text(
    browser, named_entry, with_chain_names, viewer, tmp_path
):
    named = with_chain_names(
        named_entry("1Z92.pdb").entry,
        dict(zip("AB", HOSTILE, strict=True)),
        entry_id="</script><img src=x onerror=alert(1)>",
        title=" ".join((HOSTILE[0], "&", HOSTILE[1], "{{ data }} $x$ </style>")),
    )
    results = [Study(named).interfaces()]
    path = page_of(results, PageOptions(viewer=viewer), tmp_path)
    found = visit(browser, path)
    alerts: list[str] = []
    found.page.on("dialog", lambda d: (alerts.append(d.message), d.dismiss()))
    for tab in ("interfaces", "bonds", "chains"):
        found.open_tab(tab)
        found.rows(tab).nth(0).click()
    found.page.locator("#lattice").check()
    assert alerts == []
    assert found.said == []
    assert found.ask("document.images.length") == 0
    assert found.ask("document.scripts.length") == 5
    assert HOSTILE[0] in found.page.locator(".entry-summary").text_content()
    assert "{{ data }}" in found.page.locator(".entry-summary").text_content()
    assert HOSTILE[1] in found.page.locator("#panel-chains").text_content()
    found.page.wait_for_selector("body[data-figures]", timeout=300_000)
    frames = found.page.locator(".drawing .picture")
    assert frames.count() > 5
    found.page.locator(".drawing h4 button").first.click()
    assert found.ask("il2struct.state.scene.bodies.get(0).opacity") == 0.45
    found.page.locator(".enlarge").first.click()
    assert found.page.locator(".drawing.large").count() == 1
    assert found.page.locator(".drawing svg").count() == frames.count()
    assert found.page.locator("parsererror").count() == 0
    repeated = found.ask(
        "(() => { const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);"
        " return ids.length - new Set(ids).size; })()"
    )
    assert repeated == 0
    assert found.said == []
    found.page.context.close()


def test_without_the_viewer_pictures_stand_in(browser, results, tmp_path):
    path = page_of(
        [results("1Z92.pdb")], PageOptions(viewer=None, has_figures=False), tmp_path
    )
    found = visit(browser, path)
    assert found.said == []
    assert found.page.locator("#viewer svg").is_visible()
    assert found.page.locator("#viewer canvas").count() == 0
    assert "brings the viewer" in found.page.locator("#say").text_content()
    found.open_tab("bonds")
    found.rows("bonds").nth(0).click()
    assert "Å" in found.page.locator("#say").text_content()
    found.page.context.close()
