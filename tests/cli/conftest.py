"""The command line in this process, and two small chains that need no real entry."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from il2struct.cli.app import app


@dataclass(frozen=True)
class Run:
    status: int
    stdout: str
    stderr: str

    @property
    def error_lines(self) -> list[str]:
        return self.stderr.splitlines()


Cli = Callable[..., Run]


@pytest.fixture(autouse=True)
def own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty current folder, no mirror, no user cache; the package's log as it was."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.delenv("IL2STRUCT_MIRROR", raising=False)
    monkeypatch.setenv("IL2STRUCT_STRUCTURES", str(tmp_path / "cache"))
    # A viewer named by hand is used or not there: nothing is brought for a test.
    monkeypatch.setenv("IL2STRUCT_VIEWER", str(tmp_path / "none.js"))
    logger = logging.getLogger("il2struct")
    steps = logging.getLogger("il2struct.progress")
    before = (logger.handlers[:], logger.level, steps.level)
    yield
    logger.handlers[:], logger.level, steps.level = before


@pytest.fixture
def cli() -> Cli:
    """Run ``il2struct`` in this process; a traceback fails the test."""

    def run(*arguments: object, stdin: str | None = None) -> Run:
        result = CliRunner().invoke(
            app, [str(a) for a in arguments], input=stdin, catch_exceptions=False
        )
        return Run(result.exit_code, result.stdout, result.stderr)

    return run


@pytest.fixture(scope="session", autouse=True)
def warm(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Compile the kernels, so that no later run tells of it on stderr."""
    from il2struct.results.study import load

    folder = tmp_path_factory.mktemp("warm")
    path = folder / "chains.pdb"
    path.write_text(two_chains())
    load(path, structures=folder, offline=True).interfaces().tables()


#: Atoms of Ala-X-Ala chains in Å: Lys of chain A reaches out to Glu of chain B, 2.9 Å away.
_BACKBONE = (("N", 0.0, 0.0), ("CA", 1.45, 0.3), ("C", 2.4, -0.8), ("O", 2.2, -2.0))
_SIDE_CHAINS = {
    "ALA": (("CB", 1.5, 1.8),),
    "LYS": (
        ("CB", 1.5, 1.8),
        ("CG", 1.5, 3.3),
        ("CD", 1.5, 4.8),
        ("CE", 1.5, 6.3),
        ("NZ", 1.5, 7.8),
    ),
    "GLU": (
        ("CB", 1.5, 1.8),
        ("CG", 1.5, 3.3),
        ("CD", 1.5, 4.8),
        ("OE1", 0.4, 5.4),
        ("OE2", 2.6, 5.4),
    ),
}
#: Height of chain B, which is upside down: NZ at 7.8, the oxygens 2.9 Å from it.
_HEIGHT_A = 7.8 + 5.4 + 2.68


def two_chains(chains: str = "AB", *, title: str = "two small chains") -> str:
    """A PDB file of three-residue chains A (Ala-Lys-Ala) and B (Ala-Glu-Ala)."""
    lines = [f"TITLE     {title}"]
    for name in chains:
        middle, sign, origin = {"A": ("LYS", 1, 0.0), "B": ("GLU", -1, _HEIGHT_A)}[name]
        for number, residue in enumerate(("ALA", middle, "ALA"), start=1):
            for atom, x, y in (*_BACKBONE, *_SIDE_CHAINS[residue]):
                place = (3.8 * (number - 1) + x, origin + sign * y, 0.0)
                lines.append(_atom_line(len(lines), atom, residue, name, number, place))
        lines.append("TER")
    return "\n".join([*lines, "END", ""])


def _atom_line(
    serial: int,
    atom: str,
    residue: str,
    chain: str,
    number: int,
    place: tuple[float, float, float],
) -> str:
    x, y, z = place
    return (
        f"ATOM  {serial:5d}  {atom:<3} {residue} {chain}{number:4d}    "
        f"{x:8.3f}{y:8.3f}{z:8.3f}  1.00 20.00           {atom[0]}"
    )


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A file of two small chains, ``small.pdb``, in a folder of its own."""
    folder = tmp_path / "files"
    folder.mkdir()
    path = folder / "small.pdb"
    path.write_text(two_chains())
    return path
