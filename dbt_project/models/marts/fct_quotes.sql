{{ config(indexes=[
    {'columns': ['quote_id', 'line_no']},
    {'columns': ['quoted_on']},
    {'columns': ['customer_key']},
    {'columns': ['product_key']},
]) }}

with quotes as (

    select * from {{ ref('stg_quotes') }}

),

customers as (

    select * from {{ ref('dim_customers') }}

),

products as (

    select * from {{ ref('dim_products') }}

),

final as (

    select
        quotes.quote_id,
        quotes.line_no,
        quotes.quoted_on,
        quotes.valid_until,
        quotes.decided_on,
        quotes.status,
        case
            when quotes.status = 'open' and quotes.valid_until < {{ as_of() }} then 'expired'
            else quotes.status
        end as outcome,
        coalesce(customers.customer_key, {{ unknown() }}) as customer_key,
        coalesce(products.product_key, {{ unknown() }}) as product_key,
        quotes.customer_id,
        quotes.product_id,
        quotes.description,
        quotes.quantity,
        quotes.unit_price,
        quotes.net_amount,
        quotes.currency,
        quotes.lost_reason,
        quotes.sales_rep_id,
        quotes.order_id,
        {{ as_of() }} as as_of,
        quotes.source_name,
        quotes.file_id,
        quotes.row_number,
        quotes.updated_at
    from quotes
    left join customers
        on quotes.customer_id = customers.customer_id
    left join products
        on quotes.product_id = products.product_id
    where not quotes.is_deleted

)

select * from final
