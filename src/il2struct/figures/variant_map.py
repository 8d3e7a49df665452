"""Where mutations lie: buried area along the protein's sequence for each interface, and what each cut loses."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from il2struct.comparison.complexes import Compared, measured_of
from il2struct.errors import ParameterError
from il2struct.figures import canvas
from il2struct.figures.drawing import Drawing, file_stem, framed
from il2struct.figures.words import plain, safe, side_colour, side_name, summary_row
from il2struct.interface.interface import Interface
from il2struct.palette import Palette
from il2struct.results.interfaces import InterfaceResults
from il2struct.structure.family import Reference, shipped_family, symbol_of
from il2struct.structure.model import NO_NUMBER
from il2struct.structure.named import NamedEntry
from il2struct.tables import records
from il2struct.variants import ALL, Mutation, Variant, parse_variant, variant_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Height of a row, and the least, in mm.
ROW_MM: Final = 14.0
LOWEST_ROW_MM: Final = 8.0
#: In higher rows the label of the axis has room.
LABELLED_ROW_MM: Final = 12.0
#: Left of the rows beside their names: axis with numbers and label; what is free, in mm.
AXIS_LEFT_MM: Final = 11.0
LABEL_MM: Final = 20.0
LABEL_PT: Final = 5.5
BETWEEN_MM: Final = 2.4
MARGIN_MM: Final = 2.0
#: Names of mutations above the rows with the lines to their places; numbers below, in mm.
NAMES_MM: Final = 14.0
FOOT_MM: Final = 9.0
#: Least distance of two names, in mm, and their size in points.
NAME_APART_MM: Final = 2.3
NAME_PT: Final = 5.0
#: Width of a bar in residues.
BAR: Final = 0.9
LOST_COLOUR: Final = "#111111"
#: Columns of ``variants`` that say which interface a row is of, and what the figure's table repeats.
INTERFACE: Final = ("entry_id", "complex_id", "interface_id", "partner")
EFFECT: Final = (
    *("mutation", "buried_a2", "area_loss_a2"),
    *("n_bonded_lost", "bonds_lost"),
)
MARK_AREA_PT2: Final = 9.0
#: What the key says of marks, and from one entry to the next beside its words, in mm.
KEY: Final[tuple[canvas.KeyEntry, ...]] = tuple(
    (words, {"marker": mark, "color": colour, "s": MARK_AREA_PT2, "linewidths": 0.0})
    for words, mark, colour in (
        ("buried area", "s", "#B0B0B0"),
        ("lost without the side chain", "s", LOST_COLOUR),
        ("bonds lost", "D", LOST_COLOUR),
    )
)
KEY_APART_MM: Final = 7.0
#: Room above the highest bar for marks, as a part of it.
HEADROOM: Final = 1.25


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """One interface: its name, the partner's colour, and its marks."""

    label: str
    place: str
    colour: str
    buried_a2: Mapping[int, float]
    effects: Mapping[Mutation, Mapping[str, Any]]


def variant_map(
    results: Compared,
    variants: Iterable[str],
    *,
    palette: Palette | None = None,
    width: str | float = "double",
) -> Drawing:
    """
    Draw where mutations of a protein lie in its interfaces, and what cutting each side chain loses.

    Parameters
    ----------
    results : iterable of InterfaceResults or Study
        Of any number of entries.
    variants : iterable of str
        Each in mature numbers, as ``"IL2:F42A,Y45A"``, all of one protein.
    palette : Palette, optional
    width : str or float
        ``"single"``, ``"double"`` or mm.

    Returns
    -------
    Drawing

    Raises
    ------
    ParameterError
        If the variants are not of one protein, do not fit its sequence, or no entry has an interface
        of it.
    """
    measured = measured_of(results)
    family = measured[0].named.family if measured else shipped_family()
    parsed = [parse_variant(text, family=family) for text in variants]
    proteins = {each.reference.role for each in parsed}
    if len(proteins) != 1:
        raise ParameterError("a map shows the variants of one protein; give those.")
    reference = parsed[0].reference
    rows, table = _rows(measured, parsed, reference, palette)
    if not rows:
        raise ParameterError(
            f"no entry has an interface of {symbol_of(reference.role.value)}; give one of the complex."
        )
    names = _names(parsed)
    room_mm = canvas.width_mm(width) - _left_mm(rows) - MARGIN_MM
    if len(names) * NAME_APART_MM > room_mm:
        raise ParameterError(
            f"{len(names)} mutated residues cannot be named on {canvas.width_mm(width):g} mm; name fewer, or "
            "choose a wider figure."
        )
    who = symbol_of(reference.role.value)
    lost = [row for row in table if row["mark"] == "mutation" and row["area_loss_a2"]]
    most = max(lost, key=lambda row: row["area_loss_a2"], default=None)
    loss = (
        "none of them lies in an interface."
        if most is None
        else f"most area, {most['area_loss_a2']:.0f} Å², is lost by {most['mutation']} to "
        f"{plain(symbol_of(most['partner']))} in {plain(most['entry_id'])}."
    )
    row_mm = min(ROW_MM, max(LOWEST_ROW_MM, (canvas.TALLEST_MM - 40.0) / len(rows)))
    height = MARGIN_MM + NAMES_MM + len(rows) * (row_mm + BETWEEN_MM) + FOOT_MM
    wide_mm = canvas.width_mm(width) - 2 * MARGIN_MM
    key_mm = canvas.marks_key_mm(KEY, wide_mm, apart=KEY_APART_MM)
    return Drawing(
        name=file_stem("variants", reference.role.value),
        kind="variants",
        title=f"{len(names)} mutations of {who} in {len(rows)} interfaces",
        alt=f"Bars of buried area along {who} for {len(rows)} interfaces, with {len(names)} mutations; {loss}",
        caption=(
            f"Area that each residue of {who} buries (Å²) in each interface, by mature number, in the colour "
            f"of the partner. Black: buried area per side that is lost when the side chain is cut to Ala (Gly "
            f"for mutations to Gly) where it stands. Diamond: bonds are lost, those through waters aside. Nothing is "
            f"repacked and no energy is claimed."
        ),
        table=framed("figure_variants", table),
        width=width,
        height_mm=height + key_mm + MARGIN_MM,
        paint=lambda ax: _draw(ax, rows, names, reference, row_mm),
    )


def _names(variants: Sequence[Variant]) -> dict[int, str]:
    """Mutations by number, those of one residue together: ``F42A/K``."""
    names: dict[int, list[str]] = {}
    for mutation in sorted(
        {m for variant in variants for m in variant.mutations},
        key=lambda m: (m.mature_number, m.mutant),
    ):
        found = names.setdefault(mutation.mature_number, [])
        found.append(mutation.mutant if found else str(mutation))
    return {number: "/".join(words) for number, words in names.items()}


def _rows(
    measured: Sequence[InterfaceResults],
    variants: Sequence[Variant],
    reference: Reference,
    palette: Palette | None,
) -> tuple[list[_Row], list[dict[str, Any]]]:
    """Interfaces of the protein in order, and the rows of the figure's table."""
    role = reference.role.value
    named = {str(m): m for variant in variants for m in variant.mutations}
    effects: dict[tuple[Any, ...], dict[Mutation, dict[str, Any]]] = {}
    for row in records(variant_table(measured, variants)):
        if row["mutation"] != ALL and row["n_contacts"]:
            found = effects.setdefault(tuple(row[name] for name in INTERFACE), {})
            found[named[row["mutation"]]] = row
    rows: list[_Row] = []
    table: list[dict[str, Any]] = []
    for results in measured:
        entry = results.named.entry
        for interface in results:
            one = InterfaceResults(results.named, (interface,))
            summary = summary_row(one)
            for side in (1, 2):
                if summary[f"role_{side}"] != role:
                    continue
                key = {name: summary[name] for name in INTERFACE[:-1]}
                key["partner"] = interface.interface_id.split("/")[2 - side]
                buried = _buried(results.named, interface, side)
                own = effects.get(tuple(key.values()), {})
                where = f", complex {summary['complex_id']}"
                several = len(results.named.complexes) > 1
                rows.append(
                    _Row(
                        label=side_name(summary, 3 - side),
                        place=safe(f"{entry.entry_id}{where if several else ''}"),
                        colour=side_colour(one, 3 - side, palette),
                        buried_a2=buried,
                        effects=own,
                    )
                )
                table += [
                    key | {"mark": "bar", "mature_number": number, "buried_a2": area}
                    for number, area in buried.items()
                ]
                table += [
                    key
                    | {name: row[name] for name in EFFECT}
                    | {"mark": "mutation", "mature_number": mutation.mature_number}
                    for mutation, row in own.items()
                ]
    return rows, table


def _buried(named: NamedEntry, interface: Interface, side: int) -> dict[int, float]:
    """Area that the residues of a side bury, by mature number (of human)."""
    residues = interface.burial.sides[side - 1].residues
    numbers = named.numbers.human_number[residues.residue_index]
    found: dict[int, float] = {}
    for number, area in zip(numbers.tolist(), residues.buried_a2.tolist(), strict=True):
        if area > 0.0 and number != NO_NUMBER:
            found[number] = found.get(number, 0.0) + area
    return dict(sorted(found.items()))


def _label_lines(row: _Row) -> list[str]:
    return [*canvas.wrapped(row.label, LABEL_PT, LABEL_MM), row.place]


def _left_mm(rows: Sequence[_Row]) -> float:
    """From the edge of the page to the rows."""
    lines = [line for row in rows for line in _label_lines(row)]
    return MARGIN_MM + canvas.widest_mm(lines, LABEL_PT) + AXIS_LEFT_MM


def _draw(
    ax: "Axes",
    rows: Sequence[_Row],
    names: Mapping[int, str],
    reference: Reference,
    row_mm: float,
) -> None:
    wide_mm, top = canvas.size_mm(ax)
    left = _left_mm(rows)
    room = wide_mm - left - MARGIN_MM
    length = len(reference.sequence) - reference.mature_offset
    limits = (0.0, length + 1.0)
    highest = max((a for row in rows for a in row.buried_a2.values()), default=1.0)
    limit = canvas.round_up(highest)
    top -= MARGIN_MM + NAMES_MM
    _draw_names(
        canvas.blank_inset(ax, (left, top, room, NAMES_MM)),
        names,
        room / limits[1],
        room,
    )
    for number, row in enumerate(rows):
        bottom = top - row_mm
        bars = canvas.inset(ax, (left, bottom, room, row_mm))
        _draw_row(bars, row, names, limits)
        bars.set_ylim(0.0, HEADROOM * highest)
        bars.set_yticks([0.0, round(limit / 2) if limit >= 2.0 else limit / 2])
        bars.set_label("variants")
        words = canvas.blank_inset(
            ax, (MARGIN_MM, bottom, left - MARGIN_MM - AXIS_LEFT_MM, row_mm)
        )
        text = "\n".join(_label_lines(row))
        words.text(0.0, row_mm / 2, text, va="center", fontsize=LABEL_PT)
        is_last = number == len(rows) - 1
        bars.tick_params(labelbottom=is_last)
        if is_last:
            who = symbol_of(reference.role.value)
            bars.set_xlabel(f"{who} residue (mature number)", labelpad=1.5)
        is_high = row_mm > LABELLED_ROW_MM
        unit = "buried (Å²)" if is_high else "Å²"
        bars.set_ylabel(unit, labelpad=1.5, fontsize=LABEL_PT)
        top = bottom - BETWEEN_MM
    corner = (MARGIN_MM, MARGIN_MM)
    canvas.draw_marks_key(ax, corner, wide_mm - 2 * MARGIN_MM, KEY, apart=KEY_APART_MM)


def _draw_names(
    strip: "Axes", names: Mapping[int, str], per_residue_mm: float, room: float
) -> None:
    at = [number * per_residue_mm for number in names]
    half = NAME_APART_MM / 2
    moved = canvas.spread(at, NAME_APART_MM, low=half, high=room - half)
    for place, shown, name in zip(at, moved, names.values(), strict=True):
        strip.plot(
            [place, place, shown, shown],
            [0.0, 0.8, 3.0, 3.6],
            color=canvas.EDGE_COLOUR,
            linewidth=0.4,
        )
        strip.text(
            shown, 4.0, name, rotation=90, ha="center", va="bottom", fontsize=NAME_PT
        )


def _draw_row(
    bars: "Axes", row: _Row, names: Mapping[int, str], limits: tuple[float, float]
) -> None:
    for number in names:
        bars.axvline(number, color="#BBBBBB", linewidth=0.4, zorder=0.5)
    bars.bar(
        list(row.buried_a2),
        list(row.buried_a2.values()),
        width=BAR,
        color=row.colour,
        edgecolor=canvas.EDGE_COLOUR,
        linewidth=0.2,
    )
    for mutation, effect in row.effects.items():
        number = mutation.mature_number
        loss = max(0.0, effect["area_loss_a2"])
        bars.bar([number], [loss], width=BAR, color=LOST_COLOUR, zorder=2.5)
        if effect["n_bonded_lost"]:
            height = max(row.buried_a2.get(number, 0.0), loss)
            bars.scatter(
                [number],
                [height],
                s=MARK_AREA_PT2,
                marker="D",
                color=LOST_COLOUR,
                edgecolors="white",
                linewidths=0.4,
                zorder=3.0,
                clip_on=False,
            )
    bars.set_xlim(*limits)
