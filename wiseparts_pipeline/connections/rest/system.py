"""The system `rest`: logs in as the connection says, and reads what pulls describe."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from types import TracebackType
from typing import Self

from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.config.connections.pull import PullSettings
from wiseparts_pipeline.connections.base import Pace, Readable, Record, Selection
from wiseparts_pipeline.connections.http import Http
from wiseparts_pipeline.connections.rest.reading import Reading


class Rest:
    """See `base.Connected`. There is nothing to log in to before the first request: that shows whether it works."""

    @classmethod
    def readable(cls, pull: PullSettings) -> Readable:
        return Readable(
            key=pull.keys.field if pull.keys else "", by_time=pull.window is not None, owners=tuple(pull.owners)
        )

    def __init__(self, settings: ConnectionSettings, pace: Pace) -> None:
        key = settings.api_key.get_secret_value() if settings.api_key else ""
        auth, headers = None, {}
        match settings.auth:
            case "basic":
                assert settings.username is not None
                assert settings.password is not None
                auth = settings.username, settings.password.get_secret_value()
            case "bearer":
                headers = {"Authorization": f"Bearer {key}"}
            case "none":
                pass
            case header:
                headers = {header: key}
        self._settings = settings
        self._http = Http(settings, pace, auth=auth, headers=headers)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def records(self, pull: PullSettings, selection: Selection) -> Iterator[Record]:
        return Reading(self._http, self._settings, pull).records(selection)

    def notes(self, pulls: Sequence[PullSettings]) -> Iterator[str]:
        yield from ()

    @property
    def now(self) -> datetime | None:
        return self._http.now

    @property
    def requests(self) -> int:
        return self._http.requests
