"""What every reader promises: each row is there once, in order, with its number, however the file is read."""

from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp
from unittest.mock import patch

from tests.fuzzing.target import check, check_texts, in_time
from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.importing.faults import RefusedFile
from wiseparts_pipeline.importing.reading import open_rows, sizes

LONGEST_MESSAGE = 3_000


@dataclass
class ReadFile:
    """How a file was read: its rows and malformed ones by number, each with its line, and how it was refused."""

    columns: list[str] = field(default_factory=list)
    rows: dict[int, tuple[int, tuple[str, ...]]] = field(default_factory=dict)
    malformed: dict[int, tuple[int, tuple[str, ...], str | None]] = field(default_factory=dict)
    repeated_headers: int = 0
    refused: str | None = None


def written(content: bytes) -> Path:
    """A file with the content, the same for every input."""
    _PATH.write_bytes(content)
    return _PATH


_PATH = Path(mkdtemp(prefix="fuzzing-")) / "file"


def read(path: Path, name: str, file: FileFormat, *, has_members: bool = False) -> ReadFile:
    """Reads the file to its end or to its refusal, and checks what holds for all files.

    `has_members`: lines are counted from 1 again in each.
    """
    found = ReadFile()
    last_line = 0
    try:
        opened = open_rows(path, name, file)
        found.columns = list(opened.columns)
        check(len(set(found.columns)) == len(found.columns), "names of columns are unique", found.columns)
        check_texts(found.columns)
        for batch in opened.batches():
            check(list(batch.columns) == found.columns, "batches have the file's columns", list(batch.columns))
            cells = []
            for array in batch.columns.values():
                array.validate(full=True)
                check(array.null_count == 0, "every cell is text", array)
                cells.append(array.to_pylist())
                check(len(cells[-1]) == len(batch), "columns are of one length", len(cells[-1]), len(batch))
            rows = zip(*cells, strict=True) if cells else [()] * len(batch)
            lines: dict[int, int] = {}
            for number, line, row in zip(batch.row_numbers, batch.line_numbers, rows, strict=True):
                check(number not in lines, "numbers are unique", number)
                lines[int(number)] = int(line)
                check_texts(row)
                found.rows[int(number)] = (int(line), tuple(row))
            for bad in batch.malformed:
                check(bad.row_number not in lines, "numbers are unique", bad)
                lines[bad.row_number] = bad.line_number
                check_texts([*bad.cells, bad.text, bad.problem or ""])
                found.malformed[bad.row_number] = (bad.line_number, tuple(bad.cells), bad.problem)
            found.repeated_headers += batch.repeated_headers
            for number in sorted(lines):
                check(number > 0 and lines[number] > 0, "numbers and lines count from 1", number, lines[number])
                check(has_members or lines[number] >= last_line, "lines are in order", number, lines[number], last_line)
                last_line = lines[number]
    except RefusedFile as refused:
        found.refused = str(refused)
        check_texts([found.refused])
        check(len(found.refused) < LONGEST_MESSAGE, "messages can be read", found.refused)
        check("Traceback" not in found.refused, "messages are for people", found.refused)
    _check_numbers(found)
    return found


def _check_numbers(found: ReadFile) -> None:
    """No row is lost: every number is there, but those of the headers that were left out."""
    numbers = sorted([*found.rows, *found.malformed])
    if found.refused is None:
        last = numbers[-1] if numbers else 0
        missing = last - len(numbers)
        check(0 <= missing <= found.repeated_headers, "no number is left out", numbers[:50], found.repeated_headers)


def check_reading(
    content: bytes, name: str, file: FileFormat, *, chunk: int = 0, has_members: bool = False
) -> ReadFile:
    """The file read twice, the second time in pieces of so many bytes, with the same result; in the time promised."""
    path = written(content)
    with in_time(len(content)):
        first = read(path, name, file, has_members=has_members)
    with patch.object(sizes, "CHUNK", chunk or sizes.CHUNK):
        again = read(path, name, file, has_members=has_members)
    # Why a file is refused, and what is shown of it, depends on how much of it had been read.
    if not (first.refused and again.refused):
        check(first == again, "a file is always read the same", first, again)
    return first
