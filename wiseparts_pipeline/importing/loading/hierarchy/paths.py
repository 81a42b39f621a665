"""Hierarchy paths: the names from the root down to a record, as text (`A > B > C`) and as they follow from parents."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Path = tuple[str, ...]

_SEPARATOR = ">"
_QUOTE = '"'


def parse_path(text: str) -> Path:
    """The names of a path from the root down; a name in double quotes may contain `>`. ValueError: a name is empty."""
    names, rest = [], text.strip()
    while True:
        name, rest = _first_name(rest)
        if not name:
            raise ValueError(text)
        names.append(name)
        if not rest:
            return tuple(names)
        rest = rest[1:].strip()


def _first_name(text: str) -> tuple[str, str]:
    """The first name of a path, and the rest with its separator."""
    if text.startswith(_QUOTE):
        end = 1
        while (end := text.find(_QUOTE, end)) > 0:
            if text.startswith(_QUOTE, end + 1):
                end += 2
                continue
            rest = text[end + 1 :].strip()
            if not rest or rest.startswith(_SEPARATOR):
                return text[1:end].replace(_QUOTE * 2, _QUOTE).strip(), rest
            break
    # A quote that is not closed before a separator is part of the name: 5" discs.
    name, separator, rest = text.partition(_SEPARATOR)
    return name.strip(), separator + rest


def format_path(names: Iterable[str]) -> str:
    """The names as a path that `parse_path` reads."""
    return f" {_SEPARATOR} ".join(map(_quoted, names))


def _quoted(name: str) -> str:
    if _SEPARATOR in name or name.startswith(_QUOTE):
        return _QUOTE + name.replace(_QUOTE, _QUOTE * 2) + _QUOTE
    return name


@dataclass(frozen=True)
class Record:
    """A stored record: the key of its parent, its path and its name as they are stored."""

    parent: str | None
    path: str | None
    name: str | None


def moved_paths(stored: Mapping[str, Record]) -> dict[str, str]:
    """The new paths, by key, of records whose path has changed because one above was moved or renamed.

    Records that have no path, and roots, keep what they have.
    """
    paths: dict[str, Path | None] = {}

    def path_of(key: str) -> Path | None:
        chain: dict[str, None] = {}
        at: str | None = key
        while at is not None and at in stored and at not in paths and at not in chain:
            chain[at] = None
            at = stored[at].parent
        for each in reversed(chain):
            record = stored[each]
            above = paths.get(record.parent) if record.parent is not None else ()
            own = own_name(record)
            if record.parent is None or record.parent not in stored:
                paths[each] = path_or_none(record.path) or ((own,) if own else None)
            else:
                paths[each] = (*above, own) if above and own else path_or_none(record.path)
        return paths.get(key)

    moved = {}
    for key, record in stored.items():
        now = path_of(key)
        if record.path is not None and now is not None and path_or_none(record.path) != now:
            moved[key] = format_path(now)
    return moved


def own_name(record: Record) -> str | None:
    """The last name of a record's path, else its name."""
    path = path_or_none(record.path)
    return path[-1] if path else record.name


def path_or_none(text: str | None) -> Path | None:
    """The names of a stored path; None where there is none that can be read."""
    try:
        return parse_path(text) if text else None
    except ValueError:
        return None
