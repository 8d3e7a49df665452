"""Confidence files of predictors, scores made of them, and their table."""

import json
import math

import gemmi
import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from absent import absent
from il2struct.archive.files import has_structure_suffix
from il2struct.errors import ParseError
from il2struct.interface.measure import interfaces_of
from il2struct.predicted import (
    ipsae_of,
    pair_scores,
    predicted_table,
    read_confidence,
    tm_scale_a,
)
from il2struct.results.interfaces import InterfaceResults
from il2struct.structure.named import name_entry
from il2struct.structure.read import read_structure
from il2struct.tables import column_names

#: Residues of the two strands of `model`.
LENGTHS = (9, 7)
N = sum(LENGTHS)


def pdb_of(apart_a: float = 4.5) -> str:
    """Two poly-alanine strands side by side, with pLDDT in the column of B."""
    structure = gemmi.Structure()
    structure.add_model(gemmi.Model(1))
    frame = (
        ("N", 0, 0),
        ("CA", 1.4, 0.3),
        ("C", 2.5, -0.6),
        ("O", 2.5, -1.8),
        ("CB", 1.4, 1.4),
    )
    for name, length, y in (("A", LENGTHS[0], 0.0), ("B", LENGTHS[1], apart_a)):
        chain = gemmi.Chain(name)
        for number in range(1, length + 1):
            residue = gemmi.Residue()
            residue.name, residue.seqid = "ALA", gemmi.SeqId(str(number))
            for atom_name, x, dy in frame:
                atom = gemmi.Atom()
                atom.name, atom.element = atom_name, gemmi.Element(atom_name[0])
                atom.pos = gemmi.Position(3.8 * number + x, y + dy, 0.0)
                atom.b_iso = 80.0 + number
                residue.add_atom(atom)
            chain.add_residue(residue)
        structure[0].add_chain(chain)
    structure.setup_entities()
    return structure.make_pdb_string()


@pytest.fixture
def pae() -> np.ndarray:
    return np.random.default_rng(1).uniform(1.0, 20.0, (N, N))


@pytest.fixture
def written(tmp_path, pae):
    """Write a model with the files of a program beside it, and return its path."""

    def write(program: str) -> "object":
        model = tmp_path / "x_model_0.pdb"
        plddt = np.linspace(0.5, 0.9, N)
        if program == "boltz":
            np.savez(tmp_path / "pae_x_model_0.npz", pae=pae.astype(np.float32))
            np.savez(tmp_path / "plddt_x_model_0.npz", plddt=plddt)
            pairs = {"0": {"0": 0.9, "1": 0.7}, "1": {"0": 0.6, "1": 0.8}}
            words = {"ptm": 0.8, "iptm": 0.7, "confidence_score": 0.75}
            text = json.dumps({**words, "pair_chains_iptm": pairs})
            (tmp_path / "confidence_x_model_0.json").write_text(text)
        elif program == "alphafold3":
            chains = ["A"] * LENGTHS[0] + ["B"] * LENGTHS[1]
            numbers = [*range(1, LENGTHS[0] + 1), *range(1, LENGTHS[1] + 1)]
            full = {
                "pae": pae.tolist(),
                "token_chain_ids": chains,
                "token_res_ids": numbers,
            }
            (tmp_path / "x_full_data_0.json").write_text(json.dumps(full))
            words = {"ptm": 0.8, "iptm": 0.7, "ranking_score": 0.75}
            words["chain_pair_iptm"] = [[0.9, 0.7], [0.6, 0.8]]
            (tmp_path / "x_summary_confidences_0.json").write_text(json.dumps(words))
        elif program == "colabfold":
            model = tmp_path / "x_unrelaxed_rank_001.pdb"
            words = {"ptm": 0.8, "iptm": 0.7, "pae": pae.tolist()}
            words |= {"plddt": (100 * plddt).tolist(), "pairwise_iptm": {"A-B": 0.7}}
            (tmp_path / "x_scores_rank_001.json").write_text(json.dumps(words))
        elif program == "chai":
            model = tmp_path / "pred.model_idx_0.pdb"
            np.save(tmp_path / "pae.model_idx_0.npy", pae)
            np.savez(
                tmp_path / "scores.model_idx_0.npz",
                ptm=[0.8],
                iptm=[0.7],
                aggregate_score=[0.75],
                per_chain_pair_iptm=[[[0.9, 0.7], [0.6, 0.8]]],
            )
        elif program == "modelcif":
            model = tmp_path / "x.cif"
            structure = gemmi.read_pdb_string(pdb_of())
            structure.setup_entities()
            for entity, length in zip(structure.entities, LENGTHS, strict=True):
                entity.full_sequence = ["ALA"] * length
            structure.assign_label_seq_id()
            document = structure.make_mmcif_document()
            block = document.sole_block()
            kinds = block.init_loop("_ma_qa_metric.", ["id", "name", "type"])
            kinds.add_row(["1", "pae", "PAE"])
            names = ["metric_id", "label_asym_id_1", "label_seq_id_1"]
            names += ["label_asym_id_2", "label_seq_id_2", "metric_value"]
            rows = block.init_loop("_ma_qa_metric_local_pairwise.", names)
            labels = list(
                dict.fromkeys(
                    (row[0], row[1])
                    for row in block.find(
                        "_atom_site.", ["label_asym_id", "label_seq_id"]
                    )
                )
            )
            for i, one in enumerate(labels):
                for j, two in enumerate(labels):
                    rows.add_row(["1", *one, *two, f"{pae[i, j]:.6f}"])
            document.add_new_block("ligand").set_pair("_note", "é")
            document.write_file(str(model))
            return model
        model.write_text(pdb_of())
        return model

    return write


def table_of(model, confidence, reference=None):
    named = name_entry(read_structure(model))
    results = InterfaceResults(named, interfaces_of(named))
    return predicted_table(results, confidence, model=model.name, reference=reference)


def ipsae_oracle(pae: np.ndarray) -> float:
    """By the letter of the paper, in loops."""
    best = 0.0
    for row in pae:
        errors = [error for error in row if error < 10.0]
        if errors:
            d0 = max(1.0, 1.24 * (max(len(errors), 27) - 15) ** (1 / 3) - 1.8)
            best = max(best, sum(1 / (1 + (e / d0) ** 2) for e in errors) / len(errors))
    return best


@given(st.integers(0, 2**32 - 1), st.integers(1, 60), st.integers(1, 60))
def test_ipsae_by_loops(seed, n_rows, n_columns):
    pae = np.random.default_rng(seed).uniform(0.2, 30.0, (n_rows, n_columns))
    assert ipsae_of(pae) == pytest.approx(ipsae_oracle(pae))


def test_scale_of_the_tm_score():
    # 115 and 94 residues, as the script's output for a real model says.
    assert tm_scale_a(115) == pytest.approx(3.96, abs=0.005)
    assert tm_scale_a(94) == pytest.approx(3.52, abs=0.005)
    assert tm_scale_a(3) == tm_scale_a(27) >= 1.0


def test_no_error_below_the_cut_off_scores_nothing():
    pae, far = np.full((4, 4), 25.0), np.full((4, 4), 30.0)
    scores = pair_scores(
        pae, far, np.full(4, 90.0), np.array([True, True, False, False])
    )
    assert (
        scores.ipsae
        == scores.pdockq
        == scores.lis_1_to_2
        == scores.pdockq2_1_to_2
        == 0.0
    )


def test_sides_exchanged(pae):
    rng = np.random.default_rng(2)
    distance = rng.uniform(4, 20, (N, N))
    distance = (distance + distance.T) / 2
    plddt, is_first = rng.uniform(40, 95, N), np.arange(N) < LENGTHS[0]
    one, two = (
        pair_scores(pae, distance, plddt, sides) for sides in (is_first, ~is_first)
    )
    assert (one.ipsae_1_to_2, one.lis_1_to_2) == (two.ipsae_2_to_1, two.lis_2_to_1)
    assert one.pdockq == pytest.approx(two.pdockq)
    assert one.pdockq2_1_to_2 == pytest.approx(two.pdockq2_2_to_1)


@pytest.mark.parametrize(
    "program", ["boltz", "alphafold3", "colabfold", "chai", "modelcif"]
)
def test_files_of_each_program(written, pae, program):
    model = written(program)
    confidence = read_confidence(model)
    assert confidence.program == program
    np.testing.assert_allclose(confidence.pae_a, pae, atol=1e-5)
    if program != "modelcif":
        assert (confidence.ptm, confidence.iptm) == (0.8, 0.7)
        assert confidence.pair_iptm[0, 1] == 0.7
    table = table_of(model, confidence)
    assert list(table.columns) == column_names("predicted")
    (row,) = table.to_dict("records")
    assert row["program"] == program
    assert row["ipsae_1_to_2"] == pytest.approx(
        ipsae_oracle(pae[: LENGTHS[0], LENGTHS[0] :]), abs=1e-5
    )
    assert row["ipsae_2_to_1"] == pytest.approx(
        ipsae_oracle(pae[LENGTHS[0] :, : LENGTHS[0]]), abs=1e-5
    )
    assert row["pae_minimum_a"] >= pae.min() - 1e-5
    assert row["area_per_side_a2"] > 50
    assert 50 <= row["plddt_interface"] <= 90


def test_a_model_alone_has_geometry_only(tmp_path):
    model = tmp_path / "alone.pdb"
    model.write_text(pdb_of())
    (row,) = table_of(model, read_confidence(model)).to_dict("records")
    assert row["area_per_side_a2"] > 50
    assert math.isnan(row["ipsae"])
    assert math.isnan(row["plddt_interface"])


def test_dockq_against_an_experimental_complex(written, tmp_path):
    model = written("boltz")
    other = tmp_path / "native.pdb"
    other.write_text(pdb_of(apart_a=5.0))
    named = name_entry(read_structure(other))
    native = InterfaceResults(named, interfaces_of(named))
    (row,) = table_of(model, read_confidence(model), native).to_dict("records")
    assert 0.8 < row["dockq"] < 1.0
    assert row["reference"] == "native"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("pae_x_model_0.npz", b"no numbers", "holds no numbers 'pae'"),
        ("confidence_x_model_0.json", b"{", "is not the JSON of confidence"),
        (
            "confidence_x_model_0.json",
            b'{"pair_chains_iptm": 3}',
            "not as boltz writes them",
        ),
        ("confidence_x_model_0.json", b'{"pair_chains_iptm": [["a"]]}', "not as boltz"),
    ],
)
def test_damaged_files_are_one_sentence(written, name, content, words):
    model = written("boltz")
    model.with_name(name).write_bytes(content)
    with pytest.raises(ParseError, match=words):
        read_confidence(model)


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ((N, N - 1), "not one of all residues by all"),
        ((N - 1, N - 1), "is for 15 residues, the model has 16"),
    ],
)
def test_errors_of_another_model(written, shape, words):
    model = written("boltz")
    np.savez(model.with_name("pae_x_model_0.npz"), pae=np.ones(shape))
    with pytest.raises(ParseError, match=words):
        table_of(model, read_confidence(model))


def test_errors_that_are_no_numbers(written, pae):
    model = written("boltz")
    pae[3, 4] = np.nan
    np.savez(model.with_name("pae_x_model_0.npz"), pae=pae)
    with pytest.raises(ParseError, match="are not numbers"):
        read_confidence(model)


#: Real models of PD-L1 and a binder: folder, and ipSAE of both directions, pDockQ, pDockQ2 and LIS as the
#: script of the paper prints them for errors and distances up to 10 Å.
PUBLISHED = [
    ("boltz", 0.897489, 0.895709, 0.5714, 0.8781, 0.7743),
    ("colabfold", 0.867983, 0.842880, 0.5757, 0.9059, 0.7620),
]


@pytest.mark.entries
@pytest.mark.reference
@pytest.mark.parametrize(
    ("program", "one", "two", "pdockq", "pdockq2", "lis"), PUBLISHED
)
def test_the_published_script(mirror, program, one, two, pdockq, pdockq2, lis):
    folder = mirror.parent / "fixtures" / "predictions" / program
    models = [path for path in folder.glob("*") if has_structure_suffix(path)]
    if not models:
        absent(f"no predicted models at {folder}")
    (model,) = models
    (row,) = table_of(model, read_confidence(model)).to_dict("records")
    assert row["ipsae_1_to_2"] == pytest.approx(one, abs=1e-6)
    assert row["ipsae_2_to_1"] == pytest.approx(two, abs=1e-6)
    assert row["pdockq"] == pytest.approx(pdockq, abs=1e-4)
    assert row["pdockq2"] == pytest.approx(pdockq2, abs=1e-4)
    assert row["lis"] == pytest.approx(lis, abs=1e-4)
