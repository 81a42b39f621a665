{# Returns the rows for which one of the conditions is false or null. `conditions`: {name: condition}. #}
{% test holds(model, conditions) %}

select
    *,
    case
        {% for name, condition in conditions.items() %}
        when ({{ condition }}) is not true then '{{ name }}'
        {% endfor %}
    end as broken_condition
from {{ model }}
where
    {% for condition in conditions.values() %}
    ({{ condition }}) is not true
    {{ 'or' if not loop.last }}
    {% endfor %}

{% endtest %}
