"""What keeps files from being imported until a person does something about it."""

from dataclasses import dataclass
from enum import StrEnum


class ProblemKind(StrEnum):
    UNREACHABLE = "unreachable"
    MISSING_FOLDER = "missing_folder"
    NOT_UTF_8 = "not_utf_8"
    SEVERAL_IMPORTERS = "several_importers"
    SEVERAL_COMPANIONS = "several_companions"
    PROGRAM_FAULT = "program_fault"


@dataclass(frozen=True)
class Problem:
    """`path`: a file of the source, or the folder or source that the problem is about.

    `message`: what is wrong and what to do; about a file, it continues a sentence that begins with the file's name.
    `others`: the paths of the other files that it is about.
    """

    path: str
    kind: ProblemKind
    message: str
    others: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.kind in (ProblemKind.UNREACHABLE, ProblemKind.MISSING_FOLDER, ProblemKind.PROGRAM_FAULT):
            return self.message
        return f"{self.path!r} {self.message}"
