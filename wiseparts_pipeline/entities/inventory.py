"""Inventory: stock in the warehouses."""

from wiseparts_pipeline.entities.schema import Entity, Type, column, text, wait

INVENTORY = Entity(
    name="inventory",
    description="One row per product and warehouse: current stock and quantities on order.",
    key=("sku", "warehouse_id"),
    snapshot=True,
    group="inventory",
    columns=(
        text("sku", "SKU of the product.", required=True, reference=wait("products", "sku"), example="BP-0986"),
        text("warehouse_id", "Key of the warehouse.", required=True, default="MAIN", example="MAIN"),
        column(
            "quantity_available", Type.NUMBER, "Quantity that can be sold now, in units.", required=True, example="24"
        ),
        column("quantity_on_order", Type.NUMBER, "Quantity ordered from suppliers, in units.", example="50"),
        column(
            "eta",
            Type.DATE,
            "Day on which the ordered quantity is expected.",
            example="2025-02-10",
            looks_ahead=True,
        ),
        column("backorder_allowed", Type.BOOL, "Whether more than is available may be sold.", example="true"),
        column(
            "backorder_limit", Type.NUMBER, "Maximum that may be sold beyond what is available, in units.", example="20"
        ),
    ),
)
