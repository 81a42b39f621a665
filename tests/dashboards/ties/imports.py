"""The page Imports, compared with the import log: the demo's files have all been imported within the last week."""

from tests.dashboards.ties.ties import Tie

_IMPORTER = {"importer": "sales"}
_ROWS = "sum(rows_created + rows_updated + rows_unchanged + rows_superseded)"

TIES = [
    *(
        Tie(
            "imports/totals",
            ("files", "rows_read", "rows_rejected", "rejected_share", "rows_waiting", "refused_files", "stopped_feeds"),
            f"""
            select count(*) as files, sum(rows_read) as rows_read, sum(rows_rejected) as rows_rejected,
                sum(rows_rejected) / sum(rows_read) as rejected_share, sum(rows_waiting) as rows_waiting,
                count(*) filter (where status in ('refused', 'failed')) as refused_files, 0 as stopped_feeds
            from marts.import_log where {where}
            """,
            state,
        )
        for state, where in (({}, "true"), ({"days": "90"}, "true"), (_IMPORTER, "importer = %(importer)s"))
    ),
    Tie(
        "imports/days",
        ("date_day", "files", "rows_loaded", "rows_rejected", "rows_waiting"),
        f"""
        select day::date as date_day, count(file_id) as files, coalesce({_ROWS}, 0) as rows_loaded,
            coalesce(sum(rows_rejected), 0) as rows_rejected, coalesce(sum(rows_waiting), 0) as rows_waiting
        from generate_series(
            (now() at time zone 'Europe/Athens')::date - 6, (now() at time zone 'Europe/Athens')::date, interval '1 day'
        ) as day
        left join marts.import_log on (started_at at time zone 'Europe/Athens')::date = day
        group by day
        """,
        {"days": "7"},
    ),
    Tie(
        "imports/feeds",
        ("importer", "file_name", "due_at", "files", "rows_read", "rows_rejected"),
        """
        select importer, file_name, due_at, count(*) as files, sum(rows_read) as rows_read,
            sum(rows_rejected) as rows_rejected
        from marts.import_freshness inner join marts.import_log using (importer) group by importer, file_name, due_at
        """,
    ),
    Tie(
        "imports/files",
        ("file_id", "status", "rows_read", "rows_rejected", "rows_waiting"),
        "select file_id, status, rows_read, rows_rejected, rows_waiting from marts.import_log",
    ),
    Tie(
        "imports/files",
        ("file_id",),
        "select file_id from marts.import_log where status = 'imported' and importer = 'sales'"
        " union all select file_id from marts.import_log where status = 'imported' and importer <> 'sales'",
        {"status": "imported"},
    ),
]
