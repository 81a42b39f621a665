{{ config(indexes=[{'columns': ['month']}, {'columns': ['family_key']}]) }}

with lines as (

    select * from {{ ref('int_quote_lines') }}

),

families as (

    select * from {{ ref('dim_brand_families') }}

),

family_levels as (

    select * from {{ ref('int_brand_family_levels') }}

),

{{ quote_months_by_family('closed_on') }},

final as (

    select
        month,
        level,
        family_key,
        currency,
        family_name,
        family_path,
        family_level,
        {{ quote_measures() }}
    from family_months

)

select * from final
