"""
List the licence of everything that il2struct needs at run time, and fail on the GPL.

``python scripts/licences.py`` follows the requirements in ``pyproject.toml``, those of the extras
``distributed`` and ``notebook`` included, through the metadata of what is installed. The
lesser GPL (LGPL) lets a program of any licence import a library; the GPL does not.
"""

import re
import sys
import tomllib
from collections.abc import Iterable
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

#: Extras that people use the package with; the others are for its developers.
EXTRAS = ("distributed", "notebook")
#: The GPL as classifiers, SPDX identifiers and prose name it, but neither the LGPL nor a sentence
#: on compatibility.
GPL = re.compile(
    r"(?<![A-Za-z])A?GPL|(?<!lesser )(?<!library )general public licen[sc]e", re.I
)


def requirements() -> list[str]:
    """Return what the package itself asks for; its own metadata may be older than that."""
    path = Path(__file__).parents[1] / "pyproject.toml"
    project = tomllib.loads(path.read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    return [
        *project["dependencies"],
        *(text for name in EXTRAS for text in extras[name]),
    ]


def needed(wanted: Iterable[str]) -> dict[str, Distribution]:
    """Return the packages that some requirements bring at run time, by canonical name."""
    found: dict[str, Distribution] = {}
    waiting = [(text, "il2struct", frozenset[str]()) for text in wanted]
    seen = set(waiting)
    while waiting:
        text, asker, extras = waiting.pop()
        package = Requirement(text)
        if not _applies(package, extras):
            continue
        try:
            installed = distribution(package.name)
        except PackageNotFoundError:
            sys.exit(f"{package.name}, which {asker} needs, is not installed here.")
        found[canonicalize_name(package.name)] = installed
        inner = frozenset(package.extras)
        more = {(each, installed.name, inner) for each in installed.requires or ()}
        waiting += more - seen
        seen |= more
    return dict(sorted(found.items()))


def _applies(package: Requirement, extras: frozenset[str]) -> bool:
    marker = package.marker
    return marker is None or any(marker.evaluate({"extra": e}) for e in extras | {""})


def licence(installed: Distribution) -> str:
    """Return the licence as the metadata name it: SPDX first, then classifiers, then prose."""
    metadata = installed.metadata
    if spdx := metadata.get("License-Expression"):
        return str(spdx)
    classifiers = [
        text.removeprefix("License :: ").removeprefix("OSI Approved :: ")
        for text in metadata.get_all("Classifier") or ()
        if text.startswith("License :: ")
    ]
    classifiers = [text for text in classifiers if text != "OSI Approved"]
    if classifiers:
        return "; ".join(classifiers)
    prose = " ".join((metadata.get("License") or "").split())
    return prose[:60] or "not named"


def is_gpl(text: str) -> bool:
    """
    Tell whether a licence leaves nothing but the GPL.

    Examples
    --------
    >>> [is_gpl(t) for t in ("GPL-2.0-or-later", "LGPL-2.1-or-later", "MIT", "MIT OR GPL-2.0")]
    [True, False, False, False]
    """
    choices = re.split(r"\bOR\b", text)
    return all(GPL.search(choice) for choice in choices)


def main() -> int:
    """Print one line a package; return 1 if one is under the GPL or does not say."""
    bad = []
    for name, installed in needed(requirements()).items():
        text = licence(installed)
        sys.stdout.write(f"{name:24} {installed.version:16} {text}\n")
        if is_gpl(text) or text == "not named":
            bad.append(f"{name} ({text})")
    if bad:
        sys.stderr.write(f"not allowed among the dependencies: {', '.join(bad)}\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
