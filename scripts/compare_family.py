"""
Which bonds of the interleukin-2 receptor are in every copy of every crystal.

``python scripts/compare_family.py [ENTRY ...]`` measures the interfaces of each entry (2ERJ, 2B5I and
1Z92 if none is named), compares them by role and mature number, and prints the bonds that no copy
lacks. Entries come from ``IL2STRUCT_MIRROR``, the cache, or the archive.
"""

import sys

import il2struct

ENTRIES = ("2ERJ", "2B5I", "1Z92")


def main(entries):
    studies = [il2struct.load(entry) for entry in entries]
    for study in studies:
        print(study)
    bonds = il2struct.compare(studies)["compare_bonds"]
    always = bonds[(bonds.n_present == bonds.n_possible) & (bonds.n_possible > 1)]
    for (role_1, role_2), rows in always.groupby(["role_1", "role_2"], sort=False):
        print(f"\n{role_1} - {role_2}, in every copy:")
        for row in rows.itertuples():
            residues = (
                f"{row.reference_letter_1}{row.mature_number_1}-"
                f"{row.reference_letter_2}{row.mature_number_2}"
            )
            print(
                f"  {residues:12s} {row.kind:14s} {row.n_present} of {row.n_possible} copies, "
                f"{row.distance_minimum_a:.2f} to {row.distance_maximum_a:.2f} Å"
            )


if __name__ == "__main__":
    main(sys.argv[1:] or ENTRIES)
