-- What is chosen: a representative, a customer group, or a brand family with those above it, from the top down.
select
    'family:' || families.family_key as key,
    families.name
from marts.bridge_brand_families as bridge
inner join marts.dim_brand_families as families on bridge.ancestor_family_key = families.family_key
where %(quotes_of)s = 'family:' || bridge.family_key

union all

select
    'sales_rep:' || sales_rep_key as key,
    name
from marts.dim_sales_reps
where %(quotes_of)s = 'sales_rep:' || sales_rep_key

union all

select distinct
    'customer_group:' || customer_group as key,
    customer_group as name
from marts.quote_documents
where %(quotes_of)s = 'customer_group:' || customer_group;
