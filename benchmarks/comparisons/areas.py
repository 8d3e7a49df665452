"""Buried areas of all interfaces of 2ERJ's asymmetric unit."""

from functools import partial

import numpy as np
from comparisons.entries import groups_of, results_of
from peers.areas import by_biopython, by_biotite, by_freesasa
from side_by_side import alternate, row_of, tell

from il2struct.kernels.sasa import buried_areas


def ours(pairs):
    return [buried_areas(a.coords, a.radii, b.coords, b.radii) for a, b in pairs]


def whole_chains(pairs, areas_of):
    """Each chain alone once, each pair together."""
    alone = {}
    for pair in pairs:
        for group in pair:
            if group.key not in alone:
                alone[group.key] = areas_of([group])
    return [
        alone[a.key].sum() + alone[b.key].sum() - areas_of([a, b]).sum()
        for a, b in pairs
    ]


def _stacked(method, groups):
    return method(
        np.vstack([g.coords for g in groups]), np.concatenate([g.radii for g in groups])
    )


def _by_element(groups):
    return by_biopython(
        np.concatenate([g.elements for g in groups]),
        np.vstack([g.coords for g in groups]),
    )


PEERS = {
    "freesasa, Lee-Richards 20 slices": (
        partial(_stacked, by_freesasa),
        "ours exact, same radii",
    ),
    "biotite, Shrake-Rupley 1000 points": (
        partial(_stacked, by_biotite),
        "same radii; its C code, single precision",
    ),
    "Biopython, Shrake-Rupley 100 points": (_by_element, "its radii by element"),
}


def rows(mirror):
    pairs = groups_of(results_of(mirror / "2ERJ.pdb.gz"))
    work = f"buried areas, {len(pairs)} interfaces of 2ERJ"
    for peer, (areas_of, note) in PEERS.items():
        tell(f"areas: {peer}")
        turns = alternate(
            lambda: ours(pairs), lambda a=areas_of: whole_chains(pairs, a)
        )
        yield row_of("areas", work, peer, turns, note)
