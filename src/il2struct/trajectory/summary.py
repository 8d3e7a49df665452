"""A measured trajectory in words."""

import math
from typing import TYPE_CHECKING, Any, Final

from il2struct.bond_kinds import KINDS
from il2struct.structure.roles import symbol_of
from il2struct.tables import records

if TYPE_CHECKING:
    from il2struct.trajectory.study import TrajectoryResults

#: Bonds that are there in at least this fraction of the frames are called lasting …
LASTING: Final = 0.5
#: … and at most this many are named for each interface.
MOST_NAMED: Final = 15


def trajectory_summary(results: "TrajectoryResults") -> str:
    """
    Write what was found in words, as Markdown.

    Parameters
    ----------
    results : TrajectoryResults
    """
    totals, entry = results.totals, results.named.entry
    frames = totals.frame
    times = totals.time_ps
    span = (
        f", {times[0]:g} to {times[-1]:g} ps"
        if math.isfinite(times[-1]) and times[-1] > times[0]
        else ""
    )
    parts = [
        f"# {_plain(entry.entry_id)}: interfaces over {len(frames)} frames\n",
        f"Frames {frames[0]} to {frames[-1]} of {entry.n_models}{span}. "
        "Errors are standard errors of the means by blocking (Flyvbjerg & Petersen 1989); none is "
        "given where the frames are too few for the memory of the series.\n",
        _chains(results),
    ]
    bonds, rows = records(results.bonds), records(results.table)
    parts += [_interface(row, bonds) for row in rows]
    if not rows:
        parts.append("No two chains touch in any frame.\n")
    parts.append(_notes(results))
    return "\n".join(parts)


def _plain(value: object) -> str:
    """Text of a file without what Markdown or HTML would take for its own."""
    text = "".join(c if c.isprintable() else " " for c in str(value))
    for mark, escaped in (("&", "&amp;"), ("<", "&lt;"), ("|", "\\|"), ("`", "'")):
        text = text.replace(mark, escaped)
    return text


def _chains(results: "TrajectoryResults") -> str:
    named = [
        f"{_plain(found.auth_asym_id)} is {symbol_of(found.role.value)}"
        for found in results.named.roles
    ]
    return f"Chains: {'; '.join(named)}.\n"


def _with_error(mean: Any, error: Any, digits: int) -> str:  # noqa: ANN401  # cells of a table
    if mean is None:
        return "not worked out"
    text = f"{mean:.{digits}f}"
    return text if error is None else f"{text} ± {error:.{digits}f}"


def _interface(row: dict[str, Any], bonds: list[dict[str, Any]]) -> str:
    key = ("complex_id", "interface_id")
    own = [bond for bond in bonds if all(bond[name] == row[name] for name in key)]
    n, touching = row["n_frames"], row["n_frames_in_contact"]
    area = _with_error(row["area_per_side_mean_a2"], row["area_per_side_error_a2"], 1)
    pairs = _with_error(row["n_residue_pairs_mean"], row["n_residue_pairs_error"], 1)
    polar = _with_error(row["n_hydrogen_bond_mean"], row["n_hydrogen_bond_error"], 1)
    where = f" of complex {row['complex_id']}" if row["complex_id"] else ""
    lines = [
        f"## {_plain(row['interface_id'])}{where}\n",
        f"Chains {_plain(row['auth_asym_id_1'])} and {_plain(row['auth_asym_id_2'])} touch in "
        f"{touching} of {n} frames. Each side buries {area} Å²; {pairs} residue pairs are in "
        f"contact, with {polar} hydrogen bonds and {row['n_salt_bridge_mean']:.1f} salt-bridge "
        f"atom pairs ({_plain(row['preset'])}).",
    ]
    if row["n_sc"]:
        sc = _with_error(row["sc_mean"], row["sc_error"], 3)
        lines.append(f"Shape complementarity is {sc} over {row['n_sc']} frames.")
    return "\n".join([*lines, "", _lasting(own)])


def _lasting(bonds: list[dict[str, Any]]) -> str:
    # Apolar contacts are counted only.
    named = {kind.name: kind.word for kind in KINDS.values() if kind.line}
    lasting = sorted(
        (
            bond
            for bond in bonds
            if bond["occupancy"] >= LASTING and bond["kind"] in named
        ),
        key=lambda bond: -bond["occupancy"],
    )
    if not lasting:
        return f"No bond is there in {LASTING:.0%} of the frames or more.\n"
    lines = [
        f"Bonds in at least {LASTING:.0%} of the frames:\n",
        "| bond | kind | frames | mean distance |",
        "|---|---|---|---|",
    ]
    for bond in lasting[:MOST_NAMED]:
        occupancy = _with_error(
            100 * bond["occupancy"],
            None if bond["occupancy_error"] is None else 100 * bond["occupancy_error"],
            0,
        )
        ends = " – ".join(_end(bond, side) for side in (1, 2))
        lines.append(
            f"| {ends} | {named[bond['kind']]} | {occupancy} % "
            f"| {bond['distance_mean_a']:.2f} Å |"
        )
    if len(lasting) > MOST_NAMED:
        lines.append(f"\nand {len(lasting) - MOST_NAMED} more in `trajectory_bonds`.")
    return "\n".join(lines) + "\n"


def _end(bond: dict[str, Any], side: int) -> str:
    number = bond[f"mature_number_{side}"]
    if number is None:
        number = bond[f"auth_number_{side}"]
    role = bond[f"role_{side}"]
    who = (
        symbol_of(role) if role and role != "unknown" else bond[f"auth_asym_id_{side}"]
    )
    residue, atom = bond[f"residue_name_{side}"], bond[f"atom_name_{side}"]
    return _plain(f"{who} {str(residue).capitalize()}{number} {atom}")


def _notes(results: "TrajectoryResults") -> str:
    notes = records(results.notes)
    if not notes:
        return ""
    lines = ["## Notes\n"]
    for note in notes:
        subject = f"{_plain(note['subject'])}, " if note["subject"] else ""
        lines.append(f"- {_plain(note['message'])} ({subject}{note['count']})")
    return "\n".join(lines) + "\n"
