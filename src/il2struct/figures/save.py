"""Drawings as files: vector and pixels, the table and the words beside them."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from il2struct.errors import ParameterError
from il2struct.figures.canvas import whole_figure_axes
from il2struct.figures.drawing import Drawing
from il2struct.figures.style import drawn_with, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Formats, with the dates taken out of each: the same drawing gives the same bytes.
METADATA: Final[dict[str, dict[str, Any]]] = {
    "svg": {"Date": None},
    "pdf": {"CreationDate": None, "ModDate": None, "Producer": None, "Creator": None},
    "png": {"Software": None},
}


def figure_of(drawing: Drawing) -> "Figure":
    """
    Draw a drawing on a figure of its own.

    Parameters
    ----------
    drawing : Drawing
    """
    drawn_with()
    with style():
        ax = whole_figure_axes(drawing.width, drawing.height_mm)
        drawing.draw(ax)
        return ax.get_figure(root=True)  # type: ignore[return-value]  # it has one


def checked_formats(formats: Sequence[str]) -> tuple[str, ...]:
    """
    Return file formats in small letters, each once.

    Parameters
    ----------
    formats : sequence of str

    Raises
    ------
    ParameterError
        If one is not svg, pdf or png, or there is none.
    """
    wanted = tuple(dict.fromkeys(f.strip().lower() for f in formats))
    unknown = [f for f in wanted if f not in METADATA]
    if unknown or not wanted:
        found = ", ".join(repr(f) for f in unknown) or "none"
        raise ParameterError(
            f"figures are written as {', '.join(METADATA)}, not {found}."
        )
    return wanted


def save(
    drawing: Drawing, folder: str | Path, *, formats: Sequence[str] = ("svg",)
) -> tuple[Path, ...]:
    """
    Write a drawing, its table as CSV, and its words.

    Parameters
    ----------
    drawing : Drawing
    folder : path
        Made if it is not there.
    formats : sequence of str
        Some of svg, pdf and png (300 dpi).

    Returns
    -------
    tuple of path
        The pictures, then ``<name>.csv``, then ``<name>.txt`` with title, caption and
        description.

    Raises
    ------
    ParameterError
        If a format is unknown.
    """
    wanted = checked_formats(formats)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    stem = folder / drawing.name
    written = []
    with style():
        figure = figure_of(drawing)
        for name in wanted:
            path = stem.with_name(f"{stem.name}.{name}")
            figure.savefig(path, format=name, metadata=METADATA[name])
            written.append(path)
    table = stem.with_name(f"{stem.name}.csv")
    drawing.table.to_csv(table, index=False, lineterminator="\n")
    words = stem.with_name(f"{stem.name}.txt")
    words.write_text(
        f"{drawing.title}\n\n{drawing.caption}\n\n{drawing.alt}\n",
        encoding="utf-8",
        errors="backslashreplace",
    )
    return (*written, table, words)
