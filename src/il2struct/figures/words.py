"""Words on figures: names of interfaces, sides and residues, safe to draw."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from il2struct.errors import ParameterError
from il2struct.palette import Palette
from il2struct.results.interfaces import InterfaceResults
from il2struct.results.views import called, with_names
from il2struct.structure.complexes import Member
from il2struct.structure.family import Role, symbol_of
from il2struct.structure.ligands import is_ligand_name
from il2struct.structure.named import NamedEntry
from il2struct.tables import records

#: Names of chains longer than this are cut.
LONGEST_NAME: Final = 24
#: What an entry calls a chain stands in figures only if it is as short as this: cut names say less
#: than the chain, and axes have no room for them. And chains behind it longer than this are cut.
LONGEST_CALLED: Final = 14
LONGEST_CHAINS: Final = 6
#: Scripts that the fonts of the figures hold.
_DRAWN: Final = (range(0x20, 0x250), range(0x370, 0x400), range(0x2010, 0x2240))


def safe(text: str, *, longest: int = LONGEST_NAME) -> str:
    r"""
    Make text of a file safe to draw: no mathematics, no signs that the fonts lack.

    Examples
    --------
    >>> safe("A$B")
    'A\\$B'
    """
    kept = [
        c if c.isprintable() and any(ord(c) in drawn for drawn in _DRAWN) else "?"
        for c in text
    ]
    if len(kept) > longest:
        kept = [*kept[: longest - 1], "…"]
    return "".join(kept).replace("$", r"\$")


def plain(text: str) -> str:
    """Return text of a file for sentences: `safe`, and a dollar sign stays one."""
    return unescaped(safe(text))


def unescaped(text: str) -> str:
    """Turn what is safe to draw into words for sentences."""
    return text.replace(r"\$", "$")


def one_interface(
    results: InterfaceResults, interface: int | str | None
) -> InterfaceResults:
    """
    Choose one interface of several, so that its tables speak of nothing else.

    By its place in `results` or by its id, ``"IL2/IL2RA"``, or ``"1:IL2/IL2RA"`` with the complex.
    """
    names = [f"{i.complex_id}:{i.interface_id}" for i in results]
    found = list(range(len(results)))
    if isinstance(interface, str):
        short = [i.interface_id for i in results]
        found = [n for n in found if interface in (names[n], short[n])]
    elif interface is not None:
        found = [interface] if -len(results) <= interface < len(results) else []
    if len(found) != 1:
        there = ", ".join(names) or "none"
        asked = "none is chosen" if interface is None else f"{interface!r} is asked for"
        raise ParameterError(
            f"a figure shows one interface, and {asked} of {there}; "
            "choose one with interface=."
        )
    if len(results) == 1:  # with the tables that it may have made already
        return results
    return InterfaceResults(results.named, (results.items[found[0]],))


def summary_rows(results: InterfaceResults) -> list[dict[str, Any]]:
    """Return the rows of the table ``interfaces`` with what their chains are called."""
    rows = with_names(records(results.table), results.named.names)
    return [dict(row) for row in rows]


def summary_row(one: InterfaceResults) -> dict[str, Any]:
    """Return the row of a single interface."""
    (row,) = summary_rows(one)
    return row


def chains_name(chains: Sequence[str], called: str = "") -> str:
    """
    Name chains by what the entry calls them, ``barnase A``, if that is short, else ``chain A``.

    Examples
    --------
    >>> chains_name(["A"], "barnase"), chains_name(["H", "L"], "IgG1-kappa D1.3 Fv")
    ('barnase A', 'chains H, L')
    >>> chains_name(["FRH:A201"])
    'FRH A201'
    """
    if all(is_ligand_name(chain) for chain in chains):
        return safe(", ".join(chains).replace(":", " "))
    if 0 < len(called) <= LONGEST_CALLED:
        return f"{safe(called)} {safe(', '.join(chains), longest=LONGEST_CHAINS)}"
    word = "chain" if len(chains) == 1 else "chains"
    return safe(f"{word} {', '.join(chains)}")


def member_name(named: NamedEntry, member: Member) -> str:
    """Return what a chain is called on a picture: its role, else as `chains_name` does."""
    if member.role is not Role.UNKNOWN:
        return symbol_of(member.role.value)
    chains = [member.image.auth_asym_id]
    return chains_name(chains, called(named, chains))


def side_name(row: dict[str, Any], side: int) -> str:
    """Return what side 1 or 2 is called: ``IL-2Rα``, without a role ``barnase A`` or ``chain A``."""
    roles = str(row[f"role_{side}"]).split(",")
    chains = str(row[f"auth_asym_id_{side}"]).split(",")
    if Role.UNKNOWN.value in roles:
        name = chains_name(chains, str(row.get(f"name_{side}") or ""))
    else:
        name = roles_name(roles, " + ")
    # Two sides of one role are told apart by their chains.
    if row["role_1"] == row["role_2"] and Role.UNKNOWN.value not in roles:
        name += f" {safe(', '.join(chains))}"
    if str(row["operator_1"]) != str(row["operator_2"]) and side == 2:
        name += "′"
    return name


def pair_name(row: dict[str, Any]) -> str:
    """Return both names: ``IL-2 / IL-2Rα``."""
    return f"{side_name(row, 1)} / {side_name(row, 2)}"


def roles_name(roles: Iterable[str], between: str = " – ") -> str:
    """Return the symbols of roles: ``γc – IL-2Rα``."""
    return between.join(symbol_of(role) for role in roles)


def place_name(row: dict[str, Any]) -> str:
    """Return where an interface stands, for sentences: ``2B5I, complex 1``."""
    entry = plain(str(row["entry_id"]))
    complex_id = row["complex_id"]
    return f"{entry}, complex {plain(str(complex_id))}" if complex_id else entry


def side_role(row: dict[str, Any], side: int) -> str:
    """Return the role of a side; ``unknown`` where its chains have several."""
    role = str(row[f"role_{side}"])
    return role if "," not in role else Role.UNKNOWN.value


def side_colour(one: InterfaceResults, side: int, palette: Palette | None) -> str:
    """Return the colour of side 1 or 2 of a single interface; of several roles that of none."""
    row, palette = summary_row(one), palette or Palette()
    if "," in str(row[f"role_{side}"]):
        return palette.of(Role.UNKNOWN.value)
    first, *_ = str(row[f"auth_asym_id_{side}"]).split(",")
    return palette.of_chains(one.named).get(first, palette.of(side_role(row, side)))


def side_colours(one: InterfaceResults, palette: Palette | None) -> tuple[str, str]:
    """Return the colours of both sides of a single interface."""
    return side_colour(one, 1, palette), side_colour(one, 2, palette)
