"""The pipeline, with the packaged importers, counts in the sample what the sample says is in it."""

from pathlib import Path

import pytest

from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.home import PACKAGE
from wiseparts_pipeline.importing.configuration import load_configuration
from wiseparts_pipeline.importing.engine import run_import
from wiseparts_pipeline.sample import write_sample
from wiseparts_pipeline.transport import connect
from wiseparts_pipeline.transport.settings import SourceSettings
from wiseparts_pipeline.warehouse import Warehouse


def test_every_count_and_code_is_as_declared(
    warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HOST", "USER", "KEY", "KNOWN_HOSTS"):
        monkeypatch.setenv(f"ERP_SFTP_{name}", "unused")
    importers = load_configuration(PACKAGE / "defs").importers
    said = write_sample(tmp_path).entities
    folder = SourceSettings(name="erp", protocol="local", root=str(tmp_path), settle_seconds=0)

    with connect(folder) as transport:
        for entity in ENTITIES:
            run_import(importers[entity], folder, transport, warehouse)

    with warehouse.connect() as connection:
        files = connection.execute(
            """select entity, count(*), sum(rows_read), sum(rows_created), sum(rows_updated), sum(rows_unchanged)
            from ops.import_files where status like 'imported%' group by entity"""
        ).fetchall()
        rejected = connection.execute(
            """select entity, code, count(distinct (file_id, row_number))
            from ops.rejected_rows group by entity, code"""
        ).fetchall()
        warnings = connection.execute(
            """select entity, warning.key, sum(warning.value::int)
            from ops.import_files, jsonb_each_text(warnings::jsonb) as warning group by entity, warning.key"""
        ).fetchall()
    assert {entity: tuple(counts) for entity, *counts in files} == {
        entity: (counts.files, counts.rows, counts.created, counts.updated, counts.unchanged)
        for entity, counts in said.items()
    }
    assert {(entity, code): count for entity, code, count in rejected} == {
        (entity, code): count for entity, counts in said.items() for code, count in counts.rejected.items()
    }
    assert {(entity, code): count for entity, code, count in warnings} == {
        (entity, code): count for entity, counts in said.items() for code, count in counts.warnings.items()
    }
