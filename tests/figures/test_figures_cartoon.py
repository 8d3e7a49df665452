"""Cartoon of a complex: ribbons through Cα atoms, what is in front, and what is said of it."""

from math import pi

import numpy as np
import pytest
from measured import measured

from il2struct.errors import ParameterError
from il2struct.figures.canvas import DPI
from il2struct.figures.cartoon import LOOP_A, _Screen, cartoon, draw_ribbon, ribbon
from il2struct.kernels.splat import NOTHING, PixelGrid
from il2struct.structure.features import HELIX, STRAND, Stretch


def straight(n=12):
    """Backbone of residues on a line, 3.3 Å apart, C=O square to it and to and fro, as in a strand."""
    alpha = np.arange(n)[:, None] * np.array([3.3, 0.0, 0.0])
    aside = np.array([0.0, 1.2, 0.0]) * np.where(np.arange(n) % 2, -1.0, 1.0)[:, None]
    bond = np.array([1.2, 0.0, 0.0])
    carbon = alpha + bond
    return np.stack([alpha - bond, alpha, carbon, carbon + aside], axis=1)


def coiled(n=18):
    """An ideal α helix along the third axis: 1.5 Å and 100° a residue, Cα 2.3 Å from the axis."""
    turn = np.radians(100.0) * np.arange(n)
    alpha = np.column_stack(
        [2.3 * np.cos(turn), 2.3 * np.sin(turn), 1.5 * np.arange(n)]
    )
    return np.repeat(alpha[:, None], 4, axis=1)


def test_a_strand_lies_flat_and_its_arrow_is_widest_at_the_barbs():
    laid = ribbon(straight(), [Stretch(STRAND, 2, 9)], 0.05)
    assert np.allclose(laid.centre[:, 1:], 0.0)
    inside = (laid.centre[:, 0] > 9.0) & (laid.centre[:, 0] < 27.0)
    assert np.allclose(np.abs(laid.across[inside]), [0.0, 1.0, 0.0])
    widest = laid.centre[np.argmax(laid.half_width_a), 0] / 3.3
    assert widest == pytest.approx(9 - 1.5, abs=0.1)
    assert laid.half_width_a[0] < LOOP_A
    assert not laid.inward.any()


def test_a_helix_runs_round_its_axis_and_knows_its_inner_side():
    laid = ribbon(coiled(), [Stretch(HELIX, 1, 16)], 0.05)
    ends = (laid.centre[:, 2] > 4.0) & (laid.centre[:, 2] < 20.0)
    radius = np.linalg.norm(laid.centre[:, :2], axis=1)[ends]
    assert radius == pytest.approx(2.3, abs=0.12)
    # Across is along the axis, less the pitch of the way.
    assert (np.abs(laid.across[ends, 2]) > 0.9).all()
    out = laid.centre[ends] * [1.0, 1.0, 0.0]
    towards = laid.inward[ends, None] * laid.face[ends]
    assert (np.sum(out * towards, axis=1) < 0.0).all()


def test_a_tube_covers_its_pixels_without_holes_and_the_nearer_one_wins():
    grid = PixelGrid(left_a=-2.0, bottom_a=-2.0, pixel_a=0.1, n_rows=40, n_columns=400)
    n = grid.n_rows * grid.n_columns
    screen = _Screen(
        grid, np.full(n, -np.inf), np.zeros(n), np.full(n, NOTHING, dtype=np.int64)
    )
    laid = ribbon(straight(), [], 0.7 * 0.1 / 6.5)
    draw_ribbon(screen, laid, 4)
    label = screen.label.reshape(grid.n_rows, grid.n_columns)
    assert set(np.unique(label)) == {NOTHING, 4}
    # Each pixel that the tube touches is its own: up to half a pixel more on each side.
    covered, long = (label == 4).sum() * 0.01, 11 * 3.3
    assert 2 * LOOP_A * long < covered < (2 * LOOP_A + 0.1) * long
    across = (label == 4)[:, 30:370].sum(axis=0) * 0.1
    assert across.min() > 2 * LOOP_A - 0.15  # a hole would take 0.1
    front = screen.depth.reshape(label.shape)[:, 200].max()
    assert front == pytest.approx(LOOP_A, abs=0.02)


@pytest.mark.entries
def test_rows_are_every_modelled_residue_once(named_entry):
    named = named_entry("2B5I.pdb")
    drawing = cartoon(measured(named))
    table = drawing.table
    for chain in named.entry.protein_chains:
        own = table[table["auth_asym_id"] == chain.auth_asym_id]
        assert own["n_residues"].sum() == len(chain.residue_index)
    # Four helices of the bundle; IL-2Rα has two sushi domains of strands and no helix.
    parts = table.groupby(["role", "part"])["n_residues"].sum()
    assert parts["IL2", "helix"] > 60
    assert ("IL2RA", "helix") not in parts or parts["IL2RA", "helix"] < 12
    with pytest.raises(ParameterError, match="there are: 1"):
        cartoon(measured(named), complex_id="7")


@pytest.mark.entries
def test_every_chain_is_seen_in_its_colour_with_its_name(named_entry):
    figure = cartoon(measured(named_entry("2B5I.pdb")), dpi=DPI / 4).figure()
    (shown,) = [a for a in figure.axes[0].child_axes if a.get_label() == "cartoon"]
    assert {t.get_text() for t in shown.texts} == {"IL-2", "IL-2Rα", "IL-2Rβ", "γc"}
    pixels = shown.images[0].get_array().reshape(-1, 3).astype(float)
    for colour in ((0x88, 0x22, 0x55), (0x00, 0x77, 0xBB), (0xEE, 0x77, 0x33)):
        # Shaded: the same hue, darker.
        size = np.linalg.norm(pixels, axis=1) * np.linalg.norm(colour)
        alike = pixels @ np.array(colour, dtype=float) > np.cos(pi / 60) * size
        assert alike.sum() > 300
