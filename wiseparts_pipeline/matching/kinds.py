"""What is matched: the kinds, and which records of each are theirs and ours."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import LiteralString


class Kind(StrEnum):
    """What a match is about. Manufacturers come before products, whose matches depend on theirs."""

    SUPPLIER = "supplier"
    MANUFACTURER = "manufacturer"
    CATEGORY = "category"
    PRODUCT = "product"


@dataclass(frozen=True)
class Sides:
    """Where the records of a kind are.

    `theirs`, `ours`: queries of id and name, each id once. `made_of`: the entities that the matches are found in, the
    first is theirs.
    """

    theirs: LiteralString
    ours: LiteralString
    made_of: tuple[str, ...]


SIDES: Mapping[Kind, Sides] = {
    Kind.SUPPLIER: Sides(
        # A source that brings products of suppliers is a marketplace; the suppliers of any other are our own.
        "select supplier_id, name from raw.suppliers"
        " where _deleted_at is null and _source in (select distinct _source from raw.supplier_products)",
        "select supplier_id, name from raw.suppliers"
        " where _deleted_at is null and _source not in (select distinct _source from raw.supplier_products)",
        ("suppliers", "supplier_products"),
    ),
    Kind.MANUFACTURER: Sides(
        "select manufacturer_id, coalesce(short_name, name) from raw.manufacturers where _deleted_at is null",
        "select distinct brand, brand from raw.products where _deleted_at is null and brand is not null",
        ("manufacturers", "products"),
    ),
    Kind.CATEGORY: Sides(
        "select category_id, name from raw.supplier_categories where _deleted_at is null",
        "select category_id, name from raw.categories where _deleted_at is null",
        ("supplier_categories", "categories"),
    ),
    Kind.PRODUCT: Sides(
        "select puid, name from raw.supplier_products where _deleted_at is null",
        "select product_id, name from raw.products where _deleted_at is null and product_id is not null",
        ("supplier_products", "products", "manufacturers"),
    ),
}
