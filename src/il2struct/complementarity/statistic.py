"""Shape complementarity of two groups of atoms: the Lawrence-Colman statistic and its parts."""

import functools
import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from il2struct.arrays import BoolArray, FloatArray, IndexArray
from il2struct.data import rows_of
from il2struct.errors import ParameterError
from il2struct.kernels.complementarity import nearest_scores, trimmed_columns
from il2struct.kernels.surface import PlacedSide, placed_sides, side_columns
from il2struct.kernels.surface.patches import AREA, ATOM, KIND, NORMAL_X, NORMAL_Z

#: Radius of the probe sphere in Å (Lawrence & Colman, J. Mol. Biol. 234:946, 1993).
LAWRENCE_COLMAN_PROBE_RADIUS_A: Final = 1.7
#: Dots per Å² of surface (Lawrence & Colman 1993, methods).
LAWRENCE_COLMAN_DOT_DENSITY: Final = 15.0
#: Width in Å of the band left out along the edge of the interface (Lawrence & Colman 1993).
LAWRENCE_COLMAN_TRIM_BAND_A: Final = 1.5
#: Gaussian weight *w* in Å⁻² (Lawrence & Colman 1993, eq. 1).
LAWRENCE_COLMAN_WEIGHT: Final = 0.5
#: Atoms get dots if the partner is within this distance in Å (the original program's value;
#: 7.5 to 10 Å give the same Sc to six digits on five interfaces).
SEPARATION_A: Final = 8.0
#: Dots that differ by less than this, in Å, differ by rounding alone.
SAME_DOT_A: Final = 1e-6

#: Elements that count as hydrogen.
HYDROGENS: Final = frozenset({"H", "D"})
#: Symbols that stand for "not known".
UNKNOWN_ELEMENTS: Final = frozenset({"", "X"})
#: Residue of the rules that hold for every residue.
ANY_RESIDUE: Final = "any"
#: Marks the rules that go by element alone.
ELEMENT_RULE: Final = "element"

#: Coordinates (n, 3) and radii (n,) in Å of side 1, then of side 2.
Pair: TypeAlias = tuple[npt.ArrayLike, npt.ArrayLike, npt.ArrayLike, npt.ArrayLike]


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplementarityParameters:
    """What Sc is computed with; the defaults are those of Lawrence and Colman."""

    #: Radius of the probe sphere in Å.
    probe_radius_a: float = LAWRENCE_COLMAN_PROBE_RADIUS_A
    #: Dots per Å² of surface.
    dot_density_per_a2: float = LAWRENCE_COLMAN_DOT_DENSITY
    #: Atoms get dots if the partner is within this distance in Å.
    separation_a: float = SEPARATION_A
    #: Buried dots this near to a dot that is not buried are left out, in Å.
    trim_band_a: float = LAWRENCE_COLMAN_TRIM_BAND_A
    #: Weight *w* of the squared distance in Å⁻².
    weight_per_a2: float = LAWRENCE_COLMAN_WEIGHT
    #: Which of many equally good ways to lay the dots; all turn with the molecule.
    layout: int = 0
    #: Starts the choice of layouts and displacements that the errors are found with.
    seed: int = 0
    #: Other layouts of the dots, for the sampling error.
    n_layouts: int = 6
    #: Displaced copies of the coordinates, for the coordinate error.
    n_jitter: int = 20
    #: Densities from which the limit of dense dots is extrapolated.
    convergence_densities_per_a2: tuple[float, ...] = (30.0, 60.0, 120.0)

    def __post_init__(self) -> None:
        densities = self.convergence_densities_per_a2
        lengths = (
            "probe_radius_a",
            "dot_density_per_a2",
            "separation_a",
            "trim_band_a",
        )
        values = [(name, getattr(self, name)) for name in (*lengths, "weight_per_a2")]
        for name, value in values + [
            ("convergence_densities_per_a2", d) for d in densities
        ]:
            if not (math.isfinite(value) and value > 0.0):
                raise ParameterError(f"{name} must be a positive number, not {value}.")
        if len(set(densities)) < 3:
            raise ParameterError(
                "convergence_densities_per_a2 needs three different densities or more."
            )
        for name in ("n_layouts", "n_jitter"):
            if getattr(self, name) < 2:
                raise ParameterError(f"{name} must be 2 or more, to tell a spread.")


#: The classical definition.
DEFAULT_PARAMETERS: Final = ComplementarityParameters()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SideScores:
    """The dots of one side that count, each with its score."""

    #: Where the dots are, in Å; shape (n, 3).
    positions_a: FloatArray
    #: Unit vectors out of the molecule; shape (n, 3).
    normals: FloatArray
    #: Area that each dot stands for, in Å².
    areas_a2: FloatArray
    #: Row of the atom, in the arrays given, that the dot belongs to.
    atom_index: IndexArray
    #: Convex (0), toroidal (1) or concave (2).
    kind: IndexArray
    #: S of each dot, from -1 to 1.
    scores: FloatArray
    #: Distance in Å to the nearest dot of the other side.
    gaps_a: FloatArray
    #: Which dot of the other side that is.
    nearest: IndexArray

    def __len__(self) -> int:
        return len(self.scores)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ShapeComplementarity:
    """How well two surfaces fit: 1 is perfect, good protein interfaces reach 0.65 to 0.75."""

    #: The statistic: mean of the two medians. NaN if nothing is left after trimming or the sides
    #: are apart. Near zero, and mostly below, if the two run through each other.
    sc: float
    #: Median score of the dots of side 1 against side 2, and the reverse.
    sc_1_to_2: float
    sc_2_to_1: float
    #: Mean of the two median distances between nearest dots, in Å.
    median_distance_a: float
    #: Area of the dots that count, both sides together, in Å².
    trimmed_area_a2: float
    #: The same for each side.
    trimmed_area_1_a2: float
    trimmed_area_2_a2: float
    #: How many dots count, both sides together.
    n_dots: int
    #: The dots themselves.
    side_1: SideScores
    side_2: SideScores
    #: What it was computed with.
    parameters: ComplementarityParameters


def shape_complementarity(
    coords_1: npt.ArrayLike,
    radii_1: npt.ArrayLike,
    coords_2: npt.ArrayLike,
    radii_2: npt.ArrayLike,
    *,
    parameters: ComplementarityParameters = DEFAULT_PARAMETERS,
) -> ShapeComplementarity:
    """
    Measure how well the surfaces of two groups of atoms fit where they meet.

    Coordinates (n, 3) and radii in Å, as a rule without hydrogens and from `sc_radii`. The result
    depends neither on how the two lie in space, on the order of the atoms, nor on which side comes
    first. Wrong shapes or radii
    are a `ParameterError`; positions that are not finite or coincide, a `CoordinateError`.

    References
    ----------
    Lawrence, M. C. & Colman, P. M. Shape complementarity at protein/protein interfaces.
    J. Mol. Biol. 234:946-950 (1993).

    Examples
    --------
    Two sides that are 50 Å apart have no interface:

    >>> result = shape_complementarity([[0, 0, 0]], [1.8], [[50, 0, 0]], [1.8])
    >>> result.sc, result.n_dots
    (nan, 0)
    """
    placed_1, placed_2 = placed_sides(
        coords_1,
        radii_1,
        coords_2,
        radii_2,
        probe_radius_a=parameters.probe_radius_a,
        separation_a=parameters.separation_a,
        layout=parameters.layout,
    )
    dots_1 = _trimmed(placed_1, placed_2, parameters)
    dots_2 = _trimmed(placed_2, placed_1, parameters)
    side_1 = _scored(dots_1, dots_2, placed_1, parameters)
    side_2 = _scored(dots_2, dots_1, placed_2, parameters)
    sc_1_to_2, sc_2_to_1 = _median(side_1.scores), _median(side_2.scores)
    area_1, area_2 = float(side_1.areas_a2.sum()), float(side_2.areas_a2.sum())
    return ShapeComplementarity(
        sc=0.5 * (sc_1_to_2 + sc_2_to_1),
        sc_1_to_2=sc_1_to_2,
        sc_2_to_1=sc_2_to_1,
        median_distance_a=0.5 * (_median(side_1.gaps_a) + _median(side_2.gaps_a)),
        trimmed_area_a2=area_1 + area_2,
        trimmed_area_1_a2=area_1,
        trimmed_area_2_a2=area_2,
        n_dots=len(side_1) + len(side_2),
        side_1=side_1,
        side_2=side_2,
        parameters=parameters,
    )


def is_changed_by(
    measured: ShapeComplementarity, pair: Pair, n_measured: tuple[int, int]
) -> bool:
    """
    Tell whether further atoms of two groups, their glycans, say, change the dots that count.

    `pair` holds on each side first the `n_measured` atoms that were measured, then the further
    ones. Far cheaper than to measure again, and where nothing changes no dot, the value stays.
    """
    parameters = measured.parameters
    placed = placed_sides(
        *pair,
        probe_radius_a=parameters.probe_radius_a,
        separation_a=parameters.separation_a,
        layout=parameters.layout,
    )
    largest_a = max(float(np.max(radii)) for radii in pair[1::2])
    reach_a = 2.0 * (largest_a + parameters.probe_radius_a)
    is_further = [side.rows >= n for side, n in zip(placed, n_measured, strict=True)]
    # Where none is near the partner, none meets a probe there: only its own side can change.
    if parameters.separation_a < reach_a or any(
        side.near[mask].any() for side, mask in zip(placed, is_further, strict=True)
    ):
        return True
    for k, side in enumerate((measured.side_1, measured.side_2)):
        if is_further[k].any():
            dots = _trimmed(placed[k], placed[1 - k], parameters)[:3].T
            if dots.shape != side.positions_a.shape or not np.allclose(
                dots, side.positions_a, rtol=0.0, atol=SAME_DOT_A
            ):
                return True
    return False


def _trimmed(
    side: PlacedSide, partner: PlacedSide, parameters: ComplementarityParameters
) -> FloatArray:
    columns, n_dots = side_columns(
        side, partner, parameters.probe_radius_a, parameters.dot_density_per_a2
    )
    kept: FloatArray = trimmed_columns(columns, n_dots, parameters.trim_band_a)
    return kept


def _scored(
    dots: FloatArray,
    targets: FloatArray,
    side: PlacedSide,
    parameters: ComplementarityParameters,
) -> SideScores:
    if not dots.shape[1] or not targets.shape[1]:
        # A dot without a partner has no score: one trimmed side leaves both empty.
        dots = dots[:, :0]
        scores, gaps, nearest = np.empty(0), np.empty(0), np.empty(0, np.int64)
    else:
        scores, gaps, nearest = nearest_scores(
            dots, targets, parameters.weight_per_a2, parameters.dot_density_per_a2**-0.5
        )
    return SideScores(
        positions_a=dots[:3].T,
        normals=dots[NORMAL_X : NORMAL_Z + 1].T,
        areas_a2=dots[AREA],
        atom_index=side.rows[dots[ATOM].astype(np.int64)],
        kind=dots[KIND].astype(np.int64),
        scores=scores,
        gaps_a=gaps,
        nearest=nearest,
    )


def _median(values: FloatArray) -> float:
    if not len(values):
        return float("nan")
    ordered = np.sort(values)  # numpy sorts faster than it selects
    return float(0.5 * (ordered[(len(values) - 1) // 2] + ordered[len(values) // 2]))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LocalComplementarity:
    """Score and gap of each atom or residue that has dots, one row each."""

    #: Row of the atom, or label of the residue, in increasing order.
    index: IndexArray
    #: Dots that count.
    n_dots: IndexArray
    #: Their area in Å².
    trimmed_area_a2: FloatArray
    #: Of S over the dots.
    median_score: FloatArray
    mean_score: FloatArray
    #: Of the distance to the other surface in Å.
    median_gap_a: FloatArray
    mean_gap_a: FloatArray

    def __len__(self) -> int:
        return len(self.index)


def atom_complementarity(side: SideScores) -> LocalComplementarity:
    """Sum up one side by atom: where it is tight and where it gapes."""
    return _grouped(side, side.atom_index)


def residue_complementarity(
    side: SideScores, residue_index: npt.ArrayLike
) -> LocalComplementarity:
    """
    Sum up one side by residue.

    `residue_index` labels every atom that the result was computed from; ``index`` holds values
    of it.
    """
    labels: IndexArray = np.asarray(residue_index, dtype=np.int64)
    if len(side) and len(labels) <= side.atom_index.max():
        raise ParameterError(
            f"residue_index has {len(labels)} entries, but the side has atom "
            f"{side.atom_index.max()}; give one for every atom."
        )
    return _grouped(side, labels[side.atom_index])


def _grouped(side: SideScores, labels: IndexArray) -> LocalComplementarity:
    index, group, n_dots = np.unique(labels, return_inverse=True, return_counts=True)

    def sums(values: FloatArray) -> FloatArray:
        return np.bincount(group, values, len(index)).astype(np.float64)

    def medians(values: FloatArray) -> FloatArray:
        # All at once: sorted by group and value, the middle ones taken.
        ordered = values[np.lexsort((values, group))]
        first = np.cumsum(n_dots) - n_dots
        low, high = ordered[first + (n_dots - 1) // 2], ordered[first + n_dots // 2]
        middle: FloatArray = 0.5 * (low + high)
        return middle

    return LocalComplementarity(
        index=index,
        n_dots=n_dots,
        trimmed_area_a2=sums(side.areas_a2),
        median_score=medians(side.scores),
        mean_score=sums(side.scores) / n_dots,
        median_gap_a=medians(side.gaps_a),
        mean_gap_a=sums(side.gaps_a) / n_dots,
    )


# --- radii by residue and atom name ----------------------------------------------------------------


class _Rule(NamedTuple):
    residue: str
    prefix: str
    is_prefix: bool
    radius_a: float


@dataclass(frozen=True, slots=True)
class ElementRadius:
    """A kind of atom that no rule of the table names, so that its element gave the radius in Å."""

    residue_name: str
    atom_name: str
    element: str
    radius_a: float
    n_atoms: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScRadii:
    """Radii of a group of atoms."""

    #: Radius of each atom in Å; hydrogens have one too.
    radii_a: FloatArray
    #: Atoms that are not hydrogen, by element: Sc is computed from these.
    is_heavy: BoolArray
    #: Kinds of heavy atoms that got the radius of their element.
    by_element: tuple[ElementRadius, ...]


def sc_radii(
    residue_names: Iterable[str], atom_names: Iterable[str], elements: Iterable[str]
) -> ScRadii:
    """
    Look up the radii that the Lawrence-Colman program uses.

    The first rule that fits wins: those of the residue, then those for all residues, then the
    element. Names count only where the element agrees, so a calcium ion is no CA carbon, and the
    OH of tyrosine is an oxygen. An element that is empty or ``X`` is taken from the atom name;
    one without a radius is a `ParameterError`.

    References
    ----------
    Lawrence, M. C. & Colman, P. M. J. Mol. Biol. 234:946-950 (1993).

    Examples
    --------
    >>> radii = sc_radii(["TYR", "CA"], ["OH", "CA"], ["O", "CA"])
    >>> radii.radii_a.tolist(), radii.by_element[0].element
    ([1.7, 2.31], 'CA')
    """
    try:
        atoms = list(zip(residue_names, atom_names, elements, strict=True))
    except ValueError as error:
        raise ParameterError(
            "names and elements must have one entry per atom."
        ) from error
    found: dict[tuple[str, str, str], tuple[float, bool]] = {}
    by_element = []
    for (residue, atom, element), n_atoms in sorted(Counter(atoms).items()):
        symbol = _element(atom, element)
        radius_a, is_by_element = _radius(residue, atom, symbol)
        is_heavy = symbol not in HYDROGENS
        found[residue, atom, element] = radius_a, is_heavy
        if is_by_element and is_heavy:
            names = str(residue), str(atom), symbol
            by_element.append(ElementRadius(*names, radius_a, n_atoms))
    return ScRadii(
        radii_a=np.array([found[atom][0] for atom in atoms], dtype=np.float64),
        is_heavy=np.array([found[atom][1] for atom in atoms], dtype=np.bool_),
        by_element=tuple(by_element),
    )


def _element(atom_name: str, element: str) -> str:
    symbol = element.strip().upper()
    if symbol not in UNKNOWN_ELEMENTS:
        return symbol
    return next((letter for letter in atom_name.upper() if letter.isalpha()), "")


@functools.cache
def _radius(residue_name: str, atom_name: str, element: str) -> tuple[float, bool]:
    """Radius of a kind of atom, and whether its element alone decided."""
    residue, atom = residue_name.strip().upper(), atom_name.strip().upper()
    symbol = "H" if element == "D" else element
    rules, by_element = _tables()
    for rule in rules:
        if rule.residue not in (residue, ANY_RESIDUE) or rule.prefix[0] != symbol:
            continue
        if atom == rule.prefix or (rule.is_prefix and atom.startswith(rule.prefix)):
            return rule.radius_a, False
    if symbol not in by_element:
        raise ParameterError(
            f"no radius for element {symbol!r} (atom {atom_name} of {residue_name}); "
            "leave the atom out or give its radius yourself."
        )
    return by_element[symbol], True


@functools.cache
def _tables() -> tuple[tuple[_Rule, ...], dict[str, float]]:
    rules, by_element = [], {}
    for row in rows_of("sc_radii.csv"):
        pattern, radius = row["atom"], float(row["radius_a"])
        if row["residue"] == ELEMENT_RULE:
            by_element[pattern] = radius
        else:
            prefix, star, _ = pattern.partition("*")
            rules.append(_Rule(row["residue"], prefix, bool(star), radius))
    return tuple(rules), by_element
