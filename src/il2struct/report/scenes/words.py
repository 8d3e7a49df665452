"""Words from files made safe for scripts: a title must never be read as a command."""

import re
from typing import Final

from il2struct.structure.model import ChainImage
from il2struct.structure.roles import Role

#: What a title may hold; quotes, backslashes, semicolons, brackets and line ends are none of it.
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9 .,:()+\-'α-ωΑ-ΩÅ]")
_NOT_NAME = re.compile(r"[^A-Za-z0-9_-]")
#: Longest title and longest name of a file, in characters.
LONGEST_TITLE: Final = 120
LONGEST_NAME: Final = 40


def plain_title(text: str) -> str:
    """
    Return one line of letters, digits and harmless punctuation.

    Examples
    --------
    >>> plain_title('IL-2"; quit')
    'IL-2 quit'
    """
    return " ".join(_NOT_PLAIN.sub(" ", text).split())[:LONGEST_TITLE]


def plain_name(text: str) -> str:
    """
    Return a name for files and data blocks: letters, digits, ``_`` and ``-``.

    Examples
    --------
    >>> plain_name("2erj; rm")
    '2erj__rm'
    """
    name = _NOT_NAME.sub("_", text)[:LONGEST_NAME].lstrip("-")
    return name or "entry"


def object_name(role: str, chain: str, image: ChainImage) -> str:
    """
    Return the name of an object.

    Examples
    --------
    >>> object_name("IL2RG", "C", ChainImage("C", 2, (0, -1, 0)))
    'IL2RG_C_3_545'
    """
    stem = f"{'chain' if role == Role.UNKNOWN.value else role}_{chain}"
    if image == ChainImage(image.auth_asym_id):
        return stem
    code = image.symmetry_code.replace(".", "_").replace("-", "m")
    return f"{stem}_{code}"
