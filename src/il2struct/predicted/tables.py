"""The interfaces of a predicted model with their confidence beside their geometry, as a table."""

import logging
import math
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from il2struct.arrays import BoolArray, FloatArray, IndexArray
from il2struct.comparison import complexes
from il2struct.errors import ParseError
from il2struct.predicted.confidence import Confidence
from il2struct.predicted.scores import PairScores, pair_scores
from il2struct.results.interfaces import InterfaceResults
from il2struct.structure.fusions import base_name
from il2struct.structure.model import ChainImage, Entry
from il2struct.tables import column_names, records, table_from_rows

if TYPE_CHECKING:
    import pandas as pd

logger = logging.getLogger(__name__)

#: Columns of the table ``interfaces`` that stand beside the confidence.
MEASURED: Final = (
    *("entry_id", "complex_id", "interface_id"),
    *("role_1", "auth_asym_id_1", "role_2", "auth_asym_id_2"),
    *("area_per_side_a2", "n_residues_1", "n_residues_2", "sc", "sc_error"),
    *("n_bonded_residue_pairs", "n_hydrogen_bond", "n_salt_bridge"),
)


def predicted_table(
    results: InterfaceResults,
    confidence: Confidence,
    *,
    model: str,
    reference: InterfaceResults | None = None,
) -> "pd.DataFrame":
    """
    Join what a predictor says of each interface with what was measured: the table ``predicted``.

    Parameters
    ----------
    results : InterfaceResults
        Interfaces of the model.
    confidence : Confidence
        From `read_confidence`; columns stay empty for what it lacks.
    model : str
        Name of the model in the table.
    reference : InterfaceResults, optional
        Interfaces of an experimental complex, for DockQ.

    Raises
    ------
    ParseError
        If the predicted errors are not those of this model's residues.
    """
    entry = results.named.entry
    tokens = token_of_residue(entry, confidence)
    plddt = _plddt(entry, confidence, tokens)
    dockq = {} if reference is None else _dockq(reference, results)
    order = list(dict.fromkeys(entry.residues.auth_asym_id.tolist()))
    rows = []
    for interface, summary, counts in zip(
        results,
        records(results.table),
        records(results.unsatisfied_counts),
        strict=True,
    ):
        sides = complexes.images_of(interface)
        row: dict[str, Any] = dict.fromkeys(column_names("predicted"), math.nan) | {
            **{name: summary[name] for name in MEASURED},
            "n_unsatisfied": counts["n_unsatisfied"],
            "model": model,
            "program": confidence.program,
            "rank": None,
            "ranking_score": confidence.ranking,
            "ptm": confidence.ptm,
            "iptm": confidence.iptm,
            "reference": "" if reference is None else reference.named.entry.entry_id,
            "dockq": dockq.get(frozenset(sides), math.nan),
        }
        if all(len(images) == 1 for images in sides):
            first, second = (
                order.index(base_name(images[0].auth_asym_id)) for images in sides
            )
            row["iptm_1_to_2"] = confidence.pair_iptm.get((first, second), math.nan)
            row["iptm_2_to_1"] = confidence.pair_iptm.get((second, first), math.nan)
        contacts = interface.contacts
        if plddt is not None and len(contacts.residue_1):
            touching = [
                side.residue_row(index)
                for side, index in zip(
                    interface.sides,
                    (contacts.residue_1, contacts.residue_2),
                    strict=True,
                )
            ]
            row["plddt_interface"] = float(
                plddt[np.unique(np.concatenate(touching))].mean()
            )
            if confidence.pae_a is not None and tokens is not None:
                row |= _errors(confidence.pae_a, *(tokens[rows] for rows in touching))
                row |= _scores(entry, confidence.pae_a, tokens, plddt, sides)
        rows.append(row)
    return table_from_rows("predicted", rows)


def ranked(tables: Sequence["pd.DataFrame"]) -> "pd.DataFrame":
    """
    Join the tables of some models, best ipSAE first, and number the models of each run.

    A run is the models of one program in one folder; the first is the one that it ranks highest.
    """
    rows = [row for table in tables for row in records(table)]
    runs: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    for row in rows:
        run = str(Path(row["model"]).parent), row["program"] or ""
        if row["ranking_score"] is not None:
            runs[run][row["model"]] = row["ranking_score"]
    ranks = {
        model: place
        for models in runs.values()
        for place, (model, _) in enumerate(
            sorted(models.items(), key=lambda item: -item[1]), start=1
        )
    }
    rows.sort(
        key=lambda row: -1.0 if row["ipsae"] is None else row["ipsae"], reverse=True
    )
    for row in rows:
        row["rank"] = ranks.get(row["model"])
    return table_from_rows("predicted", rows)


def token_of_residue(entry: Entry, confidence: Confidence) -> IndexArray | None:
    """
    Find the row of the predicted errors for each residue of a model, -1 for none.

    Returns
    -------
    ndarray of int or None
        None if there are no predicted errors.

    Raises
    ------
    ParseError
        If their number fits neither the residues nor the tokens of the model.
    """
    if confidence.pae_a is None:
        return None
    residues, n_tokens = entry.residues, len(confidence.pae_a)
    tokens = np.full(len(residues), -1)
    polymer = np.zeros(len(residues), dtype=bool)
    for chain in entry.chains:
        polymer[chain.residue_index] = True
    if confidence.token_chain is not None and confidence.token_residue is not None:
        keys = list(zip(confidence.token_chain, confidence.token_residue, strict=True))
        place = {key: i for i, key in reversed(list(enumerate(keys)))}
        for names, numbers in (
            (residues.label_asym_id, residues.label_number),
            (residues.auth_asym_id, residues.auth_number),
        ):
            for row in np.flatnonzero(polymer & (tokens < 0)):
                tokens[row] = place.get((str(names[row]), int(numbers[row])), -1)
        if len(keys) == n_tokens and (tokens[polymer] >= 0).all():
            return tokens
    # One token a residue of a polymer; of anything else one an atom.
    if polymer.sum() == n_tokens:
        tokens[polymer] = np.arange(n_tokens)
        return tokens
    sizes = np.where(polymer, 1, residues.atom_stop - residues.atom_start)
    if sizes.sum() == n_tokens:
        return np.where(polymer, np.cumsum(sizes) - sizes, -1)
    raise ParseError(
        f"{entry.entry_id}: the predicted aligned error is for {n_tokens} residues, the model has "
        f"{int(polymer.sum())}; they belong to different models, or the model was cut after the "
        "prediction."
    )


def _plddt(
    entry: Entry, confidence: Confidence, tokens: IndexArray | None
) -> FloatArray | None:
    """Of each residue, 0 to 100: as the program wrote it, else as the model carries it."""
    if not confidence.program:
        return None
    plddt = confidence.plddt
    if plddt is not None and tokens is not None and tokens.max() < len(plddt):
        return np.where(tokens >= 0, plddt[tokens], np.nan)
    starts, stops = entry.residues.atom_start, entry.residues.atom_stop
    sums = np.add.reduceat(entry.atoms.b_iso, starts)
    return np.asarray(sums / (stops - starts), dtype=float)


def _errors(
    pae_a: FloatArray, first: IndexArray, second: IndexArray
) -> dict[str, float]:
    """Errors between tokens in contact, both directions; -1 stands for none."""
    known = (first >= 0) & (second >= 0)
    if not known.any():
        return {}
    both = np.concatenate(
        [pae_a[first[known], second[known]], pae_a[second[known], first[known]]]
    )
    return {"pae_mean_a": float(both.mean()), "pae_minimum_a": float(both.min())}


def _scores(
    entry: Entry,
    pae_a: FloatArray,
    tokens: IndexArray,
    plddt: FloatArray,
    sides: Sequence[Sequence[ChainImage]],
) -> dict[str, float]:
    rows = [
        np.concatenate(
            [entry.chain(image.auth_asym_id).residue_index for image in images]
        )
        for images in sides
    ]
    rows = [side[tokens[side] >= 0] for side in rows]
    if not all(len(side) for side in rows):
        return {}
    both = np.concatenate(rows)
    is_first: BoolArray = np.arange(len(both)) < len(rows[0])
    places = _beta_places(entry)[both]
    distance_a = np.linalg.norm(places[:, None] - places[None], axis=2)
    at = tokens[both]
    found: PairScores = pair_scores(
        pae_a[np.ix_(at, at)], distance_a, plddt[both], is_first
    )
    return {
        "ipsae": found.ipsae,
        "ipsae_1_to_2": found.ipsae_1_to_2,
        "ipsae_2_to_1": found.ipsae_2_to_1,
        "pdockq": found.pdockq,
        "pdockq2": max(found.pdockq2_1_to_2, found.pdockq2_2_to_1),
        "lis": (found.lis_1_to_2 + found.lis_2_to_1) / 2,
    }


def _beta_places(entry: Entry) -> FloatArray:
    """CB of each residue, CA where there is none, Å; NaN without either."""
    places = np.full((len(entry.residues), 3), np.nan)
    for name in ("CA", "CB"):
        has_name = entry.atoms.atom_name == name
        places[entry.atoms.residue_index[has_name]] = entry.atoms.coords[has_name]
    return places


def _dockq(
    reference: InterfaceResults, results: InterfaceResults
) -> dict[frozenset[tuple[ChainImage, ...]], float]:
    """DockQ of each interface of a model that the first complex of the reference has too."""
    natives, models = complexes.named_complexes([reference.named, results.named])
    if not natives:
        return {}
    native = natives[0]
    interfaces = [
        complexes.images_of(interface)
        for interface in reference
        if interface.complex_id == native.complex_.complex_id
    ]
    found: dict[frozenset[tuple[ChainImage, ...]], float] = {}
    for model in models:
        mapped, alike = complexes.similarities(native, model, interfaces)
        for sides, similarity in zip(interfaces, alike, strict=True):
            images = complexes.mapped_sides(sides, mapped)
            if images is not None and similarity is not None:
                found[frozenset(images)] = similarity.dockq
    if not found:
        logger.warning(
            "%s shares no interface with %s: no DockQ",
            results.named.entry.entry_id,
            native.name,
        )
    return found
