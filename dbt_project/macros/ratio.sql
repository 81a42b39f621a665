{# A quotient; null where there is nothing to divide by. #}
{% macro ratio(numerator, denominator) -%}
    round({{ numerator }} / nullif({{ denominator }}, 0)::numeric, 6)
{%- endmacro %}

{# By how much of an earlier figure a later one is greater; null where the earlier one is not above 0. #}
{% macro growth(now, before) -%}
    case when {{ before }} > 0 then round(({{ now }} - {{ before }}) / {{ before }}, 6) end
{%- endmacro %}
