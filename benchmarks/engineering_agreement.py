"""
What engineers ask, beside published programs: DockQ by DockQ, bonds of ligands by PLIP.

    python benchmarks/engineering_agreement.py [MIRROR]

Both programs want packages that il2struct does not, so each lives in an environment of its own, whose
Python the variables DOCKQ_PYTHON and PLIP_PYTHON name; what is not there is left out.
"""

import json
import os
import subprocess
import sys
import tempfile
from itertools import combinations
from pathlib import Path

import gemmi
from engineering import written
from side_by_side import mirror_of

import il2struct
from il2struct.comparison.complexes import named_complexes, similarities

#: Files with ligands in PDB format, which PLIP reads.
LIGANDS = ("1PY2", "1G6N", "2ZOZ", "1A4I", "2PIA", "3CYR")
DOCKQ = """
import json, sys
from DockQ.DockQ import load_PDB, run_on_all_native_interfaces
native, model = (load_PDB(path) for path in sys.argv[1:])
found, _ = run_on_all_native_interfaces(model, native, chain_map=dict(zip("ABCD", "DBCA")))
print(json.dumps({name: each["DockQ"] for name, each in found.items()}))
"""
PLIP = """
import json, sys
from plip.structure.preparation import PDBComplex
complex_ = PDBComplex()
complex_.load_pdb(sys.argv[1])
complex_.analyze()
print("\\n" + json.dumps({
    key: [sorted({f"{bond.reschain}{bond.resnr}" for bond in bonds}) for bonds in (
        each.hbonds_ldon + each.hbonds_pdon, each.saltbridge_lneg + each.saltbridge_pneg,
        each.pistacking + each.pication_laro + each.pication_paro,
        [bond for bond in each.metal_complexes if bond.location.startswith("protein")])]
    for key, each in complex_.interaction_sets.items()}))
"""
REASONS = """
- **DockQ** (2.1.3, numpy below 2): the same definition; the program leaves out residues whose letters differ
  (IL-2 C125A of 2ERJ, sequons), we keep them, which moves the third decimal.
- **PLIP** (3.0.1 with Open Babel): residues with a hydrogen bond (4.1 Å, 100° at the hydrogen that Open Babel adds; ours 3.5 Å,
  120°, hydroxyls turned to the acceptor) and with a salt bridge (5.5 Å between centres of charge; ours 4.0 Å between
  atoms). PLIP drops a hydrogen bond where it sees a salt bridge, ours is both: Glu 62 of IL-2 under the guanidine of FRH.
  Rings and metals have the same limits; PLIP takes the six-membered rings around the iron of a heme as well (A35, A52),
  and by its bonds a pyrrole that is bent by more than 5° (A65).
- **ipSAE**: `tests/predicted/` holds our values to 1e-3 of those of the published script, both directions.
- **PROPKA**: is called by il2struct, so that there is nothing to compare.
- **Buried unsatisfied atoms**: no program with a published definition installs from a package index; `tests/interface/` holds
  ours to plain distances and to areas by freesasa.
"""


def answer_of(python, script, *arguments):
    """What a script says in another Python: the JSON in its last line; None without the Python."""
    if not python:
        return None
    done = subprocess.run(
        [python, "-c", script, *map(str, arguments)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return json.loads(done.stdout.strip().splitlines()[-1])


def dockq_lines(mirror):
    with tempfile.TemporaryDirectory() as folder:
        paths = written(Path(folder), mirror)
        theirs = answer_of(os.environ.get("DOCKQ_PYTHON"), DOCKQ, *paths)
        if theirs is None:
            return
        (native,), (model,) = named_complexes([il2struct.load(p).named for p in paths])
    images = [member.image for member in native.complex_.members]
    pairs = [((one,), (two,)) for one, two in combinations(images, 2)]
    yield from ("| 2B5I, 2ERJ | ours | DockQ |", "|---|---|---|")
    for pair, found in zip(pairs, similarities(native, model, pairs)[1], strict=True):
        name = "".join(sorted(side[0].auth_asym_id for side in pair))
        if found is not None and name in theirs:
            yield f"| {'-'.join(name)} | {found.dockq:.4f} | {theirs[name]:.4f} |"


def plip_lines(mirror):
    python = os.environ.get("PLIP_PYTHON")
    if not python:
        return
    rows = list(plip_rows(mirror, python))
    for first, kinds in (
        (0, ("hydrogen-bonded", "salt-bridged")),
        (2, ("by a ring", "on a metal")),
    ):
        heads = (f"{kind}: both | only ours | only PLIP" for kind in kinds)
        yield from (f"| ligand | {' | '.join(heads)} |", "|---" * 7 + "|")
        for name, found in rows:
            cells = [
                " ".join(sorted(part)) for ours, theirs in found[first : first + 2]
                for part in (ours & theirs, ours - theirs, theirs - ours)
            ]  # fmt: skip
            if any(cells):
                yield f"| {name} | {' | '.join(cells)} |"
        yield ""


def plip_rows(mirror, python):
    """Each ligand, and for each kind of bond the residues by us and by PLIP."""
    for entry in LIGANDS:
        path = next(mirror.glob(f"{entry}.pdb*"))
        with tempfile.TemporaryDirectory() as folder:
            plain = Path(folder, f"{entry}.pdb")
            gemmi.read_structure(str(path)).write_pdb(str(plain))
            theirs = answer_of(python, PLIP, plain)
        study = il2struct.load(path)
        table = study.ligands()
        for ligand, rows in table[table["use"].isna()].groupby("ligand", sort=False):
            component, _, place = ligand.partition(":")
            key = f"{component}:{place[0]}:{place[1:]}"
            if key in theirs:
                ours = bonded(study, ligand, rows["auth_asym_id"])
                yield (
                    f"{entry} {ligand}",
                    list(zip(ours, map(set, theirs[key]), strict=True)),
                )


def bonded(study, ligand, chains):
    """Residues with a hydrogen bond, a salt bridge, a stacked ring or a charge over one, and on a metal."""
    found = [set(), set(), set(), set()]
    for chain in chains:
        bonds = study.interfaces(f"{chain}/{ligand}").bonds
        names = bonds["auth_asym_id_1"] + bonds["auth_number_1"].astype(str)
        plain = (
            bonds["is_hydrogen_bond"]
            & ~bonds["needs_flip"]
            & ~bonds["needs_protonation"]
        )
        found[0] |= set(names[plain])
        found[1] |= set(names[bonds["is_salt_bridge"]])
        found[2] |= set(names[bonds["is_pi_stacking"] | bonds["is_cation_pi"]])
        found[3] |= set(names[bonds["is_metal_coordination"]])
    return found


def engineering_lines(mirror):
    """The section of AGREEMENT.md."""
    yield from ("## For engineers", "")
    for lines in (dockq_lines(mirror), plip_lines(mirror)):
        found = list(lines)
        yield from [*found, ""] if found else []
    yield REASONS.strip()


if __name__ == "__main__":
    for line in engineering_lines(mirror_of(sys.argv[1:])):
        print(line)
