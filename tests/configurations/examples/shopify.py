"""Order exports of a shop: only the first line of an order has the order's own cells."""

from tests.configurations.examples.writing import table

_PERSON = ("Name", "Street", "Address1", "Address2", "Company", "City", "Zip", "Province", "Country", "Phone")
_LINE = ("quantity", "name", "price", "compare at price", "sku", "requires shipping", "taxable", "fulfillment status")
_HEAD = """\
Name|Email|Financial Status|Paid at|Fulfillment Status|Fulfilled at|Accepts Marketing|Currency|Subtotal|Shipping|Taxes\
|Total|Discount Code|Discount Amount|Shipping Method|Created at"""
_TAIL = """\
Notes|Note Attributes|Cancelled at|Payment Method|Payment Reference|Refunded Amount|Vendor|Outstanding Balance|Employee\
|Location|Device ID|Id|Tags|Risk Level|Source|Lineitem discount"""

COLUMNS_2021 = [
    *_HEAD.split("|"),
    *(f"Lineitem {name}" for name in _LINE),
    *(f"{kind} {name}" for kind in ("Billing", "Shipping") for name in _PERSON),
    *_TAIL.split("|"),
    *(f"Tax {number} {name}" for number in range(1, 6) for name in ("Name", "Value")),
    *("Phone", "Receipt Number", "Duties", "Billing Province Name", "Shipping Province Name"),
]
COLUMNS_2026 = [*COLUMNS_2021, "Payment ID", "Payment Terms Name", "Next Payment Due At", "Payment References"]

Line = tuple[str, str, str, str]  # quantity, name, price, SKU
PADS: Line = ("2", "Brake pad set, front axle", "48.90", "BP-0986")
WIPER: Line = ("1", 'Wiper blade 24"', "12.40", "WB-24")
OIL: Line = ("4", "Engine oil 5W-30 1 l", "9.95", "EO-5W30")


def _order(name: str, created: str, status: str, fulfillment: str, *lines: Line, **order: str) -> list[dict[str, str]]:
    """The lines of an order; the first has the order's own cells."""
    head = {
        "Email": f"buyer{name[1:]}@shop.example",
        "Financial Status": status,
        "Fulfillment Status": fulfillment,
        "Currency": "EUR",
        "Shipping": "5.00",
        "Taxes": "12.34",
        "Created at": created,
        "Billing Name": "Μαρία Παπαδοπούλου",
        "Source": "web",
    } | {column.replace("_", " "): cell for column, cell in order.items()}
    rows: list[dict[str, str]] = []
    for quantity, description, price, sku in lines:
        line = {
            "Lineitem quantity": quantity,
            "Lineitem name": description,
            "Lineitem price": price,
            "Lineitem sku": sku,
            "Lineitem requires shipping": "true",
            "Lineitem taxable": "true",
            "Lineitem fulfillment status": "pending",
            "Lineitem discount": "0.00",
            "Vendor": "WiseParts",
        }
        rows.append({"Name": name} | (head if not rows else {"Created at": created}) | line)
    return rows


def files() -> dict[str, str]:
    older = [
        *_order("#1001", "2021-11-05 10:12:13 +0200", "paid", "fulfilled", PADS, WIPER),
        *_order("#1002", "2021-11-05 11:40:00 +0200", "paid", "unfulfilled", OIL, Discount_Amount="3.98"),
    ]
    newer = [
        *_order("#2001", "2024-09-18 10:12:13 +0300", "paid", "fulfilled", PADS, WIPER, OIL, Source="580111"),
        *_order(
            "#2002", "2024-09-18 10:20:00 +0300", "paid", "unfulfilled", PADS, Cancelled_at="2024-09-18 11:00:00 +0300"
        ),
        *_order("#2003", "2024-09-18 12:00:00 +0300", "refunded", "fulfilled", WIPER, Refunded_Amount="12.40"),
        *_order("#2004", "2024-09-18 12:30:00 +0300", "pending", "unfulfilled", OIL, Source="shopify_draft_order"),
        *_order("#2005", "2024-09-18 13:00:00 +0300", "voided", "unfulfilled", OIL, Source="pos"),
        # A quantity that is no number, on the line between two good ones.
        *_order("#2006", "2024-09-18 14:00:00 +0300", "authorized", "partial", PADS, ("two", *WIPER[1:]), OIL),
        # A status that the configuration does not know.
        *_order("#2007", "2024-09-18 15:00:00 +0300", "chargeback", "unfulfilled", WIPER),
        # An article of no stock, and a note of two lines.
        *_order(
            "#2008", "2024-09-18 16:00:00 +0300", "paid", "unfulfilled", ("1", "Gift card", "25.00", ""),
            Notes='Ring twice.\nSay "delivery".',
        ),
    ]  # fmt: skip
    return {
        "Shopify/orders_export_1.csv": table(COLUMNS_2021, older),
        "Shopify/orders_export_2.csv": table(COLUMNS_2026, newer),
    }
