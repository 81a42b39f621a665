"""How the log of pulls is shown."""

from collections.abc import Sequence

from wiseparts_pipeline.cli.output import print_report, printable
from wiseparts_pipeline.pulling.log import PullRow


def print_pulls(rows: Sequence[PullRow]) -> None:
    """A table of pulls, and below it why some failed."""
    print_report(
        [
            {
                "pull": row.pull,
                "what": f"changes since {row.since:%Y-%m-%d %H:%M:%S}" if row.since else str(row.kind),
                "status": str(row.status),
                "requests": row.requests,
                "records": row.records,
                "seconds": row.seconds,
                "file_id": row.file_id,
                "started_at": row.started_at,
                "error": printable(row.error or ""),
            }
            for row in rows
        ],
        title="Pulls",
    )
