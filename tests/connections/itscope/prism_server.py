"""Prism, which judges requests by an OpenAPI description and makes up answers: started for a test, ended with it."""

import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tests.connections import installed
from tests.connections.itscope.install import FOLDER, PROGRAM
from tests.waiting import eventually

_LISTENING = re.compile(r"listening on (http://[\d.:]+)")
_FAULT = re.compile(r"\[VALIDATOR\] \S+ +error +(?! |Violation: )(.*)")
_RECEIVED = re.compile(r"\[HTTP SERVER\] (\w+) (\S+) .*Request received")


@dataclass(frozen=True)
class Prism:
    """`url`: where it listens. Its log is read from the file that it writes."""

    url: str
    log: IO[str]

    def judged(self) -> list[tuple[str, str, list[str]]]:
        """Of each request until now the method, the path, and what of the request is not as described."""
        found: list[tuple[str, str, list[str]]] = []

        def is_complete() -> bool:
            """Answers are sent before all is written."""
            found.clear()
            passed = False
            for line in _whole(self.log).splitlines():
                if received := _RECEIVED.search(line):
                    found.append((received[1].upper(), received[2], []))
                    passed = False
                elif fault := _FAULT.search(line):
                    found[-1][2].append(fault[1].strip())
                passed = passed or "passed the validation" in line
            return not found or passed or bool(found[-1][2])

        eventually(is_complete)
        return found


@contextmanager
def prism(description: Path) -> Iterator[Prism]:
    """Needs that it is installed."""
    installed.need(FOLDER, "python3 -m tests.connections.itscope.install")
    command: list[str | Path] = [installed.node(FOLDER), PROGRAM, "mock", "--port", "0", description]
    with tempfile.NamedTemporaryFile("w+", suffix=".log") as written, Path(written.name).open(encoding="utf-8") as log:
        process = subprocess.Popen(command, stdout=written, stderr=subprocess.STDOUT, env={"NO_COLOR": "1"})
        try:
            eventually(lambda: _LISTENING.search(_whole(log)) or process.poll() is not None)
            listening = _LISTENING.search(_whole(log))
            assert listening, _whole(log)
            yield Prism(listening[1], log)
        finally:
            process.kill()
            process.wait()


def _whole(log: IO[str]) -> str:
    log.seek(0)
    return log.read()
