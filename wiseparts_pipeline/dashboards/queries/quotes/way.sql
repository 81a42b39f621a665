-- What is chosen: a representative, a customer group, or a brand family with those above it, from the top down.
with steps as (

    select
        'family:' || families.family_key as key,
        families.name,
        bridge.distance
    from marts.bridge_brand_families as bridge
    inner join marts.dim_brand_families as families on bridge.ancestor_family_key = families.family_key
    where %(quotes_of)s = 'family:' || bridge.family_key

    union all

    select distinct
        'sales_rep:' || sales_rep_id as key,
        coalesce(nullif(sales_rep_name, '(unknown)'), sales_rep_id) as name,
        0 as distance
    from marts.quote_conversion_by_sales_rep_monthly
    where %(quotes_of)s = 'sales_rep:' || sales_rep_id

    union all

    select distinct
        'customer_group:' || customer_group as key,
        customer_group as name,
        0 as distance
    from marts.quote_documents
    where %(quotes_of)s = 'customer_group:' || customer_group

)

select
    key,
    name
from steps
order by distance desc;
