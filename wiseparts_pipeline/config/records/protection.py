"""Columns that an importer leaves alone: `protect` in its YAML."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Discriminator, Tag

from wiseparts_pipeline.config.attributes import by_shape

# Either columns of any stored record, or by importer those of the records that this importer has brought as well.
Protection = Annotated[
    Annotated[dict[str, tuple[str, ...]], Tag("<mapping>")] | Annotated[tuple[str, ...], Tag("<list>")],
    Discriminator(lambda value: "<mapping>" if by_shape(value) == "<mapping>" else "<list>"),
]


def always_protected(protect: tuple[str, ...] | Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The columns that are never overwritten."""
    return () if isinstance(protect, Mapping) else protect


def protected_from(protect: tuple[str, ...] | Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
    """By importer, the columns that are not overwritten once it has brought the record."""
    return protect if isinstance(protect, Mapping) else {}
