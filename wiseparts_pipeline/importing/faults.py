"""What can be wrong with a row or a file: each code declared once, with its meaning, its remedy and its message.

The tables of codes in docs/faults.md are generated from these declarations; see `faults_page`. Longer than 300 lines
because it has all codes in one place.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

# Characters of a message, and of its end, which says what to do.
_LONGEST_MESSAGE = 2_000
_LONGEST_END = 500

_Declaration = tuple[str, str, str, str]


def _code(code: str, *, means: str, remedy: str, message: str = "") -> _Declaration:
    """The value of a member. `message`: its template, where all faults of the code are put in the same words."""
    return code, means, remedy, message


class _Code(StrEnum):
    """A code as it is stored and shown; `meaning` and `remedy` are short phrases in Markdown."""

    meaning: str
    remedy: str
    template: str

    def __new__(cls, code: str, meaning: str = "", remedy: str = "", template: str = "") -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        member.remedy = remedy
        member.template = template
        return member

    def message(self, **details: object) -> str:
        """The code's message with the details in place of the names in braces; KeyError when one is missing."""
        return self.template.format_map(details)


class RowCode(_Code):
    """Why a row is rejected. Messages of converted cells have the column as `label` and the cell as `value`."""

    COLUMN_COUNT = _code(
        "column_count",
        means="more or fewer cells than the header has",
        remedy="usually an unquoted delimiter or line break in a text: quote the cell",
        message="The row has {cells} cells, the file has {columns} columns ({hint}).",
    )
    QUOTING = _code(
        "quoting",
        means="quotes that leave open where a cell begins or ends",
        remedy="double the quotes inside quoted cells, or set `file.escape` or `file.quote` to what the file has",
    )
    BAD_ENCODING = _code(
        "bad_encoding",
        means="bytes that are not valid in the importer's `encoding`",
        remedy="save the file in that encoding, or correct `encoding`",
        message="{label}: {value} has bytes that are not {encoding} text. Send the file in {encoding}.",
    )
    SPREADSHEET_ERROR = _code(
        "spreadsheet_error",
        means="an error of a spreadsheet in the place of a value, such as `#N/A`; `#NOT_CALCULATED!` is a formula that"
        " was saved without its value",
        remedy="correct the formula, or open the workbook in Excel and save it; add it to `null_values` if it means"
        " that there is no value",
        message="{label}: {value} is an error of the spreadsheet, not a value{cell}. Correct the formula, or add the"
        " error to `null_values` if it means that there is no value.",
    )
    SHORTENED_NUMBER = _code(
        "shortened_number",
        means="a number like `4.00638E+12` in a text column: a spreadsheet has taken a key for a number and not kept"
        " its last digits",
        remedy="format the column as text before the key is entered or imported there",
        message="{label}: {value} is a number that a spreadsheet has shortened{cell}; its last digits are lost. Format"
        " the column as text, enter the value again, and send the file again.",
    )
    MISSING_REQUIRED = _code(
        "missing_required",
        means="an empty cell in a column that must have a value, in every row or in one that creates a record",
        remedy="fill it",
        message="{label} is empty. {needed_by} needs it.",
    )
    NOT_A_NUMBER = _code(
        "not_a_number",
        means="cannot be read as a number with the importer's `decimal` and `thousands`",
        remedy="correct the cell, or these settings",
        message="{label}: {value} is not {kind}. Write it like {sample}.{hint}",
    )
    NOT_A_DATE = _code(
        "not_a_date",
        means="cannot be read in any of the `date_formats`",
        remedy="correct the cell, or add the format",
        message="{label}: {value} is not a date. Write it like {sample}.{hint}",
    )
    NOT_A_BOOL = _code(
        "not_a_bool",
        means="is none of the `true_values` and `false_values`",
        remedy="correct the cell, or add the word",
        message="{label}: {value} is neither yes nor no. Allowed: {allowed}.",
    )
    NOT_IN_SET = _code(
        "not_in_set",
        means="is not one of the column's allowed values",
        remedy="correct the cell, or `map` the sender's words",
        message="{label}: {value} is not allowed. Allowed: {allowed}.",
    )
    OUT_OF_RANGE = _code(
        "out_of_range",
        means="too small or too large",
        remedy="correct the cell",
        message="{label}: {value} is out of range.{limit}",
    )
    TOO_LONG = _code(
        "too_long",
        means="longer than can be stored",
        remedy="shorten it; often a quote is missing",
        message="{label}: {value} is too long. At most {longest} characters.",
    )
    BAD_FORMAT = _code(
        "bad_format",
        means="not in the required form, such as a two-letter country code",
        remedy="correct the cell",
        message="{label}: {value} is not in the right form.{example}{hint}",
    )
    DUPLICATE_IN_FILE = _code(
        "duplicate_in_file",
        means="several rows with the same key",
        remedy="keep one, or set `duplicates: first` or `last`",
        message="{label} {value} occurs {times} times in the file, first in row {first_row} and last in row {last_row}."
        " Send it once.",
    )
    IDENTITY_CONFLICT = _code(
        "identity_conflict",
        means="the key belongs to one record, the `system_id` or `sku` to another",
        remedy="correct whichever is wrong",
        message="{label} {value} already belongs to {owner}. Correct one of the two.",
    )
    AMBIGUOUS_MATCH = _code(
        "ambiguous_match",
        means="several customers have this name",
        remedy="give `customer_id` or `system_id`",
        message="{label} {value} is that of {times} records ({keys}). Give the {key} of the one that is meant.",
    )
    UNKNOWN_SYSTEM_ID = _code(
        "unknown_system_id",
        means="no record has this `system_id`",
        remedy="leave it empty for a new record, or take it from `wiseparts export-ids`",
        message="There is no record of {entity} with system_id {value}. Take it from the exported list of IDs, or leave"
        " the cell empty to match by the key.",
    )
    UNKNOWN_REFERENCE = _code(
        "unknown_reference",
        means="refers to a record that does not exist",
        remedy="send that record, then the row; a waiting row is loaded automatically",
        message="There is no record of {entity} with {label} {value}{advice}",
    )
    NOT_FOUND = _code(
        "not_found",
        means="a value that the importer looks up (`lookup`) is in no record, or in no row of the other file",
        remedy="send the record, or add the row to the other file, then send the row again",
    )
    SEVERAL_FOUND = _code(
        "several_found",
        means="a value that the importer looks up (`lookup`) is in several records or rows, which differ",
        remedy="correct these, or look it up by more columns",
    )
    ALREADY_THERE = _code(
        "already_there",
        means="a request to create a record whose key another one has",
        remedy="give it another key, or leave the key out to have one made",
        message="There is already a record of {entity} with {label} {value}. Give another one, or none to have one"
        " made.",
    )
    MISSING_PARENT = _code(
        "missing_parent",
        means="the parent record does not exist, or is itself rejected",
        remedy="send it, or correct it",
        message="There is no record {parent}, neither in the file nor stored. Send it, then this row again.",
    )
    CYCLE = _code(
        "cycle",
        means="the record would be its own ancestor",
        remedy="correct the parent",
        message="The record would be its own ancestor: {keys}. Correct the parent.",
    )
    PATH_CONFLICT = _code(
        "path_conflict",
        means="two rows, or path and parent, contradict each other",
        remedy="correct one of them",
    )

    SPLIT_DOCUMENT = _code(
        "split_document",
        means="a document whose lines are counted ends one file and begins the next: it may go on, or be sent again",
        remedy="set `sequence: continue` or `sequence: restart` beside `sequence_within`, and send the file again",
        message="{label} {value} is also at the end of another file of the day ({file}), with lines that may be the"
        " same. If it goes on in this file, set `sequence: continue` for {column}; if it is sent again, `sequence:"
        " restart`.",
    )


class RefusalCode(_Code):
    """Why a whole file is refused."""

    EMPTY_FILE = _code(
        "empty_file",
        means="nothing in it, not even a header; one with a header and no rows is imported, and a full snapshot like"
        " that is held back by `shrink_guard`",
        remedy="send it again",
        message="The file is empty.",
    )
    NO_HEADER = _code(
        "no_header",
        means="no line with column names where one is expected",
        remedy="correct `skip_lines` or `header`, or send the header",
    )
    MISSING_COLUMN = _code(
        "missing_column",
        means="a column that every row needs is not there",
        remedy="send it, or state in `columns` what it is called",
        message="{problem}. It has: {columns}.",
    )
    DUPLICATE_COLUMN = _code(
        "duplicate_column",
        means="two columns with the same name, or two that are named for the same column of the entity",
        remedy="rename one, or name only one in `columns`",
        message="The header names a column more than once: {columns}.",
    )
    TOO_MANY_COLUMNS = _code(
        "too_many_columns",
        means="a header with more names than a table has",
        remedy="send the columns that are needed; if each day or product has one, write it in rows",
        message="The header has {columns:,} columns, more than the {most:,} that can be read. Send the columns that are"
        " needed; if each day or product has a column, write it in rows.",
    )
    UNREADABLE = _code(
        "unreadable",
        means="not in the stated format, encoding or compression",
        remedy="the message says what was found; correct the file or `file`",
    )
    TOO_MANY_REJECTS = _code(
        "too_many_rejects",
        means="more than `reject_limit_percent` of the rows are bad, or more than `reject_limit_rows`",
        remedy="fix the common cause; `--force` takes the good rows",
        message="{rejected} of {read} rows were rejected, more than {limit}; nothing was loaded. The most"
        " frequent fault, of {times}, is first in line {line}: {example} See the error file, fix what is wrong with"
        " most rows, and send the file again.",
    )
    SHRINK_GUARD = _code(
        "shrink_guard",
        means="a snapshot that lacks more than `shrink_limit_percent` of the records",
        remedy="send it whole; `--force` if it is complete; `snapshot_within` if each list has a part of the records",
        message="The file lacks {missing} of the {stored} records of {source}, more than {limit:g} %; nothing was"
        " loaded.",
    )
    SLOW_PATTERN = _code(
        "slow_pattern",
        means="a regular expression of the importer that would search for hours in a text of the file, as it can fit"
        " in too many ways",
        remedy="write the expression so that each part of a text can be fitted by one part of it only:"
        " `^([A-Z]+)` for `^(([A-Z]+)*)`",
        message="The regular expression {pattern} takes too long for the texts of this file, as it can fit in too many"
        " ways; it was given up at {value}. Write it so that each part of a text can be fitted by one part of it only:"
        " no repetition in a repetition, and no two in succession that fit the same.",
    )
    UNSAFE_NAME = _code(
        "unsafe_name",
        means="the name has control characters",
        remedy="rename the file",
        message="The name {name!r} has control characters. Rename the file.",
    )
    FUTURE_DATE = _code(
        "future_date",
        means="dated after tomorrow, in the importer's time zone; until then no other file could change its records",
        remedy="correct `date_format` or rename the file; `--force` takes it as one of the day on which it arrived",
        message="The file is dated {date}, which is after tomorrow: {text} in its name, read as {date_format}. Nothing"
        " was loaded, as until then no other file could change these records. Correct `date_format` or rename the file,"
        " or import it with --force: it then counts as of the day on which it arrived.",
    )
    ARCHIVE_LIMIT = _code(
        "archive_limit",
        means="an archive that unpacks to more bytes or files than are allowed, or long texts that come to as much"
        " because many rows repeat them",
        remedy="send it in parts",
    )


class FailureCode(_Code):
    """Why the import of a file failed, where it was neither the server nor the database."""

    PROGRAM_FAULT = _code(
        "program_fault",
        means="the program came across something that nobody has foreseen, or this machine has no disk or memory left;"
        " the other files are imported",
        remedy="the message says what it was and which log has the traceback: give that to whoever maintains the"
        " program; the file is tried again",
    )


class WarningCode(_Code):
    """What is counted in a file's warnings; the rows are loaded all the same."""

    UNKNOWN_REFERENCE = _code(
        "unknown_reference",
        means="rows refer to records that do not exist; marts show them under *unknown* until they arrive",
        remedy="send the records, if they are not already on their way",
    )
    UNKNOWN_CODE = _code(
        "unknown_code",
        means="codes that are not among the known ones; they are loaded as they are, without a name in the marts",
        remedy="ask the sender what they mean, or correct them with `map`",
    )
    ROUNDED = _code(
        "rounded",
        means="values have more decimals than are kept",
        remedy="usually nothing",
    )
    CLOCK_CHANGE = _code(
        "clock_change",
        means="times without a zone are in the hour that occurs twice or never on the day when the clocks change: the"
        " first of the two was taken, or the moment of the change",
        remedy="usually nothing; if the sender's clocks do not change, set `timezone` to one like `Etc/GMT-2`, or have"
        " the zone sent with the times",
    )
    MISSING_COLUMN = _code(
        "missing_column",
        means="columns that the importer names are not in the file; the stored values were kept",
        remedy="nothing, if it is intended; the log names them, and the columns of the file that nothing takes",
    )
    SHEETS_NOT_READ = _code(
        "sheets_not_read",
        means="sheets of the workbook that are not hidden have the same columns as the one that was read",
        remedy='name them in `sheet`, or write `sheet: "*"` for all; name the one that was read if only that is meant',
    )
    MEMBERS_NOT_READ = _code(
        "members_not_read",
        means="files in the archive that no importer takes",
        remedy="nothing, if it is intended; the log names them: else name them in the `file.member` of an importer",
    )
    SAME_CONTENT = _code(
        "same_content",
        means="the same content as the importer's last file",
        remedy="check whether the export ran",
    )
    REPEATED_HEADER = _code(
        "repeated_header",
        means="rows that are the header once more, as where files were joined; they were left out",
        remedy="usually nothing; better send the files one by one",
    )
    FORGOTTEN = _code(
        "forgotten",
        means="rows of persons who were forgotten; what is personal in them was left out",
        remedy="have the sender delete these persons, and remove them from the archived files with `wiseparts forget`",
    )
    STALE = _code(
        "stale",
        means="rows are older than what is stored, which was kept",
        remedy="nothing, unless they are right: `--force`",
    )
    NOT_DELETED = _code(
        "not_deleted",
        means="a snapshot lacks records, which were kept because rejected rows may be theirs, or because another list"
        " of the same day brought them",
        remedy="fix the rejected rows; if each list has a part of the records, name the columns that tell the parts"
        " apart in `snapshot_within`; if each is complete, set `snapshot_within: source`",
    )
    CONTINUED = _code(
        "continued",
        means="lines were added to a document that another file of the same day had begun",
        remedy="nothing, if exports are cut into several files: `sequence: continue` says so; `sequence: restart` if"
        " each document is sent whole",
    )
    OVERWRITTEN = _code(
        "overwritten",
        means="rows of a snapshot changed records that another list of the same day had brought",
        remedy="if each list has a part of the records, give them a key that tells the parts apart; if each is"
        " complete, set `snapshot_within: source`",
    )
    POSITIVE_CREDIT = _code(
        "positive_credit",
        means="credit notes or payments with positive amounts, which add to sales or debts instead of reducing them",
        remedy="if the file writes them without a sign, set `sign_by: document_type` (due documents: `doc_type`)",
    )
    ALREADY_NEGATIVE = _code(
        "already_negative",
        means="amounts that `sign_by` makes negative were negative in the file, and stayed as they were",
        remedy="nothing, unless they are the opposite of the other amounts: `if_negative: turn` in `sign_by`",
    )
    NOT_FOUND = _code(
        "not_found",
        means="values that the importer looks up (`lookup`) are nowhere; the cells that they are looked up for are"
        " empty",
        remedy="send the records or the other file first, then the file again; `missing: reject` rejects such rows",
    )
    LEFT_OUT = _code(
        "left_out",
        means="rows that `where` does not ask for; they do not count as read",
        remedy="nothing, if it is intended",
    )
    WITHOUT_ROWS = _code(
        "without_rows",
        means="rows of the file of which no row was made: all the cells that `unpivot` names are empty, or the list"
        " that `rows_in` names has nothing in it",
        remedy="nothing, if nothing was to be said; `keep_empty` in `unpivot` makes rows of empty cells too",
    )


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with one row.

    `key`: the external key as text, as far as it can be read. `column`: the canonical one. `value`: the cell as it can
    be shown. `raw`: the row's cells by the file's column names, those beyond the header as a list under `_surplus`.
    """

    row_number: int
    line_number: int
    key: str | None
    column: str | None
    code: RowCode
    message: str
    value: str | None
    raw: dict[str, str | list[str]]


class RefusedFile(Exception):
    """The file as a whole is refused; nothing of it is loaded.

    `message`: where the code's template is not used; else `details` are those of the template.
    """

    def __init__(self, code: RefusalCode, message: str = "", **details: object) -> None:
        super().__init__(_readable(" ".join((message or code.message(**details)).split())))
        self.code = code


def _readable(message: str) -> str:
    """The message without its middle where it shows very much of the file."""
    if len(message) <= _LONGEST_MESSAGE:
        return message
    return f"{message[: _LONGEST_MESSAGE - _LONGEST_END]} ... {message[-_LONGEST_END:]}"


@contextmanager
def refusals_naming(file: str) -> Iterator[None]:
    """Puts the name of one of several files before the message of a refusal."""
    try:
        yield
    except RefusedFile as refused:
        raise RefusedFile(refused.code, f"{file}: {refused}") from None
