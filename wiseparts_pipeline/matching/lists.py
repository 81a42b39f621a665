"""Matches as a CSV file that people edit in a spreadsheet, and what they have decided in it."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from wiseparts_pipeline.errors import WisepartsError
from wiseparts_pipeline.formulas import escape, unescape_cell
from wiseparts_pipeline.matching.deciding import NotDecided, add, decide_one, settle
from wiseparts_pipeline.matching.kinds import Kind
from wiseparts_pipeline.matching.log import Match, Status
from wiseparts_pipeline.warehouse import Connection

_WRITTEN = (
    "match_id",
    "kind",
    "theirs",
    "their_name",
    "ours",
    "our_name",
    "method",
    "score",
    "status",
    "doubt",
)
_ID = re.compile(r"\d{1,18}", re.ASCII)
_NEEDED = ("match_id", "kind", "theirs", "ours", "status")


class UnreadableList(WisepartsError):
    """A file is not a list of matches; the message says what it lacks."""


@dataclass
class Taken:
    """What became of the rows of a list. `problems`: a line each, with the number of the row in the file."""

    decided: int = 0
    unchanged: int = 0
    problems: list[str] = field(default_factory=list)


def write_list(path: Path, matches: Iterable[Match]) -> None:
    """Writes the file; raises OSError."""
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file)
        writer.writerow(_WRITTEN)
        for match in matches:
            cells = [getattr(match, name) for name in _WRITTEN[:-1]] + [match.doubt_in_words]
            writer.writerow([escape("" if cell is None else str(cell)) for cell in cells])


def take_list(connection: Connection, path: Path) -> Taken:
    """Decides as the file says, row by row: rows with problems are left, the others count.

    A row without a match_id is a pair that people know of themselves. Raises UnreadableList.
    """
    taken = Taken()
    with connection.transaction():
        known = {
            match_id: (kind, theirs, ours, status)
            for match_id, *(kind, theirs, ours, status) in connection.execute(
                "select match_id, kind, theirs, ours, status from ops.matches"
            )
        }
        changed: set[Kind] = set()
        problems: dict[int, str] = {}
        rows = list(enumerate(_read(path), 2))
        # What is rejected makes room for what is confirmed instead.
        for number, row in sorted(rows, key=lambda each: each[1]["status"] == Status.CONFIRMED):
            try:
                kind = _take(connection, row, known)
            except NotDecided as error:
                problems[number] = f"row {number}: {error}"
                continue
            if kind is None:
                taken.unchanged += 1
            else:
                taken.decided += 1
                changed.add(kind)
        settle(connection, changed)
    taken.problems = [problems[number] for number in sorted(problems)]
    return taken


def _take(
    connection: Connection, row: Mapping[str, str], known: Mapping[int, tuple[str, str, str, str]]
) -> Kind | None:
    """The kind of the match that the row has changed; None if it says what is so. Raises NotDecided."""
    if row["status"] not in list(Status):
        raise NotDecided(f"status: {row['status']!r} is unknown; write one of: {', '.join(Status)}")
    status = Status(row["status"])
    if not row["match_id"]:
        if row["kind"] not in list(Kind):
            raise NotDecided(f"kind: {row['kind']!r} is unknown; write one of: {', '.join(Kind)}")
        if status is Status.PROPOSED:
            raise NotDecided("status: a pair of your own is confirmed or rejected")
        kind = Kind(row["kind"])
        if (kind, row["theirs"], row["ours"], status) in known.values():
            return None
        add(connection, kind, row["theirs"], row["ours"], status)
        return kind
    match = known.get(int(row["match_id"])) if _ID.fullmatch(row["match_id"]) else None
    if match is None:
        raise NotDecided(f"match_id: there is no match {row['match_id']!r} any more; write the list anew")
    kind_, *pair, before = match
    # A spreadsheet takes leading zeros away.
    if [id_.lstrip("0") for id_ in pair] != [row[side].lstrip("0") for side in ("theirs", "ours")]:
        raise NotDecided(
            f"match {row['match_id']} is of {pair[0]} and {pair[1]}, not of {row['theirs']} and {row['ours']}; for"
            " another pair, add a row without match_id"
        )
    if status == before:
        return None
    decide_one(connection, int(row["match_id"]), status)
    return Kind(kind_)


def _read(path: Path) -> list[dict[str, str]]:
    """Raises UnreadableList."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableList(f"{path}: is not UTF-8; save it as CSV UTF-8") from None
    except OSError as error:
        raise UnreadableList(f"{path}: {error.strerror}") from None
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, restval="", strict=True)
    try:
        return _rows(reader, path)
    except csv.Error as error:
        raise UnreadableList(f"{path}: line {reader.line_num}: is no CSV that can be read: {error}") from None


def _rows(reader: "csv.DictReader[str]", path: Path) -> list[dict[str, str]]:
    lacking = [name for name in _NEEDED if name not in (reader.fieldnames or ())]
    if lacking:
        raise UnreadableList(
            f"{path}: lacks the columns {', '.join(lacking)}; it is written by `wiseparts matches --csv`"
        )
    return [{name: unescape_cell(row[name].strip()) for name in _NEEDED} for row in reader if any(_cells(row))]


def _cells(row: Mapping[str | None, object]) -> Sequence[object]:
    return [row[name] for name in _NEEDED]
