"""What the connection to ITscope is configured with, besides what all connections have."""

import re
from importlib.metadata import version
from typing import Literal, get_args

Language = Literal["de", "en", "nl", "fr", "it", "es"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

ADDRESS = "https://api.itscope.com/2.1"
# Over all connections to it of an installation, which share an address.
MOST_REQUESTS_PER_SECOND = 4.0
USER_AGENT = f"WiseParts-Pipeline-{version('wiseparts-pipeline')}"

# The service refuses programs that call themselves so.
_FILTERED = (
    "agent",
    "archiver",
    "bot",
    "checker",
    "crawl",
    "fetcher",
    "harvest",
    "indexer",
    "retriever",
    "scanner",
    "scraper",
    "search",
    "slurp",
    "spider",
    "validator",
)


def check_user_agent(name: str) -> str:
    """The name if the service lets programs of that name in; raises ValueError otherwise."""
    if not re.fullmatch(r"[!-~]([ -~]*[!-~])?", name):
        raise ValueError(f"{name!r} has a character that cannot be sent; use letters, digits, `-`, `.` and `/`")
    for word in _FILTERED:
        if word in name.lower():
            raise ValueError(f"{name!r} has the word {word!r} in it, and ITscope refuses programs that are named so")
    return name
