"""Interfaces of a trajectory: how they change with time, and how often each bond is there."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from il2struct.arrays import BoolArray, FloatArray
from il2struct.errors import ParameterError
from il2struct.figures.canvas import (
    KeyEntry,
    Look,
    draw_marks_key,
    inset,
    marks_key_mm,
    size_mm,
    widest_mm,
    width_mm,
)
from il2struct.figures.drawing import Drawing, file_stem, framed, interface_key
from il2struct.figures.presence import MARKS
from il2struct.figures.words import pair_name, plain, safe
from il2struct.structure.chains import letter_of
from il2struct.tables import records
from il2struct.trajectory.blocking import blocked_error
from il2struct.trajectory.study import TrajectoryResults

if TYPE_CHECKING:
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
#: Above the rows, for the unit of the shares, in mm; columns of the barcode in a mm.
HEAD_MM: Final = 3.5
PIXELS_PER_MM: Final = 4.0
#: Marks of bonds.
MARK_LOOK: Final[Look] = {"s": 9.0, "color": "black", "linewidths": 0.0}


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
    frames = records(results.frames)
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
            f"Buried area per side and hydrogen bonds in each of {len(frames) // len(interfaces)} frames "
            f"of {entry}. Dashed: the mean. {_terms(interfaces[0])}"
        ),
        table=framed(
            "figure_interface_course",
            [
                {**row, "quantity": quantity, "value": row[quantity]}
                for quantity, _ in COURSES
                for row in frames
            ],
        ),
        width=width,
        height_mm=len(interfaces) * COURSE_MM + TIME_MM,
        paint=lambda ax: _draw_courses(ax, interfaces, frames),
    )


def _terms(row: dict[str, Any]) -> str:
    return (
        f"Contact cut-off {row['contact_cutoff_a']:g} Å, probe {row['probe_radius_a']:g} Å, bonds "
        f"by {plain(str(row['preset']))}."
    )


def _named(row: dict[str, Any]) -> str:
    """Name an interface; the tables of trajectories know no symmetry images."""
    return pair_name({**row, "operator_1": "", "operator_2": ""})


def _times(frames: Sequence[dict[str, Any]]) -> tuple[FloatArray, str]:
    """Return the times of the frames that rows are of, in order, and the label of their axis."""
    known = {row["time_ps"] for row in frames}
    column, divisor, label = "time_ps", PS_PER_NS, "time (ns)"
    if None in known or len(known) < 2:  # the file tells no time
        column, divisor, label = "frame", 1.0, "frame (number)"
    return np.unique([float(row[column]) for row in frames]) / divisor, label


def _draw_courses(
    ax: "Axes", interfaces: Sequence[dict[str, Any]], frames: Sequence[dict[str, Any]]
) -> None:
    width, height = size_mm(ax)
    times, label = _times(frames)
    step = width / len(COURSES)
    for place, interface in enumerate(interfaces):
        bottom = height - (place + 1) * COURSE_MM
        key = interface_key(interface)
        own = [row for row in frames if interface_key(row) == key]
        for side, (quantity, words) in enumerate(COURSES):
            box = (side * step + 15.0, bottom + 1.5, step - 18.0, COURSE_MM - 7.0)
            plot = inset(ax, box)
            plot.set_label(f"{interface['interface_id']} {quantity}")
            values = np.array([float(row[quantity]) for row in own])
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
    results: TrajectoryResults, *, width: str | float = "double"
) -> tuple[Drawing, ...]:
    """
    Draw for each interface which frames have each of its bonds, and how often it is there.

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
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    number_of: dict[tuple[Any, ...], int] = {}
    groups = np.full(len(results.bonds), -1, dtype=np.int64)
    for number, row in enumerate(records(results.bonds)):
        if row["kind"] in MARKS:
            name = _bond_name(row)
            key = (*interface_key(row), name, row["kind"])
            groups[number] = number_of.setdefault(key, len(number_of))
            rows.setdefault(key, {**row, "bond": name})
    bonds = []
    for row, seen in zip(rows.values(), results.frames_of_bonds(groups), strict=True):
        share, error = blocked_error(seen.astype(np.float64))
        if share >= RAREST:
            row |= {
                "occupancy": share,
                "occupancy_error": error,
                "frames": _spans(seen),
            }
            bonds.append((row, seen))
    bonds.sort(key=lambda bond: -bond[0]["occupancy"])
    times = _times(records(results.frames))
    drawings = []
    for interface in records(results.table):
        own = [b for b in bonds if interface_key(b[0]) == interface_key(interface)]
        if own:
            drawings.append(_occupancy(interface, own, times, width))
    return tuple(drawings)


def _spans(seen: BoolArray) -> str:
    """
    Write which places hold True.

    Examples
    --------
    >>> _spans(np.array([True, True, False, True]))
    '0-1 3'
    """
    edges = np.flatnonzero(np.diff(seen.astype(np.int8), prepend=0, append=0))
    spans = edges.reshape(-1, 2).tolist()
    return " ".join(f"{a}-{b - 1}" if b - a > 1 else f"{a}" for a, b in spans)


def _occupancy(
    interface: dict[str, Any],
    bonds: Sequence[tuple[dict[str, Any], BoolArray]],
    times: tuple[FloatArray, str],
    width: str | float,
) -> Drawing:
    entry, name = plain(str(interface["entry_id"])), _named(interface)
    shown = bonds[:MOST_BONDS]
    rest = (
        ""
        if len(shown) == len(bonds)
        else f"; the {len(shown)} most frequent of {len(bonds)}"
    )
    rows = [row for row, _ in shown]
    key_mm = marks_key_mm(_key(rows), width_mm(width) - 2 * KEY_LEFT_MM) + 1.0
    return Drawing(
        name=file_stem("bond_occupancy", *interface_key(interface)),
        kind="bond_occupancy",
        title=f"Which frames have the bonds of {name}, {entry}",
        alt=(
            f"Barcode of bonds over frames in order of occupancy: {rows[0]['bond']} is there in "
            f"{rows[0]['occupancy']:.0%} of the frames; {len(rows)} bonds are shown."
        ),
        caption=(
            f"Black: frames of {entry} in which two residues of {name} have a bond of the kind, by any "
            f"atoms, of {interface['n_frames']} frames; where a line of the print holds several frames, darker "
            "is more of them. Right: share of the frames with its standard error by "
            f"blocking, where the trajectory is long enough for one. Bonds in at least {RAREST:.0%} of the "
            f"frames{rest}. {_terms(interface)}"
        ),
        table=framed("figure_bond_occupancy", rows),
        width=width,
        height_mm=FOOT_MM + len(rows) * ROW_MM + HEAD_MM + key_mm,
        paint=lambda ax: _draw_occupancy(ax, shown, times),
    )


def _bond_name(row: dict[str, Any]) -> str:
    ends = []
    for side in (1, 2):
        mature = row[f"mature_number_{side}"]
        number = row[f"auth_number_{side}"] if mature is None else mature
        letter = letter_of(str(row[f"residue_name_{side}"]))
        ends.append(f"{letter}{number}")
    return "–".join(ends)


def _key(rows: Sequence[dict[str, Any]]) -> list[KeyEntry]:
    """Words and looks of the key."""
    there = {row["kind"] for row in rows}
    marks = [mark for kind, mark in MARKS.items() if kind in there]
    return [(word, {"marker": marker, **MARK_LOOK}) for marker, word in marks]


def _draw_occupancy(
    ax: "Axes",
    bonds: Sequence[tuple[dict[str, Any], BoolArray]],
    times: tuple[FloatArray, str],
) -> None:
    width, height = size_mm(ax)
    rows = [row for row, _ in bonds]
    names = [safe(row["bond"]) for row in rows]
    shares = [_share_words(row) for row in rows]
    left, right = widest_mm(names) + 11.0, widest_mm(shares) + 3.0
    key, key_wide = _key(rows), width - 2 * KEY_LEFT_MM
    foot = height - marks_key_mm(key, key_wide)
    across, tall = width - left - right, foot - 1.0 - HEAD_MM - FOOT_MM
    plot = inset(ax, (left, FOOT_MM, across, tall))
    plot.set_label("occupancy")
    time, label = times
    half = (time[-1] - time[0]) / max(len(time) - 1, 1) / 2 or 0.5
    shown = _binned(np.array([seen for _, seen in bonds]), int(across * PIXELS_PER_MM))
    plot.imshow(
        shown,
        cmap="Greys",
        vmin=0.0,
        vmax=1.0,
        aspect="auto",
        interpolation="nearest",
        extent=(time[0] - half, time[-1] + half, len(rows) - 0.5, -0.5),
    )
    for line in range(1, len(rows)):
        plot.axhline(line - 0.5, color="white", linewidth=0.8)
    beside = plot.get_yaxis_transform()
    for place, row in enumerate(rows):
        marker = MARKS[row["kind"]][0]
        mark: Look = {
            "marker": marker,
            "transform": beside,
            "clip_on": False,
            **MARK_LOOK,
        }
        plot.scatter([-2.0 / across], [place], **mark).set_gid(row["kind"])
        at: Look = {"transform": beside, "va": "center", "fontsize": 6}
        plot.text(1.0 + 1.5 / across, place, shares[place], **at)
    plot.text(1.0 + 1.5 / across, -0.5 - 2.0 * len(rows) / tall, "%", **at)
    plot.set_yticks(range(len(rows)), names)
    plot.tick_params(axis="y", length=0, pad=9.0)
    plot.set_xlabel(label)
    plot.set_ylabel("residue pair")
    plot.yaxis.set_label_coords((3.0 - left) / across, 0.5)
    draw_marks_key(ax, (KEY_LEFT_MM, foot), key_wide, key)


def _share_words(row: dict[str, Any]) -> str:
    """Write ``87 ± 3``, without an error where there is none."""
    error = row["occupancy_error"]
    share = f"{100.0 * row['occupancy']:.0f}"
    return share if np.isnan(error) else f"{share} ± {100.0 * error:.0f}"


def _binned(seen: BoolArray, most: int) -> FloatArray:
    """Share of frames in each of as many columns as are printed, at most one a frame."""
    n_frames = seen.shape[1]
    edges = np.unique(
        np.linspace(0, n_frames, min(n_frames, most) + 1).astype(np.int64)
    )
    sums = np.add.reduceat(seen.astype(np.float64), edges[:-1], axis=1)
    shares: FloatArray = sums / np.diff(edges)
    return shares
