"""Kinds of bonds: each is whole, and a new one arrives everywhere by its entry and its finder."""

import json
import os
import subprocess
import sys

import pytest

from il2struct.bond_kinds import CONDITIONAL, KINDS, by_rank, kind_shown
from il2struct.bonds.finders import ENDS, FINDERS

#: A kind of its own making: sulphur of side 1 near a carbon of side 2. It runs in a process of its
#: own, since kinds are registered before the tables that have columns of them are made.
MADE_UP = """
import json, sys
import numpy as np
from il2struct.bond_kinds import KINDS, BondKind, Line, Stick

KINDS["thio_contact"] = BondKind(
    name="thio_contact",
    flag_meaning="Sulphur near a carbon",
    count_meaning="Sulphurs near a carbon",
    word="thio contact", legend="S...C", tag="thio", rank=0,
    map_marker="p", presence_marker="p",
    line=Line(dashes=(1.0, 3.0), width_pt=1.1),
    stick=Stick(group="thio", radius_a=0.07, chimerax_radius_a=0.09),
)
from il2struct.bonds.finders import AtomEnds, AtomPairs, finds, pairs_of_rows

def thio_ends(known, criteria):
    yield AtomEnds(known.atoms.element == "S", known.atoms.element == "C", 4.5)

@finds("thio_contact", thio_ends)
def thio_contacts(search):
    side_1, side_2 = search.sides
    sulfur = np.flatnonzero(side_1.atoms.element == "S")
    carbon = np.flatnonzero(side_2.atoms.element == "C")
    pairs = pairs_of_rows(search.sides, sulfur, carbon, 4.5)
    return AtomPairs(index_1=pairs.index_1, index_2=pairs.index_2)

import il2struct
from il2struct import figures
from il2struct.report.scenes import build_scene
from il2struct.report.scene_files import pymol_script
from il2struct.results import views
from il2struct.tables import records

study = il2struct.load(sys.argv[1])
results = study.interfaces()
ladders = [figures.bond_ladder(results, interface=one.interface_id) for one in results]
bonds = results.bonds[results.bonds["is_thio_contact"]]
scene = build_scene(study.named)
print(json.dumps({
    "counts": int(results.table["n_thio_contact"].sum()),
    "elements": sorted(set(bonds["atom_name_1"].str[0] + bonds["atom_name_2"].str[0])),
    "words": [views.kinds_of(row) for row in records(bonds)],
    "n_bonds": len(bonds),
    "ladder": sum(int((one.table["kind"] == "thio_contact").sum()) for one in ladders),
    "pymol": pymol_script(scene).count("distance thio_"),
}))
"""


def test_every_kind_has_a_finder_and_its_own_looks():
    assert set(FINDERS) == set(ENDS) == set(KINDS)
    kinds = by_rank()
    assert {kind.name for kind in kinds} == {*KINDS, CONDITIONAL.name}
    for looks in ("rank", "map_marker", "line", "stick", "legend"):
        values = [look for kind in kinds if (look := getattr(kind, looks))]
        assert len(set(values)) == len(values), looks


@pytest.mark.parametrize(
    ("flags", "shown"),
    [
        ({"is_hydrogen_bond"}, "hydrogen_bond"),
        ({"is_hydrogen_bond", "needs_flip"}, "conditional_hydrogen_bond"),
        ({"is_hydrogen_bond", "needs_protonation"}, "conditional_hydrogen_bond"),
        ({"is_hydrogen_bond", "is_salt_bridge", "needs_flip"}, "salt_bridge"),
        ({"is_apolar_contact", "is_water_mediated"}, "water_mediated"),
    ],
)
def test_a_bond_of_several_kinds_is_shown_as_the_first(flags, shown):
    names = (*(f"is_{name}" for name in KINDS), "needs_flip", "needs_protonation")
    assert kind_shown({name: name in flags for name in names}).name == shown


@pytest.mark.entries
def test_a_new_kind_arrives_in_tables_figures_and_scenes(mirror):
    done = subprocess.run(  # our own interpreter
        [sys.executable, "-c", MADE_UP, str(mirror / "2B5I.pdb.gz")],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"MPLBACKEND": "agg"},
    )
    found = json.loads(done.stdout)
    assert found["counts"] == found["n_bonds"] > 0
    assert found["elements"] == ["SC"]
    assert all(words.startswith("thio") for words in found["words"])
    assert found["ladder"] > 0
    assert found["pymol"] == found["n_bonds"]
