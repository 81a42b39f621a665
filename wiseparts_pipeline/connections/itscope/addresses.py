"""The path of a request to ITscope, quoted as the service reads it, and nothing in it that the description has not."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from urllib.parse import quote

from wiseparts_pipeline.connections.itscope.operations import Operation

# What records are searched by: each criterion with the values of which one is enough.
Filter = Mapping[str, str | Sequence[str]]

IDS_AT_A_TIME = 50
_DOUBTFUL = "/#"
# The parts of paths that are made of quoted values.
_LISTS = ("filter", "itscopeids")


def path_of(operation: Operation, parts: Mapping[str, str]) -> str:
    """The operation's path with its parts, quoted unless they are lists. Raises ValueError for what it has not."""
    if set(parts) != set(operation.parts):
        raise ValueError(f"{operation.name} has the parts {', '.join(operation.parts)}, not {', '.join(parts)}")
    for name, value in parts.items():
        _check(operation, name, value, operation.parts[name])
    return operation.path.format(**{name: value if name in _LISTS else quoted(value) for name, value in parts.items()})


def query_of(operation: Operation, query: Mapping[str, str]) -> Mapping[str, str]:
    """The same query. Raises ValueError for what the operation has not."""
    for name, value in query.items():
        if name not in operation.query:
            raise ValueError(f"{operation.name} cannot be asked with {name}, but with {', '.join(operation.query)}")
        _check(operation, name, value, operation.query[name])
    if missing := [name for name in operation.required if name not in query]:
        raise ValueError(f"{operation.name} needs {', '.join(missing)}")
    return query


def _check(operation: Operation, name: str, value: str, allowed: Sequence[str]) -> None:
    if allowed and value not in allowed:
        raise ValueError(f"{operation.name}: {name} cannot be {value!r}, but {', '.join(allowed)}")


def ids_part(ids: Iterable[str]) -> str:
    """Several ids as part of a path."""
    return quoted(",").join(quoted(each) for each in ids)


def quoted(value: str) -> str:
    """A value as part of a path: a blank is `%20`, never `+`, and nothing in it divides the path or a list."""
    return quote(value, safe="")


def filter_parts(asked: Filter) -> Iterator[str]:
    """The filter as part of a path; also with slashes and hashes quoted twice, as servers may refuse them once."""
    yield ";".join(f"{name}={_values(values, quoted)}" for name, values in asked.items())
    if any(sign in value for values in asked.values() for value in _each(values) for sign in _DOUBTFUL):
        yield ";".join(f"{name}={_values(values, _twice_quoted)}" for name, values in asked.items())


def _twice_quoted(value: str) -> str:
    for sign in _DOUBTFUL:
        value = value.replace(sign, quoted(sign))
    return quoted(value)


def _values(values: str | Sequence[str], written: Callable[[str], str]) -> str:
    return quoted(",").join(written(value) for value in _each(values))


def _each(values: str | Sequence[str]) -> Sequence[str]:
    return [values] if isinstance(values, str) else values
