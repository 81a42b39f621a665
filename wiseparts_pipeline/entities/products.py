"""Products: what is sold."""

from wiseparts_pipeline.entities.common import currency
from wiseparts_pipeline.entities.schema import Entity, Type, column, text, warn

PRODUCTS = Entity(
    name="products",
    description="One row per product, unique by its key and by its SKU.",
    key=("product_id",),
    master=True,
    unique=("sku",),
    group="catalogue",
    columns=(
        text("product_id", "Key of the product in the ERP.", on_create=True, example="100234"),
        text("sku", "Stock keeping unit: the code that the product is ordered by.", on_create=True, example="BP-0986"),
        text("name", "Name of the product.", on_create=True, example="Brake pad set, front axle"),
        text("description", "Longer text about the product.", example="With wear sensor, 4 pieces"),
        text("brand", "Brand of the product.", example="Bosch"),
        text(
            "family_id",
            "Key of the product's brand family.",
            reference=warn("brand_families", "family_id"),
            example="F0301",
        ),
        text(
            "category_id", "Key of the product's category.", reference=warn("categories", "category_id"), example="K120"
        ),
        column(
            "collection_ids", Type.TEXT_LIST, "Keys of the collections that the product is in.", example="WINTER|BRAKES"
        ),
        text("barcode", "Barcode (EAN, UPC), as text.", example="4047024000018"),
        text("manufacturer_sku", "Number of the product at its manufacturer.", example="0986494019"),
        text("unit", "Unit of measure of quantities.", example="set"),
        column("list_price", Type.MONEY, "List price of one unit, without tax.", example="48.90"),
        column("cost_price", Type.MONEY, "Cost of one unit, without tax.", example="29.35"),
        currency(),
        column("min_order_qty", Type.NUMBER, "Minimum order quantity, in units.", example="1"),
        column("order_increment", Type.NUMBER, "Increment of ordered quantities, in units.", example="1"),
        text(
            "status",
            "Whether the product is still sold.",
            default="active",
            allowed=("active", "discontinued"),
            example="active",
        ),
        text("superseded_by_product_id", "Key of the product that replaces this one.", example="100512"),
        column(
            "media_urls", Type.TEXT_LIST, "Pictures and documents, as URLs.", example="https://media.example/100234.jpg"
        ),
        column("attributes", Type.JSON, "Further attributes, a JSON object.", example='{"axle": "front"}'),
    ),
)
