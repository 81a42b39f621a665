{{ config(indexes=[
    {'columns': ['quote_id']},
    {'columns': ['quoted_on']},
    {'columns': ['customer_key']},
]) }}

with lines as (

    select * from {{ ref('int_quote_lines') }}

),

sales as (

    select * from {{ ref('quote_sales') }}

),

quotes as (

    {{ quotes_of('lines') }}

),

timed as (

    select
        *,
        {{ days_to_decision() }} as days_to_decision
    from quotes

),

-- Customer and sales representative of a quote: those of the first line that has one.
heads as (

    select
        quote_id,
        reported_currency as currency,
        (array_agg(customer_key order by customer_key = {{ unknown() }}, line_no))[1] as customer_key,
        (array_agg(customer_group order by customer_key = {{ unknown() }}, line_no))[1] as customer_group,
        (array_agg(sales_rep_id order by sales_rep_id = {{ unknown() }}, line_no))[1] as sales_rep_id,
        (array_agg(sales_rep_name order by sales_rep_id = {{ unknown() }}, line_no))[1] as sales_rep_name,
        max(valid_until) as valid_until
    from lines
    group by quote_id, reported_currency

),

linked as (

    select
        quote_id,
        currency,
        bool_or(is_order_known) as is_ordered,
        sum(ordered_amount) as ordered_amount,
        sum(sales_lines)::bigint as sales_lines,
        sum(sold_amount) as sold_amount,
        min(first_invoiced_on) as first_invoiced_on
    from sales
    group by quote_id, currency

),

final as (

    select
        timed.quote_id,
        timed.currency,
        heads.customer_key,
        heads.customer_group,
        heads.sales_rep_id,
        heads.sales_rep_name,
        timed.quoted_on,
        heads.valid_until,
        timed.outcome,
        timed.closed_on,
        timed.days_to_decision,
        coalesce(timed.days_to_decision < 0, false) as is_decided_before_quoted,
        timed.quote_lines,
        {% for outcome in quote_outcomes().split() %}
        timed.{{ outcome }}_lines,
        {% endfor %}
        timed.lines_without_amount,
        timed.quoted_amount,
        {% for outcome in quote_outcomes().split() %}
        timed.{{ outcome }}_amount,
        {% endfor %}
        coalesce(linked.is_ordered, false) as is_ordered,
        coalesce(linked.ordered_amount, 0) as ordered_amount,
        coalesce(linked.sales_lines, 0) as sales_lines,
        coalesce(linked.sold_amount, 0) as sold_amount,
        linked.first_invoiced_on,
        {{ as_of() }} as as_of
    from timed
    inner join heads
        on
            timed.quote_id = heads.quote_id
            and timed.currency = heads.currency
    left join linked
        on
            timed.quote_id = linked.quote_id
            and timed.currency = linked.currency

)

select * from final
