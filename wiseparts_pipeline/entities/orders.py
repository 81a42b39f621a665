"""Orders: the lines of what customers ordered."""

from wiseparts_pipeline.entities.common import currency, customer_id, line_no
from wiseparts_pipeline.entities.schema import Entity, Person, Personal, Type, column, text, warn

ORDERS = Entity(
    name="orders",
    description="One row per order line.",
    key=("order_id", "line_no"),
    group="sales",
    person=Person("customers", "customer_id"),
    columns=(
        text("order_id", "Number of the order.", required=True, example="WEB-10042"),
        line_no(),
        column("placed_at", Type.TIMESTAMP, "When the order was placed.", required=True, example="2025-01-14 09:32:05"),
        text(
            "channel",
            "Channel through which the order was placed.",
            required=True,
            allowed=("web", "phone", "rep", "edi", "marketplace", "other"),
            example="web",
        ),
        text(
            "status",
            "Status of the order.",
            required=True,
            allowed=("draft", "confirmed", "shipped", "cancelled", "returned"),
            example="confirmed",
        ),
        customer_id(warn("customers", "customer_id")),
        text("sku", "SKU of the product.", reference=warn("products", "sku"), example="BP-0986"),
        text("product_id", "Key of the product, if the source gives it.", example="100234"),
        text("description", "Text of the line.", example="Brake pad set, front axle"),
        column("quantity", Type.NUMBER, "Quantity ordered, in units.", required=True, example="2"),
        column("unit_price", Type.MONEY, "Price of one unit, without tax.", required=True, example="48.90"),
        column("net_amount", Type.MONEY, "Amount of the line, without tax.", required=True, example="97.80"),
        column("shipping_amount", Type.MONEY, "Shipping charged on the line, without tax.", example="4.50"),
        column("tax_amount", Type.MONEY, "Tax on the line.", example="24.55"),
        currency(required=True),
        text("ship_to_address_id", "Key of the delivery address.", example="A00789"),
        text(
            "email",
            "E-mail address given with the order.",
            example="orders@papadopoulos.example",
            personal=Personal.IDENTITY,
        ),
        text("note", "Note from the customer.", example="Deliver before noon", personal=Personal.DETAIL),
    ),
)
