"""
Tables as people read them, on a terminal and on the page: few columns, headings, roles by name.

The files to download or write have every column, under its full name.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any, Final

from il2struct.bond_kinds import by_rank
from il2struct.schemas import SCHEMAS, sections_of
from il2struct.structure.chains import letter_of
from il2struct.structure.family import symbol_of
from il2struct.structure.ligands import is_ligand_name
from il2struct.structure.model import ChainImage
from il2struct.structure.named import NamedEntry

#: What stands for no role.
NO_ROLE: Final = (None, "", "unknown")
#: Characters of a chain's name that are said in each row of a long table.
LONGEST_NAME: Final = 20
#: A row of a table, missing values None.
Row = Mapping[str, Any]

#: What else a row of the table ``bonds`` says of a bond.
CONDITION_WORDS: Final = {
    "needs_flip": "needs a flip",
    "needs_protonation": "needs a proton",
    "is_glycan_mediated": "glycan",
}
#: How contacts of the lattice are related, in words.
CONTACT_WORDS: Final = {
    "same_complex": "inside the complex",
    "non_crystallographic": "asymmetric unit",
    "crystal": "by symmetry",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """One column of a table that people read."""

    head: str
    #: A column of the table as it is, or from a row to a text, a number or None.
    value: str | Callable[[Row], object]
    _: KW_ONLY
    unit: str = ""
    #: Decimals of a number; None for texts and counts.
    digits: int | None = None
    #: Where there is no room for all, columns of a higher rank leave first.
    rank: int = 0
    #: What it is, where the schema of the table has no one column for it.
    meaning: str = ""

    def cell(self, row: Row) -> object:
        """Return what stands in a row."""
        return row[self.value] if isinstance(self.value, str) else self.value(row)

    @property
    def title(self) -> str:
        """Heading with its unit."""
        return f"{self.head} ({self.unit})" if self.unit else self.head


def plain_cell(column: Shown, row: Row) -> str:
    """Return what stands in a row as text, numbers with the decimals that are shown."""
    value = column.cell(row)
    if isinstance(value, float):
        plain = 2 if abs(value) < 100 else 0
        if column.digits is None and 0 < abs(value) < 1e-4:
            return f"{value:.2g}"
        # Without the sign of a zero.
        return f"{value:z.{plain if column.digits is None else column.digits}f}"
    return "" if value is None else str(value)


def residue_name(name: str | None) -> str:
    """Return a residue name as people write it: ``Arg`` for ``ARG``; sugars stay as they are."""
    text = name or ""
    return text.capitalize() if letter_of(text) != "X" else text


def residue_of(row: Row, suffix: str = "") -> str:
    """Return residue and number, mature where there is one: ``Arg36``."""
    number = row[f"mature_number{suffix}"]
    if number is None:
        number = f"{row[f'auth_number{suffix}']}{row.get(f'ins_code{suffix}') or ''}"
    return f"{residue_name(row[f'residue_name{suffix}'])}{number}"


def chain_of(row: Row, suffix: str = "") -> str:
    """Return a role with its chain, and its operator where it is not at home."""
    role, residue = row[f"role{suffix}"], row.get(f"residue_name{suffix}")
    is_ligand = role in NO_ROLE and residue and letter_of(residue) == "X"
    return side_name(
        residue if is_ligand else role,
        row[f"auth_asym_id{suffix}"],
        row[f"operator{suffix}"],
        row.get(f"name{suffix}", ""),
    )


def with_names(rows: Sequence[Row], names: Mapping[tuple[str, str], str]) -> list[Row]:
    """
    Add to rows what their chains without a role are called: ``name``, ``name_1`` and ``name_2``.

    Names are by entry and chain (`NamedEntry.names`); several chains of one side have one if it is the
    same.
    """
    named: list[Row] = []
    for row in rows:
        found = dict(row)
        for suffix in ("", "_1", "_2"):
            chains = str(row.get(f"auth_asym_id{suffix}") or "").split(",")
            found[f"name{suffix}"] = _common(names, str(row.get("entry_id")), chains)
        named.append(found)
    return named


def _common(
    names: Mapping[tuple[str, str], str], entry_id: str, chains: Sequence[str]
) -> str:
    called = {names.get((entry_id, chain), "") for chain in chains}
    return called.pop() if len(called) == 1 else ""


def called(named: NamedEntry, chains: Sequence[str]) -> str:
    """Return what chains without a role are called, empty if they have several names."""
    return _common(named.names, named.entry.entry_id, chains)


def member_name(
    named: NamedEntry, role: str, image: ChainImage, code: str | None
) -> str:
    """Return what a chain image is called, with its operator if ``code`` is given."""
    name = called(named, [image.auth_asym_id])
    return side_name(role, image.auth_asym_id, code, name)


def complex_words(named: NamedEntry) -> list[str]:
    """Say of each complex of an entry who its members are and which roles are missing."""
    sentences = []
    for complex_ in named.complexes:
        members = ", ".join(
            member_name(named, m.role, m.image, m.image.symmetry_code)
            for m in complex_.members
        )
        missing = ", ".join(symbol_of(role) for role in complex_.missing_roles)
        tail = f"; incomplete, missing {missing}" if missing else ""
        sentences.append(f"Complex {complex_.complex_id}: {members}{tail}.")
    return sentences


def side_name(
    role: str | None, chains: str | None, code: str | None, name: str = ""
) -> str:
    """
    Return ``IL-2Rα D``, or ``IL-2Rα D (3_545)`` for a symmetry image.

    Without a role it is what the file calls the chain, ``barnase A``; ligands are ``FRH A201``.
    """
    if role not in NO_ROLE:
        name = "+".join(symbol_of(each) for each in str(role).split(","))
    if not name and chains and is_ligand_name(chains.split(",")[0]):
        return chains.replace(":", " ")
    moved = "" if code in (None, "", "1_555") else f" ({code})"
    name = f"{name} {chains or ''}".strip() if name else f"chain {chains or ''}"
    return name + moved


def kinds_of(row: Row) -> str:
    """Return the kinds of a bond in words."""
    kinds = {f"is_{kind.name}": kind.tag for kind in by_rank() if kind.tag}
    words = kinds | CONDITION_WORDS
    return ", ".join(word for flag, word in words.items() if row[flag])


#: What the number of a line counts, where its unit does not say so.
COUNTED: Final = {
    "n_crystal_forms": "forms",
    "n_buried_95": "residues",
    "n_buried_70": "residues",
    "copies_with_a_blocked_native_sequon": "copies blocked",
    "linker_energy_per_complex_kt": "kT a complex",
    "sheet_energy_per_complex_kt": "kT a complex",
    "largest_fraction_shared_inside_complex": "of the site",
    "dimension": "dimension",
    "longest_mean_chain_length": "in a chain",
    "kd_for_chains_of_two_micromolar": "µM K_d",
    "percentile_of_surface_patches": "% of patches",
    "loss_from_drop_to_blood_kt": "kT lost",
    "unseen_residues_in_reach": "residues",
    "disorder_percent": "% with lower B",
}


#: The singular of what is counted.
ONE: Final = {
    "forms": "form",
    "residues": "residue",
    "copies blocked": "copy blocked",
}


def _measured(row: Row) -> str:
    """Value of a line of evidence with its error or interval, and its unit."""
    if row["value"] is None:
        return "not asked"
    text = rounded(row["value"], 3)
    if row["interval_low"] is not None:
        ends = (row["interval_low"], row["interval_high"])
        text = f"{short(row['value'])} ({' to '.join(short(end) for end in ends)})"
    elif row["error"] is not None:
        text += f" ± {rounded(row['error'], 2)}"
    unit = COUNTED.get(row["quantity"], row["unit"] or "")
    return f"{text} {ONE.get(unit, unit) if text == '1' else unit}".rstrip()


def rounded(value: float, digits: int) -> str:
    """Return a number with some significant digits, without an exponent where it is large."""
    return f"{value:.{digits}g}" if abs(value) < 10**digits else f"{value:.0f}"


def short(value: float) -> str:
    """
    Return the first two digits of a number, a large one without a power of ten.

    Examples
    --------
    >>> [short(value) for value in (1666.0, 1.04, 0.048, -3.0)]
    ['1700', '1.0', '0.048', '-3.0']
    """
    two = f"{value:#.2g}"
    return f"{float(two):.0f}" if "e+" in two or two.endswith(".") else two


def _share(row: Row, kind: str) -> str:
    """Share of the reference contacts that a value exceeds, its 95 % interval, and their number."""
    percent = row[f"reference_{kind}_percent"]
    if percent is None:
        return ""
    low, high = row[f"reference_{kind}_low"], row[f"reference_{kind}_high"]
    return f"{percent:.0f} ({low:.0f}–{high:.0f}) of {row[f'n_reference_{kind}']}"


def sides_of(row: Row) -> str:
    """Return both sides of an interface by role and chain."""
    return f"{chain_of(row, '_1')} – {chain_of(row, '_2')}"


def _signed(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:+z.{digits}f}"


def _lost_and_gained(row: Row, name: str) -> str:
    lost, gained = row[f"{name}_lost"], row[f"{name}_gained"]
    return "" if lost is None else f"{lost} / {gained}"


def _percent(*fractions: float | None) -> str:
    return _span(*(None if part is None else round(100 * part) for part in fractions))


def _span(*values: int | None) -> str:
    """Return one number, or two that differ as ``3 to 5``; nothing for what is not known."""
    return " to ".join(
        dict.fromkeys(str(value) for value in values if value is not None)
    )


def _sites_changed(row: Row) -> str:
    made, lost = ((row[f"sequons_{word}"] or "").split() for word in ("made", "lost"))
    words = [*(f"+{site}" for site in made), *(f"-{site}" for site in lost)]
    return ", ".join([*words, *([row["cysteine"]] if row["cysteine"] else [])])


#: What stands behind ``=`` in ``views.txt``.
COMPUTED: Final[Mapping[str, Callable[[Row], object]]] = {
    "sides": sides_of,
    "atom": lambda row: f"{residue_of(row)} {row['atom_name']}",
    "atom_1": lambda row: f"{residue_of(row, '_1')} {row['atom_name_1']}",
    "atom_2": lambda row: f"{residue_of(row, '_2')} {row['atom_name_2']}",
    "residue": residue_of,
    "residue_1": lambda row: residue_of(row, "_1"),
    "residue_2": lambda row: residue_of(row, "_2"),
    "chain": chain_of,
    # A long name is not said in each line of a long table.
    "short_chain": lambda row: chain_of(
        {
            **row,
            "name": name if len(name := row.get("name", "")) <= LONGEST_NAME else "",
        }
    ),
    "kinds": kinds_of,
    "status": lambda row: row["status"] if row["status"] != "native" else None,
    "agonist": lambda row: "+".join(map(symbol_of, (row["agonist"] or "").split("+"))),
    "touched": lambda row: chain_of(row) if row["auth_asym_id"] else None,
    "can": lambda row: " and ".join(
        word
        for word, flag in (("donor", "is_donor"), ("acceptor", "is_acceptor"))
        if row[flag]
    ),
    "water": lambda row: "yes" if row["has_water"] else "",
    "relation": lambda row: CONTACT_WORDS.get(row["kind"], row["kind"]),
    "goes_on": lambda row: {True: "yes", False: "no"}.get(row["is_propagating"], ""),
    "where": lambda row: "between complexes" if row["is_lattice"] else "in the complex",
    "pair": lambda row: f"{symbol_of(row['role_1'])} – {symbol_of(row['role_2'])}",
    "measured": _measured,
    "endless": lambda row: _share(row, "endless"),
    "true": lambda row: _share(row, "true"),
    "corresponding": lambda row: (
        row["chains_compared"] or ("" if row["interface_id"] == "whole" else "absent")
    ),
    "area_change": lambda row: _signed(row["area_difference_a2"], 0),
    "sc_change": lambda row: _signed(row["sc_difference"], 3),
    "pairs_changed": lambda row: _lost_and_gained(row, "n_pairs"),
    "bonded_changed": lambda row: _lost_and_gained(row, "n_bonded"),
    "protein": lambda row: symbol_of(row["protein"]),
    "partners": lambda row: (
        f"{symbol_of(row['partner_1'])} – {symbol_of(row['partner_2'])}"
    ),
    "residues_shared": lambda row: _percent(
        row["overlap_minimum"], row["overlap_maximum"]
    ),
    "area_shared": lambda row: _percent(row["shared_area_fraction_mean"]),
    "collisions": lambda row: _span(
        row["n_collisions_minimum"], row["n_collisions_maximum"]
    ),
    # Nothing rather than 0.0 in the many interfaces that a mutation does not touch.
    "buried": lambda row: row["buried_a2"] or None,
    "area_lost": lambda row: row["area_loss_a2"] or None,
    "contacts_lost": lambda row: (
        f"{row['n_contacts_lost']} of {row['n_contacts']}"
        if row["n_contacts"]
        else "no contact"
    ),
    "sites_changed": _sites_changed,
    # The folder is nearly the name of the entry.
    "model": lambda row: (row["model"] or "").rsplit("/", 1)[-1],
    # Its antibody, its role, or what its entry calls it.
    "role_or_name": lambda row: (
        (None if row["role"] not in NO_ROLE else row["antibody"] or row["description"])
        or symbol_of(row["role"] or "")
    ),
    "antibody_called": lambda row: row["description"] if row["antibody"] else None,
    # That with the nearest reference of no role says nothing.
    "identity": lambda row: row["identity"] if row["species"] else None,
}


def _shown(line: str) -> Shown:
    head, value, unit, digits, rank, meaning = (
        cell.strip() for cell in f"{line} | | | |".split("|")[:6]
    )
    return Shown(
        head,
        COMPUTED[value[1:]]
        if value.startswith("=")
        else value.format_map
        if "{" in value
        else value,
        unit=unit,
        digits=int(digits) if digits else None,
        rank=int(rank or 0),
        meaning=meaning,
    )


#: What people see of each table.
COLUMNS: Final[Mapping[str, tuple[Shown, ...]]] = {
    name: tuple(map(_shown, lines))
    for name, lines in sections_of("il2struct.results", "views")
}

#: Headings of the tables, in their order.
TITLES: Final[Mapping[str, str]] = {
    "interfaces": "Interfaces",
    "bonds": "Bonds",
    "residues": "Residues",
    "contacts": "Contacts",
    "lattice_contacts": "Lattice",
    "chains": "Chains",
    "notes": "Notes",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of page and summary with a table that spans the entries, where the run has its rows."""

    #: Of its element on the page; the table is one in `COLUMNS`.
    name: str
    table: str
    title: str
    words: str
    #: Whether a row is shown; the file has all.
    is_shown: Callable[[Row], bool] = lambda _: True
    #: Whether `report.summary` has words of its own for it.
    has_own_words: bool = False


#: A further one is a row here.
SECTIONS: Final = (
    Section(
        name="comparison",
        table="compare_similarity",
        title="Comparison with the first complex",
        words="Each interface of the first complex and the same in every other, by role and mature "
        "number; the files hold every quantity and residue pair.",
        has_own_words=True,
    ),
    Section(
        name="overlap",
        table="overlap",
        title="Who blocks whom",
        words="Two partners of one protein, over all complexes of all entries.",
        has_own_words=True,
    ),
    Section(
        name="variants",
        table="variants",
        title="Published forms of IL-2",
        words="What their mutations touch in the first complex of each entry with IL-2, and what is lost "
        "when the side chains are cut to Ala (to Gly for mutations to Gly) in place; nothing is "
        "repacked and no energy is claimed. Interfaces that a mutation does not touch are in the file.",
        is_shown=lambda row: (
            row["n_contacts"] is not None and row["where"] != "elsewhere"
        ),
    ),
    Section(
        name="agonists",
        table="agonists",
        title="How the receptors are held",
        words="Two receptors of a complex at the membrane, against the first complex with the same two.",
    ),
    Section(
        name="ligands",
        table="ligands",
        title="Small molecules and ions",
        words="What each touches; what crystallisation adds is told apart by published lists.",
    ),
    Section(
        name="unsatisfied",
        table="unsatisfied_counts",
        title="Buried polar atoms without a hydrogen bond",
        words="How many the interfaces bury; `il2struct unsatisfied` lists them.",
        is_shown=lambda row: bool(row["n_unsatisfied"]),
    ),
    Section(
        name="predicted",
        table="predicted",
        title="Confidence of predicted complexes",
        words="What the program says of each interface, beside what was measured.",
    ),
)


def entry_columns_of(table: str, rows: Sequence[Row]) -> list[Shown]:
    """Choose columns as `columns_of`, behind the entry where the table has it."""
    has_entry = any(column.name == "entry_id" for column in SCHEMAS[table])
    return [
        *([Shown("Entry", "entry_id")] if has_entry else []),
        *columns_of(table, rows),
    ]


def columns_of(table: str, rows: Sequence[Row]) -> list[Shown]:
    """Choose columns that say something: none that is empty, no complex where there is only one."""
    chosen = []
    for column in COLUMNS[table]:
        values = {column.cell(row) for row in rows}
        is_said = (
            len(values) > 1
            if column.value == "complex_id"
            else bool(values - {None, ""})
        )
        if is_said or not rows:
            chosen.append(column)
    return chosen


def heads_of(table: str, columns: Sequence[Shown]) -> list[dict[str, Any]]:
    """Return headings, units, decimals and meanings of a table's columns as the page takes them."""
    meanings = {column.name: column.meaning for column in SCHEMAS[table]}

    def meaning(shown: Shown) -> str:
        column = shown.value if isinstance(shown.value, str) else ""
        return shown.meaning or meanings.get(column, "")

    return [
        {"head": c.head, "unit": c.unit, "digits": c.digits, "meaning": meaning(c)}
        for c in columns
    ]


def cells_of(columns: Sequence[Shown], rows: Sequence[Row]) -> list[list[object]]:
    """Return the cells of some columns, numbers with the decimals that are shown."""
    return [[_cell(column, row) for column in columns] for row in rows]


def _cell(column: Shown, row: Row) -> object:
    value = column.cell(row)
    if isinstance(value, float):
        # Whole degrees and Å² need no point; JSON keeps them short.
        return round(value, column.digits) if column.digits else round(value)
    return value
