"""What can go wrong with another system. The message says which connection, what was asked and what to do."""

from wiseparts_pipeline.errors import WisepartsError


class ConnectionFailure(WisepartsError):
    """A system could not be asked, or its answer could not be used.

    `status`: that of the answer over HTTP, where that is the reason.
    """

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class Unreachable(ConnectionFailure):
    """No answer, or one that says to come back later: this can pass by itself."""


class TooLate(Unreachable):
    """The deadline of what was asked has passed, or would before the answer."""


class Blocked(Unreachable):
    """Nothing may be sent for a while: the system has had too many requests, or what the contract allows is used up.

    `seconds`: how long that still is, where it is known.
    """

    def __init__(self, message: str, status: int | None = None, seconds: float | None = None) -> None:
        super().__init__(message, status)
        self.seconds = seconds


class Refused(ConnectionFailure):
    """The system does not accept the user, the password, the key, or what was asked for. Never repeated by itself."""


class Objection(Refused):
    """The system's own rules speak against what was asked for, in these `words`.

    `warning`: what the system calls it, where a person could do it nevertheless.
    """

    def __init__(self, message: str, words: str, warning: str | None = None) -> None:
        super().__init__(message)
        self.words = words
        self.warning = warning


class LoginRefused(Refused):
    """The system does not accept the user, the password or the key."""


class UnexpectedAnswer(ConnectionFailure):
    """The answer is not of the promised shape: the message has the request and the path of the value."""
