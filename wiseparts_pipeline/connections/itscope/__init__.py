"""ITscope, a market of suppliers: their products, prices and stock, and orders to them with what they answer."""

from wiseparts_pipeline.connections.itscope.client import Client
from wiseparts_pipeline.connections.itscope.system import ItScope

__all__ = ["Client", "ItScope"]
