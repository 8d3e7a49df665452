"""What every figure is: a way to draw it, the table it shows, and a sentence that says it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from il2struct.errors import ParameterError
from il2struct.figures.canvas import (
    drawn_with,
    enlarge,
    figure_of,
    style,
    whole_figure_axes,
)
from il2struct.figures.options import FigureOptions, current, using
from il2struct.tables import column_names, frame

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Formats, with the dates taken out of each: the same drawing gives the same bytes.
METADATA: Final[dict[str, dict[str, Any]]] = {
    "svg": {"Date": None},
    "pdf": {"CreationDate": None, "ModDate": None, "Producer": None, "Creator": None},
    "png": {"Software": None},
}

#: Dots per inch in a notebook.
SCREEN_DPI: Final = 130


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """
    One figure, ready to be drawn as often as needed.

    Attributes
    ----------
    name : str
        Name of its files: ``contact_map_2B5I_1_IL2-IL2RA``; letters, digits, ``-`` and ``_``.
    kind : str
        As in `KINDS`: ``contact_map``.
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
        On paper ``options.type_scale`` times that.
    paint : callable
        Draws into an axes that covers the whole figure; `draw` and `save` call it.
    key_mm : float
        Height at its foot that the axes labelled ``key`` take, which `panel` leaves out of several figures
        of one kind with the same words in the key, `key`.
    key : tuple of str
    interface : tuple of (str, str), optional
        Complex and interface that it shows, if it is of one.
    options : FigureOptions
        Those that it was prepared with.
    """

    name: str
    kind: str
    title: str
    alt: str = field(repr=False)
    caption: str = field(repr=False)
    table: "pd.DataFrame" = field(repr=False)
    width: str | float
    height_mm: float
    paint: Callable[["Axes"], Any] = field(repr=False)
    key_mm: float = field(default=0.0, repr=False)
    key: tuple[str, ...] = field(default=(), repr=False)
    interface: tuple[str, str] | None = field(default=None, repr=False)
    options: FigureOptions = field(default_factory=current, repr=False)

    def draw(self, ax: "Axes | None" = None) -> "Axes":
        """
        Draw into an axes, or a new figure of the right size.

        Parameters
        ----------
        ax : Axes, optional

        Returns
        -------
        Axes
            That holds the panels; ``.figure`` is the figure.
        """
        drawn_with()
        with style(), using(self.options):
            target = ax or whole_figure_axes(self.width, self.height_mm)
            self.paint(target)
            if ax is None and self.options.type_scale != 1.0:
                enlarge(figure_of(target), self.options.type_scale)
        return target

    def figure(self) -> "Figure":
        """Draw on a figure of its own and return that."""
        return figure_of(self.draw())

    def _repr_png_(self) -> bytes:
        """Return what a notebook shows."""
        file = BytesIO()
        with style():
            self.figure().savefig(file, format="png", dpi=SCREEN_DPI)
        return file.getvalue()

    def save(
        self, folder: str | Path, *, formats: Sequence[str] = ("svg",)
    ) -> tuple[Path, ...]:
        """
        Write the figure, its table as CSV, and its words.

        Parameters
        ----------
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
        pictures = [folder / f"{self.name}.{name}" for name in wanted]
        with (
            style()
        ):  # some settings are read when a figure is made, others when it is saved
            figure = self.figure()
            for name, path in zip(wanted, pictures, strict=True):
                figure.savefig(path, format=name, metadata=METADATA[name])
        table, words = folder / f"{self.name}.csv", folder / f"{self.name}.txt"
        self.table.to_csv(table, index=False, lineterminator="\n")
        words.write_text(
            f"{self.title}\n\n{self.caption}\n\n{self.alt}\n",
            encoding="utf-8",
            errors="backslashreplace",
        )
        return (*pictures, table, words)


def checked_formats(formats: Sequence[str]) -> tuple[str, ...]:
    """Return file formats in small letters, each once."""
    wanted = tuple(dict.fromkeys(f.strip().lower() for f in formats))
    unknown = [f for f in wanted if f not in METADATA]
    if unknown or not wanted:
        found = ", ".join(repr(f) for f in unknown) or "none"
        raise ParameterError(
            f"figures are written as {', '.join(METADATA)}, not {found}."
        )
    return wanted


def file_stem(*parts: str) -> str:
    """
    Join words to the name of a file, with nothing in it that a file system or a page minds.

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


def framed(table: str, rows: Sequence[dict[str, Any]]) -> "pd.DataFrame":
    """Make a table of a figure; columns that a row does not have are missing."""
    return frame(
        table, {name: [row.get(name) for row in rows] for name in column_names(table)}
    )


def keyed_frame(
    table: str, key: dict[str, Any], rows: Sequence[dict[str, Any]]
) -> "pd.DataFrame":
    """Make a table of a figure of one interface, with the ids of its row in ``interfaces``."""
    shared = {n: key[n] for n in ("entry_id", "complex_id", "interface_id")}
    return framed(table, [shared | row for row in rows])


def interface_key(row: dict[str, Any]) -> tuple[str, str, str]:
    """Return entry, complex and interface of a row of the table ``interfaces``, for file names."""
    return str(row["entry_id"]), str(row["complex_id"] or ""), str(row["interface_id"])
