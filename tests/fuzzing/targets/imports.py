"""Whole imports into a database: every row is created, updated, unchanged, superseded, rejected or waits."""

import os
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from tests.fuzzing.database import URL
from tests.fuzzing.given import Given, given
from tests.fuzzing.importers import EXAMPLES, Example
from tests.fuzzing.target import Target, check, check_texts
from tests.fuzzing.targets.validation import TARGET as VALIDATION
from tests.importing.drop import COUNTS, Drop
from tests.importing.rules.imports import Imports
from wiseparts_pipeline.importing.results import FileResult
from wiseparts_pipeline.warehouse import Warehouse

_BETWEEN_FILES = b"\x1d"
_MOST_FILES = 3
_MASTER_DATA = Example({"entity": "customers"}, "customer_id,name\n")


@cache
def _imports(url: str) -> Imports:
    folder = Path(mkdtemp(prefix="fuzzing-"))
    os.environ["WISEPARTS_HOME"] = str(folder / "home")
    root = folder / "drop"
    root.mkdir()
    return Imports(Drop(root, Warehouse(url)))


def _run(data: bytes) -> None:
    content = Given(data)
    example = content.one_of(EXAMPLES)
    imports = _imports(os.environ[URL])
    imports.empty()
    for day, file in enumerate(content.content.split(_BETWEEN_FILES)[:_MOST_FILES], 1):
        is_example = content.one_of((True, True, True, False))
        _import(imports, example if is_example else _MASTER_DATA, day, file, content)


def _import(imports: Imports, example: Example, day: int, file: bytes, content: Given) -> None:
    drop = imports.drop.of(example.entity)
    drop.importer = example.importer(pattern="{date}*")
    name = f"2025-01-{day:02}.csv"
    expected = None
    if content.one_of((False, True)):
        expected = _counts(drop.imported(name, file, dry_run=True))
    before = _stored(imports, example.entity)
    result = drop.imported(name, file)
    _check(imports, drop, result)
    check(expected in (None, _counts(result)), "a dry run tells what an import does", expected, _counts(result))
    if result.status == "refused":
        check(_stored(imports, example.entity) == before, "nothing of a refused file is loaded", result.file.error)
        return
    check(drop.names() == [], "an imported file is archived", drop.names())
    grown = len(_stored(imports, example.entity)) - len(before)
    expected_growth = result.file.rows_created + result.released.get(example.entity, 0)
    check(grown == expected_growth, "created rows are there", grown, _counts(result), result.released)
    if example.is_repeatable and content.one_of((False, False, False, True)):
        stored = _stored(imports, example.entity)
        again = drop.imported(f"2025-02-{day:02}.csv", file)
        _check(imports, drop, again)
        changed = again.file.rows_created + again.file.rows_updated
        check(again.status == "refused" or changed == 0, "nothing is loaded twice", _counts(result), _counts(again))
        check(_stored(imports, example.entity) == stored, "nothing is changed by the same rows", _counts(again))


def _check(imports: Imports, drop: Drop, result: FileResult) -> None:
    check(result.status in ("imported", "imported_with_errors", "refused"), "no file fails", result.file)
    check(result.file.error_code != "program_fault", "no fault is a program's", result.file.error)
    check_texts([result.file.error or ""])
    if result.status != "refused":
        check(imports.unaccounted() == [], "every row is accounted for", imports.unaccounted())


def _counts(result: FileResult) -> tuple[Any, ...]:
    return (result.status, *(getattr(result.file, f"rows_{name}") for name in COUNTS))


def _stored(imports: Imports, entity: str) -> list[tuple[Any, ...]]:
    """The entity's records without their lineage."""
    names = imports.drop.of(entity).importer.entity_definition.column_names
    columns = ", ".join(f"{name}::text" for name in names)
    return imports.drop.rows(f"select {columns}, _deleted_at is null from raw.{entity} order by {columns}, 1")


TARGET = Target(
    _run,
    seeds=(
        *(given(example.content, number, 0, 1) for number, example in enumerate(EXAMPLES)),
        given(EXAMPLES[7].content + "\x1dcustomer_id,name\nC00123,n\nC2,m\n\x1d" + EXAMPLES[7].content, 7, 0, 0, 0, 3),
        given("customer_id,name\nC1,n\nC2,m\n\x1dcustomer_id,name,email\nC1,n2,\nC3,x,y\n"),
    ),
    tokens=(_BETWEEN_FILES, b"customer_id,name\nC1,n\n", *VALIDATION.tokens),
    longest=1_500,
    needs_database=True,
)
