"""How a file writes dates: the format of each, and whether day or month comes first."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from wiseparts_pipeline.config.attributes import EPOCH, EPOCH_MS, EXCEL
from wiseparts_pipeline.importing.validation.conversion.months import in_english, without_dots
from wiseparts_pipeline.profiling.columns.cells import Cells, count_matching, enough
from wiseparts_pipeline.profiling.finding import Confidence, Finding

# Days between dates that are months apart.
_MONTHS_APART = 60

_TIME = (
    r"(?P<time>[ T]\d{1,2}:\d{2}(?P<seconds>:\d{2}(?P<fraction>\.\d{1,9})?)?"
    r"(?P<half> ?[AaPp][Mm])?(?P<zone> ?(?:Z|UTC|[+-]\d{2}:?\d{2}))?)?"
)
_YEAR_FIRST = re.compile(rf"^(?P<a>\d{{4}})(?P<sign>[-/.])(?P<b>\d{{1,2}})(?P=sign)(?P<c>\d{{1,2}}){_TIME}$")
_YEAR_LAST = re.compile(rf"^(?P<a>\d{{1,2}})(?P<sign>[-/. ])(?P<b>\d{{1,2}})(?P=sign)(?P<c>\d{{4}}|\d{{2}}){_TIME}$")
# 31-Jan-2025, 31. Januar 2025, January 31, 2025
_NAMED_MONTH = re.compile(
    rf"^(?:(?P<a>\d{{1,2}})(?P<before>\. ?|[-/ ]))?(?P<b>[^\W\d_]{{3,12}}\.?)(?P<behind>[-/. ])"
    rf"(?:(?P<later>\d{{1,2}})(?P<comma>,? ))?(?P<c>\d{{4}}|\d{{2}}){_TIME}$"
)
# Days as Excel counts them from 1980 to 2059, with fractions of a day; seconds and milliseconds from 2000 to 2037.
_COUNTED = {
    EXCEL: re.compile(r"^(29[2-9]\d\d|[345]\d{4})([.,]\d{1,12})?$"),
    EPOCH: re.compile(r"^(9[5-9]|1\d|20|21)\d{8}(\.\d{1,6})?$"),
    EPOCH_MS: re.compile(r"^(9[5-9]|1\d|20|21)\d{11}(\.\d{1,3})?$"),
}
_COMPACT = re.compile(rf"^(?:19|20)\d{{2}}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]){_TIME}$")
SHORT_DATE = re.compile(r"^\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])$")
CLOCK = re.compile(r"^\d{1,2}:\d{2}(:\d{2})?$")
ISO = "%Y-%m-%d"
# The formats of dates that may be numbers as well.
NUMERIC = frozenset({"%y%m%d", "%Y%m%d", EXCEL, EPOCH, EPOCH_MS})
# A placeholder for %d/%m or %m/%d until the order is known.
DAY = "DAY"


def date_format_of(text: str) -> str | None:
    """The format of a date, with `DAY` in it if day and month cannot be told apart; None if it is not a date."""
    if match := _YEAR_FIRST.match(text):
        sign = match["sign"]
        if not (int(match["b"]) <= 12 and int(match["c"]) <= 31):
            return None
        zone, half = match["zone"], match["half"]
        iso = sign == "-" and len(match["b"]) == len(match["c"]) == 2 and not half and not (zone or "").startswith(" ")
        return ISO if iso and zone != "UTC" else f"%Y{sign}%m{sign}%d{_clock(match)}"
    if match := _YEAR_LAST.match(text):
        first, second = int(match["a"]), int(match["b"])
        if not 1 <= min(first, second) <= 12 or max(first, second) > 31:
            return None
        return f"{DAY}{match['sign']}{'%Y' if len(match['c']) == 4 else '%y'}{_clock(match)}"
    if match := _NAMED_MONTH.match(text):
        return _with_named_month(text, match)
    if match := _COMPACT.match(text):
        return f"%Y%m%d{_clock(match)}"
    return None


def _with_named_month(text: str, match: re.Match[str]) -> str | None:
    """The format of a date with the name of a month that the importer knows."""
    if bool(match["a"]) is bool(match["later"]):
        return None
    year = "%Y" if len(match["c"]) == 4 else "%y"
    day = text[: match.start("time")] if match["time"] else text
    for month in ("%B", "%b") if len(match["b"].rstrip(".")) > 4 else ("%b", "%B"):
        form = f"%d{match['before']}{month}" if match["a"] else month
        form += "." * match["b"].endswith(".") + match["behind"]
        form += f"%d{match['comma']}{year}" if match["later"] else year
        try:
            datetime.strptime(in_english(day, form), without_dots(form))
        except ValueError:
            continue
        return form + _clock(match)
    return None


def counted_format(values: Cells) -> str | None:
    """The format of dates that are written as numbers; None if they are not, or too few."""
    total = sum(values.values())
    return next((form for form, pattern in _COUNTED.items() if count_matching(values, pattern) >= enough(total)), None)


def _clock(match: re.Match[str]) -> str:
    if not match["time"]:
        return ""
    clock = match["time"][0] + ("%I:%M" if match["half"] else "%H:%M")
    clock += "" if not match["seconds"] else ":%S.%f" if match["fraction"] else ":%S"
    if match["half"]:
        clock += " %p" if match["half"].startswith(" ") else "%p"
    zone = match["zone"]
    return clock if not zone else clock + (" %z" if zone.startswith(" ") else "%z")


def find_day_order(columns: Sequence[Cells], *, european: bool) -> Finding[str]:
    """`%d %m` or `%m %d`, by a majority of the dates that are unambiguous."""
    votes: Counter[str] = Counter()
    examples: dict[str, str] = {}
    ambiguous = False
    for values in columns:
        if not _mostly_dates(values):
            continue
        for text, count in values.items():
            if match := _YEAR_LAST.match(text):
                ambiguous = True
                for part, order in (("a", "%d %m"), ("b", "%m %d")):
                    if int(match[part]) > 12:
                        votes[order] += count
                        examples.setdefault(order, text)
    if not votes and ambiguous and (days := _compare_spans(columns)):
        # Otherwise they may be the first days of months.
        sure = Confidence.LIKELY if european else Confidence.GUESS
        return Finding(
            "%d %m", sure, f"the day comes first: the dates are then within {days[0]} days, otherwise {days[1]}"
        )
    if not votes:
        default = "%d %m" if european else "%m %d"
        why = (
            "no date has a day above 12, so day and month cannot be told apart"
            if ambiguous
            else "no date has the year last"
        )
        return Finding(default, Confidence.GUESS if ambiguous else Confidence.SURE, why)
    (best, count), *others = votes.most_common()
    which = "the day comes first" if best == "%d %m" else "the month comes first"
    if others:
        return Finding(best, Confidence.LIKELY, f"{which} in {count:,} dates such as {examples[best]}, not in all")
    return Finding(best, Confidence.SURE, f"{which}, as {examples[best]} shows")


def _compare_spans(columns: Sequence[Cells]) -> tuple[int, int] | None:
    """The span of the dates in days if the day comes first, and if the month does; None unless they differ a lot."""
    spans = [0, 0]
    for values in filter(_mostly_dates, columns):
        dates = [match for text in values if (match := _YEAR_LAST.match(text))]
        for position, (day, month) in enumerate((("a", "b"), ("b", "a"))):
            # Months of 31 days are exact enough.
            days = [int(match["c"]) * 372 + int(match[month]) * 31 + int(match[day]) for match in dates]
            spans[position] = max(spans[position], max(days, default=0) - min(days, default=0) + 1)
    return (spans[0], spans[1]) if spans[1] > max(_MONTHS_APART, 3 * spans[0]) else None


def _mostly_dates(values: Cells) -> bool:
    total = sum(values.values())
    return total > 0 and sum(count for text, count in values.items() if date_format_of(text)) >= enough(total)


def with_day_order(form: str, text: str, order: str) -> str:
    """The format with day and month in order; a date that contradicts the order of the file has its own."""
    if not form.startswith(DAY):
        return form
    sign = form[len(DAY)]
    match = _YEAR_LAST.match(text)
    assert match
    if int(match["a"]) > 12:
        order = "%d %m"
    elif int(match["b"]) > 12:
        order = "%m %d"
    return order.replace(" ", sign) + form[len(DAY) :]
