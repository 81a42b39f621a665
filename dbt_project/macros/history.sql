{#
    The versions of a dimension's members, each from a day on: the one that a day ended with counts for all of it, and
    a member's first one for all days before. A member that no build of the snapshot has seen has the version that the
    dimension shows. `columns`: those of the dimension that the snapshot follows.
#}
{% macro versions_by_day(members, versions, key, columns) -%}
    select
        {{ members }}.{{ key }},
        {{ members }}.system_id,
        {{ members }}.is_unknown,
        {% for column in columns %}
        case when days.system_id is null then {{ members }}.{{ column }} else days.{{ column }} end as {{ column }},
        {% endfor %}
        row_number() over versions_of_member as version,
        case
            when row_number() over versions_of_member > 1 then days.changed_on
            else date '0001-01-01'
        end as valid_from,
        lead(days.changed_on) over versions_of_member as valid_to,
        lead(days.changed_on) over versions_of_member is null as is_current
    from {{ members }}
    left join (
        select distinct on (system_id, {{ business_day('dbt_valid_from') }})
            {{ versions }}.*,
            {{ business_day('dbt_valid_from') }} as changed_on
        from {{ versions }}
        order by system_id, {{ business_day('dbt_valid_from') }}, dbt_valid_from desc, dbt_valid_to desc
    ) as days
        on {{ members }}.system_id = days.system_id
    window versions_of_member as (partition by {{ members }}.{{ key }} order by days.changed_on)
{%- endmacro %}
