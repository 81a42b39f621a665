{{ config(
    materialized='incremental',
    incremental_strategy='sales_lines',
    on_schema_change='append_new_columns',
    indexes=[
        {'columns': ['invoice_id', 'line_no'], 'unique': True},
        {'columns': ['invoice_date']},
        {'columns': ['customer_key', 'customer_id']},
        {'columns': ['branch_key', 'branch_id']},
        {'columns': ['product_key', 'family_key', 'product_id']},
        {'columns': ['order_id']},
        {'columns': ['updated_at']},
    ],
    pre_hook='{{ forget_months() }}',
    post_hook=['{{ note_new_months() }}', '{{ analyze_new_table() }}'],
) }}

with customers as (

    select * from {{ ref('int_customer_keys') }}

),

branches as (

    select * from {{ ref('int_branch_keys') }}

),

product_keys as (

    select * from {{ ref('int_product_keys') }}

),

dim_products as (

    select * from {{ ref('dim_products') }}

),

products as (

    select
        product_keys.product_id,
        product_keys.product_key,
        dim_products.family_key
    from product_keys
    inner join dim_products
        on product_keys.product_key = dim_products.product_key

),

{% if is_incremental() %}
changed as (

    select * from {{ ref('stg_sales') }}
    where updated_at > {{ latest_change(this) }}

),

{% set dimensions = [
    ('customers', ['customer_key'], 'customer_id'),
    ('branches', ['branch_key'], 'branch_id'),
    ('products', ['product_key', 'family_key'], 'product_id'),
] %}
-- Ids of existing lines whose customer, branch or product has been added, removed or moved since. Materialized, as
-- the planner would otherwise look for the lines of all ids.
{% for dimension, keys, id in dimensions %}
moved_{{ dimension }} as materialized (

    select found.*
    from {{ distinct_by_index(this, keys + [id]) }} as found
    left join {{ dimension }}
        on found.{{ id }} = {{ dimension }}.{{ id }}
    where
        {% for key in keys %}
        found.{{ key }} <> coalesce({{ dimension }}.{{ key }}, {{ unknown() }}) {{ 'or' if not loop.last }}
        {% endfor %}

),

{% endfor %}
resolved_otherwise as (

    {% for dimension, keys, id in dimensions %}
    select
        standing.invoice_id,
        standing.line_no
    from moved_{{ dimension }}
    inner join {{ this }} as standing
        on
            moved_{{ dimension }}.{{ id }} = standing.{{ id }}
            {% for key in keys %}
            and moved_{{ dimension }}.{{ key }} = standing.{{ key }}
            {% endfor %}
    {{ 'union' if not loop.last }}
    {% endfor %}

),

sales as (

    select * from changed

    union all

    select sales.*
    from resolved_otherwise
    inner join {{ ref('stg_sales') }} as sales
        on
            resolved_otherwise.invoice_id = sales.invoice_id
            and resolved_otherwise.line_no = sales.line_no
    where sales.updated_at <= {{ latest_change(this) }}

),
{% else %}
sales as (

    select * from {{ ref('stg_sales') }}

),
{% endif %}

final as (

    select
        sales.invoice_id,
        sales.line_no,
        sales.invoice_date,
        sales.document_type,
        coalesce(customers.customer_key, {{ unknown() }}) as customer_key,
        coalesce(branches.branch_key, {{ unknown() }}) as branch_key,
        coalesce(products.product_key, {{ unknown() }}) as product_key,
        coalesce(products.family_key, {{ unknown() }}) as family_key,
        sales.customer_id,
        sales.branch_id,
        sales.product_id,
        sales.description,
        sales.quantity,
        sales.unit_price,
        sales.discount_percent,
        sales.net_amount,
        sales.tax_amount,
        sales.cost_amount,
        sales.net_amount - sales.cost_amount as margin_amount,
        sales.currency,
        sales.sales_rep_id,
        sales.channel,
        sales.warehouse_id,
        sales.order_id,
        sales.ship_to_country,
        sales.source_name,
        sales.file_id,
        sales.row_number,
        sales.updated_at
    from sales
    left join customers
        on sales.customer_id = customers.customer_id
    left join branches
        on sales.branch_id = branches.branch_id
    left join products
        on sales.product_id = products.product_id
    where not sales.is_deleted

)

select * from final
{% if not is_incremental() %}
-- Whatever the order in which the lines came, those of a month are next to each other.
order by invoice_date, invoice_id, line_no
{% endif %}
