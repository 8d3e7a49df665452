"""Tables on the lattice, its classes, the evidence, the membrane and the response."""

from typing import Final

from il2struct.schemas.column import Column, columns
from il2struct.schemas.interface import INTERFACE_SCHEMAS

#: What a lattice contact has beyond the columns of ``interfaces``.
LATTICE_COLUMNS: Final = columns(
    """
    kind | text | | same_complex, non_crystallographic or crystal
    operator | text | | Operation that places side 2, as x,y,z with its cell shift
    cell_shift | text | | Whole cells of that operation
    translation_a | number | Å | How far the contact moves the centre of a unit; empty if the units are no copies
    rotation_deg | number | ° | Rotation from unit 1 to unit 2
    rise_a | number | Å | Translation along the rotation axis; the whole one if there is no rotation
    is_translation | flag | | Whether there is no rotation
    is_propagating | flag | | Whether repeating the motion never comes back to the start
    ring_size | integer | | Units in the ring it closes; empty if it propagates
    contact_class | text | | The class it falls into, among the entries of the same run
    """
)

NETWORK_SCHEMAS: Final[dict[str, tuple[Column, ...]]] = {
    "lattice_contacts": INTERFACE_SCHEMAS["interfaces"] + LATTICE_COLUMNS,
    "contact_classes": columns(
        """
        contact_class | text | | Role pair and a number; the most frequent class of a pair is 1
        role_1 | text | | Role on side 1
        role_2 | text | | Role on side 2
        is_lattice | flag | | Whether no member lies inside a complex or a deposited assembly
        n_contacts | integer | | Copies seen
        n_entries | integer | | Entries that show it
        n_crystal_forms | integer | | Independent packings that show it; crystals that share a layer are one
        area_minimum_a2 | number | Å² | Smallest area per side
        area_mean_a2 | number | Å² | Mean area per side
        area_maximum_a2 | number | Å² | Largest area per side
        jaccard_minimum | number | | Smallest overlap of residue pairs of two members, 0 to 1
        jaccard_maximum | number | | Largest overlap
        pose_distance_maximum_a | number | Å | Largest distance of the second units of two members after superposing the first
        pose_angle_maximum_deg | number | ° | Largest turn between them
        conserved_residues_1 | text | | Mature numbers of side 1 that are interface residues in every member
        conserved_residues_2 | text | | The same on side 2
        conserved_bonds | text | | Residue pairs bonded in every member; * needs a flip or a proton in some
        members | text | | entry_id:chain-chain[n_klm], separated by spaces
        """
    ),
    "evidence": columns(
        """
        role_1 | text | | First role of the pair asked about
        role_2 | text | | Second role of it
        number | integer | | Line of evidence, from 1
        name | text | | What is asked
        quantity | text | | The number that answers
        unit | text | | Its unit
        value | number | as unit | Mean over the copies of the focal contact
        error | number | as unit | Standard deviation over the copies
        jitter_error | number | as unit | Standard deviation when coordinates move by their error
        jitter_shift | number | as unit | Change of the mean when they do
        interval_low | number | as unit | Least that it can be for all that is not known; empty where the errors say it
        interval_high | number | as unit | Most that it can be
        n_copies | integer | | Copies of the focal contact
        n_true | integer | | True interfaces of the same entries, copies of one counted once
        n_lattice | integer | | Other neighbours above 100 Å² per side, copies of one counted once
        true_minimum | number | as unit | Smallest value of the true interfaces
        true_maximum | number | as unit | Largest value of the true interfaces
        lattice_median | number | as unit | Median of the other lattice contacts
        lattice_maximum | number | as unit | Largest of them
        percentile_true | number | % | True interfaces that the focal contact exceeds, ties half
        percentile_lattice | number | % | Other lattice contacts that it exceeds, ties half
        n_reference_endless | integer | | Endless lattice contacts of other proteins, of its size class
        reference_endless_percent | number | % | Of these those that it exceeds, ties half
        reference_endless_low | number | % | Lower end of the 95 % interval after Wilson
        reference_endless_high | number | % | Upper end
        n_reference_true | integer | | True interfaces of other proteins, of its size class
        reference_true_percent | number | % | Of these those that it exceeds, ties half
        reference_true_low | number | % | Lower end of the 95 % interval after Wilson
        reference_true_high | number | % | Upper end
        verdict | text | | supports, neutral or against
        reason | text | | Why, in words
        """
    ),
    "contact_measures": columns(
        """
        role_1 | text | | First role of the pair asked about
        role_2 | text | | Second role of it
        entry_id | text | | PDB id, or the file's stem
        complex_id | text | | Unit or units joined
        interface_id | text | | Sides; of neighbours those of their largest contact
        operator_2 | text | | Symmetry image of side 2 as n_klm
        contact_class | text | | Class of the contact, of neighbours that of their largest one
        n_contacts | integer | | Contacts of single chains that it holds
        group | text | | focal, true_interface or other_lattice
        area_per_side_a2 | number | Å² | (ASA1 + ASA2 - ASA12) / 2
        n_buried_70 | integer | | Residues that lose at least 70 % of their area
        n_buried_95 | integer | | Residues that lose at least 95 %
        n_hydrogen_bond_no_salt_bridge | integer | | Plain hydrogen bonds that are no salt bridge
        n_salt_bridge_residue_pair | integer | | Residue pairs in salt bridges
        bonds_per_100_a2 | number | per 100 Å² | Both, per buried area per side
        n_tag | integer | | Interface residues of expression tags
        n_mutation | integer | | Interface residues that differ from the reference
        n_glycan_bond | integer | | Hydrogen bonds to a glycan
        n_native_sequon_blocked | integer | | Native glycosylation sites with over half of all directions blocked
        sc | number | | Shape complementarity; empty where it was not computed
        sc_error | number | | Its uncertainty
        median_distance_a | number | Å | Median distance of facing surface dots
        """
    ),
    "sequons": columns(
        """
        role_1 | text | | First role of the pair asked about
        role_2 | text | | Second role of it
        contact | text | | Entry, chains and operator of the contact
        side | integer | | 1 or 2
        role | text | | Role of the chain
        mature_number | integer | | Asparagine of N-X-S/T in the reference
        status | text | | native, or the change that removed it (N53Q, S51A)
        has_glycan | flag | | Whether the entry shows a sugar there
        distance_a | number | Å | Cβ to the nearest heavy atom of the partner
        glycan_distance_a | number | Å | Deposited glycan to the partner
        free_fraction | number | | Directions in a cone of 45° around Cα-Cβ in which a core glycan passes
        """
    ),
    "titratable": columns(
        """
        role_1 | text | | First role of the pair asked about
        role_2 | text | | Second role of it
        contact | text | | Entry, chains and operator of the contact
        growth_ph | number | | pH at which the crystal grew; empty if the file does not say
        side | integer | | 1 or 2
        role | text | | Role of the chain
        auth_asym_id | text | | Chain by the author
        auth_number | integer | | Residue number by the author
        mature_number | integer | | Residue number in the mature protein
        group | text | | ASP, GLU, HIS, LYS, ARG, CYS, TYR, N+ or C-
        name | text | | Role, group and mature number
        buried_fraction | number | | Of the accessible area of the residue, 0 to 1
        is_core | flag | | Whether it is core after Levy
        nearest | text | | Nearest titratable residue across, within 6 Å
        distance_a | number | Å | To it, between the atoms that carry protons
        pka_free | number | | pKa without the partner, by PROPKA
        pka_bound | number | | pKa with it
        linkage_ph_growth_kt | number | kT | Free energy that its protons add at the pH of the crystal
        linkage_ph_5_1_kt | number | kT | The same at pH 5.1
        linkage_ph_6_kt | number | kT | The same at pH 6.0, of an endosome
        linkage_ph_6_1_kt | number | kT | The same at pH 6.1
        linkage_ph_7_4_kt | number | kT | The same at pH 7.4, of blood
        """
    ),
    "unseen": columns(
        """
        role_1 | text | | First role of the pair asked about
        role_2 | text | | Second role of it
        contact | text | | Entry, chains and operator of the contact
        side | integer | | 1 or 2
        role | text | | Role of the chain
        auth_asym_id | text | | Chain by the author
        first_number | integer | | Mature number of the first residue; empty in a tag
        last_number | integer | | Mature number of the last one; empty in a tag
        n_residues | integer | | Residues without coordinates
        sequence | text | | One-letter code
        reach_a | number | Å | How far an unfolded chain of that length gets from what holds it
        distance_a | number | Å | From the nearer residue beside it to the partner
        sequons | text | | Glycosylation sites in it, or the changes that removed them, separated by spaces
        """
    ),
    "site_overlaps": columns(
        """
        role_1 | text | | First role of the pair asked about
        role_2 | text | | Second role of it
        role | text | | Chain that both contacts sit on
        other_class | text | | The other contact
        is_inside_complex | flag | | Whether some copy of it is an interface of a complex itself
        n_shared | integer | | Residues that both use
        fraction | number | | Of the smaller site, 0 to 1
        entries | text | | Entries that show the other contact
        """
    ),
    "conservation": columns(
        """
        role_1 | text | | First role of the pair asked about
        role_2 | text | | Second role of it
        role | text | | Role of the residue's chain
        mature_number | integer | | Its number
        letter | text | | The residue in the reference
        letters | text | | In other species, as species:letter; - where there is none
        n_species | integer | | Species in which the place is known
        identity | number | | Share of them with the same residue
        n_bonded | integer | | Partner residues bonded to it in every copy of the contact
        bonds_kept | text | | To how many of these the residue of a species could bond too, as species:number
        """
    ),
    "test_mutations": columns(
        """
        role_1 | text | | First role of the pair asked about
        role_2 | text | | Second role of it
        rank | integer | | 1 loses most bonds, then most area; empty if the mutation would test more than the contact
        mutation | text | | Letter of the reference, mature number, A
        role | text | | Role of the mutated chain
        mature_number | integer | | Its number
        n_copies | integer | | Copies of the contact with it in the interface
        n_bonded_lost | number | | Partner residues to which a bond is lost when the side chain is cut to Ala in place, mean over the copies
        area_loss_a2 | number | Å² | Buried area per side lost then, mean
        sc_loss | number | | Shape complementarity lost then, mean
        n_contacts_lost | number | | Partner residues no longer in contact then, mean
        exposure | number | | Least area of the residue without the contact over that in Gly-X-Gly
        bonds_lost | text | | Partner residues that lose a bond, in brackets in how many copies
        hindrance | text | | Why it has no rank
        """
    ),
    "membrane": columns(
        """
        role_1 | text | | First role of the pair asked about
        role_2 | text | | Second role of it
        entry_id | text | | PDB id, or the file's stem
        complex_id | text | | Complex that is repeated
        interface_id | text | | Sides of the largest contact that the step makes
        operator_2 | text | | Step that is repeated, as n_klm
        contact_classes | text | | Classes of all contacts that the step makes, separated by spaces
        anchored_roles | text | | Receptors that hold the complex, separated by spaces
        is_focal | flag | | Whether the step makes the contact asked about
        can_lie_flat | flag | | Whether an endless chain of it reaches the membrane with every linker
        energy_per_complex_kt | number | kT | Linker energy of each complex in the best flat chain
        price_per_contact_dimer_kt | number | kT | -ln(Z2 / Z1²): what the membrane adds to the contact
        price_per_contact_endless_kt | number | kT | The same for the endless chain
        longest_stretch_fraction | number | | Least possible largest height over contour length of a linker
        """
    ),
    "sheets": columns(
        """
        role_1 | text | | First role of the pair asked about
        role_2 | text | | Second role of it
        entry_id | text | | PDB id, or the file's stem
        complex_ids | text | | Complexes of one repeat, separated by spaces
        built_by | text | | One or two classes of contacts that build the layer, separated by spaces
        contact_classes | text | | Classes of all contacts that it holds, separated by spaces
        is_focal | flag | | Whether the contact asked about is one of them
        area_per_complex_nm2 | number | nm² | Membrane under each complex
        buried_a2 | number | Å² | Per side, of all its contacts, for each complex
        can_lie_flat | flag | | Whether every linker reaches the membrane, on the better side
        energy_per_complex_kt | number | kT | Linker energy of each complex; empty if one does not reach
        price_per_complex_kt | number | kT | That and ln Z of a complex by itself, as for endless chains
        stretch_fraction | number | | Largest height over contour length of a linker
        stretched_role | text | | The receptor whose linker that is
        easier_fraction | number | | Of layers of the same complexes in any direction, which lie easier
        """
    ),
    "dose_response": columns(
        """
        ligand_nanomolar | number | nmol/L | IL-2
        response_fraction | number | | β-γc pairs joined by IL-2, of all that could be
        uncoupled_fraction | number | | The same without coupling
        complete_per_um2 | number | per µm² | Complexes with α, β and γc
        mean_chain_length | number | | Complexes per chain, number average
        free_chains | text | | What free α and γc are taken to do: compete or silent
        """
    ),
    "response_summary": columns(
        """
        cell | text | | treg, th, nk, cd8, or a cell of one's own
        alpha_per_um2 | number | per µm² | All α on the membrane
        beta_per_um2 | number | per µm² | All β
        gamma_per_um2 | number | per µm² | All γc
        contact_kd_micromolar | number | µmol/L | Dissociation constant of the contact in solution
        height_nm | number | nm | Height of the layer in which receptors meet
        binding_penalty | number | | Factor on dissociation constants of binding on the membrane, fitted to cell affinities
        free_chains | text | | What free α and γc are taken to do: compete or silent
        coupling_kt | number | kT | Energy by which neighbouring complete complexes help each other
        row_length | number | | Receptors in a coupled row; empty for an endless one
        cells_per_ml | number | per mL | Cells that share the IL-2; empty if it is never used up
        ec50_nanomolar | number | nmol/L | Half-maximal dose; empty if the curve has no half
        hill | number | | Hill slope there
        plateau_fraction | number | | Largest response, of all pairs that could form
        ec50_independent_nanomolar | number | nmol/L | The same without contact and coupling
        hill_independent | number | | The same without contact and coupling
        ec50_measured_low_nanomolar | number | nmol/L | Smallest measured half-maximal dose
        ec50_measured_high_nanomolar | number | nmol/L | Largest
        hill_measured_low | number | | Smallest measured Hill slope
        hill_measured_high | number | | Largest
        mean_chain_length_compete | number | | Complexes per chain if free chains make the contact too
        mean_chain_length_silent | number | | Complexes per chain if they do not
        growth_limit | number | | Largest growth probability that competing free chains allow
        ec50_verdict | text | | supports, neutral or against
        ec50_reason | text | | Why, in words
        hill_verdict | text | | supports, neutral or against
        hill_reason | text | | Why, in words
        cluster_verdict | text | | supports, neutral or against
        cluster_reason | text | | Why, in words
        """
    ),
    "cluster_sizes": columns(
        """
        size | integer | | Complexes in a chain, or γc in a cluster
        chain_fraction | number | | Of all chains, at the dose with most complexes
        complex_fraction | number | | Of all complexes
        gamma_cluster_fraction | number | | Of all γc clusters, single γc included
        free_chains | text | | What free α and γc are taken to do: compete or silent
        """
    ),
    "assumptions": columns(
        """
        assumption | text | | What the response takes for granted, in words
        """
    ),
    "coupling_scan": columns(
        """
        coupling_kt | number | kT | Energy by which neighbouring complete complexes help each other
        row_length | number | | Receptors in the row; empty for an endless one
        ec50_factor | number | | Factor on the activity of IL-2 at half occupancy
        hill | number | | Hill slope there; 1 without coupling
        """
    ),
    "contact_scan": columns(
        """
        contact_kd_micromolar | number | µmol/L | Dissociation constant of the contact in solution
        mean_length_compete | number | | Complexes per chain if free chains make the contact too
        mean_length_silent | number | | Complexes per chain if they do not
        """
    ),
}
