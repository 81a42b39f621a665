"""An exception that nobody foresaw is that of the file that brings it about: the others go on, and it is told."""

import stat
from typing import Any

import pytest

from tests.importing.drop import Drop, counts, csv
from wiseparts_pipeline.cli.commands.import_ import exit_status
from wiseparts_pipeline.errors import ConfigurationError, WarehouseError
from wiseparts_pipeline.importing import engine, service
from wiseparts_pipeline.importing.discovery import selection
from wiseparts_pipeline.importing.discovery.problems import ProblemKind
from wiseparts_pipeline.importing.importer import Importer
from wiseparts_pipeline.importing.ledger.outcome import Status
from wiseparts_pipeline.importing.results import ImportOptions, NoProgress
from wiseparts_pipeline.importing.service import import_files
from wiseparts_pipeline.importing.validation.validator import Validator

GOOD = csv("quote_id,line_no,status", ["A,1,won"])
BAD = csv("quote_id,line_no,status", ["A,1,won", "BOOM,1,won"])


@pytest.fixture
def quotes(drop: Drop) -> Drop:
    return drop.of("quotes", columns={"quoted_on": {"constant": "2025-01-31"}, "currency": {"constant": "EUR"}})


def raise_at(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """A fault of the program in the rows of a file with BOOM in it."""
    validate = Validator.validate

    def fail(self: Validator, batch: Any) -> Any:
        if "BOOM" in batch.columns["quote_id"].to_pylist():
            raise error
        return validate(self, batch)

    monkeypatch.setattr(Validator, "validate", fail)


@pytest.mark.parametrize("error", [RecursionError("too deep"), KeyError("x"), MemoryError(), AssertionError("1 of 2")])
def test_the_file_fails_and_the_next_is_imported(
    quotes: Drop, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    quotes.put("a.csv", BAD)
    quotes.put("b.csv", GOOD)
    raise_at(monkeypatch, error)
    first, second = quotes.run().files
    assert (first.status, first.file.error_code, second.status) == (Status.FAILED, "program_fault", Status.IMPORTED)
    assert (quotes.stored("quote_id"), quotes.names(), counts(first)) == ([("A",)], ["a.csv"], {})
    message = str(first.file.error)
    assert message.startswith("Nothing of it was loaded because of a fault of")
    assert type(error).__name__ in message
    assert "Traceback" not in message
    assert "\n" not in message
    assert [result.file.name for result in quotes.run().files] == ["a.csv"]


def test_the_message_names_the_log_that_has_the_traceback(quotes: Drop, monkeypatch: pytest.MonkeyPatch) -> None:
    raise_at(monkeypatch, ValueError("what\nnobody \ud800 foresaw"))
    result = quotes.imported("a.csv", BAD)
    (log,) = (quotes.root.parent / "home" / "logs").iterdir()
    assert f"Its traceback is in {log}:" in str(result.file.error)
    written = log.read_text()
    assert "import of quotes/a.csv" in written
    assert "ValueError: what\nnobody \\ud800 foresaw" in written
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert stat.S_IMODE(log.parent.stat().st_mode) == 0o700


def test_a_dry_run_tells_it_too(quotes: Drop, monkeypatch: pytest.MonkeyPatch) -> None:
    quotes.put("a.csv", BAD)
    quotes.put("b.csv", GOOD)
    raise_at(monkeypatch, RecursionError("too deep"))
    first, second = quotes.run(dry_run=True).files
    assert (first.status, first.file.error_code, second.status) == (Status.FAILED, "program_fault", Status.IMPORTED)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(1)])
def test_who_ends_the_program_ends_the_import(
    quotes: Drop, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    quotes.put("a.csv", BAD)
    quotes.put("b.csv", GOOD)
    raise_at(monkeypatch, error)
    with pytest.raises(type(error)):
        quotes.run()
    assert [(file["name"], file["status"]) for file in quotes.log()] == [("a.csv", "failed"), ("b.csv", "detected")]


def test_a_fault_after_the_commit_leaves_the_file_imported_and_in_its_folder(
    quotes: Drop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise UnicodeEncodeError("utf-8", "x", 0, 1, "what nobody foresaw")

    quotes.put("a.csv", BAD.replace("BOOM", "B"))
    quotes.put("b.csv", GOOD)
    with monkeypatch.context() as patched:
        patched.setattr(engine, "archive", fail)
        first, _ = quotes.run().files
    assert first.status is Status.IMPORTED
    assert str(first.file.error).startswith("It is still in its folder: a fault of the program (UnicodeEncodeError:")
    assert [result.file.error for result in quotes.run().files] == [None, None]
    assert quotes.names("processed") == ["a.csv", "b.csv"]


def of(drop: Drop) -> Importer:
    return Importer(drop.importer, drop.source, ())


def test_a_fault_while_files_are_looked_for_is_that_importers(
    quotes: Drop, drop: Drop, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = drop.of("sales_reps")
    quotes.put("a.csv", GOOD)
    pending = selection.pending_files

    def fail(importer: Importer, *rest: Any, **options: Any) -> Any:
        if importer.settings.entity == "sales_reps":
            raise ValueError("what nobody foresaw")
        return pending(importer, *rest, **options)

    monkeypatch.setattr(engine, "pending_files", fail)
    result = import_files(
        [of(orders), of(quotes)], quotes.warehouse, ImportOptions(), progress=NoProgress(), finished=lambda *_: None
    )
    assert [file.status for file in result.files] == [Status.IMPORTED]
    (problem,) = result.problems
    assert problem.kind is ProblemKind.PROGRAM_FAULT
    assert str(problem).startswith("sales_reps: its files could not be looked for because of a fault of the program")
    assert exit_status(result) == 1


@pytest.mark.parametrize("error", [WarehouseError("lost"), ConfigurationError("wrong")])
def test_what_concerns_all_importers_ends_the_import(
    quotes: Drop, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: Any) -> None:
        raise error

    monkeypatch.setattr(service, "run_import", fail)
    with pytest.raises(type(error)):
        import_files([of(quotes)], quotes.warehouse, ImportOptions(), progress=NoProgress(), finished=lambda *_: None)
