{# The condition that a day is in the 12 closed months before that of the as-of date. #}
{% macro in_last_12_months(day) -%}
    {{ day }} >= {{ month_of(as_of()) }} - interval '12 months' and {{ day }} < {{ month_of(as_of()) }}
{%- endmacro %}

{# Selects a digest of the inputs of int_customer_top_families: the months of sales that it reads, and the rates. #}
{% macro top_families_inputs() -%}
    select
        md5(
            concat_ws(
                '|',
                {{ month_of(as_of()) }},
                (
                    select string_agg(rates::text, ',' order by rates.currency, rates.valid_from)
                    from {{ ref('int_exchange_rates') }} as rates
                ),
                string_agg(mart_months.month || ' ' || mart_months.version, ',' order by mart_months.month)
            )
        ) as inputs
    from {{ source('ops', 'mart_months') }} as mart_months
    where mart_months.model = 'fct_sales' and {{ in_last_12_months('mart_months.month') }}
{%- endmacro %}
