{#
    Selects where each brand family stands at each level: under its ancestor there, or, where it has none so deep down,
    for itself. `bridge` and `families`: CTEs of bridge_brand_families and dim_brand_families.
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
