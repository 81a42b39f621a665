{{ config(indexes=[{'columns': ['month']}, {'columns': ['customer_group']}]) }}

with lines as (

    select * from {{ ref('int_quote_lines') }}

),

{{ quote_months('lines', 'quoted_on', by=['customer_group']) }},

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
