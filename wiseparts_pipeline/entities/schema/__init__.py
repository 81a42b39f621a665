"""How an entity is described: `types` a column can have, `columns` with their rules, and the `entity` they make up."""

from wiseparts_pipeline.entities.schema.columns import (
    FORGOTTEN,
    LINEAGE,
    SYSTEM_ID,
    VERSION_ID,
    Column,
    Personal,
    Policy,
    Reference,
    column,
    text,
    wait,
    warn,
)
from wiseparts_pipeline.entities.schema.entity import Entity, Hierarchy, Person, Signs
from wiseparts_pipeline.entities.schema.types import Type

__all__ = [
    "FORGOTTEN",
    "LINEAGE",
    "SYSTEM_ID",
    "VERSION_ID",
    "Column",
    "Entity",
    "Hierarchy",
    "Person",
    "Personal",
    "Policy",
    "Reference",
    "Signs",
    "Type",
    "column",
    "text",
    "wait",
    "warn",
]
