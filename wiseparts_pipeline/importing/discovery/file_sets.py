"""Sets of files that are read together: an importer's own file, and a companion for each `join`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from wiseparts_pipeline.config.file_names import is_error_file
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.importing.discovery.companions import (
    Candidates,
    as_sent,
    companion_candidates,
    companion_pattern,
    main_pattern,
)
from wiseparts_pipeline.importing.discovery.files import files_in, local_files, new_file
from wiseparts_pipeline.importing.discovery.problems import Problem, ProblemKind
from wiseparts_pipeline.importing.ledger import table as ledger
from wiseparts_pipeline.importing.ledger.history import original_of
from wiseparts_pipeline.importing.ledger.rows import LedgerFile
from wiseparts_pipeline.transport.base import PermanentError, RemoteFile, Transport
from wiseparts_pipeline.warehouse import Connection


@dataclass(frozen=True)
class Incomplete:
    """A settled file that is not imported before another one is there, whose name is to match the pattern."""

    file: LedgerFile
    pattern: str

    def __str__(self) -> str:
        return f"{self.file.name} waits for {self.pattern}"


@dataclass
class FileSets:
    """An importer's files with their companions, the files whose set is incomplete, and ambiguous sets."""

    complete: list[LedgerFile] = field(default_factory=list)
    incomplete: list[Incomplete] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def assemble(
    transport: Transport,
    connection: Connection,
    importer: ImporterSettings,
    settled: Sequence[LedgerFile],
    unsettled: Sequence[LedgerFile],
) -> FileSets:
    """Gives the importer's settled files their companions; a set is complete when all of its files are settled."""
    sets = FileSets([file for file in settled if file.is_finished])
    own, others, candidates = _matched(importer, [*settled, *unsettled])
    ready = {file.file_id for file in settled}
    for file in own:
        if file.file_id not in ready:
            continue
        companions: list[LedgerFile] = []
        for number, names in enumerate(candidates[file.name]):
            if len(names) > 1:
                message = _ambiguous(importer, number, file.name, names)
                paths = tuple(others[name].path for name in names)
                sets.problems.append(Problem(file.path, ProblemKind.SEVERAL_COMPANIONS, message, paths))
            elif names:
                companions.append(others[names[0]])
            elif is_error_file(file.name) and (
                archived := _archived(transport, connection, importer, number, file.path)
            ):
                companions.append(new_file(importer, file.source, archived))
            else:
                sets.incomplete.append(Incomplete(file, companion_pattern(importer, number, file.name)))
        if len(companions) == len(importer.join) and all(each.file_id in ready | {0} for each in companions):
            sets.complete.append(replace(file, companions=tuple(companions)))
    matched = {name for each in candidates.values() for names in each for name in names}
    for name, file in others.items():
        if name not in matched and file.file_id in ready:
            sets.incomplete.append(Incomplete(file, main_pattern(importer, name)))
    return sets


def _matched(
    importer: ImporterSettings, files: Iterable[LedgerFile]
) -> tuple[list[LedgerFile], dict[str, LedgerFile], Mapping[str, Candidates]]:
    """Of files that are not finished the importer's own, the others by name, and which of these each can have."""
    present = [file for file in files if not file.is_finished]
    own = [file for file in present if importer.file_names.matches(file.name)]
    others = {file.name: file for file in present if not importer.file_names.matches(file.name)}
    return own, others, companion_candidates(importer, [file.name for file in own], others)


def needed_by_others(connection: Connection, source: str, importer: ImporterSettings, file: LedgerFile) -> set[int]:
    """The files in the importer's folder that another file than this one is to be read with."""
    dated = all("{date}" in join.pattern for join in importer.join)
    present = [
        each
        for each in ledger.open_files(connection, source, [importer.name])
        if each.folder == importer.home_folder(file.path) and (not dated or each.file_date == file.file_date)
    ]
    own, others, candidates = _matched(importer, present)
    needed = [names for each in own if each.file_id != file.file_id for names in candidates[each.name]]
    return {others[name].file_id for names in needed for name in names}


def companions_of(
    transport: Transport, connection: Connection, source: str, importer: ImporterSettings, path: str
) -> tuple[LedgerFile, ...]:
    """The files to read with one that is asked for; raises PermanentError when one is missing.

    Those of a file of this machine are beside it. With `{date}` one that is in the importer's folder is taken first,
    as it may be a corrected one; then the one that the file was imported with before, then the newest that matches.
    """
    folder, _, name = path.rpartition("/")
    on_this_machine = path.startswith("/")
    if any(names.matches(name) for names in importer.joined_file_names):
        pattern = main_pattern(importer, name)
        raise PermanentError(f"{name} is read together with {pattern}; give the name of that file.")
    companions = []
    for number, join in enumerate(importer.join):
        files = local_files(Path(folder)) if on_this_machine else files_in(transport, importer.home_folder(path))
        beside = {file.name: file for file in files}
        sent = as_sent(importer, name)
        matching = companion_candidates(importer, [sent], beside)[sent][number]
        if len(matching) > 1:
            raise PermanentError(f"{path!r} {_ambiguous(importer, number, name, matching)}")
        found = beside[matching[0]] if matching else None
        if not on_this_machine and (found is None or "{date}" not in join.pattern):
            found = _archived(transport, connection, importer, number, path) or found
        if found is None:
            places = (
                "beside it" if on_this_machine else f"in {importer.home_folder(path)}/, its processed/ or its refused/"
            )
            raise PermanentError(
                f"{name} is read together with {companion_pattern(importer, number, name)}, and there is no such file"
                f" {places}."
            )
        companions.append(new_file(importer, source, found))
    return tuple(companions)


def _ambiguous(importer: ImporterSettings, number: int, name: str, names: Sequence[str]) -> str:
    shown = ", ".join(sorted(names)[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    return (
        f"goes with one file {companion_pattern(importer, number, name)}, and there are {shown}; leave one, or give"
        " those that belong together the same text in the place of `*`."
    )


def _archived(
    transport: Transport, connection: Connection, importer: ImporterSettings, number: int, path: str
) -> RemoteFile | None:
    """The file that the one at this path, or the one whose error file is there, was imported with.

    Where the ledger does not know it, the newest archived one that matches.
    """
    original = original_of(connection, importer.name, importer.error_file_path(path))
    for name, archived_to in ledger.joined_before(connection, importer.name, path, original):
        if importer.joined_file_names[number].matches(name) and (found := transport.stat(archived_to)):
            return found
    sent = as_sent(importer, path.rpartition("/")[2])
    for place in ("processed", "refused"):
        files = files_in(transport, f"{importer.home_folder(path)}/{place}".strip("/"))
        newest = {as_sent(importer, file.name): file for file in sorted(files, key=lambda file: file.modified_at)}
        if matching := companion_candidates(importer, [sent], newest)[sent][number]:
            return max((newest[name] for name in matching), key=lambda file: file.modified_at)
    return None
