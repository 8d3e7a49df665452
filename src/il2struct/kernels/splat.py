"""Spheres seen along one axis: which one is in front in each pixel, and how near it comes."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from il2struct.arrays import FloatArray, IndexArray, checked_coordinates, checked_radii
from il2struct.errors import ParameterError
from il2struct.kernels._numba import kernel, read_only

#: Label of pixels that no sphere covers.
NOTHING = -1
#: More pixels than this in one picture are a slip.
LARGEST_PICTURE = 200_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PixelGrid:
    """Where the pixels of a picture lie: lower left corner and edge in Å; row 0 is the lowest."""

    left_a: float
    bottom_a: float
    pixel_a: float
    n_rows: int
    n_columns: int

    def __post_init__(self) -> None:
        """Refuse grids without pixels, and those that would fill the memory."""
        numbers = (self.left_a, self.bottom_a, self.pixel_a)
        if not all(math.isfinite(x) for x in numbers) or self.pixel_a <= 0.0:
            raise ParameterError(
                f"a picture needs a finite corner and a positive pixel size in Å, not {numbers}."
            )
        if min(self.n_rows, self.n_columns) < 1 or (
            self.n_rows * self.n_columns > LARGEST_PICTURE
        ):
            raise ParameterError(
                f"a picture has 1 to {LARGEST_PICTURE} pixels, not "
                f"{self.n_rows} × {self.n_columns}; check its size and resolution."
            )

    @property
    def extent_a(self) -> tuple[float, float, float, float]:
        """Left, right, bottom and top edge in Å."""
        return (
            self.left_a,
            self.left_a + self.n_columns * self.pixel_a,
            self.bottom_a,
            self.bottom_a + self.n_rows * self.pixel_a,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Buffers:
    """
    What is seen in each pixel, shape=(n_rows, n_columns).

    `depth_a` is how near the surface comes to the viewer (third coordinate), -inf where there is
    none; `label` that of the sphere in front, `NOTHING` where there is none.
    """

    depth_a: FloatArray
    label: IndexArray
    grid: PixelGrid


def splat_spheres(
    centres: npt.ArrayLike,
    radii: npt.ArrayLike,
    labels: npt.ArrayLike,
    grid: PixelGrid,
) -> Buffers:
    """
    Look at spheres along the third axis and keep what is in front of each pixel's centre.

    Centres are to the right, up, and towards the viewer. Labels, 0 or more, tell what each sphere
    belongs to; of surfaces at the same depth the smaller label is kept, so that the result does
    not depend on the order of the spheres.

    Examples
    --------
    >>> grid = PixelGrid(left_a=-2.0, bottom_a=-1.0, pixel_a=1.0, n_rows=2, n_columns=4)
    >>> splat_spheres([[0, 0, 0]], [1.2], [5], grid).label.tolist()
    [[-1, 5, 5, -1], [-1, 5, 5, -1]]
    """
    places = read_only(checked_coordinates(centres))
    sizes = read_only(checked_radii(radii, len(places)))
    marks = np.ascontiguousarray(labels, dtype=np.int64)
    if marks.shape != (len(places),) or marks.min(initial=0) < 0:
        raise ParameterError(
            f"labels must be {len(places)} integers of 0 or more, one for each sphere."
        )
    depth = np.full((grid.n_rows, grid.n_columns), -np.inf)
    label = np.full((grid.n_rows, grid.n_columns), NOTHING, dtype=np.int64)
    _splat(
        places,
        sizes,
        read_only(marks),
        (grid.left_a, grid.bottom_a, grid.pixel_a),
        depth,
        label,
    )
    return Buffers(depth_a=depth, label=label, grid=grid)


@kernel()
def _splat(
    centres: FloatArray,
    radii: FloatArray,
    labels: IndexArray,
    corner_and_pixel: tuple[float, float, float],
    depth: FloatArray,
    label: IndexArray,
) -> None:
    left, bottom, pixel = corner_and_pixel
    n_rows, n_columns = depth.shape
    for k in range(len(radii)):
        x, y, z = centres[k, 0] - left, centres[k, 1] - bottom, centres[k, 2]
        square = radii[k] * radii[k]
        first_row = max(0, math.floor((y - radii[k]) / pixel))
        last_row = min(n_rows - 1, math.floor((y + radii[k]) / pixel))
        for row in range(first_row, last_row + 1):
            up = (row + 0.5) * pixel - y
            rest = square - up * up
            if rest <= 0.0:
                continue
            reach = math.sqrt(rest)
            first = max(0, math.floor((x - reach) / pixel))
            last = min(n_columns - 1, math.floor((x + reach) / pixel))
            for column in range(first, last + 1):
                right = (column + 0.5) * pixel - x
                high = rest - right * right
                if high <= 0.0:
                    continue
                near = z + math.sqrt(high)
                there = depth[row, column]
                if near > there or (near == there and labels[k] < label[row, column]):
                    depth[row, column] = near
                    label[row, column] = labels[k]
