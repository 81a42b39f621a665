"""What is asked of a system: method, address and parameters; and where an answer has what."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from wiseparts_pipeline.config.connections.rest import IN_BODY, Request
from wiseparts_pipeline.connections.base import Record
from wiseparts_pipeline.connections.errors import UnexpectedAnswer
from wiseparts_pipeline.connections.http import Params, without_query

# What an answer has at a place that it does not have.
ABSENT = object()


@dataclass(frozen=True)
class Asking:
    """A request that was not sent yet. `page`: which one of its list it asks for."""

    method: str
    address: str
    query: Params = field(default_factory=dict)
    body: Any = None
    page: int = 1

    @classmethod
    def of(cls, request: Request) -> Self:
        """What a pull asks for, without its parameters."""
        body = None if request.body is None else json.loads(request.body)
        return cls(request.method, request.path, dict(request.query), body)

    @property
    def shown(self) -> str:
        """The address as errors show it."""
        return without_query(self.address)

    def having(self, parameter: str, value: str) -> "Asking":
        """The same with a parameter, which is in the query or, named `body.…`, in the body."""
        if parameter.startswith(IN_BODY):
            return replace(self, body=_placed(self.body, parameter.removeprefix(IN_BODY).split("."), value))
        return replace(self, query={**self.query, parameter: value})

    def instead(self, address: str) -> "Asking":
        """The same from another address, which has the parameters in it."""
        return replace(self, address=address, query={})


@dataclass(frozen=True)
class Answer:
    """`place`: which request of which connection it is the answer to, for errors."""

    place: str
    value: Any
    headers: Mapping[str, str]

    def at(self, place: str) -> Any:
        """What is at a place, ABSENT if it is not there."""
        return at(self.value, place)

    def records(self, place: str) -> list[Record]:
        """Raises UnexpectedAnswer if there is no list of records."""
        found = self.at(place)
        if not isinstance(found, list):
            raise self.unexpected(place, found, "a list of records (`records`)")
        for number, each in enumerate(found):
            if not isinstance(each, dict):
                raise self.unexpected(f"{place}[{number}]", each, "an object")
        return found

    def number(self, place: str) -> int:
        """Raises UnexpectedAnswer if there is no whole number."""
        found = self.at(place)
        if not isinstance(found, str) or not (found.isascii() and found.isdigit()):
            raise self.unexpected(place, found, "a whole number")
        return int(found)

    def unexpected(self, place: str, found: object, expected: str) -> UnexpectedAnswer:
        """The error that something else was found at a place."""
        there = f"`{place}`" if place else "the answer itself"
        if found is not ABSENT:
            return UnexpectedAnswer(f"{self.place}: {there} is {kind(found)} and not {expected}")
        names = ", ".join(list(self.value)[:20]) if isinstance(self.value, dict) else ""
        has = f"; it has: {names}" if names else f"; it is {kind(self.value)}"
        return UnexpectedAnswer(f"{self.place}: the answer has no {there}, which should be {expected}{has}")


def at(value: Any, place: str) -> Any:
    """What is at a place in a value, ABSENT if it is not there."""
    for name in place.split(".") if place else []:
        value = value.get(name, ABSENT) if isinstance(value, dict) else ABSENT
    return value


def kind(value: object) -> str:
    """What a value is, without saying what is in it. Numbers come as texts."""
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case str():
            return "a text or number"
        case list():
            return "a list"
    return "an object"


def _placed(body: Any, names: Sequence[str], value: str) -> Any:
    """The body with the value there, as a number if it replaces one."""
    first, *others = names
    body = body if isinstance(body, dict) else {}
    old = body.get(first)
    if others:
        return {**body, first: _placed(old, others, value)}
    return {**body, first: int(value) if isinstance(old, int) and value.isdigit() else value}
