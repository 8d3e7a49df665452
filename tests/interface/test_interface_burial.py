"""Buried areas and radii: closed forms, invariants, the reference values, freesasa and a second engine."""

import itertools

import numpy as np
import pytest
from fragments import placed, side_of

from il2struct.interface.burial import (
    ELEMENT_RADIUS_A,
    LEVY_THRESHOLD,
    OTHER_RADIUS_A,
    BurialParameters,
    _protor_table,
    burial_between,
    free_surface,
    is_charged,
    levy_classes,
    levy_margins,
    protor_radii,
)
from il2struct.structure.family import Role
from il2struct.structure.model import (
    ChainImage,
    atoms_of_residues,
    concatenated,
    make_side,
)

PARAMETERS = BurialParameters()
PROBE = PARAMETERS.probe_radius_a


def burial_of(one, two, parameters=PARAMETERS):
    surfaces = tuple(free_surface(side, parameters=parameters) for side in (one, two))
    return burial_between((one, two), surfaces, parameters=parameters)


# --- closed forms --------------------------------------------------------------------------------


def cap(radius, other, distance):
    """Area of a sphere that another one covers: 2π R h."""
    height = radius - (distance**2 + radius**2 - other**2) / (2 * distance)
    return 2 * np.pi * radius * height


@pytest.mark.parametrize("distance", [1.5, 2.5, 4.0, 5.5, 6.4])
@pytest.mark.parametrize(("name_2", "radius_2"), [("CB", 1.88), ("O", 1.42)])
def test_two_atoms(make_atoms, distance, name_2, radius_2):
    one = side_of(make_atoms([[0, 0, 0]], atom_name=["CB"]))
    two = side_of(
        make_atoms(
            [[0.6 * distance, 0, 0.8 * distance]],
            atom_name=[name_2],
            element=[name_2[0]],
        )
    )
    found = burial_of(one, two)
    big, small = 1.88 + PROBE, radius_2 + PROBE
    expected = [0.0, 0.0]
    if distance < big + small:
        expected = [cap(big, small, distance), cap(small, big, distance)]
    np.testing.assert_allclose(
        [found.sides[0].area_a2, found.sides[1].area_a2], expected, rtol=1e-9, atol=1e-9
    )
    np.testing.assert_allclose(
        found.sides[0].sasa_free_a2, 4 * np.pi * big**2, rtol=1e-12
    )
    assert found.area_total_a2 == pytest.approx(sum(expected), rel=1e-9, abs=1e-9)
    assert found.area_per_side_a2 == found.area_total_a2 / 2
    assert found.area_with_glycans_per_side_a2 == found.area_per_side_a2


def test_out_of_reach_nothing_is_buried(make_atoms):
    found = burial_of(
        side_of(make_atoms([[0, 0, 0]])), side_of(make_atoms([[99, 0, 0]]))
    )
    assert found.area_total_a2 == 0
    assert found.sides[0].residues.buried_fraction.tolist() == [0]
    assert found.sides[0].residues.class_levy.tolist() == [""]


def test_additivity_over_partners_that_do_not_meet(make_atoms):
    middle = side_of(make_atoms([[0, 0, 0]], atom_name=["CB"]))
    left, right = ([[-4.0, 0, 0]], [[4.5, 0, 0]])
    apart = [
        burial_of(middle, side_of(make_atoms(x))).sides[0].area_a2
        for x in (left, right)
    ]
    both = burial_of(middle, side_of(make_atoms(left + right))).sides[0].area_a2
    assert both == pytest.approx(sum(apart), abs=1e-9)


def test_glycans_count_in_their_own_field_only(make_atoms):
    one = make_atoms([[0, 0, 0]])
    sugar = make_atoms([[4, 0, 0]], residue_name=["NAG"], atom_name=["C1"])
    two = make_atoms([[20, 0, 0]])
    found = burial_of(side_of(one), side_of(two, glycans=sugar))
    assert found.area_total_a2 == 0
    carbon, alpha = 1.70 + PROBE, 1.88 + PROBE
    expected = (cap(alpha, carbon, 4.0) + cap(carbon, alpha, 4.0)) / 2
    assert found.area_with_glycans_per_side_a2 == pytest.approx(expected, rel=1e-9)


def test_hydrogens_bury_nothing(make_atoms):
    atoms = make_atoms([[0, 0, 0], [1, 0, 0]], element=["C", "H"], residue_index=[0, 0])
    found = burial_of(side_of(atoms), side_of(make_atoms([[4, 0, 0]])))
    assert found.sides[0].rows.tolist() == [0]
    bare = burial_of(
        side_of(atoms.select(np.array([0]))), side_of(make_atoms([[4, 0, 0]]))
    )
    assert found.area_total_a2 == bare.area_total_a2


def test_polar_apolar_charged(make_atoms):
    kinds = [
        ("ASP", "OD1", "O", True),
        ("ASP", "O", "O", False),
        ("GLU", "OE2", "O", True),
        ("GLN", "OE1", "O", False),
        ("LYS", "NZ", "N", True),
        ("LYS", "N", "N", False),
        ("ARG", "NE", "N", True),
        ("ARG", "NH2", "N", True),
        ("HIS", "ND1", "N", False),
        ("ALA", "OXT", "O", True),
        ("TYR", "OH", "O", False),
        ("MET", "SD", "S", False),
        ("ALA", "CB", "C", False),
    ]
    residue, name, element, charged = zip(*kinds, strict=True)
    coords = [[30.0 * i, 0, 0] for i in range(len(kinds))]
    atoms = make_atoms(coords, residue_name=residue, atom_name=name, element=element)
    assert is_charged(atoms).tolist() == list(charged)
    partner = make_atoms(np.add(coords, (0, 4, 0)))
    found = burial_of(side_of(atoms), side_of(partner)).sides[0]
    polar = np.isin(element, ["N", "O"])
    buried = found.buried_a2
    assert found.area_charged_a2 == pytest.approx(buried[np.array(charged)].sum())
    assert found.area_apolar_a2 == pytest.approx(buried[~polar].sum())
    assert found.area_polar_a2 == pytest.approx(
        buried[polar & ~np.array(charged)].sum()
    )
    parts = found.area_apolar_a2 + found.area_polar_a2 + found.area_charged_a2
    assert parts == pytest.approx(found.area_a2)


# --- classes -------------------------------------------------------------------------------------


def test_levy_classes_by_definition():
    t = LEVY_THRESHOLD
    below, above = t - 0.01, t + 0.01
    cases = [
        (above, below, True, "core"),
        (below, below, True, "support"),
        (above, above, True, "rim"),
        (t, t, True, "rim"),  # Levy 2010: "below 25 %"
        (t, below, True, "core"),
        (above, below, False, ""),
        (np.nan, below, True, ""),
        (above, np.nan, True, ""),
    ]
    free, bound, buried, expected = (np.array(x) for x in zip(*cases, strict=True))
    for array in (free, bound, buried):
        array.setflags(write=False)
    classes = levy_classes(free, bound, buried)
    assert classes.tolist() == expected.tolist()
    # A hundredth off the threshold, or on it.
    margins = levy_margins(free, bound, classes)
    assert margins[:5] == pytest.approx([0.01, 0.01, 0.01, 0.0, 0.0])
    assert np.isnan(margins[5:]).all()


@pytest.mark.entries
def test_residues_of_a_real_interface(real_entry):
    entry = real_entry("2B5I.pdb")
    one, two = placed(entry, "A", "D")
    found = burial_of(one, two)
    for side, burial in ((one, found.sides[0]), (two, found.sides[1])):
        residues = burial.residues
        assert residues.buried_a2.sum() == pytest.approx(burial.area_a2, rel=1e-12)
        assert residues.sasa_free_a2.sum() == pytest.approx(
            burial.sasa_free_a2.sum(), rel=1e-12
        )
        assert (np.diff(residues.residue_index) > 0).all()
        rows = side.residue_row(residues.residue_index)
        np.testing.assert_array_equal(residues.name, entry.residues.name[rows])
        assert (residues.buried_a2 >= 0).all()
        assert (residues.buried_a2 <= residues.sasa_free_a2 + 1e-9).all()
        accessible = residues.sasa_free_a2 > 0
        assert np.isnan(residues.buried_fraction[~accessible]).all()
        fraction = residues.buried_fraction[accessible]
        assert ((fraction >= 0) & (fraction <= 1 + 1e-9)).all()
        # Relative areas are of the same Gly-X-Gly: alone minus in the complex is what is buried.
        relative = (residues.relative_free - residues.relative_complex)[accessible]
        np.testing.assert_allclose(
            relative, fraction * residues.relative_free[accessible], atol=1e-9
        )
        assert set(residues.class_levy[residues.buried_a2 > 1e-6]) <= {
            "core",
            "support",
            "rim",
        }
        assert set(residues.class_levy[residues.buried_a2 <= 1e-6]) == {""}
    # Phe 42, Tyr 45 and Leu 72 are the hot spot of IL-2 for α; Val 69 is inside anyway.
    by_number = dict(
        zip(
            entry.residues.auth_number[
                one.residue_row(found.sides[0].residues.residue_index)
            ].tolist(),
            found.sides[0].residues.class_levy.tolist(),
            strict=True,
        )
    )
    assert {by_number[n] for n in (42, 45, 72)} == {"core"}
    assert (by_number[69], by_number[74]) == ("support", "rim")


def test_residues_of_several_images_are_kept_apart(make_atoms):
    atoms = make_atoms(
        [[0, 0, 0], [0, 50, 0]],
        residue_index=[3, 3 + 10_000],
        residue_name=["ALA", "GLY"],
    )
    found = burial_of(side_of(atoms), side_of(make_atoms([[4, 0, 0]])))
    assert found.sides[0].residues.residue_index.tolist() == [3, 10_003]
    assert found.sides[0].residues.name.tolist() == ["ALA", "GLY"]
    assert found.sides[0].residues.buried_a2[1] == 0


def test_unknown_residues_have_areas_but_no_class(make_atoms):
    one = side_of(make_atoms([[0, 0, 0]], residue_name=["ZZZ"]))
    found = burial_of(one, side_of(make_atoms([[4, 0, 0]]))).sides[0]
    assert found.area_a2 > 0
    assert found.residues.class_levy.tolist() == [""]
    assert np.isnan(found.residues.relative_free).all()


# --- reference values ----------------------------------------------------------------------------

PAIRS = {
    "alpha": (Role.IL2, Role.IL2RA),
    "beta": (Role.IL2, Role.IL2RB),
    "gamma": (Role.IL2, Role.IL2RG),
    "beta-gamma": (Role.IL2RB, Role.IL2RG),
}
#: design, section 2, Å² per side.
AREAS = [
    ("2B5I.pdb", "1", "alpha", 843),
    ("2B5I.pdb", "1", "beta", 678),
    ("2B5I.pdb", "1", "gamma", 503),
    ("2B5I.pdb", "1", "beta-gamma", 891),
    ("2ERJ.pdb", "1", "alpha", 887),
    ("2ERJ.pdb", "1", "beta", 661),
    ("2ERJ.pdb", "1", "gamma", 527),
    ("2ERJ.pdb", "1", "beta-gamma", 918),
    ("2ERJ.pdb", "2", "alpha", 908),
    ("2ERJ.pdb", "2", "beta", 659),
    ("2ERJ.pdb", "2", "gamma", 544),
    ("2ERJ.pdb", "2", "beta-gamma", 909),
    ("1Z92.pdb", "1", "alpha", 949),
]


@pytest.mark.entries
@pytest.mark.parametrize(("name", "complex_id", "pair", "area"), AREAS)
def test_areas_of_the_design(named_entry, name, complex_id, pair, area):
    named = named_entry(name)
    (complex_,) = [c for c in named.complexes if c.complex_id == complex_id]
    image = {m.role: m.image for m in complex_.members}
    sides = placed(named.entry, *(image[role] for role in PAIRS[pair]))
    found = burial_of(*sides).area_per_side_a2
    # 1 % is what the issue asks for; the table itself is rounded to 1 Å².
    assert found == pytest.approx(area, rel=0.01)


# --- invariants on real interfaces ---------------------------------------------------------------

REAL = [
    ("2B5I.pdb", "A", "D"),
    ("2B5I.pdb", "B", "C"),
    ("1BRS.pdb", "A", "D"),
    ("2PTC.pdb", "E", "I"),
]


@pytest.mark.entries
@pytest.mark.parametrize(("name", "a", "b"), REAL)
def test_swapping_the_sides(real_entry, name, a, b):
    one, two = placed(real_entry(name), a, b)
    there, back = burial_of(one, two), burial_of(two, one)
    np.testing.assert_allclose(
        there.sides[0].buried_a2, back.sides[1].buried_a2, atol=1e-9
    )
    np.testing.assert_allclose(
        there.sides[1].buried_a2, back.sides[0].buried_a2, atol=1e-9
    )
    assert there.area_total_a2 == pytest.approx(back.area_total_a2, rel=1e-12)
    assert there.area_with_glycans_per_side_a2 == pytest.approx(
        back.area_with_glycans_per_side_a2
    )


@pytest.mark.entries
def test_glycans_of_real_sides_add_area_where_they_touch(real_entry):
    entry = real_entry("2ERJ.pdb")
    one, two = placed(entry, "B", "C")
    found = burial_of(one, two)
    # Sugars can cover what the partner had covered, but here they reach further than they hide.
    assert found.area_with_glycans_per_side_a2 != found.area_per_side_a2
    bare = [side_of(side.atoms) for side in (one, two)]
    assert burial_of(*bare).area_total_a2 == pytest.approx(found.area_total_a2)


@pytest.mark.entries
def test_groups_bury_no_more_than_their_members(real_entry):
    # IL-2 with α, β and γc at once, and one by one: shared solvent is counted once.
    entry = real_entry("2B5I.pdb")
    il2, *receptors = placed(entry, "A", "D", "B", "C")
    (together,) = [make_side(entry, [ChainImage(c) for c in "DBC"], label="", role="")]
    whole = burial_of(il2, together).sides[0].buried_a2
    single = [burial_of(il2, receptor).sides[0].buried_a2 for receptor in receptors]
    assert (whole <= np.sum(single, axis=0) + 1e-9).all()
    assert (whole >= np.max(single, axis=0) - 1e-9).all()


@pytest.mark.entries
def test_a_smaller_probe_buries_less(real_entry):
    one, two = placed(real_entry("1BRS.pdb"), "A", "D")
    areas = [
        burial_of(one, two, BurialParameters(probe_radius_a=probe)).area_total_a2
        for probe in (0.5, 1.0, 1.4, 2.0)
    ]
    assert areas == sorted(areas)


# --- other programs ------------------------------------------------------------------------------


def freesasa_areas(freesasa, coords, radii):
    options = freesasa.Parameters(
        {"algorithm": freesasa.LeeRichards, "n-slices": 20, "probe-radius": PROBE}
    )
    result = freesasa.calcCoord(coords.ravel().tolist(), radii.tolist(), options)
    return np.array([result.atomArea(i) for i in range(len(radii))])


@pytest.mark.entries
@pytest.mark.reference
@pytest.mark.parametrize(
    ("name", "a", "b"), [*REAL, ("2ERJ.pdb", "B", "C"), ("1IAR.pdb", "A", "B")]
)
def test_local_difference_equals_freesasa_of_everything(
    real_entry, name, a, b, freesasa
):
    sides = placed(real_entry(name), a, b)
    found = burial_of(*sides, BurialParameters(n_slices=20))
    parts = [
        side.atoms.select(burial.rows)
        for side, burial in zip(sides, found.sides, strict=True)
    ]
    n_1 = len(parts[0])
    both = concatenated(parts)
    radii = protor_radii(both).radii_a
    complex_area = freesasa_areas(freesasa, both.coords, radii)
    alone = np.concatenate(
        [
            freesasa_areas(freesasa, parts[0].coords, radii[:n_1]),
            freesasa_areas(freesasa, parts[1].coords, radii[n_1:]),
        ]
    )
    ours = np.concatenate([found.sides[0].buried_a2, found.sides[1].buried_a2])
    # By slices the areas are freesasa's, here for every atom.
    np.testing.assert_allclose(ours, alone - complex_area, atol=1e-6)
    free = np.concatenate([found.sides[0].sasa_free_a2, found.sides[1].sasa_free_a2])
    # Whole sides come from the compiled kernel: the sums of freesasa but for rounding.
    np.testing.assert_allclose(free, alone, atol=1e-9)


@pytest.mark.entries
@pytest.mark.reference
@pytest.mark.parametrize(
    ("name", "a", "b"),
    [("2B5I.pdb", "A", "D"), ("2B5I.pdb", "B", "C"), ("1BRS.pdb", "A", "D")],
)
def test_second_engine(real_entry, name, a, b):
    # biotite's Shrake-Rupley shares no code with freesasa; same radii, many points.
    import biotite.structure as struc

    def area(atoms, radii):
        array = struc.AtomArray(len(atoms))
        array.coord = atoms.coords.astype(np.float32)
        return struc.sasa(
            array,
            probe_radius=PROBE,
            point_number=5000,
            vdw_radii=radii,
            ignore_ions=False,
        ).sum()

    sides = placed(real_entry(name), a, b)
    found = burial_of(*sides)
    parts = [side.atoms.select(~side.atoms.is_hydrogen) for side in sides]
    both = concatenated(parts)
    theirs = sum(area(x, protor_radii(x).radii_a) for x in parts) - area(
        both, protor_radii(both).radii_a
    )
    # Issue 2: within 0.5 %.
    assert found.area_total_a2 == pytest.approx(theirs, rel=0.005)
    # By slices it is within the same margin.
    by_slices = burial_of(*sides, BurialParameters(n_slices=20))
    assert by_slices.area_total_a2 == pytest.approx(theirs, rel=0.005)


# --- radii ----------------------------------------------------------------------------


def radii_of(make_atoms, *kinds):
    residue, name, element = zip(*kinds, strict=True)
    atoms = make_atoms(
        np.zeros((len(kinds), 3)), residue_name=residue, atom_name=name, element=element
    )
    return protor_radii(atoms)


@pytest.mark.parametrize(
    ("residue", "name", "element", "radius"),
    [
        # Tsai et al. 1999, table 2: C3H0 1.61, C3H1 1.76, C4 1.88, N 1.64, O1 1.42, O2 1.46, S 1.77.
        ("ALA", "C", "C", 1.61),
        ("PHE", "CZ", "C", 1.76),
        ("ALA", "CB", "C", 1.88),
        ("LYS", "NZ", "N", 1.64),
        ("ALA", "O", "O", 1.42),
        ("TYR", "OH", "O", 1.46),
        ("MET", "SD", "S", 1.77),
    ],
)
def test_protor(make_atoms, residue, name, element, radius):
    found = radii_of(make_atoms, (residue, name, element))
    assert found.radii_a.tolist() == [radius]
    assert found.by_element == ()


def test_element_where_the_table_has_nothing(make_atoms):
    found = radii_of(
        make_atoms,
        ("NAG", "C1", "C"),
        ("NAG", "N2", "N"),
        ("ZZZ", "Q", "XE"),
        ("ALA", "CB", "C"),
        ("SEP", "P", "P"),
    )
    expected = [
        ELEMENT_RADIUS_A["C"],
        ELEMENT_RADIUS_A["N"],
        OTHER_RADIUS_A,
        1.88,
        1.80,
    ]
    assert found.radii_a.tolist() == expected
    assert set(found.by_element) == {
        ("NAG", "C1", "C"), ("NAG", "N2", "N"), ("ZZZ", "Q", "XE"), ("SEP", "P", "P"),
    }  # fmt: skip


def test_calcium_is_no_alpha_carbon(make_atoms):
    calcium, carbon = radii_of(
        make_atoms, ("CA", "CA", "CA"), ("ALA", "CA", "C")
    ).radii_a
    assert calcium == ELEMENT_RADIUS_A["CA"]
    assert carbon == 1.88


def test_same_names_of_other_elements_are_other_kinds(make_atoms):
    # A codebook that packed the three columns carelessly would mix these up.
    kinds = [
        ("A", "BC", "C"),
        ("AB", "C", "C"),
        ("AB", "C", "N"),
        ("A", "BC", "N"),
        ("A", "BC", "C"),
    ]
    found = radii_of(make_atoms, *kinds)
    assert found.radii_a.tolist() == [1.70, 1.70, 1.55, 1.55, 1.70]
    assert len(found.by_element) == 4


def test_no_atoms(make_atoms):
    found = protor_radii(make_atoms(np.zeros((0, 3))))
    assert len(found.radii_a) == 0
    assert found.by_element == ()


@pytest.mark.reference
def test_the_table_is_that_of_freesasa(freesasa):
    theirs = freesasa.Classifier.getStandardClassifier("protor")
    ours = _protor_table()
    residues, names = ({kind[i] for kind in ours} for i in (0, 1))
    residues |= {"UNK", "PSU", "HID", "NAG", "CA"}
    names |= {"CE4", "OXT", "O1P", "SE", "OE3", "C7", "H", "HA", "XX"}
    # Every residue with every atom name: what the table lacks, freesasa answers with -1.
    for residue, name in itertools.product(residues, names):
        assert ours.get((residue, name), -1.0) == theirs.radius(residue, name)


@pytest.mark.entries
@pytest.mark.reference
@pytest.mark.parametrize("name", ["2ERJ.pdb", "1XDA.cif", "2RA9.pdb"])
def test_every_atom_of_real_proteins_is_in_the_table(real_entry, name, freesasa):
    entry = real_entry(name)
    rows = np.concatenate(
        [atoms_of_residues(entry, c.residue_index) for c in entry.protein_chains]
    )
    atoms = entry.atoms.select(rows)
    atoms = atoms.select(~atoms.is_hydrogen)
    found = protor_radii(atoms)
    classifier = freesasa.Classifier.getStandardClassifier("protor")
    one_by_one = [
        classifier.radius(str(residue), str(atom))
        for residue, atom in zip(atoms.residue_name, atoms.atom_name, strict=True)
    ]
    known = np.array(one_by_one) > 0
    np.testing.assert_array_equal(found.radii_a[known], np.array(one_by_one)[known])
    assert {kind[0] for kind in found.by_element} == set(
        atoms.residue_name[~known].tolist()
    )
    assert known.mean() > 0.99
