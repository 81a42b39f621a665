"""The files that are kept for other files' values to be looked up in: the newest that matches, also an archived one."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from wiseparts_pipeline.config.file_names import FileNamePattern, is_error_file
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.config.source import SourceSettings
from wiseparts_pipeline.importing.discovery.files import files_in, local_files
from wiseparts_pipeline.transport.base import PermanentError, RemoteFile, Transport


def kept_files(transport: Transport, source: SourceSettings, importer: ImporterSettings, path: str) -> list[RemoteFile]:
    """The newest file for each pattern of `lookup`, for the importer's file at this path.

    Those of a file of this machine are beside it. Raises PermanentError, with the pattern, where there is none.
    """
    found = []
    for given, names in importer.kept_files:
        here = path.startswith("/")
        folder = importer.home_folder(path) if given is None else given
        files = local_files(Path(path).parent) if here else _files(transport, source, folder)
        newest = _newest(names, files)
        if newest is None:
            places = "beside it" if here else f"in {folder}/ or its processed/"
            raise PermanentError(
                f"{path.rpartition('/')[2]} has values that are looked up in {names.pattern}, and there is no such file"
                f" {places}."
            )
        found.append(newest)
    return found


def missing_kept_file(
    transport: Transport, source: SourceSettings, importer: ImporterSettings, path: str
) -> str | None:
    """The first pattern of `lookup` that no file matches, for the importer's file at this path of the source."""
    for given, names in importer.kept_files:
        folder = importer.home_folder(path) if given is None else given
        if _newest(names, _files(transport, source, folder)) is None:
            return names.pattern
    return None


def is_kept(importers: Iterable[ImporterSettings], source: str, path: str) -> bool:
    """Whether the file at this path of the source is kept for one of the importers to look values up in."""
    folder, _, name = path.rpartition("/")
    return any(
        importer.source == source
        and (importer.folder_names.matches(folder) if given is None else folder == given)
        and _sent_name(names, name) is not None
        for importer in importers
        for given, names in importer.kept_files
    )


def _files(transport: Transport, source: SourceSettings, folder: str) -> list[RemoteFile]:
    """Those of the folder, but for ones that may still be being written, and of its archive."""
    age, now = timedelta(seconds=source.settle_seconds), datetime.now(UTC)
    settled = [file for file in files_in(transport, folder) if not timedelta(0) <= now - file.modified_at < age]
    return settled + files_in(transport, f"{folder}/processed".strip("/"))


def _newest(names: FileNamePattern, files: Iterable[RemoteFile]) -> RemoteFile | None:
    """The one with the latest time in its name; where names have none, or the same, the one that was written last."""
    dated = [
        (names.named_time(name) or datetime.min, file.modified_at, file)
        for file in files
        if (name := _sent_name(names, file.name)) is not None
    ]
    return max(dated, key=lambda each: each[:2])[2] if dated else None


def _sent_name(names: FileNamePattern, name: str) -> str | None:
    """The name that a matching file came with: an archived one has an id after its stem where that was taken."""
    candidates = (name, re.sub(r"^([^.]*)\.\d+(?=\.)", r"\1", name))
    return next((each for each in candidates if names.matches(each) and not is_error_file(each)), None)
