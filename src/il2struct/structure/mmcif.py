"""
mmCIF as programs write it, put into the form that the archive gives it, before it is parsed.

Columns that gemmi needs are filled in, elements told by names, polymers of one author chain named
apart, atoms listed residue by residue, operators of assemblies multiplied out.
"""

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache, cached_property, reduce
from itertools import groupby, pairwise, product
from string import ascii_lowercase, ascii_uppercase
from typing import Final, NamedTuple

import gemmi
import numpy as np

from il2struct.arrays import FloatArray
from il2struct.errors import ParseError
from il2struct.structure.chains import CAPS, chains_renamed
from il2struct.structure.components import (
    POLYMER_ELEMENTS,
    UNKNOWN,
    element_of,
    is_monomer,
    tabulated,
)
from il2struct.structure.model import Note, counted_notes
from il2struct.structure.pdb_lines import MODELS_JOINED, are_frames

ATOM_SITE: Final = "_atom_site."
#: What a file must say of every atom, in this column or another.
NEEDED: Final = (
    ("Cartn_x",), ("Cartn_y",), ("Cartn_z",), ("auth_atom_id", "label_atom_id"),
    ("auth_comp_id", "label_comp_id"), ("auth_seq_id", "label_seq_id"),
)  # fmt: skip
#: Columns that are needed on the way, and what they hold where a file leaves them out.
FILLED: Final = {
    "group_PDB": "?", "id": "?", "type_symbol": "?",
    "label_alt_id": ".", "label_asym_id": ".", "auth_seq_id": ".",
}  # fmt: skip
NULL: Final = frozenset(("?", ".", ""))
#: A residue number, with an insertion code as some programs write it.
NUMBER: Final = re.compile(r"[-+]?\d+[A-Za-z]?")
QUOTES: Final = "\"'"
#: Any of these sets of atoms makes a residue a link of a chain.
BACKBONES: Final = (frozenset({"N", "CA", "C"}), frozenset({"P", "C3'", "O3'"}))
#: Selenium stands in SEC, beside the usual elements of amino acids and nucleotides.
STANDARD_ELEMENTS: Final = (*POLYMER_ELEMENTS, "SE")
ASSEMBLIES: Final = "_pdbx_struct_assembly"
ASSEMBLY_COLUMNS: Final = (
    "id", "details", "method_details", "oligomeric_details", "oligomeric_count",
)  # fmt: skip
OPERATORS: Final = "_pdbx_struct_oper_list."
#: Rotation and, as the last of each row, translation.
OPERATOR_COLUMNS: Final = tuple(
    (*(f"matrix[{i}][{j}]" for j in (1, 2, 3)), f"vector[{i}]") for i in (1, 2, 3)
)
#: Joins the names of operators that are multiplied.
PRODUCT: Final = "x"
#: More images than this are no assembly.
MOST_PRODUCTS: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What was found on the way."""

    #: Whether ``label_asym_id`` tells polymers, sugars, ligands and waters apart, as in the
    #: archive.
    has_labels: bool
    #: What was filled in, chosen or renamed.
    notes: tuple[Note, ...]


class _Residue(NamedTuple):
    """What the rows of one residue say of it."""

    label: str
    entity: str
    place: str
    chain: str
    number: str
    ins_code: str
    name: str


@dataclass(frozen=True)
class _Rows:
    """The atom rows of a block, by residue."""

    block: gemmi.cif.Block
    residues: list[_Residue]
    of_atom: list[int]

    @cached_property
    def by_label(self) -> dict[str, list[int]]:
        """Residues of each ``label_asym_id``."""
        rows_of: dict[str, list[int]] = defaultdict(list)
        for row, residue in enumerate(self.residues):
            rows_of[residue.label].append(row)
        return rows_of

    @cached_property
    def is_link(self) -> list[bool]:
        """Whether each residue can be a link of a chain, by its name or its backbone."""
        names: list[set[str]] = [set() for _ in self.residues]
        atoms = _names(self.block, "atom_id")
        for residue, name in zip(self.of_atom, atoms, strict=True):
            names[residue].add(name.strip(QUOTES))
        return [
            _is_link(residue.name)
            or residue.name.upper() in CAPS
            or any(backbone <= atoms for backbone in BACKBONES)
            for residue, atoms in zip(self.residues, names, strict=True)
        ]


def prepare(block: gemmi.cif.Block, where: str) -> Prepared:
    """
    Put a block with atoms into the archive's form, in place.

    `ParseError` is raised if a column is missing that nothing else stands for; it names ``where``.
    """
    _complete_columns(block, where)
    notes = _join_models(block) + _number_residues(block, where)
    notes += _split_copies(block, where)
    rows = _rows(block)
    order = _order(rows)
    if order is not None:
        loop = block.find_mmcif_category(ATOM_SITE).loop
        columns = [list(block.find_loop(tag)) for tag in loop.tags]
        loop.set_all_values([[column[row] for row in order] for column in columns])
        rows = _rows(block)
        text = "Atoms that the file does not list residue by residue are put in order."
        notes.append(Note("atoms_sorted", text, count=len(order)))
    notes += _fill_elements(rows)
    # Entities of which the file says what they are.
    declared = set(block.find_values("_entity.id")).union(
        block.find_values("_entity_poly.entity_id"),
        block.find_values("_entity_poly_seq.entity_id"),
    )
    if not declared:  # one may hold proteins and waters
        column = block.find_loop(ATOM_SITE + "label_entity_id")
        for row in range(len(column)):
            column[row] = "?"
    has_labels = not any(
        label in NULL or _is_mixed(rows, members, declared)
        for label, members in rows.by_label.items()
    )
    if not has_labels:
        text = (
            "label_asym_id does not tell polymers from waters and ligands; chains are told by "
            "auth_asym_id, sequences by the coordinates."
        )
        notes.append(Note("labels_unusable", text))
    notes += _name_polymers_apart(rows)
    notes += prepare_assemblies(block)
    return Prepared(has_labels=has_labels, notes=tuple(notes))


def forget_labels(structure: gemmi.Structure) -> None:
    """Leave a structure with the chains of the author only, as PDB format has them, in place."""
    authors: dict[str, dict[str, None]] = defaultdict(dict)
    for model in structure:
        for chain in model:
            for residue in chain:
                authors[residue.subchain][chain.name] = None
                residue.subchain = residue.entity_id = ""
                residue.entity_type = gemmi.EntityType.Unknown
                residue.label_seq = None
    for assembly in structure.assemblies:
        for generator in assembly.generators:
            named = [name for label in generator.subchains for name in authors[label]]
            generator.chains = list(dict.fromkeys(named))
            generator.subchains = []
    structure.entities = gemmi.EntityList()


# --- columns of atoms ----------------------------------------------------------------------------


def _complete_columns(block: gemmi.cif.Block, where: str) -> None:
    """Add columns that are left out; refuse a file in which nothing stands for one."""
    table = block.find_mmcif_category(ATOM_SITE)
    if table.loop is None:  # a single atom may be written as pairs
        block.set_mmcif_category(ATOM_SITE, block.get_mmcif_category(ATOM_SITE))
        table = block.find_mmcif_category(ATOM_SITE)
    present = {tag.partition(".")[2].lower() for tag in table.loop.tags}
    missing = [" or ".join(n) for n in NEEDED if present.isdisjoint(map(str.lower, n))]
    if missing:
        raise ParseError(
            f"{where} leaves out columns of _atom_site that nothing else stands for "
            f"({', '.join(missing)}); write it with them."
        )
    for name, value in FILLED.items():
        if name.lower() not in present:
            table.loop.add_columns([ATOM_SITE + name], value)
    group = block.find_loop(ATOM_SITE + "group_PDB")
    if not NULL.isdisjoint(group):
        for row, name in enumerate(_names(block, "comp_id")):
            if group[row] in NULL:
                group[row] = "ATOM" if _is_link(name) else "HETATM"


def _column(block: gemmi.cif.Block, name: str) -> list[str]:
    """Column of the atoms as text, ``"."`` everywhere where the file has none."""
    return list(block.find_loop(ATOM_SITE + name)) or ["."] * len(
        block.find_loop(ATOM_SITE + "Cartn_x")
    )


def _names(block: gemmi.cif.Block, name: str) -> list[str]:
    """Column of the author, that of the archive where it is empty; as gemmi reads it."""
    author = _column(block, f"auth_{name}")
    if NULL.isdisjoint(author):
        return author
    label = _column(block, f"label_{name}")
    return [b if a in NULL else a for a, b in zip(author, label, strict=True)]


def _rows(block: gemmi.cif.Block) -> _Rows:
    columns = zip(
        _column(block, "label_asym_id"),
        _column(block, "label_entity_id"),
        _column(block, "label_seq_id"),
        _names(block, "asym_id"),
        _names(block, "seq_id"),
        _column(block, "pdbx_PDB_ins_code"),
        _names(block, "comp_id"),
        strict=True,
    )
    number: dict[tuple[str, ...], int] = {}
    of_atom = []
    # Atoms of a residue follow each other: few keys are looked up.
    for key, run in groupby(columns):
        row = number.setdefault(key, len(number))
        of_atom += [row] * sum(1 for _ in run)
    return _Rows(block, [_Residue(*key) for key in number], of_atom)


def _split_copies(block: gemmi.cif.Block, where: str) -> list[Note]:
    """Give a label of its own to a further molecule that repeats the numbers of one before it."""
    rows = _rows(block)
    models = _column(block, "pdbx_PDB_model_num")
    places = {(r.label, r.chain, r.number, r.ins_code) for r in rows.residues}
    is_scattered = _n_runs(rows) > len(rows.residues) * len(set(models))
    if len(places) == len(rows.residues) and not is_scattered:
        return []
    n_copies: dict[tuple[str, str, str], int] = defaultdict(int)
    names = _CopyNames({residue.chain for residue in rows.residues})
    column = block.find_loop(ATOM_SITE + "label_asym_id")
    known: dict[tuple[object, ...], object] = {}
    runs: list[tuple[object, ...]] = []
    before = None
    positions = zip(*(_column(block, f"Cartn_{axis}") for axis in "xyz"), strict=True)
    names_of, altlocs = _names(block, "atom_id"), _column(block, "label_alt_id")
    for row, atom in enumerate(zip(names_of, altlocs, positions, strict=True)):
        residue = rows.residues[rows.of_atom[row]]
        chain = (models[row], residue.chain, residue.label)
        place = (residue.number, residue.ins_code)
        if _is_link(residue.name):
            key = (*chain, n_copies[chain], *place)
            if place != before and _is_taken(known, key, residue.name, atom):
                n_copies[chain] += 1
                key = (*chain, n_copies[chain], *place)
            known.setdefault(key, residue.name)
            known.setdefault((*key, *atom[:2]), atom[2])
            runs.append((*key, residue.name))
        before = place
        if n_copies[chain]:
            column[row] = names.name_of(residue, n_copies[chain])
    if names.notes() and sum(1 for _ in groupby(runs)) > len(set(runs)):
        raise ParseError(
            f"{where} gives residues of several molecules the same names and numbers, and lists their "
            "atoms mixed up; name their chains apart (auth_asym_id)."
        )
    return names.notes()


def _is_taken(
    known: dict[tuple[object, ...], object],
    key: tuple[object, ...],
    residue: str,
    atom: tuple[str, str, object],
) -> bool:
    """Whether a place of a chain is another residue's, or holds this atom elsewhere."""
    name, altloc, position = atom
    if key not in known:
        return False
    if known[key] != residue:  # unless it is a residue of two kinds
        return altloc in NULL
    # The same atom in the same place is written twice, and no other molecule.
    return known.get((*key, name, altloc), position) != position


class _CopyNames:
    """Labels of further molecules, the same in every model."""

    def __init__(self, chains: set[str]) -> None:
        letters = ascii_uppercase[1:] + ascii_lowercase
        self._free = iter([letter for letter in letters if letter not in chains])
        self._names: dict[tuple[str, str, int], str] = {}

    def name_of(self, residue: _Residue, number: int) -> str:
        key = (residue.chain, residue.label, number)
        if key not in self._names:
            base = residue.chain if residue.label in NULL else residue.label
            own = f"{base}.{number + 1}"
            self._names[key] = (
                next(self._free, f"copy{number}") if base in NULL else own
            )
        return self._names[key]

    def notes(self) -> list[Note]:
        text = "Residues whose numbers come again are of further chains."
        names = list(self._names.values())
        return counted_notes(("chains_split", text, ", ".join(names), len(names)))


def _n_runs(rows: _Rows) -> int:
    """How many times the residue changes from one atom to the next, and one."""
    return 1 + sum(a != b for a, b in pairwise(rows.of_atom))


def _order(rows: _Rows) -> list[int] | None:
    """Order of the atoms that lists them residue by residue along each chain; None if they are."""
    models = _column(rows.block, "pdbx_PDB_model_num")
    model_rank = {model: rank for rank, model in enumerate(dict.fromkeys(models))}
    is_scattered = _n_runs(rows) > len(rows.residues) * len(model_rank)
    members: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row, residue in enumerate(rows.residues):
        members[residue.chain, residue.label].append(row)
    in_order: list[int] = []
    for group in _polymers_first(rows, list(members.values())):
        in_order += _along(rows, group, is_scattered=is_scattered)
    rank = {row: number for number, row in enumerate(in_order)}
    pairs = zip(models, rows.of_atom, strict=True)
    keys = [(model_rank[model], rank[residue]) for model, residue in pairs]
    if all(a <= b for a, b in pairwise(keys)):
        return None
    return sorted(range(len(keys)), key=keys.__getitem__)


def _polymers_first(rows: _Rows, groups: list[list[int]]) -> list[list[int]]:
    """Keep groups as listed, unless waters or ligands of a chain come before its polymer."""
    other_chains = set()
    for group in groups:
        chain = rows.residues[group[0]].chain
        if not _has_link(rows, group):
            other_chains.add(chain)
        elif chain in other_chains:
            # gemmi looks for polymers at the start of a chain.
            return sorted(groups, key=lambda group: not _has_link(rows, group))
    return groups


def _has_link(rows: _Rows, group: list[int]) -> bool:
    return any(_is_link(rows.residues[row].name) for row in group)


def _along(rows: _Rows, group: list[int], *, is_scattered: bool) -> list[int]:
    """Residues of a chain as listed; by place or number if scattered, or listed backwards."""
    residues = [rows.residues[row] for row in group]
    if all(residue.place.isdecimal() for residue in residues):
        places = [int(residue.place) for residue in residues]
        named = zip(places, residues, strict=True)
        linked = [place for place, residue in named if _is_link(residue.name)]
        is_backwards = len(linked) > 1 and linked == sorted(linked, reverse=True)
        in_place = [row for _, row in sorted(zip(places, group, strict=True))]
        return in_place if is_scattered or is_backwards else group
    if is_scattered and all(r.number.removeprefix("-").isdecimal() for r in residues):
        numbers = [(int(residue.number), residue.ins_code) for residue in residues]
        return [row for _, row in sorted(zip(numbers, group, strict=True))]
    return group


def _join_models(block: gemmi.cif.Block) -> list[Note]:
    """Read models of other atoms than the first together with it."""
    models = _column(block, "pdbx_PDB_model_num")
    if len(set(models)) == 1:
        return []
    names = ("asym_id", "seq_id", "comp_id", "atom_id")
    labels: dict[str, set[object]] = defaultdict(set)
    for model, *label in zip(models, *(_names(block, n) for n in names), strict=True):
        labels[model].add(tuple(label))
    if are_frames(list(labels.values())):
        return []
    column = block.find_loop(ATOM_SITE + "pdbx_PDB_model_num")
    for row in range(len(column)):
        column[row] = models[0]
    return [Note("models_joined", MODELS_JOINED, count=len(labels))]


def _number_residues(block: gemmi.cif.Block, where: str) -> list[Note]:
    """Give numbers to ligands and waters that have none: without, they would be one residue."""
    numbers = _names(block, "seq_id")
    given = set(numbers) - NULL
    odd = sorted(n for n in given if not NUMBER.fullmatch(n.strip(QUOTES)))
    if odd:
        raise ParseError(
            f"{where} has residue numbers that are none ({odd[0]}); correct auth_seq_id."
        )
    if NULL.isdisjoint(numbers):
        return []
    chains, names = _names(block, "asym_id"), _names(block, "comp_id")
    models = _column(block, "pdbx_PDB_model_num")
    atoms = zip(_names(block, "atom_id"), _column(block, "label_alt_id"), strict=True)
    column = block.find_loop(ATOM_SITE + "auth_seq_id")
    last: dict[tuple[str, str], int] = defaultdict(int)
    for model, chain, text in zip(models, chains, numbers, strict=True):
        if text.isdecimal():
            last[model, chain] = max(last[model, chain], int(text))
    before, seen, count = None, set[tuple[str, str]](), 0
    for row, atom in enumerate(atoms):
        if numbers[row] not in NULL:
            continue
        if _is_link(names[row]):
            raise ParseError(
                f"{where} gives {names[row]} residues of chain {chains[row]} no number (auth_seq_id "
                "or label_seq_id); write it with them."
            )
        here = (models[row], chains[row], names[row])
        if here != before or atom in seen:
            last[here[:2]] += 1
            before, count = here, count + 1
            seen.clear()
        seen.add(atom)
        column[row] = str(last[here[:2]])
    text = "Ligands and waters without a number are numbered as they come."
    return [Note("residues_numbered", text, count=count)]


def _fill_elements(rows: _Rows) -> list[Note]:
    """Tell elements that are not given, or cut from the names of atoms, by those names."""
    column = rows.block.find_loop(ATOM_SITE + "type_symbol")
    symbols = list(column)
    odd = set(symbols).difference(STANDARD_ELEMENTS)
    if not odd:
        return []
    atoms, count = _names(rows.block, "atom_id"), 0
    for row, symbol in enumerate(symbols):
        if symbol not in odd:
            continue
        residue = rows.residues[rows.of_atom[row]]
        told = _element(symbol, atoms[row].strip(QUOTES), residue.name)
        if told != symbol:
            column[row] = told
            count += told != UNKNOWN
    text = "Elements that the file does not give, or cannot mean, are told by the names of atoms."
    return counted_notes(("elements_from_names", text, "", count))


@cache
def _element(symbol: str, atom_name: str, residue_name: str) -> str:
    """Return the symbol if it is an element and can be meant, else what the names tell."""
    letters = symbol.strip(QUOTES).rstrip("0123456789+-")  # N1+
    table = gemmi.find_tabulated_residue(residue_name)
    if gemmi.Element(letters).atomic_number:
        is_cut = atom_name.upper().startswith(letters.upper())
        is_odd = table.is_standard() and letters.upper() not in STANDARD_ELEMENTS
        return element_of(atom_name, residue_name) if is_cut and is_odd else letters
    # What is written, and no element, in a residue that nobody knows stays unknown.
    if table.found() or symbol in NULL or symbol.upper() == UNKNOWN:
        return element_of(atom_name, residue_name)
    return UNKNOWN


# --- chains --------------------------------------------------------------------------------------


def _is_mixed(rows: _Rows, members: list[int], declared: set[str]) -> bool:
    """Whether residues of one label are a polymer together with what is none."""
    residues = [rows.residues[row] for row in members]
    entities = {residue.entity for residue in residues} - NULL
    chains, are_placed, is_water = (
        {r.chain for r in residues},
        {r.place in NULL for r in residues},
        {tabulated(r.name).is_water() for r in residues},
    )
    if len(entities) > 1 or max(len(chains), len(are_placed), len(is_water)) > 1:
        return True
    if is_water == {True} or entities & declared:
        return False
    return len({rows.is_link[row] for row in members}) > 1


def _is_link(name: str) -> bool:
    return is_monomer(tabulated(name))


def _name_polymers_apart(rows: _Rows) -> list[Note]:
    """Give further polymers of one author chain a name of their own, numbered."""
    labels: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for residue in rows.residues:
        if _is_link(residue.name):
            labels[residue.chain][residue.label] += 1
    new_name = {}
    for chain, counts in labels.items():
        # A free amino acid has a label too, and is no polymer.
        polymers = [label for label, count in counts.items() if count > 1]
        for number, label in enumerate(polymers[1:], start=2):
            new_name[chain, label] = f"{chain.strip(QUOTES)}.{number}"
    connection = "_struct_conn."
    for category, end in (
        (ATOM_SITE, ""),
        (connection, "ptnr1_"),
        (connection, "ptnr2_"),
    ):
        tags = [f"{end}auth_asym_id", f"{end}label_asym_id"]
        for row in rows.block.find(category, tags) if new_name else ():
            row[0] = new_name.get((row[0], row[1]), row[0])
    return chains_renamed(list(new_name.values()))


def prepare_assemblies(block: gemmi.cif.Block) -> list[Note]:
    """Put the tables of assemblies into a form that gemmi reads whole; note operators left out."""
    _complete_assemblies(block)
    generators = block.find(f"{ASSEMBLIES}_gen.", ["oper_expression"])
    n_known = len(block.find_values(f"{OPERATORS}id"))
    if all(_is_plain(row.str(0).strip(), n_known) for row in generators):
        return []
    # Products are written as operators of their own: gemmi reads the left factor only.
    tags = ["id", *(name for row in OPERATOR_COLUMNS for name in row)]
    motions: dict[str, FloatArray] = {}  # each with a last row of 0 0 0 1
    for row in block.find(OPERATORS, tags):
        numbers = [gemmi.cif.as_number(row[k]) for k in range(1, 13)]
        motions[row.str(0)] = np.array([*numbers, 0, 0, 0, 1]).reshape(4, 4)
    known, count = list(motions), 0
    for row in generators:
        combinations = operator_combinations(row.str(0), known)
        count += not combinations
        for names in combinations:
            motion = reduce(np.matmul, [motions[name] for name in names])
            motions.setdefault(PRODUCT.join(names), motion)
        row[0] = f"'{','.join(PRODUCT.join(names) for names in combinations)}'"
    # Other columns are those of the first operator.
    written = block.get_mmcif_category(OPERATORS)
    columns = {name: [values[0]] * len(motions) for name, values in written.items()}
    columns["id"] = list(motions)
    for i, columns_of_row in enumerate(OPERATOR_COLUMNS):
        for j, name in enumerate(columns_of_row):
            columns[name] = [repr(float(motion[i, j])) for motion in motions.values()]
    block.set_mmcif_category(OPERATORS, columns)
    text = "Assemblies whose operators the file does not hold, or holds too many of, are left out."
    return counted_notes(("operators_unusable", text, "", count))


def operator_combinations(expression: str, known: list[str]) -> list[tuple[str, ...]]:
    """
    Write out an operator expression of a deposited assembly.

    ``"1,2"``, ``"(1-60)"``, ``"(X0)(1,2)"`` are lists, ranges, and products whose right factor is
    applied first. What is not among the operators of the file is left out.

    Examples
    --------
    >>> operator_combinations("(1,2)(3-4)", ["1", "2", "3", "4"])
    [('1', '3'), ('1', '4'), ('2', '3'), ('2', '4')]
    >>> operator_combinations("P,1", ["1", "P"])
    [('P',), ('1',)]
    """
    combinations = []
    # Commas in no brackets separate terms.
    for term in re.findall(r"(?:[^,()]|\([^()]*\))+", expression.replace(" ", "")):
        factors = [
            [name for item in factor.split(",") for name in _ids(item.strip(), known)]
            for factor in re.findall(r"[^()]+", term)
        ]
        if np.prod([len(factor) for factor in factors], dtype=float) > MOST_PRODUCTS:
            continue
        combinations += list(product(*factors)) if factors else []
    return combinations


def _ids(item: str, known: list[str]) -> list[str]:
    """Operators of a single name or a range, as far as the file has them."""
    ends = re.fullmatch(r"(\d+)-(\d+)", item)
    if ends is None or item in known:
        return [item] if item in known else []
    first, last = int(ends[1]), int(ends[2])
    return [name for name in known if name.isdecimal() and first <= int(name) <= last]


def _complete_assemblies(block: gemmi.cif.Block) -> None:
    """Add the tables and columns without which gemmi passes over assemblies."""
    generators = block.get_mmcif_category(f"{ASSEMBLIES}_gen.")
    if not generators:
        return
    assemblies = block.get_mmcif_category(f"{ASSEMBLIES}.") or {
        "id": list(dict.fromkeys(generators.get("assembly_id", [])))
    }
    operators = block.get_mmcif_category(OPERATORS)
    for category, table, needed in (
        (f"{ASSEMBLIES}.", assemblies, ASSEMBLY_COLUMNS),
        (OPERATORS, operators, ("type",)),
    ):
        rows = len(next(iter(table.values()), []))
        lacking = [name for name in needed if name not in table]
        if lacking and rows:
            empty = {name: [None] * rows for name in lacking}
            block.set_mmcif_category(category, table | empty)


def _is_plain(expression: str, n_known: int) -> bool:
    """Whether gemmi reads an expression right, and without counting to a billion."""
    ranges = re.findall(r"(\d+)-(\d+)", expression)
    is_bounded = all(int(last) - int(first) < n_known for first, last in ranges)
    return is_bounded and not re.search(r"\).|.\(", expression)
