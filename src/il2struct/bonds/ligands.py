"""What the polar atoms of a ligand give and take, from the bond orders of a dictionary."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Final

from il2struct.structure.components import Component

#: Atoms whose double bonds make a group beside them planar and weak as a base.
CONJUGATING: Final = ("C", "N", "S", "P")


def polar_rows(component: Component) -> list[Mapping[str, str]]:
    """
    Say of each N, O and S what it can do, in rows as those of ``data/donors_acceptors.csv``.

    Groups are in the state of pH 7: carboxylic, sulphonic and phosphoric acids have lost their
    hydrogen, amines, amidines and guanidines taken one up; what is conjugated to a carbonyl, a ring
    or a sulphonyl group is no base.
    """
    element = dict(component.atoms)
    bonds: dict[str, dict[str, float]] = defaultdict(dict)
    for first, second, order in component.bonds:
        bonds[first][second] = bonds[second][first] = order
    heavy = {
        atom: {n: o for n, o in near.items() if element[n] not in ("H", "D")}
        for atom, near in bonds.items()
    }
    amidine = _amidine_nitrogens(element, heavy)
    rows: list[Mapping[str, str]] = []
    for atom, symbol in component.atoms:
        near = heavy.get(atom, {})
        n_hydrogens = len(bonds.get(atom, {})) - len(near)
        if symbol == "N":
            kind = _nitrogen(atom, element, heavy, n_hydrogens, amidine)
        elif symbol == "O":
            kind = _oxygen(atom, element, heavy, n_hydrogens)
        elif symbol == "S":
            is_acceptor = len(near) <= 2 and n_hydrogens < 2
            kind = "tetrahedral", len(near) + n_hydrogens, is_acceptor, ""
        else:
            continue
        geometry, valence, is_acceptor, charge = kind
        rows.append(
            {
                "residue": component.name,
                "atom": atom,
                "element": symbol,
                "geometry": geometry,
                "valence": str(valence),
                "is_acceptor": str(int(is_acceptor)),
                "charge": charge,
            }
        )
    return rows


def _is_unsaturated(near: Mapping[str, float]) -> bool:
    return any(order > 1.0 for order in near.values())


def _nitrogen(
    atom: str,
    element: Mapping[str, str],
    heavy: Mapping[str, Mapping[str, float]],
    n_hydrogens: int,
    amidine: set[str],
) -> tuple[str, int, bool, str]:
    near = heavy.get(atom, {})
    valence = len(near) + n_hydrogens
    if atom in amidine:
        return "trigonal", 3, False, "base"
    if _is_unsaturated(near):
        # Nitro groups and nitrogens of rings with three neighbours have no lone pair in the plane.
        return "trigonal", valence, valence < 3, ""
    if any(element[n] in CONJUGATING and _is_unsaturated(heavy[n]) for n in near):
        return "trigonal", 3, False, ""
    return "tetrahedral", 4, False, "base"


def _oxygen(
    atom: str,
    element: Mapping[str, str],
    heavy: Mapping[str, Mapping[str, float]],
    n_hydrogens: int,
) -> tuple[str, int, bool, str]:
    near = heavy.get(atom, {})
    if len(near) != 1:
        return "tetrahedral", len(near) + n_hydrogens, True, ""
    ((centre, order),) = near.items()
    if order > 1.0:
        return "trigonal", 1, True, ""
    beside_oxo = any(
        element[other] == "O" and bond > 1.0
        for other, bond in heavy[centre].items()
        if other != atom
    )
    is_acid = beside_oxo and element[centre] in ("C", "S", "P")
    if is_acid or not n_hydrogens:
        return "trigonal", 1, True, "acid" if is_acid else ""
    return "tetrahedral", 2, True, ""


def _amidine_nitrogens(
    element: Mapping[str, str], heavy: Mapping[str, Mapping[str, float]]
) -> set[str]:
    """Nitrogens of amidines and guanidines outside rings: on one carbon, one by a double bond."""
    found: set[str] = set()
    for carbon, near in heavy.items():
        nitrogens = [n for n in near if element[n] == "N"]
        is_one = element[carbon] == "C" and len(nitrogens) >= 2
        is_weak = any(
            other != carbon and (element[other] in ("O", "S", "P") or _is_unsaturated(heavy[other]))
            for n in nitrogens
            for other in heavy[n]
        )  # fmt: skip
        doubled = [n for n in nitrogens if near[n] == 2.0 and len(heavy[n]) == 1]
        if is_one and doubled and not is_weak:
            found |= {n for n in nitrogens if len(heavy[n]) < 3}
    return found
