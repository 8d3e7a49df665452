"""Tables on files, entries, chains, numbering, complexes and notes; names that tell entries apart."""

import math
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from il2struct import tables
from il2struct.archive import StructureFile, looks_like_entry_id, parse_entry_id
from il2struct.archive.files import name_of
from il2struct.errors import public_type_name
from il2struct.structure.alignment import FOREIGN_STATUS
from il2struct.structure.antibodies import variable_domains
from il2struct.structure.model import NO_NUMBER, Note, ResidueKind
from il2struct.structure.named import NamedEntry
from il2struct.structure.roles import gaps, mutations

if TYPE_CHECKING:
    import pandas as pd


def one_word(text: str) -> str:
    """Text that can stand in a list separated by spaces."""
    return "_".join(text.split())


def ids_among(sources: Iterable[object]) -> frozenset[str]:
    """Return the entries that are named by their ID."""
    texts = [text for text in map(str, sources) if looks_like_entry_id(text)]
    return frozenset(str(parse_entry_id(text)) for text in texts)


def distinct_name(
    name: str, taken: Collection[str], *, source: str = "", ids: Collection[str] = ()
) -> str:
    """
    Return by what name an entry is told from others: its ID, or that of its file, or with a number.

    A file of an entry that is given by its ID too, or before, is called by its own name: a mutant made
    from 2B5I is not 2B5I. Where this is taken as well, the first number that is free stands behind it.

    Parameters
    ----------
    name, taken
        What the entry calls itself, and the names of those before it.
    source
        ID or file as it was given.
    ids
        `ids_among` all sources.

    Examples
    --------
    >>> distinct_name("2B5I", ["2ERJ", "2B5I"], source="2B5I"), distinct_name("2B5I", ["2B5I"], source="F42A.pdb")
    ('2B5I_2', 'F42A')
    """
    own = name_of(Path(source))
    # The archive's own file is called by the ID: 1z92.pdb.gz.
    is_archives = own.upper() in ("", name) or looks_like_entry_id(own)
    if not is_archives and (name in taken or name in ids):
        name = own
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free


def file_table(file: StructureFile) -> "pd.DataFrame":
    """Return the table ``files`` of one file that was found or brought."""
    row: dict[str, Any] = dict.fromkeys(tables.column_names("files"), "")
    row |= {name: getattr(file, name) for name in row if hasattr(file, name)}
    row |= {"path": str(file.path), "status": "ok", "warnings": " ".join(file.warnings)}
    return tables.table_from_rows("files", [row])


def failed_file_table(entry_id: str, error: Exception) -> "pd.DataFrame":
    """Return the table ``files`` of an entry, as typed, that could not be brought."""
    row = dict.fromkeys(tables.column_names("files"), "") | _failure(entry_id, error)
    return tables.table_from_rows("files", [row])


def _failure(entry_id: str, error: Exception) -> dict[str, str]:
    return {
        "entry_id": entry_id,
        "status": "failed",
        "error_type": public_type_name(error),
        "error_message": str(error),
    }


def tables_of(
    named: NamedEntry, *, n_interfaces: int | None = None
) -> dict[str, "pd.DataFrame"]:
    """Return the tables of an entry itself: ``entries``, ``chains``, ``numbering``, ``complexes``."""
    return {
        "entries": entry_table(named, n_interfaces=n_interfaces),
        "chains": chain_table(named),
        "numbering": numbering_table(named),
        "complexes": complex_table(named),
    }


def entry_table(named: NamedEntry, *, n_interfaces: int | None) -> "pd.DataFrame":
    """Return the table ``entries`` of one; ``n_interfaces`` is None if none were asked for."""
    entry, provenance = named.entry, named.entry.provenance
    row: dict[str, Any] = {
        "entry_id": entry.entry_id,
        "status": "ok",
        "error_type": "",
        "error_message": "",
        "title": entry.title,
        "method": entry.method,
        "resolution_a": entry.resolution_a if entry.resolution_a > 0 else math.nan,
        "space_group": entry.crystal.space_group if entry.crystal else "",
        "n_models": entry.n_models,
        "model_number": provenance.model_number,
        "n_atoms": len(entry.atoms),
        "n_protein_chains": len(entry.protein_chains),
        "n_complexes": len(named.complexes),
        "n_interfaces": n_interfaces,
    }
    for name in ("file_format", "origin", "path", "url", "sha256", "revision"):
        row[name] = getattr(provenance, name)
    row["seconds"] = math.nan
    return tables.table_from_rows("entries", [row])


def failed_entry_table(entry_id: str, error: Exception) -> "pd.DataFrame":
    """Return the table ``entries`` of an entry, as typed, that could not be analysed."""
    row: dict[str, Any] = dict.fromkeys(tables.column_names("entries"))
    row |= {"resolution_a": math.nan, "seconds": math.nan, **_failure(entry_id, error)}
    return tables.table_from_rows("entries", [row])


def chain_table(named: NamedEntry) -> "pd.DataFrame":
    """Describe the polymer chains of an entry: the table ``chains``."""
    by_name = {role.auth_asym_id: role for role in named.roles}
    antibodies = {each.auth_asym_id: each for each in named.antibodies}
    rows = []
    for chain in named.entry.chains:
        row: dict[str, Any] = dict.fromkeys(tables.column_names("chains"))
        antibody = antibodies.get(chain.auth_asym_id)
        row |= {
            "entry_id": named.entry.entry_id,
            "auth_asym_id": chain.auth_asym_id,
            "label_asym_id": chain.label_asym_id,
            "entity_id": chain.entity_id,
            "description": chain.description,
            "role": "nucleic" if chain.kind is ResidueKind.NUCLEIC else "unknown",
            "antibody": antibody.name if antibody else "",
            "antibody_by": antibody.source if antibody else "",
            "n_residues": len(chain.sequence),
            "n_modelled": len(chain.residue_index),
            "n_glycans": len(chain.glycan_index),
            "complex_ids": " ".join(
                complex_.complex_id
                for complex_ in named.complexes
                if chain.auth_asym_id
                in [member.image.auth_asym_id for member in complex_.members]
            ),
        }
        role = by_name.get(chain.auth_asym_id)
        if role is not None:
            row |= {
                "role": role.role.value,
                "species": role.species,
                "nearest_role": role.nearest_role,
                "identity": role.identity,
                "coverage": role.coverage,
                "reference_coverage": role.reference_coverage,
                "uniprot": role.uniprot,
                "n_tag": int(
                    np.isin(role.status[chain.position], FOREIGN_STATUS).sum()
                ),
                "mutations": " ".join(mutations(chain, role)),
                "gaps": " ".join(
                    f"{a}-{b}" if a != b else str(a) for a, b in gaps(role)
                ),
            }
        rows.append(row)
    return tables.table_from_rows("chains", rows)


def numbering_table(named: NamedEntry) -> "pd.DataFrame":
    """List every position of every protein sequence, gaps included: the table ``numbering``."""
    residues = named.entry.residues
    parts: list[tables.Columns] = []
    for chain, role in zip(named.entry.protein_chains, named.roles, strict=True):
        length = len(chain.sequence)
        row = np.zeros(length, dtype=np.int64)
        row[chain.position] = chain.residue_index
        is_modelled = role.is_modelled
        domains = variable_domains(chain.sequence)
        parts.append(
            {
                "entry_id": np.full(length, named.entry.entry_id),
                "auth_asym_id": np.full(length, chain.auth_asym_id),
                "position": np.arange(1, length + 1),
                "residue_letter": np.array(list(chain.sequence), dtype=np.str_),
                "is_modelled": is_modelled,
                "residue_name": np.where(is_modelled, residues.name[row], ""),
                "auth_number": np.where(
                    is_modelled, residues.auth_number[row], NO_NUMBER
                ),
                "ins_code": np.where(is_modelled, residues.ins_code[row], ""),
                "label_number": np.where(
                    is_modelled, residues.label_number[row], NO_NUMBER
                ),
                "uniprot_number": role.uniprot_number,
                "mature_number": role.mature_number,
                "human_number": role.human_number,
                "reference_letter": role.reference_letter,
                "status": role.status,
                "cdr": domains.cdr,
                "imgt_number": domains.imgt,
            }
        )
    return tables.table_from_parts("numbering", parts)


def complex_table(named: NamedEntry) -> "pd.DataFrame":
    """List the members of every complex and the roles that are missing: the table ``complexes``."""
    rows = []
    for complex_ in named.complexes:
        common: dict[str, Any] = {
            "entry_id": named.entry.entry_id,
            "complex_id": complex_.complex_id,
            "basis": complex_.basis,
            "assembly": complex_.assembly,
        }
        for member in complex_.members:
            rows.append(
                common
                | {
                    "role": member.role.value,
                    "is_present": True,
                    "auth_asym_id": member.image.auth_asym_id,
                    "operator": member.image.symmetry_code,
                    "operator_triplet": named.entry.operators[
                        member.image.operator
                    ].name,
                }
            )
        for role in complex_.missing_roles:
            absent = {"auth_asym_id": "", "operator": "", "operator_triplet": ""}
            rows.append(common | absent | {"role": role.value, "is_present": False})
    return tables.table_from_rows("complexes", rows)


def note_table(entry_id: str, notes: Sequence[Note]) -> "pd.DataFrame":
    """List what was left out, chosen or doubted: the table ``notes``."""
    columns = {
        name: [getattr(note, name) for note in notes]
        for name in ("topic", "subject", "count", "message")
    }
    return tables.frame("notes", {"entry_id": [entry_id] * len(notes), **columns})
