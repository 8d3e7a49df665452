"""
Tables as people read them, on a terminal and on the page: few columns, headings, roles by name.

The files to download or write have every column, under its full name.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
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


def _short_chain(row: Row) -> str:
    """Return the chain of a row in a long table: a long name is not said in each of its lines."""
    name = row.get("name", "")
    return chain_of({**row, "name": name if len(name) <= LONGEST_NAME else ""})


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
    "sheet_energy_per_complex_kt": "kT",
    "largest_fraction_shared_inside_complex": "of a site",
    "dimension": "dimension",
    "longest_mean_chain_length": "complexes",
    "kd_for_chains_of_two_micromolar": "µM",
    "loss_from_drop_to_blood_kt": "kT",
    "unseen_residues_in_reach": "residues",
    "disorder_percent": "%",
}


#: The singular of what is counted.
ONE: Final = {
    "forms": "form",
    "residues": "residue",
    "copies": "copy",
    "complexes": "complex",
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
    unit = row["unit"] or COUNTED.get(row["quantity"], "")
    return f"{text} {ONE.get(unit, unit) if text == '1' else unit}".rstrip()


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


_COMPLEX: Final = Shown("Complex", "complex_id", rank=1)
_AREA: Final = Shown("Buried per side", "area_per_side_a2", unit="Å²", digits=0)
_SC: Final = (
    Shown("Sc", "sc", digits=3),
    Shown("± Sc", "sc_error", digits=3),
)
_PAIRS: Final = Shown("Bonded", "n_bonded_residue_pairs", unit="residue pairs")
_HYDROGEN: Final = Shown("H-bonds", "n_hydrogen_bond", unit="atom pairs", rank=3)
_SALT: Final = Shown("Salt bridges", "n_salt_bridge", unit="atom pairs", rank=3)
_DISTANCE: Final = Shown("Distance", "distance_a", unit="Å", digits=2)


def sides_of(row: Row) -> str:
    """Return both sides of an interface by role and chain."""
    return f"{chain_of(row, '_1')} – {chain_of(row, '_2')}"


_BETWEEN: Final = Shown("Interface", sides_of, meaning="Both sides by role and chain")
_ATOMS: Final = (
    Shown("Side 1", lambda row: f"{residue_of(row, '_1')} {row['atom_name_1']}"),
    Shown("Side 2", lambda row: f"{residue_of(row, '_2')} {row['atom_name_2']}"),
)


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


def _role_or_name(row: Row) -> str:
    """Say what a chain is: its antibody, its role, or what its entry calls it."""
    known = row["role"] not in NO_ROLE
    name = None if known else row["antibody"] or row["description"]
    return name or symbol_of(row["role"] or "")


#: What people see of each table.
COLUMNS: Final[Mapping[str, tuple[Shown, ...]]] = {
    "interfaces": (
        _BETWEEN,
        _COMPLEX,
        _AREA,
        Shown(
            "Residues",
            lambda row: f"{row['n_residues_1']} + {row['n_residues_2']}",
            meaning="Interface residues of both sides: buried area > 0 and an atom near the partner",
        ),
        Shown(
            "Core / support / rim",
            _classes,
            rank=1,
            meaning="Residues by class (Levy 2010): buried by the partner, buried already, exposed",
        ),
        *_SC,
        _PAIRS,
        Shown("Salt-bridged", "n_salt_bridged_residue_pairs", unit="residue pairs"),
        _HYDROGEN,
        _SALT,
        Shown("By water", "n_water_mediated", unit="atom pairs", rank=4),
    ),
    "sc": (
        _BETWEEN,
        _COMPLEX,
        *_SC,
        Shown("Sc 1→2", "sc_1_to_2", digits=3, rank=2),
        Shown("Sc 2→1", "sc_2_to_1", digits=3, rank=2),
        Shown("Sc of dense dots", "sc_converged", digits=3),
        Shown("± that", "sc_converged_error", digits=3),
        Shown("Sc with glycans", "sc_with_glycans", digits=3, rank=3),
        Shown("Median gap", "median_distance_a", unit="Å", digits=2, rank=4),
        Shown("Area of both sides", "trimmed_area_a2", unit="Å²", digits=0, rank=5),
        Shown("Dots", "n_dots", rank=6),
    ),
    "bonds": (
        *_ATOMS,
        _DISTANCE,
        Shown("Angle", "angle_dha_deg", unit="°", digits=0, rank=2),
        Shown("Kind", kinds_of, meaning="What the atom pair is, by the preset"),
        _BETWEEN,
        _COMPLEX,
    ),
    "concordance": (
        *_ATOMS,
        _DISTANCE,
        Shown("Presets", "n_presets"),
        Shown("Found by", "presets"),
        Shown("Interface", "interface_id", rank=2),
        _COMPLEX,
    ),
    "residues": (
        Shown("Residue", residue_of),
        Shown("Chain", _short_chain),
        Shown("Buried", "buried_a2", unit="Å²", digits=1),
        Shown("Rank", "burial_rank"),
        Shown("Fraction", "buried_fraction", digits=2),
        Shown("Class", "class_levy"),
        Shown("To partner", "distance_a", unit="Å", digits=2, rank=2),
        Shown("Bonded to", "bonded_to"),
        Shown(
            "Status",
            lambda row: row["status"] if row["status"] != "native" else None,
            rank=1,
        ),
        Shown("Interface", "interface_id"),
        _COMPLEX,
    ),
    "agonists": (
        _COMPLEX,
        Shown(
            "Agonist",
            lambda row: "+".join(map(symbol_of, (row["agonist"] or "").split("+"))),
        ),
        Shown("Receptors", sides_of),
        Shown("Anchors apart", "anchor_distance_a", unit="Å", digits=1),
        Shown("Domains apart", "domain_distance_a", unit="Å", digits=1),
        Shown("Angle", "angle_deg", unit="°", digits=0),
        Shown("Twist", "twist_deg", unit="°", digits=0),
        Shown("Lean", "lean_deg", unit="°", digits=0),
        Shown("Turned from first", "turn_deg", unit="°", digits=1),
        Shown("Shifted from first", "shift_a", unit="Å", digits=1),
    ),
    "ligands": (
        Shown("Ligand", "ligand"),
        Shown("Used as", "use"),
        Shown("Touches", lambda row: chain_of(row) if row["auth_asym_id"] else None),
        Shown("Buried of it", "area_ligand_a2", unit="Å²", digits=0),
        Shown("Residues", "residues"),
        Shown("H-bonds", "n_hydrogen_bond"),
        Shown("Salt bridges", "n_salt_bridge", rank=1),
        Shown("Chemistry", "chemistry", rank=2),
        _COMPLEX,
    ),
    "unsatisfied_counts": (
        Shown("Interface", "interface_id"),
        _COMPLEX,
        Shown("Unsatisfied", "n_unsatisfied", unit="atoms"),
        Shown(
            "By side",
            lambda row: f"{row['n_unsatisfied_1']} + {row['n_unsatisfied_2']}",
        ),
        Shown("Without water", "n_without_water", unit="atoms"),
        _AREA,
    ),
    "unsatisfied": (
        Shown("Atom", lambda row: f"{residue_of(row)} {row['atom_name']}"),
        Shown("Chain", chain_of),
        Shown(
            "Can",
            lambda row: " and ".join(
                word
                for word, flag in (("give", "is_donor"), ("take", "is_acceptor"))
                if row[flag]
            ),
            meaning="Whether the atom can give a hydrogen, take one, or both",
        ),
        Shown("Free area", "sasa_free_a2", unit="Å²", digits=1),
        Shown(
            "Water near",
            lambda row: "yes" if row["has_water"] else "",
            meaning="A water oxygen of the entry within 3.5 Å",
        ),
        Shown("Interface", "interface_id"),
        _COMPLEX,
    ),
    "contacts": (
        Shown("Side 1", lambda row: residue_of(row, "_1")),
        Shown("Side 2", lambda row: residue_of(row, "_2")),
        _DISTANCE,
        Shown("Atom pairs", "n_atom_pairs"),
        _BETWEEN,
        _COMPLEX,
    ),
    "lattice_contacts": (
        _BETWEEN,
        Shown("Relation", lambda row: CONTACT_WORDS.get(row["kind"], row["kind"])),
        _AREA,
        *_SC,
        _PAIRS,
        _HYDROGEN,
        _SALT,
        Shown("Operator", "operator", rank=4),
        Shown("Step", "translation_a", unit="Å", digits=1, rank=3),
        Shown("Turn", "rotation_deg", unit="°", digits=0, rank=5),
        Shown(
            "Endless",
            lambda row: {True: "yes", False: "no"}.get(row["is_propagating"], ""),
            rank=3,
        ),
        Shown("Class", "contact_class", rank=1),
    ),
    "contact_classes": (
        Shown("Class", "contact_class"),
        Shown(
            "Where",
            lambda row: "between complexes" if row["is_lattice"] else "in the complex",
        ),
        Shown("Copies", "n_contacts"),
        Shown("Crystal forms", "n_crystal_forms"),
        Shown("Mean buried per side", "area_mean_a2", unit="Å²", digits=0),
        Shown(
            "Least shared pairs", "jaccard_minimum", unit="Jaccard", digits=2, rank=2
        ),
        Shown("Farthest pose", "pose_distance_maximum_a", unit="Å", digits=2, rank=3),
        Shown("Bonds in all", "conserved_bonds"),
        Shown("Members", "members", rank=4),
    ),
    "evidence": (
        Shown(
            "Pair",
            lambda row: f"{symbol_of(row['role_1'])} – {symbol_of(row['role_2'])}",
        ),
        Shown("Line", lambda row: f"{row['number']}. {row['name']}"),
        Shown("Verdict", "verdict"),
        Shown("Value", _measured),
        Shown("Exceeds endless contacts", lambda row: _share(row, "endless"), unit="%"),
        Shown(
            "Exceeds true interfaces", lambda row: _share(row, "true"), unit="%", rank=1
        ),
    ),
    "compare_similarity": (
        Shown("Compared", "compared"),
        Shown("With", "reference", rank=3),
        Shown("Interface", "interface_id"),
        Shown("Chains", "chains_compared", rank=2),
        Shown("DockQ", "dockq", digits=3),
        Shown("Class", "dockq_class", rank=1),
        Shown("fnat", "fnat", digits=2),
        Shown("Interface RMSD", "irmsd_a", unit="Å", digits=2),
        Shown("Ligand RMSD", "lrmsd_a", unit="Å", digits=2, rank=2),
        Shown(
            "Area change",
            lambda row: _signed(row["area_difference_a2"], 0),
            unit="Å²",
            meaning="Buried area per side, compared complex minus the first",
        ),
        Shown(
            "Sc change",
            lambda row: _signed(row["sc_difference"], 3),
            meaning="Shape complementarity, compared complex minus the first",
        ),
        Shown("± that", "sc_difference_error", digits=3, rank=1),
        Shown(
            "Pairs lost / gained",
            lambda row: _lost_and_gained(row, "n_pairs"),
            meaning="Residue pairs in contact or bonded in the first complex only, in this one only",
        ),
        Shown(
            "Bonded lost / gained",
            lambda row: _lost_and_gained(row, "n_bonded"),
            meaning="Residue pairs bonded in the first complex only, in this one only",
        ),
    ),
    "overlap": (
        Shown("On", lambda row: symbol_of(row["protein"])),
        Shown(
            "Partners",
            lambda row: (
                f"{symbol_of(row['partner_1'])} – {symbol_of(row['partner_2'])}"
            ),
        ),
        Shown("Verdict", "verdict"),
        Shown(
            "Residues shared",
            lambda row: _percent(row["overlap_minimum"], row["overlap_maximum"]),
            unit="% of the smaller site",
        ),
        Shown(
            "Area shared",
            lambda row: _percent(row["shared_area_fraction_mean"]),
            unit="%",
            rank=2,
            meaning="Area buried by both over that of the smaller site, mean over the pairs",
        ),
        Shown(
            "Collisions",
            lambda row: _span(row["n_collisions_minimum"], row["n_collisions_maximum"]),
            unit="atom pairs",
            meaning="Heavy-atom pairs of the partners within 2.5 Å, the protein superposed",
        ),
        Shown("Pairs of sites", "n_copies", rank=1),
    ),
    "variants": (
        Shown("Variant", "variant", rank=4),
        Shown("Mutation", "mutation"),
        Shown("Interface", "interface_id"),
        _COMPLEX,
        Shown("Where", "where", rank=2),
        Shown("Class", "class_levy", rank=3),
        # Nothing rather than 0.0 in the many interfaces that a mutation does not touch.
        Shown(
            "Buried", lambda row: row["buried_a2"] or None, unit="Å²", digits=1, rank=1
        ),
        Shown("To partner", "distance_a", unit="Å", digits=1, rank=5),
        Shown(
            "Area lost", lambda row: row["area_loss_a2"] or None, unit="Å²", digits=1
        ),
        Shown(
            "Contacts lost",
            lambda row: (
                f"{row['n_contacts_lost']} of {row['n_contacts']}"
                if row["n_contacts"]
                else "no contact"
            ),
            meaning="Partner residues no longer in contact when the side chains are cut in place",
        ),
        Shown("Bonds lost", "bonds_lost"),
        Shown("Left unsatisfied", "unsatisfied_new", rank=4),
        Shown(
            "Sites and Cys",
            _sites_changed,
            rank=4,
            meaning="N-glycosylation sites made (+) and lost (-), cysteines made and removed",
        ),
    ),
    "predicted": (
        # Nearly the name of the entry.
        Shown("Model", lambda row: (row["model"] or "").rsplit("/", 1)[-1], rank=4),
        Shown("Rank", "rank", rank=1),
        Shown("Interface", "interface_id"),
        Shown("ipSAE", "ipsae", digits=3),
        Shown("ipTM", "iptm", digits=2),
        Shown("pDockQ", "pdockq", digits=2, rank=2),
        Shown("PAE of contacts", "pae_mean_a", unit="Å", digits=1),
        Shown("pLDDT of contacts", "plddt_interface", digits=0),
        _AREA,
        *_SC,
        _PAIRS,
        Shown("DockQ", "dockq", digits=3),
        Shown("Program", "program", rank=3),
    ),
    "trajectory_interfaces": (
        Shown("Interface", "interface_id"),
        _COMPLEX,
        Shown(
            "Frames in contact",
            lambda row: f"{row['n_frames_in_contact']} of {row['n_frames']}",
        ),
        Shown("Mean buried per side", "area_per_side_mean_a2", unit="Å²", digits=0),
        Shown("± that", "area_per_side_error_a2", unit="Å²", digits=0),
        Shown(
            "Touching", "n_residue_pairs_mean", unit="residue pairs", digits=1, rank=2
        ),
        Shown("H-bonds", "n_hydrogen_bond_mean", unit="atom pairs", digits=1),
        Shown("Salt bridges", "n_salt_bridge_mean", unit="atom pairs", digits=1),
        Shown("Sc", "sc_mean", digits=3),
        Shown("± Sc", "sc_error", digits=3),
    ),
    "chains": (
        Shown("Chain", "auth_asym_id"),
        Shown("Role", _role_or_name),
        # A role says more than what an entry calls its chain.
        Shown(
            "Description",
            lambda row: row["description"] if row["antibody"] else None,
            rank=4,
        ),
        Shown("Species", "species", rank=1),
        # That with the nearest reference of no role says nothing.
        Shown(
            "Identity",
            lambda row: row["identity"] if row["species"] else None,
            digits=3,
        ),
        Shown(
            "Modelled",
            lambda row: f"{row['n_modelled']} of {row['n_residues']}",
            unit="residues",
            rank=3,
        ),
        Shown("Mutations", "mutations"),
        Shown("Without coordinates", "gaps"),
        Shown("Sugars", "n_glycans", rank=4),
        Shown("Complexes", "complex_ids", rank=2),
    ),
    "files": (
        Shown("Status", "status"),
        Shown("From", "origin"),
        Shown("Format", "file_format", rank=2),
        Shown("Revision", "revision", rank=1),
        Shown("Path", "path"),
    ),
    "notes": (
        Shown("What was left out, chosen or doubted", "message"),
        Shown("Where", "subject"),
        Shown("Count", "count"),
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
