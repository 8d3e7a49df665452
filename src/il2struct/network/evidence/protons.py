"""
What protons do for a contact: residues that titrate, their pKa with and without it, and the price.

pKa values are those of PROPKA 3 (Olsson, Søndergaard, Rostkowski & Jensen, J. Chem. Theory Comput.
7:525, 2011) on the coordinates as they are, without glycans, waters and hydrogens.
"""

import io
import logging
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from il2struct.arrays import FloatArray
from il2struct.interface.interface import Partner
from il2struct.kernels.cells import near_mask
from il2struct.lattice.measure import MeasuredContact
from il2struct.structure.model import NO_NUMBER, Atoms

if TYPE_CHECKING:
    from propka.atom import Atom
    from propka.conformation_container import ConformationContainer
    from propka.group import Group
    from propka.molecular_container import MolecularContainer
    from propka.parameters import Parameters

#: Groups that give or take a proton, and the atoms that carry it. Words as in PROPKA.
TITRATING_ATOMS: Final = {
    "ASP": ("OD1", "OD2"),
    "GLU": ("OE1", "OE2"),
    "HIS": ("ND1", "NE2"),
    "LYS": ("NZ",),
    "ARG": ("NE", "NH1", "NH2"),
    "CYS": ("SG",),
    "TYR": ("OH",),
    "N+": ("N",),
    "C-": ("O", "OXT"),
}
#: Titratable groups nearer than this across a contact are listed, in Å: a salt bridge and a little.
CLOSE_A: Final = 4.0
#: … and so is every group whose pKa the contact moves by this: less changes K_d by under a quarter.
SMALLEST_SHIFT: Final = 0.1
#: Carboxylates, and how near their oxygens come only with a proton between them, in Å: a hydrogen bond
#: between oxygens (Sawyer & James, Nature 295:79, 1982).
ACIDS: Final = ("ASP", "GLU", "C-")
ACID_PAIR_A: Final = 3.2
#: Cut out are the residues with a heavy atom within this of a titratable group that touches the
#: partner, in Å. PROPKA's charges reach 10 Å and its count of buried atoms 15 Å; what is cut off is
#: cut off from the free chain as well.
SURROUNDINGS_A: Final = 15.0
#: Titratable groups this near to the partner are those whose surroundings are cut out, in Å.
TOUCHING_A: Final = 6.0
#: Error of a pKa that PROPKA gives to a carboxylate (0.79, Olsson 2011), taken for all groups.
PKA_ERROR: Final = 0.8
#: Answers of PROPKA that are kept: each takes a tenth of a second, and the same crystals may be asked
#: about again.
KEPT_ANSWERS: Final = 256
#: PROPKA's hydrogen bonds to the backbone end at 4 Å, from an atom 1.3 Å from that of the group.
BACKBONE_A: Final = 6.0
#: PROPKA gives 99.99 to what does not titrate, such as a cysteine in a bridge.
BRIDGED_PKA: Final = 99.0
#: Blood plasma; an early endosome (Mellman, Fuchs & Helenius, Annu. Rev. Biochem. 55:663, 1986).
BLOOD_PH, ENDOSOME_PH = 7.4, 6.0
#: Where free energies are given beside the pH of the crystal: the drops of 2ERJ and 2B5I and these.
PHS: Final = (5.1, ENDOSOME_PH, 6.1, BLOOD_PH)


@dataclass(frozen=True, slots=True, kw_only=True)
class TitratableResidue:
    """A group that titrates at a contact."""

    side: int  # 1 or 2
    role: str
    auth_asym_id: str
    auth_number: int
    mature_number: int
    group: str  # ASP, GLU, HIS, LYS, ARG, CYS, TYR, N+ or C-
    buried_fraction: float  # of the residue's accessible area
    is_core: bool  # after Levy
    name: str  # as IL2RA GLU144
    nearest: str  # titratable residue across, as role, group and number; empty beyond `TOUCHING_A`
    distance_a: float  # to it, between the atoms that carry the protons
    pka_free: float
    pka_bound: float

    @property
    def is_acid_pair(self) -> bool:
        """Whether two carboxylates meet here, which repel each other without a proton."""
        is_close = self.distance_a <= ACID_PAIR_A
        across = self.nearest.split(" ")[-1]
        return is_close and self.group in ACIDS and across.startswith(ACIDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtonLinkage:
    """What protons do for one contact."""

    growth_ph: float  # NaN if the file does not say
    residues: tuple[TitratableResidue, ...]

    def energy_kt(self, ph: float) -> float:
        """Free energy that protons add to the contact at a pH; see `linkage_kt`."""
        return sum(linkage_kt(r.pka_free, r.pka_bound, ph) for r in self.residues)

    def losses_kt(self) -> FloatArray:
        """
        List what each residue takes from the contact on the way from the drop to blood, in kT.

        Below zero where it strengthens the contact; NaN if the pH of the drop is not known.
        """
        return np.array(
            [loss_kt(r.pka_free, r.pka_bound, self.growth_ph) for r in self.residues]
        )

    def error_kt(self) -> float:
        """Error of the sum of losses, if each shift of a pKa is off by `PKA_ERROR`."""
        moved = [
            loss_kt(r.pka_free, r.pka_bound + PKA_ERROR, self.growth_ph)
            for r in self.residues
        ]
        return float(np.sqrt(((np.array(moved) - self.losses_kt()) ** 2).sum()))


def linkage_kt(pka_free: float, pka_bound: float, ph: float) -> float:
    r"""
    Free energy that the protons of one residue add to binding at a pH, in kT (Wyman 1964).

    :math:`\Delta G/kT = -\ln\frac{1 + 10^{pK^{bound} - pH}}{1 + 10^{pK^{free} - pH}}`

    That of a contact is the sum over its residues. Zero where nothing is protonated. A residue whose pKa the contact raises by one unit strengthens it
    by ln 10 far below both values and by nothing far above; the slope with pH is ln 10 times the
    number of protons taken up.

    J. Wyman, Adv. Protein Chem. 19:223 (1964).

    Examples
    --------
    >>> round(linkage_kt(4.0, 6.0, 0.0) / math.log(0.1), 3), abs(linkage_kt(4.0, 6.0, 14.0)) < 1e-6
    (2.0, True)
    """
    if math.isnan(ph):
        return math.nan
    free, bound = (
        np.logaddexp(0.0, math.log(10.0) * (pka - ph)) for pka in (pka_free, pka_bound)
    )
    return float(free - bound)


def loss_kt(pka_free: float, pka_bound: float, growth_ph: float) -> float:
    """Say what a residue takes from a contact on the way from the pH of a drop to that of blood."""
    in_blood = linkage_kt(pka_free, pka_bound, BLOOD_PH)
    return in_blood - linkage_kt(pka_free, pka_bound, growth_ph)


def proton_linkage(measured: MeasuredContact) -> ProtonLinkage:
    """Find the titratable residues of a contact and what protons do for it."""
    sides = measured.interface.sides
    groups = [_groups_of(measured, side) for side in sides]
    heavy = [side.atoms.select(~side.atoms.is_hydrogen) for side in sides]
    touching = [
        group.coords
        for own, other in zip(groups, heavy[::-1], strict=True)
        for group in own
        if near_mask(group.coords, other.coords, TOUCHING_A).any()
    ]
    residues: list[TitratableResidue] = []
    if touching:
        # Whole residues near the groups, of both sides.
        centre, cut = np.concatenate(touching), []
        for atoms, side in zip(heavy, sides, strict=True):
            near = near_mask(atoms.coords, centre, SURROUNDINGS_A)
            whole = np.isin(atoms.residue_index, atoms.residue_index[near])
            terminals = _n_terminals(measured, side)
            cut.append(Part(atoms=atoms.select(whole), n_terminals=terminals))
        bound, *free = pka_values(cut)
        for place, alone in enumerate(free):
            for group in groups[place]:
                key = (place, group.residue_index, group.kind)
                if key in alone and key in bound:
                    nearest = _nearest(group, groups[1 - place])
                    pkas = alone[key], bound[key]
                    residues.append(_titratable(measured, place, group, nearest, pkas))
    return ProtonLinkage(
        growth_ph=measured.named.entry.growth_ph,
        residues=tuple(
            residue
            for residue in residues
            if residue.is_core
            or residue.distance_a <= CLOSE_A
            or abs(residue.pka_bound - residue.pka_free) >= SMALLEST_SHIFT
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Group:
    """A titratable group of a side: its residue, its kind and its atoms that carry protons."""

    residue_index: int
    kind: str
    name: str
    coords: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Part:
    """Whole residues of a side for PROPKA, and which of them begin a protein."""

    atoms: Atoms
    n_terminals: frozenset[int]


def _groups_of(measured: MeasuredContact, side: Partner) -> list[_Group]:
    atoms, numbers = side.atoms, measured.named.numbers
    starts = _n_terminals(measured, side)
    ends = frozenset(atoms.residue_index[atoms.atom_name == "OXT"].tolist())
    found = []
    for kind, names in TITRATING_ATOMS.items():
        is_carrier = np.isin(atoms.atom_name, names)
        if kind in ("N+", "C-"):
            wanted = starts if kind == "N+" else ends
            is_carrier &= np.isin(atoms.residue_index, list(wanted))
        else:
            is_carrier &= atoms.residue_name == kind
        for residue in np.unique(atoms.residue_index[is_carrier]).tolist():
            coords = atoms.coords[is_carrier & (atoms.residue_index == residue)]
            row = int(side.residue_row(np.array([residue]))[0])
            # By the mature number, the author's where there is none
            number = int(numbers.mature_number[row])
            if number == NO_NUMBER:
                number = int(measured.named.entry.residues.auth_number[row])
            name = f"{numbers.role[row]} {kind}{number}"
            found.append(
                _Group(residue_index=residue, kind=kind, name=name, coords=coords)
            )
    return found


def _n_terminals(measured: MeasuredContact, side: Partner) -> frozenset[int]:
    """Find the residues that begin a deposited sequence: the first that is seen may not."""
    starts = set()
    for place, image in enumerate(side.images):
        chain = measured.named.entry.chain(image.auth_asym_id)
        if chain.has_deposited_sequence and int(chain.position[0]) == 0:
            starts.add(place * side.n_residues + int(chain.residue_index[0]))
    return frozenset(starts)


def _nearest(group: _Group, others: Sequence[_Group]) -> tuple[str, float]:
    """Name the nearest group across and its distance; nothing beyond `TOUCHING_A`."""
    if not others:
        return "", math.nan
    coords = np.concatenate([other.coords for other in others])
    starts = np.cumsum([0, *(len(other.coords) for other in others)])[:-1]
    between = np.linalg.norm(group.coords[:, np.newaxis] - coords, axis=2)
    distances = np.minimum.reduceat(between.min(axis=0), starts)
    place = int(np.argmin(distances))
    if distances[place] > TOUCHING_A:
        return "", math.nan
    return others[place].name, float(distances[place])


def _titratable(
    measured: MeasuredContact,
    place: int,
    group: _Group,
    nearest: tuple[str, float],
    pkas: tuple[float, float],
) -> TitratableResidue:
    side, burial = (
        measured.interface.sides[place],
        measured.interface.burial.sides[place].residues,
    )
    index = np.array([group.residue_index])
    row, image = int(side.residue_row(index)[0]), int(side.image_of(index)[0])
    at = int(np.searchsorted(burial.residue_index, group.residue_index))
    fraction = float(np.nan_to_num(burial.buried_fraction[at]))
    return TitratableResidue(
        side=place + 1,
        role=str(measured.named.numbers.role[row]),
        auth_asym_id=side.images[image].auth_asym_id,
        auth_number=int(measured.named.entry.residues.auth_number[row]),
        mature_number=int(measured.named.numbers.mature_number[row]),
        group=group.kind,
        buried_fraction=fraction,
        is_core=str(burial.class_levy[at]) == "core",
        name=group.name,
        nearest=nearest[0],
        distance_a=nearest[1],
        pka_free=pkas[0],
        pka_bound=pkas[1],
    )


def pka_values(
    parts: Sequence[Part],
) -> tuple[dict[tuple[int, int, str], float], ...]:
    """
    Ask PROPKA for the pKa of every titratable group of some parts together, then of each part alone.

    The keys are the place of the part, the residue's index in it, and the kind of group. Cysteines in
    disulphide bridges have none.
    """
    text, places = _pdb_text(parts)
    n_residues = tuple(
        sum(place == number for place, _ in places) for number in range(len(parts))
    )
    return tuple(
        {
            (*places[number - 1], kind): pka
            for number, kind, pka in values
            if kind in TITRATING_ATOMS and pka < BRIDGED_PKA
        }
        for values in _propka(text, n_residues)
    )


@lru_cache(maxsize=KEPT_ANSWERS)
def _propka(
    text: str, n_residues: tuple[int, ...]
) -> tuple[tuple[tuple[int, str, float], ...], ...]:
    """
    Residue number, kind and pKa of every group of some PDB lines, then of each part alone.

    Bonds and hydrogens of a part do not depend on the others and are found once.
    """
    from propka.input import read_molecule_file
    from propka.molecular_container import MolecularContainer

    ends = np.cumsum((0, *n_residues)).tolist()
    found = []
    with _quiet():
        # The options that the calculation looks at, at their defaults: the function of PROPKA that
        # sets them reads a command line.
        options: Any = SimpleNamespace(
            keep_protons=False,
            chains=None,
            titrate_only=None,
            display_coupled_residues=False,
            protonate_all=False,
            reuse_ligand_mol2_file=False,
            reference="neutral",
            pH=7.0,
            window=(0.0, 14.0, 1.0),
            grid=(0.0, 14.0, 0.1),
        )
        molecule = MolecularContainer(_parameters(), options)
        read_molecule_file("contact.pdb", molecule, stream=io.StringIO(text))
        (conformation,) = molecule.conformations.values()
        atoms, groups = conformation.atoms, conformation.groups
        alone = pairwise(ends) if len(n_residues) > 1 else ()
        for first, last in ((0, ends[-1]), *alone):
            conformation.atoms = [a for a in atoms if first < a.res_num <= last]
            conformation.groups = [g for g in groups if first < g.atom.res_num <= last]
            _titrate(conformation, molecule)
            found.append(
                tuple(
                    (group.atom.res_num, group.residue_type, float(group.pka_value))
                    for group in conformation.get_groups_for_calculations()
                )
            )
    for each in (*atoms, *groups):  # which hold each other, and their memory
        vars(each).clear()
    return tuple(found)


def _titrate(
    conformation: "ConformationContainer", molecule: "MolecularContainer"
) -> None:
    """
    Do what ``MolecularContainer.calculate_pka`` does, to the last digit, for a molecule without ions.

    Its loops over all atoms and over all backbone groups take most of its time; here only those near
    each group are gone through.
    """
    from propka.determinants import set_backbone_determinants, set_determinants

    for group in conformation.groups:  # which another calculation may have used
        group.determinants = {name: [] for name in group.determinants}
        group.energy_volume = group.energy_local = 0.0
        group.num_volume = group.num_local = group.buried = 0.0
        group.coupled_titrating_group = None
    version, titratable = molecule.version, conformation.get_titratable_groups()
    desolvation = _desolvation(conformation)
    for group in titratable:
        desolvation(version.parameters, group)
    backbone = conformation.get_backbone_groups()
    places = _places([group.atom for group in backbone])
    for group in titratable:
        own = _places(group.interaction_atoms_for_acids)
        near = np.flatnonzero(near_mask(places, own, BACKBONE_A)).tolist()
        set_backbone_determinants([group], [backbone[i] for i in near], version)
    version.calculate_backbone_reorganization(conformation)
    set_determinants(
        conformation.get_sidechain_groups(), version=version, options=molecule.options
    )
    for group in conformation.groups:
        group.calculate_total_pka()
    penalised = conformation.coupling_effects()
    if conformation.parameters.remove_penalised_group and penalised:
        for group in conformation.get_titratable_groups():
            group.remove_determinants(penalised)
        for group in conformation.groups:
            group.calculate_total_pka()


def _places(atoms: Sequence["Atom"]) -> FloatArray:
    return np.array([(atom.x, atom.y, atom.z) for atom in atoms]).reshape(-1, 3)


def _desolvation(
    conformation: "ConformationContainer",
) -> Callable[["Parameters", "Group"], None]:
    """Make a function that does what PROPKA's does, adding up the terms in the order of the atoms."""
    from propka.energy import (
        MIN_DISTANCE_4TH,
        calculate_scale_factor,
        calculate_weight,
    )

    atoms = conformation.get_non_hydrogen_atoms()
    coords = _places(atoms)
    residues = np.array([atom.res_num for atom in atoms])
    volume_of = conformation.parameters.VanDerWaalsVolume
    volumes = np.array(
        [
            volume_of["C4"]
            if atom.element == "C" and atom.name not in ("CA", "C")
            else volume_of.get(atom.element, 1.0)
            for atom in atoms
        ]
    )

    def desolvation(parameters: "Parameters", group: "Group") -> None:
        shifts = coords - (group.x, group.y, group.z)
        squares = shifts[:, 0] ** 2 + shifts[:, 1] ** 2 + shifts[:, 2] ** 2
        other = residues != group.atom.res_num
        near = other & (squares < parameters.desolv_cutoff_squared)
        terms = volumes[near] / np.maximum(MIN_DISTANCE_4TH, squares[near] ** 2)
        volume = float(np.cumsum(terms)[-1]) if len(terms) else 0.0
        group.num_volume = int(
            (other & (squares < parameters.buried_cutoff_squared)).sum()
        )
        group.buried = calculate_weight(parameters, group.num_volume)
        group.energy_volume = (
            group.charge
            * parameters.desolvationPrefactor
            * max(0.0, volume - parameters.desolvationAllowance)
            * calculate_scale_factor(parameters, group.buried)
        )

    return desolvation


@cache
def _parameters() -> "Parameters":
    from propka.input import read_parameter_file
    from propka.parameters import Parameters

    return read_parameter_file("propka.cfg", Parameters())


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep PROPKA from telling what it does, and of every atom that is not modelled."""
    logger = logging.getLogger("propka")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)


#: PROPKA takes the first residue after the start, a TER or an OXT for a terminus, but passes over
#: hydrogens only after that: one of a residue without number keeps a cut end from being one.
_NO_TERMINUS: Final = (
    f"{'ATOM      0  H   GLY A   0':30}{0:8.3f}{0:8.3f}{0:8.3f}  1.00  0.00{'H':>12}"
)


def _pdb_text(parts: Sequence[Part]) -> tuple[str, list[tuple[int, int]]]:
    """Write parts as PDB lines, residues numbered from 1; and the part and index of each."""
    lines, places = [_NO_TERMINUS], []
    middle = np.concatenate([part.atoms.coords for part in parts]).mean(axis=0)
    for place, part in enumerate(parts):
        atoms, last = part.atoms, -1
        columns = zip(
            atoms.residue_index.tolist(),
            atoms.atom_name.tolist(),
            atoms.residue_name.tolist(),
            atoms.element.tolist(),
            (atoms.coords - middle).tolist(),
            strict=True,
        )
        for residue, name, residue_name, element, (x, y, z) in columns:
            if residue != last:
                last = residue
                places.append((place, residue))
                if residue in part.n_terminals:
                    lines.append("TER   ")
            shown = f" {name}" if len(name) < 4 and len(element) < 2 else name
            lines.append(
                f"ATOM  {0:5d} {shown:<4.4} {residue_name:>3.3} A{len(places):4d}    "
                f"{x:8.3f}{y:8.3f}{z:8.3f}  1.00  0.00          {element:>2.2}"
            )
            if name == "OXT":
                lines.append(_NO_TERMINUS)
    return "\n".join(lines) + "\n", places
