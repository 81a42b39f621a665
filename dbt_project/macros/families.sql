{#
    Selects one row per level and brand family, with the family that represents it at that level: its ancestor there, or
    itself if it is less deep. `bridge` and `families`: CTEs of bridge_brand_families and dim_brand_families.
#}
{% macro family_levels(bridge, families) -%}
    select
        levels.level,
        {{ bridge }}.family_key,
        {{ bridge }}.ancestor_family_key
    from (select distinct level from {{ families }}) as levels
    cross join {{ bridge }}
    inner join {{ families }} as ancestors
        on {{ bridge }}.ancestor_family_key = ancestors.family_key
    where
        ancestors.level = levels.level
        or ({{ bridge }}.distance = 0 and ancestors.level < levels.level)
{%- endmacro %}

{#
    The rows of int_brand_family_levels of families that have, at that level, others below them than those with which
    the model being built counted: after a family has moved, the families that it left and to which it came.
#}
{% macro regrouped_families() -%}
    select
        family_levels.level,
        family_levels.family_key,
        family_levels.ancestor_family_key
    from {{ ref('int_brand_family_levels') }} as family_levels
    where
        not exists (
            select
            from {{ this }} as standing
            where
                standing.level = family_levels.level
                and standing.family_key = family_levels.ancestor_family_key
                and standing.members = family_levels.members
        )
{%- endmacro %}

{# Whether one of them was sold in another month than these. #}
{% macro sold_families_are_regrouped(months) -%}
    {%- set query -%}
        select exists (
            select
            from ({{ regrouped_families() }}) as regrouped
            inner join {{ ref('int_sales_by_own_family_monthly') }} as own_sales
                on regrouped.family_key = own_sales.family_key
            where not {{ in_months('own_sales.month', months) }}
        )
    {%- endset -%}
    {{ return(run_query(query).columns[0].values()[0] if execute else false) }}
{%- endmacro %}

{#
    Before a build: deletes what was counted with other members. Whatever reads the model has to read all of its months
    again.
#}
{% macro delete_regrouped_families() -%}
    {% if is_incremental() %}
    update {{ source('ops', 'mart_months') }}
    set version = gen_random_uuid()
    where
        model = '{{ this.name }}'
        and (
            exists (select from {{ this }} as standing where {{ is_regrouped('standing') }})
            or {{ sold_families_are_regrouped([]) }}
        );

    delete from {{ this }} as standing
    where {{ is_regrouped('standing') }}
    {% endif %}
{%- endmacro %}

{# The condition that a row of the model being built was counted with other members. #}
{% macro is_regrouped(standing) -%}
    not exists (
        select
        from {{ ref('int_brand_family_levels') }} as family_levels
        where
            {{ standing }}.level = family_levels.level
            and {{ standing }}.family_key = family_levels.ancestor_family_key
            and {{ standing }}.members = family_levels.members
    )
{%- endmacro %}
