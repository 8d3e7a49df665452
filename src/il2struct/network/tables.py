"""Tables of a network study and of a response."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from il2struct.network.evidence.chain_lines import focal_lines
from il2struct.network.evidence.lines import Controls, Evidence
from il2struct.network.evidence.reference import Share
from il2struct.network.evidence.study import NetworkStudy
from il2struct.network.evidence.survey import MembraneLine
from il2struct.network.response.receptor import ReceptorResponse
from il2struct.tables import column_names, frame, table_from_rows

if TYPE_CHECKING:
    import pandas as pd


def evidence_tables(studies: Sequence[NetworkStudy]) -> dict[str, "pd.DataFrame"]:
    """
    Make the tables of network studies, one below the other.

    ``evidence``, ``contact_measures``, ``sequons``, ``site_overlaps`` and ``membrane``.
    """
    makers = {
        "evidence": _evidence_rows,
        "contact_measures": _measure_rows,
        "sequons": _sequon_rows,
        "site_overlaps": _overlap_rows,
        "membrane": _membrane_rows,
    }
    return {
        table: table_from_rows(
            table,
            [
                {"role_1": study.roles[0].value, "role_2": study.roles[1].value, **row}
                for study in studies
                for row in rows_of(study)
            ],
        )
        for table, rows_of in makers.items()
    }


def _evidence_rows(study: NetworkStudy) -> list[dict[str, Any]]:
    nothing = dict.fromkeys(field.name for field in fields(Controls))
    rows = []
    for line in study.evidence:
        row = asdict(line)
        controls = row.pop("controls") or nothing
        shares = {**_share_cells("endless", line), **_share_cells("true", line)}
        rows.append({**row, **controls, **shares, "verdict": line.verdict.value})
    return rows


def _share_cells(kind: str, line: Evidence) -> dict[str, Any]:
    share: Share | None = getattr(line, kind)
    return {
        f"reference_{kind}_percent": share.percent if share else np.nan,
        f"reference_{kind}_low": share.low if share else np.nan,
        f"reference_{kind}_high": share.high if share else np.nan,
        f"n_reference_{kind}": share.n if share else None,
    }


def _measure_rows(study: NetworkStudy) -> list[dict[str, Any]]:
    return [{**asdict(m), "group": m.group.value} for m in study.measures]


def _sequon_rows(study: NetworkStudy) -> list[dict[str, Any]]:
    return [
        {"contact": name, **asdict(site)}
        for name, sites in study.sequons.items()
        for site in sites
    ]


def _overlap_rows(study: NetworkStudy) -> list[dict[str, Any]]:
    return [{**asdict(o), "entries": " ".join(o.entries)} for o in study.overlaps]


def _membrane_rows(study: NetworkStudy) -> list[dict[str, Any]]:
    focal = focal_lines(study.focal, study.membrane) if study.focal else ()
    own = {id(line) for line in focal}
    class_of = {id(m): found.name for found in study.classes for m in found.members}
    return [
        _membrane_row(line, class_of, is_focal=id(line) in own)
        for line in study.membrane
    ]


def _membrane_row(
    line: MembraneLine, class_of: dict[int, str], *, is_focal: bool
) -> dict[str, Any]:
    measured, endless = line.contacts[0], line.study.endless
    dimer = next((c for c in line.study.chains if c.n_complexes == 2), None)
    names = dict.fromkeys(class_of[id(member)] for member in line.contacts)
    return {
        "entry_id": measured.named.entry.entry_id,
        "complex_id": measured.interface.complex_id,
        "interface_id": measured.interface.interface_id,
        "operator_2": measured.contact.image_2.symmetry_code,
        "contact_classes": " ".join(names),
        "anchored_roles": " ".join(sorted(line.anchored_roles)),
        "is_focal": is_focal,
        "can_lie_flat": endless.can_lie_flat if endless else False,
        "energy_per_complex_kt": endless.energy_per_complex_kt if endless else np.nan,
        "price_per_contact_dimer_kt": dimer.price_per_contact_kt if dimer else np.nan,
        "price_per_contact_endless_kt": endless.price_per_contact_kt
        if endless
        else np.nan,
        "longest_stretch_fraction": endless.least_stretch_fraction
        if endless
        else np.nan,
    }


def response_tables(response: ReceptorResponse) -> dict[str, "pd.DataFrame"]:
    """
    Make the tables of a response.

    ``response_summary`` (settings, EC50, Hill slope and verdicts), ``dose_response``,
    ``cluster_sizes``, ``coupling_scan``, ``contact_scan`` and ``assumptions``.
    """
    tables = {
        "dose_response": response.dose,
        "cluster_sizes": response.clusters,
        "coupling_scan": response.coupling_scan,
        "contact_scan": response.contact_scan,
    }
    result = {
        "response_summary": table_from_rows(
            "response_summary", [_summary_row(response)]
        )
    }
    for table, columns in tables.items():
        values = {
            name: getattr(columns, name)
            for name in column_names(table)
            if name != "free_chains"
        }
        if table == "coupling_scan":
            length = values["row_length"]
            values["row_length"] = np.where(np.isinf(length), np.nan, length)
        if "free_chains" in column_names(table):
            n_rows = len(next(iter(values.values())))
            values["free_chains"] = [response.settings.free_chains.value] * n_rows
        result[table] = frame(table, values)
    result["assumptions"] = frame(
        "assumptions", {"assumption": list(response.assumptions)}
    )
    return result


def _summary_row(response: ReceptorResponse) -> dict[str, Any]:
    settings, measured = response.settings, response.measured
    verdicts = {
        "ec50": response.ec50_verdict,
        "hill": response.hill_verdict,
        "cluster": response.cluster_verdict,
    }
    return {
        "cell": settings.cell.cell,
        **asdict(response.densities),
        "contact_kd_micromolar": settings.contact_kd_micromolar,
        "height_nm": settings.height_nm,
        "binding_penalty": settings.binding_penalty,
        "free_chains": settings.free_chains.value,
        "coupling_kt": settings.coupling_kt,
        "row_length": settings.row_length,
        "cells_per_ml": settings.cells_per_ml,
        **asdict(response.curve),
        "ec50_independent_nanomolar": response.independent.ec50_nanomolar,
        "hill_independent": response.independent.hill,
        "ec50_measured_low_nanomolar": measured.ec50_low_nanomolar,
        "ec50_measured_high_nanomolar": measured.ec50_high_nanomolar,
        "hill_measured_low": measured.hill_low,
        "hill_measured_high": measured.hill_high,
        "mean_chain_length_compete": response.chains_compete.mean_length_number,
        "mean_chain_length_silent": response.chains_silent.mean_length_number,
        "growth_limit": response.growth_limit,
        **{f"{name}_verdict": each.verdict for name, each in verdicts.items()},
        **{f"{name}_reason": each.text for name, each in verdicts.items()},
    }
