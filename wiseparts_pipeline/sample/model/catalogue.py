"""What the distributor sells: brand families, categories, collections and products, and the stock of its warehouses."""

import json
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wiseparts_pipeline.sample.model.days import LAST, seasonal, text_of
from wiseparts_pipeline.sample.model.decimals import Ints, divide, money, shortest
from wiseparts_pipeline.sample.model.vocabulary import (
    BRANDS,
    COLLECTIONS,
    PART_TYPES,
    SUMMER,
    VEHICLES,
    WINTER,
    PartType,
)

PRODUCTS = 2_000
WAREHOUSES = ("MAIN", "NORTH", "CRETE")
_DISCONTINUED_PERCENT = 5
_NEW_PRODUCTS = 12
# The cost of a part as a share of its list price; the second is for commodities.
_COST_SHARE = (0.48, 0.66)
_DEAR_SHARE = (0.6, 0.69)
_DEAR = {"BA", "EO", "EX"}
_COST_UNKNOWN_EVERY = 45
_PART_TYPES = {part.code: part for part in PART_TYPES}


def product_id(number: int) -> str:
    """With leading zeros, as is usual in an ERP."""
    return f"{number:06}"


@dataclass(frozen=True)
class Catalogue:
    """The tables (text cells) and, by product, what deals are made from: cents, tenths of a unit, weights."""

    families: pd.DataFrame
    categories: pd.DataFrame
    collections: pd.DataFrame
    products: pd.DataFrame
    # The products as they were at the end of November 2025.
    before: pd.DataFrame
    # Parts that were added to the range on the last day and have not been sold yet.
    new_products: pd.DataFrame
    list_cents: Ints
    cost_cents: Ints
    # The cost of the others was never entered.
    cost_known: NDArray[np.bool_]
    parts: list[PartType]
    # products x 12: how often a product is bought in each month.
    demand: np.ndarray[tuple[int, int], np.dtype[np.float64]]


def make_catalogue(rng: np.random.Generator) -> Catalogue:
    families, series = _families()
    categories = _categories()
    category_ids = dict(zip(categories["path"], categories["category_id"], strict=True))

    parts: list[PartType] = []
    list_cents, cost_cents = [], []
    rows = []
    barcodes = rng.choice(10**9, PRODUCTS, replace=False)
    for number in range(1, PRODUCTS + 1):
        brand, code, part_code, family_id = series[number % len(series)]
        part = _PART_TYPES[part_code]
        variant = part.variants[rng.integers(len(part.variants))]
        vehicle = VEHICLES[rng.integers(len(VEHICLES))] if part.fits_vehicle else ""
        # Prices that end in 0 or 5 cents; low prices are more frequent.
        price = int(part.price_from + (part.price_to - part.price_from) * rng.beta(1.3, 2.6)) // 5 * 5
        cost = int(price * rng.uniform(*(_DEAR_SHARE if part_code in _DEAR else _COST_SHARE)))
        discontinued = rng.integers(100) < _DISCONTINUED_PERCENT and number > len(series)
        parts.append(part)
        list_cents.append(price)
        cost_cents.append(cost)
        rows.append(
            {
                "product_id": product_id(number),
                "sku": f"{code}-{part.code}{number:04}",
                "name": " ".join(filter(None, (part.name, variant, vehicle))),
                "description": f"{brand} {part.name.lower()}, {variant}" + (f", fits {vehicle}" if vehicle else ""),
                "brand": brand,
                "family_id": family_id,
                "category_id": category_ids[part.category],
                "collection_ids": "|".join(_collections_of(part, bool(discontinued), vehicle)),
                "barcode": _ean13(f"520{barcodes[number - 1]:09}"),
                "unit": part.unit,
                "currency": "EUR",
                "min_order_qty": shortest([part.step])[0],
                "order_increment": shortest([part.step])[0],
                "status": "discontinued" if discontinued else "active",
                # The previous part of the same series.
                "superseded_by_product_id": product_id(number - len(series)) if discontinued else "",
                "media_urls": f"https://media.wiseparts.example/{product_id(number)}.jpg",
                "attributes": json.dumps({"variant": variant, "weight_g": int(rng.integers(50, 9000))}),
            }
        )
    products = pd.DataFrame(rows)
    products.insert(10, "list_price", money(list_cents))
    cost_known = np.arange(PRODUCTS) % _COST_UNKNOWN_EVERY != _COST_UNKNOWN_EVERY - 1
    products.insert(11, "cost_price", np.where(cost_known, money(cost_cents), ""))
    popularity = rng.lognormal(0.0, 1.1, PRODUCTS)
    return Catalogue(
        families,
        categories,
        pd.DataFrame(COLLECTIONS, columns=["collection_id", "name", "description"]),
        products,
        _before(products, np.array(list_cents)),
        _new_products(products),
        np.array(list_cents),
        np.array(cost_cents),
        cost_known,
        parts,
        popularity[:, None] * np.array([seasonal(part.months) for part in parts]),
    )


def _before(products: pd.DataFrame, list_cents: Ints) -> pd.DataFrame:
    """The products a month earlier.

    Every third of those discontinued since was still sold; some were cheaper; some were in another series.
    """
    position = np.arange(len(products))
    return products.assign(
        status=products["status"].where(position % 3 != 0, "active"),
        list_price=products["list_price"].where(position % 40 != 5, money(divide(list_cents * 96, 100))),
        family_id=products["family_id"].where(position % 60 != 11, products["family_id"].str[:-2] + "01"),
    )


def _new_products(products: pd.DataFrame) -> pd.DataFrame:
    """The successors of the first parts."""
    numbers = range(PRODUCTS + 1, PRODUCTS + _NEW_PRODUCTS + 1)
    old = products.head(_NEW_PRODUCTS)
    return old.assign(
        product_id=[product_id(number) for number in numbers],
        sku=old["sku"] + "-II",
        name=old["name"] + " II",
        barcode=[_ean13(f"521{number:09}") for number in numbers],
        media_urls=[f"https://media.wiseparts.example/{product_id(number)}.jpg" for number in numbers],
    )


def make_inventory(catalogue: Catalogue, day: int, awaited: Collection[int], rng: np.random.Generator) -> pd.DataFrame:
    """The stock of one day: every product in the main warehouse, popular ones in the others as well.

    `awaited`: products (positions) that customers are waiting for, which are out of stock. New parts are in stock a day
    before they are in the product export. On the last day, discontinued parts that are sold out are no longer listed.
    """
    popularity = catalogue.demand.sum(axis=1)
    arrivals = text_of(day + np.arange(2, 22))
    skus, statuses = catalogue.products["sku"].tolist(), catalogue.products["status"].tolist()
    rows = []
    for share, warehouse in zip((1.0, 0.6, 0.4), WAREHOUSES, strict=True):
        for index in np.flatnonzero(popularity >= np.quantile(popularity, 1 - share)).tolist():
            available = int(rng.poisson(2 + 3 * popularity[index])) if rng.random() > 0.08 else 0
            available = 0 if index in awaited else available
            ordered = int(rng.integers(5, 60)) if available < 3 and rng.random() < 0.6 else 0
            if day == LAST and statuses[index] == "discontinued" and not available:
                continue
            rows.append(
                {
                    # White space around a cell is not a fault; some rows have it.
                    "sku": f"{skus[index]} " if index % 97 == 0 else skus[index],
                    "warehouse_id": warehouse,
                    "quantity_available": str(available),
                    "quantity_on_order": str(ordered),
                    "eta": arrivals[ordered % len(arrivals)] if ordered else "",
                    "backorder_allowed": "true" if statuses[index] == "active" else "false",
                    "backorder_limit": "100",
                }
            )
    delivered = [_first_delivery(sku) for sku in catalogue.new_products["sku"]] if day >= LAST - 1 else []
    return pd.DataFrame(rows + delivered)


def _first_delivery(sku: str) -> dict[str, str]:
    """The stock of a new part after its first delivery."""
    return {
        "sku": sku,
        "warehouse_id": WAREHOUSES[0],
        "quantity_available": "24",
        "quantity_on_order": "0",
        "eta": "",
        "backorder_allowed": "true",
        "backorder_limit": "100",
    }


def _families() -> tuple[pd.DataFrame, list[tuple[str, str, str, str]]]:
    """The families (brand > family > series), and for each series: brand, its code, part type, family_id."""
    rows: list[tuple[str, str, str, str, str, str]] = []
    series = []
    for brand_number, (brand, code, part_codes, series_names) in enumerate(BRANDS, 1):
        brand_id = f"F{brand_number:02}"
        rows.append((brand_id, brand, "", brand, brand, str(brand_number)))
        for part_number, part_code in enumerate(part_codes, 1):
            family_id = f"{brand_id}{part_number:02}"
            family = _PART_TYPES[part_code].plural
            rows.append((family_id, family, brand_id, brand, f"{brand} > {family}", str(part_number)))
            for series_number, name in enumerate(series_names, 1):
                series_id = f"{family_id}{series_number:02}"
                rows.append((series_id, name, family_id, brand, f"{brand} > {family} > {name}", str(series_number)))
                series.append((brand, code, part_code, series_id))
    return pd.DataFrame(rows, columns=["family_id", "name", "parent_family_id", "brand", "path", "sort_order"]), series


def _categories() -> pd.DataFrame:
    """All levels of the part types' categories, parents before children."""
    paths: dict[str, str] = {}
    for part in PART_TYPES:
        names = part.category.split(" > ")
        for depth in range(1, len(names) + 1):
            paths.setdefault(" > ".join(names[:depth]), f"K{len(paths) + 1:03}")
    rows = []
    for path in sorted(paths):
        parent, _, name = path.rpartition(" > ")
        rows.append((paths[path], path, name, paths.get(parent, "")))
    return pd.DataFrame(rows, columns=["category_id", "path", "name", "parent_category_id"])


def _collections_of(part: PartType, discontinued: bool, vehicle: str) -> list[str]:
    kind = part.category.split(" > ")[0]
    member = {
        "WINTER": part.months == WINTER,
        "SUMMER": part.months == SUMMER,
        "SERVICE": kind in ("Filters", "Fluids"),
        "BRAKES": kind == "Braking",
        "VAN": any(van in vehicle for van in ("Transit", "Ducato", "Sprinter", "Hilux")),
        "CLEARANCE": discontinued,
    }
    return [collection for collection, belongs in member.items() if belongs]


def _ean13(digits: str) -> str:
    total = sum(int(digit) * (3 if position % 2 else 1) for position, digit in enumerate(digits))
    return f"{digits}{-total % 10}"
