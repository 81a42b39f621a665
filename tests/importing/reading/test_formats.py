"""Every format returns the cells that were written, and has only attributes that apply to it."""

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from unittest.mock import patch
from xml.sax.saxutils import escape

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from pydantic import ValidationError

from tests.importing.reading.read_back import read_back
from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.importing.faults import RefusedFile
from wiseparts_pipeline.importing.reading import sizes

Rows = Sequence[Sequence[str]]

WIDTHS = (6, 12, 12)
NAMES = ("id", "name", "note")


def as_csv(rows: Rows) -> bytes:
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL).writerows([NAMES, *rows])
    return written.getvalue().encode()


def as_zip(rows: Rows) -> bytes:
    """Two members, the second with its columns in reverse order."""
    half = len(rows) // 2
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("1.csv", as_csv(rows[:half]))
        turned = io.StringIO()
        csv.writer(turned, quoting=csv.QUOTE_ALL).writerows([row[::-1] for row in [NAMES, *rows[half:]]])
        archive.writestr("2.csv", turned.getvalue())
    return written.getvalue()


def as_xlsx(rows: Rows) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in [NAMES, *rows]:
        sheet.append(row)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def as_jsonl(rows: Rows) -> bytes:
    return "".join(json.dumps(dict(zip(NAMES, row, strict=True))) + "\n" for row in rows).encode()


def as_xml(rows: Rows) -> bytes:
    lines = (
        f'<Line id="{escape(id_, {chr(34): "&quot;"})}"><Name>{escape(name)}</Name><Note>{escape(note)}</Note></Line>'
        for id_, name, note in rows
    )
    return f"<Lines>{''.join(lines)}</Lines>".encode()


def as_fixed(rows: Rows) -> bytes:
    lines = ("".join(cell.ljust(width) for cell, width in zip(row, WIDTHS, strict=True)) for row in rows)
    return "".join(f"{line.rstrip()}\r\n" for line in lines).encode("utf-16")


WRITERS: dict[str, tuple[Callable[[Rows], bytes], dict[str, Any]]] = {
    "file.csv": (as_csv, {}),
    "file.csv.gz": (lambda rows: gzip.compress(as_csv(rows)), {}),
    "file.csv.zip": (as_zip, {}),
    "file.xlsx": (as_xlsx, {"format": "xlsx"}),
    "file.jsonl": (as_jsonl, {"format": "jsonl"}),
    "file.jsonl.gz": (lambda rows: gzip.compress(as_jsonl(rows)), {"format": "jsonl"}),
    "file.xml": (as_xml, {"format": "xml", "row_element": "Lines/Line"}),
    "file.txt": (
        as_fixed,
        {"format": "fixed", "widths": WIDTHS, "names": NAMES, "header": False, "encoding": "utf-16"},
    ),
}
# White space around a cell is dropped on import from any format, so it does not count here.
TEXT = st.text("aZ09 .,;|\"'&<>/@\\{}[]é€漢😀", max_size=12).map(str.strip)


@settings(
    max_examples=60,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(texts=st.lists(st.tuples(TEXT, TEXT), min_size=2, max_size=12), chunk=st.integers(8, 300))
@pytest.mark.parametrize("name", WRITERS)
def test_what_was_written_is_read_back(name: str, texts: list[tuple[str, str]], chunk: int, tmp_path: Path) -> None:
    write, file = WRITERS[name]
    rows = [(f"{number:05}", *cells) for number, cells in enumerate(texts)]
    path = tmp_path / name
    path.write_bytes(write(rows))

    with patch.multiple(sizes, CHUNK=chunk, BLOCK=4096, BATCH_ROWS=3):
        found = read_back(path, **file)

    assert sorted(found.rows) == list(range(1, len(rows) + 1))
    columns = ("@id", "Name", "Note") if name == "file.xml" else NAMES
    assert list(zip(*map(found.column, columns), strict=True)) == rows


@settings(
    max_examples=60,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(place=st.floats(0, 1), damage=st.binary(max_size=20), lost=st.integers(0, 200))
@pytest.mark.parametrize("name", WRITERS)
def test_a_damaged_file_is_read_as_it_is_or_refused(
    name: str, place: float, damage: bytes, lost: int, tmp_path: Path
) -> None:
    write, file = WRITERS[name]
    whole = write([(str(number), "a", "Ω") for number in range(20)])
    at = int(place * len(whole))
    path = tmp_path / name
    path.write_bytes(whole[:at] + damage + whole[at + lost :])
    with suppress(RefusedFile):
        read_back(path, **file)


@pytest.mark.parametrize("name", WRITERS)
def test_a_file_can_be_opened_again_and_gives_the_same(name: str, tmp_path: Path) -> None:
    write, file = WRITERS[name]
    path = tmp_path / name
    path.write_bytes(write([(str(number), "a", "b") for number in range(5)]))
    assert read_back(path, **file) == read_back(path, **file)


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"format": "xlsx", "delimiter": ";"}, "`delimiter` does not go with format: xlsx; it goes with csv"),
        ({"format": "xlsx", "encoding": "cp1253"}, "`encoding` does not go with format: xlsx"),
        ({"format": "xml", "row_element": "a", "skip_lines": 1}, "`skip_lines` does not go with format: xml"),
        ({"format": "jsonl", "header": False, "names": ["a"]}, "`header` does not go with format: jsonl"),
        ({"widths": [3]}, "`widths` does not go with format: csv; it goes with fixed"),
        ({"sheet": "Sales"}, "`sheet` does not go with format: csv; it goes with xlsx"),
        ({"row_element": "a"}, "`row_element` does not go with format: csv; it goes with xml"),
        ({"format": "fixed"}, "needs `widths`"),
        (
            {"format": "fixed", "widths": [3, 4], "names": ["a"], "header": False},
            "`names` has 1 columns and `widths` 2",
        ),
        ({"format": "fixed", "widths": [0]}, "greater than or equal to 1"),
        ({"format": "xml"}, "needs `row_element`"),
        ({"format": "xml", "row_element": "/Orders/"}, "needs `row_element`"),
        ({"format": "parquet"}, "'csv', 'xlsx', 'jsonl', 'xml' or 'fixed'"),
    ],
)
def test_an_attribute_that_does_not_apply_to_the_format_is_an_error(attributes: dict[str, Any], expected: str) -> None:
    with pytest.raises(ValidationError) as raised:
        FileFormat.model_validate(attributes)
    assert expected in str(raised.value)


def test_an_error_file_of_a_csv_file_has_its_dialect() -> None:
    file = FileFormat(delimiter=";", encoding="cp1253", decimal=",", skip_lines=2)
    assert file.error_format is file


@pytest.mark.parametrize("name", ["file.xlsx", "file.jsonl", "file.xml", "file.txt"])
def test_an_error_file_of_another_format_is_csv_that_any_program_opens(name: str, tmp_path: Path) -> None:
    _, file = WRITERS[name]
    path = tmp_path / "local"
    for encoding in ("utf-8", "utf-8-sig"):
        path.write_text('id,name,_row,_line,_errors\n1,"Ω, a",7,9,not_a_date: no\n', encoding=encoding)
        found = read_back(path, f"{name}.errors.csv", **file | {"decimal": ",", "thousands": "."})
        assert found.columns == ["id", "name", "_row", "_line", "_errors"]
        assert found.cells == [["1", "Ω, a", "7", "9", "not_a_date: no"]]


def test_an_error_file_is_converted_like_its_original() -> None:
    file = FileFormat(format="xlsx", decimal=",", date_formats=("%d/%m/%Y",), true_values=("Ja",), null_values=("-",))
    errors = file.error_format
    assert (errors.decimal, errors.true_values, errors.null_values) == (",", ("Ja",), ("-",))
    assert errors.date_formats == ("%Y-%m-%d", "%d/%m/%Y")
