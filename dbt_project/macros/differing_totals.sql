{#
    Selects the groups whose totals differ between two relations; a group that is missing on one side has totals of 0
    there. `by` and `totals`: {expression over the first: expression over the second}. `where`s: the rows that count.
#}
{% macro differing_totals(first, second, by, totals, first_where, second_where) %}

with first_totals as (

    {{ grouped_totals(first, by.keys(), totals.keys(), first_where) }}

),

second_totals as (

    {{ grouped_totals(second, by.values(), totals.values(), second_where) }}

)

select
    {% for group in by %}
    coalesce(first_totals.group_{{ loop.index }}, second_totals.group_{{ loop.index }}) as group_{{ loop.index }},
    {% endfor %}
    {% for total in totals %}
    first_totals.total_{{ loop.index }} as first_total_{{ loop.index }},
    second_totals.total_{{ loop.index }} as second_total_{{ loop.index }}{{ ',' if not loop.last }}
    {% endfor %}
from first_totals
full join second_totals
    on true
    {% for group in by %}
    and first_totals.group_{{ loop.index }} = second_totals.group_{{ loop.index }}
    {% endfor %}
where
    {% for total in totals %}
    coalesce(first_totals.total_{{ loop.index }}, 0) <> coalesce(second_totals.total_{{ loop.index }}, 0)
    {{ 'or' if not loop.last }}
    {% endfor %}

{% endmacro %}

{# Selects totals by groups, both given as lists of expressions, as group_1, group_2 ... and total_1, total_2 ... #}
{% macro grouped_totals(relation, groups, totals, where) %}
    select
        {% for group in groups %}
        {{ group }} as group_{{ loop.index }},
        {% endfor %}
        {% for total in totals %}
        {{ total }} as total_{{ loop.index }}{{ ',' if not loop.last }}
        {% endfor %}
    from {{ relation }}
    where {{ where }}
    {% for group in groups %}
    {{ 'group by' if loop.first else ',' }} {{ loop.index }}
    {% endfor %}
{% endmacro %}
