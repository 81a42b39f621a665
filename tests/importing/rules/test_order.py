"""Whatever order files arrive in, they lead to the same tables, and every row is accounted for at all times.

That is promised of files of the same columns, of distinct dates, whose records keep their keys. It is not promised
where a file's date lies between those of two files that brought the same value: the later of these did not change the
record, so the file between them does (see test_stale.py). Nor is it of `append` and `protect`, where the first to come
is the one that counts, of hierarchies and rejected references, whose rows do not wait, and of the lineage.
"""

from collections.abc import Sequence
from typing import Any

from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from tests.importing.rules.imports import Imports

BOUNDED = settings(
    max_examples=8,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

HEADERS = {
    "customers": "customer_id,name,phone",
    "customer_branches": "branch_id,customer_id,name",
    "products": "product_id,sku,name",
    "inventory": "sku,quantity_available,eta",
    "sales": "invoice_id,line_no,invoice_date,branch_id,customer_id,quantity,unit_price,net_amount,currency",
}
IMPORTERS: dict[str, dict[str, Any]] = {
    "inventory": {"shrink_limit_percent": 100},
    "sales": {"references": {"branch_id": "wait", "customer_id": "wait"}},
}
KEYS = ["1", "2", "3"]


def line(entity: str, day: int, key: str, other: str) -> str:
    """A row that refers to `other`, with different values each day."""
    match entity:
        case "customers":
            return f"C{key},name {day},{day}"
        case "customer_branches":
            return f"B{key},C{other},name {day}"
        case "products":
            return f"P{key},S{key},name {day}"
        case "inventory":
            return f"S{key},{day},2025-01-{day:02}"
    return f"I{key},1,2025-01-{day:02},B{other},C{key},1,{day},{day},EUR"


@st.composite
def drops(draw: st.DrawFn) -> list[tuple[str, int, list[str]]]:
    """Files as (entity, day, lines): one per day, each key once per file."""
    files = []
    for day in range(1, draw(st.integers(3, 8)) + 1):
        entity = draw(st.sampled_from(sorted(HEADERS)))
        keys = draw(st.lists(st.sampled_from(KEYS), min_size=1, max_size=3, unique=True))
        files.append((entity, day, [line(entity, day, key, draw(st.sampled_from(KEYS))) for key in keys]))
    return files


def tables(imports: Imports) -> dict[str, list[tuple[Any, ...]]]:
    """All records that are not deleted, without their lineage, and the rows that are still deferred."""
    found = {entity: imports.stored(entity, *header.split(",")) for entity, header in HEADERS.items()}
    waiting = [
        row
        for entity in HEADERS
        for row in imports.drop.rows(
            "select entity, key, to_jsonb(waiting) - array['file_id', 'row_number', 'entity', 'key']"
            f" from ops.waiting_{entity} as waiting order by key, file_id"
        )
    ]
    # Of several deferred rows of one key the last one counts, which is the same in any order.
    return found | {"waiting": sorted({(entity, key): record for entity, key, record in waiting}.items())}


def imported(
    imports: Imports, files: Sequence[tuple[str, int, list[str]]], stock: str
) -> dict[str, list[tuple[Any, ...]]]:
    """What the tables hold after these files; `stock`: the mode of inventory."""
    imports.empty()
    for entity, day, lines in files:
        mode: dict[str, Any] = {"mode": stock} if entity == "inventory" else {}
        imports(entity, day, HEADERS[entity], *lines, **IMPORTERS.get(entity, {}), **mode)
        assert imports.unaccounted() == []
    return tables(imports)


B2_WAITS = [
    ("customer_branches", 1, ["B2,C2,n"]),
    ("sales", 2, [line("sales", 2, "1", "1")]),
    ("sales", 3, [line("sales", 3, "1", "2")]),
    ("customers", 4, ["C1,n,1"]),
    ("customer_branches", 5, ["B1,C1,n"]),
]


@BOUNDED
@example(files=B2_WAITS, stock="upsert", order=[0, 3, 4, 1, 2])
@given(files=drops(), stock=st.sampled_from(["snapshot", "upsert"]), order=st.permutations(range(8)))
def test_any_order_of_the_same_files_leads_to_the_same_tables(
    imports: Imports, files: list[tuple[str, int, list[str]]], stock: str, order: list[int]
) -> None:
    """`order`: numbers of files; those beyond the existing files are ignored."""
    expected = imported(imports, files, stock)
    found = imported(imports, [files[number] for number in order if number < len(files)], stock)
    del expected["waiting"], found["waiting"]
    assert found == expected


@BOUNDED
@given(files=drops(), stock=st.sampled_from(["snapshot", "upsert"]), data=st.data())
def test_a_record_that_arrives_last_releases_all_rows_deferred_for_it_in_any_order(
    imports: Imports, files: list[tuple[str, int, list[str]]], stock: str, data: st.DataObject
) -> None:
    """Once all master data has arrived, no row is deferred."""
    whole = [
        *files,
        ("customers", 20, [line("customers", 20, key, key) for key in KEYS]),
        ("customer_branches", 21, [line("customer_branches", 21, key, key) for key in KEYS]),
        ("products", 22, [line("products", 22, key, key) for key in KEYS]),
    ]
    expected = imported(imports, whole, stock)
    assert expected["waiting"] == []
    assert imported(imports, data.draw(st.permutations(whole), "in another order"), stock) == expected


DIRTY = {
    "customers": ["C1,n,1", "C1,m,2", ",n,3", "C9,,4", "C2,n,5", "x"],
    "customer_branches": ["B1,C1,n", "B1,C2,m", "B2,,n", "B3,C9,n", "B4,C9,", "x"],
    "products": ["P1,S1,n", "P2,S1,n", "P1,S2,n", "P3,,n", "P9,S9,n", "x"],
    "inventory": ["S1,1,", "S1,2,", "S2,bad,", "S9,3,2025-02-31", "S9,3,", "x", "S1"],
    "sales": [line("sales", 1, "1", "1"), line("sales", 2, "2", "9"), line("sales", 3, "9", "1"), "I1,x", "x"],
}


@BOUNDED
@given(
    files=st.lists(
        st.sampled_from(sorted(DIRTY)).flatmap(
            lambda entity: st.tuples(
                st.just(entity),
                st.integers(1, 5),
                st.lists(st.sampled_from(DIRTY[entity]), min_size=1, max_size=6),
                st.sampled_from(["reject", "first", "last"]),
                st.sampled_from(["upsert", "snapshot", "append"]),
            )
        ),
        min_size=3,
        max_size=8,
    )
)
def test_every_row_of_every_file_is_accounted_for_at_every_time(
    imports: Imports, files: list[tuple[str, int, list[str], str, str]]
) -> None:
    imports.empty()
    for entity, day, lines, duplicates, mode in files:
        importer = IMPORTERS.get(entity, {}) | {"duplicates": duplicates, "mode": mode}
        found = imports(entity, day, HEADERS[entity], *lines, force=day == 5, **importer)
        if found.status != "refused":
            assert imports.unaccounted() == []
