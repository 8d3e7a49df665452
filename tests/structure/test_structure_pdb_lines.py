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
        x[:place] + "? " + x[place:] + "\n" for x in pdb.peptide("GAVL").splitlines()
    )
    with pytest.raises(ParseError, match=r"columns are shifted, the first in line 1;"):
        read_text_as(text)


def fields_of(line):
    """Record, serial number, name, residue, chain, number and coordinates."""
    cuts = (
        (0, 6),
        (6, 11),
        (12, 16),
        (17, 20),
        (20, 22),
        (22, 27),
        (30, 38),
        (38, 46),
        (46, 54),
    )
    return [line[start:stop].strip() for start, stop in cuts]


LOOSE = {
    "one blank between": lambda x: " ".join(fields_of(x)),
    "tabs": lambda x: "\t".join(fields_of(x)),
    "a blank before": lambda x: " " + x,
    "PQR": lambda x: " ".join((*fields_of(x), "-0.3000", "1.8240")),
    "PQR of ProDy": lambda x: (
        "{:<6} {:>5} {:<4} {:>4} {:>2} {:>4}      {:>8} {:>8} {:>8} 0.0000 0.0000".format(
            *fields_of(x)
        )
    ),
    "PQR of ParmEd": lambda x: (
        x[:12] + f" {x[12:16]} {x[17:20]} {x[21]} {x[22:26]}   {x[30:54]}   0.0000   0.0000"
    ),
    "serial number up to the head": lambda x: "ATOM 100000" + x[11:],
}  # fmt: skip


@pytest.mark.parametrize("manner", LOOSE)
def test_fields_that_blanks_set_apart(read_text_as, pdb, manner):
    text = pdb.peptide("GCAV", first=-1, chain="B", origin=(-20.5, 3.25, 104.0))
    whole = read_text_as(text)
    lines = [LOOSE[manner](line) for line in text.splitlines()]
    entry = read_text_as("\n".join(lines))
    assert shown(entry) == {"B": "GCAV"}
    assert entry.residues.auth_number.tolist() == [-1, 0, 1, 2]
    assert (entry.atoms.coords == whole.atoms.coords).all()
    assert (entry.atoms.element == whole.atoms.element).all()


def test_fields_of_files_without_chains(read_text_as, pdb):
    lines = [fields_of(line) for line in pdb.peptide("GCAV").splitlines()]
    entry = read_text_as("\n".join(" ".join(x[:4] + x[5:]) for x in lines))
    assert shown(entry) == {"A": "GCAV"}


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


def models_of(*bodies):
    return "".join(
        f"MODEL     {k:4d}\n{body}ENDMDL\n" for k, body in enumerate(bodies, 1)
    )


def test_models_of_other_atoms_are_read_together(read_text_as, pdb):
    # As ChimeraX writes several molecules; both may be called A.
    second = pdb.peptide("KKKVE", origin=(0, 9, 0))
    entry = read_text_as(models_of(pdb.peptide("GAVL"), second))
    assert shown(entry) == {"A": "GAVL", "A.2": "KKKVE"}
    assert topics(entry)["models_joined"] == 2


def turned(body, shift):
    """The same, turned by 90° about z and moved, as copies in files of assemblies are."""
    lines = []
    for x in body.splitlines():
        here = (-float(x[38:46]) + shift, float(x[30:38]), float(x[46:54]))
        lines.append(x[:30] + "".join(f"{v:8.3f}" for v in here) + x[54:] + "\n")
    return "".join(lines)


@pytest.mark.parametrize(("shift", "n_models"), [(-8.0, 1), (0.0, 2)])
def test_copies_beside_each_other_are_read_together(read_text_as, pdb, shift, n_models):
    body = pdb.peptide("GAVL")
    entry = read_text_as(models_of(body, turned(body, shift)))
    assert entry.n_models == n_models
    assert ("models_joined" in topics(entry)) == (n_models == 1)


def test_models_that_differ_in_shape_are_frames(read_text_as, pdb):
    body = pdb.peptide("GAVL")
    moved = body.replace(body.splitlines()[3], turned(body, 3.0).splitlines()[3])
    entry = read_text_as(models_of(body, turned(moved, -8.0)))
    assert entry.n_models == 2


def test_models_that_only_begin(read_text_as, pdb):
    model = "MODEL        {}\n" + pdb.peptide("GAVL")
    entry = read_text_as(model.format(1) + model.format(2) + "END\n")
    assert entry.n_models == 2
