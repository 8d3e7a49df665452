"""The two surfaces of an interface, opened like a book: by buried area and by complementarity."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from scipy.spatial import KDTree

from il2struct.arrays import BoolArray, FloatArray, IndexArray
from il2struct.complementarity import residue_complementarity, sc_radii
from il2struct.errors import ParameterError
from il2struct.figures import canvas
from il2struct.figures.drawing import Drawing, file_stem, interface_key, keyed_frame
from il2struct.figures.interface.residues import name_of
from il2struct.figures.options import current
from il2struct.figures.picture import (
    Box,
    Parts,
    Picture,
    Spheres,
    View,
    any_across,
    draw_scale_bar,
    innermost,
    painted,
    pixel_grid,
    principal_axes,
    seen,
    shades_of,
    show,
    turned_about_vertical,
    view_along,
)
from il2struct.figures.words import (
    one_interface,
    pair_name,
    place_name,
    safe,
    side_name,
    summary_row,
    unescaped,
)
from il2struct.interface.burial import MIN_BURIED_A2, protor_radii
from il2struct.interface.interface import Interface
from il2struct.kernels.surface import (
    dot_surface,
    interface_surfaces,
    placed_sides,
)
from il2struct.results.interface_tables import residue_columns
from il2struct.results.interfaces import InterfaceResults
from il2struct.structure.model import NO_NUMBER, Side
from il2struct.structure.named import NamedEntry

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Dots per Å² of a surface that is not scored; enough that balls of `DOT_RADIUS_A` leave no hole.
DOT_DENSITY_PER_A2: Final = 10.0
#: Balls that stand for the dots of a surface, in Å.
DOT_RADIUS_A: Final = 0.55
#: The dots of a score are among those of the whole surface, but for rounding, in Å.
SAME_DOT_A: Final = 1e-4
#: Atoms of both sides nearer than this, in Å, have dots that see each other.
SEPARATION_A: Final = 8.0
#: Fewer points than this give no plane of the interface.
FEWEST_POINTS: Final = 10
#: Paper around a surface, so that no outline is cut, in Å.
MARGIN_A: Final = 0.6
#: Columns of a residue.
RESIDUE_COLUMNS: Final = (
    *("auth_asym_id", "operator", "auth_number", "ins_code"),
    "mature_number",
)
#: Scales and keys need this width, in mm.
NARROWEST_MM: Final = 80.0
#: Residues named on each side.
N_NAMED: Final = 8
#: Colour of surface that is buried but too near the edge to be scored.
EDGE_BAND_COLOUR: Final = "#9A9A9A"
#: Map of S, and its steps of colour.
FIT_MAP: Final = "viridis"
N_LEVELS: Final = 64
#: Length of the scale bar in Å.
SCALE_BAR_A: Final = 10.0
#: Room in mm: colour bars at the right or below, titles above, keys below, between panels, edges.
BAR_MM: Final = 19.0
SCALE_MM: Final = 9.5
TITLE_MM: Final = 6.0
KEYS_MM: Final = 9.0
GAP_MM: Final = 3.0
EDGE_MM: Final = 2.0
#: Least distance of two names, from the surface to them, and the longest colour bar, in mm.
NAME_LINE_MM: Final = 2.6
LEADER_MM: Final = 2.5
LONGEST_BAR_MM: Final = 36.0
#: Surfaces are not drawn larger, nor smaller; below this they had better stand above each other.
LARGEST_SURFACE_MM: Final = 56.0
NARROW_SURFACE_MM: Final = 30.0
SMALLEST_SURFACE_MM: Final = 15.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FootprintSide:
    """
    One half of the open book: `n` dots of its surface, `m` residues that own them.

    `dots` are seen from the partner (to the right, up, towards the viewer, in Å), with the residue
    of each and its score S, NaN where it has none; `is_edge` marks those that are buried but not
    scored. `middles` are centres of residues in the view, `named` those whose names are drawn, the
    most buried first, `box_a` left, right, bottom and top of the surface with a little paper.
    """

    dots: FloatArray
    residue: IndexArray
    score: FloatArray
    is_edge: BoolArray
    buried_a2: FloatArray
    names: tuple[str, ...]
    middles: FloatArray
    named: tuple[int, ...]
    box_a: tuple[float, float, float, float]
    rows: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Footprint:
    """Both halves, and the surface drawn; `trim_band_a` is NaN without shape complementarity."""

    sides: tuple[FootprintSide, FootprintSide]
    probe_radius_a: float
    radii: str
    trim_band_a: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Surface:
    """Heavy atoms of a side, their radii, and the dots of the side alone."""

    rows: IndexArray
    coords: FloatArray
    radii: FloatArray
    dots: FloatArray
    dot_atom: IndexArray


def opened(named: NamedEntry, interface: Interface) -> Footprint:
    """Open an interface like a book."""
    fit = interface.complementarity
    if fit is None:
        probe, density = interface.parameters.burial.probe_radius_a, DOT_DENSITY_PER_A2
    else:
        parameters = fit.result.parameters
        probe, density = parameters.probe_radius_a, parameters.dot_density_per_a2
    partners = interface.sides
    sized = [_sized(side, scored=fit is not None) for side in partners]
    spheres = (*sized[0][1:], *sized[1][1:])
    placed = placed_sides(*spheres, probe_radius_a=probe, separation_a=SEPARATION_A)
    first, second = interface_surfaces(
        *spheres,
        probe_radius_a=probe,
        density_per_a2=density,
        separation_a=SEPARATION_A,
    )
    # Each side alone: together they would have holes where they touch.
    surfaces = [
        _surface(*atoms, probe, density, side.focus)
        for atoms, side in zip(sized, placed, strict=True)
    ]
    facing = [s.positions_a[s.is_buried] for s in (first, second)]
    view = _book_view(surfaces, facing)
    views = (view, turned_about_vertical(view))
    side_1, side_2 = (
        _side(named, interface, k + 1, surfaces[k], facing[k], views[k]) for k in (0, 1)
    )
    return Footprint(
        sides=(side_1, side_2),
        probe_radius_a=probe,
        radii="ProtOr" if fit is None else "Lawrence-Colman",
        trim_band_a=np.nan if fit is None else fit.result.parameters.trim_band_a,
    )


def _sized(side: Side, *, scored: bool) -> tuple[IndexArray, FloatArray, FloatArray]:
    """Rows of the heavy atoms of a side, their coordinates and radii."""
    rows = np.flatnonzero(~side.atoms.is_hydrogen)
    atoms = side.atoms.select(rows)
    radii = protor_radii(atoms).radii_a
    if scored:  # the dots of the score must lie on the surface that is drawn
        radii = sc_radii(
            atoms.residue_name.tolist(),
            atoms.atom_name.tolist(),
            atoms.element.tolist(),
        ).radii_a
    return rows, atoms.coords, radii


def _surface(
    rows: IndexArray,
    coords: FloatArray,
    radii: FloatArray,
    probe_a: float,
    density: float,
    focus: FloatArray,
) -> _Surface:
    surface = dot_surface(
        coords, radii, probe_radius_a=probe_a, density_per_a2=density, focus=focus
    )
    return _Surface(
        rows=rows,
        coords=coords,
        radii=radii,
        dots=surface.positions_a,
        dot_atom=surface.atom_index,
    )


def _book_view(surfaces: Sequence[_Surface], facing: Sequence[FloatArray]) -> View:
    """Look at side 1 from side 2, along the thinnest direction of the interface."""
    centres = [surface.coords.mean(axis=0) for surface in surfaces]
    across = centres[1] - centres[0]
    points = np.concatenate(facing)
    if len(points) < FEWEST_POINTS:
        middle = (centres[0] + centres[1]) / 2
        return view_along(across, right=any_across(across), centre=middle)
    middle = points.mean(axis=0)
    longest, _, thinnest = principal_axes(points)
    towards = thinnest if thinnest @ across >= 0 else -thinnest
    # The end of the second side's chain, where a receptor goes on to the membrane, points down.
    up = longest if longest @ (middle - surfaces[1].coords[-1]) >= 0 else -longest
    return view_along(towards, right=np.cross(up, towards), centre=middle)


def _side(
    named: NamedEntry,
    interface: Interface,
    number: int,
    surface: _Surface,
    facing: FloatArray,
    view: View,
) -> FootprintSide:
    partner, burial = interface.sides[number - 1], interface.burial.sides[number - 1]
    residues = burial.residues
    atom_residue = np.searchsorted(
        residues.residue_index, partner.atoms.residue_index[surface.rows]
    )
    columns = residue_columns(named, partner, residues.residue_index)
    names = _names(columns, several=len(partner.images) > 1)
    largest = np.argsort(-residues.buried_a2, kind="stable")[
        : current().n_labels(N_NAMED)
    ]
    chosen = [int(k) for k in largest if residues.buried_a2[k] > MIN_BURIED_A2]
    dots = view.seen(surface.dots)
    around = DOT_RADIUS_A + MARGIN_A
    left, bottom = (dots[:, :2].min(axis=0) - around).tolist()
    right, top = (dots[:, :2].max(axis=0) + around).tolist()
    score = np.full(len(surface.dots), np.nan)
    is_edge = np.zeros(len(score), dtype=np.bool_)
    if interface.complementarity is not None:
        result = interface.complementarity.result
        scored = (result.side_1, result.side_2)[number - 1]
        scored_rows, same = _same_dots(surface.dots, scored.positions_a)
        score[scored_rows] = scored.scores[same]
        buried_rows, _ = _same_dots(surface.dots, facing)
        is_edge[buried_rows] = np.isnan(score[buried_rows])
    placed = view.seen(surface.coords)[:, :2]
    count = np.maximum(np.bincount(atom_residue, minlength=len(names)), 1)
    middles = [
        np.bincount(atom_residue, weights=placed[:, k], minlength=len(names)) / count
        for k in (0, 1)
    ]
    return FootprintSide(
        dots=dots,
        box_a=(left, right, bottom, top),
        residue=atom_residue[surface.dot_atom],
        score=score,
        is_edge=is_edge,
        buried_a2=residues.buried_a2,
        names=names,
        middles=np.column_stack(middles),
        named=tuple(chosen),
        rows=_rows(interface, number, columns, names, chosen),
    )


def _names(columns: dict[str, Any], *, several: bool) -> tuple[str, ...]:
    """Name residues as the other figures do; the chain before it if there are several."""
    parts = ("residue_name", "auth_number", "ins_code", "mature_number", "role")
    names = [
        name_of(
            str(letters),
            f"{number}{code}",
            None if m == NO_NUMBER else int(m),
            str(role),
        )
        for letters, number, code, m, role in zip(
            *(columns[part] for part in parts), strict=True
        )
    ]
    if several:
        names = [
            f"{c} {n}" for c, n in zip(columns["auth_asym_id"], names, strict=True)
        ]
    return tuple(names)


def _same_dots(dots: FloatArray, among: FloatArray) -> tuple[IndexArray, IndexArray]:
    """Rows of the dots that are also among others, and which those are."""
    if not len(among):
        none = np.zeros(0, dtype=np.int64)
        return none, none
    low, high = among.min(axis=0) - SAME_DOT_A, among.max(axis=0) + SAME_DOT_A
    # Most of a surface is far from the interface.
    rows = np.flatnonzero(((dots >= low) & (dots <= high)).all(axis=1))
    away, nearest = KDTree(among).query(dots[rows], distance_upper_bound=SAME_DOT_A)
    is_same = np.isfinite(away)
    return rows[is_same], nearest[is_same]


def _rows(
    interface: Interface,
    number: int,
    columns: dict[str, Any],
    names: Sequence[str],
    chosen: Sequence[int],
) -> tuple[dict[str, Any], ...]:
    partner, burial = interface.sides[number - 1], interface.burial.sides[number - 1]
    fit = interface.complementarity
    medians: dict[int, tuple[int, float]] = {}
    if fit is not None:
        local = residue_complementarity(
            (fit.result.side_1, fit.result.side_2)[number - 1],
            partner.atoms.residue_index[(fit.rows_1, fit.rows_2)[number - 1]],
        )
        parts = (local.index, local.n_dots, local.median_score)
        medians = {
            int(index): (int(n), float(median))
            for index, n, median in zip(*parts, strict=True)
        }
    is_buried = burial.residues.buried_a2 > MIN_BURIED_A2
    # The larger probe of the score also buries points of residues that lose no area.
    has_dots = np.isin(burial.residues.residue_index, list(medians))
    rows = []
    for k in np.flatnonzero(is_buried | has_dots).tolist():
        n_dots, median = medians.get(
            int(burial.residues.residue_index[k]), (None if fit is None else 0, np.nan)
        )
        rows.append(
            {
                "side": number,
                **{name: columns[name][k] for name in RESIDUE_COLUMNS},
                "residue": names[k],
                "buried_a2": burial.residues.buried_a2[k],
                "n_dots": n_dots,
                "median_score": median,
                "is_named": k in chosen,
            }
        )
    return tuple(rows)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Book:
    """All that is drawn."""

    row: dict[str, Any]
    footprint: Footprint
    largest_a2: float
    dpi: float

    @property
    def n_maps(self) -> int:
        """Maps of each surface: that of complementarity needs scores."""
        return 1 if math.isnan(self.footprint.trim_band_a) else 2

    @property
    def largest_a(self) -> tuple[float, float]:
        """Width of the wider surface, and height of the taller one."""
        boxes = [side.box_a for side in self.footprint.sides]
        return max(b[1] - b[0] for b in boxes), max(b[3] - b[2] for b in boxes)

    @property
    def names_mm(self) -> float:
        """Room for names on both sides of a surface."""
        names = [safe(s.names[k]) for s in self.footprint.sides for k in s.named]
        return 2 * (canvas.widest_mm(names) + 0.5 + LEADER_MM)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """
    Scale, and boxes in mm: of panels by map and side, of the colour bar of each map.

    Both surfaces stand side by side, their maps below each other; or, `is_stacked`, the reverse.
    """

    is_stacked: bool
    a_per_mm: float
    height: float
    boxes: tuple[tuple[Box, Box], ...]
    bars: tuple[Box, ...]

    def surface_mm(self, book: _Book) -> float:
        """Length of the largest surface on paper."""
        return max(book.largest_a) / self.a_per_mm


def open_book(
    results: InterfaceResults,
    *,
    interface: int | str | None = None,
    width: str | float = "double",
    dpi: float = canvas.DPI,
) -> Drawing:
    """
    Prepare the surfaces of an interface, opened like a book.

    Parameters
    ----------
    results : InterfaceResults
    interface : int or str, optional
        Place or id of the interface where `results` holds several.
    width : str or float
        In narrow figures the surfaces stand above each other.
    dpi : float
        Pixels per inch of the pictures; fewer make smaller files.

    Returns
    -------
    Drawing

    Raises
    ------
    ParameterError
        If there is no such interface or width, or too little room for the surfaces.
    """
    one = one_interface(results, interface)
    row = summary_row(one)
    footprint = opened(one.named, one[0])
    areas = np.concatenate([side.buried_a2 for side in footprint.sides])
    book = _Book(
        row=row,
        footprint=footprint,
        largest_a2=max(20.0, 20.0 * math.ceil(float(areas.max()) / 20.0)),
        dpi=dpi,
    )
    layout = _layout(book, canvas.width_mm(width), None)
    names, place = unescaped(pair_name(row)), place_name(row)
    first, second = (unescaped(side_name(row, s)) for s in (1, 2))
    lower = "right column" if layout.is_stacked else "lower row"
    parts = []
    for name, side in zip((first, second), footprint.sides, strict=True):
        named = ", ".join(
            f"{side.names[k]} ({side.buried_a2[k]:.0f} Å²)" for k in side.named[:3]
        )
        n_buried = int((side.buried_a2 > MIN_BURIED_A2).sum())
        parts.append(
            f"{n_buried} residues of {name} lose area, most of it {named or 'none'}"
        )
    how = "above each other" if layout.is_stacked else "side by side"
    alt = f"Two surfaces {how}, opened like a book: {'; '.join(parts)}."
    caption = (
        f"{first} and {second} opened like a book: each as its partner sees it, {second} turned by "
        "180° about the vertical, so that left and right are mirror positions; all panels on one "
        f"scale, bar {SCALE_BAR_A:g} Å. Molecular surface of each side alone (probe "
        f"{footprint.probe_radius_a:g} Å, {footprint.radii} radii, heavy atoms, no glycans). "
        f"Colour: area that a residue buries (Å², probe {row['probe_radius_a']:g} Å); grey: none; "
        f"up to {current().n_labels(N_NAMED)} largest of each side are named. Buried area "
        f"{row['area_per_side_a2']:.0f} Å² per side."
    )
    if book.n_maps == 1:
        caption += f" Shape complementarity was not computed: there is no {lower}."
    else:
        sc = "not defined" if row["sc"] is None else f"{row['sc']:.2f}"
        if row["sc"] is not None:
            alt += f" The {lower} shows the local fit, Sc {sc}."
        caption += (
            f" {lower.capitalize()}: local shape complementarity S of surface points "
            f"({row['dot_density_per_a2']:g} per Å²), values below 0 drawn as 0; dark grey: buried, "
            f"but in the edge band of {footprint.trim_band_a:g} Å or beyond the reach of the score, "
            f"and not scored. Sc {sc}. The table holds one row a residue that loses area or has "
            "scored points; these are summed up as their number and median."
        )
    return Drawing(
        name=file_stem("open_book", *interface_key(row)),
        kind="open_book",
        title=f"Footprints of {names} in {place}",
        alt=alt,
        caption=caption,
        table=keyed_frame(
            "figure_open_book", row, [r for side in footprint.sides for r in side.rows]
        ),
        width=width,
        height_mm=layout.height,
        paint=lambda ax: _draw(ax, book),
    )


def _layout(book: _Book, width: float, height: float | None) -> _Layout:
    """Lay the panels out; without a height as large as the width allows."""
    layout = _side_by_side(book, width, height)
    if layout.surface_mm(book) < NARROW_SURFACE_MM:
        stacked = _stacked(book, width, height)
        layout = min(layout, stacked, key=lambda each: each.a_per_mm)
    if layout.surface_mm(book) < SMALLEST_SURFACE_MM:
        room = f"{width:.0f} mm" if height is None else f"{width:.0f} × {height:.0f} mm"
        raise ParameterError(
            f"an open book is not drawn with surfaces below {SMALLEST_SURFACE_MM:g} mm, and in "
            f"{room} they have {layout.surface_mm(book):.0f}; give it more room."
        )
    if width < NARROWEST_MM:
        raise ParameterError(
            f"an open book with its keys needs {NARROWEST_MM:g} mm in width and has {width:.0f} for type of "
            "usual size; give it more room."
        )
    return layout


def _scaled(
    book: _Book, across: float, room: float, height: float | None
) -> tuple[float, float]:
    """Å per mm, and height of a panel in mm, from the room for a surface."""
    widest, tallest = book.largest_a
    room = max(room, 1.0)
    if height is None:
        room = min(
            room,
            max(LARGEST_SURFACE_MM, 2 * NAME_LINE_MM * current().n_labels(N_NAMED)),
        )
    a_per_mm = max(widest / max(across, 1.0), tallest / room)
    return a_per_mm, min(room, tallest / a_per_mm) if height is None else room


def _side_by_side(book: _Book, width: float, height: float | None) -> _Layout:
    """Sides beside each other, a map a row, the colour bars at the right."""
    n_maps = book.n_maps
    half = (width - BAR_MM - 2 * EDGE_MM) / 2
    strips = TITLE_MM + KEYS_MM + EDGE_MM + (n_maps - 1) * GAP_MM
    total = canvas.TALLEST_MM if height is None else height
    a_per_mm, high = _scaled(
        book, half - book.names_mm, (total - strips) / n_maps, height
    )
    bottoms = [
        KEYS_MM + EDGE_MM + (n_maps - 1 - n) * (high + GAP_MM) for n in range(n_maps)
    ]
    long = min(high, LONGEST_BAR_MM)
    return _Layout(
        is_stacked=False,
        a_per_mm=a_per_mm,
        height=strips + n_maps * high,
        boxes=tuple(
            ((EDGE_MM, y, half, high), (EDGE_MM + half, y, half, high)) for y in bottoms
        ),
        bars=tuple(
            (width - BAR_MM + 4.0, y + (high - long) / 2, 2.2, long) for y in bottoms
        ),
    )


def _stacked(book: _Book, width: float, height: float | None) -> _Layout:
    """Sides above each other, a map a column, the colour bars below."""
    n_maps, names = book.n_maps, book.names_mm
    across = (width - 2 * EDGE_MM - names - (n_maps - 1) * GAP_MM) / n_maps
    strips = 2 * TITLE_MM + SCALE_MM + KEYS_MM + EDGE_MM
    total = canvas.TALLEST_MM if height is None else height
    a_per_mm, high = _scaled(book, across, (total - strips) / 2, height)
    across = max(across, 1.0)
    # Only the first map of a surface has names beside it.
    columns = [(EDGE_MM, names + across), (EDGE_MM + names + across + GAP_MM, across)]
    bottom = KEYS_MM + EDGE_MM + SCALE_MM
    long = min(across, LONGEST_BAR_MM)
    return _Layout(
        is_stacked=True,
        a_per_mm=a_per_mm,
        height=strips + 2 * high,
        boxes=tuple(
            ((x, bottom + high + TITLE_MM, wide, high), (x, bottom, wide, high))
            for x, wide in columns[:n_maps]
        ),
        bars=tuple(
            (x + (wide - long) / 2, KEYS_MM + EDGE_MM + 6.5, long, 2.0)
            for x, wide in columns[:n_maps]
        ),
    )


def _draw(ax: "Axes", book: _Book) -> None:
    from matplotlib import colormaps
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    width, height = canvas.size_mm(ax)
    layout = _layout(book, width, height)
    for k, side in enumerate(book.footprint.sides):
        for n, picture in enumerate(_pictures(book, side, layout, k)):
            left, bottom, wide, high = layout.boxes[n][k]
            shown = canvas.inset(ax, (left, bottom, wide, high))
            shown.set_label(f"{('area', 'fit')[n]} {k + 1}")
            show(shown, picture)
            if n == 0:
                _name_residues(shown, side, picture, layout.a_per_mm)
                middle, top = (left + wide / 2) / width, (bottom + high + 4.8) / height
                look: canvas.Look = {"fontsize": 7.0, "transform": ax.transAxes}
                name = side_name(book.row, k + 1)
                ax.text(middle, top, name, ha="center", va="top", **look)
            elif layout.is_stacked:  # no names beside it
                centre = sum(side.box_a[:2]) / 2
                half = wide * layout.a_per_mm / 2
                shown.set_xlim(centre - half, centre + half)
    scales = (
        (canvas.buried_map(), book.largest_a2, "buried area of residue (Å²)"),
        (colormaps[FIT_MAP], 1.0, "S of surface point (no unit)"),
    )
    for (colours, highest, label), box in zip(scales, layout.bars, strict=False):
        bar = canvas.inset(ax, box)
        bar.set_label("colour bar")
        canvas.figure_of(ax).colorbar(
            ScalarMappable(Normalize(0.0, highest), colours),
            cax=bar,
            label=label,
            orientation="horizontal" if layout.is_stacked else "vertical",
        )
        if layout.is_stacked:
            bar.tick_params(pad=1.0)
            bar.set_xlabel(label, fontsize=6, labelpad=1.0)
    _draw_keys(canvas.blank_inset(ax, (0.0, 0.0, width, KEYS_MM)), book, layout)


def _pictures(
    book: _Book, side: FootprintSide, layout: _Layout, column: int
) -> Sequence[Picture]:
    """Picture by area and, with scores, by fit; what is seen and its light are worked out once."""
    left, right, bottom, top = side.box_a
    _, _, width, height = layout.boxes[0][column]
    x, y = (left + right) / 2, (bottom + top) / 2
    half_x, half_y = width * layout.a_per_mm / 2, height * layout.a_per_mm / 2
    grid = pixel_grid(
        (x - half_x, x + half_x, y - half_y, y + half_y), width, dpi=book.dpi
    )
    level, fit_parts = _fit_parts(side)
    n_parts = len(fit_parts.colours)
    spheres = Spheres(
        centres=side.dots,
        radii=np.full(len(side.dots), DOT_RADIUS_A),
        labels=side.residue * n_parts + level,
    )
    buffers = seen(spheres, grid)
    shades = shades_of(buffers)
    # NOTHING is -1 and stays so under floor division.
    by_residue = replace(buffers, label=buffers.label // n_parts)
    pictures = [painted(by_residue, shades, _area_parts(side, book.largest_a2))]
    if book.n_maps == 2:
        solid = buffers.label >= 0
        by_level = np.where(solid, buffers.label % n_parts, buffers.label)
        pictures.append(painted(replace(buffers, label=by_level), shades, fit_parts))
    return pictures


def _area_parts(side: FootprintSide, largest_a2: float) -> Parts:
    """One part for each residue."""
    from matplotlib.colors import to_hex

    colours = canvas.buried_map()
    n = len(side.buried_a2)
    return Parts(
        colours=tuple(
            to_hex(colours(area / largest_a2))
            if area > MIN_BURIED_A2
            else canvas.NOT_BURIED_COLOUR
            for area in side.buried_a2.tolist()
        ),
        group=np.zeros(n, dtype=np.int64),
        zone=np.arange(n),
        is_faded=np.zeros(n, dtype=np.bool_),
    )


def _fit_parts(side: FootprintSide) -> tuple[IndexArray, Parts]:
    """Part of each dot: a step of S, the band along the edge, or neither."""
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    known = np.clip(np.nan_to_num(side.score), 0.0, 1.0 - 1e-9)
    level = np.floor(known * N_LEVELS).astype(np.int64)
    level = np.where(np.isnan(side.score), N_LEVELS + 1 - side.is_edge, level)
    steps = [to_hex(colormaps[FIT_MAP]((k + 0.5) / N_LEVELS)) for k in range(N_LEVELS)]
    n = N_LEVELS + 2
    zone = np.zeros(n, dtype=np.int64)
    zone[N_LEVELS:] = (1, 2)
    return level, Parts(
        colours=(*steps, EDGE_BAND_COLOUR, canvas.NOT_BURIED_COLOUR),
        group=np.zeros(n, dtype=np.int64),
        zone=zone,
        is_faded=np.zeros(n, dtype=np.bool_),
    )


def _name_residues(
    ax: "Axes", side: FootprintSide, picture: Picture, a_per_mm: float
) -> None:
    """Names in two columns beside the surface, each joined to its residue."""
    places = {
        k: innermost(picture.visible([k]), picture.buffers.grid)
        or (float(side.middles[k, 0]), float(side.middles[k, 1]))
        for k in side.named
    }
    by_x = sorted(side.named, key=lambda k: (places[k][0], k))
    left_half = by_x[: len(by_x) // 2]
    left, right, *_ = side.box_a
    _, _, bottom, top = picture.buffers.grid.extent_a
    away, gap = LEADER_MM * a_per_mm, NAME_LINE_MM * a_per_mm
    for x, align, column in (
        (left - away, "right", left_half),
        (right + away, "left", by_x[len(left_half) :]),
    ):
        ordered = sorted(column, key=lambda k: (places[k][1], k))
        heights = canvas.spread(
            [places[k][1] for k in ordered],
            gap,
            low=bottom + gap / 2,
            high=top - gap / 2,
        )
        for k, y in zip(ordered, heights, strict=True):
            ax.text(x, y, safe(side.names[k]), ha=align, va="center", fontsize=6.0)
            gap_x = 0.6 * a_per_mm * (1 if align == "right" else -1)
            to_x, to_y = places[k]
            line: canvas.Look = {"color": "black", "linewidth": 0.45}
            ax.plot([x + gap_x, to_x], [y, to_y], label="_leader", **line)
            dot: canvas.Look = {
                "markersize": 1.4,
                "markeredgewidth": 0,
                "label": "_residue",
            }
            canvas.put_marks(ax, [to_x], [to_y], "o", markerfacecolor="black", **dot)


def _draw_keys(strip: "Axes", book: _Book, layout: _Layout) -> None:
    """Scale bar and the greys, below the panels."""
    long = SCALE_BAR_A / layout.a_per_mm
    draw_scale_bar(strip, (6.0, 4.2), long)
    words = f"{SCALE_BAR_A:g} Å"
    strip.text(8.0 + long, 4.2, words, va="center")
    greys = [(canvas.NOT_BURIED_COLOUR, "not buried")]
    if book.n_maps == 2:
        band = f"buried, not scored (edge band of {book.footprint.trim_band_a:g} Å)"
        greys.append((EDGE_BAND_COLOUR, band))
    start = 8.0 + long + canvas.text_width_mm(words, 6.5) + 6.0
    room = strip.get_xlim()[1] - start - EDGE_MM
    places = canvas.key_places([text for _, text in greys], room, apart=6.0)
    for (colour, text), (x, above) in zip(greys, places, strict=True):
        y = 4.2 + above - (places[0][1] + places[-1][1]) / 2
        edge: canvas.Look = {
            "markeredgecolor": canvas.EDGE_COLOUR,
            "markeredgewidth": canvas.EDGE_WIDTH_PT,
        }
        mark: canvas.Look = {"markersize": 5, "markerfacecolor": colour, **edge}
        canvas.put_marks(strip, [start + x], [y], "s", **mark)
        strip.text(start + x + 2.0, y, text, va="center", fontsize=6.0)
