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
        open_documents,
        not_due_amount,
        overdue_1_30_amount,
        overdue_31_60_amount,
        overdue_61_90_amount,
        overdue_over_90_amount,
        disputed_amount,
        unapplied_credit_amount,
        open_amount,
        overdue_documents,
        overdue_amount,
        disputed_overdue_amount,
        oldest_due_on,
        credit_sales_amount,
        days_sales_outstanding,
        settled_documents,
        settled_amount,
        average_days_late,
        average_days_overdue,
        weighted_average_days_late,
        credit_limit,
        credit_limit_used
    from aging
    where is_month_end

)

select * from final
