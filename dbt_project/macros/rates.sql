{#
    Joins the exchange rates of a currency on a day as `rates`, for `reported_currency` and `reported` in the select
    list. Needs a CTE `rates` of int_exchange_rates.
#}
{% macro join_rates(currency, day) -%}
    left join rates
        on
            {{ currency }} = rates.currency
            and {{ day }} >= rates.valid_from
            and {{ day }} < rates.valid_before
{%- endmacro %}

{# The reporting currency if there is a rate, otherwise the currency itself. #}
{% macro reported_currency(currency) -%}
    coalesce(rates.reporting_currency, {{ currency }})
{%- endmacro %}

{# An amount in the currency of `reported_currency`, to six decimals. #}
{% macro reported(amount) -%}
    round(({{ amount }}) * coalesce(rates.rate, 1), 6)
{%- endmacro %}
