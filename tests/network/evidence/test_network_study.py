"""The whole question on real entries: what is found, what is said, and what is said to be missing."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from il2struct.errors import NoCrystalError, ParameterError
from il2struct.interface.interface import InterfaceParameters
from il2struct.lattice.classes import is_lattice_class
from il2struct.lattice.measure import measured_contacts, measured_neighbours
from il2struct.network import DEFAULT_PAIRS
from il2struct.network.evidence import study as study_module
from il2struct.network.evidence import survey
from il2struct.network.evidence.lines import COMPARISONS, Verdict
from il2struct.network.evidence.measures import Group
from il2struct.network.evidence.protons import ProtonLinkage
from il2struct.network.evidence.study import (
    LINES,
    QUICK,
    contact_name,
    focal_class,
    network_studies,
)
from il2struct.network.evidence.survey import focal_lines, survey_crystals
from il2struct.results import scene as notebook
from il2struct.structure.family import Role, shipped_family
from il2struct.structure.named import name_entry

pytestmark = pytest.mark.entries

#: Areas of permanent dimers begin here, per side in Å² (Ponstingl et al., Proteins 41:47, 2000).
DIMER_AREA_A2 = 856.0
#: Residues buried to 95 % that call an interface biological (Duarte et al., BMC Bioinf. 13:334, 2012).
DIMER_CORE_SIZE = 6


#: Without shape complementarity.
PLAIN = InterfaceParameters()


@cache
def measured(named):
    """Contacts and neighbours of an entry, once for all tests here."""
    contacts = measured_contacts(named, parameters=PLAIN)
    return contacts, measured_neighbours(contacts, parameters=PLAIN)


def network_study(entries, *, roles=DEFAULT_PAIRS[0], quick=True):
    """The study of one pair, without what takes longest."""
    with pytest.MonkeyPatch.context() as patch:
        nothing = ProtonLinkage(growth_ph=np.nan, residues=())
        patch.setattr(study_module, "proton_linkage", lambda _: nothing)
        patch.setattr(
            survey, "measured_contacts", lambda named, **_: measured(named)[0]
        )
        patch.setattr(
            survey,
            "measured_neighbours",
            lambda contacts, **_: measured(contacts[0].named)[1],
        )
        return network_studies(entries, pairs=(roles,), parameters=PLAIN, quick=quick)[
            0
        ]


def lines_of(study):
    return {(line.number, line.quantity): line for line in study.evidence}


def test_gamma_alpha_is_found_in_both_crystals(alpha_study):
    names = {contact_name(m) for m in alpha_study.focal.members}
    assert names == {"2ERJ A-C[1_565]", "2ERJ E-G[1_545]", "2B5I D-C[3_545]"}
    assert alpha_study.focal.n_crystal_forms == 2


def test_lines_in_order_each_with_a_verdict_and_a_reason(alpha_study, beta_study):
    for study in (alpha_study, beta_study):
        numbers = [line.number for line in study.evidence]
        assert numbers == sorted(numbers)
        assert set(numbers) == {line.number for line in LINES}
        for line in study.evidence:
            assert isinstance(line.verdict, Verdict)
            assert line.reason.endswith(".")
            # No generic classifier is quoted.
            for word in ("PISA", "EPPIC", "score", "classif"):
                assert word not in line.reason


def test_verdicts_on_gamma_alpha(alpha_study):
    lines = lines_of(alpha_study)
    assert lines[1, "n_crystal_forms"].verdict is Verdict.SUPPORTS
    # Ordinary for an endless contact of its size, whatever is asked.
    for compared in COMPARISONS:
        line = lines[compared.number, compared.quantity]
        assert line.verdict is Verdict.NEUTRAL, line.reason
        assert 50.0 < line.endless.percent < 95.0
    assert lines[5, "copies_with_a_blocked_native_sequon"].verdict is Verdict.NEUTRAL
    assert lines[7, "largest_fraction_shared_inside_complex"].verdict is Verdict.NEUTRAL
    assert "1Z92" in lines[7, "largest_fraction_shared_inside_complex"].reason
    topology = lines[8, "dimension"]
    assert topology.value == 1.0
    assert "linear chains with a step of 70.5, 71.9 Å" in topology.reason
    # Steps of the same kind of symmetry, translations: each of them goes on for ever.
    assert topology.verdict is Verdict.NEUTRAL
    n_others = lines[2, "area_per_side_a2"].controls.n_lattice
    assert 0 < topology.controls.n_lattice < n_others
    assert topology.controls.lattice_median >= 1.0
    # Three counts of the receptors allow 1.05 to 2 complexes a chain: no verdict.
    assert lines[9, "longest_mean_chain_length"].verdict is Verdict.NEUTRAL


def test_fit_is_that_of_the_first_pass(alpha_study):
    found = {
        (r.entry_id, r.complex_id): r.sc
        for r in alpha_study.measures
        if r.group is Group.FOCAL
    }
    expected = {("2ERJ", "1"): 0.674, ("2ERJ", "2"): 0.779, ("2B5I", "1"): 0.740}
    # The issue asks for 0.02.
    assert found == pytest.approx(expected, abs=0.02)
    line = lines_of(alpha_study)[3, "sc"]
    assert 0.01 < line.jitter_error < 0.07
    gaps = [r.median_distance_a for r in alpha_study.measures]
    assert np.isfinite(gaps).all()


def test_without_shape_complementarity_line_3_is_missing_and_said_so(named_entry):
    study = network_study([named_entry("2B5I.pdb")])
    assert any("line 3 is not answered" in text for text in study.missing)
    line = lines_of(study)[3, "sc"]
    assert line.verdict is Verdict.NEUTRAL
    assert line.reason.startswith("It was not computed")


def test_gamma_beta_does_not_recur(beta_study):
    assert beta_study.focal.n_crystal_forms == 1
    lines = lines_of(beta_study)
    assert lines[1, "n_crystal_forms"].verdict is Verdict.AGAINST
    # science.md: 411 Å², found 418; a true interface never stands in for it.
    (member,) = beta_study.focal.members
    area = member.interface.burial.area_per_side_a2
    assert area == pytest.approx(411.0, rel=0.02)
    # With the other two pairs of chains by which these complexes touch.
    assert lines[2, "area_per_side_a2"].value == pytest.approx(721.0, abs=2.0)
    assert is_lattice_class(beta_study.focal)
    assert beta_study.focal.name != "IL2RB/IL2RG.1"


def test_controls_hold_true_interfaces_other_contacts_and_the_other_complex(
    alpha_study,
):
    by_group = {
        group: {
            (r.entry_id, r.contact_class)
            for r in alpha_study.measures
            if r.group is group
        }
        for group in Group
    }
    true = {name for _, name in by_group[Group.TRUE_INTERFACE]}
    assert true == {
        "IL2/IL2RA.1",
        "IL2/IL2RB.1",
        "IL2/IL2RG.1",
        "IL2RB/IL2RG.1",
        "IL15/IL15RA.1",
    }
    for group in (Group.TRUE_INTERFACE, Group.OTHER_LATTICE):
        assert {entry for entry, _ in by_group[group]} == {
            "2ERJ",
            "2B5I",
            "1Z92",
            "2Z3R",
        }
    assert {entry for entry, _ in by_group[Group.FOCAL]} == {"2ERJ", "2B5I"}


def test_rules_for_permanent_dimers_fail_on_the_true_interfaces(alpha_study):
    true = [r for r in alpha_study.measures if r.group is Group.TRUE_INTERFACE]
    receptor = [r for r in true if r.contact_class.startswith("IL2")]
    small = {r.contact_class for r in receptor if r.area_per_side_a2 < DIMER_AREA_A2}
    assert {"IL2/IL2RB.1", "IL2/IL2RG.1"} <= small
    assert any(
        r.area_per_side_a2 < DIMER_AREA_A2 for r in receptor if "RA" in r.contact_class
    )
    hollow = {r.contact_class for r in receptor if r.n_buried_95 < DIMER_CORE_SIZE}
    assert {"IL2/IL2RG.1", "IL2RB/IL2RG.1"} <= hollow
    # … and each passes a contact of the lattice.
    others = [r for r in alpha_study.measures if r.group is Group.OTHER_LATTICE]
    assert any(r.area_per_side_a2 >= DIMER_AREA_A2 for r in others)
    assert any(r.n_buried_95 >= DIMER_CORE_SIZE for r in others)


def _either_way(axis):
    rounded = axis.round(3)
    return rounded * np.sign(rounded[np.flatnonzero(rounded)[0]]) + 0.0


def test_membrane_asks_each_step_once_and_compares_like_with_like(alpha_study):
    keys = [
        (line.contacts[0].named.entry.entry_id, line.contacts[0].contact.unit_1.unit_id)
        for line in alpha_study.membrane
    ]
    lengths = [round(line.study.geometry.rise_a, 3) for line in alpha_study.membrane]
    axes = [_either_way(line.study.geometry.axis) for line in alpha_study.membrane]
    seen = {
        (key, length, tuple(axis))
        for key, length, axis in zip(keys, lengths, axes, strict=True)
    }
    assert len(seen) == len(alpha_study.membrane)
    line = lines_of(alpha_study)[6, "linker_energy_per_complex_kt"]
    # docs/membrane.md: 1.17, 1.12 and 1.16 kT for the three copies.
    assert line.value == pytest.approx(1.15, abs=0.01)
    # 2ERJ repeats one other step in both copies, 2B5I two others.
    assert line.controls.n_lattice == 4
    assert len(focal_lines(alpha_study.focal, alpha_study.membrane)) == 3


def test_contacts_are_measured_once_for_both_pairs(alpha_study, beta_study):
    assert alpha_study.classes is beta_study.classes
    assert alpha_study.membrane is beta_study.membrane


@pytest.fixture(scope="module")
def two_orders(named_entry):
    """2B5I with 1Z92, and the other way round."""
    entries = [named_entry(name) for name in ("2B5I.pdb", "1Z92.pdb")]
    return [network_study(each, quick=False) for each in (entries, entries[::-1])]


def test_order_of_the_entries_changes_nothing(two_orders):
    first, second = two_orders
    assert {contact_name(m) for m in first.focal.members} == {
        contact_name(m) for m in second.focal.members
    }
    for one, other in zip(first.evidence, second.evidence, strict=True):
        assert one.verdict is other.verdict
        np.testing.assert_allclose(one.value, other.value, rtol=1e-12)
        np.testing.assert_allclose(one.jitter_error, other.jitter_error, rtol=1e-12)
    assert {(o.role, o.n_shared) for o in first.overlaps} == {
        (o.role, o.n_shared) for o in second.overlaps
    }


def test_order_of_the_roles_changes_nothing(alpha_study):
    classes = alpha_study.classes
    for roles in (alpha_study.roles, alpha_study.roles[::-1]):
        assert focal_class(classes, *roles) is alpha_study.focal


def test_one_crystal_form_says_that_recurrence_is_not_asked(named_entry):
    study = network_study([named_entry("2ERJ.pdb")])
    assert any("Only one crystal form" in text for text in study.missing)
    assert lines_of(study)[1, "n_crystal_forms"].verdict is Verdict.NEUTRAL
    # All else is still said.
    assert {line.number for line in study.evidence} == {line.number for line in LINES}


def test_second_crystal_without_gamma_is_no_second_form(two_orders):
    line = lines_of(two_orders[0])[1, "n_crystal_forms"]
    assert line.verdict is Verdict.NEUTRAL
    assert "only one crystal form with both roles" in line.reason


@pytest.mark.parametrize(
    ("name", "words"),
    [
        # No γc; neither; one chain of IL-2; another receptor altogether.
        ("1Z92.pdb", "No entry holds γc"),
        ("2Z3R.cif", "No entry holds γc or IL-2Rα"),
        ("1M47.pdb", "No entry holds γc or IL-2Rα"),
        ("3HHR.pdb", "No entry holds γc or IL-2Rα"),
    ],
)
def test_missing_roles_are_named_and_the_rest_is_still_there(named_entry, name, words):
    study = network_study([named_entry(name)])
    assert study.focal is None
    assert study.evidence == ()
    assert any(text.startswith(words) for text in study.missing), study.missing
    assert len(study.classes) > 0
    assert all(row.group is not Group.FOCAL for row in study.measures)
    has_no_complex = any("1M47 shows no complex" in text for text in study.missing)
    assert has_no_complex == (name == "1M47.pdb")


def test_roles_in_different_entries_never_meet(named_entry):
    study = network_study(
        [named_entry("1Z92.pdb"), named_entry("2Z3R.cif")],
        roles=(Role.IL2RA, Role.IL15RA),
    )
    assert study.focal is None
    assert any("together" in text for text in study.missing), study.missing


def test_roles_that_do_not_touch_between_complexes(named_entry):
    # In 2ERJ α meets β nowhere (science.md: α touches neither β nor γc inside a complex).
    study = network_study([named_entry("2B5I.pdb")], roles=(Role.IL2RA, Role.IL2RB))
    if study.focal is None:
        assert any("touch nowhere" in text for text in study.missing)
    else:
        assert {m.contact.kind.value for m in study.focal.members} == {"crystal"}


def test_an_entry_without_a_cell_is_refused(named_entry):
    with pytest.raises(NoCrystalError, match="2NA8 has no unit cell"):
        survey_crystals([named_entry("2NA8.cif")])


def test_no_entry_is_refused():
    with pytest.raises(ParameterError, match="at least one crystal entry"):
        network_study([])


def test_roles_overrule_a_deposited_assembly(named_entry):
    """3QB7: the deposited assemblies pair γc with the IL-4 that sits beside its site."""
    study = network_study([named_entry("2B5I.pdb"), named_entry("3QB7.cif")])
    rows = [row for row in study.measures if row.entry_id == "3QB7"]
    true = [row for row in rows if row.group is Group.TRUE_INTERFACE]
    assert sorted(row.area_per_side_a2 for row in true) == pytest.approx(
        [525.0, 573.0], abs=1.0
    )
    assert not any("no control of" in text for text in study.missing)


def test_a_protein_at_the_site_of_a_known_complex_is_no_control(named_entry):
    """3QB7 as if nobody knew IL-4: a protein sits on γc where IL-2 does, and the assembly differs."""
    family = shipped_family()
    known = tuple(r for r in family.records if r.role is not Role.IL4)
    entry = named_entry("3QB7.cif").entry
    unknown = name_entry(entry, replace(family, records=known))
    study = network_study([named_entry("2B5I.pdb"), unknown])
    (left_out,) = [text for text in study.missing if "no control of" in text]
    for name in ("C-A[1_555]", "D-B[1_555]", "D-A[1_555]", "C-B[1_555]"):
        assert f"3QB7 {name}" in left_out
    rows = [row for row in study.measures if row.entry_id == "3QB7"]
    assert rows
    assert {row.group for row in rows} == {Group.OTHER_LATTICE}
    assert max(row.area_per_side_a2 for row in rows) < 500.0


def test_interfaces_of_haemoglobin_are_no_other_lattice_contacts(named_entry):
    study = network_study([named_entry("2B5I.pdb"), named_entry("1HHO.cif")])
    true = [
        row.area_per_side_a2
        for row in study.measures
        if row.entry_id == "1HHO" and row.group is Group.TRUE_INTERFACE
    ]
    # α1β1 and α1β2, the larger of which crosses no symmetry (Fermi, J. Mol. Biol. 97:237, 1975).
    assert len(true) >= 2
    assert max(true) > 600.0


def test_evidence_is_a_table_and_the_contact_a_view(alpha_study):
    text = alpha_study._repr_html_()
    assert "γc – IL-2Rα" in text
    assert text.count("<tr") >= 1 + len(alpha_study.evidence)
    assert text.count(".addModel(") == 2
    assert ".addCylinder(" in text


def test_without_py3dmol_or_contact_there_is_the_table(alpha_study, monkeypatch):
    monkeypatch.setattr(notebook, "find_spec", lambda _name: None)
    text = alpha_study._repr_html_()
    assert text.endswith(notebook.HOW_TO_GET_IT)
    nothing = replace(alpha_study, focal=None)._repr_html_()
    assert "<table" in nothing
    assert "script" not in nothing


@pytest.mark.slow
def test_a_quick_study_says_what_it_leaves_out(named_entry):
    study = network_studies(
        [named_entry("2B5I.pdb")], pairs=DEFAULT_PAIRS[:1], quick=True
    )[0]
    assert QUICK in study.missing
    lines = lines_of(study)
    for compared in COMPARISONS:
        line = lines[compared.number, compared.quantity]
        assert np.isnan(line.jitter_error)
        assert line.endless.n
    protons = lines[11, "loss_from_drop_to_blood_kt"]
    assert not np.isnan(protons.value)
    assert (protons.controls.n_true, protons.controls.n_lattice) == (0, 0)
