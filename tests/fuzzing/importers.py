"""Importers that use what can be configured, and a file for each that they import."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.entities.template import template


@dataclass(frozen=True)
class Example:
    """An importer, and the text of a file for it. `is_repeatable`: importing its rows again changes nothing."""

    settings: Mapping[str, Any]
    content: str
    is_repeatable: bool = True

    @property
    def entity(self) -> str:
        return str(self.settings["entity"])

    def importer(self, **attributes: Any) -> ImporterSettings:
        plain = {"source": "erp", "folder": self.entity, "pattern": "*"}
        return ImporterSettings.model_validate(plain | dict(self.settings) | attributes)


def _csv(header: str, *rows: str) -> str:
    return "".join(f"{line}\n" for line in (header, *rows))


_WAIT = {"references": {"customer_id": "wait", "branch_id": "wait", "product_id": "reject"}}
_SHAPED: Sequence[Example] = (
    Example(
        {
            "entity": "customers",
            "duplicates": "last",
            "match_columns": "loose",
            "columns": {
                "customer_id": {"from": "Id", "extract": r"^C?0*(\w+)$"},
                "name": {"template": "{First} {Last?}"},
                "status": {"from": "State", "map": {"A": "active", "": "blocked"}, "default": "closed"},
                "created_on": {"from": ["Since", "Created"], "format": ["%d/%m/%y", "epoch"]},
            },
            "where": [{"column": "Kind", "not": ["X"]}, {"column": "Last", "not_matches": "^test"}],
        },
        _csv("Id,First,Last,State,Since,Kind", "C001,Ann,B,A,31/12/24,", "C2,Bo,,,,1", "3,,D,Q,1735689600,X"),
    ),
    Example(
        {
            "entity": "sales",
            "sign_by": "document_type",
            "columns": {
                "line_no": {"sequence_within": "invoice_id"},
                "net_amount": {"expression": "quantity * unit_price - [less]"},
                "invoice_date": {"from": "date", "format": "%d.%m.%Y"},
                "currency": {"constant": "EUR"},
                "document_type": {"from": "kind", "map": {"I": "invoice", "C": "credit_note"}},
            },
            "fill_down": {"from": "above", "columns": ["invoice_id", "invoice_date", "document_type"]},
            "file": {"delimiter": ";", "decimal": ",", "thousands": "."},
        },
        _csv(
            "invoice_id;date;kind;quantity;unit_price;less",
            "I1;31.01.2025;I;1;1.000,50;0",
            ";;;2;3,5;,5",
            "I2;01.02.2025;C;1;1;",
        ),
        is_repeatable=False,
    ),
    Example(
        {"entity": "sales", "duplicates": "first", "mode": "append"} | _WAIT,
        template(ENTITIES["sales"]),
    ),
    Example({"entity": "sales"} | _WAIT, template(ENTITIES["sales"])),
    Example(
        {
            "entity": "inventory",
            "columns": {"sku": "Item", "warehouse_id": "place", "quantity_available": "stock", "eta": "when"},
            "unpivot": {"name": "place", "values": {"stock": "Stock (.+)", "when": "Due (.+)"}},
            "references": {"sku": "warn"},
            "shrink_limit_percent": 100,
        },
        _csv("Item,Stock A,Due A,Stock B,Due B", "S1,1,2025-01-01,2,", "S2,,,3,2025-02-30"),
    ),
    Example(
        {
            "entity": "orders",
            "columns": {
                "order_id": "id",
                "line_no": {"sequence_within": "order_id"},
                "placed_at": {"from": "at"},
                "channel": {"constant": "web"},
                "status": {"constant": "confirmed"},
                "sku": "lines.sku",
                "quantity": "lines.quantity",
                "unit_price": "lines.price",
                "net_amount": {"expression": "quantity * unit_price"},
                "currency": {"constant": "EUR"},
            },
            "file": {"format": "jsonl", "rows_in": "lines"},
        },
        '{"id": "O1", "at": "2025-01-31T10:00:00Z", "lines": [{"sku": "S1", "quantity": 1, "price": 2}, {}]}\n'
        '{"id": "O2", "at": "2025-01-31T10:00", "lines": []}\n',
        is_repeatable=False,
    ),
    Example(
        {
            "entity": "calls",
            "timezone": "Europe/Athens",
            "duplicates": {
                "keep": "first",
                "prefer": {"disposition": ["answered", "lost"]},
                "fill": ["queue"],
                "sum": ["talk_seconds"],
                "earliest": ["started_at"],
                "latest": ["ended_at"],
            },
            "columns": {
                "talk_seconds": {"from": "talk", "format": ["%H:%M:%S", "%S"]},
                "direction": {"constant": "inbound"},
            },
        },
        _csv(
            "call_id,started_at,ended_at,disposition,queue,talk",
            "1,2025-03-30 03:30,2025-03-30 03:31,lost,a,0",
            "1,2025-03-30 04:30,,answered,,0:01:05",
        ),
    ),
    Example(
        {
            "entity": "due_docs",
            "references": {"customer_id": "wait"},
            "shrink_limit_percent": 100,
            "reject_limit_percent": 100,
            "snapshot_within": ["branch_id"],
        },
        template(ENTITIES["due_docs"]),
    ),
    Example(
        {
            "entity": "customer_branches",
            "mode": "snapshot",
            "shrink_limit_percent": 100,
            "columns": {"is_active": "active?"},
        },
        _csv("branch_id,customer_id,name,active?,phone", "B1,C1,n,Y,", "B2,C9,m,no,=1+1"),
    ),
    Example(
        {"entity": "categories", "reject_limit_percent": 100},
        _csv("category_id,name,parent_category_id,path", "1,A,,A", "2,B,1,A > B", "3,C,2,", "4,D,5,"),
    ),
    Example(
        {
            "entity": "quotes",
            "columns": {
                "line_no": {"from": "n", "default": "1"},
                "quote_id": {"from_name": r"^([^.]*)"},
                "quoted_on": {"from_head": {"line": 1, "pattern": r"(\d{4}-\d{2}-\d{2})"}},
                "currency": {"from_head": {"line": 2, "pattern": "([A-Z]{3})"}},
                "quantity": "c1",
                "status": "c2",
            },
            "file": {
                "format": "fixed",
                "header": False,
                "names": ["n", "c1", "c2"],
                "widths": [3, 5, 8],
                "skip_lines": 2,
            },
        },
        "Quotes of 2025-01-31\nin EUR\n  1   12 won\n  2   1x open\n",
    ),
    Example(
        {
            "entity": "products",
            "file": {"format": "xml", "row_element": "p"},
            "columns": {"product_id": "@id", "sku": "sku", "name": "name", "media_urls": "m", "currency": "../cur"},
            "protect": ["name"],
        },
        "<a><cur>EUR</cur><p id='1'><sku>S1</sku><name>n</name><m>x</m><m>y</m></p><p id='2'/></a>",
    ),
)
EXAMPLES: Sequence[Example] = (
    *(Example({"entity": name}, template(ENTITIES[name])) for name in ("customers", "products", "due_docs", "quotes")),
    *_SHAPED,
)
