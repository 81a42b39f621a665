"""The tables are tested on the oldest server that is supported."""

from tests.on_oldest_postgresql import postgres_url, prepared_url

__all__ = ["postgres_url", "prepared_url"]
