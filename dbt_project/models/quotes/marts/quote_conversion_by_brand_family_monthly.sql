{{ config(indexes=[{'columns': ['month']}, {'columns': ['family_key']}]) }}

with lines as (

    select * from {{ ref('int_quote_lines') }}

),

families as (

    select * from {{ ref('dim_brand_families') }}

),

bridge as (

    select * from {{ ref('bridge_brand_families') }}

),

family_levels as (

    {{ family_levels('bridge', 'families') }}

),

family_lines as (

    select
        lines.quote_id,
        lines.first_quoted_on,
        lines.outcome,
        lines.closed_on,
        lines.reported_amount,
        lines.reported_currency,
        family_levels.level,
        family_levels.ancestor_family_key as family_key
    from lines
    inner join family_levels
        on lines.family_key = family_levels.family_key

),

quotes as (

    {{ quotes_of('family_lines', ['level', 'family_key']) }}

),

months as (

    {{ quote_totals('quotes', 'quoted_on', ['level', 'family_key']) }}

),

named as (

    select
        months.*,
        families.name as family_name,
        families.path as family_path,
        families.level as family_level
    from months
    inner join families
        on months.family_key = families.family_key

),

final as (

    select
        month,
        level,
        family_key,
        currency,
        family_name,
        family_path,
        family_level,
        {{ quote_measures() }},
        {{ conversion_rates() }}
    from named

)

select * from final
