"""Point mutations that would test a contact: which are found, and what a cut side chain loses."""

from dataclasses import replace

import numpy as np
import pytest

from cut import truncated
from il2struct.lattice.contacts import Belonging
from il2struct.lattice.measure import measured_whole
from il2struct.network.evidence.point_mutations import (
    EXPOSED,
    keeps_sequons,
    point_mutations,
)
from il2struct.network.evidence.sites import site_residues
from il2struct.structure.family import Role, shipped_family

GAMMA = next(r for r in shipped_family().references if r.uniprot == "P31785")


def only(found, entries):
    """A class without the copies in other entries."""
    kept = tuple(m for m in found.members if m.named.entry.entry_id in entries)
    return replace(found, members=kept)


@pytest.mark.entries
def test_the_two_crystals_of_the_complex_name_the_pair_at_the_centre(alpha_study):
    entries = {"2ERJ", "2B5I"}
    classes = [only(found, entries) for found in alpha_study.classes]
    focal = only(alpha_study.focal, entries)
    found = point_mutations(focal, classes)
    first = {(m.role, m.mutation) for m in found[:6]}
    assert {
        *(("IL2RG", "E46A"), ("IL2RG", "Y47A"), ("IL2RG", "R155A")),
        *(("IL2RA", "E144A"), ("IL2RA", "K148A")),
    } <= first
    centre = {m.mutation: m for m in found[:2]}
    assert centre["E144A"].bonds_lost == "E46(3) R155(3)"
    assert "E144(3)" in centre["E46A"].bonds_lost


@pytest.mark.entries
def test_ranked_ones_test_the_contact_and_nothing_else(alpha_study, beta_study):
    for study in (alpha_study, beta_study):
        inside = [
            member
            for found in study.classes
            for member in found.members
            if member.contact.belonging is Belonging.INSIDE
        ]
        ranked = [m for m in study.mutations if m.rank is not None]
        assert [m.rank for m in ranked] == list(range(1, len(ranked) + 1))
        assert study.mutations[: len(ranked)] == tuple(ranked)
        for m in ranked:
            assert m.mature_number not in site_residues(inside, Role(m.role))
            assert m.exposure >= EXPOSED
            assert m.mutation[0] not in "GAC"
        order = [(m.n_bonded_lost, m.area_loss_a2) for m in ranked]
        assert order == sorted(order, reverse=True)
        assert all(np.isnan(m.area_loss_a2) for m in study.mutations if m.rank is None)
    why = {m.mutation: m.hindrance for m in alpha_study.mutations if m.hindrance}
    assert "glycosylation" in why["N137A"]
    assert why["V146A"] == "buried without the contact"
    beta = {m.mutation: m.hindrance for m in beta_study.mutations}
    assert beta["K70A"] == "in an interface inside a complex"


@pytest.mark.entries
def test_area_and_sc_are_those_of_the_whole_mutated_entry_measured_anew(alpha_study):
    for name in ("R155A", "E46A", "K148A"):
        found = next(m for m in alpha_study.mutations if m.mutation == name)
        losses = []
        for member in alpha_study.focal.members:
            named, numbers = member.named, member.named.numbers
            rows = np.flatnonzero(
                (numbers.mature_number == found.mature_number)
                & (numbers.role == found.role)
            )
            changed = replace(named, entry=truncated(named.entry, rows.tolist()))
            interface = member.interface
            images = tuple(side.images for side in interface.sides)
            again = measured_whole(
                changed, member.contact, images, interface.parameters
            ).interface
            losses.append(
                (
                    interface.burial.area_per_side_a2 - again.burial.area_per_side_a2,
                    interface.complementarity.result.sc
                    - again.complementarity.result.sc,
                )
            )
        area, sc = np.mean(losses, axis=0)
        assert found.area_loss_a2 == pytest.approx(area, abs=1e-6)
        assert found.sc_loss == pytest.approx(sc, abs=1e-9)


def test_glycosylation_sites_made_and_removed():
    place = GAMMA.sequence.index("NLT", GAMMA.mature_offset) + 1 - GAMMA.mature_offset
    assert not keeps_sequons(GAMMA, place, "A")
    assert keeps_sequons(GAMMA, place + 1, "A")
    assert not keeps_sequons(GAMMA, place + 1, "P")
    assert not keeps_sequons(GAMMA, place + 2, "A")
    assert keeps_sequons(GAMMA, place + 2, "S")
    made = replace(GAMMA, sequence="NPSAAA", mature_offset=0)
    assert not keeps_sequons(made, 2, "A")
