"""Reads what FTP servers answer about files: the facts of MLSD and MLST, and the lines of LIST, Unix's and Windows'.

LIST is for people: it has times to the minute, in the server's own zone, and the newer ones without a year.
"""

import logging
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from zoneinfo import ZoneInfo

from wiseparts_pipeline.transport.base import PermanentError

log = logging.getLogger(__name__)


class Kind(Enum):
    FILE = "file"
    FOLDER = "folder"
    LINK = "link"
    OTHER = "other"


@dataclass(frozen=True)
class Entry:
    """What is in a folder. `size` in bytes; `modified_at` in UTC, None where the server does not say."""

    name: str
    kind: Kind
    size: int = 0
    modified_at: datetime | None = None


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_UNIX = re.compile(
    r"(?P<kind>[-dlbcps])[-rwxsStT]{9}[.+@]?\s+\d+\s.*?(?P<size>\d+)\s+"
    r"(?P<month>[A-Za-z]{3})\s+(?P<day>\d{1,2})\s+(?:(?P<hour>\d{1,2}):(?P<minute>\d\d)|(?P<year>\d{4})) (?P<name>.+)",
    re.DOTALL,
)
_UNIX_KINDS = {"-": Kind.FILE, "d": Kind.FOLDER, "l": Kind.LINK}
_WINDOWS = re.compile(
    r"(?P<month>\d\d)-(?P<day>\d\d)-(?P<year>\d{4}|\d\d)\s+(?P<hour>\d\d):(?P<minute>\d\d)(?P<half>[AP]M)?\s+"
    r"(?:(?P<size>\d+) |<(?P<kind>[A-Z]+)>\s+)(?P<name>.+)",
    re.DOTALL,
)
_FACTS = re.compile(r"[^ ;]+=[^;]*;")
_LISTED = re.compile(r"[-dlbcps][-rwxsStT]{9}|\d\d-\d\d-")
_TOTAL = re.compile(r"\s*(total \d+)?\s*")
_TIME = re.compile(r"(\d{14})(?:\.\d+)?")


def parse_mlsd(lines: Iterable[str]) -> Iterator[Entry]:
    """The lines of MLSD. Raises PermanentError."""
    for line in _whole(lines, _FACTS):
        if (entry := parse_facts(line)) is not None:
            yield entry


def _whole(lines: Iterable[str], beginning: re.Pattern[str]) -> Iterator[str]:
    """Without names that go over several lines: FTP has no way to use a name with a line end in it."""
    before: str | None = None
    is_first = True
    for line in lines:
        if is_first or beginning.match(line):
            if before is not None:
                yield before
            before = line
        else:
            log.warning("a name with a line end in it is left out, as FTP has no way to send it: %.200r", line)
            before = None
        is_first = False
    if before is not None:
        yield before


def parse_facts(line: str) -> Entry | None:
    """A line of MLSD or MLST; None for the folder itself and the one above. Raises PermanentError."""
    facts, blank, name = line.partition(" ")
    values = dict(fact.lower().partition("=")[::2] for fact in facts.split(";") if fact)
    if not blank or not name or "type" not in values:
        raise _not_understood(line)
    match values["type"]:
        case "file":
            if not values.get("size", "").isdecimal():
                raise _not_understood(line)
            modified_at = parse_time(values["modify"]) if "modify" in values else None
            return Entry(name, Kind.FILE, int(values["size"]), modified_at)
        case "dir":
            return Entry(name, Kind.FOLDER)
        case "cdir" | "pdir":
            return None
        case kind:
            return Entry(name, Kind.LINK if "link" in kind else Kind.OTHER)


def parse_time(text: str) -> datetime:
    """A time of MLSD, MLST or MDTM, `YYYYMMDDHHMMSS`, which is in UTC; parts of a second are left out."""
    if not (match := _TIME.fullmatch(text.strip())):
        raise _not_understood(text)
    try:
        return datetime.strptime(match[1], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError as error:
        raise _not_understood(text) from error


def parse_list(lines: Iterable[str], zone: ZoneInfo, now: datetime) -> Iterator[Entry]:
    """The lines of LIST; times are in the zone, one without a year is the last before `now`. Raises PermanentError."""
    for line in _whole((line for line in lines if not _TOTAL.fullmatch(line)), _LISTED):
        entry = _unix(line, zone, now) or _windows(line, zone)
        if entry is None:
            raise _not_understood(line)
        if entry.name not in (".", ".."):
            yield entry


def _unix(line: str, zone: ZoneInfo, now: datetime) -> Entry | None:
    if not (match := _UNIX.fullmatch(line)) or match["month"].lower() not in _MONTHS:
        return None
    kind = _UNIX_KINDS.get(match["kind"], Kind.OTHER)
    name = match["name"].partition(" -> ")[0] if kind is Kind.LINK else match["name"]
    month, day = _MONTHS.index(match["month"].lower()) + 1, int(match["day"])
    # A clock that is ahead of ours, or a zone, may have begun the next day or year.
    years = [int(match["year"])] if match["year"] else range(now.year + 1, now.year - 9, -1)
    for year in years:
        moment = _moment(year, month, day, int(match["hour"] or 0), int(match["minute"] or 0), zone)
        if moment is not None and (match["year"] or moment <= now + timedelta(days=1)):
            return Entry(name, kind, int(match["size"]), moment)
    return None


def _windows(line: str, zone: ZoneInfo) -> Entry | None:
    if not (match := _WINDOWS.fullmatch(line)):
        return None
    hour = int(match["hour"])
    if match["half"]:
        hour = hour % 12 + (12 if match["half"] == "PM" else 0)
    year = int(match["year"]) + (0 if len(match["year"]) == 4 else 1900 if int(match["year"]) >= 70 else 2000)
    moment = _moment(year, int(match["month"]), int(match["day"]), hour, int(match["minute"]), zone)
    if moment is None:
        return None
    if match["kind"]:
        return Entry(match["name"], Kind.FOLDER if match["kind"] == "DIR" else Kind.LINK)
    return Entry(match["name"], Kind.FILE, int(match["size"]), moment)


def _moment(year: int, month: int, day: int, hour: int, minute: int, zone: ZoneInfo) -> datetime | None:
    """In UTC; None for a day that there is not."""
    try:
        return datetime(year, month, day, hour, minute, tzinfo=zone).astimezone(UTC)
    except ValueError:
        return None


def _not_understood(line: str) -> PermanentError:
    return PermanentError(f"the server's listing has a line that is not understood: {line[:200]!r}")
