"""Small sets of atoms with known geometry, and sides of entries, for tests of bonds and interfaces."""

from dataclasses import replace

import biotite.structure.info as info
import numpy as np

from il2struct.kernels.geometry import apply_transform
from il2struct.structure.model import Atoms, ChainImage, Side, make_side


def atoms_of(*residues):
    """Make atoms of (residue name, {atom name: position}); a name's first letter is its element."""
    rows = [
        (residue, index, atom, position)
        for index, (residue, atoms) in enumerate(residues)
        for atom, position in atoms.items()
    ]
    n = len(rows)
    coords = np.array([row[3] for row in rows], dtype=float).reshape(n, 3)
    coords.setflags(write=False)
    return Atoms(
        coords=coords,
        element=np.array([row[2][0] for row in rows], dtype="U2"),
        atom_name=np.array([row[2] for row in rows], dtype="U4"),
        residue_name=np.array([row[0] for row in rows], dtype="U3"),
        residue_index=np.array([row[1] for row in rows], dtype=np.int64),
        altloc=np.full(n, ""),
        occupancy=np.ones(n),
        b_iso=np.zeros(n),
    )


def side_of(atoms, glycans=None):
    return Side(
        label="",
        role="",
        images=(),
        n_residues=int(atoms.residue_index.max(initial=0)) + 1,
        atoms=atoms,
        glycans=atoms_of() if glycans is None else glycans,
    )


def placed(entry, *images):
    """Sides of an entry, each one chain: by its name, or as a chain image."""
    images = [ChainImage(i) if isinstance(i, str) else i for i in images]
    return tuple(
        make_side(entry, [image], label=image.auth_asym_id, role="unknown")
        for image in images
    )


def ideal(name):
    """Heavy atoms of a residue of the Chemical Component Dictionary, centred."""
    array = info.residue(name)
    array = array[array.element != "H"]
    atoms = atoms_of(
        (name, dict(zip(array.atom_name.tolist(), array.coord, strict=True)))
    )
    return replace(atoms, coords=atoms.coords - atoms.coords.mean(axis=0))


def moved(atoms, shift, rotation=None):
    rotation = np.eye(3) if rotation is None else rotation
    return replace(
        atoms, coords=apply_transform(atoms.coords, rotation, np.asarray(shift, float))
    )


def component(name):
    """A residue with hydrogens and ideal coordinates, from the Chemical Component Dictionary."""
    array = info.residue(name)
    n = len(array)
    return Atoms(
        coords=array.coord.astype(float),
        element=np.char.upper(array.element),
        atom_name=array.atom_name,
        residue_name=array.res_name,
        residue_index=np.zeros(n, dtype=int),
        altloc=np.full(n, ""),
        occupancy=np.ones(n),
        b_iso=np.zeros(n),
    )
