"""
Lattice contacts against a search of its own, built on gemmi's NeighborSearch.

The reference shares nothing with the package but the choice of atoms: cell, operators and images
are gemmi's, operations are kept as exact integers (24ths of a cell), and contacts are derived
from atom pairs one by one.
"""

import csv
from collections import Counter

import gemmi
import numpy as np
import pytest

from absent import absent
from il2struct.lattice.contacts import ContactKind, lattice_contacts
from il2struct.structure.model import atoms_of_residues

CUTOFF_A = 5.0
DEN = gemmi.Op.DEN

#: P 1; monoclinic, also centred and in frames of their own (4HHB, 2PFK); orthorhombic with F/I/C;
#: tetragonal; trigonal and rhombohedral (1XDA: atoms on special positions); hexagonal.
ENTRIES = [
    "2ERJ.pdb", "3INK.pdb", "1CSE.pdb", "2B5I.cif", "4HHB.pdb", "2PFK.pdb", "1ROP.pdb",
    "1PY2.pdb", "1M47.pdb", "2OOB.cif", "6NXR.cif", "1HHO.cif", "2FI1.pdb", "1Z92.pdb",
    "1BHL.pdb", "3SSI.pdb", "1KTZ.pdb", "1XDA.cif", "2PIA.pdb", "3CYR.pdb", "4GFO.cif",
    "1A7G.cif", "1CNV.pdb",
]  # fmt: skip

pytestmark = [pytest.mark.entries, pytest.mark.reference]


# Operations as tuples of integers: nine of the rotation, three of the translation in 24ths.


def integers(op, shift=(0, 0, 0)):
    rotation = tuple(n // DEN for row in op.rot for n in row)
    return rotation + tuple(
        t + DEN * int(s) for t, s in zip(op.tran, shift, strict=True)
    )


def times(first, second):
    """Second, then first."""
    r, s = (np.array(op[:9]).reshape(3, 3) for op in (first, second))
    turn, shift = r @ s, r @ np.array(second[9:]) + np.array(first[9:])
    return (*turn.ravel().tolist(), *shift.tolist())


def undone(op):
    turn = np.array(op[:9]).reshape(3, 3)
    back = np.round(np.linalg.inv(turn)).astype(int)
    return (*back.ravel().tolist(), *(-back @ np.array(op[9:])).tolist())


def either_way(first, second, op):
    return min((first, second, op), (second, first, undone(op)))


def protein_model(entry):
    """The protein heavy atoms that the package looks at, as a gemmi model."""
    model = gemmi.Model(1)
    for chain in entry.protein_chains:
        made = gemmi.Chain(chain.auth_asym_id)
        atoms = entry.atoms.select(atoms_of_residues(entry, chain.residue_index))
        residue = gemmi.Residue()
        residue.name, residue.seqid = "UNK", gemmi.SeqId("1")
        for place in atoms.coords[~atoms.is_hydrogen].tolist():
            atom = gemmi.Atom()
            atom.name, atom.element = "C", gemmi.Element("C")
            atom.pos = gemmi.Position(*place)
            residue.add_atom(atom)
        made.add_residue(residue)
        model.add_chain(made)
    return model


def directed_pairs(path, entry):
    """(chain, chain of the image, operation) -> atom pairs within the cut-off, seen from each side."""
    structure = gemmi.read_structure(str(path))
    to_frac = np.array(structure.cell.frac.mat.tolist())
    origin = np.array(structure.cell.frac.vec.tolist())
    # gemmi's search refuses frames of SCALE records (4HHB, 2PFK): it looks in the standard one,
    # distances are measured in the deposited one.
    structure.cell = gemmi.UnitCell(*structure.cell.parameters)
    structure.setup_cell_images()
    cell = structure.cell
    model = protein_model(entry)
    names = [chain.name for chain in model]
    frac = []
    for chain in model:
        coords = np.array([atom.pos.tolist() for atom in chain[0]])
        frac.append(coords @ to_frac.T + origin)
        for atom, place in zip(chain[0], frac[-1], strict=True):
            atom.pos = cell.orthogonalize(gemmi.Fractional(*place))
    search = gemmi.NeighborSearch(model, cell, CUTOFF_A + 0.1).populate()
    turns = [np.eye(3)] + [np.array(i.mat.tolist()) for i in cell.images]
    shifts = [np.zeros(3)] + [np.array(i.vec.tolist()) for i in cell.images]
    counts = Counter()
    for first, chain in enumerate(model):
        rows, hits = [], []
        for i, atom in enumerate(chain[0]):
            marks = search.find_atoms(atom.pos, radius=CUTOFF_A + 0.05)
            hits += [(m.image_idx, m.chain_idx, m.atom_idx) for m in marks]
            rows += [i] * len(marks)
        rows, hits = np.array(rows), np.array(hits)
        for image, second in np.unique(hits[:, :2], axis=0).tolist():
            mine = (hits[:, 0] == image) & (hits[:, 1] == second)
            moved = frac[second][hits[mine, 2]] @ turns[image].T + shifts[image]
            # A mark is of the image nearest to the atom; every cell is far wider than 10 Å.
            away = moved - frac[first][rows[mine]]
            cells = -np.round(away)
            near = (
                np.linalg.norm((away + cells) @ np.linalg.inv(to_frac).T, axis=1)
                <= CUTOFF_A
            )
            for shift, n in zip(
                *np.unique(cells[near].astype(int), axis=0, return_counts=True),
                strict=True,
            ):
                turn = np.round(turns[image]).astype(int).ravel().tolist()
                tran = np.round(DEN * shifts[image]).astype(int) + DEN * shift
                key = (names[first], names[second], (*turn, *tran.tolist()))
                counts[key] += int(n)
    own = (*np.eye(3, dtype=int).ravel().tolist(), 0, 0, 0)
    return {key: n for key, n in counts.items() if key != (key[0], key[0], own)}


def as_key(entry, contact):
    """A contact as chain names and the operation from the first to the second."""
    ops = []
    for image in (contact.image_1, contact.image_2):
        op = gemmi.Op(entry.operators[image.operator].name)
        ops.append(integers(op, image.cell_shift))
    return either_way(
        contact.image_1.auth_asym_id,
        contact.image_2.auth_asym_id,
        times(undone(ops[0]), ops[1]),
    )


@pytest.mark.parametrize("name", ENTRIES)
def test_none_is_missing_and_none_comes_twice(real_entry, contacts_of, mirror, name):
    entry = real_entry(name)
    directed = directed_pairs(mirror / f"{name}.gz", entry)
    expected = {either_way(*key): n for key, n in directed.items()}
    found = [as_key(entry, contact) for contact in contacts_of(name)]
    assert len(found) == len(set(found)), "a contact was found twice"
    assert set(found) == set(expected)
    for key, contact in zip(found, contacts_of(name), strict=True):
        # A pair at 5.000 Å to the last digit may fall on either side of the cut-off.
        assert abs(contact.n_pairs - expected[key]) <= 1, key


@pytest.mark.parametrize("name", ENTRIES)
def test_kind_rise_and_ring_follow_from_the_symbols(real_entry, contacts_of, name):
    """
    Screw or rotation by exact integers: W has order n, and (W, w)^n is a pure translation t.

    The rise is t/n; the motion closes after n steps if and only if t is zero. Coordinates and
    cell do not enter.
    """
    entry = real_entry(name)
    for contact in contacts_of(name):
        if contact.kind is ContactKind.SAME_COMPLEX:
            assert contact.repeat is None
            assert np.isnan(contact.translation_a)
            continue
        if contact.unit_1.unit_id != contact.unit_2.unit_id:
            continue
        op = gemmi.Op(entry.operators[contact.placement_2[0]].name)
        step = power = integers(op, contact.placement_2[1])
        order = 1
        while power[:9] != (1, 0, 0, 0, 1, 0, 0, 0, 1):
            power, order = times(power, step), order + 1
        cells = np.array(power[9:]) / DEN / order
        repeat = contact.repeat
        assert repeat.is_translation == (order == 1)
        assert repeat.is_propagating == bool(cells.any())
        assert repeat.ring_size == (0 if cells.any() else order)
        rise = np.linalg.norm(entry.crystal.orthogonalisation @ cells)
        # SCALE records give 6 decimals of 1/edge: 1e-4 of 100 Å.
        assert repeat.rise_a == pytest.approx(rise, abs=0.01)
        turn = {1: 0, 2: 180, 3: 120, 4: 90, 6: 60}[order]
        # The same rounding, in degrees.
        assert repeat.rotation_deg == pytest.approx(turn, abs=0.05)


@pytest.mark.parametrize("name", ENTRIES)
def test_kinds(contacts_of, named_entry, name):
    own = {
        frozenset((a.image.auth_asym_id, b.image.auth_asym_id))
        for complex_ in named_entry(name).complexes
        if complex_.basis != "asymmetric_unit"
        for a in complex_.members
        for b in complex_.members
    }
    for contact in contacts_of(name):
        names = frozenset((contact.image_1.auth_asym_id, contact.image_2.auth_asym_id))
        if contact.image_2.symmetry_code != contact.image_1.symmetry_code:
            expected = ContactKind.CRYSTAL
        elif names in own:
            expected = ContactKind.SAME_COMPLEX
        else:
            expected = ContactKind.NON_CRYSTALLOGRAPHIC
        assert contact.kind is expected


def labelled(mirror):
    path = mirror.parent / "benchmarks" / "labelled_contacts.tsv"
    if not path.exists():
        absent(f"no labelled contacts at {path}")
    with path.open(encoding="utf-8") as handle:
        return list(csv.DictReader(handle, delimiter="\t"))


def test_labelled_contacts_are_found_with_their_operator_and_kind(
    mirror, real_entry, contacts_of
):
    """
    Public benchmark sets: whether the operator is right says nothing of biology.

    Every crystal row is a screw or translation there and every symmetric biological one a
    closed two-fold, so this is a test of operators and kinds only.
    """
    rows = labelled(mirror)
    assert len(rows) == 28
    for row in rows:
        files = [f"{row['pdb']}.{kind}" for kind in ("pdb", "cif")]
        name = next(file for file in files if (mirror / f"{file}.gz").exists())
        entry = real_entry(name)
        first, second = row["assigned_chains"].split(":")
        op = integers(gemmi.Op(row["assigned_symop_on_chain2"]))
        wanted = either_way(first, second, op)
        found = [c for c in contacts_of(name) if as_key(entry, c) == wanted]
        assert len(found) == 1, row
        (contact,) = found
        words = row["kind"].split()
        if row["kind"] == "within ASU":
            assert contact.kind is not ContactKind.CRYSTAL
            continue
        assert contact.kind is ContactKind.CRYSTAL
        assert contact.repeat.is_propagating == ("endless" in row["kind"])
        assert contact.repeat.is_translation == (words[0] == "lattice")
        if words[0] != "lattice":
            order = int(words[0][0])
            assert contact.repeat.rotation_deg == pytest.approx(360 / order, abs=0.05)
            assert contact.repeat.ring_size == (order if words[1] == "rotation" else 0)


@pytest.mark.parametrize("seed", range(12))
def test_skewed_and_short_cells_against_all_images(made_up, seed):
    """Two helices in random cells: every operator and every cell from -6 to 6, atom by atom."""
    rng = np.random.default_rng(seed)
    group, angles = [
        ("P 1", rng.uniform(50.0, 110.0, 3)),
        ("P 1 21 1", (90.0, rng.uniform(95.0, 130.0), 90.0)),
        ("C 2 2 21", (90.0, 90.0, 90.0)),
        ("P 1", (50.0, 60.0, 55.0)),
    ][seed % 4]
    is_dense = seed % 4 == 3
    edges = rng.uniform(9.0, 14.0, 3) if is_dense else rng.uniform(14.0, 40.0, 3)
    places = {name: rng.uniform(-30.0, 60.0, 3) for name in "AB"}
    named = made_up((*edges, *angles), group, places, n_residues=5)
    entry = named.entry
    coords = {
        chain.auth_asym_id: entry.atoms.coords[
            atoms_of_residues(entry, chain.residue_index)
        ]
        for chain in entry.protein_chains
    }
    cell = gemmi.UnitCell(*entry.crystal.cell_a, *entry.crystal.cell_deg)
    orth, frac = (np.array(m.mat.tolist()) for m in (cell.orth, cell.frac))
    steps = np.stack(np.meshgrid(*[np.arange(-6, 7)] * 3, indexing="ij"), axis=-1)
    expected = {}
    for op in gemmi.SpaceGroup(group).operations():
        turn, shift = np.array(op.rot) / DEN, np.array(op.tran) / DEN
        for first, second in (("A", "A"), ("A", "B"), ("B", "B")):
            image = (coords[second] @ frac.T @ turn.T + shift) @ orth.T
            # Chains stand up to two cells outside the first one: centre the search on them.
            between = frac @ (coords[first].mean(axis=0) - image.mean(axis=0))
            for cells in steps.reshape(-1, 3) + np.round(between).astype(int):
                away = coords[first][:, None] - (image + orth @ cells)[None]
                n_pairs = int((np.linalg.norm(away, axis=2) <= CUTOFF_A).sum())
                key = (first, second, integers(op, cells))
                is_itself = first == second and key[2] == integers(gemmi.Op("x,y,z"))
                if n_pairs and not is_itself:
                    expected[either_way(*key)] = n_pairs
    contacts = lattice_contacts(named)
    found = {as_key(entry, contact): contact.n_pairs for contact in contacts}
    assert len(found) == len(contacts)
    assert found == expected
    # In a cell as narrow as this a search of the nearest cells alone would miss some.
    farthest = max((abs(t) for _, _, op in found for t in op[9:]), default=0)
    assert farthest >= 2 * DEN or not is_dense
