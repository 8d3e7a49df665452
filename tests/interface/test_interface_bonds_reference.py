"""Hydrogen bonds against other programs, on an entry that has all its hydrogens."""

from dataclasses import replace

import biotite.structure as struc
import MDAnalysis
import numpy as np
import pytest
from MDAnalysis.analysis.hydrogenbonds import HydrogenBondAnalysis

from il2struct.bonds.chemistry import covalent_topology
from il2struct.bonds.criteria import preset
from il2struct.bonds.find import find_bonds
from il2struct.bonds.sides import prepare_side
from il2struct.structure.model import ChainImage, concatenated, make_side
from il2struct.structure.read import ReadOptions, read_structure


def placed(entry, auth_asym_id, operator=0, shift=(0, 0, 0)):
    image = ChainImage(auth_asym_id, operator, shift)
    return make_side(entry, [image], label=auth_asym_id, role="")


def halves(mirror, model):
    """Model of 2NA8 cut into two sides in the middle of its chain; all hydrogens deposited."""
    entry = read_structure(mirror / "2NA8.cif.gz", options=ReadOptions(model=model))
    whole = placed(entry, "A")
    is_first = whole.atoms.residue_index < np.median(
        np.unique(whole.atoms.residue_index)
    )
    parts = [whole.atoms.select(mask) for mask in (is_first, ~is_first)]
    return [replace(whole, atoms=part) for part in parts]


def joined(sides):
    return concatenated([side.atoms for side in sides])


def our_pairs(sides, criteria):
    bonds = find_bonds(*sides, criteria=criteria)
    bonds = bonds.select(bonds.is_plain_hydrogen_bond)
    offset = len(sides[0].atoms)
    # The two halves are covalently joined; what is bonded across the cut is not compared.
    return {
        (int(i), int(j) + offset)
        for i, j in zip(bonds.index_1, bonds.index_2, strict=True)
    }


def acceptor_rows(sides):
    rows, offset = [], 0
    for side in sides:
        sites = prepare_side(side).sites
        mask = sites.is_acceptor & ~sites.is_flipped & (sites.element != "S")
        rows += (sites.row[mask] + offset).tolist()
        offset += len(side.atoms)
    return sorted(rows)


@pytest.mark.entries
@pytest.mark.reference
@pytest.mark.filterwarnings("ignore:No hydrogen bonds were found")
def test_mdanalysis_finds_the_same_bonds(mirror):
    criteria = preset("mdanalysis")
    n_bonds = 0
    for model in range(1, 22):
        sides = halves(mirror, model)
        atoms = joined(sides)
        topology = covalent_topology(atoms)
        hydrogens = sorted(
            int(row)
            for rows in topology.hydrogens[np.isin(atoms.element, ["N", "O"])]
            for row in rows
            if row >= 0
        )
        universe = MDAnalysis.Universe.empty(len(atoms), trajectory=True)
        universe.add_TopologyAttr("elements", atoms.element)
        universe.atoms.positions = atoms.coords
        first = len(sides[0].atoms)

        def indices(rows):
            return "index " + " ".join(str(row) for row in rows)

        analysis = HydrogenBondAnalysis(
            universe,
            donors_sel="element N or element O",
            hydrogens_sel=indices(hydrogens),
            acceptors_sel=indices(acceptor_rows(sides)),
            between=[indices(range(first)), indices(range(first, len(atoms)))],
        ).run()
        theirs = {
            tuple(sorted((int(row[1]), int(row[3])))) for row in analysis.results.hbonds
        }
        assert our_pairs(sides, criteria) == theirs
        n_bonds += len(theirs)
    # 21 models together; an empty comparison would prove nothing.
    assert n_bonds > 20


@pytest.mark.entries
@pytest.mark.reference
def test_biotite_finds_the_same_bonds_by_baker_and_hubbard(mirror):
    criteria = preset("baker-hubbard")
    n_bonds = 0
    for model in range(1, 22):
        sides = halves(mirror, model)
        atoms = joined(sides)
        array = struc.AtomArray(len(atoms))
        array.coord = atoms.coords
        array.element = atoms.element
        topology = covalent_topology(atoms)
        array.bonds = struc.BondList(
            len(atoms),
            np.array(
                [
                    (k, j)
                    for k in range(len(atoms))
                    for j in topology.hydrogens[k]
                    if j >= 0
                ]
            ),
        )
        is_first = np.arange(len(atoms)) < len(sides[0].atoms)
        triplets = struc.hbond(
            array,
            is_first,
            ~is_first,
            donor_elements=("N", "O"),
            acceptor_elements=("N", "O"),
        )
        acceptors = set(acceptor_rows(sides))
        theirs = {
            tuple(sorted((int(d), int(a))))
            for d, _, a in triplets
            if int(a) in acceptors
        }
        assert our_pairs(sides, criteria) == theirs
        n_bonds += len(theirs)
    assert n_bonds > 50
