"""The system `itscope`: which records it has, and how they are asked for."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.config.connections.itscope import CHOSEN, MOST_IDS, many_ids
from wiseparts_pipeline.config.connections.pull import PullSettings
from wiseparts_pipeline.config.operations.ages import as_timedelta
from wiseparts_pipeline.connections.base import Pace, Readable, Record, Selection
from wiseparts_pipeline.connections.itscope.client import Client
from wiseparts_pipeline.connections.itscope.deals import archive_settled
from wiseparts_pipeline.connections.itscope.exports import write_exports
from wiseparts_pipeline.connections.itscope.quota import contract
from wiseparts_pipeline.connections.itscope.reading import READERS
from wiseparts_pipeline.errors import ConfigurationError

_MASTER_DATA = Readable(key="", by_time=False)
# What has changed cannot be asked for; but of offers, what changes often can be without the rest.
_READABLE = {
    "supplier_products": Readable(key="puid", by_time=False, full_once_a_day=True),
    "purchase_orders": Readable(key="orderId"),
    "purchase_documents": Readable(key="", owners=("purchase_orders",)),
    "purchase_document_lines": Readable(key="", owners=("purchase_orders",)),
    "supplier_offers": Readable(key="", owners=("supplier_products",), full_once_a_day=True),
}


class ItScope:
    """See `base.Connected`, `Exporting`, `Archiving`. There is nothing to log in to before the first request."""

    @classmethod
    def readable(cls, pull: PullSettings) -> Readable:
        if pull.entity not in READERS:
            raise ConfigurationError(
                f"pull {pull.name}: entity: itscope has no {pull.entity}; it has {', '.join(READERS)}"
            )
        return _MASTER_DATA if pull.exports else _READABLE.get(pull.entity, _MASTER_DATA)

    def __init__(self, settings: ConnectionSettings, pace: Pace) -> None:
        self._settings = settings
        self._client = Client(settings, pace)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def records(self, pull: PullSettings, selection: Selection) -> Iterator[Record]:
        return READERS[pull.entity](self._client, pull, selection)

    def export(self, pull: PullSettings, path: Path) -> int:
        return write_exports(self._client, [str(each) for each in pull.exports], path)

    def archive(self, pull: PullSettings) -> None:
        age = as_timedelta(pull.archive_after)
        if age is not None:
            archive_settled(self._client, age)

    def notes(self, pulls: Sequence[PullSettings]) -> Iterator[str]:
        yield f"connection {self._settings.name}: the contract, as `/info/quota` tells it: {contract(self._client)}"
        for pull in pulls:
            if pull.entity in CHOSEN and len(pull.ids) > MOST_IDS:
                yield f"pull {pull.name}: {many_ids(len(pull.ids))}"

    @property
    def now(self) -> datetime | None:
        return self._client.now

    @property
    def requests(self) -> int:
        return self._client.requests
