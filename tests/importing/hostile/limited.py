"""Reads a file in a process of its own, which measures what that takes: python -m tests.importing.hostile.limited."""

import json
import resource
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.measuring import unmeasured_environment
from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.home import PROJECT
from wiseparts_pipeline.importing.faults import RefusedFile
from wiseparts_pipeline.importing.reading import open_rows

# Of processor time, whatever the machine; the process is killed after it.
MOST_SECONDS = 60
MOST_MB = 400


@dataclass(frozen=True)
class Taken:
    """How a file was read: its `code` and `message` if it was refused, its good and malformed `rows` if not."""

    code: str | None
    message: str
    rows: int
    malformed: int
    seconds: float
    megabytes: int


def read_with_limits(path: Path, **file: Any) -> Taken:
    """Reads the file to its end, with at most MOST_SECONDS and MOST_MB."""
    command = [sys.executable, "-m", "tests.importing.hostile.limited", str(path), json.dumps(file)]
    # Counting lines takes many times as long as reading them.
    done = subprocess.run(
        command,
        env=unmeasured_environment(),
        capture_output=True,
        text=True,
        cwd=PROJECT,
        timeout=10 * MOST_SECONDS,
        check=False,
    )
    assert done.returncode == 0, (done.returncode, done.stderr[-2000:])
    taken = Taken(**json.loads(done.stdout))
    assert taken.megabytes <= MOST_MB, taken
    # A second for the start of Python, and ten for each megabyte of the file.
    assert taken.seconds <= 1 + 10 * max(1, path.stat().st_size / 2**20), taken
    return taken


def _read(path: Path, file: dict[str, Any]) -> Taken:
    code, message, rows, malformed = None, "", 0, 0
    try:
        for batch in open_rows(path, path.name, FileFormat.model_validate(file)).batches():
            rows += len(batch)
            malformed += len(batch.malformed)
    except RefusedFile as refused:
        code, message = refused.code.value, str(refused)
    used = resource.getrusage(resource.RUSAGE_SELF)
    return Taken(code, message, rows, malformed, used.ru_utime + used.ru_stime, _most_megabytes())


def _most_megabytes() -> int:
    """Not by `getrusage`, which counts what the process was started from as well."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) >> 10


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    print(json.dumps(vars(_read(Path(sys.argv[1]), json.loads(sys.argv[2])))))
