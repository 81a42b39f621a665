-- The ageing buckets of open documents, in their order.
with buckets as (

    select distinct aging_bucket
    from marts.fct_due_docs
    where is_open

)

select
    aging_bucket,
    case aging_bucket
        when 'not_due' then 'Not due'
        when 'overdue_1_30' then '1 to 30 days overdue'
        when 'overdue_31_60' then '31 to 60 days overdue'
        when 'overdue_61_90' then '61 to 90 days overdue'
        when 'overdue_over_90' then 'Over 90 days overdue'
        when 'disputed' then 'Disputed'
        when 'unapplied_credit' then 'Unapplied credits'
    end as label
from buckets
order by
    array_position(
        array[
            'not_due', 'overdue_1_30', 'overdue_31_60', 'overdue_61_90', 'overdue_over_90', 'disputed',
            'unapplied_credit'
        ],
        aging_bucket
    );
