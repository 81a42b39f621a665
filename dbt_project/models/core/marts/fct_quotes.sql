{{ config(indexes=[
    {'columns': ['quote_id', 'line_no']},
    {'columns': ['quoted_on']},
    {'columns': ['closed_on']},
    {'columns': ['customer_key']},
    {'columns': ['product_key']},
    {'columns': ['order_id']},
]) }}

with quotes as (

    select * from {{ ref('stg_quotes') }}

),

customer_keys as (

    select * from {{ ref('int_customer_keys') }}

),

product_keys as (

    select * from {{ ref('int_product_keys') }}

),

rates as (

    select * from {{ ref('int_exchange_rates') }}

),

lines as (

    select
        quotes.*,
        case
            when quotes.status = 'open' and quotes.valid_until < {{ as_of() }} then 'expired'
            else quotes.status
        end as outcome,
        coalesce(customer_keys.customer_key, {{ unknown() }}) as customer_key,
        coalesce(product_keys.product_key, {{ unknown() }}) as product_key,
        {{ reported_currency('quotes.currency') }} as reported_currency,
        {{ reported('quotes.net_amount') }} as reported_amount
    from quotes
    left join customer_keys
        on quotes.customer_id = customer_keys.customer_id
    left join product_keys
        on quotes.product_id = product_keys.product_id
    {{ join_rates('quotes.currency', 'quotes.quoted_on') }}
    where not quotes.is_deleted

),

-- A line expires on the day after its validity ends, so that past months do not change as time passes.
closed_lines as (

    select
        *,
        case
            when outcome in ('won', 'lost') then decided_on
            when status = 'expired' and decided_on is not null then decided_on
            when outcome = 'expired' and valid_until < {{ as_of() }} then valid_until + 1
        end as closed_on
    from lines

),

final as (

    select
        quote_id,
        line_no,
        quoted_on,
        min(quoted_on) over (partition by quote_id, reported_currency) as first_quoted_on,
        valid_until,
        decided_on,
        status,
        outcome,
        closed_on,
        {{ days_to_decision() }} as days_to_decision,
        customer_key,
        product_key,
        customer_id,
        product_id,
        description,
        quantity,
        unit_price,
        net_amount,
        currency,
        reported_amount,
        reported_currency,
        lost_reason,
        sales_rep_id,
        order_id,
        {{ as_of() }} as as_of,
        source_name,
        file_id,
        row_number,
        updated_at
    from closed_lines

)

select * from final
