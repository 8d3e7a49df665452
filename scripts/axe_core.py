"""
Bring axe-core, with which the tests look for what keeps people out of the report's page.

Usage: python scripts/axe_core.py

It comes from the npm registry, pinned like the page's viewer, and is kept in the user's cache.
"""

import sys

from il2struct.archive.viewer_library import (
    ViewerRelease,
    read_viewer,
    viewer_from_npm,
    viewer_path,
)
from il2struct.errors import FetchError

AXE = ViewerRelease(
    name="axe-core",
    package="axe-core",
    version="4.14.1",
    member="package/axe.min.js",
    file_sha256="29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c",
    package_sha256="e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745",
    addresses=(),
    licence="MPL-2.0",
    licence_text="",
)


def axe_script() -> str | None:
    """The script if it was brought."""
    return read_viewer(AXE, viewer_path(AXE, environ={}))


def main() -> None:
    if axe_script() is None:
        try:
            viewer_from_npm(AXE, viewer_path(AXE, environ={}))
        except FetchError as error:
            print(f"{error} One test of the page will fail.", file=sys.stderr)


if __name__ == "__main__":
    main()
