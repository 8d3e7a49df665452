"""Tables of the pictures of molecules: one row a mark."""

from typing import Final

from il2struct.schemas.column import Column, columns, sided

FIGURES_VIEWS_SCHEMAS: Final[dict[str, tuple[Column, ...]]] = {
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
    "figure_network_side": columns(
        """
        entry_id | text | | PDB id, or the file's stem
        mark | text | | node (a chain), edge (a contact) or end (a C-terminus)
        interface_id | text | | Of an edge: the contact, by its sides
        contact_class | text | | Of an edge: its class within the entry
        kind | text | | Of an edge: same_complex, non_crystallographic or crystal
        tag | text | | Of an edge: the letter beside it; empty inside a complex
        """
    )
    + sided(
        """
        role_{} | text | | Role of the chain at end {}
        auth_asym_id_{} | text | | Chain at end {}
        operator_{} | text | | Where it is drawn, as n_klm
        x_{}_a | number | Å | Its centre to the right of the middle
        y_{}_a | number | Å | Its centre upwards
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
}
