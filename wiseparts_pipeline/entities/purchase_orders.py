"""Purchase orders: what was ordered from a supplier, as the marketplace has it."""

from wiseparts_pipeline.entities.schema import Entity, Type, column, text, warn

PURCHASE_ORDERS = Entity(
    name="purchase_orders",
    description="One row per order that a supplier got; what is in it is in its documents.",
    key=("deal_id",),
    group="purchasing",
    recognised=False,
    columns=(
        text("deal_id", "Key of the order in the marketplace.", required=True, example="GWAHJV-250114-1470"),
        text("own_order_id", "Our own number of the order.", example="4H2K9D7Q3M-735"),
        text("requisition_id", "Number of the requisition that it was made of.", example="PR-2025-0042"),
        text("customer_order_id", "Number of the customer's order that it is for.", example="WEB-10042"),
        text("cart_id", "Key of the cart in the marketplace that it is in.", example="99120"),
        text(
            "supplier_id",
            "Key of the supplier.",
            reference=warn("suppliers", "supplier_id", optional=True),
            example="10000735",
        ),
        text("supplier_name", "Name of the supplier, as it came with the order.", example="Nordparts Distribution"),
        text("status", "State of the order, as the marketplace calls it.", example="SENT"),
        text("status_text", "That state in words.", example="Sent to the supplier"),
        column("status_changed_at", Type.TIMESTAMP, "When the order last changed.", example="2025-01-14 10:02:11"),
        column("is_archived", Type.BOOL, "Whether the marketplace has it in the archive.", example="false"),
        column("is_imported", Type.BOOL, "Whether it was sent by a program.", example="true"),
        column("is_test", Type.BOOL, "Whether it is a test.", example="false"),
        text("url", "Page of the order in the marketplace.", example="https://deals.example/GWAHJV-250114-1470"),
    ),
)
