"""Requests to a system that behaves badly: whatever it does, the end is in sight and told in a sentence."""

import gzip
import logging
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import stamina

from tests.connections.systems import Answer, Asked, Handler, System, Unpaced, plain, running
from tests.transport.ftp_servers import Certificates, make_certificates
from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.connections.errors import (
    ConnectionFailure,
    LoginRefused,
    Refused,
    UnexpectedAnswer,
    Unreachable,
)
from wiseparts_pipeline.connections.http import Http
from wiseparts_pipeline.connections.repeating import AT_ONCE

PASSWORD = "s3cret/of the+shop"
MOMENT = "Fri, 28 Nov 2025 06:30:00 GMT"
# More than an answer may have.
HUGE = 40 * 1024 * 1024


@pytest.fixture(autouse=True)
def without_waiting() -> Iterator[None]:
    """Three attempts, and nothing is waited for in between."""
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


@pytest.fixture
def http(system: System) -> Iterator[Http]:
    with closing(Http(settings(system), Unpaced(), auth=("ann", PASSWORD))) as http:
        yield http


def settings(system: System, **more: Any) -> ConnectionSettings:
    given = {"url": system.url, "allow_plaintext": True, "timeout_seconds": 2, "username": "ann", "password": PASSWORD}
    return ConnectionSettings(name="shop", system="rest", **{**given, **more})


def failure(http: Http, kind: type[ConnectionFailure], path: str = "/orders", **more: Any) -> str:
    """What is said about a request that fails."""
    with pytest.raises(kind) as caught:
        http.json(more.pop("method", "GET"), path, **more)
    assert type(caught.value) is kind
    text = str(caught.value)
    assert text.startswith("connection shop: ")
    assert "\n" not in text
    return text


def test_numbers_stay_as_they_were_written(http: Http, system: System) -> None:
    system.tells(plain(content=b'{"total": 10.10, "id": 12345678901234567890, "paid": true, "note": null}'))
    value, _ = http.json("GET", "/orders")
    assert value == {"total": "10.10", "id": "12345678901234567890", "paid": True, "note": None}


def test_requests_name_us_and_carry_what_is_asked(http: Http, system: System) -> None:
    system.tells(plain([]))
    http.json("POST", "/search", params={"page": "2", "state": ["open", "paid"]}, body={"since": "now"})
    (asked,) = system.asked
    assert (asked.method, asked.path) == ("POST", "/search")
    assert asked.query == {"page": ["2"], "state": ["open", "paid"]}
    assert asked.body == b'{"since":"now"}'
    assert asked.headers["user-agent"].startswith("wiseparts-pipeline/")
    assert asked.headers["accept"] == "application/json"


def test_the_systems_clock_is_that_of_its_last_answer(http: Http, system: System) -> None:
    system.tells(plain([], Date=MOMENT), plain([], Date="the other day"))
    assert http.now is None
    http.json("GET", "/orders")
    http.json("GET", "/orders")
    # The server's own header comes first.
    assert http.now is not None
    assert http.now.tzinfo is not None


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_what_can_pass_is_asked_again(http: Http, system: System, status: int) -> None:
    system.tells(plain(status=status), plain(["here"]))
    assert http.json("GET", "/orders")[0] == ["here"]
    assert http.requests == len(system.asked) == 2


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_what_does_not_pass_is_given_up(http: Http, system: System, status: int) -> None:
    system.tells(plain(status=status))
    assert f"GET /orders: answered {status}" in (text := failure(http, Unreachable))
    assert text.endswith("(asked 3 times)")
    assert len(system.asked) == 3


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_what_may_not_be_repeated_is_asked_once(http: Http, system: System, status: int) -> None:
    system.tells(plain(status=status))
    failure(http, Unreachable, method="POST", repeatable=False)
    assert len(system.asked) == 1


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, LoginRefused),
        (403, Refused),
        (400, UnexpectedAnswer),
        (404, UnexpectedAnswer),
        (500, UnexpectedAnswer),
        (304, UnexpectedAnswer),
        (204, UnexpectedAnswer),
    ],
)
def test_other_statuses_are_never_repeated(
    http: Http, system: System, status: int, kind: type[ConnectionFailure]
) -> None:
    system.tells(plain(status=status, content=b""))
    with pytest.raises(kind, match=f"answered {status}") as caught:
        http.json("GET", "/orders")
    assert caught.value.status == status
    assert len(system.asked) == 1


def dropped(handler: Handler, asked: Asked) -> None:
    handler.close_connection = True


def half(handler: Handler, asked: Asked) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[1, 2")
    handler.close_connection = True


@pytest.mark.parametrize(("answer", "times"), [(dropped, 2), (half, 1), (plain(status=503), 1), (plain(status=429), 1)])
def test_while_somebody_waits_only_a_dropped_connection_is_tried_again(
    system: System, answer: Answer, times: int
) -> None:
    system.tells(answer)
    with closing(Http(settings(system), Unpaced(), repeats=AT_ONCE)) as http, stamina.set_testing(False):
        failure(http, Unreachable)
    assert len(system.asked) == times


def test_what_the_system_says_is_told(http: Http, system: System) -> None:
    system.tells(plain({"errors": [{"message": "No such\nfield"}]}, status=400))
    assert "answered 400 saying: No such field: it does not accept the request" in failure(http, UnexpectedAnswer)


def test_how_long_to_wait_is_up_to_the_system(http: Http, system: System) -> None:
    system.tells(plain(status=503, Retry_After="1"), plain([]))
    with stamina.set_testing(False):
        started = time.monotonic()
        http.json("GET", "/orders")
    assert time.monotonic() - started >= 1


def test_nobody_waits_for_hours(http: Http, system: System) -> None:
    system.tells(plain(status=429, Retry_After="7200"))
    assert "come back in 7,200 s" in failure(http, Unreachable)
    assert len(system.asked) == 1


def test_a_moment_to_come_back_is_by_the_systems_clock(http: Http, system: System) -> None:
    def later(handler: Handler, asked: Asked) -> None:
        handler.send_response_only(429)
        handler.send_header("Date", MOMENT)
        handler.send_header("Retry-After", MOMENT.replace("06:30", "08:30"))
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    system.tells(later)
    assert "come back in 7,200 s" in failure(http, Unreachable)
    assert http.now == datetime(2025, 11, 28, 6, 30, tzinfo=UTC)


def test_a_system_that_does_not_run_is_unreachable(http: Http, system: System) -> None:
    with running() as other:
        pass
    with closing(Http(settings(other), Unpaced())) as unreachable:
        text = failure(unreachable, Unreachable)
    assert f"no connection to {other.url.removeprefix('http://')}: [Errno 111] Connection refused" in text
    assert unreachable.requests == 0


def test_silence_ends(system: System) -> None:
    def silent(handler: Handler, asked: Asked) -> None:
        handler.system.ended.wait()

    system.tells(silent)
    with closing(Http(settings(system, timeout_seconds=0.2), Unpaced())) as http:
        assert "no complete answer within 0.2 s" in failure(http, Unreachable)
    assert len(system.asked) == 3


@pytest.mark.parametrize("part", [b"HTTP/1.1 200 OK\r\nX-Drop: ", b"HTTP/1.1 200 OK\r\n\r\n["])
def test_an_answer_drop_by_drop_ends(system: System, part: bytes) -> None:
    def drop(handler: Handler, asked: Asked) -> None:
        handler.wfile.write(part)
        while not handler.system.ended.wait(0.05):
            handler.wfile.write(b" ")

    system.tells(drop)
    with closing(Http(settings(system, timeout_seconds=0.4), Unpaced())) as http:
        assert "no complete answer within 0.4 s" in failure(http, Unreachable)


@pytest.mark.parametrize(
    "content",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[1, 2",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[1, 2\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"",
        b"whatever this is\r\n\r\n",
    ],
)
def test_half_an_answer_is_asked_for_again(http: Http, system: System, content: bytes) -> None:
    def cut(handler: Handler, asked: Asked) -> None:
        handler.wfile.write(content)
        handler.close_connection = True

    system.tells(cut, plain([1, 2, 3]))
    assert http.json("GET", "/orders")[0] == ["1", "2", "3"]
    system.tells(cut)
    assert "ended the connection before the answer was complete" in failure(http, Unreachable)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"[1, 2", "is not JSON: Expecting ',' delimiter"),
        (b"", "is empty"),
        (b'{"amount": NaN}', "NaN is not a number"),
        (b'["\xff"]', "is not text in utf-8"),
        (b'["\\ud800"]', "is not text in utf-8"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_no_json_is_told(http: Http, system: System, content: bytes, says: str) -> None:
    system.tells(plain(content=content))
    assert says in failure(http, UnexpectedAnswer)


@pytest.mark.parametrize(
    ("content", "type_"),
    [
        ('["Καλημέρα"]'.encode("iso-8859-7"), "application/json; charset=ISO-8859-7"),
        ('["Καλημέρα"]'.encode("utf-16"), "application/json"),
        ('["Καλημέρα"]'.encode("utf-8-sig"), "application/json; charset=utf-8"),
        ('["Καλημέρα"]'.encode(), "application/json; charset=nothing"),
        (b'["\\u039a\\u03b1\\u03bb\\u03b7\\u03bc\\u03ad\\u03c1\\u03b1"]', "text/plain"),
    ],
)
def test_text_is_read_as_it_was_written(http: Http, system: System, content: bytes, type_: str) -> None:
    system.tells(plain(content=content, Content_Type=type_))
    assert http.json("GET", "/orders")[0] == ["Καλημέρα"]


def test_a_page_for_people_is_told_in_a_sentence(http: Http, system: System) -> None:
    system.tells(plain(content=b"\n<!DOCTYPE html><title>Log in</title>", Content_Type="text/html"))
    assert "answered with an HTML page instead of JSON" in failure(http, UnexpectedAnswer)
    system.tells(plain(content=b"<html>Traceback: password=...", status=500))
    assert "answered 500 with an HTML page: it failed inside" in (text := failure(http, UnexpectedAnswer))
    assert "Traceback" not in text


def test_a_huge_answer_is_not_read_to_its_end(http: Http, system: System) -> None:
    sent = 0

    def huge(handler: Handler, asked: Asked) -> None:
        nonlocal sent
        handler.send_response(200)
        handler.end_headers()
        while sent < 10 * HUGE:
            handler.wfile.write(b" " * 1024 * 1024)
            sent += 1024 * 1024

    system.tells(huge)
    assert "more than 32 MB" in failure(http, UnexpectedAnswer)
    assert sent <= 2 * HUGE


def test_a_small_answer_that_becomes_huge_is_not_unpacked_to_its_end(http: Http, system: System) -> None:
    bomb = gzip.compress(gzip.compress(b" " * HUGE))
    assert len(bomb) < 10_000
    system.tells(plain(content=bomb, Content_Encoding="gzip, gzip"))
    assert "more than 32 MB" in failure(http, UnexpectedAnswer)
    system.tells(plain(content=b"this is not gzip", Content_Encoding="gzip"))
    assert "compressed, and that is broken" in failure(http, UnexpectedAnswer)


def test_a_redirect_on_the_same_host_is_followed(http: Http, system: System) -> None:
    system.tells(plain(status=301, Location="/orders/"), plain(["here"]))
    assert http.json("GET", "/orders", params={"page": "2"})[0] == ["here"]
    assert [asked.path for asked in system.asked] == ["/orders", "/orders/"]
    assert http.requests == 2


def test_a_redirect_to_another_host_is_not_followed(http: Http, system: System) -> None:
    with running() as other:
        system.tells(plain(status=302, Location=f"{other.url}/login?token=abc"))
        text = failure(http, UnexpectedAnswer)
        assert f"redirected to another host or protocol, {other.url}/login, which is not followed" in text
        assert other.asked == []
    for location in ("//elsewhere.example/", "https://127.0.0.1/", "http://[", "http://u:p@elsewhere.example/"):
        system.tells(plain(status=302, Location=location))
        assert "u:p" not in failure(http, UnexpectedAnswer)


def test_what_is_sent_is_not_redirected(http: Http, system: System) -> None:
    system.tells(plain(status=307, Location="/elsewhere"))
    assert "only GET follows" in failure(http, UnexpectedAnswer, method="POST", body={})
    assert len(system.asked) == 1


def test_redirects_in_a_circle_end(http: Http, system: System) -> None:
    system.tells(plain(status=302, Location="/orders"))
    assert "more than 5 times" in failure(http, UnexpectedAnswer)


def test_nothing_is_sent_to_another_host(http: Http, system: System) -> None:
    with running() as other:
        for address in (f"{other.url}/orders?key=1", "https://elsewhere.example/", "//elsewhere.example", "http://["):
            assert "nothing is sent anywhere else" in (text := failure(http, UnexpectedAnswer, address))
            assert "key=1" not in text
        assert other.asked == []
    assert system.asked == []


@pytest.mark.parametrize("known", [PASSWORD, "Basic YW5uOnMzY3JldC9vZiB0aGUrc2hvcA==", "s3cret%2Fof+the%2Bshop"])
def test_secrets_are_in_no_error(http: Http, system: System, known: str) -> None:
    system.tells(plain({"detail": f"You sent {known}!"}, status=400))
    assert "saying: You sent" in (text := failure(http, UnexpectedAnswer, params={"token": "also-secret"}))
    for part in (known, PASSWORD, "YW5u", "also-secret"):
        assert part not in text
    assert PASSWORD not in repr(http) + repr(vars(http)) + repr(http.headers)


def test_secrets_are_in_no_log(http: Http, system: System, caplog: pytest.LogCaptureFixture) -> None:
    system.tells(plain(status=503), plain([], Set_Cookie="session=very-secret"))
    with caplog.at_level(logging.DEBUG):
        http.json("GET", "/orders", params={"token": "also-secret"})
    for secret in ("also-secret", "very-secret", PASSWORD, "YW5u"):
        assert secret not in caplog.text


@pytest.mark.parametrize("key", ["abc-secret\n", "abc-secret-Κ"])
def test_a_key_that_cannot_be_sent_is_told_without_it(system: System, key: str) -> None:
    with pytest.raises(Refused, match="a character that cannot be sent") as caught:
        Http(settings(system, api_key=key), Unpaced(), headers={"X-Key": key}).json("GET", "/orders")
    assert "secret" not in str(caught.value)
    assert system.asked == []


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"), "localhost")


def test_an_authority_of_our_own_is_trusted_where_it_is_named(certificates: Certificates, tmp_path: Path) -> None:
    with running(certificates.server) as system:
        system.tells(plain(["here"]))
        own = settings(system, ca_file=certificates.authority, allow_plaintext=False)
        with closing(Http(own, Unpaced())) as http:
            assert http.json("GET", "/")[0] == ["here"]
        with closing(Http(settings(system), Unpaced())) as http:
            assert "is not trusted: unable to get local issuer certificate" in failure(http, Refused)
        by_number = settings(system, ca_file=certificates.authority, url=system.url.replace("localhost", "127.0.0.1"))
        with closing(Http(by_number, Unpaced())) as http:
            assert "is not trusted: IP address mismatch" in failure(http, Refused)
        assert len(system.asked) == 1
    for path in (tmp_path / "missing.pem", Path(__file__)):
        with pytest.raises(Refused, match=r"ca_file: .* cannot be read as certificates in PEM format"):
            Http(settings(system, ca_file=path), Unpaced())
