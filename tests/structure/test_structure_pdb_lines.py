"""Records put right: what is certain is read, what is not is refused."""

import pytest

from il2struct.errors import ParseError


def topics(entry):
    return {note.topic: note.count for note in entry.notes}


def shown(entry):
    return {c.auth_asym_id: c.sequence for c in entry.chains}


# --- columns -------------------------------------------------------------------------------------


@pytest.mark.parametrize("serial", [100_000, 9_999_999])
@pytest.mark.parametrize("record", ["ATOM  ", "HETATM"])
def test_serial_numbers_that_push_the_columns(read_text_as, pdb, serial, record):
    lines = (pdb.peptide("GAVL") + pdb.atom("ZN", "ZN", 9, (20, 0, 0))).splitlines()
    text = "".join(f"{record}{serial + k}{x[11:]}\n" for k, x in enumerate(lines))
    entry = read_text_as(text)
    assert len(entry.atoms) == len(lines)
    assert entry.atoms.coords[-1].tolist() == [20, 0, 0]
    assert topics(entry)["shifted_columns"] == len(lines)


@pytest.mark.parametrize("place", [30, 26])
def test_columns_shifted_by_what_nobody_knows_are_refused(read_text_as, pdb, place):
    text = "".join(
        x[:place] + "  " + x[place:] + "\n" for x in pdb.peptide("GAVL").splitlines()
    )
    with pytest.raises(ParseError, match=r"columns are shifted, the first in line 1;"):
        read_text_as(text)


def test_fewer_decimals_are_no_shift(read_text_as, pdb):
    lines = pdb.peptide("GAVL").splitlines()
    text = "".join(
        x[:30]
        + "".join(f"{float(x[a : a + 8]):8.2f}" for a in (30, 38, 46))
        + x[54:]
        + "\n"
        for x in lines
    )
    entry = read_text_as(text)
    assert "shifted_columns" not in topics(entry)
    assert entry.atoms.coords.max() == pytest.approx(13.9, abs=0.01)


def test_a_record_that_ends_before_its_coordinates_is_refused(read_text_as, pdb):
    lines = pdb.peptide("GAVL").splitlines()
    lines[3] = lines[3][:40]
    with pytest.raises(ParseError, match="without coordinates in line 4"):
        read_text_as("\n".join(lines))


# --- names of four letters -----------------------------------------------------------------------


def test_a_true_chain_of_two_letters_stays(read_text_as, pdb):
    # LYS of chain HA looks like LYSH of chain A; GLY of chain HA does not.
    entry = read_text_as(pdb.peptide("GAKVG", chain="HA"))
    assert shown(entry) == {"HA": "GAKVG"}
    assert "usual_names" not in topics(entry)


# --- elements and occupancies --------------------------------------------------------------------


def without_elements(text):
    return "".join(
        x[:12] + f"{x[12:16].strip():<4}" + x[16:66] + "\n" for x in text.splitlines()
    )


def test_elements_by_name_where_names_are_out_of_their_column(read_text_as, pdb):
    text = (
        pdb.residue("LYS", 1, (0, 0, 0))
        + pdb.atom("CE", "LYS", 1, (1, 4, 0))
        + pdb.atom("NZ", "LYS", 1, (1, 5, 0))
        + pdb.atom("HG2", "LYS", 1, (2, 5, 0))
        + pdb.residue("MSE", 2, (3.8, 0, 0))
        + pdb.atom("SE", "MSE", 2, (5, 4, 0))
        + pdb.atom("CA", "CA", 9, (30, 0, 0), record="HETATM")
        + pdb.atom("CL1", "LIG", 10, (40, 0, 0), record="HETATM")
    )
    entry = read_text_as(without_elements(text))
    names = ["N", "CA", "C", "O", "CB"]
    expected = dict.fromkeys(names, "") | {n: n[0] for n in names}
    expected |= {"CE": "C", "NZ": "N", "HG2": "H", "SE": "SE", "CL1": "CL"}
    protein = entry.atoms.residue_name != "CA"
    found = zip(
        entry.atoms.atom_name[protein].tolist(),
        entry.atoms.element[protein].tolist(),
        strict=True,
    )
    assert dict(found) == expected
    assert entry.atoms.element[~protein].tolist() == ["CA"]
    assert topics(entry)["elements_by_name"] == len(entry.atoms)


def test_names_in_their_columns_tell_by_these(read_text_as, pdb):
    text = "".join(x[:66] + "\n" for x in pdb.peptide("GAVL").splitlines())
    entry = read_text_as(text)
    assert set(entry.atoms.element) == {"C", "N", "O"}
    assert "elements_by_name" not in topics(entry)


# --- frames --------------------------------------------------------------------------------------


def test_waters_may_differ_between_frames(read_text_as, pdb):
    water = pdb.atom("O", "HOH", 90, (0, 9, 9), chain="W", record="HETATM")
    entry = read_text_as(pdb.peptide("GAVL") + "END\n" + pdb.peptide("GAVL") + water)
    assert entry.n_models == 2


def test_models_that_only_begin(read_text_as, pdb):
    model = "MODEL        {}\n" + pdb.peptide("GAVL")
    entry = read_text_as(model.format(1) + model.format(2) + "END\n")
    assert entry.n_models == 2
