"""paramiko's SFTP client, made to cope with any file name and to download large files fast."""

import struct
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence

import paramiko
from paramiko.sftp import (
    CMD_ATTRS,
    CMD_CLOSE,
    CMD_FSTAT,
    CMD_HANDLE,
    CMD_OPEN,
    CMD_READ,
    CMD_STATUS,
    CMD_WRITE,
    SFTP_EOF,
    SFTP_FLAG_CREATE,
    SFTP_FLAG_EXCL,
    SFTP_FLAG_WRITE,
    int64,
)

# The most that OpenSSH returns per request, and what every server has to support.
REQUEST_BYTES = 255 * 1024
LEAST_REQUEST_BYTES = 32 * 1024
# Requested and not yet written, at most; the channel's window has the same size.
IN_FLIGHT_BYTES = 4 * 1024 * 1024


# Requests without waiting for answers, so that neither end fills up; of one, the bytes that every server takes.
UNDER_WAY = 32
WRITTEN_BYTES = 32 * 1024


# The kind of a request and its arguments.
_Request = tuple[int, *tuple[object, ...]]


class _Message(paramiko.Message):
    def get_text(self) -> str:
        return self.get_string().decode("utf-8", "surrogateescape")


class _Responses(dict[int, tuple[int, paramiko.Message]]):
    """The responses by request number; paramiko passes each one on as it arrives."""

    def _async_response(self, kind: int, message: paramiko.Message, number: int) -> None:
        self[number] = kind, message


class SftpClient(paramiko.SFTPClient):
    """Decodes names and messages that are not UTF-8 with lone surrogates, as `os` does, instead of failing."""

    # paramiko has these; its type stubs do not.
    _async_request: Callable[..., int]
    _read_response: Callable[..., object]
    _write_all: Callable[[bytes], None]
    _expecting: dict[int, object]
    request_number: int

    def _request(self, kind: int, *arguments: object) -> tuple[int, paramiko.Message]:
        kind, response = super()._request(kind, *arguments)  # type: ignore[misc]
        return kind, _Message(response.get_remainder())

    def _convert_status(self, response: paramiko.Message) -> None:
        super()._convert_status(_Message(response.get_remainder()))  # type: ignore[misc]

    def write_new(self, files: Sequence[tuple[bytes, bytes]], mode: int) -> list[int | None]:
        """Write files that are not there, each a path and its content, in two round trips for all that are small.

        Returns their sizes as the server has them, None where it does not tell. Raises OSError if one is there already
        or cannot be written.
        """
        attributes = paramiko.SFTPAttributes()
        attributes.st_mode = mode
        flags = SFTP_FLAG_WRITE | SFTP_FLAG_CREATE | SFTP_FLAG_EXCL
        opened = self._answers([(CMD_OPEN, path, flags, attributes) for path, _ in files])
        handles = [answer.get_binary() for kind, answer in opened if kind == CMD_HANDLE]
        if refused := [answer for kind, answer in opened if kind != CMD_HANDLE]:
            self._answers([(CMD_CLOSE, handle) for handle in handles])
            self._convert_status(refused[0])
        contents = [content for _, content in files]
        requests: list[_Request] = [each for file in zip(handles, contents, strict=True) for each in _writing(*file)]
        sizes: list[int | None] = []
        for request, (kind, answer) in zip(requests, self._answers(requests), strict=True):
            if request[0] != CMD_FSTAT:
                self._convert_status(answer)
            else:
                sizes.append(_size(answer) if kind == CMD_ATTRS else None)
        return sizes

    def _answers(self, requests: Sequence[_Request]) -> list[tuple[int, paramiko.Message]]:
        """The answers to several requests, which go out together and not each in a message of its own."""
        answers: list[tuple[int, paramiko.Message]] = []
        for start in range(0, len(requests), UNDER_WAY):
            responses = _Responses()
            numbers = range(self.request_number, self.request_number + len(requests[start : start + UNDER_WAY]))
            packets = []
            for number, (kind, *arguments) in zip(numbers, requests[start : start + UNDER_WAY], strict=True):
                self._expecting[number] = responses
                packets.append(_packet(number, kind, arguments))
            self.request_number = numbers.stop
            self._write_all(b"".join(packets))
            while len(responses) < len(numbers):
                self._read_response()
            answers += [responses[number] for number in numbers]
        return answers

    def download(self, path: bytes, size: int, write: Callable[[bytes], None]) -> None:
        """Pass the file's first `size` bytes to `write`, in order; fewer if it has become shorter.

        paramiko's prefetch requests everything at once, which some servers then hold in memory. With a limit it falls
        back to one request at a time whenever its queue is empty (19 s instead of 0.3 s for 100 MB).
        """
        responses = _Responses()
        requested: deque[tuple[int, int, int]] = deque()
        request, offset, written = REQUEST_BYTES, 0, 0
        with self.open(path, "rb") as file:

            def send_request(start: int, length: int) -> tuple[int, int, int]:
                return self._async_request(responses, CMD_READ, file.handle, int64(start), length), start, length

            while written < size:
                while offset < size and offset - written < IN_FLIGHT_BYTES:
                    length = min(request, size - offset)
                    requested.append(send_request(offset, length))
                    offset += length
                number, start, length = requested.popleft()
                while number not in responses:
                    self._read_response()
                kind, response = responses.pop(number)
                if kind == CMD_STATUS:
                    if response.get_int() == SFTP_EOF:
                        return
                    raise OSError(response.get_string().decode("utf-8", "replace"))
                data = response.get_string()
                if not data:
                    return
                write(data)
                written += len(data)
                if len(data) < length:
                    request = max(len(data), LEAST_REQUEST_BYTES)
                    requested.appendleft(send_request(start + len(data), length - len(data)))


def _packet(number: int, kind: int, arguments: Iterable[object]) -> bytes:
    """A request as it is sent."""
    message = paramiko.Message()
    message.add_int(number)
    for each in arguments:
        match each:
            case int64():
                message.add_int64(each)
            case int():
                message.add_int(each)
            case paramiko.SFTPAttributes():
                each._pack(message)  # type: ignore[attr-defined]
            case bytes():
                message.add_string(each)
    body = message.asbytes()
    return struct.pack(">IB", len(body) + 1, kind) + body


def _writing(handle: bytes, content: bytes) -> Iterator[_Request]:
    """The requests that write, measure and close an open file."""
    for start in range(0, len(content), WRITTEN_BYTES):
        yield CMD_WRITE, handle, int64(start), content[start : start + WRITTEN_BYTES]
    yield CMD_FSTAT, handle
    yield CMD_CLOSE, handle


def _size(answer: paramiko.Message) -> int | None:
    attributes = paramiko.SFTPAttributes._from_msg(answer)  # type: ignore[attr-defined]
    size: int | None = attributes.st_size
    return size
