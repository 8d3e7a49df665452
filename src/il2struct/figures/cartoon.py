"""A complex as a cartoon: ribbons along helices and strands, tubes along loops, lit and outlined."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
from scipy.interpolate import CubicSpline

from il2struct.arrays import BoolArray, FloatArray, IndexArray
from il2struct.errors import ParameterError
from il2struct.figures import canvas
from il2struct.figures.drawing import Drawing, file_stem, framed
from il2struct.figures.picture import (
    LIGHT,
    Box,
    Parts,
    Picture,
    TextRoom,
    View,
    draw_scale_bar,
    painted,
    pixel_grid,
    shades_of,
    show,
    write_near,
)
from il2struct.figures.words import member_name, plain, unescaped
from il2struct.kernels.splat import NOTHING, Buffers, PixelGrid
from il2struct.palette import Palette, mixed_with_white
from il2struct.results.interfaces import InterfaceResults
from il2struct.results.standing import standing
from il2struct.structure.complexes import Complex, Member
from il2struct.structure.features import (
    COIL,
    HELIX,
    LONGEST_STEP_A,
    STRAND,
    Stretch,
    backbone_of,
    chain_axis,
    secondary_structure,
)
from il2struct.structure.model import NO_NUMBER
from il2struct.structure.named import NamedEntry

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Half width and half thickness of ribbons, the radius of loops and half the width of an arrow's
#: barbs, in Å.
HALF_A: Final = {HELIX: (1.35, 0.24), STRAND: (1.25, 0.26)}
LOOP_A: Final = 0.28
BARB_A: Final = 2.1
#: Residues over which a loop widens to a ribbon, and which the head of an arrow takes.
WIDENING: Final = 0.5
HEAD: Final = 1.5
#: The inner side of a helix is so much whiter.
INSIDE_WHITE: Final = 0.45
#: Times that strands are smoothed, each residue with its neighbours, so that they do not zigzag.
SMOOTHED: Final = 2
#: Points of a surface stand this near, in pixels: each pixel has one.
POINTS_APART: Final = 0.7
#: The outer edge of a helix is so much longer than the way through its Cα atoms.
LONGER: Final = 1.7
#: Samples of a ribbon that are drawn at once.
BLOCK: Final = 256
#: Neighbouring pixels with a greater step in depth are an edge, in Å.
EDGE_A: Final = 0.8
#: Around the picture, and the strip below it, in mm; the scale bar in Å.
EDGE_MM: Final = 2.0
NAME_MM: Final = 3.0
STRIP_MM: Final = 6.0
SCALE_BAR_A: Final = 20.0
NAME_PT: Final = 7.0
#: What is taken by the picture is told in rows of this height, in mm.
TAKEN_MM: Final = 1.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ribbon:
    """
    A piece of a chain without a break: `n` samples along it.

    `centre` in Å; unit vectors `across` its width and out of its `face`; half the width and half
    the thickness in Å; `inward` is 1 where the face looks to the axis of a helix, -1 where its
    back does, 0 elsewhere.
    """

    centre: FloatArray
    across: FloatArray
    face: FloatArray
    half_width_a: FloatArray
    half_thickness_a: FloatArray
    inward: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Strip:
    """A chain image of the complex: backbone where it stands, shape (n, 4, 3), and its stretches."""

    member: Member
    backbone: FloatArray
    stretches: tuple[Stretch, ...]


def cartoon(
    results: InterfaceResults,
    *,
    complex_id: str | None = None,
    palette: Palette | None = None,
    width: str | float = "single",
    dpi: float = canvas.DPI,
) -> Drawing:
    """
    Prepare a cartoon of a complex: stems of the receptors down, the cytokine up, IL-2Rα to the right.

    Parameters
    ----------
    results : InterfaceResults
        Of the entry.
    complex_id : str, optional
        The first by default.
    palette : Palette, optional
    width : str or float
        ``"single"``, ``"double"`` or mm.
    dpi : float
        Pixels per inch of the picture; fewer make a smaller file.

    Returns
    -------
    Drawing
        Other complexes than those of known receptors are seen where they are widest.

    Raises
    ------
    ParameterError
        If there is no such complex, or no protein in it.
    """
    named = results.named
    complex_ = _chosen(named, complex_id)
    strips = _strips(named, complex_)
    view = _view(strips)
    wide, window = _window(strips, view, canvas.width_mm(width))
    entry_id = plain(named.entry.entry_id)
    rows = [row for strip in strips for row in _rows(named, complex_, strip)]
    counts = [
        f"{unescaped(member_name(named, strip.member))} "
        f"{sum(s.state == HELIX for s in strip.stretches)} and "
        f"{sum(s.state == STRAND for s in strip.stretches)}"
        for strip in strips
    ]
    where = f"complex {plain(complex_.complex_id)} of {entry_id}"
    return Drawing(
        name=file_stem("cartoon", named.entry.entry_id, complex_.complex_id),
        kind="cartoon",
        title=f"Cartoon of {where}",
        alt=f"Cartoon of {where}; helices and strands of each chain: {', '.join(counts)}.",
        caption=(
            f"Chains of {where} in the colours of their roles: ribbons along helices, arrows along "
            "strands towards the C-terminus, tubes along what is neither, through the Cα atoms; the inner "
            "side of helices is paler. Helices and strands by hydrogen bonds of the backbone (Kabsch & "
            "Sander). Where residues are not modelled the tube is broken; glycans, ligands and waters are "
            "left out. Receptors stand with their membrane ends down, other complexes are seen where they "
            f"are widest. Scale bar {SCALE_BAR_A:g} Å."
        ),
        table=framed("figure_cartoon", rows),
        width=width,
        height_mm=min(
            (window[3] - window[1]) / (window[2] - window[0]) * wide
            + 2 * NAME_MM
            + STRIP_MM,
            canvas.TALLEST_MM,
        ),
        paint=lambda ax: _draw(ax, named, strips, view, palette or Palette(), dpi),
    )


def _chosen(named: NamedEntry, complex_id: str | None) -> Complex:
    found = {each.complex_id: each for each in named.complexes}
    if not found or (complex_id is not None and complex_id not in found):
        there = ", ".join(found) or "none"
        raise ParameterError(
            f"{named.entry.entry_id} has no complex {complex_id or ''} to draw; there are: {there}."
        )
    return found[complex_id] if complex_id is not None else named.complexes[0]


def _strips(named: NamedEntry, complex_: Complex) -> list[_Strip]:
    entry = named.entry
    proteins = {chain.auth_asym_id for chain in entry.protein_chains}
    strips = []
    for member in complex_.members:
        if member.image.auth_asym_id in proteins:
            chain = entry.chain(member.image.auth_asym_id)
            rotation, translation = entry.transform(member.image)
            backbone = backbone_of(entry, chain) @ rotation.T + translation
            strips.append(
                _Strip(
                    member=member,
                    backbone=backbone,
                    stretches=secondary_structure(entry, chain),
                )
            )
    if not any(list(_pieces(strip)) for strip in strips):
        raise ParameterError(
            f"complex {complex_.complex_id} of {entry.entry_id} has no protein chain with Cα atoms to draw."
        )
    return strips


def _rows(
    named: NamedEntry, complex_: Complex, strip: _Strip
) -> Iterator[dict[str, Any]]:
    """Helices and strands of a chain, and the loops between them, in order."""
    chain = named.entry.chain(strip.member.image.auth_asym_id)
    number = chain_axis(named, chain.auth_asym_id).number[chain.position]
    parts, free = [], 0
    for each in (*strip.stretches, Stretch(COIL, len(number), len(number))):
        if each.first > free:
            parts.append(("loop", free, each.first - 1))
        if each.state != COIL:
            parts.append(
                ("helix" if each.state == HELIX else "strand", each.first, each.last)
            )
        free = each.last + 1
    for part, first, last in parts:
        ends = [None if n == NO_NUMBER else int(n) for n in number[[first, last]]]
        yield {
            "entry_id": named.entry.entry_id,
            "complex_id": complex_.complex_id,
            "auth_asym_id": chain.auth_asym_id,
            "operator": strip.member.image.symmetry_code,
            "role": strip.member.role.value,
            "part": part,
            "first_number": ends[0],
            "last_number": ends[1],
            "n_residues": last - first + 1,
        }


def _view(strips: Sequence[_Strip]) -> View:
    alphas = [s.backbone[~np.isnan(s.backbone[:, 1, 0]), 1] for s in strips]
    chains = [
        (strip.member.role.value, alpha)
        for strip, alpha in zip(strips, alphas, strict=True)
        if len(alpha)
    ]
    return View(axes=standing(chains), centre=np.concatenate(alphas).mean(axis=0))


def _window(strips: Sequence[_Strip], view: View, total_mm: float) -> tuple[float, Box]:
    """Return the width of the picture in mm, and the edges of the complex in Å."""
    seen = np.concatenate([view.seen(s.backbone[:, 1]) for s in strips])[:, :2]
    low, high = np.nanmin(seen, axis=0) - BARB_A, np.nanmax(seen, axis=0) + BARB_A
    return total_mm - 2 * EDGE_MM, (low[0], low[1], high[0], high[1])


def _pieces(strip: _Strip) -> Iterator[tuple[int, int]]:
    """First and last residue of each part of a chain whose Cα atoms follow each other."""
    alpha = strip.backbone[:, 1]
    steps = np.linalg.norm(np.diff(alpha, axis=0), axis=1)
    ends = np.flatnonzero(~(steps <= LONGEST_STEP_A))
    for first, last in zip([0, *(ends + 1)], [*ends, len(alpha) - 1], strict=True):
        if last > first:
            yield int(first), int(last)


def ribbon(backbone: FloatArray, stretches: Sequence[Stretch], step: float) -> Ribbon:
    """
    Lay a ribbon through the Cα atoms of a piece of a chain.

    `backbone` as `backbone_of` gives it, all Cα there; `stretches` by places in it; samples are
    `step` residues apart.

    References
    ----------
    Carson & Bugg, J. Mol. Graph. 4:121 (1986): the plane of the peptide guides the ribbon.
    """
    n = len(backbone)
    state = np.full(n, COIL, dtype="<U1")
    for each in stretches:
        state[each.first : each.last + 1] = each.state
    alpha = backbone[:, 1].copy()
    guide = _guides(backbone, state)
    inner = np.flatnonzero(state[1:-1] == STRAND) + 1
    for _ in range(SMOOTHED):
        for values in (alpha, guide):
            around = values[inner - 1] + 2.0 * values[inner] + values[inner + 1]
            values[inner] = around / 4.0
    at, half_width, half_thickness = _outline(n, stretches)
    jumps = [np.linspace(a, b, 40) for a, b in pairwise(at) if b - a < 0.1]
    u = np.unique(np.concatenate([np.arange(0.0, n - 1, step), [n - 1.0], *jumps]))
    places = np.arange(n)
    way = CubicSpline(places, alpha)
    along = _units(way(u, 1))
    across = CubicSpline(places, guide)(u)
    across = _units(across - np.sum(across * along, axis=1, keepdims=True) * along)
    face = np.cross(along, across)
    half_width_a = np.interp(u, at, half_width)
    has_sides = state[np.rint(u).astype(np.int64)] == HELIX
    has_sides &= half_width_a > 2.0 * LOOP_A
    return Ribbon(
        centre=way(u),
        across=across,
        face=face,
        half_width_a=half_width_a,
        half_thickness_a=np.interp(u, at, half_thickness),
        inward=has_sides * np.sign(np.sum(face * way(u, 2), axis=1)),
    )


def _units(vectors: FloatArray) -> FloatArray:
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    units: FloatArray = vectors / np.maximum(length, 1e-9)
    return units


def _guides(backbone: FloatArray, state: npt.NDArray[np.str_]) -> FloatArray:
    """Directions across the ribbon at each residue: the axis of a helix, else along the C=O bonds."""
    alpha = backbone[:, 1]
    ahead, behind = np.roll(alpha, -1, axis=0), np.roll(alpha, 1, axis=0)
    ahead[-1], behind[0] = alpha[-1], alpha[0]
    along = _units(ahead - behind)
    bend = ahead + behind - 2.0 * alpha
    carbonyl = backbone[:, 3] - backbone[:, 2]
    around = np.cross(along, bend)
    guide = np.where((state == HELIX)[:, np.newaxis], around, carbonyl)
    guide = _units(guide - np.sum(guide * along, axis=1, keepdims=True) * along)
    for place in range(len(guide)):
        before = guide[place - 1] if place else np.eye(3)[np.argmin(np.abs(along[0]))]
        if not np.linalg.norm(guide[place]) > 0.5:  # no oxygen, or along the chain
            guide[place] = before
        if guide[place] @ before < 0.0 and place:
            guide[place] *= -1.0
    return guide


def _outline(
    n: int, stretches: Sequence[Stretch]
) -> tuple[list[float], list[float], list[float]]:
    """Places along a piece of `n` residues between which half width and thickness run straight."""
    knots = [(0.0, 0.02, 0.02), (0.08, LOOP_A, LOOP_A)]
    for each in stretches:
        first, last = max(each.first, 0.1), min(each.last, n - 1.1)
        wide, thick = HALF_A[each.state]
        ramp = min(WIDENING, 0.3 * (last - first))
        knots += [(first, LOOP_A, LOOP_A), (first + ramp, wide, thick)]
        if each.state == HELIX:
            knots.append((last - ramp, wide, thick))
        else:
            base = last - min(HEAD, 0.6 * (last - first))
            knots += [(base, wide, thick), (base + 0.04, BARB_A, thick)]
        knots.append((last, LOOP_A, LOOP_A))
    knots += [(n - 1.08, LOOP_A, LOOP_A), (n - 1.0, 0.02, 0.02)]
    at, width, thickness = (list(values) for values in zip(*knots, strict=True))
    return at, width, thickness


@dataclass(slots=True)
class _Screen:
    """What is in front in each pixel so far."""

    grid: PixelGrid
    depth: FloatArray
    facing: FloatArray
    label: IndexArray

    def put(self, points: FloatArray, facing: FloatArray, label: IndexArray) -> None:
        """Let points in, each a pixel, where nothing is nearer to the viewer."""
        grid = self.grid
        column = np.floor((points[:, 0] - grid.left_a) / grid.pixel_a).astype(np.int64)
        row = np.floor((points[:, 1] - grid.bottom_a) / grid.pixel_a).astype(np.int64)
        inside = (column >= 0) & (column < grid.n_columns) & (row >= 0)
        inside &= row < grid.n_rows
        place = (row * grid.n_columns + column)[inside]
        near = points[inside, 2]
        np.maximum.at(self.depth, place, near)
        is_front = near == self.depth[place]
        place = place[is_front]
        self.facing[place] = facing[inside][is_front]
        self.label[place] = label[inside][is_front]


def draw_ribbon(screen: _Screen, seen: Ribbon, label: int) -> None:
    """Draw a ribbon, in the coordinates of the viewer; the inner side of helices has the next label."""
    apart = POINTS_APART * screen.grid.pixel_a
    light = np.array(LIGHT) / np.linalg.norm(LIGHT)
    for start in range(0, len(seen.centre), BLOCK):
        part = slice(start, start + BLOCK)
        wide, thick = seen.half_width_a[part, None], seen.half_thickness_a[part, None]
        n_around = math.ceil(
            2.0 * math.pi * float(max(wide.max(), thick.max())) / apart
        )
        angle = np.linspace(0.0, 2.0 * math.pi, n_around, endpoint=False)
        cos, sin = np.cos(angle), np.sin(angle)
        across, face = seen.across[part], seen.face[part]
        normal_x, normal_y = cos / wide, sin / thick
        size = np.sqrt(normal_x**2 + normal_y**2)
        normal_x, normal_y = normal_x / size, normal_y / size
        towards = normal_x * across[:, 2:] + normal_y * face[:, 2:]
        sample, turn = np.nonzero(towards > 0.0)
        if not len(sample):
            continue
        a, f = across[sample], face[sample]
        points = (
            seen.centre[part][sample]
            + (wide[sample, 0] * cos[turn])[:, None] * a
            + (thick[sample, 0] * sin[turn])[:, None] * f
        )
        facing = normal_x[sample, turn] * (a @ light) + normal_y[sample, turn] * (
            f @ light
        )
        inner = seen.inward[part][sample] * sin[turn] > 0.0
        screen.put(points, np.clip(facing, 0.0, 1.0), label + inner)


def _draw(
    ax: "Axes",
    named: NamedEntry,
    strips: Sequence[_Strip],
    view: View,
    palette: Palette,
    dpi: float,
) -> None:
    width, height = canvas.size_mm(ax)
    wide, (left, bottom, right, top) = _window(strips, view, width)
    high = max(height - STRIP_MM, 1.0)
    a_per_mm = max((right - left) / wide, (top - bottom) / max(high - 2 * NAME_MM, 1.0))
    middle = ((left + right) / 2, (bottom + top) / 2)
    half = (wide * a_per_mm / 2, high * a_per_mm / 2)
    window = (
        *(middle[0] - half[0], middle[0] + half[0]),
        *(middle[1] - half[1], middle[1] + half[1]),
    )
    shown = canvas.inset(ax, (EDGE_MM, STRIP_MM, wide, high))
    shown.set_label("cartoon")
    picture = _picture(named, strips, view, palette, pixel_grid(window, wide, dpi=dpi))
    show(shown, picture)
    _draw_names(shown, named, strips, picture, a_per_mm)
    strip = canvas.blank_inset(ax, (0.0, 0.0, width, STRIP_MM))
    strip.set_label("strip")
    long = SCALE_BAR_A / a_per_mm
    draw_scale_bar(strip, (EDGE_MM + 1.0, 2.5), long)
    strip.text(EDGE_MM + long + 3.0, 2.5, f"{SCALE_BAR_A:g} Å", va="center")


def _picture(
    named: NamedEntry,
    strips: Sequence[_Strip],
    view: View,
    palette: Palette,
    grid: PixelGrid,
) -> Picture:
    n = grid.n_rows * grid.n_columns
    screen = _Screen(
        grid, np.full(n, -np.inf), np.zeros(n), np.full(n, NOTHING, dtype=np.int64)
    )
    step = POINTS_APART * grid.pixel_a / (3.8 * LONGER)
    for number, strip in enumerate(strips):
        for first, last in _pieces(strip):
            own = [
                Stretch(s.state, s.first - first, s.last - first)
                for s in strip.stretches
                if first <= s.first and s.last <= last
            ]
            laid = ribbon(strip.backbone[first : last + 1], own, step)
            seen = Ribbon(
                centre=view.seen(laid.centre),
                across=laid.across @ view.axes.T,
                face=laid.face @ view.axes.T,
                half_width_a=laid.half_width_a,
                half_thickness_a=laid.half_thickness_a,
                inward=laid.inward,
            )
            draw_ribbon(screen, seen, 2 * number)
    colours = palette.of_chains(named)
    own_colours = [colours[strip.member.image.auth_asym_id] for strip in strips]
    group = np.repeat(np.arange(len(strips)), 2)
    parts = Parts(
        colours=tuple(
            shade
            for c in own_colours
            for shade in (c, mixed_with_white(c, INSIDE_WHITE))
        ),
        group=group,
        zone=group,
        is_faded=np.zeros(len(group), dtype=np.bool_),
    )
    shape = (grid.n_rows, grid.n_columns)
    buffers = Buffers(
        depth_a=screen.depth.reshape(shape),
        label=screen.label.reshape(shape),
        grid=grid,
    )
    shades = shades_of(buffers, screen.facing.reshape(shape))
    return painted(buffers, shades, parts, jump_a=EDGE_A)


def _draw_names(
    ax: "Axes",
    named: NamedEntry,
    strips: Sequence[_Strip],
    picture: Picture,
    a_per_mm: float,
) -> None:
    """Names beside their chains, where each leaves the middle of the others."""
    grid = picture.buffers.grid
    left, right, bottom, top = grid.extent_a
    solid = picture.buffers.label != NOTHING
    room = TextRoom(
        ax=ax,
        inside=(left, bottom, right, top),
        per_mm=a_per_mm,
        taken=_taken(solid, grid, TAKEN_MM * a_per_mm),
    )
    places = []
    for number in range(len(strips)):
        row, column = np.nonzero(picture.visible([2 * number, 2 * number + 1]))
        x = left + (column + 0.5) * grid.pixel_a
        places.append(np.column_stack([x, bottom + (row + 0.5) * grid.pixel_a]))
    middles = np.array([p.mean(axis=0) if len(p) else (np.nan, np.nan) for p in places])
    for number, (strip, own) in enumerate(zip(strips, places, strict=True)):
        if not len(own):
            continue
        others = np.delete(middles, number, axis=0)
        away = np.array([0.0, 1.0])
        if not np.isnan(others).all():
            away = middles[number] - np.nanmean(others, axis=0)
        x, y = own[int(np.argmax(own @ away))]
        name = member_name(named, strip.member)
        write_near(room, (float(x), float(y)), name, {"fontsize": NAME_PT})


def _taken(solid: BoolArray, grid: PixelGrid, tall_a: float) -> list[Box]:
    """Cover what is drawn with boxes, row by row."""
    rows = max(1, round(tall_a / grid.pixel_a))
    boxes = []
    for low in range(0, grid.n_rows, rows):
        part = solid[low : low + rows].any(axis=0)
        edges = np.flatnonzero(np.diff(np.concatenate(([False], part, [False]))))
        y = grid.bottom_a + low * grid.pixel_a
        boxes += [
            (
                grid.left_a + first * grid.pixel_a,
                y,
                grid.left_a + stop * grid.pixel_a,
                y + rows * grid.pixel_a,
            )
            for first, stop in edges.reshape(-1, 2).tolist()
        ]
    return boxes
