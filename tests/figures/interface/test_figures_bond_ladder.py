"""Bond ladder: lines are the bonded pairs, few cross, and labels do not collide."""

import sys
from itertools import combinations

import numpy as np
import pytest
from audit import figure_once
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_hex
from matplotlib.patches import Polygon
from measured import axes_named, measured, texts_of

from il2struct.errors import ParameterError
from il2struct.figures import bond_ladder, hot_spot
from il2struct.figures.interface import residues
from il2struct.figures.interface.bond_ladder import LINES, n_crossings, uncrossed_order
from il2struct.palette import Palette

LINKS = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=25)


def slow_crossings(links, order):
    place = {element: row for row, element in enumerate(order)}
    return sum(
        (a - c) * (place[b] - place[d]) < 0 for (a, b), (c, d) in combinations(links, 2)
    )


@given(LINKS, st.permutations(range(9)))
@settings(max_examples=100)
def test_crossings_are_counted_pair_by_pair(links, order):
    assert n_crossings(links, order) == slow_crossings(links, order)


@given(LINKS)
@settings(max_examples=100)
def test_the_order_crosses_no_more_than_the_sequence(links):
    order = uncrossed_order(links, 9)
    assert sorted(order) == list(range(9))
    assert slow_crossings(links, order) <= slow_crossings(links, range(9))


@given(st.permutations(range(8)))
@settings(max_examples=30)
def test_a_perfect_order_is_found(order):
    links = list(enumerate(order))
    assert n_crossings(links, uncrossed_order(links, 8)) == 0


@pytest.fixture(scope="module")
def alpha(results):
    return bond_ladder(results, interface="IL2/IL2RA")


def _lines(figure):
    return [
        line
        for ax in axes_named(figure, "links")
        for line in ax.lines
        if line.get_label().lstrip("_") in LINES
    ]


@pytest.mark.entries
def test_lines_are_the_joined_pairs(results, alpha):
    lines = alpha.table[alpha.table["mark"] == "line"]
    drawn = [line.get_label().lstrip("_") for line in _lines(figure_once(alpha))]
    assert sorted(drawn) == sorted(lines["kind"])
    contacts = results.contacts.query("interface_id == 'IL2/IL2RA'")
    near = contacts[contacts["distance_a"] <= 4.0]
    pairs = set(zip(near["mature_number_1"], near["mature_number_2"], strict=True))
    shown = {
        (int(a[1:]), int(b[1:]))
        for a, b in zip(lines["residue_1"], lines["residue_2"], strict=True)
    }
    assert pairs <= shown
    bonds = results.bonds.query("interface_id == 'IL2/IL2RA' and is_hydrogen_bond")
    bonded = lines[lines["kind"].isin(["hydrogen_bond", "salt_bridge"])]
    numbers = {
        (int(a[1:]), int(b[1:]))
        for a, b in zip(bonded["residue_1"], bonded["residue_2"], strict=True)
    }
    found = set(zip(bonds["mature_number_1"], bonds["mature_number_2"], strict=True))
    assert found <= numbers


@pytest.mark.entries
def test_line_styles_tell_the_kinds_apart_in_grey():
    looks = {(str(dashes), width) for _, dashes, width in LINES.values()}
    assert len(looks) == len(LINES)


@pytest.mark.entries
def test_arrowheads_point_at_acceptors(alpha):
    lines = alpha.table[alpha.table["mark"] == "line"]
    figure = figure_once(alpha)
    (ax,) = axes_named(figure, "links")
    heads = [p for p in ax.patches if isinstance(p, Polygon)]
    assert len(heads) == lines["acceptor_side"].notna().sum()
    middle = np.mean(ax.get_xlim())
    tips = [head.get_xy()[0][0] > middle for head in heads]
    assert sum(tips) == (lines["acceptor_side"] == 2).sum()
    # Arg36 of α gives its hydrogen to Glu62 of IL-2.
    bridge = lines.query("residue_1 == 'E62' and residue_2 == 'R36'").iloc[0]
    assert (bridge["kind"], bridge["acceptor_side"]) == ("salt_bridge", 1)
    assert (bridge["chain_part_1"], bridge["chain_part_2"]) == ("s", "s")


@pytest.mark.entries
def test_each_bond_carries_its_length(alpha):
    lines = alpha.table[alpha.table["mark"] == "line"]
    texts = texts_of(figure_once(alpha))
    for row in lines[lines["kind"] != "contact"].itertuples():
        several = f" ×{row.n_bonds}" if row.n_bonds > 1 else ""
        label = f"{row.chain_part_1} {row.distance_a:.1f}{several} {row.chain_part_2}"
        assert (label in texts) == (row.kind != "water_mediated")


@pytest.mark.entries
def test_bars_are_the_buried_areas_on_one_scale(alpha):
    figure = figure_once(alpha)
    bars = alpha.table[alpha.table["mark"] == "bar"]
    limits = set()
    for side, role in ((1, "IL2"), (2, "IL2RA")):
        (ax,) = axes_named(figure, f"bars {side}")
        expected = bars[bars[f"residue_{side}"].notna()]
        assert [p.get_width() for p in ax.patches] == pytest.approx(
            expected["buried_a2"].tolist()
        )
        colours = {to_hex(p.get_facecolor()).upper() for p in ax.patches}
        assert colours == {Palette().of(role)}
        assert ax.get_xlabel() == "buried (Å²)"
        limits.add(tuple(sorted(ax.get_xlim())))
    assert len(limits) == 1


@pytest.mark.entries
def test_left_column_is_in_sequence_and_order_is_a_choice(results, alpha):
    bars = alpha.table[alpha.table["mark"] == "bar"]
    left = [int(name[1:]) for name in bars["residue_1"].dropna()]
    assert left == sorted(left)
    plain = bond_ladder(results, interface="IL2/IL2RA", order="sequence")
    right = plain.table[plain.table["mark"] == "bar"]["residue_2"].dropna()
    numbers = [int(name[1:]) for name in right]
    assert numbers == sorted(numbers)
    assert plain.name != alpha.name
    with pytest.raises(ParameterError, match="uncrossed or sequence"):
        bond_ladder(results, interface=0, order="random")

    def crossings(drawing):
        lines = drawing.table[drawing.table["mark"] == "line"]
        links = list(zip(lines["row_1"], lines["row_2"], strict=True))
        return slow_crossings(links, range(lines["row_2"].max() + 1))

    assert crossings(alpha) < crossings(plain)


@pytest.mark.entries
def test_a_large_interface_is_cut_into_panels(named_entry):
    drawing = bond_ladder(measured(named_entry("1FDL.pdb")), interface="H/L")
    table = drawing.table
    assert drawing.width == "double"
    assert set(table["panel"]) == {1, 2}
    assert table[["row_1", "row_2"]].max().max() <= 35
    bars = table[table["mark"] == "bar"]
    left = bars["residue_1"].dropna()
    assert left.is_unique  # the right column may repeat
    lines = table[table["mark"] == "line"]
    assert not lines.duplicated(["residue_1", "residue_2"]).any()
    assert len(axes_named(figure_once(drawing), "links")) == 2


@pytest.mark.entries
@pytest.mark.parametrize("kind", [bond_ladder, hot_spot])
def test_an_interface_where_nothing_is_near_is_refused(results, monkeypatch, kind):
    # As between two chains whose closest atoms are 4 to 5 Å apart (1IGY, B and C).
    module = sys.modules[kind.__module__]
    monkeypatch.setattr(module, "CONTACT_A", 0.0)
    for where in (module, residues):
        monkeypatch.setattr(where, "direct_bonds", lambda *_, **__: (), raising=False)
    with pytest.raises(ParameterError, match=r"no bond and no residues? within"):
        kind(results, interface="IL2/IL2RA")
