"""What is shown is of one build, the last complete one; its results are kept for all workers."""

import stat
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from wiseparts_pipeline.dashboards import builds, marts
from wiseparts_pipeline.dashboards.builds import BuildChangedError, Results
from wiseparts_pipeline.dashboards.marts import Marts, ReportError
from wiseparts_pipeline.warehouse import Warehouse

# In the place of the view.
LAST_BUILD = """
    create table marts.last_build (
        version text, built_at timestamptz, as_of date, is_demo boolean, reporting_currency text, timezone text,
        failures bigint, marts_of_other_days bigint, is_running boolean
    );
    insert into marts.last_build
    values ('one', '2026-01-01 00:00Z', '2026-01-01', false, null, 'Europe/Athens', 0, 0, false);
    create table marts.amounts as select 1.23::numeric as amount;
    create table marts.import_log as select 1 as files;
"""


@pytest.fixture
def owner(warehouse: Warehouse) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with warehouse.connect(autocommit=True) as connection:
        connection.execute(LAST_BUILD.encode())
        yield connection


@pytest.fixture
def queries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """In the place of the pages' queries."""
    folder = tmp_path / "queries" / "page"
    folder.mkdir(parents=True)
    (folder / "amounts.sql").write_text("select amount from marts.amounts where %(least)s::numeric is null")
    (folder / "log.sql").write_text("select files from marts.import_log")
    monkeypatch.setattr(marts, "QUERIES", tmp_path / "queries")
    marts.query.cache_clear()
    return folder


@pytest.fixture
def reader(warehouse: Warehouse) -> Iterator[Marts]:
    reader = Marts(warehouse)
    yield reader
    reader.close()


@pytest.fixture
def results(reader: Marts, owner: object, queries: Path, tmp_path: Path) -> Results:
    return Results(reader, tmp_path / "state")


def amounts(results: Results) -> list[str]:
    return [str(row[0]) for row in results.read(results.begin(), "page/amounts", {}).rows]


def test_a_result_is_kept_until_the_next_build(results: Results, owner: psycopg.Connection[tuple[object, ...]]) -> None:
    before = amounts(results)
    owner.execute("update marts.amounts set amount = 4.56")
    kept = amounts(results)
    owner.execute("update marts.last_build set version = 'two'")

    assert (before, kept, amounts(results)) == (["1.23"], ["1.23"], ["4.56"])


def test_workers_share_what_is_kept_and_nobody_else_can_read_it(
    results: Results, owner: psycopg.Connection[tuple[object, ...]], reader: Marts, tmp_path: Path
) -> None:
    amounts(results)
    owner.execute("update marts.amounts set amount = 4.56")

    assert amounts(Results(reader, tmp_path / "state")) == ["1.23"]
    assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in (tmp_path / "state").glob("results/*/*")} == {0}
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700


def test_the_results_of_earlier_builds_are_deleted(
    results: Results, owner: psycopg.Connection[tuple[object, ...]], tmp_path: Path
) -> None:
    amounts(results)
    owner.execute("update marts.last_build set version = 'two'")
    amounts(results)

    assert len(list((tmp_path / "state" / "results").iterdir())) == 1


def test_while_a_build_runs_what_is_kept_of_the_last_one_is_shown(
    results: Results, owner: psycopg.Connection[tuple[object, ...]]
) -> None:
    amounts(results)
    owner.execute("update marts.last_build set is_running = true, as_of = '2026-01-02'")
    owner.execute("update marts.amounts set amount = 4.56")

    reading = results.begin()

    assert str(reading.build.as_of) == "2026-01-01"
    assert amounts(results) == ["1.23"]


def test_what_is_not_kept_waits_for_the_build_but_not_for_long(
    results: Results, owner: psycopg.Connection[tuple[object, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(builds, "WAIT_SECONDS", 0)
    owner.execute("update marts.last_build set is_running = true")

    with pytest.raises(ReportError, match="The reports are being rebuilt"):
        amounts(results)


def test_what_has_waited_for_a_build_is_read_anew_with_all_else(
    results: Results, owner: psycopg.Connection[tuple[object, ...]]
) -> None:
    owner.execute("update marts.last_build set is_running = true")
    reading = results.begin()
    ends = threading.Timer(0.1, owner.execute, ["update marts.last_build set is_running = false, version = 'two'"])
    ends.start()

    with pytest.raises(BuildChangedError):
        results.read(reading, "page/amounts", {})
    ends.join()
    assert amounts(results) == ["1.23"]


def test_a_build_that_ends_while_a_query_runs_makes_its_result_void(
    results: Results, owner: psycopg.Connection[tuple[object, ...]], queries: Path
) -> None:
    (queries / "slow.sql").write_text("select amount, pg_sleep(0.5) from marts.amounts")
    reading = results.begin()
    built = threading.Timer(0.1, owner.execute, ["update marts.last_build set version = 'two'"])
    built.start()

    with pytest.raises(BuildChangedError):
        results.read(reading, "page/slow", {})
    built.join()


def test_views_that_are_always_up_to_date_are_read_each_time(
    results: Results, owner: psycopg.Connection[tuple[object, ...]]
) -> None:
    reading = results.begin()
    results.read(reading, "page/log", {})
    owner.execute("update marts.import_log set files = 2")

    assert results.read(reading, "page/log", {}).rows == [(2,)]


def test_a_server_that_cannot_be_reached_gives_a_sentence() -> None:
    gone = Marts(Warehouse("postgresql://nobody@127.0.0.1:1/nothing"))

    with pytest.raises(ReportError, match="The database cannot be reached at the moment"):
        gone.run("select 1")


def test_a_connection_that_was_lost_is_made_again(reader: Marts, owner: psycopg.Connection[tuple[object, ...]]) -> None:
    _, [(pid,)] = reader.run("select pg_backend_pid()")
    owner.execute("select pg_terminate_backend(%s, 5000)", [pid])

    assert reader.run("select 7") == (("?column?",), [(7,)])


def test_a_query_that_takes_too_long_gives_a_sentence(reader: Marts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marts, "READ_SECONDS", 0.1)

    with pytest.raises(ReportError, match="takes longer than"):
        reader.run("select pg_sleep(5)")


def test_nothing_can_be_written(reader: Marts, owner: psycopg.Connection[tuple[object, ...]]) -> None:
    for statement in ("create table marts.more ()", "delete from marts.amounts", "set role wiseparts_dbt"):
        with pytest.raises(ReportError, match="cannot be shown"):
            reader.run(statement)


def test_marts_that_are_not_built_give_a_sentence(reader: Marts, tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="The marts are not built yet"):
        Results(reader, tmp_path / "state").begin()


def test_a_mart_that_is_missing_is_named(reader: Marts, owner: psycopg.Connection[tuple[object, ...]]) -> None:
    with pytest.raises(ReportError, match=r"fct_calls is not built: run `wiseparts build`\."):
        reader.run("select * from marts.fct_calls")
    with pytest.raises(ReportError, match="The marts are those of another release"):
        reader.run("select no_column from marts.amounts")


def test_all_that_is_read_together_has_one_time_limit(
    results: Results, queries: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    amounts(results)
    monkeypatch.setattr(builds, "READ_SECONDS", 0.5)
    (queries / "slow.sql").write_text("select pg_sleep(5) from marts.import_log")
    reading = results.begin()
    began = time.monotonic()

    for _ in range(3):
        with pytest.raises(ReportError, match="takes longer than"):
            results.read(reading, "page/slow", {})

    assert time.monotonic() - began < 2
    # What has been kept is there all the same.
    assert len(results.read(reading, "page/amounts", {}).rows) == 1


def test_no_more_is_kept_than_is_allowed_however_many_filters_there_are(
    results: Results, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, queries: Path
) -> None:
    monkeypatch.setattr(builds, "RESULTS", 20)
    monkeypatch.setattr(builds, "RESULTS_UNTIL_COUNTED", 5)
    (queries / "any.sql").write_text("select amount from marts.amounts where %(name)s::text is not null")
    reading = results.begin()

    def ask(worker: int) -> None:
        for number in range(20):
            results.read(reading, "page/any", {"name": f"{worker} {number}"})

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(ask, range(4)))

    # The file with the count is one more, and each of the workers may be ahead of it.
    assert len(list((tmp_path / "state" / "results").glob("*/*"))) <= 20 + 1 + 5 + 4


def test_workers_may_note_the_same_build_at_once(
    results: Results, reader: Marts, tmp_path: Path, owner: psycopg.Connection[tuple[object, ...]]
) -> None:
    with ThreadPoolExecutor(8) as workers:
        readings = list(workers.map(lambda _: Results(reader, tmp_path / "state").begin(), range(32)))

    assert {reading.build.id for reading in readings} == {"one"}
