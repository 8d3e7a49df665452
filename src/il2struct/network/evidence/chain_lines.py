"""Lines of evidence on what a contact builds: topology, membrane and length of chains."""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from il2struct.network.evidence.lines import (
    Case,
    Evidence,
    Line,
    Verdict,
    controls_of,
    line,
)
from il2struct.network.evidence.survey import MembraneLine, Sheet, flat_energy_kt
from il2struct.network.response.dose_response import CellType
from il2struct.network.response.polymer import (
    DEFAULT_HEIGHT_NM,
    association_for_mean_length_um2,
    growth_probability_limit,
    kd_micromolar,
)
from il2struct.results.views import short
from il2struct.structure.family import Role, symbol_of

#: What fewer than this share of all directions do is more than luck.
LARGEST_CHANCE: Final = 0.05
#: What a contact builds, by the dimension it reaches.
BUILDS: Final = (
    "closed groups",
    "linear chains",
    "sheets",
    "a three-dimensional lattice",
)
#: Chains shorter than this on average are no network.
SHORTEST_CHAIN: Final = 1.5
#: Complexes in the chains whose strength is asked for.
CHAIN_OF_TWO: Final = 2.0
A_PER_NM: Final = 10.0
#: The model of line 9 is one of chains held by the contact of these two.
MODELLED_PAIR: Final = frozenset((Role("IL2RG"), Role("IL2RA")))


@line(6, "membrane", "linker_energy_per_complex_kt", unit="kT")
def membrane(line: Line, case: Case) -> Evidence:
    """
    Say whether a chain of the contact can lie on a flat membrane; lower is easier.

    The rule: against if an endless chain cannot lie flat in some copy; supports if in every copy
    fewer than `LARGEST_CHANCE` of all directions in which the complex could be repeated lie easier;
    otherwise neutral. Steps of complexes that other receptors hold are no controls, since a complex
    on one linker lies flat in any way.
    """
    own = {id(step) for step in case.steps}
    held = {step.anchored_roles for step in case.steps}
    others = [
        flat_energy_kt(step)
        for step in case.membrane
        if id(step) not in own and step.anchored_roles in held
    ]
    energies = np.array([flat_energy_kt(step) for step in case.steps])
    value = float(energies.mean()) if len(energies) else math.nan
    verdict, error = Verdict.NEUTRAL, math.nan
    if not len(energies):
        reason = (
            "Not asked: no copy of the contact joins a complex with receptors on the membrane to "
            "its own image and goes on for ever."
        )
    elif np.isinf(energies).any():
        verdict = Verdict.AGAINST
        reason = (
            "A chain of it cannot lie flat: some linker does not reach the membrane."
        )
    else:
        error = float(energies.std(ddof=1)) if len(energies) > 1 else math.nan
        easier = [
            float((null < energy).mean())
            for null, energy in zip(case.nulls, energies, strict=True)
        ]
        if max(easier) < LARGEST_CHANCE:
            verdict = Verdict.SUPPORTS
        least, most = f"{100 * min(easier):.0f}", f"{100 * max(easier):.0f}"
        share = f"{least} %" if least == most else f"{least} to {most} %"
        n_easier = sum(other < value for other in others)
        reason = (
            f"An endless chain of it can lie flat with every linker within reach, if the complexes lean; "
            f"repeated in any other direction {share} of chains of the same complexes lie easier, and so "
            f"do {n_easier} of {len(others)} other repeating steps here."
        )
    return Evidence(
        line=line,
        value=value,
        error=error,
        n_copies=len(energies),
        controls=controls_of(value, [], others),
        verdict=verdict,
        reason=reason,
    )


@line(6, "sheet", "sheet_energy_per_complex_kt", unit="kT")
def sheet(line: Line, case: Case) -> Evidence:
    """
    Say what sheets of the contact and a second one cost on a flat membrane; lower is easier.

    The rule, on the easiest sheet of each crystal that builds one: supports if everywhere fewer than
    `LARGEST_CHANCE` of layers of the same complexes in any direction lie easier, shared among the sheets
    that were tried; otherwise neutral, since a sheet may need a contact that no crystal shows.
    """
    easiest: dict[int, Sheet] = {}
    for found in case.sheets:
        easiest.setdefault(id(found.named), found)  # sorted by energy
    shown = list(easiest.values())
    energies = np.array([found.energy_per_complex_kt for found in shown])
    verdict, value, error = Verdict.NEUTRAL, math.nan, math.nan
    flat = [found for found in case.sheets if found.can_lie_flat]
    if shown:
        chance = max(found.easier_fraction for found in shown)
        if chance < LARGEST_CHANCE / len(case.sheets):
            verdict = Verdict.SUPPORTS
        value = float(energies.mean())
        if len(shown) > 1 and np.isfinite(energies).all():
            error = float(energies.std(ddof=1))
        said = [
            f"in {found.named.entry.entry_id} with {_second(case, found)} at "
            f"{found.energy_per_complex_kt:.1f} kT per complex ({symbol_of(found.stretched_role)} at "
            f"{100 * found.stretch_fraction:.0f} % of its linker; {100 * found.easier_fraction:.0f} % of layers in any "
            "direction lie easier)"
            for found in shown
            if found.can_lie_flat
        ]
        easiest_said = f", the easiest {' and '.join(said)}" if said else ""
        reason = (
            f"Of {len(case.sheets)} sheets that it builds with a second contact {len(flat)} can lie "
            f"flat{easiest_said}."
        )
    else:
        reason = "With no second contact of these crystals does it build a sheet of complexes."
    return Evidence(
        line=line,
        value=value,
        error=error,
        n_copies=len(shown),
        verdict=verdict,
        reason=reason,
    )


def _second(case: Case, found: Sheet) -> str:
    """Name the contact that makes a sheet of the one asked about."""
    others = [name for name in found.built_by if name != case.focal.name]
    return " and ".join(others) or "itself"


@line(8, "topology", "dimension")
def topology(line: Line, case: Case) -> Evidence:
    """
    Describe what the contact builds when repeated.

    The rule: of a contact of a complex with its own image every translation and screw goes on for
    ever and every two-fold closes, so that this says nothing; there is a verdict only where rivals
    of the same kind of symmetry differ. Then it is against if the contact closes in some crystal and
    most rivals go on, and supports if it goes on and most rivals close.
    """
    dimensions = sorted({part.dimension for part in case.parts}) or [0]
    rises = sorted(
        {round(p.rise_per_unit_a, 1) for p in case.parts if p.dimension == 1}
    )
    step = f" with a step of {', '.join(f'{r:g}' for r in rises)} Å" if rises else ""
    n_going, n_rivals = sum(d > 0 for d in case.rivals), len(case.rivals)
    is_open = dimensions[0] > 0
    verdict = Verdict.NEUTRAL
    if 0 < n_going < n_rivals:
        if is_open and n_going / n_rivals < 0.5:
            verdict = Verdict.SUPPORTS
        elif not is_open and n_going / n_rivals > 0.5:
            verdict = Verdict.AGAINST
    rivals = "no other lattice contact is of its kind of symmetry"
    if n_rivals:
        does = "go on for ever" if n_going else "close"
        rivals = (
            f"{n_going or n_rivals} of {n_rivals} other lattice contacts of its kind of symmetry "
            f"{does}{', which says nothing' if n_going in (0, n_rivals) else ''}"
        )
    flat = (
        ""
        if dimensions[-1] > 1
        else "; a network in two dimensions needs a second contact"
    )
    return Evidence(
        line=line,
        value=float(dimensions[0]),
        n_copies=len(case.focal.members),
        controls=controls_of(float(dimensions[0]), [], [float(d) for d in case.rivals]),
        verdict=verdict,
        reason="Repeated by itself it builds "
        f"{' or '.join(BUILDS[dimension] for dimension in dimensions)}{step}; {rivals}{flat}.",
        headline=f"Repeated by itself it builds {BUILDS[dimensions[0]]}{_sheets_said(case)}.",
    )


def _sheets_said(case: Case) -> str:
    """Say what sheets of the contact cost beside chains of it."""
    sheets = [s.energy_per_complex_kt for s in case.sheets if s.can_lie_flat]
    chains = [flat_energy_kt(step) for step in case.steps]
    if not case.sheets:
        return ""
    if not sheets:
        return ", and no sheet of it and a second contact can lie on a membrane"
    cost = " to ".join(dict.fromkeys((short(min(sheets)), short(max(sheets)))))
    beside = f", flat chains by {short(max(chains))}" if chains else ""
    return (
        "; sheets with a second contact stretch the linkers by "
        f"{cost} kT per complex{beside}"
    )


@line(9, "stoichiometry", "longest_mean_chain_length")
def longest_chains(line: Line, case: Case) -> Evidence:
    """
    Say how long chains get on average if free chains compete, however strong the contact is.

    The rule: against if that stays below `SHORTEST_CHAIN` complexes whichever count of receptors is
    right; otherwise neutral.
    """
    if frozenset(case.roles) != MODELLED_PAIR:
        return _not_asked(line, case)
    limits = [
        growth_probability_limit(
            cell.scarcest_per_cell, cell.alpha_per_cell, cell.gamma_per_cell
        )
        for cell in case.cells
    ]
    lengths = [1.0 / (1.0 - limit) for limit in limits]
    is_short = max(lengths) < SHORTEST_CHAIN
    return Evidence(
        line=line,
        value=lengths[0],
        interval_low=min(lengths),
        interval_high=max(lengths),
        n_copies=len(case.focal.members),
        verdict=Verdict.AGAINST if is_short else Verdict.NEUTRAL,
        reason="If free α and γc make the contact too, chains on a resting regulatory T cell have at "
        f"most {lengths[0]:.2f} complexes on average however strong it is, {min(lengths):.2f} to "
        f"{max(lengths):.2f} by {len(lengths)} published counts of the receptors.",
    )


@line(9, "stoichiometry", "kd_for_chains_of_two_micromolar", unit="µM")
def strength_needed(line: Line, case: Case) -> Evidence:
    """
    Say at which K_d chains hold two complexes on average if free chains are silent.

    From linkers that let complexes move freely in their layer to the endless rigid chain of the
    membrane study. Always neutral: the strength was never measured.
    """
    if frozenset(case.roles) != MODELLED_PAIR:
        return _not_asked(line, case)
    pairs, endless = confinement_heights_nm(case.steps)

    def needed(cell: CellType, height_nm: float) -> float:
        density = cell.scarcest_per_cell / cell.membrane_area_um2
        association = association_for_mean_length_um2(CHAIN_OF_TWO, density)
        return kd_micromolar(association, height_nm=height_nm)

    heights = [DEFAULT_HEIGHT_NM, *pairs, *endless]
    everywhere = [needed(cell, height) for cell in case.cells for height in heights]
    low, high = min(everywhere), max(everywhere)
    middle = float(np.exp(np.mean(np.log(pairs or [DEFAULT_HEIGHT_NM]))))
    where = f"complexes free in a layer of {DEFAULT_HEIGHT_NM:g} nm"
    if pairs:
        rigid = f"{short(min(pairs))} to {short(max(pairs))} nm as a pair"
        if endless:
            rigid += f" and {short(min(endless))} nm for the endless chain"
        where = f"from {where} to rigid ones, which line 6 confines to {rigid}"
    else:
        where += ", since none was stood on the membrane"
    return Evidence(
        line=line,
        value=needed(case.cells[0], middle),
        interval_low=low,
        interval_high=high,
        n_copies=len(case.focal.members),
        verdict=Verdict.NEUTRAL,
        reason="If free α and γc cannot make it, chains of two on average need a K_d in solution of "
        f"{short(low)} to {short(high)} µM: {where}, and the counts differ; the strength was never "
        "measured.",
        headline="Its strength was never measured: chains of two need a K_d of "
        f"{short(low)} to {short(high)} µM in solution.",
    )


def _not_asked(line: Line, case: Case) -> Evidence:
    return Evidence(
        line=line,
        value=math.nan,
        n_copies=len(case.focal.members),
        verdict=Verdict.NEUTRAL,
        reason="Not asked: the model of chain lengths is one of the γc-α contact.",
    )


def confinement_heights_nm(
    steps: Sequence[MembraneLine],
) -> tuple[list[float], list[float]]:
    """
    Heights of the layer to which a contact of rigid complexes confines its partners, in nm.

    Of pairs, and of endless chains; those that cannot form are left out.
    """
    pairs = [
        chain.confinement_height_a / A_PER_NM
        for step in steps
        for chain in step.study.chains
        if chain.n_complexes == 2
    ]
    endless = [
        step.study.endless.confinement_height_a / A_PER_NM
        for step in steps
        if step.study.endless is not None
    ]
    return [h for h in pairs if math.isfinite(h)], [
        h for h in endless if math.isfinite(h)
    ]


LINES: Final = (membrane, sheet, topology, longest_chains, strength_needed)
