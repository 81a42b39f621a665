"""Whether an exporter's folder can be used: tries everything that a delivery does, and leaves nothing behind."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import PurePosixPath

from wiseparts_pipeline.config.exports.exporter import Collected, ExporterSettings, Publish
from wiseparts_pipeline.transport import PermanentError, Transport
from wiseparts_pipeline.transport.base import probe_file

_FILE = "probe.csv"


def folder_problems(transport: Transport, exporter: ExporterSettings) -> list[str]:
    """What cannot be done in the exporter's folder, each with what to do. Raises TransientError.

    A folder that is not there is made, as with the first delivery, and removed again.
    """
    missing = _missing_folders(transport, exporter.folder)
    name = probe_file(exporter.folder)
    try:
        return [*_writing(transport, exporter, name), *([] if missing else _listing(transport, exporter))]
    finally:
        for folder in missing:
            with suppress(PermanentError):
                transport.remove_folder(folder)


def _writing(transport: Transport, exporter: ExporterSettings, name: str) -> list[str]:
    """Problems with making, filling, renaming and removing a folder of this name."""
    part, problems = f"{name}.part", []

    def works(what: str, remedy: str, action: Callable[[], object]) -> bool:
        try:
            action()
        except PermanentError as error:
            problems.append(f"{exporter.folder}: {what}: {error}. {remedy}")
            return False
        return True

    rights = "Let the source's user write there."
    if not works("no folder can be created in it", rights, lambda: transport.make_folder(part)):
        return problems
    if works(
        "no file can be written into a folder of it", rights, lambda: transport.write(part, {_FILE: b"probe\r\n"})
    ):
        if exporter.publish is Publish.FOLDER:
            remedy = "Let the source's user rename folders there, or set `publish: files` if the server cannot."
            if works("a folder in it cannot be renamed", remedy, lambda: transport.rename(part, name)):
                part = name
        else:
            new = f"{part}/{_FILE}"
            works("a file in it cannot be renamed", rights, lambda: transport.rename(new, f"{new}.part"))
            with suppress(PermanentError):
                transport.rename(f"{new}.part", new)
        remedy = "Let the source's user delete there: what an interrupted delivery leaves is removed by the next one."
        works("a file in it cannot be removed", remedy, lambda: transport.remove(f"{part}/{_FILE}"))
    works("a folder in it cannot be removed", rights, lambda: transport.remove_folder(part))
    return problems


def _listing(transport: Transport, exporter: ExporterSettings) -> list[str]:
    try:
        transport.folders(exporter.folder)
    except PermanentError as error:
        if exporter.collected is Collected.REMOVED:
            return [
                f"{exporter.folder}: it cannot be listed, so nobody knows what was collected: {error}."
                " Let the source's user list it, or set `collected: never`."
            ]
    return []


def _missing_folders(transport: Transport, folder: str) -> list[str]:
    """The folder and those on the way to it that are not there, from below."""
    place = PurePosixPath(folder)
    missing = []
    for path in (place, *place.parents):
        if str(path) == ".":
            break
        # Whoever may not look is told by what is tried next.
        with suppress(PermanentError):
            if not transport.exists(str(path)):
                missing.append(str(path))
                continue
        break
    return missing
