"""Measured contacts of the receptor entries, worked out once, and small made-up crystals."""

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import gemmi
import numpy as np
import pytest

from il2struct.lattice.contacts import LatticeContact, lattice_contacts
from il2struct.lattice.measure import MeasuredContact, measured_contacts
from il2struct.structure.named import NamedEntry, name_entry
from il2struct.structure.read import read_structure


@pytest.fixture(scope="session")
def contacts_of(named_entry) -> Callable[[str], tuple[LatticeContact, ...]]:
    """Contacts of an entry of the mirror, found once."""
    return cache(lambda name: lattice_contacts(named_entry(name)))


@pytest.fixture(scope="session")
def measured_of(
    named_entry, contacts_of
) -> Callable[[str], tuple[MeasuredContact, ...]]:
    """Measured contacts of an entry of the mirror, measured once."""
    return cache(
        lambda name: measured_contacts(named_entry(name), contacts=contacts_of(name))
    )


def helix(centre: Sequence[float], n_residues: int = 24) -> np.ndarray:
    """Cα positions of an α-helix along z (2.3 Å, 100° and 1.5 Å a residue) around a centre."""
    steps = np.arange(n_residues)
    turn = np.radians(100.0 * steps)
    rise = 1.5 * (steps - (n_residues - 1) / 2)
    return np.asarray(centre) + np.stack(
        [2.3 * np.cos(turn), 2.3 * np.sin(turn), rise], axis=1
    )


def crystal_structure(
    cell: Sequence[float], space_group: str, chains: dict[str, np.ndarray]
) -> gemmi.Structure:
    """Chains of alanine Cα atoms in a crystal."""
    structure = gemmi.Structure()
    structure.cell = gemmi.UnitCell(*cell)
    structure.spacegroup_hm = space_group
    model = gemmi.Model(1)
    for name, coords in chains.items():
        chain = gemmi.Chain(name)
        for number, place in enumerate(coords, start=1):
            residue = gemmi.Residue()
            residue.name, residue.seqid = "ALA", gemmi.SeqId(str(number))
            atom = gemmi.Atom()
            atom.name, atom.element = "CA", gemmi.Element("C")
            atom.pos = gemmi.Position(*place)
            residue.add_atom(atom)
            chain.add_residue(residue)
        model.add_chain(chain)
    structure.add_model(model)
    structure.setup_entities()
    return structure


@pytest.fixture
def made_up(tmp_path: Path) -> Callable[..., NamedEntry]:
    """Build a named entry of helices: ``made_up(cell, space_group, {"A": centre})``."""

    def build(
        cell: Sequence[float],
        space_group: str,
        centres: dict[str, Sequence[float]],
        *,
        n_residues: int = 24,
    ) -> NamedEntry:
        chains = {name: helix(centre, n_residues) for name, centre in centres.items()}
        path = tmp_path / "crystal.cif"
        structure = crystal_structure(cell, space_group, chains)
        structure.make_mmcif_document().write_file(str(path))
        return name_entry(read_structure(path))

    return build
