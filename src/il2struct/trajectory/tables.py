"""Tables of a measured trajectory."""

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from il2struct import bond_kinds
from il2struct.arrays import BoolArray, IndexArray
from il2struct.structure.family import symbol_of
from il2struct.structure.named import NamedEntry
from il2struct.tables import Columns, column_names, frame, records
from il2struct.trajectory.blocking import SeenMeans, Totals, blocked_error
from il2struct.trajectory.measure import KINDS, Measurement, key_shapes

if TYPE_CHECKING:
    from il2struct.trajectory.study import TrajectoryResults

#: Columns of the time series that count something.
_COUNTS: Final = (
    "n_atom_pairs", "n_residue_pairs", *(f"n_{kind}" for kind in KINDS), "n_glycan_mediated",
)  # fmt: skip
#: Bonds that are there in at least this fraction of the frames are called lasting …
LASTING: Final = 0.5
#: … and at most this many are named for each interface.
MOST_NAMED: Final = 15


def shown_pairs(totals: Totals, *, every: bool) -> IndexArray:
    """Interfaces that get rows: those with a contact in any frame, or all."""
    touches = totals.series["n_atom_pairs"].any(axis=1)
    shown: IndexArray = np.flatnonzero(touches | every)
    return shown


def interface_means(
    measured: Measurement, totals: Totals, shown: IndexArray
) -> pd.DataFrame:
    """Sum up every interface in one row: the table ``trajectory_interfaces``."""
    rows = [_interface_row(measured, totals, number) for number in shown.tolist()]
    keys = _keys(measured, shown)
    columns = {
        name: keys[name] if name in keys else [row[name] for row in rows]
        for name in column_names("trajectory_interfaces")
    }
    return frame("trajectory_interfaces", columns)


def _interface_row(
    measured: Measurement, totals: Totals, number: int
) -> dict[str, object]:
    pair = measured.pairs[number]
    series = {name: values[number] for name, values in totals.series.items()}
    area = (series["area_1_a2"] + series["area_2_a2"]) / 2
    area_mean, area_error = blocked_error(area)
    pairs_mean, pairs_error = blocked_error(series["n_residue_pairs"])
    sc = series["sc"][np.isfinite(series["sc"])]
    sc_mean, sc_error = blocked_error(sc) if len(sc) else (np.nan, np.nan)
    parameters = measured.plan.parameters.interface
    row: dict[str, object] = {
        "n_frames": len(totals.frame),
        "n_frames_in_contact": int((series["n_atom_pairs"] > 0).sum()),
        "area_per_side_mean_a2": area_mean,
        "area_per_side_error_a2": area_error,
        "area_per_side_sd_a2": float(area.std(ddof=1)) if len(area) > 1 else np.nan,
        "n_residue_pairs_mean": pairs_mean,
        "n_residue_pairs_error": pairs_error,
        "n_hydrogen_bond_error": blocked_error(series["n_hydrogen_bond"])[1],
        "sc_mean": sc_mean,
        "sc_error": sc_error,
        "n_sc": len(sc),
        "preset": parameters.criteria.name,
        "probe_radius_a": parameters.burial.probe_radius_a,
        "contact_cutoff_a": parameters.contact_cutoff_a,
    }
    for name in _COUNTS[2:]:
        row[f"{name}_mean"] = float(series[name].mean())
    role_of = measured.named.role_of
    for side, images in ((1, pair.images_1), (2, pair.images_2)):
        chains = [image.auth_asym_id for image in images]
        row[f"role_{side}"] = ",".join(dict.fromkeys(role_of[c].value for c in chains))
        row[f"auth_asym_id_{side}"] = ",".join(chains)
    return row


def time_series(
    measured: Measurement, totals: Totals, shown: IndexArray
) -> pd.DataFrame:
    """List every interface in every frame: the table ``trajectory_frames``."""
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
    entry_id, pairs = measured.named.entry.entry_id, measured.pairs
    interface_ids = [f"{p.label_1}/{p.label_2}" for p in pairs]
    return {
        "entry_id": np.full(len(pair), entry_id),
        "complex_id": np.array([p.complex_id for p in pairs], dtype=np.str_)[pair],
        "interface_id": np.array(interface_ids, dtype=np.str_)[pair],
    }


def contact_means(
    measured: Measurement, totals: Totals, shown: IndexArray
) -> pd.DataFrame:
    """List residue pairs with their occupancy: the table ``trajectory_contacts``."""
    shape = key_shapes(measured.plan)["contacts"]
    pair, *residues = np.unravel_index(totals.contacts.means.key, shape)
    columns = {**_keys(measured, pair), **_seen_columns(totals.contacts)}
    for side, residue in enumerate(residues):
        rows = _entry_residues(measured, pair, side, residue)
        columns |= _residue_columns(measured.named, rows, f"_{side + 1}")
    return _framed("trajectory_contacts", columns, np.isin(pair, shown))


def bond_means(
    measured: Measurement, totals: Totals, shown: IndexArray
) -> pd.DataFrame:
    """List bonds with their occupancy: the table ``trajectory_bonds``."""
    shape = key_shapes(measured.plan)["bonds"]
    pair, kind, row_1, row_2 = np.unravel_index(totals.bonds.means.key, shape)
    bonds = measured.plan.bonds
    # Row of the entry's residues for every row of the plan.
    index = [
        side.residue_row(part.residue_index)
        for side in measured.sides
        for part in (side.atoms, side.glycans)
    ]
    residue = np.concatenate(index)
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
) -> pd.DataFrame:
    """List residues with their mean buried area: the table ``trajectory_residues``."""
    means = totals.residues.means
    shape = key_shapes(measured.plan)["residues"]
    pair, side, residue = np.unravel_index(means.key, shape)
    rows = _entry_residues(measured, pair, side, residue)
    columns = {
        **_keys(measured, pair),
        **_residue_columns(measured.named, rows, ""),
        "side": side + 1,
        "status": measured.named.numbers.status[rows],
        "buried_mean_a2": means.mean,
        "buried_error_a2": means.error,
        "occupancy": totals.residues.n_frames_seen / max(len(totals.frame), 1),
    }
    return _framed("trajectory_residues", columns, np.isin(pair, shown))


def _entry_residues(
    measured: Measurement, pair: IndexArray, side: IndexArray | int, residue: IndexArray
) -> IndexArray:
    """Rows of the entry's residues for residues counted within a side (0 or 1) of interfaces."""
    places = np.array(measured.plan.pairs, dtype=np.int64)[pair, side]
    rows = np.zeros(len(pair), dtype=np.int64)
    sides = zip(measured.plan.sides, measured.sides, strict=True)
    for number, (plan, side_atoms) in enumerate(sides):
        mask = places == number
        rows[mask] = side_atoms.residue_row(plan.residue_index[residue[mask]])
    return rows


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


def _framed(name: str, columns: Columns, mask: BoolArray) -> pd.DataFrame:
    chosen = {column: columns[column][mask] for column in column_names(name)}
    return frame(name, chosen)


def trajectory_summary(results: "TrajectoryResults") -> str:
    """Write what was found in words, as Markdown."""
    totals, entry = results.totals, results.named.entry
    frames = totals.frame
    times = totals.time_ps
    chains = [
        f"{_plain(chain.auth_asym_id)} is {symbol_of(chain.role.value)}"
        for chain in results.named.roles
    ]
    has_times = math.isfinite(times[-1]) and times[-1] > times[0]
    span = f", {times[0]:g} to {times[-1]:g} ps" if has_times else ""
    parts = [
        f"# {_plain(entry.entry_id)}: interfaces over {len(frames)} frames\n",
        f"Frames {frames[0]} to {frames[-1]} of {entry.n_models}{span}. "
        "Errors are standard errors of the means by blocking (Flyvbjerg & Petersen 1989); none is "
        "given where the frames are too few for the memory of the series.\n",
        f"Chains: {'; '.join(chains)}.\n",
    ]
    bonds, rows = records(results.bonds), records(results.table)
    parts += [_interface(row, bonds) for row in rows]
    if not rows:
        parts.append("No two chains touch in any frame.\n")
    parts.append(_notes(results))
    return "\n".join(parts)


def _plain(value: object) -> str:
    """Text of a file without what Markdown or HTML would take for its own."""
    text = "".join(c if c.isprintable() else " " for c in str(value))
    for mark, escaped in (("&", "&amp;"), ("<", "&lt;"), ("|", "\\|"), ("`", "'")):
        text = text.replace(mark, escaped)
    return text


def _with_error(mean: Any, error: Any, digits: int) -> str:  # noqa: ANN401  # cells of a table
    if mean is None:
        return "not worked out"
    text = f"{mean:.{digits}f}"
    return text if error is None else f"{text} ± {error:.{digits}f}"


def _interface(row: dict[str, Any], bonds: list[dict[str, Any]]) -> str:
    key = ("complex_id", "interface_id")
    own = [bond for bond in bonds if all(bond[name] == row[name] for name in key)]
    n, touching = row["n_frames"], row["n_frames_in_contact"]
    area = _with_error(row["area_per_side_mean_a2"], row["area_per_side_error_a2"], 1)
    pairs = _with_error(row["n_residue_pairs_mean"], row["n_residue_pairs_error"], 1)
    polar = _with_error(row["n_hydrogen_bond_mean"], row["n_hydrogen_bond_error"], 1)
    where = f" of complex {row['complex_id']}" if row["complex_id"] else ""
    lines = [
        f"## {_plain(row['interface_id'])}{where}\n",
        f"Chains {_plain(row['auth_asym_id_1'])} and {_plain(row['auth_asym_id_2'])} touch in "
        f"{touching} of {n} frames. Each side buries {area} Å²; {pairs} residue pairs are in "
        f"contact, with {polar} hydrogen bonds and {row['n_salt_bridge_mean']:.1f} salt-bridge "
        f"atom pairs ({_plain(row['preset'])}).",
    ]
    if row["n_sc"]:
        sc = _with_error(row["sc_mean"], row["sc_error"], 3)
        lines.append(f"Shape complementarity is {sc} over {row['n_sc']} frames.")
    return "\n".join([*lines, "", _lasting(own)])


def _lasting(bonds: list[dict[str, Any]]) -> str:
    # Apolar contacts are counted only.
    named = {kind.name: kind.word for kind in bond_kinds.KINDS.values() if kind.line}
    lasting = [b for b in bonds if b["occupancy"] >= LASTING and b["kind"] in named]
    lasting.sort(key=lambda bond: -bond["occupancy"])
    if not lasting:
        return f"No bond is there in {LASTING:.0%} of the frames or more.\n"
    lines = [
        f"Bonds in at least {LASTING:.0%} of the frames:\n",
        "| bond | kind | frames | mean distance |",
        "|---|---|---|---|",
    ]
    for bond in lasting[:MOST_NAMED]:
        error = bond["occupancy_error"]
        percent = None if error is None else 100 * error
        occupancy = _with_error(100 * bond["occupancy"], percent, 0)
        ends = " – ".join(_end(bond, side) for side in (1, 2))
        lines.append(
            f"| {ends} | {named[bond['kind']]} | {occupancy} % "
            f"| {bond['distance_mean_a']:.2f} Å |"
        )
    if len(lasting) > MOST_NAMED:
        lines.append(f"\nand {len(lasting) - MOST_NAMED} more in `trajectory_bonds`.")
    return "\n".join(lines) + "\n"


def _end(bond: dict[str, Any], side: int) -> str:
    names = (
        "role",
        "auth_asym_id",
        "mature_number",
        "auth_number",
        "residue_name",
        "atom_name",
    )
    role, chain, mature, author, residue, atom = (bond[f"{n}_{side}"] for n in names)
    who = symbol_of(role) if role and role != "unknown" else chain
    number = author if mature is None else mature
    return _plain(f"{who} {str(residue).capitalize()}{number} {atom}")


def _notes(results: "TrajectoryResults") -> str:
    notes = records(results.notes)
    if not notes:
        return ""
    lines = ["## Notes\n"]
    for note in notes:
        subject = f"{_plain(note['subject'])}, " if note["subject"] else ""
        lines.append(f"- {_plain(note['message'])} ({subject}{note['count']})")
    return "\n".join(lines) + "\n"
