"""Tables on interfaces, and on the same interface across complexes."""

from typing import Final

from il2struct.bond_kinds import KINDS, listed, named_kinds
from il2struct.schemas.column import Column, columns, sided

_INTERFACE_KEY: Final = columns(
    """
    entry_id | text | | PDB id, or the file's stem; _2 and so on behind it where inputs share it
    complex_id | text | | Complex within the entry; empty for sides chosen by hand across complexes
    interface_id | text | | Sides of the interface, unique within the complex
    """
)

INTERFACE_SCHEMAS: Final[dict[str, tuple[Column, ...]]] = {
    "interfaces": _INTERFACE_KEY
    + sided(
        """
        role_{} | text | | Role of side {}
        auth_asym_id_{} | text | | Chain or chains of side {} by the author
        operator_{} | text | | Symmetry image of side {} as n_klm
        """
    )
    + columns(
        """
        n_copies | integer | | How often this interface occurs in the complex
        area_per_side_a2 | number | Å² | (ASA1 + ASA2 - ASA12) / 2, heavy atoms of the polymers
        area_total_a2 | number | Å² | ASA1 + ASA2 - ASA12
        area_1_a2 | number | Å² | Area that side 1 loses
        area_2_a2 | number | Å² | Area that side 2 loses
        area_with_glycans_per_side_a2 | number | Å² | As area_per_side_a2 with the attached glycans
        area_apolar_a2 | number | Å² | Buried area of both sides on atoms that are neither N nor O
        area_polar_a2 | number | Å² | Buried area of both sides on uncharged N and O
        area_charged_a2 | number | Å² | Buried area of both sides on charged N and O (Asp, Glu, Lys, Arg, OXT)
        n_residues_1 | integer | | Interface residues of side 1: buried area > 0 and an atom within contact_cutoff_a
        n_residues_2 | integer | | Interface residues of side 2
        sc | number | | Shape complementarity (Lawrence-Colman) at dot_density_per_a2; empty if not asked for
        sc_error | number | | Standard error of sc: the two below, as squares; not its distance to sc_converged
        sc_error_sampling | number | | Part of sc_error: where the dots lie
        sc_error_coordinates | number | | Part of sc_error: coordinates at this resolution; empty if it is not known
        sc_1_to_2 | number | | Median score of the dots of side 1
        sc_2_to_1 | number | | Median score of the dots of side 2
        median_distance_a | number | Å | Mean of the two median distances between facing dots
        trimmed_area_a2 | number | Å² | Area of the dots that count, both sides
        n_dots | integer | | Dots that count, both sides
        sc_converged | number | | Limit of sc for dense dots
        sc_converged_error | number | | Its standard error
        sc_with_glycans | number | | sc with the attached glycans
        dot_density_per_a2 | number | per Å² | Dots laid per area for sc
        n_atom_pairs | integer | | Heavy-atom pairs within contact_cutoff_a
        n_residue_pairs | integer | | Residue pairs with such an atom pair
        n_core_levy | integer | | Residues exposed alone and inside in the complex (relative area < 25 %)
        n_support_levy | integer | | Residues inside already alone that lose area
        n_rim_levy | integer | | Residues that lose area and stay exposed
        n_buried_70 | integer | | Residues that lose at least 70 % of their accessible area
        n_buried_80 | integer | | Residues that lose at least 80 %
        n_buried_90 | integer | | Residues that lose at least 90 %
        n_buried_95 | integer | | Residues that lose at least 95 %
        n_hydrogen_bond | integer | | Hydrogen bonds that need neither a flip nor a protonation, glycans and waters aside
        n_salt_bridge | integer | | Atom pairs of salt bridges
        n_bonded_atom_pairs | integer | | Atom pairs that count in those two columns, each pair once
        n_bonded_residue_pairs | integer | | Residue pairs of these, each pair once
        n_salt_bridged_residue_pairs | integer | | Those of them with a salt bridge
        """
    )
    + columns(
        "\n".join(
            f"n_{kind.name} | integer | | {kind.count_meaning}"
            for kind in KINDS.values()
            if kind.name not in ("hydrogen_bond", "salt_bridge")
        )
    )
    + columns(
        """
        n_glycan_mediated | integer | | Bonds to a glycan
        n_needs_flip | integer | | Hydrogen bonds only possible if an Asn, Gln or His is flipped
        n_needs_protonation | integer | | Carboxylate pairs that need a proton
        n_tag | integer | | Interface residues of expression tags or cloning artefacts
        n_mutation | integer | | Interface residues that differ from the reference
        n_gap_edge | integer | | Interface residues next to a stretch without coordinates
        solvation_estimate_kcal | number | kcal/mol | Estimate: solvation free energy of burial
        affinity_estimate_kcal | number | kcal/mol | Estimate: contact-based binding free energy (PRODIGY)
        affinity_estimate_kd_m | number | mol/L | Estimate: the dissociation constant of that, at 25 °C
        preset | text | | Bond criteria
        probe_radius_a | number | Å | Radius of the probe for areas
        n_slices | integer | | Slices an atom for areas by Lee & Richards; empty: exact areas
        contact_cutoff_a | number | Å | Largest heavy-atom distance of a contact
        """
    ),
    "residues": _INTERFACE_KEY
    + columns(
        """
        side | integer | | 1 or 2
        role | text | | Role of the residue's chain
        auth_asym_id | text | | Chain by the author
        operator | text | | Symmetry image as n_klm
        auth_number | integer | | Number by the author
        ins_code | text | | Insertion code
        label_number | integer | | Number by the archive
        uniprot_number | integer | | Number in the UniProt sequence
        mature_number | integer | | Number in the mature protein
        residue_name | text | | Residue name in the file
        status | text | | native, mutation or tag
        is_interface | flag | | Buried area > 0 and distance_a within the contact cut-off
        sasa_free_a2 | number | Å² | Accessible area with the side alone
        buried_a2 | number | Å² | Area lost to the partner
        buried_fraction | number | | buried_a2 / sasa_free_a2, 0 to 1
        relative_free | number | | sasa_free_a2 over that of Gly-X-Gly (Miller 1987)
        relative_complex | number | | The same in the complex of the two sides
        class_levy | text | | core, support or rim (Levy 2010)
        class_levy_margin | number | | How much a relative area is off the threshold (0.25) that would make it another class
        distance_a | number | Å | Smallest heavy-atom distance to the partner; empty beyond the cut-off
        is_gap_edge | flag | | Next to a stretch without coordinates
        burial_rank | integer | | Rank of buried_a2 among the interface residues of the side, 1 the largest
        bonded_to | text | | Residues of the partner that a hydrogen bond (flip and proton aside) or salt bridge joins it to
        """
    ),
    "sc_residues": _INTERFACE_KEY
    + columns(
        """
        side | integer | | 1 or 2
        role | text | | Role of the residue's chain
        auth_asym_id | text | | Chain by the author
        operator | text | | Symmetry image as n_klm
        auth_number | integer | | Number by the author
        ins_code | text | | Insertion code
        mature_number | integer | | Number in the mature protein
        residue_name | text | | Residue name in the file
        n_dots | integer | | Dots of the residue that count
        trimmed_area_a2 | number | Å² | Their area
        median_score | number | | Median S of them
        mean_score | number | | Mean S
        median_gap_a | number | Å | Median distance to the nearest facing dot
        mean_gap_a | number | Å | Mean distance
        """
    ),
    "sc_atoms": _INTERFACE_KEY
    + columns(
        """
        side | integer | | 1 or 2
        auth_asym_id | text | | Chain by the author
        operator | text | | Symmetry image as n_klm
        auth_number | integer | | Number by the author
        ins_code | text | | Insertion code
        mature_number | integer | | Number in the mature protein
        residue_name | text | | Residue name in the file
        atom_name | text | | Atom that the dots belong to
        n_dots | integer | | Dots of the atom that count
        trimmed_area_a2 | number | Å² | Their area
        median_score | number | | Median S of them
        mean_score | number | | Mean S
        median_gap_a | number | Å | Median distance to the nearest facing dot
        mean_gap_a | number | Å | Mean distance
        """
    ),
    "unsatisfied": _INTERFACE_KEY
    + columns(
        """
        side | integer | | 1 or 2
        role | text | | Role of the residue
        auth_asym_id | text | | Chain by the author
        operator | text | | Symmetry image as n_klm
        auth_number | integer | | Number by the author
        ins_code | text | | Insertion code
        mature_number | integer | | Number in the mature protein
        residue_name | text | | Residue name in the file
        atom_name | text | | Polar atom without a hydrogen bond that the interface buries
        is_donor | flag | | It can give a hydrogen
        is_acceptor | flag | | It can take one
        sasa_free_a2 | number | Å² | Accessible area without the partner; at most 0.1 Å² is left with it
        has_water | flag | | A water oxygen of the entry lies within 3.5 Å
        preset | text | | Criteria of the hydrogen bonds that it lacks
        """
    ),
    "unsatisfied_counts": _INTERFACE_KEY
    + columns(
        """
        n_unsatisfied | integer | | Buried polar atoms without a hydrogen bond, waters aside
        n_unsatisfied_1 | integer | | Those of side 1
        n_unsatisfied_2 | integer | | Those of side 2
        n_without_water | integer | | Those that no water of the entry can satisfy either
        area_per_side_a2 | number | Å² | Buried area per side
        preset | text | | Criteria of the hydrogen bonds
        """
    ),
    "contacts": _INTERFACE_KEY
    + sided(
        """
        role_{} | text | | Role on side {}
        auth_asym_id_{} | text | | Chain on side {}
        operator_{} | text | | Symmetry image on side {} as n_klm
        auth_number_{} | integer | | Number by the author, side {}
        ins_code_{} | text | | Insertion code, side {}
        mature_number_{} | integer | | Number in the mature protein, side {}
        residue_name_{} | text | | Residue name, side {}
        closest_atom_{} | text | | Atom of the shortest distance, side {}
        """
    )
    + columns(
        """
        distance_a | number | Å | Smallest heavy-atom distance of the two residues
        n_atom_pairs | integer | | Heavy-atom pairs within the contact cut-off
        """
    ),
    "bonds": _INTERFACE_KEY
    + sided(
        """
        role_{} | text | | Role on side {}
        auth_asym_id_{} | text | | Chain on side {} (for a glycan, its own)
        operator_{} | text | | Symmetry image on side {} as n_klm
        auth_number_{} | integer | | Number by the author, side {}
        ins_code_{} | text | | Insertion code, side {}
        uniprot_number_{} | integer | | Number in the UniProt sequence, side {}
        mature_number_{} | integer | | Number in the mature protein, side {}
        residue_name_{} | text | | Residue name, side {}
        atom_name_{} | text | | Atom name, side {}
        """
    )
    + columns(
        """
        distance_a | number | Å | Distance of the two heavy atoms
        donor_side | integer | | Side that gives the hydrogen; empty if not a hydrogen bond, or if either may give it
        distance_ha_a | number | Å | Hydrogen to acceptor
        angle_dha_deg | number | ° | Donor-hydrogen-acceptor
        angle_donor_deg | number | ° | Antecedent-donor-acceptor
        angle_acceptor_deg | number | ° | Donor-acceptor-antecedent
        angle_hydrogen_acceptor_deg | number | ° | Hydrogen-acceptor-antecedent
        centroid_distance_a | number | Å | Ring centre to cation or to ring centre
        ring_angle_deg | number | ° | Between the planes of two rings
        """
    )
    + columns(
        "\n".join(
            f"is_{kind.name} | flag | | {kind.flag_meaning}" for kind in KINDS.values()
        )
    )
    + columns(
        """
        is_glycan_mediated | flag | | An atom of it belongs to a glycan
        needs_flip | flag | | Only with an Asn, Gln or His flipped from the deposited state
        needs_protonation | flag | | Only with a carboxylate protonated
        water_auth_asym_id | text | | Chain of the bridging water
        water_auth_number | integer | | Number of the bridging water
        water_x_a | number | Å | Where its oxygen stands, in the frame of the entry
        water_y_a | number | Å | Likewise
        water_z_a | number | Å | Likewise
        distance_water_1_a | number | Å | Water to the atom of side 1
        distance_water_2_a | number | Å | Water to the atom of side 2
        preset | text | | Bond criteria
        """
    ),
    "concordance": _INTERFACE_KEY
    + sided(
        """
        auth_asym_id_{} | text | | Chain on side {}
        mature_number_{} | integer | | Number in the mature protein, side {}
        auth_number_{} | integer | | Number by the author, side {}
        residue_name_{} | text | | Residue name, side {}
        atom_name_{} | text | | Atom name, side {}
        """
    )
    + columns(
        """
        distance_a | number | Å | Distance of the two heavy atoms
        n_presets | integer | | Presets that call it a hydrogen bond
        presets | text | | Their names, separated by spaces
        """
    ),
    "compare_interfaces": columns(
        """
        role_1 | text | | Role on side 1
        role_2 | text | | Role on side 2
        quantity | text | | Column of the table interfaces
        unit | text | | Its unit
        n_complexes | integer | | Complexes that have this interface
        minimum | number | as unit | Smallest value
        mean | number | as unit | Mean over the complexes
        maximum | number | as unit | Largest value
        by_complex | text | | entry_id:complex_id=value, separated by spaces
        """
    ),
    "compare_residues": columns(
        """
        role_1 | text | | Role on side 1
        role_2 | text | | Role on side 2
        side | integer | | Side of the residue
        mature_number | integer | | Number in the mature protein, of human for other species too
        reference_letter | text | | Residue of the reference
        n_present | integer | | Complexes in which it is an interface residue
        n_possible | integer | | Complexes with this interface in which it is modelled
        buried_mean_a2 | number | Å² | Mean buried area over the complexes in which it is modelled
        present_in | text | | entry_id:complex_id, separated by spaces
        """
    ),
    "compare_bonds": columns(
        f"""
        role_1 | text | | Role on side 1
        role_2 | text | | Role on side 2
        mature_number_1 | integer | | Number in the mature protein, of human for other species too, side 1
        reference_letter_1 | text | | Residue of the reference, side 1
        mature_number_2 | integer | | Number in the mature protein, of human for other species too, side 2
        reference_letter_2 | text | | Residue of the reference, side 2
        kind | text | | {listed([kind.name for kind in named_kinds()])}
        n_present | integer | | Complexes that have a bond of this kind between the two residues
        n_possible | integer | | Complexes with this interface in which both residues are modelled
        n_conditional | integer | | Of n_present, those that need a flip or a protonation
        distance_minimum_a | number | Å | Shortest distance over all complexes
        distance_maximum_a | number | Å | Longest of the shortest distances of each complex
        present_in | text | | entry_id:complex_id, separated by spaces
        """
    ),
}
