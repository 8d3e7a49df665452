"""The command line: arguments, one call, output, exit status; no science."""

import gc
import sys
from typing import Final

#: Objects made before Python looks for dead cycles among them. By its own count of 700 it looks 200
#: to 400 times while libraries are imported, where nothing dies: a tenth of a short command's time.
OBJECTS_BETWEEN_COLLECTIONS: Final = 200_000


def run() -> None:
    """Run the program ``il2struct`` and exit with its status."""
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    try:
        from il2struct.cli.app import app

        app(prog_name="il2struct")
    except KeyboardInterrupt:  # before or behind a command, which answers by itself
        sys.exit(130)
