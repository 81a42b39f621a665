"""The page Exports, compared with the export log: the demo's records have been delivered, and nobody collects them."""

from tests.dashboards.ties.ties import Tie

_ORDERS = {"exporter": "erp_orders"}

TIES = [
    *(
        Tie(
            "exports/totals",
            ("records", "waiting", "held", "given_up", "not_collected", "delivered"),
            f"""
            select count(*) as records, 0 as waiting, 0 as held, 0 as given_up, count(delivered_at) as not_collected,
                count(delivered_at) as delivered
            from marts.export_log where collected_at is null and {where}
            """,
            state,
        )
        for state, where in (({}, "true"), (_ORDERS, "exporter = %(exporter)s"))
    ),
    Tie(
        "exports/standings",
        ("exporter", "records", "not_collected", "not_collected_since", "last_delivered_at"),
        """
        select exporter, count(*) as records, count(*) as not_collected, min(delivered_at) as not_collected_since,
            max(delivered_at) as last_delivered_at
        from marts.export_log group by exporter
        """,
    ),
    Tie(
        "exports/days",
        ("date_day", "delivered", "slowest_seconds_to_delivery"),
        """
        select day::date as date_day, count(export_id) as delivered,
            max(round(extract(epoch from delivered_at - noted_at), 3)) as slowest_seconds_to_delivery
        from generate_series(
            (now() at time zone 'Europe/Athens')::date - 6, (now() at time zone 'Europe/Athens')::date, interval '1 day'
        ) as day
        left join marts.export_log on (delivered_at at time zone 'Europe/Athens')::date = day
        group by day
        """,
        {"days": "7"},
    ),
    Tie(
        "exports/pending",
        ("record", "status"),
        "select record_key as record, status from marts.export_log where delivered_at is null",
        {},
        is_empty=True,
    ),
    Tie(
        "exports/delivered",
        ("record", "path"),
        "select record_key as record, path from marts.export_log where collected_at is null",
    ),
    Tie(
        "exports/created",
        ("record", "external_id"),
        "select record_key as record, external_id from marts.export_log where external_id is not null",
        {},
        is_empty=True,
    ),
]
