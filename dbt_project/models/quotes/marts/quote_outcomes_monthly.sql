{{ config(materialized='view') }}

{% set parts = {
    'all': ('', 'null::text', 'null::text', 'null::int', 'true'),
    'sales_rep': ('_by_sales_rep', 'sales_rep_id', 'sales_rep_name', 'null::int', 'true'),
    'customer_group': ('_by_customer_group', 'customer_group', 'customer_group', 'null::int', 'true'),
    'family': ('_by_brand_family', 'family_key', 'family_name', 'level', 'level = family_level'),
} %}

{% for counted_by, report in [('quoting', 'quote_conversion'), ('decision', 'quote_decisions')] %}
{% for part, (by, key, name, level, is_own_level) in parts.items() %}
select
    '{{ counted_by }}' as counted_by,
    '{{ part }}' as part,
    {{ key }} as part_key,
    {{ name }} as part_name,
    {{ level }} as level,
    {{ is_own_level }} as is_own_level,
    month,
    currency,
    quotes,
    draft_quotes,
    open_quotes,
    won_quotes,
    lost_quotes,
    expired_quotes,
    win_rate,
    quoted_amount,
    draft_amount,
    open_amount,
    won_amount,
    lost_amount,
    expired_amount,
    win_rate_by_amount
from {{ ref(report ~ by ~ '_monthly') }}
{{ 'union all' if not loop.last }}
{% endfor %}
{{ 'union all' if not loop.last }}
{% endfor %}
