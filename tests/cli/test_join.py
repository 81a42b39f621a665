"""`wiseparts import` of header and lines in separate files: incomplete sets, and what is imported together."""

from tests.installation import Installation

LINES = ["order_id,line_no,quantity,unit_price,net_amount", "A,1,2,5,10"]
HEADER = ["order_id,placed_at,channel,status,currency", "A,2025-01-31,web,shipped,EUR"]


def test_lines_wait_for_their_header_and_both_are_in_the_log(installation: Installation) -> None:
    join = [{"pattern": "HEADER_{date}.csv", "on": {"order_id": "order_id"}}]
    installation.importer("orders", pattern="LINES_{date}.csv", join=join)
    installation.put("Orders/LINES_2025-02-01.csv", *LINES)

    first = installation.run("import", "orders")
    assert first.status == 0
    assert "LINES_2025-02-01.csv waits for HEADER_2025-02-01.csv: they are imported together." in first.out

    installation.put("Orders/HEADER_2025-02-01.csv", *HEADER)
    assert installation.run("import", "orders").status == 0
    log = installation.run("log", "orders").out
    assert log.count("imported") >= 2
    assert {"HEADER_2025-02-01.csv", "LINES_2025-02-01.csv"} <= set(log.split())
    assert sorted(path.name for path in (installation.drop / "Orders" / "processed").iterdir()) == [
        "HEADER_2025-02-01.csv",
        "LINES_2025-02-01.csv",
    ]
