"""
An append-only file of records; what a crash cut off at its end is dropped on opening.

Each record stands behind a mark, its length and its CRC-32. One record is one entry, so an entry
is in the journal whole or not at all.
"""

import os
import struct
import zlib
from collections.abc import Iterable, Iterator
from io import FileIO
from pathlib import Path
from typing import Final

from il2struct.batches import durable

#: In front of each record: mark, length in bytes, CRC-32 of the record.
_FRAME: Final = struct.Struct("<4sQI")
_MARK: Final = b"il2r"
#: A record is longer than this only by damage: the largest entries give some hundred MB.
MAX_RECORD_BYTES: Final = 4 * 1024**3


class Journal:
    """
    The records of entries that are finished, but not yet in a sealed shard.

    Parameters
    ----------
    path : path
        Made if it is not there; a torn record at the end is cut off.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stream = FileIO(path, "a+")
        self._offsets = list(_whole_records(self._stream))
        self._end = self._offsets[-1][1] if self._offsets else 0
        if os.fstat(self._stream.fileno()).st_size > self._end:
            self._stream.truncate(self._end)

    def __iter__(self) -> Iterator[int]:
        """Offsets of the records, in the order of writing."""
        return iter([start for start, _ in self._offsets])

    def append(self, record: bytes) -> int:
        """
        Add a record.

        Parameters
        ----------
        record : bytes

        Returns
        -------
        int
            Its offset, for `read`.
        """
        start = self._end
        durable.append(self._stream, _framed(record))
        self._end = start + _FRAME.size + len(record)
        self._offsets.append((start, self._end))
        return start

    def read(self, offset: int) -> bytes:
        """
        Read a record.

        Parameters
        ----------
        offset : int
            From `append` or iteration.
        """
        self._stream.seek(offset)
        _, length, _ = _FRAME.unpack(self._stream.read(_FRAME.size))
        return _read_exactly(self._stream, length)

    def sync(self) -> None:
        """Make what was appended outlive a loss of power."""
        durable.sync(self._stream)

    def keep_only(self, offsets: Iterable[int]) -> dict[int, int]:
        """
        Drop every record but those named.

        Parameters
        ----------
        offsets : iterable of int

        Returns
        -------
        dict of int to int
            New offset of each record by its old one.
        """
        temporary = self._path.with_suffix(".new")
        moved: dict[int, int] = {}
        with FileIO(temporary, "w") as stream:
            place = 0
            for offset in offsets:
                framed = _framed(self.read(offset))
                durable.append(stream, framed)
                moved[offset] = place
                place += len(framed)
        durable.publish(temporary, self._path)
        self._stream.close()
        self._stream = FileIO(self._path, "a+")
        self._offsets = list(_whole_records(self._stream))
        self._end = place
        return moved

    def close(self) -> None:
        """Close the file."""
        self._stream.close()


def _framed(record: bytes) -> bytes:
    return _FRAME.pack(_MARK, len(record), zlib.crc32(record)) + record


def _whole_records(stream: FileIO) -> Iterator[tuple[int, int]]:
    """Start and end of every record up to the first that is torn or damaged."""
    start = 0
    while True:
        stream.seek(start)
        head = stream.read(_FRAME.size)
        if len(head) < _FRAME.size:
            return
        mark, length, checksum = _FRAME.unpack(head)
        if mark != _MARK or length > MAX_RECORD_BYTES:
            return
        record = _read_exactly(stream, length)
        if len(record) < length or zlib.crc32(record) != checksum:
            return
        yield start, start + _FRAME.size + length
        start += _FRAME.size + length


def _read_exactly(stream: FileIO, length: int) -> bytes:
    parts, missing = [], length
    while missing:
        part = stream.read(missing)
        if not part:
            break
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)
