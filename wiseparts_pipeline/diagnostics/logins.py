"""Whether each part of the program can log in to the database and may do its work there."""

from collections.abc import Iterator

from wiseparts_pipeline.diagnostics.findings import Finding, HealthKind, Level
from wiseparts_pipeline.errors import WarehouseError
from wiseparts_pipeline.warehouse import Warehouse
from wiseparts_pipeline.warehouse.logins import missing_rights
from wiseparts_pipeline.warehouse.roles import VARIABLES

_SHOWN = 3


def check_logins(warehouse: Warehouse) -> Iterator[Finding]:
    """The logins of this process that do not work, or lack rights."""
    for role in warehouse.logins:
        place = VARIABLES[role]
        try:
            missing = missing_rights(warehouse, role)
        except WarehouseError as error:
            message = f"{error} `wiseparts roles --new-passwords`, as an administrator, prints URLs that work"
            yield Finding(Level.FAULT, HealthKind.LOGIN, place, message)
            continue
        if missing:
            shown = ", ".join(missing[:_SHOWN]) + (f" and {len(missing) - _SHOWN:,} more" if missing[_SHOWN:] else "")
            message = f"lacks the right {shown}: run `wiseparts roles` as an administrator"
            yield Finding(Level.FAULT, HealthKind.LOGIN, place, message)
