"""Arguments that several commands have."""

import typer

from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.entities.schema import Entity


def entity_named(name: str, param_hint: str = "ENTITY") -> Entity:
    """The entity; raises BadParameter, which lists all of them, for an unknown name."""
    if name not in ENTITIES:
        raise typer.BadParameter(f"{name!r} is unknown; there are: {', '.join(ENTITIES)}", param_hint=param_hint)
    return ENTITIES[name]
