"""Collections: products that are promoted together."""

from wiseparts_pipeline.entities.schema import Entity, text

COLLECTIONS = Entity(
    name="collections",
    description="One row per collection: products that are shown and promoted together.",
    key=("collection_id",),
    master=True,
    group="catalogue",
    columns=(
        text("collection_id", "Key of the collection in the ERP.", on_create=True, example="WINTER"),
        text("name", "Name of the collection.", on_create=True, example="Winter service"),
        text("description", "What the collection is about.", example="Batteries, wipers and antifreeze"),
    ),
)
