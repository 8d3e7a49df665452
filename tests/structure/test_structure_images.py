"""Images that touch: against the slow obvious way, and where the answer is known."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from il2struct.structure.near import touching_image_groups

STILL = (np.eye(3)[None], np.zeros((1, 3)))


def rows_of(found):
    return [
        (int(g), int(m), int(i), tuple(shift.tolist()), int(n))
        for g, m, i, shift, n in zip(
            found.group,
            found.motion,
            found.image_group,
            found.cell_shift,
            found.n_pairs,
            strict=True,
        )
    ]


def slow(coords, first_row, motions, cell, cutoff_a, reach):
    """Every motion, every group, every shift, every pair of atoms."""
    groups = [coords[a:b] for a, b in itertools.pairwise(first_row)]
    shifts = [(0, 0, 0)]
    if cell is not None:
        shifts = list(itertools.product(range(-reach, reach + 1), repeat=3))
    found = []
    for i, own in enumerate(groups):
        for m, (rotation, translation) in enumerate(zip(*motions, strict=True)):
            for j, other in enumerate(groups):
                for shift in shifts:
                    if i == j and m == 0 and shift == (0, 0, 0):
                        continue
                    step = (
                        np.zeros(3) if cell is None else cell @ np.array(shift, float)
                    )
                    moved = other @ rotation.T + translation + step
                    gaps = np.linalg.norm(own[:, None] - moved[None], axis=2)
                    n_pairs = int((gaps <= cutoff_a).sum())
                    if n_pairs:
                        found.append((i, m, j, shift, n_pairs))
    return found


@settings(max_examples=25)
@given(seed=st.integers(0, 10_000), has_cell=st.booleans())
def test_equals_the_slow_way(seed, has_cell):
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 12, size=3)
    coords = rng.uniform(-8, 8, size=(int(sizes.sum()), 3))
    first_row = np.concatenate([[0], np.cumsum(sizes)])
    two_fold = np.diag([-1.0, 1.0, -1.0])
    motions = (
        np.stack([np.eye(3), two_fold]),
        np.array([[0.0, 0.0, 0.0], [1.5, 7.0, -2.0]]),
    )
    cell = np.array([[14.0, 2.0, -3.0], [0.0, 17.0, 1.0], [0.0, 0.0, 15.0]])
    for array in (coords, *motions, cell):
        array.setflags(write=False)
    found = touching_image_groups(
        coords, first_row, motions, cell if has_cell else None, cutoff_a=4.0
    )
    # Extent 16 Å in each direction, cells of 14 Å and more: three shifts each way reach all.
    expected = slow(coords, first_row, motions, cell if has_cell else None, 4.0, 4)
    assert rows_of(found) == expected


def test_the_cut_off_is_inclusive_and_the_group_is_not_its_own_image():
    pair = np.array([[0.0, 0.0, 0.0], [5.0, 0.0, 0.0]])
    found = touching_image_groups(pair, [0, 1, 2], STILL, None, cutoff_a=5.0)
    assert rows_of(found) == [(0, 0, 1, (0, 0, 0), 1), (1, 0, 0, (0, 0, 0), 1)]
    assert not rows_of(
        touching_image_groups(pair, [0, 1, 2], STILL, None, cutoff_a=4.99)
    )
    assert not rows_of(touching_image_groups(pair, [0, 2], STILL, None, cutoff_a=9.0))


def test_a_long_cell_needs_more_than_one_shift():
    """A rod of 50 Å in a cell of 10 Å overlaps its image five cells away."""
    rod = np.column_stack([np.arange(51.0), np.zeros(51), np.zeros(51)])
    cell = np.diag([10.0, 200.0, 200.0])
    found = touching_image_groups(rod, [0, 51], STILL, cell, cutoff_a=1.5)
    shifts = [shift[0] for _, _, _, shift, _ in rows_of(found)]
    assert shifts == [-5, -4, -3, -2, -1, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_coordinates_that_are_not_finite_are_refused(bad):
    from il2struct.errors import CoordinateError

    with pytest.raises(CoordinateError, match="not finite"):
        touching_image_groups([[0, 0, bad]], [0, 1], STILL, None, cutoff_a=5.0)
