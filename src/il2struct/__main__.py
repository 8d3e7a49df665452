"""``python -m il2struct`` is the same program."""

from il2struct.cli import run

if __name__ == "__main__":
    run()
