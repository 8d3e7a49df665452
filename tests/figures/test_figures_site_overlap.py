"""Overlap matrix: every pair of partners has its cell, with the number and mark of the table."""

import pytest
from audit import figure_once, layout_faults
from measured import measured, texts_of

from il2struct.comparison.overlap import overlap_tables
from il2struct.errors import ParameterError
from il2struct.figures import site_overlap

pytestmark = pytest.mark.entries
NAMES = ("2B5I.pdb", "5LQB.pdb", "3NFP.pdb", "9HIH.pdb")


@pytest.fixture(scope="module")
def results(named_entry):
    return [measured(named_entry(name)) for name in NAMES]


def test_the_table_is_that_of_overlap(results):
    table = site_overlap(results).table
    expected = overlap_tables([each.named for each in results])["overlap"]
    assert table.equals(expected[list(table.columns)])


def test_every_cell_has_its_number(results):
    drawing = site_overlap(results)
    figure = figure_once(drawing)
    found = sorted(text for text in texts_of(figure) if text.isdigit())
    shares = [f"{100 * share:.0f}" for share in drawing.table["overlap_mean"]]
    scale = ["0", "25", "50", "75", "100"]
    assert found == sorted([*shares, *scale])
    # NARA1 on the site of α, daclizumab on that of IL-2: as the papers say they block.
    assert {"47", "60"} <= set(shares)
    assert "4 of 13 pairs of partners exclude each other" in drawing.alt


@pytest.mark.parametrize("width", [89.0, 183.0])
def test_all_entries_at_once_can_be_read(results, width):
    assert layout_faults(site_overlap(results, width=width)) == []


def test_one_partner_is_no_matrix(named_entry):
    with pytest.raises(ParameterError, match="two partners"):
        site_overlap([measured(named_entry("1Z92.pdb"))])
