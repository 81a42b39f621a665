{#
    Selects one row per level and brand family, with the family that represents it at that level: its ancestor there, or
    itself if it is less deep. `bridge` and `families`: CTEs of bridge_brand_families and dim_brand_families.
#}
{% macro family_levels(bridge, families) -%}
    select
        levels.level,
        {{ bridge }}.family_key,
        {{ bridge }}.ancestor_family_key
    from (select distinct level from {{ families }}) as levels
    cross join {{ bridge }}
    inner join {{ families }} as ancestors
        on {{ bridge }}.ancestor_family_key = ancestors.family_key
    where
        ancestors.level = levels.level
        or ({{ bridge }}.distance = 0 and ancestors.level < levels.level)
{%- endmacro %}
