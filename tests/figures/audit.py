"""What a reader sees at once: text cut off, too small, or on top of other text."""

import re
from collections import deque
from unittest.mock import patch

import numpy as np
from matplotlib.font_manager import fontManager
from matplotlib.text import Text
from pypdf import PdfReader

from il2struct.figures.canvas import (
    DPI,
    MM_PER_INCH,
    SETTINGS,
    SMALLEST_TEXT_PT,
    all_axes,
    style,
    width_mm,
)

#: Boxes of text hold the font's whole height; that much of two may meet unseen, in pixels at 100 dpi.
SLACK_PX = 0.6
#: Ticks beyond the view by this part of it are drawn; as `matplotlib.axis` does.
TICK_SLACK = 1e-10
#: A band of a figure without anything may be this part of its width; darker than this is ink.
BLANK = 0.3
PAPER = 250
#: The font that comes with matplotlib.
EVERYWHERE = "DejaVu Sans"
#: The last drawings and their figures.
_DRAWN = deque(maxlen=16)


def figure_once(drawing):
    """The figure of a drawing, drawn once for those who ask in turn; not to be changed."""
    for known, figure in _DRAWN:
        if known is drawing:
            return figure
    with patch.dict(SETTINGS, {"font.sans-serif": [EVERYWHERE]}), style():
        figure = drawing.figure()
        figure.canvas.draw()  # some ticks are made when they are drawn
    _DRAWN.append((drawing, figure))
    return figure


def visible_texts(figure):
    """Every text with something to read that is drawn."""
    artists = set(figure.findobj(Text))
    for axes in all_axes(figure):
        artists |= set(axes.findobj(Text))
    artists -= set(_left_undrawn(figure))
    return [t for t in artists if t.get_visible() and t.get_text().strip()]


def _left_undrawn(figure):
    """Labels of axes that are off, and of ticks that lie outside the view."""
    for axes in all_axes(figure):
        for axis in (axes.xaxis, axes.yaxis):
            if not axes.axison:
                yield axis.label
            low, high = sorted(axis.get_transform().transform(axis.get_view_interval()))
            # As matplotlib decides, where the axis is drawn: log axes in decades.
            slack = TICK_SLACK * (high - low)
            for tick in (*axis.majorTicks, *axis.minorTicks):
                place = axis.get_transform().transform(tick.get_loc())
                if not axes.axison or not low - slack <= place <= high + slack:
                    yield tick.label1
                    yield tick.label2


def fonts():
    """What layouts are tried with: the font of matplotlib, and the look of Arial where it is."""
    names = {entry.name for entry in fontManager.ttflist}
    return [EVERYWHERE, *sorted({"Liberation Sans", "Arial"} & names)]


def layout_faults(drawing):
    """Draw a drawing with each font, and say in sentences what is wrong with its text."""
    return [fault for font in fonts() for fault in _faults_with(font, drawing)]


def _faults_with(font, drawing):
    with patch.dict(SETTINGS, {"font.sans-serif": [font]}), style():
        if font == EVERYWHERE:
            return _faults_of(figure_once(drawing), drawing)
        figure = drawing.figure()
        figure.canvas.draw()
        return _faults_of(figure, drawing)


def _faults_of(figure, drawing):
    renderer = figure.canvas.get_renderer()
    texts = visible_texts(figure)
    corners = [_corners(t, renderer) for t in texts]
    faults = []
    width = figure.get_figwidth() * MM_PER_INCH
    if abs(width - width_mm(drawing.width)) > 0.1:
        faults.append(f"the figure is {width:.1f} mm wide")
    for text in texts:
        if text.get_fontsize() < SMALLEST_TEXT_PT - 1e-9:
            faults.append(f"{text.get_text()!r} has {text.get_fontsize():.1f} points")
    part = _blank_part(figure)
    if part > BLANK:
        faults.append(f"{100 * part:.0f} % of the width are empty")
    if not texts:
        return faults
    low, high = np.min(corners, axis=1), np.max(corners, axis=1)
    frame = figure.bbox
    is_cut = (low < frame.min - SLACK_PX) | (high > frame.max + SLACK_PX)
    for place in np.flatnonzero(is_cut.any(axis=1)):
        faults.append(f"{texts[place].get_text()!r} is cut off")
    # Upright frames that meet: cheap, and few do.
    meet = (low[:, None] <= high[None]) & (low[None] <= high[:, None])
    for one, two in np.argwhere(np.triu(meet.all(axis=2), k=1)):
        if _overlap(corners[one], corners[two]) > SLACK_PX:
            faults.append(
                f"{texts[one].get_text()!r} lies on {texts[two].get_text()!r}"
            )
    return faults


def _blank_part(figure):
    """The widest upright band without anything drawn, as a part of the figure's width."""
    pixels = np.asarray(figure.canvas.buffer_rgba())[..., :3]
    inked = np.flatnonzero((pixels < PAPER).any(axis=(0, 2)))
    edges = np.concatenate([[-1], inked, [pixels.shape[1]]])
    return float(np.diff(edges).max() - 1) / pixels.shape[1]


def _corners(text, renderer):
    """Corners of the text's box, turned with the text."""
    turn = text.get_rotation()
    if turn % 90 == 0:
        b = text.get_window_extent(renderer)
        return [(b.x0, b.y0), (b.x1, b.y0), (b.x1, b.y1), (b.x0, b.y1)]
    around = text.get_window_extent(renderer)
    centre = np.array([(around.x0 + around.x1) / 2, (around.y0 + around.y1) / 2])
    text.set_rotation(0)
    flat = text.get_window_extent(renderer)
    text.set_rotation(turn)
    angle = np.deg2rad(turn)
    along = np.array([np.cos(angle), np.sin(angle)]) * flat.width / 2
    across = np.array([-np.sin(angle), np.cos(angle)]) * flat.height / 2
    return [
        tuple(centre + a * along + b * across)
        for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))
    ]


def _overlap(box_1, box_2):
    """How far two convex boxes reach into each other, in pixels; 0 if they do not."""
    depth = np.inf
    for box in (box_1, box_2):
        for (x0, y0), (x1, y1) in zip(box, (*box[1:], box[0]), strict=True):
            normal = np.array([y1 - y0, x0 - x1])
            length = np.hypot(*normal)
            if length == 0:
                return 0.0
            normal = normal / length
            p1 = [np.dot(normal, c) for c in box_1]
            p2 = [np.dot(normal, c) for c in box_2]
            depth = min(depth, min(max(p1), max(p2)) - max(min(p1), min(p2)))
    return max(depth, 0.0)


def unlabelled_axes(figure):
    """Axes with ticks but no label, or a label that says no unit where it needs one."""
    found = []
    for axes in all_axes(figure):
        if not axes.axison:
            continue
        for name in ("x", "y"):
            axis = getattr(axes, f"{name}axis")
            has_ticks = axis.get_visible() and any(
                t.get_text() for t in axis.get_ticklabels()
            )
            if has_ticks and not axis.label.get_text():
                found.append(f"{name} of {axes.get_label() or axes}")
    return found


def file_faults(drawing, again, folder, *words):
    """
    Save two drawings that should be one, and say in sentences what is wrong with the files.

    Vector files must be the same to the byte, hold each of the words as text, and embed their
    fonts as TrueType; the pixels must be as wide as the drawing at 300 dpi.
    """
    svg, pdf, png, *_ = drawing.save(folder / "one", formats=("svg", "pdf", "png"))
    others = again.save(folder / "two", formats=("svg", "pdf"))
    faults = [
        f"{one.name} is another each time"
        for one, two in zip((svg, pdf), others, strict=False)
        if one.read_bytes() != two.read_bytes()
    ]
    written = re.findall(r"<text[^>]*>([^<]*)</text>", svg.read_text(encoding="utf-8"))
    faults += [
        f"{word!r} is no text of the SVG" for word in words if word not in written
    ]
    page = PdfReader(pdf).pages[0]
    for font in page["/Resources"]["/Font"].values():
        inner = font.get_object().get("/DescendantFonts", [font])[0].get_object()
        if "/FontFile2" not in inner["/FontDescriptor"]:
            faults.append(f"{inner['/BaseFont']} is not embedded as TrueType")
    wide = width_mm(drawing.width)
    if abs(float(page.mediabox.width) / 72 * MM_PER_INCH - wide) > 0.1:
        faults.append("the PDF has another width")
    n_columns = int.from_bytes(png.read_bytes()[16:20], "big")
    if abs(n_columns - wide / MM_PER_INCH * DPI) > 1:
        faults.append(f"the PNG is {n_columns} pixels wide")
    return faults
