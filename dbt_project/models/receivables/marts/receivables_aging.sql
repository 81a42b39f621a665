{{ config(indexes=[{'columns': ['customer_key']}]) }}

with aging as (

    select * from {{ ref('int_receivables_aging') }}

),

final as (

    select
        as_of,
        customer_key,
        branch_key,
        currency,
        {{ aging_figures() }}
    from aging
    where not is_month_end

)

select * from final
