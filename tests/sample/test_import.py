"""The pipeline, with the packaged importers, counts in the sample what the sample says is in it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.conftest import database
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
    """What was said of the sample, and what is in the database after its deliveries."""

    def __init__(self, said: SampleSummary, warehouse: Warehouse) -> None:
        self.said = said.entities
        self._warehouse = warehouse

    def query(self, query: str) -> list[tuple[Any, ...]]:
        with self._warehouse.connect() as connection:
            return connection.execute(query.encode()).fetchall()


@pytest.fixture(scope="module")
def imported(postgres_url: str, prepared_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Imported]:
    """Each delivery imported as it comes, entities that are referred to first."""
    written, root = tmp_path_factory.mktemp("written"), tmp_path_factory.mktemp("root")
    said = write_sample(written)
    folder = SourceSettings(name="erp", protocol="local", root=str(root), settle_seconds=0)
    with (
        database(postgres_url, template=urlsplit(prepared_url).path.removeprefix("/")) as url,
        pytest.MonkeyPatch.context() as patch,
        connect(folder) as transport,
    ):
        for name in ("HOST", "USER", "KEY", "KNOWN_HOSTS"):
            patch.setenv(f"ERP_SFTP_{name}", "unused")
        importers = load_configuration(PACKAGE / "defs").importers
        for paths in said.deliveries:
            for path in map(Path, paths):
                (root / path.parent).mkdir(exist_ok=True)
                (written / path).rename(root / path)
            for entity in ENTITIES:
                run_import(Importer(importers[entity], folder, ()), transport, Warehouse(url))
        yield Imported(said, Warehouse(url))


def test_every_row_comes_to_the_end_that_is_declared(imported: Imported) -> None:
    sums = ", ".join(f"sum(rows_{count})" for count in COUNTS)
    files = imported.query(
        f"select entity, count(*), {sums} from ops.import_files where status like 'imported%' group by entity"
    )

    assert {entity: tuple(counts) for entity, *counts in files} == {
        entity: (said.files, said.rows, *(getattr(said, count) for count in COUNTS[1:]))
        for entity, said in imported.said.items()
    }


def test_rejected_rows_have_the_declared_codes(imported: Imported) -> None:
    rejected = imported.query(
        """
        select entity, code, count(distinct (file_id, row_number)) from ops.rejected_rows
        where status = 'rejected' group by entity, code
        """
    )

    assert {(entity, code): count for entity, code, count in rejected} == {
        (entity, code): count for entity, said in imported.said.items() for code, count in said.rejected.items()
    }


def test_warnings_are_as_declared(imported: Imported) -> None:
    warnings = imported.query(
        """
        select entity, warning.key, sum(warning.value::int)
        from ops.import_files, jsonb_each_text(warnings::jsonb) as warning group by entity, warning.key
        """
    )

    assert {(entity, code): count for entity, code, count in warnings} == {
        (entity, code): count for entity, said in imported.said.items() for code, count in said.warnings.items()
    }


def test_rows_wait_for_what_does_not_exist(imported: Imported) -> None:
    waiting = imported.query(
        """
        select entity, count(*) from ops.rejected_rows
        where status = 'waiting' and code = 'unknown_reference' group by entity
        """
    )

    assert dict(waiting) == {entity: said.waiting for entity, said in imported.said.items() if said.waiting}


def test_the_stock_of_new_parts_waits_for_the_next_days_products_and_is_loaded_with_them(imported: Imported) -> None:
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


def test_what_a_list_no_longer_has_is_deleted_and_nothing_else(imported: Imported) -> None:
    deleted = {
        entity: imported.query(f"select count(*) from raw.{entity} where _deleted_at is not null")[0][0]
        for entity in ENTITIES
    }

    assert deleted == {entity: said.deleted for entity, said in imported.said.items()}
    assert {entity for entity, count in deleted.items() if count} == {"inventory", "due_docs"}
