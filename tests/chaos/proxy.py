"""A TCP proxy whose first connection gets into trouble after some bytes."""

import multiprocessing
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from multiprocessing.sharedctypes import Synchronized

_FORKS = multiprocessing.get_context("fork")
_SLOW_SECONDS = 0.005
_RESET = b"\x01\x00\x00\x00\x00\x00\x00\x00"


class Trouble(StrEnum):
    CUT = "cut"
    STALL = "stall"
    SLOW = "slow"


@dataclass
class Proxy:
    port: int
    _happened: "Synchronized[int]"

    @property
    def happened(self) -> bool:
        """Whether the trouble has taken place."""
        return bool(self._happened.value)


@contextmanager
def proxied(target: int, trouble: Trouble, after: int) -> Iterator[Proxy]:
    """A proxy for a port of this machine, in a process of its own, which keeps this one without threads to fork."""
    happened = _FORKS.Value("i", 0)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        process = _FORKS.Process(target=_serve, args=(listening, target, trouble, after, happened), daemon=True)
        process.start()
        try:
            yield Proxy(listening.getsockname()[1], happened)
        finally:
            process.kill()
            process.join()


def _serve(listening: socket.socket, target: int, trouble: Trouble, after: int, happened: "Synchronized[int]") -> None:
    left, lock = [after], threading.Lock()
    while True:
        client, _ = listening.accept()
        server = socket.create_connection(("127.0.0.1", target))
        is_first = not happened.value and left[0] == after
        for source, sink in ((client, server), (server, client)):
            arguments = (source, sink, trouble, left if is_first else None, lock, happened)
            threading.Thread(target=_pass_on, args=arguments, daemon=True).start()


def _pass_on(
    source: socket.socket,
    sink: socket.socket,
    trouble: Trouble,
    left: list[int] | None,
    lock: threading.Lock,
    happened: "Synchronized[int]",
) -> None:
    with suppress(OSError):
        while data := source.recv(1024):
            if left is not None:
                with lock:
                    left[0] -= len(data)
                    if left[0] <= 0:
                        happened.value = 1
                if left[0] <= 0 and trouble is Trouble.SLOW:
                    threading.Event().wait(_SLOW_SECONDS)
                elif left[0] <= 0:
                    if trouble is Trouble.STALL:
                        threading.Event().wait()
                    for each in (source, sink):
                        each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                        each.close()
                    return
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
