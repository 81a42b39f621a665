"""Of a forgotten person, ops.exports keeps the UUID, and nothing of the person is exported any more."""

from typing import Any

import pytest

from tests.forgetting.conftest import People
from wiseparts_pipeline.config.exports.exporter import ExporterSettings
from wiseparts_pipeline.connections.itscope.documents import FOLDER

LINES = "order_id,line_no,placed_at,channel,status,customer_id,quantity,unit_price,net_amount,currency,note"
ORDER = "{},1,2025-01-01,web,confirmed,{},1,5,5,EUR,Ask for Maria"
CONTACTS = {"customer_data": {"rows": "record"}, "contacts": {"rows": "contacts"}}


def exporter(entity: str, **attributes: Any) -> ExporterSettings:
    settings = {"entity": entity, "to": "hub", "folder": f"Out/{entity}", "sources": ["erp"]}
    return ExporterSettings.model_validate(settings | attributes)


@pytest.fixture
def exported(people: People) -> People:
    """Two customers, an order of each, and a contact of the second; all held because of what is in them."""
    people.imports.drop.exporters = (exporter("orders"), exporter("customers", changes="version", files=CONTACTS))
    people("customers", 1, "customer_id,name,phone", "C1,Alpha Motors,210 1234567", "C2,Beta,")
    people("contacts", 2, "contact_id,customer_id,first_name,last_name", "K1,C2,Maria,Papadopoulou")
    people("orders", 3, LINES, ORDER.format("O1", "C1"), ORDER.format("O2", "C2"))
    people.imports.drop.execute(
        "update ops.exports set status = 'held', code = 'unencodable', error = 'note: ''Ask for Maria'', 210 1234567',"
        " next_attempt_at = now() + interval '1 hour'"
    )
    return people


def exports(people: People, *columns: str) -> list[tuple[Any, ...]]:
    return people.rows(f"select {', '.join(columns)} from ops.exports order by export_id")


def test_nothing_but_the_uuid_stays_of_a_forgotten_customer(exported: People) -> None:
    exported.imports.drop.execute(
        "update ops.exports set status = 'delivered', code = null, error = null, path = 'Out/' || record_uuid,"
        """ files = '[{"sha256": "0"}]' where record_key = 'C1'"""
    )
    uuids = exports(exported, "record_uuid")
    done = exported.forget()
    assert exports(exported, "record_uuid") == uuids
    assert exports(exported, "record_key", "status", "path = 'Out/' || record_uuid", "files")[0] == (
        None,
        "delivered",
        True,
        [],
    )
    assert done.rows["ops.exports"] == 4
    assert exported.forget().rows["ops.exports"] == 0


def test_a_forgotten_customer_is_not_exported_any_more(exported: People) -> None:
    exported.forget()
    first = ("cancelled", "not_wanted", "It was forgotten.", None)
    assert exports(exported, "status", "code", "error", "record_key")[0] == first
    exported("customers", 5, "customer_id,name,phone", "C1,Alpha Motors,210 7654321", "C3,Gamma,")
    assert exports(exported, "status", "code", "error", "record_key")[0] == first
    assert len(exports(exported)) == 5
    exported.imports.drop.exporters = (exporter("customers", name="late", start="all"),)
    exported("customers", 6, "customer_id,name,phone", "C4,Delta,")
    noted = exported.rows("select record_key from ops.exports where exporter = 'late' order by 1")
    assert noted == [("C2",), ("C3",), ("C4",)]


def test_why_what_is_about_the_person_is_held_is_found_out_again(exported: People) -> None:
    exported.forget()
    known = exports(exported, "record_key", "status", "error", "next_attempt_at <= now()")
    assert known[2:] == [
        ("O1", "held", None, True),
        ("O2", "held", "note: 'Ask for Maria', (forgotten)", False),
    ]


def test_a_customer_is_exported_without_a_forgotten_contact(exported: People) -> None:
    exported.forget("K1", "contacts")
    known = exports(exported, "record_key", "status", "error", "next_attempt_at <= now()")
    assert known[1] == ("C2", "held", None, True)
    assert known[0][:2] == ("C1", "held")


def test_a_supplier_s_document_with_the_person_in_it_is_named_and_left(exported: People) -> None:
    folder = exported.home / "pulls" / "market" / FOLDER
    folder.mkdir(parents=True)
    (folder / "1.xml").write_text("<ORDER>Alpha Motors, Ermou 12</ORDER>", encoding="utf-8")
    (folder / "2.xml").write_text("<ORDER>Others</ORDER>", encoding="utf-8")
    (kept,) = exported.forget().kept
    assert (kept.source, kept.path) == ("market", str(folder / "1.xml"))
    assert "remove it yourself, unless the law has you keep it" in kept.kept_because
