"""Purchase document lines: the lines of what went to a supplier about an order, and of what came back."""

from wiseparts_pipeline.entities.common import line_no
from wiseparts_pipeline.entities.schema import Entity, Type, column, text, wait

PURCHASE_DOCUMENT_LINES = Entity(
    name="purchase_document_lines",
    description="One row per line of a document of an order from a supplier.",
    key=("document_id", "line_no"),
    group="purchasing",
    recognised=False,
    columns=(
        text(
            "document_id",
            "Key of the document in the marketplace.",
            required=True,
            reference=wait("purchase_documents", "document_id"),
            example="7f3a9c20-19d0",
        ),
        line_no(),
        text("line_item_id", "Number that its author gave the line, as it came.", example="00001"),
        text("order_id", "Number of the order that the line refers to.", example="GWAHJV-250114-1470"),
        text("order_line_item_id", "Number of the order's line that it refers to, as it came.", example="00001"),
        text("supplier_order_id", "Number of the order at the supplier.", example="425689442"),
        text("supplier_sku", "Number of the product at the supplier.", example="NP-123002"),
        text("puid", "Key of the product in the marketplace.", example="3551881000"),
        text("ean", "EAN of the product.", example="4047024000018"),
        text("manufacturer_sku", "Number of the product at its manufacturer.", example="0986494019"),
        text("sku", "Our own SKU of the product, where the document has it.", example="BP-0986"),
        text("description", "Text of the line.", example="BOSCH brake pads front"),
        column("quantity", Type.NUMBER, "Quantity, in ordered units.", required=True, example="10"),
        text("order_unit", "Unit that is ordered, as the document codes it.", example="C62"),
        column("unit_price", Type.MONEY, "Price, without tax.", example="29.35"),
        column("price_quantity", Type.NUMBER, "How many ordered units the price is for; 1 if empty.", example="1"),
        column("net_amount", Type.MONEY, "Amount of the line, without tax.", example="293.50"),
        column("tax_percent", Type.NUMBER, "Tax on the line, in percent.", example="19"),
        column("tax_amount", Type.MONEY, "Tax on the line.", example="55.77"),
        column("delivery_from", Type.DATE, "First day of delivery.", example="2025-01-16", looks_ahead=True),
        column("delivery_until", Type.DATE, "Last day of delivery.", example="2025-01-17", looks_ahead=True),
        text("agreement_id", "Number of the project or agreement that the price is of.", example="P-77"),
        column("serial_numbers", Type.TEXT_LIST, "Serial numbers of what is delivered.", example="NP-1-001|NP-1-002"),
        text("note", "Note on the line.", example="Partial delivery"),
    ),
)
