"""
Checksums of every result of twenty entries and two trajectories, to see what a change changes.

``python scripts/pin_results.py SUMS`` runs the commands on files of ``IL2STRUCT_MIRROR``, two at a
time, and writes one sorted line for each column of each table (CSV, JSON, Parquet read back), each
text (``summary.md``, ``network.md``) and each scene into the file SUMS; ``--compare SUMS`` computes
them anew, prints what differs from that file by command, file and column, and exits with 1. Run it
at the commit a change starts from, then with ``--compare`` after each step.

Only the command line is used, so that the inside of the package may move. Floats are rounded to
six significant digits and those below 1e-9 count as 0: the last digits depend on the processor.
Nothing depends on time, paths, the version or the hash seed. A number on the very edge of rounding
may still differ between processors: make the file anew on each machine and do not commit it. Tables
of figures are read, their pictures are not; nor is ``report.html``.
"""

import argparse
import gzip
import hashlib
import json
import math
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import MDAnalysis as mda  # noqa: N813  # its own short name
import numpy as np
import pandas as pd

import il2struct

#: Both formats; one to eight chains, roles and none, all kinds of bonds, NMR without a crystal.
FAMILY = ("1M47.pdb", "1M4C.pdb", "1PY2.pdb", "1Z92.pdb", "2B5I.cif", "2ERJ.pdb")
COUSINS = ("2Z3R.cif", "3INK.pdb", "3QB7.cif", "1IAR.pdb", "1KTZ.pdb", "3OG4.cif")
OTHERS = (
    *("1A2Y.pdb", "1BRS.pdb", "1HHO.cif", "1ROP.pdb", "1XDA.cif", "2NA8.cif"),
    *("2PTC.pdb", "2SNI.pdb"),
)
ENTRIES = tuple(f"{name}.gz" for name in (*FAMILY, *COUSINS, *OTHERS))
QUATERNARY = ("2B5I.cif.gz", "2ERJ.pdb.gz")
#: Frames of each trajectory, 0.1 ps apart.
N_FRAMES = 6
#: Columns that say when or how long, not what.
VOLATILE = frozenset({"seconds", "elapsed_s", "finished_at", "il2struct_version"})
#: Files that say with what and when a run was made, and pictures.
LEFT_OUT = frozenset({"provenance.json", "run.json"})
NUMBER = re.compile(r"-?\d+\.\d+(?:e[-+]?\d+)?")


def rounded(value):
    """The text of a cell, floats to six significant digits."""
    if isinstance(value, (list, tuple, np.ndarray)):
        return "[" + ",".join(rounded(part) for part in value) + "]"
    if value is None or value is pd.NA:
        return "-"
    if isinstance(value, (float, np.floating)):
        if math.isnan(value):
            return "-"
        return "0" if abs(value) < 1e-9 else f"{value:.6g}"
    if isinstance(value, dict):
        return json.dumps({k: rounded(v) for k, v in value.items()}, sort_keys=True)
    return str(value)


def checksum(parts):
    """Sixteen digits of a checksum of some texts."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def sums_of_table(table):
    """Checksum of each column of a table, with its kind."""
    for column in table.columns:
        if column not in VOLATILE:
            cells = [rounded(value) for value in table[column].tolist()]
            yield column, f"{checksum(cells)} {len(cells)} {table[column].dtype}"


def sums_of_text(text):
    """Checksum of a text, its numbers rounded."""
    text = text.replace(il2struct.__version__, "VERSION")
    yield "", checksum([NUMBER.sub(lambda m: rounded(float(m[0])), text)])


def sums_of_file(path):
    """Pairs of column and checksum of a file that a command wrote; none of a picture."""
    if path.name in LEFT_OUT:
        return
    if path.suffix == ".csv":
        yield from sums_of_table(pd.read_csv(path, low_memory=False))
    elif path.suffix == ".parquet":
        yield from sums_of_table(pd.read_parquet(path))
    elif path.suffix == ".json":
        for name, rows in json.loads(path.read_text(encoding="utf-8")).items():
            for column, found in sums_of_table(pd.DataFrame(rows)):
                yield f"{name}.{column}", found
    elif path.suffix in (".md", ".pml", ".cxc", ".mvsj", ".cif"):
        yield from sums_of_text(path.read_text(encoding="utf-8"))


def write_trajectories(mirror, folder):
    """Two trajectories: models that shake by 0.1 Å, and frames in which α moves off by 0.2 Å."""
    with gzip.open(mirror / "2B5I.pdb.gz", "rt") as file:
        lines = [
            line
            for line in file
            if line[:6] in ("ATOM  ", "HETATM")
            and line[21] in "AD"
            and line[17:20] != "HOH"
        ]
    start = np.array([[float(line[k : k + 8]) for k in (30, 38, 46)] for line in lines])
    is_alpha = np.array([line[21] == "D" for line in lines])[:, np.newaxis]
    shaken = np.random.default_rng(7).normal(0.0, 0.1, (N_FRAMES, *start.shape))
    models = []
    for number, frame in enumerate(start + shaken, start=1):
        models.append(f"MODEL     {number:4d}\n")
        for line, xyz in zip(lines, frame, strict=True):
            x, y, z = xyz
            models.append(f"{line[:30]}{x:8.3f}{y:8.3f}{z:8.3f}{line[54:]}")
        models.append("ENDMDL\n")
    (folder / "shaken.pdb").write_text("".join([*models, "END\n"]))
    (folder / "parting.pdb").write_text("".join([*lines, "END\n"]))
    universe = mda.Universe.empty(len(start), trajectory=True)
    with mda.Writer(str(folder / "parting.dcd"), n_atoms=len(start)) as writer:
        for number in range(N_FRAMES):
            universe.atoms.positions = start + is_alpha * [0.2 * number, 0.0, 0.0]
            writer.write(universe.atoms)


def commands(folder):
    """Name and arguments of every command, the longest first."""
    in_folder = [str(folder / name) for name in ("parting.pdb", "parting.dcd")]
    few = (*QUATERNARY, "1Z92.pdb.gz", "2Z3R.cif.gz")
    return {
        "figures_others": ("figures", "--format", "svg", *sorted({*ENTRIES} - {*few})),
        "report": ("report", "--no-html", *ENTRIES),
        "figures": ("figures", "--format", "svg", *few),
        "lattice": ("lattice", "--format", "parquet", *ENTRIES),
        "network": ("network", *QUATERNARY),
        "batch": ("batch", "-j", "1", *ENTRIES[12:]),
        "compare": ("compare", "--format", "csv", *QUATERNARY, "1Z92.pdb.gz"),
        "shaken": ("trajectory", str(folder / "shaken.pdb")),
        "parting": ("trajectory", "--format", "parquet", "--sc-every", "2", *in_folder),
        "pisa.json": ("interfaces", "--preset", "pisa", *ENTRIES),
        "bonds.json": ("bonds", *ENTRIES),
        "sc.json": ("sc", "1Z92.pdb.gz", "1BRS.pdb.gz"),
        "roles.json": ("roles", *ENTRIES),
        "response": ("response", "--format", "csv"),
        "response_th": ("response", "--cell", "th", "--free-chains", "silent"),
        **{f"scene_{name[:4]}": ("scene", name) for name in few},
    }


def run(arguments, output, mirror):
    """Run a command; entries that cannot be measured in one way or other are no failure here."""
    package = str(Path(il2struct.__file__).resolve().parents[1])
    environment = {
        **os.environ,
        "IL2STRUCT_MIRROR": str(mirror),
        "PYTHONPATH": package,
    }
    command = [sys.executable, "-m", "il2struct", *arguments, "--offline", "-o", output]
    done = subprocess.run(
        command,
        cwd=mirror,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in (0, 3):
        raise SystemExit(f"{' '.join(arguments)}: {done.stderr}")


def all_sums(mirror):
    """One sorted line for each thing that has a checksum."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_trajectories(mirror, folder)
        out = folder / "out"
        out.mkdir()
        jobs = commands(folder)
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda job: run(jobs[job], out / job, mirror), jobs))
        return sorted(
            f"{path.relative_to(out).as_posix()}\t{column}\t{found}"
            for path in out.rglob("*")
            if path.is_file()
            for column, found in sums_of_file(path)
        )


def differences(before, after):
    """What is new, gone or changed: one line each."""
    old, new = (
        {tuple(line.split("\t")[:2]): line.split("\t")[2] for line in lines}
        for lines in (before, after)
    )
    for key in sorted(old.keys() | new.keys()):
        if old.get(key) != new.get(key):
            what = "new" if key not in old else "gone" if key not in new else "changed"
            yield f"{what}: {' '.join(key)}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("sums", type=Path, help="file to write, or to compare with")
    parser.add_argument("--compare", action="store_true", help="say what differs")
    chosen = parser.parse_args()
    lines = all_sums(Path(os.environ["IL2STRUCT_MIRROR"]).resolve())
    if not chosen.compare:
        chosen.sums.write_text("\n".join(lines) + "\n", encoding="utf-8")
        sys.exit(0)
    found = list(
        differences(chosen.sums.read_text(encoding="utf-8").splitlines(), lines)
    )
    print("\n".join(found) or f"{len(lines)} checksums are equal")
    sys.exit(1 if found else 0)
