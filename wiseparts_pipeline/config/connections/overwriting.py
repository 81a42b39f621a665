"""What a marketplace may write into our own products: `overwrite` of a pull of supplier_products."""

from collections.abc import Mapping
from enum import StrEnum


class Overwrite(StrEnum):
    """When a column of ours is written.

    `empty_only`: where it is empty, or still has what was written; `always`: also over what others have written before,
    but not over what they have changed since; `never`.
    """

    EMPTY_ONLY = "empty_only"
    ALWAYS = "always"
    NEVER = "never"


# By column of ours, what happens unless it is said otherwise.
POLICIES: Mapping[str, Overwrite] = {
    "description": Overwrite.EMPTY_ONLY,
    "media_urls": Overwrite.EMPTY_ONLY,
    "name": Overwrite.NEVER,
    "brand": Overwrite.NEVER,
    "barcode": Overwrite.NEVER,
    "manufacturer_sku": Overwrite.NEVER,
    "list_price": Overwrite.NEVER,
    "attributes": Overwrite.NEVER,
}


def check_columns(entity: str, overwrite: Mapping[str, Overwrite]) -> None:
    """Raises ValueError."""
    if overwrite and entity != "supplier_products":
        raise ValueError("overwrite: is of pulls of supplier_products")
    for column in overwrite:
        if column not in POLICIES:
            raise ValueError(f"overwrite: {column!r} cannot be written; allowed: {', '.join(POLICIES)}")
