"""Versions, parameters, files: what a reader needs to get the same numbers again."""

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from il2struct._version import __version__
from il2struct.interface.interface import InterfaceParameters
from il2struct.structure import alignment, complexes, roles
from il2struct.structure.named import NamedEntry
from il2struct.structure.read import ReadOptions

#: Libraries whose version can change a number.
LIBRARIES: Final = (
    "biopython",
    "gemmi",
    "numba",
    "numpy",
    "pandas",
    "scipy",
)


def provenance(
    entries: Sequence[NamedEntry],
    parameters: InterfaceParameters,
    options: ReadOptions,
    *,
    between: str | None,
) -> dict[str, Any]:
    """
    Gather versions, every parameter, and checksum and revision of every file.

    Parameters
    ----------
    entries : sequence of NamedEntry
    parameters : InterfaceParameters
        What defined the interfaces.
    options : ReadOptions
        What was chosen on reading.
    between : str or None
        Groups chosen by hand.
    """
    return {
        "il2struct": __version__,
        "python": platform.python_version(),
        "libraries": {name: metadata.version(name) for name in LIBRARIES},
        "created_utc": datetime.now(UTC).isoformat(timespec="seconds"),
        "parameters": {
            "reading": asdict(options),
            "roles": {
                **_constants(
                    alignment,
                    (
                        "MIN_IDENTITY",
                        "MIN_COVERAGE",
                        "MIN_ALIGNED",
                        "GAP_OPEN",
                        "GAP_EXTEND",
                    ),
                ),
                **_constants(roles, ("MIN_SPECIES_IDENTITY",)),
            },
            "complexes": _constants(
                complexes, ("MIN_BOUND_PAIRS", "AMBIGUOUS_FRACTION")
            ),
            "references": _references(entries),
            "between": between,
            "interfaces": asdict(parameters),
        },
        "files": [
            {"entry_id": named.entry.entry_id, **asdict(named.entry.provenance)}
            for named in entries
        ],
    }


def _references(entries: Sequence[NamedEntry]) -> list[dict[str, str]]:
    """Family files of the user; none for the shipped family."""
    families = {named.family.path: named.family.sha256 for named in entries}
    return [{"path": path, "sha256": sum_} for path, sum_ in families.items() if path]


def _constants(module: object, names: Sequence[str]) -> dict[str, Any]:
    return {name.lower(): getattr(module, name) for name in names}


def write_provenance(content: Mapping[str, Any], path: Path) -> None:
    """
    Write ``provenance.json``.

    Parameters
    ----------
    content : mapping
        From `provenance`.
    path : path
    """
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    # Names of files may hold bytes that are no text; JSON reads the escapes of them.
    path.write_text(text, encoding="utf-8", errors="backslashreplace")
