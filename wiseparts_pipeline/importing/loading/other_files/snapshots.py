"""Which records a full snapshot speaks for: its importer's, those with certain values, or all of its source.

A record that is not among them is another sender's, and is not deleted because the file lacks it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from psycopg import sql

from wiseparts_pipeline.config.file_names import DATE
from wiseparts_pipeline.config.importer import WHOLE_SOURCE, ImporterSettings, Mode
from wiseparts_pipeline.importing.discovery.companions import as_sent
from wiseparts_pipeline.importing.ledger.history import BroughtBy, has_other_importers
from wiseparts_pipeline.importing.ledger.order import NewerFile, files_of_day, note_snapshot_values
from wiseparts_pipeline.importing.ledger.rows import LedgerFile
from wiseparts_pipeline.warehouse import Connection


@dataclass(frozen=True)
class Deletion:
    """What a full snapshot deletes: how many of how many stored records, and whether that is held back.

    `kept`: how many of those missing stay, because another list of the same day brought them. `records`: which records
    are meant, in words. `file`: the snapshot's name. `brought_by`: the files that brought what is missing, the one
    that brought most of it first.
    """

    missing: int
    stored: int
    held_back: bool = False
    kept: int = 0
    records: str = ""
    file: str = ""
    brought_by: tuple[BroughtBy, ...] = ()


@dataclass(frozen=True)
class SnapshotScope:
    """The records that a file of a full-snapshot importer speaks for.

    `within`: the columns whose values in the file tell which; else those that `importer` has brought, if there are
    `others` of the same entity and source, and else all of `source`. `overtaken`: a newer snapshot speaks for all of
    them; `overtaken_values`: for those with these values. `other_snapshots`: which of the others send full snapshots,
    None where that is not known. `rivals`: the files of the same day that are, by their names, other lists. `values`:
    those of the file, in the form of `value`, once they are noted.
    """

    source: str
    importer: str
    file: str
    within: tuple[str, ...] = ()
    others: bool = False
    other_snapshots: tuple[str, ...] | None = None
    overtaken: bool = False
    overtaken_values: tuple[str, ...] = ()
    rivals: tuple[int, ...] = ()
    values: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        connection: Connection,
        importer: ImporterSettings,
        file: LedgerFile,
        newer: Sequence[NewerFile],
        siblings: Sequence[ImporterSettings] | None,
    ) -> "SnapshotScope":
        """`newer`: the files that overtake this one. `siblings`: the importers of the same entity and source, if known.

        An importer without siblings speaks for the whole source, also for what it brought under another name.
        """
        own = [each.snapshot_values for each in newer if each.importer == importer.name]
        whole = importer.snapshot_within == (WHOLE_SOURCE,)
        within = () if whole else importer.snapshot_within
        if siblings is None:
            others = has_other_importers(connection, importer.entity, importer.source, importer.name)
        else:
            others = bool(siblings)
        return cls(
            source=importer.source,
            importer=importer.name,
            file=file.path,
            within=within,
            others=others and not whole,
            other_snapshots=None
            if siblings is None
            else tuple(each.name for each in siblings if each.mode is Mode.SNAPSHOT),
            overtaken=any(not within or values is None for values in own),
            overtaken_values=tuple({value for values in own for value in values or ()}),
            rivals=() if importer.snapshot_within else _rivals(connection, importer, file),
        )

    def noted(self, connection: Connection, file_id: int, values: Sequence[str]) -> "SnapshotScope":
        """With the values that the file has, which the ledger keeps for older files that come later."""
        note_snapshot_values(connection, file_id, values)
        return replace(self, values=tuple(set(values) - set(self.overtaken_values)))

    def value(self, table: str) -> sql.Composable:
        """The values of a row or record that tell whether it is spoken for, as one text."""
        names = sql.SQL(", ").join(sql.Identifier(table, name) for name in self.within)
        return sql.SQL("jsonb_build_array({})::text").format(names)

    def has_record(self) -> sql.Composable:
        """The condition that the stored record is spoken for."""
        if self.within:
            return self._has(self.value("stored"))
        if not self.others:
            return sql.SQL("true")
        own = _files_of([self.importer])
        if self.other_snapshots is None:
            return sql.SQL("stored._file_id in ({})").format(own)
        # What only changes records does not take them over; another full snapshot that changed one has it now.
        return sql.SQL(
            "(stored._file_id in ({own}) or stored._created_file_id in ({own}) and stored._file_id not in ({others}))"
        ).format(own=own, others=_files_of(self.other_snapshots))

    def is_overtaken(self, table: str) -> sql.Composable:
        """The condition that a newer full snapshot speaks for the row or record."""
        if self.overtaken:
            return sql.SQL("true")
        return sql.SQL("{} = any({}::text[])").format(self.value(table), sql.Literal(list(self.overtaken_values)))

    def has_deferred(self) -> sql.Composable:
        """The condition that the deferred row `waiting` of `file` is spoken for."""
        if self.within:
            return self._has(self.value("waiting"))
        return sql.SQL("file.importer = {}").format(sql.Literal(self.importer)) if self.others else sql.SQL("true")

    def _has(self, value: sql.Composable) -> sql.Composable:
        return sql.SQL("{} = any({}::text[])").format(value, sql.Literal(list(self.values)))

    @property
    def records(self) -> str:
        """Which records are spoken for, in words."""
        if self.within:
            return f"{self.source} with the {' and '.join(self.within)} of its rows"
        return self.source + (f" that {self.importer} has brought" if self.others else "")


def _files_of(importers: Sequence[str]) -> sql.Composable:
    return sql.SQL("select file_id from ops.import_files where importer = any({})").format(sql.Literal(list(importers)))


def _rivals(connection: Connection, importer: ImporterSettings, file: LedgerFile) -> tuple[int, ...]:
    return tuple(
        each.file_id
        for each in files_of_day(connection, importer.name, file.file_date, file.file_moment)
        if is_other_list(importer, file.path, each.path)
    )


def is_other_list(importer: ImporterSettings, path: str, other: str) -> bool:
    """Whether two files of a day match different patterns, or have different texts in the place of `*`."""
    sent = [as_sent(importer, each.rpartition("/")[2]) for each in (path, other)]
    patterns = [names[0] for each in sent if (names := importer.file_names.matching(each))]
    if len(set(patterns)) > 1:
        return True
    texts = [importer.file_names.wildcards(each) for each in sent]
    folders = [importer.folder_names.texts(importer.home_folder(each)) for each in (path, other)]
    is_elsewhere = None not in folders and folders[0] != folders[1]
    # Without a date, the texts may be dates.
    is_dated = DATE in importer.folder or any(DATE in names.pattern for names in patterns)
    return is_dated and (is_elsewhere or texts[0] != texts[1])
