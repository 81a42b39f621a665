"""Rows that stand already are known by their fingerprints; the outcome of any imports is that of the long way."""

import json
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.importing.drop import COUNTS, Drop, counts
from tests.importing.rules.imports import Imports
from wiseparts_pipeline.importing import file_loading
from wiseparts_pipeline.importing.loading.good_rows import GoodRows
from wiseparts_pipeline.importing.loading.matching import standing_rows
from wiseparts_pipeline.importing.reading import FileRows, sizes

HEADER = [
    "invoice_id", "line_no", "document_type", "customer_id", "product_id", "quantity", "unit_price", "net_amount"
]  # fmt: skip
CONSTANTS = {"invoice_date": {"constant": "2025-01-31"}, "currency": {"constant": "EUR"}}
Row = tuple[str, ...]


def row(
    invoice: str, line: str = "1", customer: str = "C1", product: str = "P1", net: str = "1", kind: str = "invoice"
) -> Row:
    return (invoice, line, kind, customer, product, "1", "1", net)


@dataclass(frozen=True)
class Step:
    """What happens next. `at`: by which importer, to which row; `rows`: what a file has; `day`: of January 2025."""

    kind: str
    at: int = 0
    day: int = 1
    rows: tuple[Row, ...] = ()
    force: bool = False
    dry_run: bool = False


def sent(settings_: dict[str, Any], rows: list[Row]) -> str:
    if settings_.get("file"):
        return "".join(json.dumps(dict(zip(HEADER, each, strict=True))) + "\n" for each in rows)
    return "".join(",".join(each) + "\n" for each in [tuple(HEADER), *rows])


class Feeds:
    """Several importers of sales, and what they have sent."""

    def __init__(self, imports: Imports, importers: list[dict[str, Any]]) -> None:
        self.imports = imports
        self.files: list[list[Row]] = [[] for _ in importers]
        self.settings = importers
        self.sales = [
            imports.drop.of(
                "sales",
                name=f"sales_{number}",
                folder=f"sales_{number}",
                pattern="{date}*",
                columns=CONSTANTS,
                reject_limit_percent=60,
                shrink_limit_percent=80,
                **each,
            )
            for number, each in enumerate(importers)
        ]
        for each in self.sales:
            each.folder.mkdir(exist_ok=True)
        self.masters = {
            name: imports.drop.of(name, mode="snapshot", shrink_limit_percent=100, reject_limit_percent=100)
            for name in ("customers", "products")
        }
        self.number = 0

    def take(self, step: Step) -> object:
        """Does what the step says, and returns what was reported."""
        self.number += 1
        at = step.at % len(self.sales)
        rows = self.files[at]
        if step.kind == "sent":
            rows = list(step.rows)
        elif step.kind == "changed" and rows:
            rows = [*rows]
            rows[step.day % len(rows)] = step.rows[0]
        elif step.kind == "longer":
            rows = [*rows, *step.rows, *rows[:1]]
        elif step.kind == "shorter":
            rows = rows[:-1]
        elif step.kind in self.masters:
            return self.masters_sent(step.kind, step.day)
        elif step.kind == "by hand":
            self.imports.drop.execute(f"update raw.sales set net_amount = 99 where invoice_id = '{step.rows[0][0]}'")
            return None
        elif step.kind == "deleted":
            self.imports.drop.execute(f"delete from raw.sales where invoice_id = '{step.rows[0][0]}'")
            return None
        elif step.kind == "corrected":
            return self.corrected(at)
        self.files[at] = rows
        return self.imported(self.sales[at], f"2025-01-{step.day:02}_{self.number}.csv", at, rows, step)

    def imported(self, drop: Drop, name: str, at: int, rows: list[Row], step: Step) -> object:
        result = drop.imported(name, sent(self.settings[at], rows), force=step.force, dry_run=step.dry_run)
        if step.dry_run:
            (drop.folder / name).unlink()
        return outcome(result)

    def masters_sent(self, entity: str, which: int) -> object:
        key = {"customers": "customer_id", "products": "product_id"}[entity]
        names = [f"{entity[0].upper()}{number}" for number in (1, 2) if which & number]
        lines = [f"{key},sku,name" if entity == "products" else f"{key},name"]
        lines += [",".join([each] * (lines[0].count(",") + 1)) for each in names]
        return outcome(self.masters[entity].imported(f"{self.number}.csv", "\n".join(lines) + "\n"))

    def corrected(self, at: int) -> object:
        found = sorted((self.sales[at].folder / "processed" / "errors").glob("*")) or sorted(
            (self.sales[at].folder / "errors").glob("*")
        )
        if not found or self.settings[at].get("file"):
            return None
        text = found[-1].read_text().replace(",x,", ",3,")
        self.sales[at].put(found[-1].name, text)
        return [outcome(each) for each in self.sales[at].run().files]


def outcome(result: Any) -> object:
    return counts(result), result.status, result.file.warnings, result.file.error, result.released


def everything(imports: Imports) -> dict[str, list[tuple[Any, ...]]]:
    """All that imports leave, with the files numbered from 1."""
    rank = "(select count(*) from ops.import_files as f where f.file_id <= t.{})"
    columns = ", ".join(f"rows_{name}" for name in (*COUNTS, "deleted"))
    rows = imports.drop.rows
    return {
        "records": rows(
            "select invoice_id, line_no, document_type, customer_id, product_id, quantity, net_amount, _source,"
            f" {rank.format('_file_id')}, _row_number, _deleted_at is null, {rank.format('_created_file_id')},"
            " _created_row_number, _updated_at = _created_at from raw.sales as t order by 1, 2"
        ),
        "files": rows(
            f"select importer, name, status, {columns}, warnings::text, error_code, error from ops.import_files"
            " order by file_id"
        ),
        "entries": rows(
            f"select {rank.format('file_id')}, row_number, line_number, key, column_name, code, message, value,"
            f" raw::text, status, {rank.format('resolved_by_file_id')}"
            " from ops.rejected_rows as t order by 1, 2, column_name, code, message, status"
        ),
        "waiting": rows(
            f"select {rank.format('file_id')}, row_number, key, (to_jsonb(t) - 'file_id')::text"
            " from ops.waiting_sales as t order by 1, 2"
        ),
        "changes": rows(f"select entity, version, {rank.format('file_id')} from ops.entity_changes as t order by 1, 2"),
    }


def imported(imports: Imports, importers: list[dict[str, Any]], steps: list[Step]) -> tuple[object, ...]:
    """What the steps report, and what they leave."""
    imports.empty()
    for folder in imports.drop.root.iterdir():
        for path in [each for each in folder.rglob("*") if each.is_file()]:
            path.unlink()
    feeds = Feeds(imports, importers)
    reported = [feeds.take(step) for step in steps]
    return reported, everything(imports)


ROWS = st.builds(
    row,
    st.sampled_from("ABCDE"),
    st.sampled_from("12"),
    st.sampled_from(["C1", "C2", ""]),
    st.sampled_from(["P1", "P1", "P2", "P3"]),
    st.sampled_from(["1", "1", "1", "2", "2", "-3", "0.123456789", "x"]),
    st.sampled_from(["invoice", "invoice", "invoice", "credit_note"]),
)
OFTEN, SOMETIMES = ("again", "changed", "longer"), ("sent", "shorter", "customers", "products", "by hand", "deleted")
STEPS = st.builds(
    Step,
    st.sampled_from([*(OFTEN * 4), *SOMETIMES, "corrected"]),
    st.integers(0, 1),
    st.sampled_from([3, 3, 3, 2, 1]),
    st.lists(ROWS, min_size=1, max_size=6).map(tuple),
    st.sampled_from([False, False, False, True]),
    st.sampled_from([False, False, False, False, True]),
)
IMPORTERS = st.fixed_dictionaries(
    {},
    optional={
        "mode": st.sampled_from(["upsert", "snapshot", "append"]),
        "duplicates": st.sampled_from(["reject", "first", "last"]),
        "references": st.dictionaries(
            st.sampled_from(["customer_id", "product_id"]), st.sampled_from(["warn", "wait", "reject"])
        ),
        "file": st.just({"format": "jsonl"}),
        "sign_by": st.sampled_from([{"column": "document_type"}]),
    },
)


def both_ways(
    imports: Imports, importers: list[dict[str, Any]], steps: list[Step]
) -> tuple[tuple[object, ...], tuple[object, ...]]:
    """What the steps come to with fingerprints and without."""
    quick = imported(imports, importers, steps)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(file_loading, "fingerprints_of", lambda *_: None)
        return quick, imported(imports, importers, steps)


MASTERS = [Step("customers", day=3), Step("products", day=3)]
A, B, C = row("A"), row("B"), row("C", customer="C2")
WAITING = {"references": {"customer_id": "wait"}}
SNAPSHOT = {"mode": "snapshot"}


@pytest.fixture
def standing(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rows of each file were known by their fingerprints."""
    counted: list[int] = []
    copy = GoodRows.copy

    def counting(good: GoodRows, file: FileRows) -> None:
        copy(good, file)
        counted.append(good.standing)

    monkeypatch.setattr(GoodRows, "copy", counting)
    return counted


@pytest.mark.parametrize(
    ("known", "importers", "steps"),
    [
        pytest.param(3, [{}], [Step("again")], id="the same file"),
        pytest.param(2, [{}], [Step("sent", rows=(A, B, row("C", net="2")))], id="one row changed"),
        pytest.param(0, [{}], [Step("sent", rows=(A, row("A", net="2")))], id="another row of the same key"),
        pytest.param(1, [{"duplicates": "last"}], [Step("sent", rows=(A, A, B))], id="a row twice"),
        pytest.param(2, [SNAPSHOT], [Step("sent", rows=(A, B))], id="a record is missing from a snapshot"),
        pytest.param(
            2,
            [{}, {}],
            [Step("sent", 1, rows=(row("A", net="2"),)), Step("sent", rows=(A, B, C))],
            id="a record that another importer changed",
        ),
        pytest.param(
            1, [{}], [Step("sent", rows=(row("A", net="0.123456789"), B)), Step("again")], id="a row with a warning"
        ),
        pytest.param(2, [{}], [Step("by hand", rows=(A,)), Step("again")], id="a record changed by hand"),
        pytest.param(2, [{}], [Step("deleted", rows=(A,)), Step("again")], id="a record deleted by hand"),
        pytest.param(2, [{}], [Step("customers", day=1), Step("again")], id="a reference that is lost"),
        pytest.param(
            2, [WAITING], [Step("customers", day=1), Step("again")], id="a reference that is lost and awaited"
        ),
        pytest.param(
            0,
            [WAITING],
            [Step("sent", day=1, rows=(row("A", customer="C3"),)), Step("sent", day=2, rows=(A, B, C))],
            id="a deferred row that is superseded",
        ),
        pytest.param(
            2,
            [{}],
            [Step("sent", rows=(row("A", net="x"), B, C)), Step("sent", rows=(A, B, C))],
            id="a rejected row that is resolved",
        ),
        pytest.param(
            3, [{}], [Step("sent", day=3, rows=(A, B, C)), Step("sent", day=1, rows=(A, B, C))], id="an older file"
        ),
    ],
)
def test_rows_that_stand_are_known_and_counted_as_before(
    known: int, importers: list[dict[str, Any]], steps: list[Step], imports: Imports, standing: list[int]
) -> None:
    quick, slow = both_ways(imports, importers, [*MASTERS, Step("sent", rows=(A, B, C)), *steps])
    assert quick == slow
    assert standing[: len(standing) // 2][-1] == known


def test_a_change_of_settings_makes_the_next_file_go_the_long_way(imports: Imports, standing: list[int]) -> None:
    lines = [",".join(HEADER), ",".join(row("A")), ",".join(row("B"))]
    for day, columns in enumerate([CONSTANTS, CONSTANTS, CONSTANTS | {"channel": {"constant": "web"}}], 1):
        imports("sales", day, *lines, columns=columns)
    imports("sales", 4, *lines, columns=columns)
    assert imports.counts()[2] == {"read": 2, "updated": 2}
    assert standing == [0, 0, 0, 0]
    imports("customers", 1, "customer_id,name", "C1,C1")
    imports("products", 1, "product_id,sku,name", "P1,P1,P1")
    imports("sales", 5, *lines, columns=columns)
    assert standing[-1] == 2


def test_records_of_an_earlier_version_are_known_after_they_have_come_once_more(
    imports: Imports, standing: list[int]
) -> None:
    imported(imports, [{}], [*MASTERS, Step("sent", rows=(A, B))])
    before = imports.stored("sales", "invoice_id", "_updated_at", "_file_id")
    imports.drop.execute("update raw.sales set _fingerprint = null")
    feeds = Feeds(imports, [{}])
    feeds.number = 10
    for _ in range(2):
        feeds.take(Step("sent", rows=(A, B)))
    assert standing[-2:] == [0, 2]
    assert imports.stored("sales", "invoice_id", "_updated_at", "_file_id") == before


@pytest.mark.parametrize(("share", "known"), [(0.001, 1), (100, 0)], ids=["large", "small"])
def test_a_file_that_is_small_beside_its_table_goes_the_long_way(
    share: float, known: int, imports: Imports, standing: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing_rows, "_SMALL_TABLE_BYTES", 0)
    monkeypatch.setattr(standing_rows, "_LEAST_SHARE_OF_TABLE", share)
    imported(imports, [{}], [*MASTERS, Step("sent", rows=(A,)), Step("again")])
    assert standing[-1] == known


def test_the_outcome_is_that_of_the_long_way(imports: Imports, monkeypatch: pytest.MonkeyPatch) -> None:
    """`again` and the like: what an importer has sent before, so that rows stand already."""
    monkeypatch.setattr(sizes, "BATCH_ROWS", 2)
    begun = [
        *MASTERS,
        Step("sent", 0, rows=(row("A"), row("A", "2"), row("B"), row("C"))),
        Step("sent", 1, rows=(row("C", net="5"), row("D"), row("E", "2", "C2", "P2"))),
    ]
    examples = max(4, settings().max_examples // 25)

    @settings(max_examples=examples, suppress_health_check=list(HealthCheck), phases=[Phase.generate, Phase.shrink])
    @given(st.lists(IMPORTERS, min_size=2, max_size=2), st.lists(STEPS, min_size=4, max_size=8))
    def is_the_same(importers: list[dict[str, Any]], steps: list[Step]) -> None:
        quick, slow = both_ways(imports, importers, [*begun, *steps])
        assert quick == slow

    is_the_same()
