"""The YAML of docs/importers.md is a configuration that loads."""

import re
from pathlib import Path

from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.config.joins import JoinedFile, Lookup
from wiseparts_pipeline.config.loader import load_configuration
from wiseparts_pipeline.config.source import SourceSettings
from wiseparts_pipeline.home import PROJECT

PAGE = (PROJECT / "docs" / "importers.md").read_text(encoding="utf-8")


def test_the_examples_load_as_one_configuration(tmp_path: Path) -> None:
    for position, block in enumerate(re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)):
        folder = tmp_path / str(position)
        folder.mkdir()
        (folder / "defs.yaml").write_text(block, encoding="utf-8")

    configuration = load_configuration(tmp_path)

    assert list(configuration.sources) == ["erp", "warehouse", "webshop"]
    assert {"sales", "customers", "erp_orders", "due_docs", "orders", "till_sales"} <= set(configuration.importers)


def test_every_attribute_is_explained() -> None:
    for model in (SourceSettings, ImporterSettings, FileFormat, JoinedFile, Lookup):
        for name, field in model.model_fields.items():
            assert f"`{field.alias or name}" in PAGE or f"{name}:" in PAGE, name
