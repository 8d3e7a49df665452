"""Tables on interfaces and their residues, contacts and bonds."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from il2struct.arrays import BoolArray, FloatArray, IndexArray
from il2struct.interface.burial import MIN_BURIED_A2
from il2struct.interface.interface import Interface
from il2struct.results.columns import (
    Columns,
    chosen,
    constant,
    gap_edges,
    residue_columns,
    stacked,
)
from il2struct.results.summary_rows import (
    bonded_pairs,
    interface_residues,
    is_polar,
)
from il2struct.results.views import residue_of
from il2struct.structure.model import NO_NUMBER
from il2struct.structure.named import NamedEntry
from il2struct.tables import column_names, frame

if TYPE_CHECKING:
    import pandas as pd


def _key(named: NamedEntry, interface: Interface, length: int) -> Columns:
    return {
        "entry_id": constant(named.entry.entry_id, length),
        "complex_id": constant(interface.complex_id, length),
        "interface_id": constant(interface.interface_id, length),
    }


def residue_table(named: NamedEntry, interfaces: Sequence[Interface]) -> "pd.DataFrame":
    """
    List the residues that lose area or touch the partner: the table ``residues``.

    Parameters
    ----------
    named : NamedEntry
    interfaces : sequence of Interface
    """
    edges = gap_edges(named)
    parts = [
        _residue_rows(named, interface, side, edges)
        for interface in interfaces
        for side in (1, 2)
    ]
    return frame("residues", stacked(parts, column_names("residues")))


def _residue_rows(
    named: NamedEntry, interface: Interface, side: int, edges: BoolArray
) -> Columns:
    partner, burial = interface.sides[side - 1], interface.burial.sides[side - 1]
    residues = burial.residues
    is_interface, distance = interface_residues(interface, side)
    rows = np.flatnonzero((residues.buried_a2 > MIN_BURIED_A2) | np.isfinite(distance))
    index = residues.residue_index[rows]
    named_columns = residue_columns(named, partner, index)
    del named_columns["reference_letter"]
    return (
        _key(named, interface, len(rows))
        | named_columns
        | {
            "side": constant(side, len(rows)),
            "is_interface": is_interface[rows],
            "sasa_free_a2": residues.sasa_free_a2[rows],
            "buried_a2": residues.buried_a2[rows],
            "buried_fraction": residues.buried_fraction[rows],
            "relative_free": residues.relative_free[rows],
            "relative_complex": residues.relative_complex[rows],
            "class_levy": residues.class_levy[rows],
            "distance_a": distance[rows],
            "is_gap_edge": edges[partner.residue_row(index)],
            "burial_rank": _burial_rank(residues.buried_a2, is_interface)[rows],
            "bonded_to": np.array(
                _bonded_to(named, interface, side, index), dtype=np.str_
            ),
        }
    )


def _burial_rank(buried_a2: FloatArray, is_interface: BoolArray) -> IndexArray:
    """Rank of the interface residues by buried area, 1 the largest; `NO_NUMBER` for others."""
    rank = np.full(len(buried_a2), NO_NUMBER)
    order = np.flatnonzero(is_interface)
    order = order[np.argsort(-buried_a2[order], kind="stable")]
    rank[order] = np.arange(1, len(order) + 1)
    return rank


def _bonded_to(
    named: NamedEntry, interface: Interface, side: int, residue_index: IndexArray
) -> list[str]:
    """Names of the partner's residues that each residue is bonded to, with chains if several."""
    pairs = bonded_pairs(interface, is_polar(interface.bonds))
    other = interface.sides[2 - side]
    columns = residue_columns(named, other, pairs[:, 2 - side])
    many = len(other.images) > 1
    names = []
    for values in zip(*columns.values(), strict=True):
        row = dict(zip(columns, values, strict=True))
        if row["mature_number"] == NO_NUMBER:
            row["mature_number"] = None
        names.append((f"{row['auth_asym_id']}:" if many else "") + residue_of(row))
    mine = pairs[:, side - 1].tolist()
    return [
        " ".join(
            name for name, owner in zip(names, mine, strict=True) if owner == index
        )
        for index in residue_index.tolist()
    ]


_CONTACT_NAMES: Final = (
    "role",
    "auth_asym_id",
    "operator",
    "auth_number",
    "ins_code",
    "mature_number",
    "residue_name",
)
_BOND_NAMES: Final = (*_CONTACT_NAMES, "uniprot_number")


def contact_table(named: NamedEntry, interfaces: Sequence[Interface]) -> "pd.DataFrame":
    """
    List the residue pairs within the contact cut-off: the table ``contacts``.

    Parameters
    ----------
    named : NamedEntry
    interfaces : sequence of Interface
    """
    parts = [_contact_rows(named, interface) for interface in interfaces]
    return frame("contacts", stacked(parts, column_names("contacts")))


def _contact_rows(named: NamedEntry, interface: Interface) -> Columns:
    contacts = interface.contacts
    sides = interface.sides
    columns = _key(named, interface, len(contacts.residue_1))
    for side, residues, closest, suffix in (
        (sides[0], contacts.residue_1, contacts.closest_1, "_1"),
        (sides[1], contacts.residue_2, contacts.closest_2, "_2"),
    ):
        columns |= chosen(
            residue_columns(named, side, residues), _CONTACT_NAMES, suffix
        )
        columns["closest_atom" + suffix] = side.atoms.atom_name[closest]
    return columns | {
        "distance_a": contacts.distance_a,
        "n_atom_pairs": contacts.n_atom_pairs,
    }


def bond_table(named: NamedEntry, interfaces: Sequence[Interface]) -> "pd.DataFrame":
    """
    List every bond, one row an atom pair: the table ``bonds``.

    Parameters
    ----------
    named : NamedEntry
    interfaces : sequence of Interface
    """
    parts = [_bond_rows(named, interface) for interface in interfaces]
    return frame("bonds", stacked(parts, column_names("bonds")))


def atom_columns(
    named: NamedEntry,
    interface: Interface,
    side: int,
    rows: IndexArray,
    names: Sequence[str],
) -> Columns:
    """
    Residue and atom columns of atoms at one side of a bond.

    Parameters
    ----------
    named : NamedEntry
    interface : Interface
    side : int
        1 or 2; the suffix of the columns.
    rows : ndarray of int
        Rows of the side's polymer and glycan atoms (``PreparedSide.atoms``).
    names : sequence of str
        Columns of `residue_columns` to take.
    """
    partner = interface.sides[side - 1]
    atoms = partner.prepared.atoms
    residues = residue_columns(named, partner, atoms.residue_index[rows])
    return chosen(residues, names, f"_{side}") | {
        f"atom_name_{side}": atoms.atom_name[rows]
    }


def _bond_rows(named: NamedEntry, interface: Interface) -> Columns:
    bonds = interface.bonds
    length = len(bonds.index_1)
    columns = _key(named, interface, length)
    for side, rows in ((1, bonds.index_1), (2, bonds.index_2)):
        columns |= atom_columns(named, interface, side, rows, _BOND_NAMES)
    columns |= bonds.columns
    water = bonds.water_residue_index
    has_water = water != NO_NUMBER
    residue = np.where(has_water, water, 0)
    residues = named.entry.residues
    return columns | {
        # Salt bridges keep the geometry of the hydrogen bond that they just miss.
        "donor_side": np.where(
            bonds.is_hydrogen_bond & (bonds.donor_side > 0),
            bonds.donor_side,
            NO_NUMBER,
        ),
        "water_auth_asym_id": np.where(has_water, residues.auth_asym_id[residue], ""),
        "water_auth_number": np.where(
            has_water, residues.auth_number[residue], NO_NUMBER
        ),
        "preset": constant(interface.parameters.criteria.name, length),
    }
