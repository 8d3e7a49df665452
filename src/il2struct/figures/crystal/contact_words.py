"""Words on contacts of the lattice, for labels and captions."""

import numpy as np

from il2struct.figures.crystal.crystal_row import CrystalRow, is_reversed
from il2struct.figures.words import safe, unescaped
from il2struct.lattice.measure import MeasuredContact
from il2struct.lattice.operators import triplet_with_shift
from il2struct.structure.complexes import Member
from il2struct.structure.roles import Role, symbol_of


def member_name(member: Member) -> str:
    """Return what a chain is called on a picture: its role, or its chain name."""
    if member.role is Role.UNKNOWN:
        return safe(f"chain {member.image.auth_asym_id}", longest=14)
    return symbol_of(member.role.value)


def contact_words(measured: MeasuredContact) -> str:
    """Return a contact as people write it, from γc to α: ``γc – IL-2Rα′``."""
    ends = [measured.contact.member_1, measured.contact.member_2]
    if is_reversed(measured):
        ends.reverse()
    return f"{member_name(ends[0])} – {member_name(ends[1])}′"


def operator_words(measured: MeasuredContact) -> str:
    """Return the operator of side 2 as a triplet with its code: ``x+1/2,y-1/2,z (3_545)``."""
    image = measured.contact.image_2
    name = measured.named.entry.operators[image.operator].name
    return f"{triplet_with_shift(name, image.cell_shift)} ({image.symmetry_code})"


def fit_words(measured: MeasuredContact) -> str:
    """Return the fit of a contact: ``Sc 0.62``, or that it was not computed."""
    fit = measured.interface.fit
    if fit is None:
        return "Sc not computed"
    return "Sc not defined" if np.isnan(fit.result.sc) else f"Sc {fit.result.sc:.2f}"


def copy_words(row: CrystalRow) -> str:
    """Return area, fit and operator of every copy of the contact that is followed."""
    return "; ".join(
        f"{unescaped(contact_words(m))} {m.interface.burial.area_per_side_a2:.0f} Å² "
        f"per side, {fit_words(m)}, operator {operator_words(m)}"
        for m in row.copies
    )


def repeat_words(row: CrystalRow) -> str:
    """Say how the row repeats."""
    if row.repeat is None:
        return "The contact closes and repeats in no direction."
    length = float(np.linalg.norm(row.repeat_a))
    return f"The row repeats after {length:.1f} Å (length of the translation)."
