"""Delimited text, fixed widths and JSON lines, in any encoding and dialect that can be configured."""

import csv
import io
from typing import Any

from pydantic import ValidationError

from tests.fuzzing.given import Given, given
from tests.fuzzing.reading import ReadFile, check_reading
from tests.fuzzing.target import Target, check, tokens
from wiseparts_pipeline.config.file_format import FileFormat

_DELIMITERS = (",", ";", "\t", "|", "::", "+|", "§", "\x1f", " ", ", ", "ab", "\U0010fe1f", "\U0010fe02")
_QUOTES = ('"', "'", "", "a")
_ESCAPES = ("", "", "\\", "`", "^")
_ROW_ENDS = ("auto", "auto", "\n", "\r\n", "~", "~~", "&|\n", "\x1e", "\r", "ab")
_ENCODINGS = (
    "utf-8", "utf-8", "utf-8-sig", "cp1252", "cp1253", "iso-8859-1", "iso-8859-7", "utf-16", "utf-16-le", "utf-32",
    "gb18030", "shift_jis", "mac-roman", "cp037", "utf-7", "iso2022_jp", "hz", "big5", "ascii", "unicode_escape",
    "raw_unicode_escape", "punycode", "idna", "cp932", "euc_kr", "johab", "utf-8-sig", "cp65001",
)  # fmt: skip
_IGNORED = ("", "", "", "^#", "^$", r"(?i)^\s*(total|sum)\b", ".", "^.*$", r"\r")
_NAMES = ((), (), ("a",), ("a", "b"), ("id", "name", "x"))
_CHUNKS = (7, 64, 300)
# How often the content is repeated, to see what grows faster than the file does.
_MOST_BYTES = 300_000
_TEXTS = tokens(
    "a,b\n1,2\n", "id;name\n", '"x,y"', '"a""b"', ',"', '",', "\n\n", ",,,\n", "_row,_line,_errors\n",
    "1,1,not_a_date: x\n", "~", "&|\n", "::", "+|", "§", "\x1f", "\x1e", "\\,", '\\"', "\\\n", "# x\n", "Total,9\n",
)  # fmt: skip
_JSON = tokens(
    '{"a": 1}', '{"a": {"b": 2}}', '{"', '": ', "{}", "[]", "null", "true", '"\\u0000"', '"\\ud800"', "1e400",
    "-0", '{"a": 1, "a.b": 2, "a": {"b": 3}}', "NaN", "Infinity", "[" * 60, '{"a":' * 60, "}" * 60, "}\n{",
)  # fmt: skip


def _encoded(content: Given, encoding: str) -> bytes:
    """Text of the content in the encoding, so that it is mostly text; or the bytes as they are."""
    if content.one_of((True, True, False)):
        return content.text.encode(encoding, "replace")
    return content.content


def _read(data: bytes, **settings: Any) -> tuple[ReadFile, FileFormat, bytes] | None:
    """Reads a file of these settings, to which others are added; None where they contradict each other."""
    content = Given(data)
    encoding = content.one_of(_ENCODINGS)
    try:
        bytes_ = _encoded(content, encoding)
    except (LookupError, UnicodeError):
        return None
    chunk = content.one_of(_CHUNKS)
    if content.seldom() and bytes_:
        bytes_ *= content.one_of((100, 1000, 10_000))
        bytes_ = bytes_[:_MOST_BYTES]
        chunk = 0
    settings |= {"encoding": encoding, "skip_lines": content.one_of((0, 0, 0, 1, 2, 7))}
    settings["row_end"] = content.one_of(_ROW_ENDS)
    if settings["format"] != "jsonl":
        settings["ignore_lines"] = content.one_of(_IGNORED)
        if names := content.one_of(_NAMES):
            settings |= {"header": False, "names": names}
    if settings["format"] == "csv":
        settings["delimiter"] = content.one_of(_DELIMITERS)
        settings["quote"] = content.one_of(_QUOTES)
        settings["escape"] = content.one_of(_ESCAPES)
    if settings["format"] == "fixed":
        widths = content.one_of(((1,), (2, 3), (5, 1, 4), (1, 1), (200,), (10_000, 1)))
        settings |= {"widths": widths, "widths_in": content.one_of(("characters", "bytes"))}
    name = content.one_of(("f.csv", "f.csv", "f.csv.errors.csv"))
    try:
        file = FileFormat.model_validate(settings)
    except ValidationError:
        return None
    if file.format == "fixed" or _depends_on_pieces(bytes_.decode(encoding, "replace"), file):
        chunk = 0
    return check_reading(bytes_, name, file, chunk=chunk), file, bytes_


def _depends_on_pieces(text: str, file: FileFormat) -> bool:
    """Whether what is known of the first piece decides: returns as row ends, and delimiters that end every row."""
    text = text.replace("\r\n", "\n")
    return "\r" in text or any(line.rstrip().endswith(file.delimiter.strip()) for line in text.split("\n"))


def _delimited(data: bytes) -> None:
    read = _read(data, format="csv")
    if read is None:
        return
    found, file, content = read
    is_plain = file == FileFormat(delimiter=file.delimiter)
    if (
        is_plain
        and len(file.delimiter) == 1
        and file.delimiter in ",;\t|"
        and not found.malformed
        and not found.refused
    ):
        _compare_with_python(found, content, file.delimiter)


def _compare_with_python(found: ReadFile, content: bytes, delimiter: str) -> None:
    """What all of a file's rows are, by another reader."""
    text = content.decode(errors="replace")
    if any(letter in text for letter in "\r\0\x1a\ufffd\ufeff") or "_row" in text:
        return
    header, *rows = (row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row)
    blank = [not any(cell.strip(" \t") for cell in row) for row in rows]
    width = len(header)
    kept = [tuple(row) for row, is_blank in zip(rows, blank, strict=True) if not is_blank or len(row) == width == 1]
    kept = [row[:width] if not any(cell.strip() for cell in row[width:]) else row for row in kept]
    if found.repeated_headers == 0:
        check([row for _, row in found.rows.values()] == kept, "cells are those of the file", found.rows, kept)


def _fixed(data: bytes) -> None:
    _read(data, format="fixed")


def _json_lines(data: bytes) -> None:
    _read(data, format="jsonl")


DELIMITED = Target(
    _delimited,
    seeds=(
        given("id,name\n1,A\n2,B\n"),
        given('a,b\n"x\ny",2\n\n3,"4"",5"\n'),
        given("id;name\n1;é\n", 3, 0, 0, 0, 0, 0, 0, 0, 1),
        given("r\nid\tname\n1\t漢\n", 7, 0, 0, 0, 3, 0, 0, 0, 2),
        given("1::a~~2::b~~", 0, 0, 0, 0, 0, 5, 0, 3, 4),
        given("a,b\\,c\n1,2\n#x\n3,4", 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 2),
        given("a,b,_row,_line,_errors\n1,2,3,4,not_a_date: x\n"),
        given("a,b\n1,2,,\n3,4,,\n5,6,,\n1\n"),
    ),
    tokens=_TEXTS,
)
FIXED = Target(
    _fixed,
    seeds=(
        given("A B  \n1 2  \n"),
        given("12345\nab\n\n  x y\n", 0, 0, 0, 0, 0, 0, 0, 3, 1),
        given("éß漢x yz\nab 漢漢\n", 0, 0, 0, 0, 0, 0, 0, 3, 2, 1),
        given("Ωmega 1 22\nα β γ δ\n", 4, 0, 0, 0, 0, 0, 0, 4, 2),
    ),
    tokens=tokens("     ", "漢", "é", "12345", "\n     \n"),
)
JSON_LINES = Target(
    _json_lines,
    seeds=(
        given('{"id": 1, "name": "A"}\n{"id": 2.50, "more": {"x": [1, "b"], "y": null}}\n'),
        given('{"a": "\\u0041\\ud83d\\ude00", "b": true}\nx\n[1]\n'),
    ),
    tokens=_JSON,
)
