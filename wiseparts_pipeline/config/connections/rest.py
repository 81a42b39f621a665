"""How the records of a system with a JSON API are asked for, where there is no module for the system."""

import json
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from wiseparts_pipeline.config.attributes import EXCEL, DateFormat, Settings, Text, TimeZone, one_or_more
from wiseparts_pipeline.entities import ENTITIES

# What stands for a value in a template.
KEY = "{key}"
SINCE = "{since}"
# A parameter that begins like this is set in the body of the request.
IN_BODY = "body."


def _path(value: str) -> str:
    if not value.startswith("/") or value.startswith("//") or "?" in value or "#" in value:
        raise ValueError(
            f"{value!r} is not a path; write what follows the `url` of the connection, like /api/orders, and what"
            " follows a ? as `query`"
        )
    return value


def _place(value: str) -> str:
    if value and (value.startswith((".", "$")) or value.endswith(".") or ".." in value or "[" in value):
        raise ValueError(f"{value!r} is not a place in an answer; write names with a dot in between, like data.orders")
    return value


def _of_record(value: str) -> str:
    return _path(value) if value.startswith("/") else _place(value)


Path = Annotated[str, AfterValidator(_path)]
# Names with dots in between; empty for the whole answer.
Place = Annotated[str, AfterValidator(_place)]
# The field of an object with an address, or a path with fields of the object in braces.
Link = Annotated[str, AfterValidator(_of_record)]
Values = Annotated[tuple[Text, ...], BeforeValidator(one_or_more)]


class Request(Settings):
    """What is asked for. `body`: a text with JSON, for POST."""

    method: Literal["GET", "POST"] = "GET"
    path: Path
    query: dict[str, Values] = Field(default_factory=dict)
    body: str | None = None

    @field_validator("body", mode="before")
    @classmethod
    def _json(cls, value: object) -> object:
        try:
            assert isinstance(value, str)
            json.loads(value)
        except (AssertionError, ValueError, RecursionError):
            raise ValueError('is not JSON; write it as text, like \'{"status": "open", "limit": 100}\'') from None
        return value

    @model_validator(mode="after")
    def _sent(self) -> Self:
        if self.body is not None and self.method != "POST":
            raise ValueError("body: is sent with `method: POST` only")
        return self


# The attributes of each way to read page by page, besides `by` and `total`.
_ATTRIBUTES = {
    "page": ("parameter", "first"),
    "offset": ("parameter",),
    "cursor": ("parameter", "next", "field", "more", "may_be_absent"),
    "link": ("next", "may_be_absent"),
    "header": (),
}


class Paginate(Settings):
    """How the records come page by page. `total`: where an answer says how many there are.

    `page`, `offset`: `parameter` takes the number of the page, the first being `first`, or how many records to skip.
    `cursor`: it takes what the last answer has as `next`, or the last record as `field`; `more`: where an answer says
    whether there is another page. `link`: an answer has the address of the next page as `next`; `header`: in its header
    `Link`. `may_be_absent`: the last page has no `next` at all.
    """

    by: Literal["page", "offset", "cursor", "link", "header"]
    parameter: str = ""
    first: int = Field(1, ge=0)
    next: Place = ""
    field: Place = ""
    more: Place | None = None
    may_be_absent: bool = False
    total: Place | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        allowed = _ATTRIBUTES[self.by]
        for name in sorted(self.model_fields_set - {"by", "total", *allowed}):
            raise ValueError(f"{name} is not for `by: {self.by}`; allowed: {', '.join(('by', *allowed, 'total'))}")
        if "parameter" in allowed and not self.parameter:
            raise ValueError(f"parameter is missing; `by: {self.by}` needs to know what takes it")
        if self.by == "cursor" and bool(self.next) == bool(self.field):
            raise ValueError("`by: cursor` needs either `next` or `field`, which say where the cursor is")
        if self.by == "link" and not self.next:
            raise ValueError("next is missing; `by: link` needs to know where the address of the next page is")
        return self


class Window(Settings):
    """How to ask for what has changed: `parameter` takes the moment, written as `template` with `{since}` in it."""

    parameter: str
    format: DateFormat = "%Y-%m-%dT%H:%M:%SZ"
    timezone: TimeZone = "UTC"
    template: str = SINCE

    @field_validator("format")
    @classmethod
    def _asked_for(cls, value: str) -> str:
        if value == EXCEL:
            raise ValueError("no system is asked for days as Excel counts them; write it like %Y-%m-%d, or epoch")
        return value

    @field_validator("template")
    @classmethod
    def _has_moment(cls, value: str) -> str:
        if SINCE not in value:
            raise ValueError(f"{value!r} has no {SINCE} in it, which stands for the moment")
        return value


class ByKeys(Settings):
    """How to ask for records by keys: a `path` with `{key}` in it, or a `parameter`.

    `template`: how the parameter's value is written. `at_a_time`: how many keys it takes, joined by `separator`.
    `records`: where the answer has them; by a path it is the record itself.
    """

    path: Path | None = None
    parameter: str | None = None
    template: str = KEY
    at_a_time: int = Field(1, ge=1)
    separator: str = ","
    records: Place | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.path is None) == (self.parameter is None):
            raise ValueError("needs either `path` with {key} in it or `parameter`")
        if self.path is not None and (KEY not in self.path or self.at_a_time > 1):
            raise ValueError(f"path: needs {KEY} in it, for one key at a time")
        if KEY not in self.template:
            raise ValueError(f"template: {self.template!r} has no {KEY} in it, which stands for the key")
        return self


class OwnKey(ByKeys):
    """`field`: that of a record with its key, in dotted form."""

    field: Place


class RestSettings(Settings):
    """The attributes of a pull from a system with a JSON API.

    `records`: where an answer has the records. `keys`: how to ask for those with some keys; `owners`: by the keys of
    which other entities. `details`: where the complete record is, if the list has but a part of it. `follow`: by the
    place of a value in a record, also in each element of a list, where it is to be had.
    """

    request: Request | None = None
    records: Place = ""
    paginate: Paginate | None = None
    window: Window | None = None
    keys: OwnKey | None = None
    owners: dict[str, ByKeys] = Field(default_factory=dict)
    details: Link | None = None
    follow: dict[Place, Link] = Field(default_factory=dict)

    @field_validator("owners")
    @classmethod
    def _entities(cls, value: dict[str, ByKeys]) -> dict[str, ByKeys]:
        for entity in value:
            if entity not in ENTITIES:
                raise ValueError(f"{entity!r} is not an entity; allowed: {', '.join(ENTITIES)}")
        return value

    @model_validator(mode="after")
    def _sent_in_body(self) -> Self:
        """What is set in the body needs one."""
        if self.request is not None and self.request.body is None:
            for place, parameter in self._parameters():
                if parameter and parameter.startswith(IN_BODY):
                    raise ValueError(f"{place}.parameter: {parameter!r} is in the body, which `request` has not")
        return self

    def _parameters(self) -> Iterator[tuple[str, str | None]]:
        named: dict[str, Any] = {"paginate": self.paginate, "window": self.window, "keys": self.keys}
        named |= {f"owners.{entity}": each for entity, each in self.owners.items()}
        for place, each in named.items():
            yield place, getattr(each, "parameter", None)


def rest_problems(system: str, pull: RestSettings, rereads: bool) -> Iterator[str]:
    """What is wrong with a pull over a connection to this system, each beginning with the attribute."""
    if system != "rest":
        for name in RestSettings.model_fields:
            if name in pull.model_fields_set:
                yield f"{name}: is for connections with `system: rest`; this one is to {system}, whose module knows it"
        return
    if pull.request is None:
        yield "request: is missing; it says what to ask for, like {path: /api/orders}"
    if rereads and pull.keys is None:
        yield "reread: needs `keys`, which says how records are asked for by their key"
