"""
A worker process: entries in through standard input, records out through standard output.

Started as ``python -P -m il2struct.batches.worker`` by `il2struct.batches.processes`, which alone
talks to it. A script that runs a batch therefore needs no ``if __name__ == "__main__"``.
"""

import os
import pickle
import queue
import sys
import threading
from typing import IO, TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

    from il2struct.archive import EntryId

#: Bytes of the length in front of each message.
LENGTH_BYTES: Final = 8


def read_message(stream: IO[bytes]) -> bytes | None:
    """
    Read one message, None at the end of the stream.

    Parameters
    ----------
    stream : binary file
    """
    head = _read_exactly(stream, LENGTH_BYTES)
    if head is None:
        return None
    return _read_exactly(stream, int.from_bytes(head, "little"))


def _read_exactly(stream: IO[bytes], length: int) -> bytes | None:
    parts = []
    while length:
        part = stream.read(min(length, 1 << 20))
        if not part:
            return None
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


def write_message(stream: IO[bytes], message: bytes) -> None:
    """
    Write one message.

    Parameters
    ----------
    stream : binary file
    message : bytes
    """
    stream.write(len(message).to_bytes(LENGTH_BYTES, "little") + message)
    stream.flush()


def _read_sources(sources: "queue.SimpleQueue[EntryId | Path]") -> None:
    while (message := read_message(sys.stdin.buffer)) is not None:
        sources.put(pickle.loads(message))
    # The batch is gone: nobody waits for the entry at work any more.
    os._exit(0)


def main() -> None:
    """Serve until standard input ends."""
    # What a library prints must not get between the records.
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    # Only the batch that started this process writes to its standard input.
    task = pickle.loads(read_message(sys.stdin.buffer) or b"")
    sources: queue.SimpleQueue[EntryId | Path] = queue.SimpleQueue()
    threading.Thread(target=_read_sources, args=(sources,), daemon=True).start()
    task.warm_up()
    write_message(replies, b"")
    while True:
        write_message(replies, task(sources.get()))


if __name__ == "__main__":
    main()
