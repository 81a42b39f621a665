"""Suppliers: who goods are bought from."""

from wiseparts_pipeline.entities.schema import Entity, text

SUPPLIERS = Entity(
    name="suppliers",
    description="One row per supplier: who goods are bought from.",
    key=("supplier_id",),
    master=True,
    group="purchasing",
    recognised=False,
    columns=(
        text("supplier_id", "Key of the supplier in the marketplace or ERP.", on_create=True, example="10000735"),
        text("name", "Name of the supplier.", on_create=True, example="Nordparts Distribution"),
        text("customer_account", "Our customer number at the supplier.", example="123456"),
        text(
            "order_account",
            "Our customer number at the supplier for orders, where it is another one.",
            example="123456-2",
        ),
        text("street", "Street and number.", example="Hafenstr. 4"),
        text("city", "City or town.", example="Bremen"),
        text("postal_code", "Postal code, leading zeros kept.", example="28195"),
        text("country", "Country, as the source spells it.", example="DE"),
        text("weee_number", "Registration number for waste of electrical equipment.", example="DE12345678"),
        text("url", "Page about the supplier.", example="https://suppliers.example/10000735"),
    ),
)
