"""Where a reader's bytes come from: a file as it lies there, or one out of an archive."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from wiseparts_pipeline.importing.faults import RefusalCode, RefusedFile

# What a file begins with that is no text at all.
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
    """A file that can be opened any number of times. `name`: in its archive; empty where it is no part of one."""

    open: Callable[[], Readable]
    name: str = ""

    @classmethod
    def of(cls, path: Path) -> "Source":
        """A file of this machine."""
        return cls(lambda: path.open("rb"))


def refuse_other_formats(beginning: bytes, wanted: str = "delimited text. Send it as CSV") -> None:
    """Raises RefusedFile when a file that should be text begins like one that is none."""
    for signature, name in _SIGNATURES.items():
        if beginning.startswith(signature):
            raise RefusedFile(RefusalCode.UNREADABLE, f"This is {name}, not {wanted}.")
