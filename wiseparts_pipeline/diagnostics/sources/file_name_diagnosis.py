"""Why no importer matches a file: its name belongs in another folder, or differs slightly from a pattern of its own."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from functools import cache

from wiseparts_pipeline.config.file_names import FileNamePattern
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.importing.discovery.companions import fits

_COPY_MARK = re.compile(r"( ?\(\d+\)| - Copy( \(\d+\))?)(?=\.|$)", re.IGNORECASE)
_WILDCARDS = re.compile(r"\{date\}|\[[^]]*\]|[*?]")
_FEWEST_LETTERS = 3
# A date whose parts cannot be confused.
_EXAMPLE = date(2026, 1, 31)


@dataclass(frozen=True)
class WrongFolder:
    """The name matches an importer of another folder."""

    importer: ImporterSettings


@dataclass(frozen=True)
class WrongName:
    """The name nearly matches an importer of this folder; `differences`: everything that keeps it from the pattern."""

    importer: ImporterSettings
    pattern: str
    differences: Sequence[str]


def diagnose(
    name: str, here: Sequence[ImporterSettings], elsewhere: Iterable[ImporterSettings]
) -> WrongFolder | WrongName | None:
    """Why no importer of its folder (`here`) matches a file; None if its name resembles none of their patterns."""
    matching = [importer for importer in elsewhere if fits(importer, name)]
    if specific := [each for each in matching if any(map(_is_specific, each.patterns))]:
        return WrongFolder(specific[0])
    close = [
        WrongName(importer, names.pattern, found)
        for importer in here
        for names in (*importer.file_names.patterns, *importer.joined_file_names)
        if (found := differences(name, names))
    ]
    if close:
        return min(close, key=lambda wrong: len(wrong.differences))
    return WrongFolder(matching[0]) if matching else None


def nearest_first(name: str, importers: Iterable[ImporterSettings]) -> list[ImporterSettings]:
    """The importers, those with the patterns most similar to the name first."""

    def likeness(importer: ImporterSettings) -> float:
        return max(SequenceMatcher(None, name.lower(), each.lower()).ratio() for each in importer.patterns)

    return sorted(importers, key=likeness, reverse=True)


def differences(name: str, pattern: FileNamePattern) -> list[str]:
    """What keeps the name from matching the pattern; empty if correcting these differences is not enough."""
    needed = list(_CORRECTIONS)
    found = _corrected(name, pattern.pattern, pattern.date_format, needed)
    # Later corrections match the most names, so those that the others make unnecessary are dropped from the end.
    for correction in reversed(_CORRECTIONS) if found is not None else ():
        others = [each for each in needed if each is not correction]
        if (without := _corrected(name, pattern.pattern, pattern.date_format, others)) is not None:
            needed, found = others, without
    return found or []


def _is_specific(pattern: str) -> bool:
    """Whether a match is unlikely to be a coincidence: the pattern says more than `*.csv`."""
    literal = _WILDCARDS.sub("", pattern.removesuffix(_ending(pattern)))
    return sum(letter.isalpha() for letter in literal) >= _FEWEST_LETTERS


def _ending(text: str) -> str:
    stem, dot, ending = text.rpartition(".")
    return dot + ending if stem else ""


Correction = Callable[[str, str, str], Iterator[tuple[str, str, str]]]


def _corrected(name: str, pattern: str, date_format: str, corrections: Sequence[Correction]) -> list[str] | None:
    """The differences that the corrections found, if the name matches after all of them; otherwise None."""
    if not corrections:
        return [] if _compiled(pattern, date_format).matches(name) else None
    first, *others = corrections
    for new_name, new_pattern, difference in list(first(name, pattern, date_format)) or [(name, pattern, "")]:
        if (found := _corrected(new_name, new_pattern, date_format, others)) is not None:
            return [difference, *found] if difference else found
    return None


_compiled = cache(FileNamePattern)


def _white_space(name: str, pattern: str, date_format: str) -> Iterator[tuple[str, str, str]]:
    if re.search(r"\s", name):
        yield re.sub(r"\s+", "", name), re.sub(r"\s+", "", pattern), "it has white space in it"


def _copy_mark(name: str, pattern: str, date_format: str) -> Iterator[tuple[str, str, str]]:
    if mark := _COPY_MARK.search(name):
        yield _COPY_MARK.sub("", name), pattern, f"{mark[0].strip()!r} is the mark of a copy"


def _other_ending(name: str, pattern: str, date_format: str) -> Iterator[tuple[str, str, str]]:
    wanted, given = _ending(pattern), _ending(name)
    if not re.fullmatch(r"\.\w+", wanted) or given.lower() == wanted.lower():
        return
    difference = f"it ends with {given}, not with {wanted}" if given else f"it does not end with {wanted}"
    yield name.removesuffix(given), pattern, difference
    yield name.removesuffix(given) + wanted, pattern, difference
    yield name + wanted, pattern, difference


def _letter_case(name: str, pattern: str, date_format: str) -> Iterator[tuple[str, str, str]]:
    yield name.lower(), pattern.lower(), "upper and lower case differ"


def _other_separator(name: str, pattern: str, date_format: str) -> Iterator[tuple[str, str, str]]:
    before = _WILDCARDS.split(pattern)[0]
    begins = name[: len(before)]
    if begins != before and re.sub(r"[\W_]", "_", begins) == re.sub(r"[\W_]", "_", before):
        yield before + name[len(before) :], pattern, f"it begins with {begins!r}, not with {before!r}"


def _other_date(name: str, pattern: str, date_format: str) -> Iterator[tuple[str, str, str]]:
    if "{date}" in pattern:
        before = pattern.partition("{date}")[0]
        text = name.removesuffix(_ending(pattern))[len(before) :]
        what = "its date" if _WILDCARDS.search(before) else repr(text)
        example = _EXAMPLE.strftime(date_format)
        yield name, pattern.replace("{date}", "*"), f"{what} does not match {date_format}, such as {example}"


# In the order in which they are tried and reported; the date is last, as it quotes the name.
_CORRECTIONS: tuple[Correction, ...] = (
    _letter_case,
    _other_ending,
    _copy_mark,
    _white_space,
    _other_separator,
    _other_date,
)
