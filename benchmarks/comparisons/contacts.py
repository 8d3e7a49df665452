"""All contacts of a crystal, by us and by gemmi's search from Python."""

import gemmi
from comparisons.entries import study_of
from side_by_side import alternate, row_of, tell

from il2struct.lattice.contacts import lattice_contacts
from lattice import contacts_by_gemmi, protein_model

FILES = ("2ERJ.pdb.gz", "2B5I.cif.gz", "2Z3R.cif.gz")


def rows(mirror):
    for name in FILES:
        tell(f"lattice contacts: {name}")
        named = study_of(mirror / name).named
        structure = gemmi.read_structure(str(mirror / name))
        structure.setup_cell_images()
        model, cell = protein_model(named), structure.cell
        turns = alternate(
            lambda n=named: lattice_contacts(n),
            lambda m=model, c=cell: contacts_by_gemmi(m, c),
        )
        yield row_of(
            "lattice",
            f"lattice contacts of {named.entry.entry_id}, each once",
            "gemmi NeighborSearch from Python",
            turns,
            "same contacts; ours adds operators, kinds and rings",
        )
