"""Puts the files of a record on the server, so that whoever looks there finds all of them or none.

A folder is filled under a hidden name and gets its own by one rename. That name is made by one process and used by no
other: what an earlier attempt has left is moved aside and removed, as the process of that attempt may still live.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from uuid import UUID, uuid4

from wiseparts_pipeline.config.exports.exporter import ExporterSettings, Publish
from wiseparts_pipeline.errors import WisepartsError
from wiseparts_pipeline.exporting.export import Export, WrittenFile
from wiseparts_pipeline.transport import (
    FileMissing,
    FolderMissing,
    PermanentError,
    TargetExists,
    TransientError,
    Transport,
    TransportError,
)

PART = ".part"
# The hidden names of a record's folder.
_PART_NAME = re.compile(
    r"\.((?P<noun>[a-z]+)_(?P<uuid>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:_(?P<version>\d+))?)"
    r"(?:\.[0-9a-f]{32})?\.part"
)


class TargetTaken(WisepartsError):
    """Something that is not this record has its place on the server. Nothing was overwritten."""


def path_of(exporter: ExporterSettings, export: Export) -> str:
    """Where the record's folder appears, below the source's root."""
    return str(PurePosixPath(exporter.folder) / f"{exporter.noun}_{export.stem}")


def publish(
    transport: Transport,
    exporter: ExporterSettings,
    export: Export,
    files: Sequence[WrittenFile],
    still_ours: Callable[[], object],
) -> None:
    """Publish the files of a record, in this order, in its folder; fine if they are there already.

    `still_ours` is called right before anything becomes visible, and raises if another process may be publishing the
    record by now. Raises TargetTaken, TransportError.
    """
    if exporter.publish is Publish.FILES:
        _publish_files(transport, path_of(exporter, export), files, still_ours)
    else:
        _publish_folder(transport, path_of(exporter, export), files, still_ours)


def _publish_folder(
    transport: Transport, target: str, files: Sequence[WrittenFile], still_ours: Callable[[], object]
) -> None:
    part = _hidden(target)
    if not transport.make_folder(part):
        _tidy(transport, part)
        part = _hidden(target, uuid4().hex)
        transport.make_folder(part)
    try:
        with _gone_meanwhile(target):
            transport.write(part, {file.name: file.content for file in files})
            still_ours()
            try:
                transport.rename(part, target)
            except TargetExists:
                _refuse_other(transport, target, files)
                _tidy(transport, part)
    except (PermanentError, TargetTaken):
        _tidy(transport, part)
        raise


def _publish_files(
    transport: Transport, target: str, files: Sequence[WrittenFile], still_ours: Callable[[], object]
) -> None:
    """The file that is the sign that the others are there is the last one."""
    is_new = transport.make_folder(target)
    with _gone_meanwhile(target):
        if not is_new:
            there = {file.name for file in transport.list(target)}
            if files[-1].name in there:
                _refuse_other(transport, target, files)
                return
            if strange := there - {f"{file.name}{end}" for file in files for end in ("", PART)}:
                raise TargetTaken(_taken(target, f"has {min(strange)!r} in it, which is not of this record"))
            # Left by an attempt that did not get as far as the sign.
            for name in there:
                transport.remove(f"{target}/{name}")
        for file in files:
            transport.write(target, {f"{file.name}{PART}": file.content})
            still_ours()
            try:
                transport.rename(f"{target}/{file.name}{PART}", f"{target}/{file.name}")
            except TargetExists as error:
                raise TargetTaken(_taken(target, f"has got a {file.name} that is not ours")) from error


def clear_unsigned(transport: Transport, exporter: ExporterSettings, export: Export) -> None:
    """Remove the folder of a record whose files appear one by one, unless all of them did, or it has others in it."""
    folder = path_of(exporter, export)
    files = [f"{name}_{export.stem}.csv" for name in exporter.written_files]
    there = {PurePosixPath(file.path).name for file in transport.list(folder)}
    if files[-1] not in there and there <= {f"{file}{end}" for file in files for end in ("", PART)}:
        # Not moved aside: such a server may rename no folder.
        for name in there:
            transport.remove(f"{folder}/{name}")
        transport.remove_folder(folder)


def clear(transport: Transport, folder: str) -> None:
    """Remove a left-over folder with its files.

    It is moved aside first: if the process that made it lives, it can then no more publish what is left of it.
    """
    place = PurePosixPath(folder)
    aside = _hidden(str(place.with_name(_PART_NAME.sub(r"\1", place.name))), uuid4().hex)
    with suppress(FileMissing, FolderMissing):
        transport.rename(folder, aside)
        for file in transport.list(aside):
            transport.remove(file.path)
        transport.remove_folder(aside)


def _tidy(transport: Transport, folder: str) -> None:
    """Clear a folder if that can be done: whether it is there does not matter to who takes the others."""
    with suppress(TransportError):
        clear(transport, folder)


def left_over(exporter: ExporterSettings, folders: Iterable[str]) -> dict[str, tuple[UUID, int]]:
    """Of the folders, those that attempts to export records have left, each with the record's UUID and version."""
    found = {}
    for folder in folders:
        match = _PART_NAME.fullmatch(PurePosixPath(folder).name)
        if match is not None and match["noun"] == exporter.noun:
            found[folder] = UUID(match["uuid"]), int(match["version"] or 1)
    return found


def _hidden(target: str, token: str = "") -> str:
    """The name under which a folder is filled."""
    place = PurePosixPath(target)
    return str(place.with_name(f".{place.name}{token and '.'}{token}{PART}"))


def _refuse_other(transport: Transport, target: str, files: Sequence[WrittenFile]) -> None:
    """Raises TargetTaken unless the folder has these files: those of an attempt whose answer was lost."""
    try:
        there = {file.name: file.size for file in transport.list(target)}
        if there != {file.name: len(file.content) for file in files}:
            names = ", ".join(sorted(there)) or "nothing"
            raise TargetTaken(_taken(target, f"has other files than this record's in it: {names}"))
        with TemporaryDirectory() as folder:
            for file in files:
                if transport.fetch(f"{target}/{file.name}", Path(folder) / "file") != file.sha256:
                    raise TargetTaken(_taken(target, f"has a {file.name} with other content than this record's"))
    except (FileMissing, FolderMissing):
        raise
    except PermanentError as error:
        raise TargetTaken(_taken(target, f"cannot be read, so it may not be this record ({error})")) from error


def _taken(target: str, why: str) -> str:
    return f"{target} is there already and {why}. It was not touched: take it away, then the record is delivered."


@contextmanager
def _gone_meanwhile(target: str) -> Iterator[None]:
    """What we put there has been taken: perhaps whole, after an answer that was lost, so that it is delivered again."""
    try:
        yield
    except (FileMissing, FolderMissing) as error:
        raise TransientError(f"{target} was taken away while it was being delivered ({error}).") from error
