"""Fakes that worker processes can import, and a folder of small entries."""

import importlib
import os
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def fakes():
    """The module ``batch_fakes``, which worker processes find, too, as long as this file runs."""
    with pytest.MonkeyPatch.context() as patch:
        before = os.environ.get("PYTHONPATH")
        path = str(HERE) if not before else os.pathsep.join([str(HERE), before])
        patch.setenv("PYTHONPATH", path)
        yield importlib.import_module("batch_fakes")


@pytest.fixture(scope="session")
def small_entries(mirror: Path) -> list[Path]:
    """Six entries of the mirror that take a tenth of a second each, one an NMR ensemble."""
    names = ("1ROP", "1A7G.cif", "2NA8.cif", "1ZEH", "2OOB.cif", "1KTZ")
    return [mirror / f"{n if '.' in n else n + '.pdb'}.gz" for n in names]
