"""Categories: the hierarchy that products are browsed by."""

from wiseparts_pipeline.entities.schema import Entity, Hierarchy, text

CATEGORIES = Entity(
    name="categories",
    description="One row a node of the category hierarchy, of any depth.",
    key=("category_id",),
    master=True,
    hierarchy=Hierarchy(parent="parent_category_id", path="path", name="name"),
    group="catalogue",
    columns=(
        text("category_id", "The category's key in the ERP.", on_create=True, example="K120"),
        text(
            "path",
            "Names from the top down to this category, joined by ' > '.",
            required=True,
            example="Car parts > Brakes > Brake pads",
        ),
        text("name", "Name of the category.", example="Brake pads"),
        text("parent_category_id", "Key of the category above; empty at the top.", example="K12"),
    ),
)
