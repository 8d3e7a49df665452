"""Fixtures shared by all tests: the mirror of real entries, and entries read once a session."""

import gc
import gzip
import importlib
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from types import ModuleType

import gemmi
import hypothesis
import numpy as np
import psutil
import pytest
import pytest_timeout

from absent import absent
from il2struct.structure.model import Atoms, Entry
from il2struct.structure.named import NamedEntry, name_entry
from il2struct.structure.read import ReadOptions, read_structure

#: How property tests run everywhere: no clock, the same examples in CI, more in the slow stage.
hypothesis.settings.register_profile(
    "il2struct",
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    max_examples=int(os.environ.get("IL2STRUCT_EXAMPLES", "30")),
    print_blob=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("il2struct")

# How wide and bright a terminal the tests are started from must not matter.
for _name in ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR"):
    os.environ.pop(_name, None)

# Figures and tables are many small objects, few of them rubbish: looked through less often, the tests
# take a tenth less time.
gc.set_threshold(50_000, 20, 100)

DEFAULT_MIRROR = Path(__file__).parents[1] / ".." / "shared" / "structures"


def _mirror_folder() -> Path:
    return Path(os.environ.get("IL2STRUCT_MIRROR", str(DEFAULT_MIRROR))).resolve()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Follow the lines of one case of each test: to follow them costs a third of the time."""
    followed = set()
    for item in items:
        name = item.nodeid.partition("[")[0]
        if name in followed:
            item.add_marker(pytest.mark.no_cover)
        followed.add(name)


@pytest.hookimpl(tryfirst=True)
def pytest_timeout_set_timer(
    item: pytest.Item, settings: pytest_timeout.Settings
) -> bool:
    """After a hang, what the test started ends too, whatever its process group."""

    def end() -> None:
        # Said first: once what it waits for is dead, the test goes on and is somewhere else.
        terminal = item.config.get_terminal_writer()
        if capture := item.config.pluginmanager.getplugin("capturemanager"):
            capture.suspend_global_capture(in_=True)
            terminal.write("".join(capture.read_global_capture()))
        terminal.sep("+", title=f"Timeout of {item.nodeid}")
        pytest_timeout.dump_stacks(terminal)
        terminal.flush()
        started = psutil.Process().children(recursive=True)
        for process in started:
            process.kill()
        psutil.wait_procs(started, timeout=10)
        os._exit(1)

    timer = threading.Timer(settings.timeout, end)
    item.cancel_timeout = timer.cancel
    timer.start()
    return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    """Escape what a worker could not send: the log of a test may name files of any bytes."""
    report = yield
    report.sections = [
        (name, text.encode("utf-8", "backslashreplace").decode())
        for name, text in report.sections
    ]
    return report


@pytest.fixture(autouse=True)
def _own_log() -> Iterator[None]:
    """The log of the package as it was: commands set its level and handlers for a process."""
    logger = logging.getLogger("il2struct")
    level, handlers = logger.level, logger.handlers[:]
    yield
    logger.setLevel(level)
    logger.handlers[:] = handlers


@pytest.fixture(scope="session")
def wait_until() -> Callable[[Callable[[], bool]], None]:
    """Wait for an event, by no clock: what never comes ends with the time-out of every test."""

    def wait(has_come: Callable[[], bool]) -> None:
        while not has_come():
            time.sleep(0.005)

    return wait


@pytest.fixture(scope="session")
def mirror() -> Path:
    """Folder of real entries; skips, with the reason, where there is none."""
    folder = _mirror_folder()
    if not (folder / "2ERJ.pdb.gz").exists():
        absent(f"no mirror of real entries at {folder}; set IL2STRUCT_MIRROR")
    return folder


@pytest.fixture(scope="session")
def freesasa() -> ModuleType:
    """The other program for areas; skips, with the reason, where it is not installed."""
    try:
        return importlib.import_module("freesasa")
    except ImportError:
        absent("freesasa, the independent check of areas, is not installed")


@cache
def _entry(path: Path) -> Entry:
    return read_structure(path)


@cache
def _named(path: Path) -> NamedEntry:
    return name_entry(_entry(path))


@pytest.fixture(scope="session")
def real_entry(mirror: Path) -> Callable[[str], Entry]:
    """Read an entry of the mirror by its file name without ``.gz`` (``"2ERJ.pdb"``), once."""
    return lambda name: _entry(mirror / f"{name}.gz")


@pytest.fixture(scope="session")
def named_entry(mirror: Path) -> Callable[[str], NamedEntry]:
    """Read and name an entry of the mirror (``"2ERJ.pdb"``), once."""
    return lambda name: _named(mirror / f"{name}.gz")


@pytest.fixture(scope="session")
def real_text(mirror: Path) -> Callable[[str], str]:
    """Unpacked text of an entry of the mirror, to be damaged or rewritten by a test."""
    return lambda name: gzip.open(mirror / f"{name}.gz", "rt").read()


@pytest.fixture
def read_text_as(tmp_path: Path) -> Callable[..., Entry]:
    """Write text or bytes to a file of some name and read it as a structure."""

    def read(
        content: str | bytes, name: str = "made.pdb", options: ReadOptions | None = None
    ) -> Entry:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_structure(path, options=options)

    return read


#: Three-letter names of the twenty amino acids, by one-letter code.
NAMES = {
    letter: gemmi.expand_one_letter(letter, gemmi.ResidueKind.AA)
    for letter in "ARNDCQEGHILKMFPSTWYV"
}
#: An extended residue, in Å from its origin: atom name, x, y, z; the next starts 3.8 Å on.
RESIDUE_FRAME = (
    ("N", 0.0, 0.0, 0.0),
    ("CA", 1.4, 0.3, 0.0),
    ("C", 2.5, -0.6, 0.2),
    ("O", 2.5, -1.8, 0.0),
    ("CB", 1.4, 1.2, 1.2),
)


class PdbText:
    """Writes PDB-format records; every method returns text with its line ends."""

    @staticmethod
    def atom(
        name: str,
        residue: str,
        number: int | str,
        xyz: Sequence[float],
        *,
        chain: str = "A",
        serial: int | str = 1,
        element: str | None = None,
        altloc: str = " ",
        ins_code: str = " ",
        occupancy: float = 1.0,
        record: str = "ATOM",
    ) -> str:
        padded = f" {name:<3}" if len(name) < 4 else name
        x, y, z = xyz
        return (
            f"{record:<6}{serial:>5} {padded}{altloc}{residue:>3}{chain:>2}{number:>4}{ins_code}   "
            f"{x:8.3f}{y:8.3f}{z:8.3f}{occupancy:6.2f}{20.0:6.2f}          "
            f"{name[0] if element is None else element:>2}  \n"
        )

    @classmethod
    def residue(
        cls, name: str, number: int, origin: Sequence[float], **options: str | float
    ) -> str:
        return "".join(
            cls.atom(
                atom,
                name,
                number,
                np.add(origin, offset),
                **options,
            )
            for atom, *offset in RESIDUE_FRAME
            if not (atom == "CB" and name == "GLY")
        )

    @classmethod
    def peptide(
        cls,
        sequence: str,
        *,
        chain: str = "A",
        first: int = 1,
        origin: Sequence[float] = (0.0, 0.0, 0.0),
        numbers: Sequence[int] | None = None,
        **options: str | float,
    ) -> str:
        """Extended chain along x; ``numbers`` may leave gaps, which also show in space."""
        shown = range(first, first + len(sequence)) if numbers is None else numbers
        return "".join(
            cls.residue(
                NAMES[letter],
                number,
                np.add(origin, (3.8 * (number - shown[0]), 0.0, 0.0)),
                chain=chain,
                **options,
            )
            for letter, number in zip(sequence, shown, strict=True)
        )

    @staticmethod
    def seqres(sequence: str, *, chain: str = "A") -> str:
        lines = []
        for start in range(0, len(sequence), 13):
            names = " ".join(NAMES[x] for x in sequence[start : start + 13])
            lines.append(
                f"SEQRES {start // 13 + 1:3d}{chain:>2} {len(sequence):4d}  {names}\n"
            )
        return "".join(lines)

    @staticmethod
    def cell(
        a: float = 40.0,
        b: float = 50.0,
        c: float = 60.0,
        angles: Sequence[float] = (90.0, 90.0, 90.0),
        group: str = "P 1",
    ) -> str:
        alpha, beta, gamma = angles
        return f"CRYST1{a:9.3f}{b:9.3f}{c:9.3f}{alpha:7.2f}{beta:7.2f}{gamma:7.2f} {group:<11}   1\n"

    @staticmethod
    def matrix(
        record: str,
        rotation: np.ndarray,
        translation: Sequence[float],
        *,
        number: int = 1,
        end: str = "",
    ) -> str:
        """MTRIX, SCALE or BIOMT records of one motion."""
        serial = "" if record == "SCALE" else f"{number:4d}"
        lead = "    " if record == "SCALE" else ""
        prefix = "REMARK 350   " if record == "BIOMT" else ""
        return "".join(
            f"{prefix}{record}{row + 1}{serial}{lead}"
            + "".join(f"{value:10.6f}" for value in rotation[row])
            + f"     {translation[row]:10.5f}{end}\n"
            for row in range(3)
        )


@pytest.fixture(scope="session")
def pdb() -> type[PdbText]:
    """Writer of PDB-format text for small made structures."""
    return PdbText


#: Columns of `cif_text` with what they hold unless told otherwise, None where it must be told.
CIF_COLUMNS: dict[str, str | None] = {
    "group_PDB": "ATOM",
    "id": None,
    "type_symbol": "C",
    "label_atom_id": None,
    "label_alt_id": ".",
    "label_comp_id": "ALA",
    "label_asym_id": "A",
    "label_entity_id": "1",
    "label_seq_id": None,
    "pdbx_PDB_ins_code": "?",
    "Cartn_x": None,
    "Cartn_y": None,
    "Cartn_z": None,
    "occupancy": "1.0",
    "B_iso_or_equiv": "20.0",
    "auth_seq_id": None,
    "auth_asym_id": None,
    "pdbx_PDB_model_num": "1",
}


@pytest.fixture(scope="session")
def cif_text() -> Callable[..., str]:
    """Turn rows (dicts of `CIF_COLUMNS`) into an mmCIF file."""

    def text(rows: Sequence[dict[str, object]], head: str = "data_made\n") -> str:
        lines = [head, "loop_\n", *(f"_atom_site.{name}\n" for name in CIF_COLUMNS)]
        for number, row in enumerate(rows, start=1):
            values = {**CIF_COLUMNS, "id": number, **row}
            if values["auth_asym_id"] is None:
                values["auth_asym_id"] = values["label_asym_id"]
            if values["auth_seq_id"] is None:
                values["auth_seq_id"] = values["label_seq_id"]
            lines.append(" ".join(str(values[name]) for name in CIF_COLUMNS) + "\n")
        return "".join([*lines, "#\n"])

    return text


@pytest.fixture(scope="session")
def make_atoms() -> Callable[..., Atoms]:
    """Atoms from coordinates, by default carbons, one residue each."""

    def make(coords: object, **columns: object) -> Atoms:
        xyz = np.asarray(coords, dtype=float).reshape(-1, 3)
        n = len(xyz)
        values = {
            "element": np.full(n, "C"),
            "atom_name": np.full(n, "CA"),
            "residue_name": np.full(n, "ALA"),
            "residue_index": np.arange(n),
            "altloc": np.full(n, ""),
            "occupancy": np.ones(n),
            "b_iso": np.full(n, 20.0),
        } | {name: np.asarray(column) for name, column in columns.items()}
        for column in (xyz, *values.values()):
            column.setflags(write=False)
        return Atoms(coords=xyz, **values)

    return make


#: Two crystals of the complex, and two others as controls of a network study.
STUDIED = ("2ERJ.pdb", "2B5I.pdb", "1Z92.pdb", "2Z3R.cif")


@pytest.fixture(scope="session")
def studies(named_entry):
    """Network studies of γc-α and of γc-β on four entries, worked out once."""
    from il2struct.network.evidence.study import network_studies

    return network_studies([named_entry(name) for name in STUDIED])


@pytest.fixture(scope="session")
def alpha_study(studies):
    """The study of γc-α."""
    return studies[0]


@pytest.fixture(scope="session")
def beta_study(studies):
    """The study of γc-β."""
    return studies[1]
