{#
    Returns the values, nulls among them, that the dimensions lack.
    `columns`: a list of {column, to, field}; field is the column unless given.
#}
{% test references(model, columns) %}
    {{ missing_references(model, columns) }}
{% endtest %}

{# Like `references`, for a large table: each column is the first of an index, and none is null. #}
{% test references_by_index(model, columns) %}
    {{ missing_references(model, columns, by_index=true) }}
{% endtest %}
