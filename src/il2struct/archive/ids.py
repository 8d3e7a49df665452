"""PDB entry IDs in both forms: four characters, and twelve from July 2027 on."""

import re
from dataclasses import dataclass
from typing import Final

from il2struct.errors import ParameterError

#: The classic form: a digit from 1 to 9, then three letters or digits.
_SHORT: Final = r"[1-9][a-z0-9]{3}"

#: The extended form, and the only one issued from July 2027 on
#: (https://www.wwpdb.org/documentation/pdb-id-extension-faq).
_EXTENDED: Final = r"pdb_[a-z0-9]{8}"

#: What turns a four-character ID into its extended form (same FAQ).
_PREFIX: Final = "pdb_0000"


@dataclass(frozen=True, slots=True, order=True)
class EntryId:
    """
    The ID of one PDB entry, the same object whichever form it was written in.

    Only ever holds letters, digits and one underscore, so it is safe in paths and URLs.

    Raises
    ------
    ParameterError
        If it is not that form; :func:`parse_entry_id` reads what people type.

    Examples
    --------
    >>> entry_id = parse_entry_id("2erj")
    >>> str(entry_id), entry_id.extended, entry_id.middle
    ('2ERJ', 'pdb_00002erj', 'er')
    """

    #: The twelve-character form in lower case, ``pdb_00002erj``.
    extended: str

    def __post_init__(self) -> None:
        if not re.fullmatch(_EXTENDED, self.extended):
            raise ParameterError(
                f"{self.extended!r} is not an extended PDB ID such as pdb_00002erj; "
                f"use parse_entry_id for other spellings."
            )

    @property
    def short(self) -> str | None:
        """The four-character form in upper case, None if the entry has none."""
        tail = self.extended.removeprefix(_PREFIX)
        return tail.upper() if re.fullmatch(_SHORT, tail) else None

    @property
    def middle(self) -> str:
        """The two characters that name the entry's folder in the divided archive."""
        # Third and second from the end: the same folder for both forms of an ID.
        return self.extended[-3:-1]

    def __str__(self) -> str:
        return self.short or self.extended


def looks_like_entry_id(text: str) -> bool:
    """
    Tell whether a text is a PDB ID in either form, in any case.

    Examples
    --------
    >>> [looks_like_entry_id(text) for text in ("2ERJ", "PDB_00002ERJ", "IL2", "2ERJ.cif")]
    [True, True, False, False]
    """
    lower = text.strip().lower()
    # Some letters outside ASCII become ASCII in lower case (the Kelvin sign).
    return text.isascii() and bool(
        re.fullmatch(_SHORT, lower) or re.fullmatch(_EXTENDED, lower)
    )


def parse_entry_id(text: str) -> EntryId:
    """
    Read a PDB ID in either form, in any case.

    Examples
    --------
    >>> parse_entry_id("2ERJ") == parse_entry_id("PDB_00002ERJ")
    True
    """
    if not looks_like_entry_id(text):
        raise ParameterError(
            f"{text!r} is not a PDB ID; write four characters that start with a digit (2ERJ) "
            f"or pdb_ and eight characters (pdb_00002erj)."
        )
    lower = text.strip().lower()
    return EntryId(lower if re.fullmatch(_EXTENDED, lower) else _PREFIX + lower)
