"""Tables of a measured trajectory."""

from typing import TYPE_CHECKING, Final

import numpy as np

from il2struct.arrays import BoolArray, IndexArray
from il2struct.interface.measure import SidePair
from il2struct.results.columns import Columns
from il2struct.structure.model import concatenated
from il2struct.structure.named import NamedEntry
from il2struct.tables import column_names, frame
from il2struct.trajectory.block import (
    KINDS,
    bond_of_key,
    contact_of_key,
    residue_of_key,
)
from il2struct.trajectory.blocking import blocked_error
from il2struct.trajectory.naming import chains_of
from il2struct.trajectory.plan import Measurement
from il2struct.trajectory.totals import SeenMeans, Totals

if TYPE_CHECKING:
    import pandas as pd

#: Columns of the time series that count something.
_COUNTS: Final = (
    "n_atom_pairs",
    "n_residue_pairs",
    *(f"n_{kind}" for kind in KINDS),
    "n_glycan_mediated",
)


def shown_pairs(totals: Totals, *, every: bool) -> IndexArray:
    """
    Interfaces that get rows: those with a contact in any frame, or all.

    Parameters
    ----------
    totals : Totals
    every : bool
        Whether those without a contact are shown too: they were asked for by name.
    """
    touches = totals.series["n_atom_pairs"].any(axis=1)
    shown: IndexArray = np.flatnonzero(touches | every)
    return shown


def interface_means(
    measured: Measurement, totals: Totals, shown: IndexArray
) -> "pd.DataFrame":
    """
    Sum up every interface in one row: the table ``trajectory_interfaces``.

    Parameters
    ----------
    measured : Measurement
    totals : Totals
    shown : ndarray of int
        Which interfaces.
    """
    rows = [_interface_row(measured, totals, number) for number in shown.tolist()]
    names = column_names("trajectory_interfaces")
    return frame(
        "trajectory_interfaces", {name: [row[name] for row in rows] for name in names}
    )


def _interface_row(
    measured: Measurement, totals: Totals, number: int
) -> dict[str, object]:
    pair, series = measured.pairs[number], totals.series
    area = (series["area_1_a2"][number] + series["area_2_a2"][number]) / 2
    area_mean, area_error = blocked_error(area)
    pairs_mean, pairs_error = blocked_error(series["n_residue_pairs"][number])
    sc = series["sc"][number]
    sc = sc[np.isfinite(sc)]
    sc_mean, sc_error = blocked_error(sc) if len(sc) else (np.nan, np.nan)
    parameters = measured.plan.parameters.interface
    row: dict[str, object] = {
        "n_frames": len(totals.frame),
        "n_frames_in_contact": int((series["n_atom_pairs"][number] > 0).sum()),
        "area_per_side_mean_a2": area_mean,
        "area_per_side_error_a2": area_error,
        "area_per_side_sd_a2": float(area.std(ddof=1)) if len(area) > 1 else np.nan,
        "n_residue_pairs_mean": pairs_mean,
        "n_residue_pairs_error": pairs_error,
        "n_hydrogen_bond_error": blocked_error(series["n_hydrogen_bond"][number])[1],
        "sc_mean": sc_mean,
        "sc_error": sc_error,
        "n_sc": len(sc),
        "preset": parameters.criteria.name,
        "probe_radius_a": parameters.burial.probe_radius_a,
        "contact_cutoff_a": parameters.contact_cutoff_a,
    }
    for name in _COUNTS[2:]:
        row[f"{name}_mean"] = float(series[name][number].mean())
    role_of = measured.named.role_of
    for side, images in ((1, pair.images_1), (2, pair.images_2)):
        roles = dict.fromkeys(role_of[image.auth_asym_id].value for image in images)
        row[f"role_{side}"] = ",".join(roles)
        row[f"auth_asym_id_{side}"] = chains_of(images)
    return row | _key(measured.named, pair)


def _key(named: NamedEntry, pair: SidePair) -> dict[str, object]:
    return {
        "entry_id": named.entry.entry_id,
        "complex_id": pair.complex_id,
        "interface_id": interface_id(pair),
    }


def interface_id(pair: SidePair) -> str:
    """Name of an interface as in every table."""
    return f"{pair.label_1}/{pair.label_2}"


def time_series(
    measured: Measurement, totals: Totals, shown: IndexArray
) -> "pd.DataFrame":
    """
    List every interface in every frame: the table ``trajectory_frames``.

    Parameters
    ----------
    measured : Measurement
    totals : Totals
    shown : ndarray of int
    """
    series = {name: values[shown].ravel() for name, values in totals.series.items()}
    n_frames = len(totals.frame)
    columns: Columns = {
        **_keys(measured, np.repeat(shown, n_frames)),
        "frame": np.tile(totals.frame, len(shown)),
        "time_ps": np.tile(totals.time_ps, len(shown)),
        "area_1_a2": series["area_1_a2"],
        "area_2_a2": series["area_2_a2"],
        "area_per_side_a2": (series["area_1_a2"] + series["area_2_a2"]) / 2,
        "sc": series["sc"],
    }
    columns |= {name: series[name].astype(np.int64) for name in _COUNTS}
    return frame("trajectory_frames", columns)


def _keys(measured: Measurement, pair: IndexArray) -> Columns:
    """Key columns of the interface of each row."""
    keys = [_key(measured.named, one) for one in measured.pairs]
    return {
        name: np.array([str(key[name]) for key in keys], dtype=np.str_)[pair]
        for name in ("entry_id", "complex_id", "interface_id")
    }


def contact_means(
    measured: Measurement, totals: Totals, shown: IndexArray
) -> "pd.DataFrame":
    """
    List residue pairs with their occupancy: the table ``trajectory_contacts``.

    Parameters
    ----------
    measured : Measurement
    totals : Totals
    shown : ndarray of int
    """
    key = totals.contacts.means.key
    pair, residue_1, residue_2 = contact_of_key(measured.plan, key)
    rows = (
        _entry_residues(measured, pair, 1, residue_1),
        _entry_residues(measured, pair, 2, residue_2),
    )
    columns = {
        **_keys(measured, pair),
        **_residue_columns(measured.named, rows[0], "_1"),
        **_residue_columns(measured.named, rows[1], "_2"),
        **_seen_columns(totals.contacts),
    }
    return _framed("trajectory_contacts", columns, np.isin(pair, shown))


def bond_means(
    measured: Measurement, totals: Totals, shown: IndexArray
) -> "pd.DataFrame":
    """
    List bonds with their occupancy: the table ``trajectory_bonds``.

    Parameters
    ----------
    measured : Measurement
    totals : Totals
    shown : ndarray of int
    """
    pair, kind, row_1, row_2 = bond_of_key(measured.plan, totals.bonds.means.key)
    bonds = measured.plan.bonds
    residue = _residue_of_row(measured)
    columns = {
        **_keys(measured, pair),
        **_residue_columns(measured.named, residue[row_1], "_1"),
        **_residue_columns(measured.named, residue[row_2], "_2"),
        "atom_name_1": bonds.atoms.atom_name[row_1],
        "atom_name_2": bonds.atoms.atom_name[row_2],
        "kind": np.array(KINDS, dtype=np.str_)[kind],
        "is_glycan_mediated": bonds.is_glycan[row_1] | bonds.is_glycan[row_2],
        "preset": np.full(len(pair), bonds.criteria.name),
        **_seen_columns(totals.bonds),
    }
    return _framed("trajectory_bonds", columns, np.isin(pair, shown))


def residue_means(
    measured: Measurement, totals: Totals, shown: IndexArray
) -> "pd.DataFrame":
    """
    List residues with their mean buried area: the table ``trajectory_residues``.

    Parameters
    ----------
    measured : Measurement
    totals : Totals
    shown : ndarray of int
    """
    means = totals.residues.means
    pair, side, residue = residue_of_key(measured.plan, means.key)
    rows = np.where(
        side == 1,
        _entry_residues(measured, pair, 1, np.where(side == 1, residue, 0)),
        _entry_residues(measured, pair, 2, np.where(side == 2, residue, 0)),
    )
    columns = {
        **_keys(measured, pair),
        **_residue_columns(measured.named, rows, ""),
        "side": side,
        "status": measured.named.numbers.status[rows],
        "buried_mean_a2": means.mean,
        "buried_error_a2": means.error,
        "occupancy": totals.residues.n_frames_seen / max(len(totals.frame), 1),
    }
    return _framed("trajectory_residues", columns, np.isin(pair, shown))


def _entry_residues(
    measured: Measurement, pair: IndexArray, side: int, residue: IndexArray
) -> IndexArray:
    """Rows of the entry's residues for residues counted within side 1 or 2 of interfaces."""
    plan = measured.plan
    rows = np.zeros(len(pair), dtype=np.int64)
    for number, sides in enumerate(plan.pairs):
        mask = pair == number
        of_side = sides[side - 1]
        index = plan.sides[of_side].residue_index[residue[mask]]
        rows[mask] = measured.sides[of_side].residue_row(index)
    return rows


def _residue_of_row(measured: Measurement) -> IndexArray:
    """Row of the entry's residues for every row of the plan."""
    parts = [
        side.residue_row(concatenated([side.atoms, side.glycans]).residue_index)
        for side in measured.sides
    ]
    return np.concatenate(parts)


def _residue_columns(named: NamedEntry, rows: IndexArray, suffix: str) -> Columns:
    residues, numbers = named.entry.residues, named.numbers
    columns = {
        "role": numbers.role[rows],
        "auth_asym_id": residues.auth_asym_id[rows],
        "auth_number": residues.auth_number[rows],
        "ins_code": residues.ins_code[rows],
        "mature_number": numbers.mature_number[rows],
        "residue_name": residues.name[rows],
    }
    return {name + suffix: values for name, values in columns.items()}


def _seen_columns(seen: SeenMeans) -> Columns:
    return {
        "occupancy": seen.means.mean,
        "occupancy_error": seen.means.error,
        "n_frames_seen": seen.n_frames_seen,
        "distance_mean_a": seen.distance_mean_a,
        "distance_min_a": seen.distance_min_a,
    }


def _framed(name: str, columns: Columns, mask: BoolArray) -> "pd.DataFrame":
    chosen = {column: columns[column][mask] for column in column_names(name)}
    return frame(name, chosen)
