{{ config(indexes=[{'columns': ['ancestor_family_key']}, {'columns': ['family_key']}]) }}

with recursive families as (

    select * from {{ ref('int_brand_families') }}

),

walk as (

    select
        family_key as ancestor_family_key,
        family_key,
        0 as distance,
        parent_family_key as next_family_key
    from families

    union all

    select
        families.family_key as ancestor_family_key,
        walk.family_key,
        walk.distance + 1 as distance,
        families.parent_family_key as next_family_key
    from walk
    inner join families
        on walk.next_family_key = families.family_key

),

final as (

    select
        ancestor_family_key,
        family_key,
        distance
    from walk

)

select * from final
