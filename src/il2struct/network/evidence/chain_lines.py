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
from il2struct.network.response.receptor import ReceptorResponse
from il2struct.structure.roles import Role

#: Chains shorter than this on average are no network.
SHORTEST_CHAIN: Final = 1.5
#: The model of line 9 is one of chains held by the contact of these two.
MODELLED_PAIR: Final = frozenset((Role.IL2RG, Role.IL2RA))
BUILDS: Final = (
    "closed groups",
    "linear chains",
    "sheets",
    "a three-dimensional lattice",
)


#: Coming first of n controls by luck has the chance 1 / (n + 1); more than this says nothing.
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

    Parameters
    ----------
    parts : sequence of Component
        Connected parts of the graph of the focal class, of every entry.
    rivals : sequence of int
        Dimension that each other lattice contact of the same kind reaches.
    n_copies : int
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


def membrane(focal: ContactClass, lines: Sequence[MembraneLine]) -> Evidence:
    """
    Say whether a chain of the contact can lie on a flat membrane (line 6); lower is easier.

    The rule: against if an endless chain cannot lie flat in some copy; supports if it can and no
    other repeating step of a complex with the same receptors lies easier, of so many that coming
    first by luck is less likely than `LARGEST_CHANCE`; otherwise neutral.

    Parameters
    ----------
    focal : ContactClass
    lines : sequence of MembraneLine
        All steps; those of complexes that other receptors hold are no controls, since a complex
        on one linker lies flat in any way.
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
    verdict, why = _membrane_rule(energies, np.array(others))
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


def _membrane_rule(mine: FloatArray, others: FloatArray) -> tuple[Verdict, str]:
    if not len(mine):
        return Verdict.NEUTRAL, (
            "Not asked: no copy of the contact joins a complex with receptors on the membrane to "
            "its own image and goes on for ever."
        )
    if np.isinf(mine).any():
        return Verdict.AGAINST, (
            "A chain of it cannot lie flat: some linker does not reach the membrane."
        )
    can = "An endless chain of it can lie flat with every linker within reach, if the complexes lean"
    if not len(others):
        return Verdict.NEUTRAL, (
            f"{can}; no other step of such complexes repeats, so there is nothing to compare with."
        )
    easier = int((others < mine.mean()).sum())
    chance = 1.0 / (len(others) + 1)
    stands_out = not easier and chance < LARGEST_CHANCE
    too_few = (
        ""
        if easier or stands_out
        else (
            f", which {len(others)} controls are too few to call more than luck ({chance:.0%})"
        )
    )
    return Verdict.SUPPORTS if stands_out else Verdict.NEUTRAL, (
        f"{can}; so can {int(np.isfinite(others).sum())} of {len(others)} other repeating steps of "
        f"complexes with the same receptors, {easier or 'none'} of them easier{too_few}."
    )


def stoichiometry(
    response: ReceptorResponse, roles: tuple[Role, Role], n_copies: int
) -> Evidence:
    """
    Say how long chains get at real receptor numbers (line 9).

    The rule: against if chains stay below `SHORTEST_CHAIN` complexes on average however strong the
    contact is, as long as free chains compete; otherwise neutral, since the strength of the
    contact is not known.

    Parameters
    ----------
    response : ReceptorResponse
        A resting regulatory T cell under the default assumptions.
    roles : tuple of Role
        The pair asked about; the model knows chains of γc and α only.
    n_copies : int
    """
    compete, silent = response.chains_compete, response.chains_silent
    kd = response.settings.contact_kd_micromolar
    longest = 1.0 / (1.0 - response.growth_limit)
    is_modelled = frozenset(roles) == MODELLED_PAIR
    if not is_modelled:
        verdict, reason = (
            Verdict.NEUTRAL,
            ("Not asked: the model of chain lengths is one of the γc-α contact."),
        )
    else:
        short = longest < SHORTEST_CHAIN
        verdict = Verdict.AGAINST if short else Verdict.NEUTRAL
        reason = (
            "On a resting regulatory T cell chains have "
            f"{compete.mean_length_number:.2f} complexes on average if free α and γc can make the "
            f"contact too (at most {longest:.2f} however strong it is), and "
            f"{silent.mean_length_number:.2f} if they cannot, with a contact K_d of {kd:g} µM in "
            f"solution, which is assumed; {_strength_needed(response)}."
        )
    return Evidence(
        number=9,
        name="stoichiometry",
        quantity="mean_chain_length_free_chains_compete",
        unit="",
        value=compete.mean_length_number if is_modelled else math.nan,
        error=math.nan,
        n_copies=n_copies,
        controls=None,
        verdict=verdict,
        reason=reason,
    )


def _strength_needed(response: ReceptorResponse) -> str:
    """Say from which strength on silent free chains leave chains of two."""
    scan = response.contact_scan
    order = np.argsort(scan.mean_length_silent)
    lengths = scan.mean_length_silent[order]
    if not lengths[0] < 2.0 < lengths[-1]:
        return "no K_d that was tried makes two complexes a chain then"
    log_kd = np.interp(2.0, lengths, np.log10(scan.contact_kd_micromolar[order]))
    return f"chains of two on average then need about {10**log_kd:.1g} µM"
