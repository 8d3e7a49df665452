"""
Who blocks whom: how far the sites of two partners on one protein overlap, and whether they collide.

Every chain of every complex is a protein with sites; its partners are the other chains, those of one
antibody as a group, and ligands. Two partners are compared wherever they bind the same protein, in one complex or
in two: by the residues they cover, by the area they bury, and, with the protein of one laid upon
that of the other, by atoms that would stand in one place.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean
from typing import TYPE_CHECKING, Any, Final

from il2struct.arrays import BoolArray
from il2struct.comparison.complexes import (
    NamedComplex,
    distinct_entries,
    named_complexes,
)
from il2struct.comparison.similarity import superposition
from il2struct.errors import ParameterError
from il2struct.interface.burial import (
    FreeSurface,
    ResidueBurial,
    burial_between,
    free_surface,
)
from il2struct.interface.interface import InterfaceParameters, contacts_between
from il2struct.kernels.cells import neighbour_pairs
from il2struct.kernels.geometry import apply_transform
from il2struct.progress import step
from il2struct.results.entry_tables import one_word
from il2struct.results.interface_tables import residues_in_contact
from il2struct.structure.family import Role
from il2struct.structure.ligands import is_ligand_name, with_ligands
from il2struct.structure.model import ChainImage, Side, make_side
from il2struct.structure.named import NamedEntry
from il2struct.structure.neighbours import n_contact_pairs
from il2struct.tables import table_from_rows

if TYPE_CHECKING:
    import pandas as pd

#: Heavy atoms of two partners that are nearer than this in Å collide: hydrogen bonds are longer.
COLLISION_A: Final = 2.5
#: Fewer colliding pairs than this may be side chains that give way: β and γc, which bind IL-2
#: together, reach 9 when they are taken from different copies of 2B5I and 2ERJ; α and an antibody
#: that blocks it reach 870 and more.
MIN_COLLISIONS: Final = 30
#: Two poses of a protein are laid upon each other by at least so many CA atoms.
MIN_SUPERPOSED: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Site:
    """What one partner covers of a protein in one complex."""

    complex_: NamedComplex
    #: Roles, antibodies or chains; see `Common`.
    protein: str
    partner: str
    #: Of the protein.
    image: ChainImage
    partner_images: tuple[ChainImage, ...]
    #: Interface residues of the protein by common number, with the area that each loses, Å².
    buried_a2: Mapping[int, float]


def overlap_tables(
    entries: Sequence[NamedEntry],
    *,
    parameters: InterfaceParameters | None = None,
    reference: NamedEntry | None = None,
) -> Mapping[str, "pd.DataFrame"]:
    """
    Compare the sites of all partners on each protein, over all complexes of some entries.

    With a reference each of their sites with those of the reference alone. Ligands and ions are
    partners too, but for what crystallisation adds (`structure.ligands`). ``overlap`` has a row for a
    protein and two of its partners, ``overlap_copies`` for two sites, ``overlap_sites`` for a residue
    and site of the entries. Without a reference ParameterError if no protein has two partners.
    """
    parameters = parameters or InterfaceParameters()
    every = [*entries] if reference is None else [reference, *entries]
    whole = [with_ligands(named) for named in every]
    shared = None if reference is None else whole[0]
    compared = "" if shared is None else " ".join(distinct_entries(entries))
    complexes = [each for own in named_complexes(whole) for each in own]
    sites: list[Site] = []
    fabs: dict[tuple[str, ...], str] = {}
    for complex_ in complexes:
        with step(complex_.name, 1.0 / len(complexes)):
            sites += _sites(complex_, fabs, parameters)
    rows = list(_copy_rows(sites, shared))
    if not rows and shared is None:
        raise ParameterError(
            "no protein of these entries has two partners whose sites could overlap."
        )
    site_rows = [
        {
            "protein": site.protein,
            "partner": site.partner,
            "complex": site.complex_.name,
            "residue": number,
            "letter": site.complex_.letters[site.protein, number],
            "buried_a2": site.buried_a2[number],
        }
        for site in sites
        if site.complex_.named is not shared
        for number in sorted(site.buried_a2)
    ]
    return {
        "overlap": table_from_rows("overlap", _partner_rows(rows, compared)),
        "overlap_copies": table_from_rows("overlap_copies", rows),
        "overlap_sites": table_from_rows("overlap_sites", site_rows),
    }


def _groups(
    complex_: NamedComplex, fabs: dict[tuple[str, ...], str]
) -> Iterator[tuple[str, tuple[ChainImage, ...]]]:
    """Name and images of the partners of a complex: chains, both chains of an antibody, or all of a ligand."""
    entry, common = complex_.named.entry, complex_.common
    antibodies = {
        chain.auth_asym_id: chain.number
        for chain in complex_.named.antibodies
        if chain.number and complex_.named.role_of[chain.auth_asym_id] is Role.UNKNOWN
    }
    pairs: dict[int, list[ChainImage]] = defaultdict(list)
    ligands: dict[str, list[ChainImage]] = defaultdict(list)
    for member in complex_.complex_.members:
        name = member.image.auth_asym_id
        if name in antibodies:
            pairs[antibodies[name]].append(member.image)
        elif is_ligand_name(name):
            ligands[common[name].protein].append(member.image)
        else:
            yield common[name].protein, (member.image,)
    for number, images in pairs.items():
        proteins = tuple(common[image.auth_asym_id].protein for image in images)
        # The same antibody in another complex or entry keeps its first name.
        name = fabs.setdefault(proteins, f"{one_word(entry.entry_id)}:Fab {number}")
        yield name, tuple(images)
    yield from ((name, tuple(images)) for name, images in ligands.items())


def _sites(
    complex_: NamedComplex,
    fabs: dict[tuple[str, ...], str],
    parameters: InterfaceParameters,
) -> Iterator[Site]:
    entry = complex_.named.entry
    known: dict[tuple[ChainImage, ...], tuple[Side, FreeSurface]] = {}

    def placed(images: tuple[ChainImage, ...]) -> tuple[Side, FreeSurface]:
        if images not in known:
            side = make_side(entry, images, label="", role="")
            known[images] = side, free_surface(side, parameters=parameters.burial)
        return known[images]

    for one, two in combinations(_groups(complex_, fabs), 2):
        if not any(n_contact_pairs(entry, a, b) for a in one[1] for b in two[1]):
            continue
        (side_1, surface_1), (side_2, surface_2) = placed(one[1]), placed(two[1])
        contacts = contacts_between(
            side_1.atoms, side_2.atoms, cutoff_a=parameters.contact_cutoff_a
        )
        burial = burial_between(
            (side_1, side_2), (surface_1, surface_2), parameters=parameters.burial
        )
        for number, (own, other, side) in enumerate(
            ((one, two, side_1), (two, one, side_2)), start=1
        ):
            lost = burial.sides[number - 1].residues
            is_covered, _ = residues_in_contact(lost, contacts, number)
            covered = dict(_numbered(complex_, side, lost, is_covered))
            # An antibody is a partner, not a protein with sites; and a tag alone is no site.
            if len(own[1]) == 1 and covered:
                yield Site(
                    complex_=complex_,
                    protein=own[0],
                    partner=other[0],
                    image=own[1][0],
                    partner_images=other[1],
                    buried_a2=covered,
                )


def _numbered(
    complex_: NamedComplex, side: Side, lost: ResidueBurial, is_covered: BoolArray
) -> Iterator[tuple[int, float]]:
    """Give common number and buried area of the covered residues that have a number."""
    residues = complex_.named.entry.residues
    index = lost.residue_index[is_covered]
    for row, place, area in zip(
        side.residue_row(index).tolist(),
        side.image_of(index).tolist(),
        lost.buried_a2[is_covered].tolist(),
        strict=True,
    ):
        chain = side.images[place].auth_asym_id
        key = chain, int(residues.auth_number[row]), str(residues.ins_code[row])
        _, number = complex_.residues.get(key, ("", ""))
        if isinstance(number, int):
            yield number, area


def _copy_rows(
    sites: Sequence[Site], reference: NamedEntry | None
) -> Iterator[dict[str, Any]]:
    """One row for two sites of different partners on one protein, one of them the reference's if there is one."""
    for one, two in combinations(sites, 2):
        if one.protein != two.protein or one.partner == two.partner:
            continue
        n_of_reference = sum(site.complex_.named is reference for site in (one, two))
        if reference is not None and n_of_reference != 1:
            continue
        if one.complex_ is two.complex_ and one.image != two.image:
            continue  # of another copy in the same complex: the first says the same
        shared = one.buried_a2.keys() & two.buried_a2.keys()
        smaller = min(len(one.buried_a2), len(two.buried_a2))
        area = sum(min(one.buried_a2[n], two.buried_a2[n]) for n in shared)
        areas = [sum(site.buried_a2.values()) for site in (one, two)]
        motion = superposition(
            one.complex_.pose((one.image,)),
            two.complex_.pose((two.image,)),
            least=MIN_SUPERPOSED,
        )
        n_collisions = None
        if motion is not None:
            fixed = one.complex_.pose(one.partner_images).coords
            moving = two.complex_.pose(two.partner_images).coords
            moved = apply_transform(moving, motion.rotation, motion.translation)
            n_collisions = len(neighbour_pairs(fixed, moved, COLLISION_A).index_1)
        yield {
            "protein": one.protein,
            "partner_1": one.partner,
            "partner_2": two.partner,
            "complex_1": one.complex_.name,
            "complex_2": two.complex_.name,
            "n_residues_1": len(one.buried_a2),
            "n_residues_2": len(two.buried_a2),
            "n_shared": len(shared),
            "overlap_fraction": len(shared) / smaller,
            "shared_area_a2": area,
            "shared_area_fraction": area / min(areas),
            "n_collisions": n_collisions,
            "rmsd_a": math.nan if motion is None else motion.rmsd_a,
            "shared_residues": " ".join(
                f"{one.complex_.letters[one.protein, n]}{n}" for n in sorted(shared)
            ),
        }


def _partner_rows(
    rows: Sequence[Mapping[str, Any]], compared: str
) -> list[dict[str, Any]]:
    """Join what copies and entries say of two partners of one protein."""
    groups: dict[tuple[str, str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        first, second = sorted((row["partner_1"], row["partner_2"]))
        groups[row["protein"], first, second].append(row)
    joined = []
    for (protein, first, second), copies in groups.items():
        overlaps = [row["overlap_fraction"] for row in copies]
        collisions = [
            r["n_collisions"] for r in copies if r["n_collisions"] is not None
        ]
        found: dict[str, Any] = {
            "compared": compared,
            "protein": protein,
            "partner_1": first,
            "partner_2": second,
            "n_copies": len(copies),
            "n_together": sum(row["complex_1"] == row["complex_2"] for row in copies),
            "overlap_mean": fmean(overlaps),
            "overlap_minimum": min(overlaps),
            "overlap_maximum": max(overlaps),
            "shared_area_fraction_mean": fmean(
                row["shared_area_fraction"] for row in copies
            ),
            "n_collisions_minimum": min(collisions, default=None),
            "n_collisions_maximum": max(collisions, default=None),
        }
        found["verdict"] = _verdict(found)
        joined.append(found | {"sentence": _sentence(found)})
    return joined


def _verdict(row: Mapping[str, Any]) -> str:
    """Say in a few words what two partners mean for each other."""
    if row["n_together"]:
        return "bind together"
    if row["n_collisions_maximum"] is None:
        return "not superposed"
    if row["n_collisions_minimum"] >= MIN_COLLISIONS:
        return "exclude each other"
    if row["n_collisions_maximum"] >= MIN_COLLISIONS:
        return "collide in some copies"
    return "share residues" if row["overlap_maximum"] else "bind side by side"


def _sentence(row: Mapping[str, Any]) -> str:
    shared = _range(100 * row["overlap_minimum"], 100 * row["overlap_maximum"])
    text = (
        f"{row['partner_1']} and {row['partner_2']} on {row['protein']}: {row['verdict']}; "
        f"{shared} % of the smaller site is shared"
    )
    most = row["n_collisions_maximum"]
    if most is None:
        return (
            f"{text}; too few residues of {row['protein']} are in both to superpose it."
        )
    pairs = _range(row["n_collisions_minimum"], most)
    return f"{text}, {pairs} atom pairs lie within {COLLISION_A:g} Å."


def _range(least: float, most: float) -> str:
    low, high = f"{least:.0f}", f"{most:.0f}"
    return low if low == high else f"{low} to {high}"
