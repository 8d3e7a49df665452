"""The two surfaces of an interface, opened like a book: by buried area and by complementarity."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from scipy.spatial import KDTree

from il2struct.arrays import BoolArray, FloatArray, IndexArray
from il2struct.complementarity import residue_complementarity, sc_radii
from il2struct.figures.canvas import (
    DPI,
    EDGE_COLOUR,
    EDGE_WIDTH_PT,
    NOT_BURIED_COLOUR,
    blank_panel,
    buried_map,
    figure_of,
    panel,
    put_marks,
    size_mm,
    width_mm,
)
from il2struct.figures.drawing import Drawing, file_stem, interface_key, keyed_frame
from il2struct.figures.interface.residues import one_letter
from il2struct.figures.picture import (
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
    spread,
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
from il2struct.interface.complementarity import InterfaceComplementarity
from il2struct.interface.interface import Interface
from il2struct.kernels.surface import dot_surface, interface_surfaces
from il2struct.palette import Palette
from il2struct.results.columns import residue_columns
from il2struct.results.interfaces import InterfaceResults
from il2struct.structure.model import NO_NUMBER, Side
from il2struct.structure.named import NamedEntry
from il2struct.structure.roles import Role

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
#: Residues named on each side.
N_NAMED: Final = 8
#: Colour of surface that is buried but too near the edge to be scored.
EDGE_BAND_COLOUR: Final = "#9A9A9A"
#: Map of S, and its steps of colour.
FIT_MAP: Final = "viridis"
N_LEVELS: Final = 64
#: Length of the scale bar in Å.
SCALE_BAR_A: Final = 10.0
#: Room in mm: colour bars at the right, names beside a surface, titles above, keys below, between
#: the rows, and at the edges.
BAR_MM: Final = 19.0
NAMES_MM: Final = 12.0
TITLE_MM: Final = 6.0
KEYS_MM: Final = 9.0
GAP_MM: Final = 3.0
EDGE_MM: Final = 2.0
#: Least distance of two names, and from the surface to them, in mm.
LINE_MM: Final = 2.6
LEADER_MM: Final = 2.5
#: No figure is higher than this in mm (Nature's guide).
LARGEST_HEIGHT_MM: Final = 170.0
#: The largest surface is not drawn larger than this, in mm.
LARGEST_SURFACE_MM: Final = 56.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FootprintSide:
    """
    One half of the open book.

    Attributes
    ----------
    dots : ndarray, shape=(n, 3)
        Surface, seen from the partner: to the right, up, towards the viewer, in Å.
    residue : ndarray of int, shape=(n,)
        Row in the arrays below of the residue that each dot belongs to.
    score : ndarray, shape=(n,)
        S of each dot; NaN where it has none.
    is_edge : ndarray of bool, shape=(n,)
        Buried but not scored: the band along the edge.
    buried_a2 : ndarray, shape=(m,)
        Of each residue of the side.
    names : tuple of str
        Letter and number of each residue.
    middles : ndarray, shape=(m, 2)
        Centre of each residue in the view.
    named : tuple of int
        Residues whose names are drawn, the most buried first.
    box_a : tuple of float
        Left, right, bottom and top of the surface, with a little paper around it.
    rows : tuple of dict
        Rows of the table, one for each residue that loses area or has scored points.
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
    """
    Both halves.

    Attributes
    ----------
    sides : tuple of FootprintSide
    probe_radius_a : float
        Of the surface drawn.
    radii : str
        Name of its table of radii.
    trim_band_a : float
        Width of the edge that is not scored, in Å; NaN without shape complementarity.
    """

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
    # Each side alone: together they would have holes where they touch.
    surfaces = [
        _surface(side, probe, density, scored=fit is not None) for side in partners
    ]
    first, second = interface_surfaces(
        surfaces[0].coords,
        surfaces[0].radii,
        surfaces[1].coords,
        surfaces[1].radii,
        probe_radius_a=probe,
        density_per_a2=density,
        separation_a=SEPARATION_A,
    )
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


def _surface(side: Side, probe_a: float, density: float, *, scored: bool) -> _Surface:
    rows = np.flatnonzero(~side.atoms.is_hydrogen)
    atoms = side.atoms.select(rows)
    radii = protor_radii(atoms).radii_a
    if scored:  # the dots of the score must lie on the surface that is drawn
        radii = sc_radii(
            atoms.residue_name.tolist(),
            atoms.atom_name.tolist(),
            atoms.element.tolist(),
        ).radii_a
    found = dot_surface(
        atoms.coords, radii, probe_radius_a=probe_a, density_per_a2=density
    )
    return _Surface(
        rows=rows,
        coords=atoms.coords,
        radii=radii,
        dots=found.positions_a,
        dot_atom=found.atom_index,
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
    largest = np.argsort(-residues.buried_a2, kind="stable")[:N_NAMED]
    chosen = [int(k) for k in largest if residues.buried_a2[k] > MIN_BURIED_A2]
    dots = view.seen(surface.dots)
    around = DOT_RADIUS_A + MARGIN_A
    left, bottom = (dots[:, :2].min(axis=0) - around).tolist()
    right, top = (dots[:, :2].max(axis=0) + around).tolist()
    score, is_edge = _scores(interface.complementarity, number, surface.dots, facing)
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
    """Name residues as the other figures of an interface do; the chain before it if there are several."""
    found = []
    for k in range(len(columns["auth_number"])):
        letter = one_letter(str(columns["residue_name"][k]))
        author = f"{columns['auth_number'][k]}{columns['ins_code'][k]}"
        mature = int(columns["mature_number"][k])
        name = f"{letter}{author}"
        if mature != NO_NUMBER:
            name = f"{letter}{mature}"
        elif str(columns["role"][k]) != Role.UNKNOWN.value:
            name = f"{letter}({author})"
        found.append(f"{columns['auth_asym_id'][k]} {name}" if several else name)
    return tuple(found)


def _scores(
    fit: InterfaceComplementarity | None,
    number: int,
    dots: FloatArray,
    facing: FloatArray,
) -> tuple[FloatArray, BoolArray]:
    """Score of each dot of a whole surface, and which are buried without a score."""
    score = np.full(len(dots), np.nan)
    is_edge = np.zeros(len(dots), dtype=np.bool_)
    if fit is None:
        return score, is_edge
    side = (fit.result.side_1, fit.result.side_2)[number - 1]
    rows, same = _same_dots(dots, side.positions_a)
    score[rows] = side.scores[same]
    rows, _ = _same_dots(dots, facing)
    is_edge[rows] = np.isnan(score[rows])
    return score, is_edge


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
    medians = _medians(interface.complementarity, number, partner)
    is_buried = burial.residues.buried_a2 > MIN_BURIED_A2
    # The larger probe of the score also buries points of residues that lose no area.
    has_dots = np.isin(burial.residues.residue_index, list(medians))
    rows = []
    for k in np.flatnonzero(is_buried | has_dots).tolist():
        n_dots, median = medians.get(
            int(burial.residues.residue_index[k]),
            (None if interface.complementarity is None else 0, np.nan),
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


def _medians(
    fit: InterfaceComplementarity | None, number: int, side: Side
) -> dict[int, tuple[int, float]]:
    if fit is None:
        return {}
    scores = (fit.result.side_1, fit.result.side_2)[number - 1]
    rows = (fit.rows_1, fit.rows_2)[number - 1]
    local = residue_complementarity(scores, side.atoms.residue_index[rows])
    return {
        int(index): (int(n), float(median))
        for index, n, median in zip(
            local.index, local.n_dots, local.median_score, strict=True
        )
    }


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Book:
    """All that is drawn."""

    row: dict[str, Any]
    footprint: Footprint
    largest_a2: float
    dpi: float

    @property
    def n_rows(self) -> int:
        """Rows of panels: the lower one needs scores."""
        return 1 if math.isnan(self.footprint.trim_band_a) else 2


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """Scale, and the boxes of panels in mm: by row from above, then by side."""

    a_per_mm: float
    boxes: tuple[tuple[tuple[float, float, float, float], ...], ...]


def open_book(
    results: InterfaceResults,
    *,
    interface: int | str | None = None,
    palette: Palette | None = None,  # noqa: ARG001  # as all drawings
    width: str | float = "double",
    dpi: float = DPI,
) -> Drawing:
    """
    Prepare the surfaces of an interface, opened like a book.

    Parameters
    ----------
    results : InterfaceResults
    interface : int or str, optional
        Place or id of the interface where `results` holds several.
    palette : Palette, optional
        Taken for the sake of the others: colours here mean area and fit, not roles.
    width : str or float
    dpi : float
        Pixels per inch of the pictures; fewer make smaller files.

    Returns
    -------
    Drawing

    Raises
    ------
    ParameterError
        If there is no such interface or width.
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
    names = unescaped(pair_name(row))
    rows = [found for side in footprint.sides for found in side.rows]
    parts = []
    for number, side in zip((1, 2), book.footprint.sides, strict=True):
        named = ", ".join(
            f"{side.names[k]} ({side.buried_a2[k]:.0f} Å²)" for k in side.named[:3]
        )
        name = unescaped(side_name(book.row, number))
        parts.append(
            f"{int((side.buried_a2 > MIN_BURIED_A2).sum())} residues of {name} lose area, most of it {named or 'none'}"
        )
    fit = ""
    if book.n_rows == 2 and book.row["sc"] is not None:
        fit = f" The lower row shows the local fit, Sc {book.row['sc']:.2f}."
    return Drawing(
        name=file_stem("open_book", *interface_key(row)),
        kind="open_book",
        title=f"Footprints of {names} in {place_name(row)}",
        alt=f"Two surfaces side by side, opened like a book: {'; '.join(parts)}.{fit}",
        caption=_caption(book),
        table=keyed_frame("figure_open_book", row, rows),
        width=width,
        height_mm=_height(book, width_mm(width)),
        paint=lambda ax: _draw(ax, book),
    )


def _caption(book: _Book) -> str:
    row, footprint = book.row, book.footprint
    first, second = (unescaped(side_name(row, s)) for s in (1, 2))
    upper = (
        f"{first} and {second} opened like a book: each as its partner sees it, {second} turned by "
        "180° about the vertical, so that left and right are mirror positions; all panels on one "
        f"scale, bar {SCALE_BAR_A:g} Å. Molecular surface of each side alone (probe "
        f"{footprint.probe_radius_a:g} Å, {footprint.radii} radii, heavy atoms, no glycans). "
        f"Colour: area that a residue buries (Å², probe {row['probe_radius_a']:g} Å); grey: none; "
        f"up to {N_NAMED} largest of each side are named. Buried area "
        f"{row['area_per_side_a2']:.0f} Å² per side."
    )
    if book.n_rows == 1:
        return f"{upper} Shape complementarity was not computed: there is no lower row."
    sc = "not defined" if row["sc"] is None else f"{row['sc']:.2f}"
    return (
        f"{upper} Lower row: local shape complementarity S of surface points "
        f"({row['dot_density_per_a2']:g} per Å²), values below 0 drawn as 0; dark grey: buried, but "
        f"in the edge band of {footprint.trim_band_a:g} Å or beyond the reach of the score, and not "
        f"scored. Sc {sc}. The table holds one row a residue that loses area or has scored points; "
        "these are summed up as their number and median."
    )


def _height(book: _Book, width: float) -> float:
    layout = _layout(book, width, None)
    tallest = max(side.box_a[3] - side.box_a[2] for side in book.footprint.sides)
    rows = book.n_rows * tallest / layout.a_per_mm + (book.n_rows - 1) * GAP_MM
    return TITLE_MM + rows + KEYS_MM + EDGE_MM


def _layout(book: _Book, width: float, height: float | None) -> _Layout:
    """Lay the panels out; without a height as large as the width allows."""
    sides = book.footprint.sides
    half = (width - BAR_MM - 2 * EDGE_MM) / 2
    room = max(half - 2 * NAMES_MM - 2 * LEADER_MM, 1.0)
    widest = max(side.box_a[1] - side.box_a[0] for side in sides)
    tallest = max(side.box_a[3] - side.box_a[2] for side in sides)
    total = LARGEST_HEIGHT_MM if height is None else height
    strips = TITLE_MM + KEYS_MM + EDGE_MM + (book.n_rows - 1) * GAP_MM
    high = max((total - strips) / book.n_rows, 1.0)
    if height is None:
        high = min(high, max(LARGEST_SURFACE_MM, 2 * LINE_MM * N_NAMED))
    a_per_mm = max(widest / room, tallest / high)
    panel_high = min(high, tallest / a_per_mm) if height is None else high
    boxes = tuple(
        tuple(
            (
                EDGE_MM + k * half,
                KEYS_MM + EDGE_MM + (book.n_rows - 1 - n) * (panel_high + GAP_MM),
                half,
                panel_high,
            )
            for k in (0, 1)
        )
        for n in range(book.n_rows)
    )
    return _Layout(a_per_mm=a_per_mm, boxes=boxes)


def _draw(ax: "Axes", book: _Book) -> None:
    layout = _layout(book, *size_mm(ax))
    for k, side in enumerate(book.footprint.sides):
        pictures = _pictures(book, side, layout, k)
        for n, picture in enumerate(pictures):
            shown = panel(ax, layout.boxes[n][k])
            shown.set_label(f"{('area', 'fit')[n]} {k + 1}")
            show(shown, picture)
            if n == 0:
                _name_residues(shown, side, picture, layout)
    width, height = size_mm(ax)
    for k, (left, _, half, _) in enumerate(layout.boxes[0]):
        middle, top = (left + half / 2) / width, 1.0 - 1.2 / height
        look: dict[str, Any] = {"fontsize": 7.0, "transform": ax.transAxes}
        ax.text(middle, top, side_name(book.row, k + 1), ha="center", va="top", **look)
    _colour_bars(ax, book, layout)
    _keys(ax, book, layout)


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
    found = seen(spheres, grid)
    shades = shades_of(found)
    # NOTHING is -1 and stays so under floor division.
    by_residue = replace(found, label=found.label // n_parts)
    pictures = [painted(by_residue, shades, _area_parts(side, book.largest_a2))]
    if book.n_rows == 2:
        solid = found.label >= 0
        by_level = replace(
            found, label=np.where(solid, found.label % n_parts, found.label)
        )
        pictures.append(painted(by_level, shades, fit_parts))
    return pictures


def _area_parts(side: FootprintSide, largest_a2: float) -> Parts:
    """One part for each residue."""
    from matplotlib.colors import to_hex

    colours = buried_map()
    n = len(side.buried_a2)
    return Parts(
        colours=tuple(
            to_hex(colours(area / largest_a2))
            if area > MIN_BURIED_A2
            else NOT_BURIED_COLOUR
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
        colours=(*steps, EDGE_BAND_COLOUR, NOT_BURIED_COLOUR),
        group=np.zeros(n, dtype=np.int64),
        zone=zone,
        is_faded=np.zeros(n, dtype=np.bool_),
    )


def _name_residues(
    ax: "Axes", side: FootprintSide, picture: Picture, layout: _Layout
) -> None:
    """Names in two columns beside the surface, each joined to its residue."""
    found = {
        k: innermost(picture.visible([k]), picture.buffers.grid)
        or (float(side.middles[k, 0]), float(side.middles[k, 1]))
        for k in side.named
    }
    by_x = sorted(side.named, key=lambda k: (found[k][0], k))
    left_half = by_x[: len(by_x) // 2]
    left, right, *_ = side.box_a
    _, _, bottom, top = picture.buffers.grid.extent_a
    away = LEADER_MM * layout.a_per_mm
    for x, align, column in (
        (left - away, "right", left_half),
        (right + away, "left", [k for k in by_x if k not in left_half]),
    ):
        ordered = sorted(column, key=lambda k: (found[k][1], k))
        gap = LINE_MM * layout.a_per_mm
        places = spread([found[k][1] for k in ordered], gap)
        if places:
            low, high = bottom + gap / 2, top - gap / 2
            shift = max(low - places[0], 0.0) + min(high - places[-1], 0.0)
            places = [place + shift for place in places]
        for k, y in zip(ordered, places, strict=True):
            ax.text(x, y, safe(side.names[k]), ha=align, va="center", fontsize=6.0)
            gap_x = 0.6 * layout.a_per_mm * (1 if align == "right" else -1)
            to_x, to_y = found[k]
            line: dict[str, Any] = {"color": "black", "linewidth": 0.45}
            ax.plot([x + gap_x, to_x], [y, to_y], label="_leader", **line)
            dot = {"markersize": 1.4, "markeredgewidth": 0, "label": "_residue"}
            put_marks(ax, [to_x], [to_y], "o", markerfacecolor="black", **dot)


def _colour_bars(ax: "Axes", book: _Book, layout: _Layout) -> None:
    from matplotlib import colormaps
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    width, _ = size_mm(ax)
    bars = (
        (buried_map(), book.largest_a2, "buried area of residue (Å²)"),
        (colormaps[FIT_MAP], 1.0, "S of surface point (no unit)"),
    )
    for (colours, top, label), boxes in zip(bars, layout.boxes, strict=False):
        _, bottom, _, high = boxes[0]
        long = min(high, 36.0)
        bar = panel(ax, (width - BAR_MM + 4.0, bottom + (high - long) / 2, 2.2, long))
        bar.set_label("colour bar")
        figure_of(ax).colorbar(
            ScalarMappable(Normalize(0.0, top), colours), cax=bar, label=label
        )


def _keys(ax: "Axes", book: _Book, layout: _Layout) -> None:
    """Scale bar and the greys, below the panels."""
    width, _ = size_mm(ax)
    strip = blank_panel(ax, (0.0, 0.0, width, KEYS_MM))
    long = SCALE_BAR_A / layout.a_per_mm
    draw_scale_bar(strip, (6.0, 4.2), long)
    x = 6.0 + long + 2.0
    strip.text(x, 4.2, f"{SCALE_BAR_A:g} Å", va="center")
    greys = [(NOT_BURIED_COLOUR, "not buried")]
    if book.n_rows == 2:
        band = f"buried, not scored (edge band of {book.footprint.trim_band_a:g} Å)"
        greys.append((EDGE_BAND_COLOUR, band))
    x = max(x + 12.0, 36.0)
    for colour, text in greys:
        edge = {"markeredgecolor": EDGE_COLOUR, "markeredgewidth": EDGE_WIDTH_PT}
        put_marks(strip, [x], [4.2], "s", markersize=5, markerfacecolor=colour, **edge)
        strip.text(x + 2.0, 4.2, text, va="center")
        x += 24.0
