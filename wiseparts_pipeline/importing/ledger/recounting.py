"""Changes a file's counts and status after its import, when its deferred rows are superseded or released."""

from collections.abc import Mapping
from dataclasses import dataclass

from psycopg.types.json import Jsonb

from wiseparts_pipeline.warehouse import Connection


@dataclass(frozen=True)
class Released:
    """What became of deferred rows of a file; those of `rows` that are none of the others were unchanged."""

    rows: int
    created: int
    updated: int
    rejected: int
    warnings: Mapping[str, int]


def count_superseded(connection: Connection, superseded: Mapping[int, int]) -> None:
    """Counts as superseded, by file_id, how many rows of a file were deferred until now."""
    connection.execute(
        """
        update ops.import_files as file
        set rows_waiting = rows_waiting - counted.rows, rows_superseded = rows_superseded + counted.rows,
            status = case when rows_rejected = 0 and rows_waiting = counted.rows then 'imported' else status end
        from unnest(%s::bigint[], %s::bigint[]) as counted (file_id, rows)
        where counted.file_id = file.file_id
        """,
        [list(superseded.keys()), list(superseded.values())],
    )


def count_released(connection: Connection, file_id: int, released: Released) -> None:
    """Counts rows that were deferred until now as what has become of them."""
    connection.execute(
        """
        update ops.import_files
        set rows_waiting = rows_waiting - %(rows)s, rows_created = rows_created + %(created)s,
            rows_updated = rows_updated + %(updated)s,
            rows_unchanged = rows_unchanged + %(rows)s - %(created)s - %(updated)s - %(rejected)s,
            rows_rejected = rows_rejected + %(rejected)s,
            warnings = warnings || (
                select coalesce(jsonb_object_agg(code, new::bigint + coalesce((warnings ->> code)::bigint, 0)), '{}')
                from jsonb_each_text(%(warnings)s) as added (code, new)
            ),
            status = case when rows_rejected + %(rejected)s = 0 and rows_waiting = %(rows)s then 'imported'
                else status end
        where file_id = %(file_id)s
        """,
        vars(released) | {"file_id": file_id, "warnings": Jsonb(released.warnings)},
    )
