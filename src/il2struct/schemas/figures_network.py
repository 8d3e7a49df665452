"""Tables of figures that compare complexes, and of those on the network question: one row a mark."""

from typing import Final

from il2struct.schemas.column import Column, columns

_OCCURRENCE: Final = columns(
    """
    role_1 | text | | Role on side 1
    role_2 | text | | Role on side 2
    entry_id | text | | PDB id, or the file's stem; _2 and so on behind it where inputs share it
    complex | text | | Entry and complex, as in the tables of compare
    interface_id | text | | Sides of the interface
    """
)

FIGURES_NETWORK_SCHEMAS: Final[dict[str, tuple[Column, ...]]] = {
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
        quantity | text | | Column of the table interfaces; n_residues is that of both sides
        unit | text | | Its unit
        value | number | as unit | Empty where it was not computed
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
    "figure_tilt": columns(
        """
        entry_id | text | | PDB id, or the file's stem
        complex_id | text | | Complex that is repeated
        interface_id | text | | Sides of the contact
        operator_2 | text | | Step that is repeated, as n_klm
        n_complexes | integer | | Complexes in the chain; empty for one that tumbles freely
        tilt_low_deg | number | ° | Lower edge of the bin; 0 is flat on the membrane
        tilt_high_deg | number | ° | Upper edge
        probability_fraction | number | | Boltzmann probability of the bin
        probability_density | number | per ° | The same over the width of the bin, as drawn
        """
    ),
    "figure_membrane_price": columns(
        """
        entry_id | text | | PDB id, or the file's stem
        complex_id | text | | Complex that is repeated
        interface_id | text | | Sides of the largest contact of the step
        operator_2 | text | | Step that is repeated, as n_klm
        is_focal | flag | | Whether the step makes the contact asked about
        n_complexes | integer | | Complexes in the chain; empty for an endless one
        price_per_contact_kt | number | kT | What the membrane adds to the contact; empty if impossible
        error_kt | number | kT | Of the quadrature; empty for the endless chain
        """
    ),
    "figure_dose_response": columns(
        """
        curve | text | | Cell and what acts on it
        cell | text | | Cell type
        coupling_kt | number | kT | Energy by which neighbouring complete complexes help each other
        ligand_picomolar | number | pmol/L | IL-2
        response_fraction | number | | β-γc pairs joined by IL-2, of all that could be
        is_ec50 | flag | | Whether this is the point of half of the largest response
        """
    ),
    "figure_chain_lengths": columns(
        """
        size | integer | | Complexes in a chain, or γc in a cluster
        counted | text | | chains, complexes or gamma_clusters
        share_percent | number | % | Of all of them, those of this size
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
        bond | text | | Both residues and atoms, by mature number where there is one
        kind | text | | Kind of bond
        occupancy | number | | Fraction of the frames that have it
        occupancy_error | number | | Its standard error by blocking; empty where the trajectory is too short for it
        """
    ),
}
