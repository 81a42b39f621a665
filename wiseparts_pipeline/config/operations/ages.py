"""Ages, as they are written in a defs.yaml: `90m`, `26h`, `3d` or `never`."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator

NEVER = "never"

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def _checked(value: str) -> str:
    if value != NEVER and not re.fullmatch(r"[1-9]\d{0,3} ?[mhd]", value):
        raise ValueError(f"{value!r} is not an age; write it like 90m, 26h, 3d or never")
    return value


Age = Annotated[str, AfterValidator(_checked)]


def in_words(age: str) -> str:
    """`1 day`, `26 hours`, `never`."""
    if age == NEVER:
        return age
    count, unit = re.findall(r"\d+|[mhd]", age)
    return f"{count} {_UNITS[unit].removesuffix('s' if count == '1' else '')}"


def as_timedelta(age: str) -> timedelta | None:
    """The length of an age; None for one that is never reached."""
    if age == NEVER:
        return None
    count, unit = re.findall(r"\d+|[mhd]", age)
    return timedelta(**{_UNITS[unit]: int(count)})
