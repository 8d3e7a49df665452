"""
Many entries: worker processes, results that survive a crash, Dask, SQL over what was found.

Nothing here loads a library, so that ``--help`` is quick.
"""

from typing import Final

#: What can be asked for, in the order of the tables that it adds.
ANALYSIS_TABLES: Final = {
    "interfaces": ("interfaces", "residues", "contacts"),
    "bonds": ("interfaces", "bonds"),
    "sc": ("interfaces",),
    "unsatisfied": ("unsatisfied", "unsatisfied_counts"),
    "predicted": ("predicted",),
    "variants": ("variants",),
    "compare": ("compare_similarity", "compare_differences", "compare_pairs"),
    "overlap": ("overlap", "overlap_copies", "overlap_sites"),
    "ligands": ("ligands",),
    "agonists": ("agonists",),
    "lattice": ("lattice_contacts",),
}
#: Of these, what takes a complex to compare with, and what does nothing without one.
WITH_REFERENCE: Final = ("predicted", "compare", "overlap")
NEEDS_REFERENCE: Final = ("compare", "overlap")
