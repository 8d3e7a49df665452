"""Pictures of the page: figures as SVG, and an entry as traces for readers without the 3D view."""

import base64
import io
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from markupsafe import Markup

from il2struct.arrays import FloatArray
from il2struct.network.evidence.study import NetworkStudy
from il2struct.palette import UNKNOWN_COLOUR, Palette
from il2struct.report.page.entry import (
    EntryContent,
    backbone_trace,
    overview_rotation,
)
from il2struct.results import views
from il2struct.results.interfaces import InterfaceResults
from il2struct.structure.family import Role, symbol_of
from il2struct.structure.named import NamedEntry

if TYPE_CHECKING:
    from il2struct.figures import FigureSet
    from il2struct.figures.drawing import Drawing

#: Kinds of figure that are mostly a picture, and large.
PICTURES: Final = ("open_book", "lattice_view")
#: Kinds of figure beside the verdict on a network.
NETWORK_KINDS: Final = ("membrane_view", "evidence")
#: Resolution of surfaces in the page, in dots per inch: enough for a screen, a quarter of the bytes
#: of print.
SCREEN_DPI: Final = 150.0
#: Colours of such a picture.
N_COLOURS: Final = 256
_PIXELS: Final = re.compile(r"data:image/png;base64,([A-Za-z0-9+/=\s]+)")
#: White around a picture of traces and width of a trace, in Å.
MARGIN_A: Final = 6.0
TRACE_WIDTH_A: Final = 1.6
#: Cα atoms farther apart than this, in Å, are not joined: something is missing in between.
LONGEST_STEP_A: Final = 4.6
#: Residues drawn in one stroke; strokes are sorted by depth.
STROKE: Final = 4
#: Longer traces are thinned out: a still picture needs no more.
MOST_POINTS: Final = 4000


def entry_figures(content: EntryContent, palette: Palette) -> "FigureSet":
    """
    Prepare the figures of an entry for the screen, the plainest first.

    One copy of each pair of roles is drawn, and all interfaces of chains without a role.
    """
    from il2struct.figures import FigureSet, drawings_of_entry

    seen = set()
    chosen = []
    for interface in content.results:
        roles = (interface.sides[0].role, interface.sides[1].role)
        if "unknown" in roles or roles not in seen:
            chosen.append(interface)
        seen.add(roles)
    figures = drawings_of_entry(
        InterfaceResults(content.results.named, tuple(chosen)),
        palette=palette,
        lattice=content.contacts or None,
        dpi=SCREEN_DPI,
    )
    last = sorted(figures.drawings, key=lambda drawing: drawing.kind in PICTURES)
    return FigureSet(drawings=tuple(last), left_out=figures.left_out)


def run_figures(results: Sequence[InterfaceResults], palette: Palette) -> "FigureSet":
    """Prepare the figures that span entries."""
    from il2struct.figures import drawings_of_run

    return drawings_of_run(results, palette=palette)


def network_figures(studies: Sequence[NetworkStudy], palette: Palette) -> "FigureSet":
    """Prepare the figures of a network that its verdict rests on."""
    from il2struct.figures import drawings_of_run

    return drawings_of_run(
        [], palette=palette, kinds=NETWORK_KINDS, studies=studies, dpi=SCREEN_DPI
    )


def svg_of(drawing: "Drawing") -> str:
    """Return a drawing as SVG without the head of a file."""
    from il2struct.figures.canvas import style
    from il2struct.figures.drawing import METADATA

    stream = io.StringIO()
    with style():
        drawing.figure().savefig(
            stream, format="svg", dpi=SCREEN_DPI, metadata=METADATA["svg"]
        )
    text = stream.getvalue()
    return _PIXELS.sub(_smaller, text[text.index("<svg") :])


def _smaller(pixels: "re.Match[str]") -> str:
    """Pixels inside a drawing with at most 256 colours: a third of the bytes, and no eye tells."""
    from PIL import Image

    picture = Image.open(io.BytesIO(base64.b64decode(pixels[1])))
    stream = io.BytesIO()
    few = picture.convert("RGBA").quantize(N_COLOURS, Image.Quantize.FASTOCTREE)
    few.save(stream, format="PNG", compress_level=7)
    return (
        f"data:image/png;base64,{base64.b64encode(stream.getvalue()).decode('ascii')}"
    )


def trace_picture(named: NamedEntry, palette: Palette) -> Markup:
    """Draw the complexes of an entry as an ``<svg>`` element, nearer chains over farther ones."""
    rows = np.array(overview_rotation(named))
    members = [m for group in named.complexes for m in group.members]
    traces = [backbone_trace(named.entry, m.image) @ rows.T for m in members]
    points = np.concatenate([*traces, np.zeros((1, 3))])
    low, high = points.min(axis=0) - MARGIN_A, points.max(axis=0) + MARGIN_A
    step = 1 + len(points) // MOST_POINTS
    names, strokes = [], []
    colours = palette.of_chains(named)
    for member, trace in zip(members, traces, strict=True):
        chain = member.image.auth_asym_id
        if member.role is Role.UNKNOWN:
            names.append(
                views.member_name(named, member.role.value, member.image, None)
            )
        else:
            names.append(f"{symbol_of(member.role.value)} ({chain})")
        colour = colours.get(chain, UNKNOWN_COLOUR)
        strokes += _strokes(trace[::step], colour, (low[0], high[1]), step)
    strokes.sort(key=lambda stroke: stroke[0])
    width, height = high[0] - low[0], high[1] - low[1]
    picture = Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>')
    return picture.format(
        f"{width:.0f}",
        f"{height:.0f}",
        f"Traces of the chains of {named.entry.entry_id}: {', '.join(names)}.",
        Markup("").join(stroke for _, stroke in strokes),
    )


def _strokes(
    trace: FloatArray, colour: str, corner: tuple[float, float], step: int
) -> list[tuple[float, Markup]]:
    """Pieces of a trace with their depth, a white edge under each."""
    strokes = []
    breaks = np.linalg.norm(np.diff(trace, axis=0), axis=1) > LONGEST_STEP_A * step
    line = Markup(
        '<polyline points="{0}" fill="none" stroke-linejoin="round" stroke="#fff" '
        'stroke-width="{1}"/><polyline points="{0}" fill="none" stroke-linejoin="round" '
        'stroke="{2}" stroke-width="{3}" stroke-linecap="round"/>'
    )
    for run in np.split(np.arange(len(trace)), np.flatnonzero(breaks) + 1):
        for start in range(0, max(1, len(run) - 1), STROKE):
            rows = run[start : start + STROKE + 1]
            if len(rows) < 2:
                continue
            place = " ".join(
                f"{x - corner[0]:.1f},{corner[1] - y:.1f}" for x, y in trace[rows, :2]
            )
            shape = line.format(place, TRACE_WIDTH_A + 1.0, colour, TRACE_WIDTH_A)
            strokes.append((float(trace[rows, 2].mean()), shape))
    return strokes
