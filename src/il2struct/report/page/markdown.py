"""The Markdown that il2struct writes as HTML: headings, paragraphs, lists, tables, bold, code."""

import html
import re
from collections.abc import Iterator
from typing import Final

#: Backslash escapes and entities as `il2struct.report.summary.safe` writes them, then marks.
_TOKENS: Final = re.compile(
    r"\\(?P<escaped>[\\`*_{}\[\]()#+.!|-])|(?P<entity>&(?:lt|gt|amp);)"
    r"|\*\*(?P<bold>.+?)\*\*(?!\*)|(?<!\\)`(?P<code>[^`]*)`",
)
_HEADING: Final = re.compile(r"(#{1,6}) (.*)")


def as_html(markdown: str, *, top_level: int) -> str:
    r"""
    Turn Markdown of our own making into HTML.

    Parameters
    ----------
    markdown : str
        As the modules of `il2struct.report` write it. Every text is escaped again here, so that
        markup in an entry's title stays text whatever came before.
    top_level : int
        Level of the heading that ``#`` becomes.

    Examples
    --------
    >>> as_html("# A \\# b\n\n- **x** &lt;i&gt;\n", top_level=3)
    '<h3>A # b</h3>\n<ul>\n<li><strong>x</strong> &lt;i&gt;</li>\n</ul>'
    """
    return "\n".join(
        _block_html(lines, top_level) for lines in _blocks(markdown.splitlines())
    )


def _kind(line: str) -> str:
    if _HEADING.fullmatch(line):
        return "heading"
    if line.startswith("|"):
        return "table"
    return "list" if line.startswith("- ") else "text"


def _blocks(lines: list[str]) -> Iterator[list[str]]:
    block: list[str] = []
    for line in lines:
        ends = not line.strip() or (
            block and (_kind(line) != _kind(block[-1]) or _kind(line) == "heading")
        )
        if ends and block:
            yield block
            block = []
        if line.strip():
            block.append(line)
    if block:
        yield block


def _block_html(lines: list[str], top_level: int) -> str:
    kind = _kind(lines[0])
    if kind == "heading":
        marks, text = _HEADING.fullmatch(lines[0]).groups()  # type: ignore[union-attr]  # it is one
        level = min(6, top_level + len(marks) - 1)
        return f"<h{level}>{inline(text)}</h{level}>"
    if kind == "list":
        items = "\n".join(f"<li>{inline(line[2:])}</li>" for line in lines)
        return f"<ul>\n{items}\n</ul>"
    if kind == "table":
        return _table(lines)
    return f"<p>{inline(' '.join(lines))}</p>"


def _table(lines: list[str]) -> str:
    head, *rows = [_cells(line) for line in lines if not set(line) <= set("|-: ")]
    top = "".join(f'<th scope="col">{cell}</th>' for cell in head)
    body = "\n".join(
        "<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows
    )
    return (
        f'<div class="scroll"><table>\n<thead><tr>{top}</tr></thead>\n'
        f"<tbody>\n{body}\n</tbody>\n</table></div>"
    )


def _cells(line: str) -> list[str]:
    inner = line.strip().removeprefix("|").removesuffix("|")
    return [inline(cell.strip()) for cell in re.split(r"(?<!\\)\|", inner)]


def inline(text: str) -> str:
    """
    Turn the marks within a line into HTML and escape everything else.

    Parameters
    ----------
    text : str
    """
    parts = []
    place = 0
    for found in _TOKENS.finditer(text):
        parts.append(html.escape(text[place : found.start()]))
        place = found.end()
        if found["escaped"] is not None:
            parts.append(html.escape(found["escaped"]))
        elif found["entity"] is not None:
            parts.append(found["entity"])
        elif found["bold"] is not None:
            parts.append(f"<strong>{inline(found['bold'])}</strong>")
        else:
            parts.append(f"<code>{html.escape(found['code'])}</code>")
    return "".join([*parts, html.escape(text[place:])])
