"""Lines of evidence on the state of the crystals: protons, what is not seen, and order."""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from il2struct.network.evidence.lines import (
    LARGEST_COVALENT_ERROR_A,
    Case,
    Evidence,
    Line,
    Verdict,
    controls_of,
    line,
)
from il2struct.network.evidence.measures import Group
from il2struct.network.evidence.order import (
    POOR_RSRZ,
    REPORT,
    density_fit,
    disorder_percent,
)
from il2struct.network.evidence.protons import (
    BLOOD_PH,
    ENDOSOME_PH,
    ProtonLinkage,
)
from il2struct.structure.family import symbol_of

#: A change of K_d by less than a factor of ten from the drop to blood decides nothing, in kT.
DECISIVE_KT: Final = math.log(10.0)
#: Residues named for what they take and give.
MOST_NAMED: Final = 2


@line(11, "protons", "loss_from_drop_to_blood_kt", unit="kT")
def protons(line: Line, case: Case) -> Evidence:
    """
    Say what the contact loses between the pH of its crystals and that of blood.

    The free energy of protonation linkage at pH 7.4 less that at the pH of the drop, from the pKa of
    every titratable group with and without the partner. The rule: against if it loses more than
    `DECISIVE_KT` in every copy, its error taken off; supports if it gains more than that in every
    copy; otherwise neutral. The error is that of the pKa values.
    """
    linkages = [linkage_ for linkage_ in case.linkages if linkage_.growth_ph > 0.0]
    if not linkages:
        return Evidence(
            line=line,
            value=math.nan,
            n_copies=0,
            verdict=Verdict.NEUTRAL,
            reason="Not asked: no file of its copies says at which pH the crystal grew.",
        )
    losses = np.array([linkage.losses_kt().sum() for linkage in linkages])
    margins = np.array([linkage.error_kt() for linkage in linkages])
    low, high = float((losses - margins).min()), float((losses + margins).max())
    verdict = Verdict.NEUTRAL
    if low > DECISIVE_KT:
        verdict = Verdict.AGAINST
    elif high < -DECISIVE_KT:
        verdict = Verdict.SUPPORTS
    doubt = ""
    if case.covalent_error_a > LARGEST_COVALENT_ERROR_A:
        verdict = Verdict.NEUTRAL
        doubt = (
            f" But covalent bonds are {case.covalent_error_a:.2f} Å off their lengths: with "
            "coordinates like these the line cannot tell."
        )
    value = float(losses.mean())
    drops = sorted({linkage.growth_ph for linkage in linkages})
    endosome = np.mean(
        [
            linkage.energy_kt(ENDOSOME_PH) - linkage.energy_kt(BLOOD_PH)
            for linkage in linkages
        ]
    )
    return Evidence(
        line=line,
        value=value,
        error=float(losses.std(ddof=1)) if len(losses) > 1 else math.nan,
        interval_low=low,
        interval_high=high,
        n_copies=len(linkages),
        controls=controls_of(
            value, case.losses[Group.TRUE_INTERFACE], case.losses[Group.OTHER_LATTICE]
        ),
        verdict=verdict,
        reason=f"Grown at pH {' and '.join(f'{ph:g}' for ph in drops)}; on the way to pH {BLOOD_PH:g} "
        f"protons take {_signed(value)} kT from it by PROPKA, and in an endosome (pH "
        f"{ENDOSOME_PH:g}) they change it by {_signed(float(endosome))} kT. {_pairs(linkages)}Most "
        f"is taken by {_largest(linkages, 1.0)}, most given by {_largest(linkages, -1.0)}.{doubt}",
    )


def _signed(value: float) -> str:
    return f"{value:+.1f}"


def _pairs(linkages: Sequence[ProtonLinkage]) -> str:
    """Name pairs of carboxylates that meet; a proton must be between them."""
    distances: dict[str, list[float]] = {}
    for linkage in linkages:
        for residue in linkage.residues:
            if residue.is_acid_pair and residue.side == 1:
                name = f"{residue.name} and {residue.nearest}"
                distances.setdefault(name, []).append(residue.distance_a)
    said = [
        f"{_shown(name)} meet at {', '.join(f'{d:.2f}' for d in found)} Å, which takes a proton."
        for name, found in distances.items()
    ]
    return " ".join(said) + (" " if said else "")


def _largest(linkages: Sequence[ProtonLinkage], sign: float) -> str:
    """Residues that take most from the contact (or give most), with their mean over the copies."""
    sums: dict[str, float] = {}
    for linkage in linkages:
        for residue, loss in zip(linkage.residues, linkage.losses_kt(), strict=True):
            sums[residue.name] = sums.get(residue.name, 0.0) + loss / len(linkages)
    ranked = sorted(sums.items(), key=lambda item: -sign * item[1])[:MOST_NAMED]
    named = [
        f"{_shown(name)} ({_signed(loss)} kT)"
        for name, loss in ranked
        if sign * loss > 0.0
    ]
    return " and ".join(named) or "none"


def _shown(name: str) -> str:
    """Write ``IL2RG GLU46`` with the symbol that people use."""
    words = name.split()
    return " ".join(
        symbol_of(word) if place % 3 == 0 else word for place, word in enumerate(words)
    )


@line(12, "what is not seen", "unseen_residues_in_reach")
def not_seen(line: Line, case: Case) -> Evidence:
    """
    Describe the stretches without coordinates that could reach the partner.

    Always neutral: what is not seen cannot be weighed. Glycosylation sites in them count for line 5.
    The number is that of residues in the copy with most.
    """
    counts = [sum(s.n_residues for s in stretches) for stretches in case.unseen]
    most = case.unseen[int(np.argmax(counts))] if counts else ()
    said = [f"{stretch.shown} (from {stretch.distance_a:.0f} Å)" for stretch in most]
    return Evidence(
        line=line,
        value=float(max(counts, default=0)),
        n_copies=len(counts),
        verdict=Verdict.NEUTRAL,
        reason=f"Without coordinates and within reach of the partner, in the copy with most: "
        f"{', '.join(said)}."
        if said
        else "No stretch without coordinates comes within reach of the partner.",
    )


@line(13, "order", "disorder_percent", unit="%")
def order(line: Line, case: Case) -> Evidence:
    """
    Describe the B factors of the contact's residues by their place in their chains.

    Always neutral: a contact of the lattice orders its residues whether or not it means something, and
    disordered ones only say that lines 3 and 4 rest on less certain coordinates.
    """
    numbers = [disorder_percent(whole) for whole in case.wholes]
    known = [number for number in numbers if not math.isnan(number)]
    value = float(np.mean(known)) if known else math.nan
    true, lattice = (
        [disorder_percent(whole) for whole in case.controls[group]]
        for group in (Group.TRUE_INTERFACE, Group.OTHER_LATTICE)
    )
    said = (
        f"On average {value:.0f} % of the residues of its chains have lower B factors than one of the "
        "contact."
        if known
        else "The files have no B factors of their own."
    )
    return Evidence(
        line=line,
        value=value,
        error=float(np.std(known, ddof=1)) if len(known) > 1 else math.nan,
        n_copies=len(known),
        controls=controls_of(value, true, lattice),
        verdict=Verdict.NEUTRAL,
        reason=f"{said} {_fit_said(case)}",
    )


def _fit_said(case: Case) -> str:
    """Say how the residues fit the density, where validation reports stand beside the entries."""
    known = [fit for whole in case.wholes if (fit := density_fit(whole)) is not None]
    fits = np.concatenate([np.empty((0, 2)), *known])
    if not len(fits):
        return (
            "Real-space quality is not judged: no validation report "
            f"({REPORT.format('entry')}) stands beside the files."
        )
    n_poor = int((fits[:, 0] > POOR_RSRZ).sum())
    return (
        f"{n_poor} of {len(fits)} residues in the {len(known)} copies with a validation report fit the "
        f"density poorly (RSRZ above {POOR_RSRZ:g}); mean RSCC {fits[:, 1].mean():.2f}."
    )


LINES: Final = (protons, not_seen, order)
