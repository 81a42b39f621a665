"""The mail about exports: what it says, and that nobody is told twice."""

from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest

from tests.exporting.noted import NOW, add, exporter
from tests.notify.postbox import Postbox
from tests.notify.test_report import TEAM, text_of
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.notify.exports import report_exports
from wiseparts_pipeline.warehouse import Connection, Warehouse

LONG_AGO = NOW - timedelta(days=900)


def configured(when: str = "problems", **attributes: Any) -> Configuration:
    return Configuration({}, {}, {"erp_orders": exporter(notify={"to": [TEAM], "when": when}, **attributes)})


def words(mail: EmailMessage) -> str:
    return " ".join(text_of(mail).split())


@pytest.fixture
def connection(warehouse: Warehouse) -> Any:
    with warehouse.connect(autocommit=True) as connection:
        yield connection


def test_each_record_that_someone_has_to_look_at_is_told_with_its_reason(
    warehouse: Warehouse, connection: Connection, postbox: Postbox
) -> None:
    add(connection, "O1", "held", "missing_value", error="order_data, column Customer: customer_id has no value.")
    add(connection, "O2", "held", "unencodable", error="order_data, column Note: '\u5317' is not in cp1253.")
    add(connection, "O3", "given_up", "unreachable", error="The server does not answer.")
    add(connection, "O4", "delivered", delivered_at=LONG_AGO, path="Export/order_1", version=2)
    assert report_exports(warehouse, configured()) == []
    ((recipients, mail),) = postbox.delivered
    text = words(mail)
    assert recipients == [TEAM]
    assert mail["Subject"] == "erp_orders: 2 held, 1 given up, 1 not collected"
    assert "- order O1: order_data, column Customer: customer_id has no value." in text
    assert "- order O2: order_data, column Note: '\u5317' is not in cp1253." in text
    assert "Given up: not tried any more: - order O3: The server does not answer." in text
    assert "`wiseparts export erp_orders`" in text
    assert "not collected within 2 hours: - order O4, version 2: delivered at" in text
    assert "as Export/order_1" in text


def test_nobody_is_told_twice(warehouse: Warehouse, connection: Connection, postbox: Postbox) -> None:
    add(connection, "O1", "held", "missing_value")
    for _ in range(2):
        report_exports(warehouse, configured())
    add(connection, "O2", "held", "missing_value")
    report_exports(warehouse, configured())
    assert [mail["Subject"] for mail in postbox.mails] == [
        "erp_orders: 1 held (order O1)",
        "erp_orders: 1 held (order O2)",
    ]


def test_of_very_many_the_first_are_shown(warehouse: Warehouse, connection: Connection, postbox: Postbox) -> None:
    for number in range(25):
        add(connection, f"O{number}", "held", "missing_value", error="No value.")
    report_exports(warehouse, configured())
    (mail,) = postbox.mails
    assert text_of(mail).count("- order O") == 20
    assert "- and 5 more" in text_of(mail)


def test_nobody_is_told_who_does_not_want_to_be(warehouse: Warehouse, connection: Connection, postbox: Postbox) -> None:
    add(connection, "O1", "held", "missing_value")
    report_exports(warehouse, configured("never"))
    report_exports(warehouse, Configuration({}, {}, {"erp_orders": exporter()}))
    assert postbox.mails == []


def test_without_a_mail_server_it_says_so_and_tells_later(
    warehouse: Warehouse, connection: Connection, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(connection, "O1", "held", "missing_value")
    with monkeypatch.context() as without:
        without.delenv("WISEPARTS_SMTP_URL")
        (notice,) = report_exports(warehouse, configured())
    assert notice.startswith("erp_orders: its `notify` requests e-mail but no mail server is configured")
    report_exports(warehouse, configured())
    assert len(postbox.mails) == 1


def test_a_mail_server_that_is_down_delays_the_mail(
    warehouse: Warehouse, connection: Connection, closed_postbox: Postbox
) -> None:
    add(connection, "O1", "held", "missing_value")
    (notice,) = report_exports(warehouse, configured())
    assert "tried again" in notice
    assert connection.execute("select status, importer from ops.outbox").fetchall() == [("waiting", "erp_orders")]
