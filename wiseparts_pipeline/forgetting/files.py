"""The files on a source's server that have rows of a person, and their removal."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from wiseparts_pipeline.config.file_names import OWN_FOLDERS
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.config.source import SourceSettings
from wiseparts_pipeline.connections.itscope.documents import FOLDER
from wiseparts_pipeline.forgetting.person import Person
from wiseparts_pipeline.forgetting.reading import PersonsRows
from wiseparts_pipeline.forgetting.texts import Texts
from wiseparts_pipeline.importing.discovery.files import files_in, folders_of
from wiseparts_pipeline.importing.discovery.kept_files import is_kept
from wiseparts_pipeline.importing.ledger import archive
from wiseparts_pipeline.importing.workspace import workspace
from wiseparts_pipeline.transport import FileMissing, FolderMissing, Transport
from wiseparts_pipeline.warehouse import Connection

# Where a file is archived to that was removed here.
FORGOTTEN_FILE = "(removed: it had rows of a person who was forgotten)"

Report = Callable[[str], None]


@dataclass(frozen=True)
class FoundFile:
    """A file with rows of the person. `kept_because`: why it is not removed; empty for one that is."""

    source: str
    path: str
    kept_because: str = ""

    def __str__(self) -> str:
        return f"{self.source}: {self.path}"


def search(
    transport: Transport,
    connection: Connection,
    source: SourceSettings,
    importers: Sequence[ImporterSettings],
    rows: PersonsRows,
    report: Report,
) -> Iterator[FoundFile]:
    """Reads every file in the importers' folders and archives; raises TransportError where one cannot be fetched."""
    for path, readers in _all_files(transport, importers):
        report(f"Reading {source.name}: {path}")
        with workspace() as folder:
            local = folder / "file"
            try:
                sha256 = transport.fetch(path, local)
            except FileMissing:
                continue
            answers = [rows.are_in(local, name, importer) for importer, name in readers]
        if any(answers):
            was_imported = archive.was_imported(connection, source.name, sha256)
            yield FoundFile(source.name, path, _needed(importers, source, path, was_imported=was_imported))
        elif answers and all(answer is None for answer in answers):
            yield FoundFile(source.name, path, "it cannot be read: look whether the person is in it")


def remove(transport: Transport, connection: Connection, file: FoundFile) -> None:
    """Removes the file from the server, and notes that in the import log; one that is gone by now is removed."""
    with suppress(FileMissing):
        transport.remove(file.path)
    archive.note_removed(connection, file.source, file.path, FORGOTTEN_FILE)


def elsewhere(
    connection: Connection, configuration: Configuration, person: Person, rows: PersonsRows
) -> Iterator[FoundFile]:
    """Files of the import log that are not on a source's server: of this machine, or of a source that is no more."""
    entities = [entity.name for entity in person.entities]
    for importer, source, path in connection.execute(
        "select distinct importer, source, path from ops.import_files where path like '/%' order by 3"
    ).fetchall():
        local = Path(path)
        is_known = importer in configuration.importers and local.is_file()
        if is_known and rows.are_in(local, local.name, configuration.importer(importer)) is not False:
            yield FoundFile(source, path, "it is a file of this machine: remove it yourself")
    for source, count in connection.execute(
        "select source, count(*) from ops.import_files where source <> all(%s) and entity = any(%s)"
        " and archived_to not like '(%%' and path not like '/%%' group by source order by source",
        [list(configuration.sources), entities],
    ).fetchall():
        yield FoundFile(source, f"{count} files", "there is no such source any more: look there yourself")


def received_documents(home: Path, texts: Texts) -> Iterator[FoundFile]:
    """Documents of suppliers that are kept as they came and have any of the texts, such as where goods went."""
    for path in sorted((home / "pulls").glob(f"*/{FOLDER}/*.xml")):
        if texts.are_in(path.read_text(encoding="utf-8", errors="replace")):
            place = path.relative_to(home / "pulls")
            yield FoundFile(
                place.parts[0],
                str(path),
                "it is a document of a supplier as it came: remove it yourself, unless the law has you keep it",
            )


def _all_files(
    transport: Transport, importers: Sequence[ImporterSettings]
) -> Iterator[tuple[str, list[tuple[ImporterSettings, str]]]]:
    """Each file in the importers' folders, with the importers that can read it and the name by which they do."""
    by_folder: dict[str, list[ImporterSettings]] = {}
    for importer in importers:
        with suppress(FolderMissing):
            for folder in folders_of(transport, importer.folder_names):
                by_folder.setdefault(folder, []).append(importer)
        for given, _ in importer.kept_files:
            if given is not None:
                by_folder.setdefault(given, []).append(importer)
    for home, here in by_folder.items():
        for place in (home, *(f"{home}/{own}".lstrip("/") for own in OWN_FOLDERS)):
            for file in files_in(transport, place):
                yield file.path, _readers(here, file.name)


def _readers(importers: Sequence[ImporterSettings], name: str) -> list[tuple[ImporterSettings, str]]:
    """The importers whose patterns the name matches, or did before an id was added to it; all where there are none."""
    names = (name, re.sub(r"^([^.]*)\.\d+(?=\.)", r"\1", name))
    found = [
        (importer, each)
        for importer in importers
        for each in dict.fromkeys(names)
        if any(
            pattern.matches(each)
            for pattern in (
                importer.file_names,
                *importer.joined_file_names,
                *(kept for _, kept in importer.kept_files),
            )
        )
    ]
    return found or [(importer, name) for importer in importers]


def _needed(importers: Sequence[ImporterSettings], source: SourceSettings, path: str, *, was_imported: bool) -> str:
    """Why a file cannot be removed; empty where it can."""
    place = PurePosixPath(path)
    is_archived = place.parent.name in OWN_FOLDERS
    sent_to = place.parent.parent / place.name if is_archived else place
    if is_kept(importers, source.name, str(sent_to)):
        return "values are looked up in it: have the sender send one without the person, then remove this one"
    if not is_archived:
        return "it is not archived: import it, or remove it, and forget the person again"
    if place.parent.name == "refused" and not was_imported:
        return "nothing of it was imported: have the sender send it again without the person, then remove this one"
    return ""
