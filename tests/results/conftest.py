"""Entries measured once, with the files they come from."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from il2struct.results.interfaces import InterfaceResults
from il2struct.results.study import load


@cache
def _measured(path: Path) -> InterfaceResults:
    return load(path).interfaces()


@pytest.fixture(scope="session")
def measured(mirror: Path) -> Callable[[str], InterfaceResults]:
    """Measure an entry of the mirror (``"2ERJ.pdb"``) with the defaults, once."""
    return lambda name: _measured(mirror / f"{name}.gz")
