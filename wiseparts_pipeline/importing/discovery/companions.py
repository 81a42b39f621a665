"""Which files are read together, as their names show: an importer's own, and one for each `join`."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from wiseparts_pipeline.config.file_names import is_error_file
from wiseparts_pipeline.config.importer import ImporterSettings

# For each join the names of the files that match: none where one is missing, several where it is ambiguous.
Candidates = tuple[tuple[str, ...], ...]


def count_matches(importer: ImporterSettings, name: str) -> int:
    """How many of the importer's patterns the name matches, those of joined files included."""
    return sum(names.matches(name) for names in (importer.file_names, *importer.joined_file_names))


def as_sent(importer: ImporterSettings, name: str) -> str:
    """The name that a file came with: an archived one has an id after its stem where the name was taken."""
    without_id = re.sub(r"^([^.]*)\.\d+(?=\.)", r"\1", name)
    return without_id if count_matches(importer, without_id) else name


def companion_candidates(
    importer: ImporterSettings, names: Iterable[str], others: Iterable[str]
) -> Mapping[str, Candidates]:
    """The companions that each of the importer's own files can have among the other files.

    With `{date}` in a join's pattern it is a file of the same date; without, no file that is there now belongs to an
    error file, which comes back later. Of several, it is the one with the same text in place of `*`, or else the only
    one that does not belong to another file in this way.
    """
    names, others = list(names), list(others)
    joins = [_candidates_of(importer, number, names, others) for number in range(len(importer.join))]
    return {name: tuple(join.get(name, ()) for join in joins) for name in names}


def _candidates_of(
    importer: ImporterSettings, number: int, names: Sequence[str], others: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    own, joined = importer.file_names, importer.joined_file_names[number]
    dated = "{date}" in joined.pattern
    of_date: dict[date | None, list[str]] = defaultdict(list)
    of_text: dict[tuple[date | None, tuple[str, ...]], list[str]] = defaultdict(list)
    for other in others:
        if joined.matches(other):
            day = joined.file_date(other) if dated else None
            of_date[day].append(other)
            of_text[day, joined.wildcards(other)].append(other)
    names = [name for name in names if dated or not is_error_file(name)]
    days = {name: own.file_date(name) if dated else None for name in names}
    same = {name: of_text.get((days[name], own.wildcards(name)), []) for name in names}
    taken = {other for partners in same.values() for other in partners}
    return {
        name: tuple(same[name] or [other for other in of_date.get(days[name], []) if other not in taken])
        for name in names
    }


def companion_pattern(importer: ImporterSettings, number: int, name: str) -> str:
    """The pattern of the companion that a file of this name is read with, with its date."""
    day = importer.file_names.file_date(name)
    return _dated(importer.join[number].pattern, importer.date_format, day)


def main_pattern(importer: ImporterSettings, companion: str) -> str:
    """The pattern of the file that a companion of this name is read with, with its date."""
    day = next((names.file_date(companion) for names in importer.joined_file_names if names.matches(companion)), None)
    return _dated(importer.pattern, importer.date_format, day)


def _dated(pattern: str, date_format: str, day: date | None) -> str:
    return pattern.replace("{date}", day.strftime(date_format)) if day else pattern
