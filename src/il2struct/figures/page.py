"""Several figures on one page of a journal, with letters."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from string import ascii_lowercase
from typing import TYPE_CHECKING, Final

from il2struct.errors import ParameterError
from il2struct.figures.canvas import blank_inset, inset, size_mm, width_mm
from il2struct.figures.drawing import Drawing, file_stem

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: A page of a journal is not deeper, in mm (Nature's guide).
DEEPEST_MM: Final = 247.0
#: Strip above each figure for its letter; what is free between two, in mm.
LETTER_MM: Final = 4.0
GUTTER_MM: Final = 5.0
#: Type of the letters, in points (Nature's guide: 8, bold, lower case).
LETTER_PT: Final = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A drawing with its letter; left edge and top from the upper left corner, in mm."""

    drawing: Drawing
    letter: str
    left_mm: float
    down_mm: float
    has_key: bool


def panel(
    drawings: Iterable[Drawing], *, width: str | float = "double", name: str = "panel"
) -> Drawing:
    """
    Put figures on one page, in lines as they fit, each in its own size under a letter.

    Parameters
    ----------
    drawings : iterable of Drawing
        Each prepared with the width that it shall have: two of 89 mm stand beside each other.
        Of several of one kind with the same key only the last in reading order shows it.
    width : str or float
        Of the page: ``"single"``, ``"double"`` or mm.
    name : str
        Of its files.

    Returns
    -------
    Drawing
        Title, caption, description and table of each follow its letter; column ``panel`` of the
        table holds it.

    Raises
    ------
    ParameterError
        If there is no drawing, one is wider than the page, or they need more than a page.

    Examples
    --------
    ::

        parts = [figures.bond_ladder(results, interface=n, width=89) for n in (0, 1)]
        figures.panel(parts).save("figures", formats=["pdf"])
    """
    import pandas as pd

    places, height = _placed(list(drawings), width_mm(width))
    tables = [
        each.drawing.table.assign(panel=each.letter)[
            ["panel", *each.drawing.table.columns.drop("panel", errors="ignore")]
        ]
        for each in places
    ]

    def said(words: Sequence[str], between: str) -> str:
        lettered = zip(places, words, strict=True)
        return between.join(f"({each.letter}) {text}" for each, text in lettered)

    parts = [each.drawing for each in places]
    return Drawing(
        name=file_stem(name),
        kind="panel",
        title=said([part.title for part in parts], "; "),
        alt=said([part.alt for part in parts], " "),
        caption=said([f"{part.title}. {part.caption}" for part in parts], " "),
        table=pd.concat(tables, ignore_index=True),
        width=width,
        height_mm=height,
        paint=lambda ax: _draw(ax, places, (width_mm(width), height)),
    )


def _placed(drawings: Sequence[Drawing], total_mm: float) -> tuple[list[_Place], float]:
    """Fill lines from the left, each as high as its highest figure; return the height of all."""
    if not 0 < len(drawings) <= len(ascii_lowercase):
        raise ParameterError(
            f"a page takes 1 to {len(ascii_lowercase)} figures, not {len(drawings)}."
        )
    last = {(each.kind, each.key): number for number, each in enumerate(drawings)}
    places: list[_Place] = []
    left = down = tall = 0.0
    for number, each in enumerate(drawings):
        wide = width_mm(each.width)
        if wide > total_mm + 0.1:
            raise ParameterError(
                f"{each.name} is {wide:g} mm wide and the page {total_mm:g}; prepare it with a "
                "smaller width=."
            )
        if left and left + wide > total_mm + 0.1:
            left, down, tall = 0.0, down + tall + GUTTER_MM, 0.0
        has_key = not each.key or last[each.kind, each.key] == number
        places.append(
            _Place(
                drawing=each,
                letter=ascii_lowercase[number],
                left_mm=left,
                down_mm=down,
                has_key=has_key,
            )
        )
        shown = each.height_mm - (0.0 if has_key else each.key_mm)
        tall = max(tall, LETTER_MM + shown)
        left += wide + GUTTER_MM
    height = down + tall
    if height > DEEPEST_MM:
        raise ParameterError(
            f"these figures need {height:.0f} mm and a page has {DEEPEST_MM:g}; leave some out, or "
            "prepare them with a smaller width=."
        )
    return places, height


def _draw(ax: "Axes", places: Sequence[_Place], page_mm: tuple[float, float]) -> None:
    """Draw every figure into its own part of the page; into other axes all of it scaled."""
    wide, high = size_mm(ax)
    across, up = wide / page_mm[0], high / page_mm[1]
    for each in places:
        wide, tall = width_mm(each.drawing.width) * across, each.drawing.height_mm * up
        left, top = each.left_mm * across, high - (each.down_mm + LETTER_MM) * up
        own = inset(ax, (left, top - tall, wide, tall))
        own.set_label(each.letter)
        each.drawing.paint(own)
        if not each.has_key:
            for part in list(own.child_axes):
                if part.get_label() == "key":
                    part.remove()
        letter = blank_inset(ax, (left, top, 5.0, LETTER_MM * up))
        letter.text(
            0.5,
            LETTER_MM / 2,
            each.letter,
            fontsize=LETTER_PT,
            fontweight="bold",
            va="center",
        )
