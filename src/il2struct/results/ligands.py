"""What each ligand and ion of an entry touches: the table ``ligands``."""

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from il2struct.interface.interface import Interface
from il2struct.results.interface_tables import interface_table, residue_table
from il2struct.results.views import residue_of
from il2struct.structure.ligands import Ligand, chemistry_source, ligands_of
from il2struct.structure.named import NamedEntry
from il2struct.tables import column_names, records, table_from_rows

if TYPE_CHECKING:
    import pandas as pd

#: Residues that coordinate an ion, or could bond to a ligand, are within this of it, in Å.
COORDINATION_A: Final = 3.5


def ligand_table(
    named: NamedEntry, whole: NamedEntry, interfaces: Sequence[Interface]
) -> "pd.DataFrame":
    """
    List the ligands of an entry with the chains that they touch.

    ``whole`` and ``interfaces`` are from `ligand_interfaces`; a ligand that touches no chain has a row
    as well.
    """
    covered: dict[tuple[str, str], list[str]] = defaultdict(list)
    for residue in records(residue_table(whole, interfaces)):
        # What holds an ion that is buried whole has no accessible area to lose.
        distance = residue["distance_a"]
        is_held = distance is not None and distance <= COORDINATION_A
        if residue["side"] == 1 and (residue["is_interface"] or is_held):
            key = residue["complex_id"], residue["interface_id"]
            covered[key].append(residue_of(residue))
    touched: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in records(interface_table(whole, interfaces)):
        key = row["complex_id"], row["interface_id"]
        touched[row["auth_asym_id_2"]].append(
            {
                "complex_id": row["complex_id"],
                "role": row["role_1"],
                "auth_asym_id": row["auth_asym_id_1"],
                "operator": row["operator_1"],
                "area_ligand_a2": row["area_2_a2"],
                "area_chain_a2": row["area_1_a2"],
                "n_residues": len(covered[key]),
                "n_hydrogen_bond": row["n_hydrogen_bond"],
                "n_salt_bridge": row["n_salt_bridge"],
                "residues": " ".join(covered[key]),
            }
        )
    alone: list[dict[str, Any]] = [dict.fromkeys(column_names("ligands"))]
    return table_from_rows(
        "ligands",
        [
            row | _about(whole, ligand)
            for ligand in ligands_of(named.entry)
            for row in touched.get(ligand.name, alone)
        ],
    )


def _about(whole: NamedEntry, ligand: Ligand) -> dict[str, Any]:
    residues = whole.entry.residues
    counts = residues.atom_stop[ligand.rows] - residues.atom_start[ligand.rows]
    source = chemistry_source(whole.entry, ligand.component) if counts.sum() > 1 else ""
    return {
        "entry_id": whole.entry.entry_id,
        "ligand": ligand.name,
        "component": ligand.component,
        "use": ligand.use,
        "chemistry": source,
        "n_atoms": int(counts.sum()),
    }
