"""Hydrogen bonds between chains, as other programs find them."""

import warnings

import numpy as np


def biotite_entry(path):
    """Protein atoms of a PDB or mmCIF file, with bonds and charges for hydride."""
    import gzip

    import biotite.structure as struct
    import biotite.structure.io.pdb as pdb
    import biotite.structure.io.pdbx as pdbx

    with gzip.open(path, "rt") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if ".cif" in path.name:
            atoms = pdbx.get_structure(
                pdbx.CIFFile.read(file), model=1, extra_fields=["charge"]
            )
        else:
            atoms = pdb.get_structure(
                pdb.PDBFile.read(file), model=1, extra_fields=["charge"]
            )
        atoms = atoms[struct.filter_amino_acids(atoms) & (atoms.element != "H")]
        atoms.bonds = struct.connect_via_residue_names(atoms)
    return atoms


def with_hydrogens(atoms):
    import hydride

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        atoms = atoms.copy()
        atoms.set_annotation("charge", hydride.estimate_amino_acid_charges(atoms, 7.0))
        made, _ = hydride.add_hydrogen(atoms)
    return made


def by_biotite(atoms, chain_1, chain_2):
    """Baker-Hubbard hydrogen bonds (H...A 2.5 Å, 120°) of two chains, as atom triples."""
    import biotite.structure as struct

    return struct.hbond(
        atoms,
        atoms.chain_id == chain_1,
        atoms.chain_id == chain_2,
        selection1_type="both",
    )


def universe_of(atoms, path):
    """Write atoms with hydrogens and open them in MDAnalysis, bonds included."""
    import biotite.structure.io.pdb as pdb
    import MDAnalysis

    # With a cell MDAnalysis takes the nearest image, and counts bonds of the lattice.
    atoms = atoms.copy()
    atoms.box = None
    file = pdb.PDBFile()
    pdb.set_structure(file, atoms)
    file.write(str(path))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        universe = MDAnalysis.Universe(str(path))
        bonds = np.asarray(atoms.bonds.as_array()[:, :2])
        universe.add_TopologyAttr("bonds", [tuple(b) for b in bonds])
    return universe


def by_mdanalysis(universe, chain_1, chain_2):
    """Hydrogen bonds of MDAnalysis under its defaults (D-A 3.0 Å, 150°), as triples."""
    from MDAnalysis.analysis.hydrogenbonds import HydrogenBondAnalysis

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        analysis = HydrogenBondAnalysis(
            universe,
            between=[f"chainID {chain_1}", f"chainID {chain_2}"],
            # Its own guess needs charges; these are the chemical donors and acceptors.
            donors_sel="protein and (name N* O*)",
            hydrogens_sel="protein and element H",
            acceptors_sel="protein and (name O* or (resname HIS and name ND1 NE2))",
        )
        analysis.run()
    return analysis.results.hbonds


def by_prolif(universe, chain_1, chain_2):
    """ProLIF fingerprint of one frame: every occurrence of its default interactions."""
    import prolif

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        one = universe.select_atoms(f"chainID {chain_1}")
        two = universe.select_atoms(f"chainID {chain_2}")
        fingerprint = prolif.Fingerprint(count=True)
        fingerprint.run(universe.trajectory[:1], one, two, progress=False, n_jobs=1)
    return fingerprint
