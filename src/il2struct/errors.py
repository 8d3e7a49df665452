"""
Everything il2struct raises on purpose.

::

    Il2StructError
    ├── ParameterError          an option or argument that cannot be right
    ├── MissingDependencyError  an optional library is not installed
    ├── FetchError              the entry could not be brought here
    │   ├── NotFoundError       no source has it
    │   ├── UnavailableError    a source did not answer, or may not be asked
    │   └── CorruptError        what came is not a whole, right file
    └── StructureError          the file is here, but cannot be analysed
        ├── ParseError          not a readable structure file
        ├── NoProteinError      nothing to analyse in it
        ├── UnknownChainError   a chain or role was asked for that it lacks
        ├── CoordinateError     coordinates are not finite or coincide
        └── NoCrystalError      symmetry was asked of an entry without a cell

Every message is one sentence that says what is wrong, where, and what to do.
"""

from collections.abc import Iterable


class Il2StructError(Exception):
    """Base of every error that il2struct raises on purpose."""


class ParameterError(Il2StructError, ValueError):
    """An option or argument that cannot be right."""


class MissingDependencyError(Il2StructError, ImportError):
    """A library that this function needs is not installed."""


class FetchError(Il2StructError):
    """An entry could not be brought here."""


class NotFoundError(FetchError):
    """No source has the entry."""


class UnavailableError(FetchError):
    """A source did not answer in time, refused, or may not be asked (offline)."""


class CorruptError(FetchError):
    """What came is truncated, not a structure, or another entry."""


class StructureError(Il2StructError):
    """A file is here but cannot be analysed."""


class ParseError(StructureError):
    """The file is not a readable mmCIF or PDB structure."""


class NoProteinError(StructureError):
    """The structure holds no protein chain."""


class UnknownChainError(StructureError):
    """
    A chain or role was asked for that the entry does not have.

    Parameters
    ----------
    name : str
        What was asked for.
    entry_id : str
        Where it was looked for.
    available : iterable of str
        What the entry does have.
    """

    def __init__(self, name: str, *, entry_id: str, available: Iterable[str]) -> None:
        has = ", ".join(available) or "none"
        super().__init__(f"{entry_id} has no chain or role {name!r}; it has {has}.")


class CoordinateError(StructureError):
    """Coordinates are missing, not finite, or coincide."""


class NoCrystalError(StructureError):
    """Symmetry was asked of an entry that has no unit cell."""


def public_type_name(error: BaseException) -> str:
    """
    Return the nearest class of the tree above for an error raised on purpose, else its own class.

    Examples
    --------
    >>> public_type_name(NotFoundError("9XYZ"))
    'NotFoundError'
    """
    for cls in type(error).__mro__:
        if cls.__module__ == __name__:
            return cls.__name__
    return type(error).__name__
