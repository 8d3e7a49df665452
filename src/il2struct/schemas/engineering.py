"""Schemas of what engineers ask: complexes compared, sites that overlap, variants, predictions."""

from typing import Final

from il2struct.schemas.column import Column, columns

ENGINEERING_SCHEMAS: Final[dict[str, tuple[Column, ...]]] = {
    "compare_similarity": columns(
        """
        reference | text | | entry_id:complex_id that all others are compared with, the first given
        compared | text | | entry_id:complex_id that is compared with it
        interface_id | text | | Interface of the reference; whole for all of them together
        chains_reference | text | | Chain images of its two sides in the reference
        chains_compared | text | | Those that correspond; missing if the other complex lacks one
        n_interfaces | integer | | Interfaces found in both; dockq is the mean of those between proteins
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
    "agonists": columns(
        """
        entry_id | text | | Entry
        complex_id | text | | Complex
        agonist | text | | Roles, or chains without one, that touch both receptors
        role_1 | text | | First receptor
        auth_asym_id_1 | text | | Its chain
        operator_1 | text | | Symmetry operator and cell of that chain
        role_2 | text | | Second receptor
        auth_asym_id_2 | text | | Its chain
        operator_2 | text | | Symmetry operator and cell of that chain
        anchor_1 | integer | | Mature number of the last ordered native residue of the first receptor
        anchor_2 | integer | | The same of the second
        anchor_distance_a | number | Å | Between the CA atoms of the two anchors
        domain_distance_a | number | Å | Between the centres of the membrane-proximal domains, of their CA atoms
        angle_deg | number | ° | Between the long axes of these domains, both towards the membrane; 0 if parallel
        twist_deg | number | ° | Dihedral of the axes about the line of centres, -180 to 180; positive: the second is turned clockwise seen from the first
        lean_deg | number | ° | From the membrane's normal, in the easiest orientation, to the line from the middle of the anchors to the centre of the complex
        n_residues_1 | integer | | CA atoms of the first domain
        n_residues_2 | integer | | CA atoms of the second domain
        reference | text | | entry_id:complex_id of the first complex with these two roles
        turn_deg | number | ° | Rotation of the second domain against the reference, first domains superposed
        shift_a | number | Å | Way of the centre of the second domain then
        """
    ),
    "ligands": columns(
        """
        entry_id | text | | Entry
        ligand | text | | Component, chain and number, as --between takes it
        component | text | | Chemical component, several joined by - where sugars are bonded
        use | text | | What crystallisation adds it for, by published lists (buffer, cryoprotectant …); missing for others
        chemistry | text | | Where bond orders come from: file, monomer library, or geometry if neither has them; missing for single atoms
        n_atoms | integer | | Atoms with coordinates
        complex_id | text | | Complex that it lies in; missing if it touches none
        role | text | | Role of the chain that it touches
        auth_asym_id | text | | That chain
        operator | text | | Its symmetry operator and cell
        area_ligand_a2 | number | Å² | Area of the ligand that the chain buries
        area_chain_a2 | number | Å² | Area of the chain that the ligand buries
        n_residues | integer | | Residues of the chain that lose area to the ligand or are within 3.5 Å of it
        n_hydrogen_bond | integer | | Hydrogen-bonded atom pairs
        n_salt_bridge | integer | | Salt-bridged atom pairs
        residues | text | | These residues, mature numbers where there are any
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
        rank | integer | | Place of the model among those of its program in its folder, by ranking_score
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
        n_unsatisfied | integer | | Buried polar atoms without a hydrogen bond, waters aside; see unsatisfied
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
        n_unsatisfied_new | integer | | Polar atoms buried without a hydrogen bond only then, waters aside
        unsatisfied_new | text | | These atoms, of either side
        sequons_made | text | | N-glycosylation sites (N-X-S/T, X not Pro) that the sequence gains
        sequons_lost | text | | Those that it loses
        cysteine | text | | makes Cys, removes Cys
        """
    ),
}
