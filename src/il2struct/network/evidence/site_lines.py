"""Lines of evidence on the place of a contact: chemistry in the way, and what else uses it."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from il2struct.errors import ParameterError
from il2struct.network.evidence.lines import Evidence, Verdict
from il2struct.network.evidence.measures import BLOCKED_FRACTION, ContactMeasures, Group
from il2struct.network.evidence.sequons import SequonSite
from il2struct.network.evidence.sites import SiteOverlap
from il2struct.structure.roles import symbol_of

#: Two contacts that share this fraction of the smaller site cannot be made at once; those that share
#: less are neighbours on the chain, as in crystals that show both.
COMPETING_FRACTION: Final = 0.5
#: Contacts of the lattice named in the reason of line 7.
MOST_NAMED: Final = 3


def chemistry(
    measures: Sequence[ContactMeasures], sites: Sequence[SequonSite]
) -> Evidence:
    """
    Say what chemistry of the construct stands in the way or makes the contact (line 5).

    The rule: against if every copy rests on tag residues, or a removed glycosylation site would
    have most of its directions blocked; neutral if tags take part in some copies or a native site
    has most of its directions blocked; otherwise supports.
    """
    focal = [m for m in measures if m.group is Group.FOCAL]
    if not focal:
        raise ParameterError(
            "there is no focal contact to ask about; choose another role pair."
        )
    tags = sum(m.n_tag > 0 for m in focal)
    verdict, why = _chemistry_rule(tags, len(focal), sites)
    nearest = min(
        (s.glycan_distance_a for s in sites if s.has_glycan), default=float("nan")
    )
    seen = f" (nearest {nearest:.1f} Å)" if not np.isnan(nearest) else ""
    return Evidence(
        number=5,
        name="chemistry in the way",
        quantity="copies_with_a_blocked_native_sequon",
        unit="",
        value=float(sum(m.n_native_sequon_blocked > 0 for m in focal)),
        error=float("nan"),
        n_copies=len(focal),
        controls=None,
        verdict=verdict,
        reason=(
            f"Tag residues take part in {tags} of {len(focal)} copies, deposited glycans{seen} "
            f"bond across in {sum(m.n_glycan_bond > 0 for m in focal)}; {why}."
        ),
    )


def _chemistry_rule(
    tags: int, n_copies: int, sites: Sequence[SequonSite]
) -> tuple[Verdict, str]:
    native = _blocked(sites, is_native=True)
    removed = _blocked(sites, is_native=False)
    if tags == n_copies:
        return Verdict.AGAINST, "every copy rests on residues of expression tags"
    if removed:
        return (
            Verdict.AGAINST,
            f"a glycan at the removed site {', '.join(removed)} would meet the neighbour",
        )
    if native:
        return Verdict.NEUTRAL, (
            f"at {', '.join(native)} most directions of a native glycan are blocked by the "
            "neighbour, so that a larger one must fold away"
        )
    if tags:
        return Verdict.NEUTRAL, "the copies with tag residues are in doubt"
    return Verdict.SUPPORTS, "no glycosylation site is blocked"


def _blocked(sites: Sequence[SequonSite], *, is_native: bool) -> list[str]:
    """Names of sites with most directions blocked, each once."""
    names = dict.fromkeys(
        f"{symbol_of(s.role)} "
        + (f"N{s.mature_number}" if s.status == "native" else s.status)
        for s in sorted(sites, key=lambda s: (s.role, s.mature_number))
        if (s.status == "native") is is_native and s.free_fraction < BLOCKED_FRACTION
    )
    return list(names)


def competition(
    overlaps: Sequence[SiteOverlap],
    trans: Mapping[str, int],
    *,
    n_entries: int,
    n_copies: int,
) -> Evidence:
    """
    Say whether the contact's site is used by something else (line 7).

    The rule: against if an interface of the complex uses half of the site or a chain of either complex
    overlaps the neighbour; otherwise neutral, since the entries given show only some of what a
    chain binds.
    """
    inside = [o for o in overlaps if o.is_inside_complex]
    outside = [o for o in overlaps if not o.is_inside_complex]
    largest = max((o.fraction for o in inside), default=0.0)
    words = [
        f"{o.other_class} ({', '.join(o.entries)}) shares {o.n_shared} residues of {o.role}"
        for o in [*inside, *outside[:MOST_NAMED]]
    ]
    if trans or largest >= COMPETING_FRACTION:
        verdict = Verdict.AGAINST
        why = "The site is used inside the complex or the neighbour overlaps it"
    elif inside:
        verdict, why = (
            Verdict.NEUTRAL,
            "The site borders on one used inside the complex, which leaves room for both",
        )
    elif outside:
        verdict, why = (
            Verdict.NEUTRAL,
            "The site packs elsewhere too and may simply be sticky",
        )
    else:
        entries = "1 entry" if n_entries == 1 else f"{n_entries} entries"
        verdict, why = (
            Verdict.NEUTRAL,
            f"Nothing else that uses the site was found in {entries}",
        )
    detail = "; ".join(
        words + [f"overlaps {name} in {n} atom pairs" for name, n in trans.items()]
    )
    return Evidence(
        number=7,
        name="competition",
        quantity="largest_fraction_shared_inside_complex",
        unit="",
        value=largest,
        error=float("nan"),
        n_copies=n_copies,
        controls=None,
        verdict=verdict,
        reason=f"{why}{': ' + detail if detail else ''}.",
    )
