"""
mmCIF as people bring it: 2B5I in the manner of other programs gives the numbers of the deposited file.

Areas are those of freesasa (ProtOr, 2000 slices, to 0.01) for the standard residues of each chain.
"""

import gemmi
import numpy as np
import pytest

from il2struct.results.study import load
from il2struct.trajectory.study import open_trajectory

pytestmark = pytest.mark.entries

#: Area per side in Å² and water-mediated bonds of 2B5I.
RIGHT = {
    "IL2/IL2RA": (843.03, 6),
    "IL2/IL2RB": (677.95, 11),
    "IL2/IL2RG": (502.79, 4),
    "IL2RB/IL2RG": (891.30, 11),
}
SITE = "_atom_site."


def copied(block, target, source):
    """Fill a column with another."""
    to, of = block.find_loop(SITE + target), list(block.find_loop(SITE + source))
    for row, value in enumerate(of):
        to[row] = value


def filled(block, target, value):
    column = block.find_loop(SITE + target)
    for row in range(len(column)):
        column[row] = value


def like_openmm(block):
    copied(block, "label_asym_id", "auth_asym_id")
    copied(block, "label_seq_id", "auth_seq_id")
    filled(block, "label_entity_id", "?")


def like_biopython(block):
    like_openmm(block)
    places = block.find_loop(SITE + "label_seq_id")
    for row, record in enumerate(block.find_loop(SITE + "group_PDB")):
        if record == "HETATM":
            places[row] = "."


def like_pymol(block):
    filled(block, "label_asym_id", ".")
    filled(block, "label_entity_id", ".")
    loop = block.find_loop(SITE + "id").get_loop()
    copied(block, "label_seq_id", "auth_seq_id")
    for name in ("auth_seq_id", "auth_comp_id", "auth_atom_id"):
        loop.remove_column(SITE + name)


def shuffled(block):
    loop = block.find_loop(SITE + "id").get_loop()
    columns = [list(block.find_loop(tag)) for tag in loop.tags]
    order = np.random.default_rng(0).permutation(len(columns[0]))
    loop.set_all_values([[column[row] for row in order] for column in columns])


@pytest.mark.parametrize("manner", [like_biopython, like_pymol, shuffled])
def test_the_same_atoms_in_other_mmcif(mirror, tmp_path, manner):
    document = gemmi.cif.read(str(mirror / "2B5I.cif.gz"))
    manner(document[0])
    if manner is not shuffled:
        for category in (
            "_entity.",
            "_entity_poly.",
            "_entity_poly_seq.",
            "_struct_asym.",
        ):
            document[0].find_mmcif_category(category).erase()
    path = tmp_path / "brought.cif"
    document.write_file(str(path), gemmi.cif.Style.Pdbx)
    table = load(path).interfaces().table
    found = zip(
        table.interface_id,
        table.area_per_side_a2.round(2),
        table.n_water_mediated,
        strict=True,
    )
    assert {name: numbers for name, *numbers in map(list, found)} == {
        name: list(numbers) for name, numbers in RIGHT.items()
    }


def test_a_trajectory_of_it_has_the_same_numbers(mirror, tmp_path):
    document = gemmi.cif.read(str(mirror / "2B5I.cif.gz"))
    like_openmm(document[0])
    path = tmp_path / "brought.cif"
    document.write_file(str(path), gemmi.cif.Style.Pdbx)
    table = open_trajectory(path).interfaces().table
    assert dict(
        zip(table.interface_id, table.area_per_side_mean_a2.round(2), strict=True)
    ) == {name: area for name, (area, _) in RIGHT.items()}
