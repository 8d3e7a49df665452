"""The whole question put to some crystals: the lines of evidence on one contact of the lattice."""

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from il2struct.errors import ParameterError
from il2struct.interface.interface import InterfaceParameters
from il2struct.lattice.classes import ContactClass, is_lattice_class
from il2struct.lattice.contacts import Belonging, StepKind, step_kind
from il2struct.lattice.measure import MeasuredContact, MeasuredNeighbours
from il2struct.network import DEFAULT_PAIRS
from il2struct.network.evidence import (
    chain_lines,
    conservation,
    lines,
)
from il2struct.network.evidence.conservation import (
    ConservedResidue,
    conserved_residues,
)
from il2struct.network.evidence.lines import (
    LARGEST_COVALENT_ERROR_A,
    Case,
    Controls,
    Evidence,
    Line,
    forms_with_roles,
    roles_of,
)
from il2struct.network.evidence.measures import (
    ContactMeasures,
    Group,
    compared_contacts,
    contact_measures,
    largest_of_each,
    makes,
    measures_of,
    reference,
)
from il2struct.network.evidence.point_mutations import (
    PointMutation,
    point_mutations,
)
from il2struct.network.evidence.protons import (
    PHS,
    ProtonLinkage,
    linkage_kt,
    proton_linkage,
)
from il2struct.network.evidence.sites import (
    SequonSite,
    SiteOverlap,
    UnseenStretch,
    sequons_at,
    site_overlaps,
    trans_clashes,
    unseen_stretches,
)
from il2struct.network.evidence.survey import (
    CrystalSurvey,
    MembraneLine,
    Sheet,
    chains_of,
    components_of,
    focal_lines,
    survey_crystals,
)
from il2struct.network.evidence.uncertainty import (
    Jitter,
    covalent_error_a,
    jitter_of,
    sc_jitter,
)
from il2struct.network.membrane.chain import SIZES, energies_in_any_direction
from il2struct.network.response.dose_response import (
    ResponseSettings,
    cell_type,
    counted_again,
)
from il2struct.progress import step
from il2struct.results.scene import headline, table_html, view_html
from il2struct.structure.family import Role, symbol_of
from il2struct.structure.named import NamedEntry
from il2struct.tables import column_names, table_from_rows

if TYPE_CHECKING:
    import pandas as pd

#: All lines of evidence, in order.
LINES: Final[tuple[Line, ...]] = tuple(
    sorted(
        (*lines.LINES, *chain_lines.LINES, *conservation.LINES),
        key=lambda line: line.number,
    )
)
#: Share of the survey in a study; the evidence on each pair takes the rest.
SURVEY: Final = 0.5
#: Shares of the sites, the mutations, protons and comparisons in the evidence on a pair.
SITES, MUTATIONS, PROTONS, COMPARISONS = 0.05, 0.1, 0.25, 0.5
#: Share of moved coordinates in the comparisons.
MOVED: Final = 0.55
#: What a quick study leaves out.
QUICK: Final = (
    "A quick study: coordinates were not moved and Sc has no error, so that lines 2 to 4 rest on the "
    "spread of the copies and the known noise; line 11 has no controls, and mutations no loss of Sc."
)
#: Columns of the table ``evidence`` that a notebook shows.
BRIEF_EVIDENCE: Final = (
    *("number", "name", "quantity", "value", "error", "unit", "verdict"),
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NetworkStudy:
    """Evidence on one contact, with everything it rests on."""

    roles: tuple[Role, Role]  # the pair asked about
    entries: tuple[NamedEntry, ...]
    classes: tuple[ContactClass, ...]  # all contacts of all entries
    # Steps from a complex to its own image, and layers that one or two classes of contacts build, those
    # of the focal contact and all others.
    membrane: tuple[MembraneLine, ...]
    sheets: tuple[Sheet, ...]
    # A resting regulatory T cell under the default assumptions, which line 9 rests on.
    settings: ResponseSettings
    # The one asked about; None if the roles never meet between complexes.
    focal: ContactClass | None
    # The numbers of the complexes that make it, side by side, and of their controls.
    measures: tuple[ContactMeasures, ...]
    missing: tuple[str, ...]  # what could not be asked, and why
    # All that follows is of the focal contact. The complexes that make it, side by side:
    neighbours: tuple[MeasuredNeighbours, ...] = ()
    overlaps: tuple[SiteOverlap, ...] = ()
    # By the name of each copy its glycosylation sites, titratable residues and the stretches without
    # coordinates within reach.
    sequons: dict[str, tuple[SequonSite, ...]] = field(default_factory=dict)
    linkages: dict[str, ProtonLinkage] = field(default_factory=dict)
    unseen: dict[str, tuple[UnseenStretch, ...]] = field(default_factory=dict)
    # What stands in other species where the contact has its residues
    conservation: tuple[ConservedResidue, ...] = ()
    mutations: tuple[PointMutation, ...] = ()  # that would test it, ranked
    evidence: tuple[Evidence, ...] = ()  # what the lines say, in order

    def _repr_html_(self) -> str:
        """Show the evidence in a notebook, and the largest focal contact in 3D."""
        names = " – ".join(symbol_of(role.value) for role in self.roles)
        entries = ", ".join(named.entry.entry_id for named in self.entries)
        table = evidence_tables([self])["evidence"][list(BRIEF_EVIDENCE)]
        text = headline(names, f" in {entries}") + table_html(table.round(3))
        if self.focal is None:
            return text
        largest = max(
            self.focal.members, key=lambda m: m.interface.burial.area_per_side_a2
        )
        sides = largest.interface.sides
        images = [image for side in sides for image in side.images]
        return text + view_html(largest.named, images, [largest.interface])


def network_studies(
    entries: Sequence[NamedEntry],
    *,
    pairs: Sequence[tuple[Role, Role]] = DEFAULT_PAIRS,
    parameters: InterfaceParameters | None = None,
    quick: bool = False,
) -> tuple[NetworkStudy, ...]:
    """
    Ask whether lattice contacts of pairs of roles could be a network on the cell surface.

    Contacts are measured once for all pairs.

    Parameters
    ----------
    entries : sequence of NamedEntry
        Crystals of the complex, and any that serve as controls.
    pairs : sequence of (Role, Role)
    parameters : InterfaceParameters, optional
        With shape complementarity by default; without it line 3 is not answered.
    quick : bool
        Leave out what takes longest: `QUICK`, which the studies then say.

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
    settings = ResponseSettings(cell=cell_type("treg"))
    numbers_of, linkage_of = cache(contact_measures), cache(proton_linkage)
    studies = []
    for roles in pairs:
        name = "/".join(role.value for role in roles)
        with step(name, (1.0 - SURVEY) / len(pairs)):
            studies.append(
                _study(survey, roles, settings, numbers_of, linkage_of, quick=quick)
            )
    return tuple(studies)


def _study(
    survey: CrystalSurvey,
    roles: tuple[Role, Role],
    settings: ResponseSettings,
    numbers_of: Callable[[MeasuredContact], ContactMeasures],
    linkage_of: Callable[[MeasuredContact], ProtonLinkage],
    *,
    quick: bool,
) -> NetworkStudy:
    focal = focal_class(survey.classes, *roles)
    compared = compared_contacts(
        survey.classes, survey.neighbours, focal, doubtful=survey.doubtful
    )
    measures = measures_of(compared, numbers_of)
    found = partial(
        NetworkStudy,
        roles=roles,
        entries=survey.entries,
        classes=survey.classes,
        membrane=survey.membrane,
        sheets=survey.sheets,
        settings=settings,
        focal=focal,
        measures=measures,
    )
    missing = _missing(survey, roles, focal, measures)
    if focal is None:
        return found(missing=missing)
    neighbours = tuple(n for n in survey.neighbours if makes(n, focal))
    wholes = tuple(n.whole for n in neighbours)
    shown_by = {id(whole.named): whole.named for whole in wholes}.values()
    error_a = max(map(covalent_error_a, shown_by), default=0.0)
    with step("sites", SITES):
        overlaps = site_overlaps(focal, survey.classes)
        sequons = {contact_name(whole): sequons_at(whole) for whole in wholes}
        unseen = {contact_name(whole): unseen_stretches(whole) for whole in wholes}
        conserved = conserved_residues(focal)
    with step("mutations", MUTATIONS):
        cut = [
            replace(m, interface=replace(m.interface, complementarity=None))
            if quick
            else m
            for m in focal.members
        ]
        asked = replace(focal, members=tuple(cut))
        mutations = point_mutations(asked, survey.classes)
    with step("protons", PROTONS):
        linkages = {contact_name(whole): linkage_of(whole) for whole in wholes}
        controls = {
            group: largest_of_each(compared, group)
            for group in (Group.TRUE_INTERFACE, Group.OTHER_LATTICE)
        }
        can_tell = not quick and error_a <= LARGEST_COVALENT_ERROR_A
        losses = {
            group: [
                float(linkage_of(whole).losses_kt().sum())
                for whole in of_group
                if can_tell and not math.isnan(whole.named.entry.growth_ph)
            ]
            for group, of_group in controls.items()
        }
    jitters: dict[str, Jitter] = {}
    if not quick:
        with step("comparisons", COMPARISONS):
            with step("moved coordinates", MOVED):
                jitters = jitter_of(wholes)
            with step("error of Sc", 1.0 - MOVED):
                jitters |= sc_jitter(wholes)
    steps = focal_lines(focal, survey.membrane)
    clashes: dict[str, int] = {}
    for member in focal.members:
        for name, n_pairs in trans_clashes(member).items():
            clashes[name] = max(clashes.get(name, 0), n_pairs)
    with step("lines of evidence", 1.0 - SITES - MUTATIONS - PROTONS - COMPARISONS):
        case = Case(
            roles=roles,
            focal=focal,
            classes=survey.classes,
            n_entries=len(survey.entries),
            measures=measures,
            reference=reference(),
            jitters=jitters,
            covalent_error_a=error_a,
            sites=tuple(site for sites in sequons.values() for site in sites),
            overlaps=overlaps,
            clashes=clashes,
            parts=components_of(survey.entries, focal),
            rivals=_rivals(survey, focal, measures),
            membrane=survey.membrane,
            steps=steps,
            nulls=tuple(
                energies_in_any_direction(s.body, s.study.geometry) for s in steps
            ),
            sheets=tuple(s for s in survey.sheets if focal.name in s.contact_classes),
            cells=counted_again(settings.cell),
            wholes=wholes,
            controls=controls,
            linkages=tuple(linkages.values()),
            losses=losses,
            unseen=tuple(unseen.values()),
        )
        evidence = tuple(line.ask(case) for line in LINES)
    return found(
        neighbours=neighbours,
        overlaps=overlaps,
        sequons=sequons,
        linkages=linkages,
        unseen=unseen,
        conservation=conserved,
        mutations=mutations,
        evidence=evidence,
        missing=(*missing, *([QUICK] if quick else [])),
    )


def focal_class(
    classes: Sequence[ContactClass], role_1: Role, role_2: Role
) -> ContactClass | None:
    """
    Find the lattice contact of a role pair that recurs most, the larger one of equals.

    None if the two roles never meet between complexes.
    """

    def rank(contacts: ContactClass) -> tuple[int, int, float]:
        areas = [m.interface.burial.area_per_side_a2 for m in contacts.members]
        return contacts.n_crystal_forms, len(contacts.members), max(areas)

    pair = frozenset((role_1, role_2))
    candidates = [c for c in classes if is_lattice_class(c) and roles_of(c) == pair]
    return max(candidates, key=rank, default=None)


def _rivals(
    survey: CrystalSurvey, focal: ContactClass, measures: Sequence[ContactMeasures]
) -> tuple[int, ...]:
    """Dimension that each other lattice contact of the comparison reaches, of those of its kind."""

    def kinds(contacts: ContactClass) -> set[StepKind]:
        return {step_kind(member.contact) for member in contacts.members}

    names = {row.contact_class for row in measures} - {focal.name}
    rivals = [
        c
        for c in survey.classes
        if is_lattice_class(c) and c.name in names and kinds(c) & kinds(focal)
    ]
    return tuple(
        max((part.dimension for part in components_of(survey.entries, c)), default=0)
        for c in rivals
    )


def contact_name(measured: MeasuredContact) -> str:
    """Name a contact by entry, chains and operator: ``2ERJ A-C[1_565]``."""
    contact = measured.contact
    return (
        f"{measured.named.entry.entry_id} {contact.image_1.auth_asym_id}-"
        f"{contact.image_2.auth_asym_id}[{contact.image_2.symmetry_code}]"
    )


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
    missing = []
    # First, if there is no contact, why there is none.
    if absent:
        missing.append(
            f"No entry holds {' or '.join(absent)}; give an entry that does."
        )
    elif not any(set(roles) <= set(named.role_of.values()) for named in entries):
        missing.append(f"No entry holds {pair} together; give an entry of the complex.")
    elif focal is None:
        missing.append(f"{pair} touch nowhere between two complexes in these crystals.")
    missing += survey.missing
    missing += [
        f"{named.entry.entry_id} shows no complex of known chains: its true interfaces are those "
        "of the deposited assemblies, if any, and it is not stood on the membrane."
        for named in entries
        if not any(c.basis == "roles" and len(c.members) > 1 for c in named.complexes)
    ]
    proposed = [n.whole for n in survey.neighbours if n.belonging is Belonging.PROPOSED]
    doubtful = [m for m in survey.measured if id(m) in survey.doubtful]
    missing += [
        f"{', '.join(map(contact_name, left_out))}: no control of either kind, since {why}."
        for left_out, why in (
            (proposed, "only a program takes the two for one molecule"),
            (doubtful, "a protein without a role sits at a site of known complexes"),
        )
        if left_out
    ]
    if focal is None:
        return tuple(missing)
    if forms_with_roles(survey.classes, frozenset(roles)) < 2:
        missing.append(
            f"Only one crystal form holds {pair}: recurrence (line 1) cannot be asked; give another."
        )
    if not focal_lines(focal, survey.membrane):
        missing.append(
            "No copy of the contact repeats a complex with receptors on the membrane: line 6 is not "
            "asked."
        )
    if all(np.isnan(row.sc) for row in measures if row.group is Group.FOCAL):
        missing.append(
            "Shape complementarity was not computed: line 3 is not answered."
        )
    return tuple(missing)


def long_chains(
    study: NetworkStudy, *, sizes: Sequence[int] = SIZES
) -> tuple[MembraneLine, ...]:
    """
    Weigh chains of more complexes than the evidence needs, those of the focal contact only.

    The single complex is always weighed; nothing if the study has no such step.
    """
    if any(size < 1 for size in sizes):
        raise ParameterError("a chain holds one complex or more; give positive sizes.")
    own = focal_lines(study.focal, study.membrane) if study.focal else ()
    # The single complex, weighed already, stands first.
    return tuple(
        replace(
            line,
            study=chains_of(
                line.contacts[0],
                line.body,
                sizes=sizes,
                single=line.study.chains[0].ensemble,
            ),
        )
        for line in own
    )


def evidence_tables(studies: Sequence[NetworkStudy]) -> dict[str, "pd.DataFrame"]:
    """
    Make the tables of network studies, one below the other.

    ``evidence``, ``contact_measures``, ``sequons``, ``titratable``, ``unseen``, ``site_overlaps``,
    ``conservation``, ``test_mutations``, ``membrane`` and ``sheets``; the pair of roles stands in the first two
    columns.
    """
    makers = {
        "evidence": lambda study: map(_evidence_row, study.evidence),
        "contact_measures": lambda study: map(asdict, study.measures),
        "sequons": lambda study: [
            {"contact": name, **asdict(site)}
            for name, sites in study.sequons.items()
            for site in sites
        ],
        "titratable": lambda study: [
            row
            for name, linkage in study.linkages.items()
            for row in titratable_rows(name, linkage)
        ],
        "unseen": lambda study: [
            {"contact": name, **asdict(stretch), "sequons": " ".join(stretch.sequons)}
            for name, stretches in study.unseen.items()
            for stretch in stretches
        ],
        "site_overlaps": lambda study: [
            {**asdict(overlap), "entries": " ".join(overlap.entries)}
            for overlap in study.overlaps
        ],
        "conservation": lambda study: map(asdict, study.conservation),
        "test_mutations": lambda study: map(asdict, study.mutations),
        "membrane": _membrane_rows,
        "sheets": _sheet_rows,
    }
    return {
        table: table_from_rows(
            table,
            [
                {"role_1": study.roles[0].value, "role_2": study.roles[1].value, **row}
                for study in studies
                for row in rows_of(study)
            ],
        )
        for table, rows_of in makers.items()
    }


def titratable_rows(contact: str, linkage: ProtonLinkage) -> list[dict[str, Any]]:
    """List the titratable residues of a contact with their free energies at each pH."""
    at = {
        "growth": linkage.growth_ph,
        **{f"{ph:g}".replace(".", "_"): ph for ph in PHS},
    }
    return [
        {
            "contact": contact,
            "growth_ph": linkage.growth_ph,
            **asdict(residue),
            **{
                f"linkage_ph_{name}_kt": linkage_kt(
                    residue.pka_free, residue.pka_bound, ph
                )
                for name, ph in at.items()
            },
        }
        for residue in linkage.residues
    ]


def _evidence_row(evidence: Evidence) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(each.name for each in fields(Controls))
    for kind, share in (("endless", evidence.endless), ("true", evidence.true)):
        row |= {
            f"reference_{kind}_percent": share.percent if share else np.nan,
            f"reference_{kind}_low": share.low if share else np.nan,
            f"reference_{kind}_high": share.high if share else np.nan,
            f"n_reference_{kind}": share.n if share else None,
        }
    if evidence.controls:
        row |= asdict(evidence.controls)
    own = {name for name in column_names("evidence") if hasattr(evidence, name)}
    return row | {name: getattr(evidence, name) for name in own}


def _membrane_rows(study: NetworkStudy) -> list[dict[str, Any]]:
    focal = focal_lines(study.focal, study.membrane) if study.focal else ()
    own = set(map(id, focal))
    class_of = {id(m): found.name for found in study.classes for m in found.members}
    rows = []
    for line in study.membrane:
        measured = line.contacts[0]

        def endless(name: str, line: MembraneLine = line) -> float:
            return float(getattr(line.study.endless, name, np.nan))

        dimer = [
            c.price_per_contact_kt for c in line.study.chains if c.n_complexes == 2
        ]
        names = dict.fromkeys(class_of[id(member)] for member in line.contacts)
        rows.append(
            {
                "entry_id": measured.named.entry.entry_id,
                "complex_id": measured.interface.complex_id,
                "interface_id": measured.interface.interface_id,
                "operator_2": measured.contact.image_2.symmetry_code,
                "contact_classes": " ".join(names),
                "anchored_roles": " ".join(sorted(line.anchored_roles)),
                "is_focal": id(line) in own,
                "can_lie_flat": endless("can_lie_flat") == 1.0,
                "energy_per_complex_kt": endless("energy_per_complex_kt"),
                "price_per_contact_dimer_kt": next(iter(dimer), np.nan),
                "price_per_contact_endless_kt": endless("price_per_contact_kt"),
                "longest_stretch_fraction": endless("least_stretch_fraction"),
            }
        )
    return rows


def _sheet_rows(study: NetworkStudy) -> list[dict[str, Any]]:
    focal = study.focal.name if study.focal else ""
    joined = ("complex_ids", "built_by", "contact_classes")
    return [
        {name: getattr(sheet, name) for name in Sheet.__slots__ if name != "named"}
        | {name: " ".join(getattr(sheet, name)) for name in joined}
        | {
            "entry_id": sheet.named.entry.entry_id,
            "is_focal": focal in sheet.contact_classes,
            "can_lie_flat": sheet.can_lie_flat,
        }
        for sheet in study.sheets
    ]
