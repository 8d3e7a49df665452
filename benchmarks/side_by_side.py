"""Two programs on the same work, in turn: medians, and the ratio of each pair of turns."""

import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

#: Fewest turns of each program.
TURNS = 5
#: A short work is repeated until a turn takes this long, in seconds.
SHORTEST_TURN_S = 0.02


@dataclass(frozen=True)
class Row:
    """One line of the results: times in ms, ratio = peer / il2struct."""

    topic: str
    work: str
    peer: str
    ours_ms: float
    peer_ms: float
    ratio: float
    ratio_minimum: float
    ratio_maximum: float
    turns: int
    note: str = ""


def row_of(
    topic: str,
    work: str,
    peer: str,
    turns: Sequence[tuple[float, float]],
    note: str = "",
) -> Row:
    """Sum up turns of (ours, peer) in ms."""
    ratios = [theirs / ours for ours, theirs in turns]
    return Row(
        topic=topic,
        work=work,
        peer=peer,
        ours_ms=statistics.median(ours for ours, _ in turns),
        peer_ms=statistics.median(theirs for _, theirs in turns),
        ratio=statistics.median(ratios),
        ratio_minimum=min(ratios),
        ratio_maximum=max(ratios),
        turns=len(turns),
        note=note,
    )


def milliseconds(work: Callable[[], object], repeats: int = 1) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    for _ in range(repeats):
        work()
    return 1000.0 * (time.perf_counter() - start) / repeats


def alternate(
    ours: Callable[[], object], peer: Callable[[], object], turns: int = TURNS
) -> list[tuple[float, float]]:
    """Run both in turn, after one run of each that does not count."""
    first = milliseconds(ours) and milliseconds(ours)
    peer()
    repeats = max(1, int(SHORTEST_TURN_S * 1000.0 / max(first, 1e-3)))
    return [(milliseconds(ours, repeats), milliseconds(peer)) for _ in range(turns)]


def mirror_of(arguments: Sequence[str] = ()) -> Path:
    """The folder of entries: argument, IL2STRUCT_MIRROR, or ../shared/structures."""
    default = os.environ.get("IL2STRUCT_MIRROR") or "../shared/structures"
    return Path(arguments[0] if arguments else default).resolve()


def machine(packages: Sequence[str]) -> str:
    """Where and with what the numbers were made."""
    model = platform.processor() or platform.machine()
    cpu = Path("/proc/cpuinfo")
    if cpu.exists():
        names = [
            line.split(":", 1)[1].strip()
            for line in cpu.read_text().splitlines()
            if line.startswith("model name")
        ]
        model = names[0] if names else model
    found = []
    for name in packages:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"{name} not installed")
    return (
        f"{model}, {os.cpu_count()} cores, {platform.system()}; "
        f"Python {platform.python_version()}, {', '.join(found)}"
    )


def tell(text: str) -> None:
    """Progress, which is no result."""
    print(text, file=sys.stderr, flush=True)
