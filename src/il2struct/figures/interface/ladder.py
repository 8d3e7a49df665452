"""Bond ladder: the residues of two sides in two columns, joined by what holds them together."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from il2struct.errors import ParameterError
from il2struct.figures.drawing import Drawing, file_stem
from il2struct.figures.drawn import drawn
from il2struct.figures.interface.crossings import n_crossings, uncrossed_order
from il2struct.figures.interface.ladder_drawing import (
    ROWS_PER_PANEL,
    LadderContent,
    LadderPanel,
    Rung,
    draw_ladder,
    ladder_height_mm,
)
from il2struct.figures.interface.pair_bonds import (
    KIND_WORDS,
    KINDS,
    PairBond,
    chain_part,
    direct_bonds,
    glycan_note,
    pair_bonds,
)
from il2struct.figures.interface.residue_labels import (
    ResidueKey,
    ShownResidue,
    key_of,
    numbering_note,
    shown_residues,
)
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

#: Orders of the right column.
ORDERS: Final = ("uncrossed", "sequence")
#: Pairs without a bond have a line up to this distance in Å.
CONTACT_A: Final = 4.0


@dataclass(frozen=True, slots=True)
class _Link:
    """Two residues and what joins them; None for a contact."""

    first: ResidueKey
    second: ResidueKey
    bond: PairBond | None
    distance_a: float
    n_atom_pairs: int


def bond_ladder(
    results: InterfaceResults,
    ax: "Axes | None" = None,
    *,
    interface: int | str | None = None,
    order: str = "uncrossed",
    palette: Palette | None = None,
) -> "Axes":
    """
    Draw the residues of an interface as two columns, joined by their bonds.

    Parameters
    ----------
    results : InterfaceResults
        ``study.interfaces()``.
    ax : Axes, optional
        Where to draw; a new figure of the right size by default.
    interface : int or str, optional
        Place or id of the interface (``"IL2/IL2RA"``) where `results` holds several.
    order : str
        Right column: ``"uncrossed"`` for few crossings, or ``"sequence"``.
    palette : Palette, optional

    Returns
    -------
    Axes
        That holds the panels; ``.figure`` can be saved.

    Raises
    ------
    ParameterError
        If there is no such interface or order.
    """
    drawing = bond_ladder_drawing(
        results, interface=interface, order=order, palette=palette
    )
    return drawn(drawing, ax)


def bond_ladder_drawing(
    results: InterfaceResults,
    *,
    interface: int | str | None = None,
    order: str = "uncrossed",
    palette: Palette | None = None,
    width: str | float | None = None,
) -> Drawing:
    """
    Prepare the bond ladder of an interface.

    Parameters
    ----------
    results : InterfaceResults
    interface : int or str, optional
        Place or id of the interface where `results` holds several.
    order : str
        Right column: ``"uncrossed"`` for few crossings, or ``"sequence"``.
    palette : Palette, optional
    width : str or float, optional
        By default a single column, or a double one where there are several panels.

    Returns
    -------
    Drawing

    Raises
    ------
    ParameterError
        If there is no such interface, order or width.
    """
    if order not in ORDERS:
        raise ParameterError(
            f"the order of a ladder is {' or '.join(ORDERS)}, not {order!r}."
        )
    one = one_interface(results, interface)
    row = summary_row(one)
    content = _content(one, row, order)
    chosen = width or ("single" if len(content.panels) == 1 else "double")
    place = place_name(row)
    return Drawing(
        name=file_stem(
            "bond_ladder",
            *interface_key(row),
            "" if order == ORDERS[0] else order,
        ),
        kind="bond_ladder",
        title=f"Bonds of {unescaped(pair_name(row))} in {place}",
        alt=_alt(row, content),
        caption=_caption(one, row, content, order),
        table=_table(row, content),
        width=chosen,
        height_mm=ladder_height_mm(content, chosen),
        draw=lambda ax: draw_ladder(ax, content, palette or Palette()),
    )


def _content(one: InterfaceResults, row: dict[str, Any], order: str) -> LadderContent:
    bond_rows = direct_bonds(one, with_waters=True)
    links = _links(one, pair_bonds(bond_rows))
    joined = ({k.first for k in links}, {k.second for k in links})
    columns = [
        [r for r in shown_residues(one, side, bond_rows) if r.key in joined[side - 1]]
        for side in (1, 2)
    ]
    n_panels = 1
    panels = _panels(columns, links, n_panels, order)
    while max(
        (p.n_rows for p in panels), default=0
    ) > ROWS_PER_PANEL and n_panels < len(columns[0]):
        n_panels += 1
        panels = _panels(columns, links, n_panels, order)
    return LadderContent(
        names=(side_name(row, 1), side_name(row, 2)),
        roles=(side_role(row, 1), side_role(row, 2)),
        panels=panels,
    )


def _links(one: InterfaceResults, bonds: dict[Any, PairBond]) -> list[_Link]:
    """Bonds and near contacts, one a residue pair."""
    near = {
        (key_of(r, "_1"), key_of(r, "_2")): r
        for r in records(one.contacts)
        if r["distance_a"] <= CONTACT_A
    }
    links = [
        _Link(first, second, bond, bond.distance_a, bond.n_bonds)
        for (first, second), bond in bonds.items()
    ]
    links += [
        _Link(*pair, None, float(r["distance_a"]), int(r["n_atom_pairs"]))
        for pair, r in near.items()
        if pair not in bonds
    ]
    return sorted(links, key=lambda k: (k.first, k.second))


def _panels(
    columns: Sequence[Sequence[ShownResidue]],
    links: Sequence[_Link],
    n_panels: int,
    order: str,
) -> tuple[LadderPanel, ...]:
    """Cut the left column into equal parts, each with its own partners on the right."""
    n_left = len(columns[0])
    cuts = [n_left * k // n_panels for k in range(n_panels + 1)]
    return tuple(
        _panel(columns[0][start:stop], columns[1], links, order)
        for start, stop in pairwise(cuts)
    )


def _panel(
    left: Sequence[ShownResidue],
    all_right: Sequence[ShownResidue],
    links: Sequence[_Link],
    order: str,
) -> LadderPanel:
    row_of = {r.key: row for row, r in enumerate(left)}
    own = [link for link in links if link.first in row_of]
    partners = {link.second for link in own}
    right = [r for r in all_right if r.key in partners]
    number = {r.key: i for i, r in enumerate(right)}
    pairs = [(row_of[link.first], number[link.second]) for link in own]
    placed: Sequence[int] = range(len(right))
    if order == "uncrossed":
        placed = uncrossed_order(pairs, len(right))
    right = [right[i] for i in placed]
    row_2 = {r.key: row for row, r in enumerate(right)}
    rungs = tuple(
        Rung(
            row_of[link.first],
            row_2[link.second],
            link.bond,
            link.distance_a,
            link.n_atom_pairs,
        )
        for link in own
    )
    return LadderPanel(left=tuple(left), right=tuple(right), rungs=rungs)


def panel_crossings(panel: LadderPanel) -> int:
    """Count the pairs of lines of a panel that cross."""
    pairs = [(rung.row_1, rung.row_2) for rung in panel.rungs]
    return n_crossings(pairs, range(len(panel.right)))


def _table(row: dict[str, Any], content: LadderContent) -> "pd.DataFrame":
    rows: list[dict[str, Any]] = []
    for number, panel in enumerate(content.panels, start=1):
        rows += [_line_row(number, panel, rung) for rung in panel.rungs]
        for side, column in ((1, panel.left), (2, panel.right)):
            rows += [
                {
                    "mark": "bar",
                    "panel": number,
                    f"row_{side}": place,
                    f"residue_{side}": r.name,
                    "buried_a2": r.buried_a2,
                }
                for place, r in enumerate(column, start=1)
            ]
    return keyed_frame("figure_bond_ladder", row, rows)


def _line_row(number: int, panel: LadderPanel, rung: Rung) -> dict[str, Any]:
    bond = rung.bond
    line: dict[str, Any] = {
        "mark": "line",
        "panel": number,
        "row_1": rung.row_1 + 1,
        "row_2": rung.row_2 + 1,
        "residue_1": panel.left[rung.row_1].name,
        "residue_2": panel.right[rung.row_2].name,
        "kind": rung.kind,
        "n_bonds": rung.n_atom_pairs,
        "distance_a": rung.distance_a,
    }
    if bond is not None:
        line |= {
            "atom_1": bond.atom_1,
            "atom_2": bond.atom_2,
            "chain_part_1": chain_part(bond.atom_1),
            "chain_part_2": chain_part(bond.atom_2),
            "acceptor_side": bond.acceptor_side,
        }
    return line


def _alt(row: dict[str, Any], content: LadderContent) -> str:
    names = [unescaped(name) for name in content.names]
    rungs = [rung for panel in content.panels for rung in panel.rungs]
    counts = ", ".join(
        f"{n} {KIND_WORDS[kind]}"
        for kind in (*KINDS, "contact")
        if (n := sum(rung.kind == kind for rung in rungs))
    )
    strong = [
        f"{panel.left[r.row_1].name}–{panel.right[r.row_2].name}"
        for panel in content.panels
        for r in panel.rungs
        if r.kind == "salt_bridge"
    ]
    bridges = f" Salt bridges: {', '.join(strong)}." if strong else ""
    return (
        f"Two columns of residues, {names[0]} on the left and {names[1]} on the right, in "
        f"{place_name(row)}; joined residue pairs: {counts or 'none'}.{bridges}"
    )


def _caption(
    one: InterfaceResults, row: dict[str, Any], content: LadderContent, order: str
) -> str:
    sequence = "Both columns in sequence order"
    if order == "uncrossed":
        sequence = (
            f"Left column in sequence order; right one ordered so that few lines cross "
            f"({sum(map(panel_crossings, content.panels))} crossings)"
        )
    split = ""
    if len(content.panels) > 1:
        split = " Residues of the right column stand in each panel that needs them."
    return (
        f"Bonds of {unescaped(pair_name(row))} in {place_name(row)}, criteria {row['preset']}. One "
        "line a residue pair, drawn as its strongest bond, with the shortest distance of two "
        "heavy atoms in Å (through a water: both parts added; cation-π and stacking: centres of "
        "the rings); ×2 and so on: atom pairs of that kind; m, s: main or side chain at that end; "
        f"arrowhead: acceptor of the hydrogen, where it is known. Grey: pairs without a bond up to "
        f"{CONTACT_A:g} Å. Residues without a line are left out.{glycan_note(one)} Bars: buried area "
        f"(probe {row['probe_radius_a']:g} Å, without glycans), one scale on both sides. {sequence}."
        f"{split} {numbering_note(*(p.left for p in content.panels), *(p.right for p in content.panels))}"
    )
