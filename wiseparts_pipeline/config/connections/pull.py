"""The settings of a pull: which records are taken from a connection, when, and how they are imported."""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, field_validator

from wiseparts_pipeline.config.attributes import Settings, TimeZone, one_or_more
from wiseparts_pipeline.config.operations.ages import Age
from wiseparts_pipeline.entities import ENTITIES


class PullSettings(Settings):
    """One pull: the records of one entity that are taken from one connection.

    `reread`: by column, the values of stored records that are read again at every pull.
    """

    connection: str
    entity: str
    name: str = ""
    schedule: str | None = None
    full: str | None = None
    lookback: Age = "15m"
    reread: dict[str, Annotated[tuple[str, ...], BeforeValidator(one_or_more)]] = Field(default_factory=dict)
    timezone: TimeZone = "UTC"
    columns: dict[str, Any] = Field(default_factory=dict)

    @field_validator("entity")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in ENTITIES:
            raise ValueError(f"{value!r} is not an entity; allowed: {', '.join(ENTITIES)}")
        return value

    @field_validator("name")
    @classmethod
    def _identifier(cls, value: str) -> str:
        if value and not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", value):
            raise ValueError(f"{value!r} is not a name; use letters, digits and _, a letter first")
        return value
