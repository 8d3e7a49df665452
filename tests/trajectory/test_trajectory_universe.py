"""Files of models: atoms are matched by what they are, not by where they stand in the file."""

import gzip

import gemmi
import numpy as np
import pytest

import il2struct
from il2struct.errors import ParseError
from il2struct.structure.read import read_structure
from il2struct.trajectory.study import open_trajectory
from il2struct.trajectory.universe import listed_frames, need_matching


def models(*bodies):
    text = "".join(
        f"MODEL     {k:4d}\n{body}ENDMDL\n" for k, body in enumerate(bodies, start=1)
    )
    return text + "END\n"


def backwards(body):
    """The same atoms, in each residue from the last to the first."""
    lines = body.splitlines(keepends=True)
    numbers = [line[21:26] for line in lines]
    order = sorted(range(len(lines)), key=lambda k: (numbers.index(numbers[k]), -k))
    return "".join(lines[k] for k in order)


@pytest.fixture
def frames_of(measure, tmp_path):
    def measured(text, name="made.pdb"):
        path = tmp_path / name
        content = text.encode()
        path.write_bytes(gzip.compress(content) if name.endswith("gz") else content)
        return measure(path, between="A/B").frames

    return measured


@pytest.mark.parametrize("name", ["made.pdb", "made.ent", "made.pdb.gz"])
def test_models_that_list_their_atoms_in_other_orders(frames_of, peptides, name):
    a, b = peptides["A"], peptides["B"]
    expected = frames_of(models(a + b, a + b, a + b), name="expected.pdb")
    found = frames_of(models(a + b, b + a, backwards(a) + b), name=name)
    for column in ("area_per_side_a2", "n_atom_pairs"):
        np.testing.assert_array_equal(found[column], expected[column])
    assert found.n_atom_pairs[0] > 0


def as_mmcif(text):
    structure = gemmi.read_pdb_string(text)
    structure.setup_entities()
    return structure.make_mmcif_document().as_string()


def test_models_of_mmcif_in_other_orders(frames_of, peptides):
    a, b = peptides["A"], peptides["B"]
    expected = frames_of(models(a + b, a + b))
    found = frames_of(as_mmcif(models(a + b, b + a)), name="made.cif")
    # MDAnalysis holds positions in single precision; of PDB files the decimals are known.
    np.testing.assert_allclose(
        found.area_per_side_a2, expected.area_per_side_a2, atol=1e-4
    )


def test_models_of_other_atoms_are_refused(frames_of, peptides):
    a, b = peptides["A"], peptides["B"]
    with pytest.raises(ParseError, match=r"model 2 .* differ in atom C of GLY 1 in chain A"):  # fmt: skip
        frames_of(models(a + b, a.replace(" A   1", " C   1") + b))
    uneven = models(a + b, a[: 4 * 81])
    for text, name in ((uneven, "made.pdb"), (as_mmcif(uneven), "made.cif")):
        with pytest.raises(ParseError, match=r"model 2 .*4 atoms and the first has 46"):
            frames_of(text, name=name)


def test_waters_of_one_number_stay_in_their_order(tmp_path, pdb, peptides):
    waters = [
        pdb.atom("O", "HOH", 1, (x, 20, 0), chain="W", record="HETATM") for x in (0, 9)
    ]
    a, b = peptides["A"], peptides["B"]
    path = tmp_path / "made.pdb"
    path.write_text(models(a + b + "".join(waters), b + a + "".join(waters)))
    universe = open_trajectory(path).universe
    for step in universe.trajectory:
        assert step.positions[-2:, 0].tolist() == [0, 9]


def test_models_in_one_order_are_read_one_by_one(tmp_path, peptides):
    path = tmp_path / "made.pdb"
    path.write_text(models(*[peptides["A"] + peptides["B"]] * 3))
    assert not need_matching(path)
    assert [len(frame.atoms) for frame in listed_frames(path)] == [46, 46, 46]
    assert open_trajectory(path).universe.trajectory.format == ["PDB", "ENT"]


def test_a_damaged_file_is_left_to_its_reader(tmp_path):
    path = tmp_path / "made.pdb.gz"
    path.write_bytes(gzip.compress(b"ATOM  \n" * 1000)[:-20])
    assert list(listed_frames(path)) == []
    with pytest.raises(ParseError):
        open_trajectory(path)


@pytest.mark.parametrize(
    ("order", "separator", "message"),
    [("BA", "ENDMDL\n", "another order"), ("AB", "END\n", "END alone")],
)
def test_a_pdb_trajectory_in_another_order_than_its_topology(
    tmp_path, peptides, order, separator, message
):
    topology, run = tmp_path / "top.pdb", tmp_path / "run.pdb"
    topology.write_text(peptides["A"] + peptides["B"] + "END\n")
    body = "".join(peptides[name] for name in order)
    start = "" if separator == "END\n" else "MODEL        1\n"
    run.write_text(2 * (start + body + separator))
    with pytest.raises(ParseError, match=message):
        open_trajectory(topology, [run])


def test_a_residue_of_unknown_type_is_a_link_of_its_chain(tmp_path, pdb, peptides):
    path = tmp_path / "made.pdb"
    text = peptides["A"].replace("SER A", "ZZZ A") + peptides["B"]
    ligand = pdb.atom("C1", "LIG", 9, (0, 30, 0), chain="A", record="HETATM")
    path.write_text(text + ligand + "END\n")
    entry = open_trajectory(path).named.entry
    assert [chain.sequence for chain in entry.chains] == ["GAXLG", "GVSLG"]
    assert len(entry.residues) == 10


@pytest.mark.parametrize(
    ("residue", "name", "sequence"),
    [
        ("SER", "SRO", "GASLG"),
        ("SER", "CYX", "GACLG"),
        ("SER", "CYS", "GACLG"),
        ("SER", "ZZZ", "GAXLG"),
        ("SER", "MSE", "GAMLG"),
        ("SER", "LYN", "GAKLG"),
        ("SER", "ASH", "GADLG"),
        ("SER", "HSP", "GAHLG"),
        ("HOH", "SOL", "GASLG"),
        ("HOH", "TIP", "GASLG"),
        ("HOH", "SPC", "GASLG"),
        ("HOH", "WAT", "GASLG"),
    ],
)
def test_names_are_read_by_the_rules_of_entries(
    tmp_path, pdb, peptides, residue, name, sequence
):
    path = tmp_path / "made.pdb"
    water = pdb.atom("O", "HOH", 9, (0, 20, 0), chain="W", record="HETATM")
    text = peptides["A"].replace(residue, name) + peptides["B"] + water.replace(residue, name)  # fmt: skip
    path.write_text(text + "END\n")
    study, entry = open_trajectory(path), read_structure(path)
    ours = study.named.entry
    assert [chain.sequence for chain in ours.chains] == [sequence, "GVSLG"]
    in_chain = entry.residues.chain_index >= 0
    assert ours.residues.name.tolist() == entry.residues.name[in_chain].tolist()
    assert ours.atoms.element.tolist() == entry.atoms.element[:-1].tolist()
    assert len(study.topology.water_rows) == 1
    told = {n.topic for n in entry.notes} & {"usual_names", "unknown_residues"}
    assert told == {n.topic for n in ours.notes} & {"usual_names", "unknown_residues"}


# --- one way in: a file means the same to `interfaces` and to `trajectory` ------------------------


def lines_of(text):
    return text.splitlines(keepends=True)


def shifted(text):
    """Serial numbers from 100000 on, which push every line one column to the right."""
    return "".join(
        f"{line[:6]}{100000 + k}{line[11:]}" for k, line in enumerate(lines_of(text))
    )


def side_chains_last(text):
    """Maestro and Desmond write all backbones, then all side chains."""
    lines = lines_of(text)
    return "".join(sorted(lines, key=lambda line: line[12:16] == " CB "))


def without_insertion_codes(text):
    return text.replace(" A   3 ", " A   2 ").replace(" A   4 ", " A   2 ")


@pytest.fixture
def writings(pdb, peptides):
    """Two chains from which the same contact must come out however they are written."""
    a, b = peptides["A"], peptides["B"]
    water = pdb.atom("O", "HOH", 9, (8, 4, 2), chain="W", record="HETATM")
    ligand = pdb.atom("C1", "LIG", 1, (0, 40, 0), chain="A", record="HETATM")
    return {
        "plain": a + b + water,
        "columns shifted": shifted(a + b + water),
        "a blank before": "".join(f" {x}\n" for x in (a + b + water).splitlines()),
        "side chains last": side_chains_last(a) + side_chains_last(b) + water,
        "ligand first": ligand + a + b + water,
        "gaps closed by TER": a[: 3 * 81] + "TER\n" + a[3 * 81 :] + "TER\n" + b + water,
        "no insertion codes": without_insertion_codes(a) + b + water,
    }


WRITINGS = (
    "plain", "columns shifted", "a blank before", "side chains last", "ligand first", "gaps closed by TER",
    "no insertion codes",
)  # fmt: skip


@pytest.mark.parametrize("writing", WRITINGS)
def test_a_file_means_the_same_as_an_entry_and_as_a_trajectory(
    measure, tmp_path, writings, writing
):
    path = tmp_path / "made.pdb"
    path.write_text(writings[writing] + "END\n")
    study, entry = open_trajectory(path), il2struct.load(path)
    ours, theirs = study.named.entry.chains, entry.entry.chains
    assert [c.sequence for c in ours] == [c.sequence for c in theirs]
    expected = entry.interfaces("A/B").table
    frames = measure(study, between="A/B").frames
    for column in ("area_per_side_a2", "n_hydrogen_bond", "n_water_mediated"):
        np.testing.assert_allclose(frames[column], expected[column], atol=1e-3)
    assert len(study.topology.water_rows) == 1


def test_the_topology_of_a_trajectory_is_read_as_an_entry_too(
    measure, tmp_path, writings, write_frames, positions_of
):
    topology = tmp_path / "top.pdb"
    topology.write_text(writings["side chains last"] + "END\n")
    positions = positions_of(topology)
    run = write_frames([positions + 7.0, positions])
    study = open_trajectory(topology, [run])
    entry, first = study.named.entry, read_structure(topology)
    protein = np.flatnonzero(first.atoms.residue_name != "HOH")
    # The reference is the first frame of the trajectory.
    np.testing.assert_allclose(
        entry.atoms.coords, first.atoms.coords[protein] + 7.0, atol=0.01
    )
    frames = measure(study, between="A/B").frames
    assert frames.n_atom_pairs[0] == frames.n_atom_pairs[1] > 0


def test_a_shifted_topology_of_a_trajectory_is_refused(
    tmp_path, writings, write_frames
):
    topology = tmp_path / "top.pdb"
    topology.write_text(writings["columns shifted"] + "END\n")
    with pytest.raises(ParseError, match="columns are shifted"):
        open_trajectory(topology, [write_frames([np.zeros((47, 3))])])


def test_poses_in_one_place_are_no_pair(measure, tmp_path, pdb):
    chains = [pdb.peptide("GASLG" * 3, chain=name) for name in "BC"]
    other = pdb.peptide("GVSLG" * 3, chain="A", origin=(0, 0, 4.5))
    path = tmp_path / "made.pdb"
    path.write_text(other + "".join(chains) + "END\n")
    study = open_trajectory(path)
    table = measure(study).table
    assert sorted(table.interface_id) == ["A/B", "A/C"]
    assert "overlapping_chains" in [n.topic for n in study.named.entry.notes]
