"""Role colours: told apart in four kinds of vision and in grey, and checked when changed."""

from itertools import combinations

import numpy as np
import pytest

from il2struct.errors import ParameterError
from il2struct.palette import Palette, mixed_with_white, role_colours

ROLES = ("IL2", "IL2RA", "IL2RB", "IL2RG")
VISIONS = {
    "normal": None,
    "deuteranopia": "deuteranomaly",
    "protanopia": "protanomaly",
    "tritanopia": "tritanomaly",
}


def _rgb(colour):
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255.0


@pytest.mark.parametrize("vision", VISIONS)
def test_roles_differ_in_every_kind_of_vision(vision):
    import colorspacious

    def seen(colour):
        rgb = _rgb(colour)
        if VISIONS[vision] is None:
            return rgb
        space = {"name": "sRGB1+CVD", "cvd_type": VISIONS[vision], "severity": 100}
        return np.clip(colorspacious.cspace_convert(rgb, space, "sRGB1"), 0, 1)

    distances = [
        colorspacious.deltaE(
            seen(role_colours()[a]), seen(role_colours()[b]), input_space="sRGB1"
        )
        for a, b in combinations(ROLES, 2)
    ]
    assert min(distances) >= 25


def test_roles_differ_in_grey():
    import colorspacious

    light = sorted(
        colorspacious.cspace_convert(_rgb(role_colours()[r]), "sRGB1", "CIELab")[0]
        for r in ROLES
    )
    assert min(np.diff(light)) >= 10


def test_kin_share_a_colour_and_strangers_are_grey():
    palette = Palette()
    assert palette.of("IL15") == palette.of("IL2")
    assert palette.of("IL15RA") == palette.of("IL2RA")
    assert palette.of("nothing known") == palette.of("unknown") == "#BBBBBB"


@pytest.mark.parametrize(
    ("roles", "words"),
    [
        ({"IL3": "#000000"}, "no role"),
        ({"IL2": "red"}, "#rrggbb"),
        ({"IL2": "#00"}, "#rrggbb"),
    ],
)
def test_wrong_colours_are_refused(roles, words):
    with pytest.raises(ParameterError, match=words):
        Palette(roles=roles)


def test_a_change_leaves_the_other_roles_and_the_default():
    changed = Palette().with_roles({"IL2RA": "#009988"})
    assert changed.of("IL2RA") == "#009988"
    assert changed.of("IL2RB") == Palette().of("IL2RB")
    assert Palette().of("IL2RA") == "#EE7733"
    with pytest.raises(TypeError):
        changed.roles["IL2"] = "#000000"


@pytest.mark.parametrize("fraction", [0.0, 0.25, 0.6, 1.0])
def test_mixing_with_white_is_linear(fraction):
    for colour in role_colours().values():
        mixed = _rgb(mixed_with_white(colour, fraction))
        expected = _rgb(colour) + (1 - _rgb(colour)) * fraction
        assert np.abs(mixed - expected).max() <= 0.5 / 255 + 1e-9


@pytest.mark.entries
def test_chains_without_a_role_have_a_colour_for_each_entity(named_entry):
    barnase = named_entry("1BRS.pdb")
    colours = Palette().of_chains(barnase)
    assert [colours[c] for c in "ABC"] == [colours["A"]] * 3
    assert [colours[c] for c in "DEF"] == [colours["D"]] * 3
    assert len({colours["A"], colours["D"], *role_colours().values()}) == 2 + len(
        set(role_colours().values())
    )
    grey = Palette().with_roles({"unknown": "#808080"}).of_chains(barnase)
    assert set(grey.values()) == {"#808080"}
    known = Palette().of_chains(named_entry("2B5I.pdb"))
    assert known == {
        chain: Palette().of(role)
        for chain, role in zip("ABCD", ("IL2", "IL2RB", "IL2RG", "IL2RA"), strict=True)
    }
