"""The rule of a column: how `columns:` in an importer's YAML says where it comes from."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from wiseparts_pipeline.config.columns import template_columns
from wiseparts_pipeline.entities.schema import Column, Entity, Type
from wiseparts_pipeline.importing.validation.conversion.splitting import split_list
from wiseparts_pipeline.profiling.columns.dates import ISO, NUMERIC
from wiseparts_pipeline.profiling.columns.profile import ColumnProfile
from wiseparts_pipeline.profiling.finding import Confidence, Finding, confidence_of
from wiseparts_pipeline.profiling.mapping import DAYS, FROM_DOUBT, Match
from wiseparts_pipeline.profiling.terms import meaning_key, meanings, plain

# The sample's cells by column of the file.
SampleCells = Mapping[str, Sequence[str]]
# The name of a column of the file, or a form such as {constant: EUR}.
Form = str | dict[str, Any]
# By column of the entity.
Rules = dict[str, Finding[Form]]

# Values where no column has them: the commonest case, and a guess.
CONSTANTS = {
    ("due_docs", "doc_type"): "invoice",
    ("addresses", "kind"): "shipping",
    ("quotes", "status"): "open",
    ("orders", "status"): "confirmed",
    ("orders", "channel"): "other",
    ("calls", "direction"): "inbound",
    ("calls", "disposition"): "answered",
    ("online_activity", "kind"): "visit",
}
# Rarer values outside a closed set are errors: their rows are better rejected than mapped to a guess.
_COMMON = 0.02
# Codes of so few letters mean different things in different systems.
_SHORT = 3


def rule_of(target: Column, match: Match, entity: Entity, formats: Sequence[str]) -> Finding[Form] | None:
    """The rule of a column that was matched to one of the file; None if its cells contradict its name."""
    column = match.column
    confidence = confidence_of(match.score)
    why = _why(match)
    if match.rivals and confidence is Confidence.SURE:
        confidence, why = Confidence.LIKELY, f"{' or '.join(match.rivals[:3])} may be it as well, or belong to it"
    form: dict[str, Any] = {"from": column.name}
    if target.allowed or (target.name == "country_code" and column.shape != "country"):
        book = f"{entity.name}.{target.name}" if target.allowed else target.name
        mapped, unknown = _meanings(column, book)
        if (
            target.name == "country_code"
            and column.filled
            and sum(map(column.values.__getitem__, unknown)) > column.filled / 2
        ):
            return None
        common = [text for text in unknown if column.values[text] >= _COMMON * column.filled]
        if common and target.allowed:
            fallback = target.default or CONSTANTS.get((entity.name, target.name)) or target.allowed[-1]
            mapped |= dict.fromkeys(common, fallback)
            confidence = Confidence.GUESS
            why = f"unknown, mapped to {fallback}: {', '.join(common[:5])}"
        elif confidence is Confidence.SURE and (codes := [text for text in mapped if len(text) <= _SHORT]):
            confidence, why = Confidence.LIKELY, f"short codes such as {codes[0]} may mean something else"
        if mapped:
            form["map"] = mapped
    if target.type is Type.TEXT and column.shape == "decimal_number":
        form["extract"] = r"^(.*?)(?:\.0)?$"
    if target.type is Type.INT and column.filled and Type.INT not in column.types:
        if column.is_clock:
            form["format"] = "%H:%M:%S" if column.example.count(":") == 2 else "%M:%S"
        else:
            form["extract"] = DAYS.pattern
            confidence, why = min(confidence, Confidence.LIKELY, key=FROM_DOUBT.index), f"the number in {column.name}"
    if target.type is Type.TEXT_LIST and (separator := _separator(column)):
        form["separator"] = separator
    if target.type in (Type.DATE, Type.TIMESTAMP) and (own := _own_formats(column, formats)):
        form["format"] = own[0] if len(own) == 1 else own
        if set(own) & NUMERIC and confidence is Confidence.SURE:
            confidence, why = Confidence.LIKELY, f"{column.example} is a date if it is written as {' or '.join(own)}"
    return Finding(column.name if len(form) == 1 else form, confidence, why)


def _separator(column: ColumnProfile) -> str | None:
    """What separates the items, where that is not sure without saying it; None if it is, or if nothing fits."""
    if all(text.startswith("[") or split_list(text) is not None for text in column.values):
        return None
    for separator in _SEPARATORS:
        items = [item for text in column.values for item in split_list(text, separator) or []]
        if all(map(_ADDRESS.match, items)):
            return separator
    return None


def _own_formats(column: ColumnProfile, formats: Sequence[str]) -> list[str]:
    """The formats of a column whose dates those of the file do not read; none if they do."""
    own: list[str] = []
    for form in column.formats:
        if form in NUMERIC or form in formats or not _contradicts(form, [*formats, *own]):
            own.append(form)
    is_read = set(column.formats[:1]) <= set(formats)
    return own if own and (not is_read or NUMERIC & set(own)) else []


def _why(match: Match) -> str:
    name, term = match.column.name, match.term
    if not match.column.filled:
        return f"by its name; {name} is empty"
    if term is None or plain(name) == plain(term.text):
        return f"by the name {name}" if match.score >= 0.93 else f"{name} is ambiguous"
    return f"{name} is like {term.text}"


def _meanings(column: ColumnProfile, book: str) -> tuple[dict[str, str], list[str]]:
    """The values that the texts of a closed set are mapped to, and the texts that are unknown."""
    known = meanings(book)
    mapped, unknown = {}, []
    for text in column.values:
        value = known.get(meaning_key(text))
        if value is None:
            unknown.append(text)
        elif value != text:
            mapped[text] = value
    return mapped, unknown


def unknown_values(target: Column, column: ColumnProfile, rule: Finding[Form]) -> list[str]:
    """A note on values that are not in the closed set."""
    mapped = rule.value.get("map", {}) if isinstance(rule.value, dict) else {}
    unknown = [text for text in column.values if target.allowed and text not in target.allowed and text not in mapped]
    if not unknown:
        return []
    return [f"{column.name} has {', '.join(unknown[:5])}, which {target.name} does not allow: these rows are rejected."]


def file_date_formats(matches: Mapping[str, Match]) -> tuple[str, ...]:
    """The date formats that the matched columns share, most frequent first."""
    found = Counter(match.column.formats[0] for match in matches.values() if _is_dated(match))
    for match in matches.values():
        if _is_dated(match):
            found.update(form for form in match.column.formats[1:] if not _contradicts(form, found))
    kept: list[str] = []
    for form, _ in found.most_common():
        if form not in NUMERIC and not _contradicts(form, kept):
            kept.append(form)
    return tuple(kept) or (ISO,)


def _is_dated(match: Match) -> bool:
    return bool(match.column.formats) and _is_date(match.target)


def _is_date(target: str) -> bool:
    return target.endswith(("_on", "_at", "_date", "eta", "_until"))


def _contradicts(form: str, others: "Sequence[str] | Counter[str]") -> bool:
    """Whether a format differs from one of the others only by the order of day and month."""
    swapped = form.translate(str.maketrans("dm", "md"))
    return swapped != form and swapped in others


_SEPARATORS = (", ", "; ", " | ", ",", ";", " ")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_NEGATIVE = re.compile(r"^\D*[-(\u2010-\u2015\u2212]|[-\u2212]\D*$")


def is_negative(cell: str) -> bool:
    """Whether a number has a minus sign before or behind it, or is in brackets."""
    return _NEGATIVE.search(cell) is not None


def file_columns(form: Form) -> list[str]:
    """The columns of the file that a form uses."""
    if isinstance(form, str):
        return [form]
    if "template" in form:
        return list(template_columns(form["template"]))
    names = form.get("from", [])
    # Of several names, the inspected file has the first.
    return [names] if isinstance(names, str) else list(names[:1])


def cells_of(form: Form, sample: SampleCells) -> list[str]:
    """The text that a form gives in each row of the sample; several columns are joined by a blank."""
    names = file_columns(form)
    if not names:
        rows = len(next(iter(sample.values()), []))
        return [str(form.get("constant", "")) if isinstance(form, dict) else ""] * rows
    return [" ".join(cells) for cells in zip(*(sample[name] for name in names), strict=True)]
