{#
    A subquery of the distinct combinations of an index's first columns, excluding nulls: it jumps from one to the next
    in the index ("loose index scan" in PostgreSQL's wiki), so that it reads only as many rows of a large table as there
    are combinations.
#}
{% macro distinct_by_index(relation, columns) -%}
{%- set listed = columns | join(', ') -%}
(
    with recursive jumps as (
        (
            select {{ listed }}
            from {{ relation }}
            where {% for column in columns %}{{ column }} is not null{{ ' and ' if not loop.last }}{% endfor %}
            order by {{ listed }}
            limit 1
        )

        union all

        select following.*
        from jumps
        cross join lateral (
            select {{ listed }}
            from {{ relation }} as indexed
            where
                ({% for column in columns %}indexed.{{ column }}{{ ', ' if not loop.last }}{% endfor %})
                > ({% for column in columns %}jumps.{{ column }}{{ ', ' if not loop.last }}{% endfor %})
                {% for column in columns %}
                and indexed.{{ column }} is not null
                {% endfor %}
            order by {{ listed }}
            limit 1
        ) as following
    )

    select * from jumps
)
{%- endmacro %}
