"""
How long short commands take from the prompt, beside importing what any of them rests on.

``python benchmarks/start.py [--mirror FOLDER] [--turns 7]``: in each turn every command once, and
``python -c "import numpy, pandas"``; printed are medians in seconds and the median of the ratios
of a turn, beside the goal. Kernels are compiled, and modules byte-compiled, before the first turn.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
BASE = (sys.executable, "-c", "import numpy, pandas")
#: Arguments of il2struct, and how many times the imports they may take.
COMMANDS = {
    "--help": (("--help",), 1.0),
    "roles ID": (("roles", "2B5I"), 2.0),
    "interfaces ID --sc value": (("interfaces", "2B5I", "--sc", "value"), 4.0),
    "report ID --no-figures": (("report", "2B5I", "--no-figures", "-o", "."), 8.0),
}


def seconds(
    command: tuple[str, ...], environment: dict[str, str], folder: str
) -> float:
    start = time.perf_counter()
    subprocess.run(
        command, env=environment, cwd=folder, capture_output=True, check=True
    )
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    default = HERE.parent.parent / "shared" / "structures"
    parser.add_argument("--mirror", type=Path, default=default)
    parser.add_argument("--turns", type=int, default=7)
    asked = parser.parse_args()
    environment = {**os.environ, "IL2STRUCT_MIRROR": str(asked.mirror.resolve())}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    runs = {
        name: (sys.executable, "-m", "il2struct", *c)
        for name, (c, _) in COMMANDS.items()
    }
    times: dict[str, list[float]] = {name: [] for name in runs}
    base = []
    with tempfile.TemporaryDirectory() as folder:
        for command in runs.values():
            seconds(command, environment, folder)
        for _ in range(asked.turns):
            base.append(seconds(BASE, environment, folder))
            for name, command in runs.items():
                times[name].append(seconds(command, environment, folder))
    print(f"{'':<28}{'median, s':>10}{'ratio':>8}{'goal':>7}")
    print(f"{'import numpy, pandas':<28}{statistics.median(base):>10.2f}{1:>8.2f}")
    for name, (_, goal) in COMMANDS.items():
        ratio = statistics.median(t / b for t, b in zip(times[name], base, strict=True))
        print(
            f"{name:<28}{statistics.median(times[name]):>10.2f}{ratio:>8.2f}{goal:>7.1f}"
        )


if __name__ == "__main__":
    main()
