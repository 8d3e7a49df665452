"""Sheets of complexes: which contacts they hold, and how they lie on the membrane."""

from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest

from il2struct.lattice.graph import Edge, PeriodicGraph, components
from il2struct.lattice.operators import OperatorGroup
from il2struct.network.evidence.survey import (
    Sheet,
    Standing,
    held_contacts,
    stood_up,
)
from il2struct.network.membrane.body import rigid_body

CELL_A = np.array([50.0, 60.0, 70.0])
#: One complex in each cell of P 1, and the steps of its contacts: a, b, a + b, c and 2a.
STEPS = ((1, 0, 0), (0, 1, 0), (1, 1, 0), (0, 0, 1), (2, 0, 0))


def layer(*contacts):
    """The crystal, and what some of its contacts build."""
    crystal = SimpleNamespace(orthogonalisation=np.diag(CELL_A))
    group = OperatorGroup(
        crystal=crystal, rotations=np.eye(3)[np.newaxis], translations=np.zeros((1, 3))
    )
    node = ("1", 0)
    edges = tuple(
        Edge(start=node, end=node, cell_shift=step, contact=number)
        for number, step in enumerate(STEPS)
    )
    graph = PeriodicGraph(group=group, nodes=(node,), edges=edges)
    chosen = tuple(edges[number] for number in contacts)
    (part,) = components(PeriodicGraph(group=group, nodes=(node,), edges=chosen))
    return graph, part


@pytest.mark.parametrize(
    ("contacts", "held"),
    [
        ((0, 1), {0, 1, 2, 4}),
        ((4, 1), {1, 4}),
        ((2, 3), {2, 3}),
        ((0, 2), {0, 1, 2, 4}),
    ],
)
def test_a_layer_holds_every_contact_between_its_complexes(contacts, held):
    graph, part = layer(*contacts)
    assert part.dimension == 2
    assert {edge.contact for edge in held_contacts(graph, part)} == held


def test_a_layer_lies_on_the_side_that_stretches_least():
    # A box 10 Å high, anchored 2 Å above one face along c and 8 Å from the other.
    corners = np.array([[x, y, z] for x in (0, 9) for y in (0, 9) for z in (-2, 8)])
    body = rigid_body(
        corners.astype(float),
        np.zeros((1, 3)),
        contour_a=np.array([5.0]),
        mean_square_a2=np.array([12.0]),
    )
    standing = Standing(
        body=body,
        roles=("IL2RA",),
        either_side_kt=np.array([[0.0, 2.0], [1.0, np.inf]]),
    )
    made = partial(
        Sheet, named=SimpleNamespace(), built_by=(), contact_classes=(), buried_a2=0.0
    )
    graph, part = layer(0, 1)
    sheet = stood_up(made, graph, part, {"1": standing})
    assert sheet.area_per_complex_nm2 == pytest.approx(30.0)
    assert sheet.energy_per_complex_kt == pytest.approx(1.5 * 2.0**2 / 12.0)
    assert sheet.stretch_fraction == pytest.approx(0.4)
    assert sheet.stretched_role == "IL2RA"
    assert sheet.easier_fraction == pytest.approx(0.5)
    alone = np.mean(np.exp([0.0, -2.0, -1.0, -np.inf]))
    assert sheet.price_per_complex_kt == pytest.approx(0.5 + np.log(alone))
    # Along a the anchor is on an edge of the box, 0 and 9 Å from its faces.
    graph, part = layer(1, 3)
    sheet = stood_up(made, graph, part, {"1": standing})
    assert sheet.energy_per_complex_kt == 0.0


@pytest.mark.entries
@pytest.mark.slow
def test_sheets_of_the_crystals(alpha_study):
    flat = {
        (sheet.named.entry.entry_id, sheet.complex_ids[0]): sheet
        for sheet in alpha_study.sheets
        if sheet.can_lie_flat and alpha_study.focal.name in sheet.contact_classes
    }
    # By separate code: 20 kT with β at 28.4 of 32.4 Å, and 8 kT with it at 26.3 of 28.8 Å.
    first, second = flat["2ERJ", "1"], flat["2B5I", "1"]
    assert first.energy_per_complex_kt == pytest.approx(20.0, abs=0.5)
    assert first.stretch_fraction == pytest.approx(28.4 / 32.4, abs=0.002)
    assert second.energy_per_complex_kt == pytest.approx(8.0, abs=0.5)
    assert second.stretch_fraction == pytest.approx(26.3 / 28.8, abs=0.002)
    assert {s.stretched_role for s in flat.values()} == {"IL2RB"}
