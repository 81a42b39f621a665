"""A proxy between look-ups and a system, which lets everything through until a test has it do worse."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum

_RESET = struct.pack("ii", 1, 0)


class Manner(StrEnum):
    """How the system seems to answer."""

    WELL = "well"
    NEVER = "never"
    BYTE_BY_BYTE = "byte by byte"
    HALF = "half"
    CUT_OFF = "cut off"
    WITH_500 = "with 500"
    WITH_HTML = "with html"
    NO_CONNECTION = "no connection"


_INSTEAD = {
    Manner.WITH_500: ("500 Internal Server Error", "text/plain", b"out of order"),
    Manner.WITH_HTML: ("200 OK", "text/html", b"<!DOCTYPE html><title>Maintenance</title>"),
}


class Between:
    """`manner` can be changed at any time.

    `requests`: how many came; `most_at_once`: how many of them were unanswered at the same time, at most.
    """

    def __init__(self, target: int) -> None:
        self._target = ("127.0.0.1", target)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._manner = Manner.WELL
        self._open: set[socket.socket] = set()
        self._changed = threading.Event()
        self._unanswered: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.requests = self.most_at_once = 0
        self._listen()

    @property
    def manner(self) -> Manner:
        return self._manner

    @manner.setter
    def manner(self, manner: Manner) -> None:
        before, self._manner = self._manner, manner
        if manner is Manner.NO_CONNECTION:
            self.close()
        elif before is Manner.NO_CONNECTION:
            self._listening = socket.create_server(("127.0.0.1", self.port))
            self._listen()

    def close(self) -> None:
        # Otherwise it would go on accepting until somebody comes.
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._changed.set()
        for each in list(self._open):
            _reset(each)

    def _listen(self) -> None:
        self._changed.clear()
        threading.Thread(target=self._accept, args=(self._listening,), daemon=True).start()

    def _accept(self, listening: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listening.accept()
                server = socket.create_connection(self._target)
                self._open |= {client, server}
                for pass_on in (self._ask, self._answer):
                    threading.Thread(target=pass_on, args=(client, server), daemon=True).start()

    def _ask(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := client.recv(65536):
                if data.startswith(b"POST "):
                    self._count(client)
                if self._manner is Manner.CUT_OFF:
                    _reset(client)
                elif instead := _INSTEAD.get(self._manner):
                    status, kind, content = instead
                    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(content)}\r\n\r\n"
                    if data.startswith(b"POST "):
                        client.sendall(head.encode() + content)
                elif self._manner is not Manner.NEVER:
                    server.sendall(data)
        _reset(server)

    def _count(self, client: socket.socket) -> None:
        with self._lock:
            self._unanswered.add(client)
            self.requests += 1
            self.most_at_once = max(self.most_at_once, len(self._unanswered))

    def _answer(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := server.recv(65536):
                with self._lock:
                    self._unanswered.discard(client)
                if self._manner is Manner.BYTE_BY_BYTE:
                    for byte in data:
                        client.sendall(bytes([byte]))
                        if self._changed.wait(0.05):
                            break
                elif self._manner is Manner.HALF:
                    client.sendall(data[: len(data) // 2])
                    client.shutdown(socket.SHUT_WR)
                else:
                    client.sendall(data)
        _reset(client)


@contextmanager
def between(target: int) -> Iterator[Between]:
    """A proxy for a port of this machine."""
    proxy = Between(target)
    try:
        yield proxy
    finally:
        proxy.close()


def _reset(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
