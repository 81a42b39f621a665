"""The two ways to call a method of Odoo from outside: JSON-RPC, and since version 19 JSON-2, which needs an API key."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Protocol

from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.connections.errors import (
    ConnectionFailure,
    LoginRefused,
    Objection,
    Refused,
    UnexpectedAnswer,
)
from wiseparts_pipeline.connections.http import Http

# What Odoo calls its answers to what a user does or asks for wrongly.
_OF_USERS = ("UserError", "ValidationError", "MissingError", "RedirectWarning", "except_orm", "CacheMiss")


class NoAccess(Refused):
    """The user may not read this."""


class Way(Protocol):
    """Calls methods as one user of one database. `user`: the user's number, where logging in tells it."""

    user: str | None

    def call(
        self,
        place: str,
        model: str,
        method: str,
        ids: Sequence[int] | None,
        params: Mapping[str, object],
        *,
        repeatable: bool = True,
    ) -> Any:
        """The method's result, with numbers as texts. Raises ConnectionFailure.

        `ids`: the records whose method it is, if it is one of records. `repeatable`: whether asking twice does no harm.
        """

    def create(self, place: str, model: str, values: Mapping[str, object], context: Mapping[str, object]) -> Any:
        """The number of a new record, which is asked for once. Raises ConnectionFailure."""


class JsonRpc:
    """`/jsonrpc`, to which user and password, or API key, are sent with each call. It goes with version 22."""

    def __init__(self, http: Http, settings: ConnectionSettings, place: str) -> None:
        """Logs in; `place` is how errors about that begin."""
        self._http = http
        self._settings = settings
        self._count = 0
        secret = settings.api_key or settings.password
        if settings.username is None or secret is None:
            raise Refused(f"{place}: set username, and password or api_key: this version of Odoo needs both")
        self._secret = secret.get_secret_value()
        try:
            # After some wrong passwords, Odoo takes no right one for a while: none is sent twice.
            arguments = [settings.database, settings.username, self._secret, {}]
            user = self._post(place, "common", "authenticate", arguments, repeatable=False)
        except UnexpectedAnswer as error:
            if "does not exist" not in str(error):
                raise
            raise UnexpectedAnswer(
                f"{place}: there is no database {settings.database!r} at {settings.url}; correct `database` or `url` of"
                " the connection"
            ) from None
        if not isinstance(user, str) or not user.isdecimal():
            raise LoginRefused(
                f"{place}: Odoo does not accept user {settings.username!r} with this password or key in database"
                f" {settings.database!r}; correct username and password, or api_key, of the connection"
            )
        self.user: str | None = user

    def call(
        self,
        place: str,
        model: str,
        method: str,
        ids: Sequence[int] | None,
        params: Mapping[str, object],
        *,
        repeatable: bool = True,
    ) -> Any:
        """See `Way.call`."""
        return self._execute(place, model, method, [list(ids)] if ids is not None else [], params, repeatable)

    def create(self, place: str, model: str, values: Mapping[str, object], context: Mapping[str, object]) -> Any:
        """See `Way.create`."""
        # What its parameter is called depends on the model.
        return self._execute(place, model, "create", [dict(values)], {"context": context}, repeatable=False)

    def _execute(
        self, place: str, model: str, method: str, own: list[Any], params: Mapping[str, object], repeatable: bool
    ) -> Any:
        assert self.user is not None
        arguments = [self._settings.database, int(self.user), self._secret, model, method, own, dict(params)]
        return self._post(place, "object", "execute_kw", arguments, repeatable=repeatable)

    def _post(self, place: str, service: str, method: str, arguments: list[Any], *, repeatable: bool = True) -> Any:
        self._count += 1
        params = {"service": service, "method": method, "args": arguments}
        return posted(self._http, "jsonrpc", place, params, self._count, repeatable=repeatable)


class Json2:
    """`/json/2/<model>/<method>`, with an API key as the bearer's."""

    def __init__(self, http: Http, settings: ConnectionSettings) -> None:
        assert settings.api_key is not None
        self.user: str | None = None
        self._http = http
        http.headers["Authorization"] = f"bearer {settings.api_key.get_secret_value()}"
        http.headers["X-Odoo-Database"] = settings.database

    def create(self, place: str, model: str, values: Mapping[str, object], context: Mapping[str, object]) -> Any:
        """See `Way.create`."""
        asked = {"vals_list": [dict(values)], "context": context}
        made = self.call(place, model, "create", None, asked, repeatable=False)
        return made[0] if isinstance(made, list) and len(made) == 1 else made

    def call(
        self,
        place: str,
        model: str,
        method: str,
        ids: Sequence[int] | None,
        params: Mapping[str, object],
        *,
        repeatable: bool = True,
    ) -> Any:
        """See `Way.call`."""
        body = {**params, "ids": list(ids)} if ids is not None else dict(params)
        try:
            answer, _ = self._http.json("POST", f"json/2/{model}/{method}", body=body, repeatable=repeatable)
        except LoginRefused:
            raise
        except ConnectionFailure as error:
            if error.status == HTTPStatus.FORBIDDEN:
                raise NoAccess(str(error), error.status) from None
            if error.status == HTTPStatus.UNPROCESSABLE_ENTITY:
                raise Objection(str(error), str(error)) from None
            if error.status == HTTPStatus.NOT_FOUND:
                raise Refused(str(error), error.status) from None
            raise
        return answer


def posted(
    http: Http, path: str, place: str, params: Mapping[str, object], number: int = 1, *, repeatable: bool = True
) -> Any:
    """The result of a call in the form of JSON-RPC. Raises ConnectionFailure."""
    body = {"jsonrpc": "2.0", "method": "call", "id": number, "params": dict(params)}
    answer, _ = http.json("POST", path, body=body, repeatable=repeatable)
    if not isinstance(answer, dict) or "jsonrpc" not in answer:
        raise UnexpectedAnswer(f"{place}: the answer is none of JSON-RPC; see whether there is an Odoo at the `url`")
    if answer.get("error"):
        raise _failure(place, answer["error"])
    # Where there is nothing to answer, there is no `result`.
    return answer.get("result")


def _failure(place: str, error: Any) -> ConnectionFailure:
    """Errors come with status 200, as the name of a Python exception and its text."""
    data = error.get("data") if isinstance(error, dict) else None
    if not isinstance(data, dict):
        return UnexpectedAnswer(f"{place}: Odoo failed: {' '.join(str(error).split()):.200}")
    kind = str(data.get("name")).rpartition(".")[2]
    said = " ".join(str(data.get("message")).split())
    if kind == "AccessDenied":
        return LoginRefused(f"{place}: Odoo does not accept the login any more; correct that of the connection")
    if kind == "AccessError":
        return NoAccess(f"{place}: {said:.300}")
    if kind in _OF_USERS:
        return Objection(f"{place}: {said:.300}", f"{said:.300}")
    return UnexpectedAnswer(f"{place}: Odoo failed: {kind}: {said:.200}")
