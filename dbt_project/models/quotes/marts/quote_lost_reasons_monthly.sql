{{ config(indexes=[{'columns': ['month']}]) }}

with lines as (

    select * from {{ ref('fct_quotes') }}

),

-- A quote counts under each reason and month of its lost lines.
reasons as (

    select
        {{ month_of('closed_on') }} as month,
        reported_currency as currency,
        coalesce(lost_reason, {{ unknown() }}) as lost_reason,
        count(distinct quote_id) as quotes,
        count(*) as lost_lines,
        count(*) - count(reported_amount) as lines_without_amount,
        coalesce(sum(reported_amount), 0) as lost_amount
    from lines
    where outcome = 'lost'
    group by month, reported_currency, coalesce(lost_reason, {{ unknown() }})

),

final as (

    select
        month,
        currency,
        lost_reason,
        quotes,
        lost_lines,
        lines_without_amount,
        lost_amount,
        {{ ratio('lost_lines', 'sum(lost_lines) over (partition by month, currency)') }} as line_share,
        {{ ratio('lost_amount', 'sum(lost_amount) over (partition by month, currency)') }} as amount_share
    from reasons

)

select * from final
