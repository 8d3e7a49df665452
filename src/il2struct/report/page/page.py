"""The page put together: template, words, data, viewer."""

import base64
import gzip
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib import resources
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from il2struct._version import __version__
from il2struct.archive.viewer_library import viewer_release
from il2struct.errors import ParameterError
from il2struct.interface.interface import InterfaceParameters
from il2struct.palette import Palette
from il2struct.progress import shares, step
from il2struct.report.page.figures import entry_figures, run_figures, svg_of
from il2struct.report.page.markdown import as_html
from il2struct.report.page.payload import (
    EntryContent,
    entry_content,
    entry_payload,
    plain_table,
)
from il2struct.report.page.sections import (
    about_page,
    drawing_figure,
    entry_summary,
    escaped,
    figure_section,
)
from il2struct.report.page.trace import trace_picture
from il2struct.report.page.viewer import HOW_TO_GET
from il2struct.results.interfaces import InterfaceResults
from il2struct.structure.family import shown_roles

if TYPE_CHECKING:
    import pandas as pd

    from il2struct.figures import FigureSet

#: Largest page in bytes, and what of it atoms and tables may take, figures the rest.
LARGEST_PAGE: Final = 10_000_000
LARGEST_DATA: Final = 6_000_000
#: Parts of the page's script.
SCRIPTS: Final = ("scene.js", "table.js", "page.js")
#: So many entries have figures of their own: each takes seconds to draw.
MOST_DRAWN: Final = 4
#: Seconds that the atoms and tables of an entry take, its figures, and those of all together; only
#: their ratios count. Measured on 2ERJ and 2B5I.
ENTRY_S: Final = 1.2
FIGURES_S: Final = 7.0
RUN_FIGURES_S: Final = 1.5
#: Share of a set of figures that their data take.
PREPARING: Final = 0.2
#: To put the page together.
REST_S: Final = 0.3
#: A page names at most so many entries in its title.
MOST_NAMED: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class PageOptions:
    """
    How a page is made.

    Attributes
    ----------
    palette : Palette
        Colours of the roles.
    viewer : str or None
        Script of the 3D viewer; None for still pictures.
    has_figures : bool
        Whether figures are drawn for it.
    most_drawn : int
        Entries that have figures of their own.
    largest_page, largest_data : int
        Bytes of the whole page, and of its atoms and tables; what does not fit is named in it.
    """

    palette: Palette = field(default_factory=Palette)
    viewer: str | None = None
    has_figures: bool = True
    most_drawn: int = MOST_DRAWN
    largest_page: int = LARGEST_PAGE
    largest_data: int = LARGEST_DATA


@dataclass(frozen=True, slots=True, kw_only=True)
class RunContent:
    """
    What a run found.

    Attributes
    ----------
    results : sequence of InterfaceResults
        One for each entry.
    parameters : InterfaceParameters
        What defined the interfaces.
    tables : mapping of str to pandas.DataFrame
        Tables that span the entries.
    summary : str
        The Markdown of ``summary.md``.
    """

    results: Sequence[InterfaceResults]
    parameters: InterfaceParameters
    tables: Mapping[str, "pd.DataFrame"]
    summary: str


#: An entry in the page, and its data.
Shown: TypeAlias = tuple[EntryContent, dict[str, Any]]


def report_page(run: RunContent, options: PageOptions) -> str:
    """
    Make the page of a run.

    Parameters
    ----------
    run : RunContent
    options : PageOptions

    Returns
    -------
    str
        One HTML file that needs nothing else.
    """
    left_out: list[str] = []
    content_s, figures_s = _seconds(len(run.results), options)
    content_share, figures_share, _ = shares(content_s, figures_s, REST_S)
    with step("page", content_share):
        shown = _payloads(run, options, left_out)
    data = packed(
        {
            "entries": [payload for _, payload in shown],
            "common": {name: plain_table(table) for name, table in run.tables.items()},
        }
    )
    texts = _texts(run, shown, options) | {"DATA": data}
    room = options.largest_page - sum(_size(text) for text in texts.values())
    figures = "<p>No figures were asked for.</p>"
    pictures: dict[str, str] = {}
    if options.has_figures:
        with step("figures", figures_share):
            figures, pictures = _figures(shown, options, room, left_out)
    about = about_page(
        viewer_release(), left_out, has_viewer=options.viewer is not None
    )
    texts |= {"FIGURES": figures, "ABOUT": about, "SVG": packed(pictures)}
    return filled(static("page.html"), texts)


def page_seconds(n_entries: int, options: PageOptions) -> float:
    """
    Estimate how long the page of so many entries takes.

    Parameters
    ----------
    n_entries : int
    options : PageOptions
    """
    return sum(_seconds(n_entries, options)) + REST_S


def _seconds(n_entries: int, options: PageOptions) -> tuple[float, float]:
    """Of atoms and tables, and of figures."""
    figures_s = 0.0
    if options.has_figures:
        figures_s = min(n_entries, options.most_drawn) * FIGURES_S
        figures_s += RUN_FIGURES_S if n_entries > 1 else 0.0
    return n_entries * ENTRY_S, figures_s


def _size(text: str) -> int:
    return len(text.encode("utf-8", "backslashreplace"))


def _payloads(
    run: RunContent, options: PageOptions, left_out: list[str]
) -> list[Shown]:
    """Entries as data, as many as there is room for."""
    shown: list[Shown] = []
    room = options.largest_data
    share = 1.0 / max(len(run.results), 1)
    for results in run.results:
        entry_id = results.named.entry.entry_id
        if room <= 0:
            left_out.append(
                f"Atoms and tables of {entry_id}: there is no room; its tables are in the folder "
                "of that name beside this page."
            )
            continue
        with step(entry_id, share):
            content = entry_content(results, run.parameters)
            with step("atoms and tables", 0.6):
                payload = entry_payload(content, options.palette)
        if payload["left_out"]:
            left_out.append(f"Atoms of {entry_id}: {payload['left_out']}")
        room -= len(packed(payload))
        shown.append((content, payload))
    return shown


def _texts(
    run: RunContent,
    shown: Sequence[Shown],
    options: PageOptions,
) -> dict[str, str]:
    """Texts of the page by marker, all but the data, the figures and the last words."""
    script, style = page_script(), static("page.css")
    release = viewer_release()
    viewer_line = (
        "" if options.viewer is not None else f"No 3D view in this page: {HOW_TO_GET}"
    )
    names = {
        name: record.role.value
        for record in shown_roles().values()
        for name in (record.symbol, *record.aliases)
    }
    setup = {
        "has_viewer": options.viewer is not None,
        "viewer_line": viewer_line,
        "names": names,  # what the search takes for a symbol
    }
    library = options.viewer or ""
    credit = f"/* {release.name} {release.version}: licence at the end of the page */"
    return {
        "POLICY": _policy(script, f"{credit}{library}" if library else None),
        "GENERATOR": f"il2struct {__version__}",
        "TITLE": escaped(_title(run)),
        "STYLE": style,
        "LEAD": escaped(_lead(run)),
        "PICTURES": _pictures(shown, options),
        "VIEWER_LINE": escaped(viewer_line),
        "SUMMARIES": "\n".join(
            entry_summary(content, payload, place)
            for place, (content, payload) in enumerate(shown)
        ),
        "WORDS": as_html(run.summary, top_level=2).split("\n", 1)[-1],
        "SETUP": as_script(setup),
        "LIBRARY": f"<script>{credit}{library}</script>" if library else "",
        "SCRIPT": script,
    }


def _title(run: RunContent) -> str:
    names = [results.named.entry.entry_id for results in run.results]
    more = len(names) - MOST_NAMED
    tail = f" and {more} more" if more > 0 else ""
    return (
        f"{', '.join(names[:MOST_NAMED])}{tail}: il2struct report"
        if names
        else "il2struct report"
    )


def _lead(run: RunContent) -> str:
    number = sum(len(results) for results in run.results)
    entries = "entry" if len(run.results) == 1 else "entries"
    return (
        f"{len(run.results)} {entries}, {number} interfaces: areas, residues, bonds, lattice contacts. "
        f"Made by il2struct {__version__}."
    )


def _pictures(shown: Sequence[Shown], options: PageOptions) -> str:
    """Still pictures: what stands where the 3D view would be."""
    return "\n".join(
        f"<figure{' hidden' if place else ''}>{trace_picture(content.results.named, options.palette)}"
        "</figure>"
        for place, (content, _) in enumerate(shown)
    )


def _figures(
    shown: Sequence[Shown],
    options: PageOptions,
    room: int,
    left_out: list[str],
) -> tuple[str, dict[str, str]]:
    """Frames of the figures, and their pictures, as many as there is room for."""
    pictures: dict[str, str] = {}
    sections = []
    all_s = min(len(shown), options.most_drawn) * FIGURES_S + RUN_FIGURES_S
    for place, name, make in _figure_sets(shown, options, left_out):
        frames = []
        with step("", (RUN_FIGURES_S if place is None else FIGURES_S) / all_s):
            with step(f"data of {name}", PREPARING):
                found = make()
            for drawing in found.drawings:
                with step(drawing.title, (1.0 - PREPARING) / len(found.drawings)):
                    picture = svg_of(drawing) if room > 0 else ""
                room -= len(packed(picture))
                if room <= 0:
                    continue
                identity = f"picture-{len(pictures)}"
                pictures[identity] = picture
                frames.append(drawing_figure(drawing, identity))
        left_out += found.left_out
        n_missing = len(found.drawings) - len(frames)
        if n_missing:
            left_out.append(
                f"{n_missing} figures of {name}: there is no room; `il2struct figures` draws them."
            )
        sections.append(figure_section(name, frames, place))
    text = "\n".join(section for section in sections if section)
    return text or "<p>There is nothing to draw.</p>", pictures


def _figure_sets(
    shown: Sequence[Shown], options: PageOptions, left_out: list[str]
) -> "Iterator[tuple[int | None, str, Callable[[], FigureSet]]]":
    """Place, name and maker of the figures of each entry in turn, then of those that span them."""
    for place, (content, _) in enumerate(shown):
        name = content.results.named.entry.entry_id
        if place < options.most_drawn:
            yield place, name, partial(entry_figures, content, options.palette)
        else:
            left_out.append(f"Figures of {name}: `il2struct figures` draws them.")
    results = [content.results for content, _ in shown]
    if sum(len(one) for one in results):
        yield None, "All complexes", partial(run_figures, results, options.palette)


def _policy(script: str, library: str | None) -> str:
    """Return the page's rules: its own scripts by their checksum, and no request to anywhere."""
    scripts = " ".join(
        f"'sha256-{_digest(text)}'" for text in (script, library) if text is not None
    )
    return (
        f"default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; "
        "img-src data: blob:; worker-src blob:; base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")


def page_script() -> str:
    """Return the one script of the page, joined from its parts in a scope of their own."""
    parts = "\n".join(static(name) for name in SCRIPTS)
    return f'"use strict";\n(() => {{\n{parts}}})();\n'


def static(name: str) -> str:
    """Return a file of this folder as text."""
    folder = resources.files("il2struct.report.page")
    return folder.joinpath(name).read_text(encoding="utf-8")


def filled(template: str, values: Mapping[str, str]) -> str:
    """
    Put texts in the places of their markers, each of which must be there exactly once.

    Parameters
    ----------
    template : str
    values : mapping of str to str
        By marker, ``@@NAME@@`` without its signs; ``TITLE`` stands twice.

    Raises
    ------
    ParameterError
        If a marker is missing or stands there more often than it should.
    """
    places: list[tuple[int, int, str]] = []
    for name, value in values.items():
        marker = f"@@{name}@@"
        expected = 2 if name == "TITLE" else 1
        found = template.count(marker)
        if found != expected:
            raise ParameterError(
                f"the page has the marker {marker} {found} times, not {expected}; this is a bug."
            )
        start = -1
        for _ in range(found):
            start = template.index(marker, start + 1)
            places.append((start, start + len(marker), value))
    parts: list[str] = []
    end = 0
    # One pass: a value that looks like a marker is never taken for one.
    for start, stop, value in sorted(places):
        parts += [template[end:start], value]
        end = stop
    return "".join([*parts, template[end:]])


def as_script(value: object) -> str:
    """Return JSON that cannot end the script element it stands in."""
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")


def packed(value: object) -> str:
    """Return data as JSON, gzip and base64; the same data give the same text."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    content = text.encode("utf-8", "backslashreplace")
    return base64.b64encode(gzip.compress(content, 9, mtime=0)).decode("ascii")
