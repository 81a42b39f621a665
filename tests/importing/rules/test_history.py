"""The history of due documents when one list after the other is imported, with no build of the marts in between."""

from typing import Any

import pytest

from tests.importing.drop import counts
from tests.importing.rules.imports import Imports

HEADER = "doc_id,doc_type,customer_id,issued_on,due_on,amount,currency,open_amount,settled_on,is_disputed"
OTHERS = [f"{name},invoice,C1,2025-01-01,2025-02-01,10,EUR,10,,0" for name in ("A", "B", "C", "D")]


def doc(open_amount: int, settled_on: str = "", is_disputed: int = 0) -> str:
    return f"D1,invoice,C1,2025-01-01,2025-02-01,100,EUR,{open_amount},{settled_on},{is_disputed}"


def take(imports: Imports, day: int, *rows: str, **options: Any) -> int:
    """Imports a list of these rows and those that never change; returns the id of its file."""
    file_id = imports("due_docs", day, HEADER, *rows, *OTHERS, **options).file.file_id
    assert isinstance(file_id, int)
    return file_id


def versions(imports: Imports) -> list[tuple[Any, ...]]:
    """What was kept: the open amount, whether it was settled or deleted, and by which file; only D1 ever changes."""
    return imports.drop.rows(
        """
        select open_amount, settled_on is not null, _deleted_at is not null, _file_id
        from raw.due_docs_history order by _version_id
        """
    )


def now(imports: Imports) -> list[tuple[Any, ...]]:
    return imports.stored(
        "due_docs",
        "open_amount",
        "settled_on is not null",
        "_deleted_at is not null",
        "_file_id",
        where="doc_id = 'D1'",
    )


def test_three_lists_at_once_leave_all_states(imports: Imports) -> None:
    folder = imports.drop.of("due_docs", pattern="{date}*")
    for day, row in ((1, doc(100)), (2, doc(40)), (3, doc(0, "2025-01-03"))):
        folder.put(f"2025-01-{day:02}.csv", "\n".join([HEADER, row, *OTHERS]) + "\n")
    first, second, third = (file.file.file_id for file in folder.run().files)

    assert versions(imports) == [(100, False, False, first), (40, False, False, second)]
    assert now(imports) == [(0, True, False, third)]


def test_a_list_that_changes_nothing_adds_no_history(imports: Imports) -> None:
    for day in (1, 2, 3):
        take(imports, day, doc(100))
    assert versions(imports) == []


def test_a_corrected_list_of_the_same_day_leaves_what_it_corrects(imports: Imports) -> None:
    first = take(imports, 1, doc(100))
    second = take(imports, 1, doc(90), name="2025-01-01_again.csv")
    assert versions(imports) == [(100, False, False, first)]
    assert now(imports) == [(90, False, False, second)]


def test_a_document_that_disappears_and_returns_was_deleted_in_between(imports: Imports) -> None:
    first = take(imports, 1, doc(100))
    second = take(imports, 2)
    third = take(imports, 3, doc(100))
    assert versions(imports) == [(100, False, False, first), (100, False, True, second)]
    assert now(imports) == [(100, False, False, third)]


def test_a_document_is_disputed_in_between(imports: Imports) -> None:
    for day, disputed in ((1, 0), (2, 1), (3, 0)):
        take(imports, day, doc(100, is_disputed=disputed))
    kept = imports.drop.rows("select is_disputed from raw.due_docs_history order by _version_id")
    assert kept == [(False,), (True,)]


def test_an_older_list_leaves_nothing_unless_it_is_forced(imports: Imports) -> None:
    take(imports, 1, doc(100))
    third = take(imports, 3, doc(40))
    take(imports, 2, doc(70))
    assert [open_amount for open_amount, *_ in versions(imports)] == [100]
    second = take(imports, 2, doc(70), name="2025-01-02_again.csv", force=True)
    assert versions(imports)[1:] == [(40, False, False, third)]
    assert now(imports) == [(70, False, False, second)]


def test_a_dry_run_and_a_refused_list_leave_nothing(imports: Imports) -> None:
    take(imports, 1, doc(100))
    refused = imports("due_docs", 2, HEADER, doc(40))
    imports("due_docs", 3, HEADER, doc(40), *OTHERS, dry_run=True)
    assert refused.file.error_code == "shrink_guard"
    assert versions(imports) == []


@pytest.mark.parametrize("mode", ["upsert", "snapshot"])
def test_many_changes_at_once_are_all_kept(imports: Imports, mode: str) -> None:
    def rows(open_amount: int) -> list[str]:
        return [f"N{n},invoice,C1,2025-01-01,2025-02-01,100,EUR,{open_amount},,0" for n in range(3000)]

    imports("due_docs", 1, HEADER, *rows(100), mode=mode)
    imports("due_docs", 2, HEADER, *rows(100)[:-1], rows(90)[-1], mode=mode)
    done = imports("due_docs", 3, HEADER, *rows(40), mode=mode)
    assert counts(done) == {"read": 3000, "updated": 3000}
    kept = "select open_amount, count(*), count(distinct doc_id) from raw.due_docs_history group by 1 order by 1"
    assert imports.drop.rows(kept) == [(90, 1, 1), (100, 3000, 3000)]
