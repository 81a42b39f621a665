with recursive categories as (

    select
        category_id,
        parent_category_id,
        path,
        -- A name with a ">" is in double quotes in a path.
        case when name like '%>%' then '"' || replace(name, '"', '""') || '"' else name end as name
    from {{ ref('stg_categories') }}
    where category_id is not null

),

roots as (

    select categories.*
    from categories
    left join categories as parents
        on categories.parent_category_id = parents.category_id
    where parents.category_id is null

),

-- From the roots down; what is on a cycle or below one is not reached.
walk as (

    select
        category_id,
        coalesce(path, name) as path
    from roots

    union all

    select
        categories.category_id,
        coalesce(categories.path, walk.path || ' > ' || categories.name) as path
    from walk
    inner join categories
        on walk.category_id = categories.parent_category_id

),

final as (

    select
        categories.category_id,
        coalesce(walk.path, categories.path) as path
    from categories
    left join walk
        on categories.category_id = walk.category_id

)

select * from final
