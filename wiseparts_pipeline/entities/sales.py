"""Sales: the lines of invoices and credit notes."""

from wiseparts_pipeline.entities.common import currency, customer_id, line_no, sales_rep_id
from wiseparts_pipeline.entities.schema import Entity, Person, Signs, Type, column, text, warn

SALES = Entity(
    name="sales",
    description="One row per invoice line; lines of credit notes carry negative quantity and net amount.",
    key=("invoice_id", "line_no"),
    group="sales",
    person=Person("customers", "customer_id"),
    day="invoice_date",
    signs=Signs("document_type", ("credit_note",), ("quantity", "net_amount", "tax_amount", "cost_amount")),
    columns=(
        text("invoice_id", "Number of the invoice or credit note.", required=True, example="INV-2025-00042"),
        line_no(),
        column(
            "invoice_date",
            Type.DATE,
            "Date of the invoice; if it has a time of day, only the date is kept.",
            required=True,
            example="2025-01-15",
        ),
        text(
            "document_type",
            "Invoice or credit note.",
            default="invoice",
            allowed=("invoice", "credit_note"),
            example="invoice",
        ),
        customer_id(warn("customers", "customer_id")),
        text(
            "branch_id",
            "Key of the customer's branch.",
            reference=warn("customer_branches", "branch_id"),
            example="C00123-01",
        ),
        text("product_id", "Key of the product.", reference=warn("products", "product_id"), example="100234"),
        text("description", "Text of the line.", example="Brake pad set, front axle"),
        column("quantity", Type.NUMBER, "Quantity sold, in units; negative if credited.", required=True, example="2"),
        column(
            "unit_price", Type.MONEY, "Price of one unit before discount, without tax.", required=True, example="48.90"
        ),
        column("discount_percent", Type.NUMBER, "Discount on the line, in percent.", example="10"),
        column(
            "net_amount", Type.MONEY, "Amount of the line after discount, without tax.", required=True, example="88.02"
        ),
        column("tax_amount", Type.MONEY, "Tax on the line.", example="21.12"),
        column("cost_amount", Type.MONEY, "Cost of the goods on the line.", example="58.70"),
        currency(required=True),
        sales_rep_id(),
        text("channel", "Channel through which the sale was made.", example="phone"),
        text("warehouse_id", "Key of the warehouse that delivered.", example="MAIN"),
        text("order_id", "Number of the order that was invoiced.", example="WEB-10042"),
        text("ship_to_country", "Country of delivery, as the source spells it.", example="GR"),
    ),
)
