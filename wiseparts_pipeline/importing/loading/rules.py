"""How the rows of one file are loaded into their entity's table."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from psycopg import sql

from wiseparts_pipeline.config.importer import ImporterSettings, Mode
from wiseparts_pipeline.config.records.duplicates import Combine, Duplicates
from wiseparts_pipeline.config.records.protection import always_protected, protected_from
from wiseparts_pipeline.entities.schema import Entity, Policy, Reference
from wiseparts_pipeline.importing.ledger.order import is_newer, newer_files
from wiseparts_pipeline.importing.ledger.rows import LedgerFile
from wiseparts_pipeline.importing.loading.other_files.parts import Parts
from wiseparts_pipeline.importing.loading.other_files.snapshots import SnapshotScope
from wiseparts_pipeline.importing.validation.forgotten import Forgotten
from wiseparts_pipeline.warehouse import Connection


def applicable(
    connection: Connection, entity: Entity, policies: Mapping[str, Policy], *, stated: Collection[str] = ()
) -> dict[str, Policy]:
    """The policies without those of optional references to records of which there are none at all.

    `stated`: the columns whose reference the importer's settings ask for, in any case.
    """

    def is_applicable(reference: Reference) -> bool:
        row = connection.execute(
            sql.SQL("select exists (select from {})").format(sql.Identifier("raw", reference.entity))
        ).fetchone()
        return bool(row and row[0])

    return {
        name: policy
        for name, policy in policies.items()
        if name in stated or not entity.references[name].optional or is_applicable(entity.references[name])
    }


@dataclass(frozen=True)
class LoadRules:
    """How the rows of one file are loaded into its entity's table.

    `newer`: the files whose records the rows do not overwrite. `scope`: of an importer of full snapshots, the records
    that its files speak for. `parts`: of one whose files do not number their lines, those of the same day.
    `corrects`: the file that the rows were rejected from before. `sources`: what the file calls the columns that have
    another name there. `forgotten`: whose rows are emptied.
    `protect`: columns that are never overwritten; `protect_from`: by importer, those that are not once it has brought
    the record. `new_only`: rows of records that came with another file are rejected.
    """

    entity: Entity
    importer: str
    source: str
    file_id: int
    file_name: str
    file_date: date | None
    file_moment: datetime | None
    file_bytes: int
    policies: Mapping[str, Policy]
    duplicates: Duplicates | Combine
    mode: Mode
    protect: tuple[str, ...]
    new_only: bool = False
    protect_from: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    newer: tuple[int, ...] = ()
    scope: SnapshotScope | None = None
    parts: Parts | None = None
    corrects: int | None = None
    sources: Mapping[str, str] = field(default_factory=dict)
    forgotten: Forgotten | None = None

    @classmethod
    def of(
        cls,
        connection: Connection,
        importer: ImporterSettings,
        file: LedgerFile,
        *,
        force: bool = False,
        new_only: bool = False,
        corrects: int | None = None,
        partial: bool = False,
        siblings: Sequence[ImporterSettings] | None = None,
    ) -> "LoadRules":
        """The rules of an importer for a file; with `force` the changes of newer files are overwritten.

        `partial`: it is an error file, which has the rejected rows only and is never a full snapshot. `siblings`: the
        other importers of the same entity and source, if they are known.
        """
        found = newer_files(connection, importer.entity, is_newer(file.file_date, file.file_moment))
        newer = [] if force else found
        snapshot = importer.mode is Mode.SNAPSHOT
        apart = set(protected_from(importer.protect))
        if isinstance(importer.duplicates, Combine):
            # The parts of a record are in order, whichever came first.
            apart |= {importer.name}
        return cls(
            entity=importer.entity_definition,
            importer=importer.name,
            source=importer.source,
            file_id=file.file_id,
            file_name=file.name,
            file_date=file.file_date,
            file_moment=file.file_moment,
            file_bytes=file.size_bytes,
            policies=applicable(
                connection,
                importer.entity_definition,
                {name: importer.policy(name) for name in importer.entity_definition.references},
                stated=importer.references,
            ),
            duplicates=importer.duplicates,
            mode=Mode.UPSERT if partial and snapshot else importer.mode,
            protect=always_protected(importer.protect),
            new_only=new_only,
            protect_from=protected_from(importer.protect),
            newer=tuple(each.file_id for each in newer if each.importer not in apart),
            scope=SnapshotScope.of(connection, importer, file, newer, siblings) if snapshot else None,
            parts=Parts.of(connection, importer, file),
            corrects=corrects,
        )

    def newer_file(self, *, by_arrival: bool) -> sql.Composed:
        """The condition that `file`, a row of the ledger, is newer than this one; see `is_newer`.

        `by_arrival`: of the same day, one that was detected later is newer, unless the names' times say otherwise.
        """
        return is_newer(self.file_date, self.file_moment, self.file_id if by_arrival else None)
