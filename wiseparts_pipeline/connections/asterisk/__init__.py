"""The calls of an Asterisk, from its own tables `cdr` and `queue_log` in PostgreSQL or MySQL."""

from wiseparts_pipeline.connections.asterisk.system import Asterisk

__all__ = ["Asterisk"]
