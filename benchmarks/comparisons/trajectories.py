"""A trajectory of 2B5I with hydrogens: hydrogen bonds beside MDAnalysis, everything beside ProLIF."""

import tempfile
import warnings
from pathlib import Path

import MDAnalysis
import prolif
from side_by_side import alternate, row_of, tell

import trajectory as made
from il2struct.interface.interface import interface_parameters
from il2struct.trajectory.measure import TrajectoryParameters

#: Frames of ours and of MDAnalysis; ProLIF is given the first few, and times are per frame.
N_FRAMES = 256
N_PROLIF_FRAMES = 2


def per_frame(turns, n_ours, n_theirs):
    return [(ours / n_ours, theirs / n_theirs) for ours, theirs in turns]


def against_mdanalysis(topology, run, bonds):
    tell("trajectory: MDAnalysis")
    universe = MDAnalysis.Universe(str(topology), str(run))
    universe.add_TopologyAttr("bonds", [tuple(pair) for pair in bonds.tolist()])
    study = made.opened(topology, run)
    measured = made.planned(study, "mdanalysis")
    ours, theirs = made.our_bonds(study, measured), made.their_bonds(universe, measured)
    equal = sum(a == b for a, b in zip(ours, theirs, strict=True))
    turns = alternate(
        lambda: made.our_bonds(study, measured),
        lambda: made.their_bonds(universe, measured),
    )
    return row_of(
        "trajectory",
        "hydrogen bonds of a frame, 6 chain pairs of 2B5I",
        "MDAnalysis HydrogenBondAnalysis",
        per_frame(turns, N_FRAMES, N_FRAMES),
        f"reading included; equal sets in {equal} of {N_FRAMES} frames",
    )


def against_prolif(topology, run, bonds):
    tell("trajectory: ProLIF")
    universe = MDAnalysis.Universe(str(topology), str(run))
    universe.add_TopologyAttr("bonds", [tuple(pair) for pair in bonds.tolist()])
    one = universe.select_atoms("chainID A and byres around 8 chainID B C D")
    rest = universe.select_atoms("chainID B C D and byres around 8 chainID A")
    study = made.opened(topology, run)
    parameters = TrajectoryParameters(interface=interface_parameters(), sc_every=0)

    def theirs():
        fingerprint = prolif.Fingerprint()
        fingerprint.run(
            universe.trajectory[:N_PROLIF_FRAMES], one, rest, progress=False, n_jobs=1
        )

    turns = alternate(
        lambda: study.interfaces("A/B,C,D", parameters=parameters), theirs
    )
    return row_of(
        "trajectory",
        "contacts, bonds, areas of a frame, IL-2 against the rest",
        "ProLIF Fingerprint",
        per_frame(turns, N_FRAMES, N_PROLIF_FRAMES),
        "ProLIF finds interactions only; its time is mostly the conversion to RDKit",
    )


def rows(mirror):
    with tempfile.TemporaryDirectory() as name, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        folder = Path(name)
        topology, bonds = made.protein_with_hydrogens(mirror, folder)
        run = made.shaken(topology, folder, N_FRAMES)
        yield against_mdanalysis(topology, run, bonds)
        yield against_prolif(topology, run, bonds)
