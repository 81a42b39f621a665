"""Adds how numbers, dates, truth values and nulls are written to the attributes of `file:`."""

from datetime import UTC, datetime

from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.entities.schema import Type
from wiseparts_pipeline.profiling.columns.profile import ColumnProfile, Conventions
from wiseparts_pipeline.profiling.finding import Confidence, Finding
from wiseparts_pipeline.profiling.layout.layout import FileLayout
from wiseparts_pipeline.profiling.mapping import EntityMapping
from wiseparts_pipeline.profiling.proposal.rules import file_date_formats

YEARS_FROM = "two_digit_years_from"


def add_conventions(layout: FileLayout, conventions: Conventions, mapping: EntityMapping) -> None:
    """Adds the conventions that the matched columns of the entity need."""
    types = {mapping.entity[target].type for target in mapping.matches}
    numbers, dates = conventions.numbers, conventions.date_formats
    if {Type.MONEY, Type.NUMBER, Type.INT} & types:
        decimal, thousands = numbers.value
        layout.add("decimal", Finding(decimal, numbers.confidence, numbers.why))
        if thousands:
            layout.add("thousands", Finding(thousands, numbers.confidence, numbers.why))
    if {Type.DATE, Type.TIMESTAMP} & types:
        formats = list(file_date_formats(mapping.matches))
        layout.add("date_formats", Finding(formats, dates.confidence, dates.why))
    if conventions.null_values:
        nulls = ["", "NULL", *(text for text in conventions.null_values if text != "NULL")]
        layout.add("null_values", Finding(nulls, Confidence.LIKELY, "cells without a value"))
    for target, match in mapping.matches.items():
        if mapping.entity[target].type is Type.BOOL and match.column.truths:
            _add_truths(layout, match.column, match.column.truths)


def first_of_two_digit_years(layout: FileLayout, mapping: EntityMapping) -> Finding[int] | None:
    """Where two-digit years begin, if all of them are of days that have been; None if they need not be stated."""
    written = [match for match in mapping.matches.values() if any("%y" in form for form in match.column.formats)]
    dated = [match for match in written if mapping.entity[match.target].type in (Type.DATE, Type.TIMESTAMP)]
    if not dated or any(mapping.entity[match.target].looks_ahead for match in dated) or YEARS_FROM in layout.file:
        return None
    return Finding(
        datetime.now(UTC).year - 99,
        Confidence.LIKELY,
        f"otherwise it is not sure which century some of {dated[0].column.name} are in; no day is in the future",
    )


def _add_truths(layout: FileLayout, column: ColumnProfile, truths: tuple[str, str]) -> None:
    """Adds a column's texts for true and false to those that importers know by default."""
    defaults = FileFormat()
    lists = {name: list(layout.file.get(name, getattr(defaults, name))) for name in ("true_values", "false_values")}
    known = {text.lower() for texts in lists.values() for text in texts}
    why = f"{column.name} has {' and '.join(filter(None, truths))}"
    for name, text in zip(lists, truths, strict=True):
        if text and text.lower() not in known:
            layout.add(name, Finding([*lists[name], text], Confidence.LIKELY, why))
