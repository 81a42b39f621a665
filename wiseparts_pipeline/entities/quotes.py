"""Quotes: the lines of offers to customers."""

from wiseparts_pipeline.entities.common import currency, customer_id, line_no, sales_rep_id
from wiseparts_pipeline.entities.schema import Entity, Person, Type, column, text, warn

QUOTES = Entity(
    name="quotes",
    description="One row per quote line, with the outcome of the quote.",
    key=("quote_id", "line_no"),
    group="sales",
    person=Person("customers", "customer_id"),
    columns=(
        text("quote_id", "Number of the quote.", required=True, example="Q-2025-0017"),
        line_no(),
        column("quoted_on", Type.DATE, "Day on which the quote was made.", required=True, example="2025-01-08"),
        column(
            "valid_until",
            Type.DATE,
            "Last day on which the quote is valid.",
            example="2025-02-07",
            looks_ahead=True,
        ),
        customer_id(warn("customers", "customer_id")),
        text("product_id", "Key of the product.", reference=warn("products", "product_id"), example="100234"),
        text("description", "Text of the line.", example="Brake pad set, front axle"),
        column("quantity", Type.NUMBER, "Quantity offered, in units.", example="20"),
        column("unit_price", Type.MONEY, "Price of one unit, without tax.", example="45.00"),
        column("net_amount", Type.MONEY, "Amount of the line, without tax.", example="900.00"),
        currency(required=True),
        text(
            "status",
            "Outcome of the quote so far.",
            required=True,
            allowed=("draft", "open", "won", "lost", "expired"),
            example="won",
        ),
        column("decided_on", Type.DATE, "Day on which the quote was won or lost.", example="2025-01-20"),
        text("lost_reason", "Why the quote was lost.", example="Price"),
        sales_rep_id(),
        text("order_id", "Number of the order that resulted from the quote.", example="REP-20311"),
    ),
)
