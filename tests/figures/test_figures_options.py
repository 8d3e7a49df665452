"""Options of all kinds of figure: kept by the drawing, the same everywhere, and read where they matter."""

import numpy as np
import pytest
from audit import figure_once, layout_faults, visible_texts
from measured import measured, texts_of

from il2struct.errors import ParameterError
from il2struct.figures import (
    bond_ladder,
    bond_presence,
    burial_comparison,
    buried_area_track,
    contact_map,
    hot_spot,
    open_book,
    options,
)
from il2struct.figures.options import FigureOptions, current


@pytest.fixture(scope="module")
def results(named_entry):
    return measured(named_entry("2B5I.pdb"))


def test_options_end_with_their_context_and_build_on_each_other():
    with options(water=False), options(labels=3) as inner:
        assert inner == FigureOptions(water=False, labels=3)
    assert current() == FigureOptions()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"type_scale": 3.0}, "by 1 to 2, not 3"),
        ({"labels": -1}, "from 0"),
        ({"copies": "mean"}, "each or merged, not 'mean'"),
    ],
)
def test_wrong_values_are_refused(wrong, words):
    with pytest.raises(ParameterError, match=words), options(**wrong):
        pass


@pytest.mark.entries
@pytest.mark.parametrize("kind", [bond_ladder, contact_map, hot_spot])
def test_larger_type_keeps_the_width_and_meets_nothing(results, kind):
    with options(type_scale=1.3):
        drawing = kind(results, interface="IL2/IL2RA", width=120.0)
    assert layout_faults(drawing) == []  # the width is checked too
    plain = kind(results, interface="IL2/IL2RA", width=120.0 / 1.3)
    sizes, usual = (
        sorted((t.get_text(), t.get_fontsize()) for t in visible_texts(figure))
        for figure in map(figure_once, (drawing, plain))
    )
    # Where ticks stand depends on the size of their axis; the words do not.
    for text in {text for text, _ in sizes} & {text for text, _ in usual}:
        larger = {points for word, points in sizes if word == text}
        assert np.allclose(
            sorted(larger),
            [1.3 * p for p in sorted({p for w, p in usual if w == text})],
        )


@pytest.mark.entries
def test_water_and_numbers_can_be_left_out(results):
    usual = bond_ladder(results, interface="IL2/IL2RA")
    with options(water=False, numbers=False):
        bare = bond_ladder(results, interface="IL2/IL2RA")
        spot = hot_spot(results, interface="IL2/IL2RA")
    assert "water_mediated" in set(usual.table["kind"])
    assert "water_mediated" not in set(bare.table["kind"])
    # They are drawn as they were prepared, outside the context too.
    for drawing in (bare, spot):
        assert not [
            t for t in texts_of(figure_once(drawing)) if "2.8" in t and "×" not in t
        ]


@pytest.mark.entries
def test_as_many_residues_are_named_as_asked_for(results):
    with options(labels=2):
        book = open_book(results, interface="IL2/IL2RA", dpi=60)
        track = buried_area_track(results, chain="A")
    assert book.table.groupby("side")["is_named"].sum().tolist() == [2, 2]
    bars = track.table[track.table["mark"] == "bar"]
    for _, row in bars.groupby("interface_id"):
        labels = row.sort_values("buried_a2", ascending=False)["label"]
        drawn = [t for t in texts_of(figure_once(track)) if t in set(labels)]
        assert len(set(drawn)) <= 2 * bars["interface_id"].nunique()


@pytest.mark.entries
def test_copies_are_merged_by_residue_and_by_bond(named_entry):
    entries = [measured(named_entry(name)) for name in ("2B5I.pdb", "2Z3R.cif")]
    with options(copies="merged"):
        burial, presence = burial_comparison(entries), bond_presence(entries)
    each = burial_comparison(entries).table
    keys = ["role_1", "role_2", "entry_id", "mature_number"]
    merged = burial.table.set_index(keys)
    assert merged.index.is_unique
    for column, of in (
        *(("buried_a2", "mean"), ("minimum_a2", "min")),
        ("maximum_a2", "max"),
    ):
        wanted = each.groupby(keys)["buried_a2"].agg(of).reindex(merged.index)
        assert np.allclose(merged[column], wanted, equal_nan=True)
    keys = [*keys[:3], "mature_number_1", "mature_number_2", "kind"]
    bonds, single = presence.table.set_index(keys), bond_presence(entries).table
    assert bonds.index.is_unique
    assert bonds.xs("2Z3R", level="entry_id")["n_complexes"].unique().tolist() == [8]
    made = single["state"].isin(["present", "conditional"])
    wanted = made.groupby([single[key] for key in keys]).sum().reindex(bonds.index)
    assert bonds["n_made"].tolist() == wanted.tolist()
    for drawing in (burial, presence):
        assert layout_faults(drawing) == []
