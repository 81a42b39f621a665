{# Selects the columns and values that are missing from the tables to which they refer; see the test `references`. #}
{% macro missing_references(model, columns, by_index=false) -%}
    {% for reference in columns %}
    {% set field = reference.field or reference.column %}
    select distinct
        '{{ reference.column }}' as column_name,
        referring.{{ reference.column }}::text as missing_value
    from {{ distinct_by_index(model, [reference.column]) if by_index else model }} as referring
    left join {{ reference.to }} as referenced
        on referring.{{ reference.column }} = referenced.{{ field }}
    where referenced.{{ field }} is null
    {{ 'union all' if not loop.last }}
    {% endfor %}
{%- endmacro %}
