"""The versions of an exporter's records in ops.exports: the last one of each, and what is to become of it."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from wiseparts_pipeline.config.exports.exporter import ExporterSettings
from wiseparts_pipeline.exporting.export import Code, Status, record_uuid
from wiseparts_pipeline.exporting.noting.wanted import Record
from wiseparts_pipeline.warehouse import Connection
from wiseparts_pipeline.warehouse.locks import lock_until_commit

# The columns of a new version, with their types: in binary, as it takes less time than text.
_COPIED = {
    "exporter": "text",
    "entity": "text",
    "record_uuid": "uuid",
    "record_key": "text",
    "version": "int4",
    "status": "text",
    "code": "text",
    "file_id": "int8",
    "again": "bool",
}


@dataclass(frozen=True, slots=True)
class Version:
    """The last version of a record that was noted."""

    export_id: int
    record_key: str | None
    version: int
    status: Status
    code: str | None

    @property
    def is_at_receiver(self) -> bool:
        return self.status in (Status.DELIVERED, Status.COLLECTED)

    @property
    def is_delivered(self) -> bool:
        """Whether the receiver has what is in it."""
        return self.is_at_receiver or self.code == Code.UNCHANGED

    @property
    def is_before_start(self) -> bool:
        return self.code == Code.BEFORE_START

    @property
    def is_open(self) -> bool:
        """Whether it is still to be delivered, or was until it was given up."""
        return self.status in (Status.WAITING, Status.HELD, Status.GIVEN_UP)


class NewVersion(NamedTuple):
    """A version of a record that is to be noted. A tuple, as an import may bring thousands."""

    record: Record
    version: int = 1
    status: Status = Status.WAITING
    code: Code | None = None
    again: bool = False


class Versions:
    """The versions of an exporter's records, in the transaction of a connection."""

    def __init__(self, connection: Connection, exporter: ExporterSettings) -> None:
        self._connection = connection
        self._exporter = exporter
        row = connection.execute("select namespace from ops.installation").fetchone()
        assert row is not None
        self._namespace: UUID = row[0]

    def lock(self) -> bool:
        """Has nobody else note anything of the exporter until the transaction ends; False if it was not started yet.

        It is now: the caller is the one who has to note what is there already.
        """
        lock_until_commit(self._connection, f"wiseparts.noting.{self._exporter.name}")
        self._take_over()
        started = "insert into ops.exporters (exporter) values (%s) on conflict do nothing"
        return not self._connection.execute(started, [self._exporter.name]).rowcount

    def _take_over(self) -> None:
        """Has the records of the exporter's former name be its own, unless it has already noted some itself."""
        names = {"name": self._exporter.name, "formerly": self._exporter.formerly}
        renamed = """
            update ops.exporters set exporter = %(name)s
            where exporter = %(formerly)s and not exists (select from ops.exporters where exporter = %(name)s)
        """
        if self._exporter.formerly is not None and self._connection.execute(renamed, names).rowcount:
            theirs = "update ops.exports set exporter = %(name)s where exporter = %(formerly)s"
            self._connection.execute(theirs, names)

    def last(self, records: Iterable[Record]) -> list[tuple[Record, Version]]:
        """Those of the records that are known, with the last version of each.

        Locked until the transaction ends: one that is being delivered is delivered then.
        """
        by_uuid = {self._uuid(record): record for record in records if record.is_known}
        found: dict[UUID, Version] = {}
        if by_uuid:
            rows = self._connection.execute(
                """
                select record_uuid, export_id, record_key, version, status, code from ops.exports
                where exporter = %s and record_uuid = any(%s) order by record_uuid, version for update
                """,
                [self._exporter.name, list(by_uuid)],
            )
            for uuid, export_id, key, version, status, code in rows:
                found[uuid] = Version(export_id, key, version, Status(status), code)
        return [(record, found[uuid]) for uuid, record in by_uuid.items() if uuid in found]

    def add(self, versions: Sequence[NewVersion]) -> None:
        """Notes versions, due now unless their status says otherwise."""
        if not versions:
            return
        name, entity = self._exporter.name, self._exporter.entity
        copied = "copy ops.exports ({}) from stdin (format binary)".format(", ".join(_COPIED))
        with self._connection.cursor() as cursor, cursor.copy(copied.encode()) as copy:
            copy.set_types(list(_COPIED.values()))
            for record, version, status, code, again in versions:
                copy.write_row(
                    (name, entity, self._uuid(record), record.key, version, status, code, record.file_id, again)
                )

    def take_up(self, found: Iterable[tuple[Record, Version]], *, again: bool = False) -> None:
        """Has known records wait for delivery: in the last version, or the next one where that was delivered."""
        new: list[NewVersion] = []
        due: list[int] = []
        for record, last in found:
            if last.is_at_receiver:
                new.append(NewVersion(record, last.version + 1, again=again))
            else:
                due.append(last.export_id)
        self.add(new)
        self.make_due(due, again=again)

    def make_due(self, export_ids: Collection[int], *, again: bool = False) -> int:
        """Has versions that are not delivered wait, due now; returns how many. `again`: see Export."""
        if not export_ids:
            return 0
        return self._connection.execute(
            """
            update ops.exports
            set status = 'waiting', code = null, error = null, attempts = 0, next_attempt_at = now(),
                failing_since = null, again = again or %s,
                noted_at = case when status in ('given_up', 'cancelled') then clock_timestamp() else noted_at end,
                told = case when status in ('given_up', 'cancelled') then null else told end
            where export_id = any(%s)
            """,
            [again, list(export_ids)],
        ).rowcount

    def cancel(self, export_ids: Collection[int], code: Code, error: str) -> None:
        if export_ids:
            self._connection.execute(
                "update ops.exports set status = 'cancelled', code = %s, error = %s where export_id = any(%s)",
                [code, error, list(export_ids)],
            )

    def explain(self, export_ids: Collection[int], code: Code, error: str) -> None:
        """Notes of versions what is to be known of them, and leaves their status. KEY in it becomes the record's."""
        if export_ids:
            self._connection.execute(
                "update ops.exports set code = %s, error = replace(%s, 'KEY', record_key) where export_id = any(%s)",
                [code, error, list(export_ids)],
            )

    def rename(self, records: Collection[Record]) -> None:
        """Gives the versions of records the key that these have now."""
        if records:
            with self._connection.cursor() as cursor:
                cursor.executemany(
                    "update ops.exports set record_key = %s where exporter = %s and record_uuid = %s",
                    [(record.key, self._exporter.name, self._uuid(record)) for record in records],
                )

    def _uuid(self, record: Record) -> UUID:
        return record_uuid(self._namespace, self._exporter.entity_definition, record.key or "", record.system_id)
