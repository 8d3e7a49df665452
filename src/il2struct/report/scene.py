"""A chain of complexes lying on the membrane, as a scene for PyMOL."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np

from il2struct.errors import ParameterError
from il2struct.lattice.contacts import Unit
from il2struct.lattice.patches import Clash, chain_patch, write_patch
from il2struct.network.evidence.chain_lines import flat_energy_kt, focal_lines
from il2struct.network.evidence.study import NetworkStudy
from il2struct.network.evidence.survey import MembraneLine
from il2struct.network.membrane.orientation import Orientation
from il2struct.structure.roles import Role

if TYPE_CHECKING:
    import gemmi

#: One colour a role, told apart by colour-blind people too (after Tol's muted and vibrant sets).
ROLE_COLOURS: Final[Mapping[Role, str]] = MappingProxyType(
    {
        Role.IL2: "882255",
        Role.IL2RB: "0077BB",
        Role.IL2RG: "88CCEE",
        Role.IL2RA: "EE7733",
    }
)
#: For chains of any other role.
OTHER_COLOUR: Final = "BBBBBB"
#: Complexes in the scene.
N_COMPLEXES: Final = 4
#: The membrane reaches this far beyond the chain, in Å.
MARGIN_A: Final = 40.0


def best_line(study: NetworkStudy) -> MembraneLine | None:
    """
    Choose the copy of the focal contact whose endless chain lies flat most easily.

    Parameters
    ----------
    study : NetworkStudy

    Returns
    -------
    MembraneLine or None
        None if no chain can lie flat.
    """
    if study.focal is None:
        return None
    lines = focal_lines(study.focal, study.membrane)
    best = min(lines, key=flat_energy_kt, default=None)
    return best if best is not None and np.isfinite(flat_energy_kt(best)) else None


def write_scene(
    line: MembraneLine, folder: Path, *, name: str = "chain_on_membrane"
) -> tuple[Clash, ...]:
    """
    Write a chain of complexes on the membrane, and a PyMOL script that shows it.

    The membrane is the plane z = 0 with the cell below, and the chain runs along x; chain ``C`` of
    the second complex is called ``C-2``.

    Parameters
    ----------
    line : MembraneLine
        A step with an endless chain that can lie flat, such as that of `best_line`.
    folder : path
        Must exist; ``<name>.cif`` and ``<name>.pml`` are written to it.
    name : str

    Returns
    -------
    tuple of Clash
        Complexes that overlap.

    Raises
    ------
    ParameterError
        If the chain cannot lie flat.
    """
    import gemmi

    endless = line.study.endless
    if endless is None or endless.best is None:
        raise ParameterError(
            "the chain cannot lie flat on the membrane and makes no scene; choose another contact."
        )
    measured = line.contacts[0]
    path = folder / f"{name}.cif"
    patch = chain_patch(measured.named, measured.contact, N_COMPLEXES)
    found = write_patch(measured.named, patch, path)
    structure = gemmi.read_structure(str(path))
    structure[0].transform_pos_and_adp(_motion(endless.best))
    structure.make_mmcif_document().write_file(str(path))
    places = np.array([atom.atom.pos.tolist() for atom in structure[0].all()])
    script = pymol_script(
        measured.contact.unit_1,
        name=name,
        low=places.min(axis=0),
        high=places.max(axis=0),
    )
    (folder / f"{name}.pml").write_text(script, encoding="utf-8")
    return found


def _motion(orientation: Orientation) -> "gemmi.Transform":
    import gemmi

    motion = gemmi.Transform()
    motion.mat.fromlist(orientation.rotation.tolist())
    motion.vec.fromlist(orientation.translation.tolist())
    return motion


def pymol_script(
    unit: Unit, *, name: str, low: Sequence[float], high: Sequence[float]
) -> str:
    """
    Write PyMOL commands that colour chains by role and draw the membrane.

    Parameters
    ----------
    unit : Unit
        The complex that is repeated.
    name : str
        Of the coordinates and of the object.
    low, high : sequence of float
        Corners of the box of the chain in Å.
    """
    left, right = float(low[0]) - MARGIN_A, float(high[0]) + MARGIN_A
    front, back = float(low[1]) - MARGIN_A, float(high[1]) + MARGIN_A
    corners = [(left, front), (right, front), (left, back), (right, back)]
    points = ", ".join(f"VERTEX, {x:.1f}, {y:.1f}, 0.0" for x, y in corners)
    lines = [
        f"load {name}.cif, {name}",
        "hide everything",
        f"show cartoon, {name}",
        f"color 0x{OTHER_COLOUR}, {name}",
    ]
    for member in unit.members:
        colour = ROLE_COLOURS.get(member.role, OTHER_COLOUR)
        chains = "+".join(
            f"{member.image.auth_asym_id}-{k + 1}" for k in range(N_COMPLEXES)
        )
        lines.append(f"color 0x{colour}, {name} and chain {chains}")
    lines += [
        "python",
        "from pymol import cmd",
        "from pymol.cgo import ALPHA, BEGIN, COLOR, END, NORMAL, TRIANGLE_STRIP, VERTEX",
        "plane = [ALPHA, 0.4, BEGIN, TRIANGLE_STRIP, COLOR, 0.8, 0.8, 0.8, NORMAL, 0.0, 0.0, 1.0,",
        f"         {points}, END]",
        "cmd.load_cgo(plane, 'membrane')",
        "python end",
        "set two_sided_lighting, 1",
        "bg_color white",
        "orient",
        "turn x, -90",
        "",
    ]
    return "\n".join(lines)
