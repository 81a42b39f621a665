"""What connections to ITscope and pulls from it are configured with, besides what all have."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from itertools import pairwise
from typing import Annotated, Literal, get_args
from uuid import UUID

from croniter import croniter
from pydantic import BeforeValidator, Field

from wiseparts_pipeline.config.attributes import Settings, Text, one_or_more

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


# In place of ids: of the products that are matched to ours.
MATCHED = "matched"
# As many ids are asked for in half a minute; beyond, exports are the way.
MOST_IDS = 5_000
# The entities of which a part is chosen.
CHOSEN = ("supplier_products", "supplier_offers")
# The attributes that choose it.
CHOICES = ("exports", "search", "ids")
# How often the seasons change the length of a day, by how much.
_DAY = timedelta(hours=23)

Ids = Annotated[tuple[Text, ...], BeforeValidator(one_or_more)]


class CatalogueSettings(Settings):
    """Which products of the catalogue a pull from ITscope is about: one of `exports`, `search` and `ids`.

    `exports`: the ids of exports that were set up there. `search`: by criterion, the values of which a product has one.
    `ids`: those in the catalogue, or `matched`. `plzproducts`: also items of price lists that are not in the catalogue.
    """

    exports: Annotated[tuple[UUID, ...], BeforeValidator(one_or_more)] = ()
    search: dict[str, Ids] = Field(default_factory=dict)
    ids: Ids = ()
    plzproducts: bool = False

    @property
    def takes_matched(self) -> bool:
        """Whether the products are those that are matched to ours."""
        return self.ids == (MATCHED,)


def many_ids(count: int) -> str:
    """What to do about more than MOST_IDS."""
    return (
        f"ids: are {count:,}; for more than {MOST_IDS:,} products, set up an export at ITscope and name it in `exports`"
    )


def catalogue_problems(
    system: str, entity: str, pull: CatalogueSettings, schedule: str | None, full: str | None
) -> Iterator[str]:
    """What is wrong with a pull over a connection to this system, each beginning with the attribute."""
    if system != "itscope" or entity not in CHOSEN:
        for name in CatalogueSettings.model_fields:
            if name in pull.model_fields_set:
                yield f"{name}: is for the pulls of {' and '.join(CHOSEN)} from connections with `system: itscope`"
        return
    given = [name for name in CHOICES if getattr(pull, name)]
    if len(given) > 1:
        yield f"{given[1]}: does not go with {given[0]}; a pull has one of {', '.join(CHOICES)}"
    for name in pull.search:
        if not re.fullmatch(r"[A-Za-z]+", name):
            yield f"search: {name!r} is no criterion; they are like ean, keywords or producttype"
    if pull.exports:
        return
    # Each takes everything that is known of a product.
    whole = {"full": full} | ({"schedule": schedule} if entity == "supplier_products" else {})
    for name, cron in whole.items():
        if cron is not None and _shortest(cron) < _DAY:
            yield (
                f"{name}: {cron!r} is more often than once a day, and ITscope allows everything about a product no more"
                f" often; prices and stock come by the `schedule` of supplier_offers"
            )


def _shortest(cron: str) -> timedelta:
    """The shortest time between two moments of a cadence, of the next hundred."""
    times = croniter(cron, datetime(2026, 1, 1, tzinfo=UTC))
    moments = [times.get_next(datetime) for _ in range(100)]
    return min(later - earlier for earlier, later in pairwise(moments))
