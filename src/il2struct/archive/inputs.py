"""What a user may type where an entry is wanted: IDs, files, folders, lists, standard input."""

import logging
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

from il2struct.archive.files import has_structure_suffix, is_file, is_folder, user_path
from il2struct.archive.ids import EntryId, looks_like_entry_id, parse_entry_id
from il2struct.errors import ParameterError

logger = logging.getLogger(__name__)

#: In lists, a comment begins with # at the start of a word and ends with the line.
_COMMENT: Final = r"(?m)(?:^|(?<=[\s,]))#.*"

_SEPARATORS: Final = r"[\s,]+"


def parse_source(text: str) -> EntryId | Path:
    """
    Tell whether a text names a PDB entry or a file.

    An existing file that is called like a structure file is a file; otherwise an ID is an ID
    even where a file or folder of that name exists (write ``./2erj`` for that).

    Parameters
    ----------
    text : str
        What the user typed.

    Returns
    -------
    EntryId or Path

    Raises
    ------
    ParameterError
        If it is neither an ID nor an existing path.

    Examples
    --------
    >>> parse_source("pdb_00002erj")
    EntryId(extended='pdb_00002erj')
    """
    path = user_path(text)
    if is_file(path) and has_structure_suffix(path):
        return path
    if looks_like_entry_id(text):
        return parse_entry_id(text)
    if text and (is_file(path) or is_folder(path)):
        return path
    raise ParameterError(
        f"{text!r} is neither a PDB ID (2ERJ or pdb_00002erj) nor an existing file or folder; "
        f"check the spelling."
    )


@dataclass(frozen=True, slots=True)
class Inputs:
    """
    What a user typed where entries are wanted.

    Attributes
    ----------
    sources : tuple of EntryId or Path
        In the order typed, each once.
    refused : dict of str to ParameterError
        Names that are neither, with the reason.
    """

    sources: tuple[EntryId | Path, ...]
    refused: Mapping[str, ParameterError]

    def complete(self) -> tuple[EntryId | Path, ...]:
        """Return the sources; ParameterError with every name that was refused, if any was."""
        if self.refused:
            raise ParameterError(" ".join(map(str, self.refused.values())))
        return self.sources


def expand_inputs(inputs: Iterable[str], *, stdin: TextIO | None = None) -> Inputs:
    """
    Turn what the user typed into entries and files, in that order and each once.

    Parameters
    ----------
    inputs : iterable of str
        PDB IDs in either form; files; folders, for the structure files in them, sorted by
        name; ``@list.txt``, for the IDs and paths in a text file; ``-``, for those on standard
        input. Lists are separated by blanks, commas or line ends; ``#`` starts a comment.
    stdin : text stream, optional
        Read for ``-``; by default standard input.

    Returns
    -------
    Inputs
        Refused are what is neither an ID nor a path, and folders without a structure file.

    Raises
    ------
    ParameterError
        If a list cannot be read or is empty.

    Examples
    --------
    >>> import io
    >>> found = expand_inputs(["2ERJ", "-"], stdin=io.StringIO("2b5i, IL2, 2erj"))
    >>> [str(source) for source in found.sources], list(found.refused)
    (['2ERJ', '2B5I'], ['IL2'])
    """
    sources: dict[EntryId | Path, EntryId | Path] = {}
    refused: dict[str, ParameterError] = {}
    for text in _words(inputs, stdin=sys.stdin if stdin is None else stdin):
        try:
            named = _with_folder_contents(parse_source(text))
        except ParameterError as error:
            refused[text] = error
            continue
        for source in named:
            key = source if isinstance(source, EntryId) else source.absolute()
            if key in sources:
                logger.info("%s was given more than once and is taken once", source)
            sources.setdefault(key, source)
    return Inputs(tuple(sources.values()), refused)


def _words(inputs: Iterable[str], *, stdin: TextIO) -> Iterator[str]:
    for text in inputs:
        if text == "-":
            yield from _listed(stdin.read(), "standard input")
        elif text.startswith("@"):
            yield from _listed(_list_text(user_path(text[1:])), text[1:])
        else:
            yield text


def _list_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ParameterError(
            f"The list {path} cannot be read ({error}); give a text file of IDs and paths."
        ) from error


def _listed(text: str, place: str) -> list[str]:
    words = [word for word in re.split(_SEPARATORS, re.sub(_COMMENT, "", text)) if word]
    if not words:
        raise ParameterError(
            f"The list in {place} is empty; write IDs or paths into it."
        )
    nested = next((word for word in words if word == "-" or word.startswith("@")), None)
    if nested is not None:
        raise ParameterError(
            f"The list in {place} names another list ({nested}); give that one on the command line."
        )
    return words


def _with_folder_contents(source: EntryId | Path) -> list[EntryId | Path]:
    if isinstance(source, EntryId) or not is_folder(source):
        return [source]
    try:
        inside = list(source.iterdir())
    except OSError as error:
        raise ParameterError(
            f"The folder {source} cannot be listed ({error.strerror or error}); check its "
            f"permissions."
        ) from error
    # Names with a dot in front are other programs' business.
    files = sorted(
        path
        for path in inside
        if has_structure_suffix(path)
        and not path.name.startswith(".")
        and is_file(path)
    )
    if not files:
        raise ParameterError(
            f"The folder {source} holds no structure file (.cif, .pdb or .ent, also .gz); give "
            f"one that does, or IDs."
        )
    return list(files)
