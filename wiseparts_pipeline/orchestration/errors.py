"""Expected errors as Dagster shows them: the message without a stack trace."""

from collections.abc import Iterator
from contextlib import contextmanager

from wiseparts_pipeline.errors import WisepartsError
from wiseparts_pipeline.orchestration.dagster_internals import DagsterUserCodeProcessError, SerializableErrorInfo


class UserFacingError(DagsterUserCodeProcessError):
    """A message for whoever has to fix the problem.

    Dagster shows errors of this class as they are wherever they are raised: while loading, in a tick, in a run.
    """

    def __init__(self, message: str, kind: str = "Failure") -> None:
        shown = SerializableErrorInfo(message=message, stack=[], cls_name=kind)
        super().__init__(message, user_code_process_error_infos=[shown])  # type: ignore[no-untyped-call]


@contextmanager
def report_user_errors() -> Iterator[None]:
    """Raise our own errors, whose text is all that a user needs, as UserFacingError."""
    try:
        yield
    except WisepartsError as error:
        raise UserFacingError(str(error), type(error).__name__) from None
