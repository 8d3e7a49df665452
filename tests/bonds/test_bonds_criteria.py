import inspect
from dataclasses import FrozenInstanceError

import pytest
from biotite.structure import hbond
from MDAnalysis.analysis.hydrogenbonds import HydrogenBondAnalysis

from il2struct.bonds.criteria import IL2STRUCT, PRESETS, preset
from il2struct.bonds.sides import HYDROGEN_BOND_LENGTH_A
from il2struct.errors import ParameterError


def test_the_named_presets_exist_default_first():
    assert next(iter(PRESETS)) == "il2struct"
    assert {
        "il2struct",
        "pisa",
        "baker-hubbard",
        "hbplus",
        "mdanalysis",
        "prolif",
        "plip",
    } <= set(PRESETS)


def test_every_preset_says_its_name_and_source():
    for name, criteria in PRESETS.items():
        assert criteria.name == name
        assert len(criteria.source) > 10


def test_an_unknown_preset_is_answered_with_the_list():
    with pytest.raises(ParameterError, match=r"il2struct.*mdanalysis.*plip"):
        preset("pdb2pqr")


def test_presets_cannot_be_changed():
    with pytest.raises(TypeError):
        PRESETS["own"] = IL2STRUCT
    with pytest.raises(FrozenInstanceError):
        IL2STRUCT.hydrogen_bond.distance_da_max_a = 4.0


def test_mdanalysis_numbers_are_its_defaults():
    defaults = inspect.signature(HydrogenBondAnalysis.__init__).parameters
    bond = preset("mdanalysis").hydrogen_bond
    assert bond.distance_da_max_a == defaults["d_a_cutoff"].default
    assert bond.angle_dha_min_deg == defaults["d_h_a_angle_cutoff"].default
    assert bond.distance_ha_max_a is None


def test_baker_hubbard_numbers_are_those_of_biotite():
    defaults = inspect.signature(hbond).parameters
    bond = preset("baker-hubbard").hydrogen_bond
    assert bond.distance_ha_max_a == defaults["cutoff_dist"].default
    assert bond.angle_dha_min_deg == defaults["cutoff_angle"].default
    # The search by D...A must not cut what H...A allows.
    reach = bond.distance_ha_max_a + HYDROGEN_BOND_LENGTH_A["N"]
    assert bond.distance_da_max_a >= reach


def test_default_is_the_one_of_the_documentation():
    bond = IL2STRUCT.hydrogen_bond
    assert (bond.distance_da_max_a, bond.angle_dha_min_deg) == (3.5, 120.0)
    assert bond.angle_acceptor_min_deg == 90.0
    assert bond.considers_flips
    assert bond.carboxylate_pair_max_a == 3.2
    assert IL2STRUCT.salt_bridge.distance_atoms_max_a == 4.0


def test_only_our_own_presets_flip_and_protonate():
    for name, criteria in PRESETS.items():
        is_ours = name.startswith("il2struct")
        assert criteria.hydrogen_bond.considers_flips is is_ours
        assert (criteria.hydrogen_bond.carboxylate_pair_max_a is not None) is is_ours
