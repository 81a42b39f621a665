"""Supplier products: what suppliers sell, as the marketplace describes it."""

from wiseparts_pipeline.entities.common import currency
from wiseparts_pipeline.entities.schema import Entity, Type, column, text, warn

SUPPLIER_PRODUCTS = Entity(
    name="supplier_products",
    description="One row per product in the suppliers' catalogue, whoever offers it.",
    key=("puid",),
    group="purchasing",
    recognised=False,
    columns=(
        text("puid", "Key of the product in the marketplace.", required=True, example="3551881000"),
        text("ean", "EAN of the product, as text.", example="4047024000018"),
        text("manufacturer_sku", "Number of the product at its manufacturer.", example="0 986 494 019"),
        text(
            "manufacturer_id",
            "Key of the manufacturer.",
            reference=warn("manufacturers", "manufacturer_id", optional=True),
            example="31",
        ),
        text("manufacturer_name", "Name of the manufacturer, as it came with the product.", example="Bosch"),
        text("name", "Name of the product.", example="Brake pad set, front axle"),
        text("short_description", "Short text about the product.", example="Brake pads with wear sensor"),
        text("description", "Long text about the product.", example="With wear sensor, 4 pieces"),
        text("marketing_text", "Advertising text of the manufacturer.", example="Brakes that you can rely on"),
        text("selling_points", "What speaks for the product.", example="Low dust, low noise"),
        text("features", "Features of the product.", example="ECE R90"),
        text("package_contents", "What comes in the package.", example="4 pads, 2 springs"),
        text("warranty_text", "Text about the manufacturer's warranty.", example="2 years"),
        text(
            "category_id",
            "Key of the product's category.",
            reference=warn("supplier_categories", "category_id", optional=True),
            example="4711",
        ),
        text("product_line", "Line of products that it belongs to.", example="QuietCast"),
        text("product_model", "Model of the product.", example="BC905"),
        text("customs_tariff_number", "Customs tariff number.", example="87083010"),
        text("unspsc", "Code of the product in UNSPSC.", example="25171702"),
        text("eclass", "Code of the product in ECLASS.", example="27-37-10-02"),
        column("gross_weight_kg", Type.NUMBER, "Weight with packaging, in kilograms.", example="1.95"),
        text("gross_length", "Length with packaging, with its unit.", example="18 cm"),
        text("gross_height", "Height with packaging, with its unit.", example="7 cm"),
        text("gross_width", "Width with packaging, with its unit.", example="12 cm"),
        column("list_price", Type.MONEY, "Price that the manufacturer recommends, without tax.", example="59.90"),
        currency(),
        text("energy_efficiency_class", "Energy efficiency class.", example="A"),
        column(
            "datasheet_urls", Type.TEXT_LIST, "Datasheets, as URLs.", example="https://media.example/3551881000.pdf"
        ),
        column("image_urls", Type.TEXT_LIST, "Pictures, as URLs.", example="https://media.example/3551881000.jpg"),
        text("url", "Page of the product in the marketplace.", example="https://products.example/3551881000"),
        column("listed_at", Type.TIMESTAMP, "Since when the marketplace has it.", example="2024-03-01 08:00:00"),
        column(
            "accessories",
            Type.JSON,
            "What goes with the product: a JSON list of products and of how they do.",
            example='[{"puid": "3551882000", "type": "Accessory"}]',
        ),
        column("attributes", Type.JSON, "Further attributes, a JSON object.", example='{"axle": "front"}'),
    ),
)
