"""Protons at a contact: linkage by hand, PROPKA asked in another way, and the pair of carboxylates."""

import math
from dataclasses import replace
from types import SimpleNamespace

import gemmi
import numpy as np
import pytest

from il2struct.network.evidence.lines import Verdict, protons
from il2struct.network.evidence.measures import Group
from il2struct.network.evidence.protons import (
    BLOOD_PH,
    BRIDGED_PKA,
    CLOSE_A,
    SMALLEST_SHIFT,
    Part,
    ProtonLinkage,
    TitratableResidue,
    linkage_kt,
    pka_values,
)

LN10 = math.log(10.0)


def residue(free, bound, **changed) -> TitratableResidue:
    values = {
        "side": 1,
        "role": "IL2RA",
        "auth_asym_id": "A",
        "auth_number": 1,
        "mature_number": 1,
        "group": "GLU",
        "buried_fraction": 1.0,
        "is_core": True,
        "name": "IL2RA GLU1",
        "nearest": "",
        "distance_a": math.nan,
        "pka_free": free,
        "pka_bound": bound,
    }
    return TitratableResidue(**(values | changed))


def linkage(*pkas, ph=5.0) -> ProtonLinkage:
    return ProtonLinkage(
        growth_ph=ph, residues=tuple(residue(free, bound) for free, bound in pkas)
    )


def bound_protons(pka, ph):
    """Henderson and Hasselbalch."""
    return 1.0 / (1.0 + 10.0 ** (ph - pka))


@pytest.mark.parametrize(("free", "bound"), [(4.0, 6.5), (6.5, 4.0), (10.0, 10.4)])
@pytest.mark.parametrize("ph", [2.0, 5.1, 7.4, 10.2])
def test_slope_of_the_linkage_counts_the_protons_taken_up(free, bound, ph):
    step = 1e-4
    slope = (
        linkage_kt(free, bound, ph + step) - linkage_kt(free, bound, ph - step)
    ) / (2.0 * step)
    taken_up = bound_protons(bound, ph) - bound_protons(free, ph)
    # Curvature times the square of the step.
    assert slope == pytest.approx(LN10 * taken_up, abs=1e-7)


def test_linkage_far_from_both_values_and_without_a_shift():
    assert linkage_kt(4.0, 6.0, -10.0) == pytest.approx(-2.0 * LN10, rel=1e-9)
    assert linkage_kt(4.0, 6.0, 20.0) == pytest.approx(0.0, abs=1e-12)
    assert linkage_kt(4.3, 4.3, 5.0) == 0.0
    assert linkage_kt(4.0, 6.0, 5.0) == -linkage_kt(6.0, 4.0, 5.0)


def test_energies_and_losses_add_up_over_residues():
    both = linkage((4.0, 7.0), (6.5, 5.5))
    one, other = linkage((4.0, 7.0)), linkage((6.5, 5.5))
    assert both.energy_kt(6.0) == pytest.approx(
        one.energy_kt(6.0) + other.energy_kt(6.0)
    )
    losses = both.losses_kt()
    assert losses[0] > 0.0 > losses[1]
    assert losses.sum() == pytest.approx(both.energy_kt(BLOOD_PH) - both.energy_kt(5.0))
    assert linkage((4.0, 7.0), ph=BLOOD_PH).losses_kt().tolist() == [0.0]
    assert both.error_kt() == pytest.approx(
        math.hypot(one.error_kt(), other.error_kt())
    )


def ask(*linkages, covalent_error_a=0.02):
    case = SimpleNamespace(
        linkages=linkages,
        losses=dict.fromkeys((Group.TRUE_INTERFACE, Group.OTHER_LATTICE), ()),
        covalent_error_a=covalent_error_a,
    )
    return protons.ask(case)


def test_rule_of_protons_fails_in_both_directions():
    """Carboxylates that hold a proton in the drop only; histidines that must lose theirs."""
    acids = linkage((4.0, 7.0), (4.2, 7.0))
    bases = linkage((6.5, 4.0), (6.6, 4.0), (6.5, 4.0))
    assert ask(acids).verdict is Verdict.AGAINST
    assert ask(bases).verdict is Verdict.SUPPORTS
    assert ask(acids, bases).verdict is Verdict.NEUTRAL
    assert ask(linkage((4.0, 4.5))).verdict is Verdict.NEUTRAL
    assert ask(linkage((4.0, 7.0), (4.2, 7.0), ph=BLOOD_PH)).verdict is Verdict.NEUTRAL


def test_noisy_coordinates_decide_nothing_about_protons():
    noisy = ask(linkage((4.0, 7.0), (4.2, 7.0)), covalent_error_a=0.3)
    assert noisy.verdict is Verdict.NEUTRAL
    assert "0.30 Å off their lengths" in noisy.reason


def test_contact_without_a_known_ph_is_not_asked():
    line = ask(linkage((4.0, 7.0), ph=math.nan))
    assert math.isnan(line.value)
    assert line.verdict is Verdict.NEUTRAL
    assert line.reason.startswith("Not asked")


def test_acids_that_meet_are_named():
    pair = residue(4.0, 9.0, nearest="IL2RG GLU46", distance_a=2.6)
    assert pair.is_acid_pair
    assert not residue(4.0, 9.0, nearest="IL2RG LYS46", distance_a=2.6).is_acid_pair
    assert not residue(4.0, 9.0, nearest="IL2RG GLU46", distance_a=4.0).is_acid_pair
    line = ask(ProtonLinkage(growth_ph=5.0, residues=(pair,)))
    assert "IL-2Rα Glu1 and γc Glu46 meet at 2.60 Å" in line.reason


def part_of(entry, name, n_terminals=frozenset()):
    chain = entry.chain(name)
    rows = np.isin(entry.atoms.residue_index, chain.residue_index)
    return Part(atoms=entry.atoms.select(rows), n_terminals=n_terminals)


@pytest.fixture(scope="module")
def cytokine(real_entry):
    return real_entry("2B5I.pdb")


@pytest.mark.reference
def test_pka_values_are_those_of_the_program_on_a_file_that_gemmi_wrote(
    cytokine, mirror, tmp_path
):
    from propka.run import single

    structure = gemmi.read_structure(str(mirror / "2B5I.pdb.gz"))
    structure.setup_entities()
    structure.remove_ligands_and_waters()
    for other in ("B", "C", "D"):
        structure[0].remove_chain(other)
    structure.write_pdb(str(tmp_path / "chain.pdb"))
    asked = single(str(tmp_path / "chain.pdb"), ("--quiet",), write_pka=False)
    expected = {
        (group.atom.res_num, group.residue_type): group.pka_value
        for group in asked.conformations["AVR"].get_groups_for_calculations()
        if group.pka_value < BRIDGED_PKA
    }
    first = int(cytokine.chain("A").residue_index[0])
    found = pka_values([part_of(cytokine, "A", frozenset({first}))])[0]
    numbers = cytokine.residues.auth_number
    own = {(int(numbers[row]), kind): pka for (_, row, kind), pka in found.items()}
    assert own.keys() == expected.keys()
    for key, pka in own.items():
        # Digits of the file, and the middle of the chain at the origin.
        assert pka == pytest.approx(expected[key], abs=0.02)


def test_first_residue_is_no_terminus_unless_it_begins_the_protein(cytokine):
    first = int(cytokine.chain("A").residue_index[0])
    kinds = {kind for *_, kind in pka_values([part_of(cytokine, "A")])[0]}
    assert "N+" not in kinds
    (begun,) = pka_values([part_of(cytokine, "A", frozenset({first}))])
    assert [key for key in begun if key[2] == "N+"] == [(0, first, "N+")]


def test_cysteines_in_bridges_do_not_titrate(cytokine):
    (found,) = pka_values([part_of(cytokine, "A")])
    names = {
        int(cytokine.residues.auth_number[row])
        for _, row, kind in found
        if kind == "CYS"
    }
    assert not names & {58, 105}


def test_parts_alone_are_those_asked_about_by_themselves(cytokine):
    parts = []
    for name in "AB":
        part = part_of(cytokine, name)
        first = part.atoms.residue_index <= part.atoms.residue_index.min() + 40
        parts.append(replace(part, atoms=part.atoms.select(first)))
    together, *alone = pka_values(parts)
    assert {place for place, *_ in together} == {0, 1}
    for place, found in enumerate(alone):
        (expected,) = pka_values([parts[place]])
        assert {(0, *key[1:]) for key in found} == expected.keys()
        for key, pka in found.items():
            # The file rounds about another middle.
            assert pka == pytest.approx(expected[0, *key[1:]], abs=5e-3)


def test_gamma_alpha_is_centred_on_two_carboxylates(alpha_study):
    distances = []
    for found in alpha_study.linkages.values():
        pairs = [r for r in found.residues if r.is_acid_pair]
        assert {(r.role, r.group, r.mature_number) for r in pairs} == {
            ("IL2RA", "GLU", 144),
            ("IL2RG", "GLU", 46),
        }
        assert all(r.is_core for r in pairs)
        # One of the two takes the proton that they share, in blood as well.
        assert sum(r.pka_bound > BLOOD_PH for r in pairs) == 1
        distances.append(round(pairs[0].distance_a, 2))
        for r in found.residues:
            shift = abs(r.pka_bound - r.pka_free)
            assert r.is_core or r.distance_a <= CLOSE_A or shift >= SMALLEST_SHIFT
    assert distances == [2.53, 2.97, 2.72]
    assert [found.growth_ph for found in alpha_study.linkages.values()] == [
        5.1,
        5.1,
        6.1,
    ]
