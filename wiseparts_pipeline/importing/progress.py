"""What is reported while files are imported."""

from typing import Protocol

from wiseparts_pipeline.importing.results import FileResult


class Progress(Protocol):
    """Hears how an import is going."""

    def blocked(self, entity: str) -> None:
        """Another import of the entity is running; this one continues when it has ended."""

    def files_settling(self, files: int, seconds: int) -> None:
        """So many files have just arrived; the import begins after so many seconds."""

    def file_started(self, name: str, position: int, total: int, size_bytes: int) -> None: ...

    def file_advanced(self, bytes_fetched: int, rows_read: int) -> None:
        """`bytes_fetched`: 0 for a file of this machine."""

    def file_finished(self, result: FileResult) -> None: ...


class NoProgress:
    """Reports nothing."""

    def blocked(self, entity: str) -> None: ...

    def files_settling(self, files: int, seconds: int) -> None: ...

    def file_started(self, name: str, position: int, total: int, size_bytes: int) -> None: ...

    def file_advanced(self, bytes_fetched: int, rows_read: int) -> None: ...

    def file_finished(self, result: FileResult) -> None: ...
