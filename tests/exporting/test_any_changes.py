"""Whatever imports, deliveries and people do to orders: what is noted is as a plain account of them has it."""

import random
from collections import Counter
from dataclasses import dataclass, field

import pytest

from tests.exporting.imports import Imports, exporter
from tests.importing.drop import Drop
from wiseparts_pipeline.config.exports.exporter import Changes

STATUSES = ("draft", "confirmed", "confirmed", "cancelled")
ENDS = ("delivered", "collected", "held", "given_up")


@dataclass
class Order:
    """`versions`: what became of each, the last one last."""

    source: str
    lines: dict[int, str] = field(default_factory=dict)
    versions: list[str] = field(default_factory=list)

    def changed(self, changes: Changes, source: str) -> None:
        is_wanted = set(self.lines.values()) == {"confirmed"}
        last = self.versions[-1] if self.versions else None
        match last:
            case None if is_wanted:
                self.versions.append("waiting")
            case "waiting" | "held" | "given_up":
                self.versions[-1] = "waiting" if is_wanted else "cancelled"
            case "cancelled" if is_wanted:
                self.versions[-1] = "waiting"
            case "delivered" | "collected" if self._is_news(changes, source):
                self.versions.append("waiting" if is_wanted else "cancelled")

    def _is_news(self, changes: Changes, source: str) -> bool:
        return changes is Changes.VERSION and source != "erp"


@pytest.mark.parametrize("changes", list(Changes))
def test_each_order_is_noted_as_often_as_it_has_to_be(drop: Drop, changes: Changes) -> None:
    chance = random.Random(changes)
    imports = Imports(drop, [exporter(changes=changes)])
    orders: dict[str, Order] = {}
    for _ in range(25):
        source = chance.choice(["shop", "shop", "erp"])
        touched: dict[str, Order] = {}
        rows = {(f"W{chance.randrange(6)}", chance.randrange(3)): chance.choice(STATUSES) for _ in range(4)}
        for (key, line), status in rows.items():
            order = orders.setdefault(key, Order(source))
            if order.lines.get(line) != status:
                order.lines[line] = status
                touched[key] = order
        imports.orders(*(f"{key},{line},{status}" for (key, line), status in rows.items()), source=source)
        for order in touched.values():
            if order.source == "shop":
                order.changed(changes, source)
        if chance.random() < 0.6 and (waiting := [key for key in orders if orders[key].versions[-1:] == ["waiting"]]):
            key, end = chance.choice(waiting), chance.choice(ENDS)
            imports.mark(end, key=key)
            orders[key].versions[-1] = end
        noted = imports.noted("record_key", "status")
        assert noted == [(key, status) for key in sorted(orders) for status in orders[key].versions]
        assert sum(Counter(status for _, status in noted).values()) == len(noted)
    assert len({uuid for (uuid,) in imports.noted("record_uuid")}) == len({key for key, _ in noted})
    assert any(len(order.versions) > 1 for order in orders.values()) is (changes is Changes.VERSION)
