{# The reserved key of each dimension's unknown member. #}
{% macro unknown() -%}
    '(unknown)'
{%- endmacro %}

{# A dimension's key: the sender's id; for a record without one, or with the reserved key as its id, its system_id. #}
{% macro master_key(external_id) -%}
    coalesce(nullif({{ external_id }}, {{ unknown() }}), system_id::text)
{%- endmacro %}

{# Selects a dimension's members: each record of a CTE with its key, and the unknown member with nulls. #}
{% macro members(records, key, external_id) -%}
    select
        {{ master_key(external_id) }} as {{ key }},
        {{ records }}.*
    from {{ records }}

    union all

    select
        {{ unknown() }} as {{ key }},
        {{ records }}.*
    from (values (1)) as nothing
    left join {{ records }}
        on false
{%- endmacro %}

{#
    Selects one row per id that a dimension's members have or had: the column `id`, the member's `key`, and `is_former`.
    A former id that another member has now belongs to that one, and an id that several had to the one who had it last.
    `members`: the dimension; `versions`: its snapshot.
#}
{% macro keys_by_any_id(members, versions, key, id) -%}
    select distinct on ({{ id }})
        {{ id }},
        {{ key }},
        is_former
    from (
        select
            {{ id }},
            {{ key }},
            false as is_former,
            null as held_until
        from {{ members }}
        where {{ id }} is not null

        union all

        select
            versions.{{ id }},
            members.{{ key }},
            true as is_former,
            versions.dbt_valid_to as held_until
        from {{ versions }} as versions
        inner join {{ members }} as members
            on versions.system_id = members.system_id
        where versions.dbt_valid_to is not null and versions.{{ id }} is not null
    ) as ids
    order by {{ id }}, is_former, held_until desc, {{ key }}
{%- endmacro %}
