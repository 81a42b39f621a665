"""Call centre: how many calls come in and are lost, when to staff it, and whom to call back."""

import vizro.models as vm

from wiseparts_pipeline.dashboards.figures import Card, Column, Unit, cards, divided_ranking, ranking, table, weekdays
from wiseparts_pipeline.dashboards.figures.charts.stacks import BAD, GOOD, REST, Part, stacks
from wiseparts_pipeline.dashboards.layout import choice, report
from wiseparts_pipeline.dbt.project import project_variables

EXPOSURE = "call_centre_report"
QUESTIONS = (
    "In which hours are most calls lost?",
    "Which lost calls has no one returned?",
)
_DAILY, _HOURLY, _QUEUES, _AGENTS = (
    "call_center_daily",
    "call_center_hourly",
    "call_center_by_queue_daily",
    "call_center_by_agent_daily",
)
_OUTCOMES = [
    Part("answered_calls", "Answered", GOOD),
    Part("lost_calls", "Lost", BAD),
    Part("other_calls", "Hung up at once, voicemail, busy, failed", REST),
]
_NONE = "No calls are imported."
_NOT_THEN = "No calls came in on these days."


def page() -> vm.Page:
    """The page at `/call_centre`."""
    return report(
        "call_centre",
        "Call centre",
        description="Calls of the last complete days against as many days before them, and who is to be called back.",
        questions=QUESTIONS,
        controls=[
            choice("call_centre", "days", "Period", everything="Last 4 weeks"),
            choice("call_centre", "queue", "Queue", everything="All queues"),
        ],
        rows=[
            [_totals()],
            [_call_backs()],
            [_days()],
            [
                _hours("offered_calls_a_day", "Offered calls a day", Unit.COUNT, f"{_HOURLY}.offered_calls"),
                _hours("lost_rate", "Lost calls, by weekday and hour", Unit.RATE, f"{_HOURLY}.lost_rate"),
            ],
            [
                _hours("service_level", "Service level, by weekday and hour", Unit.RATE, f"{_HOURLY}.service_level"),
                _follow_ups(),
            ],
            [_queue_losses(), _queues()],
            [_agents()],
        ],
    )


def _totals() -> vm.Figure:
    seconds = project_variables()["service_level_seconds"]
    return vm.Figure(
        id="call_centre-totals",
        figure=cards(
            "call_centre/totals",
            empty=_NONE,
            cards=[
                _card("Offered", "offered_calls", Unit.COUNT, f"{_DAILY}.offered_calls", good=0),
                _card("Answered", "answered_calls", Unit.COUNT, f"{_DAILY}.answered_calls"),
                _card("Lost", "lost_calls", Unit.COUNT, f"{_DAILY}.lost_calls", good=-1),
                _card(f"Answered in {seconds} s", "service_level", Unit.RATE, f"{_DAILY}.service_level"),
                _card(
                    "Speed of answer",
                    "average_wait_answered_seconds",
                    Unit.SECONDS,
                    f"{_DAILY}.average_wait_answered_seconds",
                    good=-1,
                ),
                _card("Longest wait", "longest_wait_seconds", Unit.SECONDS, f"{_DAILY}.longest_wait_seconds", good=-1),
            ],
        ),
    )


def _card(title: str, value: str, unit: Unit, about: str, good: int = 1) -> Card:
    return Card(title, value, unit, about, f"previous_{value}", "the period before", good, "no whole period before")


def _call_backs() -> vm.Figure:
    return vm.Figure(
        id="call_centre-call_backs",
        figure=table(
            "call_centre/call_backs",
            title="To call back, the biggest customers first",
            about="lost_calls.is_open",
            columns=[
                Column("customer_name", "Customer", customer="customer_key", width=180),
                Column("caller_number", "Number", about="lost_calls.caller_number", width=160),
                Column("started_at", "Lost", Unit.MOMENT, "lost_calls.started_at"),
                Column("wait_seconds", "Waited (s)", Unit.SECONDS, "lost_calls.wait_seconds"),
                Column("queue", "Queue", about="lost_calls.queue", width=100),
                Column("sales_rep_name", "Representative", about="customer_360.sales_rep_name", width=150),
                Column("abc_class", "ABC", about="customer_360.abc_class", width=70),
                Column(
                    "last_12_months_net_amount",
                    "Bought in 12 months",
                    Unit.MONEY,
                    "customer_360.last_12_months_net_amount",
                ),
                Column("currency", "Currency", about="customer_360.currency", width=95),
            ],
            empty="No lost calls are to be returned.",
        ),
    )


def _days() -> vm.Figure:
    return vm.Figure(
        id="call_centre-by_day",
        figure=stacks(
            "call_centre/days",
            title="Calls by day",
            day="date_day",
            parts=_OUTCOMES,
            unit=Unit.COUNT,
            rate="service_level",
            rate_name="Service level",
            about=f"{_DAILY}.service_level",
            empty=_NOT_THEN,
        ),
    )


def _hours(value: str, title: str, unit: Unit, about: str) -> vm.Figure:
    return vm.Figure(
        id=f"call_centre-{value}",
        figure=weekdays("call_centre/hours", title=title, value=value, unit=unit, about=about, empty=_NOT_THEN),
    )


def _follow_ups() -> vm.Figure:
    return vm.Figure(
        id="call_centre-follow_ups",
        figure=ranking(
            "call_centre/follow_ups",
            title="What became of the lost calls",
            name="follow_up",
            value="lost_calls",
            unit=Unit.COUNT,
            about="lost_calls.follow_up",
            empty="No call was lost in this period.",
        ),
    )


def _queue_losses() -> vm.Figure:
    return vm.Figure(
        id="call_centre-queue_losses",
        figure=divided_ranking(
            "call_centre/queues",
            title="Queues, with service level",
            name="queue",
            parts=_OUTCOMES,
            unit=Unit.COUNT,
            rate="service_level",
            key="key",
            sets="call_centre-queue-list",
            about=f"{_QUEUES}.service_level",
            empty=_NOT_THEN,
        ),
    )


def _queues() -> vm.Figure:
    return vm.Figure(
        id="call_centre-queues",
        figure=table(
            "call_centre/queues",
            title="Waits by queue",
            about=_QUEUES,
            columns=[
                Column("queue", "Queue", about=f"{_QUEUES}.queue", width=110),
                Column("lost_rate", "Lost rate", Unit.RATE, f"{_QUEUES}.lost_rate"),
                Column(
                    "average_wait_answered_seconds",
                    "Speed of answer (s)",
                    Unit.SECONDS,
                    f"{_QUEUES}.average_wait_answered_seconds",
                ),
                Column(
                    "longest_wait_seconds",
                    "Longest wait (s)",
                    Unit.SECONDS,
                    f"{_QUEUES}.longest_wait_seconds",
                ),
            ],
            empty=_NOT_THEN,
        ),
    )


def _agents() -> vm.Figure:
    return vm.Figure(
        id="call_centre-agents",
        figure=table(
            "call_centre/agents",
            title="Agents, in all queues",
            about=_AGENTS,
            columns=[
                Column("agent_id", "Agent", about=f"{_AGENTS}.agent_id"),
                Column("days", "Days with calls", Unit.COUNT),
                Column("answered_calls", "Answered", Unit.COUNT, f"{_AGENTS}.answered_calls"),
                Column("outbound_calls", "Outbound", Unit.COUNT, f"{_AGENTS}.outbound_calls"),
                Column(
                    "average_handle_seconds",
                    "Average handle time (s)",
                    Unit.SECONDS,
                    f"{_AGENTS}.average_handle_seconds",
                ),
                Column("occupancy", "Occupancy", Unit.RATE, f"{_AGENTS}.occupancy"),
            ],
            empty="No agent had a call on these days.",
        ),
    )
