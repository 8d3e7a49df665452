"""Buried area along a chain: one row for every interface that the chain takes part in, with its structure and sites."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from il2struct.errors import ParameterError, UnknownChainError
from il2struct.figures.canvas import (
    EDGE_COLOUR,
    FILLED,
    KEY_LINE_MM,
    MISSING_COLOUR,
    OUTLINE,
    Look,
    inset,
    legend_in,
    put_marks,
    shrink_to_fit,
    sign,
    size_mm,
    text_width_mm,
    tick_step,
    width_mm,
)
from il2struct.figures.drawing import Drawing, file_stem, framed
from il2struct.figures.interface.residues import direct_bonds, key_of
from il2struct.figures.options import current
from il2struct.figures.words import (
    chains_name,
    plain,
    safe,
    side_colour,
    side_name,
    side_role,
    summary_rows,
    unescaped,
)
from il2struct.palette import Palette, mixed_with_white
from il2struct.results.interfaces import InterfaceResults
from il2struct.results.views import called
from il2struct.structure.family import symbol_of
from il2struct.structure.features import (
    ChainAxis,
    Feature,
    chain_axis,
    features_of,
)
from il2struct.structure.model import NO_NUMBER
from il2struct.tables import records

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

#: Residues that bury less than this, in Å², have no class: it would be one of rounding.
SMALLEST_CLASSED_A2: Final = 1.0
#: Room in mm: left of the rows, right of them, and the height of each strip.
LEFT_MM: Final = 16.0
RIGHT_MM: Final = 3.0
TOP_MM: Final = 1.5
STRUCTURE_MM: Final = 5.0
MARKS_MM: Final = 6.0
ROW_MM: Final = 18.0
BETWEEN_MM: Final = 3.2
AXIS_MM: Final = 9.0
KEY_EDGE_MM: Final = 1.9
#: Room of a sign in the key, and between two entries, in mm.
SIGN_MM: Final = 7.0
#: How much white the bars of the rim get.
RIM_WHITE: Final = 0.6
#: Bars named in each row, the largest first, and those that are too low for it, in Å².
N_NAMED: Final = 8
SMALLEST_NAMED_A2: Final = 10.0
#: Size of names in points, and height of a line of them in mm.
NAME_PT: Final = 5.5
LINE_MM: Final = 2.3
#: Room above the highest bar, as a part of it, for names.
HEADROOM: Final = 0.42
#: A gap without positions is still this wide, in residues.
THIN_GAP: Final = 0.5
#: Least room for a number of the residue axis, in mm.
NUMBER_MM: Final = 7.0
#: Kinds of bond that get a mark below a bar.
_MARKED_BONDS = ("is_hydrogen_bond", "is_salt_bridge", "is_disulfide")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackBar:
    """Buried area of one residue, by its position in the sequence."""

    position: int
    buried_a2: float
    class_levy: str
    is_bonded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackRow:
    """One interface of the chain, named by the other side."""

    complex_id: str
    interface_id: str
    partner: str
    role: str
    colour: str
    bars: tuple[TrackBar, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackContent:
    """All that is drawn of a chain."""

    axis: ChainAxis
    name: str
    rows: tuple[TrackRow, ...]
    features: tuple[Feature, ...]

    def marked(self, *marks: str) -> tuple[Feature, ...]:
        """Features of some kinds."""
        return tuple(f for f in self.features if f.mark in marks)

    @property
    def has_marks(self) -> bool:
        """Whether there is a strip of marks."""
        return bool(self.marked("tag", "sequon", "glycan", "mutation"))


def buried_area_track(
    results: InterfaceResults,
    *,
    chain: str | None = None,
    palette: Palette | None = None,
    width: str | float = "double",
) -> Drawing:
    """
    Prepare the track of buried area of a chain.

    Parameters
    ----------
    results : InterfaceResults
    chain : str, optional
        Chain, or role where one chain has it. Needed if several chains take part.
    palette : Palette, optional
    width : str or float

    Returns
    -------
    Drawing

    Raises
    ------
    ParameterError, UnknownChainError
        If no chain or several can be meant, or the width is wrong.
    """
    auth_asym_id = _chosen_chain(results, chain)
    axis = chain_axis(results.named, auth_asym_id)
    name = chains_name([auth_asym_id], called(results.named, [auth_asym_id]))
    if axis.has_role:
        name = f"{symbol_of(axis.role.role.value)} ({name})"
    content = TrackContent(
        axis=axis,
        name=name,
        rows=_rows(results, axis, palette),
        features=features_of(results.named, axis),
    )
    entry_id, who = results.named.entry.entry_id, unescaped(name)
    role = axis.role.role.value if axis.has_role else ""
    n_rows = len(content.rows)
    parameters = results[0].parameters
    numbers = "mature numbers" if axis.has_role else "author numbers"
    sentences = []
    for row in content.rows:
        largest: Sequence[TrackBar] = sorted(row.bars, key=lambda b: -b.buried_a2)[:3]
        names = ", ".join(f"{axis.name(b.position)} {b.buried_a2:.0f}" for b in largest)
        total = sum(b.buried_a2 for b in row.bars)
        sentences.append(
            f"towards {unescaped(row.partner)} {total:.0f} Å² in {len(row.bars)} residues"
            + (f" (largest: {names})" if names else "")
        )
    return Drawing(
        name=file_stem("buried_track", entry_id, role, auth_asym_id),
        kind="buried_track",
        title=f"Buried area along {who} of {plain(entry_id)}",
        alt=f"Bars along {who}, one row an interface: {'; '.join(sentences)}.",
        caption=(
            f"Area that each residue of {who} in {plain(entry_id)} buries in each interface (probe "
            f"{parameters.burial.probe_radius_a:g} Å, without glycans), one scale in all rows, in the colour of the partner. Dot: core, ring: "
            "support (Levy 2010); pale bar: rim, or below "
            f"{SMALLEST_CLASSED_A2:g} Å². Triangle: makes a hydrogen bond, salt bridge or "
            f"disulfide (criteria {parameters.criteria.name}) that needs no flip. The largest are named. Grey: not "
            f"modelled. x: {numbers}. Helices and strands by the hydrogen bonds of the backbone (Kabsch "
            "& Sander 1983), numbered from the N terminus. Squares: N-X-S/T sites of the deposited "
            "sequence, filled where a sugar has coordinates; crosses: differences to the reference."
        ),
        table=_table(entry_id, content),
        width=width,
        height_mm=_head_mm(content)
        + n_rows * ROW_MM
        + (n_rows - 1) * BETWEEN_MM
        + AXIS_MM
        + _key_lines(content, width_mm(width)) * KEY_LINE_MM
        + KEY_EDGE_MM,
        paint=lambda ax: _draw(ax, content),
    )


def chains_with_interfaces(results: InterfaceResults) -> tuple[str, ...]:
    """List the protein chains that take part in some interface, in file order."""
    part = {
        image.auth_asym_id
        for interface in results
        for partner in interface.sides
        for image in partner.images
    }
    chains = results.named.entry.protein_chains
    return tuple(c.auth_asym_id for c in chains if c.auth_asym_id in part)


def _chosen_chain(results: InterfaceResults, chain: str | None) -> str:
    there = chains_with_interfaces(results)
    if chain is None and len(there) == 1:
        return there[0]
    roles = results.named.role_of
    found = [c for c in there if chain in (c, roles[c].value)]
    if chain in there:
        return str(chain)
    if chain is not None and not found:
        raise UnknownChainError(
            chain, entry_id=results.named.entry.entry_id, available=there
        )
    if len(found) != 1:
        asked = "none is chosen" if chain is None else f"several are {chain}"
        raise ParameterError(
            f"a track shows one chain, and {asked} of {', '.join(found or there)}; "
            "choose one with chain=."
        )
    return found[0]


def _rows(
    results: InterfaceResults, axis: ChainAxis, palette: Palette | None
) -> tuple[TrackRow, ...]:
    rows = []
    name = axis.role.auth_asym_id
    for summary, interface in zip(summary_rows(results), results, strict=True):
        one = InterfaceResults(results.named, (interface,))
        for side in (1, 2):
            if name not in str(summary[f"auth_asym_id_{side}"]).split(","):
                continue
            other = 3 - side
            bonded = {
                axis.author[key_of(bond, f"_{side}")[2:]]
                for bond in direct_bonds(one, with_waters=False)
                if bond[f"auth_asym_id_{side}"] == name
                and any(bond[kind] for kind in _MARKED_BONDS)
                and not (bond["needs_flip"] or bond["needs_protonation"])
            }
            bars = []
            for r in records(one.residues):
                area = float(r["buried_a2"])
                if r["side"] != side or r["auth_asym_id"] != name or not area > 0.0:
                    continue
                place = axis.author[key_of(r)[2:]]
                is_classed = area >= SMALLEST_CLASSED_A2
                bars.append(
                    TrackBar(
                        position=place,
                        buried_a2=area,
                        class_levy=str(r["class_levy"] or "") if is_classed else "",
                        is_bonded=place in bonded,
                    )
                )
            rows.append(
                TrackRow(
                    complex_id=str(summary["complex_id"] or ""),
                    interface_id=str(summary["interface_id"]),
                    partner=side_name(summary, other),
                    role=side_role(summary, other),
                    colour=side_colour(one, other, palette),
                    bars=tuple(bars),
                )
            )
    return tuple(rows)


def _table(entry_id: str, content: TrackContent) -> "pd.DataFrame":
    axis = content.axis
    names = ("mark", "first_number", "last_number", "label")
    rows: list[dict[str, Any]] = [
        {name: getattr(feature, name) for name in names} for feature in content.features
    ]
    for row in content.rows:
        bars, bonds = [], []
        for bar in row.bars:
            number = int(axis.number[bar.position])
            place = {
                "complex_id": row.complex_id,
                "interface_id": row.interface_id,
                "partner_role": row.role,
                "first_number": number,
                "last_number": number,
                "label": axis.name(bar.position),
            }
            area = {"buried_a2": bar.buried_a2, "class_levy": bar.class_levy or None}
            bars.append({**place, "mark": "bar", **area})
            if bar.is_bonded:
                bonds.append({**place, "mark": "bond"})
        rows += [*bars, *bonds]
    shared = {"entry_id": entry_id, "auth_asym_id": axis.role.auth_asym_id}
    return framed("figure_buried_track", [shared | row for row in rows])


def _head_mm(content: TrackContent) -> float:
    return TOP_MM + STRUCTURE_MM + (MARKS_MM if content.has_marks else 1.0)


def _draw(ax: "Axes", content: TrackContent) -> None:
    """Draw a track into an axes of any size."""
    width, height = size_mm(ax)
    n = len(content.rows)
    across = width - LEFT_MM - RIGHT_MM
    key_mm = _key_lines(content, width) * KEY_LINE_MM + KEY_EDGE_MM
    room = height - _head_mm(content) - AXIS_MM - key_mm - (n - 1) * BETWEEN_MM
    row_mm = max(room / n, 1.0)
    span = (-1.0, float(len(content.axis.chain.sequence)))
    top = height - TOP_MM - STRUCTURE_MM
    strip = inset(ax, (LEFT_MM, top, across, STRUCTURE_MM))
    _structure(strip, content, span, across)
    if content.has_marks:
        top -= MARKS_MM
        _marks(inset(ax, (LEFT_MM, top, across, MARKS_MM)), content, span, across)
    else:
        top -= 1.0
    limit = max((b.buried_a2 for r in content.rows for b in r.bars), default=1.0)
    for place, row in enumerate(content.rows):
        bottom = top - (place + 1) * row_mm - place * BETWEEN_MM
        one = inset(ax, (LEFT_MM, bottom, across, row_mm))
        one.set(xlim=span, ylim=(0, (1 + HEADROOM) * limit), label=f"row {place}")
        _draw_row(one, content, row)
        _names(one, content, row, (across, row_mm))
        _row_axes(one, content, row, across, is_last=place == n - 1)
    handles = _signs(content)
    key = legend_in(
        ax,
        (1.0, 0.0, width - 2.0, key_mm),
        handles,
        loc="center",
        ncols=-(-len(handles) // _key_lines(content, width)),
        borderaxespad=0.0,
        borderpad=0.1,
        handlelength=1.4,
        handletextpad=0.45,
        columnspacing=1.3,
    )
    if key is not None:
        shrink_to_fit(
            key.get_texts(), lambda: key.get_window_extent().width, width - 2.0
        )


def _key_lines(content: TrackContent, width: float) -> int:
    """Lines of the key in a figure so wide."""
    labels = [str(handle.get_label()) for handle in _signs(content)]
    wide = sum(text_width_mm(label) + SIGN_MM for label in labels)
    return max(1, math.ceil(wide / (width - 2.0)))


def _structure(
    strip: "Axes", content: TrackContent, span: tuple[float, float], across: float
) -> None:
    from matplotlib.patches import FancyBboxPatch, Polygon

    strip.set_axis_off()
    strip.set(xlim=span, ylim=(0, 1), label="structure")
    whole = [-0.5, span[1] - 0.5]
    strip.plot(whole, [0.5, 0.5], color="#000000", linewidth=0.5, zorder=1)
    per_residue = across / (span[1] - span[0])
    look: dict[str, Any] = {
        "facecolor": "#E4E4E4",
        "edgecolor": EDGE_COLOUR,
        "linewidth": 0.5,
        "zorder": 2,
    }
    for f in content.marked("helix", "strand"):
        low, high = f.first - 0.5, f.last + 0.5
        if f.mark == "helix":
            box = FancyBboxPatch(
                (low, 0.2),
                high - low,
                0.6,
                boxstyle="round,pad=0,rounding_size=0.35",
                mutation_aspect=0.77 * per_residue / STRUCTURE_MM,
                label="_helix",
                **look,
            )
            strip.add_patch(box)
        else:
            neck = max(low, high - 1.6 / per_residue)
            outline = [(low, 0.32), (neck, 0.32), (neck, 0.14), (high, 0.5)]
            outline += [(x, 1.0 - y) for x, y in outline[2::-1]]
            strip.add_patch(Polygon(outline, label="_strand", **look))
        spare = 2.4 if f.mark == "strand" else 0.8
        if (high - low) * per_residue >= text_width_mm(f.label, NAME_PT) + spare:
            middle = (low + high) / 2 - (0.3 / per_residue if f.mark == "strand" else 0)
            put: dict[str, Any] = {"fontsize": NAME_PT, "zorder": 3}
            strip.text(middle, 0.48, f.label, ha="center", va="center", **put)


def _marks(
    strip: "Axes", content: TrackContent, span: tuple[float, float], across: float
) -> None:
    strip.set_axis_off()
    strip.set(xlim=span, ylim=(0, MARKS_MM), label="marks")
    for mark, marker, fill in (
        ("sequon", "s", {}),
        ("glycan", "s", FILLED),
        ("mutation", "x", FILLED),
    ):
        places = [f.first for f in content.marked(mark)]
        look: Look = {"label": mark, "markersize": 3.0, "markeredgewidth": 0.6, **fill}
        if places:
            put_marks(strip, places, [1.4] * len(places), marker, **look)
    for tag in content.marked("tag"):
        look = {"linewidth": 1.6, "solid_capstyle": "butt", "label": "tag"}
        ends = [tag.first - 0.5, tag.last + 0.5]
        strip.plot(ends, [1.4, 1.4], color="#000000", **look)
    low, high = span
    per_residue = across / (high - low)
    taken: list[tuple[float, float]] = []
    # What matters most has its name first.
    sugars = {f.first for f in content.marked("glycan")}
    bare = [f for f in content.marked("sequon") if f.first not in sugars]
    names = [
        *((f.first, f.label) for f in content.marked("mutation")),
        *((f.first, f.label) for f in content.marked("glycan")),
        *(((f.first + f.last) / 2, "tag") for f in content.marked("tag")),
        *((f.first, f.label) for f in bare),
    ]
    for place, label in names:
        half = (text_width_mm(safe(label), NAME_PT) / 2 + 0.4) / per_residue
        left = min(max(place - half, low), high - 2 * half)
        if any(left < b and left + 2 * half > a for a, b in taken):
            continue
        taken.append((left, left + 2 * half))
        x = left + half
        strip.text(x, 2.6, safe(label), ha="center", va="bottom", fontsize=NAME_PT)


def _draw_row(one: "Axes", content: TrackContent, row: TrackRow) -> None:
    for gap in content.marked("gap"):
        half = 0.5 if gap.first == int(gap.first) else THIN_GAP / 2
        grey: Look = {"facecolor": MISSING_COLOUR, "edgecolor": "none", "alpha": 0.55}
        one.axvspan(gap.first - half, gap.last + half, zorder=0, label="_gap", **grey)
    pale = mixed_with_white(row.colour, RIM_WHITE)
    one.bar(
        [b.position for b in row.bars],
        [b.buried_a2 for b in row.bars],
        width=0.84,
        color=[
            row.colour if b.class_levy in ("core", "support") else pale
            for b in row.bars
        ],
        zorder=2,
        **OUTLINE,
    )
    above = 0.022 * one.get_ylim()[1]
    for class_levy, fill in (("core", FILLED), ("support", {})):
        bars = [b for b in row.bars if b.class_levy == class_levy]
        if bars:
            x, y = [b.position for b in bars], [b.buried_a2 + above for b in bars]
            look: Look = {"markersize": 1.9, "markeredgewidth": 0.45, **fill}
            put_marks(one, x, y, "o", label=class_levy, zorder=3, **look)
    bonded = [b.position for b in row.bars if b.is_bonded]
    if bonded:
        foot: Look = {"transform": one.get_xaxis_transform(), "clip_on": False}
        look = {"markersize": 2.9, "markeredgewidth": 0.0, **FILLED, **foot}
        below = [-0.065] * len(bonded)
        put_marks(one, bonded, below, "^", label="bond", zorder=4, **look)


def _names(
    one: "Axes", content: TrackContent, row: TrackRow, size: tuple[float, float]
) -> None:
    """Name the largest bars where a name lies neither on another name nor on a bar."""
    low, high = one.get_xlim()
    per_residue = size[0] / (high - low)
    per_a2 = size[1] / one.get_ylim()[1]
    heights = {b.position: b.buried_a2 for b in row.bars}
    taken: list[tuple[float, float, float]] = []
    bars = sorted(row.bars, key=lambda b: (-b.buried_a2, b.position))
    for bar in bars[: current().n_labels(N_NAMED)]:
        if bar.buried_a2 < SMALLEST_NAMED_A2:
            break
        label = safe(content.axis.name(bar.position))
        half = (text_width_mm(label, NAME_PT) / 2 + 0.25) / per_residue
        left, right = bar.position - half, bar.position + half
        reach = range(int(np.floor(left)), int(np.ceil(right)) + 1)
        beneath = max(
            h for p, h in heights.items() if p in reach and left - 0.5 < p < right + 0.5
        )
        base = beneath * per_a2 + 1.3
        if any(a - 0.6 < bar.position < b + 0.6 for a, b, _ in taken):
            # Above another name it would seem to belong to the bar of that one.
            continue
        for _, _, other in sorted(
            (t for t in taken if left < t[1] and right > t[0]), key=lambda t: t[2]
        ):
            if abs(other - base) < LINE_MM:
                base = other + LINE_MM
        if base + LINE_MM > size[1] + 0.6 or not low <= left < right <= high:
            continue
        taken.append((left, right, base))
        if base > bar.buried_a2 * per_a2 + 2.0:
            leader = [bar.buried_a2 + 1.3 / per_a2, (base - 0.2) / per_a2]
            one.plot([bar.position] * 2, leader, color="#777777", linewidth=0.3)
        put: dict[str, Any] = {"fontsize": NAME_PT, "zorder": 5}
        one.text(bar.position, base / per_a2, label, ha="center", va="bottom", **put)


def _row_axes(
    one: "Axes", content: TrackContent, row: TrackRow, across: float, *, is_last: bool
) -> None:
    numbers = content.axis.number
    known = np.flatnonzero(numbers != NO_NUMBER)
    per_residue = across / (len(numbers) + 1)
    step = max(1, int(tick_step(NUMBER_MM / per_residue, 1.0 + 1e-9)))
    places = [p for p in known.tolist() if numbers[p] % step == 0]
    # Insertion codes repeat a number; the first that has it gets the tick.
    first = {int(numbers[p]): p for p in reversed(places)}
    ticks = sorted(first.items(), key=lambda item: item[1])
    labels = [str(n) if is_last else "" for n, _ in ticks]
    one.set_xticks([p for _, p in ticks], labels)
    one.tick_params(axis="x", pad=3.5)
    limit = one.get_ylim()[1] / (1 + HEADROOM)
    unit = tick_step(limit, 3.0)
    one.set_yticks([unit * k for k in range(int(limit // unit) + 1)])
    inside = f"\ncomplex {safe(row.complex_id, longest=8)}"
    is_repeated = len({r.complex_id for r in content.rows}) > 1
    words = f"{row.partner}{inside if is_repeated else ''}\nburied (Å²)"
    one.set_ylabel(words, fontsize=6, linespacing=1.35)
    one.yaxis.set_label_coords(-6.8 / across, 0.5 / (1 + HEADROOM) + 0.08)
    if is_last:
        kind = "mature number" if content.axis.has_role else "author number"
        one.set_xlabel(f"{content.name}, residue ({kind})", labelpad=1.5)


def _signs(content: TrackContent) -> "list[Artist]":
    """Return the entries of the key that are needed."""
    from matplotlib.artist import Artist
    from matplotlib.patches import Patch

    bars = [b for row in content.rows for b in row.bars]
    classes = {b.class_levy for b in bars}
    pale: dict[str, Any] = {"facecolor": "#DDDDDD", "edgecolor": EDGE_COLOUR}
    grey: dict[str, Any] = {"facecolor": MISSING_COLOUR, "alpha": 0.55}
    signs: list[tuple[object, Artist]] = [
        ("core" in classes, sign("core", "o", markersize=2.4, **FILLED)),
        ("support" in classes, sign("support", "o", markersize=2.4)),
        ("rim" in classes, Patch(label="rim (pale)", linewidth=0.3, **pale)),
        (any(b.is_bonded for b in bars), sign("bonded", "^", markersize=3.2, **FILLED)),
        (content.marked("gap"), Patch(label="not modelled", edgecolor="none", **grey)),
        (content.marked("sequon"), sign("N-X-S/T", "s", markersize=3.0)),
        (content.marked("glycan"), sign("with sugar", "s", markersize=3.0, **FILLED)),
        (content.marked("mutation"), sign("mutation", "x", markersize=3.0, **FILLED)),
    ]
    return [handle for is_there, handle in signs if is_there]
