{{ config(materialized='table', indexes=[{'columns': ['family_key']}]) }}

with families as (

    select * from {{ ref('dim_brand_families') }}

),

bridge as (

    select * from {{ ref('bridge_brand_families') }}

),

levels as (

    {{ family_levels('bridge', 'families') }}

),

members as (

    select
        level,
        ancestor_family_key,
        md5(string_agg(family_key, '|' order by family_key)) as members
    from levels
    group by level, ancestor_family_key

),

final as (

    select
        levels.level,
        levels.family_key,
        levels.ancestor_family_key,
        members.members
    from levels
    inner join members
        on
            levels.level = members.level
            and levels.ancestor_family_key = members.ancestor_family_key

)

select * from final
