"""What every figure is made of: a way to draw, the table it shows, and a sentence that says it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """
    One figure, ready to be drawn as often as needed.

    Attributes
    ----------
    name : str
        Name of its files: ``contact_map_2B5I_1_IL2-IL2RA``; letters, digits, ``-`` and ``_``.
    kind : str
        Name of the drawing function: ``contact_map``.
    title : str
        A few words for headings: ``Contacts of IL-2 and IL-2Rα in 2B5I, complex 1``.
    alt : str
        One or two plain sentences, with numbers, for readers who cannot see it.
    caption : str
        What is drawn, with cut-offs, presets and units: what a legend under the figure says.
    table : pandas.DataFrame
        One row a mark; columns as in ``docs/tables.md``.
    width : str or float
        ``"single"``, ``"double"`` or mm.
    height_mm : float
    draw : callable
        Draws into an axes that covers the whole figure.
    """

    name: str
    kind: str
    title: str
    alt: str
    caption: str
    table: "pd.DataFrame"
    width: str | float
    height_mm: float
    draw: Callable[["Axes"], Any]


def file_stem(*parts: str) -> str:
    """
    Join words to the name of a file, with nothing in it that a file system or a page minds.

    Parameters
    ----------
    *parts : str
        Words; empty ones are left out.

    Examples
    --------
    >>> file_stem("contact_map", "2B5I", "IL2/IL2RA")
    'contact_map_2B5I_IL2-IL2RA'
    """
    clean = [
        "".join(c if c.isascii() and (c.isalnum() or c == "_") else "-" for c in part)
        for part in parts
        if part
    ]
    return "_".join(part.strip("-") for part in clean if part.strip("-"))
