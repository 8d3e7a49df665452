"""Chains on the membrane: tilt, what it adds to the contact, lengths on a cell."""

import math
from dataclasses import replace

import numpy as np
import pytest
from audit import figure_once, layout_faults, unlabelled_axes
from matplotlib.patches import StepPatch
from measured import axes_named

from il2struct.errors import ParameterError
from il2struct.figures.membrane_chains import TILT_EDGES_DEG, membrane_chains
from il2struct.network.evidence.study import long_chains
from il2struct.network.evidence.survey import focal_lines
from il2struct.network.response.receptor import receptor_response

pytestmark = [pytest.mark.entries, pytest.mark.slow]


def without_focal_line(study):
    own = focal_lines(study.focal, study.membrane)
    return replace(
        study, membrane=tuple(line for line in study.membrane if line not in own)
    )


@pytest.fixture(scope="module")
def drawings(studies):
    """Of both studies."""
    return [membrane_chains(study) for study in studies]


@pytest.fixture(scope="module")
def rows(drawings):
    """Of the contact of γc and α: rows of the table by plot."""
    return dict(list(drawings[0].table.groupby("plot")))


def test_layout_and_units(drawings):
    for drawing in drawings:
        assert layout_faults(drawing) == []
        assert unlabelled_axes(figure_once(drawing)) == []


class TestTilt:
    def test_one_step_a_row_of_the_table(self, drawings, rows):
        (plot,) = axes_named(figure_once(drawings[0]), "tilt")
        steps = [p.get_data().values for p in plot.patches if isinstance(p, StepPatch)]
        drawn = np.sort(np.concatenate(steps))
        wanted = np.sort(rows["tilt"]["probability_density"].to_numpy())
        assert np.allclose(drawn, wanted, rtol=1e-12, atol=0.0)

    def test_each_distribution_sums_to_1_with_the_mean_of_the_study(
        self, alpha_study, rows
    ):
        table = rows["tilt"]
        lines = focal_lines(alpha_study.focal, alpha_study.membrane)
        key = ["complex_id", "operator_2", "entry_id"]
        for n_complexes in (1, 2):
            own = table[table["n_complexes"] == n_complexes]
            middle = (own["tilt_low_deg"] + own["tilt_high_deg"]) / 2.0
            for (_, group), line in zip(
                own.assign(middle=middle).groupby(key, sort=False), lines, strict=True
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

    def test_free_body_follows_the_cosine(self, rows):
        free = rows["tilt"][rows["tilt"]["n_complexes"].isna()]
        assert len(free) == len(TILT_EDGES_DEG) - 1
        density = np.cos(np.radians((free["tilt_low_deg"] + free["tilt_high_deg"]) / 2))
        # Of a uniform direction the tilt has density cos/2 per radian.
        assert np.allclose(
            free["probability_density"], density / 2 * np.pi / 180, atol=1e-4
        )


class TestPrice:
    def test_one_mark_a_row_with_a_price(self, drawings):
        for drawing in drawings:
            (plot,) = axes_named(figure_once(drawing), "price")
            highest = plot.get_ylim()[1]
            table = drawing.table.dropna(subset="price_per_contact_kt")
            for is_focal, group in ((True, "focal"), (False, "other")):
                lines = [line for line in plot.lines if line.get_gid() == group]
                marks = np.concatenate([line.get_ydata() for line in lines])
                own = table.loc[table["is_focal"] == is_focal, "price_per_contact_kt"]
                # What costs more stands at the edge, under a mark of its own.
                assert sorted(marks) == pytest.approx(sorted(own.clip(upper=highest)))
                beyond = [line for line in lines if line.get_marker() == "^"]
                assert is_focal or len(beyond) == (own >= highest).sum()

    def test_prices_are_those_of_the_study(self, alpha_study, rows):
        table = rows["price"]
        lines = focal_lines(alpha_study.focal, alpha_study.membrane)
        dimers = table[table["is_focal"] & (table["n_complexes"] == 2)]
        wanted = [line.study.chains[1].price_per_contact_kt for line in lines]
        assert dimers["price_per_contact_kt"].tolist() == pytest.approx(wanted)
        endless = table[table["is_focal"] & table["n_complexes"].isna()]
        wanted = [line.study.endless.price_per_contact_kt for line in lines]
        assert endless["price_per_contact_kt"].tolist() == pytest.approx(wanted)

    def test_prices_fall_towards_the_endless_chain(self, rows):
        table = rows["price"]
        own = table[table["is_focal"]]
        for _, line in own.groupby(["entry_id", "complex_id", "operator_2"]):
            prices = line.dropna(subset="n_complexes")["price_per_contact_kt"]
            endless = line[line["n_complexes"].isna()]["price_per_contact_kt"].iloc[0]
            assert len(prices) == 7
            assert (np.diff(prices) < 0.0).all()
            assert prices.min() > endless

    def test_impossible_chains_are_in_the_table_without_a_price(self, drawings):
        for drawing in drawings:
            table = drawing.table[drawing.table["plot"] == "price"]
            assert table["price_per_contact_kt"].isna().sum() == 1


class TestLengths:
    def test_one_mark_a_row_at_its_share(self, drawings, rows):
        (plot,) = axes_named(figure_once(drawings[0]), "lengths")
        for counted, own in rows["lengths"].groupby("counted"):
            (line,) = [line for line in plot.lines if line.get_gid() == counted]
            assert np.array_equal(line.get_xdata(), own["n_complexes"])
            assert np.array_equal(line.get_ydata(), own["share_percent"])

    def test_shares_are_those_of_the_response(self, alpha_study, rows):
        table = rows["lengths"][rows["lengths"]["counted"] == "chains"]
        q = receptor_response(alpha_study.settings).chains.growth_probability
        sizes = table["n_complexes"].to_numpy(float)
        wanted = 100.0 * (1.0 - q) * q ** (sizes - 1.0)
        assert np.allclose(table["share_percent"].to_numpy(float), wanted, rtol=1e-12)

    def test_the_model_says_nothing_of_other_contacts(self, drawings):
        assert set(drawings[1].table["plot"]) == {"tilt", "price"}


def test_without_a_step_there_is_nothing_to_draw(alpha_study):
    bare = without_focal_line(alpha_study)
    for study in (bare, replace(alpha_study, focal=None)):
        with pytest.raises(ParameterError, match="no copy"):
            membrane_chains(study)


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
