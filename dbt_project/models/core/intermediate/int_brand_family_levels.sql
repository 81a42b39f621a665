{{ config(materialized='table', indexes=[{'columns': ['family_key']}]) }}

with families as (

    select * from {{ ref('dim_brand_families') }}

),

bridge as (

    select * from {{ ref('bridge_brand_families') }}

),

family_levels as (

    select
        levels.level,
        bridge.family_key,
        bridge.ancestor_family_key
    from (select distinct families.level from families) as levels
    cross join bridge
    inner join families as ancestors
        on bridge.ancestor_family_key = ancestors.family_key
    where
        ancestors.level = levels.level
        or (bridge.distance = 0 and ancestors.level < levels.level)

),

members as (

    select
        level,
        ancestor_family_key,
        md5(string_agg(family_key, '|' order by family_key)) as members
    from family_levels
    group by level, ancestor_family_key

),

final as (

    select
        family_levels.level,
        family_levels.family_key,
        family_levels.ancestor_family_key,
        members.members
    from family_levels
    inner join members
        on
            family_levels.level = members.level
            and family_levels.ancestor_family_key = members.ancestor_family_key

)

select * from final
