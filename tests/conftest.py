"""Fixtures shared by all tests: the mirror of real entries, and entries read once a session."""

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from il2struct.pipeline import NamedEntry, name_entry
from il2struct.structure.model import Entry
from il2struct.structure.read import read_structure

DEFAULT_MIRROR = Path(__file__).parents[1] / ".." / "shared" / "structures"


def _mirror_folder() -> Path:
    return Path(os.environ.get("IL2STRUCT_MIRROR", str(DEFAULT_MIRROR))).resolve()


@pytest.fixture(scope="session")
def mirror() -> Path:
    """Folder of real entries; skips, with the reason, where there is none."""
    folder = _mirror_folder()
    if not (folder / "2ERJ.pdb.gz").exists():
        if os.environ.get("CI"):
            pytest.fail(f"no mirror of real entries at {folder}; set IL2STRUCT_MIRROR")
        pytest.skip(f"no mirror of real entries at {folder}; set IL2STRUCT_MIRROR")
    return folder


@cache
def _entry(path: Path) -> Entry:
    return read_structure(path)


@cache
def _named(path: Path) -> NamedEntry:
    return name_entry(_entry(path))


@pytest.fixture(scope="session")
def real_entry(mirror: Path) -> Callable[[str], Entry]:
    """Read an entry of the mirror by its file name without ``.gz`` (``"2ERJ.pdb"``), once."""
    return lambda name: _entry(mirror / f"{name}.gz")


@pytest.fixture(scope="session")
def named_entry(mirror: Path) -> Callable[[str], NamedEntry]:
    """Read and name an entry of the mirror (``"2ERJ.pdb"``), once."""
    return lambda name: _named(mirror / f"{name}.gz")
