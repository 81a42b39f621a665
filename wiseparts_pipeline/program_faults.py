"""Faults of the program itself that end the import of a file: the traceback for a log, a text for people."""

import os
import traceback
from datetime import UTC, datetime

from wiseparts_pipeline.home import home

_SHOWN_OF_ERROR = 300
# Of one fault: its beginning and its end say where it is, however deep it is or long its message.
_LOGGED = 50_000


def explain(error: Exception, doing: str) -> str:
    """Writes the error's traceback to a log of its day, and returns what to tell people, to follow "because of".

    `doing`: what it has ended, such as `import of sales/a.csv`. The log is in the state folder, readable by its owner.
    """
    kind = type(error).__name__
    now = datetime.now(UTC)
    folder = home() / "logs"
    log = folder / f"program-faults-{now:%Y-%m-%d}.log"
    trace = "".join(traceback.format_exception(error))
    if len(trace) > _LOGGED:
        trace = f"{trace[: _LOGGED // 2]}\n...\n{trace[-_LOGGED // 2 :]}"
    text = f"{now.isoformat(timespec='seconds')} process {os.getpid()}: {doing!r}\n{trace}\n"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        opened = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(opened, "wb") as file:
            # A name or a cell in it may have characters that are no text.
            file.write(text.encode("utf-8", "backslashreplace"))
        where = f"Its traceback is in {log}: give it to whoever maintains the program"
    except OSError as failure:
        where = f"Its traceback could not be written to {log} ({failure.strerror})"
    about = " ".join(str(error).split()).encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")
    what = f"{kind}: {about[:_SHOWN_OF_ERROR]}" if about else kind
    whose = "this machine" if isinstance(error, OSError | MemoryError) else "the program"
    return f"a fault of {whose} ({what}). {where}."
