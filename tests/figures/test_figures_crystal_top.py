"""The lattice from above: view, circles, names, and the picture against a ray caster."""

from functools import cache

import numpy as np
import pytest
from audit import figure_once, layout_faults, unlabelled_axes
from measured import axes_named, lattice_contacts

from il2struct.errors import NoCrystalError, ParameterError
from il2struct.figures.canvas import all_axes, size_mm
from il2struct.figures.crystal_row import (
    chain_parts,
    crystal_row,
    spheres_of,
    top_view,
    units_in,
)
from il2struct.figures.crystal_top import (
    _content,
    contact_view,
    lattice_view,
)
from il2struct.figures.picture import picture_of, seen
from il2struct.interface.interface import interface_parameters
from il2struct.kernels.splat import NOTHING, PixelGrid
from il2struct.lattice.measure import measured_contacts
from il2struct.palette import Palette

pytestmark = pytest.mark.entries

COARSE = 60
#: Others are drawn for `test_figures_every`.
ENTRIES = ("2B5I.pdb", "2ERJ.pdb", "1Z92.pdb", "1M47.pdb")


@pytest.fixture(scope="module")
def contacts(named_entry):
    return lambda name: lattice_contacts(named_entry(name))


@pytest.fixture(scope="module")
def drawing_of(contacts):
    """Drawings, made once."""
    return cache(lambda name: lattice_view(contacts(name), dpi=COARSE))


@pytest.fixture(scope="module")
def drawing(drawing_of):
    return drawing_of("2B5I.pdb")


def content_of(measured):
    row = crystal_row(measured)
    return _content(row, contact_view(row)[0], (183.0, 100.0))


def test_no_text_overlaps(drawing_of):
    for name in ENTRIES:
        drawing = drawing_of(name)
        assert layout_faults(drawing) == [], name
        assert "not a membrane array" in drawing.caption
        assert "operator" in drawing.caption
        assert len(drawing.table) >= 1


def test_circles_are_the_rows_of_the_table_and_have_both_partners(contacts, drawing_of):
    for name in ENTRIES:
        content = content_of(contacts(name))
        drawing = drawing_of(name)
        figure = figure_once(drawing)
        circles = [
            p for a in all_axes(figure) for p in a.patches if p.get_label() == "_patch"
        ]
        table = drawing.table
        assert len(circles) == len(table)
        assert np.allclose([c.center for c in circles], table[["x_a", "y_a"]])
        areas = [np.pi * c.radius**2 for c in circles]
        assert np.allclose(areas, table.area_per_side_a2)
        drawn = {placed.key for placed in content.units}
        for patch in content.patches:
            assert {patch.first.key, patch.second.key} <= drawn
        left, right, bottom, top = content.window
        for circle in circles:
            x, y = circle.center
            assert left <= x - circle.radius
            assert x + circle.radius <= right
            assert bottom <= y - circle.radius
            assert y + circle.radius <= top


def test_circles_lie_where_the_buried_atoms_are(contacts):
    """Independent of the code under test: mean of buried atoms of both sides, placed anew."""
    content = content_of(contacts("2B5I.pdb"))
    row = content.row
    for patch in content.patches:
        interface = patch.measured.interface
        places, weights = [], []
        for partner, burial in zip(
            interface.sides, interface.burial.sides, strict=True
        ):
            places.append(partner.atoms.coords[burial.rows])
            weights.append(burial.buried_a2)
        centre = np.average(
            np.concatenate(places), axis=0, weights=np.concatenate(weights)
        )
        rotation, translation = row.group.motion(patch.first.placement)
        seen_at = content.view.axes @ (
            rotation @ centre + translation - content.view.centre
        )
        assert np.allclose(seen_at[:2], (patch.x_a, patch.y_a), atol=1e-6)


@pytest.mark.parametrize(
    ("entry", "repeat_a", "second_a", "operators"),
    [
        # C2: half of a - b and half of a + b; P1: edges b and a of the cell.
        (
            "2B5I.pdb",
            np.hypot(113.913, 87.709) / 2,
            np.hypot(113.913, 87.709) / 2,
            {"3_545"},
        ),
        ("2ERJ.pdb", 70.545, 57.266, {"1_565", "1_545"}),
    ],
)
def test_the_view_of_known_crystals(contacts, entry, repeat_a, second_a, operators):
    row = crystal_row(contacts(entry))
    assert np.linalg.norm(row.repeat_a) == pytest.approx(repeat_a, abs=0.01)
    assert np.linalg.norm(row.second_a) == pytest.approx(second_a, abs=0.01)
    codes = {m.contact.image_2.symmetry_code for m in row.copies}
    assert codes == operators
    roles = {
        row.chosen.contact.member_1.role.value,
        row.chosen.contact.member_2.role.value,
    }
    assert roles == {"IL2RG", "IL2RA"}
    view = top_view(row)
    # The repeat runs to the right, and the plane of both translations is the paper.
    assert np.allclose(view.axes @ row.repeat_a, (repeat_a, 0.0, 0.0), atol=1e-6)
    assert view.axes[2] @ row.second_a == pytest.approx(0.0, abs=1e-6)
    seen_best, turn = contact_view(row)
    assert np.allclose(seen_best.axes @ row.repeat_a, (repeat_a, 0.0, 0.0), atol=1e-6)
    cosine = seen_best.axes[2] @ view.axes[2]
    assert cosine == pytest.approx(np.cos(np.radians(turn)), abs=1e-6)
    assert np.linalg.det(seen_best.axes) == pytest.approx(1.0)


@pytest.mark.parametrize("entry", ["2B5I.pdb", "2ERJ.pdb"])
def test_gamma_to_alpha_runs_to_the_right(contacts, entry):
    content = content_of(contacts(entry))
    for patch in content.patches:
        contact = patch.measured.contact
        x = {}
        for member, placed in (
            (contact.member_1, patch.first),
            (contact.member_2, patch.second),
        ):
            shape = content.row.shapes[placed.unit.unit_id]
            own = shape.coords[shape.member == placed.unit.members.index(member)]
            rotation, translation = content.row.group.motion(placed.placement)
            place = content.view.seen(own @ rotation.T + translation)
            x[member.role.value] = place[:, 0].mean()
        assert x["IL2RG"] < x["IL2RA"]


def test_every_chain_of_whole_complexes_owns_pixels(contacts):
    content = content_of(contacts("2B5I.pdb"))
    spheres, labels = spheres_of(content.row, content.units, content.view)
    grid = PixelGrid(
        left_a=-content.half_width_a,
        bottom_a=-content.half_height_a,
        pixel_a=0.5,
        n_rows=int(4 * content.half_height_a),
        n_columns=int(4 * content.half_width_a),
    )
    picture = picture_of(
        spheres, chain_parts(labels, Palette().of_chains(content.row.named)), grid
    )
    found = np.bincount(
        picture.buffers.label[picture.buffers.label != NOTHING], minlength=len(labels)
    )
    shown = 0
    for number, (placed, _) in enumerate(labels):
        own = spheres.centres[spheres.labels == number]
        if placed.is_central and (np.abs(own[:, 0]) < content.half_width_a).all():
            shown += 1
            assert found[number] > 100
    assert shown >= 12


def test_the_picture_agrees_with_a_ray_caster(contacts):
    """Image comparison: which chain is in front, against the nearest sphere along each ray."""
    content = content_of(contacts("2B5I.pdb"))
    spheres, labels = spheres_of(content.row, content.units, content.view)
    grid = PixelGrid(left_a=-40.0, bottom_a=-30.0, pixel_a=1.0, n_rows=60, n_columns=80)
    found = seen(spheres, grid)
    rays_x, rays_y = np.meshgrid(np.arange(-39.5, 40.0), np.arange(-29.5, 30.0))
    front = np.full(rays_x.shape, -np.inf)
    owner = np.full(rays_x.shape, NOTHING)
    for (x, y, z), radius, label in zip(
        spheres.centres, spheres.radii, spheres.labels, strict=True
    ):
        if abs(x) > 43 or abs(y) > 33:
            continue
        inside = radius**2 - (rays_x - x) ** 2 - (rays_y - y) ** 2
        near = np.where(inside > 0, z + np.sqrt(np.maximum(inside, 0)), -np.inf)
        owner = np.where(near > front, label, owner)
        front = np.maximum(front, near)
    assert len(np.unique(owner)) > 5
    # Pixels whose ray grazes a sphere are decided by rounding.
    assert (owner != found.label).mean() < 1e-3
    solid = (owner != NOTHING) & (found.label != NOTHING)
    assert np.allclose(found.depth_a[solid], front[solid], atol=1e-6)
    assert len(labels) > 8


def test_one_layer_is_drawn_without_overlap(contacts):
    """Units are translations of the row within the plane, each once."""
    for name in ENTRIES:
        content = content_of(contacts(name))
        keys = [placed.key for placed in content.units]
        assert len(keys) == len(set(keys))
        assert any(placed.is_central for placed in content.units)
        reach = 2 * content.half_width_a
        assert len(units_in(content.row, content.view, reach, reach)) > len(keys)


def test_the_repeat_arrow_and_the_bar_have_the_scale_of_the_picture(figure, contacts):
    row = crystal_row(contacts("2B5I.pdb"))
    (shown,) = axes_named(figure, "lattice")
    (strip,) = axes_named(figure, "strip")
    wide, high = size_mm(shown)
    a_per_mm = np.ptp(shown.get_xlim()) / wide
    assert np.ptp(shown.get_ylim()) / high == pytest.approx(a_per_mm, rel=0.01)
    (bar,) = [line for line in strip.lines if line.get_label() == "scale bar"]
    assert np.ptp(bar.get_xdata()) * a_per_mm == pytest.approx(50.0, rel=0.01)
    (arrow,) = [t for t in strip.texts if hasattr(t, "arrow_patch") and t.arrow_patch]
    long = (arrow.xy[0] - arrow.xyann[0]) * a_per_mm
    assert long == pytest.approx(np.linalg.norm(row.repeat_a), rel=0.01)
    assert "repeat 71.9 Å" in [t.get_text() for t in strip.texts]


def test_names_stand_once_with_a_prime_on_the_partner(figure):
    (shown,) = axes_named(figure, "lattice")
    names = [t.get_text() for t in shown.texts]
    assert sorted(names) == sorted(["IL-2", "IL-2Rα", "IL-2Rβ", "γc", "IL-2Rα′"])
    assert unlabelled_axes(figure) == []


def test_colours_follow_the_palette(contacts):
    content = content_of(contacts("2B5I.pdb"))
    palette = Palette().with_roles({"IL2RA": "#009988"})
    _, labels = spheres_of(content.row, content.units, content.view)
    parts = chain_parts(labels, palette.of_chains(content.row.named))
    for number, (placed, member) in enumerate(labels):
        role = member.role.value
        wanted = palette.of(role) if placed.is_central else palette.neighbour_of(role)
        assert parts.colours[number] == wanted
        assert parts.is_faded[number] == (not placed.is_central)


def test_what_cannot_be_drawn_is_refused(contacts, named_entry):
    with pytest.raises(ParameterError, match="no contact"):
        lattice_view(())
    inside = [m for m in contacts("2B5I.pdb") if m.contact.kind.value == "same_complex"]
    with pytest.raises(ParameterError, match="no contact between"):
        lattice_view(inside)
    with pytest.raises(ParameterError, match="one entry"):
        lattice_view([*contacts("2B5I.pdb"), *contacts("2ERJ.pdb")])
    with pytest.raises(NoCrystalError):
        measured_contacts(named_entry("2NA8.cif"))


def test_a_fit_is_named_in_the_caption(named_entry):
    contacts = measured_contacts(
        named_entry("1Z92.pdb"), parameters=interface_parameters(sc="value")
    )
    drawing = lattice_view(contacts, dpi=COARSE)
    sc = drawing.table.sc.iloc[0]
    assert f"Sc {sc:.2f}" in drawing.caption
