{{ config(indexes=[{'columns': ['month']}, {'columns': ['customer_group']}]) }}

with lines as (

    select * from {{ ref('int_quote_lines') }}

),

{{ quote_months('lines', 'closed_on', by=['customer_group']) }},

final as (

    select
        month,
        customer_group,
        currency,
        {{ quote_measures() }}
    from months

)

select * from final
