"""Compressed files and archives: of any content, cut, damaged at any place, and with members of any name."""

import gzip
import io
import warnings
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from tests.fuzzing.given import Given, given
from tests.fuzzing.reading import check_reading
from tests.fuzzing.target import Target, tokens
from wiseparts_pipeline.config.file_format import FileFormat

_BETWEEN_MEMBERS = b"\x1d"
_NAMES = ("f.csv.zip", "f.csv.gz", "f.zip", "f.CSV.ZIP", "f.csv.gz.zip")
_PATTERNS = ((), (), ("*.csv",), ("a*",), ("x/*", "*"), ("[a-c]*.csv",))


def _run(data: bytes) -> None:
    content = Given(data)
    name = content.one_of(_NAMES)
    file = FileFormat(member=content.one_of(_PATTERNS), max_unpacked_mb=1)
    *members, damage = content.content.split(_BETWEEN_MEMBERS)
    kind = content.one_of(("zip", "zip", "stored", "gz", "raw"))
    if kind == "raw":
        packed = content.content
    elif kind == "gz":
        packed = b"".join(gzip.compress(member, mtime=0) for member in members)
    else:
        packed = _zipped(members, ZIP_STORED if kind == "stored" else ZIP_DEFLATED)
    if kind != "raw":
        packed = _damaged(packed, damage)
    check_reading(packed, name, file, has_members=True)


def _zipped(members: list[bytes], method: int) -> bytes:
    """Each member is a name, a line end and its content."""
    written = io.BytesIO()
    with warnings.catch_warnings(action="ignore"), ZipFile(written, "w") as archive:
        for member in members:
            name, _, content = member.partition(b"\n")
            info = ZipInfo(name.decode(errors="replace").replace("\0", "") or "a")
            archive.writestr(info, content, method)
    return written.getvalue()


def _damaged(packed: bytes, damage: bytes) -> bytes:
    """Groups of three bytes: where, from the beginning or the end, and which byte is there instead; one more cuts."""
    changed = bytearray(packed)
    for at, side, byte in zip(damage[::3], damage[1::3], damage[2::3], strict=False):
        if changed:
            place = at + (side >> 1 << 8)
            changed[-1 - place % len(changed) if side % 2 else place % len(changed)] = byte
    return bytes(changed[: len(changed) - damage[-1]] if len(damage) % 3 == 1 else changed)


TARGET = Target(
    _run,
    seeds=(
        given("a.csv\nid,b\n1,2\n\x1db.csv\nb,id\n3,4\n\x1d"),
        given("x/a.csv\nid,b\n1,2\n\x1d__MACOSX/._a.csv\n1\x1dr.txt\nx\x1d", 0, 2),
        given("id,b\n1,2\n\x1d3,4\n\x1d", 1, 0, 3),
        given(b"a.csv\nid\n1\n\x1d\x10\x01\x00", 0, 0, 2),
    ),
    tokens=tokens(
        "\x1d", "a.csv\n", "b.csv\n", "id,b\n", "../", "C:\\", "/", "x/", ".csv", "__MACOSX/", "PK\x03\x04",
        "PK\x05\x06"
    ),
)  # fmt: skip
