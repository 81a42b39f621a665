"""Diagnosing what was imported needs a folder that files are dropped in and a warehouse, as importing does."""

from tests.importing.conftest import drop

__all__ = ["drop"]
