"""One record of a call, of the records of its parts and of what happened to it in queues."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from wiseparts_pipeline.connections.asterisk.tables import as_text
from wiseparts_pipeline.connections.base import Record

Part = Mapping[str, Any]

ANSWERED = "ANSWERED"
VOICEMAIL = "VoiceMail"
# Of several records of a call, the one that decides: the first of these, and of equal ones the last.
_DECIDES = (ANSWERED, VOICEMAIL, "NO ANSWER", "BUSY", "FAILED", "CONGESTION")

# Events of calls in queues, with the number of the field that has the wait, and the one that has the conversation.
_WAITED = {"CONNECT": 1, "ABANDON": 3, "EXITWITHTIMEOUT": 3, "EXITEMPTY": 3, "EXITWITHKEY": 4}
_TALKED = {"COMPLETEAGENT": 2, "COMPLETECALLER": 2, "TRANSFER": 4, "BLINDTRANSFER": 4, "ATTENDEDTRANSFER": 5}
_ENTERED = ("ENTERQUEUE", "RINGNOANSWER", "RINGCANCELED")
EVENTS = (*_WAITED, *_TALKED, *_ENTERED)
_BY_AGENTS = ("CONNECT", *_TALKED)


@dataclass(frozen=True)
class Times:
    """When a part of a call began, was answered and ended."""

    start: datetime | None
    answer: datetime | None
    end: datetime | None


def whole(call: str, parts: Sequence[Part], events: Sequence[Part]) -> Record:
    """The record of a call. `parts`: its call records, with their columns in lower case; `events`: of its queues."""
    times = [_times(part) for part in parts]
    order = sorted(range(len(parts)), key=lambda each: _place(parts[each], times[each]))
    # Channels that Asterisk made for the call, as for an agent at a Local channel, say the same again.
    main = [each for each in order if parts[each]["uniqueid"] == call] or order
    queued = any(_is(parts[each], "Queue") for each in main)
    outcomes = {each: _outcome(parts[each], queued=queued) for each in main}
    decides = min(reversed(main), key=lambda each: _rank(outcomes[each]))
    start = min((each.start for each in times if each.start), default=None)
    end = max((each.end for each in times if each.end), default=None)
    answered = [each for each in main if outcomes[each] in (ANSWERED, VOICEMAIL)]
    record: Record = {
        "call": call,
        "start": as_text(start),
        "answer": as_text(min((answer for each in answered if (answer := times[each].answer)), default=None)),
        "end": as_text(end),
        "outcome": outcomes[decides],
        "queue": next((queue for each in reversed(main) if (queue := _queue(parts[each]))), None),
        "answered_by": as_text(parts[decides].get("dstchannel")) if outcomes[decides] == ANSWERED else None,
        "wait": None if answered else _sum(_waits([parts[each] for each in main])),
        "talk": _sum(_seconds(parts[each].get("billsec")) for each in answered),
        "cdr": {name: as_text(value) for name, value in parts[decides].items()},
        "queue_log": None,
    }
    known = [event for event in events if event["event"] in EVENTS]
    return record | _in_queues(known, start, end) if known else record


def _in_queues(events: Sequence[Part], start: datetime | None, end: datetime | None) -> Record:
    """What the log of the queues knows better: there a call counts as answered when an agent has answered it."""
    events = sorted(events, key=lambda event: (str(_comparable(event["time"])), _seconds(event.get("id")) or 0))
    by_agents = [event for event in events if event["event"] in _BY_AGENTS]
    decides = by_agents[-1] if by_agents else events[-1]
    connected = next((_moment(event["time"]) for event in events if event["event"] == "CONNECT"), None)
    return {
        "answer": as_text(connected) if _is_within(connected, start, end) else None,
        "outcome": decides["event"],
        "queue": decides["queuename"],
        "answered_by": decides["agent"] if by_agents else None,
        "wait": _sum(_seconds(_field(event, _WAITED[event["event"]])) for event in events if event["event"] in _WAITED),
        "talk": _sum(_seconds(_field(event, _TALKED[event["event"]])) for event in events if event["event"] in _TALKED),
        "queue_log": {name: as_text(value) for name, value in decides.items()},
    }


def _field(event: Part, number: int) -> Any:
    """A field of an event: older tables have them all in one column."""
    if (value := event.get(f"data{number}")) not in (None, ""):
        return value
    fields = str(event.get("data") or "").split("|")
    return fields[number - 1] if len(fields) >= number else None


def _outcome(part: Part, *, queued: bool) -> str:
    """The disposition of a record. In a queue, or after it, the dial plan has answered, and not always somebody."""
    disposition = str(part["disposition"] or "").upper()
    if disposition != ANSWERED:
        return disposition
    if _is(part, VOICEMAIL):
        return VOICEMAIL
    if queued and "dstchannel" in part and not part["dstchannel"]:
        return "NO ANSWER"
    return ANSWERED


def _rank(outcome: str) -> int:
    return _DECIDES.index(outcome) if outcome in _DECIDES else len(_DECIDES)


def _is(part: Part, application: str) -> bool:
    return str(part.get("lastapp") or "").lower() == application.lower()


def _queue(part: Part) -> str | None:
    """The queue that a record names."""
    return re.split(r"[,|]", str(part.get("lastdata") or ""))[0] or None if _is(part, "Queue") else None


def _waits(parts: Sequence[Part]) -> Iterable[int | None]:
    """The waits one after the other: extensions that rang at once waited once."""
    longest: dict[str, int] = {}
    for part in parts:
        start, seconds = str(_start(part)), _seconds(part.get("duration"))
        if seconds is not None:
            longest[start] = max(seconds, longest.get(start, 0))
    return longest.values()


def _times(part: Part) -> Times:
    """Older tables have the time of the beginning only, and seconds."""
    start = _start(part)
    seconds, talked = _seconds(part.get("duration")), _seconds(part.get("billsec"))
    end, answer = _moment(part.get("end")), _moment(part.get("answer"))
    if end is None and start is not None and seconds is not None:
        end = start + timedelta(seconds=seconds)
    if "answer" not in part and end is not None and talked:
        answer = end - timedelta(seconds=talked)
    return Times(start, answer, end)


def _start(part: Part) -> datetime | None:
    return _moment(part["start"] if "start" in part else part["calldate"])


def _place(part: Part, times: Times) -> tuple[str, str, int]:
    """`sequence` begins anew when Asterisk starts."""
    return str(times.start), str(times.end), _seconds(part.get("sequence")) or 0


def _moment(value: Any) -> datetime | None:
    """A time, which some tables have as text or as the seconds since 1970."""
    if isinstance(value, datetime):
        return value
    text = str(value if value is not None else "")
    if re.fullmatch(r"\d{9,11}(\.\d+)?", text):
        return datetime.fromtimestamp(float(text), UTC)
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _comparable(value: Any) -> Any:
    return _moment(value) or value


def _is_within(moment: datetime | None, start: datetime | None, end: datetime | None) -> bool:
    """Whether a queue answered during the call; otherwise the clocks of the two tables differ."""
    if moment is None or start is None or end is None:
        return False
    if {moment.tzinfo is None, start.tzinfo is None, end.tzinfo is None} == {True, False}:
        return True
    second = timedelta(seconds=1)
    return start - second <= moment <= end + second


def _seconds(value: Any) -> int | None:
    """A whole number of seconds; what is behind it in the same field is left out."""
    match = re.match(r"\d+", str(value if value is not None else "").strip())
    return int(match[0]) if match else None


def _sum(seconds: Iterable[int | None]) -> str | None:
    known = [each for each in seconds if each is not None]
    return str(sum(known)) if known else None
