"""
Every kind of bond, once: its columns, its words, and how figures, scenes and the page draw it.

Tables, schemas, figures, scenes and the page go through `KINDS` and name no kind that needs no
treatment of its own. A new kind is an entry here, a finder in `il2struct.bonds.finders` that is
registered under its name with what it can join, and its limits in `il2struct.bonds.criteria`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line on paper: dashes and gaps in points, empty if solid, and width in points."""

    dashes: tuple[float, ...] = ()
    width_pt: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Stick:
    """A line in a scene; `group` is what objects of PyMOL that hold such lines are called."""

    group: str
    radius_a: float
    #: Length of a dash and of a gap in Å; a dash of 0 is a solid line.
    dash_a: float = 0.0
    gap_a: float = 0.0
    colour: str = "#000000"
    #: ChimeraX counts dashes, and draws with other radii.
    chimerax_dashes: int = 0
    chimerax_radius_a: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BondKind:
    """One kind of bond; what is empty or None is not drawn or not told."""

    #: ``is_<name>`` of the table ``bonds`` and ``n_<name>`` of ``interfaces`` are its columns …
    name: str
    #: … and these their meanings.
    flag_meaning: str
    count_meaning: str
    #: In prose, in the keys of figures, and in a row of a table that people read.
    word: str
    legend: str
    tag: str
    #: Of several kinds that join two residues, the one of the lowest rank is shown.
    rank: int
    #: Whether bonds to glycans are in its counts.
    counts_glycans: bool = False
    #: Sign in maps of residue pairs, and among several kinds in one cell of a comparison. Only
    #: kinds with a sign are named pair by pair and compared between entries: apolar contacts are too
    #: many, and a bond through a water joins three.
    map_marker: str = ""
    presence_marker: str = ""
    line: Line | None = None
    stick: Stick | None = None
    #: Column of the table ``bonds`` that holds its length.
    length: str = "distance_a"


#: Of bonds of rings.
RING_STICK: Final = Stick(
    group="rings",
    radius_a=0.06,
    dash_a=0.1,
    gap_a=0.2,
    chimerax_dashes=10,
    chimerax_radius_a=0.06,
)
#: All kinds by name, in the order of their columns.
KINDS: Final[dict[str, BondKind]] = {
    kind.name: kind
    for kind in (
        BondKind(
            name="hydrogen_bond",
            flag_meaning="Meets the preset's criteria of a hydrogen bond",
            count_meaning="Hydrogen bonds",
            word="hydrogen bond",
            legend="H-bond",
            tag="H-bond",
            rank=4,
            map_marker="o",
            presence_marker="o",
            line=Line(dashes=(3.4, 1.5), width_pt=0.9),
            stick=Stick(
                group="hbonds",
                radius_a=0.06,
                dash_a=0.25,
                gap_a=0.25,
                chimerax_dashes=6,
                chimerax_radius_a=0.08,
            ),
        ),
        BondKind(
            name="salt_bridge",
            flag_meaning="Oppositely charged N and O within the preset's distance",
            count_meaning="Atom pairs of salt bridges",
            word="salt bridge",
            legend="salt bridge",
            tag="salt bridge",
            rank=1,
            map_marker="D",
            presence_marker="D",
            line=Line(width_pt=1.5),
            stick=Stick(group="salt_bridges", radius_a=0.10, chimerax_radius_a=0.12),
        ),
        BondKind(
            name="disulfide",
            flag_meaning="S-S bond",
            count_meaning="Disulfide bonds",
            word="disulfide",
            legend="disulfide",
            tag="disulfide",
            rank=2,
            map_marker="s",
            presence_marker="P",
            line=Line(width_pt=2.4),
            stick=Stick(group="disulfides", radius_a=0.10, chimerax_radius_a=0.12),
        ),
        BondKind(
            name="cation_pi",
            flag_meaning="Cation over a ring",
            count_meaning="Cation-π pairs",
            word="cation-π",
            legend="cation-π",
            tag="cation-π",
            rank=7,
            map_marker="^",
            presence_marker="^",
            line=Line(dashes=(5.0, 1.2, 0.8, 1.2), width_pt=0.8),
            stick=replace(RING_STICK, group="cation_pi"),
            length="centroid_distance_a",
        ),
        BondKind(
            name="pi_stacking",
            flag_meaning="Ring against ring",
            count_meaning="Stacked ring pairs",
            word="π stacking",
            legend="π stacking",
            tag="π stacking",
            rank=8,
            map_marker="X",
            presence_marker="s",
            line=Line(dashes=(5.0, 1.2, 0.8, 1.2, 0.8, 1.2), width_pt=0.8),
            stick=replace(RING_STICK, group="pi_stacking"),
            length="centroid_distance_a",
        ),
        BondKind(
            name="halogen_bond",
            flag_meaning="Halogen towards a lone pair",
            count_meaning="Halogen bonds",
            word="halogen bond",
            legend="halogen bond",
            tag="halogen",
            rank=6,
            map_marker="*",
            presence_marker="*",
            line=Line(dashes=(2.2, 0.9, 0.8, 0.9), width_pt=0.9),
            stick=Stick(
                group="halogen_bonds",
                radius_a=0.06,
                dash_a=0.2,
                gap_a=0.15,
                chimerax_dashes=8,
                chimerax_radius_a=0.08,
            ),
        ),
        BondKind(
            name="metal_coordination",
            flag_meaning="Metal beside a lone pair",
            count_meaning="Atoms that coordinate a metal",
            word="metal coordination",
            legend="metal",
            tag="metal",
            rank=3,
            map_marker="h",
            presence_marker="h",
            line=Line(width_pt=0.9),
            stick=Stick(group="metals", radius_a=0.08, chimerax_radius_a=0.10),
        ),
        BondKind(
            name="apolar_contact",
            flag_meaning="Two apolar carbons or sulfurs",
            count_meaning="Apolar atom pairs",
            word="apolar contact",
            legend="apolar contact",
            tag="apolar",
            rank=10,
        ),
        BondKind(
            name="water_mediated",
            flag_meaning="Bridged by one water",
            count_meaning="Atom pairs bridged by a water",
            word="through a water",
            legend="through a water",
            tag="by water",
            rank=9,
            counts_glycans=True,
            line=Line(dashes=(0.8, 1.6), width_pt=0.7),
        ),
    )
}

#: How a hydrogen bond is shown that needs a flip or a proton; not a kind of its own in tables.
CONDITIONAL: Final = BondKind(
    name="conditional_hydrogen_bond",
    flag_meaning="",
    count_meaning="",
    word="conditional",
    legend="H-bond if flipped or protonated",
    tag="",
    rank=5,
    map_marker="v",
    line=Line(dashes=(1.4, 2.4), width_pt=0.9),
    stick=Stick(
        group="conditional",
        radius_a=0.05,
        dash_a=0.15,
        gap_a=0.35,
        colour="#808080",
        chimerax_dashes=4,
        chimerax_radius_a=0.06,
    ),
)


def by_rank() -> tuple[BondKind, ...]:
    """All kinds and the conditional hydrogen bond, those first that are shown before others."""
    return tuple(sorted((*KINDS.values(), CONDITIONAL), key=lambda kind: kind.rank))


def drawn_kinds() -> tuple[BondKind, ...]:
    """Those `by_rank` that have a line on paper."""
    return tuple(kind for kind in by_rank() if kind.line)


def named_kinds() -> tuple[BondKind, ...]:
    """Kinds that are named pair by pair, compared between entries and drawn on the page."""
    return tuple(kind for kind in KINDS.values() if kind.map_marker)


def sticks() -> tuple[Stick, ...]:
    """All ways in which scenes draw bonds."""
    kinds = (*KINDS.values(), CONDITIONAL)
    return tuple(kind.stick for kind in kinds if kind.stick)


def kind_shown(row: Mapping[str, Any]) -> BondKind:
    """
    Of the kinds that a row of the table ``bonds`` is, the one by which it is shown.

    A salt bridge holds as it stands, though as a hydrogen bond it may need a flip.
    """
    kind = next(kind for kind in by_rank() if row.get(f"is_{kind.name}"))
    is_conditional = row["needs_flip"] or row["needs_protonation"]
    return CONDITIONAL if kind.name == "hydrogen_bond" and is_conditional else kind


def listed(names: Sequence[str]) -> str:
    """Write ``a, b or c``."""
    return f"{', '.join(names[:-1])} or {names[-1]}"
