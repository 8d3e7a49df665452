"""
Finding all lattice contacts of an entry: gemmi's NeighborSearch from Python against il2struct.

    python benchmarks/lattice.py [MIRROR]

The mirror is a folder with 2ERJ.pdb.gz, 2B5I.cif.gz and 2Z3R.cif.gz; without an argument it is
IL2STRUCT_MIRROR or ../shared/structures. Files are read beforehand; all look at the same heavy
atoms of the protein chains, in turn:

- gemmi pairs: fill the grid, list the neighbours of each atom. No contacts yet: images by whole
  cells carry the same image number as the asymmetric unit.
- gemmi contacts: the same, then each neighbour's cell shift (find_nearest_pbc_image) and a count
  for each pair of chains, image and shift.
- search: the part of il2struct that finds the touching images and counts their atom pairs.
- all: lattice_contacts: each contact once, with operator, kind and what repeating it builds.

Medians of the turns; ratios of gemmi contacts to all, with their range.
"""

import os
import platform
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import gemmi

from il2struct.lattice.contacts import ContactKind, lattice_contacts
from il2struct.structure.model import atoms_of_residues
from il2struct.structure.named import NamedEntry, name_entry
from il2struct.structure.neighbours import CONTACT_CUTOFF_A, touching_images
from il2struct.structure.read import read_structure

TURNS = 9
ENTRIES = ("2ERJ.pdb", "2B5I.cif", "2Z3R.cif")
#: What issue 4 asks for: contacts alone, one entry, warm, in ms.
GOAL_MS = 30.0


def protein_model(named: NamedEntry) -> gemmi.Model:
    """The heavy atoms that il2struct looks at, as gemmi holds them."""
    model = gemmi.Model(1)
    for chain in named.entry.protein_chains:
        rows = atoms_of_residues(named.entry, chain.residue_index)
        atoms = named.entry.atoms.select(rows)
        made = gemmi.Chain(chain.auth_asym_id)
        residue = gemmi.Residue()
        for place in atoms.coords[~atoms.is_hydrogen].tolist():
            atom = gemmi.Atom()
            atom.element, atom.pos = gemmi.Element("C"), gemmi.Position(*place)
            residue.add_atom(atom)
        made.add_residue(residue)
        model.add_chain(made)
    return model


def pairs_by_gemmi(model: gemmi.Model, cell: gemmi.UnitCell) -> int:
    search = gemmi.NeighborSearch(model, cell, CONTACT_CUTOFF_A).populate()
    return sum(
        len(search.find_atoms(atom.pos, radius=CONTACT_CUTOFF_A))
        for chain in model
        for atom in chain[0]
    )


def contacts_by_gemmi(model: gemmi.Model, cell: gemmi.UnitCell) -> int:
    search = gemmi.NeighborSearch(model, cell, CONTACT_CUTOFF_A).populate()
    places = [[atom.pos for atom in chain[0]] for chain in model]
    counts: Counter[tuple[int, ...]] = Counter()
    for first, chain in enumerate(places):
        for place in chain:
            for mark in search.find_atoms(place, radius=CONTACT_CUTOFF_A):
                second = mark.chain_idx
                nearest = cell.find_nearest_pbc_image(
                    place, places[second][mark.atom_idx], mark.image_idx
                )
                counts[first, second, nearest.sym_idx, *nearest.pbc_shift] += 1
    inside = sum(first == second and not any(image) for first, second, *image in counts)
    return len(counts) - inside


def milliseconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return 1000.0 * (time.perf_counter() - start)


def compare(mirror: Path, name: str) -> None:
    path = mirror / f"{name}.gz"
    named = name_entry(read_structure(path))
    structure = gemmi.read_structure(str(path))
    structure.setup_cell_images()
    model, cell = protein_model(named), structure.cell
    n_atoms = sum(model_chain.count_atom_sites() for model_chain in model)
    contacts = lattice_contacts(named)  # loads or compiles the kernels
    directed = touching_images(named.entry, named.entry.protein_chains)
    if contacts_by_gemmi(model, cell) != len(directed):
        sys.exit(f"{name}: gemmi and il2struct do not find the same contacts")
    turns = [
        (
            milliseconds(lambda: pairs_by_gemmi(model, cell)),
            milliseconds(lambda: contacts_by_gemmi(model, cell)),
            milliseconds(
                lambda: touching_images(named.entry, named.entry.protein_chains)
            ),
            milliseconds(lambda: lattice_contacts(named)),
        )
        for _ in range(TURNS)
    ]
    medians = [statistics.median(column) for column in zip(*turns, strict=True)]
    ratios = [turn[1] / turn[3] for turn in turns]
    n_crystal = sum(contact.kind is ContactKind.CRYSTAL for contact in contacts)
    print(
        f"{named.entry.entry_id:<6}{n_atoms:>7}{len(contacts):>10}{n_crystal:>9}"
        + "".join(f"{value:>10.1f}" for value in medians)
        + f"{statistics.median(ratios):>8.0f}x  {min(ratios):.0f}-{max(ratios):.0f}x"
        + f"   {'reached' if medians[3] < GOAL_MS else 'missed'}"
    )


def main() -> None:
    default = os.environ.get("IL2STRUCT_MIRROR", "../shared/structures")
    mirror = Path(sys.argv[1] if len(sys.argv) > 1 else default)
    names = ("gemmi", "numba", "numpy")
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    print(
        f"Python {platform.python_version()}, {versions}, {platform.machine()}, 1 thread"
    )
    print(f"Contacts within {CONTACT_CUTOFF_A} Å, {TURNS} alternating turns\n")
    print(f"{'':<32}{'gemmi':>10}{'gemmi':>10}{'search':>10}{'all':>10}")
    print(
        f"{'entry':<6}{'atoms':>7}{'contacts':>10}{'crystal':>9}{'pairs, ms':>10}"
        f"{'cont., ms':>10}{'ms':>10}{'ms':>10}{'ratio':>9}  range   under {GOAL_MS:.0f} ms"
    )
    for name in ENTRIES:
        compare(mirror, name)


if __name__ == "__main__":
    main()
