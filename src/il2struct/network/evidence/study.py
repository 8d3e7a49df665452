"""The whole question put to some crystals: nine lines of evidence on one contact of the lattice."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from il2struct.interface.interface import InterfaceParameters
from il2struct.lattice.classes import ContactClass, is_lattice_class
from il2struct.lattice.contacts import Belonging, StepKind, step_kind
from il2struct.lattice.graph import Component
from il2struct.lattice.measure import MeasuredContact, MeasuredNeighbours
from il2struct.network.evidence.chain_lines import (
    focal_lines,
    membrane,
    stoichiometry,
    topology,
)
from il2struct.network.evidence.lines import (
    QUANTITIES,
    Evidence,
    compared,
    focal_class,
    forms_with_roles,
    recurrence,
)
from il2struct.network.evidence.measures import (
    ContactMeasures,
    Group,
    makes,
    measures_of,
)
from il2struct.network.evidence.reference import reference
from il2struct.network.evidence.sequons import SequonSite, sequons_at
from il2struct.network.evidence.site_lines import chemistry, competition
from il2struct.network.evidence.sites import SiteOverlap, site_overlaps, trans_clashes
from il2struct.network.evidence.survey import (
    CrystalSurvey,
    MembraneLine,
    components_of,
    survey_crystals,
)
from il2struct.network.evidence.uncertainty import (
    covalent_error_a,
    fit_jitter,
    jitter_of,
)
from il2struct.network.membrane.chain import energies_in_any_direction
from il2struct.network.response.dose_response import (
    ResponseSettings,
    cell_type,
    counted_again,
)
from il2struct.network.response.receptor import ReceptorResponse, receptor_response
from il2struct.progress import step
from il2struct.structure.named import NamedEntry
from il2struct.structure.roles import Role, symbol_of

#: Pairs of roles that are asked about unless the user says otherwise.
DEFAULT_PAIRS: Final = (
    (Role("IL2RG"), Role("IL2RA")),
    (Role("IL2RG"), Role("IL2RB")),
)
#: Shares of the sites and of the comparisons in the evidence on a pair.
SITES, COMPARISONS = 0.1, 0.8
#: Share of moved coordinates in the comparisons.
MOVED: Final = 0.55
#: Shares of the survey and of the response in a study; the evidence on each pair takes the rest.
SURVEY, RESPONSE = 0.5, 0.05


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NetworkStudy:
    """Evidence on one contact, with everything it rests on."""

    roles: tuple[Role, Role]  # The pair asked about
    entries: tuple[NamedEntry, ...]
    classes: tuple[ContactClass, ...]  # All contacts of all entries
    # The one asked about; None if the roles never meet between complexes
    focal: ContactClass | None
    # The complexes that make the focal contact, side by side
    neighbours: tuple[MeasuredNeighbours, ...]
    # The numbers of these neighbours and of their controls
    measures: tuple[ContactMeasures, ...]
    overlaps: tuple[SiteOverlap, ...]
    # Glycosylation sites at each focal contact
    sequons: dict[str, tuple[SequonSite, ...]]
    parts: tuple[Component, ...]  # What the focal contact builds
    # Steps from a complex to its own image, those of the focal contact and all others
    membrane: tuple[MembraneLine, ...]
    # A resting regulatory T cell under the default assumptions
    response: ReceptorResponse
    evidence: tuple[Evidence, ...]  # The lines, in order
    missing: tuple[str, ...]  # What could not be asked, and why

    def _repr_html_(self) -> str:
        from il2struct.network.notebook import network_html

        return network_html(self)


def network_study(
    entries: Sequence[NamedEntry],
    *,
    roles: tuple[Role, Role] = DEFAULT_PAIRS[0],
    parameters: InterfaceParameters | None = None,
) -> NetworkStudy:
    """Ask whether the lattice contact of two roles could be a network on the cell surface."""
    return network_studies(entries, pairs=(roles,), parameters=parameters)[0]


def network_studies(
    entries: Sequence[NamedEntry],
    *,
    pairs: Sequence[tuple[Role, Role]] = DEFAULT_PAIRS,
    parameters: InterfaceParameters | None = None,
) -> tuple[NetworkStudy, ...]:
    """
    Ask about several pairs of roles; contacts are measured once.

    Parameters
    ----------
    entries : sequence of NamedEntry
    pairs : sequence of (Role, Role)
    parameters : InterfaceParameters, optional
        With shape complementarity by default; without it line 3 is not answered.

    Returns
    -------
    tuple of NetworkStudy
        One for each pair, in order.

    Raises
    ------
    ParameterError
        If no entry is given.
    NoCrystalError
        If an entry has no unit cell.
    """
    with step("", SURVEY):
        survey = survey_crystals(entries, parameters=parameters)
    with step("response", RESPONSE):
        response = receptor_response(ResponseSettings(cell=cell_type("treg")))
    studies = []
    for roles in pairs:
        name = "/".join(role.value for role in roles)
        with step(name, (1.0 - SURVEY - RESPONSE) / len(pairs)):
            studies.append(_study(survey, roles, response))
    return tuple(studies)


def _study(
    survey: CrystalSurvey, roles: tuple[Role, Role], response: ReceptorResponse
) -> NetworkStudy:
    focal = focal_class(survey.classes, *roles)
    measures = measures_of(
        survey.classes, survey.neighbours, focal, doubtful=survey.doubtful
    )
    plain = NetworkStudy(
        roles=roles,
        entries=survey.entries,
        classes=survey.classes,
        focal=focal,
        neighbours=tuple(n for n in survey.neighbours if makes(n, focal)),
        measures=measures,
        overlaps=(),
        sequons={},
        parts=(),
        membrane=survey.membrane,
        response=response,
        evidence=(),
        missing=_missing(survey, roles, focal, measures),
    )
    return plain if focal is None else _with_evidence(plain, focal)


def _with_evidence(study: NetworkStudy, focal: ContactClass) -> NetworkStudy:
    wholes = [each.whole for each in study.neighbours]
    with step("sites", SITES):
        overlaps = site_overlaps(focal, study.classes)
        sequons = {contact_name(whole): sequons_at(whole) for whole in wholes}
    parts = components_of(study.entries, focal)
    n_copies = len(focal.members)
    sites = [site for found in sequons.values() for site in found]
    with step("comparisons", COMPARISONS):
        comparisons = _comparisons(study, wholes)
    mine = focal_lines(focal, study.membrane)
    with step("lines of evidence", 1.0 - SITES - COMPARISONS):
        lines = (
            recurrence(focal, study.classes),
            *comparisons,
            chemistry(study.measures, sites),
            membrane(
                focal,
                study.membrane,
                [
                    energies_in_any_direction(line.body, line.study.geometry)
                    for line in mine
                ],
            ),
            competition(
                overlaps,
                _trans(focal),
                n_entries=len(study.entries),
                n_copies=n_copies,
            ),
            topology(parts, _rival_dimensions(study, focal), n_copies),
            *stoichiometry(
                counted_again(study.response.settings.cell), mine, study.roles, n_copies
            ),
        )
    return replace(
        study, overlaps=overlaps, sequons=sequons, parts=parts, evidence=lines
    )


def _comparisons(
    study: NetworkStudy, wholes: Sequence[MeasuredContact]
) -> tuple[Evidence, ...]:
    """Lines 2 to 4, with what the error of the coordinates does to them."""
    entries = {id(whole.named): whole.named for whole in wholes}
    off = max((covalent_error_a(named) for named in entries.values()), default=0.0)
    with step("moved coordinates", MOVED):
        jitters = jitter_of(wholes)
    with step("error of Sc", 1.0 - MOVED):
        fit = fit_jitter(wholes)
    if fit is not None:
        jitters["sc"] = fit
    return tuple(
        compared(
            study.measures,
            quantity,
            reference=reference(),
            jitter=jitters.get(quantity.field),
            covalent_error_a=off,
        )
        for quantity in QUANTITIES
    )


def _rival_dimensions(study: NetworkStudy, focal: ContactClass) -> list[int]:
    """Dimension that each other lattice contact of the comparison reaches, of those of its kind."""
    compared_too = {row.contact_class for row in study.measures}
    kinds = _step_kinds(focal)
    return [
        max((part.dimension for part in components_of(study.entries, c)), default=0)
        for c in study.classes
        if is_lattice_class(c)
        and c.name != focal.name
        and c.name in compared_too
        and _step_kinds(c) & kinds
    ]


def _step_kinds(found: ContactClass) -> set[StepKind]:
    return {step_kind(member.contact) for member in found.members}


def _trans(focal: ContactClass) -> dict[str, int]:
    clashing: dict[str, int] = {}
    for member in focal.members:
        for name, n_pairs in trans_clashes(member).items():
            clashing[name] = max(clashing.get(name, 0), n_pairs)
    return clashing


def contact_name(measured: MeasuredContact) -> str:
    """Name a contact by entry, chains and operator: ``2ERJ A-C[1_565]``."""
    contact = measured.contact
    return (
        f"{measured.named.entry.entry_id} {contact.image_1.auth_asym_id}-"
        f"{contact.image_2.auth_asym_id}[{contact.image_2.symmetry_code}]"
    )


def _left_out(survey: CrystalSurvey) -> list[str]:
    """Name the contacts that are no controls of either kind."""
    proposed = [n.whole for n in survey.neighbours if n.belonging is Belonging.PROPOSED]
    doubtful = [m for m in survey.measured if id(m) in survey.doubtful]
    return [
        f"{', '.join(map(contact_name, left_out))}: no control of either kind, since {why}."
        for left_out, why in (
            (proposed, "only a program takes the two for one molecule"),
            (doubtful, "a protein without a role sits at a site of known complexes"),
        )
        if left_out
    ]


def _missing(
    survey: CrystalSurvey,
    roles: tuple[Role, Role],
    focal: ContactClass | None,
    measures: Sequence[ContactMeasures],
) -> tuple[str, ...]:
    """Say in sentences what the entries cannot answer."""
    entries = survey.entries
    present = {role for named in entries for role in named.role_of.values()}
    absent = [symbol_of(role.value) for role in roles if role not in present]
    pair = " and ".join(symbol_of(role.value) for role in roles)
    found = list(survey.missing)
    if absent:
        found.append(f"No entry holds {' or '.join(absent)}; give an entry that does.")
    elif not any(set(roles) <= set(named.role_of.values()) for named in entries):
        found.append(f"No entry holds {pair} together; give an entry of the complex.")
    elif focal is None:
        found.append(f"{pair} touch nowhere between two complexes in these crystals.")
    found += [
        f"{named.entry.entry_id} shows no complex of known chains: its true interfaces are those "
        "of the deposited assemblies, if any, and it is not stood on the membrane."
        for named in entries
        if not any(c.basis == "roles" and len(c.members) > 1 for c in named.complexes)
    ]
    found += _left_out(survey)
    if focal is None:
        return tuple(found)
    if forms_with_roles(survey.classes, frozenset(roles)) < 2:
        found.append(
            f"Only one crystal form holds {pair}: recurrence (line 1) cannot be asked; give another."
        )
    if not focal_lines(focal, survey.membrane):
        found.append(
            "No copy of the contact repeats a complex with receptors on the membrane: line 6 is not "
            "asked."
        )
    if all(np.isnan(row.sc) for row in measures if row.group is Group.FOCAL):
        found.append("Shape complementarity was not computed: line 3 is not answered.")
    return tuple(found)
