"""What an exporter's settings are without a word, and what is wrong in them: one line each, as in test_loader.py."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.config.test_loader import component
from wiseparts_pipeline.config.exports.exporter import ExporterSettings
from wiseparts_pipeline.config.exports.files import LINE_COLUMNS
from wiseparts_pipeline.config.loader import (
    CONNECTION_TYPE,
    EXPORTER_TYPE,
    IMPORTER_TYPE,
    SOURCE_TYPE,
    load_configuration,
)
from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.errors import ConfigurationError

ORDERS: dict[str, Any] = {"entity": "orders", "to": "erp", "folder": "Export/Orders", "sources": "shop"}
CUSTOMERS = ORDERS | {"entity": "customers", "folder": "Export/Customers"}


def settings(**changed: Any) -> ExporterSettings:
    return ExporterSettings.model_validate(ORDERS | changed)


def configuration(folder: Path, *exporters: dict[str, Any], importer: str = "Sales") -> None:
    for source in ("erp", "shop"):
        component(folder / source, SOURCE_TYPE, {"name": source, "protocol": "local", "root": f"/srv/{source}"})
    importing = {"entity": "sales", "source": "erp", "folder": importer, "pattern": "*.csv"}
    component(folder / "sales", IMPORTER_TYPE, importing)
    for number, attributes in enumerate(exporters):
        component(folder / f"exporter{number}", EXPORTER_TYPE, attributes)
    load_configuration(folder)


def test_an_exporter_of_orders_exports_confirmed_ones_with_all_columns() -> None:
    exporter = settings()
    lines, record = exporter.written_files.values()
    assert (exporter.name, exporter.sources, exporter.when) == ("orders", ("shop",), {"status": ("confirmed",)})
    assert list(exporter.written_files) == ["order_items", "order_data"]
    assert list(lines.columns) == ["order_id", *LINE_COLUMNS]
    assert set(record.columns) == {"uuid", *ENTITIES["orders"].column_names} - set(LINE_COLUMNS)


def test_an_exporter_of_customers_exports_all_of_them() -> None:
    exporter = settings(entity="customers")
    ((name, record),) = exporter.written_files.items()
    assert (exporter.name, exporter.when, exporter.noun, name) == ("customers", {}, "customer", "customer_data")
    assert list(record.columns) == ["uuid", *ENTITIES["customers"].column_names]


def test_values_are_read_as_they_are_written() -> None:
    exporter = settings(start="2026-01-31", when={}, file={"delimiter": "\\t", "true_text": 5})
    assert (exporter.start, exporter.when) == (date(2026, 1, 31), {})
    assert (exporter.file.delimiter, exporter.file.true_text) == ("\t", "5")


@pytest.mark.parametrize(
    ("changed", "place", "expected"),
    [
        ({"folde": "x"}, "folde", "unknown attribute; allowed: entity, name, formerly, to, folder, sources"),
        ({"file": {"delimeter": ";"}}, "file.delimeter", "unknown attribute; allowed: encoding, delimiter, quote"),
        ({"files": {"a": {"colums": {}}}}, "files.a.colums", "unknown attribute; allowed: rows, columns"),
        ({"entity": "sales"}, "entity", "must be 'orders', 'customers' or 'purchase_requisitions', not"),
        ({"folder": ""}, "folder", "name a folder of its own"),
        ({"folder": "../x"}, "folder", "'..' is not allowed"),
        ({"sources": []}, "sources", "should have at least 1 item"),
        ({"sources": "erp"}, "sources", "'erp' would get back what it has sent; set `echo: true`"),
        ({"sources": "crm"}, "sources", "'crm' is not a source; allowed: erp, shop"),
        ({"to": "crm"}, "to", "'crm' is not a source; allowed: erp, shop"),
        ({"when": {"stat": "x"}}, "when.stat", "there is no such column in orders; allowed: order_id"),
        ({"when": {"status": "new"}}, "when.status", "'new' is not a value of it; allowed: draft, confirmed"),
        ({"when": {"quantity": "5"}}, "when.quantity", "is of the type number; texts and whole numbers are compared"),
        (
            {"when": {"quantity": "2"}},
            "when.quantity",
            "is of the type number; texts and whole numbers are compared only",
        ),
        ({"start": "soon"}, "start", "'soon' is no start; write now, all, or a day like 2026-01-31"),
        ({"changes": "all"}, "changes", "must be 'ignore' or 'version'"),
        ({"after": "crm"}, "after", "'crm' is no exporter of customers; allowed: none"),
        (
            {"file": {"quote": ""}, "files": {"order": {"columns": {"No": "order_id"}}}},
            "files.order.columns",
            "set `file.quote`",
        ),
        ({"publish": "all"}, "publish", "must be 'folder' or 'files'"),
        ({"collect_within": "soon"}, "collect_within", "soon"),
        ({"timezone": "Athens"}, "timezone", "'Athens' is not a time zone"),
        ({"file": {"encoding": "greek9"}}, "file.encoding", "is not an encoding"),
        ({"file": {"delimiter": ",,"}}, "file.delimiter", "at most 1 character"),
        ({"file": {"delimiter": "\\n"}}, "file", "`delimiter` is a line end"),
        ({"file": {"quote": ","}}, "file", "have a character in common"),
        ({"file": {"decimal": "0"}}, "file", "which is part of numbers"),
        ({"file": {"decimal": ",", "quote": ""}}, "file", "and there is no `quote`"),
        ({"file": {"true_text": "0"}}, "file", "two of `true_text`, `false_text` and `null_text` are the same"),
        ({"file": {"null_text": "1"}}, "file", "two of `true_text`, `false_text` and `null_text` are the same"),
        ({"file": {"encoding": "cp1253", "null_text": "Ł"}}, "file", "`null_text` has a character that is not in"),
        ({"file": {"encoding": "cp1253", "bom": True}}, "file", "`bom`: cp1253 has no byte order mark"),
        ({"file": {"date_format": "dd/mm"}}, "file.date_format", "is not a date format"),
        ({"files": {"a/b": {}}}, "files", "'a/b' is not a name for a file; it has letters, digits and _ only"),
        ({"files": {"a": {"rows": "addresses"}}}, "files.a.rows", "addresses is not of orders; allowed: record, line"),
        ({"files": {"a": {"rows": "line"}}}, "files", "exactly one file has `rows: record`"),
        ({"files": {"a": {}, "b": {}}}, "files", "exactly one file has `rows: record`"),
        ({"files": {"a": {"columns": {"Qty": "quantity"}}}}, "files.a.columns.Qty", "rows: record has no 'quantity'"),
        ({"files": {"a": {"columns": {"X": {}}}}}, "files.a.columns.X", "takes one of from, constant"),
        (
            {"files": {"a": {"columns": {"X": {"constant": "1", "map": {"1": "2"}}}}}},
            "files.a.columns.X",
            "`constant` goes with neither `required` nor `map`",
        ),
        (
            {"file": {"encoding": "cp1253"}, "files": {"a": {"columns": {"Größe": "uuid"}}}},
            "files.a.columns.Größe",
            "'Größe' has 'ö' (U+00F6), which the encoding cp1253 lacks",
        ),
        (
            {"file": {"quote": ""}, "files": {"a": {"columns": {"X": {"constant": "a,b"}}}}},
            "files.a.columns.X.constant",
            "'a,b' has the delimiter ',' in it, and there is no `quote`",
        ),
        (
            {"file": {"quote": ""}, "files": {"a": {"columns": {"X": {"from": "note", "map": {"x": "a\nb"}}}}}},
            "files.a.columns.X.map.x",
            "has the end of a row in it",
        ),
    ],
)
def test_an_error_names_the_file_the_attribute_and_what_is_allowed(
    tmp_path: Path, changed: dict[str, Any], place: str, expected: str
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        configuration(tmp_path, ORDERS | changed)
    (message,) = str(raised.value).splitlines()
    assert message.startswith(f"{tmp_path}/exporter0/defs.yaml: attributes.{place}: ")
    assert expected in message


@pytest.mark.parametrize(
    ("exporters", "problem"),
    [
        ([ORDERS, CUSTOMERS | {"folder": "Export/Orders"}], "folder: exporter 'orders' uses it as well"),
        ([ORDERS, ORDERS | {"folder": "Other"}], "name: 'orders' is taken by"),
        ([ORDERS | {"folder": "Sales/2026"}], "folder: importer 'sales' reads 'Sales/2026'"),
        ([ORDERS | {"folder": "Sales"}], "folder: importer 'sales' reads 'Sales'"),
        (
            [ORDERS | {"after": "customers"}, CUSTOMERS | {"to": "shop", "sources": "erp"}],
            "after: 'customers' delivers to another source",
        ),
        ([ORDERS | {"after": "orders"}], "after: 'orders' is no exporter of customers"),
        ([CUSTOMERS | {"after": "customers"}], "after: goes with `entity: orders`"),
        ([ORDERS | {"formerly": "customers"}, CUSTOMERS], "formerly: there is an exporter 'customers'"),
    ],
)
def test_exporters_get_along_with_each_other_and_with_importers(
    tmp_path: Path, exporters: list[dict[str, Any]], problem: str
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        configuration(tmp_path, *exporters, importer="Sales/*")
    assert f"attributes.{problem}" in str(raised.value)


def test_records_may_go_back_to_their_source_if_that_is_meant(tmp_path: Path) -> None:
    configuration(tmp_path, ORDERS | {"sources": "erp", "echo": True, "after": "customers"}, CUSTOMERS)


def test_the_schema_for_editors_takes_the_short_forms() -> None:
    schema = ExporterSettings.model_json_schema()
    column = schema["$defs"]["ExportFile"]["properties"]["columns"]["additionalProperties"]
    assert {"type": "string"} in column["anyOf"]
    for several in (schema["properties"]["sources"], schema["properties"]["when"]["additionalProperties"]):
        assert {"type": "string"} in several["anyOf"]


def test_what_is_created_over_the_service_may_be_exported(tmp_path: Path) -> None:
    configuration(tmp_path, ORDERS | {"sources": ["shop", "wiseparts_api"]})


CREATED: dict[str, Any] = {"entity": "orders", "to": "tryton", "sources": "shop"}


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        (CREATED | {"to": "erp"}, "folder: name a folder of its own; it cannot be the source's root"),
        (CREATED | {"folder": "Orders"}, "folder: goes with a source; 'tryton' is a connection, in whose system"),
        (CREATED | {"to": "vendure"}, "to: nothing can be created in vendure; it can in odoo, tryton"),
        (CREATED | {"to": "crm"}, "to: 'crm' is not a source; allowed: erp, shop, tryton"),
        (CREATED | {"changes": "version"}, "changes: goes with `folder`, on the server of a FileSource, only"),
        (ORDERS | {"confirm": True}, "confirm: goes with a Connection, without a `folder`, only"),
        (CREATED | {"entity": "customers", "prices": "ours"}, "prices: goes with `entity: orders`"),
    ],
)
def test_an_exporter_to_a_system_has_neither_folder_nor_files(
    tmp_path: Path, attributes: dict[str, Any], expected: str
) -> None:
    usual = {"url": "https://erp.example.com", "database": "parts", "username": "u", "password": "p"}
    for system in ("tryton", "vendure"):
        component(tmp_path / system, CONNECTION_TYPE, {"name": system, "system": system, **usual})
    configuration(tmp_path, CREATED)
    with pytest.raises(ConfigurationError) as raised:
        configuration(tmp_path, attributes)
    assert expected in str(raised.value)
