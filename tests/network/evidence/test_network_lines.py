"""Each rule of the lines of evidence, in both directions, on made-up numbers."""

from types import SimpleNamespace

import numpy as np
import pytest

from il2struct.lattice.contacts import ContactKind
from il2struct.network.evidence.chain_lines import (
    longest_chains,
    membrane,
    sheet,
    strength_needed,
    topology,
)
from il2struct.network.evidence.lines import (
    COMPARISONS,
    SC_NOISE,
    Verdict,
    chemistry,
    competition,
    controls_of,
    forms_with_roles,
    recurrence,
)
from il2struct.network.evidence.measures import NUMBERS, Group, Reference, ReferenceSet
from il2struct.network.evidence.sites import SequonSite, SiteOverlap
from il2struct.network.evidence.study import LINES, focal_class
from il2struct.network.evidence.survey import focal_lines
from il2struct.network.evidence.uncertainty import Jitter
from il2struct.network.response.dose_response import CellType
from il2struct.structure.family import Role

SIZE, _, _, FIT, BONDS = COMPARISONS
GAMMA_ALPHA = (Role.IL2RA, Role.IL2RG)
GAMMA_BETA = (Role.IL2RB, Role.IL2RG)


def ask(line, **known):
    """Ask a line of a case of which only what is given is known."""
    nothing = {
        **dict.fromkeys(("sites", "overlaps", "parts", "rivals", "steps", "nulls"), ()),
        "membrane": (),
        "sheets": (),
        "linkages": (),
        "unseen": (),
        "wholes": (),
        "controls": dict.fromkeys((Group.TRUE_INTERFACE, Group.OTHER_LATTICE), ()),
        "cells": (),
        "jitters": {},
        "clashes": {},
        "covalent_error_a": 0.0,
        "n_entries": 2,
        "roles": GAMMA_ALPHA,
        "focal": SimpleNamespace(members=(None,) * 3, name="A/B.1"),
    }
    return line.ask(SimpleNamespace(**(nothing | known)))


def test_lines_are_listed_in_order_once_each():
    numbers = [line.number for line in LINES]
    assert numbers == sorted(numbers)
    assert set(numbers) == set(range(1, max(numbers) + 1))
    assert len({line.quantity for line in LINES}) == len(LINES)


def sizes(row, focal, true, lattice):
    return [
        *(row(Group.FOCAL, area=a, name="focal") for a in focal),
        *(row(Group.TRUE_INTERFACE, area=a) for a in true),
        *(row(Group.OTHER_LATTICE, area=a) for a in lattice),
    ]


def ordinary(n=40, **spread):
    """Endless contacts and true interfaces whose numbers run evenly between two ends."""

    def made(kind):
        ends = dict.fromkeys(NUMBERS, (0.0, 1.0)) | {SIZE.quantity: (200.0, 1000.0)}
        ends |= {name: values[kind] for name, values in spread.items()}
        return ReferenceSet(
            family=("other",) * n,
            numbers={name: np.linspace(*two, n) for name, two in ends.items()},
        )

    return Reference(endless=made(0), true=made(1))


@pytest.mark.parametrize(
    ("focal", "verdict"),
    [
        # Endless contacts from 200 to 1,000 Å², true interfaces from 800 to 1,500; noise 22 Å².
        ([1030.0], Verdict.SUPPORTS),
        ([600.0], Verdict.NEUTRAL),
        ([400.0], Verdict.AGAINST),
        # The same means, but the copies differ by more than what the verdict rests on.
        ([970.0, 1090.0], Verdict.NEUTRAL),
        ([100.0, 700.0], Verdict.NEUTRAL),
        ([1025.0, 1035.0], Verdict.SUPPORTS),
    ],
)
def test_rule_of_comparison(row, focal, verdict):
    reference = ordinary(area_per_side_a2=((200.0, 1000.0), (800.0, 1500.0)))
    line = ask(SIZE, measures=sizes(row, focal, [500.0], [300.0]), reference=reference)
    assert line.verdict is verdict, line.reason
    assert line.value == np.mean(focal)
    assert line.n_copies == len(focal)
    assert line.endless.n == line.true.n == 40


def test_the_smallest_true_interface_of_the_same_crystals_is_no_standard(row):
    """IL-2/γc alone binds weaker than 700 µM: to be larger than it says nothing."""
    for smallest in (100.0, 5000.0):
        measures = sizes(row, [600.0], [smallest], [300.0])
        line = ask(SIZE, measures=measures, reference=ordinary())
        assert line.verdict is Verdict.NEUTRAL
        assert line.controls.true_minimum == smallest


def test_error_of_the_coordinates_can_take_a_verdict_away(row):
    measures = sizes(row, [1030.0], [590.0], [100.0])
    assert (
        ask(SIZE, measures=measures, reference=ordinary()).verdict is Verdict.SUPPORTS
    )
    line = ask(
        SIZE,
        measures=measures,
        reference=ordinary(),
        jitters={SIZE.quantity: Jitter(error=90.0, shift=-3.0)},
    )
    assert line.verdict is Verdict.NEUTRAL
    assert (line.jitter_error, line.jitter_shift) == (90.0, -3.0)
    assert np.isnan(line.error)


def test_a_line_that_finds_true_interfaces_poor_cannot_tell(row):
    """Noise of 0.3 Å breaks bonds everywhere: that those of one contact are few says nothing then."""
    poor = [row(Group.FOCAL, bonds_per_100_a2=0.1, area=600.0)]
    fine = [
        row(Group.TRUE_INTERFACE, bonds_per_100_a2=0.9, area=a) for a in (500.0, 700.0)
    ]
    broken = [
        row(Group.TRUE_INTERFACE, bonds_per_100_a2=0.2, area=a) for a in (510.0, 710.0)
    ]
    reference = ordinary(30, bonds_per_100_a2=((0.0, 1.0), (0.5, 1.5)))
    assert (
        ask(BONDS, measures=[*poor, *fine], reference=reference).verdict
        is Verdict.AGAINST
    )
    assert ask(BONDS, measures=poor, reference=reference).verdict is Verdict.AGAINST
    line = ask(BONDS, measures=[*poor, *broken, *broken], reference=reference)
    assert line.verdict is Verdict.NEUTRAL
    assert "with coordinates like these" in line.reason
    noisy = ask(
        BONDS, measures=[*poor, *fine], reference=reference, covalent_error_a=0.4
    )
    assert noisy.verdict is Verdict.NEUTRAL
    assert "0.40 Å off their lengths" in noisy.reason
    # The size of a contact does not hang on the last tenth of an Å.
    sized = ask(
        SIZE,
        measures=sizes(row, [300.0], [], []),
        reference=ordinary(),
        covalent_error_a=0.4,
    )
    assert sized.verdict is Verdict.AGAINST


def test_a_difference_in_fit_below_its_noise_is_no_verdict(row):
    """Endless contacts fit from 0.3 to 0.7: the median is 0.5, all but 5 % lie below 0.68."""
    reference = ordinary(30, sc=((0.3, 0.7), (0.4, 0.9)))

    def verdict(sc):
        return ask(FIT, measures=[row(Group.FOCAL, sc=sc)], reference=reference).verdict

    assert FIT.noise == SC_NOISE == 0.07
    assert verdict(0.70) is Verdict.NEUTRAL
    assert verdict(0.76) is Verdict.SUPPORTS
    assert verdict(0.45) is Verdict.NEUTRAL
    assert verdict(0.40) is Verdict.AGAINST
    nothing = ask(FIT, measures=[row(Group.FOCAL, sc=np.nan)], reference=reference)
    assert nothing.verdict is Verdict.NEUTRAL
    assert nothing.reason.startswith("It was not computed")


def test_copies_of_one_control_count_once(row):
    many = [row(Group.OTHER_LATTICE, area=900.0, name="often") for _ in range(9)]
    once = [row(Group.OTHER_LATTICE, area=a) for a in (100.0, 200.0)]
    true = [row(Group.TRUE_INTERFACE, area=a, name="one") for a in (400.0, 600.0)]
    measures = [row(Group.FOCAL, area=550.0), *many, *once, *true]
    line = ask(SIZE, measures=measures, reference=ordinary())
    controls = line.controls
    assert (controls.n_true, controls.n_lattice) == (1, 3)
    # One of three is larger; the smallest true interface is the mean of its copies.
    assert controls.percentile_lattice == pytest.approx(200.0 / 3.0)
    assert controls.true_minimum == controls.true_maximum == 500.0


def test_controls_pass_over_what_is_not_known():
    controls = controls_of(2.0, [np.nan], [1.0, np.nan, 3.0])
    assert (controls.n_true, controls.n_lattice) == (0, 2)
    assert np.isnan(controls.true_minimum)
    assert (controls.lattice_median, controls.lattice_maximum) == (2.0, 3.0)
    assert controls.percentile_lattice == 50.0


def test_each_quantity_is_a_number_of_a_contact(row):
    assert {line.number for line in COMPARISONS} == {2, 3, 4}
    assert all(hasattr(row(Group.FOCAL), line.quantity) for line in COMPARISONS)


def test_recurrence_in_two_forms_supports_and_in_one_of_two_is_against(made_class):
    other = made_class("other.1", GAMMA_ALPHA, "P")
    twice = made_class("focal.1", GAMMA_ALPHA, "PQ")
    once = made_class("focal.1", GAMMA_ALPHA, "Q")
    assert (
        ask(recurrence, focal=twice, classes=[twice, other]).verdict is Verdict.SUPPORTS
    )
    line = ask(recurrence, focal=once, classes=[once, other])
    assert line.verdict is Verdict.AGAINST
    assert line.value == 1.0


def test_recurrence_decides_nothing_if_more_than_one_in_twenty_recurs(made_class):
    focal = made_class("focal.1", GAMMA_ALPHA, "PQ")
    other = made_class("other.1", GAMMA_ALPHA, "PQ")
    line = ask(recurrence, focal=focal, classes=[focal, other])
    assert line.verdict is Verdict.NEUTRAL
    assert line.reason.startswith("Seen in 2 copies and 2 crystal forms; 1 of 1")
    once = [made_class(f"once.{i}", GAMMA_ALPHA, "P") for i in range(19)]
    assert (
        ask(recurrence, focal=focal, classes=[focal, other, *once]).verdict
        is Verdict.SUPPORTS
    )
    fewer = [focal, other, *once[1:]]
    assert ask(recurrence, focal=focal, classes=fewer).verdict is Verdict.NEUTRAL


def test_recurrence_is_not_asked_of_forms_that_lack_a_role(made_class):
    # 2B5I with 1Z92: the second crystal has no γc and cannot show the contact.
    focal = made_class("focal.1", GAMMA_ALPHA, "P")
    without = made_class("other.1", (Role.IL2, Role.IL2RA), "Q")
    line = ask(recurrence, focal=focal, classes=[focal, without])
    assert line.verdict is Verdict.NEUTRAL
    assert "only one crystal form with both roles" in line.reason


def test_controls_of_recurrence_are_contacts_that_could_recur(made_class):
    focal = made_class("focal.1", GAMMA_ALPHA, "PQ")
    # Of a chain that only one form holds, and of chains that both hold.
    unable = made_class("unable.1", (Role.IL2, Role.IL2), "P")
    able = made_class("able.1", GAMMA_ALPHA, "P")
    inside = made_class("true.1", GAMMA_ALPHA, "PQ", kind=ContactKind.SAME_COMPLEX)
    line = ask(recurrence, focal=focal, classes=[focal, unable, able, inside])
    assert (line.controls.n_lattice, line.controls.n_true) == (1, 1)
    assert line.controls.true_maximum == 2.0


def test_forms_are_counted_by_crystal_not_by_entry(made_class):
    twice = made_class("x.1", GAMMA_ALPHA, "PPQ")
    assert forms_with_roles([twice], frozenset(GAMMA_ALPHA)) == 2
    assert forms_with_roles([twice], frozenset({Role.IL2})) == 0


def test_focal_contact_recurs_most_then_has_most_copies_then_is_largest(made_class):
    small = made_class("small", GAMMA_ALPHA, "PQ", area=200.0)
    large = made_class("large", GAMMA_ALPHA, "P", area=900.0)
    copies = made_class("copies", GAMMA_ALPHA, "PPQ", area=100.0)
    classes = [large, small]
    assert focal_class(classes, Role.IL2RG, Role.IL2RA) is small
    assert focal_class(classes, Role.IL2RA, Role.IL2RG) is small
    assert focal_class([*classes, copies], Role.IL2RG, Role.IL2RA) is copies
    equal = made_class("equal", GAMMA_ALPHA, "P", area=901.0)
    assert focal_class([large, equal], Role.IL2RG, Role.IL2RA) is equal
    assert focal_class(classes, Role.IL2RG, Role.IL2RB) is None
    assert focal_class([], Role.IL2RG, Role.IL2RA) is None


def test_a_true_interface_is_never_the_focal_contact(made_class):
    inside = made_class("true", GAMMA_BETA, "PQ", kind=ContactKind.SAME_COMPLEX)
    assert focal_class([inside], Role.IL2RG, Role.IL2RB) is None
    # Seen inside the complex in one entry and through the lattice in another one.
    through = made_class("true", GAMMA_BETA, "Q")
    mixed = SimpleNamespace(
        name="mixed", members=inside.members + through.members, n_crystal_forms=2
    )
    assert focal_class([mixed], Role.IL2RG, Role.IL2RB) is None


def test_a_pair_of_one_role_is_asked_about_that_role_only(made_class):
    pair = made_class("pair", GAMMA_ALPHA, "PQ")
    twin = made_class("twin", (Role.IL2RG, Role.IL2RG), "P")
    assert focal_class([pair, twin], Role.IL2RG, Role.IL2RG) is twin


def site(**changed) -> SequonSite:
    values = {
        "side": 1,
        "role": "IL2RG",
        "mature_number": 53,
        "status": "N53Q",
        "has_glycan": False,
        "distance_a": 6.0,
        "glycan_distance_a": np.nan,
        "free_fraction": 1.0,
    }
    return SequonSite(**(values | changed))


NATIVE = {"mature_number": 137, "status": "native", "has_glycan": True}


@pytest.mark.parametrize(
    ("n_tags", "sites", "verdict", "words"),
    [
        ((0, 0), [site()], Verdict.SUPPORTS, "no glycosylation site is blocked"),
        ((3, 0), [site()], Verdict.NEUTRAL, "1 of 2 copies"),
        ((3, 1), [site()], Verdict.AGAINST, "every copy rests on residues"),
        ((0, 0), [site(free_fraction=0.1)], Verdict.AGAINST, "removed site γc N53Q"),
        (
            (0, 0),
            [site(**NATIVE, free_fraction=0.2, glycan_distance_a=3.46)],
            Verdict.NEUTRAL,
            "at γc N137 most directions",
        ),
        (
            (0, 0),
            [site(**NATIVE, free_fraction=0.9, glycan_distance_a=3.46)],
            Verdict.SUPPORTS,
            "(nearest 3.5 Å)",
        ),
    ],
)
def test_rule_of_chemistry(row, n_tags, sites, verdict, words):
    line = ask(
        chemistry, measures=[row(Group.FOCAL, n_tag=n) for n in n_tags], sites=sites
    )
    assert line.verdict is verdict, line.reason
    assert words in line.reason
    assert line.number == 5


def test_site_that_is_not_seen_keeps_chemistry_from_support(row):
    focal = [row(Group.FOCAL)]
    seen = ask(chemistry, measures=focal)
    assert seen.verdict is Verdict.SUPPORTS
    stretch = SimpleNamespace(role="IL2RA", sequons=("N68S",))
    hidden = ask(chemistry, measures=focal, unseen=[[stretch]])
    assert hidden.verdict is Verdict.NEUTRAL
    assert "not seen, and able to reach the neighbour: IL-2Rα N68S" in hidden.reason
    bare = SimpleNamespace(role="IL2RA", sequons=())
    assert ask(chemistry, measures=focal, unseen=[[bare]]).verdict is Verdict.SUPPORTS


def overlap(**changed) -> SiteOverlap:
    values = {
        "role": "IL2RA",
        "other_class": "IL2/IL2RA.2",
        "is_inside_complex": False,
        "n_shared": 11,
        "fraction": 0.7,
        "entries": ("1Z92",),
    }
    return SiteOverlap(**(values | changed))


@pytest.mark.parametrize(
    ("overlaps", "clashes", "verdict", "value", "words"),
    [
        (
            [],
            {},
            Verdict.NEUTRAL,
            0.0,
            "Nothing else that uses the site was found in 2 e",
        ),
        (
            [{}],
            {},
            Verdict.NEUTRAL,
            0.0,
            "IL2/IL2RA.2 (1Z92) shares 11 residues of IL2RA",
        ),
        ([{"is_inside_complex": True}, {}], {}, Verdict.AGAINST, 0.7, "is used inside"),
        (
            [{"is_inside_complex": True, "fraction": 0.4}],
            {},
            Verdict.NEUTRAL,
            0.4,
            "leaves room for both",
        ),
        ([], {"IL2/IL2RG": 12}, Verdict.AGAINST, 0.0, "IL2/IL2RG in 12 atom pairs"),
    ],
)
def test_rule_of_competition(overlaps, clashes, verdict, value, words):
    found = [overlap(**changed) for changed in overlaps]
    line = ask(competition, overlaps=found, clashes=clashes)
    assert line.verdict is verdict
    assert line.value == value
    assert words in line.reason


def part(dimension: int, rise_a: float = 70.5) -> SimpleNamespace:
    rise = rise_a if dimension == 1 else np.nan
    return SimpleNamespace(dimension=dimension, rise_per_unit_a=rise)


def test_what_a_contact_builds_is_a_verdict_only_where_rivals_of_its_kind_differ():
    """Translations all go on and two-folds all close: that is symmetry and no evidence."""
    chain = ask(topology, parts=[part(1)], rivals=[1, 1, 2])
    assert chain.verdict is Verdict.NEUTRAL
    assert "linear chains with a step of 70.5 Å" in chain.reason
    assert "3 of 3 other lattice contacts of its kind" in chain.reason
    assert "says nothing" in chain.reason
    assert "needs a second contact" in chain.reason
    closed = ask(topology, parts=[part(0)], rivals=[0, 0])
    assert closed.verdict is Verdict.NEUTRAL
    assert "closed groups; 2 of 2" in closed.reason
    alone = ask(topology, parts=[part(1)], rivals=[])
    assert alone.verdict is Verdict.NEUTRAL
    assert "no other lattice contact is of its kind" in alone.reason


def test_rule_of_topology_where_rivals_differ():
    assert ask(topology, parts=[part(1)], rivals=[0, 0, 1]).verdict is Verdict.SUPPORTS
    assert ask(topology, parts=[part(1)], rivals=[1, 1, 0]).verdict is Verdict.NEUTRAL
    assert ask(topology, parts=[part(0)], rivals=[1, 1, 0]).verdict is Verdict.AGAINST
    assert ask(topology, parts=[part(0)], rivals=[1, 0, 0]).verdict is Verdict.NEUTRAL
    assert ask(topology, parts=[], rivals=[1, 1, 0]).verdict is Verdict.AGAINST
    sheet = ask(topology, parts=[part(2)], rivals=[0, 0, 1])
    assert sheet.verdict is Verdict.SUPPORTS
    assert "sheets" in sheet.reason
    assert "second contact" not in sheet.reason
    mixed = ask(topology, parts=[part(1), part(0)], rivals=[1, 1, 0])
    assert mixed.verdict is Verdict.AGAINST
    assert "closed groups or linear chains" in mixed.reason


def step(energy_kt, *members, roles=("IL2RA", "IL2RB", "IL2RG")):
    endless = SimpleNamespace(
        can_lie_flat=np.isfinite(energy_kt), energy_per_complex_kt=energy_kt
    )
    return SimpleNamespace(
        contacts=members,
        anchored_roles=frozenset(roles),
        study=SimpleNamespace(endless=endless),
    )


def lie(focal, lines, nulls):
    """Ask line 6 of some steps, of which those with a member of the class are focal."""
    steps = focal_lines(focal, lines)
    return ask(membrane, focal=focal, membrane=lines, steps=steps, nulls=nulls)


def test_rule_of_the_membrane():
    member, other = SimpleNamespace(), SimpleNamespace()
    focal = SimpleNamespace(members=(member,))
    easy, hard = step(1.0, member), step(5.0, other)
    null = np.linspace(0.0, 10.0, 100)
    line = lie(focal, [easy, hard, step(np.inf, other)], [null])
    assert line.verdict is Verdict.NEUTRAL
    assert "10 % of chains of the same complexes lie easier" in line.reason
    assert "0 of 2 other repeating steps" in line.reason
    assert line.controls.lattice_maximum == np.inf
    # Fewer than 5 % of all directions are easier, in every copy.
    assert lie(focal, [step(0.4, member)], [null]).verdict is Verdict.SUPPORTS
    twice = [step(0.4, member), step(1.0, member)]
    assert lie(focal, twice, [null, null]).verdict is Verdict.NEUTRAL
    assert "4 to 10 %" in lie(focal, twice, [null, null]).reason
    blocked = lie(focal, [step(np.inf, member)], [null])
    assert blocked.verdict is Verdict.AGAINST
    nothing = lie(focal, [hard], [])
    assert nothing.verdict is Verdict.NEUTRAL
    assert np.isnan(nothing.value)
    assert nothing.n_copies == 0


def layer(named, energy_kt, easier):
    """A sheet of the focal contact and another."""
    return SimpleNamespace(
        named=named,
        built_by=("A/B.1", "A/C.2"),
        energy_per_complex_kt=energy_kt,
        can_lie_flat=np.isfinite(energy_kt),
        stretch_fraction=0.9,
        stretched_role="IL2RB",
        easier_fraction=easier,
    )


def test_rule_of_the_sheet():
    first, second = (
        SimpleNamespace(entry=SimpleNamespace(entry_id=name)) for name in "XY"
    )
    easy, hard = layer(first, 1.0, 0.01), layer(second, 8.0, 0.3)
    blocked = layer(second, np.inf, 0.9)
    assert ask(sheet, sheets=[easy]).verdict is Verdict.SUPPORTS
    # One of many sheets tried is easy by chance.
    assert ask(sheet, sheets=[easy, *[blocked] * 5]).verdict is Verdict.NEUTRAL
    both = ask(sheet, sheets=[easy, hard, blocked])
    assert both.verdict is Verdict.NEUTRAL
    assert (both.value, both.n_copies) == (4.5, 2)
    assert "Of 3 sheets that it builds with a second contact 2 can" in both.reason
    assert "in Y with A/C.2 at 8.0 kT per complex (IL-2Rβ at 90 %" in both.reason
    # Where none lies flat another contact might do, and where there is none nothing is said.
    assert ask(sheet, sheets=[blocked]).verdict is Verdict.NEUTRAL
    nothing = ask(sheet)
    assert nothing.verdict is Verdict.NEUTRAL
    assert np.isnan(nothing.value)
    told = ask(topology, sheets=[easy, hard], steps=[step(1.2)], parts=[part(1)])
    assert told.headline.endswith("by 1.0 to 8.0 kT per complex, flat chains by 1.2.")


def test_other_steps_do_not_decide_what_the_membrane_says():
    member, other = SimpleNamespace(), SimpleNamespace()
    focal = SimpleNamespace(members=(member,))
    null = np.linspace(0.0, 10.0, 100)
    for others in ([], [step(0.1, other)] * 30, [step(9.0, other)] * 30):
        found = lie(focal, [step(2.0, member), *others], [null])
        assert found.verdict is Verdict.NEUTRAL


def test_the_same_step_and_complexes_on_other_linkers_are_no_controls():
    member, other = SimpleNamespace(), SimpleNamespace()
    focal = SimpleNamespace(members=(member,))
    shared = step(1.0, other, member)
    one_linker = step(0.1, other, roles=("IL2RA",))
    line = lie(focal, [shared, one_linker], [np.zeros(10)])
    assert line.n_copies == 1
    assert line.controls.n_lattice == 0


def cell(alpha, beta, gamma):
    return CellType(
        cell="own",
        cell_name="made-up cell",
        alpha_per_cell=alpha,
        beta_per_cell=beta,
        gamma_per_cell=gamma,
        membrane_area_um2=100.0,
        sources=(),
    )


def on_membrane(pair_nm, endless_nm):
    chains = [SimpleNamespace(n_complexes=2, confinement_height_a=10.0 * pair_nm)]
    endless = SimpleNamespace(confinement_height_a=10.0 * endless_nm)
    return SimpleNamespace(study=SimpleNamespace(chains=chains, endless=endless))


def test_lengths_are_against_only_if_every_count_of_receptors_says_so():
    """At most one complex in C/max(A, G) of the sites is followed by another: 1/(1 - q)."""
    few, many = cell(4000.0, 1000.0, 10000.0), cell(4000.0, 4000.0, 5000.0)
    length = ask(longest_chains, cells=[few])
    assert length.verdict is Verdict.AGAINST
    assert length.value == pytest.approx(1.0 / (1.0 - 0.1))
    both = ask(longest_chains, cells=[few, many])
    assert both.verdict is Verdict.NEUTRAL
    assert (both.value, both.interval_low) == (length.value, length.value)
    assert both.interval_high == pytest.approx(1.0 / (1.0 - 0.8))
    assert "by 2 published counts" in both.reason


def test_strength_needed_is_the_closed_form_from_free_to_rigid():
    """Chains of two: K rho = 2 in the isodesmic sum, K_d = rho / (2 N_A h)."""
    few, many = cell(4000.0, 1000.0, 10000.0), cell(4000.0, 4000.0, 5000.0)

    def micromolar(per_um2, height_nm):
        # 1 µmol/L is 602.2 molecules per µm³.
        return per_um2 / 2.0 / (602.214076 * height_nm * 1e-3)

    line = ask(strength_needed, cells=[few, many], steps=[on_membrane(0.25, 0.01)])
    assert line.verdict is Verdict.NEUTRAL
    assert line.value == pytest.approx(micromolar(10.0, 0.25))
    assert line.interval_low == pytest.approx(micromolar(10.0, 7.5))
    assert line.interval_high == pytest.approx(micromolar(40.0, 0.01))
    free = ask(strength_needed, cells=[few])
    assert free.value == free.interval_low == free.interval_high
    assert free.value == pytest.approx(micromolar(10.0, 7.5))
    assert "none was stood on the membrane" in free.reason
    steep = ask(strength_needed, cells=[few], steps=[on_membrane(np.inf, np.inf)])
    assert steep.value == pytest.approx(free.value)


@pytest.mark.parametrize("line", [longest_chains, strength_needed])
def test_stoichiometry_of_another_pair_is_not_asked(line):
    found = ask(line, cells=[cell(1.0, 1.0, 1.0)], roles=GAMMA_BETA)
    assert found.verdict is Verdict.NEUTRAL
    assert np.isnan(found.value)
    assert found.reason.startswith("Not asked")


@pytest.mark.parametrize("line", [longest_chains, strength_needed])
def test_order_of_roles_and_of_steps_does_not_matter_to_lengths(line):
    steps = [on_membrane(0.2, 0.01), on_membrane(0.1, 0.02)]
    asked = ask(line, cells=[cell(3.0, 1.0, 2.0)], steps=steps)
    again = {"steps": steps[::-1], "roles": GAMMA_ALPHA[::-1]}
    # Equal but for the NaNs, which equal nothing.
    assert str(ask(line, cells=[cell(3.0, 1.0, 2.0)], **again)) == str(asked)


@pytest.mark.entries
def test_strengths_of_gamma_alpha(alpha_study):
    """The review: 0.48 µM free, 14 to 23 for pairs, up to 470 endless, at 663 β on 154 µm²."""
    length, needed = [line for line in alpha_study.evidence if line.number == 9]
    assert (length.interval_low, length.interval_high) == pytest.approx(
        (1.05, 2.0), abs=0.02
    )
    assert length.verdict is Verdict.NEUTRAL
    assert needed.interval_low == pytest.approx(0.477, abs=0.001)
    assert 14.0 <= needed.value <= 24.0
    # 470 µM with 2,350 instead of 663 β.
    assert needed.interval_high == pytest.approx(470.0 * 2350.0 / 663.0, rel=0.02)
