"""What a browser shows of the figures, compared with the rows of their queries."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from wiseparts_pipeline.dashboards.marts import Result

Row = Mapping[str, Any]
SHOWN: Mapping[str, Mapping[str, str]] = yaml.safe_load(
    Path(__file__).with_name("shown.yaml").read_text(encoding="utf-8")
)
# The texts and series of each figure, by its id.
READ = """
    ids => Object.fromEntries(ids.map(id => {
        const text = node => node ? node.textContent.trim().replace(/\\s+/g, ' ') : '';
        const figure = document.getElementById(id);
        const all = selector => [...figure.querySelectorAll(selector)];
        const number = (mark, property) => parseFloat(mark.style[property]);
        return [id, {
            cards: all('.figure-card').map(card =>
                [text(card.querySelector('h4')), text(card.querySelector('.card-value')),
                 text(card.querySelector('.card-before .reference'))]),
            headings: all('thead th').map(text),
            cells: all('tbody tr').map(row => [...row.cells].map(text)),
            bars: all('.ranking .row').map(row =>
                [text(row.querySelector('.name')), text(row.querySelector('.number')), row.title]),
            lines: all('.lines li').map(line =>
                [text(line.querySelector('.line-count')), text(line.querySelector('.reference'))]),
            facts: all('.profile > div').map(fact => [text(fact.querySelector('dt')), text(fact.querySelector('dd'))]),
            slots: all('.slot').map(slot => ({
                day: text(slot.querySelector('.tip b')),
                names: [...slot.querySelectorAll('.tip .name')].map(text),
                numbers: [...slot.querySelectorAll('.tip .number')].map(text),
                bars: [...slot.querySelectorAll('.bar')].map(bar => number(bar, 'height')),
                dots: [...slot.querySelectorAll('.dot')].map(dot =>
                    number(dot, 'bottom') - number(figure.querySelector('.zero'), 'bottom')),
            })),
            heat: all('.heat-box tbody tr').map(row => [...row.cells].map(text)),
            hours: all('.heat-box thead th').map(text),
            empty: text(figure.querySelector('.empty')),
        }];
    }))
"""
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
# Columns of which a page writes the values in words of its own.
CODES = {
    *("reason", "status", "state", "entity", "code", "advice", "error_code", "aging_bucket", "doc_type", "outcome"),
    "trend",
}
RATES = ("rate", "share", "service_level", "credit_limit_used", "occupancy", "win_rate_by_amount")


def assert_shown(figure: str, screen: Mapping[str, Any], result: Result, currency: str) -> None:
    """All that SHOWN has of the figure is on the screen, in the rows' order; without rows only a sentence."""
    rows = [dict(zip(result.columns, row, strict=True)) for row in result.rows]
    wanted = SHOWN[figure]
    if not rows:
        assert screen["empty"].endswith("."), figure
        assert not any(screen[kind] for kind in ("cards", "cells", "bars", "lines", "facts", "slots", "heat")), figure
        return
    expect = _Expect(figure, ZoneInfo(result.timezone), currency)
    if screen["cards"]:
        _assert_cards(expect, screen["cards"], wanted, rows[0])
    elif screen["heat"]:
        _assert_heat(expect, screen["hours"], screen["heat"], wanted["cells"], rows)
    elif screen["headings"]:
        _assert_table(expect, screen["headings"], screen["cells"], wanted, rows)
    elif screen["bars"]:
        _assert_bars(expect, screen["bars"], wanted, rows)
    elif screen["slots"]:
        _assert_chart(expect, screen["slots"], wanted, rows)
    elif screen["lines"]:
        for (count, amount), row in zip(screen["lines"], rows, strict=True):
            expect.same(count, wanted["count"], row)
            # Where there are none, it is not said how much money they are about.
            if row[wanted["count"]]:
                expect.same(amount.removeprefix("· "), wanted["amount"], row)
    else:
        assert screen["facts"], f"{figure} shows nothing"
        facts = {title: column for title, column in wanted.items() if rows[0][column] not in (None, "")}
        assert [title for title, _ in screen["facts"]] == list(facts), figure
        for title, text in screen["facts"]:
            expect.same(text, facts[title], rows[0])


class _Expect:
    """What a value looks like, in this figure."""

    def __init__(self, figure: str, zone: ZoneInfo, currency: str) -> None:
        self.figure, self.zone, self.currency = figure, zone, currency
        self._words: dict[tuple[str, str], str] = {}

    def same(self, text: str, column: str, row: Row) -> None:
        value = row[column]
        if value is None:
            assert text in ("", "–"), self._about(text, column, value)
        elif isinstance(value, datetime):
            assert text == f"{value.astimezone(self.zone):%-d %b %Y %H:%M}", self._about(text, column, value)
        elif isinstance(value, date):
            assert text == f"{value:%-d %b %Y}", self._about(text, column, value)
        elif isinstance(value, str):
            # A code may be written in words, the same ones each time.
            expected = self._words.setdefault((column, value), text) if column in CODES else " ".join(value.split())
            assert text == expected, self._about(text, column, value)
        else:
            self._number(text, column, value)

    def _number(self, text: str, column: str, value: int | float | Decimal) -> None:
        number = re.match(r"(-?[\d,]+(?:\.(\d+))?)( ?%)?", text)
        assert number, self._about(text, column, value)
        assert bool(number[3]) is column.endswith(RATES), self._about(text, column, value)
        shown = Decimal(number[1].replace(",", "")) / (100 if number[3] else 1)
        digits = len(number[2] or "") + (2 if number[3] else 0)
        assert abs(shown - Decimal(value)) <= Decimal("0.501").scaleb(-digits), self._about(text, column, value)
        if column.endswith("amount") and re.search(r"[A-Z]{3}", text):
            assert self.currency in text, self._about(text, column, value)

    def _about(self, text: str, column: str, value: Any) -> str:
        return f"{self.figure} shows {text!r} for {column} {value!r}"


def _assert_cards(expect: _Expect, cards: Sequence[Sequence[str]], wanted: Mapping[str, str], row: Row) -> None:
    assert [title for title, _, _ in cards] == list(wanted), expect.figure
    for title, value, before in cards:
        column, _, column_before = wanted[title].partition(" ")
        expect.same(value, column, row)
        if column_before and row[column_before] is not None:
            expect.same(before, column_before, row)


def _assert_table(
    expect: _Expect,
    headings: Sequence[str],
    cells: Sequence[Sequence[str]],
    wanted: Mapping[str, str],
    rows: Sequence[Row],
) -> None:
    assert [re.sub(r" \([A-Z]{3}\)$", "", heading) for heading in headings] == list(wanted), expect.figure
    assert len(cells) == len(rows), expect.figure
    for texts, row in zip(cells, rows, strict=True):
        for text, column in zip(texts, wanted.values(), strict=True):
            expect.same(text, column, row)


def _assert_bars(
    expect: _Expect, bars: Sequence[Sequence[str]], wanted: Mapping[str, str], rows: Sequence[Row]
) -> None:
    for (name, number, hint), row in zip(bars, rows, strict=True):
        expect.same(name, wanted["name"], row)
        expect.same(number, wanted["number"], row)
        for title, column in wanted.items():
            if title == "before" and row[column] is not None:
                assert f"{row[column]:,.0f}" in hint, f"{expect.figure}: {hint}"
            elif title not in ("name", "number", "before") and row[column] is not None:
                assert f"{title}: {row[column]:,.0f}" in hint, f"{expect.figure}: {hint}"


def _assert_heat(
    expect: _Expect, hours: Sequence[str], heat: Sequence[Sequence[str]], column: str, rows: Sequence[Row]
) -> None:
    cells = {(line[0], hour): text for line in heat for hour, text in zip(hours, line[1:], strict=True)}
    for row in rows:
        expect.same(cells.pop((WEEKDAYS[row["weekday"] - 1], f"{row['hour']}:00")), column, row)
    assert not any(cells.values()), expect.figure


def _assert_chart(
    expect: _Expect, slots: Sequence[Mapping[str, Any]], wanted: Mapping[str, str], rows: Sequence[Row]
) -> None:
    """What is written of each day, and that bars and dots are as high as that."""
    day = wanted.get("day", "month")
    columns = {title: column for title, column in wanted.items() if title != "day"}
    heights: list[tuple[float, float]] = []
    levels: list[tuple[float, float]] = []
    for slot, row in zip(slots, rows, strict=True):
        assert slot["day"].endswith(f"{row[day]:%B %Y}"), expect.figure
        assert set(slot["names"]) == columns.keys(), expect.figure
        for name, text in zip(slot["names"], slot["numbers"], strict=True):
            expect.same(text, columns[name], row)
        drawn = [columns[name] for name in slot["names"]]
        dotted = drawn[-1:] if any(slot["dots"] for slot in slots) else []
        heights.append(
            (sum(slot["bars"]), sum(abs(float(row[column] or 0)) for column in drawn if column not in dotted))
        )
        levels += [(level, float(row[column] or 0)) for column in dotted for level in slot["dots"]]
    for measured in (heights, levels):
        scale = sum(height for height, _ in measured) / (sum(value for _, value in measured) or 1)
        assert all(abs(height - value * scale) < 0.1 for height, value in measured), f"{expect.figure}: {measured}"
