"""Where a list goes on: after a record of a day or moment, as a text that callers hand back as it is."""

import base64
import binascii
import json
from datetime import datetime

from wiseparts_pipeline.live.errors import BadQuestion

_UNKNOWN = "is not one that was given with a page before; begin without one"


def cursor_of(at: str | None, key: str) -> str:
    """What the next page begins after. `at`: in ISO form."""
    written = json.dumps([at, key])
    return base64.urlsafe_b64encode(written.encode()).decode().rstrip("=")


def after(cursor: str | None) -> tuple[str | None, str | None]:
    """The day or moment, and the key, of the last record of the page before. Raises BadQuestion."""
    if cursor is None:
        return None, None
    try:
        at, key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if at is not None:
            datetime.fromisoformat(at)
    except (binascii.Error, ValueError, TypeError):
        raise BadQuestion("cursor", _UNKNOWN) from None
    if not isinstance(key, str) or not key.isprintable():
        raise BadQuestion("cursor", _UNKNOWN)
    return at, key


def after_number(cursor: str | None) -> tuple[str | None, int | None]:
    """The same where keys are numbers. Raises BadQuestion."""
    at, key = after(cursor)
    if key is None:
        return at, None
    if not (key.isascii() and key.isdecimal() and len(key) < 19):
        raise BadQuestion("cursor", _UNKNOWN)
    return at, int(key)
