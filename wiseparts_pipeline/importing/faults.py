"""The codes of ENTITIES.md for what is wrong with a row or a file, and how each is put to a person."""

from enum import StrEnum


class RowCode(StrEnum):
    """Why a row is rejected."""

    COLUMN_COUNT = "column_count"
    BAD_ENCODING = "bad_encoding"
    MISSING_REQUIRED = "missing_required"
    NOT_A_NUMBER = "not_a_number"
    NOT_A_DATE = "not_a_date"
    NOT_A_BOOL = "not_a_bool"
    NOT_IN_SET = "not_in_set"
    OUT_OF_RANGE = "out_of_range"
    TOO_LONG = "too_long"
    BAD_FORMAT = "bad_format"
    DUPLICATE_IN_FILE = "duplicate_in_file"
    IDENTITY_CONFLICT = "identity_conflict"
    AMBIGUOUS_MATCH = "ambiguous_match"
    UNKNOWN_SYSTEM_ID = "unknown_system_id"
    UNKNOWN_REFERENCE = "unknown_reference"
    MISSING_PARENT = "missing_parent"
    CYCLE = "cycle"
    PATH_CONFLICT = "path_conflict"


class RefusalCode(StrEnum):
    """Why a whole file is refused."""

    EMPTY_FILE = "empty_file"
    NO_HEADER = "no_header"
    MISSING_COLUMN = "missing_column"
    DUPLICATE_COLUMN = "duplicate_column"
    UNREADABLE = "unreadable"
    TOO_MANY_REJECTS = "too_many_rejects"
    SHRINK_GUARD = "shrink_guard"
    UNSAFE_NAME = "unsafe_name"
    ARCHIVE_LIMIT = "archive_limit"


class WarningCode(StrEnum):
    """What is counted in a file's warnings; the rows are loaded all the same."""

    UNKNOWN_REFERENCE = "unknown_reference"
    ROUNDED = "rounded"
    MISSING_COLUMN = "missing_column"
    SAME_CONTENT = "same_content"
    STALE = "stale"
    NOT_DELETED = "not_deleted"


class RefusedFile(Exception):
    """The file cannot be taken as a whole; nothing of it is loaded."""

    def __init__(self, code: RefusalCode, message: str) -> None:
        super().__init__(" ".join(message.split()))
        self.code = code
