"""The command line: arguments, one call, output, exit status; no science."""


def run() -> None:
    """Run the program ``il2struct`` and exit with its status."""
    from il2struct.cli.app import app

    app(prog_name="il2struct")
