"""Exports that were set up at ITscope: zip archives of CSV files, kept as they are for the import engine."""

import shutil
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

from wiseparts_pipeline.connections.errors import UnexpectedAnswer
from wiseparts_pipeline.connections.itscope.client import Client
from wiseparts_pipeline.connections.itscope.operations import EXPORT

_PIECE = 1024 * 1024


def write_exports(client: Client, uuids: Sequence[str], path: Path) -> int:
    """Writes one archive with the files of all exports; returns how many lines they have, without the first of each.

    Raises ConnectionFailure.
    """
    with path.open("w+b") as file:
        if len(uuids) == 1:
            _download(client, uuids[0], file)
        else:
            _combine(client, uuids, file)
        return sum(_lines(ZipFile(file)))


def _download(client: Client, uuid: str, file: IO[bytes]) -> None:
    client.download(EXPORT, {"uuid": uuid}, file)
    file.flush()
    try:
        ZipFile(file)
    except BadZipFile:
        raise UnexpectedAnswer(f"{client.place(EXPORT)}: {uuid}: the answer is no zip archive") from None


def _combine(client: Client, uuids: Iterable[str], file: IO[bytes]) -> None:
    """The files of each export, in a folder of its name: so that a snapshot of all is one file."""
    with ZipFile(file, "w", ZIP_DEFLATED, compresslevel=1) as combined:
        for uuid in uuids:
            with tempfile.TemporaryFile(dir=Path(file.name).parent) as downloaded:
                _download(client, uuid, downloaded)
                with ZipFile(downloaded) as archive:
                    for member in archive.infolist():
                        if not member.is_dir():
                            with archive.open(member) as read, combined.open(f"{uuid}/{member.filename}", "w") as write:
                                shutil.copyfileobj(read, write, _PIECE)


def _lines(archive: ZipFile) -> Iterable[int]:
    for member in archive.infolist():
        with archive.open(member) as file:
            yield max(0, sum(piece.count(b"\n") for piece in iter(lambda: file.read(_PIECE), b"")) - 1)
