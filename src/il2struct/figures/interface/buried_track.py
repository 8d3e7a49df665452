"""Buried area along a chain: one row for every interface that the chain takes part in."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from il2struct.errors import ParameterError, UnknownChainError
from il2struct.figures.drawing import Drawing, file_stem
from il2struct.figures.drawn import drawn
from il2struct.figures.interface.chain_features import (
    ChainAxis,
    Feature,
    chain_axis,
    features_of,
)
from il2struct.figures.interface.pair_bonds import direct_bonds
from il2struct.figures.interface.residue_labels import key_of
from il2struct.figures.interface.track_drawing import (
    TrackBar,
    TrackContent,
    TrackRow,
    draw_track,
    track_height_mm,
)
from il2struct.figures.tables import framed
from il2struct.figures.words import plain, safe, side_name, side_role, unescaped
from il2struct.palette import Palette
from il2struct.results.interfaces import InterfaceResults
from il2struct.structure.roles import symbol_of
from il2struct.tables import records

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

#: Kinds of bond that get a mark below a bar.
_MARKED_BONDS = ("is_hydrogen_bond", "is_salt_bridge", "is_disulfide")


def buried_area_track(
    results: InterfaceResults,
    ax: "Axes | None" = None,
    *,
    chain: str | None = None,
    palette: Palette | None = None,
) -> "Axes":
    """
    Draw the buried area along a chain, one row for each of its interfaces.

    Parameters
    ----------
    results : InterfaceResults
        ``study.interfaces()``.
    ax : Axes, optional
        Where to draw; a new figure of the right size by default.
    chain : str, optional
        Chain (``"A"``), or role (``"IL2"``) where one chain has it. Needed if several chains
        take part.
    palette : Palette, optional

    Returns
    -------
    Axes
        That holds the panels; ``.figure`` can be saved.

    Raises
    ------
    ParameterError, UnknownChainError
        If no chain or several can be meant.
    """
    drawing = buried_area_track_drawing(results, chain=chain, palette=palette)
    return drawn(drawing, ax)


def buried_area_track_drawing(
    results: InterfaceResults,
    *,
    chain: str | None = None,
    palette: Palette | None = None,
    width: str | float = "double",
) -> Drawing:
    """
    Prepare the track of buried area of a chain.

    Parameters
    ----------
    results : InterfaceResults
    chain : str, optional
        Chain, or role where one chain has it. Needed if several chains take part.
    palette : Palette, optional
    width : str or float

    Returns
    -------
    Drawing

    Raises
    ------
    ParameterError, UnknownChainError
        If no chain or several can be meant, or the width is wrong.
    """
    auth_asym_id = _chosen_chain(results, chain)
    axis = chain_axis(results.named, auth_asym_id)
    content = TrackContent(
        axis=axis,
        name=_chain_name(axis),
        rows=_rows(results, axis),
        features=features_of(results.named, axis),
    )
    entry_id = results.named.entry.entry_id
    role = axis.role.role.value if axis.has_role else ""
    return Drawing(
        name=file_stem("buried_track", entry_id, role, auth_asym_id),
        kind="buried_track",
        title=f"Buried area along {unescaped(content.name)} of {plain(entry_id)}",
        alt=_alt(content),
        caption=_caption(results, content),
        table=_table(entry_id, content),
        width=width,
        height_mm=track_height_mm(content),
        draw=lambda ax: draw_track(ax, content, palette or Palette()),
    )


def chains_with_interfaces(results: InterfaceResults) -> tuple[str, ...]:
    """
    List the protein chains that take part in some interface, in file order.

    Parameters
    ----------
    results : InterfaceResults
    """
    part = {
        image.auth_asym_id
        for interface in results
        for partner in (interface.partner_1, interface.partner_2)
        for image in partner.side.images
    }
    chains = results.named.entry.protein_chains
    return tuple(c.auth_asym_id for c in chains if c.auth_asym_id in part)


def _chosen_chain(results: InterfaceResults, chain: str | None) -> str:
    there = chains_with_interfaces(results)
    if chain is None and len(there) == 1:
        return there[0]
    roles = results.named.role_of
    found = [c for c in there if chain in (c, roles[c].value)]
    if chain in there:
        return str(chain)
    if chain is not None and not found:
        raise UnknownChainError(
            chain, entry_id=results.named.entry.entry_id, available=there
        )
    if len(found) != 1:
        asked = "none is chosen" if chain is None else f"several are {chain}"
        raise ParameterError(
            f"a track shows one chain, and {asked} of {', '.join(found or there)}; "
            "choose one with chain=."
        )
    return found[0]


def _chain_name(axis: ChainAxis) -> str:
    name = safe(axis.role.auth_asym_id)
    if not axis.has_role:
        return f"chain {name}"
    return f"{symbol_of(axis.role.role.value)} (chain {name})"


def _rows(results: InterfaceResults, axis: ChainAxis) -> tuple[TrackRow, ...]:
    rows = []
    name = axis.role.auth_asym_id
    for summary, interface in zip(records(results.table), results, strict=True):
        one = InterfaceResults(results.named, (interface,))
        for side in (1, 2):
            if name in str(summary[f"auth_asym_id_{side}"]).split(","):
                rows.append(_row(one, summary, axis, side))
    return tuple(rows)


def _row(
    one: InterfaceResults, summary: dict[str, Any], axis: ChainAxis, side: int
) -> TrackRow:
    name = axis.role.auth_asym_id
    other = 3 - side
    bonded = {
        axis.author[key_of(bond, f"_{side}")[2:]]
        for bond in direct_bonds(one, with_waters=False)
        if bond[f"auth_asym_id_{side}"] == name
        and any(bond[kind] for kind in _MARKED_BONDS)
        and not (bond["needs_flip"] or bond["needs_protonation"])
    }
    bars = tuple(
        TrackBar(
            position=axis.author[key_of(r)[2:]],
            buried_a2=float(r["buried_a2"]),
            class_levy=str(r["class_levy"] or ""),
            is_bonded=axis.author[key_of(r)[2:]] in bonded,
        )
        for r in records(one.residues)
        if r["side"] == side and r["auth_asym_id"] == name and r["buried_a2"] > 0
    )
    return TrackRow(
        complex_id=str(summary["complex_id"] or ""),
        interface_id=str(summary["interface_id"]),
        partner=side_name(summary, other),
        role=side_role(summary, other),
        bars=bars,
    )


def _table(entry_id: str, content: TrackContent) -> "pd.DataFrame":
    axis = content.axis
    rows = [_feature_row(feature) for feature in content.features]
    for row in content.rows:
        key = {
            "complex_id": row.complex_id,
            "interface_id": row.interface_id,
            "partner_role": row.role,
        }
        rows += [key | _bar_row(axis, bar) for bar in row.bars]
        rows += [
            key
            | _bar_row(axis, bar)
            | {"mark": "bond", "buried_a2": None, "class_levy": None}
            for bar in row.bars
            if bar.is_bonded
        ]
    shared = {"entry_id": entry_id, "auth_asym_id": axis.role.auth_asym_id}
    return framed("figure_buried_track", [shared | row for row in rows])


def _bar_row(axis: ChainAxis, bar: TrackBar) -> dict[str, Any]:
    number = int(axis.number[bar.position])
    return {
        "mark": "bar",
        "first_number": number,
        "last_number": number,
        "label": axis.name(bar.position),
        "buried_a2": bar.buried_a2,
        "class_levy": bar.class_levy,
    }


def _feature_row(feature: Feature) -> dict[str, Any]:
    return {
        "mark": feature.mark,
        "first_number": feature.first_number,
        "last_number": feature.last_number,
        "label": feature.label,
    }


def _alt(content: TrackContent) -> str:
    sentences = []
    for row in content.rows:
        largest: Sequence[TrackBar] = sorted(row.bars, key=lambda b: -b.buried_a2)[:3]
        names = ", ".join(
            f"{content.axis.name(b.position)} {b.buried_a2:.0f}" for b in largest
        )
        total = sum(b.buried_a2 for b in row.bars)
        sentences.append(
            f"towards {unescaped(row.partner)} {total:.0f} Å² in {len(row.bars)} residues"
            + (f" (largest: {names})" if names else "")
        )
    return (
        f"Bars along {unescaped(content.name)}, one row an interface: "
        f"{'; '.join(sentences) or 'none'}."
    )


def _caption(results: InterfaceResults, content: TrackContent) -> str:
    probe = results.items[0].parameters.burial.probe_radius_a if len(results) else 1.4
    numbers = "mature numbers" if content.axis.has_role else "author numbers"
    criteria = results.items[0].parameters.criteria.name if len(results) else ""
    return (
        f"Area that each residue of {unescaped(content.name)} in "
        f"{plain(results.named.entry.entry_id)} buries in each interface (probe {probe:g} Å, "
        "without glycans), one scale in all rows, in the colour of the partner. Dot: core, ring: "
        "support (Levy 2010); pale bar: rim. Triangle: makes a hydrogen bond, salt bridge or "
        f"disulfide (criteria {criteria}) that needs no flip. The largest are named. Grey: not "
        f"modelled. x: {numbers}. Helices and strands by the hydrogen bonds of the backbone (Kabsch "
        "& Sander 1983), numbered from the N terminus. Squares: N-X-S/T sites of the deposited "
        "sequence, filled where a sugar has coordinates; crosses: differences to the reference."
    )
