"""Light, colour and outlines of pictures, and where names go."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from il2struct.errors import ParameterError
from il2struct.figures.picture import (
    Parts,
    Spheres,
    any_across,
    free_place,
    innermost,
    picture_of,
    pixel_grid,
    principal_axes,
    seen,
    shades_of,
    turned_about_vertical,
    view_along,
)
from il2struct.kernels.splat import NOTHING, PixelGrid

WINDOW = (0.0, 40.0, 0.0, 30.0)


def overlap(one, other):
    """Whether two boxes share more than an edge."""
    return all(
        one[k] < other[k + 2] - 1e-9 and other[k] < one[k + 2] - 1e-9 for k in (0, 1)
    )


def frozen(array):
    found = np.array(array)
    found.setflags(write=False)
    return found


def cloud(n=400, seed=1):
    """A blob of atoms on a grid of 1/64 Å, in four chains from left to right."""
    rng = np.random.default_rng(seed)
    centres = np.round(rng.uniform((5, 5, 0), (33, 24, 9), (n, 3)) * 64) / 64
    return Spheres(
        centres=frozen(centres),
        radii=frozen(np.full(n, 1.75)),
        labels=frozen(np.minimum((centres[:, 0] // 8).astype(int), 3)),
    )


def parts(faded=(False,) * 4, zone=(0, 1, 2, 3), group=(0, 1, 2, 3)):
    return Parts(
        colours=("#882255", "#0077BB", "#88CCEE", "#EE7733"),
        group=frozen(group),
        zone=frozen(zone),
        is_faded=frozen(faded),
    )


def grid_of(n_columns=160, left=0.0, bottom=0.0):
    return PixelGrid(
        left_a=left,
        bottom_a=bottom,
        pixel_a=0.25,
        n_rows=120,
        n_columns=n_columns,
    )


def test_pixels_follow_from_width_and_resolution():
    grid = pixel_grid((-100.0, 100.0, -50.0, 50.0), 183.0)
    assert (grid.n_columns, grid.n_rows) == (2161, 1080)
    assert grid.extent_a == pytest.approx((-100.0, 100.0, -50.0, 50.0), abs=0.1)


def test_a_picture_moves_by_whole_pixels_and_knows_no_order():
    spheres = cloud()
    here = picture_of(spheres, parts(), grid_of())
    moved = picture_of(spheres, parts(), grid_of(left=-2.0, bottom=-1.0))
    # 8 columns and 4 rows on; the border of the picture has no outside to be lit by.
    inner = here.rgb[20:90, 20:130]
    assert np.array_equal(inner, moved.rgb[24:94, 28:138])
    order = np.random.default_rng(3).permutation(len(spheres.radii))
    mixed = Spheres(
        centres=spheres.centres[order],
        radii=spheres.radii[order],
        labels=spheres.labels[order],
    )
    assert np.array_equal(picture_of(mixed, parts(), grid_of()).rgb, here.rgb)


def test_every_chain_owns_pixels_in_its_colour():
    picture = picture_of(cloud(), parts(), grid_of())
    for label, colour in enumerate(parts().colours):
        mine = picture.rgb[picture.visible([label])].astype(float)
        assert len(mine) > 500
        wanted = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)])
        # Shading scales all channels alike: the direction of the colour stays.
        bright = mine[mine.sum(axis=1) >= 0.7 * wanted.sum()]
        assert len(bright) > 50
        cosine = bright @ wanted / np.linalg.norm(bright, axis=1)
        assert (cosine / np.linalg.norm(wanted)).min() > 0.995


def test_paper_is_white_and_nothing_gives_paper():
    picture = picture_of(cloud(), parts(), grid_of())
    empty = picture.buffers.label == NOTHING
    corner = picture.rgb[:8, :8]
    assert empty[:8, :8].all()
    assert (corner == 255).all()
    none = Spheres(centres=np.zeros((0, 3)), radii=np.zeros(0), labels=np.zeros(0, int))
    nothing = Parts(
        colours=(),
        group=np.zeros(0, int),
        zone=np.zeros(0, int),
        is_faded=np.zeros(0, bool),
    )
    assert (picture_of(none, nothing, grid_of()).rgb == 255).all()


def test_a_sphere_is_lit_from_the_upper_left_and_hollows_are_dark():
    one = Spheres(
        centres=np.array([[20.0, 15.0, 0.0]]),
        radii=np.array([10.0]),
        labels=np.array([0]),
    )
    shades = shades_of(seen(one, grid_of()))
    assert shades[76, 68] > shades[44, 92] + 0.2
    # A floor of balls with a deep pit in the middle.
    xs, ys = np.meshgrid(np.arange(2.0, 38.0), np.arange(2.0, 28.0))
    z = np.where((abs(xs - 20) < 4) & (abs(ys - 15) < 4), -8.0, 0.0)
    floor = Spheres(
        centres=np.column_stack([xs.ravel(), ys.ravel(), z.ravel()]),
        radii=np.full(xs.size, 1.2),
        labels=np.zeros(xs.size, int),
    )
    shades = shades_of(seen(floor, grid_of()))
    assert shades[52:68, 72:88].mean() < shades[40:80, 20:40].mean() - 0.15


def test_outlines_stand_between_groups_and_are_weaker_where_faded():
    def darkest(**options):
        two = Spheres(
            centres=np.array([[16.0, 15.0, 0.0], [24.0, 15.0, 0.1]]),
            radii=np.array([6.0, 6.0]),
            labels=np.array([0, 1]),
        )
        rgb = picture_of(two, parts(**options), grid_of()).rgb.astype(float)
        plain = np.array([[0x88, 0x22, 0x55], [0x00, 0x77, 0xBB]]).sum(axis=1).min()
        return rgb[60, 60:100].sum(axis=1).min() / plain

    outline = darkest()
    zone = darkest(group=(0, 0, 0, 0))
    neither = darkest(group=(0, 0, 0, 0), zone=(0, 0, 0, 0))
    faded = darkest(faded=(True, True, False, False))
    assert outline < zone < neither
    assert outline < faded - 0.15


@settings(max_examples=100)
@given(
    st.lists(st.tuples(st.floats(0, 90), st.floats(0, 90)), max_size=6),
    st.tuples(st.floats(0, 100), st.floats(0, 100)),
)
def test_boxes_find_a_free_place_inside(corners, wanted):
    taken = [(x, y, x + 10.0, y + 10.0) for x, y in corners]
    x, y = free_place(wanted, (8.0, 4.0), taken, (0.0, 0.0, 100.0, 100.0))
    assert 4.0 <= x <= 96.0
    assert 2.0 <= y <= 98.0
    # Six boxes of 10 × 10 never fill a field of 100 × 100.
    assert not any(overlap((x - 4, y - 2, x + 4, y + 2), box) for box in taken)


def test_views_are_right_handed_and_open_like_a_book():
    rng = np.random.default_rng(0)
    towards, right = rng.normal(size=(2, 3))
    view = view_along(towards, right=right, centre=np.ones(3))
    assert np.allclose(view.axes @ view.axes.T, np.eye(3))
    assert np.linalg.det(view.axes) == pytest.approx(1.0)
    point = rng.normal(size=(5, 3))
    behind = turned_about_vertical(view)
    assert np.allclose(behind.seen(point), view.seen(point) * (-1, 1, -1))
    assert np.linalg.det(behind.axes) == pytest.approx(1.0)
    with pytest.raises(ParameterError, match="parallel"):
        view_along(towards, right=2 * towards, centre=np.zeros(3))
    assert any_across(np.array([0.9, 0.1, 0.4])).tolist() == [0, 1, 0]


def test_principal_axes_sort_by_length():
    rng = np.random.default_rng(5)
    points = rng.normal(size=(500, 3)) * (1.0, 5.0, 2.0)
    longest, middle, shortest = np.abs(principal_axes(points))
    assert longest[1] > 0.99
    assert middle[2] > 0.98
    assert shortest[0] > 0.98


def test_names_stand_deep_inside_their_patch():
    mask = np.zeros((120, 160), dtype=bool)
    mask[20:60, 30:110] = True
    mask[60:100, 30:34] = True
    x, y = innermost(mask, grid_of())
    assert y == pytest.approx(10.0, abs=0.3)
    assert 12.0 < x < 23.0
    assert innermost(np.zeros((120, 160), bool), grid_of()) is None
