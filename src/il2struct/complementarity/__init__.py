"""Shape complementarity: how well two molecular surfaces fit (Lawrence & Colman 1993)."""

from il2struct.complementarity.export import coloured_mmcif_text, ply_text, pymol_text
from il2struct.complementarity.statistic import (
    ComplementarityParameters,
    ElementRadius,
    LocalComplementarity,
    ScRadii,
    ShapeComplementarity,
    SideScores,
    atom_complementarity,
    is_changed_by,
    residue_complementarity,
    sc_radii,
    shape_complementarity,
)
from il2struct.complementarity.uncertainty import (
    ComplementarityUncertainty,
    ConvergedComplementarity,
    CoordinateErrors,
    coordinate_errors,
    sc_converged,
    sc_error,
)

__all__ = [
    "ComplementarityParameters", "ComplementarityUncertainty", "ConvergedComplementarity",
    "CoordinateErrors", "ElementRadius", "LocalComplementarity", "ScRadii",
    "ShapeComplementarity", "SideScores", "atom_complementarity", "coloured_mmcif_text",
    "coordinate_errors", "is_changed_by", "ply_text", "pymol_text", "residue_complementarity",
    "sc_converged", "sc_error", "sc_radii", "shape_complementarity",
]  # fmt: skip
