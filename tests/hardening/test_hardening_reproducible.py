"""The same input gives the same bytes, and the order of atoms in a file changes no number."""

import random
from collections.abc import Callable
from itertools import groupby
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from il2struct.interface.interface import interface_parameters
from il2struct.results.study import Study, load


def _is_atom(line: str) -> bool:
    return line.startswith(("ATOM", "HETATM"))


def shuffled_in_residues(text: str, rng: random.Random) -> str:
    """The atoms of each residue in another order."""
    lines = []
    for residue, rows in groupby(
        text.splitlines(keepends=True),
        key=lambda line: line[17:27] if _is_atom(line) else None,
    ):
        group = list(rows)
        if residue is not None:
            rng.shuffle(group)
        lines += group
    return "".join(lines)


def chains_reversed(text: str, _: random.Random) -> str:
    """Whole chains in the opposite order, each with its TER; waters and ligands behind them."""
    lines = text.splitlines(keepends=True)
    coordinates = [line for line in lines if _is_atom(line) or line.startswith("TER")]
    last_ter = max(i for i, line in enumerate(coordinates) if line.startswith("TER"))
    polymers, rest = coordinates[: last_ter + 1], coordinates[last_ter + 1 :]
    chains = [list(rows) for _, rows in groupby(polymers, key=lambda line: line[21])]
    first = next(i for i, line in enumerate(lines) if _is_atom(line))
    others = [line for line in lines if line not in set(coordinates)]
    moved = [line for chain in chains[::-1] for line in chain] + rest
    return "".join(others[:first] + moved + others[first:])


def _keyed(table: pd.DataFrame) -> pd.DataFrame:
    """Rows in the order of their names, so that the order of the file does not show."""
    names = [c for c in table.columns if not pd.api.types.is_float_dtype(table[c])]
    rows = table[names].itertuples(index=False, name=None)
    order = np.argsort(["|".join(map(str, row)) for row in rows], kind="stable")
    return table.iloc[order].reset_index(drop=True)


def _study(tmp_path: Path, text: str) -> Study:
    path = tmp_path / "made.pdb"
    path.write_text(text)
    return load(path, mirrors=[], offline=True)


@pytest.mark.entries
@pytest.mark.parametrize("change", [shuffled_in_residues, chains_reversed])
@pytest.mark.parametrize("name", ["1Z92.pdb", "2B5I.pdb", "1BRS.pdb"])
def test_the_order_of_atoms_changes_no_number(
    real_text, tmp_path, name: str, change: Callable[[str, random.Random], str]
):
    text = real_text(name)
    moved = change(text, random.Random(5))
    assert moved != text
    assert sorted(moved.splitlines()) == sorted(text.splitlines())
    parameters = interface_parameters(sc="value")
    first = _study(tmp_path, text).interfaces(parameters=parameters).tables()
    second = _study(tmp_path, moved).interfaces(parameters=parameters).tables()
    for table in ("interfaces", "residues", "contacts", "bonds"):
        # Sums of areas run in the order of the atoms: rounding, and nothing else.
        pd.testing.assert_frame_equal(
            _keyed(first[table]), _keyed(second[table]), rtol=0, atol=1e-6
        )
