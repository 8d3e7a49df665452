"""Buried area of two sides: per atom, per residue, by kind of surface and by class."""

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from il2struct.arrays import BoolArray, FloatArray, IndexArray, StrArray
from il2struct.data import rows_of
from il2struct.interface.contacts import has_glycans_within
from il2struct.interface.radii import AtomRadii, protor_radii
from il2struct.kernels.sasa import buried_areas, lee_richards_areas
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


@dataclass(frozen=True, slots=True, kw_only=True)
class BurialParameters:
    """
    What defines an area.

    Attributes
    ----------
    probe_radius_a : float
        Radius of the water probe (Lee & Richards 1971).
    n_slices : int
        Slices an atom in the Lee-Richards integration, freesasa's default.
    radii : str
        Name of the radius table.
    """

    probe_radius_a: float = PROBE_RADIUS_A
    n_slices: int = 20
    radii: str = "ProtOr"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SurfaceResidues:
    """
    How the atoms of a surface make up residues.

    Attributes
    ----------
    residue_index : ndarray of int, shape=(m,)
        Values of ``Atoms.residue_index``, ascending.
    name : ndarray of str, shape=(m,)
        Residue names.
    max_area_a2 : ndarray, shape=(m,)
        Accessible area in Gly-X-Gly in Å² (Miller 1987); NaN for residues not in that table.
    place : ndarray of int, shape=(n,)
        Which of them each atom belongs to.
    """

    residue_index: IndexArray
    name: StrArray
    max_area_a2: FloatArray
    place: IndexArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FreeSurface:
    """
    Heavy atoms of a side and their accessible area when the side stands alone.

    Attributes
    ----------
    rows : ndarray of int, shape=(n,)
        Rows of ``side.atoms`` that are heavy atoms.
    radii : AtomRadii
        Of these atoms.
    sasa_a2 : ndarray, shape=(n,)
        Accessible area of each in Å².
    is_apolar, is_charged : ndarray of bool, shape=(n,)
        What kind of surface it is; polar where it is neither.
    residues : SurfaceResidues
        The residues of these atoms.
    """

    rows: IndexArray
    radii: AtomRadii
    sasa_a2: FloatArray
    is_apolar: BoolArray
    is_charged: BoolArray
    residues: SurfaceResidues


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ResidueBurial:
    """
    Areas of the residues of one side, one element for each residue of the side.

    Attributes
    ----------
    residue_index : ndarray of int
        Values of ``Atoms.residue_index``, ascending.
    name : ndarray of str
        Residue names.
    sasa_free_a2, buried_a2 : ndarray
        Accessible area alone and what of it the partner takes, in Å².
    buried_fraction : ndarray
        Their quotient, NaN where nothing is accessible.
    relative_free, relative_complex : ndarray
        Accessible area alone and in the complex over that of Gly-X-Gly (Miller 1987); NaN for
        residues not in that table.
    class_levy : ndarray of str
        ``core``, ``support`` or ``rim`` (Levy 2010); empty where nothing is buried or the
        relative area is not known.
    """

    residue_index: IndexArray
    name: StrArray
    sasa_free_a2: FloatArray
    buried_a2: FloatArray
    buried_fraction: FloatArray
    relative_free: FloatArray
    relative_complex: FloatArray
    class_levy: StrArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SideBurial:
    """
    Buried area of one side.

    Attributes
    ----------
    rows : ndarray of int, shape=(n,)
        Rows of ``side.atoms`` (heavy atoms) that the arrays below speak of.
    sasa_free_a2, buried_a2 : ndarray, shape=(n,)
        Per atom, in Å².
    residues : ResidueBurial
        Per residue.
    area_a2, area_apolar_a2, area_polar_a2, area_charged_a2 : float
        Sums of ``buried_a2`` over all atoms and over the three kinds of surface.
    """

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
    """
    Buried area of an interface.

    Attributes
    ----------
    side_1, side_2 : SideBurial
        Protein (or nucleic) heavy atoms only.
    area_per_side_a2, area_total_a2 : float
        (ASA1 + ASA2 - ASA12) / 2, and twice that.
    area_with_glycans_per_side_a2 : float
        The same with the glycans of both sides; equal where there are none.
    """

    side_1: SideBurial
    side_2: SideBurial
    area_per_side_a2: float
    area_total_a2: float
    area_with_glycans_per_side_a2: float


def free_surface(side: Side, *, parameters: BurialParameters) -> FreeSurface:
    """
    Compute the accessible area of a side alone.

    The numbers are those of freesasa to 1e-9 Å² an atom, which a test holds; the compiled kernel
    is several times as fast.

    Parameters
    ----------
    side : Side
    parameters : BurialParameters

    References
    ----------
    Lee & Richards, J. Mol. Biol. 55:379 (1971); Mitternacht, F1000Research 5:189 (2016).
    """
    rows = np.flatnonzero(~side.atoms.is_hydrogen)
    atoms = side.atoms.select(rows)
    radii = protor_radii(atoms)
    areas = lee_richards_areas(
        atoms.coords,
        radii.radii_a,
        probe_radius_a=parameters.probe_radius_a,
        n_slices=parameters.n_slices,
    )
    return FreeSurface(
        rows=rows,
        radii=radii,
        sasa_a2=areas,
        is_apolar=~np.isin(atoms.element, ("N", "O")),
        is_charged=is_charged(atoms),
        residues=_surface_residues(atoms),
    )


def _surface_residues(atoms: Atoms) -> SurfaceResidues:
    index, first, place = np.unique(
        atoms.residue_index, return_index=True, return_inverse=True
    )
    names = atoms.residue_name[first]
    largest = [_max_areas().get(name, np.nan) for name in names.tolist()]
    return SurfaceResidues(
        residue_index=index,
        name=names,
        max_area_a2=np.array(largest, dtype=np.float64),
        place=place,
    )


def burial_between(
    sides: tuple[Side, Side],
    surfaces: tuple[FreeSurface, FreeSurface],
    *,
    parameters: BurialParameters,
) -> Burial:
    """
    Area that two sides bury in each other, by local difference.

    Parameters
    ----------
    sides : tuple of Side
    surfaces : tuple of FreeSurface
        Of the same sides.
    parameters : BurialParameters

    References
    ----------
    Lee & Richards, J. Mol. Biol. 55:379 (1971); Levy, J. Mol. Biol. 403:660 (2010).
    """
    coords = [
        side.atoms.coords[surface.rows]
        for side, surface in zip(sides, surfaces, strict=True)
    ]
    buried = buried_areas(
        coords[0],
        surfaces[0].radii.radii_a,
        coords[1],
        surfaces[1].radii.radii_a,
        probe_radius_a=parameters.probe_radius_a,
        n_slices=parameters.n_slices,
    )
    side_1 = _side_burial(surfaces[0], buried.buried_1_a2)
    side_2 = _side_burial(surfaces[1], buried.buried_2_a2)
    total = side_1.area_a2 + side_2.area_a2
    return Burial(
        side_1=side_1,
        side_2=side_2,
        area_per_side_a2=total / 2,
        area_total_a2=total,
        area_with_glycans_per_side_a2=_with_glycans(sides, surfaces, total, parameters)
        / 2,
    )


def _reach_a(
    surfaces: tuple[FreeSurface, FreeSurface], parameters: BurialParameters
) -> float:
    """Distance from the partner beyond which an atom covers nothing that could be buried, in Å."""
    largest = max(
        LARGEST_GLYCAN_RADIUS_A,
        *(float(surface.radii.radii_a.max(initial=0.0)) for surface in surfaces),
    )
    # An atom that can lose area is within two expanded radii, and what covers it within two more.
    return 4.0 * (largest + parameters.probe_radius_a)


def _with_glycans(
    sides: tuple[Side, Side],
    surfaces: tuple[FreeSurface, FreeSurface],
    total_a2: float,
    parameters: BurialParameters,
) -> float:
    """Total buried area with the glycans of both sides, in Å²."""
    if not has_glycans_within(sides, _reach_a(surfaces, parameters)):
        return total_a2
    coords, radii = [], []
    for side, surface in zip(sides, surfaces, strict=True):
        glycans = side.glycans.select(~side.glycans.is_hydrogen)
        coords.append(np.concatenate([side.atoms.coords[surface.rows], glycans.coords]))
        radii.append(
            np.concatenate([surface.radii.radii_a, protor_radii(glycans).radii_a])
        )
    buried = buried_areas(
        coords[0],
        radii[0],
        coords[1],
        radii[1],
        probe_radius_a=parameters.probe_radius_a,
        n_slices=parameters.n_slices,
    )
    return float(buried.buried_1_a2.sum() + buried.buried_2_a2.sum())


def _side_burial(surface: FreeSurface, buried_a2: FloatArray) -> SideBurial:
    apolar, charged = surface.is_apolar, surface.is_charged
    return SideBurial(
        rows=surface.rows,
        sasa_free_a2=surface.sasa_a2,
        buried_a2=buried_a2,
        residues=_residue_burial(surface, buried_a2),
        area_a2=float(buried_a2.sum()),
        area_apolar_a2=float(buried_a2[apolar].sum()),
        area_polar_a2=float(buried_a2[~apolar & ~charged].sum()),
        area_charged_a2=float(buried_a2[charged].sum()),
    )


def is_charged(atoms: Atoms) -> BoolArray:
    """
    Mask of the N and O atoms that carry a charge at pH 7: Asp, Glu, Lys, Arg, C-terminal OXT.

    Parameters
    ----------
    atoms : Atoms
    """
    charged: BoolArray = np.asarray(atoms.atom_name == "OXT")
    for residue, names in (
        ("ASP", ("OD1", "OD2")),
        ("GLU", ("OE1", "OE2")),
        ("LYS", ("NZ",)),
        ("ARG", ("NE", "NH1", "NH2")),
    ):
        charged = charged | (
            (atoms.residue_name == residue) & np.isin(atoms.atom_name, names)
        )
    return charged


def _residue_burial(surface: FreeSurface, buried_a2: FloatArray) -> ResidueBurial:
    residues = surface.residues
    count, largest = len(residues.residue_index), residues.max_area_a2
    free, buried = (
        np.bincount(residues.place, areas, minlength=count).astype(np.float64)
        for areas in (surface.sasa_a2, buried_a2)
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        fraction = np.where(free > 0, buried / free, np.nan)
    relative_free, relative_complex = free / largest, (free - buried) / largest
    return ResidueBurial(
        residue_index=residues.residue_index,
        name=residues.name,
        sasa_free_a2=free,
        buried_a2=buried,
        buried_fraction=fraction,
        relative_free=relative_free,
        relative_complex=relative_complex,
        class_levy=levy_classes(
            relative_free, relative_complex, buried > MIN_BURIED_A2
        ),
    )


@cache
def _max_areas() -> dict[str, float]:
    return {
        row["residue_name"]: float(row["max_area_a2"])
        for row in rows_of("max_areas.csv")
    }


def levy_classes(
    relative_free: FloatArray, relative_complex: FloatArray, is_buried: BoolArray
) -> StrArray:
    """
    Sort residues that lose area into core, support and rim.

    Core residues are exposed alone and inside in the complex; support residues are inside in
    both; rim residues stay exposed.

    Parameters
    ----------
    relative_free, relative_complex : ndarray, shape=(n,)
        Relative accessible areas; NaN if not known.
    is_buried : ndarray of bool, shape=(n,)
        Whether the residue loses area.

    Returns
    -------
    ndarray of str
        Empty where nothing is buried or an area is not known.

    References
    ----------
    Levy, J. Mol. Biol. 403:660 (2010).

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
