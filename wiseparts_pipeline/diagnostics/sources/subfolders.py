"""Files in the folders below those of importers, which no importer reads."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from wiseparts_pipeline.config.file_names import OWN_FOLDERS, is_unfinished
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.diagnostics.findings import Finding, Kind, Level
from wiseparts_pipeline.importing.discovery.companions import fits
from wiseparts_pipeline.transport import PermanentError, RemoteFile, Transport

_LEVELS = 3


@dataclass(frozen=True)
class Subfolders:
    """The folders below one that the importers `here` read; `read`: those that importers of the source read."""

    transport: Transport
    folder: str
    here: Sequence[ImporterSettings]
    read: Collection[str]

    def findings(self) -> Iterator[Finding]:
        """Each file with what to do about it; below the root, only those that the importers match."""
        own = {f"{self.folder}/{name}".lstrip("/") for name in OWN_FOLDERS}
        for below in self._below(self.folder, _LEVELS):
            if any(below == each or below.startswith(f"{each}/") for each in own):
                continue
            for file in self.transport.list(below):
                if finding := self._finding(file, below):
                    yield finding

    def _below(self, folder: str, levels: int) -> Iterator[str]:
        try:
            folders = self.transport.folders(folder)
        except PermanentError:
            return
        for below in folders:
            if below not in self.read:
                yield from () if any(each.startswith(f"{below}/") for each in self.read) else (below,)
                if levels > 1:
                    yield from self._below(below, levels - 1)

    def _finding(self, file: RemoteFile, below: str) -> Finding | None:
        place = f"{self.folder or 'the root'}/"
        for importer in self.here:
            if fits(importer, file.name):
                if importer.folder_names.is_pattern:
                    message = f"importer {importer.name} reads {importer.folder}/, which this folder does not match"
                    return Finding(Level.LEFT, Kind.SUBFOLDER, file.path, f"{message}: rename it, or move the file")
                message = f"importer {importer.name} reads {place} and not the folders below it: move it there, or set"
                return Finding(Level.LEFT, Kind.SUBFOLDER, file.path, f"{message} `folder: {below}`")
        if not self.folder or is_unfinished(file.name):
            return None
        message = f"no importer reads this folder, nor matches this name in {place}: move it, or remove it"
        return Finding(Level.NOTE, Kind.SUBFOLDER, file.path, message)
