"""Telephone calls: callers wait, some hang up, and some of those are called back or call again."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wiseparts_pipeline.sample.model.customers import Customers
from wiseparts_pipeline.sample.model.days import DAYS, business
from wiseparts_pipeline.sample.model.decimals import Ints
from wiseparts_pipeline.sample.model.telephones import SPELLINGS, spelled

AGENTS = tuple(f"AG{number:02}" for number in range(1, 19))
# Calls that do not follow from an earlier one.
_CALLS = 28_300
_QUEUES = ("sales", "orders", "technical", "warranty", "accounting")
_OWN_NUMBER = "+30 210 0555000"
_WITHHELD = "anonymous"
# Share of a day's calls by hour, from 8 to 18: workshops order parts for the cars brought in that morning.
_HOURS = np.array([0.07, 0.13, 0.16, 0.14, 0.11, 0.09, 0.07, 0.07, 0.08, 0.06, 0.02])
_FIRST_HOUR = 8
_CLOSING_SECOND = 19 * 3_600
# Seconds, in an hour of average load.
_MEAN_WAIT = 18
_MEAN_PATIENCE = 210
# Shares of lost calls that an agent returns, and that the caller repeats.
_RETURNED_SHARE = 0.45
_REPEATED_SHARE = 0.3
_HOUR = 3_600


def make_calls(customers: Customers, rng: np.random.Generator) -> pd.DataFrame:
    """The calls, by time."""
    first = _first_calls(customers, rng)
    lost = first[(first["disposition"] == "lost") & (first["number"] != _WITHHELD)]
    table = pd.concat([first, _returned(lost, rng), _repeated(lost, rng)])
    table = table.sort_values("second", kind="stable", ignore_index=True)

    count = len(table)
    second, wait = table["second"].to_numpy(), table["wait"].to_numpy()
    inbound, outbound = (table["direction"].to_numpy() == direction for direction in ("inbound", "outbound"))
    answered = table["disposition"].to_numpy() == "answered"
    talk = np.where(answered, rng.lognormal(4.7, 0.8, count).astype(int).clip(5, 3_600), 0)
    hold = np.where(answered & (rng.random(count) < 0.2), rng.integers(5, 120, count), 0)
    spelling = rng.integers(SPELLINGS, size=count)
    outside = [
        number if number == _WITHHELD else spelled(number, way)
        for number, way in zip(table["number"], spelling, strict=True)
    ]
    agent, colleague = rng.choice(AGENTS, count), rng.choice(AGENTS, count)
    return pd.DataFrame(
        {
            # As in Asterisk: seconds and a counter; text, although it looks like a number.
            "call_id": [f"{at}.{number}" for number, at in enumerate(second + int(DAYS[0].timestamp()), 1)],
            "started_at": _times(second),
            "answered_at": np.where(answered, _times(second + wait), ""),
            "ended_at": _times(second + wait + talk + hold),
            "direction": table["direction"],
            "disposition": table["disposition"],
            "caller_number": np.select([inbound, outbound], [outside, _OWN_NUMBER], agent),
            "called_number": np.select([inbound, outbound], [_OWN_NUMBER, outside], colleague),
            "queue": table["queue"],
            "agent_id": np.where(answered | ~inbound, agent, ""),
            "wait_seconds": wait.astype(str),
            "talk_seconds": talk.astype(str),
            "hold_seconds": hold.astype(str),
            "customer_id": table["customer_id"],
        }
    )


def _first_calls(customers: Customers, rng: np.random.Generator) -> pd.DataFrame:
    """The calls that do not follow from another, in any order; `second`: since midnight of the first day."""
    day = rng.choice(len(DAYS), _CALLS, p=business())
    hour = rng.choice(len(_HOURS), _CALLS, p=_HOURS)
    direction = rng.choice(["inbound", "outbound", "internal"], _CALLS, p=[0.78, 0.18, 0.04])
    inbound = direction == "inbound"
    # The busier the hour, the longer the wait; a caller whose patience runs out is lost. Some hang up at once: they
    # have dialled a wrong number.
    waited = rng.exponential(_MEAN_WAIT * _HOURS[hour] / _HOURS.mean()).astype(int)
    patience = rng.exponential(_MEAN_PATIENCE, _CALLS).astype(int)
    patience = np.where(rng.random(_CALLS) < 0.015, rng.integers(0, 4, _CALLS), patience)
    hung_up = inbound & (waited > patience)
    to_voicemail = hung_up & (rng.random(_CALLS) < 0.04)
    other = rng.choice(["answered", "busy", "failed", "voicemail"], _CALLS, p=[0.8, 0.09, 0.03, 0.08])
    customer, number, known = _other_ends(customers, direction, rng)
    return pd.DataFrame(
        {
            "second": day * 86_400 + (_FIRST_HOUR + hour) * 3_600 + rng.integers(0, 3_600, _CALLS),
            "direction": direction,
            "disposition": np.select([to_voicemail, hung_up, inbound], ["voicemail", "lost", "answered"], other),
            "wait": np.select([hung_up, inbound], [patience, waited], rng.integers(4, 26, _CALLS)),
            "number": number,
            "queue": np.where(inbound, rng.choice(_QUEUES, _CALLS, p=[0.38, 0.3, 0.16, 0.09, 0.07]), ""),
            "customer_id": np.where(known, customers.table["customer_id"].to_numpy()[customer], ""),
        }
    )


def _other_ends(
    customers: Customers, direction: NDArray[np.str_], rng: np.random.Generator
) -> tuple[Ints, NDArray[np.str_], NDArray[np.bool_]]:
    """The customer of each call (position), the external number, and whether the telephone system knows the customer.

    It knows only the first numbers of customers, and not all of them.
    """
    count = len(direction)
    customer = rng.choice(len(customers.weight), count, p=customers.weight)
    is_customer = (direction != "internal") & (rng.random(count) < 0.82)
    which = rng.choice([0, 1, 2, 3], count, p=[0.6, 0.2, 0.12, 0.08])
    owned = np.array([customers.numbers[buyer][index] for buyer, index in zip(customer, which, strict=True)])
    stranger = np.array([f"+30 691 0{number:06}" for number in rng.integers(10**6, size=count)])
    withheld = (direction == "inbound") & ~is_customer & (rng.random(count) < 0.2)
    number = np.select([withheld, is_customer], [_WITHHELD, owned], stranger)
    return customer, number, is_customer & (which == 0) & (rng.random(count) < 0.8)


def _returned(lost: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """The calls with which agents return some of the lost ones on the same day; not all reach the caller."""
    returned = lost[rng.random(len(lost)) < _RETURNED_SHARE]
    count = len(returned)
    later = returned["second"] + returned["wait"] + rng.integers(120, 3 * _HOUR, count)
    return returned.assign(
        second=later,
        direction="outbound",
        disposition=rng.choice(["answered", "busy", "failed"], count, p=[0.82, 0.15, 0.03]),
        wait=rng.integers(4, 26, count),
        queue="",
    )[later % 86_400 < _CLOSING_SECOND]


def _repeated(lost: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """The calls of callers who try again on the same day; some are lost again."""
    repeated = lost[rng.random(len(lost)) < _REPEATED_SHARE]
    count = len(repeated)
    later = repeated["second"] + repeated["wait"] + rng.integers(60, 2 * _HOUR, count)
    return repeated.assign(
        second=later,
        disposition=rng.choice(["answered", "lost"], count, p=[0.85, 0.15]),
        wait=rng.exponential(_MEAN_WAIT, count).astype(int),
    )[later % 86_400 < _CLOSING_SECOND]


def _times(seconds: Ints) -> list[str]:
    """Seconds since midnight of the first day as local times; clocks never change in business hours."""
    moments: list[str] = (DAYS[0] + pd.to_timedelta(seconds, unit="s")).strftime("%Y-%m-%d %H:%M:%S").tolist()
    return moments
