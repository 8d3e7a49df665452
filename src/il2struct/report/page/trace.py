"""A still picture of an entry: its chains as traces, for readers without the 3D view."""

import html
from typing import Final

import numpy as np

from il2struct.arrays import FloatArray
from il2struct.palette import Palette
from il2struct.report.page.structure import (
    GREYS,
    backbone_trace,
    overview_rotation,
)
from il2struct.structure.complexes import Member
from il2struct.structure.named import NamedEntry
from il2struct.structure.roles import Role, symbol_of

#: White around the picture and width of a trace, in Å.
MARGIN_A: Final = 6.0
TRACE_WIDTH_A: Final = 1.6
#: Cα atoms farther apart than this, in Å, are not joined: something is missing in between.
LONGEST_STEP_A: Final = 4.6
#: Residues drawn in one stroke; strokes are sorted by depth.
STROKE: Final = 4
#: Longer traces are thinned out: a still picture needs no more.
MOST_POINTS: Final = 4000


def trace_picture(named: NamedEntry, palette: Palette) -> str:
    """
    Draw the complexes of an entry as an SVG picture, nearer chains over farther ones.

    Parameters
    ----------
    named : NamedEntry
    palette : Palette

    Returns
    -------
    str
        An ``<svg>`` element with its description.
    """
    rows = np.array(overview_rotation(named))
    members = [m for group in named.complexes for m in group.members]
    traces = [backbone_trace(named.entry, m.image) @ rows.T for m in members]
    points = np.concatenate([*traces, np.zeros((1, 3))])
    low, high = points.min(axis=0) - MARGIN_A, points.max(axis=0) + MARGIN_A
    strokes: list[tuple[float, str]] = []
    step = 1 + len(points) // MOST_POINTS
    for number, (member, trace) in enumerate(zip(members, traces, strict=True)):
        colour = _colour(member, number, palette)
        strokes += _strokes(trace[::step], colour, (low[0], high[1]), step)
    strokes.sort(key=lambda stroke: stroke[0])
    width, height = high[0] - low[0], high[1] - low[1]
    names = ", ".join(_name(member) for member in members)
    alt = f"Traces of the chains of {named.entry.entry_id}: {names}."
    return (
        f'<svg viewBox="0 0 {width:.0f} {height:.0f}" role="img" '
        f'aria-label="{html.escape(alt, quote=True)}">'
        + "".join(stroke for _, stroke in strokes)
        + "</svg>"
    )


def _name(member: Member) -> str:
    chain = member.image.auth_asym_id
    if member.role is Role.UNKNOWN:
        return f"chain {chain}"
    return f"{symbol_of(member.role.value)} ({chain})"


def _colour(member: Member, number: int, palette: Palette) -> str:
    if member.role is Role.UNKNOWN:
        return GREYS[number % len(GREYS)]
    return palette.of(member.role.value)


def _strokes(
    trace: FloatArray, colour: str, corner: tuple[float, float], step: int
) -> list[tuple[float, str]]:
    """Pieces of a trace with their depth, a white edge under each."""
    found = []
    breaks = np.linalg.norm(np.diff(trace, axis=0), axis=1) > LONGEST_STEP_A * step
    for run in np.split(np.arange(len(trace)), np.flatnonzero(breaks) + 1):
        for start in range(0, max(1, len(run) - 1), STROKE):
            rows = run[start : start + STROKE + 1]
            if len(rows) < 2:
                continue
            place = " ".join(
                f"{x - corner[0]:.1f},{corner[1] - y:.1f}" for x, y in trace[rows, :2]
            )
            shape = (
                f'<polyline points="{place}" fill="none" stroke-linejoin="round" stroke'
            )
            edge = f'{shape}="#fff" stroke-width="{TRACE_WIDTH_A + 1.0}"/>'
            line = f'{shape}="{colour}" stroke-width="{TRACE_WIDTH_A}" stroke-linecap="round"/>'
            found.append((float(trace[rows, 2].mean()), edge + line))
    return found
