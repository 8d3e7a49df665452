"""Tilt of chains on the membrane, and what it adds to the contact."""

import math
from dataclasses import replace

import numpy as np
import pytest
from audit import figure_once, layout_faults, unlabelled_axes
from matplotlib.collections import PathCollection
from matplotlib.patches import StepPatch

from il2struct.errors import ParameterError
from il2struct.figures.canvas import all_axes
from il2struct.figures.membrane_chains import (
    TILT_EDGES_DEG,
    membrane_drawings,
    membrane_price,
    tilt,
)
from il2struct.network.evidence.study import long_chains
from il2struct.network.evidence.survey import focal_lines

pytestmark = [pytest.mark.entries, pytest.mark.slow]


def without_focal_line(study):
    own = focal_lines(study.focal, study.membrane)
    return replace(
        study, membrane=tuple(line for line in study.membrane if line not in own)
    )


@pytest.fixture(scope="module")
def prices(studies):
    """Drawings of prices of both studies."""
    return [membrane_price(study) for study in studies]


@pytest.fixture(scope="module")
def tilts(studies):
    """Drawings of tilts of both studies."""
    return [tilt(study) for study in studies]


@pytest.fixture(scope="module")
def alpha_tilt(tilts):
    return tilts[0]


class TestTilt:
    def test_one_step_a_row_of_the_table(self, alpha_tilt):
        drawing = alpha_tilt
        steps = [
            patch.get_data().values
            for ax in all_axes(figure_once(drawing))
            for patch in ax.patches
            if isinstance(patch, StepPatch)
        ]
        assert sum(len(s) for s in steps) == len(drawing.table)
        drawn = np.sort(np.concatenate(steps))
        wanted = np.sort(drawing.table["probability_density"].to_numpy())
        assert np.allclose(drawn, wanted, rtol=1e-12, atol=0.0)

    def test_each_distribution_sums_to_1_with_the_mean_of_the_study(
        self, alpha_study, alpha_tilt
    ):
        table = alpha_tilt.table
        lines = focal_lines(alpha_study.focal, alpha_study.membrane)
        key = ["complex_id", "operator_2", "entry_id"]
        for n_complexes in (1, 2):
            rows = table[table["n_complexes"] == n_complexes]
            middle = (rows["tilt_low_deg"] + rows["tilt_high_deg"]) / 2.0
            for (_, group), line in zip(
                rows.assign(middle=middle).groupby(key, sort=False), lines, strict=True
            ):
                share = group["probability_fraction"]
                assert share.sum() == pytest.approx(1.0, abs=1e-9)
                chain = line.study.chains[n_complexes - 1]
                # Bins are 2° wide: their middles move a mean by much less than one of them.
                mean = (share * group["middle"]).sum()
                assert mean == pytest.approx(chain.tilt.mean_deg, abs=0.5)

    def test_bins_cover_everything_and_are_centred_on_flat(self):
        edges = np.array(TILT_EDGES_DEG)
        assert (edges[0], edges[-1]) == (-90.0, 90.0)
        assert np.array_equal(edges, -edges[::-1])
        assert 0.0 not in edges

    def test_free_body_follows_the_cosine(self, alpha_tilt):
        table = alpha_tilt.table
        free = table[table["n_complexes"].isna()].head(len(TILT_EDGES_DEG) - 1)
        density = np.cos(np.radians((free["tilt_low_deg"] + free["tilt_high_deg"]) / 2))
        # Of a uniform direction the tilt has density cos/2 per radian.
        assert np.allclose(
            free["probability_density"], density / 2 * np.pi / 180, atol=1e-4
        )

    def test_layout_and_units(self, tilts):
        for drawing in tilts:
            assert layout_faults(drawing) == []
            figure = figure_once(drawing)
            assert unlabelled_axes(figure) == []
            labels = {ax.get_xlabel() for ax in all_axes(figure)}
            assert "tilt of the chain axis (°)" in labels


class TestPrice:
    def test_one_mark_a_row_with_a_price(self, prices):
        for drawing in prices:
            marks = {"focal": [], "other": []}
            for ax in all_axes(figure_once(drawing)):
                for artist in ax.collections:
                    if isinstance(artist, PathCollection) and artist.get_gid():
                        marks[artist.get_gid()] += artist.get_offsets()[:, 1].tolist()
            table = drawing.table.dropna(subset="price_per_contact_kt")
            for is_focal, group in ((True, "focal"), (False, "other")):
                wanted = table.loc[
                    table["is_focal"] == is_focal, "price_per_contact_kt"
                ]
                assert sorted(marks[group]) == pytest.approx(sorted(wanted))

    def test_prices_are_those_of_the_study(self, alpha_study, prices):
        table = prices[0].table
        lines = focal_lines(alpha_study.focal, alpha_study.membrane)
        dimers = table[table["is_focal"] & (table["n_complexes"] == 2)]
        wanted = [line.study.chains[1].price_per_contact_kt for line in lines]
        assert dimers["price_per_contact_kt"].tolist() == pytest.approx(wanted)
        endless = table[table["is_focal"] & table["n_complexes"].isna()]
        wanted = [line.study.endless.price_per_contact_kt for line in lines]
        assert endless["price_per_contact_kt"].tolist() == pytest.approx(wanted)

    def test_prices_fall_towards_the_endless_chain(self, prices):
        table = prices[0].table
        own = table[table["is_focal"]]
        for _, rows in own.groupby(["entry_id", "complex_id", "operator_2"]):
            prices = rows.dropna(subset="n_complexes")["price_per_contact_kt"]
            endless = rows[rows["n_complexes"].isna()]["price_per_contact_kt"].iloc[0]
            assert len(prices) == 7
            assert (np.diff(prices) < 0.0).all()
            assert prices.min() > endless

    def test_impossible_chains_are_in_the_table_without_a_price(self, prices):
        for drawing in prices:
            assert drawing.table["price_per_contact_kt"].isna().sum() == 1

    def test_layout_and_units(self, prices):
        for drawing in prices:
            assert layout_faults(drawing) == []
            figure = figure_once(drawing)
            assert unlabelled_axes(figure) == []
            labels = {ax.get_ylabel() for ax in all_axes(figure)}
            assert "price per contact (kT)" in labels


def test_without_a_step_there_is_nothing_to_draw(alpha_study):
    bare = without_focal_line(alpha_study)
    assert membrane_drawings(bare) == ()
    assert membrane_drawings(replace(alpha_study, focal=None)) == ()
    with pytest.raises(ParameterError, match="no copy"):
        membrane_price(bare)


class TestLongChains:
    def test_short_ones_are_those_of_the_study(self, alpha_study):
        own = focal_lines(alpha_study.focal, alpha_study.membrane)
        for line, longer in zip(own, long_chains(alpha_study, sizes=(2,)), strict=True):
            assert longer.contacts == line.contacts
            for one, two in zip(line.study.chains, longer.study.chains, strict=True):
                assert one.n_complexes == two.n_complexes
                assert one.price_kt == two.price_kt

    def test_sizes_asked_for(self, alpha_study):
        found = long_chains(alpha_study, sizes=(3, 5))
        assert [c.n_complexes for c in found[0].study.chains] == [1, 3, 5]
        assert all(math.isfinite(c.price_kt) for c in found[0].study.chains)

    def test_refused_and_empty(self, alpha_study):
        with pytest.raises(ParameterError, match="positive"):
            long_chains(alpha_study, sizes=(0,))
        assert long_chains(replace(alpha_study, focal=None)) == ()
