"""Batches: two workers beside one, and growth with the number of entries."""

import tempfile
from pathlib import Path

from comparisons.growth import Growth
from side_by_side import milliseconds, row_of, tell

import batch as made

#: Copies of 2ERJ, and how often both ways run.
N_COPIES, TURNS = 50, 5
#: Entries of the growth, small ones.
NUMBERS = (10, 100, 1000)


def rows(mirror):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = made.copies(mirror, folder / "2ERJ", ["2ERJ.pdb"], N_COPIES)
        made.timed(paths[:4], 2, made.SIZE_OF_2ERJ)
        turns = []
        for turn in range(TURNS):
            tell(f"batch of {N_COPIES}, turn {turn + 1}")
            one, two = (
                milliseconds(lambda j=jobs: made.timed(paths, j, made.SIZE_OF_2ERJ))
                for jobs in (1, 2)
            )
            turns.append((two, one))
        rate = 1000.0 * N_COPIES / min(two for two, _ in turns)
        yield row_of(
            "batch",
            f"{N_COPIES} copies of 2ERJ: contacts, areas, bonds, Sc; two workers",
            "il2struct, one worker",
            turns,
            f"start-up included; best turn {rate:.1f} entries/s",
        )
        yield _growth(mirror, folder)


def _growth(mirror, folder):
    times = []
    for n in NUMBERS:
        tell(f"batch of {n}")
        paths = made.copies(mirror, folder / f"growth-{n}", ["1ROP.pdb", "1KTZ.pdb"], n)
        times.append(milliseconds(lambda p=paths: made.timed(p, 2, made.SIZE_OF_2ERJ)))
    return Growth(
        "batch with two workers, small entries, start-up included", list(NUMBERS), times
    )
