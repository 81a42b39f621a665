{{ config(indexes=[{'columns': ['family_key']}]) }}

with families as (

    select * from {{ ref('int_brand_families') }}

),

bridge as (

    select * from {{ ref('bridge_brand_families') }}

),

places as (

    select
        bridge.family_key,
        count(*)::int as level,
        string_agg(ancestors.name, ' > ' order by bridge.distance desc) as path,
        min(bridge.ancestor_family_key) filter (where ancestors.parent_family_key is null) as root_family_key
    from bridge
    inner join families as ancestors
        on bridge.ancestor_family_key = ancestors.family_key
    group by bridge.family_key

),

final as (

    select
        families.family_key,
        families.family_id,
        families.system_id,
        families.name,
        families.brand,
        families.parent_family_key,
        families.parent_family_id,
        places.root_family_key,
        places.level,
        places.path,
        families.sort_order,
        families.family_key = {{ unknown() }} as is_unknown,
        families.is_deleted,
        families.source_name,
        families.file_id,
        families.row_number,
        families.updated_at
    from families
    inner join places
        on families.family_key = places.family_key

)

select * from final
