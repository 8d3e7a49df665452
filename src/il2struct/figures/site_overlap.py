"""Who blocks whom: on each protein, how much of a site two partners share, and whether they collide."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from il2struct.comparison.complexes import Compared, measured_of
from il2struct.comparison.overlap import COLLISION_A, MIN_COLLISIONS, overlap_tables
from il2struct.figures import canvas
from il2struct.figures.drawing import Drawing, file_stem, framed
from il2struct.figures.words import plain, safe
from il2struct.structure.family import role_rank, symbol_of
from il2struct.tables import records

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Normalize

#: Side of a cell in mm: the widest, the widest if not all panels and the key stand in one line, and
#: the narrowest that holds its number.
WIDEST_CELL_MM: Final = 14.0
USUAL_CELL_MM: Final = 10.0
NARROWEST_CELL_MM: Final = 4.2
#: Name of the protein above its matrix, and what is free around a panel, in mm.
TITLE_MM: Final = 6.0
TITLE_PT: Final = 7.5
GAP_MM: Final = 6.0
MARGIN_MM: Final = 2.0
#: Colour scale with its label, and its length, in mm.
SCALE_MM: Final = 10.0
SCALE_LENGTH_MM: Final = 36.0
#: Room for scale and key where they stand at the right of the last panel, in mm.
BESIDE_MM: Final = 42.0
#: Mark of a verdict: its shape, in `Axes.scatter`, and what the key says of it.
MARKS: Final[Mapping[str, tuple[dict[str, Any], str]]] = {
    "exclude each other": ({"marker": "X", "linewidths": 0.3}, "exclude each other"),
    "collide in some copies": (
        {"marker": "x", "linewidths": 0.8},
        "collide in some copies",
    ),
    "bind together": ({"marker": "o", "linewidths": 0.3}, "seen together"),
}
MARK_AREA_PT2: Final = 16.0
#: From one entry of the key to the next, in mm beside its words.
KEY_APART_MM: Final = 7.0
NOT_COMPARED: Final = "not compared"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Matrix:
    """Partners of one protein, and what is said of two of them."""

    protein: str
    partners: tuple[str, ...]
    rows: Mapping[frozenset[str], Mapping[str, Any]]

    @property
    def n_cells(self) -> int:
        """Rows, and columns, of the lower triangle."""
        return len(self.partners) - 1

    @property
    def title(self) -> str:
        return f"on {_name(self.protein)}"

    @property
    def left_mm(self) -> float:
        return canvas.widest_mm(map(_name, self.partners[1:])) + 2.5

    @property
    def foot_mm(self) -> float:
        return canvas.widest_mm(map(_name, self.partners[:-1])) + 2.5

    def width_mm(self, cell_mm: float) -> float:
        """Width on paper, names included."""
        cells_mm = max(
            self.n_cells * cell_mm, canvas.text_width_mm(self.title, TITLE_PT)
        )
        return self.left_mm + cells_mm + GAP_MM

    def height_mm(self, cell_mm: float) -> float:
        """Height on paper, title and names included."""
        return TITLE_MM + self.n_cells * cell_mm + self.foot_mm + GAP_MM / 2


def site_overlap(results: Compared, *, width: str | float = "double") -> Drawing:
    """
    Draw which partners of a protein cover the same of it, and which exclude each other.

    Parameters
    ----------
    results : iterable of InterfaceResults or Study
        Of any number of entries.
    width : str or float
        ``"single"``, ``"double"`` or mm.

    Returns
    -------
    Drawing

    Raises
    ------
    ParameterError
        If no protein has two partners.
    """
    named = [each.named for each in measured_of(results)]
    rows = records(overlap_tables(named)["overlap"])
    matrices = _matrices(rows)
    lines, cell_mm = _lines(matrices, canvas.width_mm(width))
    most = max(rows, key=lambda row: np.nan_to_num(row["overlap_mean"] or 0.0))
    n_excluding = sum(row["verdict"] == "exclude each other" for row in rows)
    entries = ", ".join(plain(each.entry.entry_id) for each in named)
    return Drawing(
        name=file_stem("overlap"),
        kind="overlap",
        title=f"Which partners share a site, on {len(matrices)} proteins",
        alt=(
            f"Matrix of partners for each of {len(matrices)} proteins: {n_excluding} of {len(rows)} "
            f"pairs of partners exclude each other; most shared is "
            f"{100 * (most['overlap_mean'] or 0.0):.0f} % of the smaller site, by "
            f"{_words(most['partner_1'])} and {_words(most['partner_2'])} on {_words(most['protein'])}."
        ),
        caption=(
            f"For each protein in {entries} and two of its partners: residues in both sites over those "
            f"of the smaller site (%), mean over all copies; white: none. Marks: one complex holds both (circle), at "
            f"least {MIN_COLLISIONS} heavy-atom pairs of the partners within {COLLISION_A:g} Å once the "
            f"protein is superposed, in every pair of copies (filled cross) or in some (thin cross). An antibody is "
            f"one partner. Complexes are rigid here; what an entry does not show collides with nothing."
        ),
        table=framed("figure_overlap", rows),
        width=width,
        height_mm=_height_mm(lines, cell_mm, canvas.width_mm(width)),
        paint=lambda ax: _draw(ax, lines, cell_mm),
    )


def _name(partner: str) -> str:
    return safe(symbol_of(partner))


def _words(partner: str) -> str:
    return plain(symbol_of(partner))


def _matrices(rows: Sequence[Mapping[str, Any]]) -> list[_Matrix]:
    """One for each protein, proteins and partners in the order of roles, then as they come."""

    def ranked(names: Sequence[str]) -> list[str]:
        return sorted(dict.fromkeys(names), key=role_rank)

    return [
        _Matrix(
            protein=protein,
            partners=tuple(
                ranked([row[f"partner_{k}"] for row in own for k in (1, 2)])
            ),
            rows={frozenset((row["partner_1"], row["partner_2"])): row for row in own},
        )
        for protein in ranked([row["protein"] for row in rows])
        for own in [[row for row in rows if row["protein"] == protein]]
    ]


def _lines(
    matrices: Sequence[_Matrix], wide_mm: float
) -> tuple[list[list[_Matrix]], float]:
    """Set panels side by side in lines, cells as large as the page allows."""
    room_mm = wide_mm - 2 * MARGIN_MM
    for cell_mm in np.arange(WIDEST_CELL_MM, NARROWEST_CELL_MM, -0.4).tolist():
        lines: list[list[_Matrix]] = [[]]
        for matrix in matrices:
            taken = _width_mm(lines[-1], cell_mm)
            if lines[-1] and taken + matrix.width_mm(cell_mm) > room_mm:
                lines.append([])
            lines[-1].append(matrix)
        if cell_mm > USUAL_CELL_MM and not (
            len(lines) == 1 and _is_key_beside(lines, cell_mm, wide_mm)
        ):
            continue
        fits = all(m.width_mm(cell_mm) <= room_mm for m in matrices)
        if fits and _height_mm(lines, cell_mm, wide_mm) <= canvas.TALLEST_MM:
            break
    return lines, cell_mm


def _key(matrices: Sequence[_Matrix]) -> list[canvas.KeyEntry]:
    """Return words and looks of the marks that occur."""
    rows = [row for matrix in matrices for row in matrix.rows.values()]
    verdicts = {row["verdict"] for row in rows}
    shown = [
        (words, {"color": "black", "s": MARK_AREA_PT2, **look})
        for verdict, (look, words) in MARKS.items()
        if verdict in verdicts
    ]
    if any(len(m.rows) < m.n_cells * (m.n_cells + 1) // 2 for m in matrices):
        grey = {"marker": "s", "facecolors": canvas.MISSING_COLOUR, "linewidths": 0.3}
        shown.append((NOT_COMPARED, {"s": MARK_AREA_PT2, **grey}))
    return shown


def _width_mm(line: Sequence[_Matrix], cell_mm: float) -> float:
    return sum(matrix.width_mm(cell_mm) for matrix in line)


def _is_key_beside(
    lines: Sequence[Sequence[_Matrix]], cell_mm: float, wide_mm: float
) -> bool:
    """Tell whether the last line of panels leaves room for scale and key."""
    return _width_mm(lines[-1], cell_mm) + BESIDE_MM <= wide_mm - 2 * MARGIN_MM


def _key_mm(
    lines: Sequence[Sequence[_Matrix]], room_mm: float
) -> tuple[list[canvas.KeyEntry], float]:
    """Return the key, and how high scale and key are."""
    key = _key([m for line in lines for m in line])
    return key, SCALE_MM + 1.0 + canvas.marks_key_mm(key, room_mm, apart=KEY_APART_MM)


def _height_mm(
    lines: Sequence[Sequence[_Matrix]], cell_mm: float, wide_mm: float
) -> float:
    heights = [max(m.height_mm(cell_mm) for m in line) for line in lines]
    if _is_key_beside(lines, cell_mm, wide_mm):
        heights[-1] = max(heights[-1], TITLE_MM + _key_mm(lines, BESIDE_MM)[1])
    else:
        heights.append(_key_mm(lines, wide_mm - 2 * MARGIN_MM)[1])
    return 2 * MARGIN_MM + sum(heights)


def _draw(ax: "Axes", lines: Sequence[Sequence[_Matrix]], cell_mm: float) -> None:
    from matplotlib.colors import Normalize

    wide_mm, top = canvas.size_mm(ax)
    top -= MARGIN_MM
    norm = Normalize(0.0, 100.0)
    for line in lines:
        left = MARGIN_MM
        for matrix in line:
            side = matrix.n_cells * cell_mm
            box = (left + matrix.left_mm, top - TITLE_MM - side, side, side)
            _draw_matrix(canvas.inset(ax, box), matrix, norm)
            left += matrix.width_mm(cell_mm)
        below = top - max(matrix.height_mm(cell_mm) for matrix in line)
        if line is lines[-1] and _is_key_beside(lines, cell_mm, wide_mm):
            room_mm, top = BESIDE_MM, top - TITLE_MM
        else:
            room_mm, left, top = wide_mm - 2 * MARGIN_MM, MARGIN_MM, below
    scale = canvas.inset(ax, (left + 2.0, top - 2.4, SCALE_LENGTH_MM, 2.4))
    canvas.draw_scale(scale, canvas.buried_map(), norm, [0.0, 25.0, 50.0, 75.0, 100.0])
    scale.set_xlabel("shared of the smaller site (%)", labelpad=1.0)
    scale.tick_params(pad=1.0)
    key, high = _key_mm(lines, room_mm)
    corner = (left, top - high)
    canvas.draw_marks_key(ax, corner, room_mm, key, apart=KEY_APART_MM)


def _draw_matrix(cells: "Axes", matrix: _Matrix, norm: "Normalize") -> None:
    from matplotlib.colors import to_rgb

    n = matrix.n_cells
    colours = canvas.buried_map()
    for row, lower in enumerate(matrix.partners[1:]):
        for column, upper in enumerate(matrix.partners[: row + 1]):
            found = matrix.rows.get(frozenset((lower, upper)))
            share = None if found is None else found["overlap_mean"]
            colour = "white" if share == 0.0 else canvas.MISSING_COLOUR
            if share:
                colour = colours(norm(100 * share))
            canvas.draw_cells(
                cells, np.array([float(column)]), np.array([row]), [colour]
            )
            if found is None or share is None:
                continue
            ink = canvas.text_colour_on(to_rgb(colour))
            is_marked = found["verdict"] in MARKS
            cells.text(
                column + 0.5,
                row + (0.2 if is_marked else 0.0),
                f"{100 * share:.0f}",
                ha="center",
                va="center",
                fontsize=6,
                color=ink,
            )
            if is_marked:
                look, _ = MARKS[found["verdict"]]
                x, y = [column + 0.5], [row - 0.24]
                cells.scatter(x, y, s=MARK_AREA_PT2, color=ink, **look)
    cells.set_xlim(0.0, n)
    cells.set_ylim(n - 0.5, -0.5)
    cells.set_axis_off()
    beside: dict[str, Any] = {
        "textcoords": "offset points",
        "fontsize": 6,
        "annotation_clip": False,
    }
    at_row: dict[str, Any] = {"xytext": (-3.0, 0.0), "ha": "right", "va": "center"}
    for row, partner in enumerate(matrix.partners[1:]):
        cells.annotate(_name(partner), (0.0, row), **at_row, **beside)
    below: dict[str, Any] = {"xytext": (0.0, -3.0), "ha": "center", "va": "top"}
    for column, partner in enumerate(matrix.partners[:-1]):
        place = (column + 0.5, n - 0.5)
        cells.annotate(_name(partner), place, **below, **beside, rotation=90)
    title = cells.set_title(matrix.title, loc="left", fontsize=7, pad=3.0)
    title.set_fontweight("bold")
    cells.set_label("overlap")
