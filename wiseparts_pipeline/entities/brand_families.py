"""Brand families: the hierarchy that products are reported under."""

from wiseparts_pipeline.entities.schema import Entity, Hierarchy, Type, column, text

BRAND_FAMILIES = Entity(
    name="brand_families",
    description="One row per node of the brand family hierarchy, of any depth; placed by its parent, its path or both.",
    key=("family_id",),
    master=True,
    hierarchy=Hierarchy(parent="parent_family_id", path="path", name="name"),
    group="catalogue",
    columns=(
        text("family_id", "Key of the family in the ERP.", on_create=True, example="F0301"),
        text("name", "Name of the family.", on_create=True, example="Brake pads"),
        text("parent_family_id", "Key of the parent family; empty for a root.", example="F03"),
        text("brand", "Brand that the family belongs to.", example="Bosch"),
        text("path", "Names from the root to this family, joined by ' > '.", example="Bosch > Brakes > Brake pads"),
        column("sort_order", Type.INT, "Position among the families of the same parent.", example="10"),
    ),
)
