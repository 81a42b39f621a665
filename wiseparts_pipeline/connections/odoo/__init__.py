"""Odoo over its JSON-RPC or JSON-2: what is asked for is in `entities.py`."""

from wiseparts_pipeline.connections.odoo.system import Odoo

__all__ = ["Odoo"]
