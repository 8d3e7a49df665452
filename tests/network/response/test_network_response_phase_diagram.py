"""Mean chain length over density and contact strength."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from il2struct.errors import ParameterError
from il2struct.network.response.dose_response import (
    CellType,
    ResponseSettings,
    cell_type,
)
from il2struct.network.response.receptor import phase_diagram, receptor_response


def cell(alpha, beta, gamma):
    return CellType(
        cell="made",
        cell_name="made",
        alpha_per_cell=alpha,
        beta_per_cell=beta,
        gamma_per_cell=gamma,
        membrane_area_um2=100.0,
        sources=(),
    )


@pytest.fixture(scope="module")
def treg():
    return phase_diagram(ResponseSettings(cell=cell_type("treg")))


def test_silent_is_the_closed_form(treg):
    # N_A × 1 µmol/L × 7.5 nm = 4.5166 per µm² (SI Brochure, 9th edition).
    kd_per_um2 = 602.214076 * 7.5e-3 * treg.contact_kd_micromolar
    strength = treg.density_per_um2[:, None] / kd_per_um2
    wanted = 0.5 * (1.0 + np.sqrt(1.0 + 4.0 * strength))
    assert np.allclose(treg.mean_length_silent, wanted, rtol=1e-9)


def test_longer_with_density_and_strength(treg):
    for lengths in (treg.mean_length_silent, treg.mean_length_compete):
        assert (lengths >= 1.0).all()
        assert (np.diff(lengths, axis=0) >= 0.0).all()
        assert (np.diff(lengths, axis=1) <= 0.0).all()


def test_competing_chains_never_pass_their_limit(treg):
    # Science brief: 663 β and 14082 γc on a regulatory T cell.
    assert treg.longest_compete == pytest.approx(1.0 / (1.0 - 663.0 / 14082.0))
    assert treg.mean_length_compete.max() <= treg.longest_compete
    assert treg.mean_length_compete.max() == pytest.approx(
        treg.longest_compete, rel=1e-3
    )
    assert (treg.mean_length_compete <= treg.mean_length_silent + 1e-12).all()


def test_contact_scan_of_a_response_is_a_row_of_it():
    question = ResponseSettings(cell=cell_type("treg"))
    response = receptor_response(question)
    found = phase_diagram(
        question,
        contact_kd_micromolar=response.contact_scan.contact_kd_micromolar,
        density_per_um2=[response.densities.most_complexes_per_um2],
    )
    scan = response.contact_scan
    assert np.allclose(found.mean_length_silent[0], scan.mean_length_silent, rtol=1e-9)
    assert np.allclose(found.mean_length_compete[0], scan.mean_length_compete)
    assert found.cell_density_per_um2 == response.densities.most_complexes_per_um2


@settings(max_examples=25)
@given(
    st.floats(1e2, 1e5), st.floats(1e2, 1e5), st.floats(1e2, 1e5), st.floats(1.0, 30.0)
)
def test_equal_numbers_do_not_compete(alpha, beta, gamma, height):
    question = ResponseSettings(cell=cell(alpha, beta, gamma), height_nm=height)
    grid = {"contact_kd_micromolar": [0.1, 10.0], "density_per_um2": [1.0, 100.0]}
    mixed = phase_diagram(question, **grid)
    assert (mixed.mean_length_compete <= mixed.mean_length_silent * (1 + 1e-9)).all()
    scarce = min(alpha, beta, gamma)
    even = phase_diagram(
        ResponseSettings(cell=cell(scarce, scarce, scarce), height_nm=height), **grid
    )
    assert np.allclose(even.mean_length_compete, even.mean_length_silent, rtol=1e-9)
    assert math.isinf(even.longest_compete)


@pytest.mark.parametrize(
    "values", [[], [0.0, 1.0], [2.0, 1.0], [1.0, math.inf], [[1.0]], [1.0, math.nan]]
)
@pytest.mark.parametrize("name", ["contact_kd_micromolar", "density_per_um2"])
def test_refused_axes(name, values):
    with pytest.raises(ParameterError, match=name):
        phase_diagram(ResponseSettings(cell=cell_type("treg")), **{name: values})


def test_lacking_chain_is_refused():
    with pytest.raises(ParameterError, match="lacks a chain"):
        phase_diagram(ResponseSettings(cell=cell(0.0, 1e3, 1e3)))


def test_does_not_write_to_or_keep_its_arguments():
    axis = np.array([1.0, 2.0])
    axis.setflags(write=False)
    found = phase_diagram(
        ResponseSettings(cell=cell_type("treg")),
        contact_kd_micromolar=axis,
        density_per_um2=axis,
    )
    assert not np.shares_memory(found.contact_kd_micromolar, axis)
