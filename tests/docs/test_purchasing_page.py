"""The YAML of docs/purchasing.md loads."""

import re

import pytest
import yaml

from wiseparts_pipeline.config.exports.exporter import ExporterSettings
from wiseparts_pipeline.config.exports.purchasing import Buyer
from wiseparts_pipeline.home import PROJECT

PAGE = (PROJECT / "docs" / "purchasing.md").read_text(encoding="utf-8")


def test_the_exporter_of_orders_to_suppliers_loads() -> None:
    (written,) = re.findall(r"<!-- orders to suppliers -->\n```yaml\n(.*?)```", PAGE, re.DOTALL)
    exporter = ExporterSettings.model_validate(yaml.safe_load(written)["attributes"])
    assert exporter.is_creating
    assert exporter.test


@pytest.mark.parametrize("name", [*Buyer.model_fields, "test", "accounts"])
def test_every_attribute_is_explained(name: str) -> None:
    assert f"`{name}`" in PAGE
