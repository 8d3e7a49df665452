"""A page of figures: lines as they fit, a letter each, a shared key once."""

import pytest
from measured import axes_named
from test_figures_style import _drawing

from il2struct.errors import ParameterError
from il2struct.figures import panel
from il2struct.figures.canvas import all_axes, blank_inset, size_mm


def _part(name, width, height, **key):
    def paint(ax):
        blank_inset(ax, (0.0, 5.0, 10.0, 5.0)).set_label("body")
        if key:
            blank_inset(ax, (0.0, 0.0, 10.0, 5.0)).set_label("key")

    return _drawing(paint, name=name, width=width, height_mm=height, **key)


def test_figures_keep_their_sizes_and_fill_lines():
    parts = [
        _part("one", 89.0, 40.0),
        _part("two", 89.0, 50.0),
        _part("x", 183.0, 30.0),
    ]
    page = panel(parts)
    figure = page.figure()
    own = [axes_named(figure, letter)[0] for letter in "abc"]
    assert [size_mm(ax) for ax in own] == [
        pytest.approx((part.width, part.height_mm), abs=0.1) for part in parts
    ]
    boxes = [ax.get_window_extent() for ax in own]
    assert boxes[0].y1 == pytest.approx(boxes[1].y1)
    assert boxes[0].x1 < boxes[1].x0
    assert boxes[2].y1 < boxes[1].y0
    assert page.height_mm == pytest.approx(50.0 + 30.0 + 2 * 4.0 + 5.0)
    letters = [t.get_text() for ax in all_axes(figure) for t in ax.texts]
    assert [t for t in letters if len(t) == 1] == ["a", "b", "c"]
    assert page.table["panel"].tolist() == sorted(page.table["panel"])
    assert page.caption.startswith(f"(a) {parts[0].title}.")


def test_a_shared_key_is_shown_by_the_last():
    same = {"key": ("H-bond",), "key_mm": 5.0}
    parts = [_part("one", 89.0, 40.0, **same), _part("two", 183.0, 40.0, **same)]
    page = panel(parts)
    keys = axes_named(page.figure(), "key")
    assert len(keys) == 1
    assert page.height_mm == pytest.approx(35.0 + 40.0 + 2 * 4.0 + 5.0)
    other = [parts[0], _part("two", 89.0, 40.0, key=("π stacking",), key_mm=5.0)]
    assert len(axes_named(panel(other).figure(), "key")) == 2


def test_what_does_not_fit_a_page_is_refused():
    with pytest.raises(ParameterError, match="183 mm wide and the page 89"):
        panel([_part("one", 183.0, 40.0)], width="single")
    with pytest.raises(ParameterError, match="a page has 247"):
        panel([_part(f"n{n}", 183.0, 90.0) for n in range(3)])
    with pytest.raises(ParameterError, match="not 0"):
        panel([])
