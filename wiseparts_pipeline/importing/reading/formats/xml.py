"""Reads XML: an element is a row, and the elements in and around it have paths as column names."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.importing.faults import RefusalCode, RefusedFile
from wiseparts_pipeline.importing.reading import sizes
from wiseparts_pipeline.importing.reading.batching import Row, in_batches
from wiseparts_pipeline.importing.reading.formats.header import refuse_too_many
from wiseparts_pipeline.importing.reading.formats.wrong_encoding import Utf8Watch
from wiseparts_pipeline.importing.reading.rows import Batch
from wiseparts_pipeline.importing.reading.sources import Source, refuse_other_formats

_DECLARED = re.compile(rb"""<\?xml[^>]*\sencoding=["']([\w.-]+)["']""")
_DEEPEST = 100
# What the texts around rows may come to, each as often as a row has it.
_HARMLESS = 100 << 20
_MOST_RATIO = 200
# Elements of a file in a message.
_SHOWN = 10


class XmlFile:
    """An XML file; see FileRows. Columns are the paths from the row element to what has text, in the order first seen.

    `Sku` and `Price/Net` are elements in it, `@id` and `Price/@currency` attributes, `.` its own text; `../OrderId` is
    an element that occurs once, and before it, in the element around it. Several elements of one path are a JSON list.
    """

    def __init__(self, source: Source, settings: FileFormat) -> None:
        self._source = source
        self._row_path = settings.row_element.split("/")
        self.columns = self._all_columns()

    def _all_columns(self) -> list[str]:
        walker = _Walker(self._row_path)
        columns: dict[str, None] = {}
        for row in self._rows(walker):
            columns.update(dict.fromkeys(row.values))
            refuse_too_many(columns)
        if not walker.found:
            raise RefusedFile(
                RefusalCode.EMPTY_FILE,
                f"The file has no element {'/'.join(self._row_path)}, which file.row_element names."
                f" It has: {', '.join(walker.seen)[:500]}.",
            )
        return [name for name in columns if name not in walker.ambiguous]

    def batches(self) -> Iterator[Batch]:
        """See FileRows; the line of a row is that of its opening tag."""
        return in_batches(self.columns, self._text_rows())

    def _text_rows(self) -> Iterator[Row]:
        for row in self._rows(_Walker(self._row_path)):
            yield Row(row.line, [_text(row.values.get(name, ())) for name in self.columns])

    def _rows(self, walker: "_Walker") -> Iterator["_Row"]:
        opened = self._source.open()
        try:
            data = opened.read(sizes.CHUNK)
            refuse_other_formats(data, "XML")
            if not data.strip():
                raise RefusedFile(RefusalCode.EMPTY_FILE)
            declared = _DECLARED.match(data)
            walker.feed(data)
            # The parser has refused an encoding that there is not.
            remedy = "Write encoding='utf-8' in its first line"
            utf8 = Utf8Watch(declared[1].decode() if declared else "utf-8", remedy)
            while data:
                utf8.feed(data)
                yield from walker.take()
                data = opened.read(sizes.CHUNK)
                walker.feed(data, is_last=not data)
            utf8.feed(b"")
            yield from walker.take()
        finally:
            opened.close()


def _text(texts: "list[str] | tuple[str, ...]") -> str:
    if len(texts) > 1:
        return json.dumps(texts, ensure_ascii=False)
    return texts[0] if texts else ""


@dataclass(slots=True)
class _Row:
    line: int
    values: dict[str, list[str]]

    def add(self, path: str, text: str) -> None:
        self.values.setdefault(path, []).append(text)


@dataclass(slots=True)
class _Element:
    """An open element. `path`: from the row element, inside one. `whole`: its text there, with that of elements in it.

    Around rows, `values` has what it contained so far, by path, None for what occurred twice; `rows_at` is the depth of
    the rows in it, 0 until there is one.
    """

    name: str
    path: str = ""
    text: list[str] = field(default_factory=list)
    whole: list[str] = field(default_factory=list)
    has_elements: bool = False
    values: dict[str, str | None] = field(default_factory=dict)
    rows_at: int = 0


class _Walker:
    """Handles the elements as the parser meets them, and keeps the rows that are complete.

    `found`: whether there was a row. `seen`: the first other elements, for a message. `ambiguous`: paths around rows
    that occur twice, or after a row, so that they do not belong to every row. Memory is bounded by the size of a row
    and the number of different paths.
    """

    def __init__(self, row_path: list[str]) -> None:
        self._row_path = row_path
        self._stack: list[_Element] = []
        self._row: _Row | None = None
        self._inherited: dict[str, list[str]] | None = None
        self._fed = self._length = self._inherited_length = self._repeated = 0
        self._rows: list[_Row] = []
        self.found = False
        self.seen: dict[str, None] = {}
        self.ambiguous: set[str] = set()
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.EntityDeclHandler = self._refuse_entities
        self._parser.SkippedEntityHandler = self._refuse_entities

    def feed(self, data: bytes, *, is_last: bool = False) -> None:
        """Parses more of the file. Raises RefusedFile when it is not well-formed."""
        try:
            self._parser.Parse(data, is_last)
        except (expat.ExpatError, ValueError, LookupError) as error:
            raise RefusedFile(RefusalCode.UNREADABLE, f"The file is not well-formed XML: {error}.") from None
        self._fed += len(data)
        # The parser keeps what has not ended yet.
        if self._fed - self._parser.CurrentByteIndex > sizes.BLOCK:
            raise self._too_long()

    def take(self) -> list[_Row]:
        """The rows that were completed since the last call."""
        rows, self._rows = self._rows, []
        return rows

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        element = _Element(_local(tag))
        parent = self._stack[-1] if self._stack else None
        self._stack.append(element)
        if parent is not None:
            parent.has_elements = True
        if len(self._stack) > _DEEPEST:
            raise self._refused(f"elements are nested more than {_DEEPEST} deep")
        named: dict[str, str] = {}
        if attributes:
            named = {f"@{_local(name)}": text for name, text in attributes.items() if not name.startswith("xmlns")}
        self._count(len(tag) + sum(map(len, named.values())))
        if self._row is not None and parent is not None:
            element.path = f"{parent.path}/{element.name}" if parent.path else element.name
            for name, text in named.items():
                self._row.add(f"{element.path}/{name}", text)
        elif [each.name for each in self._stack[-len(self._row_path) :]] == self._row_path:
            self._row = _Row(self._parser.CurrentLineNumber, dict(self._of_surroundings()))
            self._repeated += self._inherited_length
            if self._repeated > max(_HARMLESS, _MOST_RATIO * self._fed):
                raise RefusedFile(
                    RefusalCode.ARCHIVE_LIMIT,
                    f"The texts around the rows come to more than {_MOST_RATIO} times the size of the file, as each row"
                    " has them. Leave out what is no value of the rows, such as pictures.",
                )
            for name, text in named.items():
                self._row.add(name, text)
        else:
            self._inherited = None
            if not self.found and len(self.seen) < _SHOWN:
                self.seen["/".join(each.name for each in self._stack)] = None
            for name, text in named.items():
                self._put(len(self._stack), name, text)

    def _of_surroundings(self) -> dict[str, list[str]]:
        if self._inherited is None:
            self._inherited = {}
            depth = len(self._stack)
            for level, element in enumerate(self._stack[:-1], 1):
                for name, text in element.values.items():
                    path = "../" * (depth - level) + name
                    if text is None:
                        self.ambiguous.add(path)
                        refuse_too_many(self.ambiguous)
                    else:
                        self._inherited[path] = [text]
            self._inherited_length = sum(len(text) for (text,) in self._inherited.values())
        return self._inherited

    def _end(self, _: str) -> None:
        element = self._stack.pop()
        text = "".join(element.text)
        has_text = not element.has_elements or (not text.isspace() and text != "")
        if self._row is None:
            self._end_of_surrounding(element, text if has_text else None)
        else:
            if element.path and element.has_elements and has_text:
                # Text that is marked up: `M6 <b>zinc</b> plated`.
                text = "".join(element.whole)
            if has_text:
                self._row.add(element.path or ".", text)
            if element.path:
                self._stack[-1].whole += element.whole
            if not element.path:
                self._end_of_row(self._row)

    def _end_of_row(self, row: _Row) -> None:
        if row.values.get(".") == [""]:
            del row.values["."]
        self._rows.append(row)
        self._row = None
        self._length = 0
        self.found = True
        for surrounding in self._stack:
            surrounding.rows_at = len(self._stack) + 1

    def _end_of_surrounding(self, element: _Element, text: str | None) -> None:
        self._length = 0
        self._inherited = None
        if not self._stack or element.rows_at:
            return
        if text is not None:
            self._put(len(self._stack), element.name, text)
        for path, value in element.values.items():
            self._put(len(self._stack), f"{element.name}/{path}", value)

    def _put(self, depth: int, path: str, text: str | None) -> None:
        element = self._stack[depth - 1]
        if element.rows_at:
            self.ambiguous.add("../" * (element.rows_at - depth) + path)
            refuse_too_many(self.ambiguous)
        else:
            element.values[path] = None if path in element.values else text
            refuse_too_many(element.values)

    def _characters(self, data: str) -> None:
        element = self._stack[-1]
        if self._row is not None:
            element.whole.append(data)
        # White space between elements, and text between those around rows, belongs to no row.
        if not element.has_elements or (self._row is not None and not data.isspace()):
            self._count(len(data))
            element.text.append(data)

    def _count(self, length: int) -> None:
        self._length += length
        if self._length > sizes.BLOCK:
            raise self._too_long()

    def _too_long(self) -> RefusedFile:
        return self._refused(f"an element is longer than {sizes.BLOCK:,} characters")

    def _refuse_entities(self, name: str, *_: object) -> None:
        raise self._refused(f"entities (&{name};) are not read; write their text itself")

    def _refused(self, problem: str) -> RefusedFile:
        line = self._parser.CurrentLineNumber
        return RefusedFile(RefusalCode.UNREADABLE, f"The file cannot be read as XML: line {line}: {problem}.")


def _local(name: str) -> str:
    return name.rpartition(":")[2] if ":" in name else name
