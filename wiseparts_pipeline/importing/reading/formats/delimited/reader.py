"""Reads a delimited text file in batches of rows: every cell as text, every row with its number and its line."""

import csv
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace

import pyarrow as pa
import pyarrow.csv

from wiseparts_pipeline.config.columns import head_line
from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.formulas import ESCAPED_COLUMN
from wiseparts_pipeline.importing.faults import RefusalCode, RefusedFile, RowCode
from wiseparts_pipeline.importing.reading import sizes
from wiseparts_pipeline.importing.reading.formats.delimited.batches import Batches
from wiseparts_pipeline.importing.reading.formats.delimited.dialect import Dialect
from wiseparts_pipeline.importing.reading.formats.delimited.text import SENTINEL, Text, Unfinished
from wiseparts_pipeline.importing.reading.formats.header import column_names
from wiseparts_pipeline.importing.reading.rows import ERROR_COLUMNS, Batch
from wiseparts_pipeline.importing.reading.sources import Source

_SAMPLED_ROWS = 10
# One thread of Arrow's reads and one parses, so that what begins now is done after all that has begun.
pa.set_io_thread_count(1)
pa.set_cpu_count(1)
# Memory of Arrow's own, which its threads free without Python.
_A_LINE = pa.array(["a\n"]).buffers()[2]


class DelimitedFile:
    """A file of delimited text; see FileRows. `header`: its cells as they came.

    Raises RefusedFile when it cannot be read as the settings say.
    """

    def __init__(self, source: Source, settings: FileFormat, batch_bytes: int = sizes.BATCH_BYTES) -> None:
        self._source = source
        self._settings = settings
        self._batch_bytes = batch_bytes
        self._dialect = Dialect(settings)
        self.header: list[str] = []
        self._head: dict[str, str] = {}
        with self._opened() as (text, first):
            self.columns = self._read_header(text, first) if settings.header else self._named_columns(first)

    @contextmanager
    def _opened(self) -> Iterator[tuple[Text, list[str] | None]]:
        """The text after the lines that are skipped, and its first row, which is not taken yet."""
        with closing(self._source.open()) as opened, Text(opened, self._dialect, self._settings.encoding) as text:
            self._head = {
                head_line(number): self._dialect.restore(text.take_line()).strip()
                for number in range(1, self._settings.skip_lines + 1)
            }
            yield text, self._first_row(text)

    def _first_row(self, text: Text) -> list[str] | None:
        try:
            return text.peek_row()
        except csv.Error as error:
            raise RefusedFile(RefusalCode.UNREADABLE, f"The first line cannot be read: {error}.") from None
        except Unfinished:
            raise self._never_ends(text) from None

    def _read_header(self, text: Text, first: list[str] | None) -> list[str]:
        if text.is_empty:
            raise RefusedFile(RefusalCode.EMPTY_FILE)
        if first is None:
            raise RefusedFile(RefusalCode.NO_HEADER, "The file has no header line.")
        if problem := text.bad_quote_of_first_row():
            raise RefusedFile(RefusalCode.UNREADABLE, f"The header cannot be read. {problem}")
        self.header = [self._dialect.restore(name) for name in first]
        return column_names(self.header, text.encoding)

    def _named_columns(self, first: list[str] | None) -> list[str]:
        if first is None:
            raise RefusedFile(RefusalCode.EMPTY_FILE)
        names = list(self._settings.names)
        # An error file that comes back has these after the columns, and no header to name them.
        surplus = [self._dialect.restore(cell) for cell in first[len(names) :]]
        return names + _error_columns(surplus)

    def batches(self) -> Iterator[Batch]:
        """The rows after the header. Raises RefusedFile when a quote is never closed or a row never ends."""
        with self._opened() as (text, _):
            if self._settings.header:
                text.take_row()
            yield from self._batches(text)

    def _batches(self, text: Text) -> Iterator[Batch]:
        invalid: deque[pyarrow.csv.InvalidRow] = deque()
        run = _Run()

        def skip(row: pyarrow.csv.InvalidRow) -> str:
            if run.is_too_long_with(row):
                return "error"
            invalid.append(row)
            return "skip"

        surplus = self._surplus(text)
        names = [str(index) for index in range(len(self.columns) + surplus)]
        text.end_with(self._dialect.delimiter.join([SENTINEL] * len(names)) + "\n")
        file = pa.PythonFile(text, mode="r")
        try:
            reader = pyarrow.csv.open_csv(
                file,
                read_options=pyarrow.csv.ReadOptions(use_threads=False, block_size=sizes.BLOCK, column_names=names),
                parse_options=pyarrow.csv.ParseOptions(
                    delimiter=self._dialect.delimiter,
                    quote_char=self._settings.quote or False,
                    newlines_in_values=bool(self._settings.quote),
                    invalid_row_handler=skip,
                ),
                convert_options=pyarrow.csv.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, check_utf8=False
                ),
            )
            yield from self._numbered(reader, text, Batches(text, self._dialect, self.columns, surplus), invalid)
        except pa.ArrowInvalid as error:
            if "straddling" in str(error):
                raise self._never_ends(text) from None
            if run.is_too_long:
                raise self._all_wrong(f"{run.rows:,} rows in succession", f"{run.cells}") from None
            raise RefusedFile(RefusalCode.UNREADABLE, f"The file cannot be read as CSV: {error}.") from None
        finally:
            text.stop()
            _wait_for_arrow()
            file.close()

    def _surplus(self, text: Text) -> int:
        """How many empty cells the rows have beyond the last column, as where each ends with a delimiter."""
        rows = [row for row in text.next_rows(_SAMPLED_ROWS) if any(row)]
        surplus = {len(row) - len(self.columns) for row in rows}
        if len(rows) < 2 or len(surplus) > 1 or any(cell for row in rows for cell in row[len(self.columns) :]):
            return 0
        return max(0, *surplus)

    def _numbered(
        self,
        reader: pyarrow.csv.CSVStreamingReader,
        text: Text,
        built: Batches,
        invalid: deque[pyarrow.csv.InvalidRow],
    ) -> Iterator[Batch]:
        closed = False
        good = 0
        counts: Counter[int] = Counter()
        for arrays in _grouped(reader, self._batch_bytes, invalid):
            if len(arrays[0]) and arrays[0][-1].as_py() == SENTINEL:
                closed = True
                arrays = [array.slice(0, len(array) - 1) for array in arrays]
            batch = built.next(arrays, invalid)
            good += len(batch)
            counts.update(len(row.cells) for row in batch.malformed if row.code is RowCode.COLUMN_COUNT)
            if len(batch) or batch.malformed:
                yield replace(batch, about=self._head)
        if not closed:
            raise self._never_ends(text)
        if not good and len(counts) == 1 and counts.total() >= _SAMPLED_ROWS:
            (cells,) = counts
            raise self._all_wrong(f"All {counts.total():,} rows", f"{cells}")

    def _all_wrong(self, rows: str, cells: str) -> RefusedFile:
        return RefusedFile(
            RefusalCode.UNREADABLE,
            f"{rows} have {cells} cells, and there are {len(self.columns)} columns. Correct the header, or see"
            " file.delimiter, file.names and file.skip_lines.",
        )

    def _never_ends(self, text: Text) -> RefusedFile:
        opened = text.opened
        if opened is None:
            return RefusedFile(
                RefusalCode.UNREADABLE,
                f"A row does not end within {sizes.BLOCK:,} bytes; see file.row_end and file.encoding.",
            )
        return RefusedFile(
            RefusalCode.UNREADABLE,
            f"A quote ({self._settings.quote}) that opens a cell in line {opened.line} is never closed, so its row does"
            f" not end. The cell begins with {opened.beginning!r}. Close it; double a quote inside a quoted cell, or"
            " set file.quote to '' if quotes have no meaning in this file.",
        )


class _Run:
    """Rows that follow each other with the wrong number of cells, of which Arrow gives no batch until a good one."""

    def __init__(self) -> None:
        self.rows = 0
        self.cells = 0
        self._characters = 0
        self._last = 0

    def is_too_long_with(self, row: pyarrow.csv.InvalidRow) -> bool:
        """Whether they would be more than fit into memory with this one."""
        if row.number != self._last + 1:
            self.rows = self._characters = 0
        self.rows += 1
        self._characters += len(row.text)
        self.cells = row.actual_columns
        self._last = row.number
        return self.is_too_long

    @property
    def is_too_long(self) -> bool:
        return self.rows > sizes.BAD_ROWS or self._characters > sizes.BAD_CHARACTERS


def _grouped(
    reader: pyarrow.csv.CSVStreamingReader, batch_bytes: int, invalid: deque[pyarrow.csv.InvalidRow]
) -> Iterator[list[pa.Array]]:
    """The columns of several of Arrow's batches at a time; the invalid rows that came with them count as well."""
    pieces: list[pa.RecordBatch] = []
    for piece in reader:
        pieces.append(piece)
        if sum(map(len, pieces)) + len(invalid) >= sizes.BATCH_ROWS or sum(p.nbytes for p in pieces) >= batch_bytes:
            yield from _parts(pa.concat_batches(pieces))
            pieces = []
    if pieces:
        yield from _parts(pa.concat_batches(pieces))


def _wait_for_arrow() -> None:
    """Returns when no thread of Arrow's needs Python any more for files that are no longer read.

    A process that ends before that is aborted, and a reader that is dropped before that waits for a thread which waits
    for Python.
    """
    # Its conversions always are for the thread that parses; `open_csv` does without it if the line is read at once.
    pyarrow.csv.read_csv(pa.BufferReader(_A_LINE), pyarrow.csv.ReadOptions(use_threads=True, column_names=["a"]))


def _parts(rows: pa.RecordBatch) -> Iterator[list[pa.Array]]:
    """Short rows are very many in what Arrow reads at once."""
    most = 2 * sizes.BATCH_ROWS
    for start in range(0, max(1, len(rows)), most):
        yield rows.slice(start, most).columns


def _error_columns(cells: list[str]) -> list[str]:
    """The names of the cells that an error file has after the others; none if these are not from an error file.

    What comes behind them was beyond the columns of the original.
    """
    count = len(ERROR_COLUMNS)
    numbered = len(cells) >= count and all(cell.strip().isdecimal() for cell in cells[:2])
    if not numbered or not cells[count - 1].strip().startswith(tuple(f"{code}:" for code in RowCode)):
        return []
    return [*ERROR_COLUMNS, *([ESCAPED_COLUMN] if cells[count : count + 1] == ["yes"] else [])]
