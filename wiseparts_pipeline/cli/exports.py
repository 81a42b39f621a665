"""Prints exports: the rows of the export log, and what a delivery has done."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from wiseparts_pipeline.cli.output import complain, out, print_report
from wiseparts_pipeline.exporting.delivery import Delivered
from wiseparts_pipeline.exporting.export import Export, Status
from wiseparts_pipeline.exporting.log import Standing


def print_exports(exports: Sequence[Export], *, title: str | None = None) -> None:
    """Print one row per export, and why each that is not delivered is not."""
    print_report([_row(each) for each in exports], title=title)


def as_json(export: Export) -> dict[str, Any]:
    """The row of ops.exports."""
    return asdict(export)


def print_standings(standings: Mapping[str, Standing]) -> None:
    """Print one row per exporter: how many records it has noted, and how many of them have each status."""
    rows = [
        {
            "exporter": name,
            "noted": standing.noted,
            **{status.value: standing.count(status) for status in Status},
            "not collected in time": standing.overdue,
            "oldest since": standing.oldest,
        }
        for name, standing in standings.items()
    ]
    print_report(rows)


def standing_as_json(standing: Standing) -> dict[str, Any]:
    """As `print_standings` prints it."""
    counts = {status.value: standing.count(status) for status in Status}
    return {"noted": standing.noted, **counts, "overdue": standing.overdue, "oldest": standing.oldest}


def report_delivered(results: Sequence[Delivered]) -> None:
    """Print what was delivered, and complain about what was not."""
    delivered = sum(each.count(Status.DELIVERED) for each in results)
    if delivered:
        slowest = max(each.slowest for each in results if each.slowest is not None)
        records = "1 record" if delivered == 1 else f"{delivered:,} records"
        out.print(f"Delivered {records}; the slowest {slowest.total_seconds():,.1f} s after it was noted.")
    for notice in dict.fromkeys(notice for each in results for notice in each.notices):
        complain(notice)


def _row(export: Export) -> dict[str, Any]:
    version = f" ({export.version})" if export.version > 1 else ""
    return {
        "exporter": export.exporter,
        "record": f"{export.record_key or export.record_uuid}{version}",
        "status": export.status,
        "noted": export.noted_at,
        "delivered": export.delivered_at,
        "collected": export.collected_at,
        "folder": export.path,
        "number there": export.external_id,
        "why": f"{export.code}: {export.error or ''}" if export.code else export.error,
    }
