"""Who asks, by the key of the request: whether it is one, how often it may ask, and what it may be told."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from hmac import compare_digest
from typing import Self

import psycopg

from wiseparts_pipeline.api.keys import NEVER_FOR_CUSTOMERS, ApiKey, Scope, hash_of, keys_by_hash, note_use
from wiseparts_pipeline.api.problems import RefusedRequest
from wiseparts_pipeline.errors import WarehouseError
from wiseparts_pipeline.live.answers import Answer, Invoice, Order
from wiseparts_pipeline.live.errors import Unknown
from wiseparts_pipeline.live.questions import (
    InvoiceQuestion,
    OffersQuestion,
    OrderQuestion,
    OrderTypesQuestion,
    Question,
)
from wiseparts_pipeline.warehouse import Warehouse

# A key that was revoked is good for so long at most; a new one is not known for as long as the second.
READ_SECONDS = 5.0
READ_AGAIN_SECONDS = 0.5


class Keys:
    """The keys of the database, read again every few seconds. Can be used by many threads at a time."""

    def __init__(self, warehouse: Warehouse, clock: Callable[[], float] = time.monotonic) -> None:
        self._warehouse = warehouse
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[bytes, ApiKey] = {}
        self._read_at: float | None = None
        self._failed_at: float | None = None
        self._used: set[int] = set()

    def must_be_read(self, secret: str) -> bool:
        """Whether what is known does not do to tell whose key this is."""
        age = float("inf") if self._read_at is None else self._clock() - self._read_at
        return age > (READ_SECONDS if hash_of(secret) in self._known else READ_AGAIN_SECONDS)

    def read(self, secret: str) -> None:
        """Reads them, and notes which were used. Raises WarehouseError, psycopg.Error."""
        with self._lock:
            if not self.must_be_read(secret):
                return
            if self._failed_at is not None and self._clock() - self._failed_at < READ_AGAIN_SECONDS:
                raise WarehouseError("The keys could not be read a moment ago.")
            began = self._clock()
            try:
                with self._warehouse.connect(autocommit=True) as connection:
                    used, self._used = self._used, set()
                    if used:
                        note_use(connection, used)
                    self._known = keys_by_hash(connection)
            except (WarehouseError, psycopg.Error):
                # Those who wait for the lock do not wait for the database as well.
                self._failed_at = self._clock()
                raise
            self._read_at, self._failed_at = began, None

    def key(self, secret: str) -> ApiKey:
        """Whose key it is. Raises RefusedRequest."""
        hashed = hash_of(secret)
        found = next((key for known, key in self._known.items() if compare_digest(known, hashed)), None)
        if found is None:
            raise RefusedRequest("unauthorized", "The key is unknown, or was revoked.")
        if found.expires_at is not None and found.expires_at <= datetime.now(UTC):
            raise RefusedRequest("unauthorized", f"The key has expired at {found.expires_at:%Y-%m-%d %H:%M} UTC.")
        self._used.add(found.key_id)
        return found

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Notes the last uses."""
        if self._used:
            with suppress(WarehouseError, psycopg.Error), self._warehouse.connect(autocommit=True) as connection:
                note_use(connection, self._used)


class Rates:
    """How often each key asks: so many times a second, and as many at once after a second without a question."""

    def __init__(self, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._most = max(1.0, per_second)
        self._clock = clock
        # By key, how often it may ask at once, and when that was so.
        self._left: dict[int, tuple[float, float]] = {}

    def count(self, key: ApiKey) -> None:
        """Raises RefusedRequest for one that asks too often."""
        now = self._clock()
        left, at = self._left.get(key.key_id, (self._most, now))
        left = min(self._most, left + (now - at) * self._per_second)
        if left < 1:
            raise RefusedRequest(
                "rate_limited",
                f"The key asks more often than {self._per_second:g} times a second.",
                retry_after=(1 - left) / self._per_second,
            )
        self._left[key.key_id] = left - 1, now


def check_scope(key: ApiKey, scope: Scope) -> None:
    """Raises RefusedRequest if the key is not for this."""
    if scope not in key.scopes:
        raise RefusedRequest("forbidden", f"The key lacks the scope {scope}.")
    if scope in NEVER_FOR_CUSTOMERS and key.customers is not None:
        raise RefusedRequest("forbidden", f"The key is for some customers only, for which the scope {scope} is not.")


def check_question(key: ApiKey, question: Question) -> None:
    """Raises Unknown if it is about a customer that the key is not for."""
    if isinstance(question, InvoiceQuestion | OrderQuestion | OrderTypesQuestion | OffersQuestion):
        return
    if question.customer_id is not None and not key.is_for(question.customer_id):
        raise Unknown("customer", question.customer_id)


def check_answer(key: ApiKey, question: Question, answer: Answer) -> None:
    """Raises Unknown if it is about a customer that the key is not for, just as if there were no such record."""
    match question, answer:
        case InvoiceQuestion(invoice_id), Invoice(customer_id=customer_id) if not key.is_for(customer_id):
            raise Unknown("invoice", invoice_id)
        case OrderQuestion(order_id), Order(customer_id=customer_id) if not key.is_for(customer_id):
            raise Unknown("order", order_id)
