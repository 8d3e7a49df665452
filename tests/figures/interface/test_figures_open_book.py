"""Open-book footprints: panels, colours, names, and the table."""

import numpy as np
import pytest
from audit import figure_once, layout_faults, unlabelled_axes
from measured import axes_named, lines_named, measured

from il2struct.figures.canvas import NOT_BURIED_COLOUR, size_mm
from il2struct.figures.interface.open_book import (
    _pictures,
    open_book,
    opened,
)
from il2struct.results.study import Study

pytestmark = pytest.mark.entries

#: Enough for every test but those of the picture itself.
COARSE = 60


@pytest.fixture(scope="module")
def drawing(results):
    return open_book(results, interface="IL2/IL2RA", dpi=COARSE)


@pytest.mark.slow
@pytest.mark.parametrize(
    "entry",
    [
        "2ERJ.pdb",
        "1Z92.pdb",
        "2Z3R.cif",
        "3QB7.cif",
        "1BRS.pdb",
        "4HHB.pdb",
        "1FDL.pdb",
    ],
)
def test_no_text_overlaps_on_other_entries_without_scores(named_entry, entry):
    results = measured(named_entry(entry), sc="none")
    for number in range(min(len(results), 2)):
        drawing = open_book(results, interface=number, dpi=COARSE)
        assert layout_faults(drawing) == []
        assert drawing.height_mm <= 170.0
        assert "not computed" in drawing.caption


def test_the_table_holds_every_residue_that_loses_area(results, drawing):
    one = results[0]
    table = drawing.table
    assert one.interface_id == "IL2/IL2RA"
    for number, burial in enumerate(one.burial.sides, start=1):
        mine = table[(table.side == number) & (table.buried_a2 > 1e-6)]
        buried = burial.residues.buried_a2
        assert len(mine) == (buried > 1e-6).sum()
        assert np.allclose(sorted(mine.buried_a2), sorted(buried[buried > 1e-6]))
        assert mine.is_named.sum() == 8
        assert (
            mine.buried_a2[mine.is_named].min()
            >= mine.buried_a2[~mine.is_named].max() - 1e-9
        )
    fit = one.complementarity.result
    assert table.n_dots.sum() == fit.n_dots


def test_coloured_residues_are_the_rows_of_the_table(results, drawing):
    """The picture shows the colour of a residue if, and only if, it has a row."""
    from il2struct.figures.interface.open_book import _area_parts

    footprint = opened(results.named, results[0])
    for number, side in zip((1, 2), footprint.sides, strict=True):
        parts = _area_parts(side, 140.0)
        coloured = [c.upper() != NOT_BURIED_COLOUR for c in parts.colours]
        mine = drawing.table[drawing.table.side == number]
        assert sum(coloured) == (mine.buried_a2 > 1e-6).sum()
        assert (mine.n_dots[mine.buried_a2 <= 1e-6] > 0).all()


def test_names_are_drawn_once_each_and_joined_to_their_residue(drawing, figure):
    for number in (1, 2):
        (ax,) = axes_named(figure, f"area {number}")
        named = drawing.table[(drawing.table.side == number) & drawing.table.is_named]
        assert sorted(t.get_text() for t in ax.texts) == sorted(named.residue)
        ends = [
            line.get_xydata()[-1] for line in ax.lines if line.get_label() == "_leader"
        ]
        dots = [
            line.get_xydata()[0] for line in ax.lines if line.get_label() == "_residue"
        ]
        assert np.allclose(ends, dots)
        assert len(dots) == len(named)
        # Each dot stands on a coloured residue: not on paper, not on grey.
        (image,) = ax.images
        left, right, bottom, top = image.get_extent()
        rgb = image.get_array().astype(float)
        for x, y in dots:
            row = int((y - bottom) / (top - bottom) * rgb.shape[0])
            column = int((x - left) / (right - left) * rgb.shape[1])
            red, _, blue = rgb[row, column]
            assert red > blue + 10


def test_all_panels_share_one_scale_and_the_bar_is_10_a(figure):
    shown = [
        panel
        for name in ("area 1", "area 2", "fit 1", "fit 2")
        for panel in axes_named(figure, name)
    ]
    assert len(shown) == 4
    scales = []
    for ax in shown:
        wide, high = size_mm(ax)
        scales += [np.ptp(ax.get_xlim()) / wide, np.ptp(ax.get_ylim()) / high]
    # A row or column of pixels at 60 per inch is 0.4 mm of 40.
    assert np.ptp(scales) / np.mean(scales) < 0.02
    (bar,) = lines_named(figure, "scale bar")
    assert np.ptp(bar.get_xdata()) * scales[0] == pytest.approx(10.0, rel=0.01)


def test_the_book_opens_about_the_vertical(results):
    """What touches lies at mirror places; both sides face the reader."""
    footprint = opened(results.named, results[0])
    first, second = footprint.sides
    contacts = results[0].contacts
    rows = [
        np.searchsorted(b.residues.residue_index, r)
        for b, r in zip(
            results[0].burial.sides,
            (contacts.residue_1, contacts.residue_2),
            strict=True,
        )
    ]
    x_1, y_1 = first.middles[rows[0]].T
    x_2, y_2 = second.middles[rows[1]].T
    # Pairs in contact are up to 8 Å apart, centre to centre.
    assert np.abs(x_1 + x_2).mean() < 5.0
    assert np.abs(y_1 - y_2).mean() < 5.0
    for side in footprint.sides:
        scores = ~np.isnan(side.score)
        assert side.dots[scores, 2].mean() > side.dots[:, 2].mean() + 4.0


def test_the_lower_row_shows_the_scores_of_the_points(results):
    """Every dot of the surface that has a score has that of the nearest scored dot."""
    side = opened(results.named, results[0]).sides[0]
    fit = results[0].complementarity.result.side_1
    # Surface and score use the same algorithm: the very same dots.
    has = ~np.isnan(side.score)
    assert has.sum() == len(fit)
    assert np.allclose(np.sort(side.score[has]), np.sort(fit.scores))
    assert side.is_edge.sum() > 0
    assert not (side.is_edge & has).any()
    # Distances are the same in any frame: the best and the worst dot stand where they stood.
    best, worst = np.nanargmax(side.score), np.nanargmin(side.score)
    apart = np.linalg.norm(side.dots[best] - side.dots[worst])
    own = fit.positions_a[[np.argmax(fit.scores), np.argmin(fit.scores)]]
    assert apart == pytest.approx(np.linalg.norm(own[0] - own[1]), abs=1e-3)


def test_without_scores_there_is_one_row(named_entry):
    results = Study(named_entry("2B5I.pdb")).interfaces("A/D")
    drawing = open_book(results, dpi=COARSE)
    figure = figure_once(drawing)
    assert axes_named(figure, "fit 1") == []
    assert drawing.table.n_dots.isna().all()
    assert unlabelled_axes(figure) == []


def test_axes_carry_units(figure):
    assert unlabelled_axes(figure) == []
    bars = axes_named(figure, "colour bar")
    assert [b.get_ylabel() for b in bars] == [
        "buried area of residue (Å²)",
        "S of surface point (no unit)",
    ]
    assert bars[0].get_ylim()[0] == 0.0


def test_twice_the_pixels_give_the_same_picture(results):
    """Image comparison: 300 dpi against 150 dpi of the same side, averaged 2 × 2."""
    from il2struct.figures.interface.open_book import _Book, _layout
    from il2struct.figures.words import summary_row

    footprint = opened(results.named, results[0])
    pictures = {}
    for dpi in (127, 254):  # 5 and 10 pixels a mm: whole pixels at both
        book = _Book(
            row=summary_row(scored_one(results)),
            footprint=footprint,
            largest_a2=140.0,
            dpi=dpi,
        )
        layout = _layout(book, 183.0, 120.0)
        pictures[dpi] = [
            p.rgb.astype(float)
            for k, side in enumerate(footprint.sides)
            for p in _pictures(book, side, layout, k)
        ]
    for coarse, fine in zip(pictures[127], pictures[254], strict=True):
        rows, columns = (n // 2 * 2 for n in fine.shape[:2])
        half = fine[:rows, :columns].reshape(rows // 2, 2, columns // 2, 2, 3)
        half = half.mean(axis=(1, 3))[: len(coarse), : coarse.shape[1]]
        coarse = coarse[: half.shape[0], : half.shape[1]]
        # Lines are one pixel wide at both, so they differ; faces must not.
        assert np.abs(half - coarse).mean() < 8.0
        assert np.corrcoef(half.ravel(), coarse.ravel())[0, 1] > 0.96
        # The measure can fail: the mirror image is far off.
        assert (
            np.abs(half - coarse[:, ::-1]).mean() > 2.5 * np.abs(half - coarse).mean()
        )


def scored_one(results):
    from il2struct.figures.words import one_interface

    return one_interface(results, 0)
