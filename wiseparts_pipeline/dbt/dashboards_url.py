"""Where the dashboards are for whoever follows a link to them: from dbt's documentation and Dagster's lineage."""

import os
from urllib.parse import urlsplit

from wiseparts_pipeline.errors import ConfigurationError

VARIABLE = "WISEPARTS_DASHBOARDS_URL"
_USUAL = "http://127.0.0.1:8050"


def dashboards_url() -> str:
    """The address of the dashboards without a slash at its end. Raises ConfigurationError if it is none."""
    given = os.environ.get(VARIABLE, _USUAL)
    url = given.strip().rstrip("/")
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_address = False
    if not is_address or parts.query or parts.fragment or any(letter.isspace() for letter in url):
        raise ConfigurationError(
            f"{VARIABLE} is {given!r} and not the address of the dashboards: write it like"
            f" https://dashboards.example.com, or unset it for {_USUAL}."
        )
    return url
