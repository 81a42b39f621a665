"""The page Call centre, compared with the calls."""

from typing import Any

from tests.dashboards.ties.ties import Tie

# The calls of the two weeks up to the last complete day, and of the two before.
_CALLS = """
    with days as (

        select case when as_of < (built_at at time zone timezone)::date then as_of else as_of - 1 end as last, as_of
        from marts.last_build

    ),

    calls as (

        select calls.*, started_on > last - {days} as is_now, coalesce(calls.queue, '(none)') as queue_name
        from marts.fct_calls as calls cross join days
        where started_on > last - 2 * {days} and started_on <= last and {only}

    )
"""
_COUNTED = """
    count(*) filter (where is_offered) as offered_calls,
    count(*) filter (where is_offered and disposition = 'answered') as answered_calls,
    count(*) filter (where is_lost) as lost_calls
"""
_SERVICE = """
    count(*) filter (where is_answered_in_time)::numeric
    / nullif(count(*) filter (where is_lost or (is_offered and disposition = 'answered')), 0) as service_level
"""
_SPEED = """
    sum(wait_seconds) filter (where is_offered and disposition = 'answered')::numeric
    / count(wait_seconds) filter (where is_offered and disposition = 'answered') as average_wait_answered_seconds
"""
_LONGEST = "max(wait_seconds) filter (where is_offered) as longest_wait_seconds"
_THREE = ("offered_calls", "answered_calls", "lost_calls")
_WAITS = ("service_level", "average_wait_answered_seconds", "longest_wait_seconds")
_SALES: dict[str, Any] = {"queue": "sales"}


def _calls(days: int = 28, only: str = "true") -> str:
    return _CALLS.format(days=days, only=only)


def _totals(days: int, only: str = "true", **state: Any) -> Tie:
    sql = f"""
        {_calls(days, only)} select {_COUNTED}, {_SERVICE}, {_SPEED}, {_LONGEST}, (
            select count(*) filter (where is_lost) from calls cross join days where not is_now
            having (select min(started_on) from marts.fct_calls) <= min(last) - 2 * {days} + 1
        ) as previous_lost_calls
        from calls where is_now
    """
    return Tie("call_centre/totals", (*_THREE, *_WAITS, "previous_lost_calls"), sql, {"days": str(days)} | state)


def _by_day(only: str = "true", **state: Any) -> Tie:
    sql = f"""
        {_calls(only=only)} select started_on as date_day, {_COUNTED}, {_SERVICE}
        from calls where is_now and is_offered group by 1
    """
    return Tie("call_centre/days", ("date_day", *_THREE, "service_level"), sql, state)


def _by_hour(only: str = "true", **state: Any) -> Tie:
    sql = f"""
        {_calls(only=only)} select extract(isodow from started_on)::int as weekday, started_hour as hour, {_COUNTED},
            {_SERVICE}, count(*) filter (where is_lost)::numeric / count(*) as lost_rate
        from calls where is_now and is_offered group by 1, 2
    """
    columns = ("weekday", "hour", "offered_calls", "lost_calls", "lost_rate", "service_level")
    return Tie("call_centre/hours", columns, sql, state)


TIES = [
    _totals(14),
    _totals(364),
    _totals(7, "queue = 'sales'", **_SALES),
    _by_day(),
    _by_day("queue = 'sales'", **_SALES),
    _by_hour(),
    _by_hour("queue = 'sales'", **_SALES),
    Tie(
        "call_centre/queues",
        ("queue", *_THREE, *_WAITS),
        f"""
        {_calls()} select queue_name as queue, {_COUNTED}, {_SERVICE}, {_SPEED}, {_LONGEST}
        from calls where is_now and is_offered group by 1
        """,
        {},
    ),
    Tie(
        "call_centre/agents",
        ("agent_id", "days", "answered_calls", "handle_seconds", "average_handle_seconds"),
        f"""
        {_calls()} select agent_id, count(distinct started_on) as days,
            count(*) filter (where is_offered and disposition = 'answered') as answered_calls,
            coalesce(sum(handle_seconds), 0) as handle_seconds,
            avg(handle_seconds) filter (where is_offered and disposition = 'answered') as average_handle_seconds
        from calls where is_now and agent_id is not null group by 1
        """,
        {},
    ),
    Tie(
        "call_centre/follow_ups",
        ("follow_up", "lost_calls"),
        f"""
        {_calls()} select case
            when reached_at is not null then 'Reached' when called_back_at is not null then 'Called back in vain'
            when called_again_at is not null then 'Called again in vain' else 'Not called back'
        end as follow_up, count(*) as lost_calls
        from marts.lost_calls inner join calls using (call_id) where is_now group by 1
        """,
        {},
    ),
    Tie(
        "call_centre/call_backs",
        ("caller_number", "started_at", "wait_seconds", "customer_key"),
        """
        select caller_number, started_at, wait_seconds, customer_key from marts.lost_calls cross join marts.last_build
        where called_back_at is null and called_again_at is null and started_on <= as_of
            and started_on > as_of - case when as_of < (built_at at time zone timezone)::date then 28 else 29 end
        """,
        {},
    ),
]
