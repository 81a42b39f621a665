"""The usual attacks: lines and elements without end, entities, NUL, and text that other programs would run.

Others are where the reader is tested that they are about: archives that unpack to a disk full of nothing, names that
lead out of a folder, passwords and archives in archives in `tests/importing/reading/test_formats_archives.py`; entities
in `tests/importing/reading/test_formats_xml.py`; formulas in `tests/test_formulas.py` and in
`tests/importing/test_error_files.py`; paths that lead out of a source in `tests/transport/test_transport.py`.
"""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.importing.drop import Drop, counts, csv
from tests.importing.hostile.limited import read_with_limits
from wiseparts_pipeline.importing.ledger.outcome import Status

COLUMNS = {"quoted_on": {"constant": "2025-01-31"}, "currency": {"constant": "EUR"}}


def endless(path: Path, begin: bytes, megabytes: int = 500) -> Path:
    """A packed file with one line of very many megabytes."""
    piece = b"x" * (1 << 20)
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(begin)
        for _ in range(megabytes):
            file.write(piece)
    return path


@pytest.mark.parametrize(
    ("begin", "settings"),
    [
        (b"a,b\n1,", {}),
        (b"", {}),
        (b'a,b\n1,"', {}),
        (b"a,b\n1,", {"quote": ""}),
        (b"a||b\n1||", {"delimiter": "||"}),
        (b"a,b|1,", {"row_end": "|"}),
        (b"a,b\n1,", {"ignore_lines": "^#"}),
        (b"", {"skip_lines": 1}),
        (b'{"a": "', {"format": "jsonl"}),
        (b"1", {"format": "fixed", "widths": [10], "header": False, "names": ["a"]}),
        (b"<r><row><a>", {"format": "xml", "row_element": "row"}),
        (b"<r><row a='", {"format": "xml", "row_element": "row"}),
        (b"<r><!--", {"format": "xml", "row_element": "row"}),
        (b"<r", {"format": "xml", "row_element": "row"}),
    ],
)
def test_a_line_of_500_megabytes_is_refused_after_a_few(tmp_path: Path, begin: bytes, settings: dict[str, Any]) -> None:
    path = tmp_path / f"file.{settings.get('format', 'csv')}.gz"
    # What is behind the first megabytes makes no difference; it takes a while to pack.
    taken = read_with_limits(endless(path, begin, 60), **settings)
    assert (taken.code, taken.rows) == ("unreadable", 0)
    assert taken.seconds < 5


@pytest.mark.parametrize("end", [b"\n", b",\n", b'""\n', b"\r", b"\0\n", b"\xff\n"])
def test_a_megabyte_of_next_to_nothing_takes_bounded_time_and_memory(tmp_path: Path, end: bytes) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(b"a,b\n" + end * (1_000_000 // len(end)))
    taken = read_with_limits(path)
    assert taken.rows == 0


@pytest.mark.parametrize("lines", [b"x;y\n1,2\n", b"x;y;z\n" * 90_000 + b"1,2\n", b"x,\n"])
def test_very_many_short_rows_take_bounded_memory(tmp_path: Path, lines: bytes) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(b"a,b\n" + lines * (1_000_000 // len(lines)))
    taken = read_with_limits(path)
    assert taken.rows + taken.malformed == path.read_bytes().count(b"\n") - 1


def test_rows_in_succession_that_all_have_too_few_cells_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(b"a,b\n1,2\n" + b"x\n" * 150_000 + b"1,2\n")
    taken = read_with_limits(path)
    assert taken.code == "unreadable"
    assert "100,001 rows in succession have 1 cells, and there are 2 columns" in taken.message


@pytest.mark.parametrize("line", [b"x;y;z\n", b"{}x{}x\n"])
def test_very_many_lines_that_are_no_objects_take_bounded_memory(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "file.jsonl"
    path.write_bytes(b'{"a": 1}\n' + line * (1_000_000 // len(line)))
    taken = read_with_limits(path, format="jsonl")
    assert (taken.rows, taken.malformed) == (1, 1_000_000 // len(line))


TEXTS = [
    "'; drop table raw.quotes; --",
    "{{ 7 * 7 }}",
    "{% for x in ().__class__.__base__.__subclasses__() %}x{% endfor %}",
    "%s %(x)s %n",
    "$(touch /hacked) `touch /hacked`",
    "=cmd|' /C calc'!A0",
    "\\N",
    "\\.",
    "<script>alert(1)</script>",
    "[red]x[/red]",
    "a\u202egnp.exe",
    "Robert');--",
    "{0.__class__}",
    "\\x00\\u0000",
]


@pytest.mark.parametrize("text", TEXTS)
def test_text_that_other_programs_would_run_is_stored_as_it_came(drop: Drop, text: str) -> None:
    quotes = drop.of("quotes", columns=COLUMNS | {"description": "note"})
    cell = '"' + text.replace('"', '""') + '"'
    result = quotes.imported("a.csv", csv("quote_id,line_no,status,note", [f"A,1,won,{cell}", f"{cell},2,{cell},x"]))
    assert counts(result) == {"read": 2, "created": 1, "rejected": 1}
    assert quotes.stored("description") == [(text,)]
    ((raw,),) = quotes.rows("select distinct raw::text from ops.rejected_rows")
    assert json.loads(raw) == {"quote_id": text, "line_no": "2", "status": text, "note": "x"}
    assert quotes.rows("select count(*) from ops.import_files") == [(1,)]


@pytest.mark.parametrize("text", TEXTS)
def test_as_the_name_of_a_column_it_is_one_that_nothing_takes(drop: Drop, text: str) -> None:
    quotes = drop.of("quotes", columns=COLUMNS)
    cell = '"' + text.replace('"', '""') + '"'
    result = quotes.imported("a.csv", csv(f"quote_id,line_no,status,{cell}", ["A,1,won,x", "B,1,bad,y"]))
    assert (result.status, counts(result)) == (
        Status.IMPORTED_WITH_ERRORS,
        {"read": 2, "created": 1, "rejected": 1},
    )


@pytest.mark.parametrize("control", ["\0", "\x1b[2J", "\x07", "\x85", "\u2028", "\ufeff", "\ue000", "\U0010fe1f"])
def test_control_characters_in_cells_and_names_are_stored_or_reported(drop: Drop, control: str) -> None:
    quotes = drop.of("quotes", columns=COLUMNS | {"description": "note"})
    text = csv(f"quote_id,line_no,status,note,x{control}y", [f"A,1,won,a{control}b,z", "B,1,won,,z"])
    result = quotes.imported("a.csv", text)
    assert result.status in (Status.IMPORTED, Status.IMPORTED_WITH_ERRORS, Status.REFUSED)
    found = counts(result)
    assert found.get("read", 0) == found.get("created", 0) + found.get("rejected", 0)


@pytest.mark.parametrize("name", ["/dev/zero", "/dev/stdin", "/proc/self/mem", "CON", "//server/share/x", "C:\\x"])
def test_a_member_that_is_called_like_a_device_is_read_as_a_member(tmp_path: Path, name: str) -> None:
    from zipfile import ZipFile

    path = tmp_path / "file.csv.zip"
    with ZipFile(path, "w") as archive:
        archive.writestr(name, "a\n1\n")
    assert read_with_limits(path).rows == 1
