"""Tables of assemblies in mmCIF, completed and multiplied out before they are parsed."""

import re
from functools import reduce
from itertools import product
from typing import TYPE_CHECKING, Final

import numpy as np

from il2struct.arrays import FloatArray
from il2struct.structure.model import Note

if TYPE_CHECKING:
    import gemmi

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


def prepare_assemblies(block: "gemmi.cif.Block") -> list[Note]:
    """
    Put the tables of assemblies into a form that gemmi reads whole, in place.

    Parameters
    ----------
    block : gemmi.cif.Block

    Returns
    -------
    list of Note
        If operators are left out.
    """
    _complete_assemblies(block)
    return _multiply_operators(block)


def operator_combinations(expression: str, known: list[str]) -> list[tuple[str, ...]]:
    """
    Write out an operator expression of a deposited assembly.

    Parameters
    ----------
    expression : str
        ``"1,2"``, ``"(1-60)"``, ``"(X0)(1,2)"``: lists, ranges, and products whose right factor is
        applied first.
    known : list of str
        Operators of the file; what is not among them is left out.

    Examples
    --------
    >>> operator_combinations("(1,2)(3-4)", ["1", "2", "3", "4"])
    [('1', '3'), ('1', '4'), ('2', '3'), ('2', '4')]
    >>> operator_combinations("P,1", ["1", "P"])
    [('P',), ('1',)]
    """
    found = []
    for term in _split_outside(expression):
        factors = [
            [name for item in factor.split(",") for name in _ids(item.strip(), known)]
            for factor in re.findall(r"[^()]+", term)
        ]
        if np.prod([len(factor) for factor in factors], dtype=float) > MOST_PRODUCTS:
            continue
        found += list(product(*factors)) if factors else []
    return found


def _split_outside(expression: str) -> list[str]:
    """Split at commas that stand in no brackets."""
    return re.findall(r"(?:[^,()]|\([^()]*\))+", expression.replace(" ", ""))


def _ids(item: str, known: list[str]) -> list[str]:
    """Operators of a single name or a range, as far as the file has them."""
    ends = re.fullmatch(r"(\d+)-(\d+)", item)
    if ends is None or item in known:
        return [item] if item in known else []
    first, last = int(ends[1]), int(ends[2])
    return [name for name in known if name.isdecimal() and first <= int(name) <= last]


def _complete_assemblies(block: "gemmi.cif.Block") -> None:
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


def _multiply_operators(block: "gemmi.cif.Block") -> list[Note]:
    """Write products of operators as operators of their own: gemmi reads the left factor only."""
    generators = block.find(f"{ASSEMBLIES}_gen.", ["oper_expression"])
    n_known = len(block.find_values(f"{OPERATORS}id"))
    if all(_is_plain(row.str(0).strip(), n_known) for row in generators):
        return []
    motions = _motions(block)
    known, count = list(motions), 0
    for row in generators:
        combinations = operator_combinations(row.str(0), known)
        count += not combinations
        for names in combinations:
            motion = reduce(np.matmul, [motions[name] for name in names])
            motions.setdefault(PRODUCT.join(names), motion)
        row[0] = f"'{','.join(PRODUCT.join(names) for names in combinations)}'"
    _write_motions(block, motions)
    if not count:
        return []
    text = "Assemblies whose operators the file does not hold, or holds too many of, are left out."
    return [Note(topic="operators_unusable", subject="", count=count, message=text)]


def _is_plain(expression: str, n_known: int) -> bool:
    """Whether gemmi reads an expression right, and without counting to a billion."""
    ranges = re.findall(r"(\d+)-(\d+)", expression)
    is_bounded = all(int(last) - int(first) < n_known for first, last in ranges)
    return is_bounded and not re.search(r"\).|.\(", expression)


def _motions(block: "gemmi.cif.Block") -> dict[str, FloatArray]:
    """Operators of the assemblies by name, each with a last row of 0 0 0 1."""
    import gemmi

    tags = ["id", *(name for row in OPERATOR_COLUMNS for name in row)]
    return {
        row.str(0): np.array(
            [*(gemmi.cif.as_number(row[k]) for k in range(1, 13)), 0, 0, 0, 1]
        ).reshape(4, 4)
        for row in block.find(OPERATORS, tags)
    }


def _write_motions(block: "gemmi.cif.Block", motions: dict[str, FloatArray]) -> None:
    """Write operators and products of them; other columns are those of the first operator."""
    written = block.get_mmcif_category(OPERATORS)
    columns = {name: [values[0]] * len(motions) for name, values in written.items()}
    columns["id"] = list(motions)
    for i, row in enumerate(OPERATOR_COLUMNS):
        for j, name in enumerate(row):
            columns[name] = [repr(float(motion[i, j])) for motion in motions.values()]
    block.set_mmcif_category(OPERATORS, columns)
