"""Residues of an interface as figures show them, in order and with short labels, and their bonds."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from typing import Any, Final, TypeAlias

from il2struct.bond_kinds import kind_shown
from il2struct.figures.words import safe, side_name
from il2struct.results.interfaces import InterfaceResults
from il2struct.structure.roles import Role
from il2struct.tables import records

#: Chain, symmetry image, author number and insertion code: what tells residues of a side apart.
ResidueKey: TypeAlias = tuple[str, str, int, str]
#: A jump in numbers by more than this is marked as a break.
LARGE_JUMP: Final = 10
#: Atoms of the main chain.
MAIN_CHAIN: Final = frozenset({"N", "CA", "C", "O", "OXT"})
#: The residues of a pair.
PairKey: TypeAlias = tuple[ResidueKey, ResidueKey]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownResidue:
    """
    One residue of one side.

    Attributes
    ----------
    key : tuple
        What tells it apart on its side.
    name, label : str
        ``R38``: for tables, and safe to draw.
    role : str
        Of its chain.
    number : int
        Mature number; that of the author where there is none.
    is_mature : bool
        Whether `number` is a mature number.
    buried_a2 : float
    class_levy : str
        core, support, rim, or empty.
    """

    key: ResidueKey
    name: str
    label: str
    role: str
    number: int
    is_mature: bool
    buried_a2: float
    class_levy: str


@cache
def one_letter(residue_name: str) -> str:
    """Return the letter of a residue, of its parent for a modified one, ``X`` if there is none."""
    import gemmi

    letter = gemmi.find_tabulated_residue(residue_name).one_letter_code.strip()
    return letter.upper() or "X"


def key_of(row: dict[str, Any], suffix: str = "") -> ResidueKey:
    """Return the key of the residue that a table's row names, with ``_1`` or ``_2`` behind."""
    return (
        str(row[f"auth_asym_id{suffix}"]),
        str(row[f"operator{suffix}"]),
        int(row[f"auth_number{suffix}"]),
        str(row[f"ins_code{suffix}"] or ""),
    )


def shown_residues(
    one: InterfaceResults, side: int, further: Iterable[dict[str, Any]] = ()
) -> tuple[ShownResidue, ...]:
    """
    List the residues of a side that touch the other, in sequence order.

    Parameters
    ----------
    one : InterfaceResults
        Of a single interface.
    side : int
        1 or 2.
    further : iterable of dict
        Rows of the table ``bonds`` whose residues are shown too, touching or not.
    """
    chains = str(one.table[f"auth_asym_id_{side}"].iloc[0]).split(",")
    rows = [row for row in records(one.residues) if row["side"] == side]
    found = {
        key_of(row): residue_of(row, float(row["buried_a2"]), row["class_levy"])
        for row in rows
        if row["distance_a"] is not None
    }
    buried = {key_of(row): (float(row["buried_a2"]), row["class_levy"]) for row in rows}
    for row in further:
        key = key_of(row, f"_{side}")
        if key not in found:
            found[key] = residue_of(row, *buried.get(key, (0.0, None)), f"_{side}")
    ordered = sorted(found.values(), key=lambda r: _order(r, chains))
    if len(chains) == 1:
        return tuple(ordered)
    return tuple(
        replace(r, name=f"{r.key[0]} {r.name}", label=f"{safe(r.key[0])} {r.label}")
        for r in ordered
    )


def residue_of(
    row: dict[str, Any], buried_a2: float, class_levy: str | None, suffix: str = ""
) -> ShownResidue:
    """Name the residue of a table's row; ``_1`` or ``_2`` may stand behind its columns."""
    key = key_of(row, suffix)
    role = str(row[f"role{suffix}"])
    mature = row[f"mature_number{suffix}"]
    letter = one_letter(str(row[f"residue_name{suffix}"]))
    author = f"{key[2]}{key[3]}"
    name = f"{letter}{author}"
    if mature is not None:
        name = f"{letter}{mature}"
    elif role != Role.UNKNOWN.value:
        # A number of another count than those beside it.
        name = f"{letter}({author})"
    return ShownResidue(
        key=key,
        name=name,
        label=safe(name),
        role=role,
        number=int(mature) if mature is not None else key[2],
        is_mature=mature is not None,
        buried_a2=buried_a2,
        class_levy=class_levy or "",
    )


def _order(residue: ShownResidue, chains: Sequence[str]) -> tuple[int, str, int, str]:
    name, operator, _, ins_code = residue.key
    place = chains.index(name) if name in chains else len(chains)
    return place, operator, residue.number, ins_code


def breaks_after(residues: Sequence[ShownResidue]) -> tuple[int, ...]:
    """Find the places behind which numbers jump by more than `LARGE_JUMP`, or the chain ends."""
    return tuple(
        place
        for place, (here, there) in enumerate(pairwise(residues))
        if here.key[:2] != there.key[:2] or there.number - here.number > LARGE_JUMP
    )


def numbering_of(residues: Sequence[ShownResidue]) -> str:
    """Say how residues are numbered: ``mature numbers`` or ``author numbers``."""
    has_role = any(r.role != Role.UNKNOWN.value for r in residues)
    return "mature numbers" if has_role else "author numbers"


def axis_label(row: dict[str, Any], side: int, residues: Sequence[ShownResidue]) -> str:
    """Return the label of an axis of residues: ``IL-2 residue (mature number)``."""
    kind = numbering_of(residues).removesuffix("s")
    return f"{side_name(row, side)} residue ({kind})"


def numbering_note(*sides: Sequence[ShownResidue]) -> str:
    """Return a sentence on numbers, for captions."""
    kinds = dict.fromkeys(numbering_of(side) for side in sides)
    note = f"Residues carry {' and '.join(kinds)}"
    if any(
        not r.is_mature and r.role != Role.UNKNOWN.value for side in sides for r in side
    ):
        note += "; those outside the mature sequence carry author numbers in brackets"
    return note + "."


@dataclass(frozen=True, slots=True, kw_only=True)
class PairBond:
    """
    What joins two residues.

    Attributes
    ----------
    kind : str
        Name of one of `drawn_kinds`.
    n_bonds : int
        Atom pairs of that kind.
    distance_a : float
        Shortest of them; through a water, both parts together.
    atom_1, atom_2 : str
        Of the shortest.
    acceptor_side : int or None
        1 or 2; None where it is not a hydrogen bond or either may accept.
    """

    kind: str
    n_bonds: int
    distance_a: float
    atom_1: str
    atom_2: str
    acceptor_side: int | None


def chain_part(atom_name: str) -> str:
    """Return ``m`` for an atom of the main chain, ``s`` for one of a side chain."""
    return "m" if atom_name in MAIN_CHAIN else "s"


def direct_bonds(
    one: InterfaceResults, *, with_waters: bool
) -> tuple[dict[str, Any], ...]:
    """Return the rows of ``bonds`` of one interface that join two residues of the polymers."""
    return tuple(
        row
        for row in records(one.bonds)
        if not row["is_glycan_mediated"]
        and (kind := kind_shown(row)).line
        and (with_waters or kind.name != "water_mediated")
    )


def pair_bonds(rows: Iterable[dict[str, Any]]) -> dict[PairKey, PairBond]:
    """Join the bonds of each residue pair, rows as from `direct_bonds`, into one."""
    grouped: dict[PairKey, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        grouped[key_of(row, "_1"), key_of(row, "_2")].append(row)
    return {pair: _joined(found) for pair, found in grouped.items()}


def _joined(rows: list[dict[str, Any]]) -> PairBond:
    kinds = [kind_shown(row) for row in rows]
    kind = min(kinds, key=lambda kind: kind.rank)
    same = [row for row, its in zip(rows, kinds, strict=True) if its is kind]
    lengths = [math.fsum(float(row[name]) for name in kind.length) for row in same]
    length, shortest = min(zip(lengths, same, strict=True), key=lambda pair: pair[0])
    donor = shortest["donor_side"]
    return PairBond(
        kind=kind.name,
        n_bonds=len(same),
        distance_a=length,
        atom_1=str(shortest["atom_name_1"]),
        atom_2=str(shortest["atom_name_2"]),
        acceptor_side=None if donor is None else 3 - int(donor),
    )


def glycan_note(one: InterfaceResults) -> str:
    """Return a sentence on bonds to sugars, which no residue stands for; empty if none."""
    n_bonds = int(one.bonds["is_glycan_mediated"].sum())
    if not n_bonds:
        return ""
    word = "bond" if n_bonds == 1 else "bonds"
    return f" {n_bonds} {word} to glycans are not drawn."
