"""The characters of a text file: its encoding by the byte order mark or the settings, bytes that are not text kept."""

import codecs
import sys

from wiseparts_pipeline.importing.faults import RefusalCode, RefusedFile
from wiseparts_pipeline.importing.reading import sizes
from wiseparts_pipeline.importing.reading.bad_bytes import NUL, with_bad_bytes
from wiseparts_pipeline.importing.reading.formats.wrong_encoding import Controls, Utf8Watch
from wiseparts_pipeline.importing.reading.sources import Readable, refuse_other_formats

# The byte order mark, which also stands where another file was appended.
MARK = "\ufeff"
_UTF8_MARK = codecs.BOM_UTF8
_MARK_CONVERTED_TWICE = _UTF8_MARK.decode("cp1252").encode()
# The longer one first: it begins with the other.
_WIDE_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}

_END_OF_FILE = "\x1a"


class Decoder:
    """A file's text, piece by piece. Raises RefusedFile when it is not in the encoding."""

    def __init__(self, opened: Readable, encoding: str) -> None:
        self._file = opened
        self._last = b""
        beginning = self._file.read(sizes.CHUNK)
        while len(beginning) < len(codecs.BOM_UTF32_LE) and (more := self._file.read(sizes.CHUNK)):
            beginning += more
        refuse_other_formats(beginning)
        self._beginning: bytes | None = beginning
        self.encoding = _marked_encoding(beginning, encoding)
        self._is_wide = len("\n".encode(self.encoding)) > 1
        self._is_utf8 = codecs.lookup(self.encoding).name.startswith("utf-8")
        self._utf8 = Utf8Watch(self.encoding)
        self._controls = Controls(self.encoding)
        self._held = ""
        self._strict = codecs.getincrementaldecoder(self.encoding)(errors="strict")
        self._lenient = codecs.getincrementaldecoder(self.encoding)(errors="keep_bad_bytes")
        self._encoder = codecs.getincrementalencoder(self.encoding)()
        # Its byte order mark, if it writes one.
        self._encoder.encode("")
        self.at_end = False
        self.has_bad_bytes = False

    def read(self) -> str:
        """The next piece; it may be empty before the end as well."""
        data = self._file.read(sizes.CHUNK) if self._beginning is None else self._beginning
        self._beginning = None
        self.at_end = not data
        if not (self._is_utf8 or self._is_wide):
            self._refuse_appended(data)
        self._utf8.feed(data)
        try:
            text = self._decode(data)
        except UnicodeError as error:
            raise RefusedFile(
                RefusalCode.UNREADABLE,
                f"The file is not {self.encoding} text: {error}. Set file.encoding to what it is.",
            ) from None
        if "\x00" in text:
            self.has_bad_bytes = True
            text = text.replace("\x00", NUL)
        if self._controls.are_in(data):
            self.has_bad_bytes = True
            text = self._controls.replaced(text)
        return self._without_end_of_file(text)

    def _without_end_of_file(self, text: str) -> str:
        """DOS ends a text with a control character."""
        text = self._held + text
        self._held = _END_OF_FILE if text.endswith(_END_OF_FILE) else ""
        return text.removesuffix(_END_OF_FILE)

    def _decode(self, data: bytes) -> str:
        state = self._strict.getstate()
        try:
            text = self._strict.decode(data, final=self.at_end)
        except UnicodeDecodeError:
            self._lenient.setstate(state)
            text = self._lenient.decode(data, final=self.at_end)
            self._strict.setstate(self._lenient.getstate())
            self.has_bad_bytes = True
            return with_bad_bytes(text, self._encoder)
        if _has_wide(text) and (kept := with_bad_bytes(text, self._encoder)) != text:
            self.has_bad_bytes = True
            return kept
        return text

    def _refuse_appended(self, data: bytes) -> None:
        """In an encoding of single bytes, a file in UTF-8 that was appended would be read as other letters."""
        if _UTF8_MARK in self._last + data:
            raise RefusedFile(
                RefusalCode.UNREADABLE,
                f"The byte order mark of UTF-8 is in the middle of the file, which is {self.encoding} text before it."
                " Files of different encodings were joined; send each by itself.",
            )
        self._last = data[-len(_UTF8_MARK) + 1 :]


def _has_wide(text: str) -> bool:
    """Whether the text may have a character beyond the first 65,536: Python then takes four bytes for each."""
    return sys.getsizeof(text) >= 4 * len(text)


def _marked_encoding(beginning: bytes, encoding: str) -> str:
    """The encoding that the file's byte order mark names, otherwise that of the settings."""
    if beginning.startswith(_UTF8_MARK):
        return "utf-8"
    if beginning.startswith(_MARK_CONVERTED_TWICE):
        raise RefusedFile(
            RefusalCode.UNREADABLE,
            "The file was converted to UTF-8 twice: its byte order mark is three letters, and so is every other letter"
            " that is not ASCII two or three. Export it again.",
        )
    for mark, marked in _WIDE_MARKS.items():
        if beginning.startswith(mark):
            if len("\n".encode(encoding)) == 1:
                raise RefusedFile(
                    RefusalCode.UNREADABLE,
                    f"The file is not {encoding} text: it begins with the byte order mark of {marked[:6]}. Set"
                    f" file.encoding to {marked[:6]}, or save the file in {encoding}.",
                )
            return marked
    return encoding
