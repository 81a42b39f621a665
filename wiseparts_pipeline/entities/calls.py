"""Calls: what the telephone system recorded."""

from wiseparts_pipeline.entities.schema import Entity, Person, Personal, Type, column, text

CALLS = Entity(
    name="calls",
    description="One row per telephone call.",
    key=("call_id",),
    group="calls",
    person=Person("customers", "customer_id"),
    columns=(
        text("call_id", "Key of the call in the telephone system.", required=True, example="1736841125.42"),
        column("started_at", Type.TIMESTAMP, "When the call came in.", required=True, example="2025-01-14 09:52:05"),
        column(
            "answered_at",
            Type.TIMESTAMP,
            "When the call was answered; empty if it never was.",
            example="2025-01-14 09:52:23",
        ),
        column("ended_at", Type.TIMESTAMP, "When the call ended.", example="2025-01-14 09:55:40"),
        text(
            "direction",
            "Who called whom.",
            required=True,
            allowed=("inbound", "outbound", "internal"),
            example="inbound",
        ),
        text(
            "disposition",
            "How the call ended; `lost`: the caller hung up before anyone answered.",
            required=True,
            allowed=("answered", "lost", "busy", "failed", "voicemail"),
            example="answered",
        ),
        text("caller_number", "Caller's number.", example="+302101234567", personal=Personal.IDENTITY),
        text("called_number", "Number that was called.", example="+302109876543", personal=Personal.IDENTITY),
        text("queue", "Queue that the call waited in.", example="sales"),
        text("agent_id", "Key of the agent who answered.", example="AG12"),
        column("wait_seconds", Type.INT, "Seconds until the call was answered or abandoned.", minimum=0, example="18"),
        column("talk_seconds", Type.INT, "Seconds of conversation.", minimum=0, example="197"),
        column("hold_seconds", Type.INT, "Seconds on hold.", minimum=0, example="0"),
        text("customer_id", "Key of the customer, if the telephone system knows it.", example="C00123"),
    ),
)
