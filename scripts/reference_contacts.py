"""
Measure every lattice contact and every true interface of many crystals: what is ordinary.

``python scripts/reference_contacts.py FOLDER [-o TABLE.csv]`` opens every entry of a folder (or
of a list, one file a line), measures the interfaces of the deposited assemblies, the contacts of
chains in the lattice, and the neighbours that these make (complexes, assemblies and lone chains),
and writes one row for each; beside it, ``reference_recurrence.csv`` counts how many of them recur in
another packing of the same chains. ``network`` weighs a contact against this table; the one that is
shipped, ``src/il2struct/data/reference_contacts.csv``, is made from the crystals of the
development mirror, whose origin stands in its header.

Entries are left out with a message if they hold no crystal or cannot be read. Two files of one
entry count once. Crystals of one family (chains with a role, or chains of the same or nearly the
same sequence) share its name, so that a family can be left out when one of its contacts is asked
about.
"""

import argparse
import csv
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from difflib import SequenceMatcher
from pathlib import Path

from il2struct.errors import Il2StructError
from il2struct.interface.interface import interface_parameters
from il2struct.lattice.classes import (
    contact_classes,
    crystal_packings,
    footprint,
    is_lattice_class,
)
from il2struct.lattice.contacts import Belonging, step_kind
from il2struct.lattice.measure import measured_contacts, measured_neighbours
from il2struct.network.evidence.measures import contact_measures, is_compared
from il2struct.structure.family import Role
from il2struct.structure.named import name_entry
from il2struct.structure.read import read_structure

#: Chains that share this fraction of their letters, in order, are one family.
SAME_FAMILY = 0.8
#: Family of every entry that holds a chain with a role.
RECEPTOR_FAMILY = "receptors"
NUMBERS = (
    "area_per_side_a2",
    "n_buried_70",
    "n_buried_95",
    "bonds_per_100_a2",
    "sc",
    "median_distance_a",
)


def rows_of_entry(measured):
    """Rows of one crystal: contacts of single chains, then neighbours; copies of one are one row."""
    class_of = {id(m): c.name for c in contact_classes(measured) for m in c.members}
    found = [
        (
            (
                "contact",
                m.contact.belonging,
                step_kind(m.contact),
                goes_on(m.contact.repeat, m.contact.belonging),
                class_of[id(m)],
            ),
            1,
            m,
        )
        for m in measured
    ]
    parameters = measured[0].interface.parameters
    found += [
        (
            (
                "neighbours",
                each.belonging,
                each.step,
                goes_on(each.repeat, each.belonging),
                class_of[id(each.parts[0])],
            ),
            len(each.parts),
            each.whole,
        )
        for each in measured_neighbours(measured, parameters=parameters)
    ]
    groups = {}
    for key, n_parts, whole in found:
        if is_compared(whole):
            groups.setdefault(key, []).append((n_parts, whole))
    return [row_of(key, members) for key, members in groups.items()]


def goes_on(repeat, belonging):
    """Whether a step of the lattice never closes; empty if it repeats nothing or is inside."""
    is_inside = belonging is not Belonging.LATTICE
    return "" if repeat is None or is_inside else int(repeat.is_propagating)


def row_of(key, members):
    """One row, with the means over its copies; numbers to the digits that mean something."""
    level, belonging, step, does_go_on, _ = key
    numbers = [asdict(contact_measures(whole)) for _, whole in members]
    return {
        "level": level,
        "belonging": belonging.value,
        "step": step.value,
        "goes_on": does_go_on,
        "name": members[0][1].interface.interface_id,
        "n_copies": len(members),
        "n_contacts": max(n_parts for n_parts, _ in members),
        **{
            name: f"{sum(each[name] for each in numbers) / len(numbers):.4g}"
            for name in NUMBERS
        },
    }


def recurrence_row(family, contacts):
    """
    How many contacts of the lattice recur in another packing of the same chains, of those that could.

    Contacts of at least the compared size; chains without a role are the same if their sequences
    are equal.
    """
    classes = [c for c in contact_classes(contacts) if is_compared_class(c)]
    packing_of = crystal_packings([c.members for c in classes])
    held = {}
    for found in classes:
        for member in found.members:
            kinds = frozenset(footprint(member).roles)
            for kind in kinds:
                held.setdefault(kind, set()).add(packing_of[id(member.named)])
    able = [
        found
        for found in classes
        if is_lattice_class(found)
        and len(set.intersection(*(held[k] for k in footprint(found.members[0]).roles)))
        > 1
    ]
    return {
        "family": family,
        "entries": " ".join(sorted({m.named.entry.entry_id for m in contacts})),
        "n_packings": len(set(packing_of.values())),
        "n_contacts": len(able),
        "n_recurring": sum(found.n_crystal_forms > 1 for found in able),
    }


def is_compared_class(found):
    """Whether some member is large enough to be a control."""
    return any(map(is_compared, found.members))


def sequences(named):
    return {chain.sequence for chain in named.entry.protein_chains}


def is_related(first, second):
    """Whether two sets of sequences have nearly the same one in common."""
    return any(
        one == other
        or SequenceMatcher(None, one, other, autojunk=False).ratio() >= SAME_FAMILY
        for one in first
        for other in second
        if min(len(one), len(other)) > 0.6 * max(len(one), len(other))
    )


def family_of(named, known):
    """Name of the family of an entry, which ``known`` remembers by its sequences."""
    if any(role is not Role.UNKNOWN for role in named.role_of.values()):
        return RECEPTOR_FAMILY
    own = sequences(named)
    for name, theirs in known.items():
        if is_related(own, theirs):
            known[name] = theirs | own
            return name
    known[named.entry.entry_id] = own
    return named.entry.entry_id


def paths_of(source):
    if source.is_dir():
        found = sorted(
            p for p in source.iterdir() if ".cif" in p.name or ".pdb" in p.name
        )
    else:
        found = [Path(line) for line in source.read_text().split()]
    # Of two files of an entry the first by name counts.
    first = {}
    for path in found:
        first.setdefault(path.name.split(".")[0].upper(), path)
    return list(first.values())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("source", type=Path, help="folder of entries, or list of files")
    parser.add_argument(
        "-o", "--output", type=Path, default=Path("reference_contacts.csv")
    )
    arguments = parser.parse_args()
    rows, known, n_entries, families = [], {}, 0, {}
    for path in paths_of(arguments.source):
        try:
            named = name_entry(read_structure(path))
            measured = measured_contacts(
                named, parameters=interface_parameters(sc="value")
            )
            found = rows_of_entry(measured)
        except Il2StructError as error:
            print(f"{path.name} is left out: {error}", file=sys.stderr)
            continue
        n_entries += 1
        family = family_of(named, known)
        families.setdefault(family, []).extend(measured)
        shared = {
            "entry_id": named.entry.entry_id,
            "family": family,
            "resolution_a": f"{named.entry.resolution_a:.3g}",
        }
        rows += [{**shared, **row} for row in found]
        print(f"{path.name}: {len(found)} rows", file=sys.stderr)
    recurrences = [recurrence_row(*each) for each in families.items()]
    write(
        arguments.output.with_name("reference_recurrence.csv"),
        f"# Lattice contacts that recur in another packing, of those whose chains two or more "
        f"independent packings hold: {n_entries} crystals of the Protein Data Bank (wwPDB, CC0 1.0), "
        f"by scripts/reference_contacts.py on {datetime.now(tz=UTC):%Y-%m-%d}.",
        [row for row in recurrences if row["n_contacts"]],
    )
    write(
        arguments.output,
        f"# Contacts of {n_entries} crystals of the Protein Data Bank (wwPDB, CC0 1.0), measured "
        f"by scripts/reference_contacts.py on {datetime.now(tz=UTC):%Y-%m-%d}.\n"
        "# level: contact of two chains, or neighbours (complexes, deposited assemblies, lone "
        "chains) with all chains by which they touch; from 100 Å² per side on, means over copies.\n"
        "# belonging: inside an assembly of the depositors, proposed by a program only, or "
        "lattice; goes_on: whether repeating the step never closes, empty if it repeats nothing.",
        rows,
    )


def write(path, header, rows):
    with path.open("w", encoding="utf-8", newline="") as stream:
        print(header, file=stream)
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
