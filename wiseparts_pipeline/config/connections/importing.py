"""What a connection is to the import engine: a folder of this machine, with an importer or two for each pull."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.config.connections.pull import HANDED_ON, PullSettings
from wiseparts_pipeline.config.documents import read_documents, validated
from wiseparts_pipeline.config.importer import WHOLE_SOURCE, ImporterSettings, Mode
from wiseparts_pipeline.config.source import SourceSettings
from wiseparts_pipeline.home import PACKAGE, private, subfolder

PULL_TYPE = "wiseparts_pipeline.components.Pull"

# The folders of the packaged pulls in `configurations/`, by system.
_CONFIGURATIONS = {
    "vendure": "vendure",
    "tryton": "tryton",
    "odoo": "odoo",
    "asterisk": "asterisk_db",
    "itscope": "itscope",
}

# How files are written, by format: our own, and the exports of ITscope.
_FILES: dict[str, dict[str, Any]] = {
    "jsonl": {"format": "jsonl"},
    "csv": {"format": "csv", "delimiter": "\t", "member": "*.csv"},
}

# The moments in the names of pulled files.
DATE_FORMAT = "%Y%m%dT%H%M%S%z"
_FULL = "_full"


def packaged_pull(system: str, entity: str) -> PullSettings | None:
    """The pull of a system's entity that comes with the package."""
    return _packaged(system).get(entity)


@cache
def _packaged(system: str) -> dict[str, PullSettings]:
    if system not in _CONFIGURATIONS:
        return {}
    pulls = {}
    for path in sorted((PACKAGE / "configurations" / _CONFIGURATIONS[system]).glob("*/defs.yaml")):
        for document in read_documents(path.read_text(encoding="utf-8")):
            if document["type"] == PULL_TYPE:
                pull = validated(PullSettings, path, document["attributes"])
                pulls[pull.entity] = pull
    return pulls


def folder_of(connection: str) -> Path:
    """Where what was pulled over a connection is kept."""
    return subfolder("pulls") / connection


def make_folders(pulls: Iterable[PullSettings]) -> None:
    """Creates the folders of what is pulled, so that there is something to look into before the first pull."""
    for pull in pulls:
        private(folder_of(pull.connection))
        private(folder_of(pull.connection) / pull.name)


def pulled_source(connection: ConnectionSettings) -> SourceSettings:
    """The connection's folder as a source of files."""
    return SourceSettings(
        name=connection.name,
        protocol="local",
        root=str(folder_of(connection.name)),
        # A file gets its name when it is complete.
        settle_seconds=0,
    )


def full_importer(pull: PullSettings) -> str:
    """The name of the importer of full pulls."""
    return f"{pull.name}{_FULL}" if pull.deletes and pull.mode != "append" else pull.name


def pull_importers(path: Path, pull: PullSettings) -> list[ImporterSettings]:
    """The importers of what a pull writes: of changes, and of everything where that tells what was deleted.

    `path`: the file with the pull, for errors. Raises ConfigurationError with one line per error.
    """
    common: dict[str, Any] = {
        "entity": pull.entity,
        "source": pull.connection,
        "folder": pull.name,
        "date_format": DATE_FORMAT,
        "columns": pull.columns,
        "file": {**_FILES[pull.format], "null_values": [""], **pull.file},
        **{name: getattr(pull, name) for name in HANDED_ON},
    }
    changes = f"{pull.name}_[0-9]*_{{date}}_*.{pull.format}"
    keys = f"{pull.name}_keys_{{date}}_*.{pull.format}"
    everything = f"{pull.name}_full_{{date}}_*.{pull.format}"
    mode = Mode.APPEND if pull.mode == "append" else Mode.UPSERT
    # The schedule is that of the pull, and says when something is expected.
    expected = {"schedule": pull.schedule or pull.full, "stale_after": pull.stale_after}
    own: dict[str, Any] = {"name": pull.name, "mode": mode, **expected}
    if pull.whole_within:
        # Also what changed is the whole truth about something.
        own |= {"mode": Mode.SNAPSHOT, "snapshot_within": pull.whole_within}
    if full_importer(pull) == pull.name:
        named = [own | {"pattern": [changes, keys, everything]}]
    else:
        named = [
            own | {"pattern": [changes, keys]},
            {
                "name": full_importer(pull),
                "mode": Mode.SNAPSHOT,
                "snapshot_within": WHOLE_SOURCE,
                "pattern": everything,
            },
        ]
    return [validated(ImporterSettings, path, common | each) for each in named]
