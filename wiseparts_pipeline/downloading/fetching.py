"""Fetches one file from a host that is named, and from no other: links are written by strangers."""

import hashlib
import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx2

from wiseparts_pipeline.config.connections.itscope import USER_AGENT
from wiseparts_pipeline.downloading.content import FIRST_BYTES, Content, content_of
from wiseparts_pipeline.errors import WisepartsError

_MOST_REDIRECTS = 3
_SECONDS_OF_SILENCE = 20.0
_SECONDS = 300.0
_PORTS = {"http": 80, "https": 443}
_PASSING = (408, 425, 429, 500, 502, 503, 504)

# The addresses of a host and port that may be asked, at least one. Raises NotFetched.
Addresses = Callable[[str, int], Sequence[str]]


class NotFetched(WisepartsError):
    """A file was not fetched; the message says why. `may_pass`: whether it is worth another attempt some time."""

    def __init__(self, message: str, *, may_pass: bool = False) -> None:
        super().__init__(message)
        self.may_pass = may_pass


@dataclass(frozen=True)
class Fetched:
    """What is at the target now."""

    content: Content
    sha256: str
    bytes: int


def public_addresses(host: str, port: int) -> Sequence[str]:
    """The addresses of a host if all are of the internet: what is within our network is not for strangers to name."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotFetched(f"{host} is not found: {error}", may_pass=True) from None
    addresses = [ipaddress.ip_address(str(each[4][0]).partition("%")[0]) for each in found]
    for address in addresses:
        plain = getattr(address, "ipv4_mapped", None) or address
        if not plain.is_global or plain.is_multicast:
            raise NotFetched(f"{host} has the address {address}, which is not of the internet")
    return [str(address) for address in sorted(addresses, key=lambda each: each.version)]


class Fetcher:
    """Fetches files of at most `max_bytes` from `hosts`. To be used as a context.

    Each request goes to an address that was looked at, so that none can be put in its place between look and request.
    """

    def __init__(self, hosts: Sequence[str], max_bytes: int, addresses: Addresses = public_addresses) -> None:
        self._hosts = frozenset(hosts)
        self._max_bytes = max_bytes
        self._addresses = addresses
        self._client = httpx2.Client(
            # A proxy would look the address up anew.
            trust_env=False,
            verify=ssl.create_default_context(),
            timeout=_SECONDS_OF_SILENCE,
            headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"},
            # A kept connection is of an address, and may have been made to another host that has it as well.
            limits=httpx2.Limits(max_keepalive_connections=0),
        )

    def __enter__(self) -> "Fetcher":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def may_ask(self, url: str) -> bool:
        """Whether the link leads to one of the hosts."""
        try:
            return _place(httpx2.URL(url)) in self._hosts
        except (httpx2.InvalidURL, ValueError):
            return False

    def fetch(self, url: str, kind: str, target: Path, wait: Callable[[], None]) -> Fetched:
        """Writes the file to `target`, if it is of that kind; `wait`: before each request. Raises NotFetched."""
        deadline = time.monotonic() + _SECONDS
        try:
            for _ in range(_MOST_REDIRECTS + 1):
                if not self.may_ask(url):
                    raise NotFetched("it leads to a host that `hosts` does not name")
                request = self._request(httpx2.URL(url))
                wait()
                answer = self._client.send(request, stream=True)
                try:
                    if not answer.has_redirect_location:
                        return self._written(answer, kind, target, deadline)
                    url = str(httpx2.URL(url).join(answer.headers["location"]))
                finally:
                    answer.close()
        except (httpx2.TimeoutException, httpx2.TransportError) as error:
            raise NotFetched(f"the connection failed: {type(error).__name__}", may_pass=True) from None
        except (httpx2.InvalidURL, ValueError):
            raise NotFetched("it is redirected to what is no address") from None
        raise NotFetched(f"it is redirected more than {_MOST_REDIRECTS} times")

    def _request(self, url: httpx2.URL) -> httpx2.Request:
        host = url.raw_host.decode("ascii")
        address = self._addresses(host, url.port or _PORTS[url.scheme])[0]
        return self._client.build_request(
            "GET",
            url.copy_with(host=address),
            headers={"Host": url.netloc.decode("ascii")},
            extensions={"sni_hostname": host},
        )

    def _written(self, answer: httpx2.Response, kind: str, target: Path, deadline: float) -> Fetched:
        if answer.status_code != httpx2.codes.OK:
            raise NotFetched(f"the answer is {answer.status_code}", may_pass=answer.status_code in _PASSING)
        length = answer.headers.get("content-length", "")
        if length.isdecimal() and int(length) > self._max_bytes:
            raise self._too_large()
        content: Content | None = None
        digest, size, first = hashlib.sha256(), 0, b""
        with target.open("wb") as file:
            for data in answer.iter_raw():
                size += len(data)
                if size > self._max_bytes:
                    raise self._too_large()
                if time.monotonic() > deadline:
                    raise NotFetched(f"it takes more than {_SECONDS:.0f} s", may_pass=True)
                if len(first) < FIRST_BYTES:
                    first += data[:FIRST_BYTES]
                    content = content_of(first)
                    if len(first) >= FIRST_BYTES and (content is None or content.kind != kind):
                        raise NotFetched(f"it is not {_OF_KIND[kind]}")
                digest.update(data)
                file.write(data)
        if content is None or content.kind != kind:
            raise NotFetched(f"it is not {_OF_KIND[kind]}")
        return Fetched(content, digest.hexdigest(), size)

    def _too_large(self) -> NotFetched:
        return NotFetched(f"it has more than {self._max_bytes:,} bytes (`max_bytes`)")


_OF_KIND = {"image": "a picture (JPEG, PNG, GIF or WebP)", "datasheet": "a PDF"}


def _place(url: httpx2.URL) -> str:
    """Host and port as `hosts` names them; raises ValueError for what is not asked, such as a login in a link."""
    if url.scheme not in _PORTS or url.userinfo:
        raise ValueError
    host = url.raw_host.decode("ascii").lower()
    return host if url.port in (None, _PORTS[url.scheme]) else f"{host}:{url.port}"
