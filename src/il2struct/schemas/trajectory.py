"""Tables on trajectories and ensembles."""

from typing import Final

from il2struct.bond_kinds import KINDS
from il2struct.schemas.column import Column, columns, sided

_KEY: Final = columns(
    """
    entry_id | text | | Name of the topology file without its ending
    complex_id | text | | Complex of the first frame; empty for sides across complexes
    interface_id | text | | Sides of the interface
    """
)
_KINDS: Final = (
    "n_hydrogen_bond{0} | {1} | | Hydrogen bonds{2}, as in the table interfaces\n"
    + "".join(
        f"n_{kind.name}{{0}} | {{1}} | | {kind.count_meaning}{{2}}\n"
        for kind in KINDS.values()
        if kind.name != "hydrogen_bond"
    )
    + """\
    n_glycan_mediated{0} | {1} | | Bonds to a glycan{2}
    n_needs_flip{0} | {1} | | Hydrogen bonds only possible if an Asn, Gln or His is flipped{2}
    n_needs_protonation{0} | {1} | | Carboxylate pairs that need a proton{2}
"""
)
_RESIDUE: Final = """
    role_{} | text | | Role on side {}
    auth_asym_id_{} | text | | Chain or segment on side {}
    auth_number_{} | integer | | Number in the topology, side {}
    ins_code_{} | text | | Insertion code, side {}
    mature_number_{} | integer | | Number in the mature protein, side {}
    residue_name_{} | text | | Residue name, side {}
"""

#: How errors are to be read, in every table that has some.
_ERROR: Final = (
    "standard error by blocking; empty where the trajectory is too short for it"
)

TRAJECTORY_SCHEMAS: Final[dict[str, tuple[Column, ...]]] = {
    "trajectory_interfaces": _KEY
    + sided(
        """
        role_{} | text | | Role of side {}
        auth_asym_id_{} | text | | Chain or chains of side {}
        """
    )
    + columns(
        f"""
        n_frames | integer | | Frames analysed
        n_frames_in_contact | integer | | Of them those with an atom pair within the contact cut-off
        area_per_side_mean_a2 | number | Å² | Mean over all frames of (ASA1 + ASA2 - ASA12) / 2
        area_per_side_error_a2 | number | Å² | Its {_ERROR}
        area_per_side_sd_a2 | number | Å² | Standard deviation over the frames
        n_residue_pairs_mean | number | | Mean number of residue pairs in contact
        n_residue_pairs_error | number | | Its {_ERROR}
        n_hydrogen_bond_error | number | | Error of n_hydrogen_bond_mean: {_ERROR}
        sc_mean | number | | Mean shape complementarity over the frames in which it was worked out
        sc_error | number | | Its {_ERROR}
        n_sc | integer | | Frames in which it was worked out
        """
    )
    + columns(_KINDS.format("_mean", "number", ", mean over all frames"))
    + columns(
        """
        preset | text | | Bond criteria
        probe_radius_a | number | Å | Radius of the probe for areas
        contact_cutoff_a | number | Å | Largest heavy-atom distance of a contact
        """
    ),
    "trajectory_frames": _KEY
    + columns(
        """
        frame | integer | | Number of the frame in the trajectory, from 0
        time_ps | number | ps | Time of the frame as the trajectory gives it
        area_per_side_a2 | number | Å² | (ASA1 + ASA2 - ASA12) / 2, heavy atoms of the polymers
        area_1_a2 | number | Å² | Area that side 1 loses
        area_2_a2 | number | Å² | Area that side 2 loses
        n_atom_pairs | integer | | Heavy-atom pairs within the contact cut-off
        n_residue_pairs | integer | | Residue pairs with such an atom pair
        """
    )
    + columns(_KINDS.format("", "integer", ""))
    + columns(
        "sc | number | | Shape complementarity; empty where not worked out or the sides are apart"
    ),
    "trajectory_contacts": _KEY
    + sided(_RESIDUE)
    + columns(
        f"""
        occupancy | number | | Fraction of the frames with a heavy-atom pair within the contact cut-off
        occupancy_error | number | | Its {_ERROR}
        n_frames_seen | integer | | Frames that have it
        distance_mean_a | number | Å | Smallest heavy-atom distance, mean over the frames that have it
        distance_min_a | number | Å | The smallest of all
        """
    ),
    "trajectory_bonds": _KEY
    + sided(_RESIDUE + "    atom_name_{} | text | | Atom name, side {}\n")
    + columns(
        f"""
        kind | text | | {", ".join(KINDS)}, or needs_flip and needs_protonation for conditional hydrogen bonds
        is_glycan_mediated | flag | | An atom of it belongs to a glycan
        occupancy | number | | Fraction of the frames that have it
        occupancy_error | number | | Its {_ERROR}
        n_frames_seen | integer | | Frames that have it
        distance_mean_a | number | Å | Distance of the two heavy atoms, mean over the frames that have it
        distance_min_a | number | Å | The smallest of all
        preset | text | | Bond criteria
        """
    ),
    "trajectory_residues": _KEY
    + columns(
        f"""
        side | integer | | 1 or 2
        role | text | | Role of the residue's chain
        auth_asym_id | text | | Chain or segment
        auth_number | integer | | Number in the topology
        ins_code | text | | Insertion code
        mature_number | integer | | Number in the mature protein
        residue_name | text | | Residue name
        status | text | | native, mutation or tag
        buried_mean_a2 | number | Å² | Area lost to the partner, mean over all frames
        buried_error_a2 | number | Å² | Its {_ERROR}
        occupancy | number | | Fraction of the frames in which it loses any area
        """
    ),
}
