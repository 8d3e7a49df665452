"""Catalogue: every figure that results allow, and a reason for each that is missing."""

import re
from pathlib import Path

import pytest
from audit import figure_once
from measured import measured

import il2struct.figures
from il2struct.errors import ParameterError
from il2struct.figures import (
    KINDS,
    checked_kinds,
    drawings_of_entry,
    drawings_of_lattice,
    drawings_of_run,
    folder_name,
    named_apart,
    wanted_scopes,
)
from il2struct.palette import Palette
from il2struct.results.interfaces import InterfaceResults

#: Kinds of no entry: trajectories, pages, and what somebody asks for by name.
OF_OTHERS = {
    "agonists",
    "bond_occupancy",
    "interface_course",
    "panel",
    "variants",
    "confidence",
}
NAMES = [kind.name for kind in KINDS]
PER_INTERFACE = [k.name for k in KINDS if k.scope == "interface"]


def test_kinds_are_exactly_those_that_drawings_say():
    folder = Path(il2struct.figures.__file__).parent
    code = "\n".join(
        p.read_text(encoding="utf-8") for p in sorted(folder.rglob("*.py"))
    )
    said = set(re.findall(r'^        kind="(\w+)",$', code, flags=re.MULTILINE))
    assert said - OF_OTHERS == set(NAMES)
    assert len(set(NAMES)) == len(NAMES)
    assert all(kind.about and kind.scope for kind in KINDS)


def test_kinds_can_be_chosen_and_typos_are_refused():
    assert checked_kinds([" contact_map", "overlap", ""]) == {"contact_map", "overlap"}
    for wrong in (["contactmap"], [], [""]):
        with pytest.raises(ParameterError, match="contact_map, bond_ladder"):
            checked_kinds(wrong)
    assert wanted_scopes(["overlap", "contact_map"]) == {"entries", "interface"}


@pytest.mark.entries
def test_an_entry_has_all_figures_once(named_entry):
    results = measured(named_entry("2B5I.pdb"))
    found = drawings_of_entry(results)
    assert found.left_out == ()
    kinds = [drawing.kind for drawing in found.drawings]
    for kind in PER_INTERFACE:
        assert kinds.count(kind) == len(results) == 4
    assert kinds.count("buried_track") == 4
    assert kinds.count("complementarity") == 1
    names = [drawing.name for drawing in found.drawings]
    assert len({name.lower() for name in names}) == len(names)
    for drawing in found.drawings:
        assert drawing.title
        assert drawing.alt.endswith(".")
        assert drawing.caption.endswith(".")
        assert len(drawing.table)


@pytest.mark.entries
def test_what_cannot_be_drawn_is_told(named_entry):
    results = measured(named_entry("2B5I.pdb"), sc="none")
    found = drawings_of_entry(results, kinds=["contact_map", "complementarity"])
    assert {d.kind for d in found.drawings} == {"contact_map"}
    assert len(found.left_out) == 1
    assert found.left_out[0].startswith("complementarity of 2B5I: ")
    assert "sc='value'" in found.left_out[0]


@pytest.mark.entries
def test_an_entry_without_interfaces_has_no_figures(named_entry):
    empty = InterfaceResults(named_entry("2B5I.pdb"), ())
    found = drawings_of_entry(empty)
    assert found.drawings == ()
    assert drawings_of_run([empty]).drawings == ()
    assert drawings_of_lattice([]).drawings == ()


@pytest.mark.entries
def test_width_and_palette_reach_every_figure(named_entry):
    results = measured(named_entry("1Z92.pdb"))
    palette = Palette().with_roles({"IL2": "#123456"})
    kinds = ["contact_map", "bond_ladder", "buried_track", "complementarity"]
    found = drawings_of_entry(results, palette=palette, kinds=kinds, width=140.0)
    assert {d.width for d in found.drawings} == {140.0}

    for drawing in found.drawings:
        if drawing.kind == "contact_map":
            figure = figure_once(drawing)
            assert figure.get_figwidth() * 25.4 == pytest.approx(140.0)


@pytest.mark.entries
def test_several_complexes_are_compared(named_entry):
    one = measured(named_entry("1Z92.pdb"))
    assert drawings_of_run([one]).drawings == ()
    both = [one, measured(named_entry("2B5I.pdb"))]
    found = drawings_of_run(both, width=150.0)
    assert {d.kind for d in found.drawings} == {
        "burial_comparison",
        "interface_comparison",
        "presence",
        "overlap",
    }
    assert {d.width for d in found.drawings} == {150.0}


@pytest.mark.entries
@pytest.mark.slow
def test_a_network_study_has_its_figures(alpha_study, beta_study, named_entry):
    results = [measured(named_entry("2B5I.pdb"))]
    found = drawings_of_run(results, studies=[alpha_study, beta_study], width=160.0)
    wanted = {k.name for k in KINDS if k.scope in ("network", "cell")}
    assert {d.kind for d in found.drawings} == wanted
    assert {d.width for d in found.drawings} == {160.0}


def test_names_of_files_stay_apart_and_short():
    from test_figures_style import _drawing

    drawings = [
        _drawing(None, name="track_A"),
        _drawing(None, name="track_a"),
        _drawing(None, name="x" * 300),
        _drawing(None, name="x" * 200),
    ]
    names = [d.name for d in named_apart(drawings)]
    assert names[:2] == ["track_A", "track_a_2"]
    assert names[2:] == ["x" * 120, "x" * 120 + "_2"]
    assert folder_name("../..", []) == "entry"
    assert folder_name("2B5I", ["2B5I"]) == "2B5I_2"
