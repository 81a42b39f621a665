"""Old log files in the state folder: of dbt, of Dagster's runs, and of faults of the program."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

# Below the state folder.
_PLACES = ("dbt/logs", "dagster/storage", "dagster/logs", "dagster/.logs_queue", "logs")


def delete_logs(home: Path, before: datetime, *, dry_run: bool = False) -> int:
    """Deletes the log files last written before this moment, and the folders that are empty then; returns how many."""
    count = 0
    for path in _files(home, before):
        count += 1
        if not dry_run:
            path.unlink(missing_ok=True)
            # Raised for one that is not empty.
            with suppress(OSError):
                for folder in list(path.parents)[: len(path.relative_to(home).parts) - 3]:
                    folder.rmdir()
    return count


def log_files(home: Path) -> Iterator[Path]:
    """All log files."""
    for place in _PLACES:
        yield from (path for path in sorted((home / place).rglob("*")) if not path.is_dir())


def _files(home: Path, before: datetime) -> Iterator[Path]:
    for path in log_files(home):
        with suppress(FileNotFoundError):
            if datetime.fromtimestamp(path.lstat().st_mtime, UTC) < before:
                yield path
