{{ config(indexes=[{'columns': ['month']}, {'columns': ['customer_group']}]) }}

with lines as (

    select * from {{ ref('int_quote_lines') }}

),

quotes as (

    {{ quotes_of('lines', ['customer_group']) }}

),

months as (

    {{ quote_totals('quotes', 'quoted_on', ['customer_group']) }}

),

final as (

    select
        month,
        customer_group,
        currency,
        {{ quote_measures() }},
        {{ conversion_rates() }}
    from months

)

select * from final
