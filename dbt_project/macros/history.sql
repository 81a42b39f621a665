{#
    The CTEs from a snapshot's versions to `days`: one row per version of a record, with the days on which it is valid.
    The first version is valid for all earlier days; any other from the date of its file, or the business day of its
    load if the file's name has no date, but never before the previous one. Of several versions of a day, the last is
    valid. `imports`: import_log.
#}
{% macro version_days(versions, imports) -%}
known as (

    select
        {{ versions }}.*,
        case
            when row_number() over (partition by system_id order by dbt_valid_from) = 1 then date '0001-01-01'
            else coalesce({{ imports }}.file_date, {{ business_day('dbt_valid_from') }})
        end as known_on
    from {{ versions }}
    left join {{ imports }}
        on {{ versions }}.file_id = {{ imports }}.file_id
    where dbt_valid_to is null or dbt_valid_from < dbt_valid_to

),

begun as (

    select
        *,
        max(known_on) over (partition by system_id order by dbt_valid_from) as valid_from
    from known

),

followed as (

    select
        *,
        lead(valid_from) over (partition by system_id order by valid_from, dbt_valid_from) as valid_to
    from begun

),

days as (

    select
        *,
        row_number() over (partition by system_id order by valid_from) as version
    from followed
    where valid_to is null or valid_from < valid_to

)
{%- endmacro %}

{#
    Selects one row per version of a dimension's members, from `days`. A member that is not in the snapshot yet has one
    version, with the dimension's values. `columns`: those of the dimension that the snapshot tracks.
#}
{% macro member_versions(members, key, columns) -%}
    select
        {{ members }}.{{ key }},
        {{ members }}.system_id,
        {{ members }}.is_unknown,
        {% for column in columns %}
        case when days.system_id is null then {{ members }}.{{ column }} else days.{{ column }} end as {{ column }},
        {% endfor %}
        coalesce(days.version, 1) as version,
        coalesce(days.valid_from, date '0001-01-01') as valid_from,
        days.valid_to,
        days.valid_to is null as is_current
    from {{ members }}
    left join days
        on {{ members }}.system_id = days.system_id
{%- endmacro %}
