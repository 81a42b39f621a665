"""What is imported: files of entities that depend on each other, in batches with one file of an importer at most."""

import random
from dataclasses import dataclass

from wiseparts_pipeline.config.importer import ImporterSettings

IMPORTERS: dict[str, dict[str, object]] = {
    "customers": {},
    "contacts": {},
    "brand_families": {},
    "products": {},
    "inventory": {"mode": "snapshot", "shrink_limit_percent": 100},
    "orders": {"columns": {"line_no": {"sequence_within": "order_id"}}},
    "sales": {},
    "due_docs": {"mode": "snapshot", "shrink_limit_percent": 100},
}
_HEADERS = {
    "customers": "customer_id,name,credit_limit",
    "contacts": "contact_id,customer_id,first_name",
    "brand_families": "family_id,name,parent_family_id",
    "products": "product_id,sku,name,family_id",
    "inventory": "sku,quantity_available",
    "orders": "order_id,placed_at,channel,status,quantity,unit_price,net_amount,currency",
    "sales": "invoice_id,line_no,invoice_date,customer_id,product_id,quantity,unit_price,net_amount,currency",
    "due_docs": "doc_id,doc_type,customer_id,issued_on,due_on,amount,open_amount,currency",
}
BATCHES = 3


@dataclass(frozen=True)
class File:
    """A file that is dropped into `folder`, which is its importer's name and entity."""

    folder: str
    name: str
    content: bytes

    @property
    def path(self) -> str:
        return f"{self.folder}/{self.name}"


def importers() -> list[ImporterSettings]:
    return [
        ImporterSettings.model_validate(
            {"entity": entity, "source": "erp", "folder": entity, "pattern": "{date}*", **attributes}
        )
        for entity, attributes in IMPORTERS.items()
    ]


def batches(seed: int) -> list[list[File]]:
    """The files in the order in which they arrive, which is another one for each seed.

    Among them are rejected rows and one that comes back corrected, rows that wait for other files, deleted records, and
    a file that is refused.
    """
    drawn = random.Random(seed)
    days: dict[str, list[list[str]]] = {entity: _days(entity, drawn) for entity in IMPORTERS}
    files: list[list[File]] = []
    for day in range(BATCHES):
        batch = []
        for entity, rows in days.items():
            # A sender that skips a day.
            if drawn.random() < 0.15:
                continue
            lines = [_HEADERS[entity], *rows[day]]
            batch.append(File(entity, f"2026-01-{day + 1:02}.csv", ("\n".join(lines) + "\n").encode()))
        drawn.shuffle(batch)
        files.append(batch)
    files[-1].append(File("sales", "2026-01-09.csv", b"invoice_id,line_no\nI1,1\n"))
    returned = f"{_HEADERS['customers']},_row,_line,_errors\nC90,Late,5,2,3,\n"
    files.append([File("customers", "2026-01-01.csv.errors.csv", returned.encode())])
    return files


def _days(entity: str, drawn: random.Random) -> list[list[str]]:
    """The rows of an entity's file on each of the days: some stay, some change, come or go."""
    rows = [[_row(entity, number, day, drawn) for number in range(1, 9)] for day in range(BATCHES)]
    for day, lines in enumerate(rows):
        drawn.shuffle(lines)
        if day and drawn.random() < 0.5:
            lines.pop()
    if entity == "customers":
        rows[0] = ["C1,Alpha,1.50", "C90,,5", *rows[0][1:]]
    return rows


def _row(entity: str, number: int, day: int, drawn: random.Random) -> str:
    value = drawn.randint(1, 3)
    # Later days have records that earlier ones lack, to which others refer before they come.
    known = number + (2 * day if drawn.random() < 0.5 else 0)
    match entity:
        case "customers":
            return f"C{known},Name {value},{value}.50" if drawn.random() < 0.9 else f"C{known},Name,many"
        case "contacts":
            return f"K{number},C{number + drawn.randint(0, 4)},First {value}"
        case "brand_families":
            return f"F{number},Family {value},{f'F{number - 1}' if number > 1 else ''}"
        case "products":
            return f"P{known},S{known},Part {value},F{number}"
        case "inventory":
            return f"S{number + drawn.randint(0, 4) * (number % 2)},{value}"
        case "orders":
            return f"O{day}{number % 3},2026-01-0{day + 1} 10:00,web,confirmed,{value},2,{2 * value},EUR"
        case "sales":
            amount = value if drawn.random() < 0.9 else "x"
            return f"I{number},{number},2026-01-0{day + 1},C{number},P{number},{value},1,{amount},EUR"
        case _:
            return f"D{number},invoice,C{number},2025-12-01,2025-12-31,10,{value},EUR"
