"""
arpeggia as a program of its own: its licence (GPL) keeps it out of il2struct's process.

``python arpeggia_program.py sc FILE GROUPS [GROUPS ...]`` prints, as JSON, the values for the
groups (``A/D``) and waits; each line on standard input is answered with the milliseconds of
another run.
"""

import json
import sys
import time

import arpeggia


def main(what, path, groups):
    measure = {
        "sc": lambda g: arpeggia.sc(path, g, num_threads=1),
        "area": lambda g: arpeggia.dsasa(path, g, num_threads=1),
    }[what]
    values = {g: float(measure(g)) for g in groups}
    print(json.dumps(values), flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        for g in groups:
            measure(g)
        print(1000.0 * (time.perf_counter() - start), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
