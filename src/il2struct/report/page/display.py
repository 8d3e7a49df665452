"""Rows of the tables as people read them, each with what it points at in the 3D view."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from il2struct.structure.roles import symbol_of

#: A row of a table, missing values None.
Row = Mapping[str, Any]

#: Kinds of bond by column of the table ``bonds``, in the order in which a row names them.
BOND_WORDS: Final = {
    "is_salt_bridge": "salt bridge",
    "is_hydrogen_bond": "H-bond",
    "is_disulfide": "disulfide",
    "is_cation_pi": "cation-π",
    "is_pi_stacking": "π stacking",
    "is_water_mediated": "by water",
    "is_apolar_contact": "apolar",
    "needs_flip": "needs a flip",
    "needs_protonation": "needs a proton",
    "is_glycan_mediated": "glycan",
}
#: How contacts of the lattice are related, in words.
CONTACT_WORDS: Final = {
    "same_complex": "inside the complex",
    "non_crystallographic": "between complexes of the cell",
    "crystal": "by symmetry",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """
    One column of a table on the page.

    Attributes
    ----------
    head : str
        Its heading.
    unit : str
        Empty if it has none.
    value : callable
        From a row to a text, a number or None.
    digits : int or None
        Decimals of a number; None for texts and counts.
    """

    head: str
    unit: str
    value: Callable[[Row], object]
    digits: int | None = None


def residue_name(name: str | None) -> str:
    """Return a residue name as people write it: ``Arg`` for ``ARG``; sugars stay as they are."""
    text = name or ""
    return text.capitalize() if len(text) == 3 and text.isalpha() else text


def residue_of(row: Row, suffix: str = "") -> str:
    """Return residue and number, mature where there is one: ``Arg36``."""
    number = row[f"mature_number{suffix}"]
    if number is None:
        number = f"{row[f'auth_number{suffix}']}{row[f'ins_code{suffix}'] or ''}"
    return f"{residue_name(row[f'residue_name{suffix}'])}{number}"


def chain_of(row: Row, suffix: str = "") -> str:
    """Return a role with its chain, and its operator where it is not at home."""
    return side_name(
        row[f"role{suffix}"], row[f"auth_asym_id{suffix}"], row[f"operator{suffix}"]
    )


def side_name(role: str | None, chains: str | None, code: str | None) -> str:
    """Return ``IL-2Rα D``, or ``IL-2Rα D (3_545)`` for a symmetry image."""
    known = "" if role in (None, "", "unknown") else _symbols(str(role))
    moved = "" if code in (None, "", "1_555") else f" ({code})"
    name = f"{known} {chains or ''}".strip() if known else f"chain {chains or ''}"
    return name + moved


def _symbols(roles: str) -> str:
    return "+".join(symbol_of(role) for role in roles.split(","))


def kinds_of(row: Row) -> str:
    """Return the kinds of a bond in words."""
    return ", ".join(word for flag, word in BOND_WORDS.items() if row[flag])


def _sides(row: Row) -> str:
    return f"{chain_of(row, '_1')} – {chain_of(row, '_2')}"


def _plain(name: str) -> Callable[[Row], object]:
    return lambda row: row[name]


def _classes(row: Row) -> str:
    return f"{row['n_core_levy']} / {row['n_support_levy']} / {row['n_rim_levy']}"


_COMPLEX: Final = Shown(head="Complex", unit="", value=_plain("complex_id"))
_AREA: Final = Shown(
    head="Buried", unit="Å²", value=_plain("area_per_side_a2"), digits=0
)
_HYDROGEN: Final = Shown(head="H-bonds", unit="", value=_plain("n_hydrogen_bond"))
_SALT: Final = Shown(head="Salt br.", unit="", value=_plain("n_salt_bridge"))
_DISTANCE: Final = Shown(
    head="Distance", unit="Å", value=_plain("distance_a"), digits=2
)
_BETWEEN: Final = Shown(head="Interface", unit="", value=_sides)

#: What the page shows of each table; the file to download has every column.
COLUMNS: Final[Mapping[str, tuple[Shown, ...]]] = {
    "interfaces": (
        _BETWEEN,
        _COMPLEX,
        _AREA,
        Shown(
            head="Residues",
            unit="",
            value=lambda row: f"{row['n_residues_1']} + {row['n_residues_2']}",
        ),
        Shown(head="Core/support/rim", unit="", value=_classes),
        Shown(head="Sc", unit="", value=_plain("sc"), digits=3),
        Shown(head="± Sc", unit="", value=_plain("sc_error"), digits=3),
        _HYDROGEN,
        _SALT,
    ),
    "bonds": (
        Shown(
            head="Side 1",
            unit="",
            value=lambda row: f"{residue_of(row, '_1')} {row['atom_name_1']}",
        ),
        Shown(
            head="Side 2",
            unit="",
            value=lambda row: f"{residue_of(row, '_2')} {row['atom_name_2']}",
        ),
        _DISTANCE,
        Shown(head="Angle", unit="°", value=_plain("angle_dha_deg"), digits=0),
        Shown(head="Kind", unit="", value=kinds_of),
        _BETWEEN,
        _COMPLEX,
    ),
    "residues": (
        Shown(head="Residue", unit="", value=residue_of),
        Shown(head="Chain", unit="", value=chain_of),
        Shown(head="Buried", unit="Å²", value=_plain("buried_a2"), digits=1),
        Shown(head="Fraction", unit="", value=_plain("buried_fraction"), digits=2),
        Shown(head="Class", unit="", value=_plain("class_levy")),
        Shown(head="To partner", unit="Å", value=_plain("distance_a"), digits=2),
        Shown(head="Status", unit="", value=_plain("status")),
        Shown(head="Interface", unit="", value=_plain("interface_id")),
        _COMPLEX,
    ),
    "contacts": (
        Shown(head="Side 1", unit="", value=lambda row: residue_of(row, "_1")),
        Shown(head="Side 2", unit="", value=lambda row: residue_of(row, "_2")),
        _DISTANCE,
        Shown(head="Atom pairs", unit="", value=_plain("n_atom_pairs")),
        _BETWEEN,
        _COMPLEX,
    ),
    "lattice_contacts": (
        _BETWEEN,
        Shown(
            head="Relation",
            unit="",
            value=lambda row: CONTACT_WORDS.get(row["kind"], row["kind"]),
        ),
        _AREA,
        _HYDROGEN,
        _SALT,
        Shown(head="Operator", unit="", value=_plain("operator")),
        Shown(head="Step", unit="Å", value=_plain("translation_a"), digits=1),
        Shown(
            head="Goes on",
            unit="",
            value=lambda row: {True: "yes", False: "no"}.get(row["is_propagating"], ""),
        ),
        Shown(head="Class", unit="", value=_plain("contact_class")),
    ),
    "chains": (
        Shown(head="Chain", unit="", value=_plain("auth_asym_id")),
        Shown(head="Role", unit="", value=lambda row: symbol_of(row["role"] or "")),
        Shown(head="Species", unit="", value=_plain("species")),
        Shown(head="Identity", unit="", value=_plain("identity"), digits=3),
        Shown(head="Modelled", unit="", value=_plain("n_modelled")),
        Shown(head="of", unit="", value=_plain("n_residues")),
        Shown(head="Mutations", unit="", value=_plain("mutations")),
        Shown(head="Without coordinates", unit="", value=_plain("gaps")),
        Shown(head="Sugars", unit="", value=_plain("n_glycans")),
        Shown(head="Complexes", unit="", value=_plain("complex_ids")),
    ),
    "notes": (
        Shown(
            head="What was left out, chosen or doubted",
            unit="",
            value=_plain("message"),
        ),
        Shown(head="Where", unit="", value=_plain("subject")),
        Shown(head="Count", unit="", value=_plain("count")),
    ),
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


def columns_of(table: str, rows: Sequence[Row]) -> list[Shown]:
    """
    Choose the columns of a table that say something.

    Parameters
    ----------
    table : str
    rows : sequence of mapping

    Returns
    -------
    list of Shown
        Empty columns are left out, and the complex where there is only one.
    """
    chosen = []
    for column in COLUMNS[table]:
        values = {column.value(row) for row in rows}
        is_said = len(values) > 1 if column is _COMPLEX else bool(values - {None, ""})
        if is_said or not rows:
            chosen.append(column)
    return chosen


def heads_of(columns: Sequence[Shown]) -> list[dict[str, Any]]:
    """Return headings, units and decimals of columns as the page takes them."""
    return [{"head": c.head, "unit": c.unit, "digits": c.digits} for c in columns]


def cells_of(columns: Sequence[Shown], rows: Sequence[Row]) -> list[list[object]]:
    """Return the cells of some columns, numbers with the decimals that are shown."""
    return [[_cell(column, row) for column in columns] for row in rows]


def _cell(column: Shown, row: Row) -> object:
    value = column.value(row)
    if isinstance(value, float):
        # Whole degrees and Å² need no point; JSON keeps them short.
        return round(value, column.digits) if column.digits else round(value)
    return value
