"""A shop with a JSON API: customers and their contacts, page by page, and the pulls that take them."""

import base64
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from threading import Lock
from typing import Any

from tests.connections.systems import Asked, Handler, System
from tests.installation import Installation

PAGE = 2
PASSWORD = "correct horse"

CUSTOMERS = {
    "name": "shop_customers",
    "connection": "shop",
    "entity": "customers",
    "request": {"path": "/customers"},
    "records": "items",
    "paginate": {"by": "page", "parameter": "page", "total": "total"},
    "window": {"parameter": "since"},
    "keys": {"field": "code", "parameter": "code", "at_a_time": 50},
    "columns": {"customer_id": "code", "name": "name", "credit_limit": "limit", "status": "state"},
}
CONTACTS = {
    "name": "shop_contacts",
    "connection": "shop",
    "entity": "contacts",
    "request": {"path": "/contacts"},
    "records": "items",
    "paginate": {"by": "page", "parameter": "page", "total": "total"},
    "owners": {"customers": {"parameter": "customer"}},
    "columns": {"contact_id": "id", "customer_id": "customer", "email": "email"},
}


def customer(code: str, changed: str = "2026-01-01T00:00:00Z", **values: Any) -> dict[str, Any]:
    return {"code": code, "name": f"Customer {code}", "limit": "100.10", "state": "active", "changed": changed} | values


@dataclass
class Shop:
    """What the shop has. `down`: it answers nothing but 503; `most_pages`: it answers no further page.

    `at_once`: how many requests it had at the same time, at most. `behind`: how late its clock is.
    """

    system: System
    customers: dict[str, dict[str, Any]] = field(default_factory=dict)
    contacts: dict[str, dict[str, Any]] = field(default_factory=dict)
    password: str = PASSWORD
    down: bool = False
    most_pages: int = 1_000_000
    at_once: int = 0
    behind: timedelta = timedelta()
    _open: int = 0
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self.system.tells(self._answer)

    def has(self, *customers: dict[str, Any]) -> None:
        self.customers |= {each["code"]: each for each in customers}

    def has_only(self, *customers: dict[str, Any]) -> None:
        """As at first, and with these customers."""
        self.customers.clear()
        self.has(*customers)
        self.system.asked.clear()
        self.down, self.most_pages, self.password = False, 1_000_000, PASSWORD

    @property
    def windows(self) -> list[datetime | None]:
        """From when on changes were asked for, by each first page of customers."""
        return [
            datetime.fromisoformat(asked.query["since"][0]) if "since" in asked.query else None
            for asked in self.system.asked
            if asked.path == "/customers" and "code" not in asked.query and asked.query["page"] == ["1"]
        ]

    def _answer(self, handler: Handler, asked: Asked) -> None:
        with self._lock:
            self._open += 1
            self.at_once = max(self.at_once, self._open)
        try:
            status, value = self._value(asked)
            handler.date_time_string = self._now  # type: ignore[method-assign]
            handler.send(json.dumps(value).encode(), status)
        finally:
            with self._lock:
                self._open -= 1

    def _now(self, timestamp: float | None = None) -> str:
        return format_datetime(datetime.now(UTC) - self.behind, usegmt=True)

    def _value(self, asked: Asked) -> tuple[int, Any]:
        if self.down:
            return 503, {"error": "maintenance"}
        expected = base64.b64encode(f"wiseparts:{self.password}".encode()).decode()
        if asked.headers.get("authorization") != f"Basic {expected}":
            return 401, {"error": "who are you?"}
        page = int(asked.query.get("page", ["1"])[0])
        if page > self.most_pages:
            return 500, {"error": "out of order"}
        found = list(self._records(asked))
        return 200, {"items": found[PAGE * (page - 1) : PAGE * page], "total": len(found)}

    def _records(self, asked: Asked) -> list[dict[str, Any]]:
        if asked.path == "/contacts":
            owners = asked.query.get("customer")
            return [each for each in self.contacts.values() if owners is None or each["customer"] in owners]
        codes = asked.query["code"][0].split(",") if "code" in asked.query else list(self.customers)
        since = asked.query.get("since", [""])[0]
        return [
            self.customers[code]
            for code in codes
            if code in self.customers and self.customers[code]["changed"] >= since
        ]


def connect_shop(installation: Installation, shop: Shop, password: str = PASSWORD, **attributes: Any) -> None:
    """Writes the connection."""
    installation.component(
        "Connection",
        "shop",
        {
            "name": "shop",
            "system": "rest",
            "url": shop.system.url,
            "allow_plaintext": True,
            "username": "wiseparts",
            "password": password,
            "requests_per_second": 1000,
            **attributes,
        },
    )


def now() -> str:
    """The present, as the shop notes when a record was changed."""
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
