"""Exports: where each order and customer is that goes to another system."""

import vizro.models as vm

from wiseparts_pipeline.dashboards.figures import Card, Column, Part, Unit, cards, stacks, table
from wiseparts_pipeline.dashboards.layout import choice, report
from wiseparts_pipeline.exporting.export import Code

EXPOSURE = "export_report"
_LOG = "export_log"
_BEFORE = "in as many days before"
_MISSING = "nothing as long before"
_NONE = "Nothing was exported yet."
_STATUSES = {"waiting": "Waiting", "held": "Held", "given_up": "Given up"}
_ENTITIES = {"orders": "Order", "customers": "Customer", "purchase_requisitions": "Requisition"}
_MEANINGS: dict[str, str] = {
    Code.INCOMPLETE: "A line of the order is missing",
    Code.CUSTOMER_NOT_DELIVERED: "Its customer is not delivered",
    Code.MISSING_VALUE: "A required value is missing",
    Code.DIFFERING_VALUES: "Its lines have different values",
    Code.UNENCODABLE: "A letter cannot be written",
    Code.TOO_LARGE: "It is too large",
    Code.NOT_THERE: "The system lacks what it names",
    Code.NOT_ACCEPTED: "The system does not accept it",
    Code.DIFFERS_THERE: "The system has another one of this number",
    Code.UNREACHABLE: "The server is not reached",
    Code.NOT_WRITABLE: "The server cannot be written to",
    Code.TARGET_TAKEN: "Its folder is taken",
    Code.PROGRAM_FAULT: "A fault of the program",
    Code.CHANGED_AFTER_DELIVERY: "Changed after the delivery",
    Code.AMOUNT_DIFFERS: "The system has another amount",
}
_REMEDIES: dict[str, str] = {
    Code.INCOMPLETE: "Correct the rejected line, or have the record sent that it waits for",
    Code.CUSTOMER_NOT_DELIVERED: "Nothing, unless the customer itself is held: correct it, or deliver it --again",
    Code.MISSING_VALUE: "Send the record again with the value",
    Code.DIFFERING_VALUES: "Send the lines again with one value",
    Code.UNENCODABLE: "Change the value, or the exporter's file",
    Code.TOO_LARGE: "See whether its source means one record",
    Code.NOT_THERE: "Enter it in the system, or send the record again without it",
    Code.NOT_ACCEPTED: "Decide in the system: confirm it there, cancel it, or remove the reason",
    Code.DIFFERS_THERE: "Give one another number, or deliver it --again if it is the same",
    Code.UNREACHABLE: "Nothing, unless login or host key are wrong: it is tried again",
    Code.NOT_WRITABLE: "Give our user the right to write, or room: it is tried again",
    Code.TARGET_TAKEN: "Move the other folder of this name away",
    Code.PROGRAM_FAULT: "Give the log to whoever maintains the program: it is tried again",
    "waiting": "Nothing: it is about to go",
    "held": "See wiseparts exports",
    "given_up": "See wiseparts exports, then have it taken up again: wiseparts export",
}


def page() -> vm.Page:
    """The page at `/exports`."""
    return report(
        "exports",
        "Exports",
        description="Where each order and customer is that goes to another system, and how long deliveries take.",
        controls=[
            choice("exports", "days", "Period", everything="Last 30 days"),
            choice("exports", "exporter", "Exporter"),
        ],
        rows=[[_totals()], [_pending()], [_standings()], [_days(), _seconds()], [_delivered()], [_created()]],
    )


def _totals() -> vm.Figure:
    return vm.Figure(
        id="exports-totals",
        figure=cards(
            "exports/totals",
            empty=_NONE,
            cards=[
                Card("Waiting", "waiting", Unit.COUNT, f"{_LOG}.status"),
                Card("Held", "held", Unit.COUNT, f"{_LOG}.code"),
                Card("Given up", "given_up", Unit.COUNT, f"{_LOG}.status"),
                Card("Not collected", "not_collected", Unit.COUNT, f"{_LOG}.collected_at"),
                Card(
                    "Delivered",
                    "delivered",
                    Unit.COUNT,
                    f"{_LOG}.delivered_at",
                    "previous_delivered",
                    _BEFORE,
                    0,
                    _MISSING,
                ),
                Card(
                    "Time to delivery, median",
                    "median_seconds_to_delivery",
                    Unit.SECONDS,
                    f"{_LOG}.seconds_to_delivery",
                    "previous_median_seconds_to_delivery",
                    _BEFORE,
                    good=-1,
                    missing=_MISSING,
                ),
            ],
        ),
    )


def _pending() -> vm.Figure:
    return vm.Figure(
        id="exports-pending",
        figure=table(
            "exports/pending",
            title="Not delivered: given up, held or waiting",
            about=_LOG,
            columns=[
                Column("status", "Status", about=f"{_LOG}.status", words=_STATUSES, width=80),
                Column("entity", "What", about=f"{_LOG}.entity", words=_ENTITIES, width=80),
                Column("record", "Record", about=f"{_LOG}.record_key"),
                Column("code", "Why", about=f"{_LOG}.code", words=_MEANINGS, width=150),
                Column("advice", "What to do", words=_REMEDIES, width=220),
                Column("noted_at", "Since", Unit.MOMENT, f"{_LOG}.noted_at"),
                Column("attempts", "Attempts", Unit.COUNT, f"{_LOG}.attempts"),
                Column("next_attempt_at", "Next attempt", Unit.MOMENT, f"{_LOG}.next_attempt_at"),
                Column("exporter", "Exporter", about=f"{_LOG}.exporter"),
            ],
            empty="Nothing waits and nothing is held: every record has gone.",
        ),
    )


def _standings() -> vm.Figure:
    return vm.Figure(
        id="exports-standings",
        figure=table(
            "exports/standings",
            title="By exporter",
            about=f"{_LOG}.status",
            columns=[
                Column("exporter", "Exporter", about=f"{_LOG}.exporter"),
                Column("records", "Records", Unit.COUNT),
                Column("waiting", "Waiting", Unit.COUNT),
                Column("held", "Held", Unit.COUNT),
                Column("given_up", "Given up", Unit.COUNT),
                Column("not_collected", "Not collected", Unit.COUNT),
                Column("collected", "Collected", Unit.COUNT),
                Column("cancelled", "Cancelled", Unit.COUNT),
                Column("waiting_since", "Waiting since", Unit.MOMENT),
                Column("not_collected_since", "Not collected since", Unit.MOMENT),
                Column("last_delivered_at", "Last delivery", Unit.MOMENT),
            ],
            empty=_NONE,
        ),
    )


def _days() -> vm.Figure:
    return vm.Figure(
        id="exports-by-day",
        figure=stacks(
            "exports/days",
            title="Delivered by day",
            about=f"{_LOG}.delivered_at",
            day="date_day",
            parts=[Part("delivered", "Delivered", "#097DFE")],
            unit=Unit.COUNT,
            empty=_NONE,
        ),
    )


def _seconds() -> vm.Figure:
    return vm.Figure(
        id="exports-seconds",
        figure=stacks(
            "exports/days",
            title="Seconds until delivery, by day",
            about=f"{_LOG}.seconds_to_delivery",
            day="date_day",
            parts=[
                Part("median_seconds_to_delivery", "Median", "#9CC7F5"),
                Part("slowest_seconds_to_delivery", "Slowest", "#EE9A4D"),
            ],
            is_grouped=True,
            unit=Unit.SECONDS,
            empty=_NONE,
        ),
    )


def _delivered() -> vm.Figure:
    return vm.Figure(
        id="exports-delivered",
        figure=table(
            "exports/delivered",
            title="Folders that are not collected yet, the oldest first",
            about=f"{_LOG}.collected_at",
            columns=[
                Column("entity", "What", about=f"{_LOG}.entity", words=_ENTITIES, width=100),
                Column("record", "Record", about=f"{_LOG}.record_key"),
                Column("version", "Version", Unit.COUNT, f"{_LOG}.version"),
                Column("delivered_at", "Delivered", Unit.MOMENT, f"{_LOG}.delivered_at"),
                Column("seconds_to_delivery", "Took (s)", Unit.SECONDS, f"{_LOG}.seconds_to_delivery"),
                Column("path", "Folder", about=f"{_LOG}.path", width=320),
                Column("code", "Note", about=f"{_LOG}.code", words=_MEANINGS),
                Column("exporter", "Exporter", about=f"{_LOG}.exporter"),
            ],
            empty="Everything that was delivered was collected.",
        ),
    )


def _created() -> vm.Figure:
    return vm.Figure(
        id="exports-created",
        figure=table(
            "exports/created",
            title="Created in another system, the latest first",
            about=f"{_LOG}.external_id",
            columns=[
                Column("entity", "What", about=f"{_LOG}.entity", words=_ENTITIES, width=100),
                Column("record", "Record", about=f"{_LOG}.record_key"),
                Column("external_id", "Number there", about=f"{_LOG}.external_id", width=320),
                Column("delivered_at", "Delivered", Unit.MOMENT, f"{_LOG}.delivered_at"),
                Column("seconds_to_delivery", "Took (s)", Unit.SECONDS, f"{_LOG}.seconds_to_delivery"),
                Column("code", "Note", about=f"{_LOG}.code", words=_MEANINGS),
                Column("exporter", "Exporter", about=f"{_LOG}.exporter"),
            ],
            empty="No exporter creates records in a system.",
        ),
    )
