"""The question that ITscope answers, with the methods of `questions.Answering`."""

from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Self

from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.config.connections.live import Kind
from wiseparts_pipeline.connections.base import Pace
from wiseparts_pipeline.connections.itscope import Client
from wiseparts_pipeline.connections.itscope.operations import PRODUCTS_BY_IDS
from wiseparts_pipeline.connections.itscope.records import offers_of
from wiseparts_pipeline.connections.repeating import AT_ONCE
from wiseparts_pipeline.live.answers import Offers
from wiseparts_pipeline.live.offers import ranked
from wiseparts_pipeline.live.questions import OffersQuestion
from wiseparts_pipeline.live.systems.itscope.offers import row_of
from wiseparts_pipeline.live.systems.unanswering import Unanswering

# Everything about a product may be had once a day only: what this leaves out is stored.
_VIEW = "standardUpdate"


class ItScopeAnswers(Unanswering):
    """An account at ITscope. There is nothing to log in to before the first request."""

    system = "ITscope"

    def __init__(self, settings: ConnectionSettings, pace: Pace) -> None:
        self._client = Client(settings, pace, AT_ONCE)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def notes(self, kinds: Sequence[Kind]) -> Iterator[str]:
        """None: what the contract allows is noted of the connection."""
        yield from ()

    def offers(self, asked: OffersQuestion) -> Offers:
        """Prices and stock that ITscope asks the suppliers for at this moment, where they answer."""
        matched = asked.matched
        assert matched is not None, "look-ups find it in the database"
        place = self._client.place(PRODUCTS_BY_IDS)
        rows = [
            row_of(record, matched.offers.get(str(record.get("id"))), place)
            for product in self._client.products(matched.puids, _VIEW, {"realtime": "true"})
            for record in offers_of(product)
        ]
        return ranked(asked.sku, asked.quantity, rows, matched.currency)
