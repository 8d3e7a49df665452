"""What all kinds of figure have in common: the scale of type, and what is shown."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any, Final

from il2struct.errors import ParameterError

#: Whether each copy of an entry has a row.
COPIES: Final = ("each", "merged")
#: Type smaller than as drawn would be too small for print, larger has no room.
TYPE_SCALES: Final = (1.0, 2.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureOptions:
    """
    Options of every figure, each where it has a meaning.

    Attributes
    ----------
    type_scale : float
        Type, lines and marks are so many times as large, 1 to 2, at the same width of the figure.
    water : bool
        Whether bonds through waters are drawn.
    numbers : bool
        Whether values are written at their marks: distances, counts, cells.
    labels : int, optional
        How many residues are named of each side or row, the most buried first; what suits each
        by default.
    copies : str
        In comparisons ``"each"`` copy of an entry has a row, or they are ``"merged"`` to mean and range.
    """

    type_scale: float = 1.0
    water: bool = True
    numbers: bool = True
    labels: int | None = None
    copies: str = COPIES[0]

    def __post_init__(self) -> None:
        low, high = TYPE_SCALES
        if not low <= self.type_scale <= high:
            raise ParameterError(
                f"type is scaled by {low:g} to {high:g}, not {self.type_scale:g}."
            )
        if self.labels is not None and self.labels < 0:
            raise ParameterError(f"labels are a number from 0, not {self.labels}.")
        if self.copies not in COPIES:
            raise ParameterError(
                f"copies are {' or '.join(COPIES)}, not {self.copies!r}."
            )

    def n_labels(self, usual: int) -> int:
        """Return how many residues are named."""
        return usual if self.labels is None else self.labels


_CURRENT: ContextVar[FigureOptions] = ContextVar(
    "il2struct figures",
    default=FigureOptions(),  # noqa: B039  # frozen
)
#: The options that figures are prepared and drawn with now.
current = _CURRENT.get


@contextmanager
def options(**changed: Any) -> Iterator[FigureOptions]:  # noqa: ANN401  # as FigureOptions
    """
    Prepare figures with other `FigureOptions` inside this context; they keep them when they are drawn.

    Axes of your own keep their size of type.

    Raises
    ------
    ParameterError
        If a value is out of range.

    Examples
    --------
    >>> with options(water=False, labels=5) as chosen:
    ...     print(chosen.labels, current().water)
    5 False
    """
    with using(replace(current(), **changed)) as chosen:
        yield chosen


@contextmanager
def using(chosen: FigureOptions) -> Iterator[FigureOptions]:
    """Take these options inside the context."""
    token = _CURRENT.set(chosen)
    try:
        yield chosen
    finally:
        _CURRENT.reset(token)
