"""Which records are not delivered, and what people are told of them."""

from typing import Any
from uuid import uuid4

import pytest

from tests.exporting.records import CUSTOMER, NOW, RECORD_UUID, export, exporter, insert, line, lines_with, order
from wiseparts_pipeline.exporting import content
from wiseparts_pipeline.exporting.content import prepare, records, rows
from wiseparts_pipeline.exporting.export import Code, HeldRecord, UnwantedRecord
from wiseparts_pipeline.warehouse import Connection


def held(connection: Connection, **attributes: Any) -> tuple[Code, str]:
    """Why the order is held."""
    with pytest.raises(HeldRecord) as caught:
        prepare(connection, exporter(**attributes), export())
    return caught.value.code, str(caught.value)


class TestHeld:
    def test_a_record_without_a_value_that_the_receiver_needs(self, connection: Connection) -> None:
        line(connection)
        line(connection, line_no=2, sku=None)
        code, why = held(connection, **lines_with(Sku={"from": "sku", "required": True}))
        assert code is Code.MISSING_VALUE
        assert why.startswith("lines, line_no 2, column Sku: sku has no value")

    def test_a_letter_that_the_encoding_lacks(self, connection: Connection) -> None:
        line(connection, note="Γ. Παπαδόπουλος, Łódź")
        code, why = held(connection, file={"encoding": "cp1253"})
        assert code is Code.UNENCODABLE
        assert (
            "order_data, column note: 'Γ. Παπαδόπουλος, Łódź' has 'Ł' (U+0141), which the encoding cp1253 lacks." in why
        )

    def test_a_letter_that_would_be_read_as_another(self, connection: Connection) -> None:
        line(connection, note="5 ¥")
        code, why = held(connection, file={"encoding": "shift_jis"})
        assert code is Code.UNENCODABLE
        assert "has '¥'" in why

    @pytest.mark.parametrize(
        ("note", "file", "problem"),
        [
            ("NULL", {"null_text": "NULL"}, "is what `null_text` writes"),
            ("a;b", {"delimiter": ";", "quote": ""}, "has the delimiter ';' in it"),
            ("a\nb", {"quote": ""}, "has the end of a row in it"),
            ("a&|b", {"quote": "", "row_end": "&|"}, "has the end of a row in it"),
            ("ab", {"quote": "", "row_end": "abab"}, "has the end of a row in it"),
        ],
    )
    def test_a_text_that_would_be_read_as_something_else(
        self, connection: Connection, note: str, file: dict[str, str], problem: str
    ) -> None:
        line(connection, note=note)
        code, why = held(connection, file=file)
        assert code is Code.UNENCODABLE
        assert problem in why

    def test_a_number_that_would_be_read_as_no_value(self, connection: Connection) -> None:
        line(connection, quantity=0)
        code, why = held(connection, file={"null_text": "0", "false_text": "no"})
        assert code is Code.UNENCODABLE
        assert why.startswith("order_items, line_no 1, column quantity: '0.000000' is what `null_text` writes")

    def test_a_text_that_a_map_replaces_need_not_be_writable(self, connection: Connection) -> None:
        line(connection, note="Ł")
        columns = {"Note": {"from": "note", "map": {"Ł": "L"}}}
        assert order(connection, file={"encoding": "ascii"}, **lines_with(**columns))["lines"][1] == "L"

    def test_a_value_of_the_header_that_differs_between_lines(self, connection: Connection) -> None:
        line(connection, note="Ring")
        line(connection, line_no=2)
        assert order(connection)["order_data"][1].endswith(",Ring")
        line(connection, line_no=3, note="Knock")
        code, why = held(connection)
        assert code is Code.DIFFERING_VALUES
        assert why.startswith("order_data, column note: note is 'Ring' in one line and 'Knock' in another.")
        assert order(connection, files={"order_data": {"columns": {"No": "order_id"}}})

    def test_more_rows_or_bytes_than_are_handled(self, connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
        for number in range(3):
            line(connection, line_no=number)
        for module in (records, rows):
            monkeypatch.setattr(module, "MOST_ROWS", 2)
        assert held(connection)[0] is Code.TOO_LARGE
        for module in (records, rows):
            monkeypatch.setattr(module, "MOST_ROWS", 3)
        monkeypatch.setattr(content, "MOST_BYTES", 200)
        assert held(connection)[0] is Code.TOO_LARGE

    def test_a_long_value_is_cut_in_the_sentence(self, connection: Connection) -> None:
        line(connection, note="Ł" * 1000)
        assert len(held(connection, file={"encoding": "ascii"})[1]) < 300


class TestUnwanted:
    @pytest.fixture(autouse=True)
    def _line(self, connection: Connection) -> None:
        line(connection)

    def why(self, connection: Connection, entity: str = "orders", **columns: Any) -> str:
        with pytest.raises(UnwantedRecord) as caught:
            prepare(connection, exporter(entity), export(entity, **columns))
        assert caught.value.code is Code.NOT_WANTED
        return str(caught.value)

    def test_an_order_all_of_whose_lines_are_deleted(self, connection: Connection) -> None:
        line(connection, line_no=2, sku="X", _deleted_at=NOW)
        assert len(order(connection)["order_items"]) == 2
        connection.execute("update raw.orders set _deleted_at = now()")
        assert self.why(connection) == "The order is not there any more."

    def test_an_order_that_does_not_fulfil_the_condition_in_one_of_its_lines(self, connection: Connection) -> None:
        line(connection, line_no=2, status="cancelled")
        assert self.why(connection) == "status is 'cancelled'; exported with confirmed only."

    def test_a_condition_is_not_looked_at_again_for_what_is_sent_again(self, connection: Connection) -> None:
        connection.execute("update raw.orders set status = 'shipped'")
        for columns in ({"version": 2}, {"again": True}, {"delivered_at": NOW}):
            assert len(prepare(connection, exporter(), export(**columns))) == 2

    def test_an_order_whose_number_was_forgotten(self, connection: Connection) -> None:
        assert "removed with the person" in self.why(connection, key=None)

    def test_a_customer_who_was_deleted(self, connection: Connection) -> None:
        insert(connection, "raw.customers", **CUSTOMER, _deleted_at=NOW)
        assert self.why(connection, "customers") == "The customer is not there any more."


class TestAfterTheCustomer:
    """Orders of an exporter with `after: erp_customers`."""

    def states(self, connection: Connection, *exports: tuple[str, str | None]) -> Code | None:
        """Why the order is held if its customer's versions stand like that."""
        line(connection)
        insert(connection, "raw.customers", **CUSTOMER)
        insert(connection, "ops.exporters", exporter="erp_customers")
        for version, (status, code) in enumerate(exports, 1):
            row = {"exporter": "erp_customers", "entity": "customers", "record_uuid": RECORD_UUID, "record_key": "C1"}
            insert(connection, "ops.exports", **row, version=version, status=status, code=code)
        try:
            prepare(connection, exporter(after="erp_customers"), export())
        except HeldRecord as caught:
            return caught.code
        return None

    @pytest.mark.parametrize(
        "exports",
        [
            [],
            [("delivered", None)],
            [("collected", None)],
            [("delivered", None), ("waiting", None)],
            [("cancelled", "before_start")],
        ],
    )
    def test_go_when_the_receiver_has_the_customer(
        self, connection: Connection, exports: list[tuple[str, str | None]]
    ) -> None:
        assert self.states(connection, *exports) is None

    @pytest.mark.parametrize(
        "export_",
        [("waiting", None), ("held", "missing_value"), ("given_up", "unreachable"), ("cancelled", "not_wanted")],
    )
    def test_wait_for_a_new_customer(self, connection: Connection, export_: tuple[str, str | None]) -> None:
        assert self.states(connection, export_) is Code.CUSTOMER_NOT_DELIVERED

    def test_wait_for_a_customer_who_is_not_known_yet(self, connection: Connection) -> None:
        line(connection)
        code, why = held(connection, after="erp_customers")
        assert (code, why[:40]) == (Code.CUSTOMER_NOT_DELIVERED, "Its customer 'C1' is not known here. Imp")

    def test_wait_until_it_is_known_which_customers_are_new(self, connection: Connection) -> None:
        line(connection)
        insert(connection, "raw.customers", **CUSTOMER)
        code, why = held(connection, after="erp_customers")
        assert (code, why[:30]) == (Code.CUSTOMER_NOT_DELIVERED, "Whether its customer 'C1' goes")

    def test_go_without_a_customer(self, connection: Connection) -> None:
        line(connection, customer_id=None)
        assert order(connection, after="erp_customers")

    def test_do_not_wait_for_what_another_exporter_has_to_deliver(self, connection: Connection) -> None:
        row = {"entity": "customers", "record_uuid": RECORD_UUID, "status": "waiting"}
        insert(connection, "ops.exports", exporter="another", **row)
        insert(connection, "ops.exports", exporter="erp_customers", **row | {"record_uuid": uuid4()})
        assert self.states(connection) is None
