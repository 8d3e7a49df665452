"""
Lines of evidence for or against a contact of the lattice, each beside its controls.

No line is added to another and there is no score: each has its number, the same number for the
true interfaces of the same complexes and for all other contacts of the same crystals, and a verdict
in words with the rule that gave it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from il2struct.arrays import FloatArray
from il2struct.errors import ParameterError
from il2struct.lattice.classes import (
    ContactClass,
    crystal_packings,
    is_lattice_class,
    n_crystal_forms,
)
from il2struct.network.evidence.measures import (
    ContactMeasures,
    Group,
    involves,
    percentile,
)
from il2struct.network.evidence.reference import (
    FEWEST,
    SIZE,
    Reference,
    ReferenceSet,
    Share,
    base_rate,
    share_exceeded,
)
from il2struct.network.evidence.uncertainty import Jitter
from il2struct.structure.roles import Role


class Verdict(StrEnum):
    """What a line of evidence says."""

    SUPPORTS = "supports"
    NEUTRAL = "neutral"
    AGAINST = "against"


@dataclass(frozen=True, slots=True, kw_only=True)
class Controls:
    """The same number for the controls."""

    true_minimum: float  # Range of the true interfaces
    true_maximum: float
    lattice_median: float  # Of all other lattice contacts
    lattice_maximum: float
    # Percentage of the controls that the focal contact exceeds, ties counted half
    percentile_true: float
    percentile_lattice: float
    n_true: int  # Contacts that the controls are, copies of one contact counted once
    n_lattice: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One line of evidence."""

    number: int  # Its place in the list of nine
    name: str  # What is asked and which number answers
    quantity: str
    unit: str
    value: float  # Mean over the copies of the focal contact
    # Standard deviation over the copies; NaN for one copy or where it does not apply
    error: float
    n_copies: int
    controls: Controls | None  # None where the controls have no such number
    verdict: Verdict
    reason: str  # Why, in words
    # Standard deviation, and change of the mean, under coordinates moved by their errors; NaN where
    # that was not done
    jitter_error: float = float("nan")
    jitter_shift: float = float("nan")
    # What the number can be, for all that is not known about what it rests on; NaN where the errors
    # say it
    interval_low: float = float("nan")
    interval_high: float = float("nan")
    # Endless contacts of the lattice and true interfaces of other proteins that it exceeds; None
    # where they have no such number
    endless: Share | None = None
    true: Share | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """A number by which contacts are compared."""

    number: int  # Line of evidence
    field: str  # Of `ContactMeasures`
    name: str
    unit: str
    noise: float = 0.0  # Differences below this say nothing, whatever the copies


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
#: What is compared with the controls, in the order of the lines. The noise of the others is the
#: pooled standard deviation of the four interfaces of the complex over two copies of 2ERJ and 2B5I.
QUANTITIES: Final = (
    Quantity(number=2, field="area_per_side_a2", name="size", unit="Å²", noise=22.0),
    Quantity(
        number=2, field="n_buried_95", name="core (95 % buried)", unit="", noise=0.8
    ),
    Quantity(
        number=2, field="n_buried_70", name="core (70 % buried)", unit="", noise=1.1
    ),
    Quantity(number=3, field="sc", name="fit", unit="", noise=SC_NOISE),
    Quantity(
        number=4,
        field="bonds_per_100_a2",
        name="bonds",
        unit="per 100 Å²",
        noise=0.17,
    ),
)


def focal_class(
    classes: Sequence[ContactClass], role_1: Role, role_2: Role
) -> ContactClass | None:
    """
    Find the lattice contact of a role pair that recurs most, the larger one of equals.

    None if the two roles never meet between complexes.
    """
    candidates = [
        found
        for found in classes
        if is_lattice_class(found)
        and involves(found.members[0], role_1)
        and involves(found.members[0], role_2)
        and (role_1 is not role_2 or _is_homotypic(found))
    ]

    def rank(found: ContactClass) -> tuple[int, int, float]:
        areas = [m.interface.burial.area_per_side_a2 for m in found.members]
        return found.n_crystal_forms, len(found.members), max(areas)

    return max(candidates, key=rank, default=None)


def _is_homotypic(found: ContactClass) -> bool:
    contact = found.members[0].contact
    return contact.member_1.role is contact.member_2.role


def compared(
    measures: Sequence[ContactMeasures],
    quantity: Quantity,
    *,
    reference: Reference,
    jitter: Jitter | None = None,
    covalent_error_a: float = 0.0,
) -> Evidence:
    """
    Say where one number of the focal contact lies among ordinary contacts of many crystals.

    The rule, on the mean over the copies: it supports if, less its error, it exceeds more than
    `HIGH_PERCENT` of the endless contacts of the lattice and lies among the true interfaces (above
    `LOW_PERCENT` of them); it speaks against if, with its error, it stays below the median of the
    endless contacts; otherwise it is neutral. All but the size itself is compared at the size of
    the contact. The error is the largest of the spread of the copies, that under moved coordinates
    and the known noise of the quantity. The contacts of the same crystals are given beside it; if
    their true interfaces stay below the median as well, or covalent bonds are far off their lengths,
    coordinates like these cannot tell.
    """
    focal = [m for m in measures if m.group is Group.FOCAL]
    if not focal:
        raise ParameterError(
            "there is no focal contact to compare; choose another role pair."
        )
    numbers = np.array([float(getattr(m, quantity.field)) for m in focal])
    area = float(np.mean([m.area_per_side_a2 for m in focal]))
    value = float(np.mean(numbers))
    error = float(np.std(numbers, ddof=1)) if len(numbers) > 1 else float("nan")
    moved = float("nan") if jitter is None else jitter.error
    margin = float(np.nanmax([error, moved, quantity.noise]))

    def exceeded(among: ReferenceSet, number: float) -> Share:
        return share_exceeded(among, quantity.field, number, area_a2=area)

    endless = exceeded(reference.endless, value)
    true = exceeded(reference.true, value)
    verdict, reason = percentile_rule(
        endless,
        true,
        least=exceeded(reference.endless, value - margin).percent,
        most=exceeded(reference.endless, value + margin).percent,
    )
    if verdict is not Verdict.NEUTRAL and quantity.field != SIZE:
        doubt = _doubt(verdict, measures, quantity, reference, covalent_error_a)
        if doubt:
            verdict = Verdict.NEUTRAL
            reason = (
                f"{reason} {doubt}: with coordinates like these the line cannot tell."
            )
    return Evidence(
        number=quantity.number,
        name=quantity.name,
        quantity=quantity.field,
        unit=quantity.unit,
        value=value,
        error=error,
        n_copies=len(focal),
        controls=controls_of(
            value,
            _class_means(measures, quantity.field, Group.TRUE_INTERFACE),
            _class_means(measures, quantity.field, Group.OTHER_LATTICE),
        ),
        verdict=verdict,
        reason=reason,
        jitter_error=moved,
        jitter_shift=float("nan") if jitter is None else jitter.shift,
        endless=endless,
        true=true,
    )


def _doubt(
    verdict: Verdict,
    measures: Sequence[ContactMeasures],
    quantity: Quantity,
    reference: Reference,
    covalent_error_a: float,
) -> str:
    """Say why coordinates do not allow a verdict on a number that hangs on them; empty if they do."""
    if covalent_error_a > LARGEST_COVALENT_ERROR_A:
        return f"But covalent bonds are {covalent_error_a:.2f} Å off their lengths"
    if verdict is Verdict.AGAINST and _are_true_ones_poor(
        measures, quantity, reference
    ):
        return "But so are most true interfaces of these crystals"
    return ""


def _are_true_ones_poor(
    measures: Sequence[ContactMeasures], quantity: Quantity, reference: Reference
) -> bool:
    """Whether most true interfaces of the same crystals stay below the median of endless contacts."""
    percents = [
        share_exceeded(
            reference.endless,
            quantity.field,
            float(getattr(row, quantity.field)),
            area_a2=row.area_per_side_a2,
        ).percent
        for row in measures
        if row.group is Group.TRUE_INTERFACE
    ]
    known = [percent for percent in percents if not np.isnan(percent)]
    return bool(known) and float(np.median(known)) < MEDIAN_PERCENT


def percentile_rule(
    endless: Share, true: Share, *, least: float, most: float
) -> tuple[Verdict, str]:
    """Judge a number by its place among ordinary contacts."""
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
    is_true_like = true.percent >= LOW_PERCENT
    if least > HIGH_PERCENT and is_true_like:
        return (
            Verdict.SUPPORTS,
            f"{exceeds}: rare among the former, usual for the latter.",
        )
    return Verdict.NEUTRAL, f"{exceeds}: ordinary."


def _class_means(
    measures: Sequence[ContactMeasures], quantity: str, group: Group
) -> list[float]:
    """Mean over the copies of each contact: 2Z3R shows one contact eight times, not eight."""
    by_class: dict[str, list[float]] = {}
    for row in measures:
        value = float(getattr(row, quantity))
        if row.group is group and not np.isnan(value):
            by_class.setdefault(row.contact_class, []).append(value)
    return [float(np.mean(values)) for values in by_class.values()]


def controls_of(
    value: float, true: Sequence[float], lattice: Sequence[float]
) -> Controls:
    """Sum up the controls of a number."""
    known_true, known_lattice = (
        np.array([v for v in values if not np.isnan(v)]) for values in (true, lattice)
    )
    return Controls(
        true_minimum=_over(np.min, known_true),
        true_maximum=_over(np.max, known_true),
        lattice_median=_over(np.median, known_lattice),
        lattice_maximum=_over(np.max, known_lattice),
        percentile_true=percentile(value, known_true.tolist()),
        percentile_lattice=percentile(value, known_lattice.tolist()),
        n_true=len(known_true),
        n_lattice=len(known_lattice),
    )


def _over(function: Callable[[FloatArray], np.floating], known: FloatArray) -> float:
    return float(function(known)) if len(known) else float("nan")


def recurrence(focal: ContactClass, classes: Sequence[ContactClass]) -> Evidence:
    """
    Say in how many independent copies and crystal forms the contact is seen (line 1).

    The rule: neutral if fewer than two crystal forms hold both roles; against if only one of
    several shows the contact; supports if two or more do and no more than `RARE_SHARE` of the other
    lattice contacts that could recur do; neutral if more recur too.
    """
    forms = forms_with_roles(classes, roles_of(focal))
    able = [
        c
        for c in classes
        if c.name != focal.name and forms_with_roles(classes, roles_of(c)) >= 2
    ]
    lattice = [float(c.n_crystal_forms) for c in able if is_lattice_class(c)]
    true = [float(c.n_crystal_forms) for c in able if not is_lattice_class(c)]
    n_forms, n_copies = focal.n_crystal_forms, len(focal.members)
    others = sum(n >= 2 for n in lattice)
    base = base_rate()
    if forms < 2:
        verdict, why = (
            Verdict.NEUTRAL,
            "only one crystal form with both roles was given",
        )
    elif n_forms < 2:
        verdict, why = Verdict.AGAINST, f"{forms} forms with both roles were given"
    else:
        is_rare = others <= RARE_SHARE * len(lattice)
        verdict = Verdict.SUPPORTS if is_rare else Verdict.NEUTRAL
        why = (
            f"{others} of {len(lattice)} other lattice contacts recur, of those whose chains two "
            "or more forms hold"
        )
    return Evidence(
        number=1,
        name="recurrence",
        quantity="n_crystal_forms",
        unit="",
        value=float(n_forms),
        error=float("nan"),
        n_copies=n_copies,
        controls=controls_of(float(n_forms), true, lattice),
        verdict=verdict,
        reason=f"Seen in {n_copies} copies and {n_forms} crystal form(s); {why}; of contacts of "
        f"other proteins {base.n_recurring} of {base.n_contacts} recur (at most "
        f"{base.high_percent:.0f} %).",
    )


def roles_of(found: ContactClass) -> frozenset[Role]:
    """Return the roles that a class of contacts joins."""
    contact = found.members[0].contact
    return frozenset((contact.member_1.role, contact.member_2.role))


def forms_with_roles(classes: Sequence[ContactClass], roles: frozenset[Role]) -> int:
    """Count the independent packings that hold all of some roles, and could show their contact."""
    groups = [found.members for found in classes]
    able = [
        m for group in groups for m in group if roles <= set(m.named.role_of.values())
    ]
    return n_crystal_forms(able, crystal_packings(groups))
