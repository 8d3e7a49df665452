"""Numbers of frames: those of single structures, known distances, and no other with more processes."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.spatial import cKDTree

import il2struct
from il2struct.interface.interface import interface_parameters
from il2struct.structure.named import name_entry
from il2struct.structure.read import read_structure
from il2struct.trajectory.blocking import STEP_FRAMES
from il2struct.trajectory.study import open_trajectory

pytestmark = pytest.mark.entries

#: Columns that the tables of frames and of single structures share.
SHARED = (
    "n_atom_pairs",
    "n_residue_pairs",
    "n_hydrogen_bond",
    "n_salt_bridge",
    "n_disulfide",
    "n_cation_pi",
    "n_pi_stacking",
    "n_apolar_contact",
    "n_glycan_mediated",
    "n_needs_flip",
    "n_needs_protonation",
)


def keyed(table: pd.DataFrame, *more: str) -> pd.DataFrame:
    keys = ["complex_id", "interface_id", *more]
    return table.fillna({"complex_id": ""}).set_index(keys).sort_index()


@pytest.mark.parametrize("name", ["2B5I.pdb", "2ERJ.pdb"])
def test_one_frame_is_the_entry(mirror, name):
    path = mirror / f"{name}.gz"
    single = il2struct.load(path).interfaces(
        parameters=interface_parameters(sc="value")
    )
    frames = open_trajectory(path).interfaces()
    static, moving = keyed(single.table), keyed(frames.frames)
    moving = moving.loc[static.index]
    for column in SHARED:
        assert moving[column].tolist() == static[column].tolist(), column
    for column in ("area_per_side_a2", "area_1_a2", "area_2_a2", "sc"):
        # Positions are those of the file to the last digit: rounding of sums only.
        np.testing.assert_allclose(moving[column], static[column], rtol=0, atol=1e-9)


def test_one_frame_has_the_bonds_and_contacts_of_the_entry(mirror):
    path = mirror / "2B5I.pdb.gz"
    single, frames = (
        il2struct.load(path).interfaces(),
        open_trajectory(path).interfaces(),
    )
    ends = [
        f"{name}_{side}"
        for side in (1, 2)
        for name in ("auth_asym_id", "mature_number", "residue_name")
    ]
    both = (keyed(single.contacts, *ends), keyed(frames.contacts, *ends))
    assert both[0].index.equals(both[1].index)
    # shifts of the cuttings round at 1e-11 Å
    np.testing.assert_allclose(
        both[0].distance_a, both[1].distance_mean_a, rtol=0, atol=1e-9
    )
    ends += ["atom_name_1", "atom_name_2"]
    for kind in ("hydrogen_bond", "salt_bridge", "cation_pi", "apolar_contact"):
        plain = single.bonds
        plain = plain[plain[f"is_{kind}"]]
        if kind == "hydrogen_bond":
            plain = plain[~plain.needs_flip & ~plain.needs_protonation]
        own = frames.bonds[frames.bonds.kind == kind]
        both = (keyed(plain, *ends), keyed(own, *ends))
        assert len(both[0])
        assert both[0].index.equals(both[1].index)
        np.testing.assert_allclose(
            both[0].distance_a, both[1].distance_mean_a, rtol=0, atol=1e-9
        )
    assert (frames.bonds.occupancy == 1).all()


def test_water_mediated_bonds_are_those_of_the_deposited_waters(real_text, tmp_path):
    # Without a cell no water has images, and both ways see the same ones.
    lines = real_text("2B5I.pdb").splitlines()
    kept = [line for line in lines if line[:6] in ("ATOM  ", "HETATM", "TER   ")]
    path = tmp_path / "waters.pdb"
    path.write_text("\n".join([*kept, "END"]) + "\n")
    single, frames = (
        il2struct.load(path).interfaces(),
        open_trajectory(path).interfaces(),
    )
    counts = keyed(single.table).n_water_mediated
    assert counts.sum() > 20
    assert keyed(frames.frames).n_water_mediated.tolist() == counts.tolist()


@pytest.fixture
def alpha_pdb(protein_pdb):
    """IL-2 (A) and α (D) of 2B5I."""
    return protein_pdb("2B5I.pdb", "AD")


#: How far α is moved away, in Å.
SEPARATIONS_A = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 40.0)
#: Atoms farther apart than this, in Å, have room for a water between: the largest ProtOr radius
#: is 1.88 Å, the probe's 1.4 Å.
APART_A = 2 * (1.88 + 1.4)


@pytest.fixture
def separated(alpha_pdb, positions_of, chain_mask):
    """Positions with α moved away from IL-2 by `SEPARATIONS_A`."""
    positions, alpha = positions_of(alpha_pdb), chain_mask(alpha_pdb, "D")
    near = cKDTree(positions[alpha]).query(positions)[0] < 5.0
    near &= ~alpha | (cKDTree(positions[~alpha]).query(positions)[0] < 5.0)
    line = positions[near & alpha].mean(axis=0) - positions[near & ~alpha].mean(axis=0)
    line /= np.linalg.norm(line)
    return np.array(
        [positions + alpha[:, None] * line * away for away in SEPARATIONS_A]
    )


@pytest.mark.parametrize("ending", ["xtc", "dcd"])
def test_separation_empties_the_interface(
    measure, alpha_pdb, separated, write_frames, chain_mask, ending
):
    run = write_frames(separated, f"run.{ending}")
    results = measure(alpha_pdb, run)
    frames = results.frames
    assert frames.frame.tolist() == list(range(len(SEPARATIONS_A)))
    # a DCD file holds its step in single precision
    np.testing.assert_allclose(frames.time_ps, frames.frame, rtol=1e-6)
    area = frames.area_per_side_a2.to_numpy()
    # The nearest atoms of every frame, measured here, say what must be gone.
    alpha = chain_mask(alpha_pdb, "D")
    nearest = np.array([cKDTree(x[alpha]).query(x[~alpha])[0].min() for x in separated])
    gone = nearest > APART_A
    assert 1 <= gone.sum() < 3
    assert (area[gone] == 0).all()
    assert (np.diff(area[~gone]) < 0).all()
    assert (area[~gone] > 0).all()
    touches = frames.n_atom_pairs.to_numpy() > 0
    assert touches.tolist() == (nearest <= 5.0).tolist()
    row = results.table.iloc[0]
    assert (row.interface_id, row.n_frames) == ("IL2/IL2RA", len(SEPARATIONS_A))
    assert row.n_frames_in_contact == touches.sum()
    assert row.area_per_side_mean_a2 == pytest.approx(area.mean(), rel=1e-12)
    # XTC holds 0.01 Å: of some 900 Å² in the first frame at most 0.5 change (DCD: 1e-5 Å).
    single = il2struct.load(alpha_pdb).interfaces().table.area_per_side_a2[0]
    assert area[0] == pytest.approx(single, abs=0.5 if ending == "xtc" else 1e-3)


def test_every_frame_is_what_a_single_structure_of_it_would_be(
    measure, alpha_pdb, separated, write_frames
):
    run = write_frames(separated[:4], "run.dcd")
    study = open_trajectory(alpha_pdb, [run])
    frames = measure(study, between="IL2/IL2RA").frames
    entry = read_structure(alpha_pdb)
    for number in range(4):
        universe = study.universe
        coords = universe.trajectory[number].positions.astype(float)
        atoms = replace(entry.atoms, coords=coords[study.topology.atom_rows])
        named = name_entry(replace(entry, atoms=atoms))
        single = il2struct.Study(named).interfaces("IL2/IL2RA").table.iloc[0]
        for column in SHARED:
            assert frames[column][number] == single[column], column
        # rounding of sums only
        assert frames.area_1_a2[number] == pytest.approx(single.area_1_a2, abs=1e-9)


def test_occupancies_and_means_are_those_of_the_frames(
    measure, alpha_pdb, separated, write_frames
):
    run = write_frames(separated, "run.dcd")
    study = open_trajectory(alpha_pdb, [run])
    whole = measure(study)
    singles = [
        measure(study, between="IL2/IL2RA", frames=slice(k, k + 1))
        for k in range(len(separated))
    ]
    ends = ["mature_number_1", "mature_number_2"]
    seen = pd.concat([one.contacts for one in singles]).groupby(ends)
    rows = whole.contacts.set_index(ends).sort_index()
    assert rows.n_frames_seen.tolist() == seen.size().tolist()
    n = len(separated)
    np.testing.assert_allclose(rows.occupancy, seen.size() / n, rtol=1e-14)
    np.testing.assert_allclose(rows.distance_mean_a, seen.distance_mean_a.mean())
    np.testing.assert_allclose(rows.distance_min_a, seen.distance_min_a.min())
    ends = ["side", "mature_number"]
    buried = pd.concat([one.residues for one in singles]).groupby(ends).buried_mean_a2
    rows = whole.residues.set_index(ends).sort_index()
    # rounding of sums; areas of residues are of order 10 Å²
    np.testing.assert_allclose(rows.buried_mean_a2, buried.sum() / n, atol=1e-10)
    per_side = whole.residues.groupby("side").buried_mean_a2.sum()
    assert per_side.mean() == pytest.approx(
        whole.table.area_per_side_mean_a2[0], rel=1e-12
    )


def test_frames_are_chosen_as_from_a_list(measure, alpha_pdb, separated, write_frames):
    study = open_trajectory(alpha_pdb, [write_frames(separated, "run.dcd")])
    chosen = measure(study, sc_every=2, frames=slice(1, -1, 2))
    assert chosen.frames.frame.tolist() == [1, 3, 5]
    assert study.universe.trajectory.frame == 0  # left where it was
    # every second of those chosen, not of all
    assert chosen.frames.sc.notna().tolist() == [True, False, True]


def test_several_trajectories_follow_each_other(
    measure, alpha_pdb, separated, write_frames
):
    parts = [
        write_frames(separated[:2], "1.dcd"),
        write_frames(separated[2:4], "2.dcd"),
    ]
    joined = measure(alpha_pdb, parts)
    whole = measure(alpha_pdb, write_frames(separated[:4], "all.dcd"))
    pd.testing.assert_series_equal(
        joined.frames.area_per_side_a2, whole.frames.area_per_side_a2
    )


def test_models_are_frames_in_pdb_and_mmcif(measure, alpha_pdb, tmp_path):
    import gemmi

    structure = gemmi.read_structure(str(alpha_pdb))
    for number, shift in ((2, 1.0), (3, 30.0)):
        model = structure[0].clone()
        model.num = number
        for residue in model["D"]:
            for atom in residue:
                atom.pos += gemmi.Position(shift, 0, 0)
        structure.add_model(model)
    structure.setup_entities()
    pdb, cif = tmp_path / "ensemble.pdb", tmp_path / "ensemble.cif"
    structure.write_pdb(str(pdb))
    structure.make_mmcif_document().write_file(str(cif))
    from_pdb, from_cif = (measure(path, between="A/D").frames for path in (pdb, cif))
    assert len(from_pdb) == len(from_cif) == 3
    assert from_pdb.time_ps.isna().all()  # models have no times
    assert from_cif.time_ps.isna().all()
    assert from_pdb.n_atom_pairs.tolist() == from_cif.n_atom_pairs.tolist()
    # In memory positions are single precision, 4e-6 Å at 60 Å.
    np.testing.assert_allclose(
        from_pdb.area_per_side_a2, from_cif.area_per_side_a2, atol=1e-2
    )
    for number in (1, 2):
        single = il2struct.load(pdb, model=number).interfaces("A/D").table.iloc[0]
        row = from_pdb.iloc[number - 1]
        # decimals of the file are restored: rounding of sums only
        assert row.area_per_side_a2 == pytest.approx(single.area_per_side_a2, abs=1e-9)
        assert row.n_hydrogen_bond == single.n_hydrogen_bond


@pytest.mark.slow
def test_more_processes_change_nothing(measure, alpha_pdb, write_frames, positions_of):
    rng = np.random.default_rng(5)
    home = positions_of(alpha_pdb)
    n = STEP_FRAMES + 10  # two blocks
    frames = [home + rng.normal(0, 0.05, home.shape) for _ in range(n)]
    study = open_trajectory(alpha_pdb, [write_frames(frames, "run.xtc")])
    one, two = (measure(study, sc_every=60, jobs=jobs) for jobs in (1, 2))
    for name, table in one.tables().items():
        pd.testing.assert_frame_equal(table, two.tables()[name], check_exact=True)
    assert one.frames.sc.notna().sum() == 3
    assert one.table.area_per_side_error_a2[0] > 0


@pytest.mark.slow
def test_memory_does_not_grow_with_the_frames(
    measure, alpha_pdb, write_frames, positions_of
):
    rng = np.random.default_rng(6)
    home = positions_of(alpha_pdb)
    frames = [home + rng.normal(0, 0.02, home.shape) for _ in range(20)]
    peaks = []
    for n in (STEP_FRAMES, 5 * STEP_FRAMES):
        repeated = [frames[k % 20] for k in range(n)]
        study = open_trajectory(alpha_pdb, [write_frames(repeated, f"{n}.dcd")])
        measure(study, frames=slice(0, 2))  # imports and caches
        tracemalloc.start()
        measure(study)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    # Time series grow by 200 bytes a frame; a frame kept would add 70 kB.
    assert peaks[1] < 1.05 * peaks[0]


# --- periodic boxes: what they tear apart is told of, and put together when asked for -------------

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


@pytest.fixture
def areas(whole, write_frames, measure):
    """Areas of IL-2 with α in frames with a box, and topics of the notes."""

    def measured(frames, box, *, unwrap):
        run = write_frames(frames, f"{unwrap}.dcd", box)
        results = measure(whole[0], run, between="IL2/IL2RA", unwrap=unwrap)
        return results.frames.area_per_side_a2.to_numpy(), set(results.notes.topic)

    return measured


@pytest.mark.parametrize("box", BOXES)
def test_cut_molecules_are_told_of_and_made_whole(whole, areas, chain_mask, box):
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
    plain, topics = areas(frames, box, unwrap=False)
    assert {"broken_molecules"} <= topics
    assert np.abs(plain[1:] - plain[0]).max() > 50
    mended, topics = areas(frames, box, unwrap=True)
    assert not {"broken_molecules", "other_images"} & topics
    # single precision of the positions, 8e-6 Å, over some hundred atoms at the border
    np.testing.assert_allclose(mended, plain[0], rtol=0, atol=1e-2)


def test_a_partner_in_another_image_is_told_of_and_brought_back(
    whole, areas, chain_mask
):
    path, positions = whole
    box = BOXES[0]
    far = positions + chain_mask(path, "D")[:, None] * edges(box)[1]
    frames = [positions, far]
    plain, topics = areas(frames, box, unwrap=False)
    assert "other_images" in topics
    assert "broken_molecules" not in topics
    assert plain[1] == 0
    mended, _ = areas(frames, box, unwrap=True)
    np.testing.assert_allclose(mended, plain[0], rtol=0, atol=1e-2)


def test_no_box_no_doubt(whole, areas):
    _, positions = whole
    first = areas([positions], None, unwrap=False)
    second = areas([positions], None, unwrap=True)
    assert first[0].tolist() == second[0].tolist()
    assert not {"broken_molecules", "other_images"} & first[1]


def test_a_gap_in_a_chain_is_not_a_cut(measure, mirror):
    # 35 residues of α of 2ERJ have no coordinates; half of its shortest cell edge is 28 Å.
    notes = measure(mirror / "2ERJ.pdb.gz", between="D/A").notes
    assert "broken_molecules" not in set(notes.topic)
