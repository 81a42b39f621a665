"""Creates orders and customers in Odoo, as its own client would."""

from types import TracebackType
from typing import Self

from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.connections.base import Pace
from wiseparts_pipeline.connections.odoo.receiving.customers import Customers
from wiseparts_pipeline.connections.odoo.receiving.models import Models
from wiseparts_pipeline.connections.odoo.receiving.orders import Orders
from wiseparts_pipeline.connections.odoo.rpc import Rpc
from wiseparts_pipeline.connections.receiving import Terms
from wiseparts_pipeline.connections.repeating import AT_ONCE


class OdooReceiving:
    """A company of a database of Odoo that takes records; see `receiving.Receiving`."""

    def __init__(self, settings: ConnectionSettings, pace: Pace) -> None:
        # Whoever delivers tries again by itself.
        self._rpc = Rpc(settings, pace, AT_ONCE)
        self._models = Models(self._rpc)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._rpc.close()

    def taking(self, entity: str, terms: Terms) -> Orders | Customers:
        """How it takes the records of an entity."""
        return self.orders(terms) if entity == "orders" else self.customers()

    def orders(self, terms: Terms) -> Orders:
        """How it takes orders: as quotations, and orders of sale."""
        return Orders(self._models, terms)

    def customers(self) -> Customers:
        """How it takes customers: as partners."""
        return Customers(self._models)
