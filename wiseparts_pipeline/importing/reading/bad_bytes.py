"""Bytes that are not text in a file's encoding: kept as special characters, shown, and written back as they came."""

import codecs
import re
import unicodedata
from collections.abc import Iterable

import pyarrow as pa

# A byte that is invalid in the encoding becomes a character of this plane, and so does NUL, which PostgreSQL does not
# store: so its row can be rejected, and written back as it came.
_BAD_BYTE = 0x10FF00
NUL = "\U0010feff"
BAD_BYTES = f"[{NUL}-\U0010ffff]"
# While a text is decoded, half a character stands for a byte: the encodings that can be configured have none.
_HALF = 0xDC00
# Where a file itself has one of the characters that readers use for something else, it would be taken for that.
_NO_TEXT = re.compile("[\udc00-\udcff\U0010fe00-\U0010ffff]")
# How those begin in UTF-8.
_FIRST_BYTES = b"\xf4\x8f"

# Characters that cannot be seen, and blanks that are not the usual one, each as it is shown.
INVISIBLE = {
    character: f"<U+{ord(character):04X} {unicodedata.name(character, '').lower()}>"
    for character in map(chr, range(0x80, 0x10000))
    if unicodedata.category(character) in ("Cf", "Zs")
}
_SHOWN = str.maketrans(INVISIBLE)


def _keep_bad_bytes(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(chr(_HALF + byte) for byte in error.object[error.start : error.end]), error.end


def with_bad_bytes(text: str, encoder: codecs.IncrementalEncoder) -> str:
    """Text as `keep_bad_bytes` decoded it, with a character for each byte of what is no text.

    `encoder`: of the file's encoding, behind its byte order mark.
    """
    return _NO_TEXT.sub(lambda found: _of_bytes(found[0], encoder), text)


def _of_bytes(character: str, encoder: codecs.IncrementalEncoder) -> str:
    is_byte = ord(character) < _HALF + 0x100
    return as_bad_bytes(bytes([ord(character) - _HALF]) if is_byte else encoder.encode(character))


def as_bad_bytes(data: bytes) -> str:
    """Bytes that are not text, each as its character."""
    return "".join(chr(_BAD_BYTE + byte) for byte in data)


codecs.register_error("keep_bad_bytes", _keep_bad_bytes)


def have_bad_bytes(cells: Iterable[pa.Array]) -> bool:
    """Whether any cell of these columns has a character that stands for a byte: a cheap hint."""
    return any((data := column.buffers()[2]) and _FIRST_BYTES in data.to_pybytes() for column in cells)


def show_bad_bytes(text: str) -> str:
    """Text for people: a byte that could not be read is shown as `\\xNN`."""
    return re.sub(BAD_BYTES, lambda match: f"\\x{_byte(match[0]):02x}", text)


def show_invisible(text: str) -> str:
    """Text for people: characters that cannot be seen, and blanks that are not the usual one, by their names."""
    return text if text.isascii() else text.translate(_SHOWN)


def encode_bad_bytes(text: str, encoder: codecs.IncrementalEncoder) -> bytes:
    """Text in the encoder's encoding, and the bytes that could not be read as they came."""
    parts = re.split(f"({BAD_BYTES}+)", text.replace(NUL, "\0"))
    return b"".join(
        _whole_characters(bytes(map(_byte, part)), encoder) if index % 2 else encoder.encode(part)
        for index, part in enumerate(parts)
    )


def _whole_characters(data: bytes, encoder: codecs.IncrementalEncoder) -> bytes:
    """Padded where an encoding has several bytes per character, so that the next one is not read out of step."""
    return data + bytes(-len(data) % len(encoder.encode("\0")))


def _byte(character: str) -> int:
    return 0 if character == NUL else ord(character) - _BAD_BYTE
