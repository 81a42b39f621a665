"""The other files of a day in which documents may have begun that go on in a file."""

from collections.abc import Sequence
from dataclasses import dataclass

from wiseparts_pipeline.config.columns import Sequence as Numbering
from wiseparts_pipeline.config.file_names import in_parts
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.importing.discovery.companions import as_sent
from wiseparts_pipeline.importing.ledger.order import FileOfDay, files_of_day
from wiseparts_pipeline.importing.ledger.rows import LedgerFile
from wiseparts_pipeline.warehouse import Connection


@dataclass(frozen=True)
class Parts:
    """The importer's files of the same day: earlier imports of this `same` one, and `others`.

    `numbering`: what the importer says of documents that occur in several of them; None if nothing.
    """

    name: str
    numbering: Numbering | None
    same: Sequence[FileOfDay]
    others: Sequence[FileOfDay]

    @classmethod
    def of(cls, connection: Connection, importer: ImporterSettings, file: LedgerFile) -> "Parts | None":
        """None if the importer's files number their lines themselves."""
        rules = [rule for rule in importer.columns.values() if rule.sequence_within is not None]
        if not rules:
            return None
        (numbering,) = (rule.sequence for rule in rules)
        # Unless the importer says so, files of different times are different exports.
        moment = None if numbering is Numbering.CONTINUE else file.file_moment
        found = files_of_day(connection, importer.name, file.file_date, moment)
        part, folder = _part(importer, file.name), _folder(importer, file.path)
        same = [
            each
            for each in found
            if _part(importer, each.name) == part and _folder(importer, each.path) in (folder, None)
        ]
        return cls(file.name, numbering, same, [each for each in found if each not in same])

    def is_followed_by(self, other: FileOfDay) -> bool:
        """Whether another file is, by its name, a later part of the same export."""
        return other not in self.same and in_parts(self.name) < in_parts(other.name)


def _folder(importer: ImporterSettings, path: str) -> object:
    """What tells the folder of a file from others of the importer; None for a file of this machine."""
    return importer.folder_names.texts(importer.home_folder(path)) if importer.folder_names.is_pattern else None


def _part(importer: ImporterSettings, name: str) -> object:
    """What tells the name of one part of an export from that of another; an error file has that of its original."""
    sent = as_sent(importer, name)
    names = importer.file_names
    return [each.pattern for each in names.matching(sent)], names.date_text(sent), names.wildcards(sent)
