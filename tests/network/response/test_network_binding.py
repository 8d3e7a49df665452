"""Binding against kinetics run to rest, closed cycles, conservation, and exact limits."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from scipy.optimize import root

from il2struct.errors import ParameterError
from il2struct.network.response.binding import (
    CONSERVATION,
    SPECIES,
    BindingConstants,
    MassBalance,
    MembraneModel,
    ReceptorDensities,
    measured_constants,
    receptor_occupancy,
    solve_mass_balance,
)
from il2struct.network.response.polymer import kd_2d_per_um2, stopped_growth_probability

MEASURED = measured_constants()
TREG = ReceptorDensities(alpha_per_um2=23.3, beta_per_um2=4.3, gamma_per_um2=91.4)
DOSES = np.logspace(-7, 5, 25)
DOSES.setflags(write=False)
RECEPTORS = ("alpha", "beta", "gamma")
DENSITIES = st.floats(1e-3, 1e4)
KDS = st.floats(1e-3, 1e7)


def parts_of(species):
    return tuple(name for name in RECEPTORS if name in species)


def total(found, receptor):
    return sum(found.of(species) for species in SPECIES if receptor in species)


def held(*receptors):
    """Receptors in the order of their names."""
    return tuple(name for name in RECEPTORS if name in receptors)


def binding_steps(constants):
    """Constants of all twelve steps of the cube: seven given, five that close its faces."""
    whole = {(): 1.0}
    for name in BindingConstants.__slots__:
        binds, _, bound = name.removeprefix("kd_").partition("_after_")
        before = held(*bound.split("_"))
        whole[held(*before, binds)] = whole[before] * getattr(constants, name)
    return {
        (bound, binds): whole[held(*bound, binds)] / whole[bound]
        for bound in whole
        for binds in RECEPTORS
        if binds not in bound
    }


def test_constants_are_those_of_the_science_brief():
    assert MEASURED.kd_alpha == 10.0
    assert MEASURED.kd_beta == 144.0
    assert MEASURED.kd_gamma == 700_000.0
    assert MEASURED.kd_beta_after_alpha == 63.0
    assert MEASURED.kd_gamma_after_beta == 1.5
    assert MEASURED.kd_gamma_after_alpha_beta == 12.0
    assert len(binding_steps(MEASURED)) == 12


@given(st.tuples(*[KDS] * 7))
@settings(max_examples=60)
def test_every_cycle_of_the_cube_closes(values):
    """Around each face of the cube, from the amounts alone; and what was given comes back."""
    constants = BindingConstants(
        **dict(zip(BindingConstants.__slots__, values, strict=True))
    )
    found = receptor_occupancy(TREG, [1.0], constants=constants)

    def log_amount(*bound):
        if not bound:
            return math.log(found.free_ligand_nanomolar[0])
        return math.log(found.of("_".join(("il2", *bound)))[0])

    for (bound, binds), expected in binding_steps(constants).items():
        kd = (
            log_amount(*bound)
            + math.log(found.of(binds)[0])
            - log_amount(*held(*bound, binds))
            - (math.log(kd_2d_per_um2(1e-3)) if bound else 0.0)
        )
        # Rounding of logarithms of some fifty.
        assert kd == pytest.approx(math.log(expected), abs=1e-10)


@pytest.mark.parametrize("height_nm", [5.0, 10.0, 300.0])
def test_every_step_is_at_equilibrium_on_the_membrane(height_nm):
    found = receptor_occupancy(
        TREG, DOSES, constants=MEASURED, model=MembraneModel(height_nm=height_nm)
    )
    for (bound, binds), kd_nanomolar in binding_steps(MEASURED).items():
        after = "_".join(("il2", *held(*bound, binds)))
        if bound:
            before = found.of("_".join(("il2", *bound)))
            kd = kd_2d_per_um2(kd_nanomolar / 1000.0, height_nm=height_nm)
        else:
            before, kd = found.free_ligand_nanomolar, kd_nanomolar
        ratio = before * found.of(binds) / found.of(after)
        np.testing.assert_allclose(ratio, kd, rtol=1e-12)  # rounding of logarithms


@given(
    st.tuples(DENSITIES, DENSITIES, DENSITIES),
    st.tuples(*[KDS] * 7),
    st.floats(1.0, 1e3),
    st.sampled_from([0.0, 1e-3, 1.0, 1e3]),
    st.sampled_from([None, 10.0, 1e4]),
)
@settings(max_examples=60)
def test_every_chain_is_conserved(densities, kds, height_nm, contact_um2, bath_um):
    constants = BindingConstants(
        **dict(zip(BindingConstants.__slots__, kds, strict=True))
    )
    cell = ReceptorDensities(
        alpha_per_um2=densities[0],
        beta_per_um2=densities[1],
        gamma_per_um2=densities[2],
    )
    found = receptor_occupancy(
        cell,
        DOSES,
        constants=constants,
        model=MembraneModel(
            height_nm=height_nm,
            contact_association_um2=contact_um2,
            bath_depth_um=bath_um,
        ),
    )
    for receptor, expected in zip(RECEPTORS, densities, strict=True):
        np.testing.assert_allclose(total(found, receptor), expected, rtol=CONSERVATION)
    if bath_um is not None:
        per_nanomolar = 0.602214076 * bath_um
        bound = sum(found.of(species) for species in SPECIES if "il2" in species)
        supplied = per_nanomolar * DOSES
        held = per_nanomolar * found.free_ligand_nanomolar + bound
        np.testing.assert_allclose(held, supplied, rtol=CONSERVATION)
    assert CONSERVATION == 1e-9
    assert np.all(found.residual <= CONSERVATION)
    assert np.all(found.density_per_um2 >= 0.0)


def test_equilibrium_is_where_the_kinetics_come_to_rest():
    """All twelve reactions as rates, run from free receptors; shares no code with the solver."""
    height_nm, ligand = 50.0, 0.3
    start = np.zeros(len(SPECIES))
    start[:3] = (5.0, 3.0, 8.0)
    reactions = []
    for (bound, binds), kd_nanomolar in binding_steps(MEASURED).items():
        after = "_".join(("il2", *held(*bound, binds)))
        source = SPECIES.index("_".join(("il2", *bound))) if bound else -1
        kd = kd_nanomolar * 0.602214076e-3 * height_nm if bound else kd_nanomolar
        reactions.append((source, SPECIES.index(binds), SPECIES.index(after), kd))

    def rates(_, amount):
        change = np.zeros_like(amount)
        for source, receptor, product, kd in reactions:
            supply = ligand if source < 0 else amount[source]
            # The slower of on and off is 1, so that no step is out of reach.
            scale = 1.0 / max(1.0, kd)
            flow = scale * (supply * amount[receptor] - kd * amount[product])
            change[receptor] -= flow
            change[product] += flow
            if source >= 0:
                change[source] -= flow
        return change

    # α-γc without β holds 1e-6 of the receptors and follows the rest, so 1e7 s suffices.
    rest = solve_ivp(rates, (0.0, 1e7), start, method="LSODA", rtol=1e-10, atol=1e-14)
    found = receptor_occupancy(
        ReceptorDensities(alpha_per_um2=5.0, beta_per_um2=3.0, gamma_per_um2=8.0),
        [ligand],
        constants=MEASURED,
        model=MembraneModel(height_nm=height_nm),
    )
    # The integrator's own tolerance, times the steps it took.
    np.testing.assert_allclose(
        found.density_per_um2[0], rest.y[:, -1], rtol=1e-6, atol=1e-9
    )


def test_one_receptor_alone_follows_langmuir():
    for receptor, kd in (("alpha", 10.0), ("beta", 144.0)):
        only = {f"{name}_per_um2": 0.0 for name in RECEPTORS}
        only[f"{receptor}_per_um2"] = 12.0
        found = receptor_occupancy(ReceptorDensities(**only), DOSES, constants=MEASURED)
        bound = found.of(f"il2_{receptor}")
        # Float rounding only; the isotherm is exact.
        np.testing.assert_allclose(bound, 12.0 * DOSES / (DOSES + kd), rtol=1e-12)
        assert np.all(found.complete_per_um2 == 0.0)


def test_cell_without_receptors_binds_nothing():
    none = ReceptorDensities(alpha_per_um2=0.0, beta_per_um2=0.0, gamma_per_um2=0.0)
    found = receptor_occupancy(none, DOSES, constants=MEASURED)
    assert np.all(found.density_per_um2 == 0.0)


def test_silent_contact_draws_complexes_and_its_limit_is_no_contact():
    def complete(contact_um2):
        model = MembraneModel(contact_association_um2=contact_um2)
        return receptor_occupancy(TREG, DOSES, constants=MEASURED, model=model)

    without, weak, strong = complete(0.0), complete(1e-12), complete(100.0)
    np.testing.assert_allclose(
        weak.complete_per_um2, without.complete_per_um2, rtol=1e-9
    )  # the contact is 1e-12 of what would matter
    assert np.all(strong.complete_per_um2 > without.complete_per_um2)
    # Chains of the complexes that are left single obey the isodesmic balance.
    single = strong.growth_probability / 100.0
    np.testing.assert_allclose(
        single / (1.0 - strong.growth_probability) ** 2,
        strong.complete_per_um2,
        rtol=1e-9,
    )
    # Single complexes are at equilibrium with their parts.
    kd = kd_2d_per_um2(12e-3)
    ratio = strong.of("il2_alpha_beta") * strong.of("gamma") / single
    np.testing.assert_allclose(ratio, kd, rtol=1e-9)


@pytest.mark.parametrize("contact_um2", [0.01, 1.0, 50.0])
def test_competing_contact_does_not_move_the_binding_of_il2(contact_um2):
    """All polymers explicitly, (γ)? (complex)^n (α)?, solved by another root finder."""
    cell = ReceptorDensities(alpha_per_um2=5.0, beta_per_um2=3.0, gamma_per_um2=8.0)
    ligand, k = 0.01, contact_um2
    plain = receptor_occupancy(cell, [ligand], constants=MEASURED)
    layer = kd_2d_per_um2(1e-3)
    cumulative = {(): 1.0}
    for (bound, binds), kd_nanomolar in binding_steps(MEASURED).items():
        after = held(*bound, binds)
        cumulative.setdefault(after, cumulative[bound] * kd_nanomolar)

    def polymers(log_free):
        free = dict(zip(RECEPTORS, np.exp(log_free), strict=True))
        unbonded = np.array(
            [
                np.prod([free[n] for n in parts_of(s)])
                * (
                    ligand / cumulative[parts_of(s)] / layer ** (len(parts_of(s)) - 1)
                    if s.startswith("il2")
                    else 1.0
                )
                for s in SPECIES
            ]
        )
        has_a = np.array(["alpha" in s for s in SPECIES])
        has_g = np.array(["gamma" in s for s in SPECIES])
        a = unbonded[has_a & ~has_g].sum()
        g = unbonded[has_g & ~has_a].sum()
        c = unbonded[has_a & has_g].sum()
        # Derivatives of (1 + Ka)(1 + Kg)/(K(1 - Kc)), the sum over all polymers.
        factor = np.where(
            has_a & has_g,
            (1 + k * a) * (1 + k * g) / (1 - k * c) ** 2,
            np.where(
                has_a,
                (1 + k * g) / (1 - k * c),
                np.where(has_g, (1 + k * a) / (1 - k * c), 1.0),
            ),
        )
        return unbonded * factor

    def excess(log_free):
        amount = polymers(log_free)
        return [
            np.log(amount[[r in s for s in SPECIES]].sum() / wanted)
            for r, wanted in zip(RECEPTORS, cell.as_tuple(), strict=True)
        ]

    guess = np.log([plain.of(r)[0] for r in RECEPTORS])
    # With no α outside complexes the chance to grow is that of a γc to be bonded.
    bonds = 8.0 * float(stopped_growth_probability(5.0, 5.0, 8.0, k))
    guess += np.log([1.0 - bonds / 5.0, 1.0, 1.0 - bonds / 8.0])
    solved = root(excess, guess + 0.01, tol=1e-13).x
    assert np.abs(excess(solved)).max() < 1e-9
    # Exact, by independence of the sites; the root finder sets the tolerance.
    np.testing.assert_allclose(polymers(solved), plain.density_per_um2[0], rtol=1e-7)


def test_bound_il2_rises_with_the_dose_and_high_doses_part_complexes():
    found = receptor_occupancy(TREG, DOSES, constants=MEASURED)
    bound = sum(found.of(species) for species in SPECIES if "il2" in species)
    assert np.all(np.diff(bound) > 0.0)
    # Excess IL-2 fills α and β apart: the complete complex has a maximum.
    assert found.complete_per_um2.argmax() not in (0, len(DOSES) - 1)
    assert found.complete_per_um2[-1] < 0.1 * found.complete_per_um2.max()


def test_deep_bath_is_an_endless_one():
    deep = receptor_occupancy(
        TREG, DOSES, constants=MEASURED, model=MembraneModel(bath_depth_um=1e14)
    )
    endless = receptor_occupancy(TREG, DOSES, constants=MEASURED)
    # 1e14 µm hold 1e6 times the receptors at the lowest dose.
    np.testing.assert_allclose(deep.density_per_um2, endless.density_per_um2, rtol=1e-4)
    shallow = receptor_occupancy(
        TREG, DOSES, constants=MEASURED, model=MembraneModel(bath_depth_um=100.0)
    )
    assert np.all(shallow.free_ligand_nanomolar < DOSES)


def test_doses_do_not_depend_on_their_company():
    together = receptor_occupancy(TREG, DOSES, constants=MEASURED)
    alone = receptor_occupancy(TREG, DOSES[7:8], constants=MEASURED)
    # Both converge to rounding.
    np.testing.assert_allclose(
        together.density_per_um2[7], alone.density_per_um2[0], rtol=1e-12
    )


@given(st.floats(1e-6, 1e6), st.floats(1e-6, 1e6), st.floats(1e-9, 1e9))
def test_two_components_follow_the_quadratic(first, second, association):
    found = solve_mass_balance(
        MassBalance(
            log_weight=np.log([[1.0, 1.0, association]]),
            stoichiometry=np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]),
            total=np.array([[first, second]]),
            chain_species=2,
            association=0.0,
        )
    )
    both = association * (first + second)
    root = np.sqrt(1.0 + 2.0 * both + (association * (first - second)) ** 2)
    bound = 2.0 * association * first * second / (1.0 + both + root)
    assert found.amount[0, 2] == pytest.approx(bound, rel=1e-9)  # residual promised
    assert found.residual[0] < 1e-12


def test_bad_numbers_are_refused():
    with pytest.raises(ParameterError, match="ligand_nanomolar"):
        receptor_occupancy(TREG, [0.0], constants=MEASURED)
    with pytest.raises(ParameterError, match="ligand_nanomolar"):
        receptor_occupancy(TREG, [[1.0]], constants=MEASURED)
    with pytest.raises(ParameterError, match="densities"):
        ReceptorDensities(alpha_per_um2=-1.0, beta_per_um2=1.0, gamma_per_um2=1.0)
    with pytest.raises(ParameterError, match="contact_association_um2"):
        MembraneModel(contact_association_um2=np.inf)
    with pytest.raises(ParameterError, match="bath_depth_um"):
        MembraneModel(bath_depth_um=0.0)
    with pytest.raises(ParameterError, match="kd_alpha"):
        BindingConstants(**dict.fromkeys(BindingConstants.__slots__, -1.0))
    found = receptor_occupancy(TREG, [1.0], constants=MEASURED)
    with pytest.raises(ParameterError, match="il2_alpha_beta_gamma"):
        found.of("il2_delta")


def test_too_strong_a_contact_says_so():
    model = MembraneModel(contact_association_um2=1e25)
    with pytest.raises(ParameterError, match="double precision"):
        receptor_occupancy(TREG, [1.0], constants=MEASURED, model=model)
