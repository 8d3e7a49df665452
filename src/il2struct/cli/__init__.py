"""The command line: arguments, one call, output, exit status; no science."""

import sys


def run() -> None:
    """Run the program ``il2struct`` and exit with its status."""
    try:
        from il2struct.cli.app import app

        app(prog_name="il2struct")
    except KeyboardInterrupt:  # before or behind a command, which answers by itself
        sys.exit(130)
