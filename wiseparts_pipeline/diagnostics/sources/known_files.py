"""What discovery and the import log know of the files on a source."""

import math
from itertools import chain

from wiseparts_pipeline.config.source import SourceSettings
from wiseparts_pipeline.importing.discovery.listing import Discovery
from wiseparts_pipeline.importing.discovery.problems import ProblemKind
from wiseparts_pipeline.importing.ledger import table as ledger
from wiseparts_pipeline.importing.ledger.outcome import Status
from wiseparts_pipeline.importing.ledger.rows import LedgerFile
from wiseparts_pipeline.transport import RemoteFile
from wiseparts_pipeline.warehouse import Connection
from wiseparts_pipeline.warehouse.connection import current_time


class KnownFiles:
    """What discovery and the import log know of the files on a source."""

    def __init__(self, connection: Connection, discovery: Discovery) -> None:
        unsettled = list(chain.from_iterable(discovery.unsettled.values()))
        incomplete = list(chain.from_iterable(discovery.incomplete.values()))
        pending = [
            each for file in chain.from_iterable(discovery.pending.values()) for each in (file, *file.companions)
        ]
        left = list(chain.from_iterable(discovery.left.values()))
        present = [*pending, *unsettled, *(each.file for each in incomplete), *left]
        self.files = {(file.importer, file.path): file for file in present}
        # By file_id, the pattern of the file that a set lacks.
        self.missing = {each.file.file_id: each.pattern for each in incomplete}
        self._unsettled = {file.file_id for file in unsettled}
        self._left = {file.file_id for file in left}
        # By path, why a file is left for which several companions match, and why each of these is.
        self.ambiguous: dict[str, str] = {}
        for problem in discovery.problems:
            if problem.kind is ProblemKind.SEVERAL_COMPANIONS:
                self.ambiguous |= dict.fromkeys(problem.others, str(problem))
                self.ambiguous[problem.path] = problem.message
        tried = [file.file_id for file in self.files.values() if file.status is not Status.DETECTED]
        self._errors = ledger.errors(connection, tried)
        self._now = current_time(connection)

    def is_unsettled(self, file: LedgerFile) -> bool:
        """Whether a file that is to be imported is still being written."""
        return file.file_id in self._unsettled and file.status in (Status.DETECTED, Status.FAILED)

    def is_left(self, file: LedgerFile) -> bool:
        """Whether a file that has been imported stays for another importer."""
        return file.file_id in self._left

    def error(self, file: LedgerFile) -> str:
        """What went wrong with a file when it was last tried."""
        return str(self._errors.get(file.file_id, ""))

    def seconds_left(self, known: LedgerFile | None, file: RemoteFile, source: SourceSettings) -> int:
        """How long until the file is settled, if it stays as it is."""
        is_as_seen = known and (known.size_bytes, known.modified_at) == (file.size, file.modified_at)
        seen = known.detected_at if known and is_as_seen else self._now
        return max(0, math.ceil(source.settle_seconds - (self._now - seen).total_seconds()))
