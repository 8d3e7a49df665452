"""What speaks for and against a contact of the lattice, in plain words."""

from collections.abc import Sequence

from il2struct.network.evidence import Evidence, Verdict
from il2struct.network.measures import MIN_COMPARED_A2
from il2struct.network.response import ReceptorResponse
from il2struct.network.study import NetworkStudy
from il2struct.report.summary import markdown_table, safe
from il2struct.results.lattice_tables import conserved_bonds
from il2struct.structure.roles import symbol_of


def network_summary(study: NetworkStudy) -> str:
    """
    Write a network study in words and small tables.

    Parameters
    ----------
    study : NetworkStudy

    Returns
    -------
    str
        Markdown. No line is added to another, and there is no score.
    """
    pair = " – ".join(symbol_of(role.value) for role in study.roles)
    names = ", ".join(named.entry.entry_id for named in study.entries)
    parts = [f"# Could {pair} contacts form a network?\n", f"Entries: {safe(names)}.\n"]
    parts += [f"- {safe(text)}" for text in study.missing]
    if study.focal is None:
        return "\n".join(parts) + "\n"
    parts += [
        _contact(study),
        _verdicts(study.evidence),
        _numbers(study),
        _reading(study),
    ]
    return "\n".join(parts) + "\n"


def _contact(study: NetworkStudy) -> str:
    focal = study.focal
    if focal is None:
        return ""
    rows = [
        (
            member.named.entry.entry_id,
            f"{member.contact.image_1.auth_asym_id} – {member.contact.image_2.auth_asym_id}",
            member.contact.image_2.symmetry_code,
            f"{member.interface.burial.area_per_side_a2:.0f}",
            f"{member.contact.translation_a:.1f}",
        )
        for member in focal.members
    ]
    header = ("entry", "chains", "operator", "buried area per side (Å²)", "step (Å)")
    bonds = ", ".join(conserved_bonds(focal.members)) or "none"
    return (
        f"The contact, class `{focal.name}`, found by its recurrence:\n\n"
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
            f"- {line.number}. **{line.name}**: {safe(line.reason)}"
            for line in evidence
            if line.verdict is verdict
        ]
        parts.append(f"## {title}\n\n" + ("\n".join(lines) or "Nothing.") + "\n")
    return "\n".join(parts)


def _numbers(study: NetworkStudy) -> str:
    header = (
        "line",
        "quantity",
        "focal contact",
        "true interfaces",
        "other lattice contacts: median, largest",
        "exceeds true / other",
        "verdict",
    )
    rows = []
    for line in study.evidence:
        controls = line.controls
        value = f"{line.value:.3g}" + (
            "" if line.error != line.error else f" ± {line.error:.2g}"
        )
        rows.append(
            (
                f"{line.number}. {line.name}",
                f"{line.quantity} {line.unit}".strip(),
                value,
                _range(controls.true_minimum, controls.true_maximum, " – ")
                if controls
                else "",
                _range(controls.lattice_median, controls.lattice_maximum, ", ")
                if controls
                else "",
                _range(
                    controls.percentile_true, controls.percentile_lattice, " % / ", "%"
                )
                if controls
                else "",
                line.verdict.value,
            )
        )
    return (
        "## The numbers, with their controls\n\n"
        + markdown_table(header, rows)
        + f"\nThe error is the standard deviation over the copies. Other lattice contacts are those "
        f"of the same entries with at least {MIN_COMPARED_A2:.0f} Å² per side. There is no sum of "
        "the lines and no score: rules made for permanent dimers call the true interfaces of this "
        "complex crystal contacts.\n"
    )


def _range(first: float, second: float, between: str, end: str = "") -> str:
    shown = ["" if value != value else f"{value:.3g}" for value in (first, second)]
    if not any(shown):
        return ""
    return f"{shown[0]}{between}{shown[1]}" + (f" {end}" if end else "")


def _reading(study: NetworkStudy) -> str:
    assumptions = "\n".join(f"- {safe(text)}" for text in study.response.assumptions)
    return f"## What line 9 assumes\n\n{assumptions}\n"


def response_summary(response: ReceptorResponse) -> str:
    """
    Write a response in words.

    Parameters
    ----------
    response : ReceptorResponse

    Returns
    -------
    str
        Plain text for a terminal, assumptions last.
    """
    curve, alone, measured = response.curve, response.independent, response.measured
    lines = [
        f"cell                    {response.settings.cell.cell_name}",
        f"EC50                    {curve.ec50_nanomolar:.3g} nM (independent receptors "
        f"{alone.ec50_nanomolar:.3g} nM; measured {measured.ec50_low_nanomolar:g} to "
        f"{measured.ec50_high_nanomolar:g} nM)",
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
    return "\n".join(lines) + "\n"
