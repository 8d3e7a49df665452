"""Interfaces and contacts of the lattice as the viewer takes them, and what a row points at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from il2struct.interface.interface import Interface
from il2struct.report.page.structure import Images
from il2struct.results import views
from il2struct.structure.model import Side
from il2struct.tables import records

if TYPE_CHECKING:
    import pandas as pd

#: How a bond is drawn: solid, dashed, or dotted; apolar contacts and those by water only when
#: their own row is chosen, since they are many or their line passes through nothing.
DRAWN_AS: Final = {
    "is_disulfide": "solid",
    "is_salt_bridge": "solid",
    "is_hydrogen_bond": "dashed",
    "is_cation_pi": "dotted",
    "is_pi_stacking": "dotted",
}

#: Complex and interface, as in the tables.
Key = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Joints:
    """
    What joins chains, each with its residues and bonds.

    Attributes
    ----------
    records : list of dict
        Plain data for JSON: name, images of both sides, residues, bonds.
    number_of : mapping
        Place in the records by complex and interface.
    """

    records: list[dict[str, Any]]
    number_of: Mapping[Key, int]


def joints_of(
    images: Images,
    interfaces: Sequence[Interface],
    residues: "pd.DataFrame",
    bonds: "pd.DataFrame",
) -> Joints:
    """
    Gather interfaces with the rows of their tables.

    Parameters
    ----------
    images : Images
    interfaces : sequence of Interface
    residues, bonds : pandas.DataFrame
        Their tables.
    """
    number_of: dict[Key, int] = {}
    found: list[dict[str, Any]] = []
    for interface in interfaces:
        number_of[(interface.complex_id or "", interface.interface_id)] = len(found)
        sides = (interface.partner_1.side, interface.partner_2.side)
        found.append(
            {
                "name": " – ".join(_name_of(side) for side in sides),
                "sides": [images.numbers(side.images) for side in sides],
                "around": [],
                "residues": [],
                "bonds": [],
            }
        )
    for row in records(residues):
        place = residue_place(images, row)
        if row["is_interface"] and place is not None:
            found[number_of[key_of(row)]]["residues"].append(place)
    for row in records(bonds):
        drawn = bond_drawn(images, row)
        if drawn is not None:
            found[number_of[key_of(row)]]["bonds"].append(drawn)
    return Joints(records=found, number_of=number_of)


def _name_of(side: Side) -> str:
    codes = {image.symmetry_code for image in side.images}
    chains = "+".join(image.auth_asym_id for image in side.images)
    return views.side_name(side.role, chains, codes.pop() if len(codes) == 1 else "")


def key_of(row: views.Row) -> Key:
    """Return complex and interface of a row."""
    return str(row["complex_id"] or ""), str(row["interface_id"] or "")


def residue_place(images: Images, row: views.Row, suffix: str = "") -> list[int] | None:
    """
    Find the residue of a row in the page.

    Parameters
    ----------
    images : Images
    row : mapping
        Of a table with columns ``auth_asym_id``, ``operator``, ``auth_number`` and ``ins_code``.
    suffix : str
        ``_1`` or ``_2`` where the columns have one.

    Returns
    -------
    list of int or None
        Image and number within it; None if the page has no atoms of it.
    """
    number = row[f"auth_number{suffix}"]
    if number is None:
        return None
    name = (
        str(row[f"auth_asym_id{suffix}"]),
        int(number),
        str(row[f"ins_code{suffix}"] or ""),
    )
    return images.residue(name, str(row[f"operator{suffix}"] or "1_555"))


def bond_drawn(images: Images, row: views.Row) -> list[Any] | None:
    """
    Return both atoms of a bond and how it is drawn.

    Parameters
    ----------
    images : Images
    row : mapping
        Of the table ``bonds``.

    Returns
    -------
    list or None
        None for a contact that is not drawn unless asked for.
    """
    style = next((style for flag, style in DRAWN_AS.items() if row[flag]), None)
    ends = _ends(images, row, "atom_name")
    return None if style is None or ends is None else [*ends, style]


def _ends(images: Images, row: views.Row, atom: str) -> list[list[Any]] | None:
    """Both ends of a pair: image, number, atom."""
    ends = []
    for suffix in ("_1", "_2"):
        place = residue_place(images, row, suffix)
        if place is None:
            return None
        ends.append([*place, row[f"{atom}{suffix}"]])
    return ends


def focus_of(
    table: str, row: views.Row, joints: Joints, images: Images, first: int
) -> dict[str, Any] | None:
    """
    Say what a row points at, in numbers for the viewer and in words for the reader.

    Parameters
    ----------
    table : str
    row : mapping
    joints : Joints
        What the rows of the table belong to.
    images : Images
    first : int
        Number of the first of these joints in the page.

    Returns
    -------
    dict or None
        None if it points at nothing.
    """
    if table == "chains":
        return _focus_chain(row, images)
    if table not in ("interfaces", "bonds", "residues", "contacts", "lattice_contacts"):
        return None
    joint = first + joints.number_of[key_of(row)]
    if table == "residues":
        place = residue_place(images, row)
        say = f"{views.chain_of(row)} {views.residue_of(row)}, {row['buried_a2']:.0f} Å² buried"
        if place is None:
            return None
        names = [views.residue_of(row)]
        return {"joint": joint, "ends": [place], "names": names, "say": say}
    if table in ("bonds", "contacts"):
        return _focus_pair(table, row, joint, images)
    say = (
        f"{views.chain_of(row, '_1')} – {views.chain_of(row, '_2')}, "
        f"{row['area_per_side_a2']:.0f} Å² per side"
    )
    return {"joint": joint, "say": say}


def _focus_chain(row: views.Row, images: Images) -> dict[str, Any] | None:
    name = str(row["auth_asym_id"])
    found = images.of_chain(name)
    say = views.side_name(row["role"], name, None)
    return {"images": found, "say": say} if found else None


def _focus_pair(
    table: str, row: views.Row, joint: int, images: Images
) -> dict[str, Any] | None:
    atom = "atom_name" if table == "bonds" else "closest_atom"
    ends = _ends(images, row, atom)
    if ends is None:
        return None
    names = [
        f"{views.chain_of(row, suffix)} {views.residue_of(row, suffix)} {row[atom + suffix]}"
        for suffix in ("_1", "_2")
    ]
    say = f"{names[0]} – {names[1]}, {row['distance_a']:.2f} Å"
    if table == "bonds":
        say += f", {views.kinds_of(row)}"
    residues = [views.residue_of(row, suffix) for suffix in ("_1", "_2")]
    return {"joint": joint, "ends": ends, "names": residues, "say": say}
