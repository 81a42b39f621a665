{#
    Returns the values, nulls among them, that the dimensions lack.
    `columns`: a list of {column, to, field}; field is by default the column.
#}
{% test references(model, columns) %}

{% for reference in columns %}
select distinct
    '{{ reference.column }}' as column_name,
    referring.{{ reference.column }}::text as missing_value
from {{ model }} as referring
left join {{ reference.to }} as referenced
    on referring.{{ reference.column }} = referenced.{{ reference.field or reference.column }}
where referenced.{{ reference.field or reference.column }} is null
{{ 'union all' if not loop.last }}
{% endfor %}

{% endtest %}
