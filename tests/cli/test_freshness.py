"""`wiseparts freshness`."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.installation import Finished, Installation
from wiseparts_pipeline.warehouse import Warehouse

SATURDAY = datetime.fromisoformat("2025-03-01T05:50+00:00")


@pytest.fixture
def fed(installation: Installation, warehouse: Warehouse) -> Installation:
    """Customers on working days; sales of two shops, one daily and one monthly; calls at any time.

    The last file of each came on Saturday 1 March 2025, except that of the monthly sales, which came on 1 February.
    """
    installation.importer("customers", schedule="0 6 * * 1-5")
    installation.importer("sales", name="shop_sales", folder="Shop", schedule="0 6 * * *")
    installation.importer("sales", schedule="0 6 1 * *")
    installation.importer("calls")
    for importer in ("customers", "shop_sales", "calls"):
        log(warehouse, importer, "imported", SATURDAY)
    log(warehouse, "sales", "imported_with_errors", SATURDAY - timedelta(days=28))
    return installation


def log(warehouse: Warehouse, importer: str, status: str, finished_at: datetime) -> None:
    with warehouse.connect() as connection:
        connection.execute(
            """
            insert into ops.import_files (importer, entity, source, path, name, status, finished_at)
            values (%(importer)s, %(importer)s, 'drop', %(name)s, %(name)s, %(status)s, %(at)s)
            """,
            {"importer": importer, "name": f"{importer}_{status}.csv", "status": status, "at": finished_at},
        )


def at(installation: Installation, moment: datetime, *options: str) -> Finished:
    return installation.run("freshness", "--at", moment.isoformat(), *options)


def stale(done: Finished) -> list[str]:
    feeds: list[dict[str, Any]] = json.loads(done.out)["feeds"]
    return [feed["importer"] for feed in feeds if feed["status"] == "stale"]


def test_every_feed_is_fresh_while_its_last_file_is_recent_enough_for_its_schedule(fed: Installation) -> None:
    done = at(fed, SATURDAY + timedelta(hours=26))

    assert done.status == 0
    assert "No feed has stopped." in done.out


def test_each_feed_of_an_entity_has_its_own_schedule(fed: Installation) -> None:
    sunday = at(fed, SATURDAY + timedelta(hours=26, seconds=1), "--json")
    april = at(fed, SATURDAY + timedelta(days=40), "--json")

    assert (sunday.status, stale(sunday)) == (3, ["shop_sales"])
    assert (april.status, stale(april)) == (3, ["customers", "sales", "shop_sales"])


def test_shows_since_when_a_feed_has_stopped_and_what_was_expected(fed: Installation) -> None:
    done = at(fed, SATURDAY + timedelta(days=2))

    assert done.status == 3
    assert (
        "shop_sales: no file of sales since shop_sales_imported.csv (2025-03-01 05:50 UTC, 2 d ago); "
        "at least one is expected every 1 d 2 h.\n"
    ) in done.out


def test_a_refused_file_does_not_make_a_feed_fresh_and_is_reported(fed: Installation, warehouse: Warehouse) -> None:
    log(warehouse, "shop_sales", "refused", SATURDAY + timedelta(days=1))

    done = at(fed, SATURDAY + timedelta(days=2))

    assert done.status == 3
    assert "; 1 since then could not be imported: " in done.out


def test_a_feed_without_any_file_has_stopped(fed: Installation, warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        connection.execute("delete from ops.import_files where importer = 'customers'")

    done = at(fed, SATURDAY)

    assert done.status == 3
    assert "customers: no file of customers has ever been imported; at least one is expected every 3 d 2 h." in done.out


def test_a_feed_without_a_schedule_is_never_expected(fed: Installation) -> None:
    feeds = json.loads(at(fed, SATURDAY, "--json").out)["feeds"]

    assert [feed for feed in feeds if feed["importer"] == "calls"] == [
        {
            "importer": "calls",
            "entity": "calls",
            "status": "not_expected",
            "schedule": None,
            "stale_after_minutes": None,
            "last_file": "calls_imported.csv",
            "last_imported_at": "2025-03-01T05:50:00+00:00",
            "due_at": None,
            "held_up": 0,
        }
    ]


def test_a_file_that_changes_nothing_keeps_its_feed_fresh(installation: Installation, warehouse: Warehouse) -> None:
    installation.importer("customers", stale_after="1h")
    for _ in range(2):
        installation.put("Customers/C1.csv", "customer_id,name", "C1,Alpha")
        installation.run("import", "customers")
    with warehouse.connect() as connection:
        query = "update ops.import_files set finished_at = finished_at - interval '1 day' where rows_created = 1"
        assert connection.execute(query).rowcount == 1

    done = installation.run("freshness")

    assert (done.status, "No feed has stopped." in done.out) == (0, True)


def test_a_build_passes_the_expectations_on_to_the_marts(fed: Installation, warehouse: Warehouse) -> None:
    fed.run("build", "--select", "import_freshness")

    with warehouse.connect(read_only_analyst=True) as connection:
        rows = connection.execute(
            "select importer, last_imported_at, stale_after_hours, due_at from import_freshness order by importer"
        ).fetchall()

    hours = timedelta(hours=1)
    assert rows == [
        ("calls", SATURDAY, None, None),
        ("customers", SATURDAY, 74, SATURDAY + 74 * hours),
        ("sales", SATURDAY - timedelta(days=28), 746, SATURDAY + timedelta(days=3) + 2 * hours),
        ("shop_sales", SATURDAY, 26, SATURDAY + 26 * hours),
    ]


def test_a_build_without_a_usable_configuration_reports_what_the_marts_lack(fed: Installation) -> None:
    (fed.folder / "defs" / "sales" / "defs.yaml").write_text("type: nothing\nattributes: {}\n")

    done = fed.run("build", "--select", "import_freshness")

    assert done.status == 0
    assert "type: 'nothing' is unknown" in done.err
    assert "import_freshness does not know which files are expected." in done.err


def test_a_bad_moment_is_a_usage_error(installation: Installation) -> None:
    done = installation.run("freshness", "--at", "yesterday")

    assert done.status == 2
    assert "yesterday is not a time; write it like 2025-06-30T06:00+03:00" in done.err
