"""Hydrogen bonds of an NMR ensemble with its own hydrogens, beside MDAnalysis."""

import warnings

import numpy as np
import pytest

from il2struct.interface.interface import interface_parameters
from il2struct.kernels.cells import neighbour_pairs_within
from il2struct.trajectory.measure import KINDS, TrajectoryParameters, key_shapes
from il2struct.trajectory.study import from_universe
from il2struct.trajectory.universe import universe_of_models

pytestmark = [pytest.mark.entries, pytest.mark.reference]

#: Residues in a row that make one chain of two: shorter than a turn of helix, so that every
#: backbone bond i to i + 4 runs between the chains.
STRETCH = 4


@pytest.fixture
def ensemble(mirror):
    """2NA8, 21 models of a helix with hydrogens, cut into two chains by turns."""
    universe = universe_of_models(mirror / "2NA8.cif.gz")
    letters = np.array(["A", "B"])[np.arange(len(universe.residues)) // STRETCH % 2]
    universe.atoms.chainIDs = letters[universe.atoms.resindices].astype(object)
    bonds = neighbour_pairs_within(universe.atoms.positions.astype(float), 1.2)
    is_hydrogen = universe.atoms.elements == "H"
    one = is_hydrogen[bonds.index_1] != is_hydrogen[bonds.index_2]
    pairs = list(zip(bonds.index_1[one], bonds.index_2[one], strict=True))
    universe.add_TopologyAttr("bonds", pairs)
    return universe


def their_triples(universe):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # MDAnalysis' own
        from MDAnalysis.analysis.hydrogenbonds import HydrogenBondAnalysis

        analysis = HydrogenBondAnalysis(
            universe,
            between=["chainID A", "chainID B"],
            hydrogens_sel="element H and bonded element N O",
            acceptors_sel="element O",
            d_a_cutoff=3.0,
            d_h_a_angle_cutoff=150,
        )
        analysis.run()
    triples = [set() for _ in universe.trajectory]
    for frame, donor, hydrogen, acceptor, *_ in analysis.results.hbonds:
        triples[int(frame)].add((int(donor), int(hydrogen), int(acceptor)))
    return triples


def our_triples(universe, results):
    """Donor, its hydrogen nearest to the acceptor, acceptor: atoms of the universe."""
    plan = results.measured.plan
    key = results.totals.bonds.means.key
    _, kind, row_1, row_2 = np.unravel_index(key, key_shapes(plan)["bonds"])
    assert (kind == KINDS.index("hydrogen_bond")).all()
    hydrogens = plan.bonds.topology.hydrogens
    positions = universe.atoms.positions
    atom = plan.atom_rows
    triples = set()
    for one, two in zip(row_1, row_2, strict=True):
        # Backbone N gives and O takes; hydroxyls are told by whose hydrogen is nearer.
        options = [
            (np.linalg.norm(positions[atom[h]] - positions[atom[a]]), d, h, a)
            for d, a in ((one, two), (two, one))
            for h in hydrogens[d][hydrogens[d] >= 0]
        ]
        _, donor, hydrogen, acceptor = min(options)
        triples.add((int(atom[donor]), int(atom[hydrogen]), int(atom[acceptor])))
    return triples


def test_triples_are_those_of_mdanalysis_in_every_frame(ensemble):
    theirs = their_triples(ensemble)
    study = from_universe(ensemble)
    parameters = TrajectoryParameters(
        interface=interface_parameters(preset_name="mdanalysis"), sc_every=0
    )
    assert study.n_frames == len(theirs) == 21
    for frame in range(21):
        results = study.interfaces(
            "A/B", parameters=parameters, frames=slice(frame, frame + 1)
        )
        _ = ensemble.trajectory[frame]
        assert our_triples(ensemble, results) == theirs[frame]
    assert sum(map(len, theirs)) > 100
    counts = study.interfaces("A/B", parameters=parameters).frames.n_hydrogen_bond
    assert counts.tolist() == [len(found) for found in theirs]
