"""Which file names match an importer, and the date in a name.

Names are compared in Unicode's composed form (NFC): a Mac writes `Ä` as two characters, a `defs.yaml` has it in one.
"""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime
from fnmatch import translate
from hashlib import sha256

import regex

_DIRECTIVES = {
    "%d": r"\d{1,2}", "%m": r"\d{1,2}", "%Y": r"\d{4}", "%y": r"\d{2}", "%j": r"\d{1,3}",
    "%H": r"\d{1,2}", "%M": r"\d{1,2}", "%S": r"\d{1,2}", "%b": r"[^\W\d_]+", "%B": r"[^\W\d_]+", "%%": "%",
    "%z": r"(?:Z|[+-]\d{2}:?\d{2})",
}  # fmt: skip

# What stands for the date in a pattern or a folder.
DATE = "{date}"

# The folders that importers make in each of theirs.
OWN_FOLDERS = ("processed", "refused", "errors")

# In bytes: as most file systems have it, less the `.part` that a file's name has while it is uploaded.
LONGEST_NAME = 255 - len(".part")

# The suffix that the name of a file's error file has.
ERROR_FILE = ".errors.csv"

# The directives of a date format that tell the time of day.
_TIME = re.compile("%[HMS]")

_UNFINISHED = re.compile(r"^\.+|\.(tmp|part|filepart)$", re.IGNORECASE)


def is_unfinished(name: str) -> bool:
    """Whether the name is that of an unfinished upload or a hidden file, which no pattern matches."""
    return _UNFINISHED.search(name) is not None


def finished_name(name: str) -> str:
    """The name that an unfinished upload will have once it is complete."""
    return _UNFINISHED.sub("", name)


def is_error_file(name: str) -> bool:
    """Whether the name is that of an error file, which is sent back with corrected rows."""
    return name.endswith(ERROR_FILE)


def error_file_name(name: str, importer: str = "") -> str:
    """The name of a file's error file; of a file that several importers share, with the `importer` that it is for."""
    return f"{name}.{importer}{ERROR_FILE}" if importer else f"{name}{ERROR_FILE}"


def shortened_names(name: str, most_bytes: int) -> list[str]:
    """The ways to shorten a name to so many bytes, those first that keep most of its beginning.

    Each lacks a piece, which is replaced by a mark that is different for each name.
    """
    mark = f"~{sha256(name.encode()).hexdigest()[:8]}~"
    shortened = []
    for start in range(len(name), -1, -1):
        room = most_bytes - len(f"{name[:start]}{mark}".encode())
        if room >= 0:
            rest = name[start:].encode()
            shortened.append(f"{name[:start]}{mark}{rest[len(rest) - min(room, len(rest)) :].decode(errors='ignore')}")
    return shortened


def names_importer(name: str, importer: str) -> bool:
    """Whether the name is that of an error file that is for this importer and no other."""
    while is_error_file(name):
        if name.endswith(error_file_name("", importer)):
            return True
        name = name.removesuffix(ERROR_FILE)
    return False


def original_name(name: str, importer: str = "") -> str:
    """The name of the file that an error file belongs to, which may name this importer; any other name as it is."""
    while is_error_file(name):
        own = error_file_name("", importer)
        name = name.removesuffix(own if importer and name.endswith(own) else ERROR_FILE)
    return name


def composed(name: str) -> str:
    """The name with each letter and its accents as one character, as names are compared."""
    return unicodedata.normalize("NFC", name)


def in_parts(name: str) -> list[str | int]:
    """The name as it is sorted: a number in it counts as one, so that part 10 follows part 9."""
    return [int(part) if number % 2 else part for number, part in enumerate(re.split(r"([0-9]+)", name))]


class FileNamePattern:
    """A glob with an optional `{date}`; also matches the same name with `.gz` or `.zip` appended, and its error file.

    `importer`: the one that an error file may name. Raises ValueError for a pattern or a date format that cannot work.
    """

    def __init__(self, pattern: str, date_format: str, importer: str = "") -> None:
        if "/" in pattern:
            raise ValueError(f"pattern: {pattern!r} has a '/'; the folder goes into `folder`")
        if re.search(r"\{(?!date\})|(?<!\{date)\}", pattern) or pattern.count("{date}") > 1:
            raise ValueError(f"pattern: {pattern!r} may have one {{date}} and no other braces")
        self.pattern = pattern
        self.date_format = date_format
        self._importer = importer
        self._tells_time = tells_time(date_format)
        *others, last = _segments(composed(pattern), date_regex(composed(date_format)))
        self._regex = with_any_text([*others, f"{last}(?:\\.gz|\\.zip)??"], ".*?")

    def matches(self, name: str) -> bool:
        """Whether a file of this name is the importer's: the glob matches and `{date}`, if any, is a real date."""
        return not is_unfinished(name) and (match := self._match(name)) is not None and self._dated(match)

    def file_date(self, name: str) -> date | None:
        """The date in the name, if there is one."""
        named = self.named_time(name)
        return named.date() if named else None

    def moment(self, name: str) -> datetime | None:
        """The date and time in the name; None where the date format tells no time of day."""
        return self.named_time(name) if self._tells_time else None

    def named_time(self, name: str) -> datetime | None:
        """What `{date}` stands for in the name: midnight where the date format tells no time of day."""
        match = self._match(name)
        return self._date(match) if match else None

    def date_text(self, name: str) -> str | None:
        """The text in the place of `{date}`."""
        match = self._match(name)
        return match.groupdict().get("date") if match else None

    def wildcards(self, name: str) -> tuple[str, ...]:
        """The text matched by each `*` in a matching name; empty if the name does not match."""
        match = self._match(name)
        if match is None:
            return ()
        date_group = match.re.groupindex.get("date")
        return tuple(text for group, text in enumerate(match.groups(), 1) if group != date_group)

    def _match(self, name: str) -> "regex.Match[str] | None":
        # An error file belongs to the importer of its original file, which may be an error file itself.
        named = self._regex.fullmatch(composed(original_name(name, self._importer)))
        # An importer may be called like the end of a file's name.
        return named or self._regex.fullmatch(composed(original_name(name)))

    def _dated(self, match: "regex.Match[str]") -> bool:
        return "date" not in match.re.groupindex or self._date(match) is not None

    def _date(self, match: "regex.Match[str]") -> datetime | None:
        return read_date(match, self.date_format)


class FileNames(FileNamePattern):
    """The file names of several patterns, the first of which has precedence; a name is read by the one it matches."""

    def __init__(self, patterns: Sequence[str], date_format: str, importer: str = "") -> None:
        super().__init__(patterns[0], date_format, importer)
        self.patterns = tuple(FileNamePattern(pattern, date_format, importer) for pattern in patterns)

    def matching(self, name: str) -> tuple[FileNamePattern, ...]:
        """The patterns that the name matches."""
        return tuple(names for names in self.patterns if names.matches(name))

    def _match(self, name: str) -> "regex.Match[str] | None":
        several = self.matching(name) if self.patterns[1:] else ()
        return several[0]._match(name) if several else super()._match(name)


def tells_time(date_format: str) -> bool:
    """Whether the format has a time of day."""
    return _TIME.search(date_format.replace("%%", "")) is not None


def read_date(match: "regex.Match[str]", date_format: str) -> datetime | None:
    """The date in the group `date` of a match, if it is one."""
    text = match.groupdict().get("date")
    try:
        return datetime.strptime(text, composed(date_format)) if text else None
    except ValueError:
        return None


def _segments(pattern: str, date: str) -> list[str]:
    """What a pattern has before, between and behind its `*`, as regular expressions."""
    segments = [""]
    for number, part in enumerate(pattern.split(DATE)):
        segments[-1] += f"(?P<date>{date})" if number else ""
        for piece in re.findall(r"\*+|\[!?\]?[^\]]*\]|[^*\[]+|\[", part):
            if piece[0] == "*":
                segments.append("")
            else:
                # translate() wraps its result in (?s:...)\Z, newer Pythons in (?s:...)\z
                segments[-1] += translate(piece).removeprefix("(?s:")[: -len(r")\Z")]
    return segments


def with_any_text(segments: Sequence[str], any_text: str) -> "regex.Pattern[str]":
    """A regular expression of these, with a group for the text between each and the next, which takes little time.

    Each group is as long as those before it allow. Searched from the end, that is where a segment comes first, so none
    but that of a date, which may be longer or shorter, has to be tried at another place.
    """
    first, *others = segments
    expression = f"(?s){first}"
    if others:
        between = [f"(?{':' if '(?P<date>' in each else '>'}{each}({any_text}))" for each in others[:-1]]
        expression = f"(?rs){first}({any_text}){''.join(between)}{others[-1]}"
    try:
        return regex.compile(expression)
    except regex.error as error:
        raise ValueError(f"pattern: what is in [ ] cannot be matched: {error}") from None


def date_regex(date_format: str) -> str:
    """A regular expression for what is written in the format. Raises ValueError for one that is no date format."""
    parts = re.split(r"(%.)", date_format)
    unknown = [part for part in parts[1::2] if part not in _DIRECTIVES]
    if unknown or len(parts) == 1:
        raise ValueError(
            f"date_format: {date_format!r} is not a date format; it is made of {', '.join(_DIRECTIVES)}, like %d_%m_%Y"
        )
    # With two more digits behind it, it is a year of four.
    end = r"(?!\d\d(?!\d))" if parts[-2:] == ["%y", ""] else ""
    return "".join(_DIRECTIVES.get(part) or re.escape(part) for part in parts) + end
