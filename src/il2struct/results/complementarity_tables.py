"""Tables on shape complementarity, residue by residue and atom by atom."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from il2struct.arrays import IndexArray
from il2struct.complementarity import (
    LocalComplementarity,
    SideScores,
    atom_complementarity,
    residue_complementarity,
)
from il2struct.interface.interface import Interface
from il2struct.results.columns import (
    Columns,
    chosen,
    constant,
    residue_columns,
    stacked,
)
from il2struct.structure.model import Side
from il2struct.structure.named import NamedEntry
from il2struct.tables import column_names, frame

if TYPE_CHECKING:
    import pandas as pd

_LOCAL: Final = (
    "n_dots",
    "trimmed_area_a2",
    "median_score",
    "mean_score",
    "median_gap_a",
    "mean_gap_a",
)
_RESIDUE: Final = (
    "role",
    "auth_asym_id",
    "operator",
    "auth_number",
    "ins_code",
    "mature_number",
    "residue_name",
)


def sc_residue_table(
    named: NamedEntry, interfaces: Sequence[Interface]
) -> "pd.DataFrame":
    """
    List how well each residue fits: the table ``sc_residues``.

    Parameters
    ----------
    named : NamedEntry
    interfaces : sequence of Interface
        Those without shape complementarity have no rows.
    """
    parts = [
        _residue_rows(named, interface, scored)
        for interface in interfaces
        for scored in _scored_sides(interface)
    ]
    return frame("sc_residues", stacked(parts, column_names("sc_residues")))


def sc_atom_table(named: NamedEntry, interfaces: Sequence[Interface]) -> "pd.DataFrame":
    """
    List how well each atom fits: the table ``sc_atoms``.

    Parameters
    ----------
    named : NamedEntry
    interfaces : sequence of Interface
        Those without shape complementarity have no rows.
    """
    parts = [
        _atom_rows(named, interface, scored)
        for interface in interfaces
        for scored in _scored_sides(interface)
    ]
    return frame("sc_atoms", stacked(parts, column_names("sc_atoms")))


class _ScoredSide(NamedTuple):
    """One side of an interface: its number, its atoms that have dots, and the dots."""

    number: int
    side: Side
    rows: IndexArray
    scores: SideScores


def _scored_sides(interface: Interface) -> tuple[_ScoredSide, ...]:
    complementarity = interface.complementarity
    if complementarity is None:
        return ()
    return (
        _ScoredSide(
            1,
            interface.sides[0],
            complementarity.rows_1,
            complementarity.result.side_1,
        ),
        _ScoredSide(
            2,
            interface.sides[1],
            complementarity.rows_2,
            complementarity.result.side_2,
        ),
    )


def _key(named: NamedEntry, interface: Interface, number: int, length: int) -> Columns:
    return {
        "entry_id": constant(named.entry.entry_id, length),
        "complex_id": constant(interface.complex_id, length),
        "interface_id": constant(interface.interface_id, length),
        "side": constant(number, length),
    }


def _residue_rows(
    named: NamedEntry, interface: Interface, scored: _ScoredSide
) -> Columns:
    number, side, rows, scores = scored
    local = residue_complementarity(scores, side.atoms.residue_index[rows])
    return (
        _key(named, interface, number, len(local))
        | chosen(residue_columns(named, side, local.index), _RESIDUE, "")
        | _local_columns(local)
    )


def _atom_rows(named: NamedEntry, interface: Interface, scored: _ScoredSide) -> Columns:
    number, side, rows, scores = scored
    local = atom_complementarity(scores)
    atoms = side.atoms.select(rows[local.index])
    return (
        _key(named, interface, number, len(local))
        | chosen(residue_columns(named, side, atoms.residue_index), _RESIDUE[1:], "")
        | {"atom_name": atoms.atom_name}
        | _local_columns(local)
    )


def _local_columns(local: LocalComplementarity) -> Columns:
    return {name: np.asarray(getattr(local, name)) for name in _LOCAL}
