"""What is to be decided about matches, for `wiseparts check`."""

from collections.abc import Iterator

from wiseparts_pipeline.diagnostics.findings import Finding, Kind, Level
from wiseparts_pipeline.notify.wording import counted
from wiseparts_pipeline.warehouse import Warehouse


def check_matches(warehouse: Warehouse) -> Iterator[Finding]:
    """The kinds of which one of theirs is the same as several of ours."""
    with warehouse.connect() as connection:
        conflicts = connection.execute(
            "select kind, count(distinct theirs) from ops.matches"
            " where status = 'proposed' and doubt = 'several_ours' group by kind order by kind"
        ).fetchall()
    for kind, count in conflicts:
        records = counted(count, "record of theirs is", "records of theirs are")
        message = f"{records} the same as several of ours: see `wiseparts matches --kind {kind} --status proposed`"
        yield Finding(Level.WARNING, Kind.MATCH_CONFLICTS, f"matches {kind}", message)
