"""
Predicted complexes: how sure the program was of each interface, beside what its geometry says.

A model is found with its files of confidence by their names, as the programs give them: ColabFold and
AlphaFold 2 (``…_scores_….json``, ``pae_….json``), AlphaFold 3 and its server (``…_confidences.json``,
``…_full_data_N.json``, ``…_summary_confidences…json``), Boltz (``pae_….npz``, ``confidence_….json``),
Chai (``scores.….npz``, ``pae.….npy``), or in the model itself as ModelCIF. Scores (ipSAE, ipTM, pDockQ,
pDockQ2, LIS) are those of the script that Dunbrack published with ipSAE (2025, bioRxiv
2025.02.10.637595, v3), with which the values are compared in the tests.
"""

import json
import logging
import math
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from il2struct.arrays import BoolArray, FloatArray, IndexArray
from il2struct.comparison import complexes
from il2struct.errors import ParseError
from il2struct.results.interfaces import InterfaceResults
from il2struct.structure.fusions import base_name
from il2struct.structure.model import ChainImage, Entry
from il2struct.structure.text import read_blocks
from il2struct.tables import column_names, records, table_from_rows

if TYPE_CHECKING:
    import pandas as pd

logger = logging.getLogger(__name__)

#: Numbers for pairs of chains: rows by place, or by the place as a text.
_Matrix: TypeAlias = Sequence[Sequence[Any]] | Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Confidence:
    """What a predictor said of one model."""

    #: ``boltz``, ``colabfold``, ``alphafold3``, ``chai``, ``modelcif``, or empty if no file of
    #: confidence was found.
    program: str
    #: Predicted aligned error of each token (column) when aligned on another (row), Å; shape (t,
    #: t).
    pae_a: FloatArray | None = None
    #: Chain and residue number of each token, where the file tells.
    token_chain: tuple[str, ...] | None = None
    token_residue: tuple[int, ...] | None = None
    #: 0 to 100, one for each token; shape (t,).
    plddt: FloatArray | None = None
    #: Of the whole; NaN where the program does not say. ``ranking`` is what it ranks models by.
    ptm: float = np.nan
    iptm: float = np.nan
    ranking: float = np.nan
    #: For pairs of chains in the order of the file; row first.
    pair_iptm: Mapping[tuple[int, int], float]


def read_confidence(model: Path) -> Confidence:
    """
    Find and read what a predictor wrote beside a model; an empty ``program`` if there is nothing.

    ParseError if a file of confidence is damaged or not what its name says.
    """
    stem = model.name.removesuffix(".gz").rsplit(".", 1)[0]
    for reader in (_boltz, _alphafold3, _colabfold, _chai, _modelcif):
        try:
            confidence = reader(model, stem)
        except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
            program = reader.__name__.strip("_")
            raise ParseError(
                f"the files of confidence beside {model.name} are not as {program} writes them "
                f"({error}); bring them again or take them away."
            ) from None
        if confidence is not None:
            return confidence
    return Confidence(program="", pair_iptm={})


def _boltz(model: Path, stem: str) -> Confidence | None:
    pae, summary = (
        model.with_name(f"{kind}_{stem}.{suffix}")
        for kind, suffix in (("pae", "npz"), ("confidence", "json"))
    )
    if not (pae.exists() or summary.exists()):
        return None
    words = _json(summary) if summary.exists() else {}
    plddt = model.with_name(f"plddt_{stem}.npz")
    return Confidence(
        program="boltz",
        pae_a=_square(_array(pae, "pae"), pae) if pae.exists() else None,
        plddt=_percent(_array(plddt, "plddt")) if plddt.exists() else None,
        ptm=_number(words, "ptm"),
        iptm=_number(words, "iptm"),
        ranking=_number(words, "confidence_score"),
        pair_iptm=_pairs(words.get("pair_chains_iptm")),
    )


def _alphafold3(model: Path, stem: str) -> Confidence | None:
    # fold_x_model_0.cif of the server, x_model.cif of the program.
    base, found, rank = stem.rpartition("_model")
    if not found:
        return None
    full, summary = (
        next((p for name in names if (p := model.with_name(name)).exists()), None)
        for names in (
            (f"{base}_full_data{rank}.json", f"{base}_confidences{rank}.json"),
            (f"{base}_summary_confidences{rank}.json",),
        )
    )
    if full is None and summary is None:
        return None
    data = _json(full) if full else {}
    words = _json(summary) if summary else {}
    chains, numbers = data.get("token_chain_ids"), data.get("token_res_ids")
    return Confidence(
        program="alphafold3",
        pae_a=_square(data["pae"], full) if full and "pae" in data else None,
        token_chain=tuple(map(str, chains)) if chains else None,
        token_residue=tuple(map(int, numbers)) if numbers else None,
        ptm=_number(words, "ptm"),
        iptm=_number(words, "iptm"),
        ranking=_number(words, "ranking_score"),
        pair_iptm=_pairs(words.get("chain_pair_iptm")),
    )


def _colabfold(model: Path, stem: str) -> Confidence | None:
    names = [re.sub(r"_(un)?relaxed_", "_scores_", stem), f"pae_{stem}", f"{stem}_pae"]
    names += [f"{stem}_scores", f"{stem}_predicted_aligned_error"]
    path = next(
        (p for name in names if (p := model.with_name(f"{name}.json")).exists()), None
    )
    if path is None:
        return None
    words = _json(path)
    pae = words.get("pae", words.get("predicted_aligned_error"))
    letters = {
        tuple(ord(letter) - ord("A") for letter in pair.split("-")): value
        for pair, value in dict(words.get("pairwise_iptm") or {}).items()
        if re.fullmatch("[A-Z]-[A-Z]", pair)
    }
    iptm = _number(words, "iptm")
    ptm = _number(words, "ptm")
    return Confidence(
        program="colabfold",
        pae_a=None if pae is None else _square(pae, path),
        plddt=_percent(np.array(words["plddt"], float)) if "plddt" in words else None,
        ptm=ptm,
        iptm=iptm,
        # As AlphaFold-Multimer ranks (Evans et al. 2021, bioRxiv 2021.10.04.463034).
        ranking=0.8 * iptm + 0.2 * ptm,
        pair_iptm={
            pair: float(value)
            for (first, second), value in letters.items()
            for pair in ((first, second), (second, first))
        },
    )


def _chai(model: Path, stem: str) -> Confidence | None:
    # pred.model_idx_0.cif beside scores.model_idx_0.npz
    _, dot, rank = stem.partition(".")
    scores = model.with_name(f"scores.{rank}.npz")
    if not dot or not scores.exists():
        return None
    pae = next(
        (
            p
            for end in ("npy", "npz")
            if (p := model.with_name(f"pae.{rank}.{end}")).exists()
        ),
        None,
    )
    matrix = _array(scores, "per_chain_pair_iptm")
    return Confidence(
        program="chai",
        pae_a=None if pae is None else _square(_array(pae, "pae"), pae),
        ptm=float(np.ravel(_array(scores, "ptm"))[0]),
        iptm=float(np.ravel(_array(scores, "iptm"))[0]),
        ranking=float(np.ravel(_array(scores, "aggregate_score"))[0]),
        pair_iptm=_pairs(list(matrix.reshape(matrix.shape[-2:]))),
    )


def _modelcif(model: Path, _stem: str) -> Confidence | None:
    tags = [
        *("metric_id", "label_asym_id_1", "label_seq_id_1"),
        *("label_asym_id_2", "label_seq_id_2", "metric_value"),
    ]
    rows: list[tuple[str, ...]] = []
    document = read_blocks(model)
    for block in document:
        metrics = block.find("_ma_qa_metric.", ["id", "type"])
        errors = {row[0] for row in metrics if row.str(1) == "PAE"}
        pairs = block.find("_ma_qa_metric_local_pairwise.", tags)
        rows += [tuple(row) for row in pairs if row[0] in errors]
    if not rows:
        return None
    tokens = {
        token: i for i, token in enumerate(dict.fromkeys((r[1], r[2]) for r in rows))
    }
    pae = np.full((len(tokens), len(tokens)), np.nan)
    for row in rows:
        pae[tokens[row[1], row[2]], tokens[row[3], row[4]]] = float(row[5])
    if np.isnan(pae).any():
        raise ParseError(
            f"{model.name}: its predicted aligned errors do not pair all of their residues; "
            "write the model with its program again."
        )
    return Confidence(
        program="modelcif",
        pae_a=pae,
        token_chain=tuple(chain for chain, _ in tokens),
        # A ligand has no number in a sequence.
        token_residue=tuple(int(n) if n.isdigit() else -1 for _, n in tokens),
        pair_iptm={},
    )


def _json(path: Path) -> dict[str, Any]:
    try:
        words = json.loads(path.read_bytes())
    except (ValueError, UnicodeDecodeError):
        words = None
    # The database of AlphaFold wraps its errors in a list of one.
    if isinstance(words, list) and len(words) == 1:
        words = words[0]
    if not isinstance(words, dict):
        raise ParseError(
            f"{path.name} is not the JSON of confidence that its name says; bring it again "
            "or take it away."
        )
    return words


def _array(path: Path, name: str) -> FloatArray:
    try:
        loaded = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            return loaded.astype(float)
        with loaded:
            return np.array(loaded[name], dtype=float)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        raise ParseError(
            f"{path.name} holds no numbers {name!r} of confidence; bring it again or take it away."
        ) from None


def _square(values: FloatArray | Sequence[Any], path: Path) -> FloatArray:
    matrix = np.array(values, dtype=float)
    matrix = matrix[0] if matrix.ndim == 3 and len(matrix) == 1 else matrix
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not len(matrix):
        raise ParseError(
            f"{path.name}: the predicted aligned error is a matrix of shape {matrix.shape}, "
            "not one of all residues by all; bring the file again."
        )
    if not np.isfinite(matrix).all():
        raise ParseError(
            f"{path.name}: some predicted aligned errors are not numbers; bring it again."
        )
    return matrix


def _percent(plddt: FloatArray) -> FloatArray:
    """From 0 to 100, also where a program counts to 1."""
    return plddt * 100.0 if plddt.max(initial=0.0) <= 1.0 else plddt


def _number(words: Mapping[str, Any], name: str) -> float:
    value = words.get(name)
    return float(value) if isinstance(value, int | float) else np.nan


def _pairs(matrix: _Matrix | None) -> dict[tuple[int, int], float]:
    """Values for pairs of chains from a matrix, as lists or as mappings of numbers."""
    return {
        (int(i), int(j)): float(value)
        for i, row in _numbered(matrix or [])
        for j, value in _numbered(row)
        if value is not None
    }


def _numbered(
    values: Mapping[str, Any] | Sequence[Any],
) -> Iterable[tuple[str | int, Any]]:
    return values.items() if isinstance(values, Mapping) else enumerate(values)


#: Only pairs of residues with a smaller predicted aligned error count for ipSAE, in Å.
PAE_CUTOFF_A: Final = 10.0
#: Distance of CB atoms (CA in Gly) of residues in contact for pDockQ, Å (Bryant et al. 2022 Nat
#: Commun 13:1265).
PDOCKQ_DISTANCE_A: Final = 8.0
#: LIS counts errors up to this, Å (Kim et al. 2024, bioRxiv 2024.02.19.580970).
LIS_CUTOFF_A: Final = 12.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PairScores:
    """Scores of two groups of residues; those with a direction align on the first of two sides."""

    #: 0 to 1; 0 if no pair lies below the cut-off.
    ipsae_1_to_2: float
    ipsae_2_to_1: float
    pdockq: float
    pdockq2_1_to_2: float
    pdockq2_2_to_1: float
    lis_1_to_2: float
    lis_2_to_1: float

    @property
    def ipsae(self) -> float:
        """The larger of both directions, as the script ranks by."""
        return max(self.ipsae_1_to_2, self.ipsae_2_to_1)


def pair_scores(
    pae_a: FloatArray, distance_a: FloatArray, plddt: FloatArray, is_first: BoolArray
) -> PairScores:
    """
    Score the interface of two sides.

    Parameters
    ----------
    pae_a : ndarray, shape=(n, n)
        Predicted aligned error of the residues of both sides, Å.
    distance_a : ndarray, shape=(n, n)
        Distances of their CB atoms (CA in Gly), Å.
    plddt : ndarray, shape=(n,)
        0 to 100.
    is_first : ndarray of bool, shape=(n,)
        Residues of side 1; the others are those of side 2.
    """
    first, second = np.flatnonzero(is_first), np.flatnonzero(~is_first)
    directions = [
        (pae_a[np.ix_(a, b)], distance_a[np.ix_(a, b)])
        for a, b in ((first, second), (second, first))
    ]
    near = directions[0][1] <= PDOCKQ_DISTANCE_A
    touching = np.concatenate([first[near.any(axis=1)], second[near.any(axis=0)]])
    mean_plddt = float(plddt[touching].mean()) if len(touching) else 0.0
    pdockq2 = [
        _pdockq2(mean_plddt, pae[distance <= PDOCKQ_DISTANCE_A])
        for pae, distance in directions
    ]
    ipsae = [ipsae_of(pae) for pae, _ in directions]
    counted = [pae[pae <= LIS_CUTOFF_A] for pae, _ in directions]
    lis = [
        float((1.0 - errors / LIS_CUTOFF_A).mean()) if len(errors) else 0.0
        for errors in counted
    ]
    return PairScores(
        ipsae_1_to_2=ipsae[0],
        ipsae_2_to_1=ipsae[1],
        pdockq=_pdockq(mean_plddt, int(near.sum())),
        pdockq2_1_to_2=pdockq2[0],
        pdockq2_2_to_1=pdockq2[1],
        lis_1_to_2=lis[0],
        lis_2_to_1=lis[1],
    )


def ipsae_of(pae_a: FloatArray) -> float:
    """
    Score from predicted aligned errors of one side (columns) when aligned on the other (rows).

    For each residue the mean of 1 / (1 + (PAE / d0)²) over the partners below the cut-off, d0 from
    their number; the best residue counts.
    """
    counts = (pae_a < PAE_CUTOFF_A).sum(axis=1)
    best = 0.0
    for row in np.flatnonzero(counts):
        errors = pae_a[row][pae_a[row] < PAE_CUTOFF_A]
        d0 = tm_scale_a(int(counts[row]))
        best = max(best, float((1.0 / (1.0 + (errors / d0) ** 2)).mean()))
    return best


def tm_scale_a(n_residues: int) -> float:
    """Return the distance d0 of the TM score, Å (Yang & Skolnick 2004 Proteins 57:702), 1 at least."""
    # Below 27 residues the formula falls under 1 Å; the script holds it there.
    return max(1.0, 1.24 * math.cbrt(max(n_residues, 27) - 15) - 1.8)


def _pdockq(mean_plddt: float, n_pairs: int) -> float:
    if not n_pairs:
        return 0.0
    x = mean_plddt * math.log10(n_pairs)
    return 0.724 / (1.0 + math.exp(-0.052 * (x - 152.611))) + 0.018


def _pdockq2(mean_plddt: float, errors_a: FloatArray) -> float:
    """After Zhu et al. 2023 Bioinformatics 39:btad424."""
    if not len(errors_a):
        return 0.0
    x = mean_plddt * float((1.0 / (1.0 + (errors_a / 10.0) ** 2)).mean())
    return 1.31 / (1.0 + math.exp(-0.075 * (x - 84.733))) + 0.005


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

    Columns stay empty for what the confidence lacks; the reference is an experimental complex, for
    DockQ. ParseError if the predicted errors are not those of this model's residues.
    """
    entry = results.named.entry
    tokens = token_of_residue(entry, confidence)
    plddt = plddt_of_residues(entry, confidence, tokens)
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

    None if there are no predicted errors; ParseError if their number fits neither the residues nor the
    tokens of the model.
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


def plddt_of_residues(
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
