"""What the database keeps of a person's rows besides records: rejected and deferred rows, errors of files, e-mails."""

import email
import email.policy
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.message import EmailMessage

from psycopg.rows import class_row

from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.entities.schema import FORGOTTEN, Entity
from wiseparts_pipeline.forgetting.person import Person
from wiseparts_pipeline.forgetting.texts import Texts
from wiseparts_pipeline.forgetting.words import whole, whole_in_sql
from wiseparts_pipeline.importing.validation.forgotten import KEPT_CELLS, MESSAGE
from wiseparts_pipeline.warehouse import Connection

# By importer, the columns of its files that the person's key is made of.
KeyColumns = Mapping[str, set[str]]

_ENTRIES = """
    with entries as (
        select 'rejected' as kind, rejected_row_id, file_id, row_number, entity, key, column_name, message, value,
            raw::text as raw
        from ops.rejected_entries
        union all
        select 'deferred', rejected_row_id, file_id, row_number, entity, key, column_name, message, value,
            came.raw::text
        from ops.deferred_entries inner join ops.deferred_rows as came using (file_id, row_number)
    )
    select entries.*, file.importer,
        exists (
            select from ops.forgotten as known
            where known.entity = entries.entity and known.key = entries.key
                and known.person_entity = %(entity)s and known.person_key = any(%(keys)s)
        ) as is_own
    from entries inner join ops.import_files as file using (file_id)
    where message <> %(emptied)s and (
        exists (
            select from ops.forgotten as known
            where known.entity = entries.entity and known.key = entries.key
                and known.person_entity = %(entity)s and known.person_key = any(%(keys)s)
        )
        or exists (
            select from unnest(%(needles)s::text[]) as needle
            where position(needle in concat_ws(' ', entries.raw, entries.value, entries.message)) > 0
        )
        or entries.entity = any(%(entities)s) and entries.raw ~ %(words)s
    )
"""


@dataclass(frozen=True)
class Entry:
    """An entry of a rejected or deferred row of the person. `is_own`: by its key, it is one of the person's records."""

    kind: str
    rejected_row_id: int
    file_id: int
    row_number: int
    entity: str
    key: str | None
    column_name: str | None
    message: str
    value: str | None
    raw: str | None
    importer: str
    is_own: bool


def find_entries(connection: Connection, person: Person, identities: Texts, columns: KeyColumns) -> list[Entry]:
    """The entries of the person's rows that still have something in them."""
    given = {
        "entity": person.entity.name,
        "keys": list(person.keys),
        "needles": identities.forms,
        "entities": [entity.name for entity in ENTITIES.values() if _is_of(entity, person)],
        "words": whole_in_sql(json.dumps(key, ensure_ascii=False)[1:-1] for key in person.keys),
        "emptied": MESSAGE,
    }
    # Piece by piece: a short key is in many rows.
    with connection.cursor("entries", row_factory=class_row(Entry)) as cursor:
        cursor.execute(_ENTRIES.encode(), given)
        return [entry for entry in cursor if entry.raw != "{}" and _is_about(entry, person, identities, columns)]


def texts_of(entries: list[Entry]) -> Iterator[str]:
    """The values that were reported of the entries, of personal columns and of rows that could not be split.

    Any other value, such as a date, leads to many.
    """
    for entry in entries:
        personal = {column.name for column in ENTITIES[entry.entity].personal_columns}
        is_split = entry.key is not None or entry.column_name is not None
        if entry.value and (entry.column_name in personal or not is_split):
            yield entry.value


def empty_reports(connection: Connection, entries: list[Entry], identities: Texts, texts: Texts) -> Counter[str]:
    """Empties the entries, the errors of files that have one of the texts, and e-mails about them or the person."""
    counts: Counter[str] = Counter()
    for entry in entries:
        cells = json.loads(entry.raw or "{}")
        kept = json.dumps({name: cell for name, cell in cells.items() if name in KEPT_CELLS}, ensure_ascii=False)
        if entry.kind == "rejected":
            connection.execute(
                "update ops.rejected_entries set raw = %s, value = null, message = %s where rejected_row_id = %s",
                [kept, MESSAGE, entry.rejected_row_id],
            )
            counts["ops.rejected_entries"] += 1
        else:
            counts["ops.deferred_rows"] += connection.execute(
                "update ops.deferred_rows set raw = %s where file_id = %s and row_number = %s and raw::text <> %s",
                [kept, entry.file_id, entry.row_number, kept],
            ).rowcount
    for file_id, error in connection.execute("select file_id, error from ops.import_files where error is not null"):
        if texts.are_in(error):
            connection.execute(
                "update ops.import_files set error = %s where file_id = %s", [texts.hidden(error), file_id]
            )
            counts["ops.import_files"] += 1
    counts["ops.outbox"] = _withdraw_mails(connection, {entry.file_id for entry in entries}, identities)
    return counts


def _is_about(entry: Entry, person: Person, identities: Texts, columns: KeyColumns) -> bool:
    text = f"{entry.raw} {entry.value} {entry.message}"
    if entry.is_own or identities.are_in(text):
        return True
    if not _is_of(ENTITIES[entry.entity], person):
        return False
    # The cells of a row that could not be split are in wrong columns.
    is_split = entry.key is not None or entry.column_name is not None
    keys = re.compile(whole(person.keys))
    wanted = columns.get(entry.importer) if is_split else None
    return any(
        keys.search(str(cell)) if wanted and name in wanted else wanted is None and str(cell).strip() in person.keys
        for name, cells in json.loads(entry.raw or "{}").items()
        for cell in (cells if isinstance(cells, list) else [cells])
    )


def _is_of(entity: Entity, person: Person) -> bool:
    """Whether rows of the entity are of such persons."""
    return entity.person is not None and entity.person.entity == person.entity.name


def _withdraw_mails(connection: Connection, file_ids: set[int], identities: Texts) -> int:
    """Deletes e-mails that were not sent yet and have something about the person, which cannot be cut out of them."""
    count = 0
    mails = connection.execute(
        "select mail_id, file_ids, subject, message from ops.outbox where message is not null for update"
    ).fetchall()
    for mail_id, about, subject, message in mails:
        if not file_ids.intersection(about) and not identities.are_in(f"{subject} {_content(message)}"):
            continue
        connection.execute(
            "update ops.outbox set status = 'given_up', message = null, subject = %s, last_error = %s"
            " where mail_id = %s",
            [identities.hidden(subject), f"{FORGOTTEN}: it was about a person who was forgotten", mail_id],
        )
        count += 1
    return count


def _content(message: bytes) -> str:
    parsed = email.message_from_bytes(message, policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    parts = [part.get_payload(decode=True) for part in parsed.walk() if not part.is_multipart()]
    return " ".join(part.decode("utf-8", "replace") for part in parts if isinstance(part, bytes))
