"""Figures of these tests are drawn with a font that every machine has: matplotlib brings it."""

from collections.abc import Iterator

import pytest

from il2struct.figures.canvas import SETTINGS


@pytest.fixture(autouse=True, scope="module")
def _one_font() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(SETTINGS, "font.sans-serif", ["DejaVu Sans"])
        yield
