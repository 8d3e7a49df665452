from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from il2struct.report.scenes import build_scene, membrane_line
from il2struct.results.interfaces import InterfaceResults
from il2struct.results.study import load
from il2struct.structure.model import Entry
from il2struct.structure.named import NamedEntry, name_entry


@pytest.fixture(scope="session")
def results(mirror: Path) -> Callable[[str], InterfaceResults]:
    """Interfaces of an entry of the mirror, each measured once."""
    return cache(lambda name: load(mirror / f"{name}.gz").interfaces())


@pytest.fixture(scope="session")
def renamed() -> Callable[..., InterfaceResults]:
    """The same results of an entry that calls itself otherwise."""

    def change(results: InterfaceResults, **fields: str) -> InterfaceResults:
        entry = replace(results.named.entry, **fields)
        return replace(results, named=replace(results.named, entry=entry))

    return change


@pytest.fixture(scope="session")
def with_chain_names() -> Callable[..., NamedEntry]:
    """An entry whose chains, and whatever else is given, have other names."""

    def change(entry: Entry, names: dict[str, str], **fields: str) -> NamedEntry:
        ids = [names.get(str(x), str(x)) for x in entry.residues.auth_asym_id]
        chains = tuple(
            replace(c, auth_asym_id=names.get(c.auth_asym_id, c.auth_asym_id))
            for c in entry.chains
        )
        residues = replace(entry.residues, auth_asym_id=np.array(ids))
        changed = replace(entry, residues=residues, chains=chains, assemblies=())
        return name_entry(replace(changed, **fields))

    return change


@pytest.fixture(scope="session")
def line(named_entry):
    return membrane_line(named_entry("2B5I.pdb"))


@pytest.fixture(scope="session")
def scene(named_entry, line):
    return build_scene(named_entry("2B5I.pdb"), line=line)
