"""Sides chosen by hand: ``A,B/C`` by chain, ``IL2/IL2RA`` by role."""

from collections.abc import Sequence
from dataclasses import dataclass

from il2struct.errors import ParameterError, UnknownChainError
from il2struct.structure.complexes import Complex
from il2struct.structure.family import Family, Role, shipped_family
from il2struct.structure.fusions import base_name
from il2struct.structure.model import ChainImage, Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class SidePair:
    """
    Chain images of two sides and the complex they belong to.

    Attributes
    ----------
    complex_id : str
        Empty if the sides do not lie in one complex.
    images_1, images_2 : tuple of ChainImage
    label_1, label_2 : str
        How the sides are called.
    n_copies : int
        How often the pair occurs in the complex.
    """

    complex_id: str
    images_1: tuple[ChainImage, ...]
    images_2: tuple[ChainImage, ...]
    label_1: str
    label_2: str
    n_copies: int = 1


def parse_between(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """
    Split a selection into the names of its two sides.

    Parameters
    ----------
    text : str
        Chains or roles, separated by commas; the sides separated by a slash.

    Raises
    ------
    ParameterError
        If there are not two sides, or a name stands on both.

    Examples
    --------
    >>> parse_between("A,B/C")
    (('A', 'B'), ('C',))
    """
    sides = [
        tuple(name.strip() for name in side.split(",") if name.strip())
        for side in text.split("/")
    ]
    if len(sides) != 2 or not all(sides):
        raise ParameterError(
            f"--between takes two sides such as A,B/C or IL2/IL2RA, not {text!r}."
        )
    both = set(sides[0]) & set(sides[1])
    if both:
        raise ParameterError(
            f"{', '.join(sorted(both))} stands on both sides of {text!r}."
        )
    return sides[0], sides[1]


def select_pairs(
    entry: Entry,
    complexes: Sequence[Complex],
    role_of: dict[str, Role],
    text: str,
    family: Family | None = None,
) -> tuple[SidePair, ...]:
    """
    Find the sides that a selection means, in every complex that has both.

    Names are chains first, roles or their aliases (CD25, IL-2Rα) second. Chains that lie in no common complex are taken where
    the file has them, with an empty ``complex_id``.

    Parameters
    ----------
    entry : Entry
    complexes : sequence of Complex
    role_of : dict
        Role of every protein chain.
    text : str
        As for `parse_between`.
    family : Family, optional
        Whose aliases count; the shipped one by default.

    Raises
    ------
    ParameterError
        If both sides mean the same chain.
    UnknownChainError
        If a name is neither a chain nor a role of the entry.
    """
    names_1, names_2 = (
        tuple(
            _known(entry, role_of, name, family or shipped_family()) for name in names
        )
        for names in parse_between(text)
    )
    found = []
    for complex_ in complexes:
        images_1 = _images(complex_, role_of, names_1)
        images_2 = _images(complex_, role_of, names_2)
        if images_1 and images_2:
            found.append((complex_.complex_id, images_1, images_2))
    if not found:
        found = [("", _as_deposited(role_of, names_1), _as_deposited(role_of, names_2))]
    for _, images_1, images_2 in found:
        _check_apart(images_1, images_2, text)
    return tuple(
        SidePair(
            complex_id=complex_id,
            images_1=images_1,
            images_2=images_2,
            label_1=",".join(names_1),
            label_2=",".join(names_2),
        )
        for complex_id, images_1, images_2 in found
    )


def _known(entry: Entry, role_of: dict[str, Role], name: str, family: Family) -> str:
    """Name of a chain, or of the role that a text means."""
    if name in role_of or _parts(role_of, name):
        return name
    role = family.role_named(name)
    if role is not None and role in role_of.values():
        return role.value
    roles = sorted({each.value for each in role_of.values()} - {Role.UNKNOWN.value})
    available = [*role_of, *roles]
    raise UnknownChainError(name, entry_id=entry.entry_id, available=available)


def _parts(role_of: dict[str, Role], name: str) -> list[str]:
    """Parts of a chain that is divided, of which a name means all."""
    return [part for part in role_of if part != name and base_name(part) == name]


def _check_apart(
    images_1: Sequence[ChainImage], images_2: Sequence[ChainImage], text: str
) -> None:
    """Catch a chain that stands on one side by name and on the other by role."""
    both = [image_label(image) for image in images_1 if image in images_2]
    if both:
        raise ParameterError(
            f"Both sides of {text!r} mean chain {', '.join(both)}; name different chains."
        )


def _images(
    complex_: Complex, role_of: dict[str, Role], names: Sequence[str]
) -> tuple[ChainImage, ...]:
    """Images of a complex that the names mean; empty unless every name is found in it."""
    images: list[ChainImage] = []
    for name in names:
        by_chain = [m.image for m in complex_.members if m.image.auth_asym_id == name]
        # In an assembly built by symmetry a chain name means the deposited image, if it is there.
        own = [image for image in by_chain if image == ChainImage(name)] or by_chain[:1]
        by_role = [m.image for m in complex_.members if m.role.value == name]
        by_part = [
            m.image
            for m in complex_.members
            if m.image.auth_asym_id in _parts(role_of, name)
        ]
        chosen = own if name in role_of else by_part or by_role
        if not chosen:
            return ()
        images += chosen
    return tuple(dict.fromkeys(images))


def _as_deposited(
    role_of: dict[str, Role], names: Sequence[str]
) -> tuple[ChainImage, ...]:
    images = []
    for name in names:
        chains = (
            [name]
            if name in role_of
            else _parts(role_of, name)
            or [chain for chain, role in role_of.items() if role.value == name]
        )
        images += [ChainImage(chain) for chain in chains]
    return tuple(dict.fromkeys(images))


def image_label(image: ChainImage) -> str:
    """Chain name, with the symmetry code unless it is the deposited image."""
    if image == ChainImage(image.auth_asym_id):
        return image.auth_asym_id
    return f"{image.auth_asym_id}[{image.symmetry_code}]"
