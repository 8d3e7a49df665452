"""Where the complexes of a row touch: circles on a picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from il2struct.figures.crystal.crystal_row import CrystalRow
from il2struct.figures.crystal.row_scene import Placed, patch_centre
from il2struct.figures.pictures.views import View
from il2struct.lattice.measure import MeasuredContact


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """
    A contact that is seen: a circle as large as its buried area.

    Attributes
    ----------
    measured : MeasuredContact
    first, second : Placed
        The units of its sides 1 and 2.
    x_a, y_a : float
        In the view.
    radius_a : float
    is_labelled : bool
    """

    measured: MeasuredContact
    first: Placed
    second: Placed
    x_a: float
    y_a: float
    radius_a: float
    is_labelled: bool


def patches_in(
    row: CrystalRow, view: View, units: Sequence[Placed], half: tuple[float, float]
) -> tuple[Patch, ...]:
    """
    Find the contacts of a row whose two units are drawn and whose circle lies in the window.

    Parameters
    ----------
    row : CrystalRow
    view : View
    units : sequence of Placed
        What is drawn.
    half : (float, float)
        Half the width and height of the window in Å.

    Returns
    -------
    tuple of Patch
        From left to right.
    """
    there = {placed.key: placed for placed in units if placed.is_central}
    found: list[dict[str, Any]] = []
    for measured in row.copies:
        contact = measured.contact
        centre = patch_centre(measured)
        radius = float(np.sqrt(measured.interface.burial.area_per_side_a2 / np.pi))
        for placed in there.values():
            if placed.unit.unit_id != contact.unit_1.unit_id:
                continue
            other = there.get(
                (
                    contact.unit_2.unit_id,
                    row.group.composed(placed.placement, contact.placement_2),
                )
            )
            rotation, translation = row.group.motion(placed.placement)
            x, y, _ = view.seen(rotation @ centre + translation).tolist()
            if other is None or abs(x) + radius > half[0] or abs(y) + radius > half[1]:
                continue
            found.append(
                {
                    "measured": measured,
                    "first": placed,
                    "second": other,
                    "x_a": x,
                    "y_a": y,
                    "radius_a": radius,
                }
            )
    found.sort(key=lambda p: (round(p["x_a"], 3), round(p["y_a"], 3)))
    labelled = _labelled(found)
    return tuple(
        Patch(**each, is_labelled=number in labelled)
        for number, each in enumerate(found)
    )


def _labelled(found: Sequence[dict[str, Any]]) -> set[int]:
    """Of each contact the circle nearest to the middle."""
    nearest: dict[int, int] = {}
    for number, each in enumerate(found):
        key = id(each["measured"])
        if key not in nearest or abs(each["x_a"]) < abs(found[nearest[key]]["x_a"]):
            nearest[key] = number
    return set(nearest.values())
