"""Collections: products grouped for selling."""

from wiseparts_pipeline.entities.schema import Entity, text

COLLECTIONS = Entity(
    name="collections",
    description="One row a collection: products that are shown and promoted together.",
    key=("collection_id",),
    master=True,
    group="catalogue",
    columns=(
        text("collection_id", "The collection's key in the ERP.", on_create=True, example="WINTER"),
        text("name", "Name of the collection.", on_create=True, example="Winter service"),
        text("description", "What it is about.", example="Batteries, wipers and antifreeze"),
    ),
)
