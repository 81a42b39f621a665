"""The mail about an importer's run: as text, as HTML, and with the error files."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import localtime, make_msgid
from functools import cache
from itertools import groupby
from pathlib import Path, PurePosixPath
from typing import Any

import jinja2
from psycopg.rows import dict_row

from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.importing.engine import FileResult, ImportResult
from wiseparts_pipeline.importing.error_files import write_error_file
from wiseparts_pipeline.importing.ledger import Status
from wiseparts_pipeline.notify import wording
from wiseparts_pipeline.warehouse import Connection

# What a mail shows and carries; the import log and the error files on the server have the rest.
FILES_SHOWN = 20
FAULTS_SHOWN = 12
MESSAGES_SHOWN = 5
ROWS_SHOWN = 10
FILES_ATTACHED = 5
ATTACHED_BYTES = 1_000_000

# Not every server on the way takes 8-bit text.
_POLICY = SMTP.clone(cte_type="7bit")


@dataclass(frozen=True)
class Faults:
    """The entries of one code and column: how many, and the first of them as messages, each behind its rows."""

    title: str
    messages: list[tuple[str, str]]


@dataclass(frozen=True)
class FileReport:
    """What the mail says of a file."""

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
    def counts_said(self) -> str:
        return ", ".join(f"{count:,} {name}" for name, count in self.counts if count or name == "read")


@dataclass(frozen=True)
class Attachment:
    """An error file: its name, its bytes, and how many of the file's rejected rows are in it."""

    name: str
    content: bytes
    rows: int


def write_mail(
    connection: Connection, importer: ImporterSettings, result: ImportResult, sender: Address, folder: Path
) -> EmailMessage:
    """The mail to the importer's recipients; `folder` is for files on the way."""
    assert importer.notify is not None
    # What has to be mended comes first, and is what is shown when there are too many.
    files = sorted(result.files, key=_gravity)
    attachments = _attachments(connection, importer, files, folder)
    shown = [
        _file_report(connection, importer, file, attachments.get(file.file["file_id"])) for file in files[:FILES_SHOWN]
    ]
    content = {
        "importer": importer,
        "headline": wording.subject(importer.name, result.files),
        "files": shown,
        "more_files": len(files) - len(shown),
        "notes": [wording.printable(note) for note in [*result.problems, *result.waiting]],
        "tone": _tone(files[0]),
    }
    message = EmailMessage(policy=_POLICY)
    message["From"] = sender
    message["To"] = [Address(addr_spec=recipient) for recipient in importer.notify.to]
    message["Subject"] = wording.subject(importer.name, result.files)
    message["Date"] = localtime()
    message["Message-ID"] = make_msgid(domain=sender.domain)
    # Holidays are not answered to a machine.
    message["Auto-Submitted"] = "auto-generated"
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


_TONES = ("bad", "look", "good")


def _tone(result: FileResult) -> str:
    if result.status in (Status.REFUSED, Status.FAILED):
        return "bad"
    return "look" if wording.needs_a_look(ImportResult(files=[result])) else "good"


def _gravity(result: FileResult) -> tuple[int, int, int]:
    return _TONES.index(_tone(result)), -result.file["rows_rejected"], -result.file["rows_waiting"]


def _file_report(
    connection: Connection, importer: ImporterSettings, result: FileResult, attachment: Attachment | None
) -> FileReport:
    file = result.file
    faults = list(_faults(connection, file["file_id"]))
    return FileReport(
        name=wording.printable(file["name"]),
        tone=_tone(result),
        outcome=wording.outcome(result),
        counts=[(name, file[f"rows_{name}"]) for name in wording.COUNTS],
        error=[wording.printable(line) for line in (file["error"] or "").splitlines()],
        warnings=wording.warnings(file),
        faults=faults[:FAULTS_SHOWN],
        more_faults=len(faults[FAULTS_SHOWN:]),
        advice=_advice(importer, result, attachment),
    )


def _faults(connection: Connection, file_id: int) -> Iterator[Faults]:
    """What is wrong with the file's rows, rejected ones first, by code and column."""
    with connection.cursor(row_factory=dict_row) as cursor:
        entries = cursor.execute(
            """
            with entries as (
                select status, code, column_name, row_number, message, value,
                    row_number() over same as place, count(*) over (partition by status, code, column_name) as total
                from ops.rejected_rows where file_id = %s and status <> 'resolved'
                window same as (partition by status, code, column_name order by row_number, rejected_row_id)
            )
            select * from entries where place <= %s
            order by status, total desc, code, column_name, place
            """,
            [file_id, ROWS_SHOWN],
        ).fetchall()
    for (status, code, column), group in groupby(entries, key=lambda e: (e["status"], e["code"], e["column_name"])):
        same = list(group)
        yield _same_faults(status, code.replace("_", " "), column, same)


def _same_faults(status: str, code: str, column: str | None, entries: Sequence[dict[str, Any]]) -> Faults:
    total = entries[0]["total"]
    what = f"{column}: {code}" if column else code
    by_message: dict[str, list[int]] = {}
    for entry in entries:
        by_message.setdefault(_message(entry), []).append(entry["row_number"])
    told = list(by_message.items())[:MESSAGES_SHOWN]
    if len(told) == 1:
        messages = [(wording.numbers(numbers, total), message) for message, numbers in told]
    else:
        messages = [(wording.numbers(numbers, len(numbers)), message) for message, numbers in told]
        shown = sum(len(numbers) for _, numbers in told)
        if total > shown:
            messages.append((f"{wording.rows(total - shown)} more", "likewise."))
    return Faults(f"{wording.rows(total)} {status}: {what}", messages)


def _message(entry: dict[str, Any]) -> str:
    """The message, with the value where it does not have it in it."""
    message, value = wording.printable(entry["message"]), wording.printable(entry["value"] or "")
    known = not value or value[:20] in message
    return message if known else f"{message} ({wording.shortened(value)})"


def _attachments(
    connection: Connection, importer: ImporterSettings, files: Sequence[FileResult], folder: Path
) -> dict[int, Attachment]:
    """Error files by file id."""
    attachments = {}
    for file in [result.file for result in files if result.file["rows_rejected"]][:FILES_ATTACHED]:
        path = folder / "errors.csv"
        count = write_error_file(
            connection, file["file_id"], path, importer.file, for_people=True, max_bytes=ATTACHED_BYTES
        )
        if count:
            name = PurePosixPath(file["error_file"] or f"{file['name']}.errors.csv").name
            attachments[file["file_id"]] = Attachment(wording.printable(name), path.read_bytes(), count)
    return attachments


def _advice(importer: ImporterSettings, result: FileResult, attachment: Attachment | None) -> list[str]:
    """What to do about the file, and where its rejected rows are."""
    file = result.file
    rejected = file["rows_rejected"]
    place = f"{file['source']}:{file['error_file']}"
    if not file["error_file"]:
        place = f"the file that `wiseparts errors {file['file_id']} --csv PATH` writes"
    advice = []
    if rejected:
        if attachment and attachment.rows == rejected:
            advice.append(f"The {wording.rows(rejected)} that were rejected are attached as {attachment.name}.")
        elif attachment:
            advice.append(
                f"{attachment.name}, which is attached, is cut: it has the first {attachment.rows:,} of"
                f" {rejected:,} rejected rows. All of them are in {place}."
            )
        else:
            advice.append(f"The rejected rows are too many to be attached; they are in {place}.")
    if rejected and result.status is Status.IMPORTED_WITH_ERRORS:
        advice.append(
            f"Correct them there and put that file into {importer.folder or 'the same folder'}, under its name; the"
            " other rows are loaded already."
        )
    if result.status is Status.IMPORTED_WITH_ERRORS and file["rows_waiting"]:
        advice.append(
            "Rows that are waiting are loaded by themselves as soon as the record they refer to arrives; they need not"
            " be sent again."
        )
    return [wording.printable(line) for line in advice]
