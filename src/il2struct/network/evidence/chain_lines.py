"""Lines of evidence on what a contact builds: topology, membrane and length of chains."""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from il2struct.arrays import FloatArray
from il2struct.lattice.classes import ContactClass
from il2struct.lattice.graph import Component
from il2struct.network.evidence.lines import Evidence, Verdict, controls_of
from il2struct.network.evidence.survey import MembraneLine
from il2struct.network.response.dose_response import CellType
from il2struct.network.response.polymer import (
    DEFAULT_HEIGHT_NM,
    association_for_mean_length_um2,
    growth_probability_limit,
    kd_micromolar,
)
from il2struct.structure.roles import Role

#: Chains shorter than this on average are no network.
SHORTEST_CHAIN: Final = 1.5
#: Complexes in the chains whose strength is asked for.
CHAIN_OF_TWO: Final = 2.0
#: What line 9 gives, with its unit.
LENGTH: Final = ("longest_mean_chain_length", "")
STRENGTH: Final = ("kd_for_chains_of_two_micromolar", "µM")
A_PER_NM: Final = 10.0
#: The model of line 9 is one of chains held by the contact of these two.
MODELLED_PAIR: Final = frozenset((Role("IL2RG"), Role("IL2RA")))
BUILDS: Final = (
    "closed groups",
    "linear chains",
    "sheets",
    "a three-dimensional lattice",
)


#: What fewer than this share of all directions do is more than luck.
LARGEST_CHANCE: Final = 0.05


def topology(
    parts: Sequence[Component], rivals: Sequence[int], n_copies: int
) -> Evidence:
    """
    Describe what the contact builds when repeated (line 8).

    The rule: of a contact of a complex with its own image every translation and screw goes on for
    ever and every two-fold closes, so that this says nothing; there is a verdict only where rivals
    of the same kind differ. Then it is against if the contact closes in some crystal and most
    rivals go on, and supports if it goes on and most rivals close.
    """
    dimensions = sorted({part.dimension for part in parts}) or [0]
    rises = sorted({round(p.rise_per_unit_a, 1) for p in parts if p.dimension == 1})
    step = f" with a step of {', '.join(f'{r:g}' for r in rises)} Å" if rises else ""
    n_going = sum(dimension > 0 for dimension in rivals)
    is_open, share = dimensions[0] > 0, n_going / max(len(rivals), 1)
    if not 0 < n_going < len(rivals) or (share >= 0.5 if is_open else share <= 0.5):
        verdict = Verdict.NEUTRAL
    else:
        verdict = Verdict.SUPPORTS if is_open else Verdict.AGAINST
    return Evidence(
        number=8,
        name="topology",
        quantity="dimension",
        unit="",
        value=float(dimensions[0]),
        error=math.nan,
        n_copies=n_copies,
        controls=controls_of(float(dimensions[0]), [], [float(d) for d in rivals]),
        verdict=verdict,
        reason="Repeated by itself it builds "
        f"{' or '.join(BUILDS[dimension] for dimension in dimensions)}{step}; "
        f"{_rivals_in_words(n_going, len(rivals))}"
        f"{'' if dimensions[-1] > 1 else '; a network in two dimensions needs a second contact'}.",
    )


def _rivals_in_words(n_going: int, n_rivals: int) -> str:
    if not n_rivals:
        return "no other lattice contact is of its kind of symmetry"
    does = "go on for ever" if n_going else "close"
    count = f"{n_going or n_rivals} of {n_rivals}"
    same = ", which says nothing" if n_going in (0, n_rivals) else ""
    return f"{count} other lattice contacts of its kind of symmetry {does}{same}"


def flat_energy_kt(line: MembraneLine) -> float:
    """Linker energy of each complex in an endless flat chain; infinite if it cannot lie flat."""
    endless = line.study.endless
    if endless is None or not endless.can_lie_flat:
        return math.inf
    return endless.energy_per_complex_kt


def focal_lines(
    focal: ContactClass, lines: Sequence[MembraneLine]
) -> tuple[MembraneLine, ...]:
    """Return the steps that make the focal contact."""
    own = {id(member) for member in focal.members}
    return tuple(
        line for line in lines if any(id(member) in own for member in line.contacts)
    )


def membrane(
    focal: ContactClass, lines: Sequence[MembraneLine], nulls: Sequence[FloatArray]
) -> Evidence:
    """
    Say whether a chain of the contact can lie on a flat membrane (line 6); lower is easier.

    The rule: against if an endless chain cannot lie flat in some copy; supports if in every copy
    fewer than `LARGEST_CHANCE` of all directions in which the complex could be repeated lie easier;
    otherwise neutral.
    """
    mine = focal_lines(focal, lines)
    own = {id(line) for line in mine}
    held = {line.anchored_roles for line in mine}
    others = [
        flat_energy_kt(line)
        for line in lines
        if id(line) not in own and line.anchored_roles in held
    ]
    energies = np.array([flat_energy_kt(line) for line in mine])
    easier = [
        float((null < energy).mean())
        for null, energy in zip(nulls, energies, strict=True)
    ]
    verdict, why = _membrane_rule(energies, easier, np.array(others))
    value = float(energies.mean()) if len(energies) else math.nan
    spread = len(energies) > 1 and bool(np.isfinite(energies).all())
    return Evidence(
        number=6,
        name="membrane",
        quantity="linker_energy_per_complex_kt",
        unit="kT",
        value=value,
        error=float(energies.std(ddof=1)) if spread else math.nan,
        n_copies=len(energies),
        controls=controls_of(value, [], others),
        verdict=verdict,
        reason=why,
    )


def _membrane_rule(
    mine: FloatArray, easier: Sequence[float], others: FloatArray
) -> tuple[Verdict, str]:
    if not len(mine):
        return Verdict.NEUTRAL, (
            "Not asked: no copy of the contact joins a complex with receptors on the membrane to "
            "its own image and goes on for ever."
        )
    if np.isinf(mine).any():
        return Verdict.AGAINST, (
            "A chain of it cannot lie flat: some linker does not reach the membrane."
        )
    stands_out = max(easier) < LARGEST_CHANCE
    share = " to ".join(dict.fromkeys(f"{s:.0%}" for s in (min(easier), max(easier))))
    return Verdict.SUPPORTS if stands_out else Verdict.NEUTRAL, (
        "An endless chain of it can lie flat with every linker within reach, if the complexes lean; "
        f"repeated in any other direction {share} of chains of the same complexes lie easier, and so "
        f"do {int((others < mine.mean()).sum())} of {len(others)} other repeating steps here."
    )


def stoichiometry(
    cells: Sequence[CellType],
    lines: Sequence[MembraneLine],
    roles: tuple[Role, Role],
    n_copies: int,
) -> tuple[Evidence, Evidence]:
    """
    Say how long chains get at real receptor numbers, and what strength they need (line 9).

    The first is the mean length if free chains compete, however strong the contact is. The rule:
    against if it stays below `SHORTEST_CHAIN` complexes whichever count of receptors is right;
    otherwise neutral. The second is the K_d at which chains hold two complexes on average if free
    chains are silent, from linkers that let complexes move freely in their layer to the endless
    rigid chain of the membrane study. It is always neutral: the strength was never measured.
    """
    if frozenset(roles) != MODELLED_PAIR:
        reason = "Not asked: the model of chain lengths is one of the γc-α contact."
        longest = needed = (math.nan,) * 3
        return (
            _chain_line(LENGTH, longest, n_copies, Verdict.NEUTRAL, reason),
            _chain_line(STRENGTH, needed, n_copies, Verdict.NEUTRAL, reason),
        )
    limits = [_longest_chain(cell) for cell in cells]
    longest = (limits[0], min(limits), max(limits))
    is_short = max(limits) < SHORTEST_CHAIN
    pairs, endless = confinement_heights_nm(lines)
    needed = _strength_needed(cells, pairs, endless)
    return (
        _chain_line(
            LENGTH,
            longest,
            n_copies,
            Verdict.AGAINST if is_short else Verdict.NEUTRAL,
            f"If free α and γc make the contact too, chains on a resting regulatory T cell have at "
            f"most {longest[0]:.2f} complexes on average however strong it is, {longest[1]:.2f} to "
            f"{longest[2]:.2f} by {len(cells)} published counts of the receptors.",
        ),
        _chain_line(
            STRENGTH,
            needed,
            n_copies,
            Verdict.NEUTRAL,
            "If free α and γc cannot make it, chains of two on average need a K_d in solution of "
            f"{_short(needed[1])} to {_short(needed[2])} µM: {_heights_in_words(pairs, endless)}, "
            f"and the counts differ; the strength was never measured.",
        ),
    )


def _chain_line(
    quantity: tuple[str, str],
    numbers: tuple[float, float, float],
    n_copies: int,
    verdict: Verdict,
    reason: str,
) -> Evidence:
    """Line 9 with a number, and the least and the most that it can be."""
    return Evidence(
        number=9,
        name="stoichiometry",
        quantity=quantity[0],
        unit=quantity[1],
        value=numbers[0],
        error=math.nan,
        n_copies=n_copies,
        controls=None,
        verdict=verdict,
        reason=reason,
        interval_low=numbers[1],
        interval_high=numbers[2],
    )


def confinement_heights_nm(
    lines: Sequence[MembraneLine],
) -> tuple[list[float], list[float]]:
    """
    List the heights of the layer to which a contact of rigid complexes confines its partners.

    Of pairs and of endless chains, in nm; those that cannot form are left out.
    """
    pairs = [
        chain.confinement_height_a / A_PER_NM
        for line in lines
        for chain in line.study.chains
        if chain.n_complexes == 2
    ]
    endless = [
        line.study.endless.confinement_height_a / A_PER_NM
        for line in lines
        if line.study.endless is not None
    ]
    return [h for h in pairs if math.isfinite(h)], [
        h for h in endless if math.isfinite(h)
    ]


def _longest_chain(cell: CellType) -> float:
    """Mean length that competing free chains allow, however strong the contact."""
    limit = growth_probability_limit(
        cell.scarcest_per_cell, cell.alpha_per_cell, cell.gamma_per_cell
    )
    return 1.0 / (1.0 - limit)


def _strength_needed(
    cells: Sequence[CellType], pairs_nm: Sequence[float], endless_nm: Sequence[float]
) -> tuple[float, float, float]:
    """K_d in µM for chains of two: on the first cell at the height of pairs, least and most."""

    def needed(cell: CellType, height_nm: float) -> float:
        density = cell.scarcest_per_cell / cell.membrane_area_um2
        association = association_for_mean_length_um2(CHAIN_OF_TWO, density)
        return kd_micromolar(association, height_nm=height_nm)

    heights = [DEFAULT_HEIGHT_NM, *pairs_nm, *endless_nm]
    every = [needed(cell, height) for cell in cells for height in heights]
    middle = np.exp(np.mean(np.log(pairs_nm or [DEFAULT_HEIGHT_NM])))
    return needed(cells[0], float(middle)), min(every), max(every)


def _heights_in_words(pairs_nm: Sequence[float], endless_nm: Sequence[float]) -> str:
    free = f"complexes free in a layer of {DEFAULT_HEIGHT_NM:g} nm"
    if not pairs_nm:
        return f"{free}, since none was stood on the membrane"
    rigid = f"{_short(min(pairs_nm))} to {_short(max(pairs_nm))} nm"
    chain = (
        f" and {_short(min(endless_nm))} nm for the endless chain" if endless_nm else ""
    )
    return (
        f"from {free} to rigid ones, which line 6 confines to {rigid} as a pair{chain}"
    )


def _short(value: float) -> str:
    """Two digits, never as a power of ten."""
    return f"{float(f'{value:.2g}'):g}"
