"""Entries and interfaces that the comparisons share, as il2struct reads them."""

from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

import il2struct
from il2struct.interface.burial import protor_radii
from il2struct.structure.model import heavy


class Group(NamedTuple):
    """Heavy protein atoms of one side, as arrays that any program takes."""

    key: str
    coords: np.ndarray
    radii: np.ndarray
    elements: np.ndarray
    atom_names: np.ndarray
    residue_names: np.ndarray
    residue_numbers: np.ndarray


@cache
def study_of(path: Path):
    return il2struct.load(path)


@cache
def results_of(path: Path):
    return study_of(path).interfaces()


def group_of(partner) -> Group:
    atoms = partner.atoms.select(np.flatnonzero(heavy(partner.atoms)))
    return Group(
        partner.label,
        np.array(atoms.coords),
        protor_radii(atoms).radii_a,
        np.array(atoms.element),
        np.array(atoms.atom_name),
        np.array(atoms.residue_name),
        np.array(atoms.residue_index) + 1,
    )


def groups_of(results) -> list[tuple[Group, Group]]:
    """Both sides of every interface; a side in several interfaces is one object."""
    made: dict[int, Group] = {}
    return [
        tuple(
            made.setdefault(id(partner), group_of(partner))
            for partner in interface.sides
        )
        for interface in results
    ]
