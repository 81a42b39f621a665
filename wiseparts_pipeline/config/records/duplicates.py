"""What becomes of several rows of one record: `duplicates` in an importer's YAML."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from wiseparts_pipeline.config.attributes import Settings, Text, by_shape, repeated
from wiseparts_pipeline.entities.schema import Entity, Type

_NUMBERS = (Type.INT, Type.MONEY, Type.NUMBER)
_MOMENTS = (Type.DATE, Type.TIMESTAMP)


class Duplicates(StrEnum):
    """Which rows of a file are loaded if several have the same key."""

    REJECT = "reject"
    FIRST = "first"
    LAST = "last"


class Combine(Settings):
    """Rows with the same key, of one file or of several, that are parts of one record, like the legs of a call.

    One of them decides: by `prefer`, the best value of each column first, then the first or last as `keep` says. Its
    empty cells in the columns `fill` are filled from the next best. Where it has a value, those of all parts are added
    up (`sum`; of parts with the same `sum_once_per` only the largest), or the `earliest` or `latest` of them counts.
    """

    keep: Duplicates = Duplicates.LAST
    prefer: dict[str, tuple[Text, ...]] = Field(default_factory=dict)
    fill: tuple[str, ...] = ()
    sum: tuple[str, ...] = ()
    sum_once_per: str | None = None
    earliest: tuple[str, ...] = ()
    latest: tuple[str, ...] = ()

    @field_validator("keep")
    @classmethod
    def _keeps_one(cls, value: Duplicates) -> Duplicates:
        if value is Duplicates.REJECT:
            raise ValueError("must be 'first' or 'last', not 'reject'")
        return value

    @field_validator("prefer")
    @classmethod
    def _has_values(cls, value: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        for name, values in value.items():
            if not values or repeated(values):
                raise ValueError(f"{name} needs a list of its values, the best first, each once")
        return value

    @model_validator(mode="after")
    def _one_way_each(self) -> "Combine":
        if several := repeated([*self.sum, *self.earliest, *self.latest]):
            raise ValueError(f"{several[0]} is named twice in `sum`, `earliest` and `latest`")
        if self.sum_once_per and not self.sum:
            raise ValueError("`sum_once_per` goes with `sum`")
        return self

    def problems(self, entity: Entity) -> Iterator[str]:
        """What does not fit the entity, each with the attribute that it is about."""
        if entity.master:
            yield f": {entity.name} is master data, whose rows cannot be combined; use reject, first or last"
        others = {column.name: column for column in entity.columns if column.name not in entity.key}
        wanted = {
            "prefer": (list(self.prefer), list(others)),
            "fill": (self.fill, list(others)),
            "sum": (self.sum, [name for name, column in others.items() if column.type in _NUMBERS]),
            "sum_once_per": ([self.sum_once_per] if self.sum_once_per else [], list(others)),
            "earliest": (self.earliest, [name for name, column in others.items() if column.type in _MOMENTS]),
            "latest": (self.latest, [name for name, column in others.items() if column.type in _MOMENTS]),
        }
        for attribute, (names, allowed) in wanted.items():
            for name in names:
                if name not in allowed:
                    yield f".{attribute}: {name!r} cannot be used here; allowed: {', '.join(allowed)}"
        for name, values in self.prefer.items():
            known = others[name].allowed if name in others else ()
            for value in values:
                if known and value not in known:
                    yield f".prefer.{name}: {value!r} is not a value of {name}; allowed: {', '.join(known)}"


AnyDuplicates = Annotated[
    Annotated[Combine, Tag("<mapping>")] | Annotated[Duplicates, Tag("<text>")],
    Discriminator(by_shape),
]


def keep_one(duplicates: Duplicates | Combine) -> Duplicates:
    """What `duplicates` means where nothing can be combined, as for rows that are looked up."""
    return duplicates.keep if isinstance(duplicates, Combine) else duplicates
