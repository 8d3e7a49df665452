"""Names that stay apart when several inputs are the same entry."""

from collections.abc import Collection


def distinct_name(name: str, taken: Collection[str]) -> str:
    """
    Put a number behind a name that is taken.

    Parameters
    ----------
    name : str
    taken : collection of str
        Names in use.

    Returns
    -------
    str
        The name itself if it is free, else the first free one of ``name_2``, ``name_3`` …

    Examples
    --------
    >>> distinct_name("2B5I", ["2ERJ", "2B5I"])
    '2B5I_2'
    """
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free
