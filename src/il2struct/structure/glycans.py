"""Which protein chain each glycan decorates."""

from typing import TYPE_CHECKING, Final

import numpy as np

from il2struct.arrays import IndexArray
from il2struct.structure.model import NO_NUMBER, Atoms
from il2struct.structure.near import near_pairs

if TYPE_CHECKING:
    import gemmi

#: Longest glycosidic or N-glycosidic bond taken as covalent where no LINK record says so, in Å;
#: such C-N and C-O bonds are 1.43 Å (Engh & Huber 1991), refined models stretch them.
LONGEST_COVALENT_BOND_A: Final = 1.9


def attached_chains(
    atoms: Atoms,
    chain_index: IndexArray,
    glycan_rows: IndexArray,
    linked_residues: list[tuple[int, int]],
) -> IndexArray:
    """
    Follow covalent bonds from each glycan residue to the polymer it decorates.

    Parameters
    ----------
    atoms : Atoms
        Atoms of the entry.
    chain_index : ndarray of int, shape=(n_residues,)
        Polymer chain of each residue, `NO_NUMBER` outside polymers.
    glycan_rows : ndarray of int
        Residues that are glycans.
    linked_residues : list of (int, int)
        Residue pairs that the file declares bonded.

    Returns
    -------
    ndarray of int, shape=(n_residues,)
        ``chain_index`` with the glycans filled in where a chain was found.
    """
    result: IndexArray = chain_index.copy()
    if not len(glycan_rows):
        return result
    bonds = linked_residues + bonds_by_distance(atoms, glycan_rows)
    pending = set(glycan_rows.tolist())
    reached = True
    while reached:
        reached = False
        for first, second in bonds:
            for here, there in ((first, second), (second, first)):
                if here in pending and result[there] != NO_NUMBER:
                    result[here] = result[there]
                    pending.discard(here)
                    reached = True
    return result


def bonds_by_distance(atoms: Atoms, glycan_rows: IndexArray) -> list[tuple[int, int]]:
    """
    Residue pairs that stand as near as a bond, one of them a sugar.

    Parameters
    ----------
    atoms : Atoms
    glycan_rows : ndarray of int
        Residues that are glycans.
    """
    heavy = np.flatnonzero(~atoms.is_hydrogen)
    sugar = heavy[np.isin(atoms.residue_index[heavy], glycan_rows)]
    rows_1, rows_2 = near_pairs(
        atoms.coords[sugar], atoms.coords[heavy], LONGEST_COVALENT_BOND_A
    )
    first = atoms.residue_index[sugar[rows_1]]
    second = atoms.residue_index[heavy[rows_2]]
    between = first != second
    bonds = {
        (int(a), int(b)) for a, b in zip(first[between], second[between], strict=True)
    }
    return sorted(bonds)


def declared_links(
    structure: "gemmi.Structure", residue_rows: dict[tuple[str, str, str], int]
) -> list[tuple[int, int]]:
    """
    Residue pairs that LINK or struct_conn records call covalently bonded.

    Parameters
    ----------
    structure : gemmi.Structure
        As parsed.
    residue_rows : dict
        ``(chain, number with insertion code, residue name)`` to residue row.
    """
    import gemmi

    links = []
    for connection in structure.connections:
        if connection.type not in (
            gemmi.ConnectionType.Covale,
            gemmi.ConnectionType.Unknown,
        ):
            continue
        if connection.asu == gemmi.Asu.Different:
            continue
        ends = [
            residue_rows.get((p.chain_name, str(p.res_id.seqid), p.res_id.name.upper()))
            for p in (connection.partner1, connection.partner2)
        ]
        if ends[0] is not None and ends[1] is not None:
            links.append((ends[0], ends[1]))
    return links
