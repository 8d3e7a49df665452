"""Dots and scores for molecular graphics: PLY, PyMOL, and mmCIF coloured by B factor."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

from il2struct.arrays import FloatArray
from il2struct.complementarity.statistic import ShapeComplementarity, SideScores
from il2struct.errors import ParameterError
from il2struct.structure.model import NO_NUMBER, Atoms, Residues

#: Colours of S = 0 or less, 0.5 and 1: vermilion, pale yellow and blue, as 0 .. 1. Told apart
#: also by readers who do not see red and green as different.
SCORE_COLOURS: Final = ((0.84, 0.37, 0.0), (0.98, 0.95, 0.75), (0.0, 0.45, 0.70))
#: Radius in Å of a dot drawn by PyMOL.
DOT_RADIUS_A: Final = 0.08


def score_colours(scores: FloatArray) -> FloatArray:
    """
    Turn scores into colours: vermilion where surfaces clash or part, blue where they fit.

    Parameters
    ----------
    scores : ndarray, shape=(n,)
        S; values outside 0 .. 1 are drawn as the nearer end.

    Returns
    -------
    ndarray, shape=(n, 3)
        Red, green, blue in 0 .. 1.
    """
    stops = np.array(SCORE_COLOURS)
    at = np.clip(scores, 0.0, 1.0)
    return np.column_stack(
        [np.interp(at, (0.0, 0.5, 1.0), stops[:, k]) for k in range(3)]
    )


def ply_text(side: SideScores) -> str:
    """
    Write the dots of one side as a PLY point cloud with normals, colours, scores and gaps.

    Parameters
    ----------
    side : SideScores
        ``side_1`` or ``side_2`` of a result.

    Returns
    -------
    str
        Content of a ``.ply`` file (ASCII), which MeshLab, CloudCompare and Blender read.
    """
    properties = (
        *(f"property float {name}" for name in ("x", "y", "z", "nx", "ny", "nz")),
        *(f"property uchar {name}" for name in ("red", "green", "blue")),
        "property float score",
        "property float gap_a",
        "property int atom",
    )
    header = (
        "ply",
        "format ascii 1.0",
        f"element vertex {len(side)}",
        *properties,
        "end_header",
    )
    return "\n".join((*header, *_vertices(side))) + "\n"


def _vertices(side: SideScores) -> Iterator[str]:
    colours = np.rint(255 * score_colours(side.scores)).astype(int)
    for k in range(len(side)):
        x, y, z = side.positions_a[k]
        nx, ny, nz = side.normals[k]
        red, green, blue = colours[k]
        yield (
            f"{x:.3f} {y:.3f} {z:.3f} {nx:.4f} {ny:.4f} {nz:.4f} {red} {green} {blue} "
            f"{side.scores[k]:.4f} {side.gaps_a[k]:.4f} {side.atom_index[k]}"
        )


def pymol_text(result: ShapeComplementarity, *, name: str = "sc") -> str:
    """
    Write a PyMOL script that shows the dots of both sides, coloured by score.

    Parameters
    ----------
    result : ShapeComplementarity
        From `shape_complementarity`.
    name : str
        The two objects are called ``<name>_1`` and ``<name>_2``.

    Returns
    -------
    str
        Content of a ``.py`` file: ``run file.py`` inside PyMOL.

    Raises
    ------
    ParameterError
        If the name is not a Python identifier.
    """
    if not name.isidentifier():
        raise ParameterError(f"name must be letters, digits and _, not {name!r}.")
    lines = ["from pymol import cmd", "from pymol.cgo import COLOR, SPHERE"]
    for number, side in ((1, result.side_1), (2, result.side_2)):
        lines.append(f"{name}_{number} = [")
        lines.extend(_spheres(side))
        lines.append("]")
        lines.append(f"cmd.load_cgo({name}_{number}, '{name}_{number}')")
    return "\n".join(lines) + "\n"


def _spheres(side: SideScores) -> Iterator[str]:
    colours = score_colours(side.scores)
    for position, colour in zip(side.positions_a, colours, strict=True):
        red, green, blue = colour
        x, y, z = position
        yield (
            f"COLOR, {red:.3f}, {green:.3f}, {blue:.3f}, "
            f"SPHERE, {x:.3f}, {y:.3f}, {z:.3f}, {DOT_RADIUS_A},"
        )


def coloured_mmcif_text(
    atoms: Atoms, residues: Residues, values: npt.ArrayLike, *, name: str = "il2struct"
) -> str:
    """
    Write atoms as mmCIF with a value of each in place of its B factor.

    Parameters
    ----------
    atoms : Atoms
        Atoms of an entry or of a side.
    residues : Residues
        The residues of that entry.
    values : array_like, shape=(n,)
        One value per atom, for example the median score; NaN is written as ``?``.
    name : str
        Name of the data block.

    Returns
    -------
    str
        Content of a ``.cif`` file.

    Raises
    ------
    ParameterError
        If there is not one value per atom.
    """
    numbers = np.asarray(values, dtype=np.float64)
    if numbers.shape != (len(atoms),):
        raise ParameterError(
            f"values must hold one number for each of the {len(atoms)} atoms."
        )
    columns = (
        "group_PDB", "id", "type_symbol", "label_atom_id", "label_alt_id", "label_comp_id",
        "label_asym_id", "label_entity_id", "label_seq_id", "pdbx_PDB_ins_code",
        "Cartn_x", "Cartn_y", "Cartn_z", "occupancy", "B_iso_or_equiv",
        "auth_seq_id", "auth_asym_id", "pdbx_PDB_model_num",
    )  # fmt: skip
    header = (
        f"data_{name}",
        "#",
        "loop_",
        *(f"_atom_site.{column}" for column in columns),
    )
    rows = (_atom_row(atoms, residues, numbers, k) for k in range(len(atoms)))
    return "\n".join((*header, *rows, "#")) + "\n"


def _atom_row(atoms: Atoms, residues: Residues, values: FloatArray, k: int) -> str:
    row = int(atoms.residue_index[k]) % len(residues)
    x, y, z = atoms.coords[k]
    value = "?" if np.isnan(values[k]) else f"{values[k]:.4f}"
    author = str(residues.auth_asym_id[row])
    fields = (
        "ATOM",
        str(k + 1),
        _quoted(str(atoms.element[k])),
        _quoted(str(atoms.atom_name[k])),
        _quoted(str(atoms.altloc[k]), missing="."),
        _quoted(str(residues.name[row])),
        _quoted(str(residues.label_asym_id[row]) or author),
        "?",
        _number(int(residues.label_number[row]), missing="."),
        _quoted(str(residues.ins_code[row])),
        f"{x:.3f} {y:.3f} {z:.3f}",
        f"{atoms.occupancy[k]:.2f}",
        value,
        _number(int(residues.auth_number[row]), missing="?"),
        _quoted(author),
        "1",
    )
    return " ".join(fields)


def _number(number: int, *, missing: str) -> str:
    return missing if number == NO_NUMBER else str(number)


def _quoted(text: str, *, missing: str = "?") -> str:
    import gemmi

    # A value of several lines would have to begin a line of its own.
    return str(gemmi.cif.quote(" ".join(text.split()))) if text else missing
