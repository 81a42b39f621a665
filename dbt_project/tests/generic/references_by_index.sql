{#
    Like `references`, for a large table: each column is the first of an index, and none is null.
#}
{% test references_by_index(model, columns) %}

{% for reference in columns %}
select
    '{{ reference.column }}' as column_name,
    referring.{{ reference.column }}::text as missing_value
from {{ distinct_by_index(model, [reference.column]) }} as referring
left join {{ reference.to }} as referenced
    on referring.{{ reference.column }} = referenced.{{ reference.field or reference.column }}
where referenced.{{ reference.field or reference.column }} is null
{{ 'union all' if not loop.last }}
{% endfor %}

{% endtest %}
