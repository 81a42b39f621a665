"""Imports: which files came, what became of them, and which did not come."""

import vizro.models as vm

from wiseparts_pipeline.dashboards.figures import Card, Column, Part, Unit, cards, stacks, table
from wiseparts_pipeline.dashboards.layout import choice, report
from wiseparts_pipeline.importing.faults import FailureCode, RefusalCode

EXPOSURE = "import_report"
QUESTIONS = ("Which feed has stopped?", "Where does a figure come from, down to file and row?")
_LOG, _FEEDS = "import_log", "import_freshness"
_BEFORE = "in as many days before"
_MISSING = "nothing as long before"
_NONE = "No file is imported yet."
_STATUSES = {
    "detected": "Detected",
    "importing": "Importing",
    "imported": "Imported",
    "imported_with_errors": "Imported with errors",
    "refused": "Refused",
    "failed": "Failed",
}
_STATES = {"stopped": "Stopped", "never arrived": "Never arrived", "on time": "On time", "not expected": "Not expected"}


def _sentence(phrase: str) -> str:
    """A phrase in Markdown as a sentence in plain text."""
    return f"{phrase[:1].upper()}{phrase[1:]}".replace("`", "")


# The reason in words may quote a row, which nobody is to see here; that of its code does not.
_CODES = [code for codes in (RefusalCode, FailureCode) for code in codes]
_MEANINGS = {code.value: _sentence(code.meaning) for code in _CODES}
_REMEDIES = {code.value: _sentence(code.remedy) for code in _CODES} | {
    "refused": "See the message: wiseparts errors",
    "failed": "Nothing: it is tried again. If it goes on, see wiseparts check",
}


def page() -> vm.Page:
    """The page at `/imports`."""
    return report(
        "imports",
        "Imports",
        description="Which files came, what became of them, and which feeds have stopped.",
        questions=QUESTIONS,
        controls=[
            choice("imports", "days", "Period", everything="Last 30 days"),
            choice("imports", "importer", "Importer"),
            choice("imports", "status", "Files"),
        ],
        rows=[[_totals()], [_days()], [_feeds()], [_files()]],
    )


def _totals() -> vm.Figure:
    return vm.Figure(
        id="imports-totals",
        figure=cards(
            "imports/totals",
            empty=_NONE,
            cards=[
                Card("Feeds stopped", "stopped_feeds", Unit.COUNT, f"{_FEEDS}.due_at"),
                Card(
                    "Files refused or failed",
                    "refused_files",
                    Unit.COUNT,
                    f"{_LOG}.status",
                    "previous_refused_files",
                    _BEFORE,
                    good=-1,
                    missing=_MISSING,
                ),
                Card("Rows waiting", "rows_waiting", Unit.COUNT, f"{_LOG}.rows_waiting"),
                Card(
                    "Rejected rows",
                    "rejected_share",
                    Unit.RATE,
                    f"{_LOG}.rows_rejected",
                    "previous_rejected_share",
                    _BEFORE,
                    good=-1,
                    missing=_MISSING,
                ),
                Card("Files", "files", Unit.COUNT, f"{_LOG}.file_id", "previous_files", _BEFORE, 0, _MISSING),
                Card("Rows", "rows_read", Unit.COUNT, f"{_LOG}.rows_read", "previous_rows_read", _BEFORE, 0, _MISSING),
            ],
        ),
    )


def _days() -> vm.Figure:
    return vm.Figure(
        id="imports-by-day",
        figure=stacks(
            "imports/days",
            title="Rows by day of import",
            about=f"{_LOG}.rows_read",
            day="date_day",
            parts=[
                Part("rows_loaded", "Loaded", "#9CC7F5"),
                Part("rows_waiting", "Waiting", "#F5C26B"),
                Part("rows_rejected", "Rejected", "#D9534F"),
            ],
            unit=Unit.COUNT,
            empty=_NONE,
        ),
    )


def _feeds() -> vm.Figure:
    return vm.Figure(
        id="imports-feeds",
        figure=table(
            "imports/feeds",
            title="Feeds, those that have stopped first",
            about=_FEEDS,
            columns=[
                Column("importer", "Importer", about=f"{_FEEDS}.importer", width=140),
                Column("state", "State", about=f"{_FEEDS}.due_at", words=_STATES, width=120),
                Column("file_name", "Last file", about=f"{_FEEDS}.file_name", width=210),
                Column("last_imported_at", "Imported", Unit.MOMENT, f"{_FEEDS}.last_imported_at"),
                Column("due_at", "Next is due", Unit.MOMENT, f"{_FEEDS}.due_at"),
                Column("files", "Files", Unit.COUNT),
                Column("rows_read", "Rows", Unit.COUNT, f"{_LOG}.rows_read"),
                Column("rows_rejected", "Rejected", Unit.COUNT, f"{_LOG}.rows_rejected"),
                Column("rejected_share", "Of rows", Unit.RATE),
            ],
            empty="No importer is configured.",
        ),
    )


def _files() -> vm.Figure:
    return vm.Figure(
        id="imports-files",
        figure=table(
            "imports/files",
            title="Files, the latest first",
            about=_LOG,
            columns=[
                Column("started_at", "Time", Unit.MOMENT, f"{_LOG}.started_at"),
                Column("name", "File", about=f"{_LOG}.name", width=210),
                Column("status", "Status", about=f"{_LOG}.status", words=_STATUSES, width=130),
                Column("error_code", "Why not", about=f"{_LOG}.error_code", words=_MEANINGS, width=200),
                Column("advice", "What to do", words=_REMEDIES, width=300),
                Column("rows_read", "Rows", Unit.COUNT, f"{_LOG}.rows_read"),
                Column("rows_rejected", "Rejected", Unit.COUNT, f"{_LOG}.rows_rejected"),
                Column("rows_waiting", "Waiting", Unit.COUNT, f"{_LOG}.rows_waiting"),
                Column("rows_changed", "New or changed", Unit.COUNT),
                Column("importer", "Importer", about=f"{_LOG}.importer", width=130),
            ],
            empty="No such file is imported.",
        ),
    )
