"""Unit cell, symmetry operators and deposited assemblies."""

from typing import TYPE_CHECKING, Final

import numpy as np

from il2struct.arrays import FloatArray
from il2struct.structure.model import (
    Assembly,
    ChainImage,
    Crystal,
    Note,
    SymmetryOperator,
)

if TYPE_CHECKING:
    import gemmi

#: Two operators are the same if no matrix element differs by more (files give 6 decimals).
ROTATION_TOLERANCE: Final = 1e-3
#: … and their translations, after removing whole cells, by no more than this, in Å.
TRANSLATION_TOLERANCE_A: Final = 0.1
#: No deposited cell edge is shorter; NMR files carry a dummy cell of 1 Å.
SHORTEST_CELL_EDGE_A: Final = 2.0

IDENTITY: Final = SymmetryOperator(
    number=1, name="x,y,z", rotation=np.eye(3), translation=np.zeros(3)
)


def crystal_of(structure: "gemmi.Structure") -> tuple[Crystal | None, list[Note]]:
    """
    Return the crystal of a structure, None if it has no usable cell, with notes on the latter.

    Parameters
    ----------
    structure : gemmi.Structure
        As parsed.
    """
    cell = structure.cell
    edges = (cell.a, cell.b, cell.c)
    angles = (cell.alpha, cell.beta, cell.gamma)
    if min(edges) < SHORTEST_CELL_EDGE_A or not _is_a_box(cell):
        if edges == (1.0, 1.0, 1.0):  # the convention for "no crystal"
            return None, []
        text = f"Cell {edges} Å {angles}° is not usable; the entry is treated as not crystalline."
        return None, [Note(topic="cell_unusable", subject="", count=1, message=text)]
    crystal = Crystal(
        cell_a=edges,
        cell_deg=angles,
        space_group=structure.spacegroup_hm,
        orthogonalisation=np.array(cell.orth.mat.tolist()),
        fractionalisation=np.array(cell.frac.mat.tolist()),
        origin_shift=np.array(cell.frac.vec.tolist()),
    )
    if structure.find_spacegroup() is not None:
        return crystal, []
    text = f"Space group {structure.spacegroup_hm!r} is not known; only translations are used."
    return crystal, [
        Note(topic="space_group_unknown", subject="", count=1, message=text)
    ]


def _is_a_box(cell: "gemmi.UnitCell") -> bool:
    volume = cell.volume
    return bool(np.isfinite(volume) and volume > SHORTEST_CELL_EDGE_A**3)


def operators_of(
    structure: "gemmi.Structure", crystal: Crystal | None
) -> tuple[SymmetryOperator, ...]:
    """
    Return the identity and the operators of the space group as Cartesian motions.

    Non-crystallographic operators that the file says are *not* applied yet (MTRIX without a
    "given" flag) are multiplied in, so that the images make up the whole cell.

    Parameters
    ----------
    structure : gemmi.Structure
        As parsed.
    crystal : Crystal or None
        From `crystal_of`.
    """
    missing_ncs = [op for op in structure.ncs if not op.given]
    copies = [(np.eye(3), np.zeros(3), "")] + [
        (np.array(op.tr.mat.tolist()), np.array(op.tr.vec.tolist()), f"ncs{op.id}:")
        for op in missing_ncs
    ]
    group = structure.find_spacegroup() if crystal is not None else None
    operations = list(group.operations()) if group is not None else []
    motions = [(np.array(op.float_seitz()), op.triplet()) for op in operations] or [
        (np.eye(4), "x,y,z")
    ]
    operators: list[SymmetryOperator] = []
    for ncs_rotation, ncs_translation, prefix in copies:
        for seitz, triplet in motions:
            rotation, translation = _cartesian(seitz, crystal)
            operators.append(
                SymmetryOperator(
                    number=len(operators) + 1,
                    name=prefix + triplet,
                    rotation=rotation @ ncs_rotation,
                    translation=rotation @ ncs_translation + translation,
                )
            )
    return tuple(operators)


def _cartesian(
    seitz: FloatArray, crystal: Crystal | None
) -> tuple[FloatArray, FloatArray]:
    """Turn a fractional operation x' = W x + w into a Cartesian motion, in the deposited frame."""
    if crystal is None:
        return np.eye(3), np.zeros(3)
    to_cartesian, to_fractional = crystal.orthogonalisation, crystal.fractionalisation
    turn, shift = seitz[:3, :3], seitz[:3, 3]
    rotation = to_cartesian @ turn @ to_fractional
    # frac(x) = F x + v, so the origin shift v must be carried through the operation.
    origin = crystal.origin_shift
    translation = to_cartesian @ (turn @ origin + shift - origin)
    return rotation, translation


def assemblies_of(
    structure: "gemmi.Structure",
    chain_names: dict[str, str],
    operators: tuple[SymmetryOperator, ...],
    crystal: Crystal | None,
) -> tuple[tuple[Assembly, ...], tuple[SymmetryOperator, ...]]:
    """
    Return the deposited assemblies as chain images.

    Parameters
    ----------
    structure : gemmi.Structure
        As parsed, subchains assigned.
    chain_names : dict
        Subchain name to ``auth_asym_id`` of each polymer chain.
    operators : tuple of SymmetryOperator
        Those of the crystal.
    crystal : Crystal or None
        For whole-cell translations.

    Returns
    -------
    assemblies : tuple of Assembly
    operators : tuple of SymmetryOperator
        Those given and, behind them, any motion that only an assembly uses.
    """
    known = list(operators)
    assemblies = []
    for assembly in structure.assemblies:
        images: list[ChainImage] = []
        for generator in assembly.generators:
            wanted = [
                auth
                for subchain, auth in chain_names.items()
                if auth in generator.chains or subchain in generator.subchains
            ]
            for op in generator.operators:
                place = _located(
                    np.array(op.transform.mat.tolist()),
                    np.array(op.transform.vec.tolist()),
                    known,
                    crystal,
                )
                images += [ChainImage(auth, *place) for auth in wanted]
        assemblies.append(
            Assembly(
                name=assembly.name,
                is_author_determined=assembly.author_determined,
                images=tuple(dict.fromkeys(images)),
            )
        )
    return tuple(assemblies), tuple(known)


def _located(
    rotation: FloatArray,
    translation: FloatArray,
    known: list[SymmetryOperator],
    crystal: Crystal | None,
) -> tuple[int, tuple[int, int, int]]:
    """Find a motion among the operators (plus whole cells), or append it to them."""
    for index, operator in enumerate(known):
        if np.abs(operator.rotation - rotation).max() > ROTATION_TOLERANCE:
            continue
        rest = translation - operator.translation
        cells = np.zeros(3)
        if crystal is not None:
            cells = np.round(crystal.fractionalisation @ rest)
            rest = rest - crystal.orthogonalisation @ cells
        if np.abs(rest).max() <= TRANSLATION_TOLERANCE_A:
            return index, (int(cells[0]), int(cells[1]), int(cells[2]))
    number = len(known) + 1
    known.append(
        SymmetryOperator(
            number=number,
            name=f"assembly{number}",
            rotation=rotation,
            translation=translation,
        )
    )
    return number - 1, (0, 0, 0)
