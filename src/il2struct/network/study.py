"""The whole question put to some crystals: nine lines of evidence on one contact of the lattice."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from il2struct.errors import ParameterError, StructureError
from il2struct.interface.interface import InterfaceParameters
from il2struct.lattice.classes import ContactClass, contact_classes, is_lattice_class
from il2struct.lattice.contacts import ContactKind, LatticeContact, lattice_units
from il2struct.lattice.graph import Component, components, periodic_graph
from il2struct.lattice.measure import MeasuredContact, measured_contacts
from il2struct.network.cell_types import cell_type
from il2struct.network.dose_response import ResponseSettings
from il2struct.network.evidence import (
    Controls,
    Evidence,
    Verdict,
    chemistry,
    compared,
    competition,
    focal_class,
    recurrence,
    topology,
)
from il2struct.network.helix import RigidMotion
from il2struct.network.measures import ContactMeasures, measures_of_classes, percentile
from il2struct.network.membrane import MembraneStudy, membrane_study
from il2struct.network.response import ReceptorResponse, receptor_response
from il2struct.network.sequons import SequonSite, sequons_at
from il2struct.network.sites import SiteOverlap, site_overlaps, trans_clashes
from il2struct.network.tethers import anchors_of_complex, body_of_complex
from il2struct.pipeline import NamedEntry
from il2struct.structure.complexes import Complex
from il2struct.structure.model import ChainImage
from il2struct.structure.roles import Role

#: Lengths of chain that the evidence weighs on the membrane.
CHAIN_SIZES = (1, 2)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MembraneLine:
    """
    What the membrane says about one contact of a complex with its own image.

    Attributes
    ----------
    measured : MeasuredContact
    study : MembraneStudy
    """

    measured: MeasuredContact
    study: MembraneStudy


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NetworkStudy:
    """
    Evidence on one contact, with everything it rests on.

    Attributes
    ----------
    roles : tuple of Role
        The pair asked about.
    entries : tuple of NamedEntry
    classes : tuple of ContactClass
        All contacts of all entries.
    focal : ContactClass or None
        The one asked about; None if the roles never meet between complexes.
    measures : tuple of ContactMeasures
        The numbers of the focal contact and its controls.
    overlaps : tuple of SiteOverlap
    sequons : dict of str to tuple of SequonSite
        Glycosylation sites at each focal contact.
    parts : tuple of Component
        What the focal contact builds.
    membrane : tuple of MembraneLine
        Focal contacts and controls of complexes that have receptors on the membrane.
    response : ReceptorResponse
        A resting regulatory T cell under the default assumptions.
    evidence : tuple of Evidence
        The lines, in order.
    missing : tuple of str
        What could not be asked, and why.
    """

    roles: tuple[Role, Role]
    entries: tuple[NamedEntry, ...]
    classes: tuple[ContactClass, ...]
    focal: ContactClass | None
    measures: tuple[ContactMeasures, ...]
    overlaps: tuple[SiteOverlap, ...]
    sequons: dict[str, tuple[SequonSite, ...]]
    parts: tuple[Component, ...]
    membrane: tuple[MembraneLine, ...]
    response: ReceptorResponse
    evidence: tuple[Evidence, ...]
    missing: tuple[str, ...]


def network_study(
    entries: Sequence[NamedEntry],
    *,
    roles: tuple[Role, Role] = (Role.IL2RG, Role.IL2RA),
    parameters: InterfaceParameters | None = None,
) -> NetworkStudy:
    """
    Ask whether the lattice contact of two roles could be a network on the cell surface.

    Parameters
    ----------
    entries : sequence of NamedEntry
        Crystals of the complex, and any that serve as controls.
    roles : tuple of Role
        The pair asked about.
    parameters : InterfaceParameters, optional

    Raises
    ------
    ParameterError
        If no entry is given.
    NoCrystalError
        If an entry has no unit cell.
    """
    if not entries:
        raise ParameterError("a network study needs at least one crystal entry.")
    measured = [
        m for named in entries for m in measured_contacts(named, parameters=parameters)
    ]
    classes = contact_classes(measured)
    focal = focal_class(classes, *roles)
    response = receptor_response(ResponseSettings(cell=cell_type("treg")))
    if focal is None:
        pair = " and ".join(role.value for role in roles)
        return NetworkStudy(
            roles=roles,
            entries=tuple(entries),
            classes=classes,
            focal=None,
            measures=measures_of_classes(classes, None),
            overlaps=(),
            sequons={},
            parts=(),
            membrane=(),
            response=response,
            evidence=(),
            missing=(_why_no_focal(entries, roles, pair),),
        )
    return _with_evidence(entries, roles, measured, classes, focal, response)


def _why_no_focal(
    entries: Sequence[NamedEntry], roles: tuple[Role, Role], pair: str
) -> str:
    present = {role for named in entries for role in named.role_of.values()}
    absent = [role.value for role in roles if role not in present]
    if absent:
        return f"No entry holds {' or '.join(absent)}; give an entry that does."
    return f"{pair} touch nowhere between two complexes in these crystals."


def _with_evidence(
    entries: Sequence[NamedEntry],
    roles: tuple[Role, Role],
    measured: Sequence[MeasuredContact],
    classes: tuple[ContactClass, ...],
    focal: ContactClass,
    response: ReceptorResponse,
) -> NetworkStudy:
    measures = measures_of_classes(classes, focal)
    overlaps = site_overlaps(focal, classes)
    parts = _focal_components(entries, focal)
    membrane, missing = _membrane_lines(classes)
    return NetworkStudy(
        roles=roles,
        entries=tuple(entries),
        classes=classes,
        focal=focal,
        measures=measures,
        overlaps=overlaps,
        sequons={_name(m): sequons_at(m) for m in focal.members},
        parts=parts,
        membrane=membrane,
        response=response,
        evidence=(
            recurrence(focal, classes),
            compared(measures, "area_per_side_a2", number=2, name="size", unit="Å²"),
            compared(
                measures, "n_buried_95", number=2, name="core (95 % buried)", unit=""
            ),
            compared(
                measures, "n_buried_70", number=2, name="core (70 % buried)", unit=""
            ),
            compared(
                measures, "bonds_per_100_a2", number=4, name="bonds", unit="per 100 Å²"
            ),
            chemistry(measures),
            _membrane_evidence(focal, membrane),
            competition(overlaps, _trans(focal, measured), len(focal.members)),
            topology(parts, len(focal.members)),
            _stoichiometry(response, len(focal.members)),
        ),
        missing=missing,
    )


def _name(measured: MeasuredContact) -> str:
    contact = measured.contact
    return (
        f"{measured.named.entry.entry_id} {contact.image_1.auth_asym_id}-"
        f"{contact.image_2.auth_asym_id}[{contact.image_2.symmetry_code}]"
    )


def _focal_components(
    entries: Sequence[NamedEntry], focal: ContactClass
) -> tuple[Component, ...]:
    found: list[Component] = []
    for named in entries:
        contacts = [m.contact for m in focal.members if m.named is named]
        if contacts:
            graph = periodic_graph(named.entry, lattice_units(named), contacts)
            found += components(graph)
    return tuple(found)


def _trans(focal: ContactClass, measured: Sequence[MeasuredContact]) -> dict[str, int]:
    clashing: dict[str, int] = {}
    for member in focal.members:
        inside = [
            m
            for m in measured
            if m.named is member.named and m.contact.kind is ContactKind.SAME_COMPLEX
        ]
        clashing |= trans_clashes(member, inside)
    return clashing


def _membrane_lines(
    classes: Sequence[ContactClass],
) -> tuple[tuple[MembraneLine, ...], tuple[str, ...]]:
    """Stand every complex-to-own-image contact on the membrane, once for each motion."""
    lines: list[MembraneLine] = []
    missing: dict[str, None] = {}
    for found in classes:
        if not is_lattice_class(found):
            continue
        for member in found.members:
            complex_ = _complex_of(member)
            if complex_ is None or not _is_propagating(member.contact):
                continue
            try:
                lines.append(
                    MembraneLine(measured=member, study=_stood_up(member, complex_))
                )
            except StructureError as error:
                missing[str(error)] = None
    return tuple(lines), tuple(missing)


def _is_propagating(contact: LatticeContact) -> bool:
    same = contact.unit_1.unit_id == contact.unit_2.unit_id
    return same and contact.repeat is not None and contact.repeat.is_propagating


def _complex_of(member: MeasuredContact) -> Complex | None:
    wanted = member.contact.unit_1.unit_id
    return next((c for c in member.named.complexes if c.complex_id == wanted), None)


def _stood_up(member: MeasuredContact, complex_: Complex) -> MembraneStudy:
    named = member.named
    anchors = anchors_of_complex(named, complex_)
    body = body_of_complex(named, complex_, anchors)
    place = ChainImage("", *member.contact.placement_2)
    rotation, translation = named.entry.transform(place)
    motion = RigidMotion(rotation=rotation, translation=translation)
    return membrane_study(body, motion, sizes=CHAIN_SIZES)


def _flat_energy_kt(line: MembraneLine) -> float:
    endless = line.study.endless
    if endless is None or not endless.can_lie_flat:
        return math.inf
    return endless.energy_per_complex_kt


def _membrane_evidence(focal: ContactClass, lines: Sequence[MembraneLine]) -> Evidence:
    """Linker energy of the endless flat chain (line 6); lower is easier."""
    own = {id(member) for member in focal.members}
    mine = np.array(
        [_flat_energy_kt(line) for line in lines if id(line.measured) in own]
    )
    others = np.array(
        [_flat_energy_kt(line) for line in lines if id(line.measured) not in own]
    )
    if not len(mine):
        verdict, why = (
            Verdict.NEUTRAL,
            "No complex of the focal contact has all it takes.",
        )
    elif np.isinf(mine).any():
        verdict = Verdict.AGAINST
        why = "A chain of it cannot lie flat: some linker does not reach the membrane."
    else:
        feasible = int(np.isfinite(others).sum())
        easier = float((others < mine.mean()).mean()) if len(others) else math.nan
        verdict = Verdict.SUPPORTS if easier == 0.0 else Verdict.NEUTRAL
        why = (
            "An endless chain of it can lie flat with every linker within reach, if the "
            f"complexes lean; so can {feasible} of {len(others)} other repeating lattice "
            "contacts, so that the membrane does not forbid it but hardly singles it out."
        )
    value = float(mine.mean()) if len(mine) else math.nan
    return Evidence(
        number=6,
        name="membrane",
        quantity="linker_energy_per_complex_kt",
        unit="kT",
        value=value,
        error=float(mine.std(ddof=1)) if len(mine) > 1 else math.nan,
        n_copies=len(mine),
        controls=Controls(
            true_minimum=math.nan,
            true_maximum=math.nan,
            lattice_median=float(np.median(others)) if len(others) else math.nan,
            lattice_maximum=float(others.max()) if len(others) else math.nan,
            percentile_true=math.nan,
            percentile_lattice=percentile(value, others.tolist()),
        ),
        verdict=verdict,
        reason=why,
    )


def _stoichiometry(response: ReceptorResponse, n_copies: int) -> Evidence:
    """How long chains get at real receptor numbers (line 9)."""
    compete, silent = response.chains_compete, response.chains_silent
    longest = compete.mean_length_number
    kd = response.settings.contact_kd_micromolar
    return Evidence(
        number=9,
        name="stoichiometry",
        quantity="mean_chain_length_free_chains_compete",
        unit="",
        value=longest,
        error=math.nan,
        n_copies=n_copies,
        controls=None,
        verdict=Verdict.AGAINST if longest < 1.5 else Verdict.SUPPORTS,
        reason=(
            f"On a resting regulatory T cell chains have {longest:.2f} complexes on average if "
            f"free α and γc can make the contact too (at most {1 / (1 - response.growth_limit):.2f} "
            f"however strong it is), and {silent.mean_length_number:.2f} if they cannot, with a "
            f"contact K_d of {kd:g} µM in solution, which is assumed."
        ),
    )
