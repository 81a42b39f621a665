"""Purchase documents: what went to a supplier about an order, and what came back."""

from wiseparts_pipeline.entities.common import currency
from wiseparts_pipeline.entities.schema import Entity, Type, column, text, warn

PURCHASE_DOCUMENTS = Entity(
    name="purchase_documents",
    description="One row per document about an order from a supplier, such as its confirmation or invoice.",
    key=("document_id",),
    group="purchasing",
    recognised=False,
    columns=(
        text("document_id", "Key of the document in the marketplace.", required=True, example="7f3a9c20-19d0"),
        text(
            "deal_id",
            "Key of the order in the marketplace that it is about.",
            reference=warn("purchase_orders", "deal_id"),
            example="GWAHJV-250114-1470",
        ),
        text(
            "kind",
            "What the document is.",
            required=True,
            allowed=("order", "order_response", "dispatch_notification", "invoice", "quotation", "other"),
            example="order_response",
        ),
        text("document_no", "Number that its author gave the document.", example="AB-425689442"),
        column("issued_at", Type.TIMESTAMP, "When the document was written.", example="2025-01-14 11:20:00"),
        column("changed_at", Type.TIMESTAMP, "When the document last changed.", example="2025-01-14 11:25:30"),
        text(
            "supplier_id",
            "Key of the supplier.",
            reference=warn("suppliers", "supplier_id", optional=True),
            example="10000735",
        ),
        text("order_id", "Number of the order that it refers to.", example="GWAHJV-250114-1470"),
        text("supplier_order_id", "Number of the order at the supplier.", example="425689442"),
        column("delivery_from", Type.DATE, "First day of delivery.", example="2025-01-16", looks_ahead=True),
        column("delivery_until", Type.DATE, "Last day of delivery.", example="2025-01-17", looks_ahead=True),
        column(
            "valid_until", Type.DATE, "Last day on which a quotation is valid.", example="2025-02-14", looks_ahead=True
        ),
        text("carrier", "Who brings the goods.", example="Trans-o-flex"),
        column("tracking_numbers", Type.TEXT_LIST, "Numbers of the parcels.", example="00340434161094015902"),
        column(
            "tracking_urls",
            Type.TEXT_LIST,
            "Where the parcels are, as URLs.",
            example="https://parcels.example/00340434",
        ),
        column("net_amount", Type.MONEY, "Sum of the lines, without tax.", example="489.00"),
        column("charges_amount", Type.MONEY, "Freight and other charges less allowances.", example="10.90"),
        column("tax_amount", Type.MONEY, "Tax on the document.", example="94.98"),
        column("total_amount", Type.MONEY, "Total of the document.", example="594.88"),
        currency(),
        column("line_count", Type.INT, "Number of lines that the document states.", minimum=0, example="3"),
        column("is_valid", Type.BOOL, "Whether it keeps to the format's schema.", example="true"),
        text("faults", "Where it does not.", example="line 12: QUANTITY: '1,0' is not a number"),
        text("archived_as", "File that it is kept in, as it came.", example="documents/7f3a9c20-19d0.xml"),
        text(
            "sha256", "Hash of that file.", example="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
        ),
        text("url", "Where the document can be fetched.", example="https://deals.example/documents/7f3a9c20-19d0"),
    ),
)
