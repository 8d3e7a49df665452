"""
The confidence files that structure predictors write beside their models.

A model is found with its files by their names, as the programs give them: ColabFold and AlphaFold 2
(``…_scores_….json``, ``pae_….json``), AlphaFold 3 and its server (``…_confidences.json``,
``…_full_data_N.json``, ``…_summary_confidences…json``), Boltz (``pae_….npz``, ``confidence_….json``),
Chai (``scores.….npz``, ``pae.….npy``), or in the model itself as ModelCIF.
"""

import json
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from il2struct.arrays import FloatArray
from il2struct.errors import ParseError
from il2struct.structure.text import read_blocks

#: Numbers for pairs of chains: rows by place, or by the place as a text.
_Matrix: TypeAlias = Sequence[Sequence[Any]] | Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Confidence:
    """
    What a predictor said of one model.

    Attributes
    ----------
    program : str
        ``boltz``, ``colabfold``, ``alphafold3``, ``chai``, ``modelcif``, or empty if no file of
        confidence was found.
    pae_a : ndarray, shape=(t, t), or None
        Predicted aligned error of each token (column) when aligned on another (row), Å.
    token_chain, token_residue : tuple or None
        Chain and residue number of each token, where the file tells.
    plddt : ndarray, shape=(t,), or None
        0 to 100, one for each token.
    ptm, iptm, ranking : float
        Of the whole; NaN where the program does not say. ``ranking`` is what it ranks models by.
    pair_iptm : mapping of (int, int) to float
        For pairs of chains in the order of the file; row first.
    """

    program: str
    pae_a: FloatArray | None = None
    token_chain: tuple[str, ...] | None = None
    token_residue: tuple[int, ...] | None = None
    plddt: FloatArray | None = None
    ptm: float = np.nan
    iptm: float = np.nan
    ranking: float = np.nan
    pair_iptm: Mapping[tuple[int, int], float]


def read_confidence(model: Path) -> Confidence:
    """
    Find and read what a predictor wrote beside a model.

    Returns
    -------
    Confidence
        With an empty ``program`` if there is nothing.

    Raises
    ------
    ParseError
        If a file of confidence is damaged or not what its name says.
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
