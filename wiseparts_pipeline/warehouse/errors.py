"""Errors of the database as messages for people."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from wiseparts_pipeline.errors import WarehouseError
from wiseparts_pipeline.warehouse.connection import Connection


@contextmanager
def map_database_errors(connection: Connection | None = None) -> Iterator[None]:
    """Raises WarehouseError for an error of the database; one that has ended the connection is reported as such."""
    try:
        yield
    except psycopg.Error as error:
        if connection is not None and connection.closed:
            raise WarehouseError(f"The connection to the database was lost: {one_line(error)}") from error
        raise WarehouseError(describe_error(error)) from error


def describe_error(error: psycopg.Error) -> str:
    """One line for the import log."""
    return f"Database error: {one_line(error)}"


def one_line(error: BaseException) -> str:
    """The error's text, whose lines and runs of spaces are joined by single spaces."""
    return " ".join(str(error).split())
