"""Requests to systems with an API over HTTP, with bounds on everything, and JSON that keeps numbers as written."""

import json
from datetime import datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from typing import Any

import httpx2

from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.connections.base import Pace
from wiseparts_pipeline.connections.errors import Refused, UnexpectedAnswer, Unreachable

_MOST_BYTES = 64 * 1024 * 1024


class Http:
    """A client of one connection; see `json`."""

    def __init__(
        self,
        settings: ConnectionSettings,
        pace: Pace,
        *,
        auth: tuple[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        self._settings = settings
        self._pace = pace
        self._client = httpx2.Client(
            base_url=settings.url,
            auth=auth,
            timeout=settings.timeout_seconds,
            headers={"User-Agent": f"wiseparts-pipeline/{version('wiseparts-pipeline')}", **(headers or {})},
        )
        self.requests = 0
        self.now: datetime | None = None

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
        params: dict[str, str] | None = None,
        body: object = None,
        repeatable: bool = True,
    ) -> tuple[Any, httpx2.Headers]:
        """The answer's JSON, with numbers as the text that was sent, and its headers. Raises ConnectionFailure.

        `repeatable`: whether asking twice does no harm. 401 and 403 raise Refused, which has the status.
        """
        self._pace.wait()
        self.requests += 1
        place = f"connection {self._settings.name}: {method} {path}"
        try:
            answer = self._client.request(method, path, params=params, json=body)
        except httpx2.TransportError as error:
            raise Unreachable(f"{place}: {error}") from None
        if "Date" in answer.headers:
            self.now = parsedate_to_datetime(answer.headers["Date"])
        if answer.status_code in (401, 403):
            raise Refused(f"{place}: answered {answer.status_code}")
        if answer.status_code >= 500 or answer.status_code == 429:
            raise Unreachable(f"{place}: answered {answer.status_code}")
        if answer.status_code != 200:
            raise UnexpectedAnswer(f"{place}: answered {answer.status_code}")
        try:
            return json.loads(answer.text, parse_float=str, parse_int=str), answer.headers
        except ValueError as error:
            raise UnexpectedAnswer(f"{place}: the answer is not JSON: {error}") from None
