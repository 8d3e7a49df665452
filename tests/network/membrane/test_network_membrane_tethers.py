import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import dblquad

from il2struct.errors import ParameterError, StructureError, UnknownChainError
from il2struct.network.membrane.body import (
    anchors_of_complex,
    body_of_complex,
    mean_square_end_to_end,
)
from il2struct.structure.family import Role, shipped_family
from il2struct.structure.model import make_side


def mean_square(contour, length=4.0):
    return mean_square_end_to_end(contour, persistence_length_a=length)


@pytest.mark.parametrize("contour", [1.0, 28.8, 57.6, 198.0])
def test_worm_like_chain_is_the_double_integral_of_its_memory(contour):
    # <R²> = ∫∫ exp(-|s - s'|/l) ds ds', twice the half below the diagonal.
    half = dblquad(
        lambda s, t: math.exp(-(t - s) / 4.0), 0.0, contour, 0.0, lambda t: t
    )
    # The accuracy that dblquad states.
    assert mean_square(contour) == pytest.approx(2.0 * half[0], rel=1e-7)


@given(st.floats(1e-9, 1e-2))
def test_a_short_chain_is_a_rod(ratio):
    # The next term of the series is L³/3l.
    assert mean_square(ratio, 1.0) == pytest.approx(ratio**2, rel=ratio)
    assert mean_square(ratio, 1.0) < ratio**2


@given(st.floats(1e3, 1e9))
def test_a_long_chain_is_a_random_walk(contour):
    assert mean_square(contour) == pytest.approx(
        8.0 * contour, rel=4.0 / contour * 1.01
    )


def test_series_and_closed_form_meet():
    below, above = mean_square(0.9999e-4, 1.0), mean_square(1.0001e-4, 1.0)
    # Cancellation of the closed form at 1e-4 leaves 1e-12 of its digits.
    assert above / below == pytest.approx((1.0001 / 0.9999) ** 2, rel=1e-7)
    assert mean_square(0.0) == 0.0


def test_bad_lengths_are_refused():
    for lengths in ((-1.0, 4.0), (10.0, 0.0), (math.nan, 4.0)):
        with pytest.raises(ParameterError, match="worm-like"):
            mean_square(*lengths)


def test_transmembrane_helices_lie_where_the_sequence_is_hydrophobic():
    hydrophobic = set("AVILMFWCGSTYPH")
    starts = {}
    for reference in shipped_family().references:
        # Those of UniProt; what is computed from the sequence says nothing here.
        if not reference.helix_source.startswith("UniProt"):
            continue
        if reference.species != "human":
            continue
        start, end = reference.membrane_helix
        starts[reference.role] = start
        helix = reference.sequence[start - 1 : end]
        assert 19 <= len(helix) <= 25
        assert set(helix) <= hydrophobic
        # It ends before the charges of the inner leaflet.
        assert set(reference.sequence[end : end + 5]) & set("RK")
    assert starts[Role.IL2RA] == starts[Role.IL2RB] == 241
    assert starts[Role.IL2RG] == 263


@pytest.mark.entries
@pytest.mark.parametrize(
    ("name", "index", "mature", "n_residues"),
    [
        ("2ERJ.pdb", 0, (165, 206, 226), (55, 9, 15)),
        ("2ERJ.pdb", 1, (165, 206, 226), (55, 9, 15)),
        ("2B5I.cif", 0, (165, 207, 224), (55, 8, 17)),
    ],
)
def test_anchors_of_the_quaternary_complexes(
    named_entry, name, index, mature, n_residues
):
    named = named_entry(name)
    found = anchors_of_complex(named, named.complexes[index])
    assert found.roles == ("IL2RA", "IL2RB", "IL2RG")
    assert found.last_mature == mature
    assert found.n_residues == n_residues
    np.testing.assert_allclose(found.contour_a, 3.6 * np.array(n_residues))
    np.testing.assert_allclose(
        found.mean_square_a2, [mean_square(each) for each in found.contour_a]
    )
    # Each is the Cα of that residue, looked up by the author's number.
    atoms, residues = named.entry.atoms, named.entry.residues
    for chain, number, position in zip(
        found.auth_asym_ids, mature, found.positions, strict=True
    ):
        row = np.flatnonzero(
            (residues.auth_asym_id == chain)
            & (residues.auth_number == number)
            & (residues.kind == "protein")
        )[0]
        mask = (atoms.residue_index == row) & (atoms.atom_name == "CA")
        # The identity of a crystal goes through fractional coordinates: rounding.
        np.testing.assert_allclose(position, atoms.coords[mask][0], atol=1e-10)


@pytest.mark.entries
def test_linkers_can_be_overridden(named_entry):
    named = named_entry("2ERJ.pdb")
    complex_ = named.complexes[0]

    def begins_at(start):
        roles = tuple(
            replace(
                role, reference=replace(role.reference, membrane_helix=(start, 265))
            )
            if role.role is Role.IL2RB
            else role
            for role in named.roles
        )
        return replace(named, roles=roles)

    found = anchors_of_complex(begins_at(245), complex_, residue_length_a=3.8)
    assert found.n_residues == (55, 13, 15)
    assert found.contour_a[1] == pytest.approx(13 * 3.8)
    with pytest.raises(StructureError, match="beyond the start"):
        anchors_of_complex(begins_at(220), complex_)


@pytest.mark.entries
def test_the_body_leaves_out_tags_and_keeps_glycans(named_entry):
    named = named_entry("2ERJ.pdb")
    complex_ = named.complexes[0]
    anchors = anchors_of_complex(named, complex_)
    body = body_of_complex(named, complex_, anchors)
    images = [member.image for member in complex_.members]
    side = make_side(named.entry, images, label="", role="")
    status = named.numbers.status[side.residue_row(side.atoms.residue_index)]
    # β 207-209 of 2ERJ are T-G-H of the tag.
    tag = side.atoms.coords[status == "tag"]
    assert len(tag) > 0
    surface = {tuple(row) for row in body.surface}
    assert not surface & {tuple(row) for row in tag}
    assert surface & {tuple(row) for row in side.glycans.coords}
    kept = np.concatenate([side.atoms.coords[status != "tag"], side.glycans.coords])
    np.testing.assert_allclose(body.centre, kept.mean(axis=0), atol=1e-9)
    for direction in np.vstack([np.eye(3), -np.eye(3)]):
        assert (body.surface @ direction).min() == pytest.approx(
            (kept @ direction).min(), abs=1e-9
        )


@pytest.mark.entries
def test_what_is_missing_is_said(named_entry):
    pair = named_entry("1Z92.pdb")
    found = anchors_of_complex(pair, pair.complexes[0])
    assert found.roles == ("IL2RA",)
    alone = named_entry("1M47.pdb")
    with pytest.raises(UnknownChainError, match="transmembrane"):
        anchors_of_complex(alone, alone.complexes[0])


@pytest.mark.entries
def test_il15_receptor_has_an_anchor_of_its_own(named_entry):
    named = named_entry("2Z3R.cif")
    found = anchors_of_complex(named, named.complexes[0])
    assert set(found.roles) == {"IL15RA"}
    assert all(count > 50 for count in found.n_residues)
