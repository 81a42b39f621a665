"""Requests to systems with an API over HTTP, with bounds on everything, and JSON that keeps numbers as written."""

import base64
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from typing import IO, Any
from urllib.parse import quote, quote_plus, urljoin, urlsplit

import httpx2
import stamina
from pydantic import SecretStr

from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.connections.answers import as_json, told
from wiseparts_pipeline.connections.base import Pace
from wiseparts_pipeline.connections.errors import (
    ConnectionFailure,
    LoginRefused,
    Refused,
    UnexpectedAnswer,
    Unreachable,
)
from wiseparts_pipeline.connections.exchange import NO_HEADER, Exchange, Passing, trusted
from wiseparts_pipeline.connections.repeating import PATIENT, Pauses, Repeats

# How often something was asked is in the message. What is printed by default is on stdout, and may have secrets in it.
stamina.instrumentation.set_on_retry_hooks([])

Params = Mapping[str, str | Sequence[str]]
# Takes an answer, its content, and how messages about it begin; raises ConnectionFailure for what was not asked for.
Check = Callable[[httpx2.Response, bytes, str], None]

_MOST_REDIRECTS = 5
# A shorter one would make holes in every message.
_SHORTEST_SECRET = 4
_OWN_HEADERS = {
    "User-Agent": f"wiseparts-pipeline/{version('wiseparts-pipeline')}",
    "Accept": "application/json",
}
_USUAL_HEADERS = ("user-agent", "accept", "accept-encoding", "connection", "content-type")

_RELATIVE = ("", None, None)
_OK = (200, 201)
_REDIRECTS = (301, 302, 303, 307, 308)
_COME_BACK = (429, 502, 503, 504)
_REMEDIES = {
    400: "it does not accept the request; see what it says and correct what is asked for",
    401: "it does not accept the login; correct username and password, or api_key, of the connection",
    403: "the user may not do this; give the connection's user the right in the system",
    404: "there is nothing at this address; correct the `url` of the connection or the path",
    407: "this machine's proxy wants a login; write it into the address in HTTPS_PROXY",
    429: "these are too many requests; set `requests_per_second` of the connection lower",
    500: "it failed inside; see the system's own log",
}
_LATER = "it cannot answer now; see whether it is running"
_NOT_EXPECTED = "no such answer was expected; correct the `url` of the connection or the path"


class Http:
    """A client of one connection; see `json`. It sends one request at a time; `repeats` are those of all of them.

    `check`: what an answer's status means, where a system has rules of its own.
    """

    def __init__(
        self,
        settings: ConnectionSettings,
        pace: Pace,
        *,
        auth: tuple[str, str] | None = None,
        headers: dict[str, str] | None = None,
        repeats: Repeats = PATIENT,
        check: Check | None = None,
    ) -> None:
        self._settings = settings
        self._repeats = repeats
        self._check = check or self._check_status
        self._exchange = Exchange(settings, pace)
        # Hidden, so that no one sees it who looks at this object.
        self._login = auth and (auth[0], SecretStr(auth[1]))
        try:
            self._client = httpx2.Client(
                verify=trusted(settings),
                auth=auth,
                timeout=settings.timeout_seconds,
                headers={**_OWN_HEADERS, **(headers or {})},
            )
        except UnicodeError:
            raise Refused(f"connection {settings.name}: {NO_HEADER}") from None

    @property
    def requests(self) -> int:
        """How many requests were sent."""
        return self._exchange.requests

    @property
    def now(self) -> datetime | None:
        """The system's clock, as its last answer had it."""
        return self._exchange.now

    @property
    def headers(self) -> httpx2.Headers:
        """The headers of every request; to be changed after logging in."""
        return self._client.headers

    def close(self) -> None:
        self._client.close()

    def json(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        body: object = None,
        repeatable: bool = True,
    ) -> tuple[Any, httpx2.Headers]:
        """The answer's JSON, with numbers as the text that was sent, and its headers. Raises ConnectionFailure.

        `path`: what follows the url of the connection, or an address of the same host. `repeatable`: whether asking
        twice does no harm. The error has the status, if that is the reason: of Refused it is often 401 or 403.
        """
        answer, content, place = self._answer(method, path, params=params, json=body, repeatable=repeatable)
        try:
            return as_json(place, content, answer.headers.get("Content-Type", "")), answer.headers
        except UnexpectedAnswer as error:
            raise UnexpectedAnswer(self._without_secrets(str(error))) from None

    def content(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        into: IO[bytes] | None = None,
        repeatable: bool = True,
    ) -> tuple[httpx2.Response, bytes]:
        """The answer and its content as it is, for what is not JSON. Raises ConnectionFailure.

        `into`: a file that the content is written to instead.
        """
        answer, content, _ = self._answer(
            method, path, into, params=params, headers=headers, content=body, repeatable=repeatable
        )
        return answer, content

    def _answer(
        self, method: str, path: str, into: IO[bytes] | None = None, *, repeatable: bool, **asked: Any
    ) -> tuple[httpx2.Response, bytes, str]:
        """The answer, its content, and how messages about it begin."""
        place = f"connection {self._settings.name}: {method} {without_query(path) or '/'}"
        number = 0
        attempts = self._repeats.attempts if repeatable else 1
        try:
            request = self._client.build_request(method, self._address(path, place), **asked)
            for attempt in stamina.retry_context(Pauses(self._repeats).after, attempts=attempts, timeout=None):
                number = attempt.num
                with attempt:
                    answer, content = self._follow(request, place, into)
            return answer, content, place
        except httpx2.InvalidURL:
            raise UnexpectedAnswer(self._without_secrets(f"{place}: this is no address that can be asked")) from None
        except ConnectionFailure as error:
            times = f" (asked {number} times)" if number > 1 else ""
            kind = Unreachable if isinstance(error, Passing) else type(error)
            raise kind(self._without_secrets(f"{error}{times}"), error.status) from None

    def _follow(self, request: httpx2.Request, place: str, into: IO[bytes] | None) -> tuple[httpx2.Response, bytes]:
        """The answer, and where that is a redirect which harms nothing, the answer from there."""
        for _ in range(_MOST_REDIRECTS + 1):
            answer, content = self._exchange.ask(self._client, request, place, into)
            location = answer.headers.get("Location")
            if answer.status_code not in _REDIRECTS or location is None:
                self._check(answer, content, place)
                return answer, content
            request = self._redirected(request, location, place)
        raise UnexpectedAnswer(f"{place}: is redirected more than {_MOST_REDIRECTS} times; correct the path")

    def _redirected(self, request: httpx2.Request, location: str, place: str) -> httpx2.Request:
        try:
            address = urljoin(str(request.url), location)
        except ValueError:
            address = location
        to = without_query(address)
        if _origin(address) != _origin(self._settings.url):
            raise UnexpectedAnswer(
                f"{place}: is redirected to another host or protocol, {to}, which is not followed; if the system has"
                " moved, correct the `url` of the connection"
            )
        if request.method != "GET":
            raise UnexpectedAnswer(f"{place}: is redirected to {to}, which only GET follows; correct the path")
        return self._client.build_request("GET", address)

    def _check_status(self, answer: httpx2.Response, content: bytes, place: str) -> None:
        """Raises ConnectionFailure for an answer that has not what was asked for."""
        status = answer.status_code
        if status in _OK:
            return
        says = told(content, answer.headers.get("Content-Type", ""))
        reason = f"{place}: answered {status}{f' {says}' if says else ''}"
        if status in _COME_BACK:
            after = _seconds_until(answer.headers.get("Retry-After"), self.now)
            remedy = _REMEDIES.get(status, _LATER)
            later = f" (it says: come back in {after:,.0f} s)" if after else ""
            raise Passing(f"{reason}{later}: {remedy}", status, after)
        kind = {401: LoginRefused, 403: Refused, 407: Refused}.get(status, UnexpectedAnswer)
        remedy = _REMEDIES.get(status, _NOT_EXPECTED)
        raise kind(f"{reason}: {remedy}", status)

    def _address(self, path: str, place: str) -> str:
        if _origin(path) == _RELATIVE:
            return f"{self._settings.url}/{path.lstrip('/')}" if path else self._settings.url
        if _origin(path) != _origin(self._settings.url):
            raise UnexpectedAnswer(
                f"{place}: {without_query(path)} is not at {self._settings.host}, and nothing is sent anywhere else"
            )
        return path

    def _without_secrets(self, text: str) -> str:
        user, hidden = self._login or (self._settings.username, self._settings.password)
        password = _value(hidden)
        secrets = {password, _value(self._settings.password), _value(self._settings.api_key)}
        secrets.add(base64.b64encode(f"{user}:{password}".encode()).decode())
        for name, value in self._client.headers.items():
            if name not in _USUAL_HEADERS:
                secrets |= {value, *value.split()[1:]}
        secrets |= {cookie.value or "" for cookie in self._client.cookies.jar}
        for secret in sorted(secrets, key=len, reverse=True):
            for written in (secret, quote(secret, safe=""), quote_plus(secret)):
                if len(secret) >= _SHORTEST_SECRET:
                    text = text.replace(written, "***")
        return text


def _seconds_until(retry_after: str | None, now: datetime | None) -> float | None:
    """What `Retry-After` says, a number of seconds or a moment by the system's clock."""
    if retry_after is None:
        return None
    with suppress(TypeError, ValueError):
        if retry_after.strip().isdecimal():
            return float(retry_after)
        moment = parsedate_to_datetime(retry_after)
        return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - (now or datetime.now(UTC))).total_seconds())
    return None


def _origin(address: str) -> tuple[str, str | None, int | None] | None:
    """Protocol, host and port; None for what is no address."""
    try:
        parts = urlsplit(address)
        return parts.scheme, parts.hostname, parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        return None


def without_query(address: str) -> str:
    """As it can be shown: what follows the path may have secrets, and what is before the host as well."""
    try:
        parts = urlsplit(address)
        host = f"{parts.hostname}{f':{parts.port}' if parts.port else ''}" if parts.netloc else ""
    except ValueError:
        return "what is no address"
    return parts._replace(netloc=host, query="", fragment="").geturl()


def _value(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""
