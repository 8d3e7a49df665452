"""Files for molecular graphics."""

import sys
import types
from collections.abc import Callable

import gemmi
import numpy as np
import pytest

from il2struct.complementarity import (
    atom_complementarity,
    coloured_mmcif_text,
    ply_text,
    pymol_text,
    shape_complementarity,
)
from il2struct.complementarity.export import SCORE_COLOURS, score_colours
from il2struct.errors import ParameterError
from il2struct.structure.model import Entry


@pytest.fixture(scope="module")
def fit():
    grid = np.mgrid[0:6, 0:6].reshape(2, -1).T * 1.6
    first = np.column_stack((grid, np.zeros(len(grid))))
    radii = np.full(len(first), 1.8)
    return shape_complementarity(first, radii, first + np.array([0.5, 0.2, 3.8]), radii)


def test_a_ply_file_lists_every_dot(fit) -> None:
    header, _, body = ply_text(fit.side_1).partition("end_header\n")
    assert header.startswith("ply\nformat ascii 1.0\n")
    assert f"element vertex {len(fit.side_1)}\n" in header
    rows = np.array([line.split() for line in body.splitlines()], dtype=float)
    assert rows.shape == (len(fit.side_1), header.count("property "))
    # Written with three and four decimals.
    np.testing.assert_allclose(rows[:, :3], fit.side_1.positions_a, atol=5e-4)
    np.testing.assert_allclose(rows[:, 9], fit.side_1.scores, atol=5e-5)


def test_a_pymol_script_runs_and_loads_both_sides(
    fit, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: dict[str, list] = {}
    pymol, cgo = types.ModuleType("pymol"), types.ModuleType("pymol.cgo")
    pymol.cmd = types.SimpleNamespace(
        load_cgo=lambda dots, name: loaded.update({name: dots})
    )
    cgo.COLOR, cgo.SPHERE = 6.0, 7.0
    monkeypatch.setitem(sys.modules, "pymol", pymol)
    monkeypatch.setitem(sys.modules, "pymol.cgo", cgo)
    exec(pymol_text(fit, name="il2"), {})
    assert set(loaded) == {"il2_1", "il2_2"}
    assert len(loaded["il2_1"]) == 9 * len(fit.side_1)  # a colour and a sphere each
    with pytest.raises(ParameterError, match="letters"):
        pymol_text(fit, name="a b")


def test_colours_run_through_their_stops() -> None:
    np.testing.assert_allclose(
        score_colours(np.array([-1.0, 0.0, 0.5, 1.0])),
        [SCORE_COLOURS[0], SCORE_COLOURS[0], SCORE_COLOURS[1], SCORE_COLOURS[2]],
    )


@pytest.mark.entries
def test_an_mmcif_file_carries_scores_as_b_factors(
    real_entry: Callable[[str], Entry], fit
) -> None:
    entry = real_entry("2B5I.pdb")
    values = np.full(len(entry.atoms), np.nan)
    local = atom_complementarity(fit.side_1)
    values[local.index] = local.median_score
    text = coloured_mmcif_text(entry.atoms, entry.residues, values)
    block = gemmi.cif.read_string(text).sole_block()
    structure = gemmi.make_structure_from_block(block)
    assert structure[0].count_atom_sites() == len(entry.atoms)
    written = list(block.find_values("_atom_site.B_iso_or_equiv"))
    assert written.count("?") == np.isnan(values).sum()
    assert float(written[local.index[0]]) == pytest.approx(
        local.median_score[0], abs=5e-5
    )
    names = [
        gemmi.cif.as_string(v) for v in block.find_values("_atom_site.label_atom_id")
    ]
    assert names == entry.atoms.atom_name.tolist()
    numbers = [int(v) for v in block.find_values("_atom_site.auth_seq_id")]
    assert numbers == entry.residues.auth_number[entry.atoms.residue_index].tolist()
    with pytest.raises(ParameterError, match="one number for each"):
        coloured_mmcif_text(entry.atoms, entry.residues, values[:-1])
