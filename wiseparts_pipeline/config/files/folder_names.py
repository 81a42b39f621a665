"""Which folders an importer reads, and the date in a folder's name."""

import re
from collections.abc import Callable
from datetime import datetime

import regex

from wiseparts_pipeline.config.file_names import DATE, OWN_FOLDERS, composed, date_regex, read_date, with_any_text


class FolderNames:
    """The folders of an importer: one, or all those whose paths match a path with `*` or `{date}` in it.

    `*` stands for any text within one level, and neither it nor `{date}` for `processed/`, `refused/` and `errors/`.
    `base`: the folder that all of them are in. Raises ValueError for a date format that cannot work.
    """

    def __init__(self, folder: str, date_format: str) -> None:
        if folder.count(DATE) > 1:
            raise ValueError(f"folder: {folder!r} may have one {{date}}")
        self.folder = folder
        self.is_pattern = "*" in folder or DATE in folder
        self._date_format = date_format
        date = date_regex(composed(date_format)) if DATE in folder else ""
        tokens = re.split(r"(\*|\{date\})", composed(folder))

        def joined(any_text: str, dates: str, literally: Callable[[str], str] = re.escape) -> str:
            return "".join({"*": any_text, DATE: dates}.get(token) or literally(token) for token in tokens)

        self._regex = with_any_text(joined("\0", f"(?P<date>{date})").split("\0"), "[^/]*?")
        self._levels = [with_any_text(level.split("\0"), ".*?") for level in joined("\0", date).split("/")]
        marked = joined("*", "/".join("*" for _ in date.split("/")), str)
        self._is_open = ["*" in level for level in marked.split("/")]
        fixed = self._is_open.index(True) if self.is_pattern else len(self._levels)
        self.base = "/".join(folder.split("/")[:fixed])
        # The levels below it.
        self.open_levels = range(fixed, len(self._levels))

    def fits(self, level: int, name: str) -> bool:
        """Whether a folder of this name may be on the level."""
        is_own = self._is_open[level] and name in OWN_FOLDERS
        return not is_own and self._levels[level].fullmatch(composed(name)) is not None

    def matches(self, folder: str) -> bool:
        """Whether the importer reads this folder."""
        if not self.is_pattern:
            return folder == self.folder
        names = folder.split("/")
        if len(names) != len(self._levels) or not all(map(self.fits, range(len(names)), names)):
            return False
        match = self._match(folder)
        return match is not None and (DATE not in self.folder or read_date(match, self._date_format) is not None)

    def texts(self, folder: str) -> tuple[str, ...] | None:
        """What stands for each `*` and for `{date}`; None for a folder that the importer does not read."""
        match = self._match(folder) if self.matches(folder) else None
        return match.groups() if match else None

    def named_time(self, folder: str) -> datetime | None:
        """What `{date}` stands for: midnight where the date format tells no time of day."""
        match = self._match(folder)
        return read_date(match, self._date_format) if match else None

    def date_text(self, folder: str) -> str | None:
        """The text in the place of `{date}`."""
        match = self._match(folder)
        return match.groupdict().get("date") if match else None

    def _match(self, folder: str) -> "regex.Match[str] | None":
        return self._regex.fullmatch(composed(folder))
