"""Ports that commands listen at."""

import ipaddress
import socket

from wiseparts_pipeline.errors import ConfigurationError


def refuse_taken(port: int, host: str, purpose: str, option: str = "--port") -> None:
    """Raises ConfigurationError if the port cannot be listened at."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        raise ConfigurationError(
            f"Port {port} cannot be used for {purpose} ({error.strerror}): choose another with {option}."
        ) from None


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach what listens there."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
