"""Universes of all kinds: names, elements, chains, waters, and what cannot be read."""

import logging
import warnings

import numpy as np
import pytest

from il2struct.errors import (
    CoordinateError,
    NoProteinError,
    NotFoundError,
    ParameterError,
    ParseError,
    StructureError,
    UnknownChainError,
)
from il2struct.structure.model import ResidueKind
from il2struct.trajectory.measure import (
    parse_roles,
    sides_to_measure,
)
from il2struct.trajectory.study import from_universe, open_trajectory
from il2struct.trajectory.universe import read_block

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what MDAnalysis' own imports warn of is not ours
    import MDAnalysis as mda  # noqa: N813  # its own short name


@pytest.fixture
def two_chains(pdb, peptides, tmp_path):
    """Two short peptides and a water."""
    text = peptides["A"] + peptides["B"]
    water = pdb.atom("O", "HOH", 1, (0, 20, 0), chain="W", record="HETATM")
    path = tmp_path / "made.pdb"
    path.write_text(text + water + "END\n")
    return path


def universe_of(path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return mda.Universe(str(path))


def test_a_single_file_is_an_ensemble_of_its_models(measure, two_chains):
    study = open_trajectory(two_chains)
    assert study.n_frames == 1
    assert study.named.entry.entry_id == "made"
    assert study.chains.auth_asym_id.tolist() == ["A", "B"]
    assert [len(c.residue_index) for c in study.named.entry.chains] == [5, 5]
    assert len(study.topology.water_rows) == 1
    results = measure(study)
    assert results.table.interface_id.tolist() == ["A/B"]
    assert results.table.area_per_side_mean_a2[0] > 0


def test_two_atoms_lose_the_caps_of_their_spheres(measure, pdb, tmp_path):
    """Two CA 4 Å apart along z, radius 1.88 + 1.4 Å: each loses 2 pi R (R - 2)."""
    lines = [
        pdb.atom("CA", "ALA", 1, (0, 0, z), chain=c) for c, z in (("A", 0), ("B", 4))
    ]
    models = "".join(
        f"MODEL     {k:4d}\n{lines[0]}"
        + pdb.atom("CA", "ALA", 1, (0, 0, z), chain="B")
        + "ENDMDL\n"
        for k, z in enumerate((4.0, 5.0, 5.001, 6.559, 6.561), start=1)
    )
    path = tmp_path / "caps.pdb"
    path.write_text(models + "END\n")
    frames = measure(path, between="A/B").frames
    radius = 1.88 + 1.4
    caps = [max(0, 2 * np.pi * radius * (radius - d / 2)) for d in (4, 5, 5.001, 6.559)]
    # Files of the PDB format hold single positions to 0.001 Å; the table holds single precision.
    np.testing.assert_allclose(frames.area_per_side_a2[:4], caps, rtol=1e-5, atol=1e-4)
    assert frames.area_per_side_a2[4] == 0
    assert frames.n_atom_pairs.tolist() == [1, 1, 0, 0, 0]


def test_elements_are_told_by_names_where_a_topology_has_none(two_chains):
    universe = universe_of(two_chains)
    with_elements = from_universe(universe).named.entry.atoms.element
    universe.del_TopologyAttr("elements")
    without = from_universe(universe).named.entry.atoms.element
    assert without.tolist() == with_elements.tolist()


def test_names_of_force_fields_become_the_usual_ones(two_chains):
    universe = universe_of(two_chains)
    universe.residues[3].resname = "HSE"
    universe.residues[1].resname = "CYX"
    universe.residues[4].atoms[3].name = "OT1"
    entry = from_universe(universe).named.entry
    assert entry.chains[0].sequence == "GCSHG"
    assert entry.residues.name[:4].tolist() == ["GLY", "CYS", "SER", "HIS"]
    assert entry.atoms.atom_name[entry.residues.atom_start[4] + 3] == "O"


def test_caps_belong_to_the_chain_beside_them(two_chains):
    universe = universe_of(two_chains)
    universe.residues[0].resname = "ACE"
    universe.residues[4].resname = "NME"
    entry = from_universe(universe).named.entry
    assert entry.chains[0].sequence == "XASLX"
    assert (entry.residues.kind == ResidueKind.PROTEIN).all()


def test_segments_name_chains_where_there_are_no_chain_ids(two_chains):
    universe = universe_of(two_chains)
    universe.del_TopologyAttr("chainIDs")
    universe.segments.segids = ["PROA", "PROB", "WAT"]
    assert from_universe(universe).chains.auth_asym_id.tolist() == ["PROA", "PROB"]
    # One letter for everything, as CHARMM-GUI writes it, tells less than the segments.
    universe.add_TopologyAttr("chainIDs", ["X"] * len(universe.atoms))
    assert from_universe(universe).chains.auth_asym_id.tolist() == ["PROA", "PROB"]


def test_unnamed_chains_are_refused_in_one_sentence(two_chains):
    universe = universe_of(two_chains)
    universe.del_TopologyAttr("chainIDs")
    universe.segments.segids = ["SYSTEM", "SYSTEM", "SYSTEM"]
    with pytest.raises(ParseError, match="names neither chain nor segment for 10"):
        from_universe(universe)


def test_one_chain_makes_no_interface(measure, two_chains):
    universe = universe_of(two_chains)
    universe.atoms.chainIDs = "A"
    universe.segments.segids = ["A", "A", "A"]
    with pytest.raises(StructureError, match=r"one protein chain \(A\)"):
        measure(from_universe(universe))


def test_no_protein(two_chains):
    universe = universe_of(two_chains)
    universe.residues.resnames = "SOL"
    with pytest.raises(NoProteinError, match="made holds no protein"):
        from_universe(universe)


def test_a_topology_alone_has_no_frames(two_chains):
    universe = universe_of(two_chains)
    empty = mda.Universe.empty(3)
    with pytest.raises(ParseError, match="no atom or residue names"):
        from_universe(empty)
    assert from_universe(universe).n_frames == 1


def test_positions_that_are_no_numbers_name_their_frame(two_chains):
    universe = universe_of(two_chains)
    frames = np.stack([universe.atoms.positions] * 3)
    frames[1, 4, 0] = np.nan
    universe.load_new(frames, order="fac")
    with pytest.raises(CoordinateError, match="frame 1 of made"):
        read_block(universe, range(3), np.arange(len(universe.atoms)))


@pytest.mark.parametrize(
    ("frames", "message"),
    [
        (slice(None, None, 0), "at least 1, not 0"),
        (slice(None, None, -1), "at least 1, not -1"),
        (slice(5, None), "no frame is left of 1"),
    ],
)
def test_frames_that_cannot_be(measure, two_chains, frames, message):
    with pytest.raises(ParameterError, match=message):
        measure(two_chains, frames=frames)


def test_roles_may_be_given_but_not_against_the_sequence(two_chains):
    universe = universe_of(two_chains)
    named = from_universe(universe, roles={"A": "il2"}).named
    assert named.role_of["A"] == "IL2"
    assert sides_to_measure(named)[0].label_1 in ("IL2", "A")
    with pytest.raises(UnknownChainError, match=r"no chain or role 'Z'; it has A, B"):
        from_universe(universe, roles={"Z": "IL2"})
    with pytest.raises(ParameterError, match="a role is one of IL2"):
        from_universe(universe, roles={"A": "CD4"})


@pytest.mark.entries
def test_roles_against_the_sequence(protein_pdb):
    with pytest.raises(ParameterError, match="chain A is IL2 by its sequence"):
        open_trajectory(protein_pdb("2B5I.pdb", "AD"), roles={"A": "IL2RA"})


@pytest.mark.parametrize(
    "text", ["", "A", "A=", "=IL2", "A=IL2,,B=IL2RA", "A=IL2,A=IL2RA"]
)
def test_roles_that_cannot_be_read(text):
    with pytest.raises(ParameterError, match="--roles"):
        parse_roles(text)


def test_files_that_cannot_be_read(two_chains, tmp_path, write_frames):
    with pytest.raises(NotFoundError, match=r"gone\.xtc is not a file"):
        open_trajectory(two_chains, [tmp_path / "gone.xtc"])
    broken = tmp_path / "broken.xtc"
    broken.write_bytes(b"no trajectory")
    with pytest.raises(ParseError, match=r"broken\.xtc cannot be read by MDAnalysis"):
        open_trajectory(two_chains, [broken])
    table = tmp_path / "frames.txt"
    table.write_text("nothing")
    with pytest.raises(ParseError, match="topology comes first") as found:
        open_trajectory(two_chains, [table])
    assert "dict_keys" not in str(found.value)
    other = write_frames([np.zeros((7, 3))])
    with pytest.raises(ParseError, match="same number of atoms"):
        open_trajectory(two_chains, [other])
    nonsense = tmp_path / "nonsense.xyzw"
    nonsense.write_text("nothing")
    with pytest.raises(ParseError, match="cannot be read"):
        open_trajectory(nonsense)


def test_a_trajectory_that_is_cut_off_names_the_frame(
    measure, two_chains, tmp_path, write_frames
):
    universe = universe_of(two_chains)
    rng = np.random.default_rng(1)
    shape = universe.atoms.positions.shape
    whole = write_frames([rng.uniform(0, 30, shape) for _ in range(6)], "whole.xtc")
    content = whole.read_bytes()
    cut = tmp_path / "cut.xtc"
    cut.write_bytes(content[: len(content) * 5 // 6 - 20])
    study = open_trajectory(two_chains, [cut])
    assert study.n_frames == 5
    with pytest.raises(ParseError, match=r"frame 4 of made cannot be read .*--stop"):
        measure(study)
    assert len(measure(study, between="A/B", frames=slice(4)).frames) == 4


def test_nothing_is_said_and_nothing_leaks(measure, two_chains, caplog, capfd):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        measure(two_chains)
    assert [r for r in caplog.records if r.levelno >= logging.WARNING] == []
    assert capfd.readouterr() == ("", "")
