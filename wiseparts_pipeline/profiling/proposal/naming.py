"""Derives the `pattern` of an importer from the name of a file."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from wiseparts_pipeline.config.file_names import FileNamePattern
from wiseparts_pipeline.profiling.finding import Confidence, Finding

_SIBLINGS = 2000
_FORMS = (
    (r"(?<!\d)\d{4}([-_.])\d{2}\1\d{2}(?!\d)", ("%Y{0}%m{0}%d",)),
    (r"(?<!\d)\d{1,2}([-_.])\d{1,2}\1\d{4}(?!\d)", ("%d{0}%m{0}%Y", "%m{0}%d{0}%Y")),
    (r"(?<!\d)\d{8}(?!\d)", ("%Y%m%d", "%d%m%Y", "%m%d%Y")),
    (r"(?<!\d)\d{8}(?=\d{4}(\d\d)?(?!\d))", ("%Y%m%d",)),
    (r"(?<!\d)\d{1,2}([-_.])\d{1,2}\1\d{2}(?!\d)", ("%d{0}%m{0}%y", "%m{0}%d{0}%y", "%y{0}%m{0}%d")),
    (r"(?<!\d)\d{6}(?!\d)", ("%y%m%d", "%d%m%y")),
)


@dataclass(frozen=True)
class NamePattern:
    pattern: str
    date_format: str | None = None


def find_pattern(path: Path) -> Finding[NamePattern]:
    """The pattern for a file name, with `{date}` if it contains a date."""
    name = re.sub(r"\.(gz|zip)$", "", path.name, flags=re.IGNORECASE)
    siblings = list(_siblings(path))
    for expression, formats in _FORMS:
        if match := re.search(expression, name):
            sign = match[1] if match.re.groups and match[1] and not match[1].isdigit() else ""
            found = _dated(name, match, [form.replace("{0}", sign) for form in formats], siblings)
            if found:
                return found
    numbered = re.search(r"\d{3,}(?=\D*$)", name)
    if numbered and len(numbered[0]) < len(name.partition(".")[0]):
        pattern = _glob(name[: numbered.start()]) + "*" + _glob(name[numbered.end() :])
        return Finding(NamePattern(pattern), Confidence.LIKELY, f"{numbered[0]} seems to be a serial number")
    return Finding(NamePattern(_glob(name)), Confidence.LIKELY, "the name as it is; it has no date")


def _dated(name: str, match: re.Match[str], formats: list[str], siblings: list[str]) -> Finding[NamePattern] | None:
    rest = name[match.end() :]
    stem, dot, suffix = rest.partition(".")
    # A time or number after the date is different in each file.
    if re.search(r"\d", stem):
        rest = "*" + dot + suffix
    pattern = _glob(name[: match.start()]) + "{date}" + (rest if rest.startswith("*") else _glob(rest))
    matches: Counter[str] = Counter()
    for form in formats:
        names = FileNamePattern(pattern, form)
        # 000123 is a number, although it could be a date in 2000.
        earliest = 1990 if "%Y" in form else 2010
        if (day := names.file_date(name)) and earliest <= day.year < 2100:
            matches[form] = sum(names.matches(sibling) for sibling in siblings) + 1
    if not matches:
        return None
    (best, count), *others = sorted(matches.items(), key=lambda item: (-item[1], formats.index(item[0])))
    if others and others[0][1] == count:
        return Finding(NamePattern(pattern, best), Confidence.GUESS, f"{match[0]} may be {best} or {others[0][0]}")
    return Finding(NamePattern(pattern, best), Confidence.SURE, f"{match[0]} is a date")


def _siblings(path: Path) -> Iterator[str]:
    entries: Iterable[Path] = islice(path.absolute().parent.iterdir(), _SIBLINGS)
    return (entry.name for entry in entries if entry.name != path.name)


def _glob(text: str) -> str:
    """A glob that matches exactly this text, apart from characters that a pattern cannot contain."""
    return re.sub(r"[{}]", "?", re.sub(r"([\[*?])", r"[\1]", text))


@dataclass(frozen=True)
class NamePart:
    """A part of a file's name that is another in other files: its regular expression, and what it is in those."""

    expression: str
    others: tuple[str, ...]


def with_varying_part(path: Path, pattern: Finding[NamePattern]) -> tuple[Finding[NamePattern], NamePart] | None:
    """The pattern with a `*` for the part in which other files of the folder differ; None if there is none.

    `STOCK_ATH_{date}.csv` is `STOCK_*_{date}.csv` if there is a `STOCK_SKG_{date}.csv`.
    """
    text, form = pattern.value.pattern, pattern.value.date_format or "%Y-%m-%d"
    for word in re.finditer(r"[^\W\d_][^\W_]{0,11}(?=[-_. ])|(?<=[-_ ])\d{1,4}(?=[-_.])", text.partition("{date}")[0]):
        before, after = text[: word.start()], text[word.end() :]
        if not before and not after.startswith(("_", "-", " ")):
            continue
        names = FileNamePattern(f"{before}*{after}", form)
        parts = {parts[0] for name in _siblings(path) if names.matches(name) and (parts := names.wildcards(name))}
        others = {part for part in parts if part != word[0] and re.fullmatch(r"[^\W_]{1,12}", part)}
        if others and len(others) == len(parts - {word[0]}):
            behind = re.escape(after[:1])
            expression = f"^{re.escape(before)}([^{behind}]+){behind}"
            why = f"other files have {', '.join(sorted(others)[:3])} where this one has {word[0]}"
            found = Finding(NamePattern(f"{before}*{after}", pattern.value.date_format), Confidence.LIKELY, why)
            return found, NamePart(expression, tuple(sorted(others)))
    return None
