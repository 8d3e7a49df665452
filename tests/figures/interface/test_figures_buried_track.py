"""Track of buried area: bars where the residues are, and everything that lies along a chain."""

import numpy as np
import pytest
from audit import figure_once, layout_faults, unlabelled_axes
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_hex
from measured import axes_named, measured, texts_of

from il2struct.errors import ParameterError, UnknownChainError
from il2struct.figures import buried_area_track
from il2struct.figures.interface.buried_track import chains_with_interfaces
from il2struct.palette import Palette, mixed_with_white
from il2struct.structure.family import sequons
from il2struct.structure.features import chain_axis, features_of


@given(st.text(alphabet="NPSTAG", max_size=40))
@settings(max_examples=100)
def test_sequons_are_what_the_rule_says(sequence):
    slow = [
        i
        for i, (a, b, c) in enumerate(
            zip(sequence, sequence[1:], sequence[2:], strict=False)
        )
        if a == "N" and b != "P" and c in {"S", "T"}
    ]
    assert sequons(sequence) == slow


pytestmark = pytest.mark.entries


@pytest.fixture(scope="module")
def il2(results):
    return buried_area_track(results, chain="IL2")


def test_bars_are_the_residues_of_each_interface(results, il2):
    figure = figure_once(il2)
    residues = results.residues
    partners = {0: "IL2RA", 1: "IL2RB", 2: "IL2RG"}
    for place, role in partners.items():
        (ax,) = axes_named(figure, f"row {place}")
        bars = {
            round(p.get_x() + p.get_width() / 2) + 1: p
            for p in ax.patches
            if p.get_label() != "_gap"
        }
        rows = residues[
            (residues["interface_id"] == f"IL2/{role}")
            & (residues["side"] == 1)
            & (residues["buried_a2"] > 0)
        ].set_index("mature_number")
        # The sequence of this chain is the mature one, so that positions are numbers.
        assert set(bars) == set(rows.index)
        full = Palette().of(role)
        for number, bar in bars.items():
            assert bar.get_height() == pytest.approx(rows.loc[number, "buried_a2"])
            # Residues below 1 Å² have no class.
            is_rim = rows.loc[number, "class_levy"] == "rim" or bar.get_height() < 1.0
            expected = mixed_with_white(full, 0.6) if is_rim else full
            assert to_hex(bar.get_facecolor()).upper() == expected.upper()


def test_marks_of_classes_and_bonds_are_counted_in_the_table(il2):
    figure = figure_once(il2)
    table = il2.table
    for place, role in enumerate(("IL2RA", "IL2RB", "IL2RG")):
        (ax,) = axes_named(figure, f"row {place}")
        own = table[table["interface_id"] == f"IL2/{role}"]
        for name in ("core", "support"):
            drawn = sum(
                len(line.get_xdata()) for line in ax.lines if line.get_label() == name
            )
            assert drawn == (own["class_levy"] == name).sum()
        bonded = [line for line in ax.lines if line.get_label() == "bond"]
        places = {int(x) + 1 for line in bonded for x in line.get_xdata()}
        assert places == set(own[own["mark"] == "bond"]["first_number"])


def test_rows_share_one_scale_that_starts_at_zero(il2):
    figure = figure_once(il2)
    limits = {axes_named(figure, f"row {i}")[0].get_ylim() for i in range(3)}
    assert len(limits) == 1
    assert limits.pop()[0] == 0


def test_gaps_helices_and_sites_of_il2_and_gamma(results, il2):
    gaps = il2.table[il2.table["mark"] == "gap"]
    assert list(zip(gaps["first_number"], gaps["last_number"], strict=True)) == [
        (1, 5),
        (76, 79),
        (99, 102),
    ]
    helices = il2.table[il2.table["mark"] == "helix"]
    assert helices["label"].tolist() == [f"α{i}" for i in range(1, 7)]
    gamma = buried_area_track(results, chain="C").table
    assert gamma[gamma["mark"] == "mutation"]["label"].tolist() == ["N53Q"]
    glycans = gamma[gamma["mark"] == "glycan"]["label"].tolist()
    sites = gamma[gamma["mark"] == "sequon"]["label"].tolist()
    assert glycans
    assert set(glycans) <= set(sites)
    assert len(gamma[gamma["mark"] == "strand"]) == 16


def test_features_are_drawn_once_each(results, il2):
    figure = figure_once(il2)
    (strip,) = axes_named(figure, "structure")
    names = [p.get_label() for p in strip.patches]
    assert names.count("_helix") == (il2.table["mark"] == "helix").sum()
    for place in range(3):
        (ax,) = axes_named(figure, f"row {place}")
        drawn = sum(p.get_label() == "_gap" for p in ax.patches)
        assert drawn == (il2.table["mark"] == "gap").sum()
    gamma = buried_area_track(results, chain="IL2RG")
    (marks,) = axes_named(figure_once(gamma), "marks")
    for mark in ("sequon", "glycan", "mutation"):
        drawn = sum(
            len(line.get_xdata()) for line in marks.lines if line.get_label() == mark
        )
        assert drawn == (gamma.table["mark"] == mark).sum()


def test_names_of_bars_stand_above_every_bar_below_them(il2):
    figure = figure_once(il2)
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    n_names = 0
    for place in range(3):
        (ax,) = axes_named(figure, f"row {place}")
        bars = [p.get_window_extent() for p in ax.patches if p.get_label() != "_gap"]
        for text in ax.texts:
            n_names += 1
            box = text.get_window_extent(renderer)
            assert not any(
                box.x0 < bar.x1 and box.x1 > bar.x0 and box.y0 < bar.y1 - 0.5
                for bar in bars
            )
    assert n_names >= 12
    assert "R38" in texts_of(figure)


def test_tags_and_skipped_numbers_are_features(read_text_as, pdb):
    from il2struct.structure.named import name_entry

    text = pdb.peptide("AAAAAA", numbers=[1, 2, 3, 8, 9, 10])
    named = name_entry(read_text_as(text))
    found = features_of(named, chain_axis(named, "A"))
    gaps = [(f.first_number, f.last_number) for f in found if f.mark == "gap"]
    assert gaps == [(4, 7)]


def test_insertion_codes_have_places_of_their_own(named_entry):
    named = named_entry("1IGY.cif")
    axis = chain_axis(named, named.entry.protein_chains[1].auth_asym_id)
    assert len(set(axis.author.values())) == len(axis.author)
    assert any(code for _, code in axis.author)
    # Its numbers jump 22 times between residues that are bonded: nothing is missing there.
    assert np.count_nonzero(np.diff(axis.number) > 1) > 10
    gaps = [f for f in features_of(named, axis) if f.mark == "gap"]
    assert not [f for f in gaps if f.label.endswith("numbers")]


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["2B5I.pdb", "2Z3R.cif", "3QB7.cif", "1FDL.pdb", "1IGY.cif"]
)
def test_text_can_be_read(name, named_entry):
    results = measured(named_entry(name), sc="none")
    for chain in chains_with_interfaces(results)[:4]:
        drawing = buried_area_track(results, chain=chain)
        assert layout_faults(drawing) == []
        assert unlabelled_axes(figure_once(drawing)) == []


def test_which_chain_must_be_plain(results, named_entry):
    with pytest.raises(ParameterError, match="none is chosen of A, B, C, D"):
        buried_area_track(results)
    with pytest.raises(UnknownChainError, match="'Z'"):
        buried_area_track(results, chain="Z")
    double = measured(named_entry("2ERJ.pdb"))
    with pytest.raises(ParameterError, match="several are IL2 of D, H"):
        buried_area_track(double, chain="IL2")


def test_the_picture_is_what_an_independent_raster_shows(il2, tmp_path):
    """Compare the ink of the bars of α, column by column, with the areas of the table."""
    from PIL import Image

    path = next(p for p in il2.save(tmp_path, formats=["png"]) if p.suffix == ".png")
    with Image.open(path) as picture:
        pixels = np.asarray(picture.convert("RGB")).astype(int)
    figure = figure_once(il2)
    (ax,) = axes_named(figure, "row 0")
    scale = pixels.shape[1] / figure.bbox.width
    bars = il2.table.query("mark == 'bar' and interface_id == 'IL2/IL2RA'")
    orange = [int(Palette().of("IL2RA")[i : i + 2], 16) for i in (1, 3, 5)]
    pale = [
        int(mixed_with_white(Palette().of("IL2RA"), 0.6)[i : i + 2], 16)
        for i in (1, 3, 5)
    ]
    is_bar = np.zeros(pixels.shape[:2], bool)
    for colour in (orange, pale):
        is_bar |= np.abs(pixels - colour).max(axis=-1) < 12
    for row in bars[bars["buried_a2"] > 20].itertuples():
        x, base = ax.transData.transform((row.first_number - 1, 0)) * scale
        _, top = ax.transData.transform((0, row.buried_a2)) * scale
        column = is_bar[:, round(x)]
        ink = column[pixels.shape[0] - round(top) : pixels.shape[0] - round(base)]
        # Edges and the dot of a core residue take up to 8 pixels of 300 dpi.
        assert ink.sum() == pytest.approx(top - base, abs=9)
