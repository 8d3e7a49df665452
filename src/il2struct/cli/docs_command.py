"""The command ``docs``: the pages of the documentation, wherever il2struct was installed from."""

from importlib import resources
from pathlib import Path
from typing import Annotated

import typer


def docs_command(
    page: Annotated[
        str | None,
        typer.Argument(
            metavar="PAGE", help="Page to print, such as tables [default: list them]."
        ),
    ] = None,
) -> None:
    """List the pages of the documentation, or print one."""
    folder = _folder()
    pages = {
        path.relative_to(folder).with_suffix("").as_posix(): path
        for path in sorted(folder.rglob("*.md"))
    }
    if page is None:
        typer.echo(f"in {folder}:")
        for name, path in pages.items():
            typer.echo(f"{name:32}{_title(path)}")
        return
    name = page.removeprefix("docs/").removesuffix(".md")
    if name not in pages:
        typer.echo(f"there is no page {page!r}; il2struct docs lists them.", err=True)
        raise typer.Exit(2)
    typer.echo(pages[name].read_text(encoding="utf-8"), nl=False)


def _folder() -> Path:
    """Where the pages are: in the installed package, or beside src/ in a checkout."""
    package = Path(str(resources.files("il2struct")))
    inside = package / "docs"
    return inside if inside.is_dir() else package.parents[1] / "docs"


def _title(path: Path) -> str:
    """First heading of a page."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((line[2:] for line in lines if line.startswith("# ")), "")
