"""One residue of an interface with all that touches it, atom by atom, laid flat."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components, shortest_path

from il2struct.arrays import FloatArray, IndexArray
from il2struct.bond_kinds import CONDITIONAL, KINDS, kind_shown
from il2struct.errors import ParameterError
from il2struct.figures.canvas import (
    EDGE_COLOUR,
    MM_PER_POINT,
    OUTLINE,
    TALLEST_MM,
    Look,
    blank_inset,
    key_height_mm,
    key_places,
    size_mm,
    widest_mm,
    width_mm,
)
from il2struct.figures.drawing import Drawing, file_stem, interface_key, keyed_frame
from il2struct.figures.interface.bond_ladder import CONTACT_A, LINES, WORDS, line_look
from il2struct.figures.interface.residues import (
    MAIN_CHAIN,
    ResidueKey,
    ShownResidue,
    direct_bonds,
    key_of,
    numbering_note,
    shown_residues,
)
from il2struct.figures.options import current
from il2struct.figures.picture import (
    TextRoom,
    keep_off,
    principal_axes,
    square,
    turned_about_first,
    write_near,
)
from il2struct.figures.words import (
    one_interface,
    pair_name,
    place_name,
    side_colours,
    side_name,
    summary_row,
    unescaped,
)
from il2struct.palette import Palette
from il2struct.results.interfaces import InterfaceResults
from il2struct.structure.model import Atoms, Side
from il2struct.structure.named import NamedEntry
from il2struct.tables import records

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Heavy atoms of one residue nearer than this are joined by a covalent bond, in Å (C-S 1.82).
COVALENT_A: Final = 2.0
#: Distances on paper in Å: each step along a chain, of a bond between two residues, of the least
#: between other atoms of two residues, of a mark of a contact from its atom and from anything else.
STEP_A: Final = 1.3
BOND_A: Final = 3.3
APART_A: Final = 3.4
MARK_A: Final = 3.6
MARK_APART_A: Final = 4.2
#: How much those of bonds and angles count, those farther along a chain, those between residues.
STIFF: Final = 6.0
LOOSE: Final = 0.15
BETWEEN: Final = 1.5
#: Atoms are pressed flat in these steps, from so many sides; two lines that cross count as much.
FLATTENING: Final = (0.1, 1.0, 30.0)
N_SIDES: Final = 4
CROSSING: Final = 25.0
#: Steps at each pressure; part of the way gone at once, and of the speed that is kept.
N_STEPS: Final = 250
STEP: Final = 0.25
MOMENTUM: Final = 0.85
#: Largest scale in mm per Å; what is free around, in mm.
MM_PER_A: Final = 7.0
MARGIN_MM: Final = 6.0
#: From this width on the key stands beside the drawing.
WIDE_MM: Final = 140.0
EDGE_MM: Final = 2.0
#: Colours of the elements (Jmol's, nitrogen and sulfur darker), radii in mm.
ELEMENTS: Final = {"C": "#404040", "N": "#3050F8", "O": "#FF0D0D", "S": "#C8A800"}
OTHER_ELEMENT: Final = "#808080"
ATOM_MM: Final = 0.75
#: Text keeps so far from the middle of a line, in mm.
LINE_MM: Final = 0.6
#: Half of the angle of a mark of a contact in degrees, its radius, and the length of its spikes in Å.
ARC_DEG: Final = 60.0
ARC_A: Final = 0.9
SPIKE_A: Final = 0.35
N_SPIKES: Final = 7
MARK_LOOK: Final[Look] = {"colors": "#505050", "linewidths": 0.7}
#: Names of residues and atoms in points.
NAME_PT: Final = 7.0
ATOM_PT: Final = 5.5
KEY_APART_MM: Final = 9.0
CONTACT_WORDS: Final = f"residue within {CONTACT_A:g} Å without a bond"

#: Two atoms by their places in `Flat`.
_Pair: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bond:
    """A bond between two atoms of different residues; the table's distance in Å."""

    atoms: _Pair
    kind: str
    distance_a: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """A residue that touches an atom without a bond."""

    residue: ShownResidue
    atom: int
    partner_atom: str
    distance_a: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Flat:
    """
    Residues drawn atom by atom, the chosen one first, and what joins and touches it.

    `of_residue` is the row in `residues` of each atom, `rings` its ring system; `places` are those of the atoms, then of the
    touching residues, on paper in Å, the widest way to the right.
    """

    residues: tuple[ShownResidue, ...]
    sides: tuple[int, ...]
    of_residue: IndexArray
    names: tuple[str, ...]
    elements: tuple[str, ...]
    covalent: tuple[_Pair, ...]
    rings: IndexArray
    bonds: tuple[Bond, ...]
    touches: tuple[Touch, ...]
    places: FloatArray

    @property
    def n_atoms(self) -> int:
        """Atoms; marks of contacts follow them in `places`."""
        return len(self.names)

    def ends(self, bond: Bond, at: FloatArray) -> FloatArray:
        """Return the ends of a bond's line among places of atoms; of rings their centres, where these are joined."""
        joins_rings = KINDS.get(bond.kind, CONDITIONAL).length != "distance_a"
        rows = [
            np.flatnonzero(self.rings == self.rings[k]) if joins_rings else [k]
            for k in bond.atoms
        ]
        return np.array([at[own].mean(axis=0) for own in rows])


def hot_spot(
    results: InterfaceResults,
    *,
    interface: int | str | None = None,
    residue: str | None = None,
    palette: Palette | None = None,
    width: str | float = "single",
) -> Drawing:
    """
    Draw one residue with the atoms that it is bonded to, and what else touches it, laid flat.

    Parameters
    ----------
    results : InterfaceResults
    interface : int or str, optional
        Place or id of the interface where `results` holds several.
    residue : str, optional
        As figures name it, ``"R38"``, with the chain before it where several have one, ``"A R38"``, and
        the symmetry operator where these are images of one chain, ``"A 2_555 R38"``.
        By default the one with bonds to most residues; of several the most buried.
    palette : Palette, optional
    width : str or float
        ``"single"``, ``"double"`` or mm.

    Returns
    -------
    Drawing

    Raises
    ------
    ParameterError
        If there is no such interface or residue, or the residue touches nothing.
    """
    one = one_interface(results, interface)
    row = summary_row(one)
    flat = _flat(one, residue)
    chosen, side = flat.residues[0], flat.sides[0]
    if not (flat.bonds or flat.touches):
        raise ParameterError(
            f"{chosen.name} of {place_name(row)} has no bond and no residue within {CONTACT_A:g} Å "
            "to draw; choose another with residue=."
        )
    who = f"{side_name(row, side)} {chosen.label}"
    bonded = [
        f"{b.distance_a:.1f} Å from {flat.names[first]} to {flat.residues[k].name} {flat.names[second]}"
        for b in flat.bonds
        for first, second in [b.atoms]
        for k in [int(flat.of_residue[second])]
    ]
    touching = [f"{t.residue.name} {t.distance_a:.1f} Å" for t in flat.touches]
    kinds = ", ".join(dict.fromkeys(WORDS[b.kind] for b in flat.bonds))
    colours = side_colours(one, palette)
    sides = {side_name(row, n): colours[n - 1] for n in sorted({*flat.sides})}
    if len({*sides.values()}) == 1:  # as of two copies of one chain
        sides = {", ".join(sides): colours[flat.sides[0] - 1]}
    key = _key(flat, sides)
    wide = width_mm(width)
    page = _page(flat, key, wide)
    return Drawing(
        name=file_stem("hot_spot", *interface_key(row), chosen.name),
        kind="hot_spot",
        title=f"{unescaped(who)} in the interface {unescaped(pair_name(row))} of {place_name(row)}",
        alt=(
            f"Atoms of {unescaped(who)}, which buries {chosen.buried_a2:.0f} Å², and of the residues it "
            f"is bonded to ({kinds or 'no bonds'}): {'; '.join(bonded) or 'none'}. "
            f"Touching without a bond: {', '.join(touching) or 'none'}."
        ),
        caption=(
            f"{unescaped(who)} of {place_name(row)} and what it touches across the interface, laid flat: "
            "covalent bonds and angles as they are, the rest unfolded. Thick lines: covalent bonds in the colour of "
            "the chain; a residue's main chain, or its side chain, is left out where it takes no part. Numbers: distances in Å "
            f"as in the structure, bonds by {row['preset']}, those through waters left out; of rings that of their centres. Spiked arcs: "
            f"residues within {CONTACT_A:g} Å of an atom without a bond to it, with the shortest distance in Å. "
            f"{numbering_note(flat.residues)}"
        ),
        table=keyed_frame("figure_hot_spot", row, _rows(flat)),
        width=width,
        height_mm=page.height_mm,
        paint=lambda ax: _draw(ax, flat, who, colours, key),
        key_mm=page.foot_mm,
        key=tuple(key) if page.foot_mm else (),
    )


def _flat(one: InterfaceResults, wanted: str | None) -> Flat:
    """Gather the chosen residue, its partners and what else touches it, and lay them flat."""
    rows = direct_bonds(one, with_waters=False)
    shown = [shown_residues(one, side, rows) for side in (1, 2)]
    side, chosen = _chosen(shown, rows, wanted)
    across = 3 - side
    others = {r.key: r for r in shown[across - 1]}

    def of_chosen(
        rows: Sequence[dict[str, Any]], atom: str
    ) -> list[tuple[ResidueKey, str, str, dict[str, Any]]]:
        """Rows of the chosen residue, with the other residue, and the atoms of both."""
        return [
            (key_of(r, f"_{across}"), r[f"{atom}_{side}"], r[f"{atom}_{across}"], r)
            for r in rows
            if key_of(r, f"_{side}") == chosen.key
        ]

    own = of_chosen(rows, "atom_name")
    partners = list(dict.fromkeys(key for key, *_ in own))
    near = [
        each
        for each in of_chosen(records(one.contacts), "closest_atom")
        if each[0] not in partners and each[3]["distance_a"] <= CONTACT_A
    ]
    near.sort(key=lambda each: float(each[3]["distance_a"]))
    residues = (chosen, *(others[key] for key in partners))
    sides = (side, *[across] * len(partners))
    needed = [
        {here for _, here, _, _ in (*own, *near)},
        *({there for k, _, there, _ in own if k == key} for key in partners),
    ]
    atoms = [
        _atoms(one.named, one[0].sides[n - 1], residue.key, names)
        for n, residue, names in zip(sides, residues, needed, strict=True)
    ]
    names = [name for each in atoms for name in each.atom_name.tolist()]
    of_residue = np.repeat(np.arange(len(atoms)), [len(each) for each in atoms])
    pairs = zip(of_residue.tolist(), names, strict=True)
    place = {pair: k for k, pair in enumerate(pairs)}
    bonds = tuple(
        Bond(
            atoms=(place[0, here], place[1 + partners.index(key), there]),
            kind=kind.name,
            distance_a=float(r[kind.length]),
        )
        for key, here, there, r in own
        for kind in [kind_shown(r)]
    )
    touches = tuple(
        Touch(
            residue=others[key],
            atom=place[0, here],
            partner_atom=there,
            distance_a=float(r["distance_a"]),
        )
        for key, here, there, r in near
    )
    # Marks of contacts begin where the atom is that touches.
    marks = [
        found.coords[found.atom_name == there][:1]
        for key, _, there, _ in near
        for found in [_atoms(one.named, one[0].sides[across - 1], key, {there})]
    ]
    start = np.concatenate([*(each.coords for each in atoms), *marks])
    covalent = _covalent(start[: len(names)], of_residue)
    flat = Flat(
        residues=residues,
        sides=sides,
        of_residue=of_residue,
        names=tuple(names),
        elements=tuple(e for each in atoms for e in each.element.tolist()),
        covalent=covalent,
        rings=_rings(len(names), covalent),
        bonds=bonds,
        touches=touches,
        places=np.empty((0, 2)),
    )
    return replace(flat, places=_laid_flat(flat, start))


def _chosen(
    sides: Sequence[Sequence[ShownResidue]],
    rows: Sequence[dict[str, Any]],
    wanted: str | None,
) -> tuple[int, ShownResidue]:
    """Side and residue that are drawn."""
    every = [(n, r) for n, side in enumerate(sides, start=1) for r in side]
    if wanted is not None:
        found = [
            (n, r)
            for n, r in every
            if wanted.upper() in (name.upper() for name in _called(r))
        ]
        if len(found) != 1:
            # The longest name tells any two apart.
            there = ", ".join(_called(r)[2 if found else 1] for _, r in found or every)
            raise ParameterError(
                f"{'more than one' if found else 'no'} residue of the interface is "
                f"{wanted!r}; there are {there}."
            )
        return found[0]
    if not every:
        raise ParameterError("no residue of the interface touches the other side.")

    def n_partners(side: int, key: ResidueKey) -> int:
        return len(
            {key_of(r, f"_{3 - side}") for r in rows if key_of(r, f"_{side}") == key}
        )

    return max(
        every, key=lambda own: (n_partners(own[0], own[1].key), own[1].buried_a2)
    )


def _called(residue: ShownResidue) -> tuple[str, str, str]:
    """Names of a residue: alone, with its chain, and with the symmetry operator too."""
    chain, operator, *_ = residue.key
    name = residue.name.removeprefix(f"{chain} ")
    return name, f"{chain} {name}", f"{chain} {operator} {name}"


def _atoms(named: NamedEntry, side: Side, key: ResidueKey, needed: set[str]) -> Atoms:
    """Heavy atoms of a residue, without the part of the chain that does nothing."""
    atoms, residues = side.atoms, named.entry.residues
    row = side.residue_row(atoms.residue_index)
    codes = np.array([image.symmetry_code for image in side.images])
    chain, code, number, ins_code = key
    own = (
        (residues.auth_asym_id[row] == chain)
        & (residues.auth_number[row] == number)
        & (residues.ins_code[row] == ins_code)
        & (codes[side.image_of(atoms.residue_index)] == code)
        & ~atoms.is_hydrogen
    )
    is_main = np.isin(atoms.atom_name, [*MAIN_CHAIN])
    is_alpha = atoms.atom_name == "CA"
    if not needed & (MAIN_CHAIN - {"CA"}):
        own &= ~is_main | is_alpha
    elif not needed - MAIN_CHAIN:
        own &= is_main
    return atoms.select(own)


def _covalent(coords: FloatArray, of_residue: IndexArray) -> tuple[_Pair, ...]:
    """Atoms of one residue that are joined."""
    apart = np.linalg.norm(coords[:, None] - coords, axis=2)
    joined = (apart < COVALENT_A) & (of_residue[:, None] == of_residue)
    first, second = np.nonzero(np.triu(joined, 1))
    return tuple(zip(first.tolist(), second.tolist(), strict=True))


def _graph(n_atoms: int, edges: Sequence[_Pair]) -> "csr_matrix":
    first, second = np.array([*edges], dtype=np.int64).reshape(-1, 2).T
    return csr_matrix((np.ones(len(first)), (first, second)), shape=(n_atoms, n_atoms))


def _rings(n_atoms: int, edges: Sequence[_Pair]) -> IndexArray:
    """Ring system of each atom; atoms of none have one of their own."""
    whole, _ = connected_components(_graph(n_atoms, edges), directed=False)
    in_ring = [
        edge
        for edge in edges
        if connected_components(
            _graph(n_atoms, [e for e in edges if e != edge]), directed=False
        )[0]
        == whole
    ]
    label: IndexArray = connected_components(_graph(n_atoms, in_ring), directed=False)[
        1
    ]
    return label


def _laid_flat(flat: Flat, coords: FloatArray) -> FloatArray:
    """
    Lay atoms and marks of contacts flat, as true to covalent geometry as a plane allows.

    Springs hold bonds and angles at their lengths, stretch chains, and keep atoms of different
    residues apart; the third coordinate is pressed to 0 little by little, from several sides, and
    the flattest drawing with fewest crossing lines is taken.
    """
    n_atoms = flat.n_atoms
    steps = shortest_path(_graph(n_atoms, flat.covalent), directed=False)
    true = np.linalg.norm(coords[:n_atoms, None] - coords[:n_atoms], axis=2)
    same = flat.of_residue[:, None] == flat.of_residue
    stiff = same & ((steps <= 2) | (flat.rings[:, None] == flat.rings))
    # Wished distances of all pairs, atoms first and then marks; those of a floor may be larger.
    shape = (len(coords), len(coords))
    apart, weight = np.full(shape, MARK_APART_A), np.full(shape, BETWEEN)
    is_floor = np.ones(shape, dtype=np.bool_)
    atoms = np.s_[:n_atoms, :n_atoms]
    unfolded = np.where(same, STEP_A * np.minimum(steps, n_atoms), APART_A)
    apart[atoms] = np.where(stiff, true, unfolded)
    weight[atoms] = np.select([stiff, same], [STIFF, LOOSE], BETWEEN)
    is_floor[atoms] = ~same
    held = [(bond.atoms, BOND_A) for bond in flat.bonds]
    held += [((t.atom, n_atoms + n), MARK_A) for n, t in enumerate(flat.touches)]
    for (i, j), long in held:
        apart[[i, j], [j, i]], is_floor[[i, j], [j, i]] = long, False

    def pulled(places: FloatArray, pressed: float) -> tuple[FloatArray, float]:
        """Where each point wants to go, by the mean of its springs, and their energy."""
        between = places[:, None] - places
        length = np.sqrt((between**2).sum(axis=2)) + 1e-9
        off = length - apart
        held = np.where(is_floor & (off > 0.0), 0.0, weight)
        np.fill_diagonal(held, 0.0)
        pull = ((held * off / length)[..., None] * between).sum(axis=1)
        total = held.sum(axis=1)[:, None] + np.array([0.0, 0.0, pressed])
        pull[:, 2] += pressed * places[:, 2]
        return -pull / total, float((held * off**2).sum())

    start = coords - coords.mean(axis=0)
    axes = principal_axes(start)
    lines = (*flat.covalent, *(bond.atoms for bond in flat.bonds))
    lines += tuple((t.atom, n_atoms + n) for n, t in enumerate(flat.touches))
    best, found = np.inf, start[:, :2]
    for number in range(N_SIDES):
        view = turned_about_first(axes, np.pi * number / N_SIDES)
        places, speed = start @ view.T, np.zeros_like(start)
        for pressed in FLATTENING:
            for _ in range(N_STEPS):
                way, strain = pulled(places, pressed)
                speed = MOMENTUM * speed + STEP * way
                places = places + speed
        places = places[:, :2]
        cost = strain + CROSSING * _n_crossing(places, lines)
        if cost < best - 1e-6:
            best, found = cost, places
    around = found - found.mean(axis=0)
    turned: FloatArray = around @ principal_axes(around).T
    return turned


def _n_crossing(places: FloatArray, lines: Sequence[_Pair]) -> int:
    """Count the pairs of lines that cross and share no end."""

    def left_of(a: FloatArray, b: FloatArray, c: FloatArray) -> bool:
        return bool((b[0] - a[0]) * (c[1] - a[1]) > (b[1] - a[1]) * (c[0] - a[0]))

    count = 0
    for (i, j), (k, m) in combinations(lines, 2):
        if len({i, j, k, m}) == 4:
            a, b, c, d = places[[i, j, k, m]]
            count += left_of(a, b, c) != left_of(a, b, d) and left_of(
                c, d, a
            ) != left_of(c, d, b)
    return count


def _rows(flat: Flat) -> list[dict[str, Any]]:
    """Rows of the figure's table: atoms, bonds and contacts."""
    residue = [flat.residues[k].name for k in flat.of_residue]
    rows: list[dict[str, Any]] = [
        {"mark": "atom", "residue_1": r, "atom_1": name, "x_a": x, "y_a": y}
        for r, name, (x, y) in zip(
            residue, flat.names, flat.places[: flat.n_atoms].tolist(), strict=True
        )
    ]
    rows += [
        {
            "mark": "bond",
            "kind": b.kind,
            "residue_1": residue[first],
            "atom_1": flat.names[first],
            "residue_2": residue[second],
            "atom_2": flat.names[second],
            "distance_a": b.distance_a,
        }
        for b in flat.bonds
        for first, second in [b.atoms]
    ]
    rows += [
        {
            "mark": "contact",
            "residue_1": residue[t.atom],
            "atom_1": flat.names[t.atom],
            "residue_2": t.residue.name,
            "atom_2": t.partner_atom,
            "distance_a": t.distance_a,
        }
        for t in flat.touches
    ]
    return rows


def _extent(flat: Flat) -> tuple[float, float]:
    """Width and height of the drawing in Å, marks included."""
    across, up = np.ptp(flat.places, axis=0) + 1.0
    return max(float(across), 8.0), max(float(up), 6.0)


def _key(flat: Flat, colours: dict[str, str]) -> dict[str, Look | None]:
    """Entries of the key: sides, elements, kinds of line, and marks of contacts, which have no look."""
    elements = [e if e in ELEMENTS else "other" for e in flat.elements]
    kinds = {b.kind for b in flat.bonds}
    return {
        **{name: {"color": c, "linewidth": 1.9} for name, c in colours.items()},
        **{e: _ball(e) for e in (*ELEMENTS, "other") if e in elements},
        **{WORDS[kind]: line_look(kind) for kind in LINES if kind in kinds},
        **({CONTACT_WORDS: None} if flat.touches else {}),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """Width of the drawing, what its key takes below it, both with the key's places, and the scale."""

    drawing_mm: float
    foot_mm: float
    places: Sequence[tuple[float, float]]
    mm_per_a: float
    height_mm: float


def _page(
    flat: Flat, key: Collection[str], wide_mm: float, tall_mm: float = TALLEST_MM
) -> _Page:
    """Lay out drawing and key, beside each other where the page is wide."""
    is_wide = wide_mm >= WIDE_MM
    room = KEY_APART_MM + widest_mm(key) if is_wide else wide_mm - 2 * EDGE_MM
    places = key_places([*key], room, apart=KEY_APART_MM)
    foot = 0.0 if is_wide else key_height_mm(places)
    drawing = wide_mm - (room + EDGE_MM if is_wide else 0.0)
    across, up = _extent(flat)
    scale = min(
        MM_PER_A,
        (drawing - 2 * MARGIN_MM) / across,
        (tall_mm - foot - 2 * MARGIN_MM) / up,
    )
    return _Page(
        drawing_mm=drawing,
        foot_mm=foot,
        places=places,
        mm_per_a=scale,
        height_mm=up * scale + 2 * MARGIN_MM + foot,
    )


def _draw(
    ax: "Axes",
    flat: Flat,
    who: str,
    colours: tuple[str, str],
    key: dict[str, Look | None],
) -> None:
    width, height = size_mm(ax)
    page = _page(flat, key, width, height)
    box = (0.0, page.foot_mm, page.drawing_mm, max(height - page.foot_mm, 1.0))
    shown = blank_inset(ax, box)
    shown.set_label("hot spot")
    scale = page.mm_per_a
    low, high = flat.places.min(axis=0), flat.places.max(axis=0)
    # In mm, the drawing in the middle.
    at = (flat.places - (low + high) / 2) * scale + np.array([box[2], box[3]]) / 2
    room = TextRoom(
        ax=shown, inside=(EDGE_MM, 0.5, box[2] - EDGE_MM, box[3] - 0.5), per_mm=1.0
    )
    room.taken.extend(square(point, ATOM_MM + 0.2) for point in at[: flat.n_atoms])
    _draw_covalent(shown, flat, at, colours, room)
    _draw_bonds(shown, flat, at, room)
    _draw_touches(shown, flat, at, scale, room)
    for number, residue in enumerate(flat.residues):
        own = at[: flat.n_atoms][flat.of_residue == number]
        look: Look = {"fontsize": NAME_PT, "fontweight": "bold", "zorder": 7}
        x, y = own.mean(axis=0).tolist()
        write_near(room, (x, y), residue.label if number else who, look)
    named = {
        k
        for b in flat.bonds
        for k, end in zip(b.atoms, flat.ends(b, at), strict=True)
        if np.allclose(end, at[k])
    }
    for k in sorted(named):
        x, y = at[k].tolist()
        write_near(room, (x, y), flat.names[k], {"fontsize": ATOM_PT, "zorder": 7})
    tall = key_height_mm(page.places)
    left, base = EDGE_MM, 0.0
    if not page.foot_mm:
        left, base = page.drawing_mm, (height - tall) / 2
    _draw_key(blank_inset(ax, (left, base, width - left, tall)), key, page.places)


def _draw_covalent(
    shown: "Axes",
    flat: Flat,
    at: FloatArray,
    colours: tuple[str, str],
    room: TextRoom,
) -> None:
    from matplotlib.collections import LineCollection

    for wide, zorder, is_edge in ((2.6, 2, True), (1.9, 3, False)):
        lines = [at[[i, j]] for i, j in flat.covalent]
        drawn = [
            EDGE_COLOUR if is_edge else colours[flat.sides[flat.of_residue[i]] - 1]
            for i, _ in flat.covalent
        ]
        shown.add_collection(
            LineCollection(
                lines, colors=drawn, linewidths=wide, zorder=zorder, capstyle="round"
            )
        )
    for i, j in flat.covalent:
        keep_off(room, at[[i, j]], (0.25, 0.5, 0.75), LINE_MM)
    for element in dict.fromkeys(flat.elements):
        own = [k for k, e in enumerate(flat.elements) if e == element]
        shown.scatter(*at[own].T, zorder=4, **_ball(element)).set_gid(element)


def _ball(element: str) -> Look:
    size = (2 * ATOM_MM / MM_PER_POINT) ** 2
    if element == "C":
        size *= 0.5
    colour = ELEMENTS.get(element, OTHER_ELEMENT)
    return {"s": size, "facecolors": colour, **OUTLINE}


def _draw_bonds(shown: "Axes", flat: Flat, at: FloatArray, room: TextRoom) -> None:
    for bond in flat.bonds:
        ends = flat.ends(bond, at)
        shown.plot(*ends.T, zorder=1, label=f"_{bond.kind}", **line_look(bond.kind))
        # The number stands in the middle.
        parts = (0.12, 0.24, 0.36, 0.64, 0.76, 0.88)
        keep_off(room, ends, parts, LINE_MM)
    for bond in flat.bonds if current().numbers else ():
        x, y = flat.ends(bond, at).mean(axis=0).tolist()
        paper: Look = {"facecolor": "white", "edgecolor": "none", "pad": 0.3}
        look: Look = {"fontsize": ATOM_PT, "zorder": 5, "bbox": paper}
        write_near(room, (x, y), f"{bond.distance_a:.1f}", look)


def _draw_touches(
    shown: "Axes", flat: Flat, at: FloatArray, scale: float, room: TextRoom
) -> None:
    from matplotlib.collections import LineCollection

    lines = []
    for touch, there in zip(flat.touches, at[flat.n_atoms :], strict=True):
        arc = _arc(at[touch.atom] - there)
        lines += [there + scale * stroke for stroke in arc]
        strokes = there + scale * np.concatenate(arc)
        (left, low), (right, high) = strokes.min(axis=0), strokes.max(axis=0)
        room.taken.append((float(left), float(low), float(right), float(high)))
    shown.add_collection(LineCollection(lines, label="_touch", zorder=2, **MARK_LOOK))
    for touch, there in zip(flat.touches, at[flat.n_atoms :], strict=True):
        x, y = there.tolist()
        number = f" {touch.distance_a:.1f}" if current().numbers else ""
        words = f"{touch.residue.label}{number}"
        write_near(room, (x, y), words, {"fontsize": ATOM_PT, "zorder": 7})


def _arc(towards: FloatArray) -> list[FloatArray]:
    """Strokes of a mark of a contact that looks in a direction, around its middle, in Å."""
    facing = np.arctan2(towards[1], towards[0])
    turns = facing + np.radians(np.linspace(-ARC_DEG, ARC_DEG, 15))
    bow = np.column_stack([np.cos(turns), np.sin(turns)])
    rays = np.radians(np.linspace(-ARC_DEG, ARC_DEG, N_SPIKES)) + facing
    out = np.column_stack([np.cos(rays), np.sin(rays)])
    return [ARC_A * bow, *(np.outer([ARC_A, ARC_A + SPIKE_A], ray) for ray in out)]


def _draw_key(
    panel: "Axes", key: dict[str, Look | None], places: Sequence[tuple[float, float]]
) -> None:
    from matplotlib.collections import LineCollection

    panel.set_label("key")
    for (text, look), (x, y) in zip(key.items(), places, strict=True):
        if look is None:
            strokes = [
                s * 1.8 + np.array([x + 2.2, y - 1.6])
                for s in _arc(np.array([0.0, 1.0]))
            ]
            panel.add_collection(LineCollection(strokes, **MARK_LOOK))
        elif "s" in look:
            panel.scatter([x + 4.5], [y], **look)
        else:
            panel.plot([x, x + 5.5], [y, y], **look)
        panel.text(x + 6.5, y, text, va="center", fontsize=6)
