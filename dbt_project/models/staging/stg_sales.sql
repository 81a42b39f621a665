-- Without CTEs: PostgreSQL looks rows up by the index of a view's table only if the view has none.
select
    invoice_id,
    line_no,
    invoice_date,
    document_type,
    customer_id,
    branch_id,
    product_id,
    description,
    quantity,
    unit_price,
    discount_percent,
    net_amount,
    tax_amount,
    cost_amount,
    currency,
    sales_rep_id,
    channel,
    warehouse_id,
    order_id,
    ship_to_country,
    {{ lineage() }}
from {{ source('raw', 'sales') }}
