"""From a file of the shop to a folder of the ERP, and back."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from wiseparts_pipeline.config.exports.exporter import ExporterSettings
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.config.source import SourceSettings
from wiseparts_pipeline.exporting.delivery import deliver
from wiseparts_pipeline.importing.results import ImportOptions, NoProgress
from wiseparts_pipeline.importing.service import import_files, in_dependency_order
from wiseparts_pipeline.warehouse import Warehouse

HEADER = "order_id,line_no,placed_at,channel,status,customer_id,sku,quantity,unit_price,net_amount,currency,note"
CHECKS = {"reject_limit_percent": 100}


def line(number: int, quantity: str = "1", status: str = "confirmed", note: str = "", customer: str = "C1") -> str:
    return f"W-1,{number},2026-03-01,web,{status},{customer},A-1,{quantity},5,5,EUR,{note}"


@dataclass(frozen=True)
class Place:
    """A shop and an ERP, each a folder."""

    folder: Path
    warehouse: Warehouse
    configuration: Configuration

    def send(self, path: str, *lines: str) -> None:
        """Puts a file there and has everything imported."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(f"{each}\n" for each in lines), encoding="utf-8")
        importers = in_dependency_order(self.configuration, self.configuration.importers)
        import_files(importers, self.warehouse, ImportOptions(), progress=NoProgress(), finished=lambda *_: None)

    def delivered(self) -> dict[str, list[str]]:
        """Delivers what is due; by folder and file without the UUID, the rows of what is in the ERP's folders."""
        deliver(self.warehouse, self.configuration, seconds=60)
        return {
            path.name.rpartition("_")[0]: path.read_text().splitlines()[1:]
            for path in sorted((self.folder / "erp" / "In").rglob("*.csv"))
        }

    def exports(self) -> list[tuple[Any, ...]]:
        with self.warehouse.connect() as connection:
            return connection.execute(
                "select record_key, version, status, code from ops.exports order by export_id"
            ).fetchall()


@pytest.fixture
def place(warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setenv("WISEPARTS_HOME", str(tmp_path / "home"))
    sources = [
        SourceSettings(name=name, protocol="local", root=str(tmp_path / name), settle_seconds=0)
        for name in ("shop", "erp")
    ]
    importers = [
        ImporterSettings.model_validate(CHECKS | attributes)
        for attributes in (
            {"entity": "orders", "source": "shop", "folder": "orders", "pattern": "*.csv"},
            {"entity": "customers", "source": "shop", "folder": "customers", "pattern": "*.csv"},
            {"entity": "orders", "name": "back", "source": "erp", "folder": "Out", "pattern": "*.csv"},
        )
    ]
    orders: dict[str, Any] = {
        "entity": "orders",
        "to": "erp",
        "folder": "In/Orders",
        "sources": "shop",
        "after": "customers",
        "files": {
            "head": {"columns": {"No": "order_id", "Note": "note"}},
            "lines": {"rows": "line", "columns": {"Line": "line_no", "Qty": "quantity"}},
        },
    }
    customers = {"entity": "customers", "to": "erp", "folder": "In/Customers", "sources": "shop"}
    customers["files"] = {"customer": {"columns": {"No": "customer_id"}}}  # type: ignore[assignment]
    exporters = [ExporterSettings.model_validate(each) for each in (orders, customers)]
    for folder in ("shop/orders", "shop/customers", "erp/Out", "erp/In"):
        (tmp_path / folder).mkdir(parents=True)
    configuration = Configuration(
        {each.name: each for each in sources},
        {each.name: each for each in importers},
        {each.name: each for each in exporters},
    )
    return Place(tmp_path, warehouse, configuration)


def test_an_order_with_a_rejected_line_goes_once_and_whole_when_the_line_is_corrected(place: Place) -> None:
    place.send("shop/customers/c.csv", "customer_id,name", "C1,Alfa")
    place.send("shop/orders/a.csv", HEADER, line(1), line(2, quantity="two"))
    assert place.delivered() == {"customer": ["C1"]}
    assert place.exports()[-1] == ("W-1", 1, "held", "incomplete")
    (errors,) = (place.folder / "shop" / "orders" / "errors").iterdir()
    corrected = errors.read_text().replace(",two,", ",2,").splitlines()
    place.send(f"shop/orders/{errors.name}", *corrected)
    assert place.delivered() == {"customer": ["C1"], "head": ["W-1,"], "lines": ["1,1", "2,2"]}
    place.delivered()
    assert len(place.exports()) == 2


def test_an_order_that_comes_before_its_customer_goes_after_it(place: Place) -> None:
    place.send("shop/orders/a.csv", HEADER, line(1))
    assert place.delivered() == {}
    assert place.exports() == [("W-1", 1, "held", "customer_not_delivered")]
    place.send("shop/customers/c.csv", "customer_id,name", "C1,Alfa")
    assert place.delivered() == {"customer": ["C1"], "head": ["W-1,"], "lines": ["1,1"]}


def test_what_was_corrected_before_the_delivery_is_in_it(place: Place) -> None:
    place.send("shop/orders/a.csv", HEADER, line(1, customer="", note="Ring"))
    place.send("shop/orders/b.csv", HEADER, line(1, customer="", note="Knock", quantity="3"))
    assert place.delivered() == {"head": ["W-1,Knock"], "lines": ["1,3"]}


def test_the_order_that_comes_back_from_the_erp_does_not_go_out_again(place: Place) -> None:
    place.send("shop/orders/a.csv", HEADER, line(1, customer=""))
    place.delivered()
    place.send("erp/Out/a.csv", HEADER, line(1, customer="", quantity="2"))
    place.send("erp/Out/b.csv", HEADER, line(1, customer="", status="shipped"))
    assert place.delivered() == {"head": ["W-1,"], "lines": ["1,1"]}
    assert place.exports() == [("W-1", 1, "delivered", None)]


def test_an_order_that_the_erp_created_does_not_go_out(place: Place) -> None:
    place.send("erp/Out/a.csv", HEADER, line(1, customer=""))
    place.send("shop/orders/a.csv", HEADER, line(1, customer="", quantity="2"))
    assert (place.delivered(), place.exports()) == ({}, [])
