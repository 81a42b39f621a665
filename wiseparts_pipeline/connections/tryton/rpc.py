"""Calls of Tryton's JSON-RPC, and the session that they are made in."""

import base64
from contextlib import suppress
from datetime import datetime
from http import HTTPStatus
from typing import Any

from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.connections.base import Pace
from wiseparts_pipeline.connections.deadline import within
from wiseparts_pipeline.connections.errors import (
    ConnectionFailure,
    LoginRefused,
    Objection,
    Refused,
    UnexpectedAnswer,
    Unreachable,
)
from wiseparts_pipeline.connections.http import Http
from wiseparts_pipeline.connections.repeating import PATIENT, Repeats

# What Tryton calls the errors that say what a user may not do; all others are faults of what was asked.
_OF_USERS = ("UserError", "UserWarning", "ConcurrencyException")
# A session that is not ended here ends by itself.
_LOGOUT_SECONDS = 1


class Rpc:
    """A session of one user in one database. Sessions end when they are not used: then it logs in once more."""

    def __init__(self, settings: ConnectionSettings, pace: Pace, repeats: Repeats = PATIENT) -> None:
        if settings.username is None or settings.password is None:
            raise Refused(f"connection {settings.name}: set username and password; Tryton's sessions need them")
        self._settings = settings
        self._http = Http(settings, pace, repeats=repeats)
        self._count = 0
        self.context: dict[str, Any] = {}
        try:
            self._log_in()
            preferences = self.call("model.res.user.get_preferences", True)
            if not isinstance(preferences, dict):
                raise UnexpectedAnswer(f"{self.place('model.res.user.get_preferences')}: the answer is no object")
            self.context = numbered(preferences)
        except BaseException:
            self._http.close()
            raise

    @property
    def requests(self) -> int:
        """How many requests were sent."""
        return self._http.requests

    @property
    def now(self) -> datetime | None:
        """The server's clock, as its last answer had it."""
        return self._http.now

    def close(self) -> None:
        """Ends the session."""
        with suppress(ConnectionFailure), within(_LOGOUT_SECONDS, "what a logout may take"):
            self._post("common.db.logout", [], repeatable=False)
        self._http.close()

    def place(self, method: str) -> str:
        """How errors about a call begin."""
        return f"connection {self._settings.name}: {method}"

    def call(self, method: str, *params: object, **context: object) -> Any:
        """The result, with numbers as texts. `context`: what is added to that of the user. Raises ConnectionFailure."""
        return self._asked(method, [*params, {**self.context, **context}], repeatable=True)

    def call_once(self, method: str, *params: object) -> Any:
        """The same, never sent again, as asking twice would do it twice: whoever gets no answer does not know."""
        return self._asked(method, [*params, self.context], repeatable=False)

    def _asked(self, method: str, asked: list[Any], *, repeatable: bool) -> Any:
        try:
            return self._post(method, asked, repeatable=repeatable)
        except LoginRefused:
            # The session has ended, and nothing was done.
            self._log_in()
        try:
            return self._post(method, asked, repeatable=repeatable)
        except LoginRefused as error:
            raise Refused(
                f"{self.place(method)}: answered 401 right after the login; see the log of Tryton", error.status
            ) from None

    def _log_in(self) -> None:
        settings = self._settings
        assert settings.username is not None
        assert settings.password is not None
        self._http.headers.pop("Authorization", None)
        place = self.place("login")
        secret = {"password": settings.password.get_secret_value()}
        try:
            # A wrong password makes Tryton answer later and later: it is never sent again.
            result = self._post("common.db.login", [settings.username, secret], repeatable=False)
        except LoginRefused as error:
            raise LoginRefused(
                f"{place}: Tryton does not accept user {settings.username!r} with this password in database"
                f" {settings.database!r}; correct username and password of the connection",
                error.status,
            ) from None
        except Unreachable as error:
            if error.status != HTTPStatus.TOO_MANY_REQUESTS:
                raise
            raise Unreachable(
                f"{place}: Tryton takes no login of user {settings.username!r} for a while, because wrong passwords"
                " were given before; see that nothing uses an old one",
                error.status,
            ) from None
        except UnexpectedAnswer as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            raise UnexpectedAnswer(
                f"{place}: there is no database {settings.database!r} at {settings.url}; correct `database` or `url` of"
                " the connection",
                error.status,
            ) from None
        if not isinstance(result, list) or len(result) < 2 or not all(isinstance(each, str) for each in result[:2]):
            raise UnexpectedAnswer(f"{place}: the answer is no session; see whether there is a Tryton at the `url`")
        session = f"{settings.username}:{result[0]}:{result[1]}"
        self._http.headers["Authorization"] = f"Session {base64.b64encode(session.encode()).decode()}"

    def _post(self, method: str, params: list[Any], *, repeatable: bool = True) -> Any:
        self._count += 1
        body = {"id": self._count, "method": method, "params": params}
        answer, _ = self._http.json("POST", f"{self._settings.database}/rpc/", body=body, repeatable=repeatable)
        if not isinstance(answer, dict) or not ("result" in answer or "error" in answer):
            raise UnexpectedAnswer(f"{self.place(method)}: the answer has neither `result` nor `error`")
        if answer.get("error"):
            raise self._failure(method, answer["error"])
        return answer.get("result")

    def _failure(self, method: str, error: Any) -> ConnectionFailure:
        """Errors come as a kind with its texts, or as a text with where in Tryton it happened."""
        kind, texts = (error[0], error[1]) if isinstance(error, list) and len(error) > 1 else (error, "")
        if kind == "LoginException":
            wanted = texts[1] if isinstance(texts, list) and len(texts) > 1 else texts
            return LoginRefused(
                f"{self.place(method)}: Tryton asks for more than a password ({wanted!s:.80}); give the connection a"
                " user that needs none"
            )
        if kind in _OF_USERS:
            parts = [str(each) for each in texts if each] if isinstance(texts, list) else [str(texts)]
            # A warning begins with its name.
            warning = parts.pop(0) if kind == "UserWarning" and len(parts) > 1 else None
            words = f"{' '.join(' '.join(parts).split()):.300}"
            return Objection(f"{self.place(method)}: {words}", words, warning)
        return UnexpectedAnswer(f"{self.place(method)}: Tryton failed: {' '.join(str(kind).split()):.200}")


def numbered(value: Any) -> Any:
    """The same with its whole numbers as such: a context is sent back as it came."""
    if isinstance(value, dict):
        return {name: numbered(each) for name, each in value.items()}
    if isinstance(value, list):
        return [numbered(each) for each in value]
    return int(value) if isinstance(value, str) and value.isdecimal() else value
