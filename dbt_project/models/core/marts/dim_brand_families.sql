{{ config(indexes=[{'columns': ['family_key']}]) }}

with families as (

    select * from {{ ref('int_brand_families') }}

),

bridge as (

    select * from {{ ref('bridge_brand_families') }}

),

products as (

    select * from {{ ref('stg_products') }}

),

-- From the root to the family.
places as (

    select
        bridge.family_key,
        array_agg(ancestors.family_key order by bridge.distance desc) as keys,
        array_agg(ancestors.name order by bridge.distance desc) as names
    from bridge
    inner join families as ancestors
        on bridge.ancestor_family_key = ancestors.family_key
    group by bridge.family_key

),

parents as (

    select distinct parent_family_key as family_key
    from families

),

own_products as (

    select
        coalesce(families.family_key, {{ unknown() }}) as family_key,
        count(*) as products
    from products
    left join families
        on products.family_id = families.family_id
    where not products.is_deleted
    group by coalesce(families.family_key, {{ unknown() }})

),

products_below as (

    select
        bridge.ancestor_family_key as family_key,
        sum(own_products.products) as products
    from bridge
    inner join own_products
        on bridge.family_key = own_products.family_key
    group by bridge.ancestor_family_key

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
        places.keys[1] as root_family_key,
        cardinality(places.keys) as level,
        array_to_string(places.names, ' > ') as path,
        {% for level in range(1, 8) %}
        coalesce(places.keys[{{ level }}], families.family_key) as level_{{ level }}_family_key,
        coalesce(places.names[{{ level }}], families.name) as level_{{ level }}_family_name,
        {% endfor %}
        parents.family_key is null as is_leaf,
        coalesce(own_products.products, 0)::bigint as own_products,
        coalesce(products_below.products, 0)::bigint as products,
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
    left join parents
        on families.family_key = parents.family_key
    left join own_products
        on families.family_key = own_products.family_key
    left join products_below
        on families.family_key = products_below.family_key

)

select * from final
