"""Tryton over its JSON-RPC: what is asked for is in `entities.py`."""

from wiseparts_pipeline.connections.tryton.system import Tryton

__all__ = ["Tryton"]
