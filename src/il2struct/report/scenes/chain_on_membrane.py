"""A chain of complexes lying on the membrane z = 0, as coordinates and a script for PyMOL."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from il2struct.errors import ParameterError
from il2struct.lattice.contacts import Unit
from il2struct.lattice.patches import Clash, write_patch
from il2struct.palette import Palette
from il2struct.report.scenes.surroundings import MARGIN_A, N_COMPLEXES, chain_units

if TYPE_CHECKING:
    import gemmi

    from il2struct.network.evidence.survey import MembraneLine
    from il2struct.network.membrane.body import Orientation


def write_scene(
    line: "MembraneLine", folder: Path, *, name: str = "chain_on_membrane"
) -> tuple[Clash, ...]:
    """
    Write a chain of complexes on the membrane, and a PyMOL script that shows it.

    The membrane is the plane z = 0 with the cell below, and the chain runs along x; chain ``C`` of
    the second complex is called ``C-2``.

    Parameters
    ----------
    line : MembraneLine
        A step with an endless chain that can lie flat, such as that of
        `il2struct.report.scenes.surroundings.best_line`.
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
    found = write_patch(measured.named, chain_units(line), path)
    structure = gemmi.read_structure(str(path))
    structure[0].transform_pos_and_adp(_motion(endless.best))
    structure.make_mmcif_document().write_file(str(path))
    places = np.array([atom.atom.pos.tolist() for atom in structure[0].all()])
    script = chain_script(
        measured.contact.unit_1,
        name=name,
        low=places.min(axis=0),
        high=places.max(axis=0),
    )
    (folder / f"{name}.pml").write_text(script, encoding="utf-8")
    return found


def _motion(orientation: "Orientation") -> "gemmi.Transform":
    import gemmi

    motion = gemmi.Transform()
    motion.mat.fromlist(orientation.rotation.tolist())
    motion.vec.fromlist(orientation.translation.tolist())
    return motion


def chain_script(
    unit: Unit, *, name: str, low: Sequence[float], high: Sequence[float]
) -> str:
    """
    Write PyMOL commands that colour chains by role and draw the membrane.

    Parameters
    ----------
    unit : Unit
        The complex that is repeated; chains whose names could be read as commands stay grey.
    name : str
        Of the coordinates and of the object.
    low, high : sequence of float
        Corners of the box of the chain in Å.
    """
    palette = Palette()
    left, right = float(low[0]) - MARGIN_A, float(high[0]) + MARGIN_A
    front, back = float(low[1]) - MARGIN_A, float(high[1]) + MARGIN_A
    corners = [(left, front), (right, front), (left, back), (right, back)]
    points = ", ".join(f"VERTEX, {x:.1f}, {y:.1f}, 0.0" for x, y in corners)
    lines = [
        f"load {name}.cif, {name}",
        "hide everything",
        f"show cartoon, {name}",
        f"color 0x{palette.of('unknown')[1:]}, {name}",
    ]
    for member in unit.members:
        own = member.image.auth_asym_id
        if own.isascii() and own.isalnum():
            chains = "+".join(f"{own}-{k + 1}" for k in range(N_COMPLEXES))
            colour = palette.of(member.role.value)[1:]
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
