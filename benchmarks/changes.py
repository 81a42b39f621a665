"""Sales of several years, and changes of them, as statements: what the marts are timed with."""

from benchmarks import checkpoint
from wiseparts_pipeline.sample.model.days import LAST_DAY
from wiseparts_pipeline.warehouse import Warehouse

YEARS = 5

# Invoices of five lines, every fortieth a credit note, spread evenly over the years; every sixth has a web order, and
# every tenth line has no cost. In the order of the dates, as an ERP exports them.
HISTORY = """
insert into raw.sales (
    invoice_id, line_no, invoice_date, document_type, customer_id, branch_id, product_id, description, quantity,
    unit_price, discount_percent, net_amount, tax_amount, cost_amount, currency, sales_rep_id, channel, warehouse_id,
    order_id, ship_to_country, _source, _file_id, _row_number
)
select
    'H-' || lpad(invoice::text, 8, '0'),
    line_no,
    %(last)s::date - ((invoices - invoice)::bigint * %(days)s / invoices)::int,
    case when is_credit then 'credit_note' else 'invoice' end,
    customers.customer_id,
    branches.branch_id,
    products.product_id,
    products.name,
    sign * quantity,
    price,
    0,
    sign * quantity * price,
    sign * round(quantity * price * 0.24, 2),
    case when (invoice + line_no) %% 10 <> 0 then sign * round(quantity * price * 0.7, 2) end,
    customers.currency,
    customers.sales_rep_id,
    case when invoice %% 6 = 0 then 'web' else 'phone' end,
    'MAIN',
    case when invoice %% 6 = 0 then 'WEB-' || invoice end,
    'GR',
    'bench',
    0,
    0
from (
    select
        %(lines)s / 5 as invoices,
        (select count(*) from raw.customers where customer_id is not null) as customers,
        (select count(*) from raw.products where product_id is not null) as products
) as totals
cross join generate_series(1, invoices) as invoice
cross join generate_series(1, 5) as line_no
cross join lateral (
    select
        invoice %% 40 = 0 as is_credit,
        case when invoice %% 40 = 0 then -1 else 1 end as sign,
        (hashint8(invoice * 7 + 1) & 1073741823) %% totals.customers as buyer,
        (hashint8(invoice * 5 + line_no) & 1073741823) %% totals.products as part,
        1 + (hashint8(invoice * 11 + line_no) & 15) as quantity,
        (500 + (hashint8(invoice * 13 + line_no) & 16383)) / 100.0 as price
) as drawn
inner join (
    select row_number() over (order by customer_id) - 1 as number, customer_id,
        coalesce(currency, 'EUR') as currency, sales_rep_id
    from raw.customers where customer_id is not null
) as customers on customers.number = drawn.buyer
left join (
    select customer_id, min(branch_id) as branch_id from raw.customer_branches group by customer_id
) as branches on branches.customer_id = customers.customer_id
inner join (
    select row_number() over (order by product_id) - 1 as number, product_id, name
    from raw.products where product_id is not null
) as products on products.number = drawn.part
order by invoice, line_no
"""

CORRECTIONS = """
with chosen as (
    select ctid, invoice_date from raw.sales
    where extract(month from invoice_date) in (3, 9) and hashtext(invoice_id) % 500 = 0
)
update raw.sales as sales
set net_amount = net_amount + 1, invoice_date = sales.invoice_date + 20, _updated_at = statement_timestamp()
from chosen where chosen.ctid = sales.ctid
"""
DELETIONS = """
update raw.sales
set _deleted_at = statement_timestamp(), _updated_at = statement_timestamp()
where invoice_date between date '2023-05-01' and date '2023-05-31' and hashtext(invoice_id) % 100 = 0
"""
MOVED_FAMILY = """
update raw.brand_families
set
    parent_family_id = (
        select min(family_id) from raw.brand_families as other
        where other.parent_family_id is null and other.family_id <> raw.brand_families.parent_family_id
    ),
    _updated_at = statement_timestamp()
where family_id = (select min(family_id) from raw.brand_families where parent_family_id is not null)
"""


def load_history(warehouse: Warehouse, lines: int) -> None:
    """Puts that many generated sales lines, of the years up to the sample's last day, in place of the sample's."""
    with warehouse.connect(autocommit=True) as connection:
        connection.execute("truncate raw.sales")
        connection.execute(HISTORY, {"lines": lines, "last": LAST_DAY, "days": YEARS * 365})
        connection.execute("vacuum analyze raw.sales")
    checkpoint(warehouse)
