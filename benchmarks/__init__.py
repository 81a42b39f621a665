"""Benchmarks, run by `make bench` on the embedded servers."""

import psycopg

from wiseparts_pipeline.warehouse import Role, Warehouse


def checkpoint(warehouse: Warehouse) -> None:
    """Has the embedded server write out what is in memory, which only its superuser may ask for."""
    with psycopg.connect(warehouse.url.replace(f"//{Role.OWNER}@", "//postgres@"), autocommit=True) as connection:
        connection.execute("checkpoint")
