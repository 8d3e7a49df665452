"""Pieces of the crystal: spacing, completeness, and files that read back as they were."""

from dataclasses import replace
from itertools import pairwise

import gemmi
import numpy as np
import pytest

from il2struct.errors import ParameterError
from il2struct.kernels.cells import neighbour_pairs
from il2struct.lattice.contacts import (
    ContactKind,
    lattice_contacts,
    lattice_units,
    unit_alpha_carbons,
)
from il2struct.lattice.graph import (
    CLASH_A,
    LARGEST_PATCH,
    PlacedUnit,
    chain_patch,
    clashes,
    component_patch,
    components,
    patch_sides,
    periodic_graph,
    radius_patch,
    walk_patch,
    write_patch,
)
from il2struct.lattice.operators import IDENTITY, operator_group
from il2struct.structure.family import Role
from il2struct.structure.model import ChainImage
from il2struct.structure.named import name_entry
from il2struct.structure.read import read_structure


def gamma_alpha(contacts):
    return next(
        c
        for c in contacts
        if {c.member_1.role, c.member_2.role} == {Role.IL2RA, Role.IL2RG}
        and c.n_pairs > 300
    )


def centres(named, patch):
    """Mean Cα of each unit (of the residues that have a number), where it stands."""
    found = []
    for placed in patch:
        home = np.mean(list(unit_alpha_carbons(named, placed.unit).values()), axis=0)
        rotation, translation = named.entry.transform(ChainImage("", *placed.placement))
        found.append(rotation @ home + translation)
    return np.array(found)


def by_key(patch):
    return {(placed.unit.unit_id, placed.placement) for placed in patch}


@pytest.mark.entries
@pytest.mark.parametrize("name", ["2ERJ.pdb", "2B5I.cif"])
def test_a_chain_is_spaced_by_its_translation(named_entry, contacts_of, name):
    named, contact = named_entry(name), gamma_alpha(contacts_of(name))
    patch = chain_patch(named, contact, 5)
    steps = np.diff(centres(named, patch), axis=0)
    # Rounding of coordinates of some 500 Å.
    np.testing.assert_allclose(
        np.linalg.norm(steps, axis=1), contact.translation_a, atol=1e-9
    )
    np.testing.assert_allclose(steps, np.tile(steps[0], (4, 1)), atol=1e-9)
    assert patch[0].placement == IDENTITY
    # The atoms stand where the units do.
    sides = patch_sides(named, patch)
    moved = [side.atoms.coords[0] - sides[0].atoms.coords[0] for side in sides]
    np.testing.assert_allclose(np.diff(moved, axis=0), steps, atol=1e-9)
    # Each unit touches the next as the contact says: α of one, γc of the next.
    for first, second in pairwise(sides):
        n_pairs = len(neighbour_pairs(first.atoms.coords, second.atoms.coords, 5.0))
        assert n_pairs >= contact.n_pairs


@pytest.mark.entries
def test_a_screw_winds(named_entry, contacts_of):
    """1Z92: a three-fold screw; every third unit is a whole cell on."""
    named = named_entry("1Z92.pdb")
    contact = next(
        c
        for c in contacts_of("1Z92.pdb")
        if c.repeat and round(c.repeat.rotation_deg) == 120 and c.repeat.is_propagating
    )
    found = centres(named, chain_patch(named, contact, 7))
    edge = named.entry.crystal.cell_a[2]
    assert np.linalg.norm(found[3] - found[0]) == pytest.approx(edge, abs=1e-6)
    steps = np.linalg.norm(np.diff(found, axis=0), axis=1)
    np.testing.assert_allclose(steps, contact.translation_a, atol=1e-6)


@pytest.mark.entries
def test_what_cannot_be_repeated_is_refused(named_entry, contacts_of):
    named, contacts = named_entry("2ERJ.pdb"), contacts_of("2ERJ.pdb")
    between = next(c for c in contacts if c.unit_1.unit_id != c.unit_2.unit_id)
    with pytest.raises(ParameterError, match="joins units 1 and 2"):
        chain_patch(named, between, 3)
    for n_units in (0, -1, LARGEST_PATCH + 1):
        with pytest.raises(ParameterError, match=f"1 to {LARGEST_PATCH} units"):
            chain_patch(named, gamma_alpha(contacts), n_units)
    inside = next(c for c in contacts if c.kind is ContactKind.SAME_COMPLEX)
    with pytest.raises(ParameterError, match="lies inside complex 1"):
        chain_patch(named, inside, 2)
    two_fold = next(
        c for c in contacts_of("2B5I.cif") if c.repeat and c.repeat.ring_size == 2
    )
    assert len(chain_patch(named_entry("2B5I.cif"), two_fold, 2)) == 2
    with pytest.raises(ParameterError, match="closes after 2 units"):
        chain_patch(named_entry("2B5I.cif"), two_fold, 3)


@pytest.mark.entries
def test_a_walk_along_one_contact_is_its_chain(named_entry, contacts_of):
    named, contact = named_entry("2B5I.cif"), gamma_alpha(contacts_of("2B5I.cif"))
    (unit,) = lattice_units(named)
    walk = walk_patch(named, unit, [contact], 5)
    assert walk[0] == PlacedUnit(unit=unit, placement=IDENTITY)
    # Both directions: sorted along the chain the units are evenly spaced.
    found = centres(named, walk)
    axis = found[1] - found[0]
    along = np.sort((found - found[0]) @ axis / np.linalg.norm(axis))
    np.testing.assert_allclose(np.diff(along), contact.translation_a, atol=1e-6)


@pytest.mark.entries
def test_a_walk_over_all_contacts_meets_both_complexes(named_entry, contacts_of):
    named = named_entry("2ERJ.pdb")
    unit = lattice_units(named)[0]
    between = [
        c for c in contacts_of("2ERJ.pdb") if c.kind is not ContactKind.SAME_COMPLEX
    ]
    walk = walk_patch(named, unit, between, 30)
    assert len(by_key(walk)) == 30
    assert {placed.unit.unit_id for placed in walk} == {"1", "2"}
    # Nearest steps first: everything that touches the first unit comes before what does not.
    first, *others = patch_sides(named, walk)
    touches = [
        len(neighbour_pairs(first.atoms.coords, o.atoms.coords, 5.0)) > 0
        for o in others
    ]
    assert touches == sorted(touches, reverse=True)
    assert walk_patch(named, unit, [], 30) == walk[:1]


@pytest.mark.entries
@pytest.mark.parametrize(
    ("name", "radius"),
    [("2ERJ.pdb", 150.0), ("2B5I.cif", 130.0), ("1Z92.pdb", 90.0), ("3CYR.pdb", 70.0)],
)
def test_a_radius_takes_every_unit_within_it(named_entry, name, radius):
    """Against all operators and all cells from -5 to 5."""
    named = named_entry(name)
    units, group = lattice_units(named), operator_group(named.entry)
    middles = {
        unit.unit_id: np.mean(list(unit_alpha_carbons(named, unit).values()), axis=0)
        for unit in units
    }
    origin = middles[units[0].unit_id]
    expected = set()
    steps = np.stack(np.meshgrid(*[np.arange(-5, 6)] * 3, indexing="ij"), axis=-1)
    for unit in units:
        for op in range(len(group.rotations)):
            for cells in steps.reshape(-1, 3).tolist():
                rotation, translation = group.motion((op, tuple(cells)))
                place = rotation @ middles[unit.unit_id] + translation
                if np.linalg.norm(place - origin) <= radius:
                    expected.add((unit.unit_id, (op, tuple(cells))))
    patch = radius_patch(named, units, radius)
    assert len(by_key(patch)) == len(patch)
    assert by_key(patch) == expected
    assert len(patch) > 3
    away = np.linalg.norm(centres(named, patch) - origin, axis=1)
    assert away[0] == pytest.approx(0.0, abs=1e-6)
    # The nearest first; symmetry mates tie to rounding.
    assert (np.diff(away) > -1e-6).all()


@pytest.mark.entries
def test_radius_limits(named_entry):
    named = named_entry("1Z92.pdb")
    units = lattice_units(named)
    assert by_key(radius_patch(named, units, 0.0)) == {("1", IDENTITY)}
    for radius in (600.0, 1e9):
        with pytest.raises(ParameterError, match="a patch has 1 to"):
            radius_patch(named, units, radius)
    for radius in (-1.0, float("nan"), float("inf")):
        with pytest.raises(ParameterError, match="the radius must be"):
            radius_patch(named, units, radius)


@pytest.mark.entries
def test_a_sheet_of_n_by_m(named_entry, contacts_of):
    """γc-α chains of 2ERJ side by side through β-β': n × m of one complex each."""
    named, contacts = named_entry("2ERJ.pdb"), contacts_of("2ERJ.pdb")
    units = lattice_units(named)
    beta = next(
        c
        for c in contacts
        if c.member_1.role is Role.IL2RB
        and c.image_2.auth_asym_id == c.image_1.auth_asym_id == "B"
    )
    graph = periodic_graph(named.entry, units, [gamma_alpha(contacts), beta])
    sheet = components(graph)[0]
    assert sheet.dimension == 2
    patch = component_patch(units, sheet, (3, 4))
    assert len(by_key(patch)) == 12
    grid = centres(named, patch).reshape(3, 4, 3)
    # Shortest repeat first: 57.3 Å along β-β', 70.5 Å along γc-α.
    lengths = [np.linalg.norm(np.diff(grid, axis=k), axis=2) for k in (0, 1)]
    np.testing.assert_allclose(lengths[0], beta.translation_a, atol=1e-9)
    np.testing.assert_allclose(
        lengths[1], gamma_alpha(contacts).translation_a, atol=1e-9
    )
    for wrong in ((3,), (3, 4, 1), (3, 0)):
        with pytest.raises(ParameterError, match="repeats in 2 directions"):
            component_patch(units, sheet, wrong)
    with pytest.raises(ParameterError, match="a patch has"):
        component_patch(units, sheet, (100, 100))


@pytest.mark.entries
def test_units_of_one_repeat_stand_together(named_entry, contacts_of):
    """2B5I: a repeat of the γc-α chain is two complexes that touch, not two somewhere in the cell."""
    named, contact = named_entry("2B5I.cif"), gamma_alpha(contacts_of("2B5I.cif"))
    units = lattice_units(named)
    chain = components(periodic_graph(named.entry, units, [contact]))[0]
    found = centres(named, component_patch(units, chain, (3,)))
    assert len(found) == 6
    axis = chain.repeat_a[0] / np.linalg.norm(chain.repeat_a[0])
    along = np.sort((found - found[0]) @ axis)
    np.testing.assert_allclose(np.diff(along), contact.translation_a, atol=1e-6)


# Clashes


@pytest.mark.entries
@pytest.mark.parametrize(
    ("name", "radius"),
    [("2ERJ.pdb", 130.0), ("2B5I.cif", 120.0), ("1Z92.pdb", 90.0), ("1FDL.pdb", 70.0)],
)
def test_sound_crystals_do_not_clash(named_entry, name, radius):
    """1FDL: chains of an antibody are units here, joined by a disulphide that is no clash."""
    named = named_entry(name)
    patch = radius_patch(named, lattice_units(named), radius)
    assert len(patch) > 5
    assert clashes(patch_sides(named, patch)) == ()


@pytest.mark.entries
def test_a_clash_in_a_deposited_crystal_is_found(named_entry):
    """1PY2: Leu CD2 of A and Glu OE2 of a mate of D stand 1.07 Å apart as deposited."""
    named = named_entry("1PY2.pdb")
    patch = radius_patch(named, lattice_units(named), 60.0)
    found = clashes(patch_sides(named, patch))
    first = next(c for c in found if c.first == 0)
    assert patch[first.second].unit.unit_id == "4"
    assert first.n_pairs == 2


@pytest.mark.entries
def test_forced_clashes_are_counted_pair_by_pair(named_entry):
    named = named_entry("2B5I.cif")
    (unit,) = lattice_units(named)
    twice = (PlacedUnit(unit=unit, placement=IDENTITY),) * 2
    sides = patch_sides(named, twice)
    (found,) = clashes(sides)
    assert (found.first, found.second) == (0, 1)
    # Slow obvious version, block by block; glycans count, disulphides do not.
    coords, element = [], []
    for atoms in (sides[0].atoms, sides[0].glycans):
        coords.append(atoms.coords[~atoms.is_hydrogen])
        element.append(atoms.element[~atoms.is_hydrogen])
    coords, is_sulphur = np.concatenate(coords), np.concatenate(element) == "S"
    n_pairs = 0
    for row, sulphur in zip(coords, is_sulphur, strict=True):
        distances = np.linalg.norm(coords - row, axis=1)
        is_disulphide = sulphur & is_sulphur & (distances >= 1.9)
        n_pairs += int(((distances <= CLASH_A) & ~is_disulphide).sum())
    assert found.n_pairs == n_pairs


@pytest.mark.entries
def test_a_glycan_in_the_way_is_a_clash(named_entry):
    """The glycans of β laid upon the protein of a second copy, and nothing else."""
    named = named_entry("2B5I.cif")
    (unit,) = lattice_units(named)
    (side,) = patch_sides(named, [PlacedUnit(unit=unit, placement=IDENTITY)])
    away = replace(side.atoms, coords=side.atoms.coords + 1000.0)
    onto = side.atoms.coords[0] - side.glycans.coords[0]
    sugar = replace(side.glycans, coords=side.glycans.coords + onto)
    ghost = replace(side, atoms=away, glycans=sugar)
    assert clashes([side, ghost]) != ()
    bare = replace(ghost, glycans=side.glycans.select(np.zeros(0, dtype=np.int64)))
    assert clashes([side, bare]) == ()


# Files


@pytest.mark.entries
@pytest.mark.parametrize(
    ("name", "radius"),
    [
        # Glycans in chains of their own, in the chain of the protein, none at all, hydrogens.
        ("2ERJ.pdb", 75.0),
        ("2B5I.cif", 75.0),
        ("1Z92.pdb", 60.0),
        ("1IGY.cif", 90.0),
    ],
)
def test_patches_read_back_as_they_were(named_entry, tmp_path, name, radius):
    named = named_entry(name)
    patch = radius_patch(named, lattice_units(named), radius)
    assert len(patch) > 2
    path = tmp_path / "patch.cif"
    write_patch(named, patch, path)
    entry = read_structure(path)
    assert entry.crystal is None
    assert not any(
        note.topic in ("repeated_atoms", "alternate_locations", "glycans_unattached")
        for note in entry.notes
    )
    sides = patch_sides(named, patch)
    # Chain names are the deposited ones with the unit behind, each once.
    names = [chain.auth_asym_id for chain in entry.protein_chains]
    assert names == [
        f"{image.auth_asym_id}-{number}"
        for number, side in enumerate(sides, start=1)
        for image in side.images
    ]
    assert len(set(names)) == len(names)
    expected = {}
    for number, side in enumerate(sides, start=1):
        for atoms in (side.atoms, side.glycans):
            rows = side.residue_row(atoms.residue_index)
            residues = named.entry.residues
            for k, row in enumerate(rows.tolist()):
                own = side.images[int(side.image_of(atoms.residue_index[k : k + 1])[0])]
                is_glycan = atoms is side.glycans
                letter = residues.auth_asym_id[row] if is_glycan else own.auth_asym_id
                key = (
                    f"{letter}-{number}",
                    int(residues.auth_number[row]),
                    str(residues.ins_code[row]),
                    str(residues.name[row]),
                    str(atoms.atom_name[k]),
                )
                assert key not in expected, "two atoms of one name in one residue"
                expected[key] = (atoms.coords[k], atoms.b_iso[k], atoms.element[k])
    assert len(entry.atoms) == len(expected)
    residues = entry.residues
    chain_of = {
        int(row): chain.auth_asym_id
        for chain in entry.protein_chains
        for row in chain.residue_index
    }
    found = []
    for k, row in enumerate(entry.atoms.residue_index.tolist()):
        found.append(
            expected[
                chain_of.get(row, str(residues.auth_asym_id[row])),
                int(residues.auth_number[row]),
                str(residues.ins_code[row]),
                str(residues.name[row]),
                str(entry.atoms.atom_name[k]),
            ]
        )
    coords, b_iso, element = zip(*found, strict=True)
    # mmCIF is written with three decimals.
    np.testing.assert_allclose(entry.atoms.coords, np.array(coords), atol=6e-4)
    np.testing.assert_allclose(entry.atoms.b_iso, np.array(b_iso), atol=6e-3)
    assert entry.atoms.element.tolist() == list(element)


@pytest.mark.entries
def test_glycans_stay_with_their_chains_and_roles_come_back(
    named_entry, tmp_path, contacts_of
):
    named, contact = named_entry("2ERJ.pdb"), gamma_alpha(contacts_of("2ERJ.pdb"))
    path = tmp_path / "chain.cif"
    assert write_patch(named, chain_patch(named, contact, 3), path) == ()
    read = name_entry(read_structure(path))
    for chain in contact.unit_1.members:
        before = named.entry.chain(chain.image.auth_asym_id)
        for number in (1, 2, 3):
            name = f"{chain.image.auth_asym_id}-{number}"
            after = read.entry.chain(name)
            assert len(after.glycan_index) == len(before.glycan_index)
            assert read.role_of[name] is chain.role
    # Three complexes, each of the chains of one unit, none mixed up with its neighbour.
    assert len(read.complexes) == 3
    for complex_ in read.complexes:
        ends = {m.image.auth_asym_id.partition("-")[2] for m in complex_.members}
        assert len(ends) == 1
        assert len(complex_.members) == 4


def test_gemmi_reads_the_patch_of_a_made_up_crystal(made_up, tmp_path):
    """By another reader: eight units of a P 41 helix, one chain each, where they should stand."""
    named = made_up(
        (60.0, 60.0, 40.0, 90.0, 90.0, 90.0),
        "P 41",
        {"A": (4.0, 4.0, 0.0)},
        n_residues=12,
    )
    (contact,) = lattice_contacts(named)
    path = tmp_path / "helix.cif"
    write_patch(named, chain_patch(named, contact, 8), path)
    model = gemmi.read_structure(str(path))[0]
    assert [chain.name for chain in model] == [f"A-{n}" for n in range(1, 9)]
    coords = np.array([[r[0].pos.tolist() for r in chain] for chain in model])
    middles = coords.mean(axis=1)
    # All on a circle of 4√2 Å, a quarter turn and ±10 Å a step.
    np.testing.assert_allclose(
        np.linalg.norm(middles[:, :2], axis=1),
        np.linalg.norm(middles[0, :2]),
        atol=2e-3,
    )
    np.testing.assert_allclose(np.abs(np.diff(middles[:, 2])), 10.0, atol=2e-3)
    np.testing.assert_allclose(
        coords[4],
        coords[0] + 4 * (middles[1, 2] - middles[0, 2]) * np.eye(3)[2],
        atol=2e-3,
    )
