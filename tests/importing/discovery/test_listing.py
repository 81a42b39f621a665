"""Which files are pending: the ledger decides, not the clock or the name alone."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.importing.drop import Drop, counts
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.importing.discovery.listing import Discovery
from wiseparts_pipeline.importing.discovery.retries import next_attempt
from wiseparts_pipeline.importing.engine import run_import
from wiseparts_pipeline.importing.importer import Importer
from wiseparts_pipeline.importing.ledger.outcome import Status
from wiseparts_pipeline.importing.ledger.table import lock_name
from wiseparts_pipeline.transport import connect
from wiseparts_pipeline.warehouse.locks import only_one

TEXT = "collection_id,name\nW,Winter\n"


@pytest.fixture
def collections(drop: Drop) -> Drop:
    return drop.of("collections")


def names(drop: Drop) -> tuple[list[str], list[str]]:
    """The pending and the unsettled files."""
    found = drop.discovered()
    name = drop.importer.name
    return [file.name for file in found.pending[name]], [file.name for file in found.unsettled[name]]


def ready(found: Discovery) -> list[str]:
    """The files that are imported without anyone asking for it."""
    return [file.name for file in found.ready("collections")]


def let_pass(drop: Drop, seconds: int) -> None:
    drop.execute(f"update ops.import_files set detected_at = detected_at - interval '{seconds} seconds'")


def test_a_file_is_pending_once_its_size_and_time_have_settled(collections: Drop) -> None:
    collections.settle_seconds = 10
    collections.put("a.csv", TEXT, datetime(2001, 1, 1, tzinfo=UTC))
    assert names(collections) == ([], ["a.csv"])
    let_pass(collections, 9)
    assert names(collections) == ([], ["a.csv"])
    let_pass(collections, 2)
    assert names(collections) == (["a.csv"], [])


@pytest.mark.parametrize("change", ["size", "time"])
def test_a_file_that_changes_has_to_settle_again(collections: Drop, change: str) -> None:
    collections.settle_seconds = 10
    collections.put("a.csv", TEXT, datetime(2025, 1, 1, tzinfo=UTC))
    names(collections)
    let_pass(collections, 60)
    longer = TEXT + ("S,Summer\n" if change == "size" else "")
    # Even to an earlier time: some senders set the time of the original.
    collections.put("a.csv", longer, datetime(2025 if change == "size" else 2024, 1, 1, tzinfo=UTC))
    assert names(collections) == ([], ["a.csv"])
    let_pass(collections, 60)
    assert names(collections) == (["a.csv"], [])
    assert [file.size_bytes for file in collections.discovered().pending["collections"]] == [len(longer)]
    assert len(collections.log()) == 1


def test_a_file_is_pending_at_once_if_its_source_needs_no_time_to_settle(collections: Drop) -> None:
    collections.put("a.csv", TEXT)
    assert names(collections) == (["a.csv"], [])


def test_unfinished_uploads_and_hidden_files_are_ignored(collections: Drop) -> None:
    for name in (".a.csv", "b.csv.tmp", "c.csv.part", "d.csv.filepart", "e.txt", "f.CSV"):
        collections.put(name, TEXT)
    (collections.folder / "g.csv").mkdir()
    assert names(collections) == ([], [])


def test_files_are_ordered_by_date_and_then_by_name(drop: Drop) -> None:
    quotes = drop.of("quotes", pattern="Q_{date}*.csv", date_format="%d_%m_%Y")
    for name in ("Q_02_01_2025.csv", "Q_10_01_2025b.csv", "Q_10_01_2025a.csv", "Q_31_12_2024.csv", "Q_31_02_2025.csv"):
        quotes.put(name, "", datetime(2025, 6, 1, tzinfo=UTC))
    assert names(quotes)[0] == ["Q_31_12_2024.csv", "Q_02_01_2025.csv", "Q_10_01_2025a.csv", "Q_10_01_2025b.csv"]


def test_a_file_without_a_date_in_its_name_has_that_of_its_time_in_the_importers_time_zone(drop: Drop) -> None:
    collections = drop.of("collections", timezone="Asia/Tokyo")
    collections.put("b.csv", TEXT, datetime(2025, 1, 1, 16, tzinfo=UTC))
    collections.put("c.csv", TEXT, datetime(2025, 1, 1, 1, tzinfo=UTC))
    assert [(file.name, str(file.file_date)) for file in collections.discovered().pending["collections"]] == [
        ("c.csv", "2025-01-01"),
        ("b.csv", "2025-01-02"),
    ]


def test_the_files_of_several_patterns_are_one_importers_in_the_order_of_their_dates(drop: Drop) -> None:
    quotes = drop.of("quotes", pattern=["Q_{date}.csv", "Angebote_{date}*.csv"])
    for name in ("Q_2025-01-02.csv", "Angebote_2025-01-01b.csv", "Angebote_2025-01-03.csv", "Other_2025-01-03.csv"):
        quotes.put(name, "")
    assert names(quotes)[0] == ["Angebote_2025-01-01b.csv", "Q_2025-01-02.csv", "Angebote_2025-01-03.csv"]


def test_a_file_that_two_importers_match_is_left_and_reported(collections: Drop) -> None:
    other = collections.of("collections", name="winter", pattern="w*.csv").importer
    collections.put("w.csv", TEXT)
    collections.put("a.csv", TEXT)
    found = collections.discovered([other])
    assert [file.name for file in found.pending["collections"]] == ["a.csv"]
    assert found.pending["winter"] == []
    assert "'collections/w.csv' fits the patterns of several importers (collections, winter)" in str(found.problems[0])


def test_an_import_by_one_of_them_leaves_it_too(collections: Drop) -> None:
    other = collections.of("collections", name="winter", pattern="w*.csv").importer
    collections.put("w.csv", TEXT)
    collections.put("a.csv", TEXT)
    with connect(collections.source) as transport:
        one = Importer(collections.importer, collections.source, (other,))
        done = run_import(one, transport, collections.warehouse)
    assert [result.file.name for result in done.files] == ["a.csv"]
    assert "several importers (collections, winter)" in str(done.problems[0])


def test_a_file_that_disappeared_before_its_import_is_forgotten(collections: Drop) -> None:
    path = collections.put("a.csv", TEXT)
    names(collections)
    path.unlink()
    assert names(collections) == ([], [])
    assert collections.log() == []


def test_a_missing_folder_is_reported_and_the_others_are_listed(collections: Drop) -> None:
    missing = ImporterSettings.model_validate(
        {"entity": "sales", "source": "erp", "folder": "Sales", "pattern": "*.csv"}
    )
    collections.put("a.csv", TEXT)
    found = collections.discovered([missing])
    assert [file.name for file in found.pending["collections"]] == ["a.csv"]
    assert str(found.problems[0]).startswith("sales: ")
    assert "Sales" in str(found.problems[0])


def test_a_new_file_with_an_earlier_name_is_another_file(collections: Drop) -> None:
    first = collections.imported("a.csv", TEXT)
    second = collections.imported("a.csv", TEXT.replace("Winter", "Wynter"), run_id="r2")
    assert (counts(first), counts(second)) == ({"read": 1, "created": 1}, {"read": 1, "updated": 1})
    assert collections.names("processed") == [f"a.{second.file.file_id}.csv", "a.csv"]
    assert second.file.archived_to == f"collections/processed/a.{second.file.file_id}.csv"
    assert (second.file.run_id, second.file.attempts) == ("r2", 1)


def test_a_file_whose_import_fails_is_tried_again_by_itself_after_a_pause(collections: Drop) -> None:
    collections.put("a.csv", TEXT)
    collections.execute("alter table raw.collections add constraint never check (name <> 'Winter')")
    (result,) = collections.run().files
    assert result.status is Status.FAILED
    assert "never" in str(result.file.error)
    assert "\n" not in str(result.file.error)
    assert ready(collections.discovered()) == []
    collections.execute("update ops.import_files set finished_at = finished_at - interval '61 seconds'")
    assert ready(collections.discovered()) == ["a.csv"]
    collections.execute("alter table raw.collections drop constraint never")
    assert [result.status for result in collections.run().files] == [Status.IMPORTED]


def test_pauses_grow_to_an_hour_and_attempts_never_end() -> None:
    failed_at = datetime(2026, 1, 5, 12, tzinfo=UTC)
    pauses = [next_attempt(failed_at, failures, failed_at) - failed_at for failures in (1, 2, 3, 7, 1_000)]
    assert [pause.total_seconds() / 60 for pause in pauses] == [1, 2, 4, 60, 60]


def test_a_clock_that_is_set_back_holds_no_file(collections: Drop) -> None:
    """Neither one that was settling nor one whose import failed."""
    collections.settle_seconds = 10
    collections.put("a.csv", TEXT)
    collections.put("b.csv", TEXT)
    names(collections)
    collections.execute(
        """
        update ops.import_files set detected_at = now() + interval '1 hour';
        update ops.import_files set status = 'failed', attempts = 1, finished_at = now() + interval '1 hour'
        where name = 'b.csv'
        """
    )
    assert ready(collections.discovered()) == ["b.csv"]
    let_pass(collections, 10)
    assert ready(collections.discovered()) == ["a.csv", "b.csv"]


def test_a_file_that_is_sent_again_after_a_failure_starts_from_scratch(collections: Drop) -> None:
    collections.put("a.csv", TEXT)
    collections.execute("alter table raw.collections add constraint never check (name <> 'Winter')")
    collections.run()
    collections.put("a.csv", TEXT.replace("Winter", "Summer"))
    assert names(collections) == ([], ["a.csv"])
    (result,) = collections.run().files
    assert (result.status, result.file.attempts) == (Status.IMPORTED, 1)


def test_a_file_left_by_a_killed_import_and_sent_again_is_imported(collections: Drop) -> None:
    collections.put("a.csv", TEXT)
    names(collections)
    collections.execute("update ops.import_files set status = 'importing', attempts = 1")
    collections.put("a.csv", TEXT + "S,Summer\n")
    assert names(collections) == ([], ["a.csv"])
    assert names(collections) == (["a.csv"], [])


def test_a_file_removed_during_a_killed_import_is_reported_as_failed(collections: Drop) -> None:
    path = collections.put("a.csv", TEXT)
    names(collections)
    collections.execute("update ops.import_files set status = 'importing', attempts = 1")
    path.unlink()
    assert names(collections) == ([], [])
    assert [file["status"] for file in collections.log()] == ["failed"]


def test_discovery_does_not_disturb_a_running_import(collections: Drop) -> None:
    collections.put("a.csv", TEXT)
    names(collections)
    collections.execute("update ops.import_files set status = 'importing', attempts = 1")
    with collections.warehouse.connect(autocommit=True) as running, only_one(running, lock_name("collections"), str):
        assert names(collections) == (["a.csv"], [])
        collections.put("a.csv", TEXT + "S,Summer\n")
        assert names(collections) == ([], ["a.csv"])
        assert [file["status"] for file in collections.log()] == ["importing"]


def test_discovery_does_not_forget_files_asked_for_by_name(collections: Drop) -> None:
    collections.imported("a.csv", TEXT)
    collections.execute(
        "insert into ops.import_files (importer, entity, source, path, name, size_bytes, modified_at)"
        " select importer, entity, source, archived_to, name, size_bytes, modified_at from ops.import_files"
    )
    names(collections)
    assert [file["path"] for file in collections.log()] == ["collections/a.csv", "collections/processed/a.csv"]


def test_a_folder_called_processed_is_a_folder_like_any_other(drop: Drop) -> None:
    (drop.root / "processed").mkdir()
    collections = drop.of("collections", folder="processed")
    collections.imported("a.csv", TEXT)
    assert collections.names("processed") == ["a.csv"]
    assert names(collections) == ([], [])


def test_ten_thousand_files_are_discovered_in_one_pass(collections: Drop, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(10_000):
        (Path(collections.folder) / f"{number:05}.csv").touch()
    for looked in ("first", "again"):
        started = time.perf_counter()
        pending, _ = names(collections)
        with capsys.disabled():
            print(f"\n10,000 files, {looked} time: {timedelta(seconds=time.perf_counter() - started)}")
        assert (len(pending), pending[0], pending[-1]) == (10_000, "00000.csv", "09999.csv")


def test_what_a_link_leads_to_is_neither_imported_nor_shown(
    collections: Drop, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("root:x:0:0:root:/root:/bin/bash\n")
    (collections.folder / "a.csv").symlink_to(secret)
    collections.put("b.csv", TEXT)
    (result,) = collections.run().files
    assert (result.file.name, [row["name"] for row in collections.log()]) == ("b.csv", ["b.csv"])
    shown = caplog.text + "".join(capfd.readouterr()) + str(collections.log()) + str(collections.rejects())
    assert "root:x" not in shown
