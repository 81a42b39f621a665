"""Files in gz and zip archives, and limits that keep an archive from unpacking to far more than it should."""

import gzip
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from errno import EINVAL
from fnmatch import fnmatchcase
from functools import partial
from io import SEEK_END
from pathlib import Path, PurePosixPath
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from wiseparts_pipeline.config.attributes import composed
from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.importing.faults import RefusalCode, RefusedFile
from wiseparts_pipeline.importing.reading.sources import Readable, Source

_MOST_MEMBERS = 1000
# How many names a message has.
_NAMED = 20
_ZIP = ".zip"
# Real exports pack to a fifth and, with many empty cells, to a fiftieth; small archives do no harm at any ratio.
_MOST_RATIO = 200
_RATIO_COUNTS_FROM = 100 << 20
_ENCRYPTED = 0x1
_BROKEN = (BadZipFile, gzip.BadGzipFile, zlib.error, EOFError, NotImplementedError, ValueError)
_END_OF_DIRECTORY = b"PK\x05\x06"
# With the longest comment after it.
_LONGEST_END = 22 + 0xFFFF
_LONGEST_DIRECTORY = 1 << 20


def sources(path: Path, name: str, file: FileFormat) -> list[Source]:
    """The files to read one after the other: the file itself, or those packed in it.

    Nothing is unpacked to disk: members of an archive are read as streams, whatever their names.
    """
    if name.lower().endswith(_ZIP):
        return _members(path, name[: -len(_ZIP)], file)
    if file.member:
        raise RefusedFile(
            RefusalCode.UNREADABLE,
            "`file.member` says which files of a zip archive are read, and this is none. Send a zip archive, or take"
            " `file.member` out.",
        )
    if name.endswith(".gz"):
        limits = Limits(path.stat().st_size, file)
        return [Source(lambda: _Unpacked(gzip.open(path), limits))]
    return [Source.of(path)]


def members_taken(path: Path, name: str, file: FileFormat) -> set[str]:
    """The names of the files in a zip archive that are read by these settings; none of any other file."""
    if not name.lower().endswith(_ZIP):
        return set()
    return {info.filename for info in _taken(_listed(path, file), name[: -len(_ZIP)], file)}


def all_members(path: Path, name: str, file: FileFormat) -> list[str]:
    """The names of all files in a zip archive, in their order; none of any other file."""
    return sorted(info.filename for info in _listed(path, file)) if name.lower().endswith(_ZIP) else []


def _members(path: Path, inner_name: str, file: FileFormat) -> list[Source]:
    members = _listed(path, file)
    wanted = _taken(members, inner_name, file)
    if not members:
        raise RefusedFile(RefusalCode.EMPTY_FILE, "The archive has no file in it.")
    if not wanted:
        names = sorted(info.filename for info in members)
        there = ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if names[_NAMED:] else "")
        raise RefusedFile(
            RefusalCode.UNREADABLE,
            f"No file in the archive is called {' or '.join(file.member)} (`file.member`). It has {there}.",
        )
    limits = Limits(path.stat().st_size, file)
    return [
        Source(partial(_open_member, path, info, limits), info.filename)
        for info in sorted(wanted, key=lambda info: info.filename)
    ]


def _listed(path: Path, file: FileFormat) -> list[ZipInfo]:
    """The files in an archive, without those that programs leave there."""
    with path.open("rb") as opened:
        entries = open_zip(opened, file).infolist()
    return [info for info in entries if not info.is_dir() and not _is_litter(info.filename)]


def _taken(members: Sequence[ZipInfo], inner_name: str, file: FileFormat) -> list[ZipInfo]:
    if file.member:
        return [info for info in members if any(_is_called(info.filename, pattern) for pattern in file.member)]
    # SALES.csv.zip may also have a readme.txt.
    ending = PurePosixPath(inner_name).suffix.lower()
    return [info for info in members if info.filename.lower().endswith(ending)] or list(members)


def _is_called(name: str, pattern: str) -> bool:
    """Whether a file in an archive matches a glob: its whole path if the glob has a `/`, else its name."""
    path = composed(name.replace("\\", "/"))
    return fnmatchcase(path if "/" in pattern else PurePosixPath(path).name, composed(pattern))


def _open_member(path: Path, info: ZipInfo, limits: "Limits") -> Readable:
    # A closed archive keeps its file open until its last member is closed.
    with refuse_broken_archives(), ZipFile(path) as archive:
        return _Unpacked(archive.open(info), limits)


def _is_litter(name: str) -> bool:
    """Files that macOS and editors leave in archives."""
    path = PurePosixPath(name)
    return path.name.startswith(".") or "__MACOSX" in path.parts


def open_zip(opened: IO[bytes], file: FileFormat, limits: "Limits | None" = None) -> ZipFile:
    """Opens a zip archive. Raises RefusedFile for one that would unpack to too much, or that needs a password.

    `limits`: instead of those of all archives. The stated sizes can be trusted, as zipfile never returns more of a
    member than that.
    """
    packed_bytes = opened.seek(0, SEEK_END)
    opened.seek(max(0, packed_bytes - _LONGEST_END))
    _check_directory(opened.read())
    with refuse_broken_archives():
        archive = ZipFile(opened)
    members = archive.infolist()
    if len(members) > _MOST_MEMBERS:
        raise _too_many_members()
    if any(info.flag_bits & _ENCRYPTED for info in members):
        raise RefusedFile(RefusalCode.UNREADABLE, "The archive has a password. Send it without.")
    # zipfile does not unpack the others in pieces.
    if any(info.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for info in members):
        raise RefusedFile(
            RefusalCode.UNREADABLE, "The archive is packed by an unusual method. Pack it as an ordinary zip."
        )
    if not all(info.filename for info in members):
        raise RefusedFile(RefusalCode.UNREADABLE, "The archive has a file without a name. Pack the files again.")
    limits = limits or Limits(packed_bytes, file)
    limits.check(sum(info.file_size for info in members))
    return archive


def _check_directory(end: bytes) -> None:
    """The list of members is read into memory whole, so its size is checked before."""
    at = end.rfind(_END_OF_DIRECTORY)
    if at >= 0 and int.from_bytes(end[at + 12 : at + 16], "little") > _LONGEST_DIRECTORY:
        raise _too_many_members()


def _too_many_members() -> RefusedFile:
    return RefusedFile(
        RefusalCode.ARCHIVE_LIMIT, f"The archive has more than {_MOST_MEMBERS} files. Send fewer in one archive."
    )


@contextmanager
def refuse_broken_archives() -> Iterator[None]:
    """Turns the errors about a file that is not an archive, or was cut off, into a refusal."""
    try:
        yield
    except (*_BROKEN, OSError) as error:
        # A damaged directory leads to a seek before the beginning of the file.
        if not isinstance(error, _BROKEN) and error.errno != EINVAL:
            raise
        raise RefusedFile(
            RefusalCode.UNREADABLE,
            f"The archive is broken, or is not an archive ({error}). Pack the file and send it again.",
        ) from None


class Limits:
    """How much an archive may unpack to. `harmless`: how many bytes whatever the ratio; `advice`: what to do else."""

    def __init__(
        self, packed_bytes: int, file: FileFormat, harmless: int | None = None, advice: str = "Send the file unpacked."
    ) -> None:
        self._advice = advice
        self._most_mb = file.max_unpacked_mb
        self._most_bytes = max(_RATIO_COUNTS_FROM if harmless is None else harmless, packed_bytes * _MOST_RATIO)

    def check(self, size: int) -> None:
        """Raises RefusedFile for more bytes than are allowed."""
        if size > self._most_mb << 20:
            raise RefusedFile(
                RefusalCode.ARCHIVE_LIMIT,
                f"The archive unpacks to more than {self._most_mb} MB. Send the data in parts, or raise"
                " file.max_unpacked_mb.",
            )
        if size > self._most_bytes:
            raise RefusedFile(
                RefusalCode.ARCHIVE_LIMIT,
                f"The archive unpacks to more than {_MOST_RATIO} times its size, like archives made to fill a"
                f" disk. {self._advice}",
            )


class _Unpacked:
    """A file that is unpacked while it is read, within the limits."""

    def __init__(self, opened: Readable, limits: Limits) -> None:
        self._opened = opened
        self._limits = limits
        self._size = 0

    def read(self, size: int = -1, /) -> bytes:
        with refuse_broken_archives():
            data = self._opened.read(size)
        self._size += len(data)
        self._limits.check(self._size)
        return data

    def close(self) -> None:
        self._opened.close()
