"""The composition: limits, both pictures of free chains, and verdicts that can go either way."""

import math
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

from il2struct.errors import ParameterError
from il2struct.network.response.dose_response import (
    BINDING_PENALTY,
    CellType,
    CurveSummary,
    ResponseSettings,
    cell_type,
    contact_association_um2,
    curve_summary,
    dose_response,
    independent_receptors,
    measured_response,
    receptor_densities,
)
from il2struct.network.response.polymer import (
    FreeChains,
    half_activity,
    isodesmic_chain,
    row_hill_slope,
)
from il2struct.network.response.receptor import (
    STEEPEST_MEASURED,
    compare_clusters,
    compare_ec50,
    compare_hill,
    phase_diagram,
    receptor_response,
    response_tables,
)


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


CELLS = ("treg", "th", "nk", "cd8")
TREG = ResponseSettings(cell=cell_type("treg"))
#: Rare β between plenty of α and γc: all β-γc pairs hold α, and binding is a Langmuir curve.
LANGMUIR = cell(5e3, 1e-4, 5e3)


def curve(ec50=0.05, hill=1.0):
    return CurveSummary(ec50_nanomolar=ec50, hill=hill, plateau_fraction=1.0)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("free_chains", FreeChains)
def test_every_cell_gets_a_whole_answer(cell, free_chains):
    found = receptor_response(
        ResponseSettings(cell=cell_type(cell), free_chains=free_chains)
    )
    for column in fields(found.dose):
        values = getattr(found.dose, column.name)
        assert values.shape == found.dose.ligand_nanomolar.shape
        assert np.all(np.isfinite(values))
    assert np.all(found.dose.conservation_residual < 1e-9)
    for fraction in (found.dose.response_fraction, found.dose.uncoupled_fraction):
        assert np.all((fraction >= 0.0) & (fraction <= 1.0 + 1e-9))
    assert found.chains.free_chains is free_chains
    assert found.assumptions[0] == free_chains.statement
    assert any("ssumed" in sentence for sentence in found.assumptions)
    assert found.curve.ec50_nanomolar > 0.0
    assert found.clusters.size[0] == 1
    for verdict in (found.ec50_verdict, found.hill_verdict, found.cluster_verdict):
        assert verdict.verdict in {"supports", "neutral", "against"}
        assert verdict.text.endswith(".")


def test_treg_numbers_of_the_science_brief():
    cell = cell_type("treg")
    numbers = (cell.alpha_per_cell, cell.beta_per_cell, cell.gamma_per_cell)
    assert numbers == (3589, 663, 14082)
    found = receptor_response(replace(TREG, contact_kd_micromolar=1e-9))
    assert found.growth_limit == pytest.approx(0.047, abs=5e-4)  # three decimals quoted
    # However strong the contact: no chains to speak of, if free chains compete.
    assert found.chains_compete.growth_probability <= found.growth_limit * (1 + 1e-9)
    assert found.chains_compete.mean_length_number < 1.05
    assert found.chains_silent.mean_length_number > 10.0


def test_without_coupling_and_contact_receptors_are_independent():
    plain = dose_response(TREG)
    np.testing.assert_array_equal(plain.response_fraction, plain.uncoupled_fraction)
    alone = dose_response(independent_receptors(TREG))
    np.testing.assert_array_equal(alone.response_fraction, plain.response_fraction)
    np.testing.assert_array_equal(alone.mean_chain_length, 1.0)
    silent = dose_response(
        independent_receptors(replace(TREG, free_chains=FreeChains.SILENT))
    )
    np.testing.assert_allclose(
        silent.response_fraction, plain.response_fraction, rtol=1e-12
    )  # solved twice


@given(st.floats(1e-3, 1e3), st.sampled_from(CELLS))
@settings(max_examples=20)
def test_competing_contact_alone_never_shifts_the_curve(kd, cell):
    with_contact = ResponseSettings(cell=cell_type(cell), contact_kd_micromolar=kd)
    found = dose_response(with_contact, [1e-4, 1e-2, 1.0])
    alone = dose_response(independent_receptors(with_contact), [1e-4, 1e-2, 1.0])
    np.testing.assert_array_equal(found.response_fraction, alone.response_fraction)


def test_silent_contact_draws_the_curve_to_lower_doses_and_steepens_it():
    silent = replace(TREG, free_chains=FreeChains.SILENT)
    ladder = [
        curve_summary(replace(silent, contact_kd_micromolar=kd))
        for kd in (100.0, 1.0, 0.1, 0.01)
    ]
    ec50 = [found.ec50_nanomolar for found in ladder]
    assert ec50 == sorted(ec50, reverse=True)
    assert ladder[-1].hill > ladder[0].hill > 0.9


@pytest.mark.parametrize("length", [2, 6, None])
def test_coupling_of_single_site_receptors_is_the_pure_row(length):
    """Binding is a Langmuir curve, so the row's own numbers come out."""
    plain = ResponseSettings(cell=LANGMUIR, row_length=length, binding_penalty=1.0)
    coupled = replace(plain, coupling_kt=2.0)
    before, after = curve_summary(plain), curve_summary(coupled)
    # IL-2·β·γc without α is 0.3 % of the pairs, IL-2·α·β without γc 0.1 %; hence 1 % below.
    assert before.hill == pytest.approx(1.0, abs=1e-3)
    assert after.ec50_nanomolar / before.ec50_nanomolar == pytest.approx(
        half_activity(2.0, length=length), rel=1e-2
    )
    assert after.hill == pytest.approx(row_hill_slope(2.0, length=length), rel=1e-2)


def test_strong_coupling_is_all_or_none():
    plain = replace(TREG, row_length=3, height_nm=200.0)
    strong = curve_summary(replace(plain, coupling_kt=18.0))
    # Three receptors flip as one; shorter runs weigh about e^-6 beside the whole row.
    assert strong.hill == pytest.approx(3.0, rel=0.02)
    assert strong.ec50_nanomolar < 1e-4 * curve_summary(plain).ec50_nanomolar


def test_curve_beyond_the_doses_is_empty_and_not_zero():
    beyond = curve_summary(replace(TREG, coupling_kt=80.0))
    assert math.isnan(beyond.ec50_nanomolar)
    assert math.isnan(beyond.hill)
    found = receptor_response(replace(TREG, coupling_kt=80.0))
    assert found.ec50_verdict.verdict == found.hill_verdict.verdict == "neutral"


@pytest.mark.parametrize("cell", ["nk", "cd8"])
def test_cells_without_alpha_hardly_feel_coupling(cell):
    plain = ResponseSettings(cell=cell_type(cell))
    shift = (
        curve_summary(replace(plain, coupling_kt=6.0)).ec50_nanomolar
        / curve_summary(plain).ec50_nanomolar
    )
    # 24 α allow 5 % of the pairs on CD8 to be complete.
    assert 0.92 < shift <= 1.0


def test_slopes_were_measured_as_steep_without_alpha():
    """Cells with 24 α cannot make the contact; a rule that calls steep curves coupled would say so."""
    for cell in ("nk", "cd8"):
        measured = measured_response(cell)
        assert measured.hill_low > measured_response("treg").hill_high
        found = receptor_response(ResponseSettings(cell=cell_type(cell)))
        assert found.curve.hill < measured.hill_low
        assert found.hill_verdict.verdict == "neutral"
        assert "no verdict" in found.hill_verdict.text


def test_hill_slopes_are_against_beyond_what_any_cell_shows():
    treg = measured_response("treg")
    for hill in (0.5, 1.0, 2.0, STEEPEST_MEASURED):
        assert compare_hill(curve(hill=hill), treg, row_length=6).verdict == "neutral"
    steep = compare_hill(curve(hill=5.5), treg, row_length=None)
    assert steep.verdict == "against"
    assert "steeper than on any cell" in steep.text
    assert "too short" in compare_hill(curve(hill=1.0), treg, row_length=1).text
    own = measured_response("own")
    assert "not measured" in compare_hill(curve(hill=2.0), own, row_length=6).text


def test_an_ec50_is_no_verdict_however_near_or_far():
    """No cell was measured without the contact, so nothing says which shift is right."""
    treg = measured_response("treg")
    far, near = curve(ec50=5.0), curve(ec50=0.05)
    for found, alone in ((near, far), (far, near), (near, near)):
        compared = compare_ec50(found, alone, treg)
        assert compared.verdict == "neutral"
        assert (
            f"ratio {found.ec50_nanomolar / alone.ec50_nanomolar:.2g})" in compared.text
        )
    assert compare_ec50(near, near, measured_response("own")).verdict == "neutral"


def test_chains_longer_than_any_cluster_are_against_and_others_decide_nothing():
    # Weight averages: 2 <N> - 1 with <N> = (1 + sqrt(1 + 4 K rho)) / 2.
    for density, words in (
        (0.1, "do not explain"),
        (2.5, "do not explain"),
        (6.0, "would explain"),
    ):
        found = compare_clusters(isodesmic_chain(density, 1.0))
        assert found.verdict == "neutral"
        assert words in found.text
    assert compare_clusters(isodesmic_chain(20.0, 1.0)).verdict == "against"


def test_the_penalty_lays_model_affinities_on_those_of_cells():
    """10 pM on a Treg and 1 nM on an NK cell without α: the geometric mean of what each asks for."""
    nk = cell_type("nk")
    without_alpha = ResponseSettings(cell=replace(nk, alpha_per_cell=0.0))

    def asked_for(settings, nanomolar):
        def excess(log_penalty):
            other = replace(settings, binding_penalty=math.exp(log_penalty))
            return math.log(curve_summary(other).ec50_nanomolar / nanomolar)

        return brentq(excess, 0.0, math.log(100.0), xtol=1e-3)

    logs = asked_for(TREG, 0.01), asked_for(without_alpha, 1.0)
    # 11.5 and 34.6
    assert np.exp(logs) == pytest.approx([11.5, 34.6], rel=0.01)
    assert math.exp(np.mean(logs)) == pytest.approx(BINDING_PENALTY, rel=0.01)
    # One number leaves each within a factor of three.
    assert curve_summary(TREG).ec50_nanomolar == pytest.approx(0.01, rel=2.0)
    found = curve_summary(without_alpha).ec50_nanomolar
    assert 1.0 / 3.0 < found < 3.0


def test_a_penalty_on_binding_is_a_higher_layer_and_leaves_the_contact():
    silent = replace(TREG, free_chains=FreeChains.COMPETE, contact_kd_micromolar=1.0)
    higher = replace(silent, height_nm=150.0, binding_penalty=1.0)
    assert curve_summary(silent).ec50_nanomolar == pytest.approx(
        curve_summary(higher).ec50_nanomolar, rel=1e-9
    )
    assert contact_association_um2(silent) == pytest.approx(
        20.0 * contact_association_um2(higher), rel=1e-12
    )


def test_local_density_scales_all_chains_and_lengthens_chains():
    dense = replace(TREG, density_per_um2=500.0, free_chains=FreeChains.SILENT)
    densities = receptor_densities(dense)
    assert densities.beta_per_um2 == pytest.approx(500.0, rel=1e-12)
    ratio = densities.gamma_per_um2 / densities.beta_per_um2
    assert ratio == pytest.approx(14082 / 663, rel=1e-12)
    found = receptor_response(replace(dense, contact_kd_micromolar=3.0))
    sparse = receptor_response(replace(found.settings, density_per_um2=None))
    assert found.chains.mean_length_number > 2.0 * sparse.chains.mean_length_number
    assert any("500 per µm²" in sentence for sentence in found.assumptions)


def test_shared_bath_raises_the_dose_that_is_needed():
    # Without a penalty the receptors of 10⁶ cells per mL (1 pmol/L) need more than the EC50.
    strong = replace(TREG, binding_penalty=1.0)
    alone = curve_summary(strong)
    crowd = curve_summary(replace(strong, cells_per_ml=1e6))
    assert crowd.ec50_nanomolar > 2.0 * alone.ec50_nanomolar
    few = curve_summary(replace(strong, cells_per_ml=1.0))
    # One cell in a millilitre takes 1e-5 of the IL-2.
    assert few.ec50_nanomolar == pytest.approx(alone.ec50_nanomolar, rel=1e-3)
    sentences = receptor_response(replace(TREG, cells_per_ml=1e6)).assumptions
    assert any("shared by 1e+06 cells" in sentence for sentence in sentences)


def test_own_receptor_numbers_and_missing_chains():
    own = replace(cell_type("treg"), alpha_per_cell=0.0)
    found = receptor_response(ResponseSettings(cell=own))
    assert np.all(found.dose.complete_per_um2 == 0.0)
    assert found.dose.response_fraction.max() > 0.9
    assert found.chains.mean_length_number == 1.0
    with pytest.raises(ParameterError, match="lacks a chain"):
        receptor_response(ResponseSettings(cell=own, density_per_um2=5.0))
    mute = replace(cell_type("treg"), beta_per_cell=0.0)
    with pytest.raises(ParameterError, match="nothing can signal"):
        receptor_response(ResponseSettings(cell=mute))


def test_scans_hold_their_limits():
    tables = response_tables(receptor_response(TREG))
    scan = tables["coupling_scan"]
    np.testing.assert_array_equal(scan.hill[scan.coupling_kt == 0.0], 1.0)
    np.testing.assert_array_equal(scan.ec50_factor[scan.coupling_kt == 0.0], 1.0)
    contact = tables["contact_scan"]
    assert np.all(contact.mean_length_compete <= contact.mean_length_silent)
    assert np.all(np.diff(contact.mean_length_silent) < 0.0)
    assert contact.mean_length_compete.max() < 1.05


def test_tables_name_a_source_for_every_number():
    for cell in CELLS:
        assert len(cell_type(cell).sources) >= 2
        assert cell_type(cell).sources[0].startswith("membrane of")
        assert "Assumed" in cell_type(cell).sources[0]
        assert measured_response(cell).source
    th = measured_response("th")
    assert (th.ec50_low_nanomolar, th.ec50_high_nanomolar) == (1.5, 2.1)
    assert (th.hill_low, th.hill_high) == (2.3, 3.0)
    slopes = [measured_response(cell).hill_high for cell in CELLS]
    assert max(slopes) == STEEPEST_MEASURED


def test_bad_settings_are_refused():
    with pytest.raises(ParameterError, match="choose from treg, th, nk, cd8"):
        cell_type("b")
    for wrong, named in (
        ({"density_per_um2": -1.0}, "density_per_um2"),
        ({"contact_kd_micromolar": 0.0}, "kd_micromolar"),
        ({"height_nm": 0.0}, "height_nm"),
        ({"binding_penalty": 0.0}, "binding_penalty"),
        ({"cells_per_ml": 0.0}, "cells_per_ml"),
        ({"coupling_kt": 1e5}, "coupling_kt"),
        ({"coupling_kt": 1.0, "row_length": 0}, "length"),
    ):
        with pytest.raises(ParameterError, match=named):
            receptor_response(replace(TREG, **wrong))
    with pytest.raises(ParameterError, match="beta_per_cell"):
        replace(cell_type("treg"), beta_per_cell=-1.0)
    with pytest.raises(ParameterError, match="membrane_area_um2"):
        replace(cell_type("treg"), membrane_area_um2=0.0)


@pytest.fixture(scope="module")
def treg():
    return phase_diagram(TREG)


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
    question = TREG
    response = receptor_response(question)
    scan = response_tables(response)["contact_scan"]
    found = phase_diagram(
        question,
        contact_kd_micromolar=scan["contact_kd_micromolar"],
        density_per_um2=[response.densities.most_complexes_per_um2],
    )
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
        phase_diagram(TREG, **{name: values})


def test_lacking_chain_is_refused():
    with pytest.raises(ParameterError, match="lacks a chain"):
        phase_diagram(ResponseSettings(cell=cell(0.0, 1e3, 1e3)))


def test_does_not_write_to_or_keep_its_arguments():
    axis = np.array([1.0, 2.0])
    axis.setflags(write=False)
    found = phase_diagram(
        TREG,
        contact_kd_micromolar=axis,
        density_per_um2=axis,
    )
    assert not np.shares_memory(found.contact_kd_micromolar, axis)
