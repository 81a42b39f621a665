"""Answers of a real Odoo 14, kept in `recorded.jsonl.gz`: whoever asks the same is given them again.

`python -m tests.connections.odoo.recorded` asks the Odoo that `install.py` has installed, and writes them.
"""

import gzip
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from tests.connections import systems
from tests.connections.odoo import install, running
from tests.connections.odoo.fill import READER
from tests.connections.odoo.running import Unpaced, settings
from tests.live import contract
from tests.live.contract import Known
from wiseparts_pipeline.config.connections.live import KINDS
from wiseparts_pipeline.config.connections.pull import PullSettings
from wiseparts_pipeline.connections.base import ChangedSince, Everything, WithKeys
from wiseparts_pipeline.connections.errors import ConnectionFailure
from wiseparts_pipeline.connections.odoo import Odoo
from wiseparts_pipeline.connections.odoo.entities import READINGS
from wiseparts_pipeline.live.errors import Unknown
from wiseparts_pipeline.live.questions import (
    CustomerQuestion,
    FinancialsQuestion,
    InvoiceQuestion,
    InvoicesQuestion,
    OrderQuestion,
    OrdersQuestion,
    ProductsQuestion,
    Question,
)
from wiseparts_pipeline.live.systems.odoo import OdooAnswers, customers, invoices, orders, prices, products, stock

RECORDED = Path(__file__).parent / "recorded.jsonl.gz"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
CLERK = {"username": "clerk", "password": READER[1]}
PULLS = {entity: PullSettings(connection="erp", entity=entity) for entity in READINGS}
PRODUCTS = (
    ProductsQuestion(("BP-1001", "BP-1003", "FIT", "none such"), "C0001", Decimal(10)),
    ProductsQuestion(("BP-1001",), "C0002", Decimal(30), "WH"),
    ProductsQuestion(("BP-1001",)),
)
DOCUMENTS: Sequence[Question] = (
    OrdersQuestion("C0001"),
    OrdersQuestion("C0001", state="open"),
    OrderQuestion("S00004"),
    OrderQuestion("S00005"),
    InvoicesQuestion("C0001"),
    InvoicesQuestion("C0001", state="part_paid"),
    InvoicesQuestion("C0001", since=date(2020, 1, 1), until=date(2020, 1, 31)),
    InvoiceQuestion("RINV/2026/11/0001"),
)
WRONG_PASSWORD = "a wrong one"

# Answers differently: from what is asked and the recorded answer, both as JSON-RPC has them.
Change = Callable[[Any, Any], Any]


def key(path: str, body: bytes) -> str:
    """What is asked, without the password, unless it is the wrong one, and without what counts requests."""
    params = json.loads(body)["params"]
    arguments = params.get("args", [])
    if len(arguments) > 2 and arguments[2] != WRONG_PASSWORD:
        arguments[2] = "***"
    return json.dumps([path, params], ensure_ascii=False, sort_keys=True)


@dataclass
class Answers:
    """The recorded answers by what is asked. `at`: when they were given, as Odoo's clock says in each of them.

    `missing`: what was asked and is not among them.
    """

    at: str
    by_key: dict[str, Any] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)

    def get(self, asked: str) -> Any:
        if asked not in self.by_key:
            self.missing.append(asked)
        return self.by_key.get(asked)


def read() -> Answers:
    at, *lines = map(json.loads, gzip.decompress(RECORDED.read_bytes()).decode().splitlines())
    return Answers(at, dict(lines))


def unchanged(_: Any, answer: Any) -> Any:
    return answer


@contextmanager
def answering(change: Change = unchanged) -> Iterator[systems.System]:
    """An Odoo that gives the recorded answers; what was not recorded fails the test."""
    answers = read()

    def answer(handler: systems.Handler, asked: systems.Asked) -> None:
        # The header says what day it is.
        vars(handler)["date_time_string"] = lambda timestamp=None: answers.at
        known = answers.get(key(asked.path, asked.body))
        if known is None:
            return handler.send(b"", 500)
        return handler.send(json.dumps(change(json.loads(asked.body), known)).encode())

    with systems.running() as system:
        system.tells(answer)
        yield system
    assert answers.missing == []


# The status of an answer that is an exception, as Odoo's own say.
_STATUSES = {"AccessError": 403, "UserError": 422}


@contextmanager
def answering_json_2(users: Mapping[str, int]) -> Iterator[systems.System]:
    """The same answers in the form that Odoo documents for version 19 and JSON-2. `users`: by API key."""
    answers = read()

    def answer(handler: systems.Handler, asked: systems.Asked) -> None:
        if asked.path == "/web/webclient/version_info":
            return handler.send(b'{"jsonrpc": "2.0", "id": 1, "result": {"server_version": "19.0"}}')
        _, json_, two, model, method = asked.path.split("/")
        assert (json_, two, asked.headers["x-odoo-database"]) == ("json", "2", "odoo")
        user = users.get(asked.headers["authorization"].removeprefix("bearer "))
        if user is None:
            return handler.send(b'{"name": "werkzeug.exceptions.Unauthorized", "message": "Invalid apikey"}', 401)
        arguments = ["odoo", user, "***", model, method, [], json.loads(asked.body)]
        params = {"service": "object", "method": "execute_kw", "args": arguments}
        found = answers.get(key("/jsonrpc", json.dumps({"params": params}).encode()))
        if found is None:
            return handler.send(b"", 500)
        if "error" in found:
            error = found["error"]["data"]
            return handler.send(json.dumps(error).encode(), _STATUSES[error["name"].rpartition(".")[2]])
        # Since version 17, the context of a user has the user's number.
        result = {**found["result"], "uid": user} if method == "context_get" else found["result"]
        return handler.send(json.dumps(result).encode())

    with systems.running() as system:
        system.tells(answer)
        yield system
    assert answers.missing == []


def record() -> None:
    """Asks everything that the tests ask."""
    answers: dict[str, Any] = {}
    with ExitStack() as stack:
        odoo, _ = stack.enter_context(running.odoo(install.DUMP))

        def forward(handler: systems.Handler, asked: systems.Asked) -> None:
            headers = {"Content-Type": "application/json"}
            with urlopen(Request(odoo + asked.path, asked.body, headers)) as response:
                content = response.read()
            answers[key(asked.path, asked.body)] = _shortened(json.loads(content))
            handler.send(content)

        system = stack.enter_context(systems.running())
        system.tells(forward)
        ask_everything(system.url)
    now = format_datetime(datetime.now(UTC), usegmt=True)
    lines = [json.dumps(each, ensure_ascii=False) for each in (now, *sorted(answers.items()))]
    RECORDED.write_bytes(gzip.compress("\n".join(lines).encode(), mtime=0))


def known_of(today: date) -> Known:
    """What `fill.py` has made."""
    return Known("C0001", ["BP-1002", "BP-1003"], "WH", today)


def ask_everything(url: str) -> None:
    with Odoo(settings(url), Unpaced()) as system:
        list(system.notes(list(PULLS.values())))
        for pull in PULLS.values():
            list(system.records(pull, Everything()))
        for entity in ("customers", "orders", "products"):
            list(system.records(PULLS[entity], ChangedSince(LONG_AGO)))
        for entity in ("customers", "customer_branches", "addresses", "contacts", "due_docs", "orders"):
            list(system.records(PULLS[entity], WithKeys(["C0001"], "customers")))
        list(system.records(PULLS["customers"], WithKeys(["id-15"], "customers")))
        list(system.records(PULLS["orders"], WithKeys(["S00004"], "orders")))
    with OdooAnswers(settings(url), Unpaced()) as live:
        list(live.notes(KINDS))
        for customer_id in ("C0001", "C0002", "id-15"):
            live.customer(CustomerQuestion(customer_id))
            live.financials(FinancialsQuestion(customer_id))
        for question in (*PRODUCTS, *DOCUMENTS):
            question.put_to(live)
        contract.ask_everything(live, known_of(datetime.now(UTC).date()))
        with suppress(Unknown):
            live.financials(FinancialsQuestion("none such"))
        with suppress(Unknown):
            live.order(OrderQuestion("S00003"))
        with suppress(Unknown):
            live.invoice(InvoiceQuestion("none such"))
        with suppress(Unknown):
            live.customer(CustomerQuestion("none such"))
    with Odoo(settings(url, **CLERK), Unpaced()) as system:
        list(system.records(PULLS["customers"], ChangedSince(LONG_AGO)))
        list(system.notes(list(PULLS.values())))
    with Odoo(settings(url, **CLERK), Unpaced()) as system, suppress(ConnectionFailure):
        list(system.records(PULLS["sales"], Everything()))
    for wrong in ({"password": WRONG_PASSWORD}, {"database": "other"}):
        with suppress(ConnectionFailure):
            Odoo(settings(url, **wrong), Unpaced())


def _shortened(answer: Any) -> Any:
    """Of the descriptions of fields, those that anything is read of; of errors, not where they happened."""
    names = {name.strip("?") for each in READINGS.values() for path in each.fields for name in path.split(".")}
    names |= {name for each in READINGS.values() for path in each.asked_by for name in path.split(".")}
    names |= {"id", "currency_id", "decimal_places", "ref", "default_code", "location_id", "product_qty", "date"}
    names |= {"view_location_id", "code", "name", "price"}
    for each in (
        customers.RECEIVABLE,
        customers.ORDERED,
        products.PRODUCT,
        stock.QUANTITIES,
        stock.MOVE,
        prices.ITEM,
        invoices.INVOICE,
        orders.ORDER,
    ):
        names |= {name.strip("?") for path in each for name in path.split(".")}
    result = answer.get("result")
    if isinstance(result, dict) and all(isinstance(each, dict) and "type" in each for each in result.values()):
        currencies = {about.get("currency_field") for about in result.values()}
        answer["result"] = {name: about for name, about in result.items() if name in names | currencies}
    if "error" in answer:
        answer["error"]["data"]["debug"] = ""
    return answer


if __name__ == "__main__":
    record()
