"""Areas, residues and bonds of lattice contacts against the first pass and against freesasa."""

import numpy as np
import pytest

from il2struct.interface.burial import protor_radii
from il2struct.interface.measure import interfaces_of
from il2struct.lattice.contacts import ContactKind
from il2struct.lattice.measure import measured_contacts
from il2struct.structure.model import concatenated

pytestmark = pytest.mark.entries

#: Lattice contacts by chain of side 1, chain of side 2 and operator of side 2; their area per side
#: in the first pass (Å²) …
GAMMA_ALPHA = {
    ("2ERJ.pdb", "A", "C", "1_565"): 630.0,
    ("2ERJ.pdb", "E", "G", "1_545"): 600.0,
    ("2B5I.cif", "D", "C", "3_545"): 553.0,
}
OTHERS = {
    ("2B5I.cif", "B", "C", "3_445"): 411.0,
    ("2ERJ.pdb", "B", "B", "1_455"): 390.0,
}
#: … and with ProtOr radii, as il2struct measures by default (regression, 2026).
PROTOR = {
    ("2ERJ.pdb", "A", "C", "1_565"): 634.8,
    ("2ERJ.pdb", "E", "G", "1_545"): 606.2,
    ("2B5I.cif", "D", "C", "3_545"): 557.3,
    ("2B5I.cif", "B", "C", "3_445"): 417.1,
    ("2ERJ.pdb", "B", "B", "1_455"): 396.7,
    ("1Z92.pdb", "A", "B", "2_444"): 795.1,
}
#: Radii by element that the first pass used for the contacts of 2ERJ and 2B5I.
ELEMENT_RADII_A = {"C": 1.80, "N": 1.65, "O": 1.40, "S": 1.85}


@pytest.fixture
def contact(measured_of):
    def find(name, first, second, code):
        (found,) = (
            m
            for m in measured_of(name)
            if m.contact.image_1.auth_asym_id == first
            and m.contact.image_2.auth_asym_id == second
            and m.contact.image_2.symmetry_code == code
        )
        return found

    return find


def heavy_atoms(measured):
    sides = measured.interface.sides
    return [side.atoms.select(~side.atoms.is_hydrogen) for side in sides]


def area_by_freesasa(freesasa, groups, radii_of):
    """(ASA1 + ASA2 - ASA12)/2 of whole chains, Lee-Richards with 200 slices."""

    def area(parts):
        atoms = concatenated(parts)
        result = freesasa.calcCoord(
            atoms.coords.ravel(),
            radii_of(atoms),
            freesasa.Parameters({"n-slices": 200}),
        )
        return result.totalArea()

    return (area(groups[:1]) + area(groups[1:]) - area(groups)) / 2


def element_radii(atoms):
    return np.array([ELEMENT_RADII_A[element] for element in atoms.element])


@pytest.mark.parametrize("key", PROTOR)
def test_areas_with_protor_radii(contact, key):
    area = contact(*key).interface.burial.area_per_side_a2
    # The reference has 500 slices (freesasa).
    assert area == pytest.approx(PROTOR[key], abs=0.2)


@pytest.mark.reference
@pytest.mark.parametrize("key", PROTOR)
def test_areas_are_those_of_freesasa_on_whole_chains(contact, key, freesasa):
    measured = contact(*key)
    expected = area_by_freesasa(
        freesasa, heavy_atoms(measured), lambda atoms: protor_radii(atoms).radii_a
    )
    # What 200 slices leave of an error.
    assert measured.interface.burial.area_per_side_a2 == pytest.approx(
        expected, abs=0.5
    )


@pytest.mark.reference
@pytest.mark.parametrize(
    ("key", "area"), [*GAMMA_ALPHA.items(), *OTHERS.items()], ids=str
)
def test_first_pass_areas_come_back_with_its_radii(contact, key, area, freesasa):
    """
    The first pass measured 2ERJ and 2B5I lattice contacts with radii by element.

    With C 1.80, N 1.65, O 1.40, S 1.85 Å all five of its numbers come back; the default here is
    ProtOr, as for the interfaces inside a complex and the contact of 1Z92, and gives 1 to 2 %
    more on the same atoms.
    """
    found = area_by_freesasa(freesasa, heavy_atoms(contact(*key)), element_radii)
    # The reference is rounded to 1 Å²; 389.4 stands as 390, so one more of rounding.
    assert found == pytest.approx(area, abs=1.0)


def test_the_patch_on_alpha_is_used_against_il2_in_1z92(contact):
    """795 Å² of α with IL-2 of the neighbour: the same residues that meet γc elsewhere."""
    measured = contact("1Z92.pdb", "A", "B", "2_444")
    # The reference is rounded to 1 Å².
    assert measured.interface.burial.area_per_side_a2 == pytest.approx(795.1, abs=0.2)
    alpha = residues(measured, 2)
    assert ALPHA_RESIDUES & alpha >= {126, 128, 140, 141, 142, 143, 144, 146, 148, 157}


#: Residues of the γc-α contact, mature numbers.
ALPHA_RESIDUES = {126, 128, *range(136, 145), 146, 148, 157}
GAMMA_RESIDUES = {46, 47, 81, 82, 94, 96, 133, 136, 155, 156}


def residues(measured, side):
    interface = measured.interface
    partner = interface.sides[side - 1]
    touching = (interface.contacts.residue_1, interface.contacts.residue_2)[side - 1]
    rows = partner.residue_row(np.unique(touching))
    return set(measured.named.numbers.mature_number[rows].tolist())


def test_residues_of_the_contact_are_the_same_in_all_copies(contact):
    copies = [contact(*key) for key in GAMMA_ALPHA]
    alpha = set.intersection(*(residues(copy, 1) for copy in copies))
    gamma = set.intersection(*(residues(copy, 2) for copy in copies))
    assert alpha == ALPHA_RESIDUES
    # 44 and 137 (glycosylated) also lie within 5 Å in all copies; the first pass left them out.
    assert gamma == GAMMA_RESIDUES | {44, 137}


def bonds(measured, mask):
    """Set of ("GLU144", "OE2", "ARG155", "NH1") with mature numbers."""
    interface = measured.interface
    names = []
    for partner, index in zip(
        interface.sides, (interface.bonds.index_1, interface.bonds.index_2), strict=True
    ):
        atoms = concatenated([partner.atoms, partner.glycans])
        rows = partner.residue_row(atoms.residue_index)
        numbers = measured.named.numbers.mature_number
        names.append(
            [
                (f"{atoms.residue_name[i]}{numbers[rows[i]]}", str(atoms.atom_name[i]))
                for i in index[mask]
            ]
        )
    return {(*one, *other) for one, other in zip(*names, strict=True)}


@pytest.mark.parametrize("key", GAMMA_ALPHA, ids=str)
def test_bonds_that_all_copies_share(contact, key):
    measured = contact(*key)
    found = measured.interface.bonds
    hydrogen = bonds(measured, found.is_plain_hydrogen_bond)
    salt = bonds(measured, found.is_salt_bridge)
    assert any(b[:3] == ("ALA143", "N", "GLU46") for b in hydrogen)
    assert ("GLY141", "N", "TYR47", "OH") in hydrogen
    assert any((b[0], b[2]) == ("LYS148", "GLU136") for b in salt)
    assert any((b[0], b[2]) == ("GLU144", "ARG155") for b in salt)
    # Two carboxylates this close need a proton between them; no plain bond is claimed.
    proton = bonds(measured, found.needs_protonation)
    assert any((b[0], b[2]) == ("GLU144", "GLU46") for b in proton)
    assert not any((b[0], b[2]) == ("GLU144", "GLU46") for b in hydrogen)


@pytest.mark.parametrize("key", GAMMA_ALPHA, ids=str)
def test_glycans_reach_the_neighbour(contact, key):
    burial = contact(*key).interface.burial
    # N49 and N137 of γc carry sugars at 3.1 to 3.5 Å of α: more than a quarter on top.
    assert burial.area_with_glycans_per_side_a2 > 1.25 * burial.area_per_side_a2


def test_tag_residues_make_the_beta_beta_contact(contact):
    measured = contact("2ERJ.pdb", "B", "B", "1_455")
    side = measured.interface.burial.sides[0]
    rows = measured.interface.sides[0].residue_row(side.residues.residue_index)
    is_tag = measured.named.numbers.status[rows] == "tag"
    assert side.residues.buried_a2[is_tag].sum() > 50.0


def test_interfaces_inside_complexes_are_those_of_the_entry(measured_of, named_entry):
    """A lattice contact of kind same_complex is the interface that `interfaces_of` measures."""
    inside = {
        (
            i.sides[0].images,
            i.sides[1].images,
        ): i.burial.area_per_side_a2
        for i in interfaces_of(named_entry("2B5I.cif"))
    }
    found = {
        (
            m.interface.sides[0].images,
            m.interface.sides[1].images,
        ): m.interface.burial.area_per_side_a2
        for m in measured_of("2B5I.cif")
        if m.contact.kind is ContactKind.SAME_COMPLEX
    }
    assert found == inside


def test_order_and_labels(measured_of, contacts_of, named_entry):
    contacts = contacts_of("2B5I.cif")
    measured = measured_of("2B5I.cif")
    assert [m.contact for m in measured] == list(contacts)
    for m in measured:
        sides = m.interface.sides
        assert sides[0].images == (m.contact.image_1,)
        assert sides[1].images == (m.contact.image_2,)
        # Atom pairs of the search and of the measurement are the same.
        assert len(m.interface.contacts.atom_1) == m.contact.n_pairs
    some = measured_contacts(named_entry("2B5I.cif"), contacts=contacts[-2:])
    assert [m.contact for m in some] == list(contacts[-2:])


def test_a_homodimer_buries_as_much_on_both_sides(contact):
    """Two-fold contacts of one chain: side 1 and side 2 are each other's image."""
    burial = contact("2B5I.cif", "B", "B", "2_555").interface.burial
    assert burial.sides[0].area_a2 == pytest.approx(burial.sides[1].area_a2, abs=1e-6)


@pytest.mark.parametrize(("key", "area"), GAMMA_ALPHA.items(), ids=str)
def test_gamma_alpha_areas_within_the_spread_of_radius_tables(contact, key, area):
    # 1.0, 1.1 and 0.95 %: the difference of ProtOr from radii by element (test above).
    found = contact(*key).interface.burial.area_per_side_a2
    assert found == pytest.approx(area, rel=0.0115)
