-- The families from the topmost down to the one that was clicked.
select
    families.family_key as key,
    families.name
from marts.bridge_brand_families as bridge
inner join marts.dim_brand_families as families on bridge.ancestor_family_key = families.family_key
where bridge.family_key = %(family)s
order by bridge.distance desc;
