{{ config(indexes=[{'columns': ['month']}, {'columns': ['sales_rep_id']}]) }}

with lines as (

    select * from {{ ref('int_quote_lines') }}

),

{{ quote_months('lines', 'quoted_on', by=['sales_rep_id', 'sales_rep_name']) }},

final as (

    select
        month,
        sales_rep_id,
        sales_rep_name,
        currency,
        {{ quote_measures() }},
        {{ conversion_rates() }}
    from months

)

select * from final
