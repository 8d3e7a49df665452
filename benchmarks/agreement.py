"""
Our numbers beside those of other programs, interface by interface.

    python benchmarks/agreement.py [MIRROR] [-o AGREEMENT.md]

The first 40 interfaces of at least 150 Å² per side, both sides where the file has them, of the
entries below. No number of ours is fitted to one of theirs; where they differ in a system, the
last table says why.
"""

import argparse
import statistics
import sys
import tempfile
import warnings
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from comparisons.entries import group_of, results_of
from comparisons.sc import both_ways
from engineering_agreement import engineering_lines
from peers.areas import by_biopython, by_biotite_protor, by_freesasa
from peers.arpeggia_client import arpeggia
from peers.bonds import (
    biotite_entry,
    by_biotite,
    by_mdanalysis,
    by_prolif,
    universe_of,
    with_hydrogens,
)
from scipy.spatial import cKDTree
from side_by_side import machine, mirror_of, tell

import il2struct

ENTRIES = (
    "2ERJ.pdb", "2B5I.pdb", "1Z92.pdb", "2Z3R.pdb", "2Z3R.cif", "3QB7.cif", "1FDL.pdb", "3HFM.pdb",
    "1A2Y.pdb", "1KIP.cif", "3HHR.pdb", "1IAR.pdb", "1KTZ.pdb", "1BRS.pdb", "2PTC.pdb", "1CSE.pdb",
    "2SNI.pdb", "1IGY.cif", "1NCB.cif", "1HHO.cif", "4HHB.pdb", "1A7G.cif", "2FI1.pdb", "1ROP.pdb",
)  # fmt: skip
N_INTERFACES = 40
REASONS = """
Why they differ:

- **freesasa**: same radii and atoms; what is left is the error of its 20 slices, ours are exact.
- **biotite** (areas): Shrake-Rupley with 1000 points scatters around the exact area; its ProtOr table
  is the same. No offset.
- **Biopython** (areas): its radii go by element (carbon 1.70 Å), where ProtOr's aliphatic carbons
  have 1.88 Å with their hydrogens: always a little less.
- **arpeggia** (areas): Shrake-Rupley with 100 points on protein atoms: no offset, more scatter.
- **k-d tree** (residue pairs within 5 Å, heavy atoms): the same question asked in the plainest way.
- **shape-complementarity, arpeggia** (Sc): the same algorithm at the same 15 dots per Å². Ours lays the
  dots of narrow grooves without the gaps and the spurious dots of that program; arpeggia's values are
  the Rust program's to all digits shown. Handed over as arrays, Tyr OH is kept.
- **hydride + biotite** (Baker-Hubbard criteria, each with its own hydrogens): ours turns hydroxyls and
  ammonium groups towards the acceptors they can reach, hydride places them by template. Where the
  hydrogens are given, as in the next two rows, the difference is gone.
- **MDAnalysis** (3.0 Å, 150°, the same hydrogens, donors and acceptors on both sides, no cell).
- **ProLIF** (3.5 Å, 130°, the same hydrogens; every occurrence). In 3HHR hydride protonates Cys 182,
  whose disulfide it does not know; ours knows it and sees no donor. ProLIF refuses negative
  residue numbers, so that entries that have them are left out.
"""
SMALLEST_AREA_A2 = 150.0
PACKAGES = (
    "il2struct", "freesasa", "biotite", "biopython", "arpeggia", "shape-complementarity",
    "hydride", "MDAnalysis", "prolif", "scipy",
)  # fmt: skip


@dataclass(frozen=True)
class Agreement:
    """One interface; areas per side in Å², counts of hydrogen bonds, missing values None."""

    name: str
    area: float
    area_freesasa: float
    area_biotite: float
    area_biopython: float
    area_arpeggia: float | None
    residue_pairs: int
    residue_pairs_kdtree: int
    sc: float
    sc_rust: float
    sc_arpeggia: float | None
    bonds_placed: int
    bonds_biotite: int | None
    bonds_given: int | None
    bonds_mdanalysis: int | None
    bonds_prolif_preset: int | None
    bonds_prolif: int | None


def chosen(mirror):
    """(path, study results, interface) of the first interfaces that qualify."""
    found = []
    for name in ENTRIES:
        path = mirror / f"{name}.gz"
        if not path.exists():
            continue
        results = results_of(path)
        table = results.table
        plain = (
            (table.area_per_side_a2 >= SMALLEST_AREA_A2)
            & (table.operator_1 == "1_555")
            & (table.operator_2 == "1_555")
            & (table.auth_asym_id_1.str.len() == 1)
            & (table.auth_asym_id_2.str.len() == 1)
        )
        found += [(path, results[i]) for i in np.flatnonzero(plain)]
    return found[:N_INTERFACES]


def chains_of(interface):
    return tuple(p.images[0].auth_asym_id for p in interface.sides)


def half_lost(areas_of, first, second):
    alone = areas_of([first]).sum() + areas_of([second]).sum()
    return float(alone - areas_of([first, second]).sum()) / 2.0


def _joined(groups, column):
    return np.concatenate([getattr(g, column) for g in groups])


def freesasa_areas(groups):
    return by_freesasa(_joined(groups, "coords"), _joined(groups, "radii"))


def biotite_areas(groups):
    return np.nan_to_num(
        by_biotite_protor(
            groups[0]._replace(
                **{
                    name: _joined(groups, name)
                    for name in groups[0]._fields
                    if name != "key"
                }
            )
        )
    )


def biopython_areas(groups):
    return by_biopython(
        _joined(groups, "elements"), _joined(groups, "coords"), n_points=960
    )


def residue_pairs_by_kdtree(a, b, cutoff_a=5.0):
    pairs = cKDTree(a.coords).query_ball_tree(cKDTree(b.coords), cutoff_a)
    return len(
        {
            (a.residue_numbers[i], b.residue_numbers[j])
            for i, others in enumerate(pairs)
            for j in others
        }
    )


def n_hydrogen_bonds(study, chains, preset):
    """Donor, hydrogen and acceptor triples of protein, as the other programs count them."""
    found = study.interfaces(
        "/".join(chains), parameters=il2struct.interface_parameters(preset_name=preset)
    )
    bonds = found.bonds
    return int(bonds.is_hydrogen_bond.sum()) if len(bonds) else 0


def atom_pairs(triples):
    """Bonded donor and acceptor pairs: a donor with two hydrogens counts once."""
    return len({(int(t[0]), int(t[-1])) for t in triples})


def prolif_pairs(universe, chains):
    """Hydrogen-bonded atom pairs of ProLIF; None where it fails (negative residue numbers)."""
    try:
        found = by_prolif(universe, *chains)
    except OverflowError:
        return None
    return len(
        {
            tuple(
                sorted(
                    (
                        *meta["parent_indices"]["ligand"][:1],
                        *meta["parent_indices"]["protein"][:1],
                    )
                )
            )
            for residues in found.ifp[0].values()
            for kind, occurrences in residues.items()
            if kind in ("HBDonor", "HBAcceptor")
            for meta in occurrences
        }
    )


class WithHydrogens:
    """An entry with hydride's hydrogens, for every program that wants them."""

    def __init__(self, path, folder):
        self.atoms = with_hydrogens(biotite_entry(path))
        self.file = Path(folder) / f"{path.name.split('.')[0]}_h.pdb"
        self.universe = universe_of(self.atoms, self.file)
        self.study = il2struct.load(self.file)

    def counts(self, chains):
        biotite = atom_pairs(by_biotite(self.atoms, *chains))
        hba = by_mdanalysis(self.universe, *chains)
        mdanalysis = atom_pairs(hba[:, [1, 2, 3]])
        return {
            "bonds_biotite": biotite,
            "bonds_given": n_hydrogen_bonds(self.study, chains, "mdanalysis"),
            "bonds_mdanalysis": mdanalysis,
            "bonds_prolif_preset": n_hydrogen_bonds(self.study, chains, "prolif"),
            "bonds_prolif": prolif_pairs(self.universe, chains),
        }


def by_arpeggia(path, folder, chains):
    import gzip

    plain = Path(folder) / path.name.removesuffix(".gz")
    if not plain.exists():
        plain.write_bytes(gzip.decompress(path.read_bytes()))
    groups = "/".join(chains)
    found = []
    for what in ("area", "sc"):
        try:
            with arpeggia(what, plain, [groups]) as (values, _):
                found.append(values[groups])
        except SystemExit:
            found.append(None)
    area, sc = found
    return None if area is None else area / 2.0, sc


def agreement_of(path, interface, hydrogens, folder):
    chains = chains_of(interface)
    a, b = (group_of(p) for p in interface.sides)
    ours, rust = both_ways(interface)
    area_arpeggia, sc_arpeggia = by_arpeggia(path, folder, chains)
    study = il2struct.load(path)
    nothing = dict.fromkeys(
        f.name
        for f in fields(Agreement)
        if f.name.startswith("bonds_") and f.name != "bonds_placed"
    )
    return Agreement(
        name=f"{path.name.split('.')[0]} {chains[0]}-{chains[1]}",
        area=interface.burial.area_per_side_a2,
        area_freesasa=half_lost(freesasa_areas, a, b),
        area_biotite=half_lost(biotite_areas, a, b),
        area_biopython=half_lost(biopython_areas, a, b),
        area_arpeggia=area_arpeggia,
        residue_pairs=len(interface.contacts.distance_a),
        residue_pairs_kdtree=residue_pairs_by_kdtree(a, b),
        sc=ours().sc,
        sc_rust=rust().sc,
        sc_arpeggia=sc_arpeggia,
        bonds_placed=n_hydrogen_bonds(study, chains, "baker-hubbard"),
        **(hydrogens.counts(chains) if hydrogens else nothing),
    )


def measured(mirror):
    found, prepared = [], {}
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for path, interface in chosen(mirror):
            tell(f"{path.name} {interface.interface_id}")
            if path not in prepared:
                try:
                    prepared[path] = WithHydrogens(path, folder)
                except Exception as error:  # noqa: BLE001  # the peers' tools fail in many ways
                    tell(f"  no hydrogens by hydride: {error}")
                    prepared[path] = None
            found.append(agreement_of(path, interface, prepared[path], folder))
    return found


#: What is compared: column of ours, column of theirs, name, kind of difference, why they differ.
COMPARISONS = (
    ("area", "area_freesasa", "area: freesasa", "relative"),
    ("area", "area_biotite", "area: biotite", "relative"),
    ("area", "area_biopython", "area: Biopython", "relative"),
    ("area", "area_arpeggia", "area: arpeggia", "relative"),
    ("residue_pairs", "residue_pairs_kdtree", "residue pairs: k-d tree", "absolute"),
    ("sc", "sc_rust", "Sc: shape-complementarity", "absolute"),
    ("sc", "sc_arpeggia", "Sc: arpeggia", "absolute"),
    ("bonds_placed", "bonds_biotite", "bonds: hydride + biotite", "absolute"),
    ("bonds_given", "bonds_mdanalysis", "bonds: MDAnalysis", "absolute"),
    ("bonds_prolif_preset", "bonds_prolif", "bonds: ProLIF", "absolute"),
)


def summary_lines(found):
    yield "| compared with | interfaces | mean difference | sd | largest | equal |"
    yield "|---|---|---|---|---|---|"
    for ours, theirs, name, kind in COMPARISONS:
        pairs = [
            (getattr(row, ours), getattr(row, theirs))
            for row in found
            if getattr(row, theirs) is not None and getattr(row, ours) is not None
        ]
        if not pairs:
            continue
        scale = 100.0 if kind == "relative" else 1.0
        differences = [
            scale * ((a - b) / b if kind == "relative" else a - b) for a, b in pairs
        ]
        unit = " %" if kind == "relative" else ""
        largest = max(differences, key=abs)
        equal = sum(abs(d) < 1e-6 for d in differences)
        yield (
            f"| {name} | {len(pairs)} | {statistics.fmean(differences):+.3f}{unit} | "
            f"{statistics.pstdev(differences):.3f}{unit} | {largest:+.3f}{unit} | {equal} |"
        )


def table_lines(found):
    names = [f.name for f in fields(Agreement)]
    yield "| " + " | ".join(names).replace("_", " ") + " |"
    yield "|" + "---|" * len(names)
    for row in found:
        cells = (getattr(row, name) for name in names)
        yield "| " + " | ".join(
            "" if c is None else c if isinstance(c, str) else str(c) if isinstance(c, int)
            else f"{c:.3f}" if abs(c) < 2 else f"{c:.1f}"
            for c in cells
        ) + " |"  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("mirror", nargs="?")
    parser.add_argument("-o", "--output", type=Path)
    given = parser.parse_args()
    mirror = mirror_of([given.mirror] if given.mirror else [])
    found = measured(mirror)
    text = "\n".join(
        [
            "# Agreement with other programs",
            "",
            "Written by `python benchmarks/agreement.py`; do not edit.",
            "",
            machine(PACKAGES) + ".",
            "",
            "Differences are ours minus theirs; areas per side in Å², of the value of the other.",
            "",
            *summary_lines(found),
            "",
            REASONS.strip(),
            "",
            "## Interface by interface",
            "",
            *table_lines(found),
            "",
            *engineering_lines(mirror),
            "",
        ]
    )
    if given.output:
        given.output.write_text(text, encoding="utf-8")
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
