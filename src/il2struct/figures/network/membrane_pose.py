"""A chain of complexes where the model lays it on the membrane: atoms, and the linkers that hold it."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from il2struct.arrays import FloatArray
from il2struct.errors import ParameterError
from il2struct.figures.crystal.crystal_row import unit_shape
from il2struct.figures.pictures.shading import Spheres
from il2struct.lattice.measure import MeasuredContact
from il2struct.lattice.operators import operator_group
from il2struct.lattice.patches import chain_patch
from il2struct.network.evidence.chain_lines import flat_energy_kt, focal_lines
from il2struct.network.evidence.study import NetworkStudy
from il2struct.network.evidence.survey import MembraneLine, complex_of
from il2struct.network.membrane.orientation import Orientation
from il2struct.network.membrane.tethers import Anchors, anchors_of_complex
from il2struct.structure.alignment import FOREIGN_STATUS
from il2struct.structure.complexes import Member

#: Complexes drawn.
N_COMPLEXES: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkerMark:
    """
    A linker from the ordered part of a receptor straight down to the membrane.

    Attributes
    ----------
    number : int
        Complex, from 1 at the left.
    role, auth_asym_id : str
    last_mature : int
        Last ordered native residue.
    n_residues : int
        From there to the membrane.
    x_a, height_a : float
        Where the linker begins: along the chain, and above the membrane.
    contour_a : float
        Length of the stretched linker.
    """

    number: int
    role: str
    auth_asym_id: str
    last_mature: int
    n_residues: int
    x_a: float
    height_a: float
    contour_a: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MembranePose:
    """
    Complexes on the membrane, seen along the plane.

    Attributes
    ----------
    line : MembraneLine
        The step that the chain repeats.
    measured : MeasuredContact
        The contact asked about that makes this step.
    is_chain : bool
        Whether it is an endless chain that lies flat; else a single complex.
    orientation : Orientation
    spheres : Spheres
        Along the chain, height above the membrane, and towards the viewer.
    members : tuple of (int, Member)
        Complex from 1, and chain, of each label.
    linkers : tuple of LinkerMark
    """

    line: MembraneLine
    measured: MeasuredContact
    is_chain: bool
    orientation: Orientation
    spheres: Spheres
    members: tuple[tuple[int, Member], ...]
    linkers: tuple[LinkerMark, ...]


def membrane_pose(study: NetworkStudy) -> MembranePose:
    """
    Lay the chain of the contact asked about on the membrane, where its linkers pull least.

    Parameters
    ----------
    study : NetworkStudy

    Returns
    -------
    MembranePose
        Of a single complex if no chain can lie flat.

    Raises
    ------
    ParameterError
        If no copy of the contact repeats a complex with receptors, or not even one complex finds
        a place on the membrane.
    """
    focal = study.focal
    lines = () if focal is None else focal_lines(focal, study.membrane)
    if focal is None or not lines:
        raise ParameterError(
            "no copy of the contact repeats a complex that linkers hold to the membrane; give an "
            "entry with the receptors."
        )
    line = min(lines, key=flat_energy_kt)
    measured = next(
        m for m in line.contacts if any(m is member for member in focal.members)
    )
    endless = line.study.endless
    if endless is not None and endless.best is not None:
        return _posed(
            line, measured, endless.best, n_complexes=N_COMPLEXES, is_chain=True
        )
    single = line.study.chains[0].best
    if single is None:
        raise ParameterError(
            "in no orientation do all linkers of a complex reach the membrane; there is nothing "
            "to draw."
        )
    return _posed(line, measured, single, n_complexes=1, is_chain=False)


def _posed(
    line: MembraneLine,
    measured: MeasuredContact,
    orientation: Orientation,
    *,
    n_complexes: int,
    is_chain: bool,
) -> MembranePose:
    named, unit = measured.named, measured.contact.unit_1
    complex_ = complex_of(measured)
    if complex_ is None:  # membrane lines have one
        raise ParameterError("the chain is not made of complexes.")
    anchors = anchors_of_complex(named, complex_)
    group = operator_group(named.entry)
    shape = unit_shape(named, unit)
    # Residues of expression tags do not meet the membrane in the model.
    native = ~np.isin(named.numbers.status[shape.residue], FOREIGN_STATUS)
    centres, members, linkers = [], [], []
    patch = chain_patch(named, line.contacts[0].contact, n_complexes)
    places = [_laid(orientation, *group.motion(placed.placement)) for placed in patch]
    # From left to right, whichever way the contact leads.
    order = sorted(range(n_complexes), key=lambda k: _x(places[k], shape.centre))
    for number, (rotation, translation) in enumerate((places[k] for k in order), 1):
        x, y, z = (shape.coords[native] @ rotation.T + translation).T
        centres.append(np.column_stack([x, z, -y]))
        members += [(number, member) for member in unit.members]
        linkers += _linkers(
            anchors, number, anchors.positions @ rotation.T + translation
        )
    labels = [shape.member[native] + len(unit.members) * k for k in range(n_complexes)]
    return MembranePose(
        line=line,
        measured=measured,
        is_chain=is_chain,
        orientation=orientation,
        spheres=Spheres(
            centres=np.concatenate(centres),
            radii=np.tile(shape.radii[native], n_complexes),
            labels=np.concatenate(labels),
        ),
        members=tuple(members),
        linkers=tuple(linkers),
    )


def _laid(
    orientation: Orientation, rotation: FloatArray, translation: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Motion of a placed complex onto the membrane."""
    turn = orientation.rotation
    return turn @ rotation, turn @ translation + orientation.translation


def _x(place: tuple[FloatArray, FloatArray], point: FloatArray) -> float:
    return float((place[0] @ point + place[1])[0])


def _linkers(anchors: Anchors, number: int, placed: FloatArray) -> list[LinkerMark]:
    return [
        LinkerMark(
            number=number,
            role=anchors.roles[k],
            auth_asym_id=anchors.auth_asym_ids[k],
            last_mature=anchors.last_mature[k],
            n_residues=anchors.n_residues[k],
            x_a=float(placed[k, 0]),
            height_a=float(placed[k, 2]),
            contour_a=float(anchors.contour_a[k]),
        )
        for k in range(len(anchors.roles))
    ]
