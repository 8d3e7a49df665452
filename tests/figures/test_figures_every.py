"""What holds for every kind of figure: it can be read at both widths, and is the same each time."""

from functools import cache

import pytest
from audit import figure_once, file_faults, layout_faults, unlabelled_axes
from measured import lattice_contacts, measured

from il2struct.errors import ParameterError
from il2struct.figures import KINDS, drawings_of_entry, drawings_of_run, open_book
from il2struct.figures.canvas import TALLEST_MM, all_axes, new_figure

#: Enough for what is not the picture itself.
COARSE = 60
FAMILY = ("2B5I.pdb", "2ERJ.pdb", "1Z92.pdb", "2Z3R.cif", "3QB7.cif")
OF_ENTRY = ("interface", "chain", "entry", "lattice")
OF_STUDY = ("network", "cell")
#: A word that each figure of 2B5I, or of the family, holds as text.
WORDS = {
    "cartoon": "20 Å",
    "contact_map": "IL-2 residue (mature number)",
    "bond_ladder": "IL-2Rα",
    "hot_spot": "H-bond",
    "open_book": "R38",
    "buried_track": "IL-2 (chain A), residue (mature number)",
    "complementarity": "local complementarity S (no unit)",
    "complementarity_profile": "(no unit)",
    "lattice_view": "repeat 71.9 Å",
    "lattice_graph": "repeat 71.9 Å",
    "burial_comparison": "buried area (Å²)",
    "interface_comparison": "IL-2 / IL-2Rα",
    "presence": "K43–E29",
    "overlap": "shared of the smaller site (%)",
    "evidence": "stoichiometry",
    "membrane_chains": "price per contact (kT)",
    "membrane_view": "height above membrane (Å)",
    "dose_response": "response (fraction of plateau)",
    "phase_diagram": "mean chain length (complexes)",
}


@pytest.fixture(scope="module")
def prepared(request):
    """Drawings of a kind, of an entry or of several with it; prepared once."""
    return cache(lambda *of: _prepared(request, *of))


def _prepared(request, kind, name="2B5I.pdb", width=None):
    named_entry = request.getfixturevalue("named_entry")
    look = {"kinds": [kind.name], "width": width, "dpi": COARSE}
    if kind.scope in OF_ENTRY:
        results = measured(named_entry(name))
        lattice = None
        if kind.scope == "lattice":
            lattice = lattice_contacts(named_entry(name))
        return drawings_of_entry(results, lattice=lattice, **look).drawings
    studies = ()
    if kind.scope in OF_STUDY:
        studies = request.getfixturevalue("studies")
    results = [measured(named_entry(each)) for each in FAMILY]
    return drawings_of_run(results, studies=studies, **look).drawings


def _kinds(*scopes):
    """Kinds of some scopes; those of studies are slow."""
    return [
        pytest.param(
            kind, id=kind.name, marks=[pytest.mark.slow] * (kind.scope in OF_STUDY)
        )
        for kind in KINDS
        if kind.scope in scopes
    ]


EVERY = _kinds(*OF_ENTRY, "entries", *OF_STUDY)
pytestmark = pytest.mark.entries


@pytest.mark.parametrize("width", [89.0, 183.0])
@pytest.mark.parametrize("kind", EVERY)
def test_text_can_be_read_and_axes_have_units(prepared, kind, width):
    drawings = prepared(kind, "2B5I.pdb", width)
    assert drawings
    for drawing in drawings[:2]:
        assert layout_faults(drawing) == []
        assert unlabelled_axes(figure_once(drawing)) == []
        assert drawing.width == width
        assert drawing.height_mm <= TALLEST_MM + 0.5


@pytest.mark.slow
@pytest.mark.parametrize("width", [89.0, 183.0])
@pytest.mark.parametrize(
    "name", ["1BRS.pdb", "2Z3R.cif", "1FDL.pdb", "1IGY.cif", "3QB7.cif"]
)
@pytest.mark.parametrize("kind", _kinds(*OF_ENTRY))
def test_text_can_be_read_of_entries_of_other_kinds(prepared, kind, name, width):
    for drawing in prepared(kind, name, width)[:2]:
        assert layout_faults(drawing) == []


@pytest.mark.parametrize("kind", EVERY)
def test_files_are_the_same_each_time_and_hold_text(request, prepared, kind, tmp_path):
    wide = (kind, "2B5I.pdb", 183.0)
    drawing, again = prepared(*wide)[0], _prepared(request, *wide)[0]
    assert file_faults(drawing, again, tmp_path, WORDS[kind.name]) == []
    assert drawing.table.equals(again.table)


@pytest.mark.parametrize("kind", EVERY)
def test_each_draws_into_given_axes_beside_others(prepared, kind):
    figure = new_figure(200.0, 150.0)
    ax = figure.add_axes((0.02, 0.02, 0.8, 0.96))
    assert prepared(kind, "2B5I.pdb", 183.0)[0].draw(ax) is ax
    assert ax.child_axes
    inside = ax.get_window_extent()
    for panel in all_axes(figure):
        box = panel.get_window_extent()
        assert inside.x0 - 1 <= box.x0
        assert box.x1 <= inside.x1 + 1


def test_an_open_book_is_refused_where_its_surfaces_would_be_tiny(named_entry):
    results = measured(named_entry("2B5I.pdb"))
    with pytest.raises(ParameterError, match="give it more room"):
        open_book(results, interface=0, width=40.0)
    small = new_figure(183.0, 40.0).add_axes((0.0, 0.0, 0.3, 1.0))
    with pytest.raises(ParameterError, match="55 × 40 mm"):
        open_book(results, interface=0).draw(small)
