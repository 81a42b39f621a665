"""What is exported and read back by our own importer is the same, to the cent and the character."""

import json
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.exporting.records import export, exporter
from tests.importing.drop import Drop
from wiseparts_pipeline.config.exports.exporter import ExporterSettings
from wiseparts_pipeline.config.exports.files import LINE_COLUMNS
from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.entities.schema import Column, Type
from wiseparts_pipeline.exporting.content import prepare, write_to
from wiseparts_pipeline.exporting.export import Code, HeldRecord
from wiseparts_pipeline.warehouse import Warehouse

Record = dict[str, str | None]

# How files are written; a text that has the delimiter or a line end cannot be where there are no quotes.
DIALECTS: dict[str, dict[str, Any]] = {
    "usual": {},
    "Greek": {
        "encoding": "cp1253",
        "delimiter": ";",
        "decimal": ",",
        "date_format": "%d/%m/%Y",
        "timestamp_format": "%d/%m/%Y %H:%M:%S%z",
    },
    "decimal comma between commas": {"decimal": ",", "row_end": "\n", "bom": True},
    "other signs": {"encoding": "utf-16", "delimiter": "\t", "quote": "'", "row_end": "&|\n", "null_text": "(none)"},
    "no quotes": {"delimiter": "|", "quote": "", "null_text": "NULL"},
}
KEYS = st.text("00123ABΑΩ/\\-_. ", max_size=6).map(lambda text: f"0{text}".strip())
TEXTS = st.text("\"'`;,|\t\r\n\\/&=+-@#%_ .:()ΑΒΓαβγάέήίόύώϊΐ€«»·019AZaz", max_size=12) | st.sampled_from(
    ["NULL", "(none)", "00123", "1E5", "1,50", "-0", '""', "a\r\nb", "'=1", "true", "Łódź", "漢字 😀"]
)
NUMBERS = st.decimals(-(10**13), 10**13, places=6) | st.decimals(-999, 999, places=2)
MOMENTS = st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1))
VALUES: dict[Type, st.SearchStrategy[str]] = {
    Type.TEXT: TEXTS,
    Type.INT: st.integers(0, 10**6).map(str),
    Type.MONEY: NUMBERS.map(str),
    Type.NUMBER: NUMBERS.map(str),
    Type.DATE: st.dates().map(str),
    Type.TIMESTAMP: MOMENTS.map(lambda moment: moment.strftime("%Y-%m-%d %H:%M:%S")),
}


def values(column: Column) -> st.SearchStrategy[str | None]:
    if column.allowed:
        return st.sampled_from(column.allowed)
    if column.pattern:
        return st.sampled_from([None, "GR", "CY"])
    needed = column.required or column.required_on_create
    # What refers to a record may not look like a formula.
    texts = KEYS if column.type is Type.TEXT and (needed or column.reference) else VALUES[column.type]
    return texts if needed else st.none() | texts


def records(entity: str, *columns: str) -> st.SearchStrategy[Record]:
    return st.fixed_dictionaries({name: values(ENTITIES[entity][name]) for name in columns})


HEADERS = records("orders", *(name for name in ENTITIES["orders"].column_names if name not in LINE_COLUMNS))
LINES = st.lists(records("orders", *LINE_COLUMNS), min_size=1, max_size=3)
ORDERS = st.lists(st.tuples(HEADERS, LINES), min_size=1, max_size=2, unique_by=lambda order: order[0]["order_id"]).map(
    lambda orders: [
        {**line, **header, "line_no": str(number)} for header, lines in orders for number, line in enumerate(lines, 1)
    ]
)
CUSTOMERS = st.lists(
    records("customers", *ENTITIES["customers"].column_names),
    min_size=1,
    max_size=2,
    unique_by=(lambda customer: customer["customer_id"], lambda customer: customer["name"]),
)
some_examples = settings(
    max_examples=5,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def drop(shared_warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Drop:
    monkeypatch.setenv("WISEPARTS_HOME", str(tmp_path / "home"))
    return Drop(tmp_path / "drop", shared_warehouse)


def read_settings(chosen: ExporterSettings) -> dict[str, Any]:
    """`file` of an importer that reads what the exporter writes."""
    file = chosen.file
    return {
        "encoding": file.encoding,
        "delimiter": file.delimiter,
        "quote": file.quote,
        "row_end": file.row_end,
        "decimal": file.decimal,
        "date_formats": [file.date_format, file.timestamp_format],
        "null_values": [file.null_text],
    }


def check(drop: Drop, chosen: ExporterSettings, sent: list[Record], **back: Any) -> None:
    """Imports the records, exports them, imports that in their place, and compares.

    `back`: of the importer that reads what was exported.
    """
    entity = ENTITIES[chosen.entity]
    shutil.rmtree(drop.root, ignore_errors=True)
    drop.root.mkdir()
    drop.execute(f"truncate raw.{entity.name}, ops.import_files, ops.rejected_entries restart identity")
    dates = ["%Y-%m-%d", "%Y-%m-%d %H:%M:%S"]
    shop = drop.of(entity.name, pattern="*.jsonl", file={"format": "jsonl", "date_formats": dates, "null_values": [""]})
    shop.imported("shop.jsonl", "".join(f"{json.dumps(record)}\n" for record in sent))
    assert shop.rejects("message") == []
    before = {row: row[0] for row in shop.stored(*entity.column_names)}
    unwritten = {
        key for row, key in before.items() if any(isinstance(value, str) and unwritable(chosen, value) for value in row)
    }
    held = set()
    for key in sorted(set(before.values())):
        record = export(entity.name, key=key, record_uuid=system_id(drop, key) if entity.master else uuid4())
        with drop.warehouse.connect() as connection:
            try:
                files = prepare(connection, chosen, record)
            except HeldRecord as reason:
                assert reason.code is Code.UNENCODABLE, reason  # noqa: PT017
                held.add(key)
            else:
                write_to(drop.root / chosen.folder / f"{chosen.noun}_{record.stem}", files)
    assert held == unwritten
    drop.execute(f"truncate raw.{entity.name}")
    receiver = drop.of(entity.name, folder=f"{chosen.folder}/*", file=read_settings(chosen), **back)
    if held < set(before.values()):
        receiver.run()
    assert receiver.rejects("message") == []
    assert receiver.stored(*entity.column_names) == [row for row, key in before.items() if key not in held]


def unwritable(chosen: ExporterSettings, text: str) -> bool:
    return text == chosen.file.null_text or chosen.file.unwritable(text) is not None


def system_id(drop: Drop, key: str) -> Any:
    ((found,),) = drop.rows("select system_id from raw.customers where customer_id = %s", key)
    return found


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_order_is_the_same_again(drop: Drop, dialect: str) -> None:
    chosen = exporter(file=DIALECTS[dialect], timezone="Europe/Athens", when={})

    @some_examples
    @given(ORDERS)
    def is_the_same(orders: list[Record]) -> None:
        header = {"pattern": "order_data_*.csv", "on": {"order_id": "order_id"}}
        check(drop, chosen, orders, pattern="order_items_*.csv", join=[header])

    is_the_same()


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_customer_is_the_same_again(drop: Drop, dialect: str) -> None:
    chosen = exporter("customers", file=DIALECTS[dialect])

    @some_examples
    @given(CUSTOMERS)
    def is_the_same(customers: list[Record]) -> None:
        check(drop, chosen, customers, pattern="customer_data_*.csv")

    is_the_same()
