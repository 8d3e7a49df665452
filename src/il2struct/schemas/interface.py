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
        sc_error | number | | Standard error of sc: orientation, density and coordinates
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
        n_slices | integer | | Slices an atom for areas
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
    "compare_similarity": columns(
        """
        reference | text | | entry_id:complex_id that all others are compared with, the first given
        compared | text | | entry_id:complex_id that is compared with it
        interface_id | text | | Interface of the reference; whole for all of them together
        chains_reference | text | | Chain images of its two sides in the reference
        chains_compared | text | | Those that correspond; missing if the other complex lacks one
        n_interfaces | integer | | Interfaces found in both, of which dockq is the mean
        n_residues | integer | | Residues with coordinates in both
        n_contacts_reference | integer | | Residue pairs with heavy atoms within 5 Å in the reference
        n_contacts_compared | integer | | The same in the other complex, of residues that correspond
        n_contacts_shared | integer | | Of these, those that are in contact in both
        fnat | number | | Contacts shared over contacts of the reference
        fnonnat | number | | Contacts of the other complex that the reference lacks over all of its
        irmsd_a | number | Å | Backbone within 10 Å of the partner in the reference, after superposing it
        lrmsd_a | number | Å | Backbone of the smaller side, after superposing the larger one
        rmsd_a | number | Å | Backbone of both sides, after superposing both
        dockq | number | | DockQ (Mirabello & Wallner 2024); residues correspond by number, letters may differ
        dockq_class | text | | incorrect, acceptable, medium or high (from 0.23, 0.49, 0.80)
        area_difference_a2 | number | Å² | Buried area per side, other complex minus reference
        sc_difference | number | | Shape complementarity, other complex minus reference
        sc_difference_error | number | | Its standard error, both errors added in quadrature
        n_pairs_lost | integer | | Residue pairs in contact or bonded in the reference only
        n_pairs_gained | integer | | Residue pairs in contact or bonded in the other complex only
        n_bonded_lost | integer | | Residue pairs bonded in the reference only, waters and glycans aside
        n_bonded_gained | integer | | Residue pairs bonded in the other complex only
        """
    ),
    "compare_differences": columns(
        """
        reference | text | | entry_id:complex_id of the reference
        compared | text | | entry_id:complex_id that is compared with it
        interface_id | text | | Interface of the reference
        quantity | text | | Column of the table interfaces
        unit | text | | Its unit
        value_reference | number | as unit | In the reference
        value_compared | number | as unit | In the other complex
        difference | number | as unit | Other complex minus reference
        difference_error | number | as unit | Standard error, where both values have one
        """
    ),
    "compare_pairs": columns(
        """
        reference | text | | entry_id:complex_id of the reference
        compared | text | | entry_id:complex_id that is compared with it
        interface_id | text | | Interface of the reference
        protein_1 | text | | Role on side 1; without one, the first chain that is this protein
        residue_1 | text | | Mature number (of human), without a role the author's in that first chain
        letter_reference_1 | text | | Residue in the reference, missing if not modelled
        letter_compared_1 | text | | Residue in the other complex, missing if not modelled
        protein_2 | text | | Role on side 2; without one, the first chain that is this protein
        residue_2 | text | | Mature number (of human), without a role the author's in that first chain
        letter_reference_2 | text | | Residue in the reference, missing if not modelled
        letter_compared_2 | text | | Residue in the other complex, missing if not modelled
        change | text | | kept, lost, gained, or not modelled in one of the two: in contact or bonded
        bond_change | text | | The same of bonds, missing if there is none in either
        distance_reference_a | number | Å | Closest heavy atoms in the reference, if in contact
        distance_compared_a | number | Å | Closest heavy atoms in the other complex, if in contact
        bonds_reference | text | | Kinds of bond in the reference, waters and glycans aside
        bonds_compared | text | | Kinds of bond in the other complex
        """
    ),
    "overlap": columns(
        """
        protein | text | | Protein on which both bind: a role or the first chain that is this protein
        partner_1 | text | | Role, antibody (heavy and light chain together) or chain
        partner_2 | text | | Role, antibody (heavy and light chain together) or chain
        n_copies | integer | | Pairs of sites compared, over copies and entries
        n_together | integer | | Of these, with both partners in one complex
        overlap_mean | number | | Residues in both sites over those of the smaller site, mean over the pairs
        overlap_minimum | number | | Least over the pairs
        overlap_maximum | number | | Most over the pairs
        shared_area_fraction_mean | number | | Area buried by both over that of the smaller site, mean
        n_collisions_minimum | integer | | Heavy-atom pairs of the partners within 2.5 Å, least over the pairs
        n_collisions_maximum | integer | | Most over the pairs
        verdict | text | | bind together, exclude each other, collide in some copies (30 collisions and more), share residues, bind side by side, or not superposed
        sentence | text | | The same in words
        """
    ),
    "overlap_copies": columns(
        """
        protein | text | | Protein on which both bind
        partner_1 | text | | Role, antibody or chain
        partner_2 | text | | Role, antibody or chain
        complex_1 | text | | entry_id:complex_id of the first site
        complex_2 | text | | entry_id:complex_id of the second site
        n_residues_1 | integer | | Numbered interface residues of the protein in the first site
        n_residues_2 | integer | | The same in the second site
        n_shared | integer | | Residues in both
        overlap_fraction | number | | n_shared over the residues of the smaller site
        shared_area_a2 | number | Å² | For each shared residue the smaller of its two buried areas, added up
        shared_area_fraction | number | | shared_area_a2 over the buried area of the smaller site on the protein
        n_collisions | integer | | Heavy-atom pairs of the partners within 2.5 Å, the protein superposed by CA
        rmsd_a | number | Å | CA distance of the two poses of the protein after superposition
        shared_residues | text | | Residues in both, letters of the first site
        """
    ),
    "overlap_sites": columns(
        """
        protein | text | | Protein that has the site
        partner | text | | Role, antibody or chain
        complex | text | | entry_id:complex_id
        residue | integer | | Mature number (of human), without a role the author's in the first such chain
        letter | text | | Residue in this complex
        buried_a2 | number | Å² | Area that it loses to the partner
        """
    ),
    "predicted": columns(
        """
        model | text | | File of the model
        entry_id | text | | Its name in other tables
        program | text | | Whose files of confidence were found: boltz, colabfold, alphafold3, chai or modelcif
        complex_id | text | | Complex of the model
        interface_id | text | | Interface of the model
        role_1 | text | | Role on side 1
        auth_asym_id_1 | text | | Chain on side 1
        role_2 | text | | Role on side 2
        auth_asym_id_2 | text | | Chain on side 2
        ranking_score | number | | What the program ranks its models by
        ptm | number | | Predicted TM score of the whole model
        iptm | number | | Interface predicted TM score of the whole model
        iptm_1_to_2 | number | | Of the two chains, aligned on side 1
        iptm_2_to_1 | number | | Of the two chains, aligned on side 2
        ipsae | number | | ipSAE (Dunbrack 2025), the larger of both directions; errors below 10 Å count
        ipsae_1_to_2 | number | | Aligned on side 1
        ipsae_2_to_1 | number | | Aligned on side 2
        pdockq | number | | pDockQ (Bryant et al. 2022), CB atoms within 8 Å
        pdockq2 | number | | pDockQ2 (Zhu et al. 2023), the larger of both directions
        lis | number | | Local interaction score (Kim et al. 2024), mean of both directions; errors up to 12 Å count
        pae_mean_a | number | Å | Predicted aligned error over residue pairs in contact, both directions
        pae_minimum_a | number | Å | Least of these
        plddt_interface | number | | Mean pLDDT of the residues in contact, 0 to 100
        area_per_side_a2 | number | Å² | Buried area per side
        n_residues_1 | integer | | Interface residues of side 1
        n_residues_2 | integer | | Interface residues of side 2
        sc | number | | Shape complementarity, if asked for
        sc_error | number | | Its standard error, if asked for
        n_bonded_residue_pairs | integer | | Residue pairs bonded
        n_hydrogen_bond | integer | | Hydrogen-bonded atom pairs
        n_salt_bridge | integer | | Salt-bridged atom pairs
        reference | text | | Experimental entry that dockq compares with
        dockq | number | | DockQ of this interface against the reference, see compare_similarity
        """
    ),
    "variants": columns(
        """
        variant | text | | Name of the variant
        mutation | text | | Wild letter, mature number, mutant letter; all for those of the variant at once
        protein | text | | Role of the mutated protein
        entry_id | text | | Entry
        complex_id | text | | Complex
        interface_id | text | | Interface
        partner | text | | Other side of the interface
        auth_asym_id | text | | Chain of the mutated protein
        auth_numbers | text | | Author's numbers of the residues
        letters | text | | Residues in the entry, which may be mutated itself
        where | text | | in the interface, touches the partner, elsewhere, not modelled, or why the entry has no row
        class_levy | text | | core, support or rim (Levy 2010) of residues in the interface
        buried_a2 | number | Å² | Area that the residues lose to the partner
        distance_a | number | Å | From the residues to the nearest heavy atom of the partner
        n_contacts | integer | | Partner residues in contact
        area_loss_a2 | number | Å² | Buried area per side lost when the side chains are cut to Ala (to Gly for mutations to Gly) in place
        n_contacts_lost | integer | | Partner residues no longer in contact then
        n_bonded_lost | integer | | Partner residues to which a bond is lost then
        bonds_lost | text | | These bonds, those through waters aside
        sequons_made | text | | N-glycosylation sites (N-X-S/T, X not Pro) that the sequence gains
        sequons_lost | text | | Those that it loses
        cysteine | text | | makes Cys, removes Cys
        """
    ),
}
