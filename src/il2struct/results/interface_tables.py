"""Tables on interfaces: summary, residues, contacts, bonds, how presets agree, shape complementarity."""

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from il2struct import complementarity
from il2struct.arrays import BoolArray, FloatArray, IndexArray
from il2struct.bond_kinds import KINDS
from il2struct.bonds.criteria import PRESETS
from il2struct.bonds.find import Bonds, concordance, find_bonds
from il2struct.errors import ParameterError
from il2struct.interface import estimates
from il2struct.interface.burial import (
    BURIAL_FRACTIONS,
    MIN_BURIED_A2,
    ResidueBurial,
    levy_margins,
)
from il2struct.interface.interface import Contacts, Interface
from il2struct.interface.unsatisfied import Unsatisfied
from il2struct.results.views import residue_of
from il2struct.structure.alignment import FOREIGN_STATUS
from il2struct.structure.ligands import Ligand, chemistry_source, ligands_of
from il2struct.structure.model import NO_NUMBER, Side
from il2struct.structure.named import NamedEntry
from il2struct.tables import (
    Columns,
    column_names,
    records,
    table_from_parts,
    table_from_rows,
)

if TYPE_CHECKING:
    import pandas as pd


def residue_columns(
    named: NamedEntry, side: Side, residue_index: IndexArray
) -> Columns:
    """
    Return names and numbers of some residues (``side.atoms.residue_index``) of a side.

    A table takes of them what its schema has.
    """
    rows = side.residue_row(residue_index)
    codes = np.array([image.symmetry_code for image in side.images], dtype=np.str_)
    residues, numbers = named.entry.residues, named.numbers
    return {
        "role": numbers.role[rows],
        "auth_asym_id": residues.auth_asym_id[rows],
        "operator": codes[side.image_of(residue_index)],
        "auth_number": residues.auth_number[rows],
        "ins_code": residues.ins_code[rows],
        "label_number": residues.label_number[rows],
        "uniprot_number": numbers.uniprot_number[rows],
        "mature_number": numbers.mature_number[rows],
        "residue_name": residues.name[rows],
        "status": numbers.status[rows],
        "reference_letter": numbers.reference_letter[rows],
    }


def _suffixed(columns: Columns, suffix: str) -> Columns:
    """Put a suffix (``_1`` or ``_2``) behind the names of columns."""
    return {name + suffix: column for name, column in columns.items()}


def _key(named: NamedEntry, interface: Interface, length: int) -> Columns:
    return {
        "entry_id": np.full(length, named.entry.entry_id),
        "complex_id": np.full(length, interface.complex_id),
        "interface_id": np.full(length, interface.interface_id),
    }


def gap_edges(named: NamedEntry) -> BoolArray:
    """Mask of residues (rows of ``Entry.residues``) beside a stretch without coordinates."""
    mask = np.zeros(len(named.entry.residues), dtype=np.bool_)
    for chain, role in zip(named.entry.protein_chains, named.roles, strict=True):
        padded = np.concatenate(([True], role.is_modelled, [True]))
        beside = ~padded[chain.position] | ~padded[chain.position + 2]
        # Without a deposited sequence every position is modelled, and skipped numbers tell.
        numbers = role.mature_number[chain.position]
        skips = (
            (np.diff(numbers) > 1)
            & (numbers[1:] != NO_NUMBER)
            & (numbers[:-1] != NO_NUMBER)
        )
        beside[:-1] |= skips
        beside[1:] |= skips
        mask[chain.residue_index] = beside
    return mask


def interface_residues(interface: Interface, side: int) -> tuple[BoolArray, FloatArray]:
    """Return which residues of side 1 or 2 are interface residues; see `residues_in_contact`."""
    burial = interface.burial.sides[side - 1].residues
    return residues_in_contact(burial, interface.contacts, side)


def residues_in_contact(
    burial: ResidueBurial, contacts: Contacts, side: int
) -> tuple[BoolArray, FloatArray]:
    """
    Return which residues of side 1 or 2 belong to the interface, and how near they come.

    One element for each residue of the side's `ResidueBurial`: buried area above zero and a heavy
    atom within the contact cut-off; the smallest heavy-atom distance in Å, NaN beyond the cut-off.
    """
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
    """Sum up every interface in one row: the table ``interfaces``."""
    edges = gap_edges(named)
    rows = [_interface_row(named, interface, edges) for interface in interfaces]
    return table_from_rows("interfaces", rows)


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
    polar = is_polar(interface.bonds)
    salt = polar & interface.bonds.is_salt_bridge
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
        | {
            "n_bonded_atom_pairs": int(polar.sum()),
            "n_bonded_residue_pairs": len(bonded_pairs(interface, polar)),
            "n_salt_bridged_residue_pairs": len(bonded_pairs(interface, salt)),
        }
        | _estimates(interface)
        | _fit_numbers(interface)
    )


def _fit_numbers(interface: Interface) -> dict[str, Any]:
    """Shape complementarity; empty where it was not asked for."""
    names = (
        *("sc", "sc_1_to_2", "sc_2_to_1", "median_distance_a", "trimmed_area_a2"),
        *("sc_error", "sc_error_sampling", "sc_error_coordinates"),
        *("sc_converged", "sc_converged_error", "sc_with_glycans"),
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
            "sc_error_sampling": uncertainty.sampling_error,
            "sc_error_coordinates": uncertainty.coordinate_error,
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
    # Made for proteins: a ligand has no amino acid, and so no relative area.
    is_of_proteins = all(
        np.isfinite(burial.residues.relative_complex).any() for burial in burials
    )
    try:
        surface = (
            estimates.surface_character(names, relative) if is_of_proteins else None
        )
    except ParameterError:  # no amino acid at the surface
        surface = None
    if surface is None:
        dg_kcal = kd_m = math.nan
    else:
        contacts = estimates.residue_contact_counts(partners[0], partners[1])
        affinity = estimates.affinity_estimate(contacts, surface)
        dg_kcal, kd_m = affinity.dg_kcal, affinity.kd_m
    return {
        "solvation_estimate_kcal": estimates.solvation_energy_kcal(prepared, burials),
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
    """Return the residue pairs that some bonds join, once each: ``residue_index``, shape=(n, 2)."""
    bonds = interface.bonds
    sides = zip(
        interface.sides, (bonds.index_1[mask], bonds.index_2[mask]), strict=True
    )
    one, two = (partner.prepared.atoms.residue_index[rows] for partner, rows in sides)
    # As single numbers, which are sorted many times faster than rows.
    n_two = int(two.max(initial=0)) + 1
    return np.stack(np.divmod(np.unique(one * n_two + two), n_two), axis=1)


def is_polar(bonds: Bonds) -> BoolArray:
    """Mask of the hydrogen bonds that are counted and of salt bridges, glycans aside."""
    mask: BoolArray = (
        bonds.is_plain_hydrogen_bond | bonds.is_salt_bridge
    ) & ~bonds.is_glycan_mediated
    return mask


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


def residue_table(named: NamedEntry, interfaces: Sequence[Interface]) -> "pd.DataFrame":
    """List the residues that lose area or touch the partner: the table ``residues``."""
    edges = gap_edges(named)
    parts = [
        _residue_rows(named, interface, side, edges)
        for interface in interfaces
        for side in (1, 2)
    ]
    return table_from_parts("residues", parts)


def _residue_rows(
    named: NamedEntry, interface: Interface, side: int, edges: BoolArray
) -> Columns:
    partner, burial = interface.sides[side - 1], interface.burial.sides[side - 1]
    residues = burial.residues
    is_interface, distance = interface_residues(interface, side)
    rows = np.flatnonzero((residues.buried_a2 > MIN_BURIED_A2) | np.isfinite(distance))
    index = residues.residue_index[rows]
    # By buried area, 1 the largest, for interface residues only.
    rank = np.full(len(is_interface), NO_NUMBER)
    order = np.flatnonzero(is_interface)
    order = order[np.argsort(-residues.buried_a2[order], kind="stable")]
    rank[order] = np.arange(1, len(order) + 1)
    named_columns = residue_columns(named, partner, index)
    return (
        _key(named, interface, len(rows))
        | named_columns
        | {
            "side": np.full(len(rows), side),
            "is_interface": is_interface[rows],
            "sasa_free_a2": residues.sasa_free_a2[rows],
            "buried_a2": residues.buried_a2[rows],
            "buried_fraction": residues.buried_fraction[rows],
            "relative_free": residues.relative_free[rows],
            "relative_complex": residues.relative_complex[rows],
            "class_levy": residues.class_levy[rows],
            "class_levy_margin": levy_margins(
                residues.relative_free[rows],
                residues.relative_complex[rows],
                residues.class_levy[rows],
            ),
            "distance_a": distance[rows],
            "is_gap_edge": edges[partner.residue_row(index)],
            "burial_rank": rank[rows],
            "bonded_to": np.array(
                _bonded_to(named, interface, side, index), dtype=np.str_
            ),
        }
    )


def _bonded_to(
    named: NamedEntry, interface: Interface, side: int, residue_index: IndexArray
) -> list[str]:
    """Names of the partner's residues that each residue is bonded to, with chains if several."""
    pairs = bonded_pairs(interface, is_polar(interface.bonds))
    other = interface.sides[2 - side]
    columns = residue_columns(named, other, pairs[:, 2 - side])
    many = len(other.images) > 1
    names = []
    for values in zip(*columns.values(), strict=True):
        row = dict(zip(columns, values, strict=True))
        if row["mature_number"] == NO_NUMBER:
            row["mature_number"] = None
        names.append((f"{row['auth_asym_id']}:" if many else "") + residue_of(row))
    mine = pairs[:, side - 1].tolist()
    return [
        " ".join(
            name for name, owner in zip(names, mine, strict=True) if owner == index
        )
        for index in residue_index.tolist()
    ]


def contact_table(named: NamedEntry, interfaces: Sequence[Interface]) -> "pd.DataFrame":
    """List the residue pairs within the contact cut-off: the table ``contacts``."""
    parts = []
    for interface in interfaces:
        contacts = interface.contacts
        columns = _key(named, interface, len(contacts.residue_1)) | {
            "distance_a": contacts.distance_a,
            "n_atom_pairs": contacts.n_atom_pairs,
        }
        for partner, residues, closest, suffix in zip(
            interface.sides,
            (contacts.residue_1, contacts.residue_2),
            (contacts.closest_1, contacts.closest_2),
            ("_1", "_2"),
            strict=True,
        ):
            named_columns = residue_columns(named, partner, residues)
            columns |= _suffixed(named_columns, suffix)
            columns["closest_atom" + suffix] = partner.atoms.atom_name[closest]
        parts.append(columns)
    return table_from_parts("contacts", parts)


def bond_table(named: NamedEntry, interfaces: Sequence[Interface]) -> "pd.DataFrame":
    """List every bond, one row an atom pair: the table ``bonds``."""
    residues = named.entry.residues
    parts = []
    for interface in interfaces:
        bonds = interface.bonds
        length = len(bonds.index_1)
        columns = _key(named, interface, length) | bonds.columns
        for side, rows in ((1, bonds.index_1), (2, bonds.index_2)):
            columns |= _atom_columns(named, interface, side, rows)
        has_water = bonds.water_residue_index != NO_NUMBER
        water = np.where(has_water, bonds.water_residue_index, 0)
        # Salt bridges keep the geometry of the hydrogen bond that they just miss.
        is_given = bonds.is_hydrogen_bond & (bonds.donor_side > 0)
        number = residues.auth_number[water]
        columns |= {
            "donor_side": np.where(is_given, bonds.donor_side, NO_NUMBER),
            "water_auth_asym_id": np.where(has_water, residues.auth_asym_id[water], ""),
            "water_auth_number": np.where(has_water, number, NO_NUMBER),
            "preset": np.full(length, interface.parameters.criteria.name),
        }
        parts.append(columns)
    return table_from_parts("bonds", parts)


def _atom_columns(
    named: NamedEntry, interface: Interface, side: int, rows: IndexArray
) -> Columns:
    """Columns of atoms at side 1 or 2 of a bond, by their rows in ``PreparedSide.atoms``."""
    partner = interface.sides[side - 1]
    atoms = partner.prepared.atoms
    residues = residue_columns(named, partner, atoms.residue_index[rows])
    return _suffixed(residues | {"atom_name": atoms.atom_name[rows]}, f"_{side}")


def unsatisfied_table(
    named: NamedEntry,
    interfaces: Sequence[Interface],
    unsatisfied: Sequence[tuple[Unsatisfied, Unsatisfied]],
) -> "pd.DataFrame":
    """List the buried polar atoms without a hydrogen bond: the table ``unsatisfied``."""
    parts = []
    for interface, both in zip(interfaces, unsatisfied, strict=True):
        for number, side, found in zip((1, 2), interface.sides, both, strict=True):
            rows = found.rows
            parts.append(
                _key(named, interface, len(rows))
                | residue_columns(named, side, side.atoms.residue_index[rows])
                | {
                    "side": np.full(len(rows), number),
                    "atom_name": side.atoms.atom_name[rows],
                    "is_donor": found.is_donor,
                    "is_acceptor": found.is_acceptor,
                    "sasa_free_a2": found.sasa_free_a2,
                    "has_water": found.has_water,
                    "preset": np.full(len(rows), interface.parameters.criteria.name),
                }
            )
    return table_from_parts("unsatisfied", parts)


def unsatisfied_count_table(
    named: NamedEntry,
    interfaces: Sequence[Interface],
    unsatisfied: Sequence[tuple[Unsatisfied, Unsatisfied]],
) -> "pd.DataFrame":
    """Count these atoms by interface: the table ``unsatisfied_counts``."""
    rows = [
        {
            "entry_id": named.entry.entry_id,
            "complex_id": interface.complex_id,
            "interface_id": interface.interface_id,
            "n_unsatisfied": sum(len(atoms.rows) for atoms in sides),
            "n_unsatisfied_1": len(sides[0].rows),
            "n_unsatisfied_2": len(sides[1].rows),
            "n_without_water": sum(int((~atoms.has_water).sum()) for atoms in sides),
            "area_per_side_a2": interface.burial.area_per_side_a2,
            "preset": interface.parameters.criteria.name,
        }
        for interface, sides in zip(interfaces, unsatisfied, strict=True)
    ]
    return table_from_rows("unsatisfied_counts", rows)


def concordance_table(
    named: NamedEntry, interfaces: Sequence[Interface]
) -> "pd.DataFrame":
    """
    Say of every hydrogen bond which presets find it: the table ``concordance``.

    Bonds that a preset finds only with a flip or a protonation do not count; the preset that the
    interfaces were measured with does not matter.
    """
    parts = []
    for interface in interfaces:
        sides = (interface.sides[0].prepared, interface.sides[1].prepared)
        agreed = concordance(
            {
                name: find_bonds(*sides, criteria=criteria)
                for name, criteria in PRESETS.items()
            }
        )
        columns = _key(named, interface, len(agreed.index_1)) | {
            "distance_a": agreed.distance_a,
            "n_presets": agreed.n_presets,
            "presets": np.array(
                [
                    " ".join(np.array(agreed.presets)[mask].tolist())
                    for mask in agreed.is_counted
                ],
                dtype=np.str_,
            ),
        }
        for side, rows in ((1, agreed.index_1), (2, agreed.index_2)):
            columns |= _atom_columns(named, interface, side, rows)
        parts.append(columns)
    return table_from_parts("concordance", parts)


#: Columns of a local score, fields of `LocalComplementarity` of the same name.
_LOCAL: Final = (
    *("n_dots", "trimmed_area_a2", "median_score", "mean_score", "median_gap_a"),
    "mean_gap_a",
)


class _ScoredSide(NamedTuple):
    """One side of an interface: its number, its atoms that have dots, and the dots."""

    number: int
    side: Side
    rows: IndexArray
    scores: complementarity.SideScores


def scored_sides(interface: Interface) -> tuple[_ScoredSide, ...]:
    """Return the sides of an interface that have dots: both, or none."""
    fit = interface.complementarity
    if fit is None:
        return ()
    first, second = interface.sides[0], interface.sides[1]
    return (
        _ScoredSide(1, first, fit.rows_1, fit.result.side_1),
        _ScoredSide(2, second, fit.rows_2, fit.result.side_2),
    )


def sc_table(
    table: str, named: NamedEntry, interfaces: Sequence[Interface]
) -> "pd.DataFrame":
    """List how well each residue fits (the table ``sc_residues``), or each atom (``sc_atoms``)."""
    parts = []
    for interface in interfaces:
        for number, side, rows, scores in scored_sides(interface):
            if table == "sc_atoms":
                local = complementarity.atom_complementarity(scores)
                atoms = side.atoms.select(rows[local.index])
                index = atoms.residue_index
                columns = {"atom_name": atoms.atom_name}
            else:
                own = side.atoms.residue_index[rows]
                local = complementarity.residue_complementarity(scores, own)
                index, columns = local.index, {}
            columns |= _key(named, interface, len(local))
            columns |= residue_columns(named, side, index)
            columns["side"] = np.full(len(local), number)
            columns |= {name: np.asarray(getattr(local, name)) for name in _LOCAL}
            parts.append(columns)
    return table_from_parts(table, parts)


#: Residues that coordinate an ion, or could bond to a ligand, are within this of it, in Å.
COORDINATION_A: Final = 3.5
#: Kinds of bonds that are counted for a ligand.
LIGAND_BONDS: Final = (
    *("hydrogen_bond", "salt_bridge", "metal_coordination"),
    *("halogen_bond", "pi_stacking", "cation_pi"),
)


def ligand_table(
    named: NamedEntry, whole: NamedEntry, interfaces: Sequence[Interface]
) -> "pd.DataFrame":
    """
    List the ligands of an entry with the chains that they touch.

    ``whole`` and ``interfaces`` are from `ligand_interfaces`; a ligand that touches no chain has a row
    as well.
    """
    covered: dict[tuple[str, str], list[str]] = defaultdict(list)
    for residue in records(residue_table(whole, interfaces)):
        # What holds an ion that is buried whole has no accessible area to lose.
        distance = residue["distance_a"]
        is_held = distance is not None and distance <= COORDINATION_A
        if residue["side"] == 1 and (residue["is_interface"] or is_held):
            key = residue["complex_id"], residue["interface_id"]
            covered[key].append(residue_of(residue))
    touched: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in records(interface_table(whole, interfaces)):
        key = row["complex_id"], row["interface_id"]
        touched[row["auth_asym_id_2"]].append(
            {
                "complex_id": row["complex_id"],
                "role": row["role_1"],
                "auth_asym_id": row["auth_asym_id_1"],
                "operator": row["operator_1"],
                "area_ligand_a2": row["area_2_a2"],
                "area_chain_a2": row["area_1_a2"],
                "n_residues": len(covered[key]),
                "residues": " ".join(covered[key]),
                **{f"n_{kind}": row[f"n_{kind}"] for kind in LIGAND_BONDS},
            }
        )
    residues = whole.entry.residues

    def about(ligand: Ligand) -> dict[str, Any]:
        counts = residues.atom_stop[ligand.rows] - residues.atom_start[ligand.rows]
        is_molecule = counts.sum() > 1
        return {
            "entry_id": whole.entry.entry_id,
            "ligand": ligand.name,
            "component": ligand.component,
            "use": ligand.use,
            "chemistry": chemistry_source(whole.entry, ligand.component)
            if is_molecule
            else "",
            "n_atoms": int(counts.sum()),
        }

    alone: list[dict[str, Any]] = [dict.fromkeys(column_names("ligands"))]
    return table_from_rows(
        "ligands",
        [
            row | about(ligand)
            for ligand in ligands_of(named.entry)
            for row in touched.get(ligand.name, alone)
        ],
    )
