with recursive families as (

    select * from {{ ref('stg_brand_families') }}

),

members as (

    {{ members('families', 'family_key', 'family_id') }}

),

links as (

    select
        members.family_key,
        parents.family_key as parent_family_key
    from members
    inner join members as parents
        on members.parent_family_id = parents.family_id

),

-- "union" leaves out pairs already found, so that the recursion also ends on a cycle.
walk as (

    select
        family_key,
        parent_family_key as ancestor_family_key
    from links

    union

    select
        walk.family_key,
        links.parent_family_key as ancestor_family_key
    from walk
    inner join links
        on walk.ancestor_family_key = links.family_key

),

-- A family that is its own ancestor is on a cycle; the smallest key of a cycle becomes a root, which breaks it.
cycle_roots as (

    select family_key
    from walk
    group by family_key
    having bool_or(ancestor_family_key = family_key) and min(ancestor_family_key) = family_key

),

final as (

    select
        members.family_key,
        members.family_id,
        members.system_id,
        coalesce(members.name, {{ unknown() }}) as name,
        case when cycle_roots.family_key is null then links.parent_family_key end as parent_family_key,
        members.parent_family_id,
        members.brand,
        members.sort_order,
        coalesce(members.is_deleted, false) as is_deleted,
        members.source_name,
        members.file_id,
        members.row_number,
        members.updated_at
    from members
    left join links
        on members.family_key = links.family_key
    left join cycle_roots
        on members.family_key = cycle_roots.family_key

)

select * from final
