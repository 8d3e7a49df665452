"""What speaks for and against a contact of the lattice, in plain words, and the folder of a study."""

import math
from collections.abc import Sequence
from pathlib import Path
from textwrap import fill
from typing import Final

from il2struct import escape
from il2struct.lattice.classes import ContactClass
from il2struct.network.evidence.lines import Controls, Evidence, Verdict
from il2struct.network.evidence.measures import MIN_COMPARED_A2, Share
from il2struct.network.evidence.study import NetworkStudy, evidence_tables
from il2struct.network.evidence.uncertainty import N_JITTERS
from il2struct.network.response.receptor import ReceptorResponse, assumptions
from il2struct.report.scenes import best_line, write_membrane_chain
from il2struct.report.summary import markdown_table
from il2struct.results.lattice_tables import conserved_bonds, lattice_tables
from il2struct.results.text import write_folder, write_text
from il2struct.structure.family import symbol_of

#: Contacts listed where the one asked about is not there.
MOST_SHOWN: Final = 10
#: Mutations named in the answer in short.
MOST_NAMED: Final = 6


def network_summary(studies: Sequence[NetworkStudy]) -> str:
    """
    Return network studies, one for each pair of roles, as Markdown.

    No line is added to another, and there is no score.
    """
    parts = [_of_pair(study) for study in studies]
    if any(study.evidence for study in studies):
        sentences = (escape.markdown(x) for x in assumptions(studies[0].settings))
        listed = "\n".join(f"- {sentence}" for sentence in sentences)
        parts.append(f"## What line 9 assumes\n\n{listed}\n")
    return "\n".join(parts)


def headline(study: NetworkStudy) -> str:
    """
    Say in a few sentences what was seen, what is ordinary, what it can build and what would test it.

    They are made from the lines of evidence.
    """
    pair = " – ".join(symbol_of(role.value) for role in study.roles)
    if study.focal is None:
        return f"{pair}: {study.missing[0]}"
    members = study.focal.members
    entries = ", ".join(dict.fromkeys(m.named.entry.entry_id for m in members))
    copies = "copy" if len(members) == 1 else "copies"
    n_forms = study.focal.n_crystal_forms
    forms = "one crystal form" if n_forms == 1 else f"{n_forms} crystal forms"
    sentences = [
        f"{pair}: seen in {len(members)} {copies}, in {forms} ({escape.markdown(entries)})."
    ]
    compared = [
        f"{line.endless.percent:.0f} % in {line.name}"
        for line in study.evidence
        if line.endless is not None
    ]
    said = {
        verdict: [line.name for line in study.evidence if line.verdict is verdict]
        for verdict in (Verdict.SUPPORTS, Verdict.AGAINST)
    }
    for_it, against = (", ".join(names) or "nothing" for names in said.values())
    judged = f"or it speaks {for_it}; against it {against}; other lines decide nothing."
    sentences.append(
        "Of the endless lattice contacts of other proteins it exceeds "
        f"{', '.join(compared)}; f{judged}"
        if compared
        else f"F{judged}"
    )
    sentences += [line.headline for line in study.evidence if line.headline]
    if named := _named_mutations(study):
        sentences.append(f"To test it, mutate {named}.")
    return " ".join(sentences)


def _named_mutations(study: NetworkStudy) -> str:
    """Residues of the first mutations, chain by chain: ``γc E46, R155 or α E144``."""
    by_chain: dict[str, list[str]] = {}
    for mutation in study.mutations[:MOST_NAMED]:
        if mutation.rank is not None:
            residue = mutation.mutation.removesuffix("A")
            by_chain.setdefault(symbol_of(mutation.role), []).append(residue)
    return " or ".join(f"{chain} {', '.join(own)}" for chain, own in by_chain.items())


def _of_pair(study: NetworkStudy) -> str:
    pair = " – ".join(symbol_of(role.value) for role in study.roles)
    names = ", ".join(named.entry.entry_id for named in study.entries)
    parts = [
        f"# Could {pair} contacts form a network?\n",
        f"Entries: {escape.markdown(names)}.\n",
    ]
    if study.missing:
        parts.append("What could not be asked:\n")
        parts.append(
            "\n".join(f"- {escape.markdown(text)}" for text in study.missing) + "\n"
        )
    if study.focal is None:
        return "\n".join([*parts, _what_is_there(study)])
    parts.append(f"{headline(study)}\n")
    parts += [_contact(study, study.focal), _verdicts(study.evidence)]
    parts += [_mutations(study), _conservation(study), _numbers(study)]
    return "\n".join(parts)


def _what_is_there(study: NetworkStudy) -> str:
    """Largest contacts of any kind, where the one asked about is not there."""
    rows = sorted(study.measures, key=lambda m: -m.area_per_side_a2)[:MOST_SHOWN]
    if not rows:
        return f"No contact of at least {MIN_COMPARED_A2:.0f} Å² per side was found.\n"
    cells = [
        (
            row.entry_id,
            row.contact_class,
            row.group.value.replace("_", " "),
            row.operator_2,
            f"{row.area_per_side_a2:.0f}",
            f"{row.bonds_per_100_a2:.2f}",
        )
        for row in rows
    ]
    header = ("entry", "class", "kind", "operator", "Å² per side", "bonds per 100 Å²")
    return (
        "What is there: the largest contacts. `il2struct lattice` lists all of them, and --pair "
        "asks about another pair.\n\n" + markdown_table(header, cells)
    )


def _contact(study: NetworkStudy, focal: ContactClass) -> str:
    whole_of = {id(part): n.whole for n in study.neighbours for part in n.parts}
    rows = [
        (
            member.named.entry.entry_id,
            f"{member.contact.image_1.auth_asym_id} – {member.contact.image_2.auth_asym_id}",
            member.contact.image_2.symmetry_code,
            f"{member.interface.burial.area_per_side_a2:.0f}",
            f"{whole_of[id(member)].interface.burial.area_per_side_a2:.0f}",
            f"{member.contact.translation_a:.1f}",
        )
        for member in focal.members
    ]
    header = (
        *("entry", "chains", "operator", "buried area per side (Å²)"),
        *("with all chains that touch (Å²)", "step (Å)"),
    )
    bonds = ", ".join(conserved_bonds(focal.members)) or "none"
    return (
        f"The contact, class `{focal.name}`, of those that join the two roles the one in most crystal forms:\n\n"
        + markdown_table(header, rows)
        + f"\nBonds in every copy (mature numbers; `*` needs a flip or a proton): {bonds}.\n"
    )


def _verdicts(evidence: Sequence[Evidence]) -> str:
    parts = []
    for verdict, title in (
        (Verdict.SUPPORTS, "What speaks for it"),
        (Verdict.NEUTRAL, "What decides nothing"),
        (Verdict.AGAINST, "What speaks against it"),
    ):
        lines = [
            f"- {line.number}. **{line.name}**: {escape.markdown(line.reason)}"
            for line in evidence
            if line.verdict is verdict
        ]
        parts.append(f"## {title}\n\n" + ("\n".join(lines) or "Nothing.") + "\n")
    return "\n".join(parts)


def _mutations(study: NetworkStudy) -> str:
    rows = [
        (
            str(m.rank),
            f"{symbol_of(m.role)} {m.mutation}",
            f"{m.n_bonded_lost:.1f}",
            m.bonds_lost.replace("(", " (").replace(") ", "), "),
            f"{m.area_loss_a2:.0f}",
            _number(round(m.sc_loss, 2) + 0.0, "{:.2f}"),
            f"{m.n_contacts_lost:.1f}",
            f"{100 * m.exposure:.0f} %",
        )
        for m in study.mutations[:MOST_SHOWN]
        if m.rank is not None
    ]
    left_out = [m for m in study.mutations if m.hindrance]
    why = [
        f"{symbol_of(m.role)} {m.mutation.removesuffix('A')} ({m.hindrance})"
        for m in left_out
    ]
    header = (
        *("rank", "mutation", "bonded partner residues lost", "which (in copies)"),
        *("Å² per side lost", "Sc lost", "contacts lost"),
        "exposed without the contact",
    )
    return (
        "## What would test it\n\n"
        + (markdown_table(header, rows) if rows else "No residue alone.\n")
        + "\nThe side chain is cut to Ala in place, means over the copies; more bonds lost first, then more "
        "area. Left out, since they would test more than the contact: "
        f"{', '.join(why) or 'none'}.\n"
    )


def _conservation(study: NetworkStudy) -> str:
    rows = [
        (
            f"{symbol_of(r.role)} {r.letter}{r.mature_number}",
            ", ".join(r.letters.split()),
            _number(100 * r.identity, "{:.0f} %"),
            str(r.n_bonded or ""),
            ", ".join(r.bonds_kept.split()),
        )
        for r in study.conservation
    ]
    header = (
        "residue",
        "in other species",
        "identical",
        "bonded in every copy to",
        "of these it could still be",
    )
    return f"## In other species\n\n{markdown_table(header, rows)}"


def _numbers(study: NetworkStudy) -> str:
    header = (
        *("line", "quantity", "focal contact", "coordinate error"),
        *("exceeds endless contacts", "exceeds true interfaces"),
        *("true interfaces here", "other lattice contacts here: median, largest"),
        *("exceeds true / other here", "verdict"),
    )
    rows = [
        (
            f"{line.number}. {line.name}",
            f"{line.quantity} {line.unit}".strip(),
            _number(line.value)
            + _number(line.error, " ± {:.2g}")
            + (
                f" ({x})"
                if (x := _joined(line.interval_low, line.interval_high, " to "))
                else ""
            ),
            (
                _number(line.jitter_error, " ± {:.2g}")
                + _number(round(line.jitter_shift, 9) + 0.0, " ({:+.2g})")
            ).strip(),
            _share(line.endless),
            _share(line.true),
            *_control_cells(line.controls),
            line.verdict.value,
        )
        for line in study.evidence
    ]
    return (
        "## The numbers, with their controls\n\n"
        + markdown_table(header, rows)
        + f"\n± is the standard deviation over the copies; the coordinate error that over {N_JITTERS} "
        "sets of coordinates moved by B factor and resolution, with the change of the mean behind "
        "it. Endless contacts and true interfaces are those of other proteins (`il2struct docs "
        "network`), of the size of the contact, with the 95 % interval of the share. Those here, "
        "true interfaces and other lattice contacts are those of the same entries, the latter "
        f"with at least {MIN_COMPARED_A2:.0f} Å² per side; copies of one count once, in brackets how "
        "many there are. There is no sum of the lines and no score, and no rule made for permanent "
        "dimers is asked: such rules call true interfaces of this complex crystal contacts.\n"
    )


def _control_cells(controls: Controls | None) -> tuple[str, str, str]:
    if controls is None:
        return "", "", ""
    true = _joined(controls.true_minimum, controls.true_maximum, " – ")
    lattice = _joined(controls.lattice_median, controls.lattice_maximum, ", ")
    above = (controls.percentile_true, controls.percentile_lattice)
    percent = " / ".join(
        f"{_number(value)} %" if value == value else "–" for value in above
    )
    return (
        f"{true} ({controls.n_true})" if true else "",
        f"{lattice} ({controls.n_lattice})" if lattice else "",
        percent if true or lattice else "",
    )


def _share(share: Share | None) -> str:
    if share is None or math.isnan(share.percent):
        return ""
    return f"{share.percent:.0f} % ({share.low:.0f} – {share.high:.0f}) of {share.n}"


def _number(value: float, form: str = "{:.3g}") -> str:
    return "" if math.isnan(value) else form.format(value).replace("inf", "∞")


def _joined(first: float, second: float, between: str) -> str:
    shown = [_number(first), _number(second)]
    return between.join(shown) if any(shown) else ""


def response_summary(response: ReceptorResponse, width: int | None = None) -> str:
    """Return a response in plain text for a terminal of a width, assumptions last."""
    curve, alone, measured = response.curve, response.independent, response.measured
    lines = [
        f"cell                    {response.settings.cell.cell_name}",
        f"EC50                    {curve.ec50_nanomolar:.3g} nmol/L (independent receptors "
        f"{alone.ec50_nanomolar:.3g} nmol/L; measured {measured.ec50_low_nanomolar:g} to "
        f"{measured.ec50_high_nanomolar:g} nmol/L)",
        f"Hill slope              {curve.hill:.3g} (independent receptors {alone.hill:.3g})",
        f"mean chain length       {response.chains.mean_length_number:.3g} complexes "
        f"(free chains compete: {response.chains_compete.mean_length_number:.3g}, silent: "
        f"{response.chains_silent.mean_length_number:.3g})",
        f"EC50 against measured   {response.ec50_verdict.text}",
        f"Hill against measured   {response.hill_verdict.text}",
        f"clusters                {response.cluster_verdict.text}",
        "assumptions",
        *(f"  - {text}" for text in response.assumptions),
    ]
    if width is not None:
        indents = (4 if line.startswith("  - ") else 24 for line in lines)
        lines = [
            fill(line, max(width, 60), subsequent_indent=" " * indent)
            for line, indent in zip(lines, indents, strict=True)
        ]
    return "\n".join(lines) + "\n"


def write_network(
    studies: Sequence[NetworkStudy], folder: Path, output_format: str = "csv"
) -> None:
    """Write the tables of studies of the same entries, ``network.md``, and a scene where one fits."""
    classes = studies[0].classes
    members = [member for found in classes for member in found.members]
    measured = [
        (named, [member for member in members if member.named is named])
        for named in studies[0].entries
    ]
    tables = {**evidence_tables(studies), **lattice_tables(measured, classes)}
    write_folder(tables, folder, output_format)
    write_text(network_summary(studies), folder / "network.md")
    lines = (best_line(study.focal, study.membrane) for study in studies)
    line = next((line for line in lines if line is not None), None)
    if line is not None:
        write_membrane_chain(line, folder)
