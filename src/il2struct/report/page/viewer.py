"""
The 3D viewer of the page: found where it is kept, or brought there once.

``python -m il2struct.report.page.viewer --npm`` brings it with the npm client.
"""

import argparse
import logging
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from typing import Final

from il2struct.archive.viewer_library import (
    VIEWER_VARIABLE,
    ViewerRelease,
    read_viewer,
    viewer_from_npm,
    viewer_from_servers,
    viewer_path,
    viewer_release,
)
from il2struct.errors import FetchError

logger = logging.getLogger(__name__)

#: How to get the viewer, as the page says it where it is missing.
HOW_TO_GET: Final = (
    "python -m il2struct.report.page.viewer brings the viewer (3Dmol.js, 0.5 MB) once; then make "
    "the report again."
)


def find_viewer(
    *, offline: bool, environ: Mapping[str, str] = os.environ
) -> str | None:
    """
    Return the script of the viewer, brought at its first use unless one is to stay offline.

    None if it is not here and cannot be brought; the reason is logged. A file that
    ``IL2STRUCT_VIEWER`` names is used or not, but nothing is brought in its place.
    """
    release = viewer_release()
    path = viewer_path(release, environ=environ)
    script = read_viewer(release, path)
    if script is not None or offline or environ.get(VIEWER_VARIABLE, "").strip():
        return script
    try:
        bring_viewer(release)
    except FetchError as error:
        logger.info("the report has no 3D view: %s", error)
        return None
    return read_viewer(release, path)


def bring_viewer(release: ViewerRelease) -> None:
    """Bring the viewer with npm where there is one, else from a public server, or raise FetchError."""
    path = viewer_path(release)
    if shutil.which("npm") is not None:
        try:
            viewer_from_npm(release, path)
        except FetchError as error:
            logger.info("%s", error)
        else:
            return
    viewer_from_servers(release, path)


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Bring the viewer, say where it is, and return 0 if it is there.

    With ``--npm`` it always returns 0, so that an installation goes on without it.
    """
    parser = argparse.ArgumentParser(
        prog="python -m il2struct.report.page.viewer",
        description="Bring the 3D viewer of the report (3Dmol.js) into the user's cache.",
    )
    parser.add_argument(
        "--npm",
        action="store_true",
        help="with the npm client only, and go on without it if that fails",
    )
    only_npm = parser.parse_args(arguments).npm
    release = viewer_release()
    path = viewer_path(release)
    if read_viewer(release, path) is None:
        try:
            if only_npm:
                viewer_from_npm(release, path)
            else:
                bring_viewer(release)
        except FetchError as error:
            text = f"il2struct: {error} Reports are written without the 3D view."
            print(text, file=sys.stderr)  # noqa: T201  # a command of its own
            return 0 if only_npm else 1
    print(f"il2struct: {release.name} {release.version} is in {path}")  # noqa: T201  # likewise
    return 0


if __name__ == "__main__":
    sys.exit(main())
