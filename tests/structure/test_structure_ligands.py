"""Ligands: which there are, what is crystallisation's, and which complex each belongs to."""

from dataclasses import replace

import gemmi
import numpy as np
import pytest

from il2struct.comparison.tables import compare
from il2struct.errors import UnknownChainError
from il2struct.interface.interface import InterfaceParameters
from il2struct.interface.measure import (
    divided_for,
    interface_of_pair,
    notes_of,
    select_pairs,
)
from il2struct.results.interfaces import InterfaceResults
from il2struct.results.study import Study
from il2struct.structure.components import components_of, library_components
from il2struct.structure.glycans import bonded_groups
from il2struct.structure.ligands import (
    additives,
    is_ligand_name,
    ligands_of,
    with_ligands,
)
from il2struct.structure.model import NO_NUMBER, ChainImage

CCD = """data_{name}
loop_
_chem_comp_atom.comp_id
_chem_comp_atom.atom_id
_chem_comp_atom.type_symbol
ABC N1 N
ABC C2 C
ABC H1 H
ALA CA C
loop_
_chem_comp_bond.comp_id
_chem_comp_bond.atom_id_1
_chem_comp_bond.atom_id_2
_chem_comp_bond.{order}
_chem_comp_bond.{aromatic}
ABC N1 C2 {double} {flag}
ABC N1 H1 {single} n
"""
#: The same component as dictionary and monomer library write it.
FORMS = (
    {"order": "value_order", "aromatic": "pdbx_aromatic_flag", "double": "DOUB"},
    {"order": "type", "aromatic": "aromatic", "double": "double"},
)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("flag", "order"), [("n", 2.0), ("y", 1.5)])
def test_bond_orders_as_dictionaries_write_them(form, flag, order):
    text = CCD.format(name="ABC", single="SING", flag=flag, **form)
    (component,) = components_of(gemmi.cif.read_string(text).sole_block())
    assert component.atoms == (("N1", "N"), ("C2", "C"), ("H1", "H"))
    assert component.bonds == (("N1", "C2", order), ("N1", "H1", 1.0))


def test_the_monomer_library_is_asked_where_it_is(monkeypatch, tmp_path, caplog):
    (tmp_path / "a").mkdir()
    text = CCD.format(name="comp_ABC", single="single", flag="n", **FORMS[1])
    (tmp_path / "a" / "ABC.cif").write_text(text)
    monkeypatch.delenv("CLIBD_MON", raising=False)
    assert library_components(["ABC"]) == ()
    monkeypatch.setenv("CLIBD_MON", str(tmp_path))
    assert [c.source for c in library_components(["ABC", "XYZ"])] == ["monomer library"]
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "XYZ.cif").write_text("data_x loop_ 'open")
    assert [c.name for c in library_components(["XYZ", "ABC"])] == ["ABC"]
    assert "bonds of XYZ are guessed" in caplog.text


def test_sugars_bonded_to_each_other_are_one(make_atoms):
    atoms = make_atoms([[0, 0, 0], [9, 0, 0], [10.4, 0, 0]])
    groups = bonded_groups(atoms, np.array([0, 1, 2]))
    assert [group.tolist() for group in groups] == [[0], [1, 2]]


def test_names_of_ligands_and_of_parts_of_chains():
    names = ("FRH:A201", "L:1-133", "A")
    assert [is_ligand_name(name) for name in names] == [True, False, False]


def test_every_additive_is_in_a_published_list():
    assert len(additives()) > 100
    assert {"GOL", "SO4", "PEG", "EDO"} <= set(additives())
    # These are as often what a study is about.
    assert not {"FRH", "ZN", "CA", "NAG", "HEM", "MYR", "CLR"} & set(additives())


@pytest.mark.entries
def test_a_ligand_joins_the_complex_it_lies_in(named_entry):
    named = named_entry("1PY2.pdb")
    found = with_ligands(named, {"FRH"})
    members = [[str(m.image.auth_asym_id) for m in c.members] for c in found.complexes]
    assert members == [
        [c, f"FRH:{c}{c_}01"] for c, c_ in zip("ABCD", "2345", strict=True)
    ]
    assert with_ligands(named, {"nothing"}) is named


@pytest.mark.entries
def test_a_ligand_joins_the_chain_it_is_bonded_to(named_entry):
    # The myristic acid of LysB29 lies along another dimer of the crystal.
    found = with_ligands(named_entry("1XDA.cif"), {"MYR"})
    members = [[m.image.auth_asym_id for m in c.members] for c in found.complexes]
    assert {"D", "MYR:D39"} <= set(members[1])


@pytest.mark.entries
def test_a_ligand_beside_an_image_is_moved_to_its_complex(named_entry):
    named = named_entry("1PY2.pdb")
    entry = named.entry
    (ligand, *_) = ligands_of(entry)
    # The file has it beside the image of its chain by the second operator.
    operator = entry.operators[1]
    coords = entry.atoms.coords.copy()
    rows = np.flatnonzero(np.isin(entry.atoms.residue_index, ligand.rows))
    coords[rows] = coords[rows] @ operator.rotation.T + operator.translation
    atoms = replace(entry.atoms, coords=coords)
    moved = replace(named, entry=replace(entry, atoms=atoms))
    found = with_ligands(moved, {ligand.name})
    image = found.complexes[0].members[-1].image
    assert image != ChainImage(ligand.name)
    back = found.entry.transform(image)
    placed = coords[rows] @ back[0].T + back[1]
    np.testing.assert_allclose(placed, entry.atoms.coords[rows], atol=1e-3)


@pytest.mark.entries
def test_a_selection_names_a_component_or_one_molecule(named_entry):
    named = named_entry("1PY2.pdb")
    pairs = select_pairs(divided_for(named, "IL2/FRH"), "IL2/FRH")
    assert [pair.complex_id for pair in pairs] == ["1", "2", "3", "4"]
    (one,) = Study(named).interfaces("FRH:B301/IL2")
    assert one.sides[0].label == "FRH:B301"
    assert divided_for(named, "A/B") is named
    with pytest.raises(UnknownChainError, match="FRH, ZN"):
        Study(named).interfaces("IL2/HEM")


@pytest.mark.entries
def test_copies_of_a_ligand_are_compared_by_residues(named_entry):
    named = divided_for(named_entry("1PY2.pdb"), "IL2/FRH")
    pairs = select_pairs(named, "IL2/FRH")[:2]
    interfaces = [interface_of_pair(named, p, InterfaceParameters()) for p in pairs]
    tables = compare([InterfaceResults(named, tuple(interfaces))])
    # No backbone, no DockQ; but what touches what is there.
    assert tables["compare_similarity"]["dockq"].isna().all()
    found = tables["compare_pairs"]
    assert set(found["protein_2"]) == {"FRH"}
    assert {35, 38, 62} <= set(found["residue_1"].astype(int))


@pytest.mark.entries
def test_ligands_and_what_they_touch(named_entry):
    named = named_entry("4GFO.cif")
    table = Study(named).ligands().set_index("ligand")
    assert set(table["chemistry"]) == {"file"}
    uses = table["use"].fillna("").groupby(table["component"]).first()
    assert dict(uses) == {
        "0X2": "",
        "EDO": "cryoprotectant",
        "GOL": "cryoprotectant",
        "SO4": "salt",
    }
    inhibitor = table.loc["0X2:A1206"]
    # The hinge of a kinase: Glu979 to Val981 of TYK2.
    assert {"Glu979", "Tyr980", "Val981"} <= set(inhibitor["residues"].split())
    assert inhibitor["n_hydrogen_bond"] >= 1
    assert (
        named.entry.residues.chain_index[ligands_of(named.entry)[0].rows] == NO_NUMBER
    ).all()


@pytest.mark.entries
def test_chemistry_told_by_geometry_is_said(named_entry):
    for name, between, subject in (
        ("1PY2.pdb", "IL2/FRH:A201", ["FRH"]),
        ("4GFO.cif", "A/0X2", []),
        ("4GFO.cif", None, []),
    ):
        results = Study(named_entry(name)).interfaces(between)
        notes = notes_of(results.named, results)
        found = [n.subject for n in notes if n.topic == "ligand_chemistry"]
        assert found == subject
        # Made for proteins, the estimate of affinity has nothing to say of a ligand.
        assert results.table["affinity_estimate_kcal"].isna().all()


@pytest.mark.entries
def test_residues_that_hold_a_buried_ion_are_told(named_entry):
    # They have no accessible area for it to take away.
    table = Study(named_entry("2PNY.cif")).ligands().set_index("ligand")
    manganese = table.loc["MN:A229"]
    assert manganese["area_chain_a2"] == 0.0
    assert manganese["residues"].split() == [
        "His40",
        "His51",
        "His88",
        "Glu146",
        "Glu148",
    ]


@pytest.mark.entries
def test_what_coordinates_an_ion_is_counted(named_entry, mirror):
    table = Study(named_entry("1PY2.pdb")).ligands()
    found = table[table["component"] == "ZN"].set_index("ligand")
    model = gemmi.read_structure(str(mirror / "1PY2.pdb.gz"))[0]
    near = {
        f"ZN:{chain.name}{ion.seqid}": sum(
            atom.pos.dist(ion[0].pos) <= 3.0 and atom.element.name in "NO"
            for other in model
            for residue in other
            if residue.name not in ("ZN", "HOH")
            for atom in residue
        )
        for chain in model
        for ion in chain
        if ion.name == "ZN"
    }
    # Their imidazoles and carboxylates all have a lone pair to give.
    assert found["n_metal_coordination"].to_dict() == near
    assert set(near.values()) == {1, 2, 3}
