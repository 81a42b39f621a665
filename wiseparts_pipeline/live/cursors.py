"""Where a list goes on: after a record of a day, as a text that callers hand back as it is."""

import base64
import binascii
import json
from datetime import date

from wiseparts_pipeline.live.errors import BadQuestion


def cursor_of(day: date | None, key: str) -> str:
    """What the next page begins after."""
    written = json.dumps([day.isoformat() if day else None, key])
    return base64.urlsafe_b64encode(written.encode()).decode().rstrip("=")


def after(cursor: str | None) -> tuple[date | None, str | None]:
    """The day and key of the last record of the page before; nothing for the first. Raises BadQuestion."""
    if cursor is None:
        return None, None
    try:
        day, key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return (date.fromisoformat(day) if day else None), str(key)
    except (binascii.Error, ValueError, TypeError):
        raise BadQuestion("cursor", "is not one that was given with a page before; begin without one") from None
