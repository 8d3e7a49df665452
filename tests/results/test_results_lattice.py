import numpy as np
import pytest

from il2struct.lattice.classes import contact_classes
from il2struct.lattice.measure import measured_contacts
from il2struct.results.interface_tables import interface_table
from il2struct.results.lattice_tables import (
    class_table,
    conserved_bonds,
    lattice_table,
    lattice_tables,
)
from il2struct.tables import column_names

pytestmark = pytest.mark.entries


@pytest.fixture(scope="module")
def found(named_entry):
    """Entries, contacts of each, and classes."""
    entries = [named_entry(name) for name in ("2ERJ.pdb", "2B5I.pdb")]
    per_entry = {n.entry.entry_id: (n, measured_contacts(n)) for n in entries}
    classes = contact_classes([m for _, each in per_entry.values() for m in each])
    return per_entry, classes


@pytest.fixture(scope="module")
def tables(found):
    per_entry, classes = found
    return lattice_tables(per_entry.values(), classes)


def test_interface_columns_are_those_of_the_table_of_interfaces(found):
    per_entry, classes = found
    for named, measured in per_entry.values():
        table = lattice_table(named, measured, classes)
        plain = interface_table(named, [m.interface for m in measured])
        for name in plain.columns:
            left, right = table[name], plain[name]
            assert left.isna().tolist() == right.isna().tolist(), name
            assert left.dropna().tolist() == right.dropna().tolist(), name


def test_gamma_alpha_rows(tables):
    table = tables["lattice_contacts"]
    rows = table[table["contact_class"] == "IL2RA/IL2RG.1"]
    keys = rows[["entry_id", "auth_asym_id_1", "auth_asym_id_2", "operator"]]
    assert keys.values.tolist() == [
        ["2ERJ", "A", "C", "x,y+1,z"],
        ["2ERJ", "E", "G", "x,y-1,z"],
        ["2B5I", "D", "C", "x+1/2,y-1/2,z"],
    ]
    # science.md: 70.5, 70.5 and 71.9 Å, to 0.1 Å.
    np.testing.assert_allclose(
        rows["translation_a"].astype(float), [70.5, 70.5, 71.9], atol=0.1
    )
    assert rows["is_translation"].all()
    assert rows["is_propagating"].all()
    assert rows["ring_size"].isna().all()


def test_steps_are_empty_inside_a_complex(tables):
    table = tables["lattice_contacts"]
    inside = table[table["kind"] == "same_complex"]
    assert len(inside) == 12
    for name in ("translation_a", "rotation_deg", "rise_a", "is_propagating"):
        assert inside[name].isna().all(), name


def test_class_table_counts_and_conserved_parts(tables, found):
    _, classes = found
    table = tables["contact_classes"].set_index("contact_class")
    assert int(table["n_contacts"].sum()) == len(tables["lattice_contacts"])
    focal = table.loc["IL2RA/IL2RG.1"]
    assert (focal["n_contacts"], focal["n_entries"], focal["n_crystal_forms"]) == (
        3,
        2,
        2,
    )
    assert bool(focal["is_lattice"])
    # science.md: pair Jaccard 0.67 to 0.86, to its digits with one more pair counted.
    assert focal["jaccard_minimum"] == pytest.approx(0.67, abs=0.03)
    assert focal["jaccard_maximum"] == pytest.approx(0.86, abs=0.03)
    alpha = {int(n) for n in focal["conserved_residues_1"].split()}
    gamma = {int(n) for n in focal["conserved_residues_2"].split()}
    assert {126, 128, 139, 141, 143, 144, 146, 148} <= alpha
    assert {46, 47, 94, 96, 133, 136, 155} <= gamma
    bonds = {b.rstrip("*") for b in focal["conserved_bonds"].split()}
    assert {"A143-E46", "G141-Y47", "K148-E136", "E144-R155"} <= bonds
    assert focal["members"].split() == [
        "2ERJ:A-C[1_565]",
        "2ERJ:E-G[1_545]",
        "2B5I:D-C[3_545]",
    ]
    for name in ("minimum", "mean", "maximum"):
        areas = [
            m.interface.burial.area_per_side_a2
            for c in classes
            if c.name == "IL2RA/IL2RG.1"
            for m in c.members
        ]
        expected = {"minimum": min, "mean": np.mean, "maximum": max}[name](areas)
        assert focal[f"area_{name}_a2"] == pytest.approx(expected)


def test_carboxylates_without_a_proton_are_marked(found):
    _, classes = found
    focal = next(c for c in classes if c.name == "IL2RA/IL2RG.1")
    bonds = conserved_bonds(focal.members)
    # science.md: γc Glu46 - α Glu144 is a bond only if one is protonated.
    assert "E144-E46*" in bonds
    assert "E144-R155" in bonds
    assert set(conserved_bonds(focal.members[:1])) >= {b for b in bonds if "*" not in b}
    assert conserved_bonds(()) == ()


def test_one_entry_gives_classes_of_one(found):
    per_entry, _ = found
    _, measured = per_entry["2B5I"]
    table = class_table(contact_classes(measured))
    assert set(table["n_entries"]) == {1}
    assert table["contact_class"].is_unique


def test_no_class_gives_an_empty_table():
    table = class_table(())
    assert list(table.columns) == column_names("contact_classes")
    assert len(table) == 0
