"""
Lines of evidence for or against a contact of the lattice, each beside its controls.

No line is added to another and there is no score: each has its number, the same number for the
true interfaces of the same complexes and for all other contacts of the same crystals, and a verdict
in words with the rule that gave it.

A line is a function with `line` above it, and its name in `LINES`, here or in ``chain_lines.py``.
The docstring is its rule. Table, terminal, ``network.md`` and figure show whatever is listed.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from il2struct.arrays import FloatArray
from il2struct.lattice.classes import (
    ContactClass,
    crystal_packings,
    is_lattice_class,
    n_crystal_forms,
)
from il2struct.lattice.graph import Component
from il2struct.lattice.measure import MeasuredContact
from il2struct.network.evidence.measures import (
    FEWEST,
    SIZE,
    ContactMeasures,
    Group,
    Reference,
    Share,
    base_rate,
    percentile,
    share_exceeded,
)
from il2struct.network.evidence.protons import (
    BLOOD_PH,
    ENDOSOME_PH,
    ProtonLinkage,
)
from il2struct.network.evidence.sites import SequonSite, SiteOverlap, UnseenStretch
from il2struct.network.evidence.survey import MembraneLine, Sheet
from il2struct.network.evidence.uncertainty import (
    POOR_RSRZ,
    REPORT,
    Jitter,
    density_fit,
    disorder_percent,
)
from il2struct.network.response.dose_response import CellType
from il2struct.structure.family import Role, symbol_of

#: A number that exceeds more than this percentage of ordinary contacts is rare among them.
HIGH_PERCENT: Final = 95.0
MEDIAN_PERCENT: Final = 50.0
#: A number that exceeds less than this percentage of the true interfaces is none of theirs.
LOW_PERCENT: Final = 5.0
#: Refined covalent bonds are off by 0.02 Å, those of molecular dynamics by 0.03; more is noise.
LARGEST_COVALENT_ERROR_A: Final = 0.1
#: Recurrence says something while no more than this share of other contacts recur.
RARE_SHARE: Final = 0.05
#: By which Sc of one interface differs between the two copies of 2ERJ, at 3 Å.
SC_NOISE: Final = 0.07
#: Two contacts that share this fraction of the smaller site cannot be made at once; those that share
#: less are neighbours on the chain, as in crystals that show both.
COMPETING_FRACTION: Final = 0.5
#: Contacts of the lattice named in the reason of line 7.
MOST_NAMED: Final = 3


class Verdict(StrEnum):
    """What a line of evidence says."""

    SUPPORTS = "supports"
    NEUTRAL = "neutral"
    AGAINST = "against"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Case:
    """What is known of the contact asked about; each line is asked of it."""

    roles: tuple[Role, Role]
    focal: ContactClass
    classes: tuple[ContactClass, ...]  # all contacts of all entries
    n_entries: int
    measures: tuple[ContactMeasures, ...]
    reference: Reference  # ordinary contacts of other proteins
    jitters: dict[str, Jitter]  # by the fields of `ContactMeasures`
    covalent_error_a: float  # of the worst entry with the contact
    sites: tuple[SequonSite, ...]  # glycosylation sites of all its copies
    overlaps: tuple[SiteOverlap, ...]
    # Chains of the own complex that overlap the neighbour, from `trans_clashes`.
    clashes: dict[str, int]
    parts: tuple[Component, ...]  # what it builds, in every entry
    rivals: tuple[int, ...]  # dimension that each other contact of its symmetry reaches
    membrane: tuple[MembraneLine, ...]  # all steps
    steps: tuple[MembraneLine, ...]  # those that make it
    # Of each of these, from `energies_in_any_direction`.
    nulls: tuple[FloatArray, ...]
    sheets: tuple[Sheet, ...]  # that hold it
    # A resting regulatory T cell, with its receptors as several data sets count them.
    cells: tuple[CellType, ...]
    # The complexes that make it, side by side, and the largest copy of each control.
    wholes: tuple[MeasuredContact, ...]
    controls: dict[Group, tuple[MeasuredContact, ...]]
    # Of the former, and what protons take from the latter on the way to blood, in kT: of those whose pH
    # is known, and of none where coordinates like these cannot tell.
    linkages: tuple[ProtonLinkage, ...]
    losses: dict[Group, list[float]]
    unseen: tuple[tuple[UnseenStretch, ...], ...]  # in reach, of each copy


@dataclass(frozen=True, slots=True, kw_only=True)
class Controls:
    """The same number for the controls, copies of one contact counted once."""

    true_minimum: float
    true_maximum: float
    lattice_median: float
    lattice_maximum: float
    percentile_true: (
        float  # of the controls that the contact exceeds, ties counted half
    )
    percentile_lattice: float
    n_true: int
    n_lattice: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a line says; numbers are in its unit, NaN where they do not apply."""

    line: "Line"
    value: float  # mean over the copies of the focal contact
    n_copies: int
    verdict: Verdict
    reason: str  # in words
    error: float = float("nan")  # standard deviation over the copies
    controls: Controls | None = None
    # Standard deviation, and change of the mean, under coordinates moved by their errors.
    jitter_error: float = float("nan")
    jitter_shift: float = float("nan")
    # What the number can be, for all that is not known about what it rests on.
    interval_low: float = float("nan")
    interval_high: float = float("nan")
    endless: Share | None = None  # endless contacts of other proteins that it exceeds
    true: Share | None = None  # true interfaces of other proteins that it exceeds
    headline: str = ""  # a sentence for the answer in short

    @property
    def number(self) -> int:
        """Place of its line in the list."""
        return self.line.number

    @property
    def name(self) -> str:
        """What is asked."""
        return self.line.name

    @property
    def quantity(self) -> str:
        """Which number answers."""
        return self.line.quantity

    @property
    def unit(self) -> str:
        """Unit of that number."""
        return self.line.unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A question about a contact: which number answers it, and the rule that judges the number."""

    number: int
    name: str
    quantity: str
    rule: Callable[["Line", Case], Evidence]
    unit: str = ""
    noise: float = 0.0  # differences below this say nothing, whatever the copies
    label: str = ""  # of an axis, with the unit

    def ask(self, case: Case) -> Evidence:
        """Answer the question for one contact."""
        return self.rule(self, case)


def line(
    number: int, name: str, quantity: str, unit: str = ""
) -> Callable[[Callable[[Line, Case], Evidence]], Line]:
    """Make a line of the rule below; two of one number stand side by side."""

    def made(rule: Callable[[Line, Case], Evidence]) -> Line:
        return Line(number=number, name=name, quantity=quantity, unit=unit, rule=rule)

    return made


@line(1, "recurrence", "n_crystal_forms")
def recurrence(line: Line, case: Case) -> Evidence:
    """
    Say in how many independent copies and crystal forms the contact is seen.

    The rule: neutral if fewer than two crystal forms hold both roles; against if only one of
    several shows the contact; supports if two or more do and no more than `RARE_SHARE` of the other
    lattice contacts that could recur do; neutral if more recur too.
    """
    forms = forms_with_roles(case.classes, roles_of(case.focal))
    able = [
        c
        for c in case.classes
        if c.name != case.focal.name and forms_with_roles(case.classes, roles_of(c)) > 1
    ]
    lattice = [float(c.n_crystal_forms) for c in able if is_lattice_class(c)]
    true = [float(c.n_crystal_forms) for c in able if not is_lattice_class(c)]
    n_forms, n_copies = case.focal.n_crystal_forms, len(case.focal.members)
    others = sum(n >= 2 for n in lattice)
    base = base_rate()
    verdict = Verdict.NEUTRAL
    if forms < 2:
        why = "only one crystal form with both roles was given"
    elif n_forms < 2:
        verdict, why = Verdict.AGAINST, f"{forms} forms with both roles were given"
    else:
        if others <= RARE_SHARE * len(lattice):
            verdict = Verdict.SUPPORTS
        why = (
            f"{others} of {len(lattice)} other lattice contacts recur, of those whose chains two "
            "or more forms hold"
        )
    return Evidence(
        line=line,
        value=float(n_forms),
        n_copies=n_copies,
        controls=controls_of(float(n_forms), true, lattice),
        verdict=verdict,
        reason=f"Seen in {n_copies} {'copy' if n_copies == 1 else 'copies'} and {n_forms} crystal "
        f"form{'s' * (n_forms != 1)}; {why}; of contacts of "
        f"other proteins {base.n_recurring} of {base.n_contacts} recur (at most "
        f"{base.high_percent:.0f} %).",
    )


def roles_of(contacts: ContactClass) -> frozenset[Role]:
    """Return the roles that a class of contacts joins."""
    contact = contacts.members[0].contact
    return frozenset((contact.member_1.role, contact.member_2.role))


def forms_with_roles(classes: Sequence[ContactClass], roles: frozenset[Role]) -> int:
    """Count the independent packings that hold all of some roles, and could show their contact."""
    groups = [contacts.members for contacts in classes]
    able = [
        m for group in groups for m in group if roles <= set(m.named.role_of.values())
    ]
    return n_crystal_forms(able, crystal_packings(groups))


def controls_of(
    value: float, true: Sequence[float], lattice: Sequence[float]
) -> Controls:
    """Sum up a number of the true interfaces and of the other lattice contacts; NaNs are no controls."""
    of_true, of_lattice = (
        [v for v in values if not np.isnan(v)] for values in (true, lattice)
    )
    nan = float("nan")
    return Controls(
        true_minimum=min(of_true, default=nan),
        true_maximum=max(of_true, default=nan),
        lattice_median=float(np.median(of_lattice)) if of_lattice else nan,
        lattice_maximum=max(of_lattice, default=nan),
        percentile_true=percentile(value, of_true),
        percentile_lattice=percentile(value, of_lattice),
        n_true=len(of_true),
        n_lattice=len(of_lattice),
    )


def compared(line: Line, case: Case) -> Evidence:
    """
    Say where one number of the contact lies among ordinary contacts of many crystals.

    The rule, on the mean over the copies: it supports if, less its error, it exceeds more than
    `HIGH_PERCENT` of the endless contacts of the lattice and lies among the true interfaces (above
    `LOW_PERCENT` of them); it speaks against if, with its error, it stays below the median of the
    endless contacts; otherwise it is neutral. All but the size itself is compared at the size of
    the contact. The error is the largest of the spread of the copies, that under moved coordinates
    and the known noise of the quantity. The contacts of the same crystals are given beside it; if
    their true interfaces stay below the median as well, or covalent bonds are far off their lengths,
    coordinates like these cannot tell.
    """

    def number(row: ContactMeasures) -> float:
        return float(getattr(row, line.quantity))

    def class_means(group: Group) -> list[float]:
        """Mean over the copies of each contact: 2Z3R shows one contact eight times, not eight."""
        by_class: dict[str, list[float]] = {}
        for row in case.measures:
            if row.group is group and not np.isnan(number(row)):
                by_class.setdefault(row.contact_class, []).append(number(row))
        return [float(np.mean(values)) for values in by_class.values()]

    focal = [row for row in case.measures if row.group is Group.FOCAL]
    numbers = [number(row) for row in focal]
    area = float(np.mean([row.area_per_side_a2 for row in focal]))
    value = float(np.mean(numbers))
    error = float(np.std(numbers, ddof=1)) if len(numbers) > 1 else float("nan")
    jitter = case.jitters.get(line.quantity)
    moved = float("nan") if jitter is None else jitter.error
    margin = float(np.nanmax([error, moved, line.noise]))
    endless, lower, upper = (
        share_exceeded(case.reference.endless, line.quantity, number, area_a2=area)
        for number in (value, value - margin, value + margin)
    )
    true = share_exceeded(case.reference.true, line.quantity, value, area_a2=area)
    verdict, reason = percentile_rule(
        endless, true, least=lower.percent, most=upper.percent
    )
    if verdict is not Verdict.NEUTRAL and line.quantity != SIZE:
        doubt = ""
        if case.covalent_error_a > LARGEST_COVALENT_ERROR_A:
            off = case.covalent_error_a
            doubt = f"But covalent bonds are {off:.2f} Å off their lengths"
        elif verdict is Verdict.AGAINST and _are_true_ones_poor(line, case):
            doubt = "But so are most true interfaces of these crystals"
        if doubt:
            verdict = Verdict.NEUTRAL
            reason = (
                f"{reason} {doubt}: with coordinates like these the line cannot tell."
            )
    return Evidence(
        line=line,
        value=value,
        error=error,
        n_copies=len(focal),
        controls=controls_of(
            value, class_means(Group.TRUE_INTERFACE), class_means(Group.OTHER_LATTICE)
        ),
        verdict=verdict,
        reason=reason,
        jitter_error=moved,
        jitter_shift=float("nan") if jitter is None else jitter.shift,
        endless=endless,
        true=true,
    )


def _are_true_ones_poor(line: Line, case: Case) -> bool:
    """Whether most true interfaces of the same crystals stay below the median of endless contacts."""
    percents = [
        share_exceeded(
            case.reference.endless,
            line.quantity,
            float(getattr(row, line.quantity)),
            area_a2=row.area_per_side_a2,
        ).percent
        for row in case.measures
        if row.group is Group.TRUE_INTERFACE
    ]
    known = [percent for percent in percents if not np.isnan(percent)]
    return bool(known) and float(np.median(known)) < MEDIAN_PERCENT


def percentile_rule(
    endless: Share, true: Share, *, least: float, most: float
) -> tuple[Verdict, str]:
    """
    Judge a number by its place among endless contacts of the lattice and true interfaces.

    ``least`` and ``most`` are the percentages of the endless contacts that it exceeds less, and
    with, its error.
    """
    if np.isnan(endless.percent):
        return (
            Verdict.NEUTRAL,
            "It was not computed, or there is nothing to compare with.",
        )
    exceeds = (
        f"It exceeds {endless.percent:.0f} % ({endless.low:.0f} to {endless.high:.0f}) of "
        f"{endless.n} endless lattice contacts of other proteins"
    )
    if true.n:
        exceeds += f" and {true.percent:.0f} % of {true.n} true interfaces"
    if endless.n < FEWEST:
        return Verdict.NEUTRAL, f"{exceeds}, too few for a verdict."
    if most < MEDIAN_PERCENT:
        return Verdict.AGAINST, f"{exceeds}: below the median even with its error."
    if least > HIGH_PERCENT and true.percent >= LOW_PERCENT:
        return (
            Verdict.SUPPORTS,
            f"{exceeds}: rare among the former, usual for the latter.",
        )
    return Verdict.NEUTRAL, f"{exceeds}: ordinary."


#: What is compared with ordinary contacts. The noise of all but Sc is the pooled standard deviation
#: of the four interfaces of the complex over two copies of 2ERJ and 2B5I.
COMPARISONS: Final = (
    Line(
        number=2,
        name="size",
        quantity=SIZE,
        unit="Å²",
        noise=22.0,
        label="buried area per side (Å²)",
        rule=compared,
    ),
    Line(
        number=2,
        name="core (95 % buried)",
        quantity="n_buried_95",
        noise=0.8,
        label="residues ≥ 95 % buried (number)",
        rule=compared,
    ),
    Line(
        number=2,
        name="core (70 % buried)",
        quantity="n_buried_70",
        noise=1.1,
        label="residues ≥ 70 % buried (number)",
        rule=compared,
    ),
    Line(
        number=3,
        name="fit",
        quantity="sc",
        noise=SC_NOISE,
        label="shape complementarity Sc",
        rule=compared,
    ),
    Line(
        number=4,
        name="bonds",
        quantity="bonds_per_100_a2",
        unit="per 100 Å²",
        noise=0.17,
        label="bonds (per 100 Å²)",
        rule=compared,
    ),
)


@line(5, "chemistry in the way", "copies_with_a_blocked_native_sequon")
def chemistry(line: Line, case: Case) -> Evidence:
    """
    Say what chemistry of the construct stands in the way or makes the contact.

    The rule: against if every copy rests on tag residues, or a removed glycosylation site would
    have most of its directions blocked; neutral if tags take part in some copies, a native site
    has most of its directions blocked, or a site lies in a stretch without coordinates that could
    reach the partner; otherwise supports.
    """
    focal = [row for row in case.measures if row.group is Group.FOCAL]
    n_with_tags = sum(row.n_tag > 0 for row in focal)
    blocked = [
        site
        for site in sorted(case.sites, key=lambda s: (s.role, s.mature_number))
        if site.is_blocked
    ]
    native = [
        f"{symbol_of(site.role)} N{site.mature_number}"
        for site in blocked
        if site.status == "native"
    ]
    removed = [
        f"{symbol_of(site.role)} {site.status}"
        for site in blocked
        if site.status != "native"
    ]
    hidden = [
        f"{symbol_of(stretch.role)} {site}"
        for stretches in case.unseen
        for stretch in stretches
        for site in stretch.sequons
    ]
    verdict = Verdict.NEUTRAL
    if n_with_tags == len(focal):
        verdict, why = (
            Verdict.AGAINST,
            "every copy rests on residues of expression tags",
        )
    elif removed:
        verdict, why = (
            Verdict.AGAINST,
            f"a glycan at the removed site {_each_once(removed)} would meet the neighbour",
        )
    elif native:
        why = (
            f"at {_each_once(native)} most directions of a native glycan are blocked by the "
            "neighbour, so that a larger one must fold away"
        )
    elif n_with_tags:
        why = "the copies with tag residues are in doubt"
    elif not hidden:
        verdict, why = Verdict.SUPPORTS, "no glycosylation site is blocked"
    else:
        why = "no site that is seen is blocked"
    if hidden:
        why += f"; not seen, and able to reach the neighbour: {_each_once(hidden)}"
    distances = [site.glycan_distance_a for site in case.sites if site.has_glycan]
    seen = f" (nearest {min(distances):.1f} Å)" if distances else ""
    return Evidence(
        line=line,
        value=float(sum(row.n_native_sequon_blocked > 0 for row in focal)),
        n_copies=len(focal),
        verdict=verdict,
        reason=(
            f"Tag residues take part in {n_with_tags} of {len(focal)} "
            f"{'copy' if len(focal) == 1 else 'copies'}, deposited glycans{seen} bond across in {sum(row.n_glycan_bond > 0 for row in focal)}; {why}."
        ),
    )


def _each_once(words: Sequence[str]) -> str:
    return ", ".join(dict.fromkeys(words))


@line(7, "competition", "largest_fraction_shared_inside_complex")
def competition(line: Line, case: Case) -> Evidence:
    """
    Say whether the contact's site is used by something else.

    The rule: against if an interface of the complex uses half of the site or a chain of either complex
    overlaps the neighbour; otherwise neutral, since the entries given show only some of what a
    chain binds.
    """
    inside = [o for o in case.overlaps if o.is_inside_complex]
    outside = [o for o in case.overlaps if not o.is_inside_complex]
    largest = max((o.fraction for o in inside), default=0.0)
    verdict = Verdict.NEUTRAL
    if case.clashes or largest >= COMPETING_FRACTION:
        verdict = Verdict.AGAINST
        why = "The site is used inside the complex or the neighbour overlaps it"
    elif inside:
        why = "The site borders on one used inside the complex, which leaves room for both"
    elif outside:
        why = "The site packs elsewhere too and may simply be sticky"
    else:
        entries = "1 entry" if case.n_entries == 1 else f"{case.n_entries} entries"
        why = f"Nothing else that uses the site was found in {entries}"
    details = [
        f"{o.other_class} ({', '.join(o.entries)}) shares {o.n_shared} residues of {o.role}"
        for o in [*inside, *outside[:MOST_NAMED]]
    ]
    details += [
        f"overlaps {name} in {n} atom pairs" for name, n in case.clashes.items()
    ]
    return Evidence(
        line=line,
        value=largest,
        n_copies=len(case.focal.members),
        verdict=verdict,
        reason=f"{why}{': ' + '; '.join(details) if details else ''}.",
    )


#: A change of K_d by less than a factor of ten from the drop to blood decides nothing, in kT.
DECISIVE_KT: Final = math.log(10.0)
#: Residues named for what they take and give.
RESIDUES_NAMED: Final = 2


@line(11, "protons", "loss_from_drop_to_blood_kt", unit="kT")
def protons(line: Line, case: Case) -> Evidence:
    """
    Say what the contact loses between the pH of its crystals and that of blood.

    The free energy of protonation linkage at pH 7.4 less that at the pH of the drop, from the pKa of
    every titratable group with and without the partner. The rule: against if it loses more than
    `DECISIVE_KT` in every copy, its error taken off; supports if it gains more than that in every
    copy; otherwise neutral. The error is that of the pKa values.
    """
    linkages = [linkage_ for linkage_ in case.linkages if linkage_.growth_ph > 0.0]
    if not linkages:
        return Evidence(
            line=line,
            value=math.nan,
            n_copies=0,
            verdict=Verdict.NEUTRAL,
            reason="Not asked: no file of its copies says at which pH the crystal grew.",
        )
    losses = np.array([linkage.losses_kt().sum() for linkage in linkages])
    margins = np.array([linkage.error_kt() for linkage in linkages])
    low, high = float((losses - margins).min()), float((losses + margins).max())
    verdict = Verdict.NEUTRAL
    if low > DECISIVE_KT:
        verdict = Verdict.AGAINST
    elif high < -DECISIVE_KT:
        verdict = Verdict.SUPPORTS
    doubt = ""
    if case.covalent_error_a > LARGEST_COVALENT_ERROR_A:
        verdict = Verdict.NEUTRAL
        doubt = (
            f" But covalent bonds are {case.covalent_error_a:.2f} Å off their lengths: with "
            "coordinates like these the line cannot tell."
        )
    value = float(losses.mean())
    drops = sorted({linkage.growth_ph for linkage in linkages})
    endosome = np.mean(
        [
            linkage.energy_kt(ENDOSOME_PH) - linkage.energy_kt(BLOOD_PH)
            for linkage in linkages
        ]
    )
    return Evidence(
        line=line,
        value=value,
        error=float(losses.std(ddof=1)) if len(losses) > 1 else math.nan,
        interval_low=low,
        interval_high=high,
        n_copies=len(linkages),
        controls=controls_of(
            value, case.losses[Group.TRUE_INTERFACE], case.losses[Group.OTHER_LATTICE]
        ),
        verdict=verdict,
        reason=f"Grown at pH {' and '.join(f'{ph:g}' for ph in drops)}; on the way to pH {BLOOD_PH:g} "
        f"protons take {_signed(value)} kT from it by PROPKA, and in an endosome (pH "
        f"{ENDOSOME_PH:g}) they change it by {_signed(float(endosome))} kT. {_pairs(linkages)}Most "
        f"is taken by {_largest(linkages, 1.0)}, most given by {_largest(linkages, -1.0)}.{doubt}",
    )


def _signed(value: float) -> str:
    return f"{value:+.1f}"


def _pairs(linkages: Sequence[ProtonLinkage]) -> str:
    """Name pairs of carboxylates that meet; a proton must be between them."""
    distances: dict[str, list[float]] = {}
    for linkage in linkages:
        for residue in linkage.residues:
            if residue.is_acid_pair and residue.side == 1:
                name = f"{residue.name} and {residue.nearest}"
                distances.setdefault(name, []).append(residue.distance_a)
    said = [
        f"{_shown(name)} meet at {', '.join(f'{d:.2f}' for d in found)} Å, which takes a proton."
        for name, found in distances.items()
    ]
    return " ".join(said) + (" " if said else "")


def _largest(linkages: Sequence[ProtonLinkage], sign: float) -> str:
    """Residues that take most from the contact (or give most), with their mean over the copies."""
    sums: dict[str, float] = {}
    for linkage in linkages:
        for residue, loss in zip(linkage.residues, linkage.losses_kt(), strict=True):
            sums[residue.name] = sums.get(residue.name, 0.0) + loss / len(linkages)
    ranked = sorted(sums.items(), key=lambda item: -sign * item[1])[:RESIDUES_NAMED]
    named = [
        f"{_shown(name)} ({_signed(loss)} kT)"
        for name, loss in ranked
        if sign * loss > 0.0
    ]
    return " and ".join(named) or "none"


def _shown(name: str) -> str:
    """Write ``IL2RG GLU46 and IL2RA GLU144`` as people do: ``γc Glu46 and IL-2Rα Glu144``."""
    ways = (symbol_of, str.capitalize, str)
    return " ".join(ways[i % 3](word) for i, word in enumerate(name.split()))


@line(12, "what is not seen", "unseen_residues_in_reach")
def not_seen(line: Line, case: Case) -> Evidence:
    """
    Describe the stretches without coordinates that could reach the partner.

    Always neutral: what is not seen cannot be weighed. Glycosylation sites in them count for line 5.
    The number is that of residues in the copy with most.
    """
    counts = [sum(s.n_residues for s in stretches) for stretches in case.unseen]
    most = case.unseen[int(np.argmax(counts))] if counts else ()
    said = [f"{stretch.shown} (from {stretch.distance_a:.0f} Å)" for stretch in most]
    return Evidence(
        line=line,
        value=float(max(counts, default=0)),
        n_copies=len(counts),
        verdict=Verdict.NEUTRAL,
        reason=f"Without coordinates and within reach of the partner, in the copy with most: "
        f"{', '.join(said)}."
        if said
        else "No stretch without coordinates comes within reach of the partner.",
    )


@line(13, "order", "disorder_percent", unit="%")
def order(line: Line, case: Case) -> Evidence:
    """
    Describe the B factors of the contact's residues by their place in their chains.

    Always neutral: a contact of the lattice orders its residues whether or not it means something, and
    disordered ones only say that lines 3 and 4 rest on less certain coordinates.
    """
    numbers = [disorder_percent(whole) for whole in case.wholes]
    known = [number for number in numbers if not math.isnan(number)]
    value = float(np.mean(known)) if known else math.nan
    true, lattice = (
        [disorder_percent(whole) for whole in case.controls[group]]
        for group in (Group.TRUE_INTERFACE, Group.OTHER_LATTICE)
    )
    said = (
        f"On average {value:.0f} % of the residues of its chains have lower B factors than one of the "
        "contact."
        if known
        else "The files have no B factors of their own."
    )
    return Evidence(
        line=line,
        value=value,
        error=float(np.std(known, ddof=1)) if len(known) > 1 else math.nan,
        n_copies=len(known),
        controls=controls_of(value, true, lattice),
        verdict=Verdict.NEUTRAL,
        reason=f"{said} {_fit_said(case)}",
    )


def _fit_said(case: Case) -> str:
    """Say how the residues fit the density, where validation reports stand beside the entries."""
    known = [fit for whole in case.wholes if (fit := density_fit(whole)) is not None]
    fits = np.concatenate([np.empty((0, 2)), *known])
    if not len(fits):
        why = "the validation reports hold no fit to the density"
        if not known:
            why = f"no validation report ({REPORT.format('entry')}.xml or .cif) stands beside the files"
        return f"Real-space quality is not judged: {why}."
    n_poor = int((fits[:, 0] > POOR_RSRZ).sum())
    return (
        f"{n_poor} of {len(fits)} residues in the {len(known)} copies with a validation report fit the "
        f"density poorly (RSRZ above {POOR_RSRZ:g}); mean RSCC {fits[:, 1].mean():.2f}."
    )


LINES: Final = (
    *(recurrence, *COMPARISONS, chemistry, competition),
    *(protons, not_seen, order),
)
