"""Vendure, a web shop: orders, customers and their addresses, products, stock and carts over its GraphQL admin API."""

from wiseparts_pipeline.connections.vendure.system import Vendure

__all__ = ["Vendure"]
