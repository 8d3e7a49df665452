"""Buried polar atoms without a partner: made cases, an oracle of distances, the area of freesasa."""

from functools import cache

import numpy as np
import pytest
from scipy.spatial import cKDTree

from il2struct.interface.interface import interface_parameters
from il2struct.interface.measure import interfaces_of, waters_around
from il2struct.interface.unsatisfied import BURIED_A2, COVALENT_A, unsatisfied_atoms
from il2struct.results.interfaces import InterfaceResults
from il2struct.structure.named import name_entry

pytestmark = pytest.mark.entries

#: Nitrogens and oxygens without another one this near have no hydrogen bond by any criteria, Å.
ALONE_A = 3.2
#: Those that have another one this near … have one by no criteria of angles alone.
LONGEST_A = 4.1


@pytest.fixture(scope="module")
def measured(named_entry):
    @cache
    def measure(name: str, **options) -> InterfaceResults:
        named = named_entry(name)
        parameters = interface_parameters(**options)
        return InterfaceResults(named, interfaces_of(named, parameters=parameters))

    return measure


def polar(side) -> np.ndarray:
    atoms = side.prepared.atoms
    return np.flatnonzero(np.isin(atoms.element, ("N", "O")))


def nearest_polar_a(interface, side: int) -> np.ndarray:
    """From each polymer atom of a side to the nearest N or O that is no covalent neighbour, Å."""
    own = interface.sides[side]
    others = np.concatenate(
        [p.prepared.atoms.coords[polar(p)] for p in interface.sides]
    )
    tree = cKDTree(others)
    nearest = np.full(len(own.atoms), np.inf)
    for row, place in enumerate(own.atoms.coords):
        near = np.linalg.norm(others[tree.query_ball_point(place, 6.0)] - place, axis=1)
        near = near[near >= COVALENT_A]
        if len(near):
            nearest[row] = near.min()
    return nearest


@pytest.mark.parametrize("name", ["2B5I.cif", "1BRS.pdb", "1Z92.pdb"])
def test_against_distances_alone(measured, name):
    results = measured(name)
    for interface in results:
        waters = waters_around(results.named.entry, interface.sides)
        for side, found in enumerate(unsatisfied_atoms(interface, waters)):
            burial = interface.burial.sides[side]
            left = burial.sasa_free_a2 - burial.buried_a2
            hidden = burial.rows[(left <= BURIED_A2) & (burial.buried_a2 > BURIED_A2)]
            atoms = interface.sides[side].atoms
            nearest = nearest_polar_a(interface, side)
            is_polar = np.isin(atoms.element[hidden], ("N", "O"))
            # Proline has no hydrogen on its nitrogen.
            is_polar &= (atoms.residue_name[hidden] != "PRO") | (
                atoms.atom_name[hidden] != "N"
            )
            lonely = hidden[is_polar & (nearest[hidden] > LONGEST_A)]
            assert set(lonely) <= set(found.rows)
            assert set(found.rows) <= set(hidden[is_polar])
            expected = [
                bool(len(waters))
                and np.linalg.norm(waters.coords - atoms.coords[row], axis=1).min()
                <= 3.5
                for row in found.rows
            ]
            assert list(found.has_water) == expected


def test_freesasa_finds_no_area_either(measured, freesasa):
    interface = measured("2B5I.cif")["IL2/IL2RA"][0]
    waters = interface.sides[0].atoms.select(np.zeros(0, dtype=int))
    coords, radii = (
        np.concatenate([part(side) for side in interface.sides])
        for part in (
            lambda side: side.atoms.coords[side.surface.rows],
            lambda side: side.surface.radii.radii_a,
        )
    )
    parameters = freesasa.Parameters(
        {"algorithm": freesasa.LeeRichards, "n-slices": 100}
    )
    areas = freesasa.calcCoord(coords.ravel(), radii, parameters)
    start = 0
    for side, found in zip(
        interface.sides, unsatisfied_atoms(interface, waters), strict=True
    ):
        for row in np.searchsorted(side.surface.rows, found.rows):
            # None but for 100 slices.
            assert areas.atomArea(start + int(row)) < 0.5
        start += len(side.surface.rows)


def test_leucine_in_place_of_aspartate_leaves_its_partners_alone(
    real_text, read_text_as
):
    # Barstar's D35 and D39 hold E60, R59, R83, R87 and H102 of barnase; leucine has their shape.
    lines = []
    for line in real_text("1BRS.pdb").splitlines():
        if line.startswith("ATOM") and line[17:26] in {"ASP D  35", "ASP D  39"}:
            line = line.replace("ASP", "LEU")
            if line[12:15] == " OD":
                line = f"{line[:12]} CD{line[15:76]} C{line[78:]}"
        lines.append(line)
    counts = [
        InterfaceResults(named, interfaces_of(named)).unsatisfied_counts.iloc[0]
        for named in (
            name_entry(read_text_as(real_text("1BRS.pdb"), "wild.pdb")),
            name_entry(read_text_as("\n".join(lines), "mutant.pdb")),
        )
    ]
    assert counts[1]["n_unsatisfied_1"] >= counts[0]["n_unsatisfied_1"] + 2


def test_table_and_counts_say_the_same(measured):
    results = measured("2B5I.cif")
    atoms, counts = results.unsatisfied, results.unsatisfied_counts
    assert list(counts["interface_id"]) == list(results.table["interface_id"])
    assert counts["n_unsatisfied"].sum() == len(atoms)
    by_name = atoms.groupby("interface_id").size()
    for row in counts.itertuples():
        assert row.n_unsatisfied == by_name.get(row.interface_id, 0)
        assert row.n_unsatisfied_1 + row.n_unsatisfied_2 == row.n_unsatisfied
        assert row.n_without_water <= row.n_unsatisfied
    assert not atoms["atom_name"].str.startswith("C").any()


def test_looser_criteria_leave_fewer(measured):
    strict, loose = (
        measured("1BRS.pdb", preset_name=name).unsatisfied_counts["n_unsatisfied"].sum()
        for name in ("baker-hubbard", "pisa")
    )
    assert loose <= strict
