"""The surfaces of both sides of an interface, opened like a book."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy.spatial import KDTree

from il2struct.arrays import BoolArray, FloatArray, IndexArray
from il2struct.complementarity import residue_complementarity, sc_radii
from il2struct.figures.interface.residues import one_letter
from il2struct.figures.pictures.views import (
    View,
    any_across,
    principal_axes,
    turned_about_vertical,
    view_along,
)
from il2struct.interface.burial import MIN_BURIED_A2
from il2struct.interface.fit import Fit
from il2struct.interface.interface import Interface
from il2struct.interface.radii import protor_radii
from il2struct.kernels.surface import dot_surface, interface_surfaces
from il2struct.results.columns import residue_columns
from il2struct.results.summary_rows import partner_and_burial
from il2struct.structure.model import NO_NUMBER, Side
from il2struct.structure.named import NamedEntry
from il2struct.structure.roles import Role

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
    fit = interface.fit
    if fit is None:
        probe, density = interface.parameters.burial.probe_radius_a, DOT_DENSITY_PER_A2
    else:
        parameters = fit.result.parameters
        probe, density = parameters.probe_radius_a, parameters.dot_density_per_a2
    partners = (interface.partner_1.side, interface.partner_2.side)
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
    partner, burial = partner_and_burial(interface, number)
    residues = burial.residues
    atom_residue = np.searchsorted(
        residues.residue_index, partner.side.atoms.residue_index[surface.rows]
    )
    columns = residue_columns(named, partner.side, residues.residue_index)
    names = _names(columns, several=len(partner.side.images) > 1)
    largest = np.argsort(-residues.buried_a2, kind="stable")[:N_NAMED]
    chosen = [int(k) for k in largest if residues.buried_a2[k] > MIN_BURIED_A2]
    dots = view.seen(surface.dots)
    around = DOT_RADIUS_A + MARGIN_A
    left, bottom = (dots[:, :2].min(axis=0) - around).tolist()
    right, top = (dots[:, :2].max(axis=0) + around).tolist()
    score, is_edge = _scores(interface.fit, number, surface.dots, facing)
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
    fit: Fit | None, number: int, dots: FloatArray, facing: FloatArray
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
    partner, burial = partner_and_burial(interface, number)
    medians = _medians(interface.fit, number, partner.side)
    is_buried = burial.residues.buried_a2 > MIN_BURIED_A2
    # The larger probe of the score also buries points of residues that lose no area.
    has_dots = np.isin(burial.residues.residue_index, list(medians))
    rows = []
    for k in np.flatnonzero(is_buried | has_dots).tolist():
        n_dots, median = medians.get(
            int(burial.residues.residue_index[k]),
            (None if interface.fit is None else 0, np.nan),
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


def _medians(fit: Fit | None, number: int, side: Side) -> dict[int, tuple[int, float]]:
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
