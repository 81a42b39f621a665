"""The settings of a pull: which records are taken from a connection, when, and how they are imported."""

from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from wiseparts_pipeline.config.attributes import Cron, EntityName, Name, TimeZone, one_or_more
from wiseparts_pipeline.config.connections.download import DownloadSettings
from wiseparts_pipeline.config.connections.itscope import CHOICES, CatalogueSettings
from wiseparts_pipeline.config.connections.overwriting import Overwrite, check_columns
from wiseparts_pipeline.config.connections.rest import RestSettings
from wiseparts_pipeline.config.operations.ages import NEVER, Age, as_timedelta
from wiseparts_pipeline.config.operations.notifications import NotifySettings
from wiseparts_pipeline.config.records.protection import Protection
from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.entities.schema import Policy

# The attributes of an importer that a pull hands on to the importer of what it pulled.
HANDED_ON = (
    "timezone",
    "protect",
    "references",
    "reject_limit_percent",
    "shrink_limit_percent",
    "notify",
    "where",
    "lookup",
    "sign_by",
)


class PullSettings(RestSettings, CatalogueSettings):
    """One pull: the records of one entity that are taken from one connection.

    `mode`: with `snapshot` every pull takes all records, because the system cannot tell which have changed. `reread`:
    by column, the values of stored records that are read again at every pull. `deletes`: whether a full pull marks the
    records that it lacks as deleted. `archive_after`: of purchase orders, how old the last document of one that was
    invoiced is, when a full pull puts it into the archive there. `whole_within`: columns of which also a pull of
    changes has all records with the same values, if it has any. `columns` and `file` are what differs from the packaged
    pull of the entity.
    """

    connection: str
    entity: EntityName
    name: Name = ""
    schedule: Cron | None = None
    full: Cron | None = None
    lookback: Age = "15m"
    reread: dict[str, Annotated[tuple[str, ...], BeforeValidator(one_or_more)]] = Field(default_factory=dict)
    mode: Literal["upsert", "snapshot", "append"] = "upsert"
    deletes: bool = True
    archive_after: Age = NEVER
    whole_within: Annotated[tuple[str, ...], BeforeValidator(one_or_more)] = ()
    overwrite: dict[str, Overwrite] = Field(default_factory=dict)
    download: DownloadSettings | None = None
    timezone: TimeZone = "UTC"
    protect: Protection = ()
    references: dict[str, Policy] = Field(default_factory=dict)
    reject_limit_percent: float = Field(50, ge=0, le=100)
    shrink_limit_percent: float = Field(30, ge=0, le=100)
    stale_after: Age | None = None
    notify: NotifySettings | None = None
    columns: dict[str, Any] = Field(default_factory=dict)
    file: dict[str, Any] = Field(default_factory=dict)
    where: tuple[Any, ...] = ()
    lookup: tuple[Any, ...] = ()
    sign_by: Any = None

    @model_validator(mode="before")
    @classmethod
    def _named_after_its_entity(cls, value: object) -> object:
        if isinstance(value, dict) and not value.get("name") and isinstance(value.get("entity"), str):
            return value | {"name": value["entity"]}
        return value

    @field_validator("lookback")
    @classmethod
    def _ends(cls, value: str) -> str:
        if value == NEVER:
            raise ValueError("is how far a pull looks back, like 15m; for everything, use `full`")
        return value

    @model_validator(mode="after")
    def _fits_entity(self) -> "PullSettings":
        known = ENTITIES[self.entity].column_names
        for column in self.reread:
            if column not in known:
                raise ValueError(f"reread: {column!r} is not a column of {self.entity}; allowed: {', '.join(known)}")
        check_columns(self.entity, self.overwrite)
        if self.download and self.entity != "supplier_products":
            raise ValueError("download: is of pulls of supplier_products")
        if self.archive_after != NEVER and self.entity != "purchase_orders":
            raise ValueError("archive_after: goes with `entity: purchase_orders`")
        if self.mode == "snapshot" and self.reread:
            raise ValueError("reread: with `mode: snapshot` every pull reads all records")
        return self

    @property
    def looks_back(self) -> timedelta:
        """How long before the last pull's start the next one begins."""
        length = as_timedelta(self.lookback)
        assert length is not None
        return length

    @property
    def format(self) -> Literal["jsonl", "csv"]:
        """Of the file that it writes: its own, or as the system has it."""
        return "csv" if self.exports else "jsonl"

    @property
    def crons(self) -> tuple[str, ...]:
        """When it runs."""
        return tuple(each for each in (self.schedule, self.full) if each is not None)

    def completed(self, packaged: "PullSettings | None") -> "PullSettings":
        """With what is not set as the packaged pull of the same system and entity has it."""
        if packaged is None:
            return self
        own = {name: getattr(self, name) for name in self.model_fields_set | {"connection", "name"}}
        own |= {name: getattr(packaged, name) | getattr(self, name) for name in ("columns", "file")}
        if self.model_fields_set.intersection(CHOICES):
            # Each is instead of the others.
            own |= {name: getattr(self, name) for name in CHOICES}
        return packaged.model_copy(update=own)
