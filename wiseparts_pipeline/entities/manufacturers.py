"""Manufacturers: who makes what suppliers sell."""

from wiseparts_pipeline.entities.schema import Entity, text

MANUFACTURERS = Entity(
    name="manufacturers",
    description="One row per manufacturer of what suppliers sell.",
    key=("manufacturer_id",),
    master=True,
    group="purchasing",
    recognised=False,
    columns=(
        text("manufacturer_id", "Key of the manufacturer in the marketplace.", on_create=True, example="31"),
        text("name", "Name of the manufacturer.", on_create=True, example="Bosch Automotive Aftermarket"),
        text("short_name", "Short name of the manufacturer.", example="Bosch"),
        text("url", "Page about the manufacturer.", example="https://manufacturers.example/31"),
    ),
)
