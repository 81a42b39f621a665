-- What is chosen: a representative, a customer group, or a brand family with those above it, from the top down.
with steps as (

    select
        'family:' || families.family_key as key,
        families.name,
        bridge.distance
    from marts.bridge_brand_families as bridge
    inner join marts.dim_brand_families as families on bridge.ancestor_family_key = families.family_key
    where %(part)s = 'family' and bridge.family_key = %(part_key)s

    union all

    select distinct
        part || ':' || part_key as key,
        coalesce(nullif(part_name, '(unknown)'), part_key) as name,
        0 as distance
    from marts.quote_outcomes_monthly
    where part in ('sales_rep', 'customer_group') and part = %(part)s and part_key = %(part_key)s

)

select
    key,
    name
from steps
order by distance desc;
