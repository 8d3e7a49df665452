"""The command ``patch``: a piece of the crystal as coordinates."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from il2struct.cli.network import role_pairs
from il2struct.cli.options import CommonOptions
from il2struct.cli.runner import each_entry, entry_opener
from il2struct.errors import ParameterError, StructureError
from il2struct.lattice.contacts import (
    ContactKind,
    LatticeContact,
    lattice_contacts,
    lattice_units,
)
from il2struct.lattice.graph import components, periodic_graph
from il2struct.lattice.patches import (
    PlacedUnit,
    component_patch,
    radius_patch,
    write_patch,
)
from il2struct.progress import step
from il2struct.structure.roles import Role

if TYPE_CHECKING:
    from pathlib import Path

    from il2struct.archive import ArchiveSettings, EntryId
    from il2struct.cli.runner import Tables
    from il2struct.structure.named import NamedEntry

#: What contacts that repeat in none, one, two or three directions do.
DIMENSIONS: Final = ("close", "build a chain", "build a sheet", "fill the crystal")


def run_patch(
    entry: str,
    common: CommonOptions,
    *,
    pair: str,
    repeats: str,
    within_a: float | None,
) -> int:
    """
    Write a piece of a crystal as mmCIF.

    Parameters
    ----------
    entry : str
        As typed.
    common : CommonOptions
        Its output is the file.
    pair : str
        Roles whose contacts hold the piece together.
    repeats : str
        ``"4"`` for a chain, ``"2x3"`` for a sheet: one number a direction.
    within_a : float or None
        Take every unit within this distance of the first one's centre instead.

    Returns
    -------
    int
        Exit status.
    """
    counts = _counts(repeats)
    pairs = role_pairs(pair, common.family)
    path = _target(common)
    opened = entry_opener(common)

    def work(source: "EntryId | Path", settings: "ArchiveSettings") -> "Tables":
        named = opened(source, settings)
        with step("lattice", 0.5):
            if within_a is not None:
                patch = radius_patch(named, lattice_units(named), within_a)
            else:
                patch = _repeated(named, pairs, counts)
        with step("clashes and file", 0.4):
            clashing = write_patch(named, patch, path)
        for clash in clashing:
            print(
                f"il2struct: units {clash.first + 1} and {clash.second + 1} clash in "
                f"{clash.n_pairs} atom pairs.",
                file=sys.stderr,
            )
        if not common.quiet:
            print(f"il2struct: {len(patch)} units in {path}", file=sys.stderr)
        return {}

    # What is prepared is the folder of the file; mmCIF is no format of tables.
    folder = replace(common, output=path.parent, output_format=None)
    return each_entry([entry], folder, work, lambda _name, _error: {}).status


def _target(common: CommonOptions) -> "Path":
    if common.output is None or common.output.suffix.lower() != ".cif":
        raise ParameterError("patch writes one mmCIF file; name it with -o FILE.cif.")
    if common.output.is_dir():
        raise ParameterError(f"{common.output} is a folder; give another name with -o.")
    return common.output


def _counts(repeats: str) -> tuple[int, ...]:
    try:
        counts = tuple(int(part) for part in repeats.lower().split("x"))
    except ValueError:
        counts = ()
    if not 1 <= len(counts) <= 3 or min(counts) < 1:
        raise ParameterError(
            f"--repeats takes one positive number a direction, such as 4 or 2x3, not {repeats!r}."
        )
    return counts


def _repeated(
    named: "NamedEntry", pairs: Sequence[tuple[Role, Role]], counts: Sequence[int]
) -> tuple[PlacedUnit, ...]:
    contacts = [contact for wanted in pairs for contact in _largest_of(named, wanted)]
    units = lattice_units(named)
    part = components(periodic_graph(named.entry, units, contacts))[0]
    if part.dimension != len(counts):
        raise StructureError(
            f"The contacts chosen in {named.entry.entry_id} {DIMENSIONS[part.dimension]}; give "
            f"--repeats one number for each of the {part.dimension} directions."
        )
    return component_patch(units, part, counts)


def _largest_of(
    named: "NamedEntry", wanted: tuple[Role, Role]
) -> tuple[LatticeContact, ...]:
    """Return the largest contact of two roles between complexes, one for each unit."""
    found = [
        contact
        for contact in lattice_contacts(named)
        if contact.kind is not ContactKind.SAME_COMPLEX
        and sorted((contact.member_1.role, contact.member_2.role)) == sorted(wanted)
    ]
    if not found:
        names = " and ".join(role.value for role in wanted)
        raise StructureError(
            f"{names} touch nowhere between two complexes of {named.entry.entry_id}; "
            "choose another pair of roles with --pair."
        )
    # One contact for each unit it starts from: the same class in every copy of the cell.
    best: dict[str, LatticeContact] = {}
    for contact in sorted(found, key=lambda c: -c.n_pairs):
        best.setdefault(contact.unit_1.unit_id, contact)
    return tuple(best.values())
