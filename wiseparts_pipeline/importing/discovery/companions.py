"""Which files are read together, as their names show: an importer's own, and one for each `join`."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from wiseparts_pipeline.config.file_names import FileNamePattern, is_error_file
from wiseparts_pipeline.config.importer import ImporterSettings

# How far apart the times in the names of files that belong together may be: an export is not written in a moment.
_WRITTEN_WITHIN = timedelta(minutes=10)

# For each join the names of the files that match: none where one is missing, several where it is ambiguous.
Candidates = tuple[tuple[str, ...], ...]


def fits(importer: ImporterSettings, name: str) -> bool:
    """Whether the name matches the importer's pattern or that of one of its joins."""
    return any(names.matches(name) for names in (importer.file_names, *importer.joined_file_names))


def as_sent(importer: ImporterSettings, name: str) -> str:
    """The name that a file came with: an archived one has an id after its stem where the name was taken."""
    without_id = re.sub(r"^([^.]*)\.\d+(?=\.)", r"\1", name)
    return without_id if fits(importer, without_id) else name


def companion_candidates(
    importer: ImporterSettings, names: Iterable[str], others: Iterable[str]
) -> Mapping[str, Candidates]:
    """The companions that each of the importer's own files can have among the other files.

    With `{date}` in a join's pattern it is a file of the same date; without, no file that is there now belongs to an
    error file, which comes back later. Of several, it is the one of the same time of day and with the same text in
    place of `*`, or else the only one that does not belong to another file in this way and was written at about the
    same time.
    """
    names, others = list(names), list(others)
    joins = [_candidates_of(importer, number, names, others) for number in range(len(importer.join))]
    return {name: tuple(join.get(name, ()) for join in joins) for name in names}


def _candidates_of(
    importer: ImporterSettings, number: int, names: Sequence[str], others: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    own, joined = importer.file_names, importer.joined_file_names[number]
    dated = "{date}" in joined.pattern

    def written(names: FileNamePattern, name: str) -> datetime | None:
        return names.named_time(name) if dated else None

    of_date: dict[date | None, list[str]] = defaultdict(list)
    times, texts = {}, {}
    for other in others:
        if joined.matches(other):
            times[other], texts[other] = written(joined, other), joined.wildcards(other)
            of_date[_day(times[other])].append(other)
    alone = [name for name in names if dated or not is_error_file(name)]
    found: dict[str, tuple[str, ...]] = {}
    taken: set[str] = set()
    for within, by_text in ((timedelta(0), True), (_WRITTEN_WITHIN, True), (_WRITTEN_WITHIN, False)):
        for name in alone:
            time, text = written(own, name), own.wildcards(name)
            found[name] = tuple(
                other
                for other in of_date.get(_day(time), ())
                if other not in taken
                and (time is None or abs(time - (times[other] or time)) <= within)
                and (not by_text or texts[other] == text)
            )
        alone = [name for name in alone if not found[name]]
        taken.update(other for partners in found.values() for other in partners)
    return found


def _day(time: datetime | None) -> date | None:
    return time.date() if time else None


def companion_pattern(importer: ImporterSettings, number: int, name: str) -> str:
    """The pattern of the companion that a file of this name is read with, with its date."""
    time = importer.file_names.named_time(name)
    return _dated(importer.join[number].pattern, importer.date_format, time)


def main_pattern(importer: ImporterSettings, companion: str) -> str:
    """The pattern of the file that a companion of this name is read with, with its date."""
    times = (names.named_time(companion) for names in importer.joined_file_names if names.matches(companion))
    return _dated(" or ".join(importer.patterns), importer.date_format, next(times, None))


def _dated(pattern: str, date_format: str, time: datetime | None) -> str:
    return pattern.replace("{date}", time.strftime(date_format)) if time else pattern
