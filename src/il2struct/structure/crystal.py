"""Space group, unit cell, symmetry operators and deposited assemblies."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from typing import Final

import gemmi
import numpy as np

from il2struct.arrays import FloatArray
from il2struct.structure import model
from il2struct.structure.columns import LARGEST_COORDINATE_A

#: Where mmCIF writes Hermann-Mauguin symbols, the usual place first.
SYMBOL_TAGS: Final = (
    "_symmetry.space_group_name_H-M", "_space_group.name_H-M_full", "_space_group.name_H-M_alt",
    "_symmetry.pdbx_full_space_group_name_H-M", "_space_group.name_H-M_ref",
)  # fmt: skip
HALL_TAGS: Final = ("_space_group.name_Hall", "_symmetry.space_group_name_Hall")
OPERATOR_TAGS: Final = ("_space_group_symop.operation_xyz", "_symmetry_equiv.pos_as_xyz")  # fmt: skip
#: A line of REMARK 290 that holds an operator: number, 555, triplet.
SYMMETRY_REMARK: Final = re.compile(
    r"REMARK 290\s+\d+555\s+([-+XYZxyz0-9/]+,[-+XYZxyz0-9/]+,[-+XYZxyz0-9/]+)\s*$"
)
NUMBER_TAGS: Final = ("_space_group.IT_number", "_symmetry.Int_Tables_number")
#: Largest departure of an operator from a rotation: cells are refined within their system, but old
#: entries give angles and edges rounded.
LARGEST_STRETCH: Final = 0.02
#: Two operators are the same if no matrix element differs by more (files give 6 decimals).
ROTATION_TOLERANCE: Final = 1e-3
#: … and their translations, after removing whole cells, by no more than this, in Å.
TRANSLATION_TOLERANCE_A: Final = 0.1
#: No deposited cell edge is shorter; NMR files carry a dummy cell of 1 Å.
SHORTEST_CELL_EDGE_A: Final = 2.0
#: Atoms of proteins, hydrogens and alternate locations counted, take up 5 Å³ and more.
SMALLEST_ATOM_VOLUME_A3: Final = 1.0
#: SCALE records may differ from the cell by rounding: 6 decimals of 1/edge, half a percent.
VOLUME_TOLERANCE: Final = 0.02
#: Operators depart from rotations by so much where SCALE records of six decimals, or edges that are
#: only nearly those of the system, are taken as they are. Rounding leaves less in 4HHB (5e-5), the
#: only one of the test entries in which it shows.
LARGEST_DEPARTURE: Final = 6e-5
#: Elements of a rotation are between -1 and 1; files round them.
LARGEST_ELEMENT: Final = 2.0
#: A cell given as unknown, and what gemmi puts where there is none or a useless one.
UNKNOWN_CELL: Final = ("?", ".", "")
NO_CELL: Final = (1.0, 1.0, 1.0)
#: Rotations in the order of the International Tables, which is that of REMARK 290 and so of the
#: number *n* in ``n_klm``: monoclinic to tetragonal, trigonal and hexagonal, cubic.
ROTATION_ORDERS: Final = tuple(
    tuple(text.split())
    for text in (
        "x,y,z -x,-y,z -y,x,z y,-x,z -x,y,-z x,-y,-z y,x,-z -y,-x,-z",
        "x,y,z -y,x-y,z -x+y,-x,z -x,-y,z y,-x+y,z x-y,x,z "
        "y,x,-z x-y,-y,-z -x,-x+y,-z -y,-x,-z -x+y,y,-z x,x-y,-z",
        "x,y,z -x,-y,z -x,y,-z x,-y,-z z,x,y z,-x,-y -z,-x,y -z,x,-y "
        "y,z,x -y,z,-x y,-z,-x -y,-z,x y,x,-z -y,-x,-z y,-x,z -y,x,z "
        "x,z,-y -x,z,y -x,-z,-y x,-z,y z,y,-x z,-y,x -z,y,x -z,-y,-x",
    )
)
#: The archive follows CCP4's list of operators, which leaves the Tables in these.
OTHER_ORDER: Final = ("I 41", "I 41 2 2")
#: Topic of the note on a space group that is not known or does not fit the cell.
UNUSABLE_GROUP: Final = "space_group_unusable"
IDENTITY: Final = model.SymmetryOperator(1, "x,y,z", np.eye(3), np.zeros(3))


def group_named(symbol: str, alpha: float, gamma: float) -> gemmi.SpaceGroup | None:
    """
    Find a space group by its Hermann-Mauguin symbol, also as programs and the archive spell it.

    The angles of the cell in degrees tell the two settings of ``"R 3"`` apart.

    Examples
    --------
    >>> group_named("P 1-", 80.0, 95.0).hm, group_named("P2(1)", 90.0, 90.0).hm
    ('P -1', 'P 1 21 1')
    """
    return gemmi.find_spacegroup_by_name(plain_symbol(symbol), alpha, gamma)


def plain_symbol(symbol: str) -> str:
    """
    Write a Hermann-Mauguin symbol as the International Tables do in plain text.

    ``"P 1-"`` is the archive's way to write the bar over the 1, ``"P2(1)"`` that of SHELX.

    Examples
    --------
    >>> plain_symbol("P 1-"), plain_symbol("P2(1)2(1)2(1)")
    ('P -1', 'P212121')
    """
    return re.sub(r"(\d)-", r"-\1", re.sub(r"[()]", "", symbol))


def group_of_block(
    block: gemmi.cif.Block, cell: gemmi.UnitCell
) -> tuple[str, list[model.Note]]:
    """
    Return the symbol of an mmCIF file's space group, as written if none is known.

    It is noted if the symbol was not taken from its usual place. The cell tells settings apart that a
    number or a short symbol leaves open.
    """
    usual, *others = (_item(block, tag) for tag in SYMBOL_TAGS)
    if group_named(usual, cell.alpha, cell.gamma) is not None:
        return usual, []
    operators = [[_item(block, tag)] for tag in HALL_TAGS] + [
        [*map(gemmi.cif.as_string, block.find_values(tag))] for tag in OPERATOR_TAGS
    ]
    for symbols, source in (
        (
            (s for s in others if group_named(s, cell.alpha, cell.gamma) is not None),
            "another column of its symbol",
        ),
        (map(_group_of, operators), "its operators"),
        ([_of_number(block, cell)], "its number, setting by the cell"),
    ):
        symbol = next(filter(None, symbols), "")
        if symbol:
            text = f"The usual column of the space group names none; it is told by {source}."
            return symbol, [model.Note("space_group_source", text, symbol)]
    return usual, []


def group_of_remarks(structure: gemmi.Structure) -> tuple[str, list[model.Note]]:
    """Return the symbol of a PDB file's space group, by REMARK 290 if CRYST1 names none that is known."""
    usual, cell = structure.spacegroup_hm, structure.cell
    if group_named(usual, cell.alpha, cell.gamma) is not None:
        return usual, []
    remarks = (SYMMETRY_REMARK.match(line) for line in structure.raw_remarks)
    symbol = _group_of([operator[1] for operator in remarks if operator])
    if not symbol:
        return usual, []
    text = "CRYST1 names no space group that is known; it is told by the operators of REMARK 290."
    return symbol, [model.Note("space_group_source", text, symbol)]


def is_sheared(rotations: FloatArray) -> bool:
    """Whether Cartesian operators (n, 3, 3) are no rotations: their group is of a cell of another shape."""
    departures = rotations @ rotations.transpose(0, 2, 1) - np.eye(3)
    return bool(np.abs(departures).max() > LARGEST_STRETCH)


def _item(block: gemmi.cif.Block, tag: str) -> str:
    return str(gemmi.cif.as_string(block.find_value(tag) or "?"))


def _group_of(texts: Sequence[str]) -> str:
    """Symbol of a list of operators, or of one Hall symbol; empty if there is none."""
    try:
        operators = (
            gemmi.GroupOps([gemmi.Op(text) for text in texts])
            if "," in "".join(texts)
            else gemmi.symops_from_hall(texts[0])
        )
        group = gemmi.find_spacegroup_by_ops(operators)
    except (RuntimeError, ValueError, IndexError):  # nothing there, or damaged
        return ""
    return "" if group is None else str(group.xhm())


def _of_number(block: gemmi.cif.Block, cell: gemmi.UnitCell) -> str:
    """Symbol by the number in the International Tables: the first setting that fits the cell."""
    numbers = {_item(block, tag) for tag in NUMBER_TAGS}
    to_cartesian, to_fractional = (
        np.array(t.mat.tolist()) for t in (cell.orth, cell.frac)
    )
    for group in gemmi.spacegroup_table():
        if str(group.number) in numbers:
            turns = np.array([op.float_seitz() for op in group.operations()])
            if not is_sheared(to_cartesian @ turns[:, :3, :3] @ to_fractional):
                return str(group.xhm())
    return ""


def crystal_of(
    structure: gemmi.Structure, *, written_cell: tuple[str, ...] = ()
) -> tuple[model.Crystal | None, list[model.Note]]:
    """
    Return the crystal of a structure, None if it has no usable cell, with notes on the latter.

    ``written_cell`` is the cell as the file has it: gemmi passes over some that cannot be.
    """
    cell = structure.cell
    edges = (cell.a, cell.b, cell.c)
    angles = (cell.alpha, cell.beta, cell.gamma)
    if edges == NO_CELL and not _is_meant(written_cell):
        return None, []
    # A cell has a volume, and room for the atoms in it.
    n_atoms = structure[0].count_atom_sites() if len(structure) else 0
    least = max(SHORTEST_CELL_EDGE_A**3, n_atoms * SMALLEST_ATOM_VOLUME_A3)
    is_a_box = np.isfinite(cell.volume) and cell.volume > least
    if min(edges) < SHORTEST_CELL_EDGE_A or not is_a_box:
        shown = " ".join(written_cell) or " ".join(str(x) for x in edges + angles)
        text = f"Cell {shown} (Å and °) is not usable; the entry is treated as not crystalline."
        return None, [model.Note("cell_unusable", text)]
    notes = []
    if not _scale_fits(cell):
        cell = type(cell)(*edges, *angles)
        text = "The SCALE records do not fit the cell; the standard frame is used."
        notes.append(model.Note("scale_unusable", text))
    crystal = model.Crystal(
        cell_a=edges,
        cell_deg=angles,
        space_group=plain_symbol(structure.spacegroup_hm),
        orthogonalisation=np.array(cell.orth.mat.tolist()),
        fractionalisation=np.array(cell.frac.mat.tolist()),
        origin_shift=np.array(cell.frac.vec.tolist()),
    )
    motions = _group_motions(structure, crystal)
    if any(_departure(turn) > LARGEST_DEPARTURE for _, turn, _ in motions):
        crystal = _in_exact_frame(crystal, _centre(structure))
    if not motions:
        text = (
            f"Space group {structure.spacegroup_hm!r} is not known or does not fit the cell; "
            "only translations are used."
        )
        notes.append(model.Note(UNUSABLE_GROUP, text))
    return crystal, notes


def _is_meant(written_cell: tuple[str, ...]) -> bool:
    """Whether a file's cell is more than the convention (all 1 Å) for "no crystal"."""
    if not written_cell or any(text in UNKNOWN_CELL for text in written_cell):
        return False
    try:
        return [float(text) for text in written_cell[:3]] != list(NO_CELL)
    except ValueError:
        return True


def _scale_fits(cell: gemmi.UnitCell) -> bool:
    matrices = np.array([cell.orth.mat.tolist(), cell.frac.mat.tolist()])
    if not np.isfinite(matrices).all() or not np.isfinite(cell.frac.vec.tolist()).all():
        return False
    volume = abs(float(np.linalg.det(matrices[0])))
    return bool(abs(volume / cell.volume - 1) < VOLUME_TOLERANCE)


def operators_of(
    structure: gemmi.Structure, crystal: model.Crystal | None
) -> tuple[model.SymmetryOperator, ...]:
    """
    Return the identity and the operators of the space group as Cartesian motions.

    Non-crystallographic operators that the file says are *not* applied yet (MTRIX without a
    "given" flag) are multiplied in, so that the images make up the whole cell.
    """
    copies = [(np.eye(3), np.zeros(3), "")] + [
        (np.array(op.tr.mat.tolist()), np.array(op.tr.vec.tolist()), f"ncs{op.id}:")
        for op in structure.ncs
        if not op.given and _is_rigid(op.tr)
    ]
    centre = _centre(structure)
    motions = []
    for triplet, turn, shift in _group_motions(structure, crystal):
        rotation, translation = turn, shift
        if _departure(turn) > LARGEST_DEPARTURE:
            # The nearest rotation, about where the molecule stands.
            rotation = _nearest_rotation(turn)
            translation = shift + (turn - rotation) @ centre
        motions.append((triplet, rotation, translation))
    motions = motions or [(IDENTITY.name, IDENTITY.rotation, IDENTITY.translation)]
    operators: list[model.SymmetryOperator] = []
    for (ncs_turn, ncs_shift, prefix), (triplet, turn, shift) in product(
        copies, motions
    ):
        name, number = prefix + triplet, len(operators) + 1
        moved = turn @ ncs_shift + shift
        operators.append(model.SymmetryOperator(number, name, turn @ ncs_turn, moved))
    return tuple(operators)


def unusable_motions(structure: gemmi.Structure) -> list[model.Note]:
    """Note the motions of assemblies and of non-crystallographic symmetry that `_is_rigid` refuses."""
    transforms = [op.tr for op in structure.ncs if not op.given]
    transforms += [
        op.transform
        for assembly in structure.assemblies
        for generator in assembly.generators
        for op in generator.operators
    ]
    count = sum(not _is_rigid(transform) for transform in transforms)
    text = "Operators of assemblies or of NCS that are no rigid motions are left out."
    return model.counted_notes(("operators_unusable", text, "", count))


def _is_rigid(transform: gemmi.Transform) -> bool:
    """Whether a motion of a file is finite, within reach, and stretches nothing."""
    rotation, translation = (
        np.array(p.tolist()) for p in (transform.mat, transform.vec)
    )
    # Asked first: arithmetic with what is not finite warns.
    return bool(
        (np.abs(rotation) < LARGEST_ELEMENT).all()
        and (np.abs(translation) < LARGEST_COORDINATE_A).all()
        and not is_sheared(rotation[None])
    )


def _group_motions(
    structure: gemmi.Structure, crystal: model.Crystal | None
) -> list[tuple[str, FloatArray, FloatArray]]:
    """Triplet, rotation and translation of each operator; none if the group is of no use."""
    if crystal is None:
        return []
    # Not structure.find_spacegroup(), which takes SCALE records of 1 for "no crystal".
    alpha, _, gamma = crystal.cell_deg
    group = group_named(structure.spacegroup_hm, alpha, gamma)
    if group is None:
        return []
    to_cartesian, to_fractional = crystal.orthogonalisation, crystal.fractionalisation
    # frac(x) = F x + v, so the origin shift v must be carried through the operation.
    origin = crystal.origin_shift
    motions = []
    for op in _in_archive_order(group):
        seitz = np.array(op.float_seitz())
        turn, shift = seitz[:3, :3], seitz[:3, 3]
        rotation = to_cartesian @ turn @ to_fractional
        translation = to_cartesian @ (turn @ origin + shift - origin)
        motions.append((op.triplet(), rotation, translation))
    return [] if is_sheared(np.array([turn for _, turn, _ in motions])) else motions


def _centre(structure: gemmi.Structure) -> FloatArray:
    """Centre of mass, the origin if it is no number."""
    centre = np.array(structure[0].calculate_center_of_mass().tolist())
    return centre if np.isfinite(centre).all() else np.zeros(3)


def _departure(turn: FloatArray) -> float:
    return float(np.abs(turn @ turn.T - np.eye(3)).max())


def _nearest_rotation(turn: FloatArray) -> FloatArray:
    # Polar decomposition, as in Higham, SIAM J. Sci. Stat. Comput. 7, 1160 (1986).
    left, _, right = np.linalg.svd(turn)
    rotation: FloatArray = left @ right
    return rotation


def _in_exact_frame(crystal: model.Crystal, centre: FloatArray) -> model.Crystal:
    """Take from SCALE records how the cell is turned, its shape from the cell itself."""
    standard = gemmi.UnitCell(*crystal.cell_a, *crystal.cell_deg)
    shape = np.array(standard.orth.mat.tolist())
    turn = _nearest_rotation(crystal.orthogonalisation @ np.linalg.inv(shape))
    to_fractional = np.array(standard.frac.mat.tolist()) @ turn.T
    moved = (crystal.fractionalisation - to_fractional) @ centre
    return replace(
        crystal,
        orthogonalisation=turn @ shape,
        fractionalisation=to_fractional,
        origin_shift=crystal.origin_shift + moved,
    )


def _in_archive_order(group: gemmi.SpaceGroup) -> list[gemmi.Op]:
    operations = list(group.operations())
    if group.hm in OTHER_ORDER:
        return operations
    rotations = []
    for op in operations:
        turn = type(op)(op.triplet())
        turn.tran = [0, 0, 0]
        rotations.append(turn.triplet())
    ranks = (rank for rank in ROTATION_ORDERS if set(rotations) <= set(rank))
    order = next(ranks, rotations)
    # gemmi lists all rotations for one centring vector, then all for the next.
    n = len(set(rotations))
    place = [(row // n, order.index(turn), row) for row, turn in enumerate(rotations)]
    return [operations[row] for _, _, row in sorted(place)]


def assemblies_of(
    structure: gemmi.Structure,
    chain_names: dict[str, str],
    operators: tuple[model.SymmetryOperator, ...],
    crystal: model.Crystal | None,
) -> tuple[tuple[model.Assembly, ...], tuple[model.SymmetryOperator, ...]]:
    """
    Return the deposited assemblies as chain images, and all operators.

    ``chain_names`` has the author's name of each polymer subchain. Behind the operators given stands any
    motion that only an assembly uses.
    """
    known = list(operators)
    assemblies = []
    for assembly in structure.assemblies:
        images: list[model.ChainImage] = []
        for generator in assembly.generators:
            wanted = [
                auth
                for subchain, auth in chain_names.items()
                # PDB format speaks of A where il2struct found polymers A and A.2.
                if auth.partition(".")[0] in generator.chains
                or subchain in generator.subchains
            ]
            for op in generator.operators:
                if not _is_rigid(op.transform):
                    continue
                matrix, vector = op.transform.mat.tolist(), op.transform.vec.tolist()
                place = _located(np.array(matrix), np.array(vector), known, crystal)
                images += [model.ChainImage(auth, *place) for auth in wanted]
        assemblies.append(
            model.Assembly(
                name=assembly.name,
                is_author_determined=assembly.author_determined,
                images=tuple(dict.fromkeys(images)),
            )
        )
    return tuple(assemblies), tuple(known)


def _located(
    rotation: FloatArray,
    translation: FloatArray,
    known: list[model.SymmetryOperator],
    crystal: model.Crystal | None,
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
    name = f"assembly{number}"
    known.append(model.SymmetryOperator(number, name, rotation, translation))
    return number - 1, (0, 0, 0)
