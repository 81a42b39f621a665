{#
    Joins the exchange rates that hold on a day for a currency, as `rates`; to be followed by `reported_currency` and
    `reported` in the select list. Needs a CTE `rates` of int_exchange_rates.
#}
{% macro join_rates(currency, day) -%}
    left join rates
        on
            {{ currency }} = rates.currency
            and {{ day }} >= rates.valid_from
            and {{ day }} < rates.valid_before
{%- endmacro %}

{# The reporting currency where a rate is given, or else the currency itself. #}
{% macro reported_currency(currency) -%}
    coalesce(rates.reporting_currency, {{ currency }})
{%- endmacro %}

{# An amount in the currency that `reported_currency` tells, to six decimals. #}
{% macro reported(amount) -%}
    round(({{ amount }}) * coalesce(rates.rate, 1), 6)
{%- endmacro %}
