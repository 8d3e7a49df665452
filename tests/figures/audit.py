"""What a reader sees at once: text cut off, too small, or on top of other text."""

from itertools import combinations

from matplotlib.text import Text

from il2struct.figures.canvas import all_axes
from il2struct.figures.save import figure_of
from il2struct.figures.style import MM_PER_INCH, SMALLEST_TEXT_PT, style, width_mm

#: Boxes of text hold the font's whole height; that much of two may meet unseen, in pixels at 100 dpi.
SLACK_PX = 0.6


def visible_texts(figure):
    """Every text with something to read that is drawn."""
    artists = set(figure.findobj(Text))
    for axes in all_axes(figure):
        artists |= set(axes.findobj(Text))
        if not axes.axison:
            artists -= {
                *axes.get_xticklabels(),
                *axes.get_yticklabels(),
                axes.xaxis.label,
                axes.yaxis.label,
            }
    return [
        t
        for t in artists
        if t.get_visible() and t.get_text().strip() and _is_shown(t, figure)
    ]


def _is_shown(text, figure):
    for axes in all_axes(figure):
        for axis in (axes.xaxis, axes.yaxis):
            labels = [
                label
                for tick in (*axis.majorTicks, *axis.minorTicks)
                for label in (tick.label1, tick.label2)
            ]
            if text in labels:
                low, high = sorted(axis.get_view_interval())
                x, y = text.get_position()
                where = x if axis is axes.xaxis else y
                return low - 1e-9 <= where <= high + 1e-9
    return True


def layout_faults(drawing):
    """Draw a drawing, and say in sentences what is wrong with its text."""
    with style():
        figure = figure_of(drawing)
        figure.canvas.draw()
        renderer = figure.canvas.get_renderer()
        texts = visible_texts(figure)
        boxes = [(t, _corners(t, renderer)) for t in texts]
        faults = []
        width = figure.get_figwidth() * MM_PER_INCH
        if abs(width - width_mm(drawing.width)) > 0.1:
            faults.append(f"the figure is {width:.1f} mm wide")
        frame = figure.bbox
        for text, box in boxes:
            if text.get_fontsize() < SMALLEST_TEXT_PT - 1e-9:
                faults.append(
                    f"{text.get_text()!r} has {text.get_fontsize():.1f} points"
                )
            xs, ys = [p[0] for p in box], [p[1] for p in box]
            if (
                min(xs) < frame.x0 - SLACK_PX
                or max(xs) > frame.x1 + SLACK_PX
                or min(ys) < frame.y0 - SLACK_PX
                or max(ys) > frame.y1 + SLACK_PX
            ):
                faults.append(f"{text.get_text()!r} is cut off")
        for (one, box_1), (two, box_2) in combinations(boxes, 2):
            if _meet(box_1, box_2) and _overlap(box_1, box_2) > SLACK_PX:
                faults.append(f"{one.get_text()!r} lies on {two.get_text()!r}")
        return faults


def _corners(text, renderer):
    """Corners of the text's box, turned with the text."""
    import numpy as np

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


def _meet(box_1, box_2):
    """Whether the upright frames of two boxes touch: cheap, and false for most pairs."""
    return all(
        min(p[k] for p in box_1) <= max(p[k] for p in box_2)
        and min(p[k] for p in box_2) <= max(p[k] for p in box_1)
        for k in (0, 1)
    )


def _overlap(box_1, box_2):
    """How far two convex boxes reach into each other, in pixels; 0 if they do not."""
    import numpy as np

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
