"""One row an interface: areas, counts and estimates."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from il2struct.arrays import BoolArray, FloatArray, IndexArray
from il2struct.bond_kinds import KINDS
from il2struct.bonds.find import Bonds
from il2struct.errors import ParameterError
from il2struct.interface.burial import BURIAL_FRACTIONS, MIN_BURIED_A2
from il2struct.interface.estimates import (
    affinity_estimate,
    residue_contact_counts,
    solvation_energy,
    surface_character,
)
from il2struct.interface.interface import Interface
from il2struct.results.columns import gap_edges
from il2struct.structure.alignment import FOREIGN_STATUS
from il2struct.structure.named import NamedEntry
from il2struct.tables import column_names, frame

if TYPE_CHECKING:
    import pandas as pd


def interface_residues(interface: Interface, side: int) -> tuple[BoolArray, FloatArray]:
    """
    Which residues of a side belong to the interface, and how near they come to the partner.

    Parameters
    ----------
    interface : Interface
    side : int
        1 or 2.

    Returns
    -------
    is_interface : ndarray of bool
        Buried area above zero and a heavy atom within the contact cut-off; one element for each
        residue of the side's `ResidueBurial`.
    distance_a : ndarray
        Smallest heavy-atom distance, NaN beyond the cut-off.
    """
    burial = interface.burial.sides[side - 1].residues
    contacts = interface.contacts
    touching = (contacts.residue_1, contacts.residue_2)[side - 1]
    distance = np.full(len(burial.residue_index), np.inf)
    place = np.searchsorted(burial.residue_index, touching)
    np.minimum.at(distance, place, contacts.distance_a)
    is_near = np.isfinite(distance)
    return is_near & (burial.buried_a2 > MIN_BURIED_A2), np.where(
        is_near, distance, np.nan
    )


def interface_table(
    named: NamedEntry, interfaces: Sequence[Interface]
) -> "pd.DataFrame":
    """
    Sum up every interface in one row: the table ``interfaces``.

    Parameters
    ----------
    named : NamedEntry
    interfaces : sequence of Interface
    """
    edges = gap_edges(named)
    rows = [_interface_row(named, interface, edges) for interface in interfaces]
    names = column_names("interfaces")
    return frame("interfaces", {name: [row[name] for row in rows] for name in names})


def _interface_row(
    named: NamedEntry, interface: Interface, edges: BoolArray
) -> dict[str, Any]:
    burial = interface.burial
    sides = burial.sides
    parameters = interface.parameters
    row: dict[str, Any] = {
        "entry_id": named.entry.entry_id,
        "complex_id": interface.complex_id,
        "interface_id": interface.interface_id,
        "n_copies": interface.n_copies,
        "area_per_side_a2": burial.area_per_side_a2,
        "area_total_a2": burial.area_total_a2,
        "area_1_a2": sides[0].area_a2,
        "area_2_a2": sides[1].area_a2,
        "area_with_glycans_per_side_a2": burial.area_with_glycans_per_side_a2,
        "n_atom_pairs": len(interface.contacts.atom_1),
        "n_residue_pairs": len(interface.contacts.residue_1),
        "preset": parameters.criteria.name,
        "probe_radius_a": parameters.burial.probe_radius_a,
        "n_slices": parameters.burial.n_slices,
        "contact_cutoff_a": parameters.contact_cutoff_a,
    }
    for kind in ("apolar", "polar", "charged"):
        row[f"area_{kind}_a2"] = sum(getattr(side, f"area_{kind}_a2") for side in sides)
    for number, partner in enumerate(interface.sides, start=1):
        images = partner.images
        row[f"role_{number}"] = partner.role
        row[f"auth_asym_id_{number}"] = ",".join(image.auth_asym_id for image in images)
        row[f"operator_{number}"] = ",".join(image.symmetry_code for image in images)
    return (
        row
        | _residue_counts(named, interface, edges)
        | _bond_counts(interface.bonds)
        | _pair_counts(interface)
        | _estimates(interface)
        | _fit_numbers(interface)
    )


def _fit_numbers(interface: Interface) -> dict[str, Any]:
    """Shape complementarity; empty where it was not asked for."""
    names = (
        "sc",
        "sc_1_to_2",
        "sc_2_to_1",
        "median_distance_a",
        "trimmed_area_a2",
        "sc_error",
        "sc_converged",
        "sc_converged_error",
        "sc_with_glycans",
        "dot_density_per_a2",
    )
    row: dict[str, Any] = dict.fromkeys(names, math.nan) | {"n_dots": None}
    fit = interface.complementarity
    if fit is None:
        return row
    result, uncertainty = fit.result, fit.uncertainty
    row |= {name: getattr(result, name) for name in names[:5]}
    row |= {
        "n_dots": result.n_dots,
        "sc_with_glycans": fit.sc_with_glycans,
        "dot_density_per_a2": result.parameters.dot_density_per_a2,
    }
    if uncertainty is not None:
        row |= {
            "sc_error": uncertainty.sc_error,
            "sc_converged": uncertainty.converged.sc,
            "sc_converged_error": uncertainty.converged.error,
        }
    return row


def _estimates(interface: Interface) -> dict[str, float]:
    """Estimated energies; NaN where a formula does not apply."""
    partners = interface.sides
    burials = interface.burial.sides
    prepared = (partners[0].prepared, partners[1].prepared)
    names = np.concatenate([burial.residues.name for burial in burials])
    relative = np.concatenate([burial.residues.relative_complex for burial in burials])
    try:
        surface = surface_character(names, relative)
    except ParameterError:  # no amino acid at the surface: nucleic acid
        dg_kcal = kd_m = math.nan
    else:
        contacts = residue_contact_counts(partners[0], partners[1])
        affinity = affinity_estimate(contacts, surface)
        dg_kcal, kd_m = affinity.dg_kcal, affinity.kd_m
    return {
        "solvation_estimate_kcal": solvation_energy(prepared, burials).energy_kcal,
        "affinity_estimate_kcal": dg_kcal,
        "affinity_estimate_kd_m": kd_m,
    }


def _residue_counts(
    named: NamedEntry, interface: Interface, edges: BoolArray
) -> dict[str, int]:
    classes, fractions, statuses, at_edge = [], [], [], []
    counts: dict[str, int] = {}
    for side in (1, 2):
        partner, burial = interface.sides[side - 1], interface.burial.sides[side - 1]
        residues = burial.residues
        is_interface, _ = interface_residues(interface, side)
        counts[f"n_residues_{side}"] = int(is_interface.sum())
        rows: IndexArray = partner.residue_row(residues.residue_index[is_interface])
        classes.append(residues.class_levy)
        fractions.append(residues.buried_fraction)
        statuses.append(named.numbers.status[rows])
        at_edge.append(edges[rows])
    for name in ("core", "support", "rim"):
        counts[f"n_{name}_levy"] = int((np.concatenate(classes) == name).sum())
    fraction = np.nan_to_num(np.concatenate(fractions))
    for threshold in BURIAL_FRACTIONS:
        counts[f"n_buried_{threshold * 100:.0f}"] = int((fraction >= threshold).sum())
    status = np.concatenate(statuses)
    return counts | {
        "n_tag": int(np.isin(status, FOREIGN_STATUS).sum()),
        "n_mutation": int((status == "mutation").sum()),
        "n_gap_edge": int(np.concatenate(at_edge).sum()),
    }


def bonded_pairs(interface: Interface, mask: BoolArray) -> IndexArray:
    """
    Residue pairs that some of the bonds join, each pair once.

    Parameters
    ----------
    interface : Interface
    mask : ndarray of bool, shape=(len(interface.bonds),)

    Returns
    -------
    ndarray of int, shape=(n, 2)
        ``residue_index`` on side 1 and side 2, sorted.
    """
    bonds = interface.bonds
    sides = zip(
        interface.sides, (bonds.index_1[mask], bonds.index_2[mask]), strict=True
    )
    residues = [partner.prepared.atoms.residue_index[rows] for partner, rows in sides]
    return np.unique(np.stack(residues, axis=1), axis=0)


def is_polar(bonds: Bonds) -> BoolArray:
    """Mask of the hydrogen bonds that are counted and of salt bridges, glycans aside."""
    mask: BoolArray = (
        bonds.is_plain_hydrogen_bond | bonds.is_salt_bridge
    ) & ~bonds.is_glycan_mediated
    return mask


def _pair_counts(interface: Interface) -> dict[str, int]:
    polar = is_polar(interface.bonds)
    salt = polar & interface.bonds.is_salt_bridge
    return {
        "n_bonded_atom_pairs": int(polar.sum()),
        "n_bonded_residue_pairs": len(bonded_pairs(interface, polar)),
        "n_salt_bridged_residue_pairs": len(bonded_pairs(interface, salt)),
    }


def _bond_counts(bonds: Bonds) -> dict[str, int]:
    direct = bonds.is_hydrogen_bond & ~bonds.is_glycan_mediated
    counts = {
        "n_hydrogen_bond": int((direct & bonds.is_plain_hydrogen_bond).sum()),
        "n_needs_flip": int((direct & bonds.needs_flip).sum()),
        "n_needs_protonation": int((direct & bonds.needs_protonation).sum()),
    }
    for kind in KINDS.values():
        if kind.name == "hydrogen_bond":
            continue
        mask = bonds.is_kind[kind.name]
        bare = mask if kind.counts_glycans else mask & ~bonds.is_glycan_mediated
        counts[f"n_{kind.name}"] = int(bare.sum())
    return counts | {"n_glycan_mediated": int(bonds.is_glycan_mediated.sum())}
