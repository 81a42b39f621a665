"""Importers of several folders: by `*`, or by a date that is the name of the folder."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.importing.drop import Drop, counts
from wiseparts_pipeline.config.file_names import OWN_FOLDERS
from wiseparts_pipeline.config.files.folder_names import FolderNames
from wiseparts_pipeline.config.importer import ImporterSettings

TEXT = "collection_id,name\nW,Winter\n"


def put(drop: Drop, path: str, content: str = TEXT) -> Path:
    file = drop.root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content)
    return file


def of(drop: Drop, folder: str, **attributes: Any) -> Drop:
    return drop.of("collections", folder=folder, **attributes)


def pending(drop: Drop, *others: ImporterSettings) -> list[str]:
    return [file.path for file in drop.discovered(others).pending[drop.importer.name]]


@pytest.mark.parametrize(
    ("folder", "date_format", "read", "not_read"),
    [
        ("Sales", "%Y", ["Sales"], ["Sales/x", "sales", ""]),
        ("Sales/*", "%Y", ["Sales/a", "Sales/b c"], ["Sales", "Sales/a/b", "Sales/processed", "Sales/errors", "x/a"]),
        ("*/in", "%Y", ["a/in"], ["in", "refused/in", "a/in/processed"]),
        ("Stock/{date}", "%Y-%m-%d", ["Stock/2026-01-31"], ["Stock/2026-02-31", "Stock/archive", "Stock"]),
        ("{date}/Stock", "%Y/%m/%d", ["2026/01/31/Stock"], ["2026/13/31/Stock", "2026/01/Stock", "2026-01-31/Stock"]),
        ("S/n-{date}-*", "%d%m%y", ["S/n-310126-x"], ["S/n-310226-x", "S/310126"]),
        ("errors/*", "%Y", ["errors/a"], ["errors/errors"]),
        ("Sales [1]?", "%Y", ["Sales [1]?"], ["Sales 1x"]),
    ],
)
def test_a_folder_may_have_wildcards_and_a_date(
    folder: str, date_format: str, read: list[str], not_read: list[str]
) -> None:
    names = FolderNames(folder, date_format)
    assert [each for each in (*read, *not_read) if names.matches(each)] == read


@given(st.dates(min_value=date(2000, 1, 1)), st.sampled_from(["%Y-%m-%d", "%Y/%m/%d", "%Y/w%m%d"]))
def test_the_date_of_a_folder_is_that_in_its_name(day: date, date_format: str) -> None:
    names = FolderNames("Stock/*/{date}", date_format)
    folder = f"Stock/north/{day.strftime(date_format)}"
    found = names.named_time(folder)
    assert found is not None
    assert (found.date(), names.matches(folder)) == (day, True)
    assert not any(names.matches(f"{folder}/{own}") for own in OWN_FOLDERS)


def test_files_are_archived_beside_where_they_were(drop: Drop) -> None:
    collections = of(drop, "Sales/*")
    for place in ("north", "south"):
        put(collections, f"Sales/{place}/a.csv", TEXT.replace("W", place[0]) + ",Nameless\n")
    results = collections.run().files
    assert [result.file.archived_to for result in results] == [f"Sales/{x}/processed/a.csv" for x in ("north", "south")]
    assert [result.file.error_file for result in results] == [
        f"Sales/{x}/errors/a.csv.errors.csv" for x in ("north", "south")
    ]
    assert pending(collections) == []
    assert collections.run().files == []


def test_the_folders_of_importers_themselves_are_never_read(drop: Drop) -> None:
    collections = of(drop, "Sales/*")
    for folder in ("processed", "refused", "errors", "north", "north/processed", ".hidden"):
        put(collections, f"Sales/{folder}/{len(folder)}.csv")
    put(collections, "Sales/a.csv")
    assert pending(collections) == ["Sales/north/5.csv"]


def test_files_go_by_the_date_of_their_folder_then_by_the_moment_in_it(drop: Drop) -> None:
    collections = of(drop, "Stock/{date}", date_format="%Y%m%d_%H%M")
    for folder in ("20260102_0900", "20260101_1800", "20260101_0900", "other"):
        put(collections, f"Stock/{folder}/a.csv")
    found = collections.discovered().pending["collections"]
    assert [file.path for file in found] == [
        f"Stock/{folder}/a.csv" for folder in ("20260101_0900", "20260101_1800", "20260102_0900")
    ]
    assert [(str(file.file_date), file.file_moment.hour) for file in found if file.file_moment] == [
        ("2026-01-01", 9),
        ("2026-01-01", 18),
        ("2026-01-02", 9),
    ]


def test_an_older_folder_does_not_overwrite_a_newer_one(drop: Drop) -> None:
    collections = of(drop, "Stock/{date}", pattern="list.csv")
    for day, name in (("2026-01-02", "New"), ("2026-01-01", "Old")):
        put(collections, f"Stock/{day}/list.csv", TEXT.replace("Winter", name))
        collections.run()
    assert collections.stored("name") == [("New",)]
    assert collections.log()[-1]["warnings"] == {"stale": 1}


def test_a_file_in_a_folder_dated_after_tomorrow_is_refused(drop: Drop) -> None:
    collections = of(drop, "Stock/{date}")
    put(collections, "Stock/2999-01-01/a.csv")
    (result,) = collections.run().files
    assert (result.file.error_code, result.file.archived_to) == ("future_date", "Stock/2999-01-01/refused/a.csv")


def test_the_date_in_a_files_name_counts_before_that_of_its_folder(drop: Drop) -> None:
    collections = of(drop, "Stock/{date}", pattern="S_{date}.csv")
    put(collections, "Stock/2026-01-02/S_2026-01-01.csv")
    (file,) = collections.discovered().pending["collections"]
    assert str(file.file_date) == "2026-01-01"


def test_an_error_file_corrects_the_file_of_its_own_folder(drop: Drop) -> None:
    collections = of(drop, "Sales/*")
    for place in ("north", "south"):
        put(collections, f"Sales/{place}/a.csv", f"collection_id,name\n{place},\n")
    collections.run()
    for place in ("south", "north"):
        name = "a.csv.errors.csv"
        content = (drop.root / f"Sales/{place}/errors/{name}").read_text()
        put(collections, f"Sales/{place}/{name}", content.replace(f"{place},,", f"{place},Name,"))
        (result,) = collections.run().files
        assert counts(result) == {"read": 1, "created": 1}
        files = {row["file_id"]: row["path"] for row in collections.log()}
        query = "select file_id from ops.rejected_rows where resolved_by_file_id = %s"
        ((corrected,),) = collections.rows(query, result.file.file_id)
        assert files[corrected] == f"Sales/{place}/a.csv"


def test_a_file_is_asked_for_by_its_name_or_with_its_folder(drop: Drop) -> None:
    collections = of(drop, "Sales/*")
    for path in ("north/a.csv", "south/a.csv", "south/processed/b.csv"):
        put(collections, f"Sales/{path}")
    assert [result.file.path for result in collections.run(names=["b.csv"]).files] == ["Sales/south/processed/b.csv"]
    with pytest.raises(Exception, match="is in several folders; say which is meant, such as Sales/north/a"):
        collections.run(names=["a.csv"])
    (result,) = collections.run(names=["Sales/south/a.csv"]).files
    assert result.file.archived_to == "Sales/south/processed/a.csv"


def test_a_folder_that_is_removed_takes_its_files_with_it(drop: Drop) -> None:
    collections = of(drop, "Sales/*")
    path = put(collections, "Sales/north/a.csv")
    assert pending(collections) == ["Sales/north/a.csv"]
    path.unlink()
    path.parent.rmdir()
    assert pending(collections) == []
    assert collections.log() == []


def test_a_missing_base_is_reported(drop: Drop) -> None:
    collections = of(drop, "Nowhere/*")
    (problem,) = collections.discovered().problems
    assert (problem.path, problem.kind) == ("Nowhere/*/", "missing_folder")


def test_a_file_that_two_importers_reach_by_different_folders_is_left_and_reported(drop: Drop) -> None:
    every = of(drop, "Sales/*")
    one = drop.of("quotes", folder="Sales/north").importer
    put(every, "Sales/north/a.csv")
    put(every, "Sales/south/a.csv")
    found = every.discovered([one])
    assert [file.path for file in found.pending["collections"]] == ["Sales/south/a.csv"]
    assert "'Sales/north/a.csv' fits the patterns of several importers (collections, quotes)" in str(found.problems[0])


def test_companions_are_those_of_the_same_folder(drop: Drop) -> None:
    lines = of(drop, "In/*", pattern="L.csv", join=[{"pattern": "H.csv", "on": {"h": "h"}}])
    for place, name in (("a", "Winter"), ("b", "Summer")):
        put(lines, f"In/{place}/L.csv", f"collection_id,h\n{place},1\n")
        put(lines, f"In/{place}/H.csv", f"h,name\n1,{name}\n")
    put(lines, "In/c/L.csv", "collection_id,h\nc,1\n")
    result = lines.run()
    assert [counts(file) for file in result.files] == [{"read": 1, "created": 1}] * 2
    assert lines.stored("collection_id", "name") == [("a", "Winter"), ("b", "Summer")]
    assert result.incomplete == ["L.csv waits for H.csv"]
    assert sorted(path.name for path in (drop.root / "In/a/processed").iterdir()) == ["H.csv", "L.csv"]


def test_lists_of_one_day_in_different_folders_delete_nothing_of_each_other(drop: Drop) -> None:
    stock = drop.of("inventory", folder="S/*/{date}", references={"sku": "warn"})
    for place in ("n", "s"):
        rows = "".join(f"{place}{sku},{place},1\n" for sku in range(4))
        put(stock, f"S/{place}/2026-01-01/stock.csv", f"sku,warehouse_id,quantity_available\n{rows}")
    first, second = stock.run().files
    assert (first.status, second.file.error_code, second.file.rows_deleted) == ("imported", "shrink_guard", 0)
    assert "snapshot_within" in str(second.file.error)


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"folder": "{date}/{date}"}, "may have one"),
        ({"folder": "{date}", "date_format": "x"}, "is not a date format"),
        ({"folder": "a", "date_format": "%Y/%m/%d"}, "has a '/', so {date} can only be in `folder`"),
        ({"folder": "{date}", "pattern": "{date}.csv", "date_format": "%Y/%m"}, "can only be in `folder`"),
    ],
)
def test_a_folder_that_cannot_work_is_an_error(attributes: dict[str, str], expected: str) -> None:
    with pytest.raises(ValueError, match=expected.replace("{", r"\{")):
        ImporterSettings.model_validate({"entity": "sales", "source": "erp", "pattern": "*"} | attributes)
