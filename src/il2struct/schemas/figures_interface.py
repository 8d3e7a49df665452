"""Tables of the figures of one interface or one chain: one row a mark."""

from typing import Final

from il2struct.bond_kinds import drawn_kinds, listed
from il2struct.schemas.column import Column, columns

_INTERFACE_KEY: Final = columns(
    """
    entry_id | text | | PDB id, or the file's stem
    complex_id | text | | Complex within the entry
    interface_id | text | | Sides of the interface
    """
)

FIGURES_INTERFACE_SCHEMAS: Final[dict[str, tuple[Column, ...]]] = {
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
}
