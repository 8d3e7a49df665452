"""Pairs found by sorting: against all pairs, at the border, far out, and by the compiled search."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from il2struct.errors import CoordinateError
from il2struct.kernels.cells import neighbour_pairs
from il2struct.structure.near import near_pairs
from il2struct.structure.neighbours import heavy_coords, touching_images

PLACES = st.one_of(st.floats(-40.0, 40.0), st.sampled_from([0.0, -1e9, 1e9, 1e300]))
COORDS = st.lists(st.tuples(PLACES, PLACES, PLACES), max_size=25)


def pairs_of(coords_1, coords_2, cutoff_a):
    first, second = near_pairs(coords_1, coords_2, cutoff_a)
    return sorted(zip(first.tolist(), second.tolist(), strict=True))


def compiled_pairs(coords_1, coords_2, cutoff_a):
    found = neighbour_pairs(coords_1, coords_2, cutoff_a)
    return list(zip(found.index_1.tolist(), found.index_2.tolist(), strict=True))


@given(COORDS, COORDS, st.floats(0.5, 30.0))
@pytest.mark.filterwarnings("ignore:overflow")  # squares of 1e300
def test_equals_the_compiled_search(coords_1, coords_2, cutoff_a):
    coords = [np.array(c, dtype=float).reshape(-1, 3) for c in (coords_1, coords_2)]
    for array in coords:
        array.setflags(write=False)
    assert pairs_of(*coords, cutoff_a) == compiled_pairs(*coords, cutoff_a)


@given(st.integers(0, 10_000), st.integers(1, 300), st.floats(0.5, 12.0))
def test_equals_all_pairs_in_a_crowd(seed, n, cutoff_a):
    coords_1, coords_2 = np.random.default_rng(seed).uniform(0, 25, (2, n, 3))
    gap = coords_1[:, None] - coords_2
    square = gap[..., 0] ** 2 + gap[..., 1] ** 2 + gap[..., 2] ** 2
    expected = np.argwhere(square <= cutoff_a**2)
    assert pairs_of(coords_1, coords_2, cutoff_a) == [tuple(p) for p in expected]


def test_the_cut_off_is_inclusive():
    assert pairs_of([[0, 0, 0]], [[3, 0, 4], [3.001, 0, 4]], 5.0) == [(0, 0)]


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_coordinates_that_are_not_finite_are_refused(bad):
    with pytest.raises(CoordinateError, match="coords_2 holds 1 positions"):
        near_pairs([[0, 0, 0]], [[0, 0, 0], [0, bad, 0]], 5.0)


@pytest.mark.entries
@pytest.mark.parametrize("name", ["2ERJ.pdb", "2B5I.pdb", "1IGY.cif", "1KTZ.pdb"])
def test_images_that_touch_do_so_by_the_compiled_search(real_entry, name):
    entry = real_entry(name)
    found = touching_images(entry, entry.protein_chains)
    assert found
    for contact in found:
        rotation, translation = entry.transform(contact.image)
        moved = heavy_coords(entry, entry.chain(contact.image.auth_asym_id))
        pairs = neighbour_pairs(
            heavy_coords(entry, entry.chain(contact.auth_asym_id)),
            moved @ rotation.T + translation,
            5.0,
        )
        assert contact.n_pairs == len(pairs)
