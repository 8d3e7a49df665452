"""
Pin every result of twenty entries and two trajectories, to see what a change changes.

``python scripts/pin_results.py write PINS`` runs the commands on files of ``IL2STRUCT_MIRROR``, two
at a time, and writes the cells of every table (CSV, JSON, Parquet read back), the lines of every
text (``summary.md``, ``network.md``, scenes, words of figures, messages) into the file PINS, about
4 minutes. ``compare PINS`` computes them anew, prints what differs by file and column with the first
rows, and exits with 1; ``compare PINS figures courses`` only what these commands write. Write at the
commit a change starts from, compare after each step.

Only the command line is used, so that the inside of the package may move; for figures of
trajectories, which no command draws, the public functions. Figures are prepared but not drawn: their
tables and words are pinned, their pictures are not, nor is ``report.html``, which is made of them.
Floats are rounded to six significant digits and those below 1e-9 count as 0: the last digits depend
on the processor. A number on the very edge of rounding may still differ between processors: write
the file anew on each machine and do not commit it.
"""

import argparse
import gzip
import json
import math
import os
import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import zip_longest
from pathlib import Path

import MDAnalysis as mda  # noqa: N813  # its own short name
import numpy as np
import pandas as pd

import il2struct

#: Both formats; one to eight chains, roles, mutants and none, antibodies, all kinds of bonds.
FAMILY = (
    *("1M47.pdb", "1M4C.pdb", "1PY2.pdb", "1Z92.pdb", "2B5I.cif", "2ERJ.pdb"),
    *("3INK.pdb", "3NFP.pdb", "3QB7.cif", "5LQB.pdb", "9HIH.pdb"),
)
COUSINS = ("1IAR.pdb", "1KTZ.pdb", "2Z3R.cif", "3OG4.cif")
#: NMR without a crystal, one helix, insulin with zinc, haem, an enzyme and its inhibitor.
OTHERS = ("1BRS.pdb", "1HHO.cif", "1ROP.pdb", "1XDA.cif", "2NA8.cif")
ENTRIES = tuple(f"{name}.gz" for name in (*FAMILY, *COUSINS, *OTHERS))
QUATERNARY = ("2B5I.cif.gz", "2ERJ.pdb.gz")
COMPARED = (*QUATERNARY, "1Z92.pdb.gz", "2Z3R.cif.gz")
#: Frames of each trajectory.
N_FRAMES = 6
#: Columns that say when, how long or with which version, not what.
VOLATILE = frozenset({"seconds", "elapsed_s", "finished_at", "il2struct_version"})
#: Says how fast a batch goes. Folders whose name begins with a dot, where a batch keeps its books,
#: are left out as well, and of provenance.json all but the parameters: libraries, date and paths.
LEFT_OUT = frozenset({"batch.log"})
#: A message that tells which font the machine has.
OF_MACHINE = "figures are drawn with"
NUMBER = re.compile(r"-?\d+\.\d+(?:e[-+]?\d+)?")
#: Rows shown of each column that differs.
N_SHOWN = 3
N_LETTERS = 200
#: Figures are prepared, with their tables and words, but not drawn.
PENS_UP = """
from matplotlib.figure import Figure
from il2struct.figures import Drawing
Drawing.figure = lambda self: Figure()
Figure.savefig = lambda self, *args, **kwargs: None
"""
COMMAND_LINE = """
import runpy
runpy.run_module("il2struct", run_name="__main__", alter_sys=True)
"""
#: What no command draws: topology, trajectory and folder are its arguments.
COURSES = """
import sys
import MDAnalysis as mda
import il2struct
from il2struct import figures
*files, folder = sys.argv[1:]
run = il2struct.from_universe(mda.Universe(*files)).interfaces()
drawings = (figures.interface_course(run), *figures.bond_occupancy_drawings(run))
for drawing in drawings:
    drawing.save(folder)
"""


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


def pins_of_table(table):
    """Kind and cells of each column of a table."""
    for column in table.columns:
        if column not in VOLATILE:
            cells = [rounded(value) for value in table[column].tolist()]
            yield str(column), [str(table[column].dtype), cells]


def pins_of_text(text):
    """Lines of a text, its numbers rounded."""
    text = text.replace(il2struct.__version__, "VERSION")
    text = NUMBER.sub(lambda m: rounded(float(m[0])), text)
    yield "lines", ["text", text.splitlines()]


def pins_of_csv(path):
    """Columns of a table; a chain may be called NA."""
    table = pd.read_csv(path, low_memory=False, keep_default_na=False, na_values=[""])
    yield from pins_of_table(table)


def pins_of_json(path):
    """Columns of each table of a document; of ``provenance.json`` only the parameters."""
    document = json.loads(path.read_text(encoding="utf-8"))
    if path.name == "provenance.json":
        yield from pins_of_text(json.dumps(document["parameters"], indent=0))
        return
    for name, value in document.items():
        rows = value if isinstance(value, list) else [{"value": value}]
        for column, pin in pins_of_table(pd.DataFrame(rows)):
            yield f"{name}.{column}", pin


def pins_of_scene(path):
    """Lines of a scene of Mol*, one value each."""
    scene = json.loads(path.read_text(encoding="utf-8"))
    yield from pins_of_text(json.dumps(scene, indent=0, sort_keys=True))


READERS = {
    ".csv": pins_of_csv,
    ".parquet": lambda path: pins_of_table(pd.read_parquet(path)),
    ".json": pins_of_json,
    ".mvsj": pins_of_scene,
    **dict.fromkeys(
        (".md", ".txt", ".log", ".pml", ".cxc", ".cif"),
        lambda path: pins_of_text(path.read_text(encoding="utf-8")),
    ),
}


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
    universe.dimensions = [200.0, 200.0, 200.0, 90.0, 90.0, 90.0]
    with mda.Writer(str(folder / "parting.dcd"), n_atoms=len(start)) as writer:
        for number in range(N_FRAMES):
            universe.atoms.positions = start + is_alpha * [0.2 * number, 0.0, 0.0]
            writer.write(universe.atoms)


def commands(folder):
    """Name and arguments of every command, the longest first."""
    parting = [str(folder / name) for name in ("parting.pdb", "parting.dcd")]
    others = [entry for entry in ENTRIES if entry not in COMPARED]
    return {
        "report": ("report", "--no-html", *ENTRIES),
        "figures_others": ("figures", "--no-network", *others),
        "lattice": ("lattice", "--format", "parquet", *ENTRIES),
        "figures": ("figures", *COMPARED),
        "network": ("network", *QUATERNARY),
        "classes": (
            "lattice",
            "--classes",
            "--sc",
            "none",
            "--format",
            "csv",
            *COMPARED,
        ),
        "compare": ("compare", "--sc", "error", "--format", "csv", *COMPARED),
        "overlap": ("overlap", "--format", "csv", *ENTRIES[: len(FAMILY)]),
        "batch": ("batch", "-j", "1", *others[-6:]),
        "shaken": ("trajectory", str(folder / "shaken.pdb")),
        "parting": ("trajectory", "--format", "parquet", "--sc-every", "2", *parting),
        "courses": parting,
        "pisa.json": ("interfaces", "--preset", "pisa", *ENTRIES),
        "bonds.json": ("bonds", *ENTRIES),
        "sc.json": ("sc", "1Z92.pdb.gz", "1BRS.pdb.gz"),
        "roles.json": ("roles", *ENTRIES),
        "response": ("response", "--format", "csv"),
        "response_th": ("response", "--cell", "th", "--free-chains", "silent"),
        **{f"scene_{name[:4]}": ("scene", name) for name in COMPARED},
    }


def run(name, arguments, out, mirror):
    """Run a command; entries that cannot be measured in one way or other are no failure here."""
    environment = {
        **os.environ,
        "IL2STRUCT_MIRROR": str(mirror),
        "PYTHONPATH": str(Path(il2struct.__file__).resolve().parents[1]),
    }
    if name == "courses":
        program, options = PENS_UP + COURSES, [str(out / name)]
    else:
        is_drawing = arguments[0] == "figures"
        program = (PENS_UP if is_drawing else "") + COMMAND_LINE
        # What reads no entry brings none.
        is_entry = arguments[0] not in ("response", "trajectory")
        offline = ["--offline"] if is_entry else []
        options = [*offline, "-o", str(out / name)]
    begin = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments, *options],
        cwd=mirror,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in (0, 3):
        raise SystemExit(f"{name}: {done.stderr}")
    print(f"{name}: {time.monotonic() - begin:.0f} s", file=sys.stderr)
    messages = (done.stdout + done.stderr).replace(str(out), "OUT").splitlines()
    kept = [line for line in messages if OF_MACHINE not in line]
    (out / f"{name}.log").write_text("\n".join(kept), encoding="utf-8")


def pins_of(mirror, names):
    """Kind and cells by file and column of what some commands write, or all."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_trajectories(mirror, folder)
        out = folder / "out"
        out.mkdir()
        jobs = commands(folder)
        chosen = [name for name in jobs if name in names or not names]
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda name: run(name, jobs[name], out, mirror), chosen))
        return {
            path.relative_to(out).as_posix(): dict(READERS[path.suffix](path))
            for path in sorted(out.rglob("*"))
            if path.is_file() and is_pinned(path.relative_to(out))
        }


def is_pinned(path):
    """Whether a file is neither left out nor in a folder whose name begins with a dot."""
    return path.name not in LEFT_OUT and "/." not in path.as_posix()


def is_of(file, names):
    """Whether one of some commands wrote a file."""
    return file.partition("/")[0].removesuffix(".log") in names


def differences(before, after):
    """One line for each file or column that is new, gone or changed."""
    for file in sorted(before.keys() | after.keys()):
        if file not in before or file not in after:
            yield f"{file}: {'new' if file not in before else 'gone'}"
            continue
        old, new = before[file], after[file]
        for column in sorted(old.keys() | new.keys()):
            if column not in old or column not in new:
                yield f"{file} {column}: {'new' if column not in old else 'gone'}"
            elif old[column] != new[column]:
                yield f"{file} {column}: {change(old[column], new[column])}"


def change(old, new):
    """What became of a column, with its first rows that differ."""
    (old_kind, old_cells), (new_kind, new_cells) = old, new
    if old_kind != new_kind:
        return f"{old_kind} became {new_kind}"
    pairs = enumerate(zip_longest(old_cells, new_cells, fillvalue="nothing"))
    rows = [
        f"{n}: {a[:N_LETTERS]} became {b[:N_LETTERS]}" for n, (a, b) in pairs if a != b
    ]
    counts = f"{len(rows)} of {len(old_cells)} rows"
    if len(old_cells) != len(new_cells):
        counts += f" (now {len(new_cells)})"
    return "; ".join([counts, *rows[:N_SHOWN]])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("mode", choices=["write", "compare"])
    parser.add_argument("pins", type=Path, help="file to write, or to compare with")
    parser.add_argument(
        "commands", nargs="*", help="only these, by the names it prints"
    )
    chosen = parser.parse_args()
    pins = pins_of(Path(os.environ["IL2STRUCT_MIRROR"]).resolve(), chosen.commands)
    if chosen.mode == "write":
        chosen.pins.write_text(json.dumps(pins), encoding="utf-8")
        sys.exit(0)
    before = json.loads(chosen.pins.read_text(encoding="utf-8"))
    if chosen.commands:
        before = {
            file: pin for file, pin in before.items() if is_of(file, chosen.commands)
        }
    found = list(differences(before, pins))
    print("\n".join(found) or f"{len(pins)} files are equal")
    sys.exit(1 if found else 0)
