"""How the rows of one file are loaded into their entity's table."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from wiseparts_pipeline.config.importer import ImporterSettings, Mode
from wiseparts_pipeline.config.records.duplicates import Combine, Duplicates
from wiseparts_pipeline.config.records.protection import always_protected, protected_from
from wiseparts_pipeline.entities.schema import Entity, Policy
from wiseparts_pipeline.importing.ledger.history import newer_files
from wiseparts_pipeline.importing.ledger.rows import LedgerFile
from wiseparts_pipeline.warehouse import Connection


@dataclass(frozen=True)
class LoadRules:
    """How the rows of one file are loaded into its entity's table.

    `newer`: the files whose records the rows do not overwrite. `overtaken`: one of them was a full snapshot, so a
    record that is not stored is not created either. `corrects`: the file that the rows were rejected from before.
    `protect`: columns that are never overwritten; `protect_from`: by importer, those that are not once it has brought
    the record.
    """

    entity: Entity
    importer: str
    source: str
    file_id: int
    file_name: str
    file_date: date | None
    policies: Mapping[str, Policy]
    duplicates: Duplicates | Combine
    mode: Mode
    protect: tuple[str, ...]
    protect_from: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    newer: tuple[int, ...] = ()
    overtaken: bool = False
    corrects: int | None = None

    @classmethod
    def of(
        cls,
        connection: Connection,
        importer: ImporterSettings,
        file: LedgerFile,
        *,
        force: bool = False,
        corrects: int | None = None,
        partial: bool = False,
    ) -> "LoadRules":
        """The rules of an importer for a file; with `force` the changes of newer files are overwritten.

        `partial`: it is an error file, which has the rejected rows only and is never a full snapshot.
        """
        newer = newer_files(connection, importer.entity, file.file_date)
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
            policies={name: importer.policy(name) for name in importer.entity_definition.references},
            duplicates=importer.duplicates,
            mode=Mode.UPSERT if partial and importer.mode is Mode.SNAPSHOT else importer.mode,
            protect=always_protected(importer.protect),
            protect_from=protected_from(importer.protect),
            newer=() if force else tuple(each.file_id for each in newer if each.importer not in apart),
            overtaken=not force
            and importer.mode is Mode.SNAPSHOT
            and any(each.importer == importer.name for each in newer),
            corrects=corrects,
        )


@dataclass(frozen=True)
class Deletion:
    """What a full snapshot deletes: how many of how many stored records, and whether that is held back."""

    missing: int
    stored: int
    held_back: bool = False
