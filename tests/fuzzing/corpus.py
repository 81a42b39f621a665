"""The inputs that are kept: for each target an archive of those that reach different code, and of all findings."""

from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

FOLDER = Path(__file__).with_name("corpus")


def inputs(target: str) -> dict[str, bytes]:
    """The target's inputs by their names; those of findings say what they are about."""
    path = _path(target)
    if not path.exists():
        return {}
    with ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def keep(target: str, found: Iterable[bytes]) -> int:
    """Keeps these inputs and those with names given by people, in place of the others; returns how many."""
    named = {name: data for name, data in inputs(target).items() if not _is_digest(name)}
    known = set(named.values())
    kept = named | {_digest(data): data for data in found if data not in known}
    FOLDER.mkdir(exist_ok=True)
    with ZipFile(_path(target), "w", ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in sorted(kept.items()):
            # The same inputs make the same archive, whenever it is written.
            archive.writestr(ZipInfo(name), data, ZIP_DEFLATED)
    return len(kept)


def name_input(target: str, name: str, data: bytes) -> None:
    """Keeps an input under a name that says what was found."""
    path = _path(target)
    with ZipFile(path, "a", ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr(ZipInfo(name), data, ZIP_DEFLATED)


def _path(target: str) -> Path:
    return FOLDER / f"{target}.zip"


def _digest(data: bytes) -> str:
    return sha256(data).hexdigest()[:16]


def _is_digest(name: str) -> bool:
    return len(name) == 16 and all(letter in "0123456789abcdef" for letter in name)
