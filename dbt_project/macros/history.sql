{#
    The steps, as CTEs, from a snapshot's versions to `days`: the versions of each record from a day to another. The
    first one counts for all days before; another from the date of the file that brought it, or the business day of its
    load if the file's name has no date, but never before the one that it follows. Of several from one day on, the last
    counts. `imports`: import_log.
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
    The versions of a dimension's members, from `days`. A member that no build of the snapshot has seen has the version
    that the dimension shows. `columns`: those of the dimension that the snapshot follows.
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
