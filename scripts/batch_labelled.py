"""
Measure the contacts of crystals that a benchmark set calls biological or crystal.

``python scripts/batch_labelled.py TABLE.tsv FOLDER [-j N]`` runs a batch over the entries of the
table (columns pdb, set, label, set_BSA_A2, assigned_chains, assigned_symop_on_chain2), finds each
labelled contact among the contacts of the lattice, and writes ``FOLDER/labelled.csv``: label, area
in the set and here, shape complementarity, bonds, and whether repeated use builds an endless chain.
Interrupted, it goes on where it stopped. Entries come from ``IL2STRUCT_MIRROR``, the cache, or the
archive.

The table describes; it proves nothing. Where every crystal contact of a set is a screw or a
translation and every biological one a closed two-fold, a rule that only asks whether the operator
closes is always right, so no accuracy on such a set speaks for or against an open chain.
"""

import argparse
from pathlib import Path

import gemmi
import pandas as pd

import il2struct

ANALYSES = ("interfaces", "bonds", "sc", "lattice")
#: What is shown of a contact beside its label.
MEASURES = [
    "kind",
    "operator",
    "area_total_a2",
    "sc",
    "n_hydrogen_bond",
    "n_salt_bridge",
    "is_propagating",
    "ring_size",
]


def matches(contact, chains, operator):
    """Whether a row of lattice_contacts is the labelled contact, from either side."""
    own = gemmi.Op(contact.operator)
    pair = (contact.auth_asym_id_1, contact.auth_asym_id_2)
    is_straight = pair == chains and own == operator
    return is_straight or (pair == chains[::-1] and own == operator.inverse())


def labelled_contact(row, contacts):
    """The largest contact of the entry that a row of the benchmark table names, as a dict."""
    chains = tuple(row.assigned_chains.split(":"))
    operator = gemmi.Op(row.assigned_symop_on_chain2)
    found = [
        contact
        for contact in contacts.itertuples(index=False)
        # The set places chain 1 as deposited.
        if contact.operator_1 == "1_555" and matches(contact, chains, operator)
    ]
    if not found:
        return dict.fromkeys(MEASURES)
    best = max(found, key=lambda contact: contact.area_total_a2)
    return {name: getattr(best, name) for name in MEASURES}


def labelled_table(labels, contacts):
    """One row a label: what the set says, and what is measured here."""
    rows = []
    for row in labels.itertuples(index=False):
        own = contacts[contacts["entry_id"] == row.pdb]
        said = {
            "entry_id": row.pdb,
            "set": row.set,
            "label": row.label,
            "area_in_set_a2": row.set_BSA_A2,
        }
        rows.append(said | labelled_contact(row, own))
    return pd.DataFrame(rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("table", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("-j", "--jobs", type=int)
    given = parser.parse_args()
    labels = pd.read_csv(given.table, sep="\t", na_values="-")
    result = il2struct.batch(
        list(dict.fromkeys(labels["pdb"])),
        given.folder,
        analyses=ANALYSES,
        jobs=given.jobs,
    )
    print(f"{result.n_total} entries, {result.n_failed} failed, {result.seconds:.0f} s")
    table = labelled_table(labels, result.table("lattice_contacts"))
    table.to_csv(given.folder / "labelled.csv", index=False)
    print(table.round(2).to_string(index=False, na_rep=""))
    print(f"\n{table['area_total_a2'].notna().sum()} of {len(table)} contacts found")


if __name__ == "__main__":
    main()
