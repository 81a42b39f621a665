{# A quotient; null where there is nothing to divide by. #}
{% macro ratio(numerator, denominator) -%}
    round({{ numerator }} / nullif({{ denominator }}, 0)::numeric, 6)
{%- endmacro %}
