{{ config(materialized='view') }}

with lines as (

    select * from {{ ref('stg_purchase_document_lines') }}

),

documents as (

    select * from {{ ref('stg_purchase_documents') }}

),

orders as (

    select * from {{ ref('fct_purchase_orders') }}

),

product_skus as (

    select * from {{ ref('int_product_skus') }}

),

matches as (

    select * from {{ ref('int_product_matches') }}

),

final as (

    select
        lines.document_id,
        lines.line_no,
        coalesce(documents.kind, {{ unknown() }}) as kind,
        coalesce(documents.deal_id, {{ unknown() }}) as deal_id,
        documents.document_no,
        documents.issued_at,
        coalesce(documents.supplier_id, orders.supplier_id) as supplier_id,
        orders.supplier_name,
        coalesce(orders.is_archived, false) as is_archived,
        coalesce(orders.is_test, false) as is_test,
        lines.line_item_id,
        lines.order_line_item_id,
        lines.supplier_sku,
        lines.puid,
        lines.ean,
        lines.sku,
        coalesce(product_skus.product_key, matches.product_key, {{ unknown() }}) as product_key,
        lines.description,
        lines.quantity,
        lines.order_unit,
        round(lines.unit_price / {{ price_quantity('lines') }}, 6) as unit_price,
        coalesce(
            lines.net_amount, round(lines.quantity * lines.unit_price / {{ price_quantity('lines') }}, 6)
        ) as net_amount,
        documents.currency,
        coalesce(lines.delivery_from, documents.delivery_from) as delivery_from,
        coalesce(lines.delivery_until, documents.delivery_until) as delivery_until,
        lines.source_name,
        lines.file_id,
        lines.row_number,
        lines.updated_at
    from lines
    left join documents
        on lines.document_id = documents.document_id
    left join orders
        on documents.deal_id = orders.deal_id
    left join product_skus
        on lines.sku = product_skus.sku
    left join matches
        on lines.puid = matches.puid
    where not lines.is_deleted

)

select * from final
