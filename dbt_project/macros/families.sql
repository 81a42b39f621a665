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
    where not exists (select from {{ this }} as standing where {{ has_same_members('standing', 'family_levels') }})
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

{# The condition that a row of the model being built was counted with the members that a row of family levels has. #}
{% macro has_same_members(standing, family_levels) -%}
    {{ standing }}.level = {{ family_levels }}.level
    and {{ standing }}.family_key = {{ family_levels }}.ancestor_family_key
    and {{ standing }}.members = {{ family_levels }}.members
{%- endmacro %}

{# The condition that no family has, at that level, the members with which a row of the model being built was counted. #}
{% macro is_regrouped(standing) -%}
    not exists (
        select
        from {{ ref('int_brand_family_levels') }} as family_levels
        where {{ has_same_members(standing, 'family_levels') }}
    )
{%- endmacro %}
