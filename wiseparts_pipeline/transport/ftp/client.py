"""ftplib's FTP client, made to use TLS as servers want it, any file name, and few round trips."""

import select
import socket
import ssl
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from ftplib import FTP, Error, error_perm, error_temp
from itertools import islice
from pathlib import PurePosixPath
from typing import BinaryIO

from wiseparts_pipeline.config.source import SourceSettings
from wiseparts_pipeline.transport.base import PermanentError, encoded
from wiseparts_pipeline.transport.ftp.listing import Entry, Kind, parse_facts, parse_list, parse_mlsd, parse_time

CHUNK_BYTES = 256 * 1024
LONGEST_LISTING_BYTES = 256 * 1024 * 1024
# Of one answer.
MOST_LINES = 10_000
# Commands whose answers have not been read yet.
UNDER_WAY = 100
# It loses commands that are sent before the answer to the last one.
ONE_AT_A_TIME = "Microsoft FTP Service"
# What ftplib takes for letters are bytes: one for each. Names have the encoding of the settings.
WIRE = "latin-1"
_REFUSED = (error_perm, error_temp)


class FtpClient(FTP):
    """A connection to a server. Raises the errors of ftplib, OSError and EOFError, and PermanentError.

    Paths are those of the server; data connections are always passive, and encrypted if the control connection is.
    """

    def __init__(self, settings: SourceSettings, context: ssl.SSLContext | None) -> None:
        super().__init__(timeout=settings.timeout_seconds, encoding=WIRE)
        self._settings = settings
        self._context = context
        self._features: dict[str, str] = {}
        self._end = ""

    def open(self) -> None:
        """Connect and, for TLS, verify the server's certificate. Nothing is sent that needs protection."""
        settings = self._settings
        self.host = str(settings.host)
        connection = socket.create_connection((self.host, settings.port), settings.timeout_seconds)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self.sock, self.af = connection, connection.family
        if self._context is not None and settings.tls == "implicit":
            self._secure()
        self.file = self.sock.makefile("r", encoding=WIRE)
        self.welcome = self.getresp()
        if self._context is not None and settings.tls == "explicit":
            self.voidcmd("AUTH TLS")
            # With it goes whatever somebody in between may have added to the answer.
            self.file.close()
            self._secure()
            self.file = self.sock.makefile("r", encoding=WIRE)

    def enter(self) -> None:
        """Log in."""
        password = self._settings.password.get_secret_value() if self._settings.password else ""
        self.login(self._on_wire(str(self._settings.username)), self._on_wire(password))

    def prepare(self) -> None:
        """Encrypt data connections, and agree on how names and listings are sent."""
        if self._context is not None:
            self.voidcmd("PBSZ 0")
            self.voidcmd("PROT P")
        with suppress(*_REFUSED):
            lines = self.sendcmd("FEAT").splitlines()[1:-1]
            self._features = {name.upper(): rest for name, _, rest in (line.strip().partition(" ") for line in lines)}
        with suppress(*_REFUSED):
            if "UTF8" in self._features and self._settings.name_encoding == "utf-8":
                self.sendcmd("OPTS UTF8 ON")
        with suppress(*_REFUSED):
            facts = self._features.get("MLST", "").lower()
            if facts and not all(f"{fact}*" in facts for fact in ("type", "size", "modify")):
                self.sendcmd("OPTS MLST type;size;modify;")
        self.voidcmd("TYPE I")

    def absolute(self, path: str) -> str:
        """A path that may be relative to the folder in which the login begins."""
        return path if path.startswith("/") else str(PurePosixPath(self._name(self.pwd())) / path)

    def entries(self, folder: str) -> list[Entry]:
        """What is in the folder, with exact times where the server has them."""
        found = self.listed(folder)
        if "MLST" in self._features or not self._tells_size_and_time:
            return found
        return list(self._with_exact_times(folder, found))

    def listed(self, folder: str) -> list[Entry]:
        """What is in the folder, in the least round trips."""
        if "MLST" in self._features:
            return list(parse_mlsd(self._lines(f"MLSD {self._on_wire(folder)}")))
        # Without a path, which servers take for options or patterns.
        self.voidcmd(f"CWD {self._on_wire(folder)}")
        return list(parse_list(self._lines("LIST"), self._settings.listing_zone, datetime.now(UTC)))

    def status(self, path: str) -> Entry | None:
        """A file or folder as `entries` has it; None if it is not there."""
        if "MLST" in self._features:
            try:
                answer = self.sendcmd(f"MLST {self._on_wire(path)}")
            except error_perm as error:
                if is_denied(error):
                    raise
                return None
            # The server repeats the path as it likes.
            facts = answer.splitlines()[1].strip().partition(" ")[0]
            return parse_facts(f"{facts} {PurePosixPath(path).name or '/'}")
        if self._tells_size_and_time:
            return self._size_and_time(path)
        place = PurePosixPath(path)
        return next((each for each in self.entries(str(place.parent)) if each.name == place.name), None)

    def is_there(self, folder: str) -> bool:
        """Whether a folder that could not be listed is in the one above."""
        place = PurePosixPath(folder)
        if place == place.parent:
            return True
        try:
            return any(entry.name == place.name for entry in self.listed(str(place.parent)))
        except error_perm:
            return self.is_there(str(place.parent))

    def retrieve(self, path: str, write: Callable[[bytes], None], limit: int) -> int:
        """Pass a file to `write`, and return how many bytes it had.

        After more than `limit` bytes the connection is closed, as there is no other sure way to stop the server.
        """
        received = 0
        with self._data(f"RETR {self._on_wire(path)}") as data:
            while chunk := data.recv(CHUNK_BYTES):
                received += len(chunk)
                if received > limit:
                    self.close()
                    return received
                write(chunk)
            _end_tls(data, self._settings.timeout_seconds)
        return received

    def store(self, path: str, source: BinaryIO) -> None:
        with self._data(f"STOR {self._on_wire(path)}") as data:
            while chunk := source.read(CHUNK_BYTES):
                data.sendall(chunk)
            _end_tls(data, self._settings.timeout_seconds)
            # Closed only after the server's answer: closing with something unread would discard what is on its way.
            data.shutdown(socket.SHUT_WR)
            self._end = self.voidresp()

    def replace(self, path: str, target: str) -> None:
        """Rename; most servers overwrite."""
        self.rename(self._on_wire(path), self._on_wire(target))

    def remove(self, path: str) -> None:
        self.delete(self._on_wire(path))

    def make_folder(self, path: str) -> None:
        self.mkd(self._on_wire(path))

    def remove_folder(self, path: str) -> None:
        self.rmd(self._on_wire(path))

    def getmultiline(self) -> str:
        """An answer; ftplib would wait for ever for the end of one that is of another protocol."""
        lines = [self.getline()]
        code = lines[0][:3]
        if code.isdecimal() and lines[0][3:4] == "-":
            while not (lines[-1].startswith(code) and lines[-1][3:4] != "-"):
                if len(lines) > MOST_LINES:
                    raise Error(f"an answer has more than {MOST_LINES} lines")
                lines.append(self.getline())
        return "\n".join(lines)

    @property
    def _tells_size_and_time(self) -> bool:
        return "SIZE" in self._features and "MDTM" in self._features

    def _size_and_time(self, path: str) -> Entry | None:
        name, place = PurePosixPath(path).name, self._on_wire(path)
        size, time = self._answers([f"SIZE {place}", f"MDTM {place}"])
        if size.startswith("213") and time.startswith("213"):
            return Entry(name, Kind.FILE, int(size[3:]), parse_time(time[3:]))
        try:
            self.voidcmd(f"CWD {place}")
        except error_perm as error:
            if is_denied(error):
                raise
            return None
        return Entry(name, Kind.FOLDER)

    def _with_exact_times(self, folder: str, entries: Sequence[Entry]) -> Iterator[Entry]:
        """Without the files that were removed meanwhile."""
        files = [entry for entry in entries if entry.kind is Kind.FILE]
        yield from (entry for entry in entries if entry.kind is not Kind.FILE)
        commands = [f"MDTM {self._on_wire(str(PurePosixPath(folder) / entry.name))}" for entry in files]
        for entry, answer in zip(files, self._answers(commands), strict=True):
            if answer.startswith("213"):
                yield Entry(entry.name, entry.kind, entry.size, parse_time(answer[3:]))
            elif not answer.startswith("550"):
                raise error_perm(answer)

    def _answers(self, commands: Sequence[str]) -> list[str]:
        """The answers to several commands, which are sent without waiting for each."""
        at_once = 1 if ONE_AT_A_TIME in (self.welcome or "") else UNDER_WAY
        remaining, answers = iter(commands), []
        while batch := list(islice(remaining, at_once)):
            assert self.sock is not None
            self.sock.sendall("".join(f"{command}\r\n" for command in batch).encode(WIRE))
            answers += [self.getmultiline() for _ in batch]
        return answers

    def _lines(self, command: str) -> Iterable[str]:
        parts: list[bytes] = []
        size = 0
        with self._data(command) as data:
            while chunk := data.recv(CHUNK_BYTES):
                parts.append(chunk)
                size += len(chunk)
                if size > LONGEST_LISTING_BYTES:
                    raise PermanentError(f"the server's listing has more than {LONGEST_LISTING_BYTES / 1e6:.0f} MB")
            _end_tls(data, self._settings.timeout_seconds)
        if "truncated" in self._end.lower():
            # Pure-FTPd's limit of 10,000 files.
            raise PermanentError(f"the server lists only a part of the folder; it said {self._end[:200]!r}")
        lines = b"".join(parts).split(b"\n")
        return [self._name(line.rstrip(b"\r").decode(WIRE)) for line in lines if line.strip()]

    @contextmanager
    def _data(self, command: str) -> Iterator[socket.socket]:
        """A data connection for the command; afterwards, the server has said that everything arrived (`_end`)."""
        self._end = ""
        data, _ = self.ntransfercmd(command)
        try:
            with data:
                yield data
        except OSError as error:
            if not isinstance(error, TimeoutError) and not self._end and self.sock is not None:
                # Says why the server has closed it.
                self.voidresp()
            raise
        except BaseException:
            self.close()
            raise
        if not self._end and self.sock is not None:
            self._end = self.voidresp()

    def ntransfercmd(self, cmd: str, rest: int | str | None = None) -> tuple[socket.socket, int | None]:
        data, size = super().ntransfercmd(cmd, rest)
        if self._context is None:
            return data, size
        # Servers want to see the session of the control connection, as proof that both are of the same client.
        session = self.sock.session if isinstance(self.sock, ssl.SSLSocket) else None
        return self._context.wrap_socket(data, server_hostname=self.host, session=session), size

    def _secure(self) -> None:
        assert self._context is not None
        assert self.sock is not None
        self.sock = self._context.wrap_socket(self.sock, server_hostname=self.host)

    def _on_wire(self, name: str) -> str:
        if "\r" in name or "\n" in name or "\0" in name:
            raise PermanentError(f"{name!r} has a line end in it, which FTP has no way to send")
        return encoded(name, self._settings.name_encoding).decode(WIRE)

    def _name(self, on_wire: str) -> str:
        return on_wire.encode(WIRE).decode(self._settings.name_encoding, "surrogateescape")


def is_denied(error: error_perm) -> bool:
    """Whether an answer is not about something that is not there; servers have the code 550 for both."""
    text = str(error).lower()
    return not text.startswith("550") or "denied" in text or "not permitted" in text


def _end_tls(data: socket.socket, timeout: float) -> None:
    """Tell the other end that nothing was cut off, and do not wait for it to say so too: not every server does."""
    if not isinstance(data, ssl.SSLSocket):
        return
    data.settimeout(0)
    while True:
        try:
            data.unwrap()
            return
        except ssl.SSLWantWriteError:
            if not select.select([], [data], [], timeout)[1]:
                raise TimeoutError from None
        except OSError:
            return
