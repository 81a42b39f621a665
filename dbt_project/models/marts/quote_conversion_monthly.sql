{{ config(indexes=[{'columns': ['month']}]) }}

{% set outcomes = ['draft', 'open', 'won', 'lost', 'expired'] %}

with lines as (

    select * from {{ ref('fct_quotes') }}

),

-- A quote counts once in each currency it has lines in, in the month of its first day.
quotes as (

    select
        quote_id,
        currency,
        {{ month_of('min(quoted_on)') }} as month,
        case
            when bool_or(outcome = 'won') then 'won'
            when bool_or(outcome = 'open') then 'open'
            when bool_or(outcome = 'draft') then 'draft'
            when bool_or(outcome = 'lost') then 'lost'
            else 'expired'
        end as outcome,
        count(*) as quote_lines,
        count(*) - count(net_amount) as lines_without_amount,
        {% for outcome in outcomes %}
        coalesce(sum(net_amount) filter (where outcome = '{{ outcome }}'), 0) as {{ outcome }}_amount,
        {% endfor %}
        coalesce(sum(net_amount), 0) as quoted_amount
    from lines
    group by quote_id, currency

),

months as (

    select
        month,
        currency,
        count(*) as quotes,
        {% for outcome in outcomes %}
        count(*) filter (where outcome = '{{ outcome }}') as {{ outcome }}_quotes,
        {% endfor %}
        sum(quote_lines)::bigint as quote_lines,
        sum(lines_without_amount)::bigint as lines_without_amount,
        {% for outcome in outcomes %}
        sum({{ outcome }}_amount) as {{ outcome }}_amount,
        {% endfor %}
        sum(quoted_amount) as quoted_amount
    from quotes
    group by month, currency

),

final as (

    select
        month,
        currency,
        quotes,
        draft_quotes,
        open_quotes,
        won_quotes,
        lost_quotes,
        expired_quotes,
        {{ ratio('won_quotes', '(quotes - draft_quotes)') }} as conversion_rate,
        {{ ratio('won_quotes', '(won_quotes + lost_quotes + expired_quotes)') }} as win_rate,
        quote_lines,
        lines_without_amount,
        quoted_amount,
        draft_amount,
        open_amount,
        won_amount,
        lost_amount,
        expired_amount,
        {{ ratio('won_amount', '(quoted_amount - draft_amount)') }} as conversion_rate_by_amount,
        {{ ratio('won_amount', '(won_amount + lost_amount + expired_amount)') }} as win_rate_by_amount
    from months

)

select * from final
