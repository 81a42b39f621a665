with source as (

    select * from {{ source('raw', 'purchase_documents') }}

),

final as (

    select
        document_id,
        deal_id,
        kind,
        document_no,
        issued_at,
        changed_at,
        supplier_id,
        order_id,
        supplier_order_id,
        delivery_from,
        delivery_until,
        valid_until,
        carrier,
        tracking_numbers,
        tracking_urls,
        net_amount,
        charges_amount,
        tax_amount,
        total_amount,
        currency,
        line_count,
        is_valid,
        faults,
        archived_as,
        sha256,
        url,
        {{ lineage() }}
    from source

)

select * from final
