"""
Receptors and measured responses of the four cell types, read from tables with sources.

Nothing here is fixed: replace a field of a `CellType` to ask about one's own cell.
"""

import math
from dataclasses import dataclass, replace
from typing import Final

from il2struct.data import rows_of
from il2struct.errors import ParameterError

__all__ = [
    "CellType",
    "MeasuredResponse",
    "cell_type",
    "counted_again",
    "measured_response",
]

#: Numbers that a cell must have, as in ``data/cells.csv``.
_QUANTITIES: Final = (
    "alpha_per_cell",
    "beta_per_cell",
    "gamma_per_cell",
    "membrane_area_um2",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CellType:
    """Receptors of a cell; any field can be replaced by one's own number."""

    cell: str  # Short and full name
    cell_name: str
    alpha_per_cell: float  # Chains per cell
    beta_per_cell: float
    gamma_per_cell: float
    membrane_area_um2: float  # Area they spread over in µm²
    sources: tuple[str, ...]  # Where each number is from, assumed ones first

    def __post_init__(self) -> None:
        for name in _QUANTITIES:
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0.0):
                raise ParameterError(
                    f"{name} of {self.cell} must be finite and not negative, not {value}."
                )
        if self.membrane_area_um2 == 0.0:
            raise ParameterError(f"membrane_area_um2 of {self.cell} must be above 0.")

    @property
    def scarcest_per_cell(self) -> float:
        """Chains of the kind that limits the number of complete complexes."""
        return min(self.alpha_per_cell, self.beta_per_cell, self.gamma_per_cell)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredResponse:
    """Measured dose-response of STAT5 phosphorylation; NaN where not known."""

    ec50_low_nanomolar: float  # Range of the half-maximal dose in nmol/L
    ec50_high_nanomolar: float
    hill_low: float  # Range of the Hill slope
    hill_high: float
    source: str  # Where it is from


def cell_type(cell: str) -> CellType:
    """
    Look up the receptors of a cell in ``data/cells.csv``.

    Examples
    --------
    >>> cell_type("treg").gamma_per_cell
    14082.0
    """
    table = rows_of("cells.csv")
    rows = [row for row in table if row["cell"] == cell]
    if not rows:
        known = ", ".join(dict.fromkeys(row["cell"] for row in table))
        raise ParameterError(f"there is no cell type {cell!r}; choose from {known}.")
    value = {row["quantity"]: float(row["value"]) for row in rows}
    ordered = sorted(rows, key=lambda row: row["status"] != "assumed")
    sources = dict.fromkeys(f"{_named(row, rows)}: {row['source']}." for row in ordered)
    return CellType(
        cell=cell,
        cell_name=rows[0]["cell_name"],
        alpha_per_cell=value["alpha_per_cell"],
        beta_per_cell=value["beta_per_cell"],
        gamma_per_cell=value["gamma_per_cell"],
        membrane_area_um2=value["membrane_area_um2"],
        sources=tuple(sources),
    )


def counted_again(cell: CellType) -> tuple[CellType, ...]:
    """
    List a cell with its receptors as every data set in ``data/receptor_counts.csv`` counts them.

    Published counts of one cell differ by threefold and more.

    The cell as it is first.

    Examples
    --------
    >>> [found.beta_per_cell for found in counted_again(cell_type("treg"))]
    [663.0, 2350.0, 1928.0]
    """
    others = [row for row in rows_of("receptor_counts.csv") if row["cell"] == cell.cell]
    return cell, *(
        replace(
            cell,
            alpha_per_cell=float(row["alpha_per_cell"]),
            beta_per_cell=float(row["beta_per_cell"]),
            gamma_per_cell=float(row["gamma_per_cell"]),
            sources=(*cell.sources, f"{row['data_set']}: {row['source']}."),
        )
        for row in others
    )


def _named(row: dict[str, str], rows: list[dict[str, str]]) -> str:
    """Quantities that share the source of a row, with their values."""
    same = [other for other in rows if other["source"] == row["source"]]
    return ", ".join(f"{other['quantity']} {other['value']}" for other in same)


def measured_response(cell: str) -> MeasuredResponse:
    """
    Look up the measured pSTAT5 response of a cell in ``data/pstat5.csv``.

    Examples
    --------
    >>> measured_response("treg").ec50_high_nanomolar
    0.07
    """
    rows = [row for row in rows_of("pstat5.csv") if row["cell"] == cell]
    row = rows[0] if rows else {}
    return MeasuredResponse(
        ec50_low_nanomolar=_number(row, "ec50_low_nanomolar"),
        ec50_high_nanomolar=_number(row, "ec50_high_nanomolar"),
        hill_low=_number(row, "hill_low"),
        hill_high=_number(row, "hill_high"),
        source=row.get("source", "not measured"),
    )


def _number(row: dict[str, str], name: str) -> float:
    return float(row.get(name) or math.nan)
