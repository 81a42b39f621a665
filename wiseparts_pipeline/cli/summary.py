"""The figures at the end of the demo: the import log by entity, and some marts."""

from typing import Any

from psycopg.rows import dict_row

from wiseparts_pipeline.warehouse import Warehouse

Summary = dict[str, list[dict[str, Any]]]

TITLES = {
    "import_log": "Import log",
    "exports": "Exports to the ERP",
    "sales_by_month": "Net sales by month",
    "top_families": "Best brand families of the last twelve months",
    "quote_conversion": "Quotes by month",
    "channels": "Yearly sales in EUR by channel",
    "calls": "Inbound calls by month",
    "lost_calls": "Lost calls by month, and what became of them within a day",
    "receivables": "Receivables, and what has left the list",
    "receivables_aging": "Receivables by days overdue",
}

_QUERIES = {
    "import_log": """
        select entity, count(*) as files, sum(rows_read)::bigint as rows, sum(rows_created)::bigint as created,
            sum(rows_updated)::bigint as updated, sum(rows_unchanged)::bigint as unchanged,
            sum(rows_superseded)::bigint as superseded, sum(rows_rejected)::bigint as rejected,
            sum(rows_waiting)::bigint as waiting, sum(rows_deleted)::bigint as deleted,
            coalesce(sum((select sum(value::bigint) from jsonb_each_text(warnings))), 0)::bigint as warnings
        from marts.import_log
        group by entity
        order by min(started_at)
    """,
    "exports": """
        select exporter, count(*) as noted, count(*) filter (where status = 'waiting') as waiting,
            count(*) filter (where status = 'held') as held, count(*) filter (where status = 'delivered') as delivered,
            count(*) filter (where status = 'collected') as collected,
            count(*) filter (where status = 'given_up') as given_up,
            count(*) filter (where status = 'cancelled') as cancelled,
            round(percentile_cont(0.5) within group (order by seconds_to_delivery)::numeric, 1) as median_seconds,
            round(max(seconds_to_delivery), 1) as slowest_seconds
        from marts.export_log
        group by exporter
        order by exporter
    """,
    "sales_by_month": """
        select to_char(month, 'YYYY-MM') as month, currency, sum(sales_lines)::bigint as lines,
            round(sum(net_amount), 2) as net_amount,
            round(100 * sum(margin_amount) / nullif(sum(costed_net_amount), 0), 1) as margin_percent
        from marts.sales_by_brand_family_monthly
        where level = 1
        group by 1, currency
        order by 1 desc, currency
        limit 9
    """,
    "top_families": """
        select family_path as family, currency, sum(sales_lines)::bigint as lines,
            round(sum(net_amount), 2) as net_amount,
            round(100 * sum(margin_amount) / nullif(sum(costed_net_amount), 0), 1) as margin_percent
        from marts.sales_by_brand_family_monthly
        where level = 2
            and month > (select max(month) - interval '12 months' from marts.sales_by_brand_family_monthly)
        group by family_key, family_path, currency
        order by sum(net_amount) desc
        limit 5
    """,
    "quote_conversion": """
        select to_char(month, 'YYYY-MM') as month, currency, quotes, won_quotes as won, lost_quotes as lost,
            open_quotes as open, round(100 * conversion_rate, 1) as conversion_percent,
            round(won_amount, 2) as won_amount
        from marts.quote_conversion_monthly
        order by 1 desc, currency
        limit 9
    """,
    "channels": """
        select channel, sum(sales_lines)::bigint as lines, round(sum(net_amount), 2) as net_amount,
            round(100 * sum(net_amount) / nullif(sum(sum(net_amount)) over (), 0), 1) as percent
        from marts.channel_sales_monthly
        where currency = 'EUR'
            and month > (select max(month) - interval '12 months' from marts.channel_sales_monthly)
        group by channel
        order by sum(net_amount) desc
    """,
    "calls": """
        select to_char(date_day, 'YYYY-MM') as month, sum(offered_calls)::bigint as offered,
            sum(answered_calls)::bigint as answered, sum(lost_calls)::bigint as lost,
            round(100 * sum(answered_in_time_calls) / nullif(sum(answered_calls + lost_calls), 0), 1)
                as service_level_percent
        from marts.call_center_daily
        group by 1
        order by 1 desc
        limit 6
    """,
    "lost_calls": """
        select to_char(started_on, 'YYYY-MM') as month, count(*) as lost,
            count(*) filter (where follow_up = 'reached') as reached_later,
            count(*) filter (where follow_up = 'tried') as called_back_in_vain,
            count(*) filter (where follow_up = 'called again') as called_again_in_vain,
            count(*) filter (where follow_up = 'open') as neither
        from marts.lost_calls
        group by 1
        order by 1 desc
        limit 6
    """,
    "receivables": """
        select as_of, currency, count(*) filter (where is_open) as open_documents,
            round(sum(open_amount), 2) as open_amount,
            count(*) filter (where is_deleted) as documents_that_left
        from marts.fct_due_docs
        group by as_of, currency
        order by currency
    """,
    "receivables_aging": """
        select as_of, currency, round(sum(not_due_amount), 2) as not_due,
            round(sum(overdue_1_30_amount), 2) as "1_to_30", round(sum(overdue_31_60_amount), 2) as "31_to_60",
            round(sum(overdue_61_90_amount), 2) as "61_to_90", round(sum(overdue_over_90_amount), 2) as over_90,
            round(sum(disputed_amount), 2) as disputed, round(sum(unapplied_credit_amount), 2) as unapplied_credits
        from marts.receivables_aging
        group by as_of, currency
        order by currency
    """,
}


def read_summary(warehouse: Warehouse) -> Summary:
    """The rows for each of TITLES, read with the rights of an analyst."""
    with (
        warehouse.connect(read_only_analyst=True) as connection,
        connection.cursor(row_factory=dict_row) as cursor,
    ):
        return {name: cursor.execute(query.encode()).fetchall() for name, query in _QUERIES.items()}
