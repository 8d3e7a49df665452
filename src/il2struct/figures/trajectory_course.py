"""Interfaces of a trajectory: how they change with time, and how often each bond is there."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from il2struct.errors import ParameterError
from il2struct.figures.canvas import (
    EDGE_COLOUR,
    EDGE_WIDTH_PT,
    Look,
    blank_panel,
    key_entry,
    key_height_mm,
    key_places,
    panel,
    size_mm,
    widest_mm,
    width_mm,
)
from il2struct.figures.drawing import Drawing, file_stem, framed, interface_key
from il2struct.figures.presence import MARKS
from il2struct.figures.words import pair_name, plain, safe
from il2struct.structure.chains import letter_of
from il2struct.tables import records
from il2struct.trajectory.study import TrajectoryResults

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

#: What is followed: column of ``trajectory_frames``, and the label of its axis.
COURSES: Final = (
    ("area_per_side_a2", "buried area\nper side (Å²)"),
    ("n_hydrogen_bond", "hydrogen bonds\n(number)"),
)
#: Height of one interface, and room for the axis of time, in mm.
COURSE_MM: Final = 27.0
TIME_MM: Final = 9.0
PS_PER_NS: Final = 1000.0
#: Bonds rarer than this are not drawn, and no more than so many.
RAREST: Final = 0.05
MOST_BONDS: Final = 40
ROW_MM: Final = 3.6
KEY_LEFT_MM: Final = 4.0
FOOT_MM: Final = 9.0
#: What the key says of bars.
ERROR_WORDS: Final = "standard error"


def interface_course(
    results: TrajectoryResults, *, width: str | float = "double"
) -> Drawing:
    """
    Draw how buried area and hydrogen bonds of each interface change along a trajectory.

    Parameters
    ----------
    results : TrajectoryResults
    width : str or float
        ``"single"``, ``"double"`` or mm.

    Returns
    -------
    Drawing

    Raises
    ------
    ParameterError
        If no interface was found.
    """
    interfaces = records(results.table)
    if not interfaces:
        raise ParameterError("there is no interface to follow; no chains touch.")
    rows = records(results.frames)
    table = framed(
        "figure_interface_course",
        [
            {**row, "quantity": quantity, "value": row[quantity]}
            for quantity, _ in COURSES
            for row in rows
        ],
    )
    parts = [
        f"{_named(row)} buries {row['area_per_side_mean_a2']:.0f} ± "
        f"{row['area_per_side_sd_a2']:.0f} Å² per side with "
        f"{row['n_hydrogen_bond_mean']:.1f} hydrogen bonds"
        for row in interfaces
    ]
    entry = plain(results.named.entry.entry_id)
    return Drawing(
        name=file_stem("interface_course", results.named.entry.entry_id),
        kind="interface_course",
        title=f"Interfaces of {entry} along the trajectory",
        alt=f"Curves over time, mean and standard deviation: {'; '.join(parts)}.",
        caption=(
            f"Buried area per side and hydrogen bonds in each of {len(rows) // len(interfaces)} frames "
            f"of {entry}. Dashed: the mean. {_terms(interfaces[0])}"
        ),
        table=table,
        width=width,
        height_mm=len(interfaces) * COURSE_MM + TIME_MM,
        paint=lambda ax: _draw_courses(ax, interfaces, table),
    )


def _terms(row: dict[str, Any]) -> str:
    return (
        f"Contact cut-off {row['contact_cutoff_a']:g} Å, probe {row['probe_radius_a']:g} Å, bonds "
        f"by {plain(str(row['preset']))}."
    )


def _named(row: dict[str, Any]) -> str:
    """Name an interface; the tables of trajectories know no symmetry images."""
    return pair_name({**row, "operator_1": "", "operator_2": ""})


def _of(table: "pd.DataFrame", interface: dict[str, Any]) -> "pd.DataFrame":
    """Rows of one interface."""
    own: pd.DataFrame = table[table["interface_id"] == interface["interface_id"]]
    complex_id = interface["complex_id"]
    is_same = own["complex_id"].isna()
    if complex_id is not None:
        is_same = (own["complex_id"] == complex_id).fillna(value=False)
    chosen: pd.DataFrame = own[is_same]
    return chosen


def _draw_courses(
    ax: "Axes", interfaces: Sequence[dict[str, Any]], table: "pd.DataFrame"
) -> None:
    width, height = size_mm(ax)
    known = table["time_ps"].dropna()
    column, divisor, label = "time_ps", PS_PER_NS, "time (ns)"
    if not len(known) or known.min() >= known.max():  # the file tells no time
        column, divisor, label = "frame", 1.0, "frame (number)"
    step = width / len(COURSES)
    for place, interface in enumerate(interfaces):
        bottom = height - (place + 1) * COURSE_MM
        for side, (quantity, words) in enumerate(COURSES):
            box = (side * step + 15.0, bottom + 1.5, step - 18.0, COURSE_MM - 7.0)
            plot = panel(ax, box)
            plot.set_label(f"{interface['interface_id']} {quantity}")
            own = _of(table[table["quantity"] == quantity], interface)
            times = own[column].to_numpy(float) / divisor
            values = own["value"].to_numpy(float)
            look: Look = {"color": "black", "linewidth": 0.6}
            plot.plot(times, values, **look)
            plot.axhline(float(values.mean()), linestyle=(0, (4, 2)), **look)
            plot.set_ylim(0.0, max(float(values.max()) * 1.08, 1.0))
            plot.set_ylabel(words)
            plot.yaxis.set_label_coords(-8.0 / (step - 18.0), 0.5)
            plot.margins(x=0.0)
            plot.locator_params(axis="y", nbins=4, integer=quantity.startswith("n_"))
            plot.set_xlabel(label)
            if place + 1 < len(interfaces):
                plot.tick_params(axis="x", labelbottom=False)
                plot.set_xlabel("")
            if side and not place:
                plot.set_title("dashed: mean", loc="right", pad=2.5, fontsize=6)
            if side == 0:
                plot.set_title(_named(interface), loc="left", pad=2.5)


def bond_occupancy_drawings(
    results: TrajectoryResults, *, width: str | float = "single"
) -> tuple[Drawing, ...]:
    """
    Draw for each interface how often its bonds are there.

    Parameters
    ----------
    results : TrajectoryResults
    width : str or float
        ``"single"``, ``"double"`` or mm.

    Returns
    -------
    tuple of Drawing
        One for each interface with a bond in at least 5 % of the frames.
    """
    drawings = []
    for interface in records(results.table):
        bonds = _of(results.bonds, interface)
        kept = bonds[bonds["kind"].isin(list(MARKS)) & (bonds["occupancy"] >= RAREST)]
        kept = kept.sort_values("occupancy", ascending=False, kind="stable")
        if len(kept):
            rows = records(kept.head(MOST_BONDS))
            drawings.append(_occupancy(interface, rows, len(kept), width))
    return tuple(drawings)


def _occupancy(
    interface: dict[str, Any],
    rows: Sequence[dict[str, Any]],
    n_bonds: int,
    width: str | float,
) -> Drawing:
    entry, name = plain(str(interface["entry_id"])), _named(interface)
    rest = (
        "" if n_bonds == len(rows) else f"; the {len(rows)} most frequent of {n_bonds}"
    )
    return Drawing(
        name=file_stem("bond_occupancy", *interface_key(interface)),
        kind="bond_occupancy",
        title=f"How often the bonds of {name} are there, {entry}",
        alt=(
            f"Marks in order of occupancy: {_bond_name(rows[0])} is there in "
            f"{rows[0]['occupancy']:.0%} of the frames; {len(rows)} bonds are shown."
        ),
        caption=(
            f"Share of {interface['n_frames']} frames of {entry} that have each bond of {name}, by "
            f"atoms; bars: standard error by blocking, where the trajectory is long enough. Bonds in "
            f"at least {RAREST:.0%} of the frames{rest}. {_terms(interface)}"
        ),
        table=framed(
            "figure_bond_occupancy", [{**r, "bond": _bond_name(r)} for r in rows]
        ),
        width=width,
        height_mm=FOOT_MM
        + len(rows) * ROW_MM
        + key_height_mm(_key(rows, width_mm(width))[1])
        + 1.0,
        paint=lambda ax: _draw_occupancy(ax, rows),
    )


def _bond_name(row: dict[str, Any]) -> str:
    ends = []
    for side in (1, 2):
        mature = row[f"mature_number_{side}"]
        number = row[f"auth_number_{side}"] if mature is None else mature
        letter = letter_of(str(row[f"residue_name_{side}"]))
        ends.append(f"{letter}{number} {row[f'atom_name_{side}']}")
    return "–".join(ends)


def _key(
    rows: Sequence[dict[str, Any]], width: float
) -> tuple[list[str], list[tuple[float, float]]]:
    """Words of the key, and their places in mm."""
    there = {row["kind"] for row in rows}
    words = [word for kind, (_, word) in MARKS.items() if kind in there]
    if any(row["occupancy_error"] is not None for row in rows):
        words.append(ERROR_WORDS)
    return words, key_places(words, width - 2 * KEY_LEFT_MM)


def _draw_occupancy(ax: "Axes", rows: Sequence[dict[str, Any]]) -> None:
    width, height = size_mm(ax)
    names = [safe(_bond_name(row)) for row in rows]
    left = widest_mm(names) + 7.5
    tall = len(rows) * ROW_MM
    plot = panel(ax, (left, FOOT_MM, width - left - 4.0, tall))
    plot.set_label("occupancy")
    words, places = _key(rows, width)
    foot = FOOT_MM + tall + 1.0
    key = blank_panel(ax, (KEY_LEFT_MM, foot, width - KEY_LEFT_MM, height - foot))
    bars: Look = {"fmt": "none", "ecolor": "black", "elinewidth": 0.6, "capsize": 1.4}
    edge: Look = {"edgecolors": EDGE_COLOUR, "linewidths": EDGE_WIDTH_PT}
    for name, place in zip(words, places, strict=True):
        if name == ERROR_WORDS:
            key.errorbar(*place, xerr=1.2, **bars)
            key.text(place[0] + 2.0, place[1], name, va="center", fontsize=6)
            continue
        kind = next(kind for kind, (_, word) in MARKS.items() if word == name)
        own = [(n, row) for n, row in enumerate(rows) if row["kind"] == kind]
        x, y = [100.0 * row["occupancy"] for _, row in own], [n for n, _ in own]
        known = [row["occupancy_error"] for _, row in own]
        # Without an error there is no bar.
        errors = [np.nan if error is None else 100.0 * error for error in known]
        plot.errorbar(x, y, xerr=errors, **bars)
        look: Look = {"s": 12.0, "marker": MARKS[kind][0]}
        at: Look = {"zorder": 3, "clip_on": False}
        plot.scatter(x, y, facecolors="black", **at, **edge, **look).set_gid(kind)
        key_entry(key, place, name, color="black", **look)
    plot.set_xlim(0.0, 100.0)
    plot.set_ylim(len(rows) - 0.5, -0.5)
    plot.set_yticks(range(len(rows)), names)
    plot.tick_params(axis="y", length=0)
    plot.set_xlabel("frames that have the bond (%)")
    plot.set_ylabel("bond")
    plot.yaxis.set_label_coords((3.0 - left) / (width - left - 4.0), 0.5)
