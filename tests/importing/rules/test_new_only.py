"""`new_only`: a record that somebody waits for is created, or all that is wrong is told; no other is touched."""

from tests.importing.drop import counts
from tests.importing.rules.imports import Imports

HEADER = "order_id,line_no,placed_at,channel,status,customer_id,quantity,unit_price,net_amount,currency\n"


def line(order: str, number: int, customer: str = "C1") -> str:
    return f"{order},{number},2025-01-02 10:00:00,web,confirmed,{customer},1,2.00,2.00,EUR\n"


def test_another_line_of_an_order_that_is_there_is_rejected(imports: Imports) -> None:
    orders = imports.drop.of("orders")
    orders.imported("1.csv", HEADER + line("A", 1))
    done = orders.imported("2.csv", HEADER + line("A", 2) + line("B", 1), new_only=True)
    assert counts(done) == {"read": 2, "created": 1, "rejected": 1}
    assert orders.rows("select key, code, status from ops.rejected_rows") == [("A/2", "already_there", "resolved")]
    assert orders.stored("order_id", "line_no") == [("A", 1), ("B", 1)]


def test_an_order_that_waits_or_was_deleted_is_there(imports: Imports) -> None:
    orders = imports.drop.of("orders", references={"customer_id": "wait"})
    orders.imported("1.csv", HEADER + line("A", 1, "nobody"))
    imports("customers", 1, "customer_id,name", "C1,Alfa")
    orders.imported("2.csv", HEADER + line("B", 1))
    orders.execute("update raw.orders set _deleted_at = now()")
    done = orders.imported("3.csv", HEADER + line("A", 2) + line("B", 2), new_only=True)
    assert counts(done) == {"read": 2, "rejected": 2}


def test_the_same_file_again_is_unchanged(imports: Imports) -> None:
    orders = imports.drop.of("orders")
    first = orders.imported("1.csv", HEADER + line("A", 1), new_only=True)
    orders.execute("update ops.import_files set status = 'importing', archived_to = null")
    orders.put("1.csv", HEADER + line("A", 1))
    (again,) = orders.run(names=["1.csv"], new_only=True).files
    assert (again.file.file_id, counts(again)) == (first.file.file_id, {"read": 1, "unchanged": 1})
