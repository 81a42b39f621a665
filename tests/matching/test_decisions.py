"""What people decide stays, and what rules have decided follows the records."""

from pathlib import Path

import pytest

from tests.matching.records import put
from wiseparts_pipeline.diagnostics.matched import check_matches
from wiseparts_pipeline.importing.ledger.changes import current_versions, note_changes
from wiseparts_pipeline.matching.deciding import NotDecided, decide
from wiseparts_pipeline.matching.kinds import Kind
from wiseparts_pipeline.matching.lists import UnreadableList, take_list, write_list
from wiseparts_pipeline.matching.log import Match, Status, latest
from wiseparts_pipeline.matching.service import find_matches, notices
from wiseparts_pipeline.warehouse import Connection, Warehouse

EAN, OTHER_EAN = "4047024000018", "4006381333931"


@pytest.fixture(autouse=True)
def products(connection: Connection, warehouse: Warehouse) -> None:
    put(connection, "manufacturers", "manufacturer_id name", [("1", "Bosch GmbH")])
    put(
        connection,
        "products",
        "product_id sku name brand barcode",
        [("100", "A-1", "Brake pad", "Bosch", EAN), ("200", "A-2", "Oil filter W712", "Bosch", None)],
        "erp",
    )
    put(
        connection,
        "supplier_products",
        "puid name manufacturer_id ean",
        [("0091", "Brake pads", "1", f"0{EAN}"), ("0092", "Filter oil W712", "1", OTHER_EAN)],
    )
    find_matches(warehouse)


def products_now(connection: Connection) -> dict[tuple[str, str], Match]:
    return {(match.theirs, match.ours): match for match in latest(connection, [Kind.PRODUCT])}


def change(connection: Connection, warehouse: Warehouse, statement: str) -> None:
    with connection.transaction():
        connection.execute(statement.encode())
        note_changes(connection, 1, ["products"])
    find_matches(warehouse)


def test_an_ean_is_confirmed_and_a_name_is_only_proposed(connection: Connection) -> None:
    found = products_now(connection)

    by_ean, by_name = found["0091", "100"], found["0092", "200"]
    assert (by_ean.method, by_ean.status, by_ean.decided_by) == ("ean", Status.CONFIRMED, "rules")
    assert (by_name.method, by_name.status, by_name.doubt) == ("name", Status.PROPOSED, "name_only")


def test_a_rejected_pair_is_never_proposed_again(connection: Connection, warehouse: Warehouse) -> None:
    match = products_now(connection)["0091", "100"]
    decide(connection, [match.match_id], Status.REJECTED)
    change(connection, warehouse, "update raw.products set name = name || ' set'")

    again = products_now(connection)["0091", "100"]
    assert (again.match_id, again.status, again.decided_by) == (match.match_id, Status.REJECTED, "person")


def test_rules_go_back_on_what_is_not_so_any_more_and_people_do_not(
    connection: Connection, warehouse: Warehouse
) -> None:
    decide(connection, [products_now(connection)["0092", "200"].match_id], Status.CONFIRMED)
    change(connection, warehouse, "update raw.products set barcode = null, name = 'something else'")

    assert {pair: match.status for pair, match in products_now(connection).items()} == {
        ("0092", "200"): Status.CONFIRMED
    }


def test_a_second_of_ours_makes_a_conflict_of_what_was_certain(connection: Connection, warehouse: Warehouse) -> None:
    put(connection, "products", "product_id sku name barcode", [("300", "A-3", "Pads", EAN)], "erp")
    found = find_matches(warehouse)

    now = products_now(connection)
    assert {now["0091", ours].doubt for ours in ("100", "300")} == {"several_ours"}
    assert {now["0091", ours].status for ours in ("100", "300")} == {Status.PROPOSED}
    assert "1 of their product records" in notices(found)[0]
    (told,) = check_matches(warehouse)
    assert (told.kind, told.message.partition(":")[0]) == (
        "match_conflicts",
        "1 record of theirs is the same as several of ours",
    )


def test_one_of_theirs_is_confirmed_once(connection: Connection, warehouse: Warehouse) -> None:
    put(connection, "products", "product_id sku name barcode", [("300", "A-3", "Pads", EAN)], "erp")
    find_matches(warehouse)
    now = products_now(connection)
    decide(connection, [now["0091", "300"].match_id], Status.CONFIRMED)

    with pytest.raises(NotDecided, match=r"0091 is matched with 300 already; reject match \d+ first"):
        decide(connection, [now["0091", "100"].match_id], Status.CONFIRMED)


def test_nothing_is_looked_for_again_until_something_changes(connection: Connection, warehouse: Warehouse) -> None:
    versions = current_versions(connection)

    assert find_matches(warehouse) == []
    change(connection, warehouse, "update raw.products set description = 'new'")
    assert current_versions(connection) == versions | {"products": versions["products"] + 1}


def test_a_confirmed_match_counts_as_a_change_of_what_marts_read(connection: Connection) -> None:
    before = current_versions(connection)["supplier_products"]
    decide(connection, [products_now(connection)["0092", "200"].match_id], Status.CONFIRMED)

    assert current_versions(connection)["supplier_products"] == before + 1


def test_a_list_is_written_edited_and_taken(connection: Connection, warehouse: Warehouse, tmp_path: Path) -> None:
    put(connection, "products", "product_id sku name", [("300", "A-3", "Filter")], "erp")
    path = tmp_path / "matches.csv"
    write_list(path, latest(connection, [Kind.PRODUCT]))
    head, *rows = path.read_text("utf-8-sig").splitlines()
    # As a spreadsheet of another country saves it, without leading zeros.
    edited = [row.replace(",0091,", ",91,").replace("proposed", "rejected") for row in rows]
    own = ",product,0092,,300,,,,confirmed,"
    path.write_text("\n".join([head, *edited, own]).replace(",", ";"), "utf-8")
    taken = take_list(connection, path)
    find_matches(warehouse)

    assert (taken.decided, taken.unchanged, taken.problems) == (2, 1, [])
    now = products_now(connection)
    assert now["0092", "200"].status is Status.REJECTED
    assert (now["0092", "300"].method, now["0092", "300"].status) == ("manual", Status.CONFIRMED)
    assert take_list(connection, path).decided == 0


def test_each_row_of_a_list_that_cannot_be_taken_is_told(connection: Connection, tmp_path: Path) -> None:
    match = products_now(connection)["0092", "200"]
    path = tmp_path / "matches.csv"
    rows = [
        "match_id,kind,theirs,ours,status",
        f"{match.match_id},product,0092,100,confirmed",
        f"{match.match_id},product,0092,200,yes",
        f"{'9' * 5000},product,0092,200,confirmed",
        ",brand,1,2,confirmed",
        ",product,0092,404,confirmed",
        f"{match.match_id},product,0092,200,confirmed",
    ]
    path.write_text("\n".join(rows), "utf-8")
    taken = take_list(connection, path)

    assert [problem.split(":")[0] for problem in taken.problems] == [f"row {number}" for number in range(2, 7)]
    assert taken.decided == 1
    path.write_text("match_id,status\n", "utf-8")
    with pytest.raises(UnreadableList, match="lacks the columns kind, theirs, ours"):
        take_list(connection, path)
    # A quote that nothing closes.
    path.write_text("\n".join([rows[0], '1,product,"', "x"]), "utf-8")
    with pytest.raises(UnreadableList, match="is no CSV that can be read: unexpected end of data"):
        take_list(connection, path)


def test_suppliers_of_another_source_are_ours(connection: Connection, warehouse: Warehouse) -> None:
    columns = "supplier_id name"
    put(connection, "suppliers", columns, [("10000735", "Nordparts Distribution GmbH")])
    put(connection, "suppliers", columns, [("K-7", "NORDPARTS")], "erp")
    put(connection, "supplier_categories", "category_id name", [("5", "Brake pads")])
    put(connection, "categories", "category_id name", [("K1", "brake pads"), ("K2", "Tyres")], "erp")
    find_matches(warehouse)

    found = latest(connection, [Kind.SUPPLIER, Kind.CATEGORY])
    assert {(match.kind, match.theirs, match.ours, match.status) for match in found} == {
        (Kind.SUPPLIER, "10000735", "K-7", Status.PROPOSED),
        (Kind.CATEGORY, "5", "K1", Status.PROPOSED),
    }
