"""Results in notebooks: escaped tables, and a 3D view where the package py3Dmol is installed."""

import html
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

import numpy as np

from il2struct.interface.interface import Interface
from il2struct.palette import Palette
from il2struct.results.interface_tables import interface_residues
from il2struct.structure.model import ChainImage
from il2struct.structure.named import NamedEntry
from il2struct.structure.roles import Role
from il2struct.structure.write import PlacedChain, mmcif_text, written_chains

if TYPE_CHECKING:
    import pandas as pd

#: Size of the view in pixels.
SIZE: Final = (640, 420)
#: More chain images than this would make a notebook too heavy.
MOST_IMAGES: Final = 16
#: Said in place of the view.
HOW_TO_GET_IT: Final = (
    "<p>For a 3D view here: <code>pip install il2struct[notebook]</code>.</p>"
)
TOO_LARGE: Final = "<p>Too many chains for a 3D view here; write a scene: <code>il2struct scene</code>.</p>"
_ELEMENTS: Final = (("N", "#8CA8FF"), ("O", "#FF0D0D"), ("S", "#E6C733"))


def table_html(table: "pd.DataFrame") -> str:
    """
    Return a table for a notebook, every cell escaped.

    Parameters
    ----------
    table : pandas.DataFrame
    """
    return str(table.to_html(index=False, na_rep="", escape=True))


def headline(name: str, text: str) -> str:
    """
    Return a line that begins with a name in bold, both escaped.

    Parameters
    ----------
    name, text : str
    """
    return f"<p><b>{html.escape(name)}</b>{html.escape(text)}</p>"


def view_html(
    named: NamedEntry, images: Iterable[ChainImage], interfaces: Sequence[Interface]
) -> str:
    """
    Show chains in 3D by role, with the residues and bonds of their interfaces.

    Parameters
    ----------
    named : NamedEntry
    images : iterable of ChainImage
        What is shown, where it stands.
    interfaces : sequence of Interface
        Of which residues are sticks and bonds dashes.

    Returns
    -------
    str
        HTML that loads 3Dmol.js from the web when it is looked at; one line of words where py3Dmol
        is not installed.
    """
    if find_spec("py3Dmol") is None:
        return HOW_TO_GET_IT
    import py3Dmol

    shown = list(dict.fromkeys(images))
    if len(shown) > MOST_IMAGES:
        return TOO_LARGE
    view = py3Dmol.view(width=SIZE[0], height=SIZE[1])
    palette = Palette()
    for number, image in enumerate(shown):
        role = named.role_of.get(image.auth_asym_id, Role.UNKNOWN).value
        colour = palette.of(role)
        view.addModel(_coordinates(named, image), "cif")
        view.setStyle({"model": number}, {"cartoon": {"color": colour}})
        view.addStyle({"model": number, "hetflag": True}, {"stick": {"color": colour}})
        numbers = _interface_numbers(named, image, interfaces)
        if numbers:
            _add_sticks(view, number, numbers, colour)
    for interface in interfaces:
        _add_bonds(view, interface)
    view.zoomTo()
    return str(view.write_html())


def _coordinates(named: NamedEntry, image: ChainImage) -> str:
    entry = named.entry
    rotation, translation = entry.transform(image)
    (written,) = written_chains(entry, [entry.chain(image.auth_asym_id)])
    placed = PlacedChain(written=written, rotation=rotation, translation=translation)
    return mmcif_text(entry, [placed], title="chain")


def _interface_numbers(
    named: NamedEntry, image: ChainImage, interfaces: Sequence[Interface]
) -> list[int]:
    found: dict[int, None] = {}
    for interface in interfaces:
        for side in (1, 2):
            partner, burial = (
                interface.sides[side - 1],
                interface.burial.sides[side - 1],
            )
            index = burial.residues.residue_index[
                interface_residues(interface, side)[0]
            ]
            own = [partner.images[i] == image for i in partner.image_of(index)]
            rows = partner.residue_row(index)[np.array(own, dtype=np.bool_)]
            found |= dict.fromkeys(named.entry.residues.auth_number[rows].tolist())
    return list(found)


def _add_sticks(view: object, number: int, residues: list[int], colour: str) -> None:
    add = view.addStyle  # type: ignore[attr-defined]  # py3Dmol makes its methods up
    chosen = {"model": number, "resi": residues}
    add(chosen, {"stick": {"color": colour, "radius": 0.15}})
    for element, hue in _ELEMENTS:
        add({**chosen, "elem": element}, {"stick": {"color": hue, "radius": 0.15}})


def _add_bonds(view: object, interface: Interface) -> None:
    bonds = interface.bonds
    first, second = (
        partner.prepared.atoms.coords[index]
        for partner, index in zip(
            interface.sides, (bonds.index_1, bonds.index_2), strict=True
        )
    )
    is_drawn = bonds.is_salt_bridge | bonds.is_plain_hydrogen_bond
    for i in np.flatnonzero(is_drawn & ~bonds.is_kind["water_mediated"]).tolist():
        is_solid = bool(bonds.is_salt_bridge[i])
        view.addCylinder(  # type: ignore[attr-defined]  # as above
            {
                "start": _point(first[i].tolist()),
                "end": _point(second[i].tolist()),
                "radius": 0.10 if is_solid else 0.06,
                "dashed": not is_solid,
                "color": "#000000",
            }
        )


def _point(xyz: Sequence[float]) -> dict[str, float]:
    return {axis: round(value, 3) for axis, value in zip("xyz", xyz, strict=True)}
