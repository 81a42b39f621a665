"""The YAML of docs/exports.md is a configuration that loads, and what the page shows is what is delivered."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from wiseparts_pipeline.config.exports.exporter import ExporterSettings
from wiseparts_pipeline.config.exports.files import ExportColumn, ExportFile, ExportFormat
from wiseparts_pipeline.config.loader import Configuration, load_configuration
from wiseparts_pipeline.exporting.delivery import deliver
from wiseparts_pipeline.home import PROJECT
from wiseparts_pipeline.importing.results import ImportOptions, NoProgress
from wiseparts_pipeline.importing.service import import_files, in_dependency_order
from wiseparts_pipeline.warehouse import Warehouse

PAGE = (PROJECT / "docs" / "exports.md").read_text(encoding="utf-8")
EXAMPLE_UUID = "8f14e45f-ceea-567a-9f4d-2d1c6f7a0b35"


def block(name: str) -> str:
    """The block of the page below this comment."""
    found = re.search(rf"<!-- {re.escape(name)} -->\n```\w*\n(.*?)```", PAGE, re.DOTALL)
    assert found, name
    return found[1]


@pytest.fixture
def configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Configuration:
    """All YAML of the page, with its two servers in folders of this test."""
    monkeypatch.setenv("WISEPARTS_HOME", str(tmp_path / "home"))
    for source in ("shop", "erp"):
        (tmp_path / source).mkdir()
        monkeypatch.setenv(f"{source.upper()}_FOLDER", str(tmp_path / source))
    for position, written in enumerate(re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)):
        folder = tmp_path / "defs" / str(position)
        folder.mkdir(parents=True)
        (folder / "defs.yaml").write_text(written, encoding="utf-8")
    return load_configuration(tmp_path / "defs")


def test_the_examples_load_as_one_configuration(configuration: Configuration) -> None:
    assert set(configuration.exporters) == {"erp_orders", "erp_customers", "tryton_orders", "tryton_customers"}


@pytest.mark.parametrize("model", [ExporterSettings, ExportFormat, ExportFile, ExportColumn])
def test_every_attribute_is_explained(model: type[ExporterSettings]) -> None:
    for name, field in model.model_fields.items():
        assert re.search(rf"^\| (`\w+`, )?`{field.alias or name}`", PAGE, re.MULTILINE), name


def test_the_example_is_delivered_and_taken_as_it_is_shown(
    configuration: Configuration, warehouse: Warehouse, tmp_path: Path
) -> None:
    (tmp_path / "shop" / "shop.csv").write_text(block("shop.csv"), encoding="utf-8")
    importers = in_dependency_order(configuration, ["orders"])
    import_files(importers, warehouse, ImportOptions(), progress=NoProgress(), finished=lambda *_: None)
    with warehouse.connect() as connection:
        # That of another installation.
        connection.execute("update ops.exports set record_uuid = %s", [EXAMPLE_UUID])

    deliver(warehouse, configuration, ["erp_orders"], seconds=60)

    orders = tmp_path / "erp" / "WiseParts Export" / "Orders"
    assert [path.name for path in orders.iterdir()] == [f"order_{EXAMPLE_UUID}"]
    delivered = {path.name: path.read_bytes() for path in (orders / f"order_{EXAMPLE_UUID}").iterdir()}
    assert delivered == {
        f"{name}_{EXAMPLE_UUID}.csv": block(name).replace("\n", "\r\n").encode("cp1253")
        for name in ("order_data", "order_items")
    }
    assert taken(orders, tmp_path) == block("taken")
    assert list(orders.iterdir()) == []


def test_what_is_shown_for_the_receiver_takes_each_version_of_an_order_once(tmp_path: Path) -> None:
    orders = tmp_path / "Orders"
    arrive(orders / ".order_c0ffee00.part", "part")
    for stem, expected in ((EXAMPLE_UUID, block("taken")), (EXAMPLE_UUID, ""), (f"{EXAMPLE_UUID}_2", block("taken"))):
        arrive(orders / f"order_{stem}", stem)
        assert taken(orders, tmp_path) == expected
        assert [path.name for path in orders.iterdir()] == [".order_c0ffee00.part"]


def arrive(folder: Path, stem: str) -> None:
    folder.mkdir(parents=True)
    for name in ("order_data", "order_items"):
        (folder / f"{name}_{stem}.csv").write_text(block(name), encoding="cp1253")


def taken(orders: Path, folder: Path) -> str:
    """What the page's program prints of the orders."""
    program = re.search(r'```python\n(""".*?)```', PAGE, re.DOTALL)
    assert program
    (folder / "take.py").write_text(program[1], encoding="utf-8")
    command = [sys.executable, str(folder / "take.py"), str(orders), str(folder / "known")]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout
