"""Which atoms of a file enter the columns, and of which conformer."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arrays import frozen
from il2struct.errors import ParameterError
from il2struct.structure.columns import chosen_conformers
from il2struct.structure.read import ReadOptions, read_structure


def choose(labels, occupancy, place, prefer="highest"):
    return chosen_conformers(
        frozen(labels, "U1"),
        frozen(occupancy, float),
        frozen(place, int),
        prefer=prefer,
    )


def test_no_alternate_locations():
    choice = choose(["", "", ""], [1, 0.5, 0], [0, 0, 1])
    assert choice.keep.all()
    assert choice.n_residues == 0


def test_no_atoms():
    choice = choose([], [], [])
    assert (len(choice.keep), choice.n_residues) == (0, 0)


def test_highest_mean_occupancy_not_highest_sum():
    # A has three atoms at 0.3 (sum 0.9), B one at 0.7.
    choice = choose(["A", "A", "A", "B"], [0.3, 0.3, 0.3, 0.7], [0] * 4)
    assert choice.keep.tolist() == [False, False, False, True]


def test_tie_goes_to_the_first_letter_whatever_the_order():
    assert choose(["B", "A"], [0.5, 0.5], [0, 0]).keep.tolist() == [False, True]
    # 0.1 + 0.2 is not 0.3 in floats; rounding must not turn a tie into a choice.
    choice = choose(["B", "B", "A", "A"], [0.1, 0.2, 0.15, 0.15], [0] * 4)
    assert choice.keep.tolist() == [False, False, True, True]


def test_preferred_label_where_it_occurs_and_occupancy_elsewhere():
    labels, occupancy, place = ["A", "B", "A", "C"], [0.9, 0.1, 0.4, 0.6], [0, 0, 1, 1]
    choice = choose(labels, occupancy, place, prefer="B")
    assert choice.keep.tolist() == [False, True, False, True]


def test_one_label_only_is_no_choice():
    choice = choose(["A", "A"], [0.4, 0.4], [0, 0])
    assert choice.keep.all()
    assert choice.n_residues == 0


@pytest.mark.parametrize("prefer", ["", "AB", "lowest"])
def test_preference_that_is_no_letter(prefer):
    with pytest.raises(ParameterError, match="one letter"):
        choose(["A"], [1.0], [0], prefer=prefer)


atoms = st.lists(
    st.tuples(
        st.sampled_from(["", "A", "B", "C"]),
        st.integers(0, 100).map(lambda n: n / 100),
        st.integers(0, 5),
    ),
    max_size=40,
)


@given(atoms, st.sampled_from(["highest", "A", "B", "Z"]))
def test_against_the_obvious_loop(rows, prefer):
    labels = [row[0] for row in rows]
    occupancy = [row[1] for row in rows]
    place = [row[2] for row in rows]
    expected = [True] * len(rows)
    for here in set(place):
        mine = [i for i in range(len(rows)) if place[i] == here and labels[i]]
        present = sorted({labels[i] for i in mine})
        if not present:
            continue
        mean = {
            label: round(
                float(np.mean([occupancy[i] for i in mine if labels[i] == label])), 4
            )
            for label in present
        }
        best = (
            prefer
            if prefer in present
            else max(present, key=lambda x: (mean[x], -ord(x)))
        )
        for i in mine:
            expected[i] = labels[i] == best
    choice = choose(labels, occupancy, place, prefer)
    assert choice.keep.tolist() == expected


@given(atoms)
def test_one_label_a_place_and_blank_always(rows):
    labels, occupancy, place = (([row[k] for row in rows]) for k in range(3))
    keep = choose(labels, occupancy, place).keep
    for here in set(place):
        kept = {labels[i] for i in np.flatnonzero(keep) if place[i] == here} - {""}
        offered = {labels[i] for i in range(len(rows)) if place[i] == here} - {""}
        assert len(kept) == bool(offered)
    assert all(keep[i] for i in range(len(rows)) if labels[i] == "")


# --- through the reader --------------------------------------------------------------------------


def conformers(pdb, *, occupancy_b=0.6):
    """GLY, a SER with two whole conformers, GLY."""
    return (
        pdb.residue("GLY", 1, (0, 0, 0))
        + pdb.residue("SER", 2, (3.8, 0, 0), altloc="A", occupancy=1 - occupancy_b)
        + pdb.residue("SER", 2, (3.8, 0.5, 0), altloc="B", occupancy=occupancy_b)
        + pdb.residue("GLY", 3, (7.6, 0, 0))
    )


@pytest.mark.parametrize(
    ("occupancy_b", "altloc", "kept"),
    [
        (0.6, "highest", "B"),
        (0.4, "highest", "A"),
        (0.5, "highest", "A"),
        (0.6, "A", "A"),
        (0.4, "B", "B"),
        (0.6, "C", "B"),
    ],
)
def test_choice_through_the_reader(read_text_as, pdb, occupancy_b, altloc, kept):
    text = conformers(pdb, occupancy_b=occupancy_b)
    entry = read_text_as(text, options=ReadOptions(altloc=altloc))
    assert set(entry.atoms.altloc) == {"", kept}
    assert len(entry.atoms) == 4 + 5 + 4
    note = next(n for n in entry.notes if n.topic == "alternate_locations")
    assert note.count == 5
    assert "1 residues" in note.message
    assert (
        "highest occupancy" if altloc == "highest" else f"{altloc} where"
    ) in note.message


def test_partial_conformer_keeps_the_backbone_of_the_other(read_text_as, pdb):
    # The whole residue is A, its side chain alone also B with more occupancy.
    text = (
        pdb.residue("GLY", 1, (0, 0, 0))
        + pdb.residue("SER", 2, (3.8, 0, 0), altloc="A", occupancy=0.4)
        + pdb.atom("CB", "SER", 2, (5.2, 2, 0), altloc="B", occupancy=0.6)
        + pdb.atom("OG", "SER", 2, (5.2, 3, 0), altloc="B", occupancy=0.6)
        + pdb.residue("GLY", 3, (7.6, 0, 0))
    )
    entry = read_text_as(text)
    serine = entry.atoms.residue_name == "SER"
    assert dict(zip(entry.atoms.atom_name[serine], entry.atoms.altloc[serine], strict=True)) == {
        "N": "A", "CA": "A", "C": "A", "O": "A", "CB": "B", "OG": "B"
    }  # fmt: skip
    assert next(n for n in entry.notes if n.topic == "alternate_locations").count == 1


def test_microheterogeneity_keeps_one_residue(read_text_as, pdb):
    text = (
        pdb.seqres("ASA")
        + pdb.residue("ALA", 1, (0, 0, 0))
        + pdb.residue("SER", 2, (3.8, 0, 0), altloc="A", occupancy=0.4)
        + pdb.residue("THR", 2, (3.8, 0.5, 0), altloc="B", occupancy=0.6)
        + pdb.residue("ALA", 3, (7.6, 0, 0))
    )
    entry = read_text_as(text)
    assert entry.residues.name.tolist() == ["ALA", "THR", "ALA"]
    # The sequence is what stands in the coordinates, so that T is not called a native S.
    assert entry.chains[0].sequence == "ATA"
    assert {n.topic: n.count for n in entry.notes}["sequence_differs"] == 1
    preferred = read_text_as(text, options=ReadOptions(altloc="A"))
    assert preferred.chains[0].sequence == "ASA"


def test_conformers_listed_one_after_the_other(read_text_as, pdb):
    # Some programs write residues 2 and 3 as A, then both as B.
    blocks = [
        pdb.residue("SER", number, (3.8 * number, y, 0), altloc=label, occupancy=o)
        for label, y, o in (("A", 0.0, 0.3), ("B", 0.5, 0.7))
        for number in (2, 3)
    ]
    entry = read_text_as(pdb.residue("GLY", 1, (0, 0, 0)) + "".join(blocks))
    assert entry.residues.auth_number.tolist() == [1, 2, 3]
    assert set(entry.atoms.altloc) == {"", "B"}


def test_conformer_without_coordinates_does_not_win(read_text_as, pdb):
    lines = conformers(pdb, occupancy_b=0.9).splitlines(keepends=True)
    text = "".join(
        line[:30] + "     nan" + line[38:] if line[16] == "B" else line
        for line in lines
    )
    assert set(read_text_as(text).atoms.altloc) == {"", "A"}


def test_conformer_without_occupancy_does_not_win(read_text_as, cif_text):
    rows = [
        {"label_atom_id": "CA", "label_seq_id": 1, "label_alt_id": label, "occupancy": occupancy,
         "Cartn_x": x, "Cartn_y": 0, "Cartn_z": 0}
        for label, occupancy, x in (("A", "0.3", 1), ("B", "nan", 2))
    ]  # fmt: skip
    assert read_text_as(cif_text(rows)).atoms.altloc.tolist() == ["A"]


@pytest.mark.entries
@pytest.mark.parametrize(
    "name", ["1A2Y.pdb", "6NXR.cif", "2PNY.cif", "1ZEH.pdb", "3QB7.cif"]
)
def test_real_entries_lose_no_atom_name(mirror, name):
    # Whatever conformer stays, every residue keeps every atom name that its kind has in the file.
    import gemmi

    path = mirror / f"{name}.gz"
    entry = read_structure(path)
    kept = {
        (str(r.auth_asym_id[i]), int(r.auth_number[i]), str(r.ins_code[i])): set(
            entry.atoms.atom_name[r.atom_start[i] : r.atom_stop[i]].tolist()
        )
        for r in [entry.residues]
        for i in range(len(r))
    }
    n_all = 0
    for chain in gemmi.read_structure(str(path))[0]:
        for residue in chain:
            n_all += len(residue)
            key = (chain.name, residue.seqid.num, residue.seqid.icode.strip())
            assert (
                kept[key] >= {a.name for a in residue}
                or len([r for r in chain if r.seqid == residue.seqid]) > 1
            )  # microheterogeneity
    dropped = sum(n.count for n in entry.notes if n.topic == "alternate_locations")
    assert n_all == len(entry.atoms) + dropped
