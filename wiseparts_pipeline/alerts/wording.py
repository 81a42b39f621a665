"""The e-mail about what is wrong, what still is, and what is over: plain text, without contents of rows."""

import platform
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from wiseparts_pipeline.alerts.standing import Alert, News
from wiseparts_pipeline.config.operations.ages import NEVER, in_words
from wiseparts_pipeline.diagnostics.findings import HealthKind, Kind
from wiseparts_pipeline.notify.wording import printable, shortened

# What people are told of, as it is called in an e-mail behind what it is about.
TITLES: Mapping[str, str] = {
    Kind.UNREACHABLE: "cannot be reached",
    Kind.MISSING_FOLDER: "is missing",
    Kind.NOT_READABLE: "cannot be read",
    Kind.KEPT_BACK: "files change nothing",
    Kind.HELD_EXPORTS: "records are held",
    Kind.GIVEN_UP_EXPORTS: "deliveries were given up",
    Kind.LATE_EXPORTS: "records are not delivered",
    Kind.WITHOUT_EXPORTER: "there is no such exporter any more",
    Kind.NOT_COLLECTED: "records are not collected",
    Kind.FAILED_PULL: "has failed",
    HealthKind.DISK: "the disk is filling up",
    HealthKind.CLOCK: "the clock is wrong",
    HealthKind.LOGIN: "the login cannot do its work",
    HealthKind.STOPPED_FEED: "the feed has stopped",
    HealthKind.OLD_DEFERRED: "rows have waited for long",
    HealthKind.FAILING_BUILDS: "builds fail",
    HealthKind.LATE_MARTS: "marts are late",
    HealthKind.LONG_LOCK: "is held for long",
}
_SHOWN = 50
_COLUMNS = 100
_LONGEST_SUBJECT = 150


def subject(news: News) -> str:
    """At a glance: `WiseParts: importer sales: the feed has stopped`."""
    parts = []
    if news.begun:
        parts.append(_one_or(news.begun, "", "things are wrong"))
    if news.over:
        parts.append(_one_or(news.over, "over: ", "things are over"))
    if not parts:
        parts.append(_one_or(news.lasting, "still: ", "things are still wrong"))
    return shortened(f"WiseParts: {'; '.join(parts)}", _LONGEST_SUBJECT)


def text(news: News, home: Path, remind_after: str, now: datetime) -> str:
    """`home`: the state folder, which tells one installation from another. Times are in UTC."""
    paragraphs = [
        *_section("New", news.begun, _since),
        *_section("Still wrong", news.lasting, _since),
        *_section("Over", news.over, _from_to),
    ]
    repeated = "" if remind_after == NEVER else f", again after {in_words(remind_after)} if it lasts,"
    paragraphs += [
        textwrap.fill(
            "`wiseparts doctor` shows all that is wrong now. You are told when something goes wrong"
            f"{repeated} and when it is over, because `to` of the component Alerts names you.",
            _COLUMNS,
        ),
        f"Installation: {home} on {platform.node()}, {_moment(now)}",
    ]
    return "\n\n".join(paragraphs) + "\n"


def _section(title: str, alerts: Sequence[Alert], when: Callable[[Alert], str]) -> Iterator[str]:
    if alerts:
        yield f"{title}:"
    for alert in alerts[:_SHOWN]:
        message = printable(alert.message)
        message += f"{'' if message.endswith(('.', '?')) else '.'} {when(alert)}"
        lines = textwrap.wrap(message, _COLUMNS, break_on_hyphens=False, break_long_words=False)
        yield "\n  ".join([f"- {_headline(alert)}", *lines])
    if alerts[_SHOWN:]:
        yield f"- and {len(alerts) - _SHOWN:,} more"


def _headline(alert: Alert) -> str:
    return f"{printable(alert.place)}: {TITLES[alert.kind]}"


def _one_or(alerts: Sequence[Alert], before: str, several: str) -> str:
    return f"{before}{_headline(alerts[0])}" if len(alerts) == 1 else f"{len(alerts):,} {several}"


def _since(alert: Alert) -> str:
    return f"Since {_moment(alert.began_at)}."


def _from_to(alert: Alert) -> str:
    return f"From {_moment(alert.began_at)} to {_moment(alert.seen_at)}."


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
