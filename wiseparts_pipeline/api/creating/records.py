"""What is sent to create a record, and the record as it is stored: made from the columns of its entity."""

import json
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, WithJsonSchema, create_model

from wiseparts_pipeline.api.answered import Envelope
from wiseparts_pipeline.api.routes.parameters import Day, Key, written_as
from wiseparts_pipeline.config.exports.files import LINE_COLUMNS
from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.entities.schema import Column, Type
from wiseparts_pipeline.live.answers import Answer, of_entity

MOST_LINES = 1000
_AMOUNT = r"^-?\d{1,12}(\.\d{1,6})?$"
_Amount = Annotated[
    Decimal,
    written_as(_AMOUNT, "97.80", numbers=False),
    WithJsonSchema({"type": "string", "pattern": _AMOUNT, "examples": ["97.80"]}),
]
_MOMENT = r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:?\d\d)"
_TYPES: Mapping[Type, Any] = {
    Type.TEXT: Annotated[str, StringConstraints(max_length=10_000)],
    Type.INT: Annotated[int, Field(strict=True, ge=0, le=2_147_483_647)],
    Type.MONEY: _Amount,
    Type.NUMBER: _Amount,
    Type.DATE: Day,
    Type.TIMESTAMP: Annotated[AwareDatetime, written_as(_MOMENT, "2026-01-31T12:30:00+01:00", numbers=False)],
}
_ORDERS, _CUSTOMERS = ENTITIES["orders"], ENTITIES["customers"]
_HEAD_COLUMNS = tuple(name for name in _ORDERS.column_names if name not in LINE_COLUMNS)


class NewRecord(BaseModel):
    """What is sent to create a record. Values are checked by the import, as those of a file are."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    entity: ClassVar[str]
    key_column: ClassVar[str]

    def rows(self, key: str, asked_at: datetime) -> Iterator[dict[str, Any]]:
        """As the import reads them. `key`, `asked_at`: what it gets where it was sent without a key or a moment."""
        yield {self.key_column: key, **json.loads(self.model_dump_json(exclude_none=True))}

    @property
    def key(self) -> str | None:
        """That of the record, if it was sent."""
        key: str | None = getattr(self, self.key_column)
        return key

    @property
    def customer(self) -> str | None:
        """Whose record it is."""
        customer: str | None = getattr(self, "customer_id", None)
        return customer


def _given(columns: Collection[Column], *, optional: Collection[str]) -> dict[str, Any]:
    """The fields of a model for these columns."""
    fields: dict[str, Any] = {}
    for column in columns:
        type_ = Key if column.name.endswith("_id") else _TYPES[column.type]
        is_needed = (column.required or column.required_on_create) and column.name not in optional
        default = ... if is_needed else None
        about = Field(
            default, description=column.description, examples=[_example(column)], json_schema_extra=_rules(column)
        )
        fields[column.name] = (type_ if is_needed else type_ | None, about)
    return fields


def _rules(column: Column) -> dict[str, Any] | None:
    """What the import checks, for whoever reads the description."""
    if column.allowed:
        return {"enum": [*column.allowed, *([] if column.required else [None])]}
    return {"pattern": f"^(?:{column.pattern})$"} if column.pattern else None


def _example(column: Column) -> Any:
    if column.type is Type.TIMESTAMP:
        return f"{column.example.replace(' ', 'T')}+02:00"
    return int(column.example) if column.type is Type.INT else column.example


NewOrderLine: type[BaseModel] = create_model(
    "NewOrderLine",
    __config__=ConfigDict(extra="forbid", frozen=True),
    __doc__="A line of an order. Without `line_no`, lines are numbered as they come.",
    **_given([_ORDERS[name] for name in LINE_COLUMNS], optional=["line_no"]),
)


class NewOrder(
    create_model(  # type: ignore[misc]
        "_NewOrder",
        __base__=NewRecord,
        **_given([_ORDERS[name] for name in _HEAD_COLUMNS], optional=["order_id", "placed_at", "status"]),
        lines=(Annotated[list[NewOrderLine], Field(min_length=1, max_length=MOST_LINES)], ...),
    )
):
    """An order with its lines.

    Without `order_id` it gets a number of ours; without `placed_at` it is placed now; without `status` it is confirmed.
    """

    entity = "orders"
    key_column = "order_id"

    def rows(self, key: str, asked_at: datetime) -> Iterator[dict[str, Any]]:
        (sent,) = super().rows(key, asked_at)
        head = {"placed_at": asked_at.isoformat(), "status": "confirmed", **sent}
        for number, line in enumerate(head.pop("lines"), 1):
            yield {**head, "line_no": number, **line}


class NewCustomer(
    create_model(  # type: ignore[misc]
        "_NewCustomer", __base__=NewRecord, **_given(_CUSTOMERS.columns, optional=["customer_id"])
    )
):
    """A customer. Without `customer_id` it gets a number of ours."""

    entity = "customers"
    key_column = "customer_id"


StoredOrderLine: type[Answer] = of_entity("StoredOrderLine", "orders", without=_HEAD_COLUMNS)
StoredOrder: type[Answer] = of_entity(
    "StoredOrder",
    "orders",
    without=LINE_COLUMNS,
    lines=(list[StoredOrderLine], Field(description="By their number.")),  # type: ignore[valid-type]
)
StoredCustomer: type[Answer] = of_entity("StoredCustomer", "customers")

_Warnings = Annotated[
    dict[str, int], Field(description="What was stored all the same: codes of docs/faults.md, and how often each.")
]


class OrderCreated(Envelope[StoredOrder]):  # type: ignore[valid-type]
    """The order as it is stored now."""

    warnings: _Warnings


class CustomerCreated(Envelope[StoredCustomer]):  # type: ignore[valid-type]
    """The customer as it is stored now."""

    warnings: _Warnings


def stored(entity: str, rows: list[dict[str, Any]]) -> Answer:
    """The record of these rows of its table, one at least."""
    if entity == "customers":
        return StoredCustomer.model_validate(rows[0])
    lines = [{name: row[name] for name in LINE_COLUMNS} for row in rows]
    return StoredOrder.model_validate({name: rows[0][name] for name in _HEAD_COLUMNS} | {"lines": lines})
