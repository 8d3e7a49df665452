"""Tables of a network study and of a response."""

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from il2struct.network.evidence import Evidence
from il2struct.network.response import ReceptorResponse
from il2struct.network.study import MembraneLine, NetworkStudy
from il2struct.tables import column_names, frame

if TYPE_CHECKING:
    import pandas as pd


def _from_rows(table: str, rows: Sequence[dict[str, Any]]) -> "pd.DataFrame":
    return frame(
        table, {name: [row[name] for row in rows] for name in column_names(table)}
    )


def evidence_tables(study: NetworkStudy) -> dict[str, "pd.DataFrame"]:
    """
    Make the tables of a network study.

    Parameters
    ----------
    study : NetworkStudy

    Returns
    -------
    dict of str to pandas.DataFrame
        ``evidence``, ``contact_measures``, ``sequons``, ``site_overlaps`` and ``membrane``.
    """
    sequons = [
        {"contact": name, **asdict(site)}
        for name, sites in study.sequons.items()
        for site in sites
    ]
    overlaps = [{**asdict(o), "entries": " ".join(o.entries)} for o in study.overlaps]
    measures = [{**asdict(m), "group": m.group.value} for m in study.measures]
    focal = {id(m) for m in study.focal.members} if study.focal else set()
    class_of = {id(m): found.name for found in study.classes for m in found.members}
    membrane = [
        _membrane_row(
            line, class_of[id(line.measured)], is_focal=id(line.measured) in focal
        )
        for line in study.membrane
    ]
    return {
        "evidence": _from_rows(
            "evidence", [_evidence_row(line) for line in study.evidence]
        ),
        "contact_measures": _from_rows("contact_measures", measures),
        "sequons": _from_rows("sequons", sequons),
        "site_overlaps": _from_rows("site_overlaps", overlaps),
        "membrane": _from_rows("membrane", membrane),
    }


def _evidence_row(line: Evidence) -> dict[str, Any]:
    controls = asdict(line.controls) if line.controls else {}
    row = dict.fromkeys(column_names("evidence"), math.nan) | controls
    for name in (
        "number",
        "name",
        "quantity",
        "unit",
        "value",
        "error",
        "n_copies",
        "reason",
    ):
        row[name] = getattr(line, name)
    row["verdict"] = line.verdict.value
    return row


def _membrane_row(
    line: MembraneLine, class_name: str, *, is_focal: bool
) -> dict[str, Any]:
    measured, endless = line.measured, line.study.endless
    dimer = next((c for c in line.study.chains if c.n_complexes == 2), None)
    return {
        "entry_id": measured.named.entry.entry_id,
        "complex_id": measured.interface.complex_id,
        "interface_id": measured.interface.interface_id,
        "operator_2": measured.contact.image_2.symmetry_code,
        "contact_class": class_name,
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

    Parameters
    ----------
    response : ReceptorResponse

    Returns
    -------
    dict of str to pandas.DataFrame
        ``dose_response``, ``cluster_sizes``, ``coupling_scan`` and ``contact_scan``.
    """
    tables = {
        "dose_response": response.dose,
        "cluster_sizes": response.clusters,
        "coupling_scan": response.coupling_scan,
        "contact_scan": response.contact_scan,
    }
    result = {}
    for table, columns in tables.items():
        values = {name: getattr(columns, name) for name in column_names(table)}
        if table == "coupling_scan":
            length = values["row_length"]
            values["row_length"] = np.where(np.isinf(length), np.nan, length)
        result[table] = frame(table, values)
    return result
