"""Ready configurations on files of other systems: call records of a telephone system, header rows of a shop."""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest

from tests.configurations.examples import asterisk, shopify
from tests.configurations.harness import Harness
from tests.conftest import database
from tests.real.harness import DATA
from wiseparts_pipeline.warehouse import Warehouse

RECORDS = DATA / "calls_asterisk_cdr" / "Master.csv"
HEADERS = DATA / "shopify_woo"

needs_records = pytest.mark.skipif(not RECORDS.exists(), reason=f"the real data are not here: {RECORDS}")
needs_headers = pytest.mark.skipif(not HEADERS.exists(), reason=f"the real data are not here: {HEADERS}")


@pytest.fixture(scope="module")
def calls(postgres_url: str, prepared_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harness]:
    """The real call records, imported in the form with 19 columns."""
    template = urlsplit(prepared_url).path.removeprefix("/")
    with database(postgres_url, template) as url, pytest.MonkeyPatch.context() as environment:
        environment.setenv("WISEPARTS_HOME", str(tmp_path_factory.mktemp("home")))
        harness = Harness("asterisk", Warehouse(url), tmp_path_factory.mktemp("drop"))
        harness.put("Asterisk/CDR19/Master.csv", RECORDS.read_bytes())
        harness.run("asterisk_cdr_19")
        yield harness


def records() -> list[dict[str, str]]:
    with RECORDS.open(encoding="utf-8", newline="") as file:
        return [dict(zip(asterisk.COLUMNS[19], row, strict=True)) for row in csv.reader(file)]


@needs_records
def test_every_record_is_a_call(calls: Harness) -> None:
    assert calls.counts() == {"asterisk_cdr_19": {"created": len(records())}}


@needs_records
def test_a_call_has_the_times_outcome_and_seconds_of_its_record(calls: Harness) -> None:
    def at(text: str) -> datetime | None:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Athens")) if text else None

    assert set(
        calls.rows("select call_id, started_at, answered_at, ended_at, disposition, talk_seconds from raw.calls")
    ) == {
        (
            record["uniqueid"],
            at(record["start"]),
            at(record["answer"]),
            at(record["end"]),
            "answered" if answered else "lost",
            int(record["billsec"]) if answered else None,
        )
        for record in records()
        for answered in [record["disposition"] == "ANSWERED"]
    }


@needs_records
def test_a_unique_id_contains_the_second_in_which_the_call_started(calls: Harness) -> None:
    found = calls.rows("select call_id, started_at from raw.calls")
    assert all(datetime.fromtimestamp(int(call_id.split(".")[0]), UTC) == started for call_id, started in found)


@needs_records
def test_calls_between_two_telephones_are_internal(calls: Harness) -> None:
    # The two call each other by four-digit numbers.
    assert set(calls.rows("select direction, caller_number, called_number, agent_id from raw.calls")) == {
        ("internal", "client1", "6789", "client2"),
        ("internal", "client1", "6789", None),
        ("internal", "client2", "1234", "client1"),
        ("internal", "client2", "1234", None),
    }


@needs_headers
@pytest.mark.parametrize(("year", "columns"), [(2021, shopify.COLUMNS_2021), (2026, shopify.COLUMNS_2026)])
def test_the_examples_of_the_shop_have_its_columns(year: int, columns: list[str]) -> None:
    header = Path(HEADERS / f"shopify_orders_export_header_{year}.csv").read_text(encoding="utf-8-sig")
    assert next(csv.reader([header])) == columns
