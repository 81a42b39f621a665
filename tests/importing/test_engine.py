"""A run over an importer's files: what it leaves in folder, ledger and warehouse, whatever happens during it."""

import gzip
import json
import multiprocessing
import os
import signal
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.importing.drop import Drop, counts, csv
from wiseparts_pipeline.errors import WarehouseError
from wiseparts_pipeline.importing.ledger.outcome import Status
from wiseparts_pipeline.importing.results import FileResult, NoProgress
from wiseparts_pipeline.transport import RemoteFile, TargetExists, TransientError
from wiseparts_pipeline.transport.base import FileMissing, PermanentError
from wiseparts_pipeline.transport.local import LocalTransport

QUOTES = {"quoted_on": {"constant": "2025-01-31"}, "currency": {"constant": "EUR"}}
TEXT = csv("quote_id,line_no,status", ["A,1,won", "A,2,bad", "B,1,lost"])


@pytest.fixture
def quotes(drop: Drop) -> Drop:
    return drop.of("quotes", columns=QUOTES)


class Disturbed(LocalTransport):
    """A folder where something happens before or after an operation."""

    def __init__(self, drop: Drop, operation: str, happens: Callable[[], None], *, after: bool = False) -> None:
        super().__init__(drop.source)
        self._operation, self._happens, self._after = operation, happens, after

    def _do(self, operation: str, action: Callable[[], Any]) -> Any:
        if operation == self._operation and not self._after:
            self._happens()
        done = action()
        if operation == self._operation and self._after:
            self._happens()
        return done

    def fetch(self, path: str, target: Path, progress: Callable[[int], None] | None = None) -> str:
        sha256: str = self._do("fetch", lambda: LocalTransport.fetch(self, path, target, progress))
        return sha256

    def move(self, path: str, target: str) -> None:
        self._do("move", lambda: LocalTransport.move(self, path, target))

    def upload(self, source: Path, path: str) -> None:
        self._do("upload", lambda: LocalTransport.upload(self, source, path))

    def stat(self, path: str) -> RemoteFile | None:
        found: RemoteFile | None = self._do("stat", lambda: LocalTransport.stat(self, path))
        return found


def kill_this_process() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def in_another_process(action: Callable[[], object]) -> int | None:
    """How the process ended: 0, or minus the signal's number."""
    process = multiprocessing.get_context("fork").Process(target=action)
    process.start()
    process.join(60)
    return process.exitcode


class Killed(NoProgress):
    """Kills the process when rows have been read."""

    def file_advanced(self, bytes_fetched: int, rows_read: int) -> None:
        if rows_read:
            kill_this_process()


KILLED_AT = [("fetch", False), ("fetch", True), ("stat", False), ("upload", False), ("upload", True), ("move", False)]


@pytest.mark.parametrize(("operation", "after"), [*KILLED_AT, ("move", True), ("copy", False)])
def test_the_next_import_finishes_what_a_killed_one_left(quotes: Drop, operation: str, after: bool) -> None:
    quotes.put("a.csv", TEXT)

    def run() -> None:
        if operation == "copy":
            quotes.run(progress=Killed())
        else:
            quotes.run(Disturbed(quotes, operation, kill_this_process, after=after))

    assert in_another_process(run) == -signal.SIGKILL
    (result,) = quotes.run().files

    assert result.status is Status.IMPORTED_WITH_ERRORS
    assert counts(result) == {"read": 3, "created": 2, "rejected": 1}
    assert quotes.stored("quote_id", "line_no") == [("A", 1), ("B", 1)]
    assert len(quotes.rejects()) == 1
    assert [file["archived_to"] for file in quotes.log()] == ["quotes/processed/a.csv"]
    assert (quotes.names(), quotes.names("processed"), quotes.names("errors")) == ([], ["a.csv"], ["a.csv.errors.csv"])
    assert quotes.run().files == []
    assert list((quotes.root.parent / "home" / "downloads").iterdir()) == []
    assert quotes.rows("select relname from pg_class where relname like 'staging%'") == []


def test_archiving_that_fails_repeatedly_leaves_one_error_file_and_succeeds_in_the_end(quotes: Drop) -> None:
    def refuse() -> None:
        raise PermanentError("permission denied")

    quotes.put("a.csv", TEXT)
    for _ in range(4):
        (result,) = quotes.run(Disturbed(quotes, "move", refuse)).files
        assert (result.status, result.file.archived_to) == (Status.IMPORTED_WITH_ERRORS, None)
        assert result.file.error == "It is still in its folder: permission denied"
    (result,) = quotes.run().files
    assert (result.file.error, result.file.archived_to) == (None, "quotes/processed/a.csv")
    assert quotes.names("errors") == ["a.csv.errors.csv"]


def test_a_refused_file_that_cannot_be_moved_keeps_its_reason(quotes: Drop) -> None:
    def refuse() -> None:
        raise PermanentError("permission denied")

    quotes.put("a.csv", "quote_id\nA\n")
    for _ in range(2):
        (result,) = quotes.run(Disturbed(quotes, "move", refuse)).files
        reason, still = str(result.file.error).split("\n")
        assert "The file has no column line_no, status" in reason
        assert still == "It is still in its folder: permission denied"
    (result,) = quotes.run().files
    assert (result.file.error, result.file.error_code) == (reason, "missing_column")


def test_a_name_taken_in_between_does_not_lose_the_file(quotes: Drop) -> None:
    def take_name() -> None:
        if not (quotes.folder / "processed" / "a.csv").exists():
            quotes.folder.joinpath("processed").mkdir(exist_ok=True)
            quotes.folder.joinpath("processed", "a.csv").write_text("other")

    quotes.put("a.csv", TEXT)
    (first,) = quotes.run(Disturbed(quotes, "move", take_name)).files
    assert "already exists" in str(first.file.error)
    (second,) = quotes.run().files
    number = second.file.file_id
    assert quotes.names("processed") == [f"a.{number}.csv", "a.csv"]
    assert (quotes.folder / "processed" / f"a.{number}.csv").read_text() == TEXT


def test_a_file_that_the_sender_replaces_during_its_import_is_imported_as_well(quotes: Drop) -> None:
    newer = TEXT.replace("bad", "open")

    def replace() -> None:
        if quotes.folder.joinpath("a.csv").read_text() != newer:
            quotes.put("a.csv", newer, datetime(2030, 1, 1, tzinfo=UTC))

    quotes.put("a.csv", TEXT)
    (first,) = quotes.run(Disturbed(quotes, "stat", replace)).files
    assert first.file.archived_to == "(replaced by the sender)"
    (second,) = quotes.run().files
    assert counts(second) == {"read": 3, "created": 1, "unchanged": 2}
    assert (quotes.folder / "processed" / "a.csv").read_text() == newer


def test_a_file_that_the_sender_removes_during_its_import_is_imported(quotes: Drop) -> None:
    path = quotes.put("a.csv", TEXT)
    (result,) = quotes.run(Disturbed(quotes, "stat", lambda: path.unlink(missing_ok=True))).files
    assert (result.status, result.file.archived_to) == (Status.IMPORTED_WITH_ERRORS, "(removed by the sender)")
    assert quotes.names("errors") == ["a.csv.errors.csv"]


def test_a_file_that_disappears_before_it_is_fetched_fails(quotes: Drop) -> None:
    path = quotes.put("a.csv", TEXT)
    quotes.put("b.csv", TEXT)
    first, second = quotes.run(Disturbed(quotes, "fetch", lambda: path.unlink(missing_ok=True))).files
    assert (first.status, second.status) == (Status.FAILED, Status.IMPORTED_WITH_ERRORS)
    assert "a.csv" in str(first.file.error)
    assert quotes.run().files == []


def test_a_file_that_grows_while_it_is_fetched_is_imported_once_it_has_settled(quotes: Drop) -> None:
    path = quotes.put("a.csv", TEXT)

    def grow() -> None:
        with path.open("a") as file:
            file.write("C,1,won\n")

    (result,) = quotes.run(Disturbed(quotes, "fetch", grow)).files
    assert result.status is Status.FAILED
    assert "has changed since it was listed" in str(result.file.error)
    assert quotes.run().unsettled == ["a.csv"]
    (result,) = quotes.run().files
    assert counts(result) == {"read": 4, "created": 3, "rejected": 1}


@pytest.mark.parametrize(
    "error", [TransientError("no answer"), FileMissing("not there"), TargetExists("there already")]
)
def test_an_error_of_the_server_fails_the_file_and_not_the_next(quotes: Drop, error: Exception) -> None:
    happened: list[int] = []

    def fail_once() -> None:
        if not happened:
            happened.append(1)
            raise error

    quotes.put("a.csv", TEXT)
    quotes.put("b.csv", TEXT)
    first, second = quotes.run(Disturbed(quotes, "fetch", fail_once)).files
    assert (first.status, first.file.error, second.status) == (
        Status.FAILED,
        str(error),
        Status.IMPORTED_WITH_ERRORS,
    )
    assert [result.file.name for result in quotes.run().files] == ["a.csv"]


def test_a_refused_file_does_not_stop_the_next_and_is_where_its_sender_looks(quotes: Drop) -> None:
    quotes.put("a.csv", "quote_id\nA\n")
    quotes.put("b.csv", TEXT)
    first, second = quotes.run().files
    assert (first.status, first.file.error_code) == (Status.REFUSED, "missing_column")
    assert first.file.error == "The file has no column line_no, status, which every row needs. It has: quote_id."
    assert second.status is Status.IMPORTED_WITH_ERRORS
    assert (quotes.names("refused"), quotes.names("processed")) == (["a.csv"], ["b.csv"])
    assert counts(first) == {}


def test_nothing_is_loaded_from_a_file_with_an_unclosed_quote(quotes: Drop) -> None:
    quotes.imported("a.csv", csv("quote_id,line_no,status", ["A,1,won"]))
    rows = [f"Q{number},1,won" for number in range(60_000)]
    result = quotes.imported("b.csv", csv("quote_id,line_no,status", [*rows, 'X,1,"won', "Y,1,won"]))
    assert (result.status, result.file.error_code) == (Status.REFUSED, "unreadable")
    assert quotes.stored("quote_id") == [("A",)]
    assert quotes.rejects() == []


@pytest.mark.parametrize("name", ["a\nb.csv", "a\x1b[31m.csv", "a\x7f.csv"])
def test_a_name_with_control_characters_is_refused_and_renamed(quotes: Drop, name: str) -> None:
    result = quotes.imported(name, TEXT)
    assert (result.status, result.file.error_code) == (Status.REFUSED, "unsafe_name")
    assert str(result.file.error).isprintable()
    assert quotes.names("refused") == [f"file-{result.file.file_id}"]


def test_a_compressed_file_is_imported_and_archived_as_it_came(quotes: Drop) -> None:
    packed = gzip.compress(TEXT.encode())
    assert counts(quotes.imported("a.csv.gz", packed)) == {"read": 3, "created": 2, "rejected": 1}
    assert (quotes.names("processed"), quotes.names("errors")) == (["a.csv.gz"], ["a.csv.gz.errors.csv"])
    assert (quotes.folder / "processed" / "a.csv.gz").read_bytes() == packed


def test_a_truncated_compressed_file_is_refused(quotes: Drop) -> None:
    assert quotes.imported("a.csv.gz", gzip.compress(TEXT.encode())[:-9]).file.error_code == "unreadable"
    assert quotes.stored("1") == []


def test_the_same_content_again_is_a_warning(quotes: Drop) -> None:
    results = [quotes.imported(name, TEXT) for name in ("a.csv", "b.csv")]
    assert [result.file.warnings for result in results] == [{}, {"same_content": 1}]
    assert counts(results[1]) == {"read": 3, "unchanged": 2, "rejected": 1}
    assert quotes.imported("c.csv", TEXT.replace("won", "open")).file.warnings == {}
    assert quotes.imported("d.csv", TEXT).file.warnings == {}


def everything(drop: Drop) -> list[Any]:
    """Everything that a dry run must leave unchanged."""
    tables = drop.rows(
        "select schemaname, relname from pg_stat_user_tables where schemaname in ('raw', 'ops') order by 2"
    )
    return [
        tables,
        *(drop.rows(f"select * from {schema}.{table} order by 1") for schema, table in tables),
        sorted(str(path) for path in drop.root.rglob("*")),
    ]


@pytest.mark.parametrize("settle_seconds", [0, 60])
def test_a_dry_run_reports_everything_and_changes_nothing(quotes: Drop, settle_seconds: int) -> None:
    quotes.imported("0.csv", csv("quote_id,line_no,status", ["A,1,won"]))
    quotes.settle_seconds = settle_seconds
    quotes.put("a.csv", TEXT)
    quotes.put("b.csv", "quote_id\nA\n")
    quotes.put("c\n.csv", TEXT)
    before = everything(quotes)
    for _ in range(2):
        first, second, third = quotes.run(dry_run=True).files
        assert counts(first) == {"read": 3, "created": 1, "unchanged": 1, "rejected": 1}
        assert [(row.row_number, row.code) for row in first.rejected] == [(2, "not_in_set")]
        assert [second.file.error_code, third.file.error_code] == ["missing_column", "unsafe_name"]
    assert list(asdict(first.file)) == list(quotes.log()[0])
    assert everything(quotes) == before


def test_a_dry_run_reports_a_file_that_cannot_be_fetched(quotes: Drop) -> None:
    path = quotes.put("a.csv", TEXT)
    (result,) = quotes.run(Disturbed(quotes, "fetch", lambda: path.unlink(missing_ok=True)), dry_run=True).files
    assert result.status is Status.FAILED
    assert "a.csv" in str(result.file.error)


def test_a_processed_file_can_be_imported_again_by_its_name(quotes: Drop) -> None:
    quotes.imported("a.csv", TEXT)
    quotes.execute("delete from raw.quotes where quote_id = 'A'")
    (result,) = quotes.run(names=["a.csv"]).files
    assert counts(result) == {"read": 3, "created": 1, "unchanged": 1, "rejected": 1}
    assert result.file.archived_to == "quotes/processed/a.csv"
    assert quotes.names("processed") == ["a.csv"]
    assert quotes.run().files == []


def test_a_refused_file_imported_again_moves_to_processed(quotes: Drop) -> None:
    lines = [f"Q{number},1,{'bad' if number else 'won'}" for number in range(20)]
    assert quotes.imported("a.csv", csv("quote_id,line_no,status", lines)).status is Status.REFUSED
    (again,) = quotes.run(names=["a.csv"]).files
    assert (again.status, again.file.archived_to) == (Status.REFUSED, "quotes/refused/a.csv")
    (forced,) = quotes.run(names=["a.csv"], force=True).files
    assert (forced.status, forced.file.archived_to) == (Status.IMPORTED_WITH_ERRORS, "quotes/processed/a.csv")
    assert (quotes.names("refused"), quotes.names("processed")) == ([], ["a.csv"])


def test_a_file_asked_for_by_name_is_imported_as_it_is_now(quotes: Drop) -> None:
    quotes.settle_seconds = 600
    quotes.put("a.csv", TEXT)
    assert quotes.run().unsettled == ["a.csv"]
    quotes.put("a.csv", TEXT + "C,1,won\n")
    (result,) = quotes.run(names=["a.csv"]).files
    assert counts(result) == {"read": 4, "created": 3, "rejected": 1}
    assert len(quotes.log()) == 1


def test_a_name_that_is_nowhere_is_an_error(quotes: Drop) -> None:
    with pytest.raises(PermanentError, match=r"no file 'b\.csv' in quotes/"):
        quotes.run(names=["b.csv"])


def test_files_of_this_machine_are_imported_and_stay(quotes: Drop, tmp_path: Path) -> None:
    quotes.put("a.csv", TEXT)
    quotes.run()
    path = tmp_path / "mine.csv"
    path.write_text(TEXT.replace("bad", "open"))
    mine, again = quotes.run(local=[path], names=["a.csv"]).files
    assert counts(mine) == {"read": 3, "created": 1, "unchanged": 2}
    assert (mine.file.path, mine.file.archived_to) == (str(path), str(path))
    assert counts(again) == {"read": 3, "unchanged": 2, "rejected": 1}
    assert path.exists()
    with pytest.raises(FileMissing, match=r"nowhere\.csv"):
        quotes.run(local=[tmp_path / "nowhere.csv"])


def test_simultaneous_imports_of_an_entity_all_succeed(quotes: Drop) -> None:
    for number in range(8):
        quotes.put(f"{number}.csv", csv("quote_id,line_no,status", [f"{number},{line},won" for line in range(200)]))
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=quotes.run) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert len(quotes.stored("1")) == 1600
    assert [(file["status"], file["rows_created"]) for file in quotes.log()] == [("imported", 200)] * 8
    assert len(quotes.names("processed")) == 8


class Disconnected(NoProgress):
    """Ends the import's connection to the database once rows have been read."""

    def __init__(self, url: str) -> None:
        self._url = url

    def file_advanced(self, bytes_fetched: int, rows_read: int) -> None:
        if rows_read:
            with psycopg.connect(self._url, autocommit=True) as connection:
                connection.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity"
                    " where datname = current_database() and pid <> pg_backend_pid()"
                )


def test_a_lost_connection_to_the_database_is_reported_and_the_next_run_continues(quotes: Drop) -> None:
    quotes.put("a.csv", TEXT)
    with pytest.raises(WarehouseError, match="The connection to the database was lost"):
        quotes.run(progress=Disconnected(quotes.warehouse.url))
    assert quotes.stored("1") == []
    (result,) = quotes.run().files
    assert (counts(result), result.file.attempts) == ({"read": 3, "created": 2, "rejected": 1}, 2)


class Recorded(NoProgress):
    def __init__(self) -> None:
        self.events: list[Any] = []

    def file_started(self, name: str, position: int, total: int, size_bytes: int) -> None:
        self.events.append((name, position, total, size_bytes))

    def file_finished(self, result: FileResult) -> None:
        self.events.append(result.status)


def test_progress_is_reported_for_each_file(quotes: Drop) -> None:
    quotes.put("a.csv", TEXT)
    quotes.put("b.csv", "x\n")
    progress = Recorded()
    quotes.run(progress=progress)
    assert progress.events == [
        ("a.csv", 1, 2, len(TEXT)),
        Status.IMPORTED_WITH_ERRORS,
        ("b.csv", 2, 2, 2),
        Status.REFUSED,
    ]


def test_a_result_has_the_ledgers_columns_and_at_most_fifty_rejected_rows(quotes: Drop) -> None:
    lines = [f"Q{number},1,bad" for number in range(60)]
    result = quotes.imported("a.csv", csv("quote_id,line_no,status", lines), force=True)
    assert asdict(result.file) == quotes.log()[0]
    assert [row.row_number for row in result.rejected] == list(range(1, 51))
    assert json.loads(json.dumps(asdict(result.file), default=str))["rows_rejected"] == 60
