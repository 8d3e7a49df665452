"""What the chains of a trajectory are, and which of them are measured against each other."""

from collections.abc import Mapping
from dataclasses import replace

from il2struct.errors import ParameterError, StructureError, UnknownChainError
from il2struct.interface.measure import SidePair, select_pairs
from il2struct.structure.complexes import Complex, Member, find_complexes
from il2struct.structure.family import Family, Role, role_rank
from il2struct.structure.model import ChainImage, Entry
from il2struct.structure.named import NamedEntry, name_entry
from il2struct.structure.neighbours import stand_in_one_place
from il2struct.structure.roles import ChainRole, residue_numbers


def parse_roles(text: str) -> dict[str, str]:
    """
    Read roles that a user gives to chains.

    Parameters
    ----------
    text : str
        ``"A=IL2,B=IL2RB"``.

    Raises
    ------
    ParameterError
        If it is not of this form, or names a chain twice.

    Examples
    --------
    >>> parse_roles("A=IL2, PROB=IL2RA")
    {'A': 'IL2', 'PROB': 'IL2RA'}
    """
    roles: dict[str, str] = {}
    for part in text.split(","):
        chain, equals, role = (piece.strip() for piece in part.partition("="))
        if not (chain and equals and role):
            raise ParameterError(
                f"--roles takes chains with their roles such as A=IL2,B=IL2RA, not {text!r}."
            )
        if chain in roles:
            raise ParameterError(f"--roles names chain {chain} twice; name it once.")
        roles[chain] = role
    return roles


def name_trajectory(
    entry: Entry,
    roles: Mapping[str, str] | None = None,
    family: Family | None = None,
) -> NamedEntry:
    """
    Find roles, numbers and complexes of the chains, as in an entry, or take the roles given.

    Parameters
    ----------
    entry : Entry
        In the reference frame.
    roles : mapping of str to str, optional
        Role by chain, for chains whose sequence does not tell.
    family : Family, optional
        What its chains can be; the shipped family by default.

    Raises
    ------
    ParameterError
        If a role is none, or contradicts the sequence.
    UnknownChainError
        If a chain is not there.
    """
    named = name_entry(entry, family)
    if not roles:
        return named
    wanted = {chain: _role(role, named.family) for chain, role in roles.items()}
    for chain in wanted:
        if chain not in named.role_of:
            raise UnknownChainError(
                chain, entry_id=entry.entry_id, available=named.role_of
            )
    changed = tuple(
        _given(found, wanted.get(found.auth_asym_id)) for found in named.roles
    )
    return replace(
        named,
        roles=changed,
        numbers=residue_numbers(entry, changed),
        complexes=find_complexes(entry, changed, named.family),
    )


def _role(name: str, family: Family) -> Role:
    role = family.role_named(name)
    if role is None:
        known = ", ".join(record.role for record in family.records)
        raise ParameterError(f"a role is one of {known}, not {name!r}.")
    return role


def _given(found: ChainRole, role: Role | None) -> ChainRole:
    """Take a role that is given; one that the sequence contradicts is a slip."""
    if role is None or found.role is role:
        return found
    if found.role is not Role.UNKNOWN:
        raise ParameterError(
            f"chain {found.auth_asym_id} is {found.role} by its sequence "
            f"({found.identity:.0%} identical), not {role}; correct or leave out its role."
        )
    return replace(found, role=role)


def sides_to_measure(
    named: NamedEntry, between: str | None = None
) -> tuple[SidePair, ...]:
    """
    List the pairs of sides that could be an interface in some frame.

    Parameters
    ----------
    named : NamedEntry
    between : str, optional
        Two groups, ``"A,B/C"`` or ``"IL2/IL2RA"``; every pair of protein chains if not given.

    Returns
    -------
    tuple of SidePair
        Pairs within a complex of the reference frame first, named as in an entry, then pairs
        across complexes, named by chains and without ``complex_id``. Chains that stand in one
        place in it are no pair.

    Raises
    ------
    StructureError
        If there is one chain only.
    ParameterError, UnknownChainError
        If the selection is malformed or names what is not there.
    """
    if between is not None:
        return select_pairs(
            named.entry, named.complexes, named.role_of, between, named.family
        )
    members = [(c, m) for c in named.complexes for m in c.members]
    if len(members) < 2:
        only = ", ".join(m.image.auth_asym_id for _, m in members)
        raise StructureError(
            f"{named.entry.entry_id} has one protein chain ({only}); an interface needs two. "
            "Give a topology that names chains or segments apart."
        )
    inside, across = [], []
    for i, (complex_1, first) in enumerate(members):
        for complex_2, second in members[i + 1 :]:
            # Poses in each other's place, of which a note tells.
            if stand_in_one_place(named.entry, (first.image, second.image)):
                continue
            if complex_1 is complex_2:
                inside.append(_pair_inside(complex_1, first, second))
            else:
                across.append(_pair_across(first, second))
    return (*inside, *across)


def _pair_inside(complex_: Complex, first: Member, second: Member) -> SidePair:
    return SidePair(
        complex_id=complex_.complex_id,
        images_1=(first.image,),
        images_2=(second.image,),
        label_1=_label(first, complex_),
        label_2=_label(second, complex_),
    )


def _label(member: Member, complex_: Complex) -> str:
    """Role where it names one member of the complex, else the chain."""
    same = [other for other in complex_.members if other.role is member.role]
    if member.role is Role.UNKNOWN or len(same) > 1:
        return member.image.auth_asym_id
    return member.role.value


def _pair_across(first: Member, second: Member) -> SidePair:
    one, two = sorted((first, second), key=lambda m: (role_rank(m.role), m.image))
    return SidePair(
        complex_id="",
        images_1=(one.image,),
        images_2=(two.image,),
        label_1=one.image.auth_asym_id,
        label_2=two.image.auth_asym_id,
    )


def chains_of(images: tuple[ChainImage, ...]) -> str:
    """Names of the chains of a side, by commas."""
    return ",".join(image.auth_asym_id for image in images)
