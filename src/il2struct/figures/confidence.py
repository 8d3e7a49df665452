"""How sure a predictor was of a model, beside what its geometry says: errors, contacts, burial."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from il2struct.arrays import FloatArray, IndexArray
from il2struct.errors import ParameterError
from il2struct.figures import canvas
from il2struct.figures.drawing import Drawing, file_stem, framed
from il2struct.figures.words import member_name, plain, unescaped
from il2struct.palette import Palette
from il2struct.predicted import (
    Confidence,
    plddt_of_residues,
    predicted_table,
    read_confidence,
    token_of_residue,
)
from il2struct.results.interfaces import InterfaceResults
from il2struct.tables import records

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Errors from here on are drawn alike, in Å; programs give no more than about 32.
HIGHEST_PAE_A: Final = 30.0
#: The paler stops of the colour map, and the power of an error that it shows: small ones differ most.
PALE_STOPS: Final = 3
POWER: Final = 0.5
#: Residue pairs in contact, and their words.
CONTACT_LOOK: Final[canvas.Look] = {
    "s": 4.0,
    "facecolors": "#FFFFFF",
    "edgecolors": "#000000",
    "linewidths": 0.4,
}
CONTACT_WORDS: Final = "residues in contact"
#: The axis of pLDDT begins at a round number, at most this.
LOWEST_PLDDT: Final = 60.0
RESIDUE_WORDS: Final = "residue, chain after chain"
#: Confident and very confident, as the AlphaFold database draws them.
PLDDT_BANDS: Final = (70.0, 90.0)
#: Numbers of the axis and its label, bars of the chains, the strips below the matrix and what stands
#: between them, the scale, margins; in mm.
AXIS_MM: Final = 12.0
BAR_MM: Final = 1.6
STRIP_MM: Final = 15.0
GAP_MM: Final = 2.0
SCALE_MM: Final = 14.0
SCALE_WIDE_MM: Final = 38.0
MARGIN_MM: Final = 2.0
LEFT_MM: Final = AXIS_MM + BAR_MM
RIGHT_MM: Final = 4.0
TOP_MM: Final = 6.0
NUMBERS_MM: Final = 10.0
#: From this width on the strips stand beside the matrix, which is no wider than this.
WIDE_MM: Final = 140.0
WIDEST_MM: Final = 90.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Model:
    """Residues of a model in the order of its predicted errors, shape (n,); errors (n, n) in Å."""

    pae_a: FloatArray
    plddt: FloatArray
    buried_a2: FloatArray
    #: Of each chain: name, colour, and its first and last place.
    chains: tuple[tuple[str, str, int, int], ...]
    #: Places of the residues in contact, shape (k, 2).
    contacts: IndexArray


def confidence(
    results: InterfaceResults,
    *,
    palette: Palette | None = None,
    width: str | float = "single",
) -> Drawing:
    """
    Draw the predicted errors of a model with its contacts upon them, pLDDT and buried area below.

    Parameters
    ----------
    results : InterfaceResults
        Of a model with its files of confidence beside it, as `il2struct predicted` reads them.
    palette : Palette, optional
    width : str or float
        ``"single"``, ``"double"`` or mm.

    Returns
    -------
    Drawing

    Raises
    ------
    ParameterError
        If there are no predicted errors beside the model, or it has no interface.
    ParseError
        If they are not of its residues.
    """
    entry = results.named.entry
    if not len(results):
        raise ParameterError(
            f"{entry.entry_id} has no interface to draw; give a model of two chains that touch."
        )
    path = entry.provenance.path
    told = read_confidence(Path(path))
    model, rows = _model(results, told, palette or Palette())
    scores = [
        f"{plain(row['interface_id'])}: ipSAE {row['ipsae']:.2f}, {row['area_per_side_a2']:.0f} Å² per side"
        for row in records(predicted_table(results, told, model=path))
        if row["ipsae"] is not None
    ]
    name = plain(entry.entry_id)
    return Drawing(
        name=file_stem("confidence", entry.entry_id),
        kind="confidence",
        title=f"Confidence and contacts of {name}",
        alt=(
            f"Matrix of predicted errors of {len(model.plddt)} residues with {len(model.contacts)} pairs in "
            f"contact; {'; '.join(scores) or 'no interface is scored'}."
        ),
        caption=(
            f"Predicted aligned error of {name} ({told.program}), coloured by its root: residue of the "
            "column when aligned on that of the row; dots: residue pairs of different chains with heavy atoms within "
            f"{results[0].parameters.contact_cutoff_a:g} Å. Below, pLDDT with its limits of confident (70) and very "
            "confident (90), and the area that each residue buries in all interfaces."
        ),
        table=framed("figure_confidence", rows),
        width=width,
        height_mm=_height_mm(canvas.width_mm(width)),
        paint=lambda ax: _draw(ax, model),
    )


def _side_mm(wide_mm: float) -> float:
    return min(wide_mm - LEFT_MM - RIGHT_MM, WIDEST_MM)


def _height_mm(wide_mm: float) -> float:
    strips = 0.0 if wide_mm >= WIDE_MM else 2 * (STRIP_MM + GAP_MM)
    return TOP_MM + _side_mm(wide_mm) + strips + NUMBERS_MM + SCALE_MM


def _strip_boxes(
    wide_mm: float, side: float, bottom: float
) -> list[tuple[float, float, float, float]]:
    """Give the boxes of the two strips: below the matrix, or beside it where there is room."""
    if wide_mm < WIDE_MM:
        return [
            (LEFT_MM, bottom - k * (STRIP_MM + GAP_MM), side, STRIP_MM) for k in (1, 2)
        ]
    left = LEFT_MM + side + LEFT_MM + GAP_MM
    tall = (side - GAP_MM) / 2
    return [
        (left, bottom + start, wide_mm - left - RIGHT_MM, tall)
        for start in (tall + GAP_MM, 0.0)
    ]


def _model(
    results: InterfaceResults, told: Confidence, palette: Palette
) -> tuple[_Model, list[dict[str, Any]]]:
    named, entry = results.named, results.named.entry
    tokens = token_of_residue(entry, told)
    plddt = plddt_of_residues(entry, told, tokens)
    if told.pae_a is None or tokens is None or plddt is None:
        raise ParameterError(
            f"{entry.entry_id} has no predicted errors beside it; bring the files of its program "
            "(docs/how-to/predicted-complexes.md)."
        )
    colours = palette.of_chains(named)
    names = {
        member.image.auth_asym_id: member_name(named, member)
        for complex_ in named.complexes
        for member in complex_.members
    }
    order: list[int] = []
    chains = []
    for chain in entry.protein_chains:
        own = [row for row in chain.residue_index.tolist() if tokens[row] >= 0]
        if own:
            key = chain.auth_asym_id
            first, last = len(order), len(order) + len(own) - 1
            chains.append((names.get(key, f"chain {key}"), colours[key], first, last))
            order += own
    place = np.full(len(entry.residues), -1)
    place[order] = np.arange(len(order))
    buried = np.zeros(len(entry.residues))
    pairs, distances = [], []
    for interface in results:
        sides = interface.sides
        for partner, burial in zip(sides, interface.burial.sides, strict=True):
            lost = burial.residues
            np.add.at(buried, partner.residue_row(lost.residue_index), lost.buried_a2)
        found = interface.contacts
        ends = (found.residue_1, found.residue_2)
        pairs.append(
            np.column_stack(
                [
                    place[partner.residue_row(rows)]
                    for partner, rows in zip(sides, ends, strict=True)
                ]
            )
        )
        distances.append(found.distance_a)
    contacts = np.concatenate([np.zeros((0, 2), int), *pairs])
    distance_a = np.concatenate([np.zeros(0), *distances])
    known = (contacts >= 0).all(axis=1)
    at = tokens[order]
    model = _Model(
        pae_a=told.pae_a[np.ix_(at, at)],
        plddt=plddt[order],
        buried_a2=buried[order],
        chains=tuple(chains),
        contacts=contacts[known],
    )
    residues = entry.residues
    rows = [
        {
            "entry_id": entry.entry_id,
            **{
                f"{word}_{side}": values[order[end]]
                for side, end in enumerate(pair, start=1)
                for word, values in (
                    ("auth_asym_id", residues.auth_asym_id),
                    ("auth_number", residues.auth_number),
                    ("plddt", plddt),
                )
            },
            "distance_a": apart,
            "pae_1_to_2_a": model.pae_a[pair[0], pair[1]],
            "pae_2_to_1_a": model.pae_a[pair[1], pair[0]],
        }
        for pair, apart in zip(
            model.contacts.tolist(), distance_a[known].tolist(), strict=True
        )
    ]
    return model, rows


def _draw(ax: "Axes", model: _Model) -> None:
    from matplotlib.colors import PowerNorm

    wide_mm, tall_mm = canvas.size_mm(ax)
    side = _side_mm(wide_mm)
    n = len(model.plddt)
    colours, norm = (
        canvas.buried_map(PALE_STOPS).reversed(),
        PowerNorm(POWER, 0.0, HIGHEST_PAE_A),
    )
    bottom = tall_mm - TOP_MM - side
    matrix = canvas.inset(ax, (LEFT_MM, bottom, side, side))
    matrix.set_label("errors")
    matrix.imshow(
        model.pae_a, cmap=colours, norm=norm, interpolation="nearest", aspect="auto"
    )
    both = np.concatenate([model.contacts, model.contacts[:, ::-1]])
    matrix.scatter(both[:, 1], both[:, 0], label="contacts", **CONTACT_LOOK)
    strips = []
    shown = (("pLDDT", model.plddt), ("buried (Å²)", model.buried_a2))
    boxes = _strip_boxes(wide_mm, side, bottom)
    for (label, values), box in zip(shown, boxes, strict=True):
        strip = canvas.inset(ax, box)
        strip.set_label(label)
        strip.set_ylabel(label)
        strip.yaxis.set_label_coords(-(LEFT_MM - 3.0) / box[2], 0.5)
        strip.set_xlim(0.5, n + 0.5)
        strips.append(strip)
        if values is model.plddt:
            low = min(LOWEST_PLDDT, 10.0 * (values.min() // 10.0))
            strip.set_ylim(low, 100.0)
            strip.set_yticks([low, *PLDDT_BANDS])
            for limit in PLDDT_BANDS:
                strip.axhline(limit, linewidth=0.3, color="#A0A0A0")
            for _, colour, first, last in model.chains:
                x = np.arange(first, last + 1) + 1
                strip.plot(x, values[first : last + 1], linewidth=0.8, color=colour)
        else:
            strip.set_ylim(0.0, canvas.round_up(float(values.max(initial=1.0))))
            strip.locator_params(axis="y", nbins=3)
            for _, colour, first, last in model.chains:
                x = np.arange(first, last + 1) + 1
                strip.bar(x, values[first : last + 1], width=1.0, color=colour)
    _name_chains(matrix, model.chains, side)
    matrix.set_xlim(-0.5, n - 0.5)
    matrix.set_ylim(n - 0.5, -0.5)
    numbers = np.arange(0, n + 1, max(int(canvas.tick_step(n, 6.0)), 1))[1:]
    strips[0].set_xticks([])
    strips[1].set_xticks(numbers)
    strips[1].set_xlabel(RESIDUE_WORDS)
    matrix.set_yticks(numbers - 1, [f"{number}" for number in numbers])
    matrix.tick_params(length=0)
    matrix.tick_params(axis="y", pad=(BAR_MM + 0.8) / canvas.MM_PER_POINT)
    matrix.set_ylabel("aligned on residue")
    matrix.yaxis.set_label_coords(-(LEFT_MM - 3.0) / side, 0.5)
    matrix.set_xticks([])
    if wide_mm >= WIDE_MM:
        matrix.set_xticks(numbers - 1, [f"{number}" for number in numbers])
        matrix.set_xlabel(RESIDUE_WORDS)
    scale = canvas.inset(ax, (LEFT_MM, SCALE_MM - 5.5, SCALE_WIDE_MM, 2.4))
    canvas.draw_scale(scale, colours, norm, [0, 5, 10, 20, HIGHEST_PAE_A])
    scale.set_xlabel("predicted aligned error (Å)", labelpad=1.0)
    scale.tick_params(pad=1.0)
    scale.set_label("scale")
    key = [(CONTACT_WORDS, CONTACT_LOOK)]
    left = LEFT_MM + SCALE_WIDE_MM + 4.0
    canvas.draw_marks_key(ax, (left, SCALE_MM - 6.0), wide_mm - left, key)


def _name_chains(
    matrix: "Axes", chains: Sequence[tuple[str, str, int, int]], side_mm: float
) -> None:
    """Draw a bar in its colour and a name for each chain, and lines where one ends."""
    n = chains[-1][3] + 1
    per_mm = n / side_mm
    for name, colour, first, last in chains:
        ends = (first - 0.5, last + 0.5)
        beside = (-0.5 - (BAR_MM + 0.4) * per_mm, -0.5 - 0.4 * per_mm)
        canvas.draw_group_bar(matrix, beside, ends, colour)
        canvas.draw_group_bar(matrix, ends, beside, colour)
        room = (last - first + 1) / per_mm
        if canvas.text_width_mm(unescaped(name), 6.5) <= room:
            matrix.text(
                (first + last) / 2,
                beside[0] - 0.5 * per_mm,
                name,
                ha="center",
                va="bottom",
                fontsize=6.5,
            )
        if first:
            for line in (matrix.axhline, matrix.axvline):
                line(first - 0.5, linewidth=0.5, color="#000000")
