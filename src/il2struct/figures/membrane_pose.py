"""A chain of complexes laid flat above the membrane plane, with the linkers that hold it."""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from il2struct.errors import ParameterError
from il2struct.figures import canvas, crystal_row
from il2struct.figures.drawing import Drawing, file_stem, framed
from il2struct.figures.picture import (
    ON_PICTURE,
    Box,
    Parts,
    Picture,
    Spheres,
    TextRoom,
    draw_scale_bar,
    innermost,
    picture_of,
    pixel_grid,
    show,
    write_near,
)
from il2struct.figures.words import member_name, plain, unescaped
from il2struct.lattice.graph import chain_patch
from il2struct.lattice.measure import MeasuredContact
from il2struct.lattice.operators import operator_group
from il2struct.network.evidence import survey
from il2struct.network.evidence.study import NetworkStudy
from il2struct.network.membrane.body import (
    RESIDUE_LENGTH_A,
    Orientation,
    anchors_of_complex,
)
from il2struct.palette import Palette
from il2struct.structure.alignment import FOREIGN_STATUS
from il2struct.structure.complexes import Member
from il2struct.structure.family import symbol_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Complexes drawn.
N_COMPLEXES: Final = 4
#: Length of the scale bar in Å.
SCALE_BAR_A: Final = 50.0
#: Paper around the molecules, in Å.
MARGIN_A: Final = 5.0
#: Narrower windows would make a single complex too large, in Å.
NARROWEST_A: Final = 200.0
#: Room in mm: height axis, right edge, above, membrane with the words on it, scale bar.
AXIS_MM: Final = 12.0
RIGHT_MM: Final = 3.0
TOP_MM: Final = 2.0
MEMBRANE_MM: Final = 9.0
STRIP_MM: Final = 8.0
#: Narrower figures have the words beside the scale bar in two lines.
ONE_LINE_MM: Final = 130.0
#: What the dotted lines and their numbers are.
LINKER_WORDS: Final = (
    "dotted: linkers, height of the stretched length (one complex labelled)"
)
MEMBRANE_COLOUR: Final = "#DDDDDD"
NAME_PT: Final = 6.5
LENGTH_PT: Final = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkerMark:
    """
    A linker from the ordered part of a receptor straight down to the membrane.

    `number` counts complexes from 1 at the left; the linker has `n_residues` behind the last
    ordered native one, and begins at `x_a` along the chain and `height_a` above the membrane;
    stretched it is `contour_a` long.
    """

    number: int
    role: str
    auth_asym_id: str
    last_mature: int
    n_residues: int
    x_a: float
    height_a: float
    contour_a: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MembranePose:
    """
    Complexes on the membrane, seen along the plane.

    The step `line` is repeated by the contact `measured`, in an endless chain that lies flat, or
    (not `is_chain`) there is a single complex. `spheres` lie along the chain, at a height above
    the membrane, and towards the viewer; `members` are complex, from 1, and chain of each label.
    """

    line: survey.MembraneLine
    measured: MeasuredContact
    is_chain: bool
    orientation: Orientation
    spheres: Spheres
    members: tuple[tuple[int, Member], ...]
    linkers: tuple[LinkerMark, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Content:
    """All that is drawn."""

    pose: MembranePose
    dpi: float

    @property
    def labelled(self) -> int:
        """Number of the complex with names and lengths: the second, or the only one."""
        return min(2, self.pose.linkers[-1].number)

    @property
    def box_a(self) -> tuple[float, float, float]:
        """Left and right edge, and the height of the highest atom."""
        centres, radii = self.pose.spheres.centres, self.pose.spheres.radii
        left = float((centres[:, 0] - radii).min()) - MARGIN_A
        right = float((centres[:, 0] + radii).max()) + MARGIN_A
        spare = max(NARROWEST_A - (right - left), 0.0) / 2
        top = float((centres[:, 1] + radii).max()) + MARGIN_A
        return left - spare, right + spare, top


def membrane_view(
    study: NetworkStudy,
    *,
    palette: Palette | None = None,
    width: str | float = "double",
    dpi: float = canvas.DPI,
) -> Drawing:
    """
    Prepare the chain of the contact asked about, lying on the membrane.

    Parameters
    ----------
    study : NetworkStudy
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
        If no copy of the contact repeats a complex with receptors, or the width is not known.
    """
    content = _Content(pose=membrane_pose(study), dpi=dpi)
    measured = content.pose.measured
    entry_id = measured.named.entry.entry_id
    wide = canvas.width_mm(width)
    left, right, top = content.box_a
    a_per_mm = (right - left) / (wide - AXIS_MM - RIGHT_MM)
    height = top / a_per_mm + TOP_MM + MEMBRANE_MM + STRIP_MM
    words = unescaped(crystal_row.contact_words(measured))
    pose = content.pose
    own = [m for m in pose.linkers if m.number == content.labelled]
    linkers = ", ".join(
        f"{symbol_of(m.role)} {m.height_a:.0f} of {m.contour_a:.0f} Å" for m in own
    )
    n = pose.linkers[-1].number
    who = f"A chain of {n} complexes" if n > 1 else "One complex"
    rows: list[dict[str, Any]] = []
    for mark in content.pose.linkers:
        stretch = mark.height_a / mark.contour_a if mark.contour_a > 0 else np.nan
        rows.append(
            {
                "entry_id": entry_id,
                "complex_id": measured.contact.unit_1.unit_id,
                **asdict(mark),
                "stretch_fraction": stretch,
            }
        )
    endless = pose.line.study.endless
    geometry = pose.line.study.geometry
    what = (
        f"Model, not an observation: {pose.linkers[-1].number} complexes of the crystal of "
        f"{plain(entry_id)}, each joined to the next by the lattice contact "
        f"{words} ({measured.interface.burial.area_per_side_a2:.0f} Å² per side, "
        f"{crystal_row.fit_words(measured)}, operator {crystal_row.operator_words(measured)}; step {geometry.step_a:.1f} Å), "
        "laid on a flat membrane as an endless rigid chain where the linkers pull least"
        if pose.is_chain
        else f"Model, not an observation: no chain of the lattice contact {words} can lie flat on the "
        f"membrane, so one complex of the crystal of {plain(entry_id)} is shown "
        "where its linkers pull least"
    )
    energy = (
        endless.energy_per_complex_kt
        if pose.is_chain and endless is not None
        else pose.orientation.energy_kt
    )
    return Drawing(
        name=file_stem(
            "membrane_view", entry_id, *(role.value for role in study.roles)
        ),
        kind="membrane_view",
        title=f"Chain of {words} contacts of {plain(entry_id)} laid on a membrane",
        alt=(
            f"{who} of {plain(entry_id)} above a flat membrane, up to "
            f"{content.box_a[2] - MARGIN_A:.0f} Å high. Linkers, height of length: {linkers}."
        ),
        caption=(
            f"{what}: {energy:.1f} kT a complex. Seen along the membrane, the plane at height 0, cell "
            "below. Dotted: linkers from the last ordered native residue of each receptor (ball in its "
            "role colour) straight to the membrane, with that height and the length of the stretched "
            f"linker (worm-like chain, {RESIDUE_LENGTH_A:g} Å a residue). No atom of the complexes "
            "lies below the plane; residues of expression tags are left out, glycans have the colour of "
            f"their chain. Balls of ProtOr radii. Scale bar {SCALE_BAR_A:g} Å."
        ),
        table=framed("figure_membrane_view", rows),
        width=width,
        height_mm=min(height, canvas.TALLEST_MM),
        paint=lambda ax: _draw(ax, content, palette or Palette()),
    )


def _draw(ax: "Axes", content: _Content, palette: Palette) -> None:
    width, height = canvas.size_mm(ax)
    wide = max(width - AXIS_MM - RIGHT_MM, 1.0)
    high = max(height - TOP_MM - STRIP_MM, 1.0)
    left, right, top = content.box_a
    a_per_mm = max((right - left) / wide, top / max(high - MEMBRANE_MM, 1.0))
    middle = (left + right) / 2
    window = (
        middle - wide * a_per_mm / 2,
        middle + wide * a_per_mm / 2,
        -MEMBRANE_MM * a_per_mm,
        (high - MEMBRANE_MM) * a_per_mm,
    )
    shown = canvas.inset(ax, (AXIS_MM, STRIP_MM, wide, high))
    shown.set_label("membrane")
    pose = content.pose
    number = np.arange(len(pose.members))
    colours = palette.of_chains(pose.measured.named)
    parts = Parts(
        colours=tuple(colours[member.image.auth_asym_id] for _, member in pose.members),
        group=number,
        zone=number,
        is_faded=np.zeros(len(number), dtype=np.bool_),
    )
    picture = picture_of(pose.spheres, parts, pixel_grid(window, wide, dpi=content.dpi))
    show(shown, picture)
    shown.axhspan(window[2], 0.0, color=MEMBRANE_COLOUR, zorder=1, linewidth=0)
    shown.axhline(0.0, color="black", linewidth=0.8, zorder=2)
    # Heights at the left; positions along the chain have no zero and no axis.
    shown.set_axis_on()
    for spine in ("top", "right", "bottom"):
        shown.spines[spine].set_visible(False)
    shown.spines["left"].set_bounds(0.0, 20.0 * (top // 20.0))
    shown.set_xticks([])
    shown.set_yticks(np.arange(0.0, top, 20.0))
    label = shown.set_ylabel("height above membrane (Å)")
    room = high + 2.0 * min(TOP_MM, STRIP_MM)
    canvas.shrink_to_fit([label], lambda: label.get_window_extent().height, room)
    _draw_linkers(shown, content, palette)
    _draw_lengths(shown, content, window, a_per_mm)
    _draw_names(shown, content, picture, window, a_per_mm)
    strip = canvas.blank_inset(ax, (0.0, 0.0, width, STRIP_MM))
    strip.set_label("strip")
    long = SCALE_BAR_A / a_per_mm
    draw_scale_bar(strip, (AXIS_MM, 4.0), long)
    strip.text(AXIS_MM + long + 2.0, 4.0, f"{SCALE_BAR_A:g} Å", va="center")
    start = AXIS_MM + long + 18.0
    words = strip.text(start, 4.0, LINKER_WORDS, va="center")
    if width < ONE_LINE_MM:
        words.set_text(LINKER_WORDS.replace("of the ", "of the\n"))
    canvas.shrink_to_fit(
        [words], lambda: words.get_window_extent().width, width - start - 0.5
    )


def _draw_linkers(ax: "Axes", content: _Content, palette: Palette) -> None:
    for mark in content.pose.linkers:
        xs, ys = (mark.x_a, mark.x_a), (mark.height_a, 0.0)
        ax.plot(xs, ys, color="white", linewidth=2.2, zorder=3, label="_halo")
        dots: canvas.Look = {
            "linestyle": (0, (1.2, 0.9)),
            "zorder": 4,
            "label": "_linker",
        }
        ax.plot(xs, ys, color="black", linewidth=1.0, **dots)
        canvas.put_marks(
            ax,
            [mark.x_a],
            [mark.height_a],
            "o",
            markersize=4.2,
            markerfacecolor=palette.of(mark.role),
            markeredgecolor=canvas.EDGE_COLOUR,
            markeredgewidth=0.6,
            zorder=5,
            clip_on=False,
            label="_anchor",
        )


def _draw_lengths(ax: "Axes", content: _Content, window: Box, a_per_mm: float) -> None:
    """Heights and lengths of the linkers of one complex, on the membrane."""
    left, right, bottom, _ = window
    inside = (left, bottom, right, -0.3 * a_per_mm)
    room = TextRoom(ax=ax, inside=inside, per_mm=a_per_mm)
    look = {"fontsize": LENGTH_PT, "zorder": 6}
    own = [m for m in content.pose.linkers if m.number == content.labelled]
    for mark in sorted(own, key=lambda m: m.x_a):
        text = f"{symbol_of(mark.role)}: {mark.height_a:.0f} of {mark.contour_a:.0f} Å"
        # As near to the membrane's surface as it may be.
        write_near(room, (mark.x_a, inside[3]), text, look, apart_mm=3.0)
    write_near(room, (left, bottom), "membrane", look)


def _draw_names(
    ax: "Axes", content: _Content, picture: Picture, window: Box, a_per_mm: float
) -> None:
    """Names of the chains of one complex, where they are seen best."""
    left, right, _, top = window
    half = 1.2 * a_per_mm
    inside = (left, 0.5 * a_per_mm, right, top)
    named = content.pose.measured.named
    taken = [
        (m.x_a - half, 0.0, m.x_a + half, m.height_a + half)
        for m in content.pose.linkers
    ]
    room = TextRoom(ax=ax, inside=inside, per_mm=a_per_mm, taken=taken)
    look = {"fontsize": NAME_PT, "bbox": ON_PICTURE, "zorder": 6}
    for label, (number, member) in enumerate(content.pose.members):
        place = innermost(picture.visible([label]), picture.buffers.grid)
        if number == content.labelled and place is not None:
            write_near(room, place, member_name(named, member), look)


def membrane_pose(study: NetworkStudy) -> MembranePose:
    """
    Lay the chain of the contact asked about on the membrane, where its linkers pull least.

    It is a single complex if no chain can lie flat; an error if there is none, or not even one
    finds a place on the membrane.
    """
    focal = study.focal
    lines = () if focal is None else survey.focal_lines(focal, study.membrane)
    if focal is None or not lines:
        raise ParameterError(
            "no copy of the contact repeats a complex that linkers hold to the membrane; give an "
            "entry with the receptors."
        )
    line = min(lines, key=survey.flat_energy_kt)
    measured = next(
        m for m in line.contacts if any(m is member for member in focal.members)
    )
    endless = line.study.endless
    if endless is not None and endless.best is not None:
        return _posed(
            line, measured, endless.best, n_complexes=N_COMPLEXES, is_chain=True
        )
    single = line.study.chains[0].best
    if single is None:
        raise ParameterError(
            "in no orientation do all linkers of a complex reach the membrane; there is nothing "
            "to draw."
        )
    return _posed(line, measured, single, n_complexes=1, is_chain=False)


def _posed(
    line: survey.MembraneLine,
    measured: MeasuredContact,
    orientation: Orientation,
    *,
    n_complexes: int,
    is_chain: bool,
) -> MembranePose:
    named, unit = measured.named, measured.contact.unit_1
    complex_ = survey.complex_of(measured)
    if complex_ is None:  # membrane lines have one
        raise ParameterError("the chain is not made of complexes.")
    anchors = anchors_of_complex(named, complex_)
    group = operator_group(named.entry)
    shape = crystal_row.unit_shape(named, unit)
    # Residues of expression tags do not meet the membrane in the model.
    native = ~np.isin(named.numbers.status[shape.residue], FOREIGN_STATUS)
    centres, members, linkers = [], [], []
    patch = chain_patch(named, line.contacts[0].contact, n_complexes)
    turn = orientation.rotation
    motions = [group.motion(placed.placement) for placed in patch]
    places = [(turn @ r, turn @ t + orientation.translation) for r, t in motions]
    # From left to right, whichever way the contact leads.
    places.sort(key=lambda place: float((place[0] @ shape.centre + place[1])[0]))
    for number, (rotation, translation) in enumerate(places, 1):
        x, y, z = (shape.coords[native] @ rotation.T + translation).T
        centres.append(np.column_stack([x, z, -y]))
        members += [(number, member) for member in unit.members]
        ends = anchors.positions @ rotation.T + translation
        linkers += [
            LinkerMark(
                number=number,
                role=anchors.roles[k],
                auth_asym_id=anchors.auth_asym_ids[k],
                last_mature=anchors.last_mature[k],
                n_residues=anchors.n_residues[k],
                x_a=float(ends[k, 0]),
                height_a=float(ends[k, 2]),
                contour_a=float(anchors.contour_a[k]),
            )
            for k in range(len(anchors.roles))
        ]
    labels = [shape.member[native] + len(unit.members) * k for k in range(n_complexes)]
    return MembranePose(
        line=line,
        measured=measured,
        is_chain=is_chain,
        orientation=orientation,
        spheres=Spheres(
            centres=np.concatenate(centres),
            radii=np.tile(shape.radii[native], n_complexes),
            labels=np.concatenate(labels),
        ),
        members=tuple(members),
        linkers=tuple(linkers),
    )
