"""Links of the README and of ``docs/`` lead somewhere; the site names every page and every public name."""

import html
import os
import re
import subprocess
import sys
import unicodedata
from pathlib import Path
from urllib.parse import unquote

import pytest

from il2struct.public_api import PUBLIC_MODULES, public_names

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted([ROOT / "README.md", *DOCS.glob("**/*.md")])
CODE = re.compile(r"^```.*?^```$|`[^`\n]*`", re.MULTILINE | re.DOTALL)
LINK = re.compile(
    r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)"
)
TAG = re.compile(r"<(?:img|a)\b[^>]*\b(?:src|href)=\"([^\"]+)\"")
HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*$", re.MULTILINE)
#: Headings of these pages are made by mkdocstrings, which the strict build checks.
GENERATED = DOCS / "reference"


def _without_code(text):
    return CODE.sub("", text)


def links_of(page):
    text = _without_code(page.read_text(encoding="utf-8"))
    return [html.unescape(link) for link in (*LINK.findall(text), *TAG.findall(text))]


def slug(title, *, keeps_letters):
    """The anchor of a heading: as the host of the README makes it, or as Python-Markdown does."""
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title).replace("`", "")
    if keeps_letters:
        plain = re.sub(r"[^\w\- ]", "", plain.lower())
        return plain.replace(" ", "-")
    plain = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^\w\s-]", "", plain).strip().lower()
    return re.sub(r"[-\s]+", "-", plain)


def anchors_of(page):
    text = re.sub(
        r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S
    )
    titles = [title for _, title in HEADING.findall(text)]
    return {slug(t, keeps_letters=k) for t in titles for k in (True, False)}


def _is_elsewhere(link):
    return re.match(r"[a-z][a-z0-9+.-]*:", link) is not None


def problems_of(page):
    found = []
    for link in links_of(page):
        if _is_elsewhere(link):
            continue
        path, _, anchor = unquote(link).partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists():
            found.append(f"{link}: no such file")
        elif ROOT not in target.parents:
            found.append(f"{link}: outside of the repository")
        elif (
            anchor
            and GENERATED not in target.parents
            and anchor not in anchors_of(target)
        ):
            found.append(f"{link}: no such heading")
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    assert problems_of(page) == []


def test_what_is_broken_is_found(tmp_path, monkeypatch):
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    page = tmp_path / "page.md"
    page.write_text(
        "# One `code` & more\n[a](page.md#one-code-more) ![b](none.png) [c](#two)\n"
        '[d](https://x.org/#y) `[e](no.md)` <img src="gone.svg"> [f [g]](../out.md)\n'
        "```text\n# not a heading [h](no.md)\n```\n"
    )
    (tmp_path.parent / "out.md").touch()
    assert [problem.split(":")[0] for problem in problems_of(page)] == [
        "none.png",
        "#two",
        "../out.md",
        "gone.svg",
    ]


def test_pictures_have_words():
    for page in PAGES:
        text = _without_code(page.read_text(encoding="utf-8"))
        assert not re.search(r"!\[\s*\]\(", text), (
            f"{page}: a picture without a description"
        )


def test_links_of_docs_stay_in_docs():
    for page in PAGES[:]:
        if DOCS not in page.parents:
            continue
        for link in links_of(page):
            if not _is_elsewhere(link) and link.partition("#")[0]:
                target = (page.parent / unquote(link).partition("#")[0]).resolve()
                assert DOCS in target.parents, f"{page}: {link} is not part of the site"


def _site():
    return (ROOT / "mkdocs.yml").read_text(encoding="utf-8")


def test_the_site_names_every_page():
    named = re.findall(r"^\s+- [^:\n]+: (\S+\.md)$", _site().split("\nnav:\n")[1], re.M)
    pages = [str(p.relative_to(DOCS)) for p in PAGES if DOCS in p.parents]
    assert sorted(named) == sorted(pages)


def test_the_site_asks_for_nothing_from_elsewhere():
    assert re.search(r"^  font: false", _site(), re.M)
    assert not re.search(r"https?://(?!.*repository)", _site())
    for style in (DOCS / "stylesheets").glob("*.css"):
        assert "url(" not in style.read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_site_builds_without_a_warning_and_asks_nobody(tmp_path):
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-q", "-d"]
    done = subprocess.run(
        [*command, str(tmp_path / "site")],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    pages = sorted((tmp_path / "site").glob("**/*.html"))
    assert len(pages) > len(PAGES) - 2
    loaded = re.compile(
        r"""<(?:script|img|iframe|source)\b[^>]*\bsrc="https?:[^"]*"|<link\b[^>]*rel="(?:stylesheet|preconnect|icon)"[^>]*href="https?:"""
    )
    for page in pages:
        assert not loaded.search(page.read_text(encoding="utf-8")), page


def test_readme_shows_the_report_and_three_figures():
    links = links_of(ROOT / "README.md")
    assert any(link.startswith("docs/screenshots/") for link in links)
    assert sum(link.startswith("docs/figures/") for link in links) >= 3


@pytest.mark.parametrize("module_name", PUBLIC_MODULES)
def test_every_public_name_is_in_the_reference(module_name):
    text = "\n".join(p.read_text(encoding="utf-8") for p in GENERATED.glob("*.md"))
    errors = (ROOT / "src/il2struct/errors.py").read_text(encoding="utf-8")
    for name in public_names(module_name):
        entry = f"::: {module_name}.{name}"
        is_there = re.search(rf"^{re.escape(entry)}$", text, re.M) is not None
        by_hand = f"`{module_name}.{name}`" in text or f"`{name}`" in text
        in_errors = f"\nclass {name}(" in errors
        assert is_there or by_hand or in_errors or name == "__version__", entry
