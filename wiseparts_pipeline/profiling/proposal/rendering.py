"""Writes YAML line by line, so that every doubtful line has a comment."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from wiseparts_pipeline.config.loader import IMPORTER_TYPE
from wiseparts_pipeline.profiling.finding import Confidence, Finding


@dataclass(frozen=True)
class Line:
    """An attribute. `note`: the comment after it; a line without a value is only a comment."""

    name: str
    value: Any = None
    note: str | None = None


def line(name: str, found: Finding[Any]) -> Line:
    """An attribute, with a comment if it is not sure."""
    return Line(name, found.value, doubt(found))


def doubt(found: Finding[Any]) -> str | None:
    return None if found.confidence is Confidence.SURE else f"{found.confidence}: {found.why}"


def render(lines: Iterable[Line | tuple[str, list[Line]]], type_: str = IMPORTER_TYPE) -> str:
    """A `defs.yaml`: attributes, some of which have attributes of their own."""
    written = [f"type: {type_}", "attributes:"]
    for entry in lines:
        if isinstance(entry, Line):
            written.append(_line(entry, "  "))
        elif entry[1]:
            # Without any value, it would not be a mapping.
            written.append(
                f"  {entry[0]}:" if any(inner.value is not None for inner in entry[1]) else f"  # {entry[0]}:"
            )
            written += [_line(inner, "    ") for inner in entry[1]]
    return "\n".join(written) + "\n"


def _line(entry: Line, indent: str) -> str:
    # No control characters, which YAML does not allow even in comments.
    note = "".join(character if character.isprintable() else "?" for character in " ".join((entry.note or "").split()))
    if entry.value is None:
        return f"{indent}# {entry.name}: {note}" if entry.name else f"{indent}# {note}"
    return f"{indent}{entry.name}: {_flow(entry.value)}" + (f"  # {note}" if note else "")


def _flow(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_scalar(name)}: {_flow(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return _scalar(value)


def _scalar(value: Any) -> str:
    if isinstance(value, str) and not value.isprintable():
        return yaml.safe_dump(value, default_style='"', width=10**6).strip()
    # As the only item of a list, so that what is special inside braces is quoted as well.
    return yaml.safe_dump([value], default_flow_style=True, allow_unicode=True, width=10**6).strip()[1:-1]
