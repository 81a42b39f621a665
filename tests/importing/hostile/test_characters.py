"""Characters that readers use for something else do not stand for that in a file, and no row is lost or changed."""

from pathlib import Path
from typing import Any

import pytest

from tests.importing.drop import Drop, counts, csv
from tests.importing.reading.read_back import read_back
from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.importing.reading import show_bad_bytes

# What stands for a delimiter, line ends, quotes, the end of a file, a byte, NUL, and one that stands for nothing.
USED = (
    "\U0010fe01 \U0010fe02 \U0010fe0a \U0010fe0d \U0010fe1f \U0010fe2c \U0010fe03\U0010fe04\U0010fe03 \U0010ff41"
    " \U0010feff \U0010fe77"
)
FORMATS: dict[str, tuple[dict[str, Any], str]] = {
    "csv": ({}, "a,b\n1,x{}y\n2,z\n"),
    "csv, rewritten": ({"delimiter": "::", "row_end": "~\n", "escape": "\\"}, "a::b~\n1::x{}y~\n2::z~\n"),
    "csv, one column": ({"header": False, "names": ["b"]}, "x{}y\nz\n"),
    "fixed": ({"format": "fixed", "header": False, "names": ["a", "b"], "widths": [1, 40]}, "1x{}y\n2z\n"),
    "jsonl": ({"format": "jsonl"}, '{{"a": 1, "b": "x{}y"}}\n{{"a": 2, "b": "z"}}\n'),
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gb18030"])
@pytest.mark.parametrize("used", USED.split(), ids=ascii)
@pytest.mark.parametrize("format_", FORMATS)
def test_characters_that_stand_for_something_else_are_bytes_that_are_no_text(
    tmp_path: Path, format_: str, used: str, encoding: str
) -> None:
    settings, content = FORMATS[format_]
    path = tmp_path / "file"
    path.write_bytes(content.format(used).encode(encoding))
    found = read_back(path, encoding=encoding, **settings)
    assert found.has_bad_bytes
    assert found.problems == {}
    first, second = found.column("b")
    written = used.encode("utf-16-le" if encoding == "utf-16" else encoding).removeprefix(b"\xef\xbb\xbf")
    assert show_bad_bytes(first) == "x" + "".join(f"\\x{byte:02x}" for byte in written) + "y"
    assert second == "z"


@pytest.mark.parametrize(
    ("settings", "content"),
    [
        ({"format": "xml", "row_element": "r"}, "<a><r><b>x\U0010ff41y</b></r></a>"),
        ({"format": "xml", "row_element": "r"}, "<a><r><b>x&#x10FF41;y</b></r></a>"),
        ({"format": "jsonl"}, '{"b": "x\\udbff\\udf41y"}\n'),
    ],
)
def test_so_are_those_of_formats_that_can_write_any_character(
    tmp_path: Path, settings: dict[str, Any], content: str
) -> None:
    path = tmp_path / "file"
    path.write_text(content)
    assert read_back(path, **settings).has_bad_bytes


def test_their_row_is_rejected_and_in_the_error_file_as_it_came(drop: Drop) -> None:
    customers = drop.of("customers")
    bad = "C1,A\U0010fe0aB\U0010ff41"
    result = customers.imported("a.csv", csv("customer_id,name", [bad, "C2,n"]))
    assert counts(result) == {"read": 2, "created": 1, "rejected": 1}
    assert customers.rejects("row_number", "column_name", "code") == [(1, "name", "bad_encoding")]
    assert bad in (customers.folder / "errors" / "a.csv.errors.csv").read_text()


def test_no_object_is_lost_behind_one_of_them(drop: Drop) -> None:
    customers = drop.of("customers", file={"format": "jsonl"}, pattern="*")
    lines = ['{"customer_id": "C1", "name": "x\U0010fe02y"}', '{"customer_id": "C2", "name": "n"}']
    result = customers.imported("a.jsonl", "\n".join(lines))
    assert counts(result) == {"read": 2, "created": 1, "rejected": 1}


def test_a_byte_that_is_no_text_is_as_wide_as_a_byte(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"1\xffx  A\n2\xc3\xa9  B\n")
    found = read_back(path, format="fixed", header=False, names=["a", "b"], widths=[5, 1], widths_in="bytes")
    assert found.column("b") == ["A", "B"]


@pytest.mark.parametrize("encoding", ["punycode", "idna", "undefined", "utf-7", "unicode_escape", "raw_unicode_escape"])
def test_an_encoding_that_is_not_one_of_files_is_a_wrong_configuration(encoding: str) -> None:
    with pytest.raises(ValueError, match="not one of files"):
        FileFormat(encoding=encoding)
