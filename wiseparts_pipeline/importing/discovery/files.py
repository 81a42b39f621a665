"""Files of a source or of this machine, as they are found: not yet in the ledger."""

from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from wiseparts_pipeline.config.file_names import composed
from wiseparts_pipeline.config.files.folder_names import FolderNames
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.config.source import SourceSettings
from wiseparts_pipeline.importing.ledger.outcome import Status
from wiseparts_pipeline.importing.ledger.rows import LedgerFile
from wiseparts_pipeline.transport.base import FolderMissing, PermanentError, RemoteFile, Transport


def new_file(importer: ImporterSettings, source: str, remote: RemoteFile) -> LedgerFile:
    """A file that the ledger does not have yet, whose file_id is 0."""
    # A server's clock may be wrong.
    modified_on = min(remote.modified_at, datetime.now(UTC)).astimezone(importer.zone).date()
    patterns = (importer.file_names, *importer.joined_file_names)
    moment = next((moment for names in patterns if (moment := names.moment(remote.name))), None)
    day = next((day for names in patterns if (day := names.file_date(remote.name))), None)
    if day is None and (in_folder := importer.folder_names.named_time(importer.home_folder(remote.path))):
        day, moment = in_folder.date(), importer.folder_moment(remote.path)
    return LedgerFile(
        file_id=0,
        importer=importer.name,
        source=source,
        path=remote.path,
        name=remote.name,
        size_bytes=remote.size,
        modified_at=remote.modified_at,
        file_date=day or modified_on,
        file_moment=moment.replace(tzinfo=moment.tzinfo or importer.zone) if moment else None,
        sha256=None,
        status=Status.DETECTED,
        attempts=0,
        detected_at=remote.modified_at,
    )


def local_file(path: Path) -> RemoteFile:
    """A file of this machine as one of a source; its path is absolute."""
    stat = path.stat()
    return RemoteFile(str(path.resolve()), stat.st_size, datetime.fromtimestamp(stat.st_mtime, UTC))


def local_files(folder: Path) -> list[RemoteFile]:
    """The files of a folder of this machine."""
    return [local_file(path) for path in folder.iterdir() if path.is_file()]


def files_in(transport: Transport, folder: str) -> list[RemoteFile]:
    """The files of a folder of the source; none when there is no such folder."""
    try:
        return transport.list(folder)
    except FolderMissing:
        return []


def folders_of(transport: Transport, names: FolderNames) -> list[str]:
    """The importer's folder, or those of several that there are. Raises FolderMissing where `base` is not there."""
    found = [names.base]
    for level in names.open_levels:
        below: list[str] = []
        for folder in found:
            # It may have been removed since it was found.
            with suppress(*([] if folder == names.base else [FolderMissing])):
                below += transport.folders(folder)
        found = [folder for folder in below if names.fits(level, folder.rpartition("/")[2])]
    return sorted(folder for folder in found if names.matches(folder))


def files_named(
    transport: Transport, source: SourceSettings, importer: ImporterSettings, names: Sequence[str]
) -> list[RemoteFile]:
    """The files of these names in the importer's folder, its `processed/` or its `refused/`, the first that has it.

    Names are compared as patterns are; a name may have its folder before it. Raises PermanentError for a name that
    none of them has, or that is in several folders of the importer.
    """
    by_path: dict[str, RemoteFile] = {}
    by_name: dict[str, list[RemoteFile]] = defaultdict(list)
    for folder in folders_of(transport, importer.folder_names):
        here: dict[str, RemoteFile] = {}
        for place in (folder, f"{folder}/processed", f"{folder}/refused"):
            for file in files_in(transport, place.strip("/")):
                here.setdefault(composed(file.name), file)
                by_path[composed(file.path)] = file
        for name, file in here.items():
            by_name[name].append(file)
    found = []
    for name in names:
        at_path = by_path.get(composed(name))
        several = by_name.get(composed(name)) or ([at_path] if at_path else [])
        if not several:
            raise PermanentError(
                f"{source.name}: there is no file {name!r} in {importer.folder}/, its processed/ or its refused/."
            )
        if len(several) > 1:
            paths = ", ".join(file.path for file in several[:3])
            raise PermanentError(f"{source.name}: {name!r} is in several folders; say which is meant, such as {paths}.")
        found += several
    return found
