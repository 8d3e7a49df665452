"""A family of the user goes through roles, complexes, comparison, figures and commands by its file."""

import json

import gemmi
import numpy as np
import pytest
from typer.testing import CliRunner

import il2struct
from il2struct.cli.app import app
from il2struct.figures.heat_maps import comparison_drawings
from il2struct.figures.interface.contact_map import contact_map
from il2struct.palette import Palette
from il2struct.structure import family
from il2struct.structure.alignment import aligned
from il2struct.structure.family import Role, shipped_family
from il2struct.structure.named import name_entry
from il2struct.structure.read import read_structure
from il2struct.structure.roles import mutations

pytestmark = pytest.mark.entries

GLOBIN = """
sequences = "own.fasta"
[roles.HBA]
symbol = "Hbα"
aliases = ["alpha globin"]
binds = ["HBB"]
colour = "#AA3311"
[roles.HBA.species.human]
accession = "HBA"
[roles.HBB]
symbol = "Hbβ"
[roles.HBB.species.human]
accession = "HBB"
"""
ANTIBODY = """
sequences = "own.fasta"
[roles.LYSOZYME]
binds = ["HEAVY", "LIGHT"]
[roles.LYSOZYME.species.chicken]
accession = "HEL"
[roles.HEAVY]
binds = ["LIGHT"]
[roles.HEAVY.species.mouse]
accession = "D13H"
[roles.LIGHT.species.mouse]
accession = "D13L"
"""


@pytest.fixture(autouse=True)
def _roles_of_this_test(monkeypatch):
    """Roles of a test are not shown in the next one."""
    monkeypatch.setattr(family, "_SHOWN", dict(family.shown_roles()))


@pytest.fixture
def own_family(named_entry, tmp_path):
    """Write a family file with sequences that stand in entries."""

    def write(toml, entry, names):
        chains = {c.auth_asym_id: c for c in named_entry(entry).entry.protein_chains}
        fasta = "".join(f">{name}\n{chains[c].sequence}\n" for c, name in names.items())
        (tmp_path / "own.fasta").write_text(fasta)
        (tmp_path / "own.toml").write_text(toml, encoding="utf-8")
        return tmp_path / "own.toml"

    return write


def test_haemoglobin(own_family, mirror):
    path = own_family(GLOBIN, "4HHB.pdb", {"A": "HBA", "B": "HBB"})
    studies = [
        il2struct.load(mirror / f"{name}.gz", references=path)
        for name in ("4HHB.pdb", "1HHO.cif")
    ]
    assert studies[0].chains["role"].tolist() == ["HBA", "HBB"] * 2
    assert set(studies[0].chains["species"]) == {"human"}
    members = [
        [(m.image.auth_asym_id, m.role.value) for m in c.members]
        for c in studies[0].complexes
    ]
    assert members == [[("A", "HBA"), ("B", "HBB")], [("C", "HBA"), ("D", "HBB")]]
    table = studies[0].interfaces("alpha globin/hbβ").table
    assert set(table["interface_id"]) == {"HBA/HBB"}
    compared = il2struct.compare(studies)["compare_interfaces"]
    # The assembly of 1HHO is two copies of its asymmetric unit, so that like chains meet in it.
    pairs = compared.groupby(["role_1", "role_2"])["n_complexes"].first()
    assert set(pairs.index) == {("HBA", "HBB"), ("HBA", "HBA"), ("HBB", "HBB")}
    drawings = comparison_drawings(studies)
    assert drawings[0].name == "burial_comparison_HBA"
    assert "Hbα" in drawings[0].title
    assert Palette().of("HBA") == "#AA3311"
    drawing = contact_map(studies[1].interfaces("HBA/HBB"))
    assert {"HBA", "HBB"} <= set(drawing.name.replace("-", "_").split("_"))


@pytest.mark.parametrize("said", ['binds = ["LIGHT"]', ""])
def test_an_antibody_with_its_antigen(own_family, mirror, said):
    names = {"L": "D13L", "H": "D13H", "Y": "HEL"}
    family_file = ANTIBODY.replace('binds = ["LIGHT"]', said)
    path = own_family(family_file, "1FDL.pdb", names)
    # The same antibody, as Fv with mutations, in another entry with other letters.
    studies = [
        il2struct.load(mirror / f"{name}.gz", references=path)
        for name in ("1FDL.pdb", "1A2Y.pdb", "1KIP.cif")
    ]
    for study in studies:
        (complex_,) = study.complexes
        assert complex_.basis == "roles"
        assert [m.role.value for m in complex_.members] == [
            "LYSOZYME",
            "HEAVY",
            "LIGHT",
        ]
        # Another copy of the light chain of 1KIP touches the lysozyme more than its own.
        assert {m.image.operator for m in complex_.members} == {0}
    compared = il2struct.compare(studies)["compare_residues"]
    assert compared["n_possible"].max() == 3


def test_commands_take_the_file(own_family, mirror):
    path = own_family(GLOBIN, "4HHB.pdb", {"A": "HBA", "B": "HBB"})
    command = ["roles", str(mirror / "4HHB.pdb.gz"), "--references", str(path)]
    done = CliRunner().invoke(app, [*command, "--format", "json"])
    rows = json.loads(done.stdout)["chains"]
    assert [row["role"] for row in rows] == ["HBA", "HBB"] * 2
    wrong = path.with_stem("wrong")
    wrong.write_text(path.read_text().replace("#AA3311", "red"), encoding="utf-8")
    done = CliRunner().invoke(app, [*command[:-1], str(wrong)])
    assert done.exit_code == 2
    assert "role HBA: a colour is #rrggbb, not 'red'" in done.stderr


# --- species -------------------------------------------------------------------------------------


def test_the_complex_with_the_residues_of_mouse(mirror, tmp_path):
    # 2B5I with every residue called what mouse has there; atoms stay where they are.
    by_role = {(r.role, r.species): r for r in shipped_family().references}
    human = name_entry(read_structure(mirror / "2B5I.pdb.gz"))
    structure = gemmi.read_structure(str(mirror / "2B5I.pdb.gz"))
    structure.setup_entities()
    structure.remove_ligands_and_waters()
    structure.remove_empty_chains()
    for chain in structure[0]:
        found = next(r for r in human.roles if r.auth_asym_id == chain.name)
        own = by_role[found.role, "human"]
        mouse = by_role[found.role, "mouse"]
        ours, theirs = aligned(own.sequence, mouse.sequence)
        letters = dict(
            zip((ours + 1).tolist(), (mouse.sequence[i] for i in theirs), strict=True)
        )
        rows = human.entry.chain(chain.name).residue_index
        for residue, row in zip(chain, rows.tolist(), strict=True):
            letter = letters.get(int(human.numbers.uniprot_number[row]))
            if letter:
                residue.name = gemmi.expand_one_letter(letter, gemmi.ResidueKind.AA)
    structure.entities.clear()
    structure.setup_entities()
    path = tmp_path / "mouse.pdb"
    path.write_text(structure.make_pdb_string(gemmi.PdbWriteOptions(minimal=True)))
    named = name_entry(read_structure(path))
    (complex_,) = named.complexes
    assert [m.role for m in complex_.members] == [
        Role.IL2,
        Role.IL2RA,
        Role.IL2RB,
        Role.IL2RG,
    ]
    for chain, found in zip(named.entry.protein_chains, named.roles, strict=True):
        assert found.species == "mouse"
        assert found.identity > 0.97
        # What mouse has not, or has in addition, was left as it is; nothing else differs.
        assert len(mutations(chain, found)) < 8
        before = next(r for r in human.roles if r.auth_asym_id == chain.auth_asym_id)
        rows = human.entry.chain(chain.auth_asym_id).position
        same = found.human_number[chain.position] == before.mature_number[rows]
        assert np.mean(same) > 0.9
    # Species compare by human numbers: bonds of the same places fall together.
    studies = [il2struct.load(source) for source in (mirror / "2B5I.pdb.gz", path)]
    bonds = il2struct.compare(studies)["compare_bonds"]
    both = bonds[bonds["n_present"] == 2]
    assert len(both) > 20
    pair = both[(both["role_1"] == "IL2RB") & (both["mature_number_1"] == 137)]
    assert 162 in set(pair["mature_number_2"])
