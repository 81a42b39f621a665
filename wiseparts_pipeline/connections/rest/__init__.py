"""Any system with a JSON API, as a pull's YAML describes it: `config/connections/rest.py`."""

from wiseparts_pipeline.connections.rest.system import Rest

__all__ = ["Rest"]
