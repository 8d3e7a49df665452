"""Bonds between residues rather than atoms: the strongest kind of each pair and its shortest."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from il2struct.figures.interface.residue_labels import ResidueKey, key_of
from il2struct.results.interfaces import InterfaceResults
from il2struct.tables import records

#: Kinds of bond, the strongest first: a pair is drawn as the first that it has.
KINDS: Final = (
    "salt_bridge",
    "disulfide",
    "hydrogen_bond",
    "conditional_hydrogen_bond",
    "cation_pi",
    "pi_stacking",
    "water_mediated",
)
#: How keys and captions call them.
KIND_WORDS: Final = {
    "salt_bridge": "salt bridge",
    "disulfide": "disulfide",
    "hydrogen_bond": "H-bond",
    "conditional_hydrogen_bond": "H-bond if flipped or protonated",
    "cation_pi": "cation-π",
    "pi_stacking": "π stacking",
    "water_mediated": "through a water",
    "contact": "contact",
}
#: Atoms of the main chain.
MAIN_CHAIN: Final = frozenset({"N", "CA", "C", "O", "OXT"})

#: The residues of a pair.
PairKey: TypeAlias = tuple[ResidueKey, ResidueKey]


@dataclass(frozen=True, slots=True, kw_only=True)
class PairBond:
    """
    What joins two residues.

    Attributes
    ----------
    kind : str
        One of `KINDS`.
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
    """
    Return the rows of the table ``bonds`` that join two residues of the polymers.

    Parameters
    ----------
    one : InterfaceResults
        Of a single interface.
    with_waters : bool
        Whether to include those through a water.
    """
    return tuple(
        row
        for row in records(one.bonds)
        if not row["is_glycan_mediated"]
        and (kind := _kind_of(row)) is not None
        and (with_waters or kind != "water_mediated")
    )


def _kind_of(row: dict[str, Any]) -> str | None:
    """Strongest kind of a bond; None for an apolar contact."""
    if row["is_hydrogen_bond"] and (row["needs_flip"] or row["needs_protonation"]):
        # A salt bridge holds as it stands.
        return "salt_bridge" if row["is_salt_bridge"] else "conditional_hydrogen_bond"
    return next((kind for kind in KINDS if row.get(f"is_{kind}")), None)


def pair_bonds(rows: Iterable[dict[str, Any]]) -> dict[PairKey, PairBond]:
    """
    Join bonds of one residue pair into one.

    Parameters
    ----------
    rows : iterable of dict
        As from `direct_bonds`.

    Returns
    -------
    dict of (key_1, key_2) to PairBond
    """
    grouped: dict[PairKey, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        grouped[key_of(row, "_1"), key_of(row, "_2")].append(row)
    return {pair: _joined(found) for pair, found in grouped.items()}


def _joined(rows: list[dict[str, Any]]) -> PairBond:
    kinds = [_kind_of(row) or "" for row in rows]
    kind = min(kinds, key=KINDS.index)
    same = [row for row, its in zip(rows, kinds, strict=True) if its == kind]
    shortest = min(same, key=lambda row: _length(row, kind))
    gives = kind in ("salt_bridge", "hydrogen_bond", "conditional_hydrogen_bond")
    donor = shortest["donor_side"] if gives else None
    return PairBond(
        kind=kind,
        n_bonds=len(same),
        distance_a=_length(shortest, kind),
        atom_1=str(shortest["atom_name_1"]),
        atom_2=str(shortest["atom_name_2"]),
        acceptor_side=None if donor is None else 3 - int(donor),
    )


def _length(row: dict[str, Any], kind: str) -> float:
    if kind == "water_mediated":
        return float(row["distance_water_1_a"]) + float(row["distance_water_2_a"])
    is_ring = kind in ("cation_pi", "pi_stacking")
    return float(row["centroid_distance_a"] if is_ring else row["distance_a"])


def glycan_note(one: InterfaceResults) -> str:
    """Return a sentence on bonds to sugars, which no residue stands for; empty if none."""
    n_bonds = int(one.bonds["is_glycan_mediated"].sum())
    if not n_bonds:
        return ""
    word = "bond" if n_bonds == 1 else "bonds"
    return f" {n_bonds} {word} to glycans are not drawn."
