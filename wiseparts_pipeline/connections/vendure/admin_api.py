"""Vendure's admin API: logging in, one query at a time, and errors that come with status 200."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.connections.base import Pace
from wiseparts_pipeline.connections.errors import ConnectionFailure, LoginRefused, Refused, UnexpectedAnswer
from wiseparts_pipeline.connections.http import Http

_PATH = "admin-api"
_LOGIN = """
    mutation login($username: String!, $password: String!) {
        login(username: $username, password: $password) { __typename ... on ErrorResult { errorCode message } }
    }
"""
# The codes of errors that say that the user may not do it.
_NOT_ALLOWED = ("FORBIDDEN", "UNAUTHORIZED")
# What whoever is logged in may read.
_FOR_EVERYBODY = "query globalSettings { globalSettings { id } }"


class AdminApi:
    """Is logged in to, by user and password or by an API key."""

    def __init__(self, settings: ConnectionSettings, pace: Pace) -> None:
        self._name = settings.name
        self.by_key = settings.api_key is not None
        headers = {"vendure-api-key": settings.api_key.get_secret_value()} if settings.api_key else {}
        self._http = Http(settings, pace, headers=headers)
        if settings.api_key is None:
            self._log_in(settings)

    @property
    def now(self) -> datetime | None:
        """The shop's clock, as its last answer had it."""
        return self._http.now

    @property
    def requests(self) -> int:
        """How many requests were sent."""
        return self._http.requests

    def close(self) -> None:
        self._http.close()

    def ask(self, name: str, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The `data` of the answer. `name`: the operation's, which errors have. Raises ConnectionFailure."""
        answer, _ = self._http.json("POST", _PATH, body={"query": query, "variables": variables or {}})
        return self._data(name, answer)

    def not_promised(self, name: str, path: str, what: str) -> UnexpectedAnswer:
        """The error that the value at a path of an answer is not what it should be."""
        return UnexpectedAnswer(f"{self.place(name)}: {path}: {what}; see whether this is Vendure 3 and its admin API")

    def place(self, name: str) -> str:
        """How errors of an operation begin."""
        return f"connection {self._name}: POST {_PATH} {name}"

    def _log_in(self, settings: ConnectionSettings) -> None:
        if settings.username is None or settings.password is None:
            raise LoginRefused(
                f"connection {self._name}: Vendure needs `username` and `password` of an administrator, or `api_key`"
            )
        given = {"username": settings.username, "password": settings.password.get_secret_value()}
        answer, headers = self._http.json("POST", _PATH, body={"query": _LOGIN, "variables": given}, repeatable=False)
        told = self._data("login", answer).get("login")
        if not isinstance(told, dict):
            raise self.not_promised("login", "data.login", "is no object")
        if told.get("__typename") != "CurrentUser":
            # What the shop says could have the password in it.
            raise LoginRefused(
                f"{self.place('login')}: answered {told.get('errorCode')}: correct `username` and `password` of the"
                " connection; it must be an administrator, not a customer"
            )
        if token := headers.get("vendure-auth-token"):
            self._http.headers["Authorization"] = f"Bearer {token}"

    def _is_known(self) -> bool:
        """Whether Vendure knows our key; of several parts of a query that are refused, it tells one only."""
        answer, _ = self._http.json("POST", _PATH, body={"query": _FOR_EVERYBODY})
        return isinstance(answer, dict) and not answer.get("errors")

    def _data(self, name: str, answer: Any) -> dict[str, Any]:
        if isinstance(answer, dict) and answer.get("errors"):
            raise self._error(name, answer["errors"])
        data = answer.get("data") if isinstance(answer, dict) else None
        if not isinstance(data, dict):
            raise self.not_promised(name, "data", "is no object")
        return data

    def _error(self, name: str, errors: Any) -> ConnectionFailure:
        first = errors[0] if isinstance(errors, list) and isinstance(errors[0], dict) else {}
        extensions, path = first.get("extensions"), first.get("path")
        code = extensions.get("code") if isinstance(extensions, dict) else None
        at = f" at {'.'.join(str(each) for each in path)}" if isinstance(path, list) else ""
        if code in _NOT_ALLOWED:
            if self.by_key and not self._is_known():
                return LoginRefused(
                    f"{self.place(name)}: {code}: Vendure does not know the key; correct `api_key` of the connection,"
                    " and see that the shop has `api-key` in its `tokenMethod`"
                )
            return Refused(
                f"{self.place(name)}: {code}{at}: this may not be read; give the role of the connection's user or key"
                " in Vendure the permissions to read orders, customers and the catalog"
            )
        message = "" if name == "login" else f" {str(first.get('message'))[:200]}"
        return UnexpectedAnswer(
            f"{self.place(name)}: answered with the error{message} ({code}){at}; see Vendure's own log"
        )
