{#
    Returns the values, including nulls, that are missing from the dimensions.
    `columns`: a list of {column, to, field}; field is the column unless given.
#}
{% test references(model, columns) %}
{{ missing_references(model, columns) }}
{% endtest %}

{# Like `references`, for a large table: each column is the first of an index, and is never null. #}
{% test references_by_index(model, columns) %}
{{ missing_references(model, columns, by_index=true) }}
{% endtest %}
