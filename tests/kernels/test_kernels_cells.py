"""Neighbour search against an all-pairs loop, by invariants, and on awkward input."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from arrays import random_rotation
from il2struct.errors import CoordinateError, MissingDependencyError, ParameterError
from il2struct.kernels import _numba, cells
from il2struct.kernels.cells import (
    near_mask,
    nearest_distance,
    neighbour_pairs,
    neighbour_pairs_within,
)
from il2struct.kernels.geometry import apply_transform

COORDS = hnp.arrays(
    np.float64,
    st.tuples(st.integers(0, 40), st.just(3)),
    elements=st.floats(-20.0, 20.0, allow_subnormal=False),
)
CUTOFFS = st.floats(0.5, 30.0)


def frozen(values):
    array = np.array(values, dtype=float).reshape(-1, 3)
    array.setflags(write=False)
    return array


def box(n, side, seed):
    return frozen(np.random.default_rng(seed).uniform(0.0, side, (n, 3)))


def all_squares(coords_1, coords_2):
    """Squared distances by the same sum as the kernel, so that the cut-off decides alike."""
    delta = coords_1[:, None, :] - coords_2[None, :, :]
    return delta[..., 0] ** 2 + delta[..., 1] ** 2 + delta[..., 2] ** 2


def assert_same_as_all_pairs(coords_1, coords_2, cutoff):
    squares = all_squares(coords_1, coords_2)
    index_1, index_2 = np.nonzero(squares <= cutoff * cutoff)
    found = neighbour_pairs(coords_1, coords_2, cutoff)
    np.testing.assert_array_equal(found.index_1, index_1)
    np.testing.assert_array_equal(found.index_2, index_2)
    np.testing.assert_array_equal(found.distances_a, np.sqrt(squares[index_1, index_2]))


def pairs_of(found):
    return set(zip(found.index_1.tolist(), found.index_2.tolist(), strict=True))


@given(COORDS, COORDS, CUTOFFS)
def test_pairs_equal_all_pairs(coords_1, coords_2, cutoff):
    assert_same_as_all_pairs(frozen(coords_1), frozen(coords_2), cutoff)


@given(COORDS, CUTOFFS)
def test_pairs_within_equal_all_pairs(coords, cutoff):
    coords = frozen(coords)
    squares = all_squares(coords, coords)
    index_1, index_2 = np.nonzero(np.triu(squares <= cutoff * cutoff, k=1))
    found = neighbour_pairs_within(coords, cutoff)
    np.testing.assert_array_equal(found.index_1, index_1)
    np.testing.assert_array_equal(found.index_2, index_2)
    np.testing.assert_array_equal(found.distances_a, np.sqrt(squares[index_1, index_2]))


@given(COORDS, COORDS, CUTOFFS)
def test_mask_and_nearest_equal_all_pairs(coords, reference, cutoff):
    coords, reference = frozen(coords), frozen(reference)
    squares = np.hstack(
        [all_squares(coords, reference), np.full((len(coords), 1), np.inf)]
    )
    smallest = squares.min(axis=1)
    is_near = smallest <= cutoff * cutoff
    np.testing.assert_array_equal(near_mask(coords, reference, cutoff), is_near)
    expected = np.full(len(coords), np.nan)
    expected[is_near] = np.sqrt(smallest[is_near])
    np.testing.assert_array_equal(nearest_distance(coords, reference, cutoff), expected)


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1))
def test_rigid_motion_keeps_the_pairs(seed):
    rng = np.random.default_rng(seed)
    first, second = rng.uniform(0, 20, (60, 3)), rng.uniform(10, 30, (60, 3))
    rotation, translation = random_rotation(rng), rng.uniform(-50, 50, 3)
    distances = np.sqrt(all_squares(first, second))
    # A pair within rounding of the cut-off may go either way: put the cut-off in a wide gap.
    ranked = np.sort(distances[(distances > 4.0) & (distances < 8.0)])
    widest = np.argmax(np.diff(ranked))
    cutoff = ranked[widest : widest + 2].mean()
    before = neighbour_pairs(first, second, cutoff)
    after = neighbour_pairs(
        apply_transform(first, rotation, translation),
        apply_transform(second, rotation, translation),
        cutoff,
    )
    assert pairs_of(before) == pairs_of(after)
    # float64 rounding at coordinates of about 100 Å.
    np.testing.assert_allclose(before.distances_a, after.distances_a, atol=1e-12)


def test_swapped_sides_swap_the_indices():
    first, second = box(200, 25.0, 1), box(150, 25.0, 2)
    there = neighbour_pairs(first, second, 6.0)
    back = neighbour_pairs(second, first, 6.0)
    assert len(there) > 500
    assert pairs_of(there) == {(i, j) for j, i in pairs_of(back)}


def test_atom_order_does_not_matter():
    coords = box(300, 20.0, 3)
    order = np.random.default_rng(4).permutation(len(coords))
    plain = neighbour_pairs_within(coords, 5.0)
    shuffled = neighbour_pairs_within(frozen(coords[order]), 5.0)
    renamed = {
        (min(order[i], order[j]), max(order[i], order[j]))
        for i, j in zip(shuffled.index_1, shuffled.index_2, strict=True)
    }
    assert pairs_of(plain) == renamed
    np.testing.assert_array_equal(
        np.sort(plain.distances_a), np.sort(shuffled.distances_a)
    )


def test_the_cutoff_is_inclusive():
    found = neighbour_pairs([[0, 0, 0]], [[3, 4, 0], [3, 4, 1e-6]], 5.0)
    assert found.index_2.tolist() == [0]


def test_a_lattice_has_its_pairs_on_the_cell_faces():
    # 5 Å apart with a cut-off of 5 Å: every pair sits on the border between two cells.
    steps = np.arange(8) * 5.0
    coords = frozen(np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(-1, 3))
    assert len(neighbour_pairs_within(coords, 5.0)) == 3 * 7 * 8 * 8


def test_coinciding_atoms_are_pairs_at_zero():
    coords = frozen([[1, 2, 3]] * 4)
    assert pairs_of(neighbour_pairs_within(coords, 1.0)) == {
        (0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)
    }  # fmt: skip
    assert neighbour_pairs(coords, coords, 1.0).distances_a.tolist() == [0.0] * 16


@pytest.mark.parametrize("far", [1e3, 1e6, 1e12, 1e300])
@pytest.mark.parametrize("axes", [[0], [1, 2], [0, 1, 2]])
def test_stray_atoms_cost_no_memory_and_change_nothing(far, axes):
    coords = np.array(box(2000, 30.0, 5))
    expected = pairs_of(neighbour_pairs_within(coords, 5.0))
    strays = np.zeros((2, 3))
    strays[0, axes], strays[1, axes] = far, -far
    with_strays = frozen(np.vstack([coords, strays]))
    found = neighbour_pairs_within(with_strays, 5.0)
    between = neighbour_pairs(with_strays, with_strays, 5.0)
    assert pairs_of(found) == expected
    assert len(between) == 2 * len(expected) + len(with_strays)
    _, start, *_ = cells.cell_grid(with_strays, np.arange(len(with_strays)), 5.0)
    assert len(start) <= cells.CELLS_PER_ATOM * len(with_strays) + cells.SPARE_CELLS + 1


def test_atoms_apart_that_share_a_wrapped_cell_are_told_apart():
    # A row of lonely pairs 1 km long: the block of cells wraps many times.
    starts = np.arange(500)[:, None] * np.array([[2e7, 3e7, 5e7]])
    coords = frozen(np.concatenate([starts, starts + 1.0]))
    found = neighbour_pairs_within(coords, 2.0)
    assert pairs_of(found) == {(i, i + 500) for i in range(500)}


def test_a_hundred_thousand_atoms():
    steps = np.arange(50) * 1.5
    plane = np.arange(40) * 1.5
    coords = frozen(np.stack(np.meshgrid(steps, steps, plane), axis=-1).reshape(-1, 3))
    assert len(coords) == 100_000
    # Nearest neighbours along three axes, counted by hand.
    assert len(neighbour_pairs_within(coords, 1.6)) == 2 * 49 * 50 * 40 + 39 * 50 * 50
    assert near_mask(coords, coords[:1], 1.6).sum() == 4


def test_work_grows_linearly_with_the_atoms():
    # Candidates looked at, not seconds: eight times the atoms at one density.
    def candidates(side):
        steps = np.arange(side) * 2.0
        coords = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(-1, 3)
        grid = cells.cell_grid(coords, np.arange(len(coords)), 4.0)
        runs = np.empty((cells.MAX_RUNS, 2), np.int64)
        total = 0
        for point in coords:
            n_runs = cells.runs_around(grid, *point, runs)
            total += int((runs[:n_runs, 1] - runs[:n_runs, 0]).sum())
        return total / len(coords)

    # Fewer neighbours at the surface of the smaller cube, never more than a full block of cells.
    assert candidates(12) < 6**3 + 1
    assert candidates(6) < candidates(12)


def test_empty_sets_give_empty_results():
    none, some = frozen([]), box(5, 3.0, 6)
    for first, second in [(none, none), (none, some), (some, none)]:
        found = neighbour_pairs(first, second, 5.0)
        assert len(found) == 0
        assert found.index_1.dtype == np.int64
        assert near_mask(first, second, 5.0).tolist() == [False] * len(first)
        assert np.isnan(nearest_distance(first, second, 5.0)).all()
    assert len(neighbour_pairs_within(none, 5.0)) == 0


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("function", [neighbour_pairs, near_mask, nearest_distance])
def test_positions_that_are_not_finite_are_refused(function, bad):
    good, wrong = box(3, 3.0, 7), frozen([[0, 0, 0], [0, bad, 0]])
    with pytest.raises(CoordinateError, match="index 1"):
        function(good, wrong, 5.0)
    with pytest.raises(CoordinateError, match="index 1"):
        function(wrong, good, 5.0)
    with pytest.raises(CoordinateError, match="index 1"):
        neighbour_pairs_within(wrong, 5.0)


@pytest.mark.parametrize("cutoff", [0.0, -1.0, np.nan, np.inf])
def test_a_cutoff_that_cannot_be_is_refused(cutoff):
    coords = box(3, 3.0, 8)
    with pytest.raises(ParameterError, match="cutoff_a"):
        neighbour_pairs(coords, coords, cutoff)
    with pytest.raises(ParameterError, match="cutoff_a"):
        near_mask(coords, coords, cutoff)


def test_wrong_shapes_are_refused():
    with pytest.raises(ParameterError, match="coords_2"):
        neighbour_pairs(np.zeros((2, 3)), np.zeros((2, 2)), 5.0)


def test_read_only_writable_and_sliced_arrays_share_one_compilation():
    writable = np.array(box(20, 5.0, 9))
    for coords in (writable, frozen(writable), writable[::2], writable.T.copy().T):
        neighbour_pairs(coords, writable, 3)
        neighbour_pairs_within(coords, 3.0)
        near_mask(coords, frozen(writable), np.float32(3.0))
        nearest_distance(coords, writable, 3.0)
    assert writable.flags.writeable
    for kernel in (
        cells._pairs_between,
        cells._pairs_inside,
        cells.near_any,
        cells._nearest,
    ):
        assert len(kernel.signatures) == 1


def _loaded(path, name):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_machine_code_is_shared_by_any_environment_and_not_by_other_sources(
    tmp_path, monkeypatch
):
    # A copy of the kernels in another place stands for a second environment.
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "cache"))
    program = (
        "from il2struct.kernels import cells\n"
        "cells.near_mask([[0.0, 0, 0]], [[0.0, 0, 0]], 1.0)\n"
        "print(sum(cells.near_any.stats.cache_hits.values()))"
    )

    def hits(place, changed=""):
        copied = tmp_path / place / "il2struct"
        shutil.copytree(Path(_numba.__file__).parents[1], copied)
        with (copied / "kernels" / "geometry.py").open("a") as source:
            source.write(changed)
        done = subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONPATH": str(copied.parent)},
            capture_output=True,
            text=True,
            check=True,
        )
        return int(done.stdout)

    assert hits("one") == 0
    assert hits("two") == 1
    assert hits("three", changed="# another kernel\n") == 0


def test_without_a_folder_for_machine_code_kernels_work_all_the_same(
    tmp_path, monkeypatch
):
    blocked = tmp_path / "a file"
    blocked.touch()
    monkeypatch.setattr(_numba, "cache_folder", lambda: blocked / "kernels")
    scaled = _numba.kernel()(lambda x: 2.0 * x)
    assert scaled(1.0) == 2.0
    assert not scaled.stats.cache_path


def test_without_numba_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "numba", None)
    with pytest.raises(MissingDependencyError, match="pip install numba"):
        _loaded(_numba.__file__, "numba_door_without_numba")


@pytest.mark.entries
def test_two_real_chains_equal_all_pairs(mirror):
    import gemmi

    model = gemmi.read_structure(str(mirror / "2ERJ.pdb.gz"))[0]
    first, second = (
        frozen([atom.pos.tolist() for residue in model[name] for atom in residue])
        for name in ("A", "D")
    )
    assert_same_as_all_pairs(first, second, 5.0)
    assert near_mask(first, second, 5.0).any()
