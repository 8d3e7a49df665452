"""Areas lost in an interface, as three other programs find them."""

import freesasa
import numpy as np

PROBE_RADIUS_A = 1.4


def by_freesasa(coords, radii):
    parameters = freesasa.Parameters(
        {"algorithm": freesasa.LeeRichards, "n-slices": 20}
    )
    found = freesasa.calcCoord(coords.ravel(), radii, parameters)
    return np.array([found.atomArea(i) for i in range(len(radii))])


def by_biotite(coords, radii):
    """Shrake-Rupley with 1000 points; radii given, so that only the method differs."""
    import biotite.structure as struct

    array = struct.AtomArray(len(coords))
    array.coord = coords.astype(np.float32)
    array.element[:] = "C"
    return struct.sasa(
        array, probe_radius=PROBE_RADIUS_A, vdw_radii=radii.astype(np.float32)
    )


def biotite_array(group):
    import biotite.structure as struct

    array = struct.AtomArray(len(group.coords))
    array.coord = group.coords.astype(np.float32)
    array.element[:] = group.elements
    array.atom_name[:] = group.atom_names
    array.res_name[:] = group.residue_names
    array.res_id[:] = group.residue_numbers
    return array


def by_biotite_protor(group):
    """Shrake-Rupley with 1000 points and biotite's own ProtOr radii."""
    import biotite.structure as struct

    return struct.sasa(biotite_array(group), vdw_radii="ProtOr", ignore_ions=False)


def biopython_chain(name, elements, coords):
    from Bio.PDB.Atom import Atom
    from Bio.PDB.Chain import Chain
    from Bio.PDB.Residue import Residue

    chain = Chain(name)
    for number, (element, place) in enumerate(
        zip(elements, coords, strict=True), start=1
    ):
        residue = Residue((" ", number, " "), "ALA", " ")
        residue.add(
            Atom("X", place, 0.0, 1.0, " ", " X  ", number, element=str(element))
        )
        chain.add(residue)
    return chain


def by_biopython(elements, coords, n_points=100):
    """Shrake-Rupley with Biopython's radii by element; its default of 100 points."""
    from Bio.PDB.SASA import ShrakeRupley

    chain = biopython_chain("A", elements, coords)
    ShrakeRupley(probe_radius=PROBE_RADIUS_A, n_points=n_points).compute(
        chain, level="A"
    )
    return np.array([atom.sasa for atom in chain.get_atoms()])


def lost(areas_of, first, second):
    """Area that each side loses, by areas of each side alone and of both together."""
    together = areas_of(first, second)
    return areas_of(first).sum() + areas_of(second).sum() - together.sum()
