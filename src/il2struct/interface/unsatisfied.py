"""
Buried unsatisfied polar atoms: donors and acceptors that an interface buries without a partner.

An atom counts if the interface takes the last of its accessible area and if it makes no hydrogen
bond, neither across the interface nor within its own side, under the criteria of the interface;
bonds that need an Asn, Gln or His flipped satisfy it as well. After McDonald & Thornton (1994) J Mol
Biol 238:777, who count atoms without accessible area for a probe of 1.4 Å; theirs are whole
proteins, here only what the partner buries is asked about.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from il2struct.arrays import BoolArray, FloatArray, IndexArray
from il2struct.bonds.finders import Search, hydrogen_bonds, pairs_of_rows
from il2struct.interface.interface import Interface, Partner
from il2struct.kernels.cells import near_mask
from il2struct.structure.model import Atoms

#: An atom with no more accessible area than this in the complex is buried, in Å²: none that a
#: water could use.
BURIED_A2: Final = 0.1
#: A water oxygen within this of a polar atom can satisfy it, in Å (McDonald & Thornton 1994: 3.9 Å
#: from donor to acceptor at most; 3.5 Å is what most programs take).
WATER_A: Final = 3.5
#: Atoms nearer than this are bonded, or neighbours of one atom, not partners, in Å.
COVALENT_A: Final = 2.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Unsatisfied:
    """Polar atoms of one side that an interface buries and that have no hydrogen bond."""

    #: Rows of ``side.atoms``.
    rows: IndexArray
    is_donor: BoolArray
    is_acceptor: BoolArray
    #: Accessible area of the side alone, all of which the partner takes.
    sasa_free_a2: FloatArray
    #: Whether a water of the entry can satisfy it.
    has_water: BoolArray


def unsatisfied_atoms(
    interface: Interface, waters: Atoms
) -> tuple[Unsatisfied, Unsatisfied]:
    """List the buried polar atoms without a partner, side by side; `waters` stand in place."""
    return _of_side(interface, 0, waters), _of_side(interface, 1, waters)


def _of_side(interface: Interface, side: int, waters: Atoms) -> Unsatisfied:
    partner, burial = interface.sides[side], interface.burial.sides[side]
    left_a2 = burial.sasa_free_a2 - burial.buried_a2
    is_buried = (burial.buried_a2 > BURIED_A2) & (left_a2 <= BURIED_A2)
    sites = partner.prepared.sites
    is_nitrogen_or_oxygen = np.isin(sites.element, ("N", "O")) & ~sites.is_flipped
    can = {
        name: np.isin(burial.rows, sites.row[mask & is_nitrogen_or_oxygen])
        for name, mask in (("donor", sites.is_donor), ("acceptor", sites.is_acceptor))
    }
    asked = np.flatnonzero(is_buried & (can["donor"] | can["acceptor"]))
    rows = burial.rows[asked]
    bonds = interface.bonds
    index = (bonds.index_1, bonds.index_2)[side]
    satisfied = np.concatenate(
        [index[bonds.is_hydrogen_bond], _bonded_within(partner, rows, interface)]
    )
    kept = ~np.isin(rows, satisfied)
    asked, rows = asked[kept], rows[kept]
    return Unsatisfied(
        rows=rows,
        is_donor=can["donor"][asked],
        is_acceptor=can["acceptor"][asked],
        sasa_free_a2=burial.sasa_free_a2[asked],
        has_water=near_mask(partner.atoms.coords[rows], waters.coords, WATER_A),
    )


def _bonded_within(
    partner: Partner, rows: IndexArray, interface: Interface
) -> IndexArray:
    """Those of some atoms that make a hydrogen bond within their own side, glycans included."""
    criteria = interface.parameters.criteria
    both = (partner.prepared, partner.prepared)
    near = pairs_of_rows(
        both, rows, partner.prepared.heavy, criteria.hydrogen_bond.distance_da_max_a
    )
    pairs = hydrogen_bonds(
        Search(sides=both, criteria=criteria, waters=None, near=near)
    )
    coords = partner.prepared.atoms.coords
    apart = np.linalg.norm(coords[pairs.index_1] - coords[pairs.index_2], axis=1)
    is_bond = np.zeros(len(apart), dtype=bool)
    is_bond[pairs.is_bond] = True
    bonded: IndexArray = pairs.index_1[is_bond & (apart >= COVALENT_A)]
    return bonded
