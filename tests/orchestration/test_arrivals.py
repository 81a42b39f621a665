"""Which runs the files on a source need."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import dagster as dg

from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.config.source import SourceSettings
from wiseparts_pipeline.importing.discovery.file_sets import Incomplete
from wiseparts_pipeline.importing.discovery.listing import Discovery
from wiseparts_pipeline.importing.importer import Importer
from wiseparts_pipeline.importing.ledger.outcome import Status
from wiseparts_pipeline.importing.ledger.rows import LedgerFile
from wiseparts_pipeline.orchestration.arrivals import FILES_TAG, asked_again, requested_runs, run_key

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
FILE = LedgerFile(
    file_id=7,
    importer="sales",
    source="erp",
    path="Sales/a.csv",
    name="a.csv",
    size_bytes=10,
    modified_at=NOON,
    file_date=date(2026, 1, 5),
    sha256=None,
    status=Status.DETECTED,
    attempts=0,
    detected_at=NOON,
)
OTHER = replace(FILE, file_id=8)


def requested(
    pending: dict[str, list[LedgerFile]],
    in_progress: frozenset[str] = frozenset(),
    paused: Mapping[int, datetime] | None = None,
    **settings: Any,
) -> tuple[list[str | None], str]:
    """The requested jobs, and the reasons for the rest."""
    source = SourceSettings(name="erp", protocol="local")
    importers = {
        entity: Importer(ImporterSettings(entity=entity, source="erp", pattern="*.csv", **settings), source, ())
        for entity in pending
    }
    discovery = Discovery(pending=pending, paused=dict(paused or {}))
    requests, reasons = requested_runs(discovery, importers, set(in_progress))
    assert all(isinstance(request, dg.RunRequest) for request in requests)
    return [request.job_name for request in requests], "\n".join(reasons)


def test_the_same_files_have_one_run_key_in_any_order() -> None:
    assert run_key("sales", [FILE, OTHER]) == run_key("sales", [OTHER, FILE])


def test_another_attempt_has_another_run_key() -> None:
    assert run_key("sales", [FILE]) != run_key("sales", [replace(FILE, attempts=1)])


def test_a_file_sent_again_before_its_import_has_another_run_key() -> None:
    sent_anew = replace(FILE, modified_at=NOON + timedelta(seconds=1))
    assert run_key("sales", [FILE]) != run_key("sales", [sent_anew])


def test_one_more_file_makes_another_run_key() -> None:
    assert run_key("sales", [FILE]) != run_key("sales", [FILE, OTHER])


def test_another_companion_makes_another_run_key() -> None:
    header = replace(OTHER, modified_at=NOON + timedelta(seconds=1))
    keys = {run_key("sales", [replace(FILE, companions=companions)]) for companions in ((), (OTHER,), (header,))}
    assert len(keys) == 3


def test_an_incomplete_file_set_is_reported() -> None:
    discovery = Discovery(incomplete={"sales": [Incomplete(FILE, "b*.csv")]})
    assert requested_runs(discovery, {}, set()) == ([], ["sales: a.csv waits for b*.csv"])


def test_an_importer_has_one_run_for_all_its_files() -> None:
    assert requested({"sales": [FILE, OTHER]})[0] == ["import_sales"]


def test_what_is_being_imported_is_left_for_later() -> None:
    assert requested({"sales": [FILE]}, frozenset({"sales"})) == (
        [],
        "sales: a run is in progress; a.csv is left for the next one.",
    )


def test_what_is_not_imported_on_arrival_waits_for_the_schedule() -> None:
    assert requested({"sales": [FILE]}, on_arrival=False) == ([], "sales: a.csv waits for the schedule.")


def test_a_file_that_has_failed_is_tried_again_after_a_pause() -> None:
    reason = "sales: a.csv failed; tried again at 12:00:00 UTC, or when you start import_sales."
    assert requested({"sales": [FILE]}, paused={FILE.file_id: NOON}) == ([], reason)


def test_the_files_that_have_failed_do_not_hold_up_others() -> None:
    assert requested({"sales": [FILE, OTHER]}, paused={FILE.file_id: NOON})[0] == ["import_sales"]


def test_rows_that_need_a_record_are_imported_after_it() -> None:
    jobs, reasons = requested({"contacts": [FILE], "customers": [OTHER]})
    assert (jobs, reasons) == (["import_customers"], "contacts: a.csv waits for the import of customers.")


def test_rows_that_can_do_without_a_record_do_not_wait_for_it() -> None:
    assert requested({"sales": [FILE], "customers": [OTHER]})[0] == ["import_customers", "import_sales"]


def test_a_run_that_never_began_is_asked_for_again_with_another_key_after_a_pause() -> None:
    request = dg.RunRequest(run_key="sales:1", job_name="import_sales", tags={FILES_TAG: "sales:1"})
    job = dg.GraphDefinition("import_sales").to_job()
    with dg.DagsterInstance.ephemeral() as instance:
        at_first, _ = asked_again(instance, [request], datetime.now(UTC))
        run = instance.create_run_for_job(job, tags=request.tags)
        instance.report_run_failed(run, "The process could not be started.")
        too_early, reasons = asked_again(instance, [request], datetime.now(UTC))
        later, _ = asked_again(instance, [request], datetime.now(UTC) + timedelta(hours=1))

    assert [each.run_key for each in at_first + too_early + later] == ["sales:1", "sales:1:1"]
    assert reasons[0].startswith("import_sales: the last run failed before it began to import; it is tried again at")
