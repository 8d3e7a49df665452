"""From the bytes of a file to text that a parser may see: bounded, without what is no text."""

import gzip
import io
import re
import zlib
from pathlib import Path
from typing import Final

from il2struct.archive.content import most_unpacked_bytes
from il2struct.errors import ParseError

#: Both formats hold printable characters, tabs and line ends. Others move the cursor of a terminal
#: or end a text early.
CONTROL_BYTES: Final = bytes(
    code for code in (*range(32), 127) if chr(code) not in "\t\n\r"
)
#: The same beyond ASCII: control characters, invisible ones, and marks that reverse the text.
CONTROL_CHARACTERS: Final = (
    "[\u0080-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)
#: Stands where a byte was that is no text.
REPLACEMENT: Final = b"_"

_GZIP_MAGIC: Final = b"\x1f\x8b"
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_WITHOUT_CONTROL: Final = bytes.maketrans(
    CONTROL_BYTES, REPLACEMENT * len(CONTROL_BYTES)
)
_HIGH_BYTES: Final = bytes(range(128, 256))
_ONLY_ASCII: Final = bytes.maketrans(_HIGH_BYTES, REPLACEMENT * len(_HIGH_BYTES))


def unpacked(stored: bytes, path: Path) -> bytes:
    """
    Unpack the bytes of a file if they are packed.

    Parameters
    ----------
    stored : bytes
        As on disk.
    path : Path
        For messages.

    Raises
    ------
    ParseError
        If the gzip stream is damaged, or unpacks to far more than a structure does.
    """
    if not stored.startswith(_GZIP_MAGIC):
        return stored.removeprefix(_BYTE_ORDER_MARK)
    most = most_unpacked_bytes(len(stored))
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(stored)) as stream:
            content = stream.read(most + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise ParseError(
            f"{path} is a damaged or truncated gzip file ({error}); fetch it again."
        ) from error
    if len(content) > most:
        raise ParseError(
            f"{path} unpacks to more than {most} bytes, unlike any structure; "
            "fetch it again or unpack it yourself."
        )
    return content.removeprefix(_BYTE_ORDER_MARK)


def ascii_text(content: bytes) -> bytes:
    """
    Put `REPLACEMENT` in place of every byte that PDB format does not know, columns unmoved.

    Parameters
    ----------
    content : bytes
        Unpacked.
    """
    text = content if content.isascii() else content.translate(_ONLY_ASCII)
    return _without_control(text)


def unicode_text(content: bytes) -> bytes:
    """
    Put `REPLACEMENT` in place of what is no printable UTF-8; if it is no UTF-8, no ASCII.

    Parameters
    ----------
    content : bytes
        Unpacked mmCIF: ASCII by its definition, UTF-8 as some programs write it.
    """
    if content.isascii():
        return _without_control(content)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return ascii_text(content)
    printable = re.sub(CONTROL_CHARACTERS, REPLACEMENT.decode(), text)
    return _without_control(printable.encode("utf-8"))


def unix_lines(content: bytes) -> bytes:
    """
    End every line with a line feed, whatever system the file comes from.

    Parameters
    ----------
    content : bytes
    """
    if b"\r" not in content:
        return content
    return content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _without_control(content: bytes) -> bytes:
    # Deleting is the fastest test: one pass, no table of places.
    if len(content.translate(None, CONTROL_BYTES)) == len(content):
        return content
    return content.translate(_WITHOUT_CONTROL)
