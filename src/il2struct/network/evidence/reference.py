"""
Where a number of a contact lies among ordinary contacts of many crystals.

Two distributions are shipped (`data/reference_contacts.csv`, made by
``scripts/reference_contacts.py``): steps of the lattice that go on for ever, as the one asked about
may, and interfaces of deposited assemblies. Both are asked at the size of the contact, since small
ones fit and bond by chance.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from il2struct.arrays import FloatArray
from il2struct.data import rows_of
from il2struct.lattice.contacts import Belonging

#: Compared are the contacts nearest in size: this share of all, but no fewer than `NEAREST`. Their
#: number does not jump when an area moves, as that in a window would.
NEAREST_SHARE: Final = 0.25
NEAREST: Final = 30
#: What says nothing of the size of a contact is compared at that size.
SIZE: Final = "area_per_side_a2"
#: Fewer contacts than this are no distribution: 95 % of them cannot be told from all. It matters
#: for tables of one's own only.
FEWEST: Final = 20
#: Two-sided 95 % of a normal distribution.
NORMAL_95: Final = 1.959964
#: Family of all entries that hold a chain with a role; the pair asked about is of it.
RECEPTOR_FAMILY: Final = "receptors"
#: Columns that are numbers.
NUMBERS: Final = (SIZE, "n_buried_70", "n_buried_95", "bonds_per_100_a2", "sc")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceSet:
    """Contacts of one kind, of many crystals."""

    family: tuple[str, ...]  # crystals of related proteins have one name
    # One value for each contact, by the fields of `ContactMeasures`
    numbers: dict[str, FloatArray]

    def without(self, family: str) -> "ReferenceSet":
        """Leave the contacts of one family out."""
        kept = np.array([name != family for name in self.family], dtype=bool)
        return ReferenceSet(
            family=tuple(name for name in self.family if name != family),
            numbers={name: values[kept] for name, values in self.numbers.items()},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What a contact is weighed against."""

    endless: ReferenceSet  # neighbours in the lattice whose step goes on for ever
    true: ReferenceSet  # interfaces of the assemblies that depositors stand for

    def without(self, family: str) -> "Reference":
        """Leave one family out: a contact is not weighed against itself and its relatives."""
        return Reference(
            endless=self.endless.without(family), true=self.true.without(family)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Share of some contacts that a number exceeds."""

    percent: float  # ties count half; NaN without contacts
    low: float  # 95 % confidence interval after Wilson
    high: float
    n: int  # contacts
    # Their median, and what 95 % of them do not exceed; NaN without contacts
    median: float
    highest_5: float


@cache
def reference() -> Reference:
    """
    Read the shipped distributions, without the family of the receptors.

    Examples
    --------
    >>> RECEPTOR_FAMILY in reference().endless.family
    False
    """
    rows = rows_of("reference_contacts.csv")

    def contacts(level: str, belonging: Belonging, goes_on: str) -> ReferenceSet:
        kept = [
            row
            for row in rows
            if row["level"] == level
            and row["belonging"] == belonging.value
            and row["goes_on"] == goes_on
        ]
        return ReferenceSet(
            family=tuple(row["family"] for row in kept),
            numbers={
                name: np.array([float(row[name]) for row in kept]) for name in NUMBERS
            },
        )

    return Reference(
        endless=contacts("neighbours", Belonging.LATTICE, "1"),
        true=contacts("contact", Belonging.INSIDE, ""),
    ).without(RECEPTOR_FAMILY)


def percentile(value: float, controls: Sequence[float] | FloatArray) -> float:
    """
    Percentage of controls that a value exceeds, ties counted half; NaN without any.

    NaNs among the controls are passed over.

    Examples
    --------
    >>> percentile(3.0, [1.0, 2.0, 3.0, 4.0])
    62.5
    """
    every = np.asarray(controls, dtype=np.float64)
    known = every[~np.isnan(every)]
    if not len(known) or np.isnan(value):
        return math.nan
    below = (known < value).sum() + 0.5 * (known == value).sum()
    return float(100.0 * below / len(known))


def share_exceeded(
    among: ReferenceSet, quantity: str, value: float, *, area_a2: float
) -> Share:
    """Say what share of some contacts a number exceeds."""
    numbers = among.numbers[quantity]
    if quantity != SIZE:
        far = np.abs(np.log(among.numbers[SIZE] / area_a2))
        n_near = max(NEAREST, round(NEAREST_SHARE * len(far)))
        numbers = numbers[np.argsort(far, kind="stable")[:n_near]]
    known = numbers[~np.isnan(numbers)]
    percent = percentile(value, known)
    low, high = wilson_interval(percent / 100.0, len(known))
    median, highest_5 = (
        np.percentile(known, [50.0, 95.0]) if len(known) else (math.nan, math.nan)
    )
    return Share(
        percent=percent,
        low=100.0 * low,
        high=100.0 * high,
        n=len(known),
        median=float(median),
        highest_5=float(highest_5),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseRate:
    """How often a contact of the lattice recurs in another packing of the same chains."""

    n_recurring: int  # those that do, of those that could
    n_contacts: int
    high_percent: float  # upper end of the 95 % confidence interval after Wilson


@cache
def base_rate() -> BaseRate:
    """
    Count the recurring contacts of the crystals of other proteins.

    Examples
    --------
    >>> base_rate().n_recurring
    0
    """
    rows = [
        row
        for row in rows_of("reference_recurrence.csv")
        if row["family"] != RECEPTOR_FAMILY
    ]
    n_recurring = sum(int(row["n_recurring"]) for row in rows)
    n_contacts = sum(int(row["n_contacts"]) for row in rows)
    high = wilson_interval(n_recurring / n_contacts, n_contacts)[1]
    return BaseRate(
        n_recurring=n_recurring, n_contacts=n_contacts, high_percent=100.0 * high
    )


def wilson_interval(fraction: float, n: int) -> tuple[float, float]:
    """
    Return the 95 % confidence interval of a fraction that was counted.

    References
    ----------
    Wilson, J. Am. Stat. Assoc. 22:209 (1927).

    Examples
    --------
    None of ten is not 0 %:

    >>> low, high = wilson_interval(0.0, 10)
    >>> round(low, 3), round(high, 3)
    (0.0, 0.278)
    """
    if not n or math.isnan(fraction):
        return math.nan, math.nan
    square = NORMAL_95**2 / n
    middle = fraction + square / 2.0
    half = math.sqrt(square * (fraction * (1.0 - fraction) + square / 4.0))
    return (
        max(0.0, (middle - half) / (1.0 + square)),
        min(1.0, (middle + half) / (1.0 + square)),
    )
