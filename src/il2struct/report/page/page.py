"""
The page of a run: what it says and shows, as one HTML file that needs nothing else.

Figures are SVG; for readers without the 3D view an entry is drawn as traces.
"""

import base64
import gzip
import hashlib
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from jinja2 import Environment, FunctionLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup

from il2struct._version import __version__
from il2struct.archive.viewer_library import viewer_release
from il2struct.arrays import FloatArray
from il2struct.interface.interface import InterfaceParameters
from il2struct.palette import UNKNOWN_COLOUR, Palette
from il2struct.progress import shares, step
from il2struct.report.page.entry import (
    EntryContent,
    backbone_trace,
    bond_lines,
    entry_content,
    entry_payload,
    overview_rotation,
    plain_table,
    shown_table,
)
from il2struct.report.page.viewer import HOW_TO_GET
from il2struct.report.summary import plus_minus
from il2struct.results import views
from il2struct.results.interfaces import InterfaceResults
from il2struct.structure.family import Role, shown_roles, symbol_of
from il2struct.structure.named import NamedEntry
from il2struct.tables import records

if TYPE_CHECKING:
    import pandas as pd

    from il2struct.figures import FigureSet
    from il2struct.figures.drawing import Drawing
    from il2struct.network.evidence.study import NetworkStudy

#: Kinds of figure that are mostly a picture, and large.
PICTURES: Final = ("open_book", "lattice_view")
#: Kinds of figure beside the verdict on a network.
NETWORK_KINDS: Final = ("membrane_view", "evidence")
#: Resolution of surfaces in the page, in dots per inch: enough for a screen, a quarter of the bytes
#: of print.
SCREEN_DPI: Final = 150.0
#: Colours of such a picture.
N_COLOURS: Final = 256
_PIXELS: Final = re.compile(r"data:image/png;base64,([A-Za-z0-9+/=\s]+)")
#: White around a picture of traces and width of a trace, in Å.
MARGIN_A: Final = 6.0
TRACE_WIDTH_A: Final = 1.6
#: Cα atoms farther apart than this, in Å, are not joined: something is missing in between.
LONGEST_STEP_A: Final = 4.6
#: Residues drawn in one stroke; strokes are sorted by depth.
STROKE: Final = 4
#: Longer traces are thinned out: a still picture needs no more.
MOST_POINTS: Final = 4000


def entry_figures(content: EntryContent, palette: Palette) -> "FigureSet":
    """
    Prepare the figures of an entry for the screen, the plainest first.

    One copy of each pair of roles is drawn, and all interfaces of chains without a role.
    """
    from il2struct.figures import FigureSet, drawings_of_entry

    seen = set()
    chosen = []
    for interface in content.results:
        roles = (interface.sides[0].role, interface.sides[1].role)
        if "unknown" in roles or roles not in seen:
            chosen.append(interface)
        seen.add(roles)
    figures = drawings_of_entry(
        InterfaceResults(content.results.named, tuple(chosen)),
        palette=palette,
        lattice=content.contacts or None,
        dpi=SCREEN_DPI,
    )
    last = sorted(figures.drawings, key=lambda drawing: drawing.kind in PICTURES)
    return FigureSet(drawings=tuple(last), left_out=figures.left_out)


def run_figures(results: Sequence[InterfaceResults], palette: Palette) -> "FigureSet":
    """Prepare the figures that span entries."""
    from il2struct.figures import drawings_of_run

    return drawings_of_run(results, palette=palette)


def network_figures(studies: "Sequence[NetworkStudy]", palette: Palette) -> "FigureSet":
    """Prepare the figures of a network that its verdict rests on."""
    from il2struct.figures import drawings_of_run

    return drawings_of_run(
        [], palette=palette, kinds=NETWORK_KINDS, studies=studies, dpi=SCREEN_DPI
    )


def _headlines(studies: "Sequence[NetworkStudy]") -> str:
    if not studies:
        return ""
    from il2struct.report.network_summary import headline

    return "\n\n".join(map(headline, studies))


def svg_of(drawing: "Drawing") -> str:
    """Return a drawing as SVG without the head of a file."""
    from il2struct.figures.canvas import style
    from il2struct.figures.drawing import METADATA

    stream = io.StringIO()
    with style():
        drawing.figure().savefig(
            stream, format="svg", dpi=SCREEN_DPI, metadata=METADATA["svg"]
        )
    text = stream.getvalue()
    return _PIXELS.sub(_smaller, text[text.index("<svg") :])


def _smaller(pixels: "re.Match[str]") -> str:
    """Pixels inside a drawing with at most 256 colours: a third of the bytes, and no eye tells."""
    from PIL import Image

    picture = Image.open(io.BytesIO(base64.b64decode(pixels[1])))
    stream = io.BytesIO()
    few = picture.convert("RGBA").quantize(N_COLOURS, Image.Quantize.FASTOCTREE)
    few.save(stream, format="PNG", compress_level=7)
    return (
        f"data:image/png;base64,{base64.b64encode(stream.getvalue()).decode('ascii')}"
    )


def trace_picture(named: NamedEntry, palette: Palette) -> Markup:
    """Draw the complexes of an entry as an ``<svg>`` element, nearer chains over farther ones."""
    rows = np.array(overview_rotation(named))
    members = [m for group in named.complexes for m in group.members]
    traces = [backbone_trace(named.entry, m.image) @ rows.T for m in members]
    points = np.concatenate([*traces, np.zeros((1, 3))])
    low, high = points.min(axis=0) - MARGIN_A, points.max(axis=0) + MARGIN_A
    step = 1 + len(points) // MOST_POINTS
    names, strokes = [], []
    colours = palette.of_chains(named)
    for member, trace in zip(members, traces, strict=True):
        chain = member.image.auth_asym_id
        if member.role is Role.UNKNOWN:
            names.append(
                views.member_name(named, member.role.value, member.image, None)
            )
        else:
            names.append(f"{symbol_of(member.role.value)} ({chain})")
        colour = colours.get(chain, UNKNOWN_COLOUR)
        strokes += _strokes(trace[::step], colour, (low[0], high[1]), step)
    strokes.sort(key=lambda stroke: stroke[0])
    width, height = high[0] - low[0], high[1] - low[1]
    picture = Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>')
    return picture.format(
        f"{width:.0f}",
        f"{height:.0f}",
        f"Traces of the chains of {named.entry.entry_id}: {', '.join(names)}.",
        Markup("").join(stroke for _, stroke in strokes),
    )


def _strokes(
    trace: FloatArray, colour: str, corner: tuple[float, float], step: int
) -> list[tuple[float, Markup]]:
    """Pieces of a trace with their depth, a white edge under each."""
    strokes = []
    breaks = np.linalg.norm(np.diff(trace, axis=0), axis=1) > LONGEST_STEP_A * step
    line = Markup(
        '<polyline points="{0}" fill="none" stroke-linejoin="round" stroke="#fff" '
        'stroke-width="{1}"/><polyline points="{0}" fill="none" stroke-linejoin="round" '
        'stroke="{2}" stroke-width="{3}" stroke-linecap="round"/>'
    )
    for run in np.split(np.arange(len(trace)), np.flatnonzero(breaks) + 1):
        for start in range(0, max(1, len(run) - 1), STROKE):
            rows = run[start : start + STROKE + 1]
            if len(rows) < 2:
                continue
            place = " ".join(
                f"{x - corner[0]:.1f},{corner[1] - y:.1f}" for x, y in trace[rows, :2]
            )
            shape = line.format(place, TRACE_WIDTH_A + 1.0, colour, TRACE_WIDTH_A)
            strokes.append((float(trace[rows, 2].mean()), shape))
    return strokes


#: Largest page in bytes, and what of it atoms and tables may take, figures the rest.
LARGEST_PAGE: Final = 10_000_000
LARGEST_DATA: Final = 6_000_000
#: Parts of the page's script.
SCRIPTS: Final = ("scene.js", "table.js", "strip.js", "page.js")
#: So many entries have figures of their own: each takes seconds to draw.
MOST_DRAWN: Final = 4
#: Seconds that the atoms and tables of an entry take, its figures, those of all together, and the
#: rest; only their ratios count. Measured on 2ERJ and 2B5I.
ENTRY_S: Final = 1.2
FIGURES_S: Final = 7.0
RUN_FIGURES_S: Final = 1.5
REST_S: Final = 0.3
#: Share of a set of figures that their data take.
PREPARING: Final = 0.2
#: What the title and the words name at most; the tables have all.
MOST_NAMED: Final = 4
MOST_INTERFACES: Final = 12
MOST_CONTACTS: Final = 4
#: Wider figures than this, in mm, take the whole page.
WIDE_MM: Final = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PageOptions:
    """How a page is made."""

    #: Colours of the roles.
    palette: Palette = field(default_factory=Palette)
    #: Script of the 3D viewer; None for still pictures.
    viewer: str | None = None
    #: Whether figures are drawn for it.
    has_figures: bool = True
    #: Entries that have figures of their own.
    most_drawn: int = MOST_DRAWN
    #: Bytes of the whole page, and of its atoms and tables; what does not fit is named in it.
    largest_page: int = LARGEST_PAGE
    largest_data: int = LARGEST_DATA


@dataclass(frozen=True, slots=True, kw_only=True)
class RunContent:
    """What a run found."""

    #: One for each entry.
    results: Sequence[InterfaceResults]
    #: What defined the interfaces.
    parameters: InterfaceParameters
    #: Tables that span the entries.
    tables: Mapping[str, "pd.DataFrame"]
    #: The Markdown of ``summary.md``.
    summary: str
    #: What speaks for and against contacts of the lattice as a network, a study for each pair of
    #: roles.
    studies: "Sequence[NetworkStudy]" = ()


#: An entry in the page, and its data.
Shown = tuple[EntryContent, dict[str, Any]]


def report_page(run: RunContent, options: PageOptions) -> str:
    """Return the page of a run: one HTML file that needs nothing else."""
    left_out: list[str] = []
    content_s, figures_s = _seconds(len(run.results), options)
    content_share, figures_share, _ = shares(content_s, figures_s, REST_S)
    with step("page", content_share):
        shown = _payloads(run, options, left_out)
    values = _values(run, shown, options) | {"left_out": left_out}
    # Whatever the template does not mark as our own is escaped.
    environment = Environment(
        autoescape=True,
        loader=FunctionLoader(static),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    page = environment.get_template("page.html", globals={"static": static})
    if not options.has_figures:
        return page.render(values, no_figures="No figures were asked for.")
    bare = page.render(values, no_figures="").encode("utf-8", "backslashreplace")
    room = options.largest_page - len(bare)
    with step("figures", figures_share):
        sets = _figure_sets(shown, run.studies, options, left_out)
        figure_sets, pictures = _figures(list(sets), shown, room, left_out)
    return page.render(
        values
        | {"figure_sets": figure_sets, "pictures": packed(pictures)}
        | {"no_figures": "There is nothing to draw."}
    )


def page_seconds(n_entries: int, options: PageOptions) -> float:
    """Estimate how long the page of so many entries takes."""
    return sum(_seconds(n_entries, options)) + REST_S


def _seconds(n_entries: int, options: PageOptions) -> tuple[float, float]:
    """Of atoms and tables, and of figures."""
    figures_s = 0.0
    if options.has_figures:
        figures_s = min(n_entries, options.most_drawn) * FIGURES_S
        figures_s += RUN_FIGURES_S if n_entries > 1 else 0.0
    return n_entries * ENTRY_S, figures_s


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
            classes = run.studies[0].classes if run.studies else ()
            content = entry_content(results, run.parameters, classes)
            with step("atoms and tables", 0.6):
                payload = entry_payload(content, options.palette)
                payload["network"] = _evidence_focus(run.studies, content, payload)
        if payload["left_out"]:
            left_out.append(f"Atoms of {entry_id}: {payload['left_out']}")
        room -= len(packed(payload))
        shown.append((content, payload))
    return shown


def _values(
    run: RunContent, shown: Sequence[Shown], options: PageOptions
) -> dict[str, Any]:
    """Gather what the template asks for, all but the figures and what is left out."""
    release = viewer_release()
    ids = [results.named.entry.entry_id for results in run.results]
    more = f" and {len(ids) - MOST_NAMED} more" if len(ids) > MOST_NAMED else ""
    heading = f"{', '.join(ids[:MOST_NAMED])}{more}: " if ids else ""
    entries = "entry" if len(ids) == 1 else "entries"
    n_interfaces = sum(len(results) for results in run.results)
    credit = f"/* {release.name} {release.version}: licence at the end of the page */"
    library = f"{credit}{options.viewer}" if options.viewer else ""
    # The one script of the page, in a scope of its own.
    parts = "\n".join(static(name) for name in SCRIPTS)
    script = f'"use strict";\n(() => {{\n{parts}}})();\n'
    # The page runs its own scripts, known by their checksums, and asks nobody for anything.
    sums = [hashlib.sha256(text.encode()) for text in (script, library) if text]
    digests = " ".join(
        f"'sha256-{base64.b64encode(sum_.digest()).decode()}'" for sum_ in sums
    )
    sections = [each for each in views.SECTIONS if len(run.tables.get(each.table, ()))]
    data = {
        "entries": [payload for _, payload in shown],
        "common": {name: plain_table(table) for name, table in run.tables.items()},
        "sections": {
            section.name: _shown_table(
                section.table,
                section.title,
                [
                    row
                    for row in records(run.tables[section.table])
                    if section.is_shown(row)
                ],
            )
            for section in sections
        },
        "network": _shown_table("evidence", "Network", records(run.tables["evidence"]))
        if run.studies
        else None,
    }
    return {
        "version": __version__,
        "policy": f"default-src 'none'; script-src {digests}; style-src 'unsafe-inline'; "
        "img-src data: blob:; worker-src blob:; base-uri 'none'; form-action 'none'",
        "title": f"{heading}il2struct report",
        "lead": f"{len(ids)} {entries}, {n_interfaces} interfaces: areas, residues, bonds, lattice "
        f"contacts. Made by il2struct {__version__}.",
        "setup": {
            "has_viewer": options.viewer is not None,
            "lines": bond_lines(),
            "viewer_line": ""
            if options.viewer is not None
            else f"No 3D view in this page: {HOW_TO_GET}",
            # What the search takes for a symbol.
            "names": {
                name: record.role.value
                for record in shown_roles().values()
                for name in (record.symbol, *record.aliases)
            },
        },
        "sections": sections,
        "network": as_html(_headlines(run.studies)),
        "entries": [
            {
                **_entry_words(content, payload),
                # Where there is no 3D view.
                "picture": trace_picture(content.results.named, options.palette),
            }
            for content, payload in shown
        ],
        "figure_sets": [],
        "words": as_html(run.summary.partition("\n")[2]),
        "data": packed(data),
        "pictures": packed({}),
        "viewer": release,
        "library": library,
        "script": script,
    }


def _shown_table(name: str, title: str, rows: Sequence[views.Row]) -> dict[str, Any]:
    """Return a table of the run as the page shows it, its rows pointing at nothing."""
    columns = views.entry_columns_of(name, rows)
    return shown_table(name, title, rows, [None] * len(rows), columns)


def _evidence_focus(
    studies: "Sequence[NetworkStudy]", content: EntryContent, payload: Mapping[str, Any]
) -> list[dict[str, Any] | None]:
    """For each line of evidence, the largest contact of an entry that it speaks of; None for none."""
    focus: list[dict[str, Any] | None] = []
    for study in studies:
        asked = {id(member) for member in study.focal.members} if study.focal else set()
        own = [k for k, each in enumerate(content.contacts) if id(each) in asked]
        shown = None
        if own:
            areas = [content.contacts[k].interface.burial.area_per_side_a2 for k in own]
            largest = own[int(np.argmax(areas))]
            (lattice,) = (
                t for t in payload["tables"] if t["name"] == "lattice_contacts"
            )
            shown = lattice["focus"][largest]
        focus += [shown] * len(study.evidence)
    return focus


def _entry_words(content: EntryContent, payload: Mapping[str, Any]) -> dict[str, Any]:
    """Say what was found in an entry; buttons carry the number of what they point at."""
    results, entry = content.results, content.results.named.entry
    complexes = results.named.complexes
    facts = [entry.method.capitalize() if entry.method.isupper() else entry.method]
    if entry.resolution_a > 0:
        facts.append(f"{entry.resolution_a:g} Å")
    if entry.crystal is not None:
        facts.append(f"space group {entry.crystal.space_group}")
    if entry.provenance.revision:
        facts.append(f"file revision {entry.provenance.revision}")
    facts = [fact for fact in facts if fact]
    # No sums over interfaces: copies of one would be added up.
    key_numbers = {
        "complex" if len(complexes) == 1 else "complexes": len(complexes),
        "interface" if len(results) == 1 else "interfaces": len(results),
    }
    if content.contacts:
        key_numbers["contacts in the crystal"] = len(content.contacts)
    focus_of = {table["name"]: table["focus"] for table in payload["tables"]}
    interfaces = []
    rows = views.with_names(records(results.table), results.named.names)
    for row, focus in zip(rows, focus_of["interfaces"], strict=True):
        is_told = len(complexes) > 1 and row["complex_id"]
        where = f" (complex {row['complex_id']})" if is_told else ""
        interfaces.append(
            {
                **focus,
                "name": views.sides_of(row),
                "words": f"{where}: {_interface_words(row)}",
            }
        )
    why_no_contacts = ""
    if entry.crystal is None:
        why_no_contacts = "No crystal: there are no lattice contacts."
    elif "lattice_contacts" not in focus_of:
        why_no_contacts = "Contacts of the lattice could not be measured."
    return {
        "id": entry.entry_id,
        "about": f"{entry.title or 'No title'} ({', '.join(facts)})."
        if facts
        else entry.title,
        "key_numbers": key_numbers,
        "complexes": views.complex_words(results.named),
        "interfaces": interfaces[:MOST_INTERFACES],
        "n_more_interfaces": max(0, len(interfaces) - MOST_INTERFACES),
        "why_no_contacts": why_no_contacts,
        "contacts": None
        if why_no_contacts
        else _contact_words(content, focus_of["lattice_contacts"]),
        "n_notes": len(results.notes),
    }


def _interface_words(row: views.Row) -> str:
    parts = [
        f"{row['area_per_side_a2']:.0f} Å² buried per side by {row['n_residues_1']} + "
        f"{row['n_residues_2']} residues, {row['n_core_levy']} of them in the core"
    ]
    if row["sc"] is not None:
        score = plus_minus(row["sc"], row["sc_error"])
        parts.append(f"shape complementarity {score}")
    # Residue pairs first, since an atom pair can be a hydrogen bond and a salt bridge.
    pairs, salted = row["n_bonded_residue_pairs"], row["n_salt_bridged_residue_pairs"]
    if not pairs:
        return "; ".join([*parts, "no hydrogen bond and no salt bridge."])
    hydrogen, salt = row["n_hydrogen_bond"], row["n_salt_bridge"]
    kinds = [f"{hydrogen} hydrogen-bonded", f"{salt} salt-bridged"]
    n_both = hydrogen + salt - row["n_bonded_atom_pairs"]
    if n_both > 0:
        kinds.append(f"{n_both} of them both")
    parts.append(
        f"{pairs} residue pair{'' if pairs == 1 else 's'} bonded, {salted} of them by salt "
        f"bridges (atom pairs: {', '.join(kinds)})."
    )
    return "; ".join(parts)


def _contact_words(
    content: EntryContent, focuses: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    outside = [
        (measured.interface.burial.area_per_side_a2, number)
        for number, measured in enumerate(content.contacts)
        if measured.contact.kind.value != "same_complex"
    ]
    largest = []
    for area, number in sorted(outside, reverse=True)[:MOST_CONTACTS]:
        repeat = content.contacts[number].contact.repeat
        is_endless = repeat is not None and repeat.is_propagating
        tail = ", repeated without end" if is_endless else ""
        focus = focuses[number]
        largest.append(
            {
                **focus,
                "name": focus["say"].rsplit(",", 1)[0],
                "words": f": {area:.0f} Å² per side{tail}.",
            }
        )
    # Where units are single chains, their partners in a complex are listed too.
    by_complex = len(outside) < len(content.contacts)
    words = f"{len(outside)} contacts"
    words += "" if by_complex else ", inside and between complexes"
    return {
        "between": "complexes" if by_complex else "chains",
        "words": words + ("; the largest:" if largest else "."),
        "largest": largest,
    }


def _figures(
    wanted: "Sequence[tuple[int | str, str, Callable[[], FigureSet]]]",
    shown: Sequence[Shown],
    room: int,
    left_out: list[str],
) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Figures under the name of their entry, and their pictures, as many as there is room for."""
    from il2struct.figures.canvas import width_mm

    pictures: dict[str, str] = {}
    figure_sets = []
    seconds = [FIGURES_S if isinstance(p, int) else RUN_FIGURES_S for p, *_ in wanted]
    for share, (place, name, make) in zip(shares(*seconds), wanted, strict=True):
        frames = []
        told: dict[str, set[str]] = {}
        joints = {}
        if isinstance(place, int):
            content, payload = shown[place]
            joints = {
                (each.complex_id, each.interface_id): {
                    "joint": number,
                    "say": joint["name"],
                }
                for number, (each, joint) in enumerate(
                    zip(content.results, payload["joints"], strict=False)
                )
            }
        with step("", share):
            with step(f"data of {name}", PREPARING):
                figures = make()
            for drawing in figures.drawings:
                with step(drawing.title, (1.0 - PREPARING) / len(figures.drawings)):
                    picture = svg_of(drawing) if room > 0 else ""
                room -= len(packed(picture))
                if room <= 0:
                    continue
                identity = f"picture-{len(pictures)}"
                joint = drawing.interface and joints[drawing.interface]
                pictures[identity] = picture
                frames.append(
                    {
                        "id": identity,
                        "title": drawing.title,
                        "alt": drawing.alt,
                        "caption": _new_of(
                            drawing.caption, told.setdefault(drawing.kind, set())
                        ),
                        "joint": joint and {**joint, "name": drawing.title},
                        "is_wide": width_mm(drawing.width) > WIDE_MM,
                    }
                )
        left_out += figures.left_out
        n_missing = len(figures.drawings) - len(frames)
        if n_missing:
            left_out.append(
                f"{n_missing} figures of {name}: there is no room; `il2struct figures` draws them."
            )
        if frames:
            figure_sets.append({"place": place, "name": name, "drawings": frames})
    return figure_sets, pictures


def _new_of(caption: str, told: set[str]) -> str:
    """
    Return the sentences of a caption that no figure of its kind had before it, and note them.

    Examples
    --------
    >>> told = set()
    >>> _new_of("Contacts of A. Dark: near.", told), _new_of("Contacts of B. Dark: near.", told)
    ('Contacts of A. Dark: near.', 'Contacts of B. For the rest see the first of these.')
    """
    sentences = re.split(r"(?<=\.) (?=[A-Z])", caption)
    new = [sentence for sentence in sentences if sentence not in told]
    if len(new) < len(sentences):
        new.append("For the rest see the first of these.")
    told.update(sentences)
    return " ".join(new)


def _figure_sets(
    shown: Sequence[Shown],
    studies: "Sequence[NetworkStudy]",
    options: PageOptions,
    left_out: list[str],
) -> "Iterator[tuple[int | str, str, Callable[[], FigureSet]]]":
    """Place, name and maker of the figures of each entry in turn, then of those that span them."""
    for place, (content, _) in enumerate(shown):
        name = content.results.named.entry.entry_id
        if place < options.most_drawn:
            yield place, name, partial(entry_figures, content, options.palette)
        else:
            left_out.append(f"Figures of {name}: `il2struct figures` draws them.")
    results = [content.results for content, _ in shown]
    if any(len(measured) for measured in results):
        yield "run", "All complexes", partial(run_figures, results, options.palette)
    if studies:
        yield "network", "Network", partial(network_figures, studies, options.palette)


def as_html(markdown: str) -> str:
    r"""
    Return Markdown of our own making as HTML, its headings one level lower.

    Of Markdown only what `il2struct.report.summary` writes is known: no links, pictures or HTML,
    and one star or underscore is a star or underscore, so that names from files stay text.

    Examples
    --------
    >>> as_html("# A \\# b\n\n- **x** &lt;i&gt; *y*\n")
    '<h2>A # b</h2>\n<ul>\n<li><strong>x</strong> &lt;i&gt; *y*</li>\n</ul>\n'
    """
    reader = MarkdownIt("zero").enable(
        ["heading", "list", "table", "backticks", "emphasis", "escape", "entity"]
    )
    tokens = reader.parse(markdown)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{int(token.tag[1:]) + 1}"
        elif token.type == "th_open":
            token.attrSet("scope", "col")
    add = reader.add_render_rule
    for name in ("em_open", "em_close"):
        add(name, lambda _, tokens, i, *__: tokens[i].markup)
    # What scrolls can be reached by keyboard.
    scroll = '<div class="scroll" tabindex="0" role="group" aria-label="Table">'
    add("table_open", lambda *_: f"{scroll}<table>\n")
    add("table_close", lambda *_: "</table></div>\n")
    return str(reader.renderer.render(tokens, reader.options, {}))


def static(name: str) -> str:
    """Return a file of this folder as text."""
    folder = resources.files("il2struct.report.page")
    return folder.joinpath(name).read_text(encoding="utf-8")


def packed(value: object) -> str:
    """Return data as JSON, gzip and base64; the same data give the same text."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    content = text.encode("utf-8", "backslashreplace")
    return base64.b64encode(gzip.compress(content, 9, mtime=0)).decode("ascii")
