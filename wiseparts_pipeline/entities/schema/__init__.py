"""How an entity is described: `types` a column can have, `columns` with their rules, and the `entity` they make up."""

from wiseparts_pipeline.entities.schema.columns import (
    LINEAGE,
    SYSTEM_ID,
    VERSION_ID,
    Column,
    Policy,
    Reference,
    column,
    text,
    wait,
    warn,
)
from wiseparts_pipeline.entities.schema.entity import Entity, Hierarchy, Signs
from wiseparts_pipeline.entities.schema.types import Type

__all__ = [
    "LINEAGE",
    "SYSTEM_ID",
    "VERSION_ID",
    "Column",
    "Entity",
    "Hierarchy",
    "Policy",
    "Reference",
    "Signs",
    "Type",
    "column",
    "text",
    "wait",
    "warn",
]
