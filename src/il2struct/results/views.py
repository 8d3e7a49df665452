"""
Tables as people read them, on a terminal and on the page: few columns, headings, roles by name.

The files to download or write have every column, under its full name.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from il2struct.bond_kinds import by_rank
from il2struct.schemas import SCHEMAS
from il2struct.structure.chains import letter_of
from il2struct.structure.family import symbol_of
from il2struct.structure.ligands import is_ligand_name
from il2struct.structure.model import ChainImage
from il2struct.structure.named import NamedEntry

#: What stands for no role.
NO_ROLE: Final = (None, "", "unknown")
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
    "non_crystallographic": "between complexes of the cell",
    "crystal": "by symmetry",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One column of a table that people read."""

    head: str
    unit: str = ""
    #: A column of the table as it is, or from a row to a text, a number or None.
    value: str | Callable[[Row], object]
    #: Decimals of a number; None for texts and counts.
    digits: int | None = None
    #: Where there is no room for all, columns of a higher rank leave first.
    rank: int = 0
    #: What it is, where the schema of the table has no one column for it.
    meaning: str = ""

    def cell(self, row: Row) -> object:
        """Return what stands in a row."""
        return row[self.value] if isinstance(self.value, str) else self.value(row)


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


def _classes(row: Row) -> str:
    return f"{row['n_core_levy']}/{row['n_support_levy']}/{row['n_rim_levy']}"


#: What the number of a line counts, where its unit does not say.
COUNTED: Final = {
    "n_crystal_forms": "forms",
    "n_buried_95": "residues",
    "n_buried_70": "residues",
    "bonds_per_100_a2": "/100 Å²",
    "copies_with_a_blocked_native_sequon": "copies",
    "linker_energy_per_complex_kt": "kT",
    "largest_fraction_shared_inside_complex": "of a site",
    "dimension": "dimension",
    "longest_mean_chain_length": "complexes",
    "kd_for_chains_of_two_micromolar": "µM",
    "loss_from_drop_to_blood_kt": "kT",
    "unseen_residues_in_reach": "residues",
    "disorder_percent": "%",
}


def _measured(row: Row) -> str:
    """Value of a line of evidence with its error or interval, and its unit."""
    if row["value"] is None:
        return ""
    text = rounded(row["value"], 3)
    if row["interval_low"] is not None:
        low, high = rounded(row["interval_low"], 2), rounded(row["interval_high"], 2)
        text += f" ({low} to {high})"
    elif row["error"] is not None:
        text += f" ± {rounded(row['error'], 2)}"
    return f"{text} {row['unit'] or COUNTED.get(row['quantity'], '')}".rstrip()


def rounded(value: float, digits: int) -> str:
    """Return a number with some significant digits, without an exponent where it is large."""
    return f"{value:.{digits}g}" if abs(value) < 10**digits else f"{value:.0f}"


def _share(row: Row, kind: str) -> str:
    """Share of the reference contacts that a value exceeds, its 95 % interval, and their number."""
    percent = row[f"reference_{kind}_percent"]
    if percent is None:
        return ""
    low, high = row[f"reference_{kind}_low"], row[f"reference_{kind}_high"]
    return f"{percent:.0f} ({low:.0f}–{high:.0f}) of {row[f'n_reference_{kind}']}"


_COMPLEX: Final = Shown(head="Complex", value="complex_id", rank=1)
_AREA: Final = Shown(
    head="Buried per side", unit="Å²", value="area_per_side_a2", digits=0
)
_SC: Final = (
    Shown(head="Sc", value="sc", digits=3),
    Shown(head="± Sc", value="sc_error", digits=3),
)
_PAIRS: Final = Shown(
    head="Bonded", unit="residue pairs", value="n_bonded_residue_pairs"
)
_HYDROGEN: Final = Shown(
    head="H-bonds", unit="atom pairs", value="n_hydrogen_bond", rank=3
)
_SALT: Final = Shown(
    head="Salt bridges", unit="atom pairs", value="n_salt_bridge", rank=3
)
_DISTANCE: Final = Shown(head="Distance", unit="Å", value="distance_a", digits=2)
_BETWEEN: Final = Shown(
    head="Interface",
    value=lambda row: f"{chain_of(row, '_1')} – {chain_of(row, '_2')}",
    meaning="Both sides by role and chain",
)
_ATOMS: Final = (
    Shown(
        head="Side 1",
        value=lambda row: f"{residue_of(row, '_1')} {row['atom_name_1']}",
    ),
    Shown(
        head="Side 2",
        value=lambda row: f"{residue_of(row, '_2')} {row['atom_name_2']}",
    ),
)


def _signed(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:+.{digits}f}"


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


#: What people see of each table.
COLUMNS: Final[Mapping[str, tuple[Shown, ...]]] = {
    "interfaces": (
        _BETWEEN,
        _COMPLEX,
        _AREA,
        Shown(
            head="Residues",
            value=lambda row: f"{row['n_residues_1']} + {row['n_residues_2']}",
            meaning="Interface residues of both sides: buried area > 0 and an atom near the partner",
        ),
        Shown(
            head="Core / support / rim",
            value=_classes,
            rank=1,
            meaning="Residues by class (Levy 2010): buried by the partner, buried already, exposed",
        ),
        *_SC,
        _PAIRS,
        Shown(
            head="Salt-bridged",
            unit="residue pairs",
            value="n_salt_bridged_residue_pairs",
        ),
        _HYDROGEN,
        _SALT,
        Shown(
            head="By water",
            unit="atom pairs",
            value="n_water_mediated",
            rank=4,
        ),
    ),
    "sc": (
        _BETWEEN,
        _COMPLEX,
        *_SC,
        Shown(head="Sc 1→2", value="sc_1_to_2", digits=3, rank=2),
        Shown(head="Sc 2→1", value="sc_2_to_1", digits=3, rank=2),
        Shown(head="Sc of dense dots", value="sc_converged", digits=3),
        Shown(head="± that", value="sc_converged_error", digits=3),
        Shown(head="Sc with glycans", value="sc_with_glycans", digits=3, rank=3),
        Shown(
            head="Median gap",
            unit="Å",
            value="median_distance_a",
            digits=2,
            rank=4,
        ),
        Shown(
            head="Area, both sides",
            unit="Å²",
            value="trimmed_area_a2",
            digits=0,
            rank=5,
        ),
        Shown(head="Dots", value="n_dots", rank=6),
    ),
    "bonds": (
        *_ATOMS,
        _DISTANCE,
        Shown(head="Angle", unit="°", value="angle_dha_deg", digits=0, rank=2),
        Shown(
            head="Kind", value=kinds_of, meaning="What the atom pair is, by the preset"
        ),
        _BETWEEN,
        _COMPLEX,
    ),
    "concordance": (
        *_ATOMS,
        _DISTANCE,
        Shown(head="Presets", unit="number", value="n_presets"),
        Shown(head="Found by", value="presets"),
        Shown(head="Interface", value="interface_id", rank=2),
        _COMPLEX,
    ),
    "residues": (
        Shown(head="Residue", value=residue_of),
        Shown(head="Chain", value=chain_of),
        Shown(head="Buried", unit="Å²", value="buried_a2", digits=1),
        Shown(head="Rank", value="burial_rank"),
        Shown(head="Fraction", value="buried_fraction", digits=2),
        Shown(head="Class", value="class_levy"),
        Shown(head="To partner", unit="Å", value="distance_a", digits=2, rank=2),
        Shown(head="Bonded to", value="bonded_to"),
        Shown(
            head="Status",
            value=lambda row: row["status"] if row["status"] != "native" else None,
            rank=1,
        ),
        Shown(head="Interface", value="interface_id"),
        _COMPLEX,
    ),
    "ligands": (
        Shown(head="Ligand", value="ligand"),
        Shown(head="Used as", value="use"),
        Shown(
            head="Touches",
            value=lambda row: chain_of(row) if row["auth_asym_id"] else None,
        ),
        Shown(head="Buried of it", unit="Å²", value="area_ligand_a2", digits=0),
        Shown(head="Residues", value="residues"),
        Shown(head="H-bonds", value="n_hydrogen_bond"),
        Shown(head="Salt bridges", value="n_salt_bridge", rank=1),
        Shown(head="Chemistry", value="chemistry", rank=2),
        _COMPLEX,
    ),
    "unsatisfied_counts": (
        Shown(head="Interface", value="interface_id"),
        _COMPLEX,
        Shown(head="Unsatisfied", unit="atoms", value="n_unsatisfied"),
        Shown(
            head="By side",
            value=lambda row: f"{row['n_unsatisfied_1']} + {row['n_unsatisfied_2']}",
        ),
        Shown(head="Without water", unit="atoms", value="n_without_water"),
        _AREA,
    ),
    "unsatisfied": (
        Shown(head="Atom", value=lambda row: f"{residue_of(row)} {row['atom_name']}"),
        Shown(head="Chain", value=chain_of),
        Shown(
            head="Can",
            value=lambda row: " and ".join(
                word
                for word, flag in (("give", "is_donor"), ("take", "is_acceptor"))
                if row[flag]
            ),
            meaning="Whether the atom can give a hydrogen, take one, or both",
        ),
        Shown(head="Free area", unit="Å²", value="sasa_free_a2", digits=1),
        Shown(
            head="Water near",
            value=lambda row: "yes" if row["has_water"] else "",
            meaning="A water oxygen of the entry within 3.5 Å",
        ),
        Shown(head="Interface", value="interface_id"),
        _COMPLEX,
    ),
    "contacts": (
        Shown(head="Side 1", value=lambda row: residue_of(row, "_1")),
        Shown(head="Side 2", value=lambda row: residue_of(row, "_2")),
        _DISTANCE,
        Shown(head="Atom pairs", value="n_atom_pairs"),
        _BETWEEN,
        _COMPLEX,
    ),
    "lattice_contacts": (
        _BETWEEN,
        Shown(
            head="Relation",
            value=lambda row: CONTACT_WORDS.get(row["kind"], row["kind"]),
        ),
        _AREA,
        *_SC,
        _PAIRS,
        _HYDROGEN,
        _SALT,
        Shown(head="Operator", value="operator", rank=4),
        Shown(head="Step", unit="Å", value="translation_a", digits=1, rank=3),
        Shown(head="Turn", unit="°", value="rotation_deg", digits=0, rank=5),
        Shown(
            head="Goes on",
            value=lambda row: {True: "yes", False: "no"}.get(row["is_propagating"], ""),
            rank=3,
        ),
        Shown(head="Class", value="contact_class", rank=1),
    ),
    "contact_classes": (
        Shown(head="Class", value="contact_class"),
        Shown(
            head="Where",
            value=lambda row: (
                "between complexes" if row["is_lattice"] else "in the complex"
            ),
        ),
        Shown(head="Copies", value="n_contacts"),
        Shown(head="Crystal forms", value="n_crystal_forms"),
        Shown(
            head="Mean buried per side",
            unit="Å²",
            value="area_mean_a2",
            digits=0,
        ),
        Shown(
            head="Least shared pairs",
            unit="Jaccard",
            value="jaccard_minimum",
            digits=2,
            rank=2,
        ),
        Shown(
            head="Farthest pose",
            unit="Å",
            value="pose_distance_maximum_a",
            digits=2,
            rank=3,
        ),
        Shown(head="Bonds in all", value="conserved_bonds"),
        Shown(head="Members", value="members", rank=4),
    ),
    "evidence": (
        Shown(
            head="Pair",
            value=lambda row: (
                f"{symbol_of(row['role_1'])} – {symbol_of(row['role_2'])}"
            ),
        ),
        Shown(head="Line", value=lambda row: f"{row['number']}. {row['name']}"),
        Shown(head="Verdict", value="verdict"),
        Shown(head="Value", value=_measured),
        Shown(
            head="Exceeds endless contacts",
            unit="%",
            value=lambda row: _share(row, "endless"),
        ),
        Shown(
            head="Exceeds true interfaces",
            unit="%",
            value=lambda row: _share(row, "true"),
            rank=1,
        ),
    ),
    "compare_similarity": (
        Shown(head="Compared", value="compared"),
        Shown(head="With", value="reference", rank=3),
        Shown(head="Interface", value="interface_id"),
        Shown(head="Chains", value="chains_compared", rank=2),
        Shown(head="DockQ", value="dockq", digits=3),
        Shown(head="Class", value="dockq_class", rank=1),
        Shown(head="fnat", value="fnat", digits=2),
        Shown(head="Interface RMSD", unit="Å", value="irmsd_a", digits=2),
        Shown(head="Ligand RMSD", unit="Å", value="lrmsd_a", digits=2, rank=2),
        Shown(
            head="Area change",
            unit="Å²",
            value=lambda row: _signed(row["area_difference_a2"], 0),
            meaning="Buried area per side, compared complex minus the first",
        ),
        Shown(
            head="Sc change",
            value=lambda row: _signed(row["sc_difference"], 3),
            meaning="Shape complementarity, compared complex minus the first",
        ),
        Shown(head="± that", value="sc_difference_error", digits=3, rank=1),
        Shown(
            head="Pairs lost / gained",
            value=lambda row: _lost_and_gained(row, "n_pairs"),
            meaning="Residue pairs in contact or bonded in the first complex only, in this one only",
        ),
        Shown(
            head="Bonded lost / gained",
            value=lambda row: _lost_and_gained(row, "n_bonded"),
            meaning="Residue pairs bonded in the first complex only, in this one only",
        ),
    ),
    "overlap": (
        Shown(head="On", value=lambda row: symbol_of(row["protein"])),
        Shown(
            head="Partners",
            value=lambda row: (
                f"{symbol_of(row['partner_1'])} – {symbol_of(row['partner_2'])}"
            ),
        ),
        Shown(head="Verdict", value="verdict"),
        Shown(
            head="Residues shared",
            unit="% of the smaller site",
            value=lambda row: _percent(row["overlap_minimum"], row["overlap_maximum"]),
        ),
        Shown(
            head="Area shared",
            unit="%",
            value=lambda row: _percent(row["shared_area_fraction_mean"]),
            rank=2,
            meaning="Area buried by both over that of the smaller site, mean over the pairs",
        ),
        Shown(
            head="Collisions",
            unit="atom pairs",
            value=lambda row: _span(
                row["n_collisions_minimum"], row["n_collisions_maximum"]
            ),
            meaning="Heavy-atom pairs of the partners within 2.5 Å, the protein superposed",
        ),
        Shown(head="Pairs of sites", value="n_copies", rank=1),
    ),
    "variants": (
        Shown(head="Variant", value="variant", rank=1),
        Shown(head="Mutation", value="mutation"),
        Shown(head="Interface", value="interface_id"),
        _COMPLEX,
        Shown(head="Where", value="where"),
        Shown(head="Class", value="class_levy"),
        Shown(head="Buried", unit="Å²", value="buried_a2", digits=1),
        Shown(head="To partner", unit="Å", value="distance_a", digits=1, rank=2),
        Shown(head="Area lost", unit="Å²", value="area_loss_a2", digits=1),
        Shown(
            head="Contacts lost",
            value=lambda row: (
                f"{row['n_contacts_lost']} of {row['n_contacts']}"
                if row["n_contacts"]
                else None
            ),
            meaning="Partner residues no longer in contact when the side chains are cut in place",
        ),
        Shown(head="Bonds lost", value="bonds_lost"),
        Shown(head="Left unsatisfied", value="unsatisfied_new", rank=1),
        Shown(
            head="Sites and Cys",
            value=_sites_changed,
            rank=1,
            meaning="N-glycosylation sites made (+) and lost (-), cysteines made and removed",
        ),
    ),
    "predicted": (
        Shown(head="Model", value=lambda row: (row["model"] or "").rsplit("/", 1)[-1]),
        Shown(head="Rank", value="rank", rank=1),
        Shown(head="Interface", value="interface_id"),
        Shown(head="ipSAE", value="ipsae", digits=3),
        Shown(head="ipTM", value="iptm", digits=2),
        Shown(head="pDockQ", value="pdockq", digits=2, rank=2),
        Shown(head="PAE of contacts", unit="Å", value="pae_mean_a", digits=1),
        Shown(head="pLDDT of contacts", value="plddt_interface", digits=0),
        _AREA,
        *_SC,
        _PAIRS,
        Shown(head="DockQ", value="dockq", digits=3),
        Shown(head="Program", value="program", rank=3),
    ),
    "trajectory_interfaces": (
        Shown(head="Interface", value="interface_id"),
        _COMPLEX,
        Shown(
            head="Frames in contact",
            value=lambda row: f"{row['n_frames_in_contact']} of {row['n_frames']}",
        ),
        Shown(
            head="Mean buried per side",
            unit="Å²",
            value="area_per_side_mean_a2",
            digits=0,
        ),
        Shown(head="± that", unit="Å²", value="area_per_side_error_a2", digits=0),
        Shown(
            head="Touching",
            unit="residue pairs",
            value="n_residue_pairs_mean",
            digits=1,
            rank=2,
        ),
        Shown(
            head="H-bonds",
            unit="atom pairs",
            value="n_hydrogen_bond_mean",
            digits=1,
        ),
        Shown(
            head="Salt bridges",
            unit="atom pairs",
            value="n_salt_bridge_mean",
            digits=1,
        ),
        Shown(head="Sc", value="sc_mean", digits=3),
        Shown(head="± Sc", value="sc_error", digits=3),
    ),
    "chains": (
        Shown(head="Chain", value="auth_asym_id"),
        # What antibody it is of where it has no role.
        Shown(
            head="Role",
            value=lambda row: row["antibody"] or symbol_of(row["role"] or ""),
        ),
        # A role says more than what an entry calls its chain.
        Shown(
            head="Description",
            value=lambda row: None if row["species"] else row["description"],
            rank=2,
        ),
        Shown(head="Species", value="species", rank=1),
        # That with the nearest reference of no role says nothing.
        Shown(
            head="Identity",
            value=lambda row: row["identity"] if row["species"] else None,
            digits=3,
        ),
        Shown(head="Modelled", value="n_modelled", rank=3),
        Shown(head="of", value="n_residues", rank=3),
        Shown(head="Mutations", value="mutations"),
        Shown(head="Without coordinates", value="gaps"),
        Shown(head="Sugars", value="n_glycans", rank=4),
        Shown(head="Complexes", value="complex_ids", rank=2),
    ),
    "files": (
        Shown(head="Status", value="status"),
        Shown(head="From", value="origin"),
        Shown(head="Format", value="file_format", rank=2),
        Shown(head="Revision", value="revision", rank=1),
        Shown(head="Path", value="path"),
    ),
    "notes": (
        Shown(
            head="What was left out, chosen or doubted",
            value="message",
        ),
        Shown(head="Where", value="subject"),
        Shown(head="Count", value="count"),
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
    """Choose columns that say something: none that is empty, no complex where there is only one."""
    chosen = []
    for column in COLUMNS[table]:
        values = {column.cell(row) for row in rows}
        is_said = len(values) > 1 if column is _COMPLEX else bool(values - {None, ""})
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
