"""Tables on files, entries, chains, numbering, complexes and notes."""

from typing import Final

from il2struct.schemas.column import Column, columns

ENTRY_SCHEMAS: Final[dict[str, tuple[Column, ...]]] = {
    "files": columns(
        """
        entry_id | text | | PDB id as the content says, or as asked for if that failed
        status | text | | ok or failed
        origin | text | | file, mirror, cache or download
        file_format | text | | mmcif or pdb
        revision | text | | The archive's file revision
        path | text | | Where the file lies
        sha256 | text | | Checksum of the file as stored
        url | text | | Where it was downloaded from
        retrieved_utc | text | | When it was downloaded
        warnings | text | | What is doubtful about the file
        error_type | text | | Class of the error
        error_message | text | | Its message
        """
    ),
    "entries": columns(
        """
        entry_id | text | | PDB id, or the file's stem
        status | text | | ok or failed
        error_type | text | | Class of the error that stopped the entry
        error_message | text | | Its message
        title | text | | As deposited
        method | text | | Experimental method
        resolution_a | number | Å | Resolution; empty where it does not apply
        space_group | text | | Hermann-Mauguin symbol; empty without a crystal
        n_models | integer | | Models in the file
        model_number | integer | | Model analysed
        n_atoms | integer | | Atoms kept, hydrogens included
        n_protein_chains | integer | | Protein chains of the asymmetric unit
        n_complexes | integer | | Complexes found
        n_interfaces | integer | | Interfaces found
        file_format | text | | mmcif or pdb
        origin | text | | file, mirror, cache or download
        path | text | | File that was read
        url | text | | Where it was downloaded from
        sha256 | text | | Checksum of the file as stored
        revision | text | | The archive's file revision
        seconds | number | s | Time that a batch took for the entry; empty elsewhere
        """
    ),
    "chains": columns(
        """
        entry_id | text | | PDB id, or the file's stem
        auth_asym_id | text | | Chain by the author
        label_asym_id | text | | Chain by the archive; empty for PDB-format files
        entity_id | text | | Entity in the file
        description | text | | What the file calls the molecule, shortened
        role | text | | Role of the family (IL2, IL2RA …), by alignment; unknown or nucleic without one
        antibody | text | | Heavy or light chain by its conserved residues, with the number of its pair: Fab 1 heavy
        species | text | | Species of the nearest reference; other below 90 % identity, empty without a role
        nearest_role | text | | Best-scoring reference, even where it fails the cuts; empty if none is near
        identity | number | | Identical fraction of the residues aligned to nearest_role, 0 to 1
        coverage | number | | Aligned fraction of the chain's deposited sequence, 0 to 1
        reference_coverage | number | | Aligned fraction of the mature reference, 0 to 1
        uniprot | text | | UniProt accession of the role
        n_residues | integer | | Residues of the deposited sequence
        n_modelled | integer | | Residues with coordinates
        n_tag | integer | | Modelled residues that do not align to the reference
        mutations | text | | Differences to the reference in mature numbers, separated by spaces: C125A, A1del, K76_N77insGS
        gaps | text | | Residues of the chain without coordinates, mature numbers, ends included
        n_glycans | integer | | Sugar residues attached to the chain
        complex_ids | text | | Complexes that hold the chain or an image of it
        """
    ),
    "numbering": columns(
        """
        entry_id | text | | PDB id, or the file's stem
        auth_asym_id | text | | Chain by the author
        position | integer | | Place in the deposited sequence, from 1
        residue_letter | text | | Residue of the deposited sequence, one-letter code
        is_modelled | flag | | Whether it has coordinates; runs of false are the gaps
        residue_name | text | | Residue name in the file; empty if not modelled
        auth_number | integer | | Number by the author; empty if not modelled
        ins_code | text | | Insertion code
        label_number | integer | | Number by the archive; empty for PDB-format files
        uniprot_number | integer | | Number in the UniProt sequence, by alignment
        mature_number | integer | | Number in the mature protein of its species, by alignment
        human_number | integer | | Mature number of the human residue there, so that species compare
        reference_letter | text | | Residue of the reference
        status | text | | native, mutation, species (differs as species do), insertion, linker or tag; empty without a role
        cdr | text | | CDR1, CDR2 or CDR3 of an antibody, cut as IMGT does at the conserved residues; empty elsewhere
        """
    ),
    "complexes": columns(
        """
        entry_id | text | | PDB id, or the file's stem
        complex_id | text | | Complex within the entry
        role | text | | Role of the member, or the role that is missing
        is_present | flag | | False for a role that a whole complex would have and this entry lacks
        auth_asym_id | text | | Chain by the author
        operator | text | | Symmetry image as n_klm; 1_555 is the deposited position
        operator_triplet | text | | The operator without its cell shift, as x,y,z
        basis | text | | roles, assembly or asymmetric_unit: what the grouping rests on
        assembly | text | | Deposited assembly that equals the complex or that it rests on
        """
    ),
    "notes": columns(
        """
        entry_id | text | | PDB id, or the file's stem
        topic | text | | Fixed word for the kind of note
        subject | text | | Chain, residue or atom concerned
        count | integer | | Atoms, residues or chains concerned
        message | text | | What was left out, chosen or doubted, and why
        """
    ),
}
