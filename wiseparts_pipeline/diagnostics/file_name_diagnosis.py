"""Why no importer takes a file: its name belongs to another folder, or differs a little from what is taken here."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from functools import cache

from wiseparts_pipeline.config.file_names import FileNamePattern
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.importing.discovery.companions import claims

_COPY_MARK = re.compile(r"( ?\(\d+\)| - Copy( \(\d+\))?)(?=\.|$)", re.IGNORECASE)
_WILDCARDS = re.compile(r"\{date\}|\[[^]]*\]|[*?]")
_FEWEST_LETTERS = 3
# A day whose parts cannot be mistaken for each other.
_EXAMPLE = date(2026, 1, 31)


@dataclass(frozen=True)
class WrongFolder:
    """The name is one that an importer takes, from elsewhere."""

    importer: ImporterSettings


@dataclass(frozen=True)
class WrongName:
    """The name is not what an importer of this folder takes; `differences`: all that keeps it from the pattern."""

    importer: ImporterSettings
    pattern: str
    differences: Sequence[str]


def why_not_taken(
    name: str, here: Sequence[ImporterSettings], elsewhere: Iterable[ImporterSettings]
) -> WrongFolder | WrongName | None:
    """What keeps a file from being taken by the importers of its folder; None when its name is like none of theirs."""
    takers = [importer for importer in elsewhere if claims(importer, name)]
    if telling := [taker for taker in takers if _tells(taker.pattern)]:
        return WrongFolder(telling[0])
    close = [
        WrongName(importer, names.pattern, found)
        for importer in here
        for names in (importer.file_names, *importer.joined_file_names)
        if (found := differences(name, names))
    ]
    if close:
        return min(close, key=lambda wrong: len(wrong.differences))
    return WrongFolder(takers[0]) if takers else None


def nearest_first(name: str, importers: Iterable[ImporterSettings]) -> list[ImporterSettings]:
    """The importers in order of how much their patterns look like the name."""
    return sorted(importers, key=lambda each: -SequenceMatcher(None, name.lower(), each.pattern.lower()).ratio())


def differences(name: str, pattern: FileNamePattern) -> list[str]:
    """What keeps the name from fitting the pattern; none when more than such things do."""
    needed = list(_MENDS)
    found = _mended(name, pattern.pattern, pattern.date_format, needed)
    # The last takes the most names: what another one explains is not its fault.
    for mend in reversed(_MENDS) if found is not None else ():
        others = [each for each in needed if each is not mend]
        if (without := _mended(name, pattern.pattern, pattern.date_format, others)) is not None:
            needed, found = others, without
    return found or []


def _tells(pattern: str) -> bool:
    """Whether a name that fits is likely to be meant: the pattern is more than `*.csv`."""
    literal = _WILDCARDS.sub("", pattern.removesuffix(_ending(pattern)))
    return sum(letter.isalpha() for letter in literal) >= _FEWEST_LETTERS


def _ending(text: str) -> str:
    stem, dot, ending = text.rpartition(".")
    return dot + ending if stem else ""


Mend = Callable[[str, str, str], Iterator[tuple[str, str, str]]]


def _mended(name: str, pattern: str, date_format: str, mends: Sequence[Mend]) -> list[str] | None:
    """What the mends say, if the name fits after all of them; one that does not apply says nothing."""
    if not mends:
        return [] if _compiled(pattern, date_format).matches(name) else None
    first, *others = mends
    for new_name, new_pattern, said in list(first(name, pattern, date_format)) or [(name, pattern, "")]:
        if (found := _mended(new_name, new_pattern, date_format, others)) is not None:
            return [said, *found] if said else found
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
    said = f"it ends with {given}, not with {wanted}" if given else f"it does not end with {wanted}"
    yield name.removesuffix(given), pattern, said
    yield name.removesuffix(given) + wanted, pattern, said
    yield name + wanted, pattern, said


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
        yield name, pattern.replace("{date}", "*"), f"{what} does not read as {date_format}, such as {example}"


# In the order in which they are tried and told; a changed date has to come last, for it quotes the name.
_MENDS: tuple[Mend, ...] = (_letter_case, _other_ending, _copy_mark, _white_space, _other_separator, _other_date)
