{# How many ordered units the price of an offer or line is for; 1 if nothing is said. #}
{% macro price_quantity(record) -%}
    coalesce(nullif({{ record }}.price_quantity, 0), 1)
{%- endmacro %}
