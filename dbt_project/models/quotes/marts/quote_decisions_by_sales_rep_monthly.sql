{{ config(indexes=[{'columns': ['month']}, {'columns': ['sales_rep_id']}]) }}

with lines as (

    select * from {{ ref('int_quote_lines') }}

),

quotes as (

    {{ quotes_of('lines', ['sales_rep_id']) }}

),

months as (

    {{ quote_totals('quotes', 'closed_on', ['sales_rep_id']) }}

),

final as (

    select
        month,
        sales_rep_id,
        currency,
        {{ quote_measures() }}
    from months

)

select * from final
