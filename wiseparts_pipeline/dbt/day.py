"""The day as of which marts are built unless a build is given another: its own, or the last day of a demo's sample."""

from datetime import date

from wiseparts_pipeline.dbt.project import project_variables
from wiseparts_pipeline.warehouse import Connection


def fixed_day(connection: Connection) -> date | None:
    """The day of all builds that are given no other, None if each is as of its own day.

    That of the project's variable or, in a demo, of the sample.
    """
    configured = project_variables()["as_of"]
    return date.fromisoformat(str(configured)) if configured else sample_day(connection)


def sample_day(connection: Connection) -> date | None:
    """The last day of the sample if this is a demo, otherwise None."""
    row = connection.execute("select as_of from ops.installation").fetchone()
    return row[0] if row else None


def set_sample_day(connection: Connection, day: date | None) -> None:
    """Have builds be as of this day from now on; None: as of their own, as everywhere but in a demo."""
    connection.execute("update ops.installation set as_of = %s", [day])


def about_sample_day(day: date) -> str:
    """What everybody who sees a demo's figures should know."""
    return (
        f"as of {day:%-d %B %Y}, the last day of the demo's sample; `wiseparts build --as-of today` has this and all"
        " later builds be as of today"
    )
