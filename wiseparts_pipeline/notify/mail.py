"""The e-mail about a run of an importer: as text, as HTML, and with the error files attached."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from functools import cache
from itertools import groupby
from pathlib import Path, PurePosixPath

import jinja2
from psycopg.rows import class_row

from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.importing.error_files import write_error_file
from wiseparts_pipeline.importing.ledger.outcome import Status
from wiseparts_pipeline.importing.results import FileResult, ImportResult
from wiseparts_pipeline.notify import wording
from wiseparts_pipeline.notify.message import new_message
from wiseparts_pipeline.warehouse import Connection

# Limits of what an e-mail shows and attaches; the import log and the error files on the server have the rest.
FILES_SHOWN = 20
FAULTS_SHOWN = 12
MESSAGES_SHOWN = 5
ROWS_SHOWN = 10
FILES_ATTACHED = 5
ATTACHED_BYTES = 1_000_000


@dataclass(frozen=True)
class Faults:
    """The faults of one code and column: how many there are, and the first messages, each with its rows."""

    title: str
    messages: list[tuple[str, str]]


@dataclass(frozen=True)
class _Entry:
    """One of the first entries of ops.rejected_rows with the same status, code and column, of which `total` exist."""

    status: str
    code: str
    column_name: str | None
    row_number: int
    message: str
    value: str | None
    total: int


@dataclass(frozen=True)
class FileReport:
    """What the e-mail says about one file."""

    name: str
    tone: str
    outcome: str
    counts: list[tuple[str, int]]
    error: list[str]
    warnings: list[str]
    faults: list[Faults]
    more_faults: int
    advice: list[str]

    @property
    def was_read(self) -> bool:
        return any(count for _, count in self.counts)

    @property
    def counts_in_words(self) -> str:
        return ", ".join(f"{count:,} {name}" for name, count in self.counts if count or name == "read")


@dataclass(frozen=True)
class Attachment:
    """An error file, and how many of the rejected rows it contains."""

    name: str
    content: bytes
    rows: int


def write_mail(
    connection: Connection, importer: ImporterSettings, result: ImportResult, sender: Address, folder: Path
) -> EmailMessage:
    """The e-mail to the importer's recipients; `folder` is for temporary files."""
    assert importer.notify is not None
    # The worst come first, so that they are shown if there are too many.
    files = sorted(result.files, key=_severity)
    attachments = _attachments(connection, importer, files, folder)
    shown = [
        _file_report(connection, importer, file, attachments.get(file.file.file_id)) for file in files[:FILES_SHOWN]
    ]
    content = {
        "importer": importer,
        "headline": wording.subject(importer.name, result.files),
        "files": shown,
        "more_files": len(files) - len(shown),
        "notes": [wording.printable(note) for note in [*map(str, result.problems), *result.incomplete]],
        "tone": _tone(files[0]),
    }
    subject = wording.subject(importer.name, result.files)
    message = new_message(sender, importer.notify.to, subject)
    message.set_content(_templates().get_template("mail.txt.jinja").render(content))
    message.add_alternative(_templates().get_template("mail.html.jinja").render(content), subtype="html")
    for attachment in attachments.values():
        message.add_attachment(attachment.content, maintype="text", subtype="csv", filename=attachment.name)
    return message


@cache
def _templates() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("wiseparts_pipeline.notify"),
        autoescape=jinja2.select_autoescape(["html.jinja"]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


_TONES = ("bad", "attention", "good")


def _tone(result: FileResult) -> str:
    if result.status in (Status.REFUSED, Status.FAILED):
        return "bad"
    return "attention" if wording.needs_attention(ImportResult(files=[result])) else "good"


def _severity(result: FileResult) -> tuple[int, int, int]:
    return _TONES.index(_tone(result)), -result.file.rows_rejected, -result.file.rows_waiting


def _file_report(
    connection: Connection, importer: ImporterSettings, result: FileResult, attachment: Attachment | None
) -> FileReport:
    file = result.file
    faults = list(_faults(connection, file.file_id))
    return FileReport(
        name=wording.printable(file.name),
        tone=_tone(result),
        outcome=wording.outcome(result),
        counts=[(name, file.count(name)) for name in wording.COUNTS],
        error=[wording.printable(line) for line in (file.error or "").splitlines()],
        warnings=wording.warnings(file.warnings, file.file_columns),
        faults=faults[:FAULTS_SHOWN],
        more_faults=len(faults[FAULTS_SHOWN:]),
        advice=_advice(importer, result, attachment),
    )


def _faults(connection: Connection, file_id: int) -> Iterator[Faults]:
    """The faults of the file's rows by code and column, those of rejected rows first."""
    with connection.cursor(row_factory=class_row(_Entry)) as cursor:
        entries = cursor.execute(
            """
            with entries as (
                select status, code, column_name, row_number, message, value,
                    row_number() over same as place, count(*) over (partition by status, code, column_name) as total
                from ops.rejected_rows where file_id = %s and status <> 'resolved'
                window same as (partition by status, code, column_name order by row_number, rejected_row_id)
            )
            select status, code, column_name, row_number, message, value, total from entries where place <= %s
            order by status, total desc, code, column_name, place
            """,
            [file_id, ROWS_SHOWN],
        ).fetchall()
    for (status, code, column), group in groupby(entries, lambda entry: (entry.status, entry.code, entry.column_name)):
        same = list(group)
        yield _same_faults(status, code.replace("_", " "), column, same)


def _same_faults(status: str, code: str, column: str | None, entries: Sequence[_Entry]) -> Faults:
    total = entries[0].total
    what = f"{column}: {code}" if column else code
    by_message: dict[str, list[int]] = {}
    for entry in entries:
        by_message.setdefault(_message(entry), []).append(entry.row_number)
    first = list(by_message.items())[:MESSAGES_SHOWN]
    if len(first) == 1:
        messages = [(wording.numbers(numbers, total), message) for message, numbers in first]
    else:
        messages = [(wording.numbers(numbers, len(numbers)), message) for message, numbers in first]
        shown = sum(len(numbers) for _, numbers in first)
        if total > shown:
            messages.append((f"{wording.rows(total - shown)} more", "likewise."))
    return Faults(f"{wording.rows(total)} {status}: {what}", messages)


def _message(entry: _Entry) -> str:
    """The message, with the value unless the message contains it."""
    message, value = wording.printable(entry.message), wording.printable(entry.value or "")
    known = not value or value[:20] in message
    return message if known else f"{message} ({wording.shortened(value)})"


def _attachments(
    connection: Connection, importer: ImporterSettings, files: Sequence[FileResult], folder: Path
) -> dict[int, Attachment]:
    """Error files by file id."""
    attachments = {}
    for file in [result.file for result in files if result.file.rows_rejected][:FILES_ATTACHED]:
        path = folder / "errors.csv"
        count = write_error_file(
            connection, file.file_id, path, importer.file, for_people=True, max_bytes=ATTACHED_BYTES
        )
        if count:
            name = PurePosixPath(file.error_file or f"{file.name}.errors.csv").name
            attachments[file.file_id] = Attachment(wording.printable(name), path.read_bytes(), count)
    return attachments


def _advice(importer: ImporterSettings, result: FileResult, attachment: Attachment | None) -> list[str]:
    """What to do about the file, and where to find its rejected rows."""
    file = result.file
    rejected = file.rows_rejected
    place = f"{file.source}:{file.error_file}"
    if not file.error_file:
        place = f"the file that `wiseparts errors {file.file_id} --csv PATH` writes"
    advice = []
    if rejected:
        if attachment and attachment.rows == rejected:
            advice.append(f"The {wording.rows(rejected)} that were rejected are attached as {attachment.name}.")
        elif attachment:
            advice.append(
                f"{attachment.name}, which is attached, is incomplete: it has the first {attachment.rows:,} of"
                f" {rejected:,} rejected rows. All of them are in {place}."
            )
        else:
            advice.append(f"There are too many rejected rows to attach; they are in {place}.")
    if rejected and result.status is Status.IMPORTED_WITH_ERRORS:
        folder = importer.home_folder(file.path) or "the same folder"
        advice.append(
            f"Correct them there and upload that file to {folder} under its own name. The other rows have been loaded."
        )
    if result.status is Status.IMPORTED_WITH_ERRORS and file.rows_waiting:
        advice.append(
            "Waiting rows are loaded automatically as soon as the record they refer to arrives; they need not be sent"
            " again."
        )
    return [wording.printable(line) for line in advice]
