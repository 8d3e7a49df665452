"""What stands in other species, and whether a contact is kept more than the surface around it."""

from types import SimpleNamespace

import numpy as np
import pytest

from il2struct.network.evidence.conservation import (
    GAP,
    Surface,
    able,
    bonds_by_species,
    conservation,
    identity,
    letters_of,
    orthologs,
    percentile_among_patches,
    recurring_bonds,
    surfaces_of,
)
from il2struct.network.evidence.lines import Verdict
from il2struct.structure.family import Role, shipped_family

HUMAN = {r.role.value: r for r in shipped_family().references if r.species == "human"}


def surface(identities, contact, *, turn=None):
    n = len(identities)
    coords = np.column_stack([np.arange(n), np.arange(n) ** 2 / 50.0, np.zeros(n)])
    return Surface(
        coords=coords if turn is None else coords @ turn + 5.0,
        identities=np.array(identities, dtype=float),
        is_contact=np.isin(np.arange(n), contact),
    )


def test_every_sequence_has_a_source_and_aligns_to_its_role():
    found = orthologs()
    assert len({(o.role, o.species) for o in found}) == len(found)
    assert len({o.accession for o in found}) == len(found)
    for ortholog in found:
        assert ortholog.accession in ortholog.source
        assert set(ortholog.sequence) <= set("ACDEFGHIKLMNPQRSTVWY")
        known = letters_of(HUMAN[ortholog.role])[ortholog.species]
        letters = [known[n] for n in sorted(known)]
        assert GAP * 30 not in "".join(letters)


@pytest.mark.parametrize(
    ("role", "species", "changes"),
    [
        ("IL2RA", "bovine", "H139Q R140T G141S K148M"),
        ("IL2RA", "mouse", "M126S Y128H R136K H139Q E144I V146I"),
        ("IL2RG", "mouse", "W133R F156H"),
    ],
)
def test_letters_at_the_contact(role, species, changes):
    """As an alignment by other code has them."""
    reference = HUMAN[role]
    known = letters_of(reference)[species]
    for change in changes.split():
        number = int(change[1:-1])
        place = number + reference.mature_offset - 1
        assert change == f"{reference.sequence[place]}{number}{known[number]}"


def test_identity_counts_only_species_that_are_known_there():
    alpha = HUMAN["IL2RA"]
    assert 126 not in letters_of(alpha)["rhesus"]  # 70 residues are known
    assert identity(alpha, 144) == 2 / 7  # bovine and sheep
    assert identity(HUMAN["IL2RG"], 46) == 1.0
    assert np.isnan(identity(alpha, 250))
    assert np.isnan(identity(HUMAN["IL4"], 10))


def test_a_patch_like_all_others_lies_in_the_middle():
    flat = surface([0.5] * 20, [3, 4, 5])
    assert percentile_among_patches([flat, flat]) == 50.0


def test_a_conserved_patch_lies_above_and_a_changed_one_below():
    high = surface([0.2] * 10 + [1.0] * 5 + [0.2] * 15, range(10, 15))
    low = surface([0.8] * 10 + [0.0] * 5 + [0.8] * 15, range(10, 15))
    assert percentile_among_patches([high, high]) > 99.0
    assert percentile_among_patches([low, low]) < 1.0


def test_patches_are_those_of_an_obvious_loop_and_do_not_turn():
    rng = np.random.default_rng(3)
    values = rng.random(25)
    one = surface(values, [2, 3, 4, 5])
    by_hand = []
    for here in one.coords:
        near = sorted(
            range(25), key=lambda i: float(np.sum((one.coords[i] - here) ** 2))
        )
        by_hand.append(np.mean([values[i] for i in near[:4]]))
    np.testing.assert_allclose(one.patches(), by_hand, rtol=1e-12)
    turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    other = surface(values, [2, 3, 4, 5], turn=turn)
    assert percentile_among_patches([one, one]) == percentile_among_patches(
        [other, other]
    )


def test_nothing_known_of_a_side_is_no_number():
    empty = surface([], [])
    assert np.isnan(percentile_among_patches([empty, surface([0.5] * 5, [1])]))


def test_what_can_stand_at_the_end_of_a_bond():
    assert able("E", "OE1", is_charged=True, gives=False) == {"D", "E"}
    assert "M" not in able("K", "NZ", is_charged=True, gives=True)
    assert "I" not in able("E", "OE2", is_charged=False, gives=True)
    # A protonated carboxylate gives, as its own letter.
    assert "E" in able("E", "OE2", is_charged=False, gives=True)
    assert "I" in able("E", "O", is_charged=False, gives=False)
    assert "P" not in able("G", "N", is_charged=False, gives=True)
    assert GAP not in able("G", "O", is_charged=False, gives=False)


@pytest.mark.entries
def test_the_bonds_of_other_species(alpha_study):
    """Bovine α lost K148, mouse α E144 and two bonds with it."""
    residues = {(r.role, r.mature_number): r for r in alpha_study.conservation}
    assert "mouse:0" in residues["IL2RA", 144].bonds_kept
    assert "bovine:2" in residues["IL2RA", 144].bonds_kept
    assert "bovine:0" in residues["IL2RA", 148].bonds_kept
    assert residues["IL2RG", 46].bonds_kept == "mouse:2 dog:2 bovine:2"
    members = alpha_study.focal.members
    bonds = recurring_bonds(members)
    kept = bonds_by_species(members[0], bonds)
    assert kept == {"mouse": len(bonds) - 2, "dog": 4, "bovine": len(bonds) - 1}
    assert recurring_bonds(members[::-1]).keys() == bonds.keys()


@pytest.mark.entries
def test_the_line_has_true_interfaces_and_packing_beside_it(alpha_study):
    line = next(e for e in alpha_study.evidence if e.name == "conservation")
    values = [
        percentile_among_patches(surfaces_of(m)) for m in alpha_study.focal.members
    ]
    np.testing.assert_allclose(line.value, np.mean(values))
    assert line.verdict is Verdict.NEUTRAL
    assert line.controls.n_true >= 4
    assert line.controls.true_maximum > line.value
    assert "mouse 4" in line.reason
    assert line.reason.endswith(".")


def test_proteins_without_orthologs_are_not_asked(made_class, monkeypatch):
    monkeypatch.setattr(
        "il2struct.network.evidence.conservation.surfaces_of",
        lambda _: [surface([], []), surface([], [])],
    )
    roles = (Role("IL4"), Role("IL4R"))
    focal = made_class("IL4/IL4R.1", roles, "A")
    case = SimpleNamespace(focal=focal, classes=(), measures=(), roles=roles)
    said = conservation.ask(case)
    assert said.verdict is Verdict.NEUTRAL
    assert said.reason.startswith("Not asked")
