"""What the telephone system recorded: office hours with their peaks, callers who wait and some who give up."""

import numpy as np
import pandas as pd

from wiseparts_pipeline.sample.customers import Customers
from wiseparts_pipeline.sample.days import DAYS, business
from wiseparts_pipeline.sample.exact import Ints

CALLS = 30_000
AGENTS = tuple(f"AG{number:02}" for number in range(1, 19))
_QUEUES = ("sales", "orders", "technical", "warranty", "accounting")
_OWN_NUMBER = "+30 210 0555000"
# Share of a day's calls by hour, from 8 to 18: workshops order parts for the cars that came in the morning.
_HOURS = np.array([0.07, 0.13, 0.16, 0.14, 0.11, 0.09, 0.07, 0.07, 0.08, 0.06, 0.02])
_FIRST_HOUR = 8
# Seconds, in an hour of average load.
_MEAN_WAIT = 35


def calls(buyers: Customers, rng: np.random.Generator) -> pd.DataFrame:
    """The calls by time."""
    day = rng.choice(len(DAYS), CALLS, p=business())
    hour = rng.choice(len(_HOURS), CALLS, p=_HOURS)
    second = day * 86_400 + (_FIRST_HOUR + hour) * 3_600 + rng.integers(0, 3_600, CALLS)
    order = np.argsort(second, kind="stable")
    second, hour = second[order], hour[order]

    direction = rng.choice(["inbound", "outbound", "internal"], CALLS, p=[0.78, 0.18, 0.04])
    inbound = direction == "inbound"
    # The busier the hour, the longer the wait; whoever has waited longer than his patience is lost.
    waited = rng.exponential(_MEAN_WAIT * _HOURS[hour] / _HOURS.mean()).astype(int)
    wait = np.where(inbound, waited, rng.integers(4, 26, CALLS))
    patience = rng.exponential(420, CALLS).astype(int) + 5
    lost = inbound & (wait > patience)
    wait = np.where(lost, patience, wait)
    other = rng.choice(["answered", "busy", "failed", "voicemail"], CALLS, p=[0.8, 0.09, 0.03, 0.08])
    disposition = np.select([lost, inbound], ["lost", "answered"], other)
    answered = disposition == "answered"
    talk = np.where(answered, rng.lognormal(4.7, 0.8, CALLS).astype(int).clip(5, 3_600), 0)
    hold = np.where(answered & (rng.random(CALLS) < 0.2), rng.integers(5, 120, CALLS), 0)

    customer = rng.choice(len(buyers.weight), CALLS, p=buyers.weight)
    is_customer = (direction != "internal") & (rng.random(CALLS) < 0.82)
    phones = buyers.customers[["phone", "mobile"]].to_numpy()[customer, rng.integers(0, 2, CALLS)]
    stranger = np.array([f"+30 690 0{number:06}" for number in rng.integers(10**6, size=CALLS)])
    withheld = inbound & ~is_customer & (rng.random(CALLS) < 0.2)
    outside = np.where(withheld, "anonymous", np.where(is_customer, phones, stranger))
    agent = rng.choice(AGENTS, CALLS)
    colleague = rng.choice(AGENTS, CALLS)
    recognised = is_customer & (rng.random(CALLS) < 0.9)
    return pd.DataFrame(
        {
            # As Asterisk does it: seconds and a counter, which is text although it looks like a number.
            "call_id": [f"{at}.{count}" for count, at in enumerate(second + int(DAYS[0].timestamp()), 1)],
            "started_at": _times(second),
            "answered_at": np.where(answered, _times(second + wait), ""),
            "ended_at": _times(second + wait + talk + hold),
            "direction": direction,
            "disposition": disposition,
            "caller_number": np.select([inbound, direction == "outbound"], [outside, _OWN_NUMBER], agent),
            "called_number": np.select([inbound, direction == "outbound"], [_OWN_NUMBER, outside], colleague),
            "queue": np.where(inbound, rng.choice(_QUEUES, CALLS, p=[0.38, 0.3, 0.16, 0.09, 0.07]), ""),
            "agent_id": np.where(answered | ~inbound, agent, ""),
            "wait_seconds": wait.astype(str),
            "talk_seconds": talk.astype(str),
            "hold_seconds": hold.astype(str),
            "customer_id": np.where(recognised, buyers.customers["customer_id"].to_numpy()[customer], ""),
        }
    )


def _times(seconds: Ints) -> list[str]:
    """Seconds since the first midnight as local times; business hours have no clock change in them."""
    moments: list[str] = (DAYS[0] + pd.to_timedelta(seconds, unit="s")).strftime("%Y-%m-%d %H:%M:%S").tolist()
    return moments
