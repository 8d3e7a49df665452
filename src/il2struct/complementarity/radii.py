"""Atomic radii for shape complementarity, by residue and atom name."""

import functools
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from il2struct.arrays import BoolArray, FloatArray
from il2struct.data import rows_of
from il2struct.errors import ParameterError

#: Elements that count as hydrogen.
HYDROGENS: Final = frozenset({"H", "D"})
#: Symbols that stand for "not known".
UNKNOWN_ELEMENTS: Final = frozenset({"", "X"})
#: Residue of the rules that hold for every residue.
ANY_RESIDUE: Final = "any"
#: Marks the rules that go by element alone.
ELEMENT_RULE: Final = "element"


class _Rule(NamedTuple):
    residue: str
    prefix: str
    is_prefix: bool
    radius_a: float


@dataclass(frozen=True, slots=True)
class ElementRadius:
    """A kind of atom that no rule of the table names, so that its element gave the radius in Å."""

    residue_name: str
    atom_name: str
    element: str
    radius_a: float
    n_atoms: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScRadii:
    """Radii of a group of atoms."""

    #: Radius of each atom in Å; hydrogens have one too.
    radii_a: FloatArray
    #: Atoms that are not hydrogen, by element: Sc is computed from these.
    is_heavy: BoolArray
    #: Kinds of heavy atoms that got the radius of their element.
    by_element: tuple[ElementRadius, ...]


def sc_radii(
    residue_names: Iterable[str], atom_names: Iterable[str], elements: Iterable[str]
) -> ScRadii:
    """
    Look up the radii that the Lawrence-Colman program uses.

    The first rule that fits wins: those of the residue, then those for all residues, then the
    element. Names count only where the element agrees, so a calcium ion is no CA carbon, and the
    OH of tyrosine is an oxygen. An element that is empty or ``X`` is taken from the atom name;
    one without a radius is a `ParameterError`.

    References
    ----------
    Lawrence, M. C. & Colman, P. M. J. Mol. Biol. 234:946-950 (1993).

    Examples
    --------
    >>> radii = sc_radii(["TYR", "CA"], ["OH", "CA"], ["O", "CA"])
    >>> radii.radii_a.tolist(), radii.by_element[0].element
    ([1.7, 2.31], 'CA')
    """
    try:
        atoms = list(zip(residue_names, atom_names, elements, strict=True))
    except ValueError as error:
        raise ParameterError(
            "names and elements must have one entry per atom."
        ) from error
    found: dict[tuple[str, str, str], tuple[float, bool]] = {}
    by_element = []
    for (residue, atom, element), n_atoms in sorted(Counter(atoms).items()):
        symbol = _element(atom, element)
        radius_a, is_by_element = _radius(residue, atom, symbol)
        is_heavy = symbol not in HYDROGENS
        found[residue, atom, element] = radius_a, is_heavy
        if is_by_element and is_heavy:
            names = str(residue), str(atom), symbol
            by_element.append(ElementRadius(*names, radius_a, n_atoms))
    return ScRadii(
        radii_a=np.array([found[atom][0] for atom in atoms], dtype=np.float64),
        is_heavy=np.array([found[atom][1] for atom in atoms], dtype=np.bool_),
        by_element=tuple(by_element),
    )


def _element(atom_name: str, element: str) -> str:
    symbol = element.strip().upper()
    if symbol not in UNKNOWN_ELEMENTS:
        return symbol
    return next((letter for letter in atom_name.upper() if letter.isalpha()), "")


@functools.cache
def _radius(residue_name: str, atom_name: str, element: str) -> tuple[float, bool]:
    """Radius of a kind of atom, and whether its element alone decided."""
    residue, atom = residue_name.strip().upper(), atom_name.strip().upper()
    symbol = "H" if element == "D" else element
    rules, by_element = _tables()
    for rule in rules:
        if rule.residue not in (residue, ANY_RESIDUE) or rule.prefix[0] != symbol:
            continue
        if atom == rule.prefix or (rule.is_prefix and atom.startswith(rule.prefix)):
            return rule.radius_a, False
    if symbol not in by_element:
        raise ParameterError(
            f"no radius for element {symbol!r} (atom {atom_name} of {residue_name}); "
            "leave the atom out or give its radius yourself."
        )
    return by_element[symbol], True


@functools.cache
def _tables() -> tuple[tuple[_Rule, ...], dict[str, float]]:
    rules, by_element = [], {}
    for row in rows_of("sc_radii.csv"):
        pattern, radius = row["atom"], float(row["radius_a"])
        if row["residue"] == ELEMENT_RULE:
            by_element[pattern] = radius
        else:
            prefix, star, _ = pattern.partition("*")
            rules.append(_Rule(row["residue"], prefix, bool(star), radius))
    return tuple(rules), by_element
