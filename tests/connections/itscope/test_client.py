"""The client of ITscope: what is sent, and what an answer's status means, whatever the service sends."""

import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
import stamina

from tests.connections.systems import System, Unpaced, plain
from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.connections.base import Block
from wiseparts_pipeline.connections.errors import (
    Blocked,
    ConnectionFailure,
    LoginRefused,
    Refused,
    UnexpectedAnswer,
    Unreachable,
)
from wiseparts_pipeline.connections.itscope import Client
from wiseparts_pipeline.connections.itscope.addresses import filter_parts
from wiseparts_pipeline.connections.itscope.operations import DOCUMENT, PRODUCT_TYPES, PRODUCTS, PURCHASES, VALIDATE

KEY = "a-planted-secret"


class Noting(Unpaced):
    """Keeps what was blocked."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []

    def block(self, block: object) -> None:
        assert isinstance(block, Block)
        self.blocks.append(block)


@pytest.fixture(autouse=True)
def without_waiting() -> Iterator[None]:
    """Two attempts at most, and nothing is waited for in between."""
    with stamina.set_testing(True, attempts=2, cap=True):
        yield


@pytest.fixture
def pace() -> Noting:
    return Noting()


@pytest.fixture
def client(system: System, pace: Noting) -> Iterator[Client]:
    with closing(Client(settings(system), pace)) as client:
        yield client


def settings(system: System, **more: Any) -> ConnectionSettings:
    given = {"base_url": f"{system.url}/2.1", "allow_plaintext": True, "account_id": "m1", "api_key": KEY, **more}
    return ConnectionSettings(name="market", system="itscope", **given)


def failure(client: Client, kind: type[ConnectionFailure]) -> str:
    with pytest.raises(kind) as caught:
        list(client.search(PRODUCTS, "product", {"keywords": "bearing"}, "standard"))
    assert type(caught.value) is kind
    text = str(caught.value)
    assert text.startswith("connection market: GET products/search/keywords=bearing/standard.json: answered ")
    assert KEY not in text
    return text


def test_requests_name_us_the_account_and_the_languages(client: Client, system: System) -> None:
    system.tells(plain({"product": []}))
    assert list(client.search(PRODUCTS, "product", {"keywords": "bearing"}, "standard")) == []
    (asked,) = system.asked
    assert asked.path == "/2.1/products/search/keywords=bearing/standard.json"
    assert asked.headers["user-agent"].startswith("WiseParts-Pipeline-")
    assert asked.headers["authorization"].startswith("Basic ")
    assert asked.headers["accept-language"] == "de,en"


def test_documents_are_asked_for_as_xml_in_one_language(client: Client, system: System) -> None:
    system.tells(plain(content=b"<ORDER/>", Content_Type="application/xml"))
    assert client.content(DOCUMENT, {"transactionId": "1/2", "view": "ORDER", "type": "xml"}) == b"<ORDER/>"
    (asked,) = system.asked
    assert asked.path == "/2.1/business/documents/1%2F2/ORDER.xml"
    assert (asked.headers["accept"], asked.headers["accept-language"]) == ("application/xml", "de")


def test_what_is_sent_is_xml_and_sent_once_unless_that_does_no_harm(client: Client, system: System) -> None:
    system.tells(plain(status=500))
    with pytest.raises(Unreachable):
        client.content(VALIDATE, body=b"<ORDER/>", repeatable=False)
    (asked,) = system.asked
    assert (asked.method, asked.body, asked.headers["content-type"]) == (
        "POST",
        b"<ORDER/>",
        "application/xml; charset=UTF-8",
    )


def test_nothing_that_is_not_described_is_asked(client: Client, system: System) -> None:
    for parts, query, says in (
        ({"view": "all"}, {}, "view cannot be 'all', but deal"),
        ({"view": "deal"}, {"archive": "ARCHIVED"}, "cannot be asked with archive"),
        ({"view": "deal"}, {"archiv": "YES"}, "archiv cannot be 'YES'"),
        ({"view": "deal"}, {}, "needs archiv"),
        ({}, {}, "has the parts view, type"),
    ):
        with pytest.raises(ValueError, match=says):
            client.json(PURCHASES, parts, query)
    assert system.asked == []


@pytest.mark.parametrize(
    ("asked", "parts"),
    [
        ({"keywords": "Apple Ipad"}, ["keywords=Apple%20Ipad"]),
        ({"ean": ["1", "2"], "producttype": "a+b;c"}, ["ean=1%2C2;producttype=a%2Bb%3Bc"]),
        ({"distpid": "A/1 #2"}, ["distpid=A%2F1%20%232", "distpid=A%252F1%20%25232"]),
    ],
)
def test_values_of_a_filter_are_quoted(asked: dict[str, Any], parts: list[str]) -> None:
    assert list(filter_parts(asked)) == parts


@pytest.mark.parametrize("refusal", [plain(status=400), plain(status=404), plain(status=204, content=b"")])
def test_a_slash_that_finds_nothing_is_tried_once_more_quoted_twice(
    client: Client, system: System, refusal: Any
) -> None:
    system.tells(refusal, plain({"product": [{"puid": 1}]}))
    assert list(client.search(PRODUCTS, "product", {"distpid": "A/1"}, "standard")) == [{"puid": "1"}]
    assert [asked.path.split("/")[4] for asked in system.asked] == ["distpid=A%2F1", "distpid=A%252F1"]


def test_pages_are_read_until_one_is_not_full(client: Client, system: System) -> None:
    full = [{"puid": number} for number in range(50)]
    system.tells(plain({"product": full}), plain({"product": [{"puid": 50}]}))
    found = client.search(PRODUCTS, "product", {"keywords": "x"}, "standard")
    assert [each["puid"] for each in found] == [str(number) for number in range(51)]
    assert [asked.query["page"] for asked in system.asked] == [["1"], ["2"]]
    system.tells(plain({"product": full}), plain(status=204, content=b""))
    assert len(list(client.search(PRODUCTS, "product", {"keywords": "x"}, "standard"))) == 50


def test_ids_are_asked_for_fifty_at_a_time(client: Client, system: System) -> None:
    system.tells(plain(content=json.dumps({"product": [{"puid": 1, "price": 10.10}]}).encode()))
    found = list(client.products((str(number) for number in range(120)), "standardUpdate"))
    assert found[0] == {"puid": "1", "price": "10.1"}
    assert [asked.path.count("%2C") for asked in system.asked] == [49, 49, 19]


@pytest.mark.parametrize("answer", [[{"id": 1}], {"productType": [{"id": 1}]}, {"productType": {"id": 1}}])
def test_lists_are_read_with_and_without_their_name(client: Client, system: System, answer: Any) -> None:
    system.tells(plain(answer))
    found = client.json(PRODUCT_TYPES, {"view": "producttype"})
    assert client.records(PRODUCT_TYPES, "productType", found) == [{"id": "1"}]


def test_nothing_found_is_no_error(client: Client, system: System) -> None:
    system.tells(plain(status=204, content=b""))
    assert list(client.search(PRODUCTS, "product", {"keywords": "x"}, "standard")) == []
    assert client.json(PRODUCT_TYPES, {"view": "producttype"}) is None


def test_a_faulty_request_is_told_with_the_filter_and_what_is_said(client: Client, system: System) -> None:
    system.tells(plain(content=b"<html><h1>Unknown</h1> criteria &amp; such", status=400, Content_Type="text/html"))
    text = failure(client, UnexpectedAnswer)
    assert "400 saying: Unknown criteria & such: correct what is asked for" in text
    assert len(system.asked) == 1


def test_a_refused_login_is_not_repeated(client: Client, system: System, pace: Noting) -> None:
    system.tells(plain(status=401))
    assert "correct `account_id` and `api_key`" in failure(client, LoginRefused)
    assert len(system.asked) == 1
    assert pace.blocks == []


def test_a_used_up_contract_stops_the_connection_until_tomorrow(client: Client, system: System, pace: Noting) -> None:
    system.tells(plain(content=b"Customer quota exceeded", status=403, Content_Type="text/plain"))
    assert "saying: Customer quota exceeded: what the contract with ITscope allows" in failure(client, Blocked)
    assert len(system.asked) == 1
    assert [(block.minutes, block.by_all) for block in pace.blocks] == [(None, False)]


def test_what_the_contract_does_not_have_stops_nothing_else(client: Client, system: System, pace: Noting) -> None:
    system.tells(plain(content=b"The current plan is not sufficient for this action.", status=403))
    assert "does not have this" in failure(client, Refused)
    assert pace.blocks == []


def test_what_failed_inside_is_asked_for_once_more(client: Client, system: System) -> None:
    system.tells(plain(status=500))
    assert ": it failed inside (asked 2 times)" in failure(client, Unreachable)
    assert len(system.asked) == 2


def test_too_many_requests_stop_all_for_half_an_hour(client: Client, system: System, pace: Noting) -> None:
    system.tells(plain(status=503, Retry_After="1"))
    assert "nothing is sent to ITscope for 30 minutes" in failure(client, Blocked)
    assert len(system.asked) == 1
    assert [(block.minutes, block.by_all) for block in pace.blocks] == [(30, True)]


def test_a_request_that_is_too_long_is_not_sent(client: Client, system: System) -> None:
    with pytest.raises(Refused, match="too long; ask for less at a time"):
        list(client.search(PRODUCTS, "product", {"keywords": "x" * 15_500}, "standard"))
    assert system.asked == []


@pytest.mark.parametrize("name", ["WiseBot", "Parts-Research", "Mozilla/5.0 (agent)", "Prüfer", ""])
def test_a_name_that_the_service_refuses_is_refused_here(system: System, name: str) -> None:
    with pytest.raises(ValueError, match="user_agent"):
        settings(system, user_agent=name)


@pytest.mark.parametrize(
    ("attributes", "says"),
    [
        ({"account_id": ""}, "account_id: and api_key are needed"),
        ({"requests_per_second": 5}, "requests_per_second: is 4 at most"),
        ({"username": "ann"}, "username: itscope is logged in to with"),
        ({"language": "pl"}, "language"),
        ({"language": []}, "language: needs one"),
    ],
)
def test_settings_that_do_not_fit_are_told(system: System, attributes: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        settings(system, **attributes)


def test_the_service_is_at_its_own_address_and_rate_unless_told() -> None:
    given = {"name": "market", "system": "itscope", "account_id": "m1", "api_key": KEY, "language": "en"}
    usual = ConnectionSettings.model_validate(given)
    assert (usual.url, usual.requests_per_second, usual.language) == ("https://api.itscope.com/2.1", 4, ("en",))
