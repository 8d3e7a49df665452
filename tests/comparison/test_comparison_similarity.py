"""Shared contacts, distances and DockQ of two poses: known answers, an oracle, the program."""

import itertools
import math
from dataclasses import replace

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from scipy.spatial.distance import cdist
from scipy.spatial.transform import Rotation

from il2struct.comparison.complexes import NamedComplex, similarities
from il2struct.comparison.similarity import (
    Pose,
    Similarity,
    common_chains,
    dockq_class,
    similarity_of,
)

#: What the program prints of an interface.
VALUES = ("dockq", "irmsd_a", "lrmsd_a", "fnat", "fnonnat")
#: DockQ 2.1.3 with the chains mapped by hand (``--mapping``, ``--allowed_mismatches 10``): model,
#: reference, chains of the model by those of the reference, then DockQ, interface and ligand RMSD,
#: fnat and fnonnat as it prints them.
PUBLISHED = (
    ("2ERJ.pdb", "2B5I.cif", "DB:AB", 0.929, 0.409, 1.189, 0.875, 0.079),
    ("2ERJ.pdb", "2B5I.cif", "DC:AC", 0.941, 0.355, 0.675, 0.882, 0.032),
    ("2ERJ.pdb", "2B5I.cif", "DA:AD", 0.892, 0.760, 1.412, 0.906, 0.127),
    ("2ERJ.pdb", "2B5I.cif", "BC:BC", 0.955, 0.333, 1.347, 0.937, 0.033),
    ("2ERJ.pdb", "2B5I.cif", "FG:BC", 0.948, 0.376, 1.167, 0.921, 0.017),
    ("2ERJ.pdb", "2ERJ.pdb", "HF:DB", 0.964, 0.289, 1.169, 0.947, 0.053),
    ("2ERJ.pdb", "2ERJ.pdb", "HG:DC", 0.961, 0.320, 0.742, 0.935, 0.094),
    ("2ERJ.pdb", "2ERJ.pdb", "HE:DA", 0.921, 0.577, 1.657, 0.927, 0.089),
    ("2ERJ.pdb", "2ERJ.pdb", "FG:BC", 0.948, 0.325, 2.194, 0.951, 0.017),
    ("1Z92.pdb", "2B5I.cif", "AB:AD", 0.719, 1.421, 4.487, 0.849, 0.274),
    ("1BRS.pdb", "1BRS.pdb", "BE:AD", 0.985, 0.294, 0.753, 1.000, 0.035),
    ("2Z3R.cif", "2Z3R.cif", "CD:AB", 0.920, 0.734, 1.271, 0.976, 0.089),
    ("2Z3R.cif", "2Z3R.cif", "GH:AB", 0.897, 0.869, 1.590, 0.976, 0.146),
    ("2Z3R.cif", "2Z3R.cif", "IJ:AB", 0.888, 0.895, 1.972, 0.976, 0.068),
    ("2Z3R.cif", "2Z3R.cif", "KL:AB", 0.979, 0.274, 0.771, 0.976, 0.047),
    ("2Z3R.cif", "2Z3R.cif", "OP:AB", 0.984, 0.217, 0.431, 0.976, 0.068),
)


def pose(coords: np.ndarray) -> Pose:
    """Residues of four atoms, N, CA, C and O, numbered from 1."""
    n = len(coords) // 4
    key = np.column_stack([np.zeros(n), np.arange(1, n + 1), np.zeros(n)])
    return Pose(
        coords=coords,
        residue=np.repeat(np.arange(n), 4),
        key=key.astype(np.int64),
        backbone=coords.reshape(n, 4, 3),
    )


def strands(n: int = 12, apart_a: float = 4.0) -> tuple[Pose, Pose]:
    """Two uneven strands along x; the second is shorter."""
    rng = np.random.default_rng(5)
    along = np.column_stack([np.arange(4 * n) * 0.95, *np.zeros((2, 4 * n))])
    first = along + rng.normal(0, 0.3, along.shape)
    second = along[: 4 * (n - 3)] + np.array([3.0, apart_a, 0.0])
    return pose(first), pose(second + rng.normal(0, 0.3, second.shape))


def moved(pose_: Pose, rotation: np.ndarray, shift_a: np.ndarray) -> Pose:
    return pose(pose_.coords @ rotation.T + shift_a)


def part(pose_: Pose, rows: np.ndarray) -> Pose:
    atoms = np.isin(pose_.residue, rows)
    kept = pose(pose_.coords[atoms])
    return replace(kept, key=pose_.key[rows])


def contacts(poses: tuple[Pose, Pose], cutoff_a: float = 5.0) -> set[tuple[int, int]]:
    """By all distances: common numbers of residues with atoms so near."""
    near = np.argwhere(cdist(poses[0].coords, poses[1].coords) <= cutoff_a)
    return {
        tuple(
            int(p.key[p.residue[atom], 1]) for p, atom in zip(poses, pair, strict=True)
        )
        for pair in near
    }


def test_a_pose_is_like_itself():
    alike = similarity_of(strands(), strands())
    assert alike.fnat == alike.dockq == 1.0
    assert alike.fnonnat == 0.0
    assert alike.irmsd_a == pytest.approx(0.0, abs=1e-6)
    assert alike.n_residues == 12 + 9


@given(st.integers(0, 2**32 - 1))
def test_how_the_other_complex_lies_does_not_matter(seed):
    rng = np.random.default_rng(seed)
    rotation = Rotation.random(random_state=seed).as_matrix()
    shift = rng.normal(0, 100, 3)
    bent = strands(apart_a=4.7)
    once = similarity_of(strands(), bent)
    again = similarity_of(strands(), tuple(moved(p, rotation, shift) for p in bent))
    assert again.n_contacts_shared == once.n_contacts_shared
    assert again.dockq == pytest.approx(once.dockq, abs=1e-9)


@pytest.mark.parametrize("shift", [(0.0, 2.0, 0.0), (3.0, -1.0, 2.0)])
def test_a_shifted_ligand_by_an_oracle(shift):
    reference = strands()
    other = reference[0], moved(reference[1], np.eye(3), np.array(shift))
    alike = similarity_of(reference, other)
    # The first strand is the longer one, so that the second moves by just the shift.
    assert alike.lrmsd_a == pytest.approx(math.hypot(*shift), abs=1e-6)
    native, found = contacts(reference), contacts(other)
    assert alike.fnat == pytest.approx(len(native & found) / len(native))
    assert alike.fnonnat == pytest.approx(len(found - native) / max(1, len(found)))
    near = contacts(reference, 10.0)
    pairs = [
        (ref.backbone[rows].reshape(-1, 3), mod.backbone[rows].reshape(-1, 3))
        for side, (ref, mod) in enumerate(zip(reference, other, strict=True))
        for rows in [sorted({pair[side] - 1 for pair in near})]
    ]
    fixed, moving = (np.concatenate(parts) for parts in zip(*pairs, strict=True))
    fixed, moving = fixed - fixed.mean(axis=0), moving - moving.mean(axis=0)
    _, rest = Rotation.align_vectors(fixed, moving)
    assert alike.irmsd_a == pytest.approx(rest / math.sqrt(len(fixed)), abs=1e-6)


def test_the_score_by_hand():
    alike = Similarity(
        n_residues=9,
        n_contacts_reference=10,
        n_contacts_compared=8,
        n_contacts_shared=5,
        irmsd_a=1.5,
        lrmsd_a=8.5,
        rmsd_a=2.0,
    )
    assert alike.fnat == alike.dockq == 0.5
    assert alike.fnonnat == 3 / 8
    assert replace(alike, irmsd_a=math.nan, lrmsd_a=math.nan).dockq == 0.5 / 3


@pytest.mark.parametrize(
    ("dockq", "quality"),
    [(0.22, "incorrect"), (0.23, "acceptable"), (0.49, "medium"), (0.8, "high")],
)
def test_classes(dockq, quality):
    assert dockq_class(dockq) == quality


def test_residues_that_are_not_there_keep_counting_in_the_reference():
    whole = strands()
    short = whole[0], part(whole[1], np.arange(4))
    alike = similarity_of(whole, short)
    assert alike.n_contacts_reference == len(contacts(whole))
    assert alike.n_contacts_shared == len(contacts(short)) < len(contacts(whole))
    assert alike.irmsd_a == pytest.approx(0.0, abs=1e-6)


def test_no_contact_in_the_reference_is_no_interface():
    assert similarity_of(strands(apart_a=40.0), strands()) is None


def test_no_residue_in_common():
    reference = strands()
    strangers = tuple(replace(p, key=p.key + np.array([0, 500, 0])) for p in reference)
    alike = similarity_of(reference, strangers)
    assert math.isnan(alike.irmsd_a)
    assert alike.dockq == 0.0


@pytest.mark.entries
@pytest.mark.reference
@pytest.mark.parametrize(("model", "native", "chains", *VALUES), PUBLISHED)
def test_the_published_program(
    named_entry, model, native, chains, dockq, irmsd_a, lrmsd_a, fnat, fnonnat
):
    entries = named_entry(native), named_entry(model)
    sides = chains.split(":")[::-1]
    found = [
        NamedComplex(name="", named=named, complex_=complex_, common=common)
        for named, common, names in zip(
            entries, common_chains(entries), sides, strict=True
        )
        for complex_ in named.complexes
        if set(names) <= {m.image.auth_asym_id for m in complex_.members}
    ]
    reference, compared = found
    images = {m.image.auth_asym_id: m.image for m in reference.complex_.members}
    interface = tuple((images[name],) for name in sides[0])
    mapped, (alike,) = similarities(reference, compared, [interface])
    assert [mapped[image].auth_asym_id for (image,) in interface] == list(sides[1])
    # It prints three decimals, and leaves out the few residues whose letters differ.
    rounding_a = 6e-4 if model == native else 3e-3
    assert alike.dockq == pytest.approx(dockq, abs=6e-4)
    assert alike.irmsd_a == pytest.approx(irmsd_a, abs=rounding_a)
    assert alike.lrmsd_a == pytest.approx(lrmsd_a, abs=rounding_a)
    assert alike.fnat == pytest.approx(fnat, abs=6e-4)
    assert alike.fnonnat == pytest.approx(fnonnat, abs=6e-4)


@pytest.mark.entries
def test_equal_chains_pair_as_they_stand(named_entry):
    # Two α and two β, of which no name tells which is which; its two-fold gives two right ways.
    named = named_entry("1HHO.cif")
    (common,) = common_chains([named])
    complex_ = named.complexes[0]
    members = complex_.members
    swapped = replace(complex_, members=members[::-1])
    one, other = (
        NamedComplex(name="", named=named, complex_=c, common=common)
        for c in (complex_, swapped)
    )
    pairs = [((a.image,), (b.image,)) for a, b in itertools.combinations(members, 2)]
    mapped, alike = similarities(one, other, pairs)
    assert len(set(mapped.values())) == len(members) == 4
    touching = [found.dockq for found in alike if found is not None]
    assert touching == pytest.approx([1.0] * len(touching), abs=1e-3)
