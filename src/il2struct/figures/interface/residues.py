"""Residues of an interface as figures show them, in order and with short labels, and their bonds."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from il2struct.bond_kinds import kind_shown
from il2struct.figures.canvas import thinned
from il2struct.figures.words import safe, side_name
from il2struct.results.interfaces import InterfaceResults
from il2struct.structure.chains import letter_of
from il2struct.structure.family import Role
from il2struct.tables import records

if TYPE_CHECKING:
    from matplotlib.axis import Axis

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
    One residue of one side: name ``R38`` for tables, and a label that is safe to draw.

    `number` is the author's where there is no mature one.
    """

    key: ResidueKey
    name: str
    label: str
    role: str
    number: int
    is_mature: bool
    buried_a2: float


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
    List the residues of side 1 or 2 that touch the other, in sequence order.

    Those of `further` rows of the table ``bonds`` are shown too, touching or not.
    """
    chains = str(one.table[f"auth_asym_id_{side}"].iloc[0]).split(",")
    rows = [row for row in records(one.residues) if row["side"] == side]
    found = {
        key_of(row): residue_of(row, float(row["buried_a2"]))
        for row in rows
        if row["distance_a"] is not None
    }
    buried = {key_of(row): float(row["buried_a2"]) for row in rows}
    for row in further:
        key = key_of(row, f"_{side}")
        if key not in found:
            found[key] = residue_of(row, buried.get(key, 0.0), f"_{side}")

    def order(residue: ShownResidue) -> tuple[int, str, int, str]:
        name, operator, _, ins_code = residue.key
        place = chains.index(name) if name in chains else len(chains)
        return place, operator, residue.number, ins_code

    ordered = sorted(found.values(), key=order)
    if len(chains) == 1:
        return tuple(ordered)
    return tuple(
        replace(r, name=f"{r.key[0]} {r.name}", label=f"{safe(r.key[0])} {r.label}")
        for r in ordered
    )


def name_of(
    residue_name: str, author: str, mature_number: int | None, role: str
) -> str:
    """
    Write letter and mature number, or the author's where there is none: ``R38``.

    What has no letter keeps its name, ``FRH201``. In a chain with a role the latter stands in brackets: it is of another count than those beside it.
    """
    letter = letter_of(residue_name).replace("X", residue_name)
    if mature_number is not None:
        return f"{letter}{mature_number}"
    return f"{letter}{author}" if role == Role.UNKNOWN.value else f"{letter}({author})"


def residue_of(row: dict[str, Any], buried_a2: float, suffix: str = "") -> ShownResidue:
    """Name the residue of a table's row; ``_1`` or ``_2`` may stand behind its columns."""
    key = key_of(row, suffix)
    role, mature = str(row[f"role{suffix}"]), row[f"mature_number{suffix}"]
    name = name_of(str(row[f"residue_name{suffix}"]), f"{key[2]}{key[3]}", mature, role)
    return ShownResidue(
        key=key,
        name=name,
        label=safe(name),
        role=role,
        number=int(mature) if mature is not None else key[2],
        is_mature=mature is not None,
        buried_a2=buried_a2,
    )


def breaks_after(residues: Sequence[ShownResidue]) -> tuple[int, ...]:
    """Find the places behind which numbers jump by more than `LARGE_JUMP`, or the chain ends."""
    return tuple(
        place
        for place, (here, there) in enumerate(pairwise(residues))
        if here.key[:2] != there.key[:2] or there.number - here.number > LARGE_JUMP
    )


def label_residues(
    axis: "Axis", residues: Sequence[ShownResidue], pitch_mm: float
) -> None:
    """Label an axis with residues that stand so far apart: one in so many where there is no room."""
    points, every = thinned(pitch_mm)
    shown = range(0, len(residues), every)
    axis.set_ticks(list(shown), [residues[place].label for place in shown])
    axis.set_tick_params(labelsize=points, pad=1.0)


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
    What joins two residues: `n_bonds` atom pairs of the kind that is shown, and the shortest of them.

    Its `distance_a` is that of the table ``bonds``, of centres of rings where there are any.
    `acceptor_side` is None where it is no hydrogen bond or either side may accept.
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
    joined = {}
    for pair, own in grouped.items():
        kinds = [kind_shown(row) for row in own]
        kind = min(kinds, key=lambda kind: kind.rank)
        same = [row for row, its in zip(own, kinds, strict=True) if its is kind]
        shortest = min(same, key=lambda row: float(row[kind.length]))
        donor = shortest["donor_side"]
        joined[pair] = PairBond(
            kind=kind.name,
            n_bonds=len(same),
            distance_a=float(shortest[kind.length]),
            atom_1=str(shortest["atom_name_1"]),
            atom_2=str(shortest["atom_name_2"]),
            acceptor_side=None if donor is None else 3 - int(donor),
        )
    return joined


def glycan_note(one: InterfaceResults) -> str:
    """Return a sentence on bonds to sugars, which no residue stands for; empty if none."""
    n_bonds = int(one.bonds["is_glycan_mediated"].sum())
    if not n_bonds:
        return ""
    word = "bond" if n_bonds == 1 else "bonds"
    return f" {n_bonds} {word} to glycans are not drawn."
