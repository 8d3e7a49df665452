"""Tables of figures: one row a mark."""

from typing import Final

from il2struct.bond_kinds import drawn_kinds, listed
from il2struct.schemas.column import Column, columns, sided

_INTERFACE_KEY: Final = columns(
    """
    entry_id | text | | PDB id, or the file's stem
    complex_id | text | | Complex within the entry
    interface_id | text | | Sides of the interface
    """
)

_OCCURRENCE: Final = columns(
    """
    role_1 | text | | Role on side 1
    role_2 | text | | Role on side 2
    entry_id | text | | PDB id, or the file's stem; _2 and so on behind it where inputs share it
    complex | text | | Entry and complex, as in the tables of compare
    interface_id | text | | Sides of the interface
    """
)


FIGURE_SCHEMAS: Final[dict[str, tuple[Column, ...]]] = {
    "figure_contact_map": _INTERFACE_KEY
    + columns(
        """
        mark | text | | cell (a residue pair), bond (a sign on it), or bar (a residue)
        residue_1 | text | | Residue of side 1: letter and number
        residue_2 | text | | Residue of side 2
        distance_a | number | Å | Of a cell: smallest heavy-atom distance
        bond | text | | Of a bond: the strongest kind between the two residues
        n_bonds | integer | | Of a bond: atom pairs of that kind
        buried_a2 | number | Å² | Of a bar: area the residue buries; of a cell: that of both residues
        """
    ),
    "figure_bond_ladder": _INTERFACE_KEY
    + columns(
        f"""
        mark | text | | line (a residue pair) or bar (a residue)
        panel | integer | | Panel, from 1
        row_1 | integer | | Place of residue_1 in its column, from 1 at the top
        row_2 | integer | | Place of residue_2 in its column
        residue_1 | text | | Residue of side 1: letter and number
        residue_2 | text | | Residue of side 2
        kind | text | | {listed([*(kind.name for kind in drawn_kinds()), "contact"])}
        n_bonds | integer | | Atom pairs of that kind; of a contact, atom pairs within the contact cut-off
        distance_a | number | Å | Shortest of them, as in `bonds`; of rings their centres
        atom_1 | text | | Atom of side 1 of the shortest
        atom_2 | text | | Atom of side 2 of the shortest
        chain_part_1 | text | | m for main chain, s for side chain
        chain_part_2 | text | | The same on side 2
        acceptor_side | integer | | Side with the arrowhead; empty where either may accept
        buried_a2 | number | Å² | Of a bar: area the residue buries
        """
    ),
    "figure_hot_spot": _INTERFACE_KEY
    + columns(
        f"""
        mark | text | | atom, bond, or contact (a residue that touches without a bond)
        kind | text | | Of a bond: {listed([kind.name for kind in drawn_kinds()])}
        residue_1 | text | | Residue of the atom; of a bond or contact the chosen residue
        atom_1 | text | | Its atom
        residue_2 | text | | The other residue
        atom_2 | text | | Its atom
        distance_a | number | Å | Distance of the two atoms, as in `bonds` and `contacts`; of rings their centres
        x_a | number | Å | Where the atom stands on paper, to the right
        y_a | number | Å | The same, up
        """
    ),
    "figure_buried_track": columns(
        """
        entry_id | text | | PDB id, or the file's stem
        auth_asym_id | text | | Chain by the author
        complex_id | text | | Complex within the entry
        interface_id | text | | Interface of the row that the mark is in; empty for marks on the chain itself
        partner_role | text | | Role of the other side, which gives the colour
        mark | text | | bar, bond, gap, tag, helix, strand, sequon, glycan or mutation
        first_number | integer | | Residue, or the first of several: mature number, else the author's
        last_number | integer | | The last of them
        label | text | | Letter and number of a residue, change of a mutation
        buried_a2 | number | Å² | Of a bar: area that the residue buries in this interface
        class_levy | text | | Of a bar of 1 Å² or more: core, support or rim
        """
    ),
    "figure_complementarity": _INTERFACE_KEY
    + columns(
        """
        side | integer | | 1: dots of side 1 scored against side 2; 2: the reverse
        role | text | | Role of the side
        n_dots | integer | | Dots that count, each once
        trimmed_area_a2 | number | Å² | Their area
        median_score | number | | Median S of them
        sc | number | | Shape complementarity of the interface: mean of the two medians
        sc_error | number | | Its standard error, where it was asked for
        """
    ),
    "figure_complementarity_profile": _INTERFACE_KEY
    + columns(
        """
        side | integer | | 1 or 2
        role | text | | Role of the side
        residue | text | | Letter and number
        number | integer | | Mature number, else the author's
        n_dots | integer | | Dots of the residue that count
        trimmed_area_a2 | number | Å² | Their area
        median_score | number | | Median S of them
        """
    ),
    "figure_burial_comparison": _OCCURRENCE
    + columns(
        """
        side | integer | | Side of the role whose residues are shown
        mature_number | integer | | Residue of that role
        reference_letter | text | | Its residue in the reference
        is_modelled | flag | | Whether the entry has coordinates for it
        buried_a2 | number | Å² | Area lost to the partner; empty where not modelled
        """
    ),
    "figure_interface_comparison": _OCCURRENCE
    + columns(
        """
        n_complexes | integer | | Complexes in the row: more than one where copies are merged
        quantity | text | | Column of the table interfaces; n_residues is that of both sides
        unit | text | | Its unit
        value | number | as unit | Mean of the complexes; empty where it was not computed
        minimum | number | as unit | Smallest of them
        maximum | number | as unit | Largest of them
        """
    ),
    "figure_presence": _OCCURRENCE
    + columns(
        """
        mature_number_1 | integer | | Residue of side 1
        reference_letter_1 | text | | Its residue in the reference
        mature_number_2 | integer | | Residue of side 2
        reference_letter_2 | text | | Its residue in the reference
        kind | text | | Kind of bond
        state | text | | present, conditional (only with a flip or a proton), absent or not_modelled
        """
    ),
    "figure_evidence": columns(
        """
        role_1 | text | | First role of the pair asked about
        role_2 | text | | Second role of it
        quantity | text | | Column of the table contact_measures
        unit | text | | Its unit
        group | text | | true_interface, focal, focal_mean or other_lattice
        entry_id | text | | PDB id, or the file's stem; empty for the mean
        complex_id | text | | Unit or units joined
        interface_id | text | | Sides
        operator_2 | text | | Symmetry image of side 2 as n_klm
        contact_class | text | | Class among the entries of the study
        value | number | as unit | Of this copy; of the mean over the focal copies
        error | number | as unit | Of the mean: the larger of spread, moved coordinates and noise
        """
    ),
    "figure_membrane_chains": columns(
        """
        plot | text | | tilt, price or lengths
        entry_id | text | | PDB id, or the file's stem; empty for lengths
        complex_id | text | | Complex that is repeated
        interface_id | text | | Sides of the largest contact of the step
        operator_2 | text | | Step that is repeated, as n_klm
        is_focal | flag | | Whether the step makes the contact asked about
        n_complexes | integer | | Complexes in the chain, or γc in a cluster; empty for a tilt of one that tumbles freely and the price of an endless one
        tilt_low_deg | number | ° | Lower edge of the bin; 0 is flat on the membrane
        tilt_high_deg | number | ° | Upper edge
        probability_fraction | number | | Boltzmann probability of the bin
        probability_density | number | per ° | The same over the width of the bin, as drawn
        price_per_contact_kt | number | kT | What the membrane adds to the contact; empty if impossible
        error_kt | number | kT | Of the quadrature; empty for the endless chain
        counted | text | | Of lengths: chains, complexes or gamma_clusters
        share_percent | number | % | Of all of them, those of this size
        """
    ),
    "figure_dose_response": columns(
        """
        curve | text | | Cell and what acts on it
        cell | text | | Cell type
        coupling_kt | number | kT | Energy by which neighbouring complete complexes help each other
        ligand_picomolar | number | pmol/L | IL-2
        relative_dose | number | | The same over the half-maximal dose of the first curve, as drawn
        response_fraction | number | | β-γc pairs joined by IL-2, of all that could be
        relative_response | number | | The same over the plateau, as drawn
        is_ec50 | flag | | Whether this is the point of half of the largest response
        """
    ),
    "figure_phase_diagram": columns(
        """
        free_chains | text | | What free α and γc are taken to do: silent or compete
        contact_kd_micromolar | number | µmol/L | Dissociation constant of the contact in solution
        density_per_um2 | number | per µm² | Scarcest chain, the others in proportion
        mean_chain_length | number | | Complexes per chain, number average
        """
    ),
    "figure_interface_course": columns(
        """
        entry_id | text | | Name of the topology file without its ending
        complex_id | text | | Complex of the first frame; empty for sides across complexes
        interface_id | text | | Sides of the interface
        quantity | text | | Column of the table trajectory_frames
        frame | integer | | Number of the frame in the trajectory, from 0
        time_ps | number | ps | Time of the frame as the trajectory gives it
        value | number | as quantity | Value in this frame
        """
    ),
    "figure_bond_occupancy": columns(
        """
        entry_id | text | | Name of the topology file without its ending
        complex_id | text | | Complex of the first frame; empty for sides across complexes
        interface_id | text | | Sides of the interface
        bond | text | | Both residues, by mature number where there is one
        kind | text | | Kind of bond
        occupancy | number | | Fraction of the frames that have such a bond between any of their atoms
        occupancy_error | number | | Its standard error by blocking; empty where the trajectory is too short for it
        frames | text | | Which of the analysed frames, from 0
        """
    ),
    "figure_open_book": columns(
        """
        entry_id | text | | PDB id, or the file's stem
        complex_id | text | | Complex within the entry
        interface_id | text | | Sides of the interface
        side | integer | | Side of the interface
        auth_asym_id | text | | Chain by the author
        operator | text | | Symmetry image as n_klm
        auth_number | integer | | Residue number by the author
        ins_code | text | | Insertion code
        mature_number | integer | | Number in the mature protein
        residue | text | | Letter and number as drawn
        buried_a2 | number | Å² | Area that the partner takes, the colour of the upper row
        n_dots | integer | | Surface points that are scored; empty without shape complementarity
        median_score | number | | Their median S; its points give the colour of the lower row
        is_named | flag | | Whether its name is drawn
        """
    ),
    "figure_lattice_view": columns(
        """
        entry_id | text | | PDB id, or the file's stem
        interface_id | text | | Contact, by its sides
        """
    )
    + sided(
        """
        role_{} | text | | Role of side {}
        auth_asym_id_{} | text | | Chain of side {} by the author
        operator_{} | text | | Where it is drawn, as n_klm
        """
    )
    + columns(
        """
        x_a | number | Å | Centre of the circle to the right of the middle: mean of the buried atoms, weighted by area
        y_a | number | Å | The same upwards
        area_per_side_a2 | number | Å² | Buried area of the contact
        sc | number | | Shape complementarity; empty if it was not asked for
        is_labelled | flag | | Whether the area is written beside it
        """
    ),
    "figure_lattice_graph": columns(
        """
        entry_id | text | | PDB id, or the file's stem
        mark | text | | node (a chain) or edge (a contact)
        interface_id | text | | Of an edge: the contact, by its sides
        contact_class | text | | Of an edge: its class within the entry
        kind | text | | Of an edge: same_complex, non_crystallographic or crystal
        number | integer | | Of an edge: the number beside it; empty inside a complex
        """
    )
    + sided(
        """
        role_{} | text | | Role of the chain at end {}
        auth_asym_id_{} | text | | Chain at end {}
        operator_{} | text | | Where it is drawn, as n_klm
        x_{}_mm | number | mm | Place of the node from the left
        y_{}_mm | number | mm | Its place from the lower edge of the graph
        """
    )
    + columns(
        """
        area_per_side_a2 | number | Å² | Of an edge: buried area, the width of the line
        sc | number | | Of an edge: shape complementarity; empty if it was not asked for
        """
    ),
    "figure_membrane_view": columns(
        """
        entry_id | text | | PDB id, or the file's stem
        complex_id | text | | Complex that is repeated
        number | integer | | Place in the chain, from 1 at the left
        role | text | | Receptor
        auth_asym_id | text | | Its chain by the author
        last_mature | integer | | Last ordered native residue, where the linker begins: mature number
        n_residues | integer | | Residues from there to the membrane
        x_a | number | Å | Where it stands along the chain
        height_a | number | Å | Its Cα above the membrane
        contour_a | number | Å | Length of the stretched linker
        stretch_fraction | number | | Height over that length
        """
    ),
    "figure_overlap": columns(
        """
        protein | text | | Protein on which both bind: a panel
        partner_1 | text | | Role, antibody or chain
        partner_2 | text | | Role, antibody or chain
        overlap_mean | number | | Residues in both sites over those of the smaller site: the colour
        n_collisions_minimum | integer | | Heavy-atom pairs of the partners within 2.5 Å, least over the copies
        n_collisions_maximum | integer | | Most over the copies
        verdict | text | | As in overlap: the mark
        """
    ),
    "figure_variants": columns(
        """
        entry_id | text | | PDB id, or the file's stem
        complex_id | text | | Complex within the entry
        interface_id | text | | Sides of the interface: a row
        partner | text | | Other side of the interface
        mark | text | | bar (a residue) or mutation
        mature_number | integer | | Place along the protein, of human
        mutation | text | | Of a mutation: F42A
        buried_a2 | number | Å² | Area that the residue buries
        area_loss_a2 | number | Å² | Of a mutation: buried area per side lost when the side chain is cut
        n_bonded_lost | integer | | Of a mutation: partner residues to which a bond is lost then
        bonds_lost | text | | Of a mutation: these bonds
        """
    ),
}
