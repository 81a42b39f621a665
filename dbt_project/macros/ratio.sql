{# A quotient; null if the denominator is null or 0. #}
{% macro ratio(numerator, denominator) -%}
    round({{ numerator }} / nullif({{ denominator }}, 0)::numeric, 6)
{%- endmacro %}

{# The growth from an earlier figure to a later one, as a share; null if the earlier one is not above 0. #}
{% macro growth(now, before) -%}
    case when {{ before }} > 0 then round(({{ now }} - {{ before }}) / {{ before }}, 6) end
{%- endmacro %}
