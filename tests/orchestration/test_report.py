"""How Dagster shows an import."""

from datetime import UTC, datetime
from typing import Any

import dagster as dg
import pytest

from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.importing.ledger import table as ledger
from wiseparts_pipeline.importing.ledger.outcome import Counts, Outcome, Status
from wiseparts_pipeline.importing.ledger.rows import LedgerFile
from wiseparts_pipeline.importing.rejects import RejectedRow
from wiseparts_pipeline.importing.results import FileResult
from wiseparts_pipeline.orchestration import report

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
RAW = dg.AssetKey(["raw", "sales"])


def result(name: str, status: Status, *, rejected: int = 0, error: str | None = None, **counts: Any) -> FileResult:
    row = RejectedRow(1, 2, "I1", "quantity", "not_a_number", "'x' is not a number", "x")
    outcome = Outcome(status, Counts(rejected=rejected, **counts), error=error)
    file = LedgerFile(7, "sales", "erp", f"Sales/{name}", name, 10, NOON, None, None, Status.DETECTED, 0, NOON)
    return FileResult(ledger.unwritten_row(file, "sales", outcome, None), [row] * min(rejected, 50))


def test_the_counts_of_all_files_are_summed_up_as_integers() -> None:
    files = [result("a.csv", Status.IMPORTED, read=3, created=3), result("b.csv", Status.IMPORTED, read=2, unchanged=2)]
    metadata = report.metadata(files)
    assert {name: metadata[name] for name in ("files", "rows_read", "rows_created", "rows_unchanged")} == {
        "files": 2,
        "rows_read": 5,
        "rows_created": 3,
        "rows_unchanged": 2,
    }


def test_each_file_has_a_line_with_its_outcome() -> None:
    lines = report.markdown(
        [
            result("a.csv", Status.IMPORTED, read=3, created=3),
            result("b|c.csv", Status.REFUSED, error="There is no column\ninvoice_id."),
        ]
    ).splitlines()
    assert lines[2:] == [
        "| a.csv | imported | 3 | 3 | 0 | 0 | 0 | 0 | 0 | 0 |  |",
        r"| b\|c.csv | refused | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | There is no column invoice_id. |",
    ]


def test_warnings_are_put_into_words() -> None:
    file = result("a.csv", Status.IMPORTED, read=3, unchanged=3)
    file.file.warnings.update(stale=2, not_deleted=1)
    assert (
        report.markdown([file])
        .splitlines()[-1]
        .endswith(
            "| 2 rows are older than what is stored, which was kept; "
            "1 record that is not in the file was kept, as a rejected row may be about it |"
        )
    )


def test_deleted_and_released_rows_are_reported() -> None:
    files = [result("a.csv", Status.IMPORTED, read=2, created=2, deleted=4), result("b.csv", Status.IMPORTED)]
    files[0].released, files[1].released = {"inventory": 3, "orders": 1}, {"inventory": 2}
    metadata = report.metadata(files)
    assert metadata["rows_deleted"] == 4
    assert (metadata["released_rows_of_inventory"], metadata["released_rows_of_orders"]) == (5, 1)


def test_at_most_50_rejected_rows_are_shown() -> None:
    table = report.rejected_rows_table([result(f"{n}.csv", Status.IMPORTED_WITH_ERRORS, rejected=40) for n in range(3)])
    assert len(table.records) == 50
    assert table.records[40].data["file"] == "1.csv"


def test_rejected_rows_are_a_warning_and_a_refused_file_is_an_error() -> None:
    checks = report.check_results(
        RAW,
        [
            result("a.csv", Status.IMPORTED_WITH_ERRORS, read=2, rejected=1),
            result("b.csv", Status.REFUSED, error="Empty."),
        ],
    )
    assert [(check.check_name, check.passed, check.severity) for check in checks] == [
        ("rejected_rows", False, dg.AssetCheckSeverity.WARN),
        ("refused_files", False, dg.AssetCheckSeverity.ERROR),
    ]


@pytest.mark.parametrize(
    ("rejected", "waiting", "description"),
    [
        (2, 0, "2 rows were rejected"),
        (0, 1, "1 row waits for what it refers to"),
        (1, 2, "1 row was rejected; 2 rows wait for what they refer to"),
    ],
)
def test_the_check_of_rejected_rows_reports_deferred_rows_as_well(
    rejected: int, waiting: int, description: str
) -> None:
    check, _ = report.check_results(
        RAW, [result("a.csv", Status.IMPORTED_WITH_ERRORS, rejected=rejected, waiting=waiting)]
    )
    assert (check.passed, check.description) == (False, description)


def test_files_without_faults_pass_both_checks() -> None:
    assert all(check.passed for check in report.check_results(RAW, [result("a.csv", Status.IMPORTED, read=1)]))


@pytest.mark.parametrize("entity", ENTITIES)
def test_the_ui_shows_every_column_of_the_table(entity: str) -> None:
    schema = report.column_schema(ENTITIES[entity])
    assert [column.name for column in schema.columns] == [column.name for column in ENTITIES[entity].table_columns]
