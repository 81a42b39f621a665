{{ config(indexes=[{'columns': ['month']}]) }}

with quotes as (

    select * from {{ ref('quote_documents') }}

),

months as (

    {{ quote_totals('quotes', 'quoted_on', linked=true) }}

),

final as (

    select
        month,
        currency,
        {{ quote_measures() }},
        {{ conversion_rates() }},
        ordered_quotes,
        ordered_amount,
        sold_quotes,
        sold_amount
    from months

)

select * from final
