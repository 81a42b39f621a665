with documents as (

    select
        *,
        ltrim(line_item_id, '0') as line_item,
        ltrim(order_line_item_id, '0') as order_line_item,
        first_value(document_id) over (
            partition by deal_id, kind
            order by issued_at desc nulls last, document_id desc
        ) as latest_document_id
    from {{ ref('fct_purchase_lines') }}
    where deal_id <> {{ unknown() }} and kind in ('order', 'order_response', 'dispatch_notification', 'invoice')

),

ordered as (

    select * from documents
    where kind = 'order' and document_id = latest_document_id

),

answers as (

    select distinct on (documents.document_id, documents.line_no)
        documents.*,
        coalesce(ordered.line_no, 0) as order_line_no,
        ordered.supplier_sku as ordered_sku,
        ordered.currency as ordered_currency
    from documents
    left join ordered
        on
            documents.deal_id = ordered.deal_id
            and coalesce(
                documents.supplier_sku = ordered.supplier_sku,
                documents.order_line_item = ordered.line_item
            )
    where documents.kind <> 'order'
    order by
        documents.document_id,
        documents.line_no,
        documents.order_line_item is distinct from ordered.line_item,
        ordered.line_no

),

lines as (

    select
        *,
        line_no as order_line_no,
        supplier_sku as ordered_sku,
        currency as ordered_currency
    from ordered

    union all

    select * from answers

),

grouped as (

    select
        *,
        coalesce(ordered_sku, supplier_sku, {{ unknown() }}) as item,
        coalesce(currency, ordered_currency, {{ unknown() }}) as known_currency,
        -- A later confirmation replaces an earlier one, for the lines that it has.
        first_value(document_id) over (
            partition by deal_id, order_line_no, coalesce(ordered_sku, supplier_sku), kind
            order by issued_at desc nulls last, document_id desc
        ) as latest_of_line
    from lines

),

totals as (

    select
        deal_id,
        order_line_no,
        item as supplier_sku,
        known_currency as currency,
        max(supplier_id) as supplier_id,
        max(supplier_name) as supplier_name,
        coalesce(
            min(product_key) filter (where kind = 'order' and product_key <> {{ unknown() }}),
            min(product_key) filter (where product_key <> {{ unknown() }}),
            {{ unknown() }}
        ) as product_key,
        coalesce(min(description) filter (where kind = 'order'), min(description)) as description,
        coalesce(min(order_unit) filter (where kind = 'order'), min(order_unit)) as order_unit,
        min(issued_at) filter (where kind = 'order') as ordered_at,
        {% for measure, kind in {
            'ordered': 'order',
            'confirmed': 'order_response',
            'dispatched': 'dispatch_notification',
            'invoiced': 'invoice',
        }.items() %}
        {% set counted = "kind = '" ~ kind ~ "'" %}
        {% if measure == 'confirmed' %}
        {% set counted = counted ~ ' and document_id = latest_of_line' %}
        {% endif %}
        sum(quantity) filter (where {{ counted }}) as {{ measure }}_quantity,
        sum(net_amount) filter (where {{ counted }}) as {{ measure }}_amount,
        {% endfor %}
        min(delivery_from) filter (where kind = 'order') as wished_from,
        max(delivery_until) filter (where kind = 'order') as wished_until,
        min(delivery_from) filter (where kind = 'order_response' and document_id = latest_of_line) as confirmed_from,
        max(delivery_until) filter (where kind = 'order_response' and document_id = latest_of_line) as confirmed_until,
        bool_or(is_archived or is_test) as is_closed,
        bool_or(is_test) as is_test
    from grouped
    group by deal_id, order_line_no, item, known_currency

),

priced as (

    select
        *,
        round(ordered_amount / nullif(ordered_quantity, 0), 4) as ordered_unit_price,
        round(confirmed_amount / nullif(confirmed_quantity, 0), 4) as confirmed_unit_price,
        round(invoiced_amount / nullif(invoiced_quantity, 0), 4) as invoiced_unit_price,
        case
            when is_closed or ordered_quantity is null then 0
            else greatest(
                coalesce(confirmed_quantity, ordered_quantity)
                - greatest(coalesce(dispatched_quantity, 0), coalesce(invoiced_quantity, 0)),
                0
            )
        end as open_quantity
    from totals

),

final as (

    select
        deal_id,
        order_line_no,
        supplier_sku,
        supplier_id,
        supplier_name,
        product_key,
        description,
        order_unit,
        ordered_at,
        ordered_quantity,
        confirmed_quantity,
        dispatched_quantity,
        invoiced_quantity,
        ordered_amount,
        confirmed_amount,
        invoiced_amount,
        ordered_unit_price,
        confirmed_unit_price,
        invoiced_unit_price,
        currency,
        coalesce(confirmed_from, wished_from) as delivery_from,
        coalesce(confirmed_until, wished_until) as delivery_until,
        open_quantity,
        round(open_quantity * coalesce(confirmed_unit_price, ordered_unit_price), 6) as open_amount,
        is_test
    from priced

)

select * from final
