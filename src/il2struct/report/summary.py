"""The readable summary of a run, in Markdown."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from Bio.Data.IUPACData import protein_letters_3to1

from il2struct import escape
from il2struct._version import __version__
from il2struct.bond_kinds import named_kinds
from il2struct.interface.estimates import AFFINITY_CAVEAT, SOLVATION_CAVEAT
from il2struct.interface.interface import Interface, InterfaceParameters
from il2struct.results.interfaces import InterfaceResults
from il2struct.results.views import (
    SECTIONS,
    Section,
    called,
    complex_words,
    entry_columns_of,
    plain_cell,
)
from il2struct.structure.family import Role, symbol_of
from il2struct.tables import records

if TYPE_CHECKING:
    import pandas as pd

#: Letters of the twenty residues; others keep their name.
_LETTERS: Final = {
    name.upper(): letter for name, letter in protein_letters_3to1.items()
}

#: Rows of a table that spans the entries.
MOST_ROWS: Final = 40


def summary(
    measured: Sequence[InterfaceResults],
    failures: Sequence[tuple[str, str]],
    compared: Mapping[str, "pd.DataFrame"],
    parameters: InterfaceParameters,
) -> str:
    """
    Return what was found in words and small Markdown tables.

    Failures are names of entries with the reason; ``compared`` are the tables of
    `il2struct.compare`, and those of `views.SECTIONS` that have rows.
    """
    parts = ["# il2struct report\n"]
    parts += [
        f"**{escape.markdown(name)} failed**: {escape.markdown(reason)}\n"
        for name, reason in failures
    ]
    parts += [_entry(results) for results in measured]
    parts += [
        _against_first(compared["compare_similarity"]),
        _comparison(compared),
        _overlap(compared),
        *(_section(each, compared) for each in SECTIONS if not each.has_own_words),
        _definitions(parameters),
    ]
    return "\n".join(part for part in parts if part)


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a Markdown table, every cell made safe."""
    first, *others = (
        f"| {' | '.join(escape.markdown(cell) for cell in cells)} |"
        for cells in (header, *rows)
    )
    return "\n".join([first, "|" + "---|" * len(header), *others, ""])


def _entry(results: InterfaceResults) -> str:
    entry = results.named.entry
    resolution = "" if not entry.resolution_a > 0 else f", {entry.resolution_a:g} Å"
    group = f", space group {entry.crystal.space_group}" if entry.crystal else ""
    parts = [
        f"## {escape.markdown(entry.entry_id)}\n",
        f"{escape.markdown(entry.title)} ({escape.markdown(entry.method)}{resolution}{group}; "
        f"file revision {escape.markdown(entry.provenance.revision or 'unknown')}).\n",
        _chains(results),
        "".join(
            f"- {escape.markdown(words)}\n" for words in complex_words(results.named)
        )
        or "\n",
        _interfaces(results),
        _bonds(results),
        _notes(results),
    ]
    return "\n".join(part for part in parts if part)


def _chains(results: InterfaceResults) -> str:
    header = (
        *("chain", "role", "species", "identity", "modelled", "mutations"),
        *("tag residues", "without coordinates"),
    )
    rows = [
        (
            row["auth_asym_id"],
            row["antibody"]
            or (
                row["description"]
                if row["role"] == Role.UNKNOWN and row["description"]
                else symbol_of(row["role"])
            ),
            row["species"],
            # That with the nearest of no role says nothing.
            ""
            if row["identity"] is None or row["role"] == Role.UNKNOWN
            else f"{row['identity']:.3f}",
            f"{row['n_modelled']} of {row['n_residues']}",
            row["mutations"],
            row["n_tag"] or "",
            row["gaps"],
        )
        for row in records(results.entry_tables["chains"])
    ]
    return "Chains (mature numbers):\n\n" + markdown_table(header, rows)


def _interfaces(results: InterfaceResults) -> str:
    if not len(results):
        return "No two chains of a complex touch: there is no interface.\n"
    header = (
        *("complex", "interface", "buried area per side (Å²)", "residues"),
        *("core / support / rim", "Sc", "bonded residue pairs", "of them salt-bridged"),
        *("hydrogen bonds (atom pairs)", "salt bridges (atom pairs)"),
        *("need flip or proton", "tag residues"),
    )
    rows = [
        (
            row["complex_id"],
            _title(results, interface, row),
            f"{row['area_per_side_a2']:.0f}",
            f"{row['n_residues_1']} + {row['n_residues_2']}",
            f"{row['n_core_levy']} / {row['n_support_levy']} / {row['n_rim_levy']}",
            plus_minus(row["sc"], row["sc_error"]),
            row["n_bonded_residue_pairs"],
            row["n_salt_bridged_residue_pairs"],
            row["n_hydrogen_bond"],
            row["n_salt_bridge"],
            row["n_needs_flip"] + row["n_needs_protonation"],
            row["n_tag"] or "",
        )
        for interface, row in zip(results, records(results.table), strict=True)
    ]
    return (
        f"Interfaces (bonds by the preset `{results[0].parameters.criteria.name}`):\n\n"
        + markdown_table(header, rows)
    )


def plus_minus(value: float | None, error: float | None) -> str:
    """Return a value with its error, three decimals, as far as they are known."""
    if value is None:
        return ""
    return f"{value:.3f}" + ("" if error is None else f" ± {error:.3f}")


def _labels(results: InterfaceResults, interface: Interface) -> list[str]:
    """Names of the sides: roles, or chains with what the file calls them."""
    names = []
    for side in interface.sides:
        chains = [image.auth_asym_id for image in side.images]
        name = called(results.named, chains) if side.role == Role.UNKNOWN else ""
        names.append(f"{name} {symbol_of(side.label)}".strip())
    return names


def _title(
    results: InterfaceResults, interface: Interface, row: Mapping[str, Any]
) -> str:
    """Interface as people write it, with its chains."""
    sides = []
    for number, name in enumerate(_labels(results, interface), start=1):
        chains = row[f"auth_asym_id_{number}"]
        is_said = interface.sides[number - 1].label == chains
        sides.append(name if is_said else f"{name} ({chains})")
    return " – ".join(sides)


def _bonds(results: InterfaceResults) -> str:
    lines = []
    for interface in results:
        mask = (results.bonds["interface_id"] == interface.interface_id) & (
            results.bonds["complex_id"].fillna("") == interface.complex_id
        )
        named = _bond_words(records(results.bonds[mask]))
        if named:
            sides = " – ".join(_labels(results, interface))
            where = f"complex {interface.complex_id}, " if interface.complex_id else ""
            lines.append(
                f"- {where}{escape.markdown(sides)}: " + "; ".join(named) + "."
            )
    if not lines:
        return ""
    return (
        "Bonds between residues (mature numbers, the author's for chains without a role; "
        "`*` needs a flip, `†` a proton):\n\n" + "\n".join(lines) + "\n"
    )


def _bond_words(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    words = []
    # Hydrogen bonds, the longest list, come last, without those that are salt bridges.
    for kind in sorted(named_kinds(), key=lambda kind: kind.name == "hydrogen_bond"):
        is_hydrogen = kind.name == "hydrogen_bond"
        pairs: dict[str, None] = {}
        for row in sorted(rows, key=_numbers):
            is_mediated = row["is_water_mediated"] or row["is_glycan_mediated"]
            is_named = is_hydrogen and row["is_salt_bridge"]
            if not row[f"is_{kind.name}"] or is_mediated or is_named:
                continue
            mark = ""
            if is_hydrogen and row["needs_flip"]:
                mark = "*"
            elif is_hydrogen and row["needs_protonation"]:
                mark = "†"
            pairs[f"{_residue(row, 1)}-{_residue(row, 2)}{mark}"] = None
        if pairs:
            words.append(f"{kind.word} " + ", ".join(pairs))
    return words


def _numbers(row: Mapping[str, Any]) -> tuple[int, ...]:
    numbers = ((row[f"mature_number_{n}"], row[f"auth_number_{n}"]) for n in (1, 2))
    return tuple(auth if mature is None else mature for mature, auth in numbers)


def _residue(row: Mapping[str, Any], side: int) -> str:
    number = row[f"mature_number_{side}"]
    if number is None:
        number = f"{row[f'auth_number_{side}']}{row[f'ins_code_{side}'] or ''}"
    name = row[f"residue_name_{side}"]
    return escape.markdown(f"{_LETTERS.get(name, name + ' ')}{number}")


def _notes(results: InterfaceResults) -> str:
    rows = records(results.notes)
    if not rows:
        return ""
    lines = [
        f"- {escape.markdown(row['message'])}"
        + (f" [{escape.markdown(row['subject'])}]" if row["subject"] else "")
        + f" ({row['count']})"
        for row in rows
    ]
    return "Left out, chosen or doubted:\n\n" + "\n".join(lines) + "\n"


def _against_first(similarity: "pd.DataFrame") -> str:
    """How alike every complex is to the first, all interfaces together."""
    # The row of a complex that speaks of all its interfaces is its last.
    rows = records(similarity)
    last = {row["compared"]: row for row in rows}
    if not last:
        return ""
    lines = []
    for name, row in last.items():
        found = "none of these interfaces"
        if row["n_interfaces"]:
            found = "no DockQ, which is defined for two proteins"
            if row["dockq"] is not None:
                # The last is the mean itself; ligands have none.
                n = sum(r["compared"] == name and r["dockq"] is not None for r in rows)
                mean = f", mean of {n - 1} interfaces" if n > 2 else ""
                found = f"DockQ {row['dockq']:.3f} ({row['dockq_class']}{mean})"
            found += (
                f"; residue pairs: {row['n_pairs_lost']} lost, {row['n_pairs_gained']} gained"
                f"; bonded pairs: {row['n_bonded_lost']} lost, {row['n_bonded_gained']} gained"
            )
        lines.append(f"- {escape.markdown(name)}: {found}.")
    reference = escape.markdown(next(iter(last.values()))["reference"])
    return f"## Comparison with {reference}\n\n" + "\n".join(lines) + "\n"


def _overlap(tables: Mapping[str, "pd.DataFrame"]) -> str:
    """Say which partners of a protein cover the same of it, where several entries tell."""
    rows = records(tables["overlap"]) if "overlap" in tables else []
    lines = [
        f"- {escape.markdown(row['sentence'])}\n"
        for row in rows
        # What one complex holds together, or what shares nothing, blocks nobody.
        if not row["n_together"] and row["overlap_maximum"] > 0.0
    ]
    return "## Who blocks whom\n\n" + "".join(lines) if lines else ""


def _section(section: Section, tables: Mapping[str, "pd.DataFrame"]) -> str:
    """Show a table that spans the entries as people see it, as many rows as can be read."""
    rows = records(tables[section.table]) if section.table in tables else []
    rows = [row for row in rows if section.is_shown(row)]
    if not rows:
        return ""
    columns = entry_columns_of(section.table, rows)
    header = [column.title for column in columns]
    cells = [[plain_cell(c, row) for c in columns] for row in rows[:MOST_ROWS]]
    more = (
        f"\nThe table {section.table} has the other rows.\n"
        if len(rows) > MOST_ROWS
        else ""
    )
    table = markdown_table(header, cells)
    return f"## {section.title}\n\n{section.words}\n\n{table}{more}"


def _comparison(compared: Mapping[str, "pd.DataFrame"]) -> str:
    areas = [
        row
        for row in records(compared["compare_interfaces"])
        # One complex alone has nothing to share.
        if row["quantity"] == "area_per_side_a2" and row["n_complexes"] > 1
    ]
    if not areas:
        return ""
    rows = [
        (
            f"{symbol_of(row['role_1'])} – {symbol_of(row['role_2'])}",
            row["n_complexes"],
            f"{row['minimum']:.0f} – {row['maximum']:.0f}",
            _conserved(compared["compare_bonds"], row),
        )
        for row in areas
    ]
    header = (
        "interface",
        "complexes",
        "buried area per side (Å²)",
        "bonds in every complex",
    )
    text = (
        "A bond counts as in every complex if one kind of bond "
        f"({', '.join(kind.word for kind in named_kinds())}) joins the two residues in each complex that has the "
        "interface; a bond that needs a flip or a proton in some complex is marked `*`.\n"
    )
    return (
        "## Comparison across complexes\n\n"
        + markdown_table(header, rows)
        + "\n"
        + text
    )


def _conserved(bonds: "pd.DataFrame", pair: Mapping[str, Any]) -> str:
    """Residue pairs that every complex bonds; one kind without a condition takes the mark away."""
    marks: dict[str, str] = {}
    for row in records(bonds):
        is_pair = (row["role_1"], row["role_2"]) == (pair["role_1"], pair["role_2"])
        if is_pair and row["n_present"] == pair["n_complexes"]:
            residues = (
                f"{row['reference_letter_1']}{row['mature_number_1']}-"
                f"{row['reference_letter_2']}{row['mature_number_2']}"
            )
            marks[residues] = marks.get(residues, "*") if row["n_conditional"] else ""
    return ", ".join(residues + mark for residues, mark in marks.items())


def _definitions(parameters: InterfaceParameters) -> str:
    burial, criteria = parameters.burial, parameters.criteria
    fit = parameters.fit.complementarity
    method = (
        f"Lee-Richards with {burial.n_slices} slices"
        if burial.n_slices
        else "exact (Richmond 1984)"
    )
    return "\n".join(
        [
            "## Definitions\n",
            f"- Buried area per side: (ASA1 + ASA2 − ASA12) / 2 of polymer heavy atoms, probe "
            f"{burial.probe_radius_a:g} Å, {method}, {burial.radii} radii.",
            f"- Interface residue: loses area and has a heavy atom within "
            f"{parameters.contact_cutoff_a:g} Å of the partner.",
            "- Core, support, rim: Levy 2010, relative area against 25 % of Gly-X-Gly.",
            f"- Bonds: preset `{criteria.name}` ({criteria.source}).",
            "- Bonded residue pairs: joined by a hydrogen bond or a salt bridge, each pair once; other kinds "
            "are listed and not counted.",
            "- Sc: shape complementarity of Lawrence & Colman 1993 at "
            f"{fit.dot_density_per_a2:g} dots/Å², probe {fit.probe_radius_a:g} Å; the error holds "
            "where the dots lie and the coordinates. `sc_converged` is the limit of dense dots.",
            "- Roles and numbers: by alignment to UniProt; mature numbers count from the first "
            "residue after the signal peptide.",
            f"- `solvation_estimate_kcal`: {SOLVATION_CAVEAT}",
            f"- `affinity_estimate_*`: {AFFINITY_CAVEAT}",
            f"\nil2struct {__version__}; every parameter and file checksum is in "
            "`provenance.json`, `il2struct docs tables` describes every column.\n",
        ]
    )
