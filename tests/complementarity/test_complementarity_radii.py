"""Radii by name and element."""

import pytest

from il2struct.complementarity import sc_radii
from il2struct.errors import ParameterError


@pytest.mark.parametrize(
    ("residue", "atom", "element", "radius"),
    [
        ("ALA", "CB", "C", 1.95),
        ("GLU", "CB", "C", 1.90),  # no rule of its own: the one for all residues
        ("ARG", "NH2", "N", 1.70),
        ("ARG", "NE", "N", 1.65),
        ("TYR", "OH", "O", 1.70),
        ("GLY", "CA", "C", 1.90),
        ("LEU", "CA", "C", 1.85),
        ("CYS", "SG", "S", 1.90),
        ("LYS", "OXT", "O", 1.60),
        ("HOH", "O", "O", 1.70),
        ("SER", "HG", "H", 0.50),
        ("ser ", " OG ", "o", 1.70),
    ],
)
def test_the_first_rule_that_fits(
    residue: str, atom: str, element: str, radius: float
) -> None:
    found = sc_radii([residue], [atom], [element])
    assert found.radii_a.tolist() == [radius]
    assert found.by_element == ()


def test_the_element_decides_what_a_name_is() -> None:
    residues, atoms = ["CA", "TYR", "HG", "DOD"], ["CA", "OH", "HG", "D1"]
    found = sc_radii(residues, atoms, ["CA", "O", "HG", "D"])
    # Calcium is no CA carbon, Tyr OH and mercury are no hydrogens; deuterium is one.
    assert found.radii_a.tolist() == [2.31, 1.70, 1.55, 0.50]
    assert found.is_heavy.tolist() == [True, True, True, False]
    assert [(kind.element, kind.n_atoms) for kind in found.by_element] == [
        ("CA", 1),
        ("HG", 1),
    ]


def test_what_fell_back_is_listed_once_with_its_count() -> None:
    found = sc_radii(["NAG"] * 3, ["C1", "C1", "O3"], ["C", "C", "O"])
    assert [(k.atom_name, k.n_atoms, k.radius_a) for k in found.by_element] == [
        ("C1", 2, 1.80),
        ("O3", 1, 1.60),
    ]


@pytest.mark.parametrize("element", ["", "X"])
def test_a_blank_element_comes_from_the_name(element: str) -> None:
    found = sc_radii(["GLN", "GLN"], ["NE2", "1HE2"], [element] * 2)
    assert found.radii_a.tolist() == [1.70, 0.50]
    assert found.is_heavy.tolist() == [True, False]


def test_refusals() -> None:
    with pytest.raises(ParameterError, match="'RN'"):
        sc_radii(["RN"], ["RN"], ["RN"])
    with pytest.raises(ParameterError, match="one entry per atom"):
        sc_radii(["ALA"], ["CA", "CB"], ["C", "C"])
