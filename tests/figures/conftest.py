"""Figures of these tests are drawn with a font that every machine has: matplotlib brings it."""

from collections.abc import Iterator

import pytest
from audit import figure_once
from measured import measured

from il2struct.figures.canvas import SETTINGS


@pytest.fixture(autouse=True, scope="module")
def _one_font() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(SETTINGS, "font.sans-serif", ["DejaVu Sans"])
        yield


@pytest.fixture(scope="module")
def results(named_entry):
    """Interfaces of 2B5I; files that ask for others have their own."""
    return measured(named_entry("2B5I.pdb"))


@pytest.fixture(scope="module")
def figure(drawing):
    """The figure of the ``drawing`` that a file is about."""
    return figure_once(drawing)
