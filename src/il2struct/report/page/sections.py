"""The words of the page, as HTML: what was found in each entry, figures, licence."""

import html
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from il2struct.archive.viewer_library import ViewerRelease
from il2struct.report.page.payload import EntryContent
from il2struct.results import views
from il2struct.structure.complexes import Complex
from il2struct.structure.roles import Role, symbol_of
from il2struct.tables import records

if TYPE_CHECKING:
    from il2struct.figures.drawing import Drawing

#: Interfaces, and contacts of the lattice, that the words name; the tables have all.
MOST_INTERFACES: Final = 12
MOST_CONTACTS: Final = 4
#: Wider figures than this, in mm, take the whole page.
WIDE_MM: Final = 100.0


def escaped(value: object) -> str:
    """Return text that is safe between tags and in attributes."""
    return html.escape("" if value is None else str(value), quote=True)


def entry_summary(content: EntryContent, payload: Mapping[str, Any], place: int) -> str:
    """
    Say in words what was found in an entry.

    Parameters
    ----------
    content : EntryContent
    payload : mapping
        From `il2struct.report.page.payload.entry_payload`.
    place : int
        Of the entry in the page, from 0.
    """
    entry = content.results.named.entry
    parts = [
        f'<section class="entry-summary" id="summary-{place}" role="tabpanel" '
        f'aria-labelledby="tab-summary">',
        f"<h3>{escaped(entry.entry_id)}</h3>",
        f"<p>{escaped(_about(content))}</p>",
        _key_numbers(content),
        *(
            f"<p>{escaped(_members(group))}</p>"
            for group in content.results.named.complexes
        ),
        _interfaces(content, payload),
        _contacts(content, payload),
        _doubts(content),
        "</section>",
    ]
    return "\n".join(part for part in parts if part)


def _about(content: EntryContent) -> str:
    entry = content.results.named.entry
    facts = [entry.method.capitalize() if entry.method.isupper() else entry.method]
    if entry.resolution_a > 0:
        facts.append(f"{entry.resolution_a:g} Å")
    if entry.crystal is not None:
        facts.append(f"space group {entry.crystal.space_group}")
    if entry.provenance.revision:
        facts.append(f"file revision {entry.provenance.revision}")
    named = ", ".join(fact for fact in facts if fact)
    return f"{entry.title or 'No title'} ({named})." if named else entry.title


def _key_numbers(content: EntryContent) -> str:
    # No sums over interfaces: copies of one would be added up.
    numbers: list[tuple[object, str]] = [
        _counted(len(content.results.named.complexes), "complex", "complexes"),
        _counted(len(content.results), "interface", "interfaces"),
    ]
    if content.contacts:
        numbers.append((len(content.contacts), "contacts in the crystal"))
    items = "".join(
        f"<div><dt>{escaped(name)}</dt><dd>{escaped(value)}</dd></div>"
        for value, name in numbers
    )
    return f'<dl class="key-numbers">{items}</dl>'


def _counted(number: int, one: str, many: str) -> tuple[int, str]:
    return number, one if number == 1 else many


def _members(group: Complex) -> str:
    names = [
        views.side_name(m.role.value, m.image.auth_asym_id, m.image.symmetry_code)
        if m.role is not Role.UNKNOWN
        else views.side_name(None, m.image.auth_asym_id, m.image.symmetry_code)
        for m in group.members
    ]
    missing = ", ".join(symbol_of(role.value) for role in group.missing_roles)
    tail = f"; incomplete, missing {missing}" if missing else ""
    return f"Complex {group.complex_id}: {', '.join(names)}{tail}."


def _button(joint: int, name: str, say: str) -> str:
    return (
        f'<button type="button" class="inline" data-joint="{joint}" '
        f'data-say="{escaped(say)}">{escaped(name)}</button>'
    )


def _shown_joint(payload: Mapping[str, Any], table: str, row: int) -> dict[str, Any]:
    found = next(each for each in payload["tables"] if each["name"] == table)
    focus: dict[str, Any] = found["focus"][row]
    return focus


def _interfaces(content: EntryContent, payload: Mapping[str, Any]) -> str:
    rows = records(content.results.table)
    if not rows:
        return "<p>No two chains of a complex touch: there is no interface.</p>"
    many = len(content.results.named.complexes) > 1
    items = []
    for number, row in enumerate(rows[:MOST_INTERFACES]):
        focus = _shown_joint(payload, "interfaces", number)
        name = f"{views.chain_of(row, '_1')} – {views.chain_of(row, '_2')}"
        where = f" (complex {row['complex_id']})" if many and row["complex_id"] else ""
        words = escaped(f"{where}: {_interface_words(row)}")
        items.append(f"<li>{_button(focus['joint'], name, focus['say'])}{words}</li>")
    more = len(rows) - len(items)
    tail = f"<p>{more} more are in the table of interfaces.</p>" if more else ""
    return "<h4>Interfaces</h4>\n<ul>" + "\n".join(items) + "</ul>" + tail


def _interface_words(row: views.Row) -> str:
    parts = [
        f"{row['area_per_side_a2']:.0f} Å² buried per side by {row['n_residues_1']} + "
        f"{row['n_residues_2']} residues, {row['n_core_levy']} of them in the core"
    ]
    if row["sc"] is not None:
        error = "" if row["sc_error"] is None else f" ± {row['sc_error']:.3f}"
        parts.append(f"shape complementarity {row['sc']:.3f}{error}")
    parts.append(_bond_words(row))
    return "; ".join(parts) + "."


def _bond_words(row: views.Row) -> str:
    """Residue pairs first, since an atom pair can be a hydrogen bond and a salt bridge."""
    pairs, salted = row["n_bonded_residue_pairs"], row["n_salt_bridged_residue_pairs"]
    if not pairs:
        return "no hydrogen bond and no salt bridge"
    atoms = row["n_bonded_atom_pairs"]
    hydrogen, salt = row["n_hydrogen_bond"], row["n_salt_bridge"]
    kinds = [f"{hydrogen} hydrogen-bonded", f"{salt} salt-bridged"]
    if hydrogen + salt > atoms:
        kinds.append(f"{hydrogen + salt - atoms} of them both")
    return (
        f"{pairs} residue pair{'' if pairs == 1 else 's'} bonded, {salted} of them by salt "
        f"bridges (atom pairs: {', '.join(kinds)})"
    )


def _contacts(content: EntryContent, payload: Mapping[str, Any]) -> str:
    if content.results.named.entry.crystal is None:
        return "<p>No crystal: there are no lattice contacts.</p>"
    table = next(
        (t for t in payload["tables"] if t["name"] == "lattice_contacts"), None
    )
    if table is None:
        return "<p>Contacts of the lattice could not be measured.</p>"
    places = [
        (measured.interface.burial.area_per_side_a2, number)
        for number, measured in enumerate(content.contacts)
        if measured.contact.kind.value != "same_complex"
    ]
    places.sort(reverse=True)
    items = []
    for area, number in places[:MOST_CONTACTS]:
        focus = table["focus"][number]
        goes_on = content.contacts[number].contact.repeat
        tail = (
            ", repeated without end"
            if goes_on is not None and goes_on.is_propagating
            else ""
        )
        name = focus["say"].rsplit(",", 1)[0]
        items.append(
            f"<li>{_button(focus['joint'], name, focus['say'])}: "
            f"{area:.0f} Å² per side{tail}.</li>"
        )
    # Without roles every chain stands by itself, and its partners in a complex are listed too.
    by_complex = len(places) < len(content.contacts)
    sides = "complexes" if by_complex else "chains"
    head = f"<h4>Between {sides} of the crystal</h4>\n<p>{len(places)} contacts"
    if not by_complex:
        head += ", inside and between complexes"
    if not items:
        return f"{head}.</p>"
    return f"{head}; the largest:</p>\n<ul>" + "\n".join(items) + "</ul>"


def _doubts(content: EntryContent) -> str:
    number = len(content.results.notes)
    if not number:
        return ""
    things = "thing was" if number == 1 else "things were"
    return f"<p>{number} {things} left out, chosen or doubted: see Notes.</p>"


def drawing_figure(drawing: "Drawing", identity: str) -> str:
    """
    Return the frame of a figure: heading, description, caption; the picture comes later.

    Parameters
    ----------
    drawing : Drawing
    identity : str
        Of the element that takes the picture.
    """
    from il2struct.figures.canvas import width_mm

    wide = " wide" if width_mm(drawing.width) > WIDE_MM else ""
    return (
        f'<figure class="drawing{wide}">\n<h4>{escaped(drawing.title)}</h4>\n'
        f'<div class="picture" id="{identity}" role="img" '
        f'aria-label="{escaped(drawing.alt)}"></div>\n'
        f"<figcaption>{escaped(drawing.caption)}</figcaption>\n</figure>"
    )


def figure_section(name: str, figures: Sequence[str], place: int | None) -> str:
    """
    Return figures under a heading.

    Parameters
    ----------
    name : str
        Entry, or what they span.
    figures : sequence of str
        From `drawing_figure`.
    place : int or None
        Of the entry in the page, which shows the figures of one entry at a time; None for those
        that stay.
    """
    if not figures:
        return ""
    owner = "" if place is None else f' data-entry="{place}"'
    return (
        f'<section class="figure-set"{owner}>\n<h3>{escaped(name)}</h3>\n'
        f'<div class="drawings">\n{"".join(figures)}\n</div>\n</section>'
    )


def about_page(
    release: ViewerRelease, left_out: Sequence[str], *, has_viewer: bool
) -> str:
    """
    Say what the page is made of, what it leaves out, and under which licence its viewer is.

    Parameters
    ----------
    release : ViewerRelease
    left_out : sequence of str
        Sentences.
    has_viewer : bool
    """
    parts = [
        "<p>This file holds everything it shows and asks the network for nothing. It was tried in "
        "Chromium.</p>"
    ]
    if left_out:
        items = "\n".join(f"<li>{escaped(sentence)}</li>" for sentence in left_out)
        parts.append(f"<p>Not in this page:</p>\n<ul>{items}</ul>")
    if has_viewer:
        parts.append(
            f"<details><summary>3D view: {escaped(release.name)} {escaped(release.version)}, "
            f"{escaped(release.licence)}</summary>\n<pre>{escaped(release.licence_text)}</pre>"
            "</details>"
        )
    return "\n".join(parts)
