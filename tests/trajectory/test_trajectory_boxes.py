"""Periodic boxes: what they tear apart is told of, and put together again when asked for."""

from dataclasses import replace

import numpy as np
import pytest

from il2struct.interface.interface import interface_parameters
from il2struct.trajectory.plan import TrajectoryParameters
from il2struct.trajectory.study import open_trajectory

pytestmark = pytest.mark.entries

BARE = TrajectoryParameters(interface=interface_parameters(), sc_every=0)
UNWRAPPED = replace(BARE, unwrap=True)
#: A cube, and a truncated octahedron's cell as simulations use it (edges in Å, angles in °).
BOXES = (
    (130.0, 130.0, 130.0, 90.0, 90.0, 90.0),
    (150.0, 150.0, 150.0, 70.53, 109.47, 70.53),
)


@pytest.fixture
def whole(protein_pdb, positions_of):
    """The trimer of IL-2, β and γc with its glycans (2B5I) beside α: file, positions, chains."""
    path = protein_pdb("2B5I.pdb", "ABCDEF")
    return path, positions_of(path)


def edges(box):
    from MDAnalysis.lib.mdamath import triclinic_vectors

    return triclinic_vectors(np.array(box, dtype=np.float32)).astype(float)


def areas(path, frames, write_frames, box, parameters, name):
    run = write_frames(frames, name, box)
    results = open_trajectory(path, [run]).interfaces(
        "IL2/IL2RA", parameters=parameters
    )
    return results.frames.area_per_side_a2.to_numpy(), set(results.notes.topic)


@pytest.mark.parametrize("box", BOXES)
def test_cut_molecules_are_told_of_and_made_whole(whole, write_frames, chain_mask, box):
    path, positions = whole
    cell = edges(box)
    rng = np.random.default_rng(3)
    frames = [positions]
    # The corner of the box stands near where IL-2 and α meet.
    alpha = chain_mask(path, "D")
    centre = (positions[alpha].mean(axis=0) + positions[:1000].mean(axis=0)) / 2
    for _ in range(3):
        moved = positions - centre + rng.uniform(-5, 5, 3)
        fractions = moved @ np.linalg.inv(cell)
        frames.append((fractions - np.floor(fractions)) @ cell)  # atom by atom
    plain, topics = areas(path, frames, write_frames, box, BARE, "plain.dcd")
    assert {"broken_molecules"} <= topics
    assert np.abs(plain[1:] - plain[0]).max() > 50
    mended, topics = areas(path, frames, write_frames, box, UNWRAPPED, "mended.dcd")
    assert not {"broken_molecules", "other_images"} & topics
    # single precision of the positions, 8e-6 Å, over some hundred atoms at the border
    np.testing.assert_allclose(mended, plain[0], rtol=0, atol=1e-2)


def test_a_partner_in_another_image_is_told_of_and_brought_back(
    whole, write_frames, chain_mask
):
    path, positions = whole
    box = BOXES[0]
    far = positions + chain_mask(path, "D")[:, None] * edges(box)[1]
    frames = [positions, far]
    plain, topics = areas(path, frames, write_frames, box, BARE, "plain.dcd")
    assert "other_images" in topics
    assert "broken_molecules" not in topics
    assert plain[1] == 0
    mended, _ = areas(path, frames, write_frames, box, UNWRAPPED, "mended.dcd")
    np.testing.assert_allclose(mended, plain[0], rtol=0, atol=1e-2)


def test_no_box_no_doubt(whole, write_frames):
    path, positions = whole
    first = areas(path, [positions], write_frames, None, BARE, "plain.dcd")
    second = areas(path, [positions], write_frames, None, UNWRAPPED, "mended.dcd")
    assert first[0].tolist() == second[0].tolist()
    assert not {"broken_molecules", "other_images"} & first[1]


def test_a_gap_in_a_chain_is_not_a_cut(mirror):
    # 35 residues of α of 2ERJ have no coordinates; half of its shortest cell edge is 28 Å.
    notes = (
        open_trajectory(mirror / "2ERJ.pdb.gz").interfaces("D/A", parameters=BARE).notes
    )
    assert "broken_molecules" not in set(notes.topic)
