"""Orders that wait for delivery to a real server, and an observer of what is seen there meanwhile."""

import hashlib
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import pytest

from tests.exporting.records import CUSTOMER, LINE, insert
from tests.transport.site import Site
from wiseparts_pipeline.config.exports.exporter import ExporterSettings
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.exporting import log
from wiseparts_pipeline.exporting.delivery import Delivered, deliver
from wiseparts_pipeline.exporting.export import Export
from wiseparts_pipeline.warehouse import Warehouse

NAMESPACE = UUID("0f6c8c52-4bd5-4d8e-8d0a-0d1f6a0c7a11")
FOLDER = "WiseParts Export/Orders"


@dataclass
class Deliveries:
    """A warehouse with orders and customers that are to be delivered to a server."""

    warehouse: Warehouse
    site: Site
    exporters: dict[str, ExporterSettings] = field(default_factory=dict)
    seconds: float = 60

    def __post_init__(self) -> None:
        self.exporter("orders", "erp_orders", FOLDER)

    @property
    def configuration(self) -> Configuration:
        return Configuration({"erp": self.site.settings}, {}, self.exporters)

    @property
    def folder(self) -> Path:
        return self.site.root / FOLDER

    def exporter(self, entity: str, name: str, folder: str, **attributes: Any) -> None:
        usual = {"entity": entity, "name": name, "to": "erp", "folder": folder, "sources": ["shop"]}
        self.exporters[name] = ExporterSettings.model_validate(usual | attributes)
        self.execute("insert into ops.exporters (exporter) values (%s) on conflict do nothing", name)

    def order(self, key: str = "WEB-1", lines: int = 2, exporter: str = "erp_orders", **columns: Any) -> UUID:
        """An order of some lines that is to be delivered; returns its UUID."""
        with self.warehouse.connect() as connection:
            for number in range(lines):
                insert(connection, "raw.orders", **LINE | {"order_id": key, "line_no": number + 1} | columns)
        return self.note("orders", key, uuid5(NAMESPACE, key), exporter)

    def customer(self, key: str = "C1", exporter: str = "erp_customers") -> UUID:
        record_uuid = uuid5(NAMESPACE, f"customer {key}")
        with self.warehouse.connect() as connection:
            insert(connection, "raw.customers", **CUSTOMER | {"customer_id": key, "system_id": record_uuid})
        return self.note("customers", key, record_uuid, exporter)

    def note(self, entity: str, key: str, record_uuid: UUID, exporter: str, version: int = 1, **columns: Any) -> UUID:
        row = {"entity": entity, "record_key": key, "record_uuid": record_uuid, "exporter": exporter}
        with self.warehouse.connect() as connection:
            insert(connection, "ops.exports", **row, version=version, **columns)
        return record_uuid

    def deliver(self, **options: Any) -> Delivered:
        return deliver(self.warehouse, self.configuration, **{"seconds": self.seconds, **options})

    def execute(self, statement: str, *parameters: object) -> None:
        with self.warehouse.connect(autocommit=True) as connection:
            connection.execute(statement.encode(), parameters)

    def all_due(self) -> None:
        """As if the pauses before the next attempts were over."""
        self.execute("update ops.exports set next_attempt_at = now() - interval '1 second'")

    def exports(self) -> list[Export]:
        """In the order in which they were noted."""
        with self.warehouse.connect() as connection:
            return sorted(log.latest(connection, limit=10_000), key=lambda export: export.export_id)

    def statuses(self) -> list[str]:
        return [f"{export.status} {export.code or ''}".strip() for export in self.exports()]

    def pause(self) -> timedelta:
        """Until the next attempt of the first export."""
        with self.warehouse.connect() as connection:
            row = connection.execute(
                "select next_attempt_at - clock_timestamp() from ops.exports order by export_id limit 1"
            ).fetchone()
        assert row is not None
        pause: timedelta = row[0]
        return pause

    def seen(self) -> dict[str, dict[str, str]]:
        """By record's folder, what is in it: the SHA-256 by file name."""
        return hashes(self.folder)

    def expected(self) -> dict[str, dict[str, str]]:
        """What ops.exports says is there."""
        return {
            Path(export.path).name: {file["name"]: file["sha256"] for file in export.files}
            for export in self.exports()
            if export.path is not None
        }

    def hidden(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir() if path.name.startswith("."))


def hashes(folder: Path) -> dict[str, dict[str, str]]:
    """Of each folder that is not hidden, the SHA-256 of its files."""
    return {
        path.name: {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in path.iterdir()}
        for path in (folder.iterdir() if folder.is_dir() else ())
        if not path.name.startswith(".")
    }


@contextmanager
def observed(folder: Path) -> Iterator[dict[str, dict[str, str]]]:
    """What is seen in a folder's folders when each is seen for the first time, from looking every 5 ms."""
    found: dict[str, dict[str, str]] = {}
    done = threading.Event()

    def look() -> None:
        while not done.wait(0.005):
            names = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
            for name in names - found.keys():
                if not name.startswith("."):
                    files = (folder / name).iterdir()
                    found[name] = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}

    observer = threading.Thread(target=look)
    observer.start()
    try:
        yield found
    finally:
        done.set()
        observer.join()


@contextmanager
def full_disk(folder: Path, size: str = "64k") -> Iterator[Callable[[str], None]]:
    """A disk of this size as the folder; what it gives makes it another size. Skips the test where none can be made."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True).returncode != 0:
        pytest.skip("only root can mount a disk")

    def resize(size: str) -> None:
        subprocess.run(["mount", "-o", f"remount,size={size}", str(folder)], check=True)

    try:
        yield resize
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
