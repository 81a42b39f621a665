"""What is read of the tables of imported records."""

from typing import LiteralString

FINANCIALS: LiteralString = """
    select
        coalesce(sum(open_amount), 0) as balance,
        coalesce(sum(open_amount) filter (where doc_type = 'invoice' and due_on < %(today)s), 0) as overdue,
        min(due_on) filter (where doc_type = 'invoice' and open_amount > 0) as oldest_due_on,
        coalesce(array_agg(distinct currency), '{}') as currencies
    from raw.due_docs where customer_id = %(customer_id)s and _deleted_at is null and open_amount <> 0
"""

# Those of a customer, or one. A due document has the number of its invoice, perhaps with a slash and a number behind
# it. What is not due any more, or never was, is paid.
INVOICES: LiteralString = """
    with invoices as (
        select
            invoice_id, min(customer_id) as customer_id, min(document_type) as document_type,
            min(invoice_date) as issued_on, min(currency) as currency, sum(net_amount) as net_amount,
            case when bool_and(tax_amount is not null) then sum(tax_amount) end as tax_amount
        from raw.sales
        where _deleted_at is null
            and (%(customer_id)s::text is null or customer_id = %(customer_id)s)
            and (%(invoice_id)s::text is null or invoice_id = %(invoice_id)s)
        group by invoice_id
    ),
    due as (
        select
            invoice_id, max(due_docs.due_on) filter (where open_amount <> 0) as due_on,
            coalesce(sum(open_amount), 0) as open_amount, sum(amount) as amount
        from invoices
        left join raw.due_docs
            on due_docs.customer_id = invoices.customer_id and due_docs._deleted_at is null
                and (doc_id = invoice_id
                    or starts_with(doc_id, invoice_id || '/') and substr(doc_id, length(invoice_id) + 2) ~ '^[0-9]+$')
        group by invoice_id
    ),
    stated as (
        select
            invoice_id, customer_id, document_type, issued_on, due_on, currency, net_amount, tax_amount,
            net_amount + tax_amount as gross_amount, open_amount,
            case
                when open_amount = 0 then 'paid' when abs(open_amount) < abs(amount) then 'part_paid' else 'open'
            end as state
        from invoices inner join due using (invoice_id)
    )
    select * from stated
    where (%(since)s::date is null or issued_on >= %(since)s) and (%(until)s::date is null or issued_on <= %(until)s)
        and (%(state)s::text is null or state = %(state)s)
        and (%(day)s::date is null or (issued_on, invoice_id) < (%(day)s, %(key)s))
    order by issued_on desc, invoice_id desc limit %(limit)s
"""
INVOICE_LINES: LiteralString = """
    select
        line_no, sku, sales.description, quantity, null as unit, unit_price, net_amount, order_id
    from raw.sales left join raw.products on products.product_id = sales.product_id
    where invoice_id = %(invoice_id)s and sales._deleted_at is null order by line_no
"""

# Those of a customer, or one.
ORDERS: LiteralString = """
    with found as (
        select
            order_id, min(customer_id) as customer_id, min(status) as status,
            case when bool_or(status in ('draft', 'confirmed')) then 'open' else 'closed' end as state,
            (min(placed_at) at time zone %(zone)s)::date as ordered_on, min(currency) as currency,
            sum(net_amount + coalesce(shipping_amount, 0)) as net_amount,
            case when bool_and(tax_amount is not null) then sum(tax_amount) end as tax_amount
        from raw.orders
        where _deleted_at is null
            and (%(customer_id)s::text is null or customer_id = %(customer_id)s)
            and (%(order_id)s::text is null or order_id = %(order_id)s)
        group by order_id
    )
    select
        *, null as reference, null as delivery_on, net_amount + tax_amount as gross_amount,
        coalesce((
            select array_agg(distinct invoice_id order by invoice_id) from raw.sales
            where sales.order_id = found.order_id and sales._deleted_at is null
        ), '{}') as invoices
    from found
    where (%(state)s::text is null or state = %(state)s)
        and (%(day)s::date is null or (ordered_on, order_id) < (%(day)s, %(key)s))
    order by ordered_on desc, order_id desc limit %(limit)s
"""
ORDER_LINES: LiteralString = """
    select
        line_no, sku, description, quantity as ordered_quantity, null as shipped_quantity, null as open_quantity,
        null as unit, unit_price, net_amount
    from raw.orders where order_id = %(order_id)s and _deleted_at is null order by line_no
"""

PRODUCTS: LiteralString = """
    select product_id, sku, name, unit, status, list_price
    from raw.products where sku = any(%(skus)s) and _deleted_at is null
"""
INVENTORY: LiteralString = """
    select warehouse_id, quantity_available, quantity_on_order, eta
    from raw.inventory where sku = %(sku)s and _deleted_at is null
        and (%(warehouse_id)s::text is null or warehouse_id = %(warehouse_id)s)
    order by warehouse_id
"""
IN_WAREHOUSE: LiteralString = """
    select from raw.inventory where warehouse_id = %(warehouse_id)s and _deleted_at is null limit 1
"""
# By its SKU or, where it has none, by its key.
PRODUCT_OF_OURS: LiteralString = """
    select product_id, currency from raw.products
    where (sku = %(key)s or product_id = %(key)s and sku is null) and _deleted_at is null
"""
# Of the marketplace's products with ours, those that nobody has rejected.
MATCHES: LiteralString = """
    select theirs, status from ops.matches
    where kind = 'product' and ours = %(product_id)s and status <> 'rejected' order by theirs
"""
OFFERS: LiteralString = """
    select
        supplier_item_id, puid, offers.supplier_id, coalesce(suppliers.name, supplier_name) as supplier_name,
        supplier_sku, condition_id, is_end_of_life, is_special_offer, availability_code, available_on, stock,
        external_stock, incoming_stock, stock_updated_at, order_unit, content_unit, content_quantity, min_order_qty,
        order_increment, packing_quantity, offers.currency, price_updated_at, price, price_quantity, scale_prices
    from raw.supplier_offers as offers
    left join raw.suppliers on suppliers.supplier_id = offers.supplier_id and suppliers._deleted_at is null
    where puid = any(%(puids)s) and offers._deleted_at is null
"""
ROUTES: LiteralString = """
    select distinct route_id from raw.customer_branches
    where route_id is not null and _deleted_at is null
        and (%(customer_id)s::text is null or customer_id = %(customer_id)s)
    order by route_id
"""
