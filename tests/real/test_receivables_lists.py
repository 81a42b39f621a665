"""Accounts receivable as full snapshots: what a later list omits is settled, and a truncated list is refused."""

from itertools import islice
from pathlib import Path

import pytest

from tests.real.harness import DATA, Harness
from wiseparts_pipeline.importing.results import FileResult, ImportOptions

DATA_SET = "accounts_receivable"
SHORT, LONG = ("WA_Fn-UseC_-Accounts-Receivable.csv", "WA_Fn-UseC_-Accounts-Receivable_with_missing.csv")


@pytest.fixture
def receivables(harness: Harness) -> Harness:
    """Nothing imported."""
    with harness.warehouse.connect() as connection:
        connection.execute("truncate raw.due_docs, raw.due_docs_history, ops.import_files, ops.rejected_entries")
    return harness


def take(receivables: Harness, path: Path, options: ImportOptions | None = None) -> FileResult:
    receivables.drop("Receivables", [path])
    (done,) = receivables.run("due_docs", options).files
    return done


def listed(receivables: Harness) -> int:
    ((count,),) = receivables.query("select count(*) from raw.due_docs where _deleted_at is null")
    assert isinstance(count, int)
    return count


def cut_short(folder: Path, rows: int) -> Path:
    path = folder / "WA_Fn-UseC_-Accounts-Receivable_cut.csv"
    with (DATA / DATA_SET / LONG).open(encoding="utf-8") as file:
        path.write_text("".join(islice(file, rows + 1)), encoding="utf-8")
    return path


def test_a_longer_list_deletes_nothing(receivables: Harness) -> None:
    take(receivables, DATA / DATA_SET / SHORT)
    second = take(receivables, DATA / DATA_SET / LONG)

    assert (second.file.rows_created, second.file.rows_deleted) == (120, 0)
    assert listed(receivables) == 2586


def test_what_the_next_list_omits_is_deleted_and_restored_by_a_later_one(receivables: Harness) -> None:
    take(receivables, DATA / DATA_SET / LONG)
    second = take(receivables, DATA / DATA_SET / SHORT)
    left = listed(receivables)
    third = take(receivables, DATA / DATA_SET / LONG)

    assert (second.file.rows_unchanged, second.file.rows_deleted, left) == (2466, 120, 2466)
    assert (third.file.rows_updated, third.file.rows_deleted, listed(receivables)) == (120, 0, 2586)


def test_deleted_documents_stay_in_the_history_with_nothing_open(receivables: Harness) -> None:
    take(receivables, DATA / DATA_SET / LONG)
    take(receivables, DATA / DATA_SET / SHORT)
    receivables.dbt.build("--select", "+fct_due_docs")

    counts = receivables.query(
        """
        select is_deleted, count(*), count(left_on), count(*) filter (where is_open),
            sum(last_open_amount) - sum(open_amount)
        from marts.fct_due_docs group by 1 order by 1
        """
    )
    open_, lost = receivables.query(
        "select count(*), coalesce(sum(open_amount), 0) from raw.due_docs where _deleted_at is not null"
    )[0]
    assert [(deleted, rows, left) for deleted, rows, left, *_ in counts] == [(False, 2466, 0), (True, 120, 120)]
    assert (counts[1][3], counts[1][4]) == (0, lost)
    assert open_ == 120


def test_a_truncated_list_is_refused_with_advice(receivables: Harness, tmp_path: Path) -> None:
    take(receivables, DATA / DATA_SET / LONG)
    refused = take(receivables, cut_short(tmp_path, 1000))

    assert (refused.file.status, refused.file.error_code) == ("refused", "shrink_guard")
    assert refused.file.error == (
        "The file lacks 1586 of the 2586 records of receivables, more than 30 %; nothing was loaded."
        " If it is complete, import it with --force; if not, send it whole."
    )
    assert listed(receivables) == 2586


def test_a_deliberately_short_list_is_imported_with_force(receivables: Harness, tmp_path: Path) -> None:
    take(receivables, DATA / DATA_SET / LONG)
    path = cut_short(tmp_path, 1000)
    take(receivables, path)
    taken = take(receivables, path, ImportOptions(names=[path.name], force=True))

    assert (taken.file.rows_deleted, listed(receivables)) == (1586, 1000)
