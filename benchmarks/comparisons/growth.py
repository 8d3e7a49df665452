"""How time grows with the number of atoms: 1 to 8 cells of 2ERJ in one P 1 structure."""

import math
import statistics
import tempfile
from pathlib import Path
from typing import NamedTuple

import gemmi
import numpy as np
from side_by_side import milliseconds, tell

import il2struct

CELLS = (1, 2, 4, 8)
TURNS = 5
#: Contacts, areas and bonds, and Sc: what a batch does with each entry.
PARAMETERS = il2struct.interface_parameters(sc="value")


class Growth(NamedTuple):
    work: str
    sizes: list[int]
    times_ms: list[float]

    @property
    def exponent(self):
        """Slope in a double logarithmic plot: 1 for linear growth."""
        return float(np.polyfit(np.log(self.sizes), np.log(self.times_ms), 1)[0])


def supercell(structure, n_cells):
    """Copies of the protein chains along the axes, without symmetry, as an mmCIF document."""
    made = gemmi.Structure()
    made.name = f"cells{n_cells}"
    model = gemmi.Model(1)
    edge = math.ceil(n_cells ** (1 / 3))
    shifts = [(i, j, k) for i in range(edge) for j in range(edge) for k in range(edge)]
    for number, shift in enumerate(sorted(shifts, key=sum)[:n_cells]):
        move = structure.cell.orthogonalize(gemmi.Fractional(*shift))
        for chain in structure[0]:
            copy = gemmi.Chain(f"{chain.name}{number}")
            for residue in chain.get_polymer():
                added = copy.add_residue(residue)
                for atom in added:
                    atom.pos += move
            if len(copy):
                model.add_chain(copy)
    made.add_model(model)
    # The copies still carry the labels of their originals.
    made.assign_subchains(force=True)
    made.setup_entities()
    made.assign_label_seq_id(force=True)
    return made.make_mmcif_document()


def rows(mirror):
    structure = gemmi.read_structure(str(mirror / "2ERJ.pdb.gz"))
    structure.setup_entities()
    atoms, files, reading, measuring = [], [], [], []
    with tempfile.TemporaryDirectory() as folder:
        for n_cells in CELLS:
            path = Path(folder) / f"cells{n_cells}.cif"
            supercell(structure, n_cells).write_file(str(path))
            files.append(path)
        for path in files:
            tell(f"growth: {path.stem}")
            study = il2struct.load(path)
            found = study.interfaces(parameters=PARAMETERS)
            atoms.append(len(study.entry.atoms.coords))
            reading.append(
                statistics.median(
                    milliseconds(lambda p=path: il2struct.load(p)) for _ in range(TURNS)
                )
            )
            measuring.append(
                statistics.median(
                    milliseconds(lambda s=study: s.interfaces(parameters=PARAMETERS))
                    for _ in range(TURNS)
                )
            )
            tell(f"  {atoms[-1]} atoms, {len(found)} interfaces")
    yield Growth("read, roles, complexes", atoms, reading)
    yield Growth("contacts, areas, bonds, Sc of all interfaces", atoms, measuring)
