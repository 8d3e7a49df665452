"""A hot spot laid flat: covalent geometry stays, bonds are those of the table, lines do not cross."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from il2struct.errors import ParameterError
from il2struct.figures import hot_spot
from il2struct.figures.interface.hot_spot import _chosen, _flat, _n_crossing
from il2struct.figures.interface.residues import ShownResidue

pytestmark = pytest.mark.entries


def _one(results):
    from il2struct.figures.words import one_interface

    return one_interface(results, "IL2/IL2RA")


@pytest.mark.parametrize("residue", ["F42", "R36", "D E29"])
def test_bonds_and_angles_are_kept_and_nothing_lies_on_anything(results, residue):
    one = _one(results)
    flat = _flat(one, residue)
    side = one[0].sides[flat.sides[0] - 1]
    places = {
        (name, number): at
        for name, number, at in zip(
            side.atoms.atom_name,
            one.named.entry.residues.auth_number[
                side.residue_row(side.atoms.residue_index)
            ],
            side.atoms.coords,
            strict=True,
        )
    }
    own = {
        k: places[name, flat.residues[0].key[2]]
        for k, name in enumerate(flat.names)
        if flat.of_residue[k] == 0
    }
    for i, j in flat.covalent:
        drawn = np.linalg.norm(flat.places[i] - flat.places[j])
        assert 1.0 < drawn < 2.0
        if i in own and j in own:
            assert drawn == pytest.approx(np.linalg.norm(own[i] - own[j]), abs=0.2)
    apart = [np.linalg.norm(a - b) for a, b in combinations(flat.places, 2)]
    assert min(apart) > 1.0
    lines = [*flat.covalent, *(bond.atoms for bond in flat.bonds)]
    # Both oxygens of a carboxylate hold both nitrogens of a guanidine.
    assert _n_crossing(flat.places, lines) <= 1


def test_rows_are_the_bonds_and_contacts_of_the_residue(results):
    table = hot_spot(results, interface="IL2/IL2RA", residue="R36").table
    bonds = results["IL2/IL2RA"].bonds
    own = bonds[(bonds["mature_number_2"] == 36) & (bonds["role_2"] == "IL2RA")]
    own = own[~own["is_apolar_contact"] & ~own["is_water_mediated"]]
    drawn = table[table["mark"] == "bond"]
    assert sorted(zip(drawn["atom_1"], drawn["atom_2"], strict=True)) == sorted(
        zip(own["atom_name_2"], own["atom_name_1"], strict=True)
    )
    contacts = results["IL2/IL2RA"].contacts
    near = contacts[(contacts["mature_number_2"] == 36) & (contacts["distance_a"] <= 4)]
    bonded = set(own["mature_number_1"])
    touching = table[table["mark"] == "contact"]
    assert {int(name[1:]) for name in touching["residue_2"]} == set(
        near["mature_number_1"]
    ) - bonded


def test_a_residue_that_is_not_there_is_refused(results):
    with pytest.raises(
        ParameterError, match=r"no residue .* 'W999'; there are .*A R38"
    ):
        hot_spot(results, interface="IL2/IL2RA", residue="W999")


def test_residues_of_one_name_are_told_apart():
    home = ShownResidue(
        key=("A", "1_555", 38, ""),
        name="R38",
        label="R38",
        role="IL2RA",
        number=38,
        is_mature=True,
        buried_a2=1.0,
    )
    image = replace(home, key=("A", "2_555", 38, ""))
    heavy = replace(home, key=("H", "1_555", 38, ""), name="H R38")
    assert _chosen([[home], [image]], [], "a 2_555 r38") == (2, image)
    with pytest.raises(ParameterError, match="there are A 1_555 R38, A 2_555 R38"):
        _chosen([[home], [image]], [], "A R38")
    # Sides of several chains have them in their names already.
    assert _chosen([[heavy, home], []], [], "H R38") == (1, heavy)
    with pytest.raises(ParameterError, match="there are H R38, A R38"):
        _chosen([[heavy, home], []], [], "R39")
