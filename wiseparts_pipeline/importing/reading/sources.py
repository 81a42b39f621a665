"""Where a reader's bytes come from: a file, or a member of an archive."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from wiseparts_pipeline.importing.faults import RefusalCode, RefusedFile

# The first bytes of common files that are not text.
_SIGNATURES = {
    b"PK\x03\x04": "a zip or Excel (xlsx) file",
    b"\xd0\xcf\x11\xe0": "an Excel file of the old kind (xls) or with a password",
    b"\x1f\x8b": "a gzip file",
    b"%PDF": "a PDF file",
}


class Readable(Protocol):
    """The bytes of a file, from its beginning."""

    def read(self, size: int = -1, /) -> bytes: ...

    def close(self) -> None: ...


@dataclass(frozen=True)
class Source:
    """A file that can be opened any number of times. `name`: in its archive; empty where it is not in one."""

    open: Callable[[], Readable]
    name: str = ""

    @classmethod
    def of(cls, path: Path) -> "Source":
        """A file of this machine."""
        return cls(lambda: path.open("rb"))


def refuse_other_formats(beginning: bytes, wanted: str = "delimited text. Send it as CSV") -> None:
    """Raises RefusedFile when a file begins like one of another, binary format."""
    for signature, name in _SIGNATURES.items():
        if beginning.startswith(signature):
            raise RefusedFile(RefusalCode.UNREADABLE, f"This is {name}, not {wanted}.")
