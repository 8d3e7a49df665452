"""Bonds of the interfaces of 2B5I: hydrogens placed, and hydrogens given."""

import tempfile
import warnings
from pathlib import Path

from comparisons.entries import results_of
from peers.bonds import (
    biotite_entry,
    by_biotite,
    by_mdanalysis,
    by_prolif,
    universe_of,
    with_hydrogens,
)
from side_by_side import alternate, row_of, tell

import il2struct
from il2struct.bonds.find import find_bonds
from il2struct.bonds.sides import prepare_side

ENTRY = "2B5I"
PAIRS = ("AB", "AC", "AD", "BC")


def ours(interfaces, criteria):
    """Place hydrogens on each chain once, then find the bonds of each pair."""
    prepared = {}
    for interface in interfaces:
        for partner in interface.sides:
            prepared.setdefault(partner.label, prepare_side(partner))
    return [
        find_bonds(
            prepared[i.sides[0].label],
            prepared[i.sides[1].label],
            criteria=criteria,
        )
        for i in interfaces
    ]


def rows(mirror):
    results = results_of(mirror / f"{ENTRY}.cif.gz")
    chains = {frozenset(pair) for pair in PAIRS}
    interfaces = [
        i
        for i in results
        if frozenset(p.images[0].auth_asym_id for p in i.sides) in chains
    ]
    bare = biotite_entry(mirror / f"{ENTRY}.cif.gz")

    def biotite_hydride():
        atoms = with_hydrogens(bare)
        return [by_biotite(atoms, *pair) for pair in PAIRS]

    tell("bonds: biotite and hydride")
    criteria = il2struct.PRESETS["baker-hubbard"]
    yield row_of(
        "bonds",
        f"hydrogens placed, bonds of {len(interfaces)} interfaces of {ENTRY}",
        "hydride + biotite",
        alternate(lambda: ours(interfaces, criteria), biotite_hydride),
        "ours finds salt bridges, rings and apolar contacts too",
    )
    yield from _given_hydrogens(with_hydrogens(bare))


def _given_hydrogens(atoms):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "made.pdb"
        universe = universe_of(atoms, path)
        study = il2struct.load(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = [
                study.interfaces(
                    f"{a}/{b}",
                    parameters=il2struct.interface_parameters(preset_name="mdanalysis"),
                )[0]
                for a, b in PAIRS
            ]
        criteria = il2struct.PRESETS["mdanalysis"]
        tell("bonds: MDAnalysis")
        yield row_of(
            "bonds",
            f"hydrogens given, bonds of {len(PAIRS)} interfaces of {ENTRY}",
            "MDAnalysis HydrogenBondAnalysis",
            alternate(
                lambda: ours(found, criteria),
                lambda: [by_mdanalysis(universe, *pair) for pair in PAIRS],
            ),
            "one frame; ours prepares the chains and finds all kinds",
        )
        tell("bonds: ProLIF")
        yield row_of(
            "bonds",
            f"hydrogens given, bonds of {len(PAIRS)} interfaces of {ENTRY}",
            "ProLIF Fingerprint",
            alternate(
                lambda: ours(found, il2struct.PRESETS["prolif"]),
                lambda: [by_prolif(universe, *pair) for pair in PAIRS],
            ),
            "one frame; its time is mostly the conversion to RDKit",
        )
