"""Why a question has no answer. The code is stable; the message tells the person what to do."""

from typing import ClassVar

from wiseparts_pipeline.errors import WisepartsError


class LookupFailure(WisepartsError):
    """A question that has no answer. `retry_after`: in how many seconds there may be one, where that is known."""

    code: ClassVar[str]

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unknown(LookupFailure):
    """There is no such record. `subject`: what was asked for, such as `customer`."""

    code = "unknown"

    def __init__(self, subject: str, key: str) -> None:
        super().__init__(f"There is no {subject} {key!r}.")
        self.subject = subject


class NotMatched(LookupFailure):
    """It is not known which products of the marketplace are the same as ours."""

    code = "not_matched"

    def __init__(self, sku: str, proposed: int) -> None:
        some = f"{proposed} {'are' if proposed > 1 else 'is'} proposed" if proposed else "none is proposed"
        super().__init__(
            f"No product of the marketplace is confirmed to be {sku!r}, and {some}: see `wiseparts matches --kind"
            " product`, and confirm the right one."
        )


class BadQuestion(LookupFailure):
    """What was asked cannot be understood. `field`: which part of the question."""

    code = "bad_request"

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field} {problem}.")
        self.field = field


class NotSupported(LookupFailure):
    """No connection answers this kind of question."""

    code = "not_supported"


class Unavailable(LookupFailure):
    """The system does not answer, and nothing that is stored may be given instead."""

    code = "erp_unavailable"


class Late(Unavailable):
    """The system did not answer in time."""

    code = "deadline"


class RefusedBySystem(LookupFailure):
    """The system says no: to the login, for want of a right, or to what was asked."""

    code = "erp_refused"


class NotLoggedIn(RefusedBySystem):
    """The system says no to the login, so that it answers nobody."""
