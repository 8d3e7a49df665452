"""
Writing so that a crash at any instant leaves the old state or the new one.

Every change that a batch makes on disk goes through these functions; the tests replace them to
crash at each step.
"""

import os
from io import FileIO
from pathlib import Path


def append(stream: FileIO, data: bytes) -> None:
    """
    Write all bytes to an unbuffered file, however often the system takes only a part.

    Parameters
    ----------
    stream : FileIO
    data : bytes
    """
    rest = memoryview(data)
    while rest:
        rest = rest[stream.write(rest) :]


def sync(stream: FileIO) -> None:
    """Wait until what was written to a file would outlive a loss of power."""
    os.fsync(stream.fileno())


def publish(temporary: Path, target: Path) -> None:
    """
    Put a finished temporary file into its place, all at once.

    Parameters
    ----------
    temporary, target : path
        On one file system.
    """
    with temporary.open("rb") as stream:
        os.fsync(stream.fileno())
    temporary.replace(target)
    sync_folder(target.parent)


def remove(path: Path) -> None:
    """Remove a file, if it is there, so that it does not come back after a loss of power."""
    path.unlink(missing_ok=True)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder would outlive a loss of power."""
    if os.name == "nt":  # Windows cannot open folders; renames are ordered there
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
