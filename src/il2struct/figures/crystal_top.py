"""The crystal lattice seen from above: a row of complexes, its neighbours, and where they touch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from il2struct.figures import crystal_row
from il2struct.figures.canvas import DPI, inset, size_mm, text_width_mm, width_mm
from il2struct.figures.drawing import Drawing, file_stem, framed
from il2struct.figures.picture import (
    ON_PICTURE,
    Picture,
    TextRoom,
    View,
    innermost,
    picture_of,
    pixel_grid,
    seen,
    show,
    square,
    turned_about_first,
    write_near,
)
from il2struct.figures.words import member_name, plain
from il2struct.lattice.measure import MeasuredContact
from il2struct.lattice.operators import require_crystal
from il2struct.palette import Palette
from il2struct.structure.complexes import Member

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

#: Strips above and below the picture, and its edges, in mm.
ABOVE_MM: Final = 7.0
BELOW_MM: Final = crystal_row.STRIP_MM
EDGE_MM: Final = 2.0
#: Height of the figure at 183 mm width, in mm.
HEIGHT_MM: Final = 100.0
#: The window shows so many repeats, but is no narrower or wider than this, in Å.
REPEATS_SHOWN: Final = 4.0
NARROWEST_A: Final = 150.0
WIDEST_A: Final = 420.0
#: Narrower figures show less of the row, down to this part of it, and are that high at least.
LEAST_SCALE: Final = 0.62
#: Turns about the row that are tried, in degrees, either way; what a degree costs in the share of the
#: contact that is seen; pixels per inch where a mm stands for an Å.
TURNS_DEG: Final = (20, 40, 140, 160)
TURNING: Final = 0.001
LOOK_DPI: Final = 16.0
#: Room between two areas above the picture, in mm; each stands over its circle, so that words that
#: fill more of the width would meet.
LABEL_APART_MM: Final = 3.0
CROWDED: Final = 0.7
#: Type of names, in points.
NAME_PT: Final = 6.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """A contact that is seen: a circle as large as its buried area, at a place of the view in Å."""

    measured: MeasuredContact
    first: crystal_row.Placed
    second: crystal_row.Placed
    x_a: float
    y_a: float
    radius_a: float
    is_labelled: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Lattice:
    """Units and contacts in a window around the middle of a view, half of whose size is given."""

    row: crystal_row.CrystalRow
    view: View
    half_width_a: float
    half_height_a: float
    units: tuple[crystal_row.Placed, ...]
    patches: tuple[Patch, ...]

    @property
    def window(self) -> tuple[float, float, float, float]:
        """Left, right, bottom and top in Å."""
        x, y = self.half_width_a, self.half_height_a
        return -x, x, -y, y


def lattice_view(
    measured: Sequence[MeasuredContact],
    *,
    palette: Palette | None = None,
    width: str | float = "double",
    dpi: float = DPI,
) -> Drawing:
    """
    Prepare the crystal of an entry as seen from above.

    Parameters
    ----------
    measured : sequence of MeasuredContact
        All contacts of one entry: ``measured_contacts(study.named)``.
    palette : Palette, optional
    width : str or float
    dpi : float
        Pixels per inch of the picture; fewer make a smaller file.

    Returns
    -------
    Drawing

    Raises
    ------
    ParameterError
        If no contact joins two complexes, or the width is not known.
    """
    wide = width_mm(width)
    height = HEIGHT_MM * max(wide / width_mm("double"), LEAST_SCALE)
    row = crystal_row.crystal_row(measured)
    view, turn = contact_view(row)
    content = _content(row, view, (wide, height))
    turned = (
        f", turned by {turn}° about the row so that both sides are seen" if turn else ""
    )
    entry_id = row.named.entry.entry_id
    crystal = require_crystal(row.named.entry)
    a, b, c = crystal.cell_a
    alpha, beta, gamma = crystal.cell_deg
    n_drawn = len({p.key for p in content.units})
    n_central = sum(placed.is_central for placed in content.units)
    area, n = crystal_row.area_of(row.chosen), len(content.patches)
    return Drawing(
        name=file_stem("lattice_view", entry_id),
        kind="lattice_view",
        title=f"Crystal lattice of {plain(entry_id)} from above",
        alt=(
            f"A row of {n_central} complexes of the crystal of {plain(entry_id)} with "
            f"{len(content.units) - n_central} paler neighbours; {n} {'circle marks' if n == 1 else 'circles mark'} "
            f"the {crystal_row.contact_words(row.chosen)} contact of {area:.0f} Å² per side. {crystal_row.repeat_words(row)}"
        ),
        caption=(
            f"Crystal lattice of {plain(entry_id)}, not a membrane array: space group "
            f"{plain(crystal.space_group)}, cell {a:.1f} × {b:.1f} × {c:.1f} Å, {alpha:.1f}, {beta:.1f}, "
            f"{gamma:.1f}°. View along the normal of the plane spanned by the repeat and "
            f"the shortest lattice translation that is not parallel to it{turned}; the chain runs to the right "
            f"({'from γc to IL-2Rα′' if crystal_row.is_reversed(row.chosen) else 'from side 1 to side 2'}). Followed: "
            f"{row.reason}: {crystal_row.copy_words(row)}. {crystal_row.repeat_words(row)} The central row has full colours, "
            f"its images by the second translation ({float(np.linalg.norm(row.second_a)):.1f} Å) are "
            f"paler; complexes of other layers are left out ({n_drawn} drawn). Circles, of the buried "
            "area, mark the contact where both partners are drawn; ′ marks a partner in the next "
            "complex. Heavy atoms as balls of ProtOr radii, glycans in the colour of their chain. "
            f"Scale bar {crystal_row.SCALE_BAR_A:g} Å. Packing in a crystal is no evidence of a network on a cell."
        ),
        table=_table(content),
        width=width,
        height_mm=height,
        # Into an axes of another size fits another part of the crystal.
        paint=lambda ax: _draw(
            ax,
            _content(row, view, size_mm(ax)),
            (palette or Palette()).of_chains(row.named),
            dpi,
        ),
    )


def contact_view(row: crystal_row.CrystalRow) -> tuple[View, int]:
    """
    Turn the view from above about the row until both sides of the followed contact are seen.

    Returns the view and by how many degrees it is turned.
    """
    above = crystal_row.top_view(row)

    def turned(degrees: int) -> View:
        axes = turned_about_first(above.axes, np.radians(degrees))
        return View(axes=axes, centre=above.centre)

    turns = (0, *(sign * turn for turn in TURNS_DEG for sign in (1, -1)), 180)
    best = max(
        turns, key=lambda turn: _share_seen(row, turned(turn)) - TURNING * abs(turn)
    )
    return (turned(best), best) if best else (above, 0)


def _share_seen(row: crystal_row.CrystalRow, view: View) -> float:
    """Of the circles of the contact the part that shows the side that is seen least."""
    half = crystal_row.half_width_a(row, 1.0, 1.0, (NARROWEST_A, WIDEST_A))
    units = [
        unit for unit in crystal_row.units_in(row, view, half, half) if unit.is_central
    ]
    patches = [p for p in _patches_in(row, view, units, (half, half)) if p.is_labelled]
    spheres, labels = crystal_row.spheres_of(row, units, view)
    grid = pixel_grid((-half, half, -half, half), 2 * half, dpi=LOOK_DPI)
    label = seen(spheres, grid).label
    centres = -half + (np.arange(grid.n_columns) + 0.5) * grid.pixel_a
    shares = []
    for patch in patches:
        x, y = centres - patch.x_a, centres[: grid.n_rows, np.newaxis] - patch.y_a
        inside = label[x**2 + y**2 < patch.radius_a**2]
        contact = patch.measured.contact
        sides = ((patch.first, contact.member_1), (patch.second, contact.member_2))
        shares.append(min(float((inside == labels.index(s)).mean()) for s in sides))
    return min(shares, default=0.0)


def _content(
    row: crystal_row.CrystalRow, view: View, size: tuple[float, float]
) -> _Lattice:
    wide, high = _picture_mm(size)
    part = max(wide / width_mm("double"), LEAST_SCALE)
    half_width = crystal_row.half_width_a(
        row, REPEATS_SHOWN * part, 2.5, (NARROWEST_A * part, WIDEST_A)
    )
    half_height = half_width * high / wide
    units = crystal_row.units_in(row, view, half_width, half_height)
    return _Lattice(
        row=row,
        view=view,
        half_width_a=half_width,
        half_height_a=half_height,
        units=units,
        patches=_patches_in(row, view, units, (half_width, half_height)),
    )


def _picture_mm(size: tuple[float, float]) -> tuple[float, float]:
    width, height = size
    return max(width - 2 * EDGE_MM, 1.0), max(height - ABOVE_MM - BELOW_MM, 1.0)


def _table(content: _Lattice) -> "pd.DataFrame":
    rows = [
        {
            **crystal_row.contact_columns(patch.measured),
            "x_a": patch.x_a,
            "y_a": patch.y_a,
            "is_labelled": patch.is_labelled,
            **crystal_row.end_columns(content.row, patch.first, contact.member_1, 1),
            **crystal_row.end_columns(content.row, patch.second, contact.member_2, 2),
        }
        for patch in content.patches
        for contact in [patch.measured.contact]
    ]
    return framed("figure_lattice_view", rows)


def _draw(
    ax: "Axes", content: _Lattice, colours: Mapping[str, str], dpi: float
) -> None:
    from matplotlib.patches import Circle

    wide, high = _picture_mm(size_mm(ax))
    shown = inset(ax, (EDGE_MM, BELOW_MM, wide, high))
    shown.set_label("lattice")
    spheres, labels = crystal_row.spheres_of(content.row, content.units, content.view)
    grid = pixel_grid(content.window, wide, dpi=dpi)
    picture = picture_of(spheres, crystal_row.chain_parts(labels, colours), grid)
    show(shown, picture)
    a_per_mm = 2 * content.half_width_a / wide
    for patch in content.patches:
        middle = (patch.x_a, patch.y_a)
        for colour, line, label in (("white", 2.4, "_halo"), ("black", 1.0, "_patch")):
            circle = Circle(middle, patch.radius_a, fill=False, label=label)
            circle.set(edgecolor=colour, linewidth=line)
            shown.add_patch(circle)
    _names(shown, content, picture, labels, a_per_mm)
    _patch_labels(ax, content, a_per_mm)
    pale = [n for n, (placed, _) in enumerate(labels) if not placed.is_central]
    others = "pale: other rows" if picture.visible(pale).any() else ""
    notes = ("circle: area of contact", others)
    crystal_row.draw_strip(ax, content.row, a_per_mm, notes)


def _names(
    ax: "Axes",
    content: _Lattice,
    picture: Picture,
    labels: Sequence[crystal_row.Label],
    a_per_mm: float,
) -> None:
    """Name each chain once: in the complex nearest to the middle, and its partners with a prime."""
    left, right, bottom, top = content.window
    circles = [square((p.x_a, p.y_a), p.radius_a) for p in content.patches]
    half = 0.5 * a_per_mm
    lines = [
        (p.x_a - half, p.y_a, p.x_a + half, top)
        for p in content.patches
        if p.is_labelled
    ]
    inside = (left, bottom, right, top)
    room = TextRoom(ax=ax, inside=inside, per_mm=a_per_mm, taken=[*circles, *lines])
    look = {"fontsize": NAME_PT, "bbox": ON_PICTURE}
    for number, text in _named_chains(content, labels):
        place = innermost(picture.visible([number]), picture.buffers.grid)
        if place is not None:
            write_near(room, place, text, look)


def _named_chains(
    content: _Lattice, labels: Sequence[crystal_row.Label]
) -> list[tuple[int, str]]:
    """Labels of the picture that get names, and the names."""
    marked = [p for p in content.patches if p.is_labelled]
    homes: dict[str, crystal_row.Placed] = {}
    partners: set[tuple[object, Member]] = set()
    for patch in marked:
        pair = [
            (patch.first, patch.measured.contact.member_1),
            (patch.second, patch.measured.contact.member_2),
        ]
        if crystal_row.is_reversed(patch.measured):
            pair.reverse()
        homes.setdefault(pair[0][0].unit.unit_id, pair[0][0])
        partners.add((pair[1][0].key, pair[1][1]))
    if not homes:
        homes = {p.unit.unit_id: p for p in content.units[:1]}
    found = []
    for number, (placed, member) in enumerate(labels):
        home = homes.get(placed.unit.unit_id)
        if home is not None and home.key == placed.key:
            found.append((number, member_name(content.row.named, member)))
        elif (placed.key, member) in partners:
            found.append((number, f"{member_name(content.row.named, member)}′"))
    return found


def _patch_labels(ax: "Axes", content: _Lattice, a_per_mm: float) -> None:
    """Areas above the picture, joined to their circles."""
    from matplotlib.transforms import Affine2D

    width, height = size_mm(ax)
    inside = (EDGE_MM, height - ABOVE_MM, width - EDGE_MM, height)
    room = TextRoom(ax=ax, inside=inside, per_mm=1.0)
    in_mm = Affine2D().scale(1.0 / width, 1.0 / height) + ax.transAxes
    look = {"fontsize": NAME_PT, "transform": in_mm}
    labelled = [patch for patch in content.patches if patch.is_labelled]
    areas = [f"{crystal_row.area_of(patch.measured):.0f} Å²" for patch in labelled]
    texts = [
        f"{crystal_row.contact_words(patch.measured)}: {area} per side"
        for patch, area in zip(labelled, areas, strict=True)
    ]
    wide = sum(text_width_mm(text, NAME_PT) + 2 * LABEL_APART_MM for text in texts)
    if len(texts) > 1 and wide > CROWDED * width:  # the caption has the words
        texts = areas
    for patch, text in zip(labelled, texts, strict=True):
        x_mm = EDGE_MM + (patch.x_a + content.half_width_a) / a_per_mm
        y_mm = (
            BELOW_MM + (patch.y_a + patch.radius_a + content.half_height_a) / a_per_mm
        )
        wanted = (x_mm, height - ABOVE_MM / 2)
        _, below, _, _ = write_near(room, wanted, text, look, apart_mm=LABEL_APART_MM)
        for colour, line in (("white", 1.8), ("black", 0.6)):
            ax.plot(
                [x_mm, x_mm],
                [below, y_mm],
                color=colour,
                linewidth=line,
                transform=in_mm,
                zorder=6,
                clip_on=False,
            )


def _patches_in(
    row: crystal_row.CrystalRow,
    view: View,
    units: Sequence[crystal_row.Placed],
    half: tuple[float, float],
) -> tuple[Patch, ...]:
    """
    Find the contacts of a row whose two units are drawn and whose circle lies in the window.

    The window is given by half its width and height in Å. From left to right; of each contact
    the circle nearest to the middle has its label.
    """
    there = {placed.key: placed for placed in units if placed.is_central}
    found: list[Patch] = []
    for measured in row.copies:
        contact = measured.contact
        centre = crystal_row.patch_centre(measured)
        radius = float(np.sqrt(crystal_row.area_of(measured) / np.pi))
        for placed in there.values():
            if placed.unit.unit_id != contact.unit_1.unit_id:
                continue
            beside = row.group.composed(placed.placement, contact.placement_2)
            other = there.get((contact.unit_2.unit_id, beside))
            x, y, _ = view.seen(crystal_row.moved(row, placed, centre)).tolist()
            if other is None or abs(x) + radius > half[0] or abs(y) + radius > half[1]:
                continue
            patch = Patch(
                measured=measured,
                first=placed,
                second=other,
                x_a=x,
                y_a=y,
                radius_a=radius,
                is_labelled=False,
            )
            found.append(patch)
    found.sort(key=lambda p: (round(p.x_a, 3), round(p.y_a, 3)))
    labelled = {
        min(
            (n for n, patch in enumerate(found) if patch.measured is measured),
            key=lambda n: abs(found[n].x_a),
            default=-1,
        )
        for measured in row.copies
    }
    return tuple(replace(p, is_labelled=n in labelled) for n, p in enumerate(found))
