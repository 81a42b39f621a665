"""Importing the sample with the packaged importers gives exactly the counts that it declares."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.conftest import database
from tests.measuring import unmeasured
from wiseparts_pipeline.config.loader import load_configuration
from wiseparts_pipeline.config.source import SourceSettings
from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.home import PACKAGE
from wiseparts_pipeline.importing.engine import run_import
from wiseparts_pipeline.importing.importer import Importer
from wiseparts_pipeline.sample import SampleSummary, write_sample
from wiseparts_pipeline.transport import connect
from wiseparts_pipeline.warehouse import Warehouse

COUNTS = ("read", "created", "updated", "unchanged", "superseded", "waiting", "deleted")


class Imported:
    """The counts that the sample declares, and the database after its deliveries."""

    def __init__(self, summary: SampleSummary, warehouse: Warehouse) -> None:
        self.summaries = summary.entities
        self._warehouse = warehouse

    def query(self, query: str) -> list[tuple[Any, ...]]:
        with self._warehouse.connect() as connection:
            return connection.execute(query.encode()).fetchall()


@pytest.fixture(scope="module")
def imported(postgres_url: str, prepared_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Imported]:
    """Each delivery imported in turn, referenced entities first."""
    written, root = tmp_path_factory.mktemp("written"), tmp_path_factory.mktemp("root")
    summary = unmeasured(write_sample)(written)
    folder = SourceSettings(name="erp", protocol="local", root=str(root), settle_seconds=0)
    with (
        database(postgres_url, template=urlsplit(prepared_url).path.removeprefix("/")) as url,
        pytest.MonkeyPatch.context() as patch,
        connect(folder) as transport,
    ):
        for name in ("HOST", "USER", "KEY", "KNOWN_HOSTS"):
            patch.setenv(f"ERP_SFTP_{name}", "unused")
        importers = load_configuration(PACKAGE / "defs").importers
        for paths in summary.deliveries:
            for path in map(Path, paths):
                (root / path.parent).mkdir(exist_ok=True)
                (written / path).rename(root / path)
            for entity in filter(importers.__contains__, ENTITIES):
                unmeasured(run_import)(Importer(importers[entity], folder, ()), transport, Warehouse(url))
        yield Imported(summary, Warehouse(url))


def test_every_row_has_the_declared_outcome(imported: Imported) -> None:
    sums = ", ".join(f"sum(rows_{count})" for count in COUNTS)
    files = imported.query(
        f"select entity, count(*), {sums} from ops.import_files where status like 'imported%' group by entity"
    )

    assert {entity: tuple(counts) for entity, *counts in files} == {
        entity: (summary.files, summary.rows, *(getattr(summary, count) for count in COUNTS[1:]))
        for entity, summary in imported.summaries.items()
    }


def test_rejected_rows_have_the_declared_codes(imported: Imported) -> None:
    rejected = imported.query(
        """
        select entity, code, count(distinct (file_id, row_number)) from ops.rejected_rows
        where status = 'rejected' group by entity, code
        """
    )

    assert {(entity, code): count for entity, code, count in rejected} == {
        (entity, code): count
        for entity, summary in imported.summaries.items()
        for code, count in summary.rejected.items()
    }


def test_warnings_are_as_declared(imported: Imported) -> None:
    warnings = imported.query(
        """
        select entity, warning.key, sum(warning.value::int)
        from ops.import_files, jsonb_each_text(warnings::jsonb) as warning group by entity, warning.key
        """
    )

    assert {(entity, code): count for entity, code, count in warnings} == {
        (entity, code): count
        for entity, summary in imported.summaries.items()
        for code, count in summary.warnings.items()
    }


def test_rows_whose_reference_is_missing_are_deferred(imported: Imported) -> None:
    waiting = imported.query(
        """
        select entity, count(*) from ops.rejected_rows
        where status = 'waiting' and code = 'unknown_reference' group by entity
        """
    )

    assert dict(waiting) == {
        entity: summary.waiting for entity, summary in imported.summaries.items() if summary.waiting
    }


def test_stock_of_new_parts_is_deferred_until_the_products_of_the_next_day(imported: Imported) -> None:
    released = imported.query(
        """
        select file.name, by_file.name, count(*)
        from ops.rejected_rows as entry
        join ops.import_files as file using (file_id)
        join ops.import_files as by_file on by_file.file_id = entry.resolved_by_file_id
        where entry.status = 'resolved' and by_file.entity = 'products'
        group by 1, 2
        """
    )

    assert released == [("INVENTORY_30_12_2025.csv", "PRODUCTS_31_12_2025.csv", 12)]


def test_only_records_missing_from_a_full_snapshot_are_deleted(imported: Imported) -> None:
    deleted = {
        entity: imported.query(f"select count(*) from raw.{entity} where _deleted_at is not null")[0][0]
        for entity in imported.summaries
    }

    assert deleted == {entity: summary.deleted for entity, summary in imported.summaries.items()}
    assert {entity for entity, count in deleted.items() if count} == {"inventory", "due_docs"}
