"""Pictures of molecules: where to look from, spheres lit from the viewer's left, words and bars on them."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from il2struct.arrays import BoolArray, FloatArray, IndexArray
from il2struct.errors import ParameterError
from il2struct.figures.canvas import DPI, MM_PER_INCH, extent_mm
from il2struct.figures.options import current
from il2struct.kernels.splat import NOTHING, Buffers, PixelGrid, splat_spheres

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Shorter than this, in Å, a vector gives no direction.
NO_DIRECTION: Final = 1e-6
#: Left, bottom, right and top of a rectangle.
Box = tuple[float, float, float, float]
#: Where the light comes from: right, up, towards the viewer.
LIGHT: Final = (-0.35, 0.55, 0.76)
#: Light that is everywhere, and what a surface that faces the light gets besides.
AMBIENT: Final = 0.62
DIFFUSE: Final = 0.42
#: Surface is smoothed over this standard deviation before its normals are taken, in Å.
SMOOTHING_A: Final = 0.6
#: Hollows are darkened by how far they lie below their surroundings: reach of these and darkness
#: for each Å below, and at most.
HOLLOW_REACH_A: Final = 4.0
HOLLOW_PER_A: Final = 0.06
DARKEST_HOLLOW: Final = 0.35
#: Slopes above this (Å per Å) are the limbs of spheres and count as this.
STEEPEST: Final = 2.5
#: Neighbouring pixels whose depth differs by more than this belong to different parts, in Å.
JUMP_A: Final = 4.0
#: Darkness (0 none, 1 black) of the outline of a group, of a jump in depth inside it, and of the
#: border between two zones of it.
OUTLINE: Final = 0.85
JUMP_LINE: Final = 0.45
ZONE_LINE: Final = 0.42
#: Shades and lines of a faded group are this much weaker.
FADED: Final = 0.55
#: Shades of a picture: fewer make smaller files, more cannot be told apart.
N_SHADES: Final = 48
#: Softens the steps of lines: weights of a pixel and its neighbours in each direction.
SOFT: Final = (0.25, 0.5, 0.25)
#: Paper under text that stands on a picture.
ON_PICTURE: Final[dict[str, Any]] = {
    "facecolor": "white",
    "edgecolor": "none",
    "alpha": 0.85,
    "boxstyle": "square,pad=0.12",
}
#: Places for text that are looked at together.
TRIED_AT_ONCE: Final = 256
#: Room around text of a box, in mm.
PAD_MM: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class View:
    """
    A direction to look from: unit vectors to the right, up, and towards the viewer, one a row.

    What lies at `centre` is in the middle.
    """

    axes: FloatArray
    centre: FloatArray

    def seen(self, coords: FloatArray) -> FloatArray:
        """Return coordinates to the right, up, and towards the viewer, from the middle."""
        # Threads of a matrix product cost more than three columns are worth.
        placed: FloatArray = np.einsum("...j,kj->...k", coords - self.centre, self.axes)
        return placed


def view_along(towards: FloatArray, *, right: FloatArray, centre: FloatArray) -> View:
    """
    Look against a direction, with another one to the right as far as that goes.

    Examples
    --------
    >>> view_along(np.array([0, 0, 2.0]), right=np.array([3.0, 0, 1]), centre=np.zeros(3)).axes
    array([[1., 0., 0.],
           [0., 1., 0.],
           [0., 0., 1.]])
    """
    viewer = _unit(towards)
    across = _unit(right - (right @ viewer) * viewer)
    # Adding 0 takes the sign off zeros.
    return View(
        axes=np.array([across, np.cross(viewer, across), viewer]) + 0.0, centre=centre
    )


def _unit(vector: FloatArray) -> FloatArray:
    length = float(np.linalg.norm(vector))
    if not length > NO_DIRECTION:
        raise ParameterError(
            "a view needs two directions that are not parallel; give another one."
        )
    unit: FloatArray = vector / length
    return unit


def any_across(direction: FloatArray) -> FloatArray:
    """Return the axis of the frame that is most nearly perpendicular to a direction."""
    across: FloatArray = np.eye(3)[int(np.argmin(np.abs(direction)))]
    return across


def principal_axes(points: FloatArray) -> FloatArray:
    """Return the principal axes of points as unit vectors, one a row, the longest first."""
    around = points - points.mean(axis=0)
    _, vectors = np.linalg.eigh(around.T @ around)
    axes: FloatArray = vectors.T[::-1]
    return axes


def turned_about_first(axes: FloatArray, angle_rad: float) -> FloatArray:
    """Turn three axes, one a row, about the first of them."""
    first, second, third = axes
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    return np.array([first, cos * second + sin * third, cos * third - sin * second])


def turned_about_vertical(view: View) -> View:
    """Return the view from behind: left and right change places, up stays up."""
    return View(axes=view.axes * np.array([[-1.0], [1.0], [-1.0]]), centre=view.centre)


def innermost(mask: BoolArray, grid: PixelGrid) -> tuple[float, float] | None:
    """
    Return the place of a visible patch that is farthest from its edges, where a name stands well.

    In Å; None if nothing is seen.
    """
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return None
    top, left = int(rows[0]), int(columns[0])
    part = mask[top : int(rows[-1]) + 1, left : int(columns[-1]) + 1]
    depth = ndimage.distance_transform_edt(np.pad(part, 1))[1:-1, 1:-1]
    row, column = np.unravel_index(int(np.argmax(depth)), depth.shape)
    return (
        grid.left_a + (left + int(column) + 0.5) * grid.pixel_a,
        grid.bottom_a + (top + int(row) + 0.5) * grid.pixel_a,
    )


def free_place(
    wanted: tuple[float, float],
    size: tuple[float, float],
    taken: Sequence[Box],
    inside: Box,
) -> tuple[float, float]:
    """
    Return the centre nearest to the wanted one where a box of a size meets no other and stays inside.

    Without a free place the wanted one, moved inside.

    Examples
    --------
    >>> free_place((5.0, 5.0), (2.0, 2.0), [(4.0, 4.0, 6.0, 6.0)], (0.0, 0.0, 10.0, 10.0))
    (5.0, 3.0)
    """
    half = np.array(size) / 2
    low, high = np.array(inside[:2]) + half, np.array(inside[2:]) - half
    start = np.minimum(np.maximum(wanted, low), high)
    boxes = np.array([*taken], dtype=np.float64).reshape(-1, 4)
    # Beside, below and above what is in the way: one of these is the nearest free place.
    beside = [
        np.clip(np.concatenate([[s], near - h, far + h]), least, most)
        for s, near, far, h, least, most in zip(
            start, boxes.T[:2], boxes.T[2:], half, low, high, strict=True
        )
    ]
    x, y = (each.ravel() for each in np.meshgrid(*map(np.unique, beside)))
    order = np.lexsort((x, y, (x - start[0]) ** 2 + (y - start[1]) ** 2))
    slack = 1e-9
    for first in range(0, len(order), TRIED_AT_ONCE):
        own = order[first : first + TRIED_AT_ONCE]
        places = np.column_stack([x[own], y[own]])[:, np.newaxis]
        apart = (places - half >= boxes[:, 2:] - slack) | (
            boxes[:, :2] >= places + half - slack
        )
        free = np.flatnonzero(np.all(np.any(apart, axis=2), axis=1))
        if len(free):
            return float(x[own[free[0]]]), float(y[own[free[0]]])
    return float(start[0]), float(start[1])


def square(place: Sequence[float] | FloatArray, half: float) -> Box:
    """Return the square around a place, given half its side."""
    x, y = map(float, place)
    return x - half, y - half, x + half, y + half


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Spheres:
    """
    What is looked at: `n` centres to the right, up, and towards the viewer, and radii, in Å.

    `labels` are rows in `Parts`.
    """

    centres: FloatArray
    radii: FloatArray
    labels: IndexArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Parts:
    """
    What the labels of a picture mean, one element for each.

    Parts of one group have an outline in common, its zones are divided by fine lines; shades and
    lines of faded parts are weaker.
    """

    colours: tuple[str, ...]
    group: IndexArray
    zone: IndexArray
    is_faded: BoolArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Picture:
    """Pixels, shape=(n_rows, n_columns, 3) with row 0 the lowest, and what is seen in each."""

    rgb: npt.NDArray[np.uint8]
    buffers: Buffers

    def visible(self, labels: Sequence[int] | IndexArray) -> BoolArray:
        """Mask of the pixels that show one of some parts."""
        mask: BoolArray = np.isin(self.buffers.label, np.asarray(labels))
        return mask


def pixel_grid(
    box_a: tuple[float, float, float, float], width_mm: float, *, dpi: float = DPI
) -> PixelGrid:
    """
    Choose pixels for a window in Å that is so wide on paper.

    Examples
    --------
    >>> pixel_grid((0.0, 183.0, 0.0, 91.5), 183.0).n_columns
    2161
    """
    left, right, bottom, top = box_a
    n_columns = max(1, round(width_mm * current().type_scale / MM_PER_INCH * dpi))
    pixel = (right - left) / n_columns
    return PixelGrid(
        left_a=left,
        bottom_a=bottom,
        pixel_a=pixel,
        n_rows=max(1, round((top - bottom) / pixel)),
        n_columns=n_columns,
    )


def seen(spheres: Spheres, grid: PixelGrid) -> Buffers:
    """Find what is in front in each pixel."""
    return splat_spheres(spheres.centres, spheres.radii, spheres.labels, grid)


def shades_of(buffers: Buffers, facing: FloatArray | None = None) -> FloatArray:
    """
    Light every pixel: 1 is the plain colour, and where there is nothing; less is darker.

    `facing` is the cosine between each surface and the light, by default that of the depth.
    """
    is_solid = buffers.label != NOTHING
    if not is_solid.any():
        return np.ones(buffers.depth_a.shape)
    pixel = buffers.grid.pixel_a
    if facing is None:
        facing = _facing_light(buffers.depth_a, is_solid, pixel)
    dark = _hollows(buffers.depth_a, is_solid, pixel)
    shades: FloatArray = np.where(is_solid, AMBIENT + DIFFUSE * facing - dark, 1.0)
    return shades


def _facing_light(depth: FloatArray, is_solid: BoolArray, pixel_a: float) -> FloatArray:
    """Cosine between the smoothed normal and the light; 0 if the surface turns away."""
    sigma = SMOOTHING_A / pixel_a
    weight = ndimage.gaussian_filter(is_solid.astype(np.float64), sigma, truncate=3.0)
    weight = np.maximum(weight, 1e-6)
    right, up = (
        ndimage.gaussian_filter(
            _slope(depth, is_solid, axis, pixel_a), sigma, truncate=3.0
        )
        / weight
        for axis in (1, 0)
    )
    x, y, z = LIGHT
    facing: FloatArray = (z - x * right - y * up) / np.sqrt(1.0 + right**2 + up**2)
    return np.clip(facing / math.sqrt(x * x + y * y + z * z), 0.0, 1.0)


def _slope(
    depth: FloatArray, is_solid: BoolArray, axis: int, pixel_a: float
) -> FloatArray:
    """Rise of the surface along an axis in Å per Å; steps from one body to another left out."""
    here, there = _neighbours(axis)
    both = is_solid[here] & is_solid[there]
    step = np.zeros(both.shape)
    np.subtract(depth[there], depth[here], out=step, where=both)
    # A step from one body to another is no slope.
    both &= np.abs(step) < JUMP_A
    step = np.where(both, np.clip(step / pixel_a, -STEEPEST, STEEPEST), 0.0)
    total, count = np.zeros(depth.shape), np.zeros(depth.shape)
    total[here] += step
    total[there] += step
    count[here] += both
    count[there] += both
    slope: FloatArray = total / np.maximum(count, 1.0)
    return slope


def _neighbours(axis: int) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """All pixels but the last along an axis, and those that follow them."""
    every, all_but_last, all_but_first = slice(None), slice(-1), slice(1, None)
    if axis == 0:
        return (all_but_last, every), (all_but_first, every)
    return (every, all_but_last), (every, all_but_first)


def _hollows(depth: FloatArray, is_solid: BoolArray, pixel_a: float) -> FloatArray:
    """How much darker a pixel is because its surroundings stand out above it."""
    # Three boxes of this width make a bell of that standard deviation, at any width as quickly.
    width = max(1, round(2.0 * HOLLOW_REACH_A / pixel_a))
    lowest = float(depth[is_solid].min())
    around = np.where(is_solid, depth - lowest, 0.0)
    weight = is_solid.astype(np.float64)
    for _ in range(3):
        around = ndimage.uniform_filter(around, width, mode="constant")
        weight = ndimage.uniform_filter(weight, width, mode="constant")
    below = around / np.maximum(weight, 1e-6) - np.where(is_solid, depth - lowest, 0.0)
    dark: FloatArray = np.clip(HOLLOW_PER_A * below, 0.0, DARKEST_HOLLOW)
    return dark


def painted(
    buffers: Buffers, shades: FloatArray, parts: Parts, *, jump_a: float = JUMP_A
) -> Picture:
    """Colour what is seen by what the labels mean, shade it, and draw outlines and jumps in depth."""
    if not parts.colours:
        blank = np.full((*buffers.label.shape, 3), 255, dtype=np.uint8)
        return Picture(rgb=blank, buffers=buffers)
    faded = np.append(parts.is_faded, False)[buffers.label]  # of nothing
    light = np.where(faded, 1.0 + (1.0 - FADED) * (shades - 1.0), shades)
    light = light * (1.0 - _lines(buffers, parts, jump_a))
    light = np.rint(light * N_SHADES) / N_SHADES
    # The last row is the paper, where NOTHING points.
    channels = [[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in parts.colours]
    table = np.array([*channels, (255.0, 255.0, 255.0)])
    rgb = table[buffers.label] * light[..., np.newaxis]
    return Picture(rgb=np.clip(np.rint(rgb), 0, 255).astype(np.uint8), buffers=buffers)


def _lines(buffers: Buffers, parts: Parts, jump_a: float) -> FloatArray:
    """Darkness of the lines in each pixel, 0 to 1."""
    label = buffers.label
    group = np.append(parts.group, NOTHING)[label]
    zone = np.append(parts.zone, NOTHING)[label]
    faded = np.append(parts.is_faded, True)[label]  # of nothing
    dark = np.zeros(label.shape)
    for axis in (0, 1):
        here, there = _neighbours(axis)
        other_group = group[here] != group[there]
        with np.errstate(invalid="ignore"):
            jumps = np.abs(buffers.depth_a[here] - buffers.depth_a[there]) > jump_a
        found = np.where(
            other_group,
            OUTLINE,
            np.where(
                jumps, JUMP_LINE, np.where(zone[here] != zone[there], ZONE_LINE, 0.0)
            ),
        )
        # A faded group draws its lines as weakly against another as against the paper.
        found = np.where(faded[here] & faded[there], FADED * found, found)
        dark[here] = np.maximum(dark[here], found)
        dark[there] = np.maximum(dark[there], found)
    for axis in (0, 1):
        dark = ndimage.correlate1d(dark, SOFT, axis=axis, mode="nearest")
    return dark


def picture_of(spheres: Spheres, parts: Parts, grid: PixelGrid) -> Picture:
    """Draw spheres: find what is in front, light it, colour it."""
    buffers = seen(spheres, grid)
    return painted(buffers, shades_of(buffers), parts)


def show(ax: "Axes", picture: Picture) -> None:
    """Put a picture into an axes whose units are Å, without frame or ticks."""
    from il2struct.figures.sharp_image import SharpImage

    left, right, bottom, top = picture.buffers.grid.extent_a
    image = SharpImage(ax, origin="lower", extent=(left, right, bottom, top), zorder=0)
    image.set_data(picture.rgb)
    image.set_clip_path(ax.patch)
    ax.add_image(image)
    ax.set_xlim(left, right)
    ax.set_ylim(bottom, top)
    ax.set_axis_off()


def text_size_mm(ax: "Axes", text: str, *, fontsize: float) -> tuple[float, float]:
    """Measure text as it is going to be drawn, in mm, with the room of a box around it."""
    artist = ax.text(0.0, 0.0, text, fontsize=fontsize)
    width, height = extent_mm(artist, ax)
    artist.remove()
    return width + 2 * PAD_MM, height + 2 * PAD_MM


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TextRoom:
    """
    Where text may stand, in units of an axes, `per_mm` of them in a mm on paper.

    It may not leave `inside`, nor lie on what is `taken`, to which `write_near` adds.
    """

    ax: "Axes"
    inside: Box
    per_mm: float
    taken: list[Box] = field(default_factory=list)


def keep_off(
    room: TextRoom, ends: FloatArray, parts: Iterable[float], half: float
) -> None:
    """Keep text off a line: off squares, half a side given, at parts of its length."""
    room.taken.extend(
        square(ends[0] + part * (ends[1] - ends[0]), half) for part in parts
    )


def write_near(
    room: TextRoom,
    wanted: tuple[float, float],
    text: str,
    look: Mapping[str, Any],
    *,
    apart_mm: float = 0.0,
) -> Box:
    """Write text as near to a place as what stands there allows."""
    width, height = text_size_mm(room.ax, text, fontsize=look["fontsize"])
    size = ((width + apart_mm) * room.per_mm, height * room.per_mm)
    x, y = free_place(wanted, size, room.taken, room.inside)
    box = (x - size[0] / 2, y - size[1] / 2, x + size[0] / 2, y + size[1] / 2)
    room.taken.append(box)
    room.ax.text(x, y, text, ha="center", va="center", **look)
    return box


def draw_scale_bar(
    strip: "Axes", start_mm: tuple[float, float], long_mm: float
) -> None:
    """Draw a level bar from its left end, in mm."""
    x, y = start_mm
    strip.plot(
        [x, x + long_mm],
        [y, y],
        color="black",
        linewidth=1.6,
        solid_capstyle="butt",
        label="scale bar",
    )
