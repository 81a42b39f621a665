{{ config(indexes=[{'columns': ['month']}, {'columns': ['customer_key']}]) }}

with aging as (

    select * from {{ ref('int_receivables_aging') }}

),

final as (

    select
        {{ month_of('as_of') }} as month,
        as_of,
        customer_key,
        branch_key,
        currency,
        {{ aging_figures() }}
    from aging
    where is_month_end

)

select * from final
