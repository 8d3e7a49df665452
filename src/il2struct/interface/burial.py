"""Buried area of two sides: per atom, per residue, by kind of surface and by class."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from il2struct.arrays import BoolArray, FloatArray, IndexArray, StrArray
from il2struct.data import rows_of
from il2struct.kernels.cells import near_mask
from il2struct.kernels.sasa import accessible_areas, buried_areas
from il2struct.structure.model import Atoms, Side

#: Radius of a water probe in Å (Lee & Richards 1971).
PROBE_RADIUS_A: Final = 1.4
#: Residues with less than this relative accessible area are inside (Levy 2010).
LEVY_THRESHOLD: Final = 0.25
#: Buried fractions at which residues are counted (EPPIC uses 0.70 and 0.95; Duarte 2012).
BURIAL_FRACTIONS: Final = (0.70, 0.80, 0.90, 0.95)
#: No atom of a glycan is larger, in Å: C, N, O, and S of sulphates (Tsai 1999, Bondi 1964).
LARGEST_GLYCAN_RADIUS_A: Final = 2.0
#: Less buried area than this, in Å², is rounding and not burial.
MIN_BURIED_A2: Final = 1e-6
#: Radii by element for atoms that ProtOr does not name, in Å (Bondi, J. Phys. Chem. 68:441, 1964;
#: metals and Se as in freesasa's element table).
ELEMENT_RADIUS_A: Final[dict[str, float]] = {
    "H": 1.10, "D": 1.10, "C": 1.70, "N": 1.55, "O": 1.52, "F": 1.47, "P": 1.80, "S": 1.80,
    "CL": 1.75, "SE": 1.90, "BR": 1.83, "I": 1.98, "NA": 2.27, "MG": 1.73, "K": 2.75, "CA": 2.31,
    "ZN": 1.39,
}  # fmt: skip
#: Side chain atoms that carry a charge at pH 7.
CHARGED_ATOMS: Final = {
    "ASP": ("OD1", "OD2"), "GLU": ("OE1", "OE2"), "LYS": ("NZ",), "ARG": ("NE", "NH1", "NH2"),
}  # fmt: skip
#: For any other element, that of carbon.
OTHER_RADIUS_A: Final = 1.70


@dataclass(frozen=True, slots=True, kw_only=True)
class BurialParameters:
    """What defines an area."""

    probe_radius_a: float = PROBE_RADIUS_A
    #: Slices an atom for areas by Lee & Richards, as other programs find them; None: exact areas.
    n_slices: int | None = None
    #: Name of the radius table.
    radii: str = "ProtOr"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AtomRadii:
    """Radius of each atom in Å, and the atoms that are not in the table."""

    radii_a: FloatArray
    #: Residue name, atom name and element of the kinds that ProtOr does not name.
    by_element: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FreeSurface:
    """Heavy atoms of a side and their accessible area when the side stands alone."""

    #: Rows of ``side.atoms`` that are heavy atoms; the next columns have a value for each.
    rows: IndexArray
    radii: AtomRadii
    sasa_a2: FloatArray
    #: What kind of surface it is; polar where it is neither.
    is_apolar: BoolArray
    is_charged: BoolArray
    #: Which of the residues below it belongs to.
    residue_place: IndexArray
    #: Values of ``Atoms.residue_index``, ascending, and names.
    residue_index: IndexArray
    residue_name: StrArray
    #: Accessible area of a residue in Gly-X-Gly (Miller 1987); NaN for those not in that table.
    residue_max_a2: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ResidueBurial:
    """Areas of the residues of one side, one element for each residue of the side."""

    #: Values of ``Atoms.residue_index``, ascending, and names.
    residue_index: IndexArray
    name: StrArray
    #: Accessible area alone, what of it the partner takes, and their quotient, NaN where nothing
    #: is accessible.
    sasa_free_a2: FloatArray
    buried_a2: FloatArray
    buried_fraction: FloatArray
    #: Accessible area alone and in the complex over that of Gly-X-Gly (Miller 1987); NaN for
    #: residues not in that table.
    relative_free: FloatArray
    relative_complex: FloatArray
    #: ``core``, ``support`` or ``rim`` (Levy 2010); empty where nothing is buried or the relative
    #: area is not known.
    class_levy: StrArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SideBurial:
    """Buried area of one side: by atom, by residue, and summed over the kinds of surface."""

    #: Rows of ``side.atoms`` (heavy atoms) that the next two arrays speak of.
    rows: IndexArray
    sasa_free_a2: FloatArray
    buried_a2: FloatArray
    residues: ResidueBurial
    area_a2: float
    area_apolar_a2: float
    area_polar_a2: float
    area_charged_a2: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Burial:
    """Buried area of an interface, of protein (or nucleic) heavy atoms only."""

    sides: tuple[SideBurial, SideBurial]
    #: (ASA1 + ASA2 - ASA12) / 2, and twice that.
    area_per_side_a2: float
    area_total_a2: float
    #: The same with the glycans of both sides; equal where there are none.
    area_with_glycans_per_side_a2: float


@cache
def _protor_table() -> dict[tuple[str, str], float]:
    """Radius in Å by residue and atom name."""
    return {
        (residue, atom): float(row["radius_a"])
        for row in rows_of("protor_radii.csv")
        for residue in row["residues"].split()
        for atom in row["atoms"].split()
    }


def protor_radii(atoms: Atoms) -> AtomRadii:
    """
    Look up the ProtOr radius of each atom, the element's where there is none.

    Tsai, Taylor, Chothia & Gerstein, J. Mol. Biol. 290:253 (1999); ``data/protor_radii.csv``.
    """
    names = (atoms.residue_name, atoms.atom_name, atoms.element)
    every = list(zip(*(column.tolist() for column in names), strict=True))
    kinds = sorted(set(every))
    table = _protor_table()
    known = [table.get((residue.strip(), name.strip())) for residue, name, _ in kinds]
    radius_of = dict(zip(kinds, known, strict=True))
    by_element = tuple(kind for kind, radius in radius_of.items() if not radius)
    for kind in by_element:
        radius_of[kind] = ELEMENT_RADIUS_A.get(kind[2], OTHER_RADIUS_A)
    radii = np.array([radius_of[kind] for kind in every], dtype=np.float64)
    return AtomRadii(radii_a=radii, by_element=by_element)


def free_surface(
    side: Side,
    *,
    parameters: BurialParameters,
    sasa_a2: FloatArray | None = None,
    asked: BoolArray | None = None,
) -> FreeSurface:
    """
    Compute the accessible area of a side alone.

    Of some atoms only, if they are `asked` for (a mask); of the others that of the heavy atoms may be
    given, else it is 0.

    With slices the numbers are those of freesasa to 1e-9 Å² an atom, which a test holds.

    References
    ----------
    Lee & Richards, J. Mol. Biol. 55:379 (1971); Richmond, J. Mol. Biol. 178:63 (1984).
    """
    rows = np.flatnonzero(~side.atoms.is_hydrogen)
    atoms = side.atoms.select(rows)
    radii = protor_radii(atoms)
    index, first, place = np.unique(
        atoms.residue_index, return_index=True, return_inverse=True
    )
    names = atoms.residue_name[first]
    table = {r["residue_name"]: r["max_area_a2"] for r in rows_of("max_areas.csv")}
    largest = [float(table.get(name, "nan")) for name in names.tolist()]
    measured = np.ones(len(rows), dtype=np.bool_) if asked is None else asked[rows]
    around = measured
    if asked is not None:
        around = near_mask(
            atoms.coords, atoms.coords[measured], reach_a(radii, parameters)
        )
    areas_a2 = np.zeros(len(rows)) if sasa_a2 is None else sasa_a2.copy()
    areas_a2[measured] = accessible_areas(
        atoms.coords[around],
        radii.radii_a[around],
        probe_radius_a=parameters.probe_radius_a,
        n_slices=parameters.n_slices,
    )[measured[around]]
    return FreeSurface(
        rows=rows,
        radii=radii,
        sasa_a2=areas_a2,
        is_apolar=~np.isin(atoms.element, ("N", "O")),
        is_charged=is_charged(atoms),
        residue_place=place,
        residue_index=index,
        residue_name=names,
        residue_max_a2=np.array(largest, dtype=np.float64),
    )


def reach_a(radii: AtomRadii, parameters: BurialParameters) -> float:
    """Within this of each other, in Å, one of some atoms can cover another."""
    largest_a = float(radii.radii_a.max(initial=0.0))
    return 2.0 * (largest_a + parameters.probe_radius_a)


def is_charged(atoms: Atoms) -> BoolArray:
    """Mask of the N and O atoms that carry a charge at pH 7: Asp, Glu, Lys, Arg, C-terminal OXT."""
    charged: BoolArray = np.asarray(atoms.atom_name == "OXT")
    for residue, names in CHARGED_ATOMS.items():
        is_own = atoms.residue_name == residue
        charged = charged | (is_own & np.isin(atoms.atom_name, names))
    return charged


def burial_between(
    sides: tuple[Side, Side],
    surfaces: tuple[FreeSurface, FreeSurface],
    *,
    parameters: BurialParameters,
) -> Burial:
    """
    Area that two sides, whose surfaces are known, bury in each other, by local difference.

    References
    ----------
    Lee & Richards, J. Mol. Biol. 55:379 (1971); Levy, J. Mol. Biol. 403:660 (2010).
    """
    bare = [
        (side.atoms.coords[surface.rows], surface.radii.radii_a)
        for side, surface in zip(sides, surfaces, strict=True)
    ]
    lost_1, lost_2 = _buried_a2(bare, parameters)
    buried = _side_burial(surfaces[0], lost_1), _side_burial(surfaces[1], lost_2)
    total_a2 = with_glycans_a2 = buried[0].area_a2 + buried[1].area_a2
    # An atom that can lose area is within two expanded radii of the partner, and what covers it
    # within two more.
    largest_a = [float(radii_a.max(initial=0.0)) for _, radii_a in bare]
    reach_a = max(LARGEST_GLYCAN_RADIUS_A, *largest_a) + parameters.probe_radius_a
    if has_glycans_within(sides, 4.0 * reach_a):
        decorated = []
        for side, (coords, radii_a) in zip(sides, bare, strict=True):
            glycans = side.glycans.select(~side.glycans.is_hydrogen)
            radii = np.concatenate([radii_a, protor_radii(glycans).radii_a])
            decorated.append((np.concatenate([coords, glycans.coords]), radii))
        areas = _buried_a2(decorated, parameters)
        with_glycans_a2 = float(areas[0].sum() + areas[1].sum())
    return Burial(
        sides=buried,
        area_per_side_a2=total_a2 / 2,
        area_total_a2=total_a2,
        area_with_glycans_per_side_a2=with_glycans_a2 / 2,
    )


def _buried_a2(
    atoms: Sequence[tuple[FloatArray, FloatArray]], parameters: BurialParameters
) -> tuple[FloatArray, FloatArray]:
    """Area that each atom of two sides, given by coordinates and radii, loses to the other."""
    (coords_1, radii_1), (coords_2, radii_2) = atoms
    buried = buried_areas(
        coords_1,
        radii_1,
        coords_2,
        radii_2,
        probe_radius_a=parameters.probe_radius_a,
        n_slices=parameters.n_slices,
    )
    return buried.buried_1_a2, buried.buried_2_a2


def _side_burial(surface: FreeSurface, buried_a2: FloatArray) -> SideBurial:
    apolar, charged = surface.is_apolar, surface.is_charged
    count, largest = len(surface.residue_index), surface.residue_max_a2
    free, lost = (
        np.bincount(surface.residue_place, areas, minlength=count).astype(np.float64)
        for areas in (surface.sasa_a2, buried_a2)
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        fraction = np.where(free > 0, lost / free, np.nan)
    relative_free, relative_complex = free / largest, (free - lost) / largest
    return SideBurial(
        rows=surface.rows,
        sasa_free_a2=surface.sasa_a2,
        buried_a2=buried_a2,
        residues=ResidueBurial(
            residue_index=surface.residue_index,
            name=surface.residue_name,
            sasa_free_a2=free,
            buried_a2=lost,
            buried_fraction=fraction,
            relative_free=relative_free,
            relative_complex=relative_complex,
            class_levy=levy_classes(
                relative_free, relative_complex, lost > MIN_BURIED_A2
            ),
        ),
        area_a2=float(buried_a2.sum()),
        area_apolar_a2=float(buried_a2[apolar].sum()),
        area_polar_a2=float(buried_a2[~apolar & ~charged].sum()),
        area_charged_a2=float(buried_a2[charged].sum()),
    )


def levy_classes(
    relative_free: FloatArray, relative_complex: FloatArray, is_buried: BoolArray
) -> StrArray:
    """
    Sort residues that lose area into core, support and rim (Levy, J. Mol. Biol. 403:660, 2010).

    Core residues are exposed alone and inside in the complex; support residues are inside in
    both; rim residues stay exposed. Empty where nothing is buried or a relative accessible area
    is NaN.

    Examples
    --------
    >>> levy_classes(np.array([0.6, 0.2, 0.6]), np.array([0.1, 0.1, 0.4]), np.full(3, True)).tolist()
    ['core', 'support', 'rim']
    """
    known = is_buried & ~np.isnan(relative_free) & ~np.isnan(relative_complex)
    inside_alone = relative_free < LEVY_THRESHOLD
    inside = relative_complex < LEVY_THRESHOLD
    return np.select(
        [known & inside_alone, known & inside, known],
        ["support", "core", "rim"],
        default="",
    )


def levy_margins(
    relative_free: FloatArray, relative_complex: FloatArray, classes: StrArray
) -> FloatArray:
    """
    Measure how near to the threshold of another class each residue is; NaN without a class.

    Examples
    --------
    >>> levy_margins(np.array([0.6]), np.array([0.1]), np.array(["core"])).round(2).tolist()
    [0.15]
    """
    alone = np.abs(relative_free - LEVY_THRESHOLD)
    together = np.abs(relative_complex - LEVY_THRESHOLD)
    return np.select(
        [classes == "support", classes == "core", classes == "rim"],
        [alone, np.minimum(alone, together), together],
        default=np.nan,
    )


def has_glycans_within(sides: tuple[Side, Side], reach_a: float) -> bool:
    """Tell whether a glycan of one side comes near the other side, glycans of that included."""
    for side, other in (sides, sides[::-1]):
        around = np.concatenate([other.atoms.coords, other.glycans.coords])
        if near_mask(side.glycans.coords, around, reach_a).any():
            return True
    return False
