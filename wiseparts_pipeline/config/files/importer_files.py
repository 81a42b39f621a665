"""Which files an importer takes: in which folders of a source, of which names."""

from datetime import datetime
from functools import cached_property
from typing import Annotated

from pydantic import Field

from wiseparts_pipeline.config.attributes import EntityName, Folder, Name, Settings, repeated
from wiseparts_pipeline.config.file_names import DATE, OWN_FOLDERS, FileNamePattern, FileNames, tells_time
from wiseparts_pipeline.config.files.folder_names import FolderNames

_Glob = Annotated[str, Field(min_length=1)]


class ImporterFiles(Settings):
    """The attributes of an importer that say what it is called and which files it takes."""

    entity: EntityName
    name: Name = ""
    source: str
    folder: Folder = ""
    pattern: _Glob | tuple[_Glob, ...]
    date_format: str = "%Y-%m-%d"

    def check_names(self) -> None:
        """Raises ValueError for a folder, pattern or date format that cannot work."""
        if not self.patterns or repeated(self.patterns):
            raise ValueError("pattern: write a pattern, or a list of different ones")
        for pattern in self.patterns:
            FileNamePattern(pattern, self.date_format)
        FolderNames(self.folder, self.date_format)
        if "/" in self.date_format and (DATE not in self.folder or any(DATE in pattern for pattern in self.patterns)):
            raise ValueError("date_format: has a '/', so {date} can only be in `folder`")

    @property
    def patterns(self) -> tuple[str, ...]:
        """Which file names match: one pattern or more."""
        return (self.pattern,) if isinstance(self.pattern, str) else self.pattern

    @cached_property
    def file_names(self) -> FileNames:
        return FileNames(self.patterns, self.date_format, self.name)

    @cached_property
    def folder_names(self) -> FolderNames:
        return FolderNames(self.folder, self.date_format)

    def error_file_path(self, path: str) -> str:
        """Where the error file at this path was before it was corrected and sent back."""
        return f"{self.home_folder(path)}/errors/{path.rpartition('/')[2]}".lstrip("/")

    def folder_moment(self, path: str) -> datetime | None:
        """The date and time in the name of the file's folder; None where it tells no time of day."""
        return self.folder_names.named_time(self.home_folder(path)) if tells_time(self.date_format) else None

    def home_folder(self, path: str) -> str:
        """The importer's folder that a file is in, or that it was archived in."""
        if not self.folder_names.is_pattern:
            return self.folder
        folder = path.rpartition("/")[0]
        above, _, place = folder.rpartition("/")
        return above if place in OWN_FOLDERS and self.folder_names.matches(above) else folder
