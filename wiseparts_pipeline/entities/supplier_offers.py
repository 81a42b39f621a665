"""Supplier offers: for how much a supplier sells a product, and how many there are."""

from wiseparts_pipeline.entities.common import currency
from wiseparts_pipeline.entities.schema import Entity, Type, column, text, warn

# The codes that the marketplace publishes; the seeds of the same names say what they mean.
CONDITIONS = ("1", "2", "3", "4", "5", "6", "7", "9", "10", "11", "12")
AVAILABILITIES = ("1", "2", "3", "4", "6", "8")

SUPPLIER_OFFERS = Entity(
    name="supplier_offers",
    description="One row per product of a supplier: the current price and stock.",
    key=("supplier_item_id",),
    group="purchasing",
    recognised=False,
    found_by=("puid",),
    columns=(
        text("supplier_item_id", "Key of the offer in the marketplace.", required=True, example="88120044"),
        text(
            "puid",
            "Key of the product that is offered.",
            reference=warn("supplier_products", "puid", optional=True),
            example="3551881000",
        ),
        text(
            "supplier_id",
            "Key of the supplier.",
            required=True,
            reference=warn("suppliers", "supplier_id", optional=True),
            example="10000735",
        ),
        text("supplier_name", "Name of the supplier, as it came with the offer.", example="Nordparts Distribution"),
        text("supplier_sku", "Number of the product at the supplier.", example="NP-123002"),
        text("ean", "EAN that the supplier gives.", example="4047024000018"),
        text("manufacturer_sku", "Number at the manufacturer that the supplier gives.", example="0986494019"),
        text("name", "Name that the supplier gives the product.", example="BOSCH brake pads front"),
        text("description", "Text that the supplier gives the product.", example="Set of 4, with sensor"),
        text("condition_id", "Code of the condition of the goods.", known=CONDITIONS, example="1"),
        column("price", Type.MONEY, "Price of the supplier, without tax.", example="29.35"),
        column(
            "price_calc",
            Type.MONEY,
            "Price that the marketplace calculates from it by our own rules, without tax.",
            example="35.22",
        ),
        currency(),
        column("tax_percent", Type.NUMBER, "Tax on the price, in percent.", example="19"),
        column("list_price", Type.MONEY, "Price that the supplier recommends, without tax.", example="59.90"),
        column("copyright_levy", Type.MONEY, "Copyright levy in the price of a unit.", example="0.45"),
        column(
            "price_updated_at", Type.TIMESTAMP, "When the supplier last sent the price.", example="2025-01-14 06:05:00"
        ),
        column("stock", Type.NUMBER, "Quantity that the supplier has.", example="124"),
        column("external_stock", Type.NUMBER, "Quantity in field warehouses.", example="20"),
        column("incoming_stock", Type.NUMBER, "Quantity on its way to the supplier.", example="200"),
        text("availability_code", "Code of the availability.", known=AVAILABILITIES, example="1"),
        text("availability_text", "What the supplier says of its stock.", example="more than 100"),
        column(
            "available_on", Type.DATE, "Day on which it is available again.", example="2025-02-10", looks_ahead=True
        ),
        column(
            "stock_updated_at", Type.TIMESTAMP, "When the supplier last sent its stock.", example="2025-01-14 09:30:00"
        ),
        column(
            "scale_prices",
            Type.JSON,
            "Prices from a quantity on: a JSON list, with the price that they came with.",
            example='[{"from_quantity": 10, "price": "27.90", "beside_price": "29.35"}]',
        ),
        column(
            "projects",
            Type.JSON,
            "Prices agreed for a project: a JSON list.",
            example='[{"project_id": "P-77", "price": "25.10"}]',
        ),
        text("order_unit", "Unit that is ordered.", example="set"),
        text("content_unit", "Unit of what an ordered unit contains.", example="piece"),
        column("content_quantity", Type.NUMBER, "How many of these an ordered unit contains.", example="4"),
        column("price_quantity", Type.NUMBER, "How many ordered units the price is for.", example="1"),
        column("min_order_qty", Type.NUMBER, "Minimum order quantity, in ordered units.", example="1"),
        column("order_increment", Type.NUMBER, "Increment of ordered quantities, in ordered units.", example="1"),
        column("packing_quantity", Type.NUMBER, "How many ordered units the supplier packs together.", example="10"),
        column("is_end_of_life", Type.BOOL, "Whether the supplier sells off the product.", example="false"),
        column("is_special_offer", Type.BOOL, "Whether it is a special offer.", example="false"),
        text("promotion", "Name of the supplier's promotion.", example="Winter"),
        column("match_quality", Type.INT, "How well the marketplace matched the offer to its product.", example="100"),
        text("country_of_origin", "Country of origin, as the supplier spells it.", example="DE"),
        text("customs_tariff_number", "Customs tariff number that the supplier gives.", example="87083010"),
        text("warranty_text", "Text about the supplier's warranty.", example="1 year"),
        text("url", "Page of the product at the supplier.", example="https://nordparts.example/123002"),
    ),
)
