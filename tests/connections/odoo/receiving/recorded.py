"""Answers of a real Odoo 14 while orders and customers are created in it, kept in `recorded.jsonl.gz`.

The same is asked before and after a creation: answers to a question are given in the order in which they came.
`python -m tests.connections.odoo.receiving.recorded` asks the Odoo that `install.py` has installed, and writes them.
"""

import gzip
import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from tests.connections import systems
from tests.connections.odoo import install, running
from tests.connections.odoo.fill import Filling
from tests.connections.odoo.receiving import asking
from tests.connections.odoo.recorded import key

RECORDED = Path(__file__).parent / "recorded.jsonl.gz"

# Answers differently: from what is asked and the recorded answer, both as JSON-RPC has them.
Change = Callable[[Any, Any], Any]


@contextmanager
def answering(scene: str, change: Change = lambda _, answer: answer) -> Iterator[systems.System]:
    """An Odoo that gives the answers of a scene; what was not recorded fails the test."""
    lines = map(json.loads, gzip.decompress(RECORDED.read_bytes()).decode().splitlines())
    by_key = defaultdict[str, list[Any]](list)
    for of, question, recorded in lines:
        if of == scene:
            by_key[question].append(recorded)
    missing: list[str] = []

    def answer(handler: systems.Handler, asked: systems.Asked) -> None:
        known = by_key.get(key(asked.path, asked.body))
        if not known:
            missing.append(key(asked.path, asked.body))
            return handler.send(b"", 500)
        # The last one is given to whoever asks once more.
        given = known.pop(0) if len(known) > 1 else known[0]
        return handler.send(json.dumps(change(json.loads(asked.body), given)).encode())

    with systems.running() as system:
        system.tells(answer)
        yield system
    assert missing == []


def record() -> None:
    """Plays every scene, each beginning with what the ones before have left."""
    lines: list[tuple[str, str, Any]] = []
    with ExitStack() as stack:
        url, _ = stack.enter_context(running.odoo(install.DUMP))
        admin = Filling(url)
        asking.prepare(admin)
        played = ""

        def forward(handler: systems.Handler, asked: systems.Asked) -> None:
            headers = {"Content-Type": "application/json"}
            with urlopen(Request(url + asked.path, asked.body, headers)) as response:
                answer = json.loads(response.read())
            if "error" in answer:
                # Where in Odoo it happened, is of no interest.
                answer["error"]["data"]["debug"] = ""
            lines.append((played, key(asked.path, asked.body), answer))
            handler.send(json.dumps(answer).encode())

        system = stack.enter_context(systems.running())
        system.tells(forward)
        for played, play in asking.SCENES.items():  # noqa: B007
            play(system.url)
    text = "\n".join(json.dumps(each, ensure_ascii=False) for each in lines)
    RECORDED.write_bytes(gzip.compress(text.encode(), mtime=0))


if __name__ == "__main__":
    record()
