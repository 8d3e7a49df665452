"""What a user holds in Python: `load`, `Study` and `InterfaceResults`."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import il2struct
import il2struct.tables
from il2struct.errors import (
    NotFoundError,
    ParameterError,
    UnavailableError,
)
from il2struct.results.entry_tables import distinct_name
from il2struct.results.study import Study, load
from il2struct.structure.family import Role
from il2struct.structure.model import ChainImage


class TestLoad:
    @pytest.mark.entries
    def test_an_id_from_a_mirror(self, mirror, tmp_path):
        for mirrors in (mirror, str(mirror), (str(mirror), tmp_path)):
            study = load("1Z92", mirrors=mirrors, structures=tmp_path, offline=True)
            assert study.entry.entry_id == "1Z92"
            assert study.entry.provenance.origin == "mirror"

    @pytest.mark.entries
    def test_a_file_as_text_or_path(self, mirror):
        path = mirror / "1Z92.pdb.gz"
        for source in (path, str(path)):
            assert load(source).entry.provenance.origin == "file"

    @pytest.mark.entries
    def test_a_mirror_of_the_environment(self, mirror, monkeypatch, tmp_path):
        monkeypatch.setenv("IL2STRUCT_MIRROR", str(mirror))
        monkeypatch.setenv("IL2STRUCT_STRUCTURES", str(tmp_path))
        assert load("1Z92", offline=True).entry.entry_id == "1Z92"

    @pytest.mark.entries
    def test_a_model(self, mirror):
        path = mirror / "2NA8.cif.gz"
        assert load(path, model=5).entry.provenance.model_number == 5
        with pytest.raises(ParameterError, match="1 to 21"):
            load(path, model=99)

    def test_errors_tell_what_went_wrong(self, tmp_path):
        with pytest.raises(ParameterError, match="'hello'"):
            load("hello")
        with pytest.raises(NotFoundError, match=r"nothing\.pdb"):
            load(tmp_path / "nothing.pdb")
        with pytest.raises(UnavailableError, match="offline"):
            load("9ZZZ", mirrors=[], structures=tmp_path, offline=True)
        with pytest.raises(ParameterError, match="no/folder"):
            load("9ZZZ", mirrors="no/folder", offline=True)
        assert issubclass(NotFoundError, il2struct.Il2StructError)


@pytest.mark.entries
class TestStudy:
    def test_holds_entry_complexes_and_chains(self, measured):
        study = Study(measured("2ERJ.pdb").named)
        assert [c.complex_id for c in study.complexes] == ["1", "2"]
        assert list(study.chains["auth_asym_id"]) == list("ABCDEFGH")
        assert study.chains is study.chains  # worked out once
        assert set(study.tables()) == {"entries", "chains", "numbering", "complexes"}
        assert study.tables()["entries"]["n_interfaces"].isna().all()

    def test_shows_itself_in_one_line(self, measured):
        study = Study(measured("1Z92.pdb").named)
        assert repr(study) == "<Study 1Z92: complex 1: A=IL2 B=IL2RA>"
        assert repr(study.named) == "<NamedEntry 1Z92: 2 protein chains, 1 complexes>"
        assert repr(study.complexes) == "(<Complex 1: IL-2 A, IL-2Rα B>,)"
        member = study.complexes[0].members[0]
        assert repr(member) == "<IL-2 A>"
        moved = replace(member, image=ChainImage("A", 2, (0, -1, 0)))
        assert repr(replace(moved, role=Role.UNKNOWN)) == "<chain A (3_545)>"

    def test_sides_that_do_not_touch_are_an_interface_without_area(self, measured):
        # γc and α touch through the lattice only: a partner there must not leak in.
        (found,) = Study(measured("2B5I.cif").named).interfaces("C/D")
        assert found.burial.area_total_a2 == 0.0
        assert len(found.contacts.residue_1) == len(found.bonds.index_1) == 0


@pytest.mark.entries
class TestInterfaceResults:
    def test_is_a_sequence_of_interfaces(self, measured):
        results = measured("2B5I.cif")
        assert isinstance(results, Sequence)
        assert len(results) == len(list(results)) == 4
        assert results[0] is next(iter(results))
        assert results[-1] is next(reversed(results))
        assert results[1] in results
        assert results.index(results[2]) == 2
        assert results.count(results[3]) == 1
        with pytest.raises(IndexError):
            results[4]
        assert [i.interface_id for i in results] == list(results.table["interface_id"])

    def test_tables_are_worked_out_once(self, measured):
        results = measured("2B5I.cif")
        tables = results.tables()
        assert list(tables) == ["interfaces", "residues", "contacts", "bonds", "notes"]
        assert tables["bonds"] is results.bonds
        assert tables["interfaces"] is results.table

    def test_shows_itself_in_one_line(self, measured):
        results = measured("1Z92.pdb")
        assert repr(results) == "<InterfaceResults 1Z92: 1:IL2/IL2RA>"
        assert repr(measured("1TIB.pdb")) == "<InterfaceResults 1TIB: none>"
        # Arrays of thousands of atoms stay out.
        area = "948 Å² per side"
        assert repr(results[0]) == f"<Interface IL2/IL2RA of complex 1: {area}>"
        assert len(repr(results[0].sides[0])) < 200

    def test_no_interface_gives_empty_tables_with_their_columns(self, measured):
        results = measured("1TIB.pdb")
        assert len(results) == 0
        for name, table in results.tables().items():
            if name != "notes":
                assert table.empty
                assert list(table.columns) == il2struct.tables.column_names(name)
        assert "0 interfaces" in results._repr_html_()
        assert results.concordance().empty

    def test_notes_list_atoms_whose_radius_is_guessed(self, mirror, tmp_path):
        import gzip

        text = gzip.decompress((mirror / "1Z92.pdb.gz").read_bytes()).decode()
        path = tmp_path / "odd.pdb"
        path.write_text(text.replace(" NZ  LYS A  43", " QZ  LYS A  43"))
        results = load(path).interfaces()
        notes = results.notes
        (row,) = notes[notes["topic"] == "radius_by_element"].to_dict("records")
        assert row["count"] == 1
        assert row["subject"] == "LYS:QZ"
        # Sc has a table of its own, and names the same atom where it is asked for.
        parameters = il2struct.interface_parameters(sc="value")
        notes = load(path).interfaces(parameters=parameters).notes
        found = notes[notes["topic"] == "radius_by_element"]
        assert found["subject"].tolist() == ["LYS:QZ"] * 2
        assert [text.split()[-1] for text in found["message"]] == ["areas.", "Sc."]

    def test_concordance_counts_presets(self, measured):
        results = measured("2B5I.cif")
        table = results.concordance()
        assert len(table)
        known = set(il2struct.PRESETS)
        for _, row in table.iterrows():
            names = row["presets"].split()
            assert row["n_presets"] == len(names) == len(set(names)) >= 1
            assert set(names) <= known
        # A bond of the default preset without a condition has that preset's name in it.
        plain = results.bonds.query(
            "is_hydrogen_bond and not needs_flip and not needs_protonation "
            "and not is_glycan_mediated"
        )
        key = ["interface_id"] + [
            f"{name}_{side}"
            for side in (1, 2)
            for name in ("auth_asym_id", "auth_number", "atom_name")
        ]
        own = table[[("il2struct" in p.split()) for p in table["presets"]]]
        assert set(map(tuple, plain[key].to_numpy())) <= set(
            map(tuple, own[key].to_numpy())
        )
        assert not table.duplicated(key).any()

    def test_concordance_holds_every_bond_that_a_preset_finds(self, measured):
        results = measured("1Z92.pdb")
        study = Study(results.named)
        table = results.concordance()
        for name in il2struct.PRESETS:
            parameters = il2struct.interface_parameters(preset_name=name)
            bonds = study.interfaces(parameters=parameters).bonds
            plain = bonds.query(
                "is_hydrogen_bond and not needs_flip and not needs_protonation"
            )
            expected = sum(name in p.split() for p in table["presets"])
            assert len(plain) == expected, name


@pytest.mark.entries
def test_lattice_contacts_from_python_are_those_of_the_command(mirror):
    study = il2struct.load("2B5I", mirrors=mirror, offline=True)
    table = study.lattice()
    assert (table["kind"] == "crystal").sum() == 9
    assert list(table.columns) == il2struct.tables.column_names("lattice_contacts")
    with pytest.raises(il2struct.NoCrystalError):
        il2struct.load("2NA8", mirrors=mirror, offline=True).lattice()


@pytest.mark.entries
def test_interfaces_are_found_by_name_in_either_order(named_entry):
    results = Study(named_entry("2ERJ.pdb")).interfaces()
    alpha = results["IL2/IL2RA"]
    assert [item.complex_id for item in alpha] == ["1", "2"]
    for name in ("IL2RA/IL2", "IL2/CD25", "IL-2Rα / il-2"):
        assert list(results[name]) == list(alpha)
    assert len(alpha.table) == 2
    assert results[0] is next(iter(results))
    with pytest.raises(ParameterError, match="has no interface 'IL2/IL4R'; it has: "):
        results["IL2/IL4R"]


@given(st.lists(st.sampled_from(["a", "a_2", "a_2_2", "b"]), max_size=12))
def test_any_sequence_of_names_ends_up_distinct(names):
    taken: list[str] = []
    for name in names:
        given_name = distinct_name(name, taken)
        assert given_name.startswith(name)
        taken.append(given_name)
    assert len(set(taken)) == len(names)
