"""The web shop's own files of the last day: new customers and their orders, which then go to the ERP."""

from pathlib import Path

import numpy as np
import pandas as pd

from wiseparts_pipeline.sample.exports import Export
from wiseparts_pipeline.sample.model.customers import Customers
from wiseparts_pipeline.sample.model.days import LAST_DAY
from wiseparts_pipeline.sample.model.identities import company, random_place

NEW_CUSTOMERS = 6
ORDERS = 40
# Those that the shop has not confirmed yet.
DRAFTS = 4
# The folder of the shop, which the importers' `Shop*` matches.
FOLDER = "Shop GR"

_TAX_PERMILLE = 240
Row = dict[str, str]


def write_shop(folder: Path, customers: Customers, products: pd.DataFrame, rng: np.random.Generator) -> list[str]:
    """Writes both files below `folder`; returns their paths there."""
    names = set(customers.table["name"])
    new = [_customer(number, names, rng) for number in range(1, NEW_CUSTOMERS + 1)]
    known = _rows(customers.table[customers.table["currency"] == "EUR"])
    # Each new customer orders something, and so do others.
    buyers = [*new, *(known[rng.integers(len(known))] for _ in range(ORDERS - NEW_CUSTOMERS))]
    for_sale = _rows(products[products["status"] == "active"])
    lines: list[Row] = []
    for number, buyer in enumerate(buyers, 1):
        parts = [for_sale[rng.integers(len(for_sale))] for _ in range(rng.integers(1, 5))]
        lines += _order(number, buyer, parts, rng)
    paths = []
    for name, rows in {"shop_customers": new, "shop_orders": lines}.items():
        export = Export(name)
        table = pd.DataFrame(rows)
        path = export.write(folder, LAST_DAY, table.columns.tolist(), export.rows(table), FOLDER)
        paths.append(path.relative_to(folder).as_posix())
    return paths


def _rows(table: pd.DataFrame) -> list[Row]:
    return [{str(name): str(cell) for name, cell in row.items()} for row in table.to_dict("records")]


def _customer(number: int, taken: set[str], rng: np.random.Generator) -> Row:
    place = random_place(False, rng)
    name, legal_name = company(False, place, taken, rng)
    phone, mobile = place.telephones(rng)
    return {
        "customer_id": f"WEB-{number:04}",
        "name": name,
        "legal_name": legal_name,
        "customer_group": "Walk-in",
        "currency": "EUR",
        "email": f"web{number:04}@customers.example",
        "phone": phone,
        "mobile": mobile,
        **place.address(rng),
        "language": place.language,
        "created_on": LAST_DAY.isoformat(),
    }


def _order(number: int, buyer: Row, parts: list[Row], rng: np.random.Generator) -> list[Row]:
    placed_at = f"{LAST_DAY} {9 + number % 12:02}:{rng.integers(60):02}:{rng.integers(60):02}"
    lines = []
    for line_no, part in enumerate(parts, 1):
        quantity = int(rng.integers(1, 6))
        cents = round(float(part["list_price"]) * 100)
        net = quantity * cents
        lines.append(
            {
                "order_id": f"WO-{number:05}",
                "line_no": str(line_no),
                "placed_at": placed_at,
                "channel": "web",
                "status": "draft" if number > ORDERS - DRAFTS else "confirmed",
                "customer_id": buyer["customer_id"],
                "sku": part["sku"],
                "product_id": part["product_id"],
                "description": part["name"],
                "quantity": str(quantity),
                "unit_price": _money(cents),
                "net_amount": _money(net),
                "tax_amount": _money((net * _TAX_PERMILLE + 500) // 1000),
                "currency": "EUR",
                "email": buyer["email"],
            }
        )
    return lines


def _money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"
