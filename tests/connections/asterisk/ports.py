"""Ports of this machine that nobody uses."""

import socket


def free_port(kind: socket.SocketKind) -> int:
    """One for UDP or TCP."""
    with socket.socket(socket.AF_INET, kind) as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port
