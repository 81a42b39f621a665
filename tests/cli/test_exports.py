"""`wiseparts exports` and `wiseparts export`, and what other commands say of exports."""

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from tests.installation import Finished, Installation

HEADER = "order_id,line_no,placed_at,channel,status,customer_id,quantity,unit_price,net_amount,currency,email"
SAMPLE = "2026-03-01 10:00:00,web,confirmed,C1,2,4.50,9.00,EUR,"


@pytest.fixture
def shop(installation: Installation) -> Installation:
    """Orders that the source `drop` creates go to a local folder of the source `erp`."""
    installation.source("erp", protocol="local", root=str(erp(installation)), settle_seconds=0)
    installation.importer("orders", columns={"email": "email"})
    installation.exporter("orders", name="erp_orders", files=FILES)
    erp(installation).mkdir()
    return installation


FILES = {
    "order_data": {"columns": {"OrderNo": "order_id", "Ref": "uuid", "Mail": {"from": "email", "required": True}}},
    "order_items": {"rows": "line", "columns": {"OrderNo": "order_id", "Line": "line_no", "Net": "net_amount"}},
}


def erp(installation: Installation) -> Path:
    return installation.folder / "erp"


def ordered(installation: Installation, *orders: str, mail: str = "a@example.com", file: str = "1.csv") -> Finished:
    """Imports a file with these orders, of one line each."""
    installation.put(f"Orders/{file}", HEADER, *(f"{order},1,{SAMPLE}{mail}" for order in orders))
    return installation.run("import", "orders")


def listed(installation: Installation, *arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(installation.run("exports", *arguments, "--json").out)["exports"]
    return found


def exports(installation: Installation) -> list[dict[str, Any]]:
    """What was noted, the first one first."""
    with psycopg.connect(installation.variables["WISEPARTS_DATABASE_URL"], row_factory=dict_row) as connection:
        return connection.execute("select * from ops.exports order by export_id").fetchall()


def folders(installation: Installation) -> list[Path]:
    return sorted((erp(installation) / "Orders").iterdir())


def execute(installation: Installation, statement: str) -> None:
    with psycopg.connect(installation.variables["WISEPARTS_DATABASE_URL"]) as connection:
        connection.execute(statement.encode())


def test_an_order_is_in_the_folder_of_the_erp_when_its_import_has_ended(shop: Installation) -> None:
    done = ordered(shop, "WO-1", "WO-2")

    rows = exports(shop)
    assert done.status == 0, done.err
    assert {(row["record_key"], row["status"], row["version"]) for row in rows} == {
        ("WO-1", "delivered", 1),
        ("WO-2", "delivered", 1),
    }
    assert {folder.name for folder in folders(shop)} == {f"order_{row['record_uuid']}" for row in rows}
    of_first = next(row for row in rows if row["record_key"] == "WO-1")
    uuid = str(of_first["record_uuid"])
    with (erp(shop) / of_first["path"] / f"order_data_{uuid}.csv").open(newline="") as file:
        assert list(csv.reader(file)) == [["OrderNo", "Ref", "Mail"], ["WO-1", uuid, "a@example.com"]]
    assert [each["name"] for each in of_first["files"]] == [f"order_items_{uuid}.csv", f"order_data_{uuid}.csv"]


def test_the_same_again_exports_nothing(shop: Installation) -> None:
    ordered(shop, "WO-1")
    before = exports(shop)
    ordered(shop, "WO-1", file="again.csv")

    assert exports(shop) == before
    assert shop.run("export").status == 0


def test_the_log_is_counted_and_can_be_searched(shop: Installation) -> None:
    ordered(shop, "WO-1", "WO-2")
    ordered(shop, "WO-3", mail="", file="2.csv")

    document = json.loads(shop.run("exports", "erp_orders", "--json").out)
    screen = shop.run("exports")
    assert document["exporters"]["erp_orders"] | {"oldest": None} == {
        "noted": 3,
        "waiting": 0,
        "held": 1,
        "delivered": 2,
        "collected": 0,
        "given_up": 0,
        "cancelled": 0,
        "overdue": 0,
        "oldest": None,
    }
    assert [row["record_key"] for row in listed(shop, "--status", "held")] == ["WO-3"]
    assert [row["record_key"] for row in listed(shop, "--record", "WO-2")] == ["WO-2"]
    assert len(listed(shop, "--limit", "2")) == 2
    assert "missing_value: order_data, column Mail: email has no value" in screen.out


def test_what_is_held_goes_when_it_is_corrected(shop: Installation) -> None:
    done = ordered(shop, "WO-1", mail="")
    held = shop.run("export")
    ordered(shop, "WO-1", mail="b@example.com", file="2.csv")

    assert done.status == 0
    assert held.status == 3
    assert "email has no value" in held.out
    assert [row["status"] for row in exports(shop)] == ["delivered"]
    assert shop.run("export").status == 0


def test_a_folder_that_cannot_be_used_leaves_the_import_alone_and_is_tried_again(shop: Installation) -> None:
    erp(shop).rmdir()
    done = ordered(shop, "WO-1")
    failed = shop.run("export")
    erp(shop).mkdir()
    delivered = shop.run("export", "erp_orders")

    assert done.status == 0
    assert str(erp(shop)) in done.err
    assert failed.status == 1
    assert str(erp(shop)) in failed.err
    assert (delivered.status, delivered.err) == (0, "")
    assert delivered.out.startswith("Delivered 1 record; the slowest")
    assert [row["status"] for row in exports(shop)] == ["delivered"]


def test_one_record_goes_again_under_the_same_uuid(shop: Installation) -> None:
    ordered(shop, "WO-1", "WO-2")
    not_again = shop.run("export", "erp_orders", "--record", "WO-1")
    again = shop.run("export", "erp_orders", "--record", "WO-1", "--again")

    assert "'WO-1' was delivered before" in not_again.err
    assert again.status == 0, again.err
    versions = {row["version"]: row for row in exports(shop) if row["record_key"] == "WO-1"}
    assert versions[1]["record_uuid"] == versions[2]["record_uuid"]
    assert Path(versions[2]["path"]).name == f"order_{versions[1]['record_uuid']}_2"
    assert len(folders(shop)) == 3


def test_a_record_can_be_written_here_instead(shop: Installation, tmp_path: Path) -> None:
    ordered(shop, "WO-1")
    before = exports(shop)
    done = shop.run("export", "erp_orders", "--record", "WO-1", "--out", tmp_path / "look")

    (folder,) = (tmp_path / "look").iterdir()
    (delivered,) = folders(shop)
    assert done.status == 0
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        path.name: path.read_bytes() for path in delivered.iterdir()
    }
    assert exports(shop) == before


def test_records_from_before_the_exporter_go_when_they_are_asked_for(installation: Installation) -> None:
    installation.importer("orders")
    ordered(installation, "WO-1")
    erp(installation).mkdir()
    installation.source("erp", protocol="local", root=str(erp(installation)), settle_seconds=0)
    installation.exporter("orders", name="erp_orders")
    installation.run("export")
    (before,) = exports(installation)
    done = installation.run("export", "erp_orders", "--since", "2026-03-01")

    assert (before["status"], before["code"]) == ("cancelled", "before_start")
    assert done.status == 0, done.err
    assert [row["status"] for row in exports(installation)] == ["delivered"]


def test_what_is_not_collected_in_time_is_told_until_it_is(shop: Installation) -> None:
    ordered(shop, "WO-1")
    execute(shop, "update ops.exports set delivered_at = delivered_at - interval '1 day'")
    left = shop.run("export")
    for folder in folders(shop):
        shutil.rmtree(folder)
    execute(shop, "update ops.exporters set listed_at = null")
    taken = shop.run("export")

    assert left.status == 3
    assert taken.status == 0
    assert [row["status"] for row in exports(shop)] == ["collected"]


def test_given_up_has_an_exit_status_of_its_own(shop: Installation) -> None:
    erp(shop).rmdir()
    ordered(shop, "WO-1")
    execute(shop, "update ops.exports set failing_since = now() - interval '4 days'")

    assert shop.run("export").status == 4
    erp(shop).mkdir()
    assert shop.run("export").status == 0


def test_what_waits_for_an_exporter_that_there_is_no_more_is_told_and_can_be_cancelled(shop: Installation) -> None:
    ordered(shop, "WO-1", mail="")
    execute(shop, "update ops.exports set exporter = 'orders_once'")
    assert "without_exporter" in shop.run("check", "--json").out
    assert "1 record of orders_once cancelled." in shop.run("export", "orders_once", "--cancel").out
    assert "without_exporter" not in shop.run("check", "--json").out


def test_trace_shows_the_exports_of_an_order(shop: Installation) -> None:
    ordered(shop, "WO-1", "WO-2")

    (export,) = json.loads(shop.run("trace", "orders", "WO-1", "--json").out)["exports"]
    (same,) = json.loads(shop.run("trace", "orders", "WO-1/1", "--json").out)["exports"]
    assert (export["status"], export["path"].partition("_")[0]) == ("delivered", "Orders/order")
    assert same == export
    assert export["path"] in shop.run("trace", "orders", "WO-1").out


def test_check_tells_whether_the_folder_can_be_used(shop: Installation) -> None:
    well = shop.run("check", "--json")
    (erp(shop) / "Orders").write_text("")
    faulty = shop.run("check", "--json")

    (source,) = [each for each in json.loads(faulty.out)["sources"] if each["name"] == "erp"]
    assert well.status == 0, well.out
    assert faulty.status == 1
    assert {(each["kind"], each["place"]) for each in source["findings"]} == {("not_writable", "exporter erp_orders")}


def test_check_names_what_is_held(shop: Installation) -> None:
    ordered(shop, "WO-1", mail="")

    checked = shop.run("check", "--json")
    found = {each["kind"]: each for each in json.loads(checked.out)["findings"]}
    assert checked.status == 3
    assert found["held_exports"]["place"] == "exporter erp_orders"
    assert "WO-1" in found["held_exports"]["message"]


def test_wrong_usage_is_explained(shop: Installation) -> None:
    for arguments, status, message in [
        (["export", "nobody"], 2, "There is no exporter 'nobody'; there are: erp_orders."),
        (["export", "--record", "WO-9", "--again"], 1, "WO-9"),
        (["export", "--again"], 2, "Name the records that are to be delivered again."),
        (["export", "--out", "look"], 2, "needs --record"),
        (["export", "erp_orders", "--cancel"], 2, "needs the one name that no exporter has any more"),
        (["exports", "--status", "lost"], 2, "'lost' is not one of"),
    ]:
        done = shop.run(*arguments)
        assert (done.status, message in done.err) == (status, True), done.err


def test_without_an_exporter_it_says_where_to_read_on(installation: Installation) -> None:
    assert "docs/exports.md" in installation.run("exports").out
    assert installation.run("export").status == 0
