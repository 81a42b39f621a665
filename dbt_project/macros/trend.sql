{# The trend of sales from one period to the next, by the variable `trend_rate`; there were none before the first. #}
{% macro sales_trend(now, earlier) -%}
    {%- set before = "coalesce(" ~ earlier ~ ", 0)" %}
    case
        when {{ now }} > 0 and {{ before }} <= 0 then 'new'
        when {{ now }} <= 0 and {{ before }} > 0 then 'lost'
        when {{ now }} <= 0 then 'none'
        when {{ now }} >= {{ before }} * (1 + {{ var('trend_rate') }}) then 'growing'
        when {{ now }} <= {{ before }} * (1 - {{ var('trend_rate') }}) then 'falling'
        else 'steady'
    end
{%- endmacro %}
