"""
Text from files made harmless, one function a target; HTML is escaped by templates.

A title, a chain or a file must never be read as markup, as a command or as a path.
"""

import re
from typing import Final

_MARKDOWN: Final = (
    *(("\\", "\\\\"), ("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")),
    *(("|", "\\|"), ("`", "\\`"), ("#", "\\#"), ("](", "]\\(")),
)
#: What the title of a script may not hold: quotes, backslashes, semicolons, brackets, line ends.
_NOT_TITLE: Final = re.compile(r"[^A-Za-z0-9 .,:()+\-'α-ωΑ-ΩÅ]")
_NOT_NAME: Final = re.compile(r"[^A-Za-z0-9_-]")
_NOT_CIF: Final = re.compile(r"[^A-Za-z0-9'*+-]")
#: Longest title and longest name of a script, in characters.
LONGEST_TITLE: Final = 120
LONGEST_NAME: Final = 40


def markdown(value: object) -> str:
    r"""
    Return text on one line that cannot break a Markdown table or smuggle in markup.

    Examples
    --------
    >>> markdown("a|b <i>")
    'a\\|b &lt;i&gt;'
    """
    text = "" if value is None else " ".join(str(value).split())
    for plain, escaped in _MARKDOWN:
        text = text.replace(plain, escaped)
    return text


def script_title(text: str) -> str:
    """
    Return one line of letters, digits and harmless punctuation for scripts of viewers.

    Examples
    --------
    >>> script_title('IL-2"; quit')
    'IL-2 quit'
    """
    return " ".join(_NOT_TITLE.sub(" ", text).split())[:LONGEST_TITLE]


def script_name(text: str) -> str:
    """
    Return a name for scripts, their files and data blocks: letters, digits, ``_`` and ``-``.

    Examples
    --------
    >>> script_name("2erj; rm")
    '2erj__rm'
    """
    return _NOT_NAME.sub("_", text)[:LONGEST_NAME].lstrip("-") or "entry"


def folder_name(text: str) -> str:
    """
    Return a name for a folder inside another.

    Nothing that could lead out of that folder, and no dot, so that it is never the name of a file
    beside it.

    Examples
    --------
    >>> folder_name("../summary.md")
    '___summary_md'
    """
    return "".join(c if c.isalnum() or c in "-_" else "_" for c in text) or "entry"


def cif_word(text: str) -> str:
    """
    Return a name with nothing in it that a reader of mmCIF could take for something else.

    Examples
    --------
    >>> cif_word("'C1 #")
    'C1'
    """
    return _NOT_CIF.sub("", text).lstrip("'") or "X"
