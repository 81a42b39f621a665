"""One request over HTTP and its answer: when it may leave, how long and how large it may be, what can go wrong."""

import logging
import ssl
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import IO, Any

import httpx2

from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.connections.base import Pace
from wiseparts_pipeline.connections.deadline import CutOff, check_deadline, longest_wait
from wiseparts_pipeline.connections.errors import ConnectionFailure, Refused, UnexpectedAnswer, Unreachable

# They would log addresses with their query, and headers.
for _name in ("httpx2", "httpcore2"):
    logging.getLogger(_name).setLevel(logging.WARNING)

# Of an answer, uncompressed.
_MOST_BYTES = 32 * 1024 * 1024
# Of what is written to a file, in seconds.
_LONGEST_DOWNLOAD = 3600.0
_OK = 200

NO_HEADER = (
    "the login has a character that cannot be sent, such as a line break; correct username, password or api_key of the"
    " connection"
)


class Passing(Unreachable):
    """What may be gone at the next attempt. `after`: in how many seconds, if the system says so.

    `dropped`: whether the connection was refused, or ended before an answer began.
    """

    def __init__(
        self, message: str, status: int | None = None, after: float | None = None, *, dropped: bool = False
    ) -> None:
        super().__init__(message, status)
        self.after = after
        self.dropped = dropped


class Exchange:
    """Sends the requests of one connection, one at a time."""

    def __init__(self, settings: ConnectionSettings, pace: Pace) -> None:
        self._settings = settings
        self._pace = pace
        self._cut_off = CutOff()
        # How long a whole answer may take.
        self._seconds = settings.timeout_seconds
        self.requests = 0
        self.now: datetime | None = None

    def ask(
        self, client: httpx2.Client, request: httpx2.Request, place: str, into: IO[bytes] | None = None
    ) -> tuple[httpx2.Response, bytes]:
        """The answer and its content, uncompressed. Raises ConnectionFailure; `place` is how its message begins.

        `into`: where the content of a good answer is written instead, however large it is and long it takes.
        """
        self._seconds = self._settings.timeout_seconds if into is None else _LONGEST_DOWNLOAD
        seconds = longest_wait(self._settings.timeout_seconds, place)
        request.extensions["timeout"] = httpx2.Timeout(seconds).as_dict()
        request.extensions["trace"] = partial(self._traced, place)
        self._cut_off.happened = False
        answer = None
        try:
            answer = client.send(request, stream=True)
            try:
                content = self._content(answer, place, into)
            finally:
                answer.close()
        except httpx2.LocalProtocolError:
            # Its message has the login in it.
            raise Refused(f"{place}: {NO_HEADER}") from None
        except httpx2.DecodingError:
            raise UnexpectedAnswer(f"{place}: the answer is compressed, and that is broken") from None
        except (httpx2.TransportError, ssl.SSLError) as error:
            raise self._failure(error, place, began=answer is not None) from None
        finally:
            self._cut_off.after(None)
        if self._cut_off.happened:
            # Where only the end of the connection ends an answer, that looks like a complete one.
            raise self._too_slow(place)
        with suppress(TypeError, ValueError):
            moment = parsedate_to_datetime(answer.headers["Date"]) if "Date" in answer.headers else None
            self.now = moment.replace(tzinfo=moment.tzinfo or UTC) if moment else self.now
        return answer, content

    def _failure(self, error: Exception, place: str, *, began: bool) -> ConnectionFailure:
        host = self._settings.host
        if reason := _distrust(error):
            return Refused(
                f"{place}: the certificate of {host} is not trusted: {reason}; if an authority of your own has made it,"
                " name that authority's certificate in `ca_file`"
            )
        check_deadline(place)
        if self._cut_off.happened:
            return self._too_slow(place)
        if isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout):
            return Passing(
                f"{place}: no connection to {host}: {str(error) or 'no answer'}; see whether the system is running and"
                " the `url` is right",
                dropped=isinstance(error, httpx2.ConnectError),
            )
        if isinstance(error, httpx2.TimeoutException):
            return self._too_slow(place)
        return Passing(f"{place}: {host} ended the connection before the answer was complete", dropped=not began)

    def _too_slow(self, place: str) -> Passing:
        check_deadline(place)
        return Passing(
            f"{place}: no complete answer within {self._seconds:g} s; ask for less at a time, or set"
            " `timeout_seconds` higher"
        )

    def _content(self, answer: httpx2.Response, place: str, into: IO[bytes] | None) -> bytes:
        if into is not None and answer.status_code == _OK:
            into.seek(0)
            into.truncate()
            for piece in answer.iter_bytes():
                into.write(piece)
            return b""
        content = bytearray()
        for piece in answer.iter_bytes():
            content += piece
            if len(content) > _MOST_BYTES:
                raise UnexpectedAnswer(
                    f"{place}: the answer has more than {_MOST_BYTES // 1024 // 1024} MB; ask for less at a time"
                )
        return bytes(content)

    def _traced(self, place: str, event: str, about: Mapping[str, Any]) -> None:
        """Is called by the client at each step: what is paced and counted is what leaves, also once more."""
        step = event.partition(".")[2]
        if step in ("connect_tcp.complete", "start_tls.complete"):
            self._cut_off.connection = about["return_value"].get_extra_info("socket")
            self._cut_off.after(longest_wait(self._settings.timeout_seconds, place))
        elif step == "send_request_headers.started" and about["request"].method != b"CONNECT":
            self._cut_off.after(None)
            self._pace.wait()
            seconds = longest_wait(self._seconds, place)
            self.requests += 1
            self._cut_off.after(seconds)


def trusted(settings: ConnectionSettings) -> ssl.SSLContext | bool:
    """Whose certificates are trusted: an authority's of our own, or those of this machine."""
    if settings.ca_file is None:
        return True
    try:
        return ssl.create_default_context(cafile=settings.ca_file)
    except (OSError, ValueError) as error:
        raise Refused(
            f"connection {settings.name}: ca_file: {settings.ca_file} cannot be read as certificates in PEM format:"
            f" {error}"
        ) from None


def _distrust(error: BaseException | None) -> str:
    """Why the certificate is not trusted; empty if that is not what was wrong."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return error.verify_message
        error = error.__cause__ or error.__context__
    return ""
