"""Dots and scores for molecular graphics: PLY, PyMOL, and mmCIF coloured by B factor."""

from typing import Final

import gemmi
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
#: Header of a PLY file of dots; the vertices follow.
PLY_HEADER: Final = """\
ply
format ascii 1.0
element vertex {}
property float x
property float y
property float z
property float nx
property float ny
property float nz
property uchar red
property uchar green
property uchar blue
property float score
property float gap_a
property int atom
end_header
"""
#: Columns of the atom sites of an mmCIF file, in the order of the values of `_atom_row`.
ATOM_SITE: Final = (
    "group_PDB", "id", "type_symbol", "label_atom_id", "label_alt_id", "label_comp_id",
    "label_asym_id", "label_entity_id", "label_seq_id", "pdbx_PDB_ins_code",
    "Cartn_x", "Cartn_y", "Cartn_z", "occupancy", "B_iso_or_equiv",
    "auth_seq_id", "auth_asym_id", "pdbx_PDB_model_num",
)  # fmt: skip


def score_colours(scores: FloatArray) -> FloatArray:
    """Turn scores into red, green and blue, 0 .. 1, shape=(n, 3): vermilion parts, blue fits."""
    at = np.clip(scores, 0.0, 1.0)
    channels = np.transpose(SCORE_COLOURS)
    return np.column_stack([np.interp(at, (0.0, 0.5, 1.0), c) for c in channels])


def ply_text(side: SideScores) -> str:
    """
    Write the dots of one side as a PLY point cloud with normals, colours, scores and gaps.

    MeshLab, CloudCompare and Blender read it.
    """
    lines = []
    colours = np.rint(255 * score_colours(side.scores)).astype(int)
    for k, (red, green, blue) in enumerate(colours):
        x, y, z = side.positions_a[k]
        nx, ny, nz = side.normals[k]
        lines.append(
            f"{x:.3f} {y:.3f} {z:.3f} {nx:.4f} {ny:.4f} {nz:.4f} {red} {green} {blue} "
            f"{side.scores[k]:.4f} {side.gaps_a[k]:.4f} {side.atom_index[k]}\n"
        )
    return PLY_HEADER.format(len(side)) + "".join(lines)


def pymol_text(result: ShapeComplementarity, *, name: str = "sc") -> str:
    """
    Write a Python script for PyMOL (``run file.py``) that shows both sides' dots by score.

    The two objects are called ``<name>_1`` and ``<name>_2``.
    """
    if not name.isidentifier():
        raise ParameterError(f"name must be letters, digits and _, not {name!r}.")
    lines = ["from pymol import cmd", "from pymol.cgo import COLOR, SPHERE"]
    for number, side in ((1, result.side_1), (2, result.side_2)):
        lines.append(f"{name}_{number} = [")
        colours = score_colours(side.scores)
        for (x, y, z), (red, green, blue) in zip(
            side.positions_a, colours, strict=True
        ):
            lines.append(
                f"COLOR, {red:.3f}, {green:.3f}, {blue:.3f}, "
                f"SPHERE, {x:.3f}, {y:.3f}, {z:.3f}, {DOT_RADIUS_A},"
            )
        lines.append("]")
        lines.append(f"cmd.load_cgo({name}_{number}, '{name}_{number}')")
    return "\n".join(lines) + "\n"


def coloured_mmcif_text(
    atoms: Atoms, residues: Residues, values: npt.ArrayLike, *, name: str = "il2struct"
) -> str:
    """
    Write atoms as mmCIF with a value of each, the median score, say, in place of its B factor.

    `residues` are those of the entry; NaN is written as ``?``.
    """
    numbers = np.asarray(values, dtype=np.float64)
    if numbers.shape != (len(atoms),):
        raise ParameterError(
            f"values must hold one number for each of the {len(atoms)} atoms."
        )
    return "\n".join(
        (
            f"data_{name}",
            "#",
            "loop_",
            *(f"_atom_site.{column}" for column in ATOM_SITE),
            *(_atom_row(atoms, residues, numbers, k) for k in range(len(atoms))),
            "#\n",
        )
    )


def _atom_row(atoms: Atoms, residues: Residues, values: FloatArray, k: int) -> str:
    row = int(atoms.residue_index[k]) % len(residues)
    x, y, z = atoms.coords[k]
    author = str(residues.auth_asym_id[row])
    fields = (
        "ATOM",
        str(k + 1),
        _quoted(atoms.element[k]),
        _quoted(atoms.atom_name[k]),
        _quoted(atoms.altloc[k], missing="."),
        _quoted(residues.name[row]),
        _quoted(residues.label_asym_id[row] or author),
        "?",
        _number(int(residues.label_number[row]), missing="."),
        _quoted(residues.ins_code[row]),
        f"{x:.3f} {y:.3f} {z:.3f}",
        f"{atoms.occupancy[k]:.2f}",
        "?" if np.isnan(values[k]) else f"{values[k]:.4f}",
        _number(int(residues.auth_number[row]), missing="?"),
        _quoted(author),
        "1",
    )
    return " ".join(fields)


def _number(number: int, *, missing: str) -> str:
    return missing if number == NO_NUMBER else str(number)


def _quoted(text: str, *, missing: str = "?") -> str:
    # A value of several lines would have to begin a line of its own.
    return str(gemmi.cif.quote(" ".join(text.split()))) if text else missing
