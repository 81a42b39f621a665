"""stand-in"""

from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.warehouse import Connection


class SharedPace:
    def __init__(self, connection: Connection, settings: ConnectionSettings) -> None: ...
    def wait(self) -> None: ...
