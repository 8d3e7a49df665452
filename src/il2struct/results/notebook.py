"""Results in notebooks: escaped tables, and a 3D view where the package py3Dmol is installed."""

import html
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from il2struct.bond_kinds import CONDITIONAL
from il2struct.interface.interface import Interface
from il2struct.palette import Palette
from il2struct.results.scene import ELEMENT_COLOURS, cast_of
from il2struct.structure.model import ChainImage
from il2struct.structure.named import NamedEntry

if TYPE_CHECKING:
    import pandas as pd

#: Size of the view in pixels.
SIZE: Final = (640, 420)
#: More chain images than this would make a notebook too heavy.
MOST_IMAGES: Final = 16
#: Radius of the sticks of interface residues, in Å.
STICK_A: Final = 0.15
#: Said in place of the view.
HOW_TO_GET_IT: Final = (
    "<p>For a 3D view here: <code>pip install il2struct[notebook]</code>.</p>"
)
TOO_LARGE: Final = "<p>Too many chains for a 3D view here; write a scene: <code>il2struct scene</code>.</p>"


def table_html(table: "pd.DataFrame") -> str:
    """Return a table for a notebook, every cell escaped."""
    return str(table.to_html(index=False, na_rep="", escape=True))


def headline(name: str, text: str) -> str:
    """Return a line that begins with a name in bold, both escaped."""
    return f"<p><b>{html.escape(name)}</b>{html.escape(text)}</p>"


def view_html(
    named: NamedEntry, images: Iterable[ChainImage], interfaces: Sequence[Interface]
) -> str:
    """
    Show chains in 3D by role, with the residues and bonds of their interfaces.

    Returned is HTML that loads 3Dmol.js from the web when it is looked at; one line of words where
    py3Dmol is not installed.
    """
    if find_spec("py3Dmol") is None:
        return HOW_TO_GET_IT
    import py3Dmol

    shown = list(dict.fromkeys(images))
    if len(shown) > MOST_IMAGES:
        return TOO_LARGE
    cast = cast_of(named, shown, Palette())
    objects = cast.objects(shown, home=shown)
    joints = [cast.interface(interface, objects) for interface in interfaces]
    view = py3Dmol.view(width=SIZE[0], height=SIZE[1])
    for number, each in enumerate(objects.values()):
        model = {"model": number}
        stick = {"color": each.colour}
        view.addModel(cast.coordinates(each.image), "cif")
        view.setStyle(model, {"cartoon": {"color": each.colour}})
        view.addStyle({**model, "hetflag": True}, {"stick": stick})
        residues = [r for joint in joints for r in joint.residues]
        own = [r.number for r in residues if r.object_name == each.name]
        if own:
            chosen = {**model, "resi": list(dict.fromkeys(own))}
            view.addStyle(chosen, {"stick": {**stick, "radius": STICK_A}})
            for element, hue in ELEMENT_COLOURS.items():
                style = {"stick": {"color": hue, "radius": STICK_A}}
                view.addStyle({**chosen, "elem": element}, style)
    for bond in (bond for joint in joints for bond in joint.bonds):
        if bond.kind is not CONDITIONAL:
            view.addCylinder(
                {
                    "start": _point(bond.xyz_1.tolist()),
                    "end": _point(bond.xyz_2.tolist()),
                    "radius": bond.stick.radius_a,
                    "dashed": bond.stick.dash_a > 0,
                    "color": bond.stick.colour,
                }
            )
    view.zoomTo()
    return str(view.write_html())


def _point(xyz: Sequence[float]) -> dict[str, float]:
    return {axis: round(value, 3) for axis, value in zip("xyz", xyz, strict=True)}
