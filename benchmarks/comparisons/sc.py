"""Shape complementarity: the Rust program on arrays, arpeggia from a file."""

import os

os.environ.setdefault("RAYON_NUM_THREADS", "1")  # read when the Rust program is loaded

import gzip
import math
import statistics
import tempfile
from pathlib import Path

import shape_complementarity as rust
from comparisons.entries import group_of, results_of
from peers.arpeggia_client import arpeggia
from side_by_side import Row, alternate, milliseconds, row_of, tell

import il2struct
from il2struct.complementarity import sc_radii, shape_complementarity

#: Interfaces of the asymmetric unit, by entry.
ENTRIES = ("2B5I.pdb", "2ERJ.pdb", "1Z92.pdb")
ARPEGGIA_GROUPS = ("A/B", "A/C", "A/D", "B/C")
TURNS = 5


def sides_of(interface):
    groups = [group_of(p) for p in interface.sides]
    radii = [
        sc_radii(list(g.residue_names), list(g.atom_names), list(g.elements)).radii_a
        for g in groups
    ]
    return groups, radii


def both_ways(interface):
    """Our call and the Rust program's call on one interface."""
    (a, b), (radii_a, radii_b) = sides_of(interface)
    theirs = (
        a.coords.tolist(), list(a.atom_names), list(a.residue_names),
        b.coords.tolist(), list(b.atom_names), list(b.residue_names),
    )  # fmt: skip
    return (
        lambda: shape_complementarity(a.coords, radii_a, b.coords, radii_b),
        lambda: rust.compute_sc(*theirs),
    )


def against_rust(mirror):
    found = []
    for name in ENTRIES:
        for interface in results_of(mirror / f"{name}.gz"):
            ours, theirs = both_ways(interface)
            found.append(
                row_of("sc", interface.interface_id, "Rust", alternate(ours, theirs))
            )
    # One number for all: the geometric mean, turn by turn would hide the spread over interfaces.
    ratio = math.exp(statistics.fmean(math.log(row.ratio) for row in found))
    return Row(
        topic="sc",
        work=f"Sc, {len(found)} interfaces of 2B5I, 2ERJ, 1Z92",
        peer="shape-complementarity (Rust), 1 thread",
        ours_ms=sum(row.ours_ms for row in found),
        peer_ms=sum(row.peer_ms for row in found),
        ratio=ratio,
        ratio_minimum=min(row.ratio for row in found),
        ratio_maximum=max(row.ratio for row in found),
        turns=TURNS,
        note="geometric mean; range over interfaces",
    )


def against_arpeggia(mirror):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "2B5I.pdb"
        path.write_bytes(gzip.decompress((mirror / "2B5I.pdb.gz").read_bytes()))
        parameters = il2struct.interface_parameters(sc="value")

        def ours():
            study = il2struct.load(path)
            return [study.interfaces(g, parameters=parameters) for g in ARPEGGIA_GROUPS]

        ours()
        with arpeggia("sc", path, ARPEGGIA_GROUPS) as (_, theirs):
            turns = [(milliseconds(ours), theirs()) for _ in range(TURNS)]
    return row_of(
        "sc",
        f"file to Sc, {len(ARPEGGIA_GROUPS)} interfaces of 2B5I",
        "arpeggia, 1 thread",
        turns,
        "ours finds roles, areas, contacts and bonds on the way",
    )


def rows(mirror):
    tell("Sc: Rust")
    yield against_rust(mirror)
    tell("Sc: arpeggia")
    yield against_arpeggia(mirror)
