"""How receptors are held: distances, angle and twist of domains that are turned by known angles."""

from dataclasses import replace

import numpy as np
import pytest

from il2struct.kernels.geometry import apply_transform, rotation_matrix
from il2struct.network.membrane.agonists import (
    Domain,
    agonist_table,
    difference,
    domain_geometry,
)
from il2struct.structure.complexes import Member
from il2struct.structure.family import Role
from il2struct.structure.model import ChainImage


def domain(centre, direction):
    """A rod of 60 CA along a direction, a little thick, with its anchor at the far end."""
    rng = np.random.default_rng(1)
    along = np.linspace(-20.0, 20.0, 60)[:, None] * np.array([0.0, 0.0, -1.0])
    rod = along + rng.normal(scale=0.5, size=(60, 3))
    rod -= rod.mean(axis=0)
    _, _, axes = np.linalg.svd(rod)
    # Its own long axis exactly along the direction, so that expected angles are exact.
    axis = axes[0] * np.sign(-axes[0][2])
    turn = _between(axis, np.asarray(direction, dtype=float))
    return Domain(
        member=Member(role=Role.IL2RB, image=ChainImage("A")),
        number=np.arange(60),
        coords=rod @ turn.T + centre,
        anchor=25.0 * np.asarray(direction, dtype=float) + centre,
        last_mature=206,
    )


def _between(start, end):
    axis = np.cross(start, end)
    if np.linalg.norm(axis) < 1e-12:
        return np.eye(3)
    return rotation_matrix(axis, np.degrees(np.arccos(np.clip(start @ end, -1, 1))))


def turned(which, axis, angle_deg):
    rotation = rotation_matrix(axis, angle_deg)
    centre = which.centre
    shift = centre - rotation @ centre
    return replace(
        which,
        coords=apply_transform(which.coords, rotation, shift),
        anchor=rotation @ which.anchor + shift,
    )


DOWN = (0.0, 0.0, -1.0)
ONE, TWO = domain((0.0, 0.0, 0.0), DOWN), domain((30.0, 0.0, 0.0), DOWN)


def test_parallel_domains():
    found = domain_geometry(ONE, TWO)
    assert found["domain_distance_a"] == pytest.approx(30.0)
    assert found["anchor_distance_a"] == pytest.approx(30.0)
    assert found["angle_deg"] == pytest.approx(0.0, abs=1e-5)
    assert found["twist_deg"] == pytest.approx(0.0, abs=1e-5)


@pytest.mark.parametrize("angle_deg", [-150.0, -35.0, 10.0, 90.0])
def test_a_turn_about_the_line_of_centres_is_twist(angle_deg):
    # Along x, from the first to the second: clockwise seen from the first is right-handed.
    found = domain_geometry(ONE, turned(TWO, [1, 0, 0], angle_deg))
    assert found["twist_deg"] == pytest.approx(angle_deg)
    assert found["angle_deg"] == pytest.approx(abs(angle_deg))
    assert found["domain_distance_a"] == pytest.approx(30.0)


@pytest.mark.parametrize("angle_deg", [-40.0, 25.0])
def test_a_turn_across_it_is_angle_alone(angle_deg):
    # Feet move apart or together by 25 Å times the sine.
    found = domain_geometry(ONE, turned(TWO, [0, 1, 0], angle_deg))
    assert found["angle_deg"] == pytest.approx(abs(angle_deg))
    assert found["twist_deg"] == pytest.approx(0.0, abs=1e-5)
    feet = np.hypot(
        30.0 - 25.0 * np.sin(np.radians(angle_deg)),
        25.0 * (1 - np.cos(np.radians(angle_deg))),
    )
    assert found["anchor_distance_a"] == pytest.approx(feet)


@pytest.mark.parametrize("angle_deg", [0.0, 1e-3, 17.0, 180.0])
def test_the_difference_is_the_motion_made(angle_deg):
    axis = np.array([1.0, 2.0, -0.5])
    other = turned(TWO, axis, angle_deg)
    other = replace(other, coords=np.add(other.coords, [0.0, 3.0, 4.0]))
    # Both anywhere in space, and a residue less.
    place = rotation_matrix([0, 1, 3], 77.0)
    pair = [replace(d, coords=d.coords @ place.T + 9.0) for d in (ONE, other)]
    pair[0] = replace(pair[0], coords=pair[0].coords[1:], number=pair[0].number[1:])
    found = difference((ONE, TWO), (pair[0], pair[1]))
    assert found["turn_deg"] == pytest.approx(angle_deg, abs=1e-6)
    assert found["shift_a"] == pytest.approx(5.0)


def test_sides_exchanged_turn_alike():
    other = turned(turned(TWO, [1, 0, 0], 30.0), [0, 1, 0], 12.0)
    one, two = domain_geometry(ONE, other), domain_geometry(other, ONE)
    assert one == pytest.approx(two)


@pytest.mark.entries
def test_copies_and_crystals_hold_beta_and_gamma_alike(named_entry):
    names = ("2B5I.cif", "2ERJ.pdb", "1Z92.pdb")
    table = agonist_table([named_entry(name) for name in names])
    # IL-2 and α alone are no pair of receptors that end in W-S-X-W-S.
    assert list(table["entry_id"]) == ["2B5I", "2ERJ", "2ERJ"]
    assert set(table["agonist"]) == {"IL2"}
    assert set(table["reference"]) == {"2B5I:1"}
    assert (table["role_1"] + table["role_2"] == "IL2RBIL2RG").all()
    assert table["turn_deg"].max() < 3.0
    assert table["shift_a"].max() < 0.5
    assert np.ptp(table["twist_deg"]) < 5.0
    assert table["n_residues_1"].min() > 90
    assert table["lean_deg"].between(0.0, 90.0).all()


@pytest.mark.entries
def test_a_designed_ligand_is_an_agonist_by_its_chain(named_entry):
    named = named_entry("2B5I.cif")
    designed = [
        replace(role, role=Role.UNKNOWN, reference=None)
        if role.role is Role.IL2
        else role
        for role in named.roles
    ]
    members = [
        replace(m, role=Role.UNKNOWN) if m.role is Role.IL2 else m
        for m in named.complexes[0].members
    ]
    complexes = (replace(named.complexes[0], members=tuple(members)),)
    table = agonist_table([replace(named, roles=tuple(designed), complexes=complexes)])
    assert list(table["agonist"]) == ["A"]


@pytest.mark.entries
@pytest.mark.parametrize(
    ("auth_asym_id", "last", "n_rows"), [("B", 200, 0), ("B", 201, 1), ("C", 214, 0)]
)
def test_without_its_last_strand_a_domain_has_no_end_at_the_membrane(
    named_entry, caplog, auth_asym_id, last, n_rows
):
    # W-S-X-W-S begins at 194 of β and 215 of γc; cut there, the axes would point to each other.
    named = named_entry("2B5I.cif")
    chain = named.entry.chain(auth_asym_id)
    kept = named.entry.residues.auth_number[chain.residue_index] <= last
    cut = replace(
        chain, residue_index=chain.residue_index[kept], position=chain.position[kept]
    )
    chains = tuple(cut if c is chain else c for c in named.entry.chains)
    entry = replace(named.entry, chains=chains)
    assert len(agonist_table([replace(named, entry=entry)])) == n_rows
    assert ("too little" in caplog.text) == (n_rows == 0)
