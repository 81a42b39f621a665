"""Signs that a text is not in the encoding that it is said to be in, though every byte can be read."""

import codecs
import re

from wiseparts_pipeline.importing.faults import RefusalCode, RefusedFile
from wiseparts_pipeline.importing.reading.bad_bytes import as_bad_bytes

# Control characters that no text in an encoding of single bytes has.
_CONTROLS = re.compile("[\x80-\x9f]")
# A word of which a letter is not ASCII.
_WORD = re.compile(r"\S*[^\x00-\x7f]\S*")
_SHOWN = 30


class Utf8Watch:
    """Notices a file in UTF-8 that is to be read in an encoding of single bytes, as which any bytes are some letters.

    Letters of such an encoding are in UTF-8 by chance now and then, but never all of them. `remedy`: what to do if the
    text is right.
    """

    def __init__(self, encoding: str, remedy: str = "Set file.encoding to utf-8") -> None:
        self._encoding = encoding
        self._remedy = remedy
        self._decoder = codecs.getincrementaldecoder("utf-8")() if _has_single_bytes(encoding) else None
        self._word = ""

    def feed(self, data: bytes) -> None:
        """The next bytes of the file, none at its end. Raises RefusedFile there."""
        if self._decoder is None:
            return
        try:
            text = self._decoder.decode(data, final=not data)
        except UnicodeDecodeError:
            self._decoder = None
            return
        if not self._word and not text.isascii() and (found := _WORD.search(text)):
            self._word = found[0][:_SHOWN]
        if not data and self._word:
            read = self._word.encode().decode(self._encoding, "replace")
            raise RefusedFile(
                RefusalCode.UNREADABLE,
                f"The file is UTF-8 text, and is to be read as {self._encoding}, in which {self._word!r} would become"
                f" {read!r}. {self._remedy}, or save the file in {self._encoding}.",
            )


class Controls:
    """Finds control characters that are letters in another encoding: `€` in cp1252 is one of them in iso-8859-1."""

    def __init__(self, encoding: str) -> None:
        self._encoding = encoding
        bytes_ = range(0x80, 0xA0)
        self._bytes = bytes(byte for byte in bytes_ if _CONTROLS.match(bytes([byte]).decode(encoding, "ignore")))

    def are_in(self, data: bytes) -> bool:
        """Whether bytes of a file have one."""
        return len(data.translate(None, self._bytes)) < len(data)

    def replaced(self, text: str) -> str:
        """The text with their bytes in their place."""
        return _CONTROLS.sub(lambda found: as_bad_bytes(found[0].encode(self._encoding)), text)


def _has_single_bytes(encoding: str) -> bool:
    """Whether every byte beyond ASCII is a letter of its own."""
    letters = bytes(range(0x80, 0x100)).decode(encoding, "ignore")
    return len("\n".encode(encoding)) == 1 and 0x40 < len(letters) <= 0x80 and "\ufffd" not in letters
