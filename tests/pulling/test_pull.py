"""`wiseparts pull`: what it asks for, what it writes, and what becomes of it when something goes wrong."""

import gzip
import json
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests import forking
from tests.installation import Installation
from tests.pulling.shop import CUSTOMERS, Shop, connect_shop, customer, now
from wiseparts_pipeline.warehouse import Connection


def customers(connection: Connection, columns: str = "name") -> dict[str, Any]:
    rows = connection.execute(
        f"select customer_id, {columns} from raw.customers where _deleted_at is null".encode()
    ).fetchall()
    return dict(rows)


def last(connection: Connection, columns: str, pull: str = "shop_customers") -> tuple[Any, ...]:
    row: tuple[Any, ...] | None = connection.execute(
        f"select {columns} from ops.pulls where pull = %s order by pull_id desc limit 1".encode(), [pull]
    ).fetchone()
    assert row is not None
    return row


def pulled_files(installation: Installation) -> list[Path]:
    return sorted(path for path in (installation.folder / "home" / "pulls").rglob("*") if path.is_file())


def test_the_first_pull_takes_everything_page_by_page(
    installation: Installation, shop: Shop, connection: Connection
) -> None:
    done = installation.run("pull", "shop_customers")

    assert done.status == 0
    assert customers(connection, "credit_limit") == dict.fromkeys(["C1", "C2", "C3"], Decimal("100.10"))
    assert last(connection, "kind, status, requests, records, file_id is not null") == ("full", "imported", 2, 3, True)


def test_the_next_one_takes_what_has_changed_since_the_last_began_less_the_lookback(
    installation: Installation, shop: Shop, connection: Connection
) -> None:
    installation.run("pull", "shop_customers")
    (began_at,) = last(connection, "began_at")
    shop.has(customer("C4", now()), customer("C1", now(), name="Ada"))

    done = installation.run("pull", "shop_customers")

    assert done.status == 0
    assert shop.windows[-1] == began_at.replace(microsecond=0) - timedelta(minutes=15)
    assert customers(connection) == {"C1": "Ada", "C2": "Customer C2", "C3": "Customer C3", "C4": "Customer C4"}
    assert last(connection, "kind, records") == ("changes", 2)


def test_the_window_goes_by_the_clock_of_a_system_that_is_behind(
    installation: Installation, shop: Shop, connection: Connection
) -> None:
    shop.behind = timedelta(hours=2)
    installation.run("pull", "shop_customers")

    (behind,) = last(connection, "started_at - began_at")
    assert timedelta(hours=1, minutes=59) < behind < timedelta(hours=2, minutes=1)


def test_what_was_pulled_is_a_file_that_can_be_imported_again(installation: Installation, shop: Shop) -> None:
    installation.run("pull", "shop_customers")

    (archived,) = pulled_files(installation)
    with gzip.open(archived, "rt", encoding="utf-8") as lines:
        assert [json.loads(line)["code"] for line in lines] == ["C1", "C2", "C3"]
    again = installation.run("import", "shop_customers_full", "--file", archived.name, "--json")
    assert json.loads(again.out)["files"][0]["rows_unchanged"] == 3


def test_nothing_new_writes_no_file_and_counts_as_an_import(
    installation: Installation, shop: Shop, connection: Connection
) -> None:
    installation.run("pull", "shop_customers")

    done = installation.run("pull", "shop_customers")

    assert done.status == 0
    assert last(connection, "status, records, requests, file") == ("imported", 0, 1, None)
    feeds = json.loads(installation.run("freshness", "--json").out)["feeds"]
    assert [each["last_imported_at"] is None for each in feeds if each["importer"] == "shop_customers"] == [False]


def test_a_full_pull_marks_what_the_system_no_longer_has_as_deleted(
    installation: Installation, shop: Shop, connection: Connection
) -> None:
    shop.has(customer("C4"))
    installation.run("pull", "shop_customers")
    del shop.customers["C4"]

    assert installation.run("pull", "shop_customers").status == 0
    assert set(customers(connection)) == {"C1", "C2", "C3", "C4"}
    assert installation.run("pull", "shop_customers", "--full").status == 0
    assert set(customers(connection)) == {"C1", "C2", "C3"}


def test_a_system_without_any_record_deletes_none(
    installation: Installation, shop: Shop, connection: Connection
) -> None:
    installation.run("pull", "shop_customers")
    shop.customers.clear()

    done = installation.run("pull", "shop_customers", "--full")

    assert (done.status, "nothing is deleted" in done.err) == (1, True)
    assert set(customers(connection)) == {"C1", "C2", "C3"}


def test_a_full_pull_that_lacks_many_records_is_held_back(
    installation: Installation, shop: Shop, connection: Connection
) -> None:
    installation.run("pull", "shop_customers")
    del shop.customers["C1"], shop.customers["C2"]

    done = installation.run("pull", "shop_customers", "--full")

    assert done.status == 4
    assert last(connection, "status") == ("failed",)
    assert set(customers(connection)) == {"C1", "C2", "C3"}


def test_records_in_a_state_are_read_again_whatever_their_time_stamp(
    installation: Installation, shop: Shop, connection: Connection
) -> None:
    installation.component("Pull", "shop_customers", CUSTOMERS | {"reread": {"status": ["blocked"]}})
    installation.run("pull", "shop_customers")
    shop.customers["C2"] |= {"state": "active", "name": "Bob"}
    shop.customers["C3"] |= {"name": "not read again"}

    installation.run("pull", "shop_customers")

    assert customers(connection) == {"C1": "Customer C1", "C2": "Bob", "C3": "Customer C3"}


def test_a_record_that_has_changed_is_not_read_again_as_well(
    installation: Installation, shop: Shop, connection: Connection
) -> None:
    installation.component("Pull", "shop_customers", CUSTOMERS | {"reread": {"status": ["blocked"]}})
    installation.run("pull", "shop_customers")
    shop.has(customer("C2", now(), state="blocked", name="Bob"))

    done = installation.run("pull", "shop_customers")

    assert (done.status, customers(connection)["C2"]) == (0, "Bob")
    assert last(connection, "records") == (1,)


def test_one_customer_is_refreshed_with_its_contacts(
    installation: Installation, shop: Shop, connection: Connection
) -> None:
    installation.run("pull")
    shop.customers["C1"]["name"] = "Ada"
    shop.customers["C3"]["name"] = "not asked for"
    shop.contacts["1"]["email"] = "ada@lovelace.example"

    done = installation.run("pull", "shop_customers", "--key", "C1")

    assert done.status == 0
    assert customers(connection) == {"C1": "Ada", "C2": "Customer C2", "C3": "Customer C3"}
    emails = connection.execute("select email from raw.contacts order by contact_id").fetchall()
    assert emails == [("ada@lovelace.example",), ("bob@example.com",)]
    (window,) = last(connection, "kind")
    assert window == "keys"


def test_everything_is_due_when_its_time_has_passed(
    installation: Installation, shop: Shop, connection: Connection
) -> None:
    installation.component("Pull", "shop_customers", CUSTOMERS | {"full": "0 3 * * 0"})
    installation.run("pull", "shop_customers")
    connection.execute("update ops.pulls set started_at = started_at - interval '8 days'")

    installation.run("pull", "shop_customers")
    assert last(connection, "kind") == ("full",)
    installation.run("pull", "shop_customers")
    assert last(connection, "kind") == ("changes",)


def test_a_dry_run_changes_nothing(installation: Installation, shop: Shop, connection: Connection) -> None:
    done = installation.run("pull", "shop_customers", "--dry-run")

    assert (done.status, "nothing was changed" in done.out) == (0, True)
    assert connection.execute("select count(*) from ops.pulls").fetchone() == (0,)
    assert customers(connection) == {}
    assert pulled_files(installation) == []


def test_nothing_is_imported_of_a_pull_that_fails_on_its_way_and_the_others_go_on(
    installation: Installation, shop: Shop, connection: Connection
) -> None:
    shop.most_pages = 1

    done = installation.run("pull")

    assert done.status == 1
    assert "/customers" in done.err
    assert last(connection, "status, file") == ("failed", None)
    assert last(connection, "status", "shop_contacts") == ("imported",)
    assert customers(connection) == {}


def test_where_there_is_no_room_for_it_a_pull_fails_and_leaves_nothing(
    installation: Installation, shop: Shop, connection: Connection
) -> None:
    shop.has(customer("C4", note=random.Random(4).randbytes(200_000).hex()))
    done = forking.run("tests.pulling.no_room:main", ["pull"], installation.environment, installation.folder)

    assert done.status == 1
    assert "shop_customers: what is pulled cannot be written there: File too large. Make room on the disk" in done.err
    status, error = last(connection, "status, error")
    assert (status, error in done.err) == ("failed", True)
    assert last(connection, "status", "shop_contacts") == ("imported",)
    assert customers(connection) == {}
    assert not list((installation.folder / "home" / "pulls" / "shop" / "shop_customers").rglob("*.*"))
    assert installation.run("pull").status == 0
    assert "C4" in customers(connection)


def test_the_window_of_a_failed_pull_is_taken_by_the_next(
    installation: Installation, shop: Shop, connection: Connection
) -> None:
    installation.run("pull", "shop_customers")
    shop.down = True
    installation.run("pull", "shop_customers")
    shop.down = False

    installation.run("pull", "shop_customers")

    assert shop.windows[-1] == shop.windows[-2]
    assert last(connection, "status") == ("imported",)


def test_what_was_pulled_before_the_process_ended_is_imported_by_the_next(
    installation: Installation, shop: Shop, connection: Connection
) -> None:
    installation.run("pull", "shop_customers")
    (archived,) = pulled_files(installation)
    left = archived.parent.parent / archived.name.replace("_1.jsonl", "_2.jsonl")
    with gzip.open(left, "wt", encoding="utf-8") as file:
        file.write(json.dumps(customer("C9")) + "\n")
    connection.execute(
        """
        insert into ops.pulls (pull, connection, entity, kind, began_at, status, file)
        values ('shop_customers', 'shop', 'customers', 'full', now(), 'pulled', %s)
        """,
        [left.name],
    )

    installation.run("import", "shop_customers_full", "--force")

    rows = json.loads(installation.run("pulls", "shop_customers", "--json").out)["pulls"]
    assert [(row["status"], row["file_id"] is not None) for row in rows] == [("imported", True)] * 2
    assert "C9" in customers(connection)


def test_a_pull_that_was_killed_is_noted_and_taken_again(
    installation: Installation, shop: Shop, connection: Connection
) -> None:
    connection.execute(
        """
        insert into ops.pulls (pull, connection, entity, kind, began_at)
        values ('shop_customers', 'shop', 'customers', 'full', now())
        """
    )

    installation.run("pull", "shop_customers")

    rows = json.loads(installation.run("pulls", "--json").out)["pulls"]
    assert [(row["kind"], row["status"], row["error"]) for row in rows] == [
        ("full", "imported", None),
        ("full", "failed", "It was ended before it was done."),
    ]


def test_a_refused_password_is_tried_once(installation: Installation, shop: Shop, connection: Connection) -> None:
    shop.password = "another"
    first = installation.run("pull")
    asked = len(shop.system.asked)
    second = installation.run("pull")

    assert (first.status, second.status, asked, len(shop.system.asked)) == (1, 1, 1, 1)
    assert "is not tried again" in second.err
    connect_shop(installation, shop, password="another")
    assert installation.run("pull").status == 0


def test_check_tries_a_refused_password_again(installation: Installation, shop: Shop) -> None:
    shop.down = False
    right, shop.password = shop.password, "another"
    installation.run("pull")
    shop.password = right

    checked = installation.run("check")

    assert f"connection shop, {shop.system.url}: reached" in checked.out
    assert installation.run("pull").status == 0


def test_no_secret_is_written_anywhere(installation: Installation, shop: Shop, connection: Connection) -> None:
    shop.password = "another"
    runs = [
        installation.run(*command) for command in (["pull"], ["check"], ["pulls"], ["inspect", "shop", "customers"])
    ]

    said = "".join(run.out + run.err for run in runs)
    noted = str(connection.execute("select * from ops.pulls").fetchall())
    noted += str(connection.execute("select * from ops.connections").fetchall())
    kept = "".join(
        path.read_text(errors="replace") for path in (installation.folder / "home").rglob("*") if path.is_file()
    )
    assert "correct horse" not in said + noted + kept


def test_a_rejected_record_is_corrected_in_the_error_file(
    installation: Installation, shop: Shop, connection: Connection
) -> None:
    shop.has(customer("C4", limit="a lot"))

    done = installation.run("pull", "shop_customers")

    assert done.status == 3
    (error_file,) = [path for path in pulled_files(installation) if path.name.endswith(".errors.csv")]
    corrected = error_file.parent.parent / error_file.name
    corrected.write_text(error_file.read_text(encoding="utf-8-sig").replace("a lot", "5000"), encoding="utf-8")
    assert installation.run("import").status == 0
    assert set(customers(connection)) == {"C1", "C2", "C3", "C4"}


def test_two_pulls_of_a_connection_do_not_run_at_once(installation: Installation, shop: Shop) -> None:
    with ThreadPoolExecutor(2) as threads:
        done = list(threads.map(lambda name: installation.run("pull", name), ["shop_customers", "shop_contacts"]))

    # Contacts wait for their customers.
    assert {each.status for each in done} <= {0, 3}
    assert shop.at_once == 1


def test_the_fields_of_a_system_are_shown_with_the_columns_they_go_to(installation: Installation, shop: Shop) -> None:
    found = json.loads(installation.run("inspect", "shop", "customers", "--json").out)

    assert {each["name"]: each["to"] for each in found["fields"]} == {
        "code": ["customer_id"], "name": ["name"], "limit": ["credit_limit"], "state": ["status"], "changed": []
    }  # fmt: skip
    assert (found["rows"], [record["code"] for record in found["records"]]) == (3, ["C1", "C2", "C3"])


def test_what_was_pulled_is_deleted_when_it_is_old(
    installation: Installation, shop: Shop, connection: Connection
) -> None:
    installation.run("pull", "shop_customers")
    connection.execute("update ops.import_files set finished_at = finished_at - interval '31 days'")

    done = installation.run("prune")

    assert "refused files of connection shop" in " ".join(done.out.split())
    assert pulled_files(installation) == []
