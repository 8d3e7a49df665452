"""Contact map: which residues of one side come near which of the other, and how they bond."""

from typing import TYPE_CHECKING, Any, Final

from il2struct.errors import ParameterError
from il2struct.figures.drawing import Drawing, file_stem
from il2struct.figures.drawn import drawn
from il2struct.figures.interface.contact_map_layout import (
    MapContent,
    MapLayout,
    draw_map,
    map_height_mm,
    map_layout,
    map_width,
)
from il2struct.figures.interface.pair_bonds import (
    KIND_WORDS,
    KINDS,
    direct_bonds,
    glycan_note,
    pair_bonds,
)
from il2struct.figures.interface.residue_labels import (
    LARGE_JUMP,
    key_of,
    numbering_note,
    shown_residues,
)
from il2struct.figures.style import width_mm
from il2struct.figures.tables import interface_key, keyed_frame
from il2struct.figures.words import (
    one_interface,
    pair_name,
    place_name,
    side_name,
    side_role,
    summary_row,
    unescaped,
)
from il2struct.palette import Palette
from il2struct.results.interfaces import InterfaceResults
from il2struct.tables import records

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

#: What the colour of a cell can tell.
COLOURS: Final = ("distance", "buried")


def contact_map(
    results: InterfaceResults,
    ax: "Axes | None" = None,
    *,
    interface: int | str | None = None,
    colour: str = "distance",
    palette: Palette | None = None,
) -> "Axes":
    """
    Draw the contact map of an interface.

    Parameters
    ----------
    results : InterfaceResults
        ``study.interfaces()``.
    ax : Axes, optional
        Where to draw; a new figure of the right size by default.
    interface : int or str, optional
        Place or id of the interface (``"IL2/IL2RA"``) where `results` holds several.
    colour : str
        What colours a cell: ``"distance"`` or ``"buried"``.
    palette : Palette, optional

    Returns
    -------
    Axes
        That holds the panels; ``.figure`` can be saved.

    Raises
    ------
    ParameterError
        If there is no such interface or colour.
    """
    drawing = contact_map_drawing(
        results, interface=interface, colour=colour, palette=palette
    )
    return drawn(drawing, ax)


def contact_map_drawing(
    results: InterfaceResults,
    *,
    interface: int | str | None = None,
    colour: str = "distance",
    palette: Palette | None = None,
    width: str | float | None = None,
) -> Drawing:
    """
    Prepare the contact map of an interface.

    Parameters
    ----------
    results : InterfaceResults
    interface : int or str, optional
        Place or id of the interface where `results` holds several.
    colour : str
        What colours a cell: ``"distance"`` or ``"buried"``.
    palette : Palette, optional
    width : str or float, optional
        By default a single column, or a double one where its cells would be too small.

    Returns
    -------
    Drawing

    Raises
    ------
    ParameterError
        If there is no such interface, colour or width.
    """
    if colour not in COLOURS:
        raise ParameterError(
            f"a contact map is coloured by {' or '.join(COLOURS)}, not {colour!r}."
        )
    one = one_interface(results, interface)
    content = _content(one, colour)
    chosen = map_width(content) if width is None else width
    layout = map_layout(content, width_mm(chosen), None)
    names = pair_name(content.row)
    place = place_name(content.row)
    return Drawing(
        name=file_stem(
            "contact_map",
            *interface_key(content.row),
            "buried" if colour == "buried" else "",
        ),
        kind="contact_map",
        title=f"Contacts of {unescaped(names)} in {place}",
        alt=_alt(content),
        caption=_caption(one, content, layout),
        table=_table(content),
        width=chosen,
        height_mm=map_height_mm(content, layout),
        draw=lambda ax: draw_map(ax, content, palette or Palette()),
    )


def _content(one: InterfaceResults, colour: str) -> MapContent:
    row = summary_row(one)
    rows = direct_bonds(one, with_waters=False)
    bonds = pair_bonds(rows)
    distances = {
        (key_of(r, "_1"), key_of(r, "_2")): float(r["distance_a"])
        for r in records(one.contacts)
    }
    for r in rows:  # a bond that is longer than the contact cut-off
        pair = (key_of(r, "_1"), key_of(r, "_2"))
        distances.setdefault(pair, float(r["distance_a"]))
    return MapContent(
        row=row,
        sides=(shown_residues(one, 1, rows), shown_residues(one, 2, rows)),
        distances=distances,
        bonds=bonds,
        colour=colour,
        roles=(side_role(row, 1), side_role(row, 2)),
    )


def _table(content: MapContent) -> "pd.DataFrame":
    names = [{r.key: r for r in side} for side in content.sides]
    rows: list[dict[str, Any]] = []
    for (first, second), distance in sorted(content.distances.items()):
        one, two = names[0][first], names[1][second]
        rows.append(
            {
                "mark": "cell",
                "residue_1": one.name,
                "residue_2": two.name,
                "distance_a": distance,
                "buried_a2": one.buried_a2 + two.buried_a2,
            }
        )
    for (first, second), bond in sorted(content.bonds.items()):
        rows.append(
            {
                "mark": "bond",
                "residue_1": names[0][first].name,
                "residue_2": names[1][second].name,
                "bond": bond.kind,
                "n_bonds": bond.n_bonds,
            }
        )
    rows += [
        {"mark": "bar", f"residue_{side}": r.name, "buried_a2": r.buried_a2}
        for side in (1, 2)
        for r in content.sides[side - 1]
    ]
    return keyed_frame("figure_contact_map", content.row, rows)


def _alt(content: MapContent) -> str:
    first, second = (unescaped(side_name(content.row, s)) for s in (1, 2))
    n_1, n_2 = (len(side) for side in content.sides)
    counts = ", ".join(
        f"{n} {KIND_WORDS[kind]}"
        for kind in KINDS
        if (n := sum(b.kind == kind for b in content.bonds.values()))
    )
    largest = [
        f"{r.name} of {name} with {r.buried_a2:.0f} Å²"
        for name, side in zip((first, second), content.sides, strict=True)
        if side
        for r in [max(side, key=lambda r: r.buried_a2)]
    ]
    return (
        f"Grid of {n_1} residues of {first} against {n_2} of {second}, "
        f"{len(content.distances)} pairs in contact; bonded pairs: {counts or 'none'}. "
        f"Most buried: {', '.join(largest) or 'none'}."
    )


def _caption(one: InterfaceResults, content: MapContent, layout: MapLayout) -> str:
    row = content.row
    what = (
        f"closest distance of two heavy atoms, up to {row['contact_cutoff_a']:g} Å, dark = near"
        if content.colour == "distance"
        else "buried area of both residues together, for pairs with heavy atoms within "
        f"{row['contact_cutoff_a']:g} Å"
    )
    thinned = (
        f" One residue in {layout.every} is labelled; the table names all."
        if layout.every > 1
        else ""
    )
    return (
        f"Contacts of {unescaped(pair_name(row))} in {place_name(row)}. Colour: {what}. Signs: "
        f"strongest bond of a pair (criteria {row['preset']}; bridges of water are not shown)."
        f"{glycan_note(one)} Bars: buried area of each residue (probe {row['probe_radius_a']:g} Å, "
        "without glycans), one scale on both sides. Residues with a heavy atom within the cut-off; "
        f"lines and slashes: numbers jump by more than {LARGE_JUMP}. "
        f"{numbering_note(*content.sides)}{thinned}"
    )
