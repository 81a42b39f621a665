"""Expected faults as Dagster shows them: their message, and no Python stack."""

from collections.abc import Iterator
from contextlib import contextmanager

from dagster._core.errors import DagsterUserCodeProcessError
from dagster_shared.error import SerializableErrorInfo

from wiseparts_pipeline.errors import WisepartsError


class PlainFault(DagsterUserCodeProcessError):
    """A message for the person who has to mend it.

    Dagster shows this kind of its errors as it is, wherever it is raised: in loading, in a tick, in a run.
    """

    def __init__(self, message: str, kind: str = "Failure") -> None:
        shown = SerializableErrorInfo(message=message, stack=[], cls_name=kind)
        super().__init__(message, user_code_process_error_infos=[shown])  # type: ignore[no-untyped-call]


@contextmanager
def told_plainly() -> Iterator[None]:
    """Turns our own errors, whose text is all that a user needs, into a PlainFault."""
    try:
        yield
    except WisepartsError as error:
        raise PlainFault(str(error), type(error).__name__) from None
