"""Which pictures and datasheets of a marketplace's products are downloaded: `download` of a pull of them."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from wiseparts_pipeline.config.attributes import Cron, Settings, one_or_more


def _host(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?", value.lower()):
        raise ValueError(f"{value!r} is not the name of a host, such as media.example.com")
    return value.lower()


class DownloadSettings(Settings):
    """What is fetched from the links of products, and where it is put.

    `images`: how many pictures of each product. `datasheets`: `pdf`, or none. `hosts`: to which links are followed,
    each with its port if that is not the usual one. `source`, `folder`: a source of files, and where in it. `products`:
    those that are matched to ours, or all. `max_bytes`: of one file. `schedule`: when Dagster does so, in the pull's
    time zone.
    """

    images: int = Field(0, ge=0)
    datasheets: Literal["pdf", "none"] = "none"
    hosts: Annotated[
        tuple[Annotated[str, AfterValidator(_host)], ...], BeforeValidator(one_or_more), Field(min_length=1)
    ]
    source: str
    folder: str = "Downloads"
    products: Literal["matched", "all"] = "matched"
    max_bytes: int = Field(10_000_000, gt=0, le=1_000_000_000)
    requests_per_second: float = Field(1, gt=0, le=10)
    schedule: Cron | None = "0 1 * * *"
