"""Supplier categories: the kinds of products in the suppliers' catalogue, in groups."""

from wiseparts_pipeline.entities.schema import Entity, text

SUPPLIER_CATEGORIES = Entity(
    name="supplier_categories",
    description="One row per kind of products in the suppliers' catalogue, each in a group.",
    key=("category_id",),
    master=True,
    group="purchasing",
    recognised=False,
    columns=(
        text("category_id", "Key of the category in the marketplace.", on_create=True, example="4711"),
        text("name", "Name of the category.", on_create=True, example="Brake pads"),
        text("group_id", "Key of the group that the category is in.", example="BRK"),
        text("group_name", "Name of that group.", example="Brakes"),
    ),
)
