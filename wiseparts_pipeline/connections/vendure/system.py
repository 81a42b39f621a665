"""The system `vendure`: which records it has, and how they are asked for."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from types import TracebackType
from typing import Self

from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.config.connections.pull import PullSettings
from wiseparts_pipeline.connections.base import ChangedSince, Pace, Readable, Record, Selection, WithKeys
from wiseparts_pipeline.connections.errors import Refused
from wiseparts_pipeline.connections.vendure.admin_api import AdminApi
from wiseparts_pipeline.connections.vendure.pages import read_pages
from wiseparts_pipeline.connections.vendure.queries import LISTS, List, custom_fields
from wiseparts_pipeline.connections.vendure.records import DEFAULT_CHANNEL, records_of
from wiseparts_pipeline.errors import ConfigurationError

# Stock and addresses change without moving the time of the variant or the customer that they are read with.
_READABLE = {
    "orders": Readable(key="code"),
    "online_activity": Readable(key="", owners=("orders",)),
    "customers": Readable(key="emailAddress"),
    "addresses": Readable(key="", by_time=False, owners=("customers",)),
    "products": Readable(key="sku"),
    "inventory": Readable(key="sku", by_time=False, owners=("products",)),
}
# Any of these permissions suffices.
_PERMISSIONS = {
    "orders": ("ReadOrder",),
    "online_activity": ("ReadOrder",),
    "customers": ("ReadCustomer",),
    "addresses": ("ReadCustomer",),
    "products": ("ReadCatalog", "ReadProduct"),
    "inventory": ("ReadCatalog", "ReadProduct"),
}
_KEYS_AT_A_TIME = 100
_ME = "query me { me { identifier channels { code permissions } } }"


class Vendure:
    """See `base.Connected`."""

    @classmethod
    def readable(cls, pull: PullSettings) -> Readable:
        if pull.entity not in _READABLE:
            raise ConfigurationError(
                f"pull {pull.name}: entity: vendure has no {pull.entity}; it has {', '.join(_READABLE)}"
            )
        return _READABLE[pull.entity]

    def __init__(self, settings: ConnectionSettings, pace: Pace) -> None:
        self._name = settings.name
        self._api = AdminApi(settings, pace)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._api.close()

    def records(self, pull: PullSettings, selection: Selection) -> Iterator[Record]:
        asked = LISTS[pull.entity]
        query = asked.query(custom_fields(pull))
        for filter_ in self._filters(pull, asked, selection):
            for item in read_pages(self._api, asked, query, filter_):
                yield from records_of(self._api, pull.entity, item)

    def _filters(self, pull: PullSettings, asked: List, selection: Selection) -> Iterator[dict[str, object]]:
        """What is asked for in turn."""
        match selection:
            case WithKeys(keys, of):
                readable = self.readable(pull)
                if of not in readable.owners and (of != pull.entity or not readable.key):
                    raise Refused(f"pull {pull.name}: Vendure cannot be asked for {pull.entity} by the keys of {of}")
                left = iter(keys)
                while some := list(islice(left, _KEYS_AT_A_TIME)):
                    yield asked.with_keys(some)
            case ChangedSince(moment):
                yield asked.changed_since(moment)
            case _:
                yield asked.everything()

    def notes(self, pulls: Sequence[PullSettings]) -> Iterator[str]:
        if self._api.by_key:
            # Vendure does not tell what a key may do; what it may not shows where a record is read.
            return
        me = self._api.ask("me", _ME).get("me")
        try:
            channels = {each["code"]: set(each["permissions"]) for each in me["channels"]} if me else {}
        except (KeyError, TypeError):
            raise self._api.not_promised("me", "data.me.channels", "is not what was asked for") from None
        if DEFAULT_CHANNEL not in channels:
            yield (
                f"connection {self._name}: the user is not of the default channel, so orders and products of other"
                f" channels than {', '.join(sorted(channels)) or 'none'} are not read"
            )
        granted = set().union(*channels.values())
        for pull in pulls:
            if not granted & {"SuperAdmin", *_PERMISSIONS[pull.entity]}:
                yield (
                    f"pull {pull.name}: the user may not read {pull.entity}; give its role in Vendure the permission"
                    f" {_PERMISSIONS[pull.entity][0]}"
                )

    @property
    def now(self) -> datetime | None:
        return self._api.now

    @property
    def requests(self) -> int:
        return self._api.requests
