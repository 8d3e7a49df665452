"""
One table of the interfaces of the interleukin-2 family.

``python scripts/batch_family.py FOLDER [ENTRY ...]`` analyses the entries in parallel into FOLDER
(again: only what changed), writes ``FOLDER/family.csv`` with one row an interface of two known
proteins, and prints it. Entries come from ``IL2STRUCT_MIRROR``, the cache, or the archive.
"""

import argparse
from pathlib import Path

import il2struct

#: Receptor complexes of IL-2 and IL-15, their parts, and a neighbour that shares γc.
FAMILY = ("2B5I", "2ERJ", "1Z92", "2Z3R", "3QB7", "1M47", "1M4C", "1PY2", "3INK")
COLUMNS = (
    "entry_id",
    "complex_id",
    "role_1",
    "role_2",
    "area_per_side_a2",
    "sc",
    "n_core_levy",
    "n_hydrogen_bond",
    "n_salt_bridge",
)


def main(folder, entries):
    done = il2struct.batch(entries, folder, analyses=("interfaces", "bonds", "sc"))
    interfaces = done.table("interfaces")
    is_named = ~interfaces[["role_1", "role_2"]].eq("unknown").any(axis=1)
    family = interfaces.loc[is_named, list(COLUMNS)]
    family = family.sort_values(["role_1", "role_2", "entry_id", "complex_id"])
    family.to_csv(Path(folder) / "family.csv", index=False, lineterminator="\n")
    print(family.round({"area_per_side_a2": 0, "sc": 2}).to_string(index=False))
    status = done.table("entries").set_index("entry_id")
    for entry in status.index.difference(family["entry_id"]):
        failed = status.loc[entry, "status"] != "ok"
        reason = status.loc[entry, "error_message"] if failed else "no such interface"
        print(f"{entry}: {reason}")
    return 1 if done.n_failed else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("entries", nargs="*", default=FAMILY, metavar="ENTRY")
    chosen = parser.parse_args()
    raise SystemExit(main(chosen.folder, chosen.entries))
