"""Categories: the hierarchy in which products are browsed."""

from wiseparts_pipeline.entities.schema import Entity, Hierarchy, text

CATEGORIES = Entity(
    name="categories",
    description="One row per node of the category hierarchy, of any depth; placed by its parent, its path or both.",
    key=("category_id",),
    master=True,
    hierarchy=Hierarchy(parent="parent_category_id", path="path", name="name"),
    group="catalogue",
    columns=(
        text("category_id", "Key of the category in the ERP.", on_create=True, example="K120"),
        text(
            "path",
            "Names from the root to this category, joined by ' > '.",
            example="Car parts > Brakes > Brake pads",
        ),
        text("name", "Name of the category.", on_create=True, example="Brake pads"),
        text("parent_category_id", "Key of the parent category; empty for a root.", example="K12"),
    ),
)
