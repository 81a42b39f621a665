{# Monthly totals of sales in the reporting currency: a relation with which reports are compared. #}
{% macro reported_totals(totals, exchange_rates) -%}
(
    with rates as (
        select * from {{ exchange_rates }}
    )

    select
        totals.*,
        {{ reported_currency('totals.currency') }} as reported_currency,
        {{ reported('totals.net_amount') }} as reported_net_amount,
        {{ reported('(totals.costed_net_amount - totals.cost_amount)') }} as reported_margin_amount
    from {{ totals }} as totals
    {{ join_rates('totals.currency', 'totals.month') }}
) as reported_totals
{%- endmacro %}
