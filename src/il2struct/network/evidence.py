"""
Lines of evidence for or against a contact of the lattice, each beside its controls.

No line is added to another and there is no score: each has its number, the same number for the
true interfaces of the same complexes and for all other contacts of the same crystals, and a verdict
in words with the rule that gave it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from il2struct.arrays import FloatArray
from il2struct.errors import ParameterError
from il2struct.lattice.classes import ContactClass, is_lattice_class, n_crystal_forms
from il2struct.lattice.graph import Component
from il2struct.network.measures import ContactMeasures, Group, involves, percentile
from il2struct.network.sites import SiteOverlap
from il2struct.structure.roles import Role


class Verdict(StrEnum):
    """What a line of evidence says."""

    SUPPORTS = "supports"
    NEUTRAL = "neutral"
    AGAINST = "against"


@dataclass(frozen=True, slots=True, kw_only=True)
class Controls:
    """
    The same number for the controls.

    Attributes
    ----------
    true_minimum, true_maximum : float
        Range of the true interfaces.
    lattice_median, lattice_maximum : float
        Of all other lattice contacts.
    percentile_true, percentile_lattice : float
        Percentage of the controls that the focal contact exceeds, ties counted half.
    """

    true_minimum: float
    true_maximum: float
    lattice_median: float
    lattice_maximum: float
    percentile_true: float
    percentile_lattice: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """
    One line of evidence.

    Attributes
    ----------
    number : int
        Its place in the list of nine.
    name, quantity, unit : str
        What is asked and which number answers.
    value : float
        Mean over the copies of the focal contact.
    error : float
        Standard deviation over the copies; NaN for one copy or where it does not apply.
    n_copies : int
    controls : Controls or None
        None where the controls have no such number.
    verdict : Verdict
    reason : str
        Why, in words.
    """

    number: int
    name: str
    quantity: str
    unit: str
    value: float
    error: float
    n_copies: int
    controls: Controls | None
    verdict: Verdict
    reason: str


def focal_class(
    classes: Sequence[ContactClass], role_1: Role, role_2: Role
) -> ContactClass | None:
    """
    Find the lattice contact of a role pair that recurs most, the larger one of equals.

    Parameters
    ----------
    classes : sequence of ContactClass
    role_1, role_2 : Role

    Returns
    -------
    ContactClass or None
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
    quantity: str,
    *,
    number: int,
    name: str,
    unit: str,
) -> Evidence:
    """
    Compare one number of the focal contact with both kinds of control.

    The rule: it supports if the mean over the copies reaches the smallest true interface and
    exceeds half of the other lattice contacts; it speaks against if it exceeds less than half of
    the other lattice contacts; otherwise it is neutral.

    Parameters
    ----------
    measures : sequence of ContactMeasures
    quantity : str
        Field of `ContactMeasures`.
    number : int
    name, unit : str
    """
    by_group = {
        group: np.array(
            [float(getattr(m, quantity)) for m in measures if m.group is group]
        )
        for group in Group
    }
    focal = by_group[Group.FOCAL]
    if not len(focal):
        raise ParameterError(
            "there is no focal contact to compare; choose another role pair."
        )
    controls = _controls(
        float(np.mean(focal)),
        by_group[Group.TRUE_INTERFACE],
        by_group[Group.OTHER_LATTICE],
    )
    verdict, reason = _rule(float(np.mean(focal)), controls)
    return Evidence(
        number=number,
        name=name,
        quantity=quantity,
        unit=unit,
        value=float(np.mean(focal)),
        error=float(np.std(focal, ddof=1)) if len(focal) > 1 else float("nan"),
        n_copies=len(focal),
        controls=controls,
        verdict=verdict,
        reason=reason,
    )


def _controls(value: float, true: FloatArray, lattice: FloatArray) -> Controls:
    return Controls(
        true_minimum=_over(np.min, true),
        true_maximum=_over(np.max, true),
        lattice_median=_over(np.median, lattice),
        lattice_maximum=_over(np.max, lattice),
        percentile_true=percentile(value, true.tolist()),
        percentile_lattice=percentile(value, lattice.tolist()),
    )


def _over(function: Callable[[FloatArray], np.floating], values: FloatArray) -> float:
    known = values[~np.isnan(values)]
    return float(function(known)) if len(known) else float("nan")


def _rule(value: float, controls: Controls) -> tuple[Verdict, str]:
    smallest, above = controls.true_minimum, controls.percentile_lattice
    if np.isnan(value):
        return Verdict.NEUTRAL, "It was not computed."
    if np.isnan(above):
        return Verdict.NEUTRAL, "There is no other lattice contact to compare it with."
    if above < 50.0:
        return (
            Verdict.AGAINST,
            f"It exceeds only {above:.0f} % of the other lattice contacts.",
        )
    if np.isnan(smallest):
        return Verdict.NEUTRAL, "There is no true interface to compare it with."
    if value >= smallest:
        return Verdict.SUPPORTS, (
            f"It reaches the true interfaces (from {smallest:.3g}) and exceeds {above:.0f} % of "
            "the other lattice contacts."
        )
    return Verdict.NEUTRAL, (
        f"It exceeds {above:.0f} % of the other lattice contacts but not the smallest true "
        f"interface ({smallest:.3g})."
    )


def recurrence(focal: ContactClass, classes: Sequence[ContactClass]) -> Evidence:
    """
    Say in how many independent copies and crystal forms the contact is seen (line 1).

    Parameters
    ----------
    focal : ContactClass
    classes : sequence of ContactClass
        All classes, for the controls.
    """
    lattice = [c for c in classes if is_lattice_class(c) and c.name != focal.name]
    true = [c for c in classes if not is_lattice_class(c)]
    forms_analysed = n_crystal_forms([m for c in classes for m in c.members])
    n_forms, n_copies = focal.n_crystal_forms, len(focal.members)
    others = sum(c.n_crystal_forms >= 2 for c in lattice)
    if forms_analysed < 2:
        verdict, why = Verdict.NEUTRAL, "only one crystal form was given"
    elif n_forms >= 2:
        verdict = Verdict.SUPPORTS if not others else Verdict.NEUTRAL
        why = f"{others} of {len(lattice)} other lattice contacts recur in two or more forms"
    else:
        verdict, why = Verdict.AGAINST, f"{forms_analysed} crystal forms were given"
    return Evidence(
        number=1,
        name="recurrence",
        quantity="n_crystal_forms",
        unit="",
        value=float(n_forms),
        error=float("nan"),
        n_copies=n_copies,
        controls=_controls(
            float(n_forms),
            np.array([float(c.n_crystal_forms) for c in true]),
            np.array([float(c.n_crystal_forms) for c in lattice]),
        ),
        verdict=verdict,
        reason=f"Seen in {n_copies} copies and {n_forms} crystal form(s); {why}.",
    )


def chemistry(measures: Sequence[ContactMeasures]) -> Evidence:
    """
    Say what chemistry of the construct stands in the way or makes the contact (line 5).

    Parameters
    ----------
    measures : sequence of ContactMeasures
    """
    focal = [m for m in measures if m.group is Group.FOCAL]
    tags = sum(m.n_tag > 0 for m in focal)
    blocked = sum(m.n_native_sequon_blocked > 0 for m in focal)
    glycans = sum(m.n_glycan_bond > 0 for m in focal)
    if tags == len(focal):
        verdict, why = (
            Verdict.AGAINST,
            "every copy rests on residues of expression tags",
        )
    elif blocked:
        verdict = Verdict.NEUTRAL
        why = (
            f"in {blocked} of {len(focal)} copies a native glycosylation site has most of its "
            "directions blocked by the neighbour; a larger native glycan must fold away"
        )
    else:
        verdict, why = Verdict.SUPPORTS, "no native glycosylation site is blocked"
    return Evidence(
        number=5,
        name="chemistry in the way",
        quantity="copies_with_a_blocked_native_sequon",
        unit="",
        value=float(blocked),
        error=float("nan"),
        n_copies=len(focal),
        controls=None,
        verdict=verdict,
        reason=(
            f"Tag residues take part in {tags} of {len(focal)} copies, deposited glycans bond "
            f"across in {glycans}; {why}."
        ),
    )


def competition(
    overlaps: Sequence[SiteOverlap], trans: dict[str, int], n_copies: int
) -> Evidence:
    """
    Say whether the contact's site is used by something else (line 7).

    Parameters
    ----------
    overlaps : sequence of SiteOverlap
    trans : dict of str to int
        Chains of the own complex that overlap the neighbour, from `trans_clashes`.
    n_copies : int
    """
    inside = [o for o in overlaps if o.is_inside_complex]
    outside = [o for o in overlaps if not o.is_inside_complex]
    largest = max((o.fraction for o in inside), default=0.0)
    words = [
        f"{o.other_class} ({', '.join(o.entries)}) shares {o.n_shared} residues of {o.role}"
        for o in [*inside, *outside[:3]]
    ]
    if trans or inside:
        verdict = Verdict.AGAINST
        why = "The site is used inside the complex or the neighbour overlaps it"
    elif outside:
        verdict, why = (
            Verdict.NEUTRAL,
            "The site packs elsewhere too and may simply be sticky",
        )
    else:
        verdict, why = Verdict.SUPPORTS, "Nothing else uses the site"
    detail = "; ".join(
        words + [f"overlaps {name} in {n} atom pairs" for name, n in trans.items()]
    )
    return Evidence(
        number=7,
        name="competition",
        quantity="largest_fraction_shared_inside_complex",
        unit="",
        value=largest,
        error=float("nan"),
        n_copies=n_copies,
        controls=None,
        verdict=verdict,
        reason=f"{why}{': ' + detail if detail else ''}.",
    )


def topology(parts: Sequence[Component], n_copies: int) -> Evidence:
    """
    Say what the contact builds when repeated (line 8).

    Parameters
    ----------
    parts : sequence of Component
        Components of the graph of the focal class, of every entry.
    n_copies : int
    """
    dimensions = [
        part.dimension for part in parts if len(part.nodes) > 1 or part.dimension
    ]
    dimension = max(dimensions, default=0)
    word = ("closed groups", "linear chains", "sheets", "a three-dimensional lattice")[
        dimension
    ]
    rises = sorted({round(p.rise_per_unit_a, 1) for p in parts if p.dimension == 1})
    step = f" with a step of {', '.join(f'{r:g}' for r in rises)} Å" if rises else ""
    return Evidence(
        number=8,
        name="topology",
        quantity="dimension",
        unit="",
        value=float(dimension),
        error=float("nan"),
        n_copies=n_copies,
        controls=None,
        verdict=Verdict.AGAINST if dimension == 0 else Verdict.SUPPORTS,
        reason=f"Repeated by itself it builds {word}{step}"
        + (
            "; a network in two dimensions needs a second contact."
            if dimension == 1
            else "."
        ),
    )
