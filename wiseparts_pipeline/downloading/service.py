"""Downloads what the pulls of products ask for, each link once, and goes on where it was stopped."""

import math
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import LiteralString

from wiseparts_pipeline.config.connections.download import DownloadSettings
from wiseparts_pipeline.config.connections.pull import PullSettings
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.downloading.fetching import Addresses, Fetched, Fetcher, NotFetched, public_addresses
from wiseparts_pipeline.transport import Transport, connect
from wiseparts_pipeline.transport.base import TargetExists
from wiseparts_pipeline.warehouse import Connection, Warehouse
from wiseparts_pipeline.warehouse.locks import only_one

_MOST_ATTEMPTS = 5
_WANTED: LiteralString = """
    with products as (
        select image_urls, datasheet_urls from raw.supplier_products
        where _source = %(source)s and _deleted_at is null and (%(all)s or puid in (
            select theirs from ops.matches where kind = 'product' and status = 'confirmed'
        ))
    ),
    links as (
        select 'image' as kind, unnest(image_urls[1:%(images)s]) as url from products
        union
        select 'datasheet', unnest(datasheet_urls) from products where %(pdf)s
    )
    select links.url, links.kind from links
    left join ops.downloads as known on pull = %(pull)s and known.url = links.url and known.kind = links.kind
    where
        known.url is null or (%(again)s and known.status <> 'fetched')
        or (known.status = 'failed' and known.next_attempt_at <= clock_timestamp() and attempts < %(attempts)s)
    order by links.url, links.kind
"""
_NOTE: LiteralString = """
    insert into ops.downloads as known
        (pull, url, kind, status, path, sha256, bytes, media_type, error, next_attempt_at)
    values (
        %(pull)s, %(url)s, %(kind)s, %(status)s, %(path)s, %(sha256)s, %(bytes)s, %(media_type)s, %(error)s,
        case when %(status)s = 'failed' then clock_timestamp() + interval '1 day' end
    )
    on conflict (pull, url, kind) do update
    set status = excluded.status, path = excluded.path, sha256 = excluded.sha256, bytes = excluded.bytes,
        media_type = excluded.media_type, error = excluded.error, next_attempt_at = excluded.next_attempt_at,
        attempts = known.attempts + 1, finished_at = clock_timestamp()
"""


@dataclass
class Downloaded:
    """What became of the links of a pull. `same`: fetched, but the content was there already; `left`: for next time.

    `elsewhere`: links to hosts that are not named.
    """

    pull: str
    fetched: int = 0
    same: int = 0
    refused: int = 0
    failed: int = 0
    elsewhere: int = 0
    left: int = 0
    bytes: int = 0


def download(
    warehouse: Warehouse,
    configuration: Configuration,
    names: Sequence[str] = (),
    *,
    limit: int | None = None,
    seconds: float = math.inf,
    again: bool = False,
    progress: Callable[[Downloaded, str], None] = lambda downloaded, url: None,
    addresses: Addresses = public_addresses,
) -> list[Downloaded]:
    """Downloads what the pulls of these names, or all, ask for.

    `limit`: of how many links of each at most; `seconds`: after how many no more link is followed; `again`: also those
    that were refused or given up.
    Raises ConfigurationError, and TransportError if a file cannot be put where it belongs.
    """
    deadline = time.monotonic() + seconds
    pulls = [configuration.pull(name) for name in names] or list(configuration.pulls.values())
    with warehouse.connect(autocommit=True) as connection:
        return [
            _Run(connection, pull, pull.download, again).run(configuration, limit, deadline, progress, addresses)
            for pull in pulls
            if pull.download is not None
        ]


class _Run:
    """The downloads of one pull."""

    def __init__(self, connection: Connection, pull: PullSettings, settings: DownloadSettings, again: bool) -> None:
        self._connection = connection
        self._pull = pull
        self._settings = settings
        self._again = again
        self._done = Downloaded(pull.name)
        self._next_at = 0.0

    def run(
        self,
        configuration: Configuration,
        limit: int | None,
        deadline: float,
        progress: Callable[[Downloaded, str], None],
        addresses: Addresses,
    ) -> Downloaded:
        settings, done = self._settings, self._done
        with (
            only_one(self._connection, f"wiseparts.download.{self._pull.name}", lambda holder: None),
            connect(configuration.sources[settings.source]) as transport,
            Fetcher(settings.hosts, settings.max_bytes, addresses) as fetcher,
            tempfile.TemporaryDirectory() as folder,
        ):
            wanted = self._wanted()
            named = [(url, kind) for url, kind in wanted if fetcher.may_ask(url)]
            done.elsewhere = len(wanted) - len(named)
            done.left = len(named)
            for url, kind in named[:limit]:
                if time.monotonic() >= deadline:
                    break
                self._one(url, kind, fetcher, transport, Path(folder) / "file")
                done.left -= 1
                progress(done, url)
        return done

    def _wanted(self) -> list[tuple[str, str]]:
        return self._connection.execute(
            _WANTED,
            {
                "pull": self._pull.name,
                "source": self._pull.connection,
                "all": self._settings.products == "all",
                "images": self._settings.images,
                "pdf": self._settings.datasheets == "pdf",
                "again": self._again,
                "attempts": _MOST_ATTEMPTS,
            },
        ).fetchall()

    def _one(self, url: str, kind: str, fetcher: Fetcher, transport: Transport, target: Path) -> None:
        try:
            fetched = fetcher.fetch(url, kind, target, self._wait)
        except NotFetched as error:
            status = "failed" if error.may_pass else "refused"
            self._done.failed += error.may_pass
            self._done.refused += not error.may_pass
            self._note(url, kind, status, error=str(error))
            return
        path = f"{self._settings.folder}/{fetched.sha256[:2]}/{fetched.sha256}.{fetched.content.ending}"
        try:
            transport.upload(target, path)
            self._done.bytes += fetched.bytes
        except TargetExists:
            # The name is of the content: what is there is the same.
            self._done.same += 1
        self._done.fetched += 1
        self._note(url, kind, "fetched", path, fetched)

    def _wait(self) -> None:
        time.sleep(max(0.0, self._next_at - time.monotonic()))
        self._next_at = time.monotonic() + 1 / self._settings.requests_per_second

    def _note(
        self,
        url: str,
        kind: str,
        status: str,
        path: str | None = None,
        fetched: Fetched | None = None,
        error: str | None = None,
    ) -> None:
        self._connection.execute(
            _NOTE,
            {
                "pull": self._pull.name,
                "url": url,
                "kind": kind,
                "status": status,
                "path": path,
                "sha256": fetched and fetched.sha256,
                "bytes": fetched and fetched.bytes,
                "media_type": fetched and fetched.content.media_type,
                "error": error,
            },
        )
