"""
Numbers that users expect and that are estimates, each with its source and what speaks against it.

Solvation energy from atomic parameters, and affinity from contact counts (PRODIGY). Neither is a
measurement, and the affinity formula fails on the interleukin-2 receptor: see `AFFINITY_CAVEAT`.
"""

import math
from collections import Counter
from dataclasses import dataclass
from typing import Final

import numpy as np

from il2struct.arrays import FloatArray, StrArray
from il2struct.bonds.sides import PreparedSide
from il2struct.data import rows_of
from il2struct.errors import ParameterError
from il2struct.interface.burial import SideBurial
from il2struct.interface.interface import contacts_between
from il2struct.structure.model import Side

#: Gas constant in kcal/(mol K).
GAS_CONSTANT_KCAL: Final = 0.0019858775
#: Temperature of the dissociation constants, 25 °C.
TEMPERATURE_K: Final = 298.15
#: Longest heavy-atom distance in Å of a residue contact (Vangone & Bonvin 2015).
PRODIGY_CUTOFF_A: Final = 5.5
#: Relative accessibility from which a residue counts as surface (Vangone & Bonvin 2015).
PRODIGY_SURFACE_FRACTION: Final = 0.05
#: kcal/mol per contact, per percent of surface, and constant (Vangone & Bonvin 2015, eq. 1;
#: digits as in PRODIGY 2.4 ``IC_NIS``).
PRODIGY_CHARGED_CHARGED: Final = -0.09459
PRODIGY_CHARGED_APOLAR: Final = -0.10007
PRODIGY_POLAR_POLAR: Final = 0.19577
PRODIGY_APOLAR_POLAR: Final = -0.22671
PRODIGY_APOLAR_PERCENT: Final = 0.18681
PRODIGY_CHARGED_PERCENT: Final = 0.13810
PRODIGY_CONSTANT: Final = -15.9433

SOLVATION_CAVEAT: Final = "Solvation only: hydrogen bonds, salt bridges, shape and entropy of binding are not in it."
AFFINITY_CAVEAT: Final = (
    "Do not trust this for the interleukin-2 receptor: the formula gives IL-2/γc the affinity of "
    "IL-2/α and IL-2/β (12 to 170 nM), though IL-2/γc alone is too weak to measure (> 700 µM)."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResidueContactCounts:
    """Residue pairs in contact, by the character of both residues."""

    #: Pairs with a charged residue (Asp, Glu, Lys, Arg, His).
    n_charged_charged: int
    n_charged_polar: int
    n_charged_apolar: int
    #: Pairs without.
    n_polar_polar: int
    n_apolar_polar: int
    n_apolar_apolar: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SurfaceCharacter:
    """What the accessible residues of a complex are."""

    #: Accessible residues of the complex.
    n_residues: int
    #: Their shares, 0 to 1.
    apolar_fraction: float
    polar_fraction: float
    charged_fraction: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AffinityEstimate:
    """Affinity from contact counts."""

    #: Binding free energy in kcal/mol.
    dg_kcal: float
    #: Dissociation constant in mol/L at 25 °C.
    kd_m: float


#: Atom types of the solvation parameters, in the order of the weights below.
_ATOM_TYPES: Final = ("C", "N/O", "O-", "N+", "S")


def solvation_types(side: PreparedSide) -> FloatArray:
    """
    Shares (n, 5) that each atom has of the types C, N/O, O-, N+ and S.

    A carboxylate and a guanidinium carry one charge on two equal atoms, so each of these is half
    charged and half neutral. Histidine is neutral; hydrogens and other elements have no share.
    """
    atoms, chemistry = side.atoms, side.chemistry
    shares = np.zeros((len(atoms), len(_ATOM_TYPES)))
    carbon, neutral, negative, positive, sulfur = range(len(_ATOM_TYPES))
    shares[atoms.element == "C", carbon] = 1.0
    shares[np.isin(atoms.element, ["S", "SE"]), sulfur] = 1.0
    shares[np.isin(atoms.element, ["N", "O"]), neutral] = 1.0
    shares[chemistry.is_acid, neutral] = 0.5
    shares[chemistry.is_acid, negative] = 0.5
    polar = chemistry.polar
    is_base = chemistry.is_base[polar.row] & ~polar.is_flipped
    for is_charged, share in (
        (is_base & ~polar.is_trigonal, 1.0),
        (is_base & polar.is_trigonal & (polar.n_hydrogens == 2), 0.5),
    ):
        shares[polar.row[is_charged], positive] = share
        shares[polar.row[is_charged], neutral] = 1.0 - share
    return shares


def solvation_energy_kcal(
    sides: tuple[PreparedSide, PreparedSide], burials: tuple[SideBurial, SideBurial]
) -> float:
    """
    Estimate the free energy that two sides gain by leaving water; negative favours the interface.

    References
    ----------
    Eisenberg & McLachlan (1986) Nature 319:199.
    """
    rows = {row["atom_type"]: row for row in rows_of("solvation.csv")}
    sigma = np.array([float(rows[t]["sigma_cal_per_mol_a2"]) for t in _ATOM_TYPES])
    energies = [
        -(burial.buried_a2 @ solvation_types(side)[burial.rows]) @ sigma / 1000.0
        for side, burial in zip(sides, burials, strict=True)
    ]
    return float(sum(energies))


def _classes(names: StrArray, column: str) -> StrArray:
    table = {row["residue"]: row[column] for row in rows_of("residue_character.csv")}
    return np.array([table.get(name, "") for name in names.tolist()], dtype="U1")


def residue_contact_counts(side_1: Side, side_2: Side) -> ResidueContactCounts:
    """Count residue pairs of the 20 amino acids in contact by the character of the residues."""
    found = contacts_between(side_1.atoms, side_2.atoms, cutoff_a=PRODIGY_CUTOFF_A)
    classes = (
        _classes(side.atoms.residue_name[atom], "contact_class").tolist()
        for side, atom in ((side_1, found.closest_1), (side_2, found.closest_2))
    )
    counts = Counter("".join(sorted(pair)) for pair in zip(*classes, strict=True))
    return ResidueContactCounts(
        n_charged_charged=counts["CC"],
        n_charged_polar=counts["CP"],
        n_charged_apolar=counts["AC"],
        n_polar_polar=counts["PP"],
        n_apolar_polar=counts["AP"],
        n_apolar_apolar=counts["AA"],
    )


def surface_character(
    residue_name: StrArray, relative_sasa_fraction: FloatArray
) -> SurfaceCharacter:
    """
    Sort the accessible residues of a complex into apolar, polar and charged.

    Accessibility is that in the complex relative to an extended peptide, 0 to 1, NaN if unknown.
    In this classification His is polar, and so are Cys, Trp and Tyr.
    """
    if len(residue_name) != len(relative_sasa_fraction):
        raise ParameterError(
            f"surface_character needs one accessibility a residue, "
            f"not {len(relative_sasa_fraction)} for {len(residue_name)}."
        )
    classes = _classes(residue_name, "surface_class")
    is_surface = relative_sasa_fraction >= PRODIGY_SURFACE_FRACTION
    n_apolar, n_polar, n_charged = (
        int((is_surface & (classes == letter)).sum()) for letter in "APC"
    )
    n_residues = n_apolar + n_polar + n_charged
    if n_residues == 0:
        raise ParameterError(
            "surface_character found no accessible amino acid; "
            "give the relative accessibilities of the whole complex."
        )
    return SurfaceCharacter(
        n_residues=n_residues,
        apolar_fraction=n_apolar / n_residues,
        polar_fraction=n_polar / n_residues,
        charged_fraction=n_charged / n_residues,
    )


def affinity_estimate(
    contacts: ResidueContactCounts, surface: SurfaceCharacter
) -> AffinityEstimate:
    """
    Estimate an affinity from contacts within 5.5 Å and surface by the PRODIGY formula.

    The surface is that of the complex of the two partners alone.

    References
    ----------
    Vangone & Bonvin (2015) eLife 4:e07454; Xue et al. (2016) Bioinformatics 32:3676.
    """
    dg_kcal = (
        PRODIGY_CHARGED_CHARGED * contacts.n_charged_charged
        + PRODIGY_CHARGED_APOLAR * contacts.n_charged_apolar
        + PRODIGY_POLAR_POLAR * contacts.n_polar_polar
        + PRODIGY_APOLAR_POLAR * contacts.n_apolar_polar
        + PRODIGY_APOLAR_PERCENT * 100.0 * surface.apolar_fraction
        + PRODIGY_CHARGED_PERCENT * 100.0 * surface.charged_fraction
        + PRODIGY_CONSTANT
    )
    return AffinityEstimate(
        dg_kcal=dg_kcal, kd_m=math.exp(dg_kcal / (GAS_CONSTANT_KCAL * TEMPERATURE_K))
    )
