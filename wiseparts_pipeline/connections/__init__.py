"""Other systems whose records can be read: one small protocol, and a module for each system.

To add a system: its class in a package of its own, with the methods of `base.Connected`; its name in SYSTEMS and in
`config.connections.connection.System`; its pulls in `configurations/`; its section in docs/configurations.md. One that
takes records has another class, with the methods of `receiving.Receiving`, in RECEIVING.
"""

from collections.abc import Callable

from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.connections.asterisk import Asterisk
from wiseparts_pipeline.connections.base import Connected, Pace
from wiseparts_pipeline.connections.deadline import within_pull_timeout
from wiseparts_pipeline.connections.itscope import ItScope
from wiseparts_pipeline.connections.itscope.receiving import ItScopeReceiving
from wiseparts_pipeline.connections.odoo import Odoo
from wiseparts_pipeline.connections.odoo.receiving import OdooReceiving
from wiseparts_pipeline.connections.receiving import Receiving
from wiseparts_pipeline.connections.rest import Rest
from wiseparts_pipeline.connections.tryton import Tryton
from wiseparts_pipeline.connections.tryton.receiving import TrytonReceiving
from wiseparts_pipeline.connections.vendure import Vendure

SYSTEMS: dict[str, type[Connected]] = {
    "asterisk": Asterisk,
    "itscope": ItScope,
    "odoo": Odoo,
    "rest": Rest,
    "tryton": Tryton,
    "vendure": Vendure,
}
# Those that take records; `config.connections.connection.RECEIVING` has their names.
RECEIVING: dict[str, Callable[[ConnectionSettings, Pace], Receiving]] = {
    "itscope": ItScopeReceiving,
    "odoo": OdooReceiving,
    "tryton": TrytonReceiving,
}


def connect(settings: ConnectionSettings, pace: Pace) -> Connected:
    """The system, logged in to; leave its `with` to close it. Raises ConnectionFailure."""
    with within_pull_timeout(settings):
        return SYSTEMS[settings.system](settings, pace)
