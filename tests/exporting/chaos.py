"""Deliveries that are disturbed in every way we know of: nothing is lost, nothing twice, nothing half is ever seen.

`python -m tests.exporting.chaos [--orders N] [--faults N] [--seed N] [--server NAME]` prints what was injected and what
became of the orders; `test_chaos.py` injects some of each kind.
"""

import argparse
import csv
import io
import os
import random
import signal
import sys
from collections import Counter
from dataclasses import dataclass, field, fields
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import psycopg

from tests.exporting.deliveries import FOLDER, Deliveries, observed
from tests.exporting.faults import FAULTS, Scene
from tests.exporting.imports import Imports
from tests.exporting.servers import SERVERS, behind_a_line
from tests.importing.drop import Drop
from tests.waiting import eventually
from wiseparts_pipeline.exporting.content import prepare
from wiseparts_pipeline.exporting.export import Code, Export, Status
from wiseparts_pipeline.warehouse import Warehouse, embedded


@dataclass
class Result:
    """What was injected, by kind, and what is wrong: all lists have to be empty.

    `outdated`: orders whose last version is not what they are now; `repeated`: those with a version more than changes.
    """

    injected: Counter[str] = field(default_factory=Counter)
    delivered: int = 0
    versions: int = 0
    seen: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    incomplete: list[str] = field(default_factory=list)
    outdated: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    left_over: list[str] = field(default_factory=list)

    @property
    def wrong(self) -> dict[str, list[str]]:
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: value for name, value in values.items() if isinstance(value, list)}

    @property
    def is_clean(self) -> bool:
        return not any(self.wrong.values())


def disturb(scene: Scene, orders: int, faults: int) -> Result:
    """Deliver orders while faults are injected, one after another, then without."""
    deliveries = scene.deliveries
    result = Result()
    numbers = iter(range(1, orders + 1))
    deliveries.site.folder("WiseParts Export")
    deliveries.site.folder(FOLDER)
    kinds = [kind for kind in FAULTS if kind != "database restarted" or scene.restart_database is not None]
    with observed(deliveries.folder) as seen:
        for number in range(faults):
            count = orders * (number + 1) // faults - orders * number // faults
            scene.order([f"WEB-{order}" for _, order in zip(range(count), numbers, strict=False)])
            kind = kinds[number % len(kinds)]
            FAULTS[kind](scene)
            result.injected[kind] += 1
            deliveries.all_due()
        # What an interrupted attempt has left is looked for once a minute.
        for _ in range(2):
            deliveries.execute("update ops.exporters set listed_at = null")
            deliveries.deliver(everything_due=True)
    _examine(scene, seen, orders, result)
    return result


def _examine(scene: Scene, seen: dict[str, dict[str, str]], orders: int, result: Result) -> None:
    deliveries = scene.deliveries
    expected, there = deliveries.expected(), deliveries.seen()
    exports: dict[str, list[Export]] = {f"WEB-{number}": [] for number in range(1, orders + 1)}
    for export in deliveries.exports():
        exports.setdefault(str(export.record_key), []).append(export)
    uuids: dict[str, set[str]] = {}
    for name in there:
        stem = name.removeprefix("order_")
        text = (deliveries.folder / name / f"order_data_{stem}.csv").read_text(encoding="utf-8")
        (row,) = csv.DictReader(io.StringIO(text, newline=""))
        uuids.setdefault(row["order_id"], set()).add(stem.partition("_")[0])
    went = {key: [each for each in versions if each.status is Status.DELIVERED] for key, versions in exports.items()}
    result.delivered, result.seen = sum(map(bool, went.values())), len(seen)
    result.versions = sum(map(len, went.values()))
    result.lost = [key for key in exports if key not in uuids]
    result.lost += [
        key
        for key, versions in exports.items()
        if not all(each.status is Status.DELIVERED or each.code == Code.UNCHANGED for each in versions)
    ]
    result.doubled = [key for key, found in uuids.items() if len(found) > 1]
    looks = [*there.items(), *seen.items()]
    result.incomplete = sorted({name for name, files in looks if files != expected.get(name)})
    result.outdated = [key for key, versions in went.items() if versions and not _is_up_to_date(scene, versions[-1])]
    result.repeated = [key for key in scene.corrected if len(exports[key]) > 1]
    result.left_over = deliveries.hidden()


def _is_up_to_date(scene: Scene, last: Export) -> bool:
    with scene.deliveries.warehouse.connect() as connection:
        files = prepare(connection, scene.deliveries.exporters[last.exporter], last)
    return [file.sha256 for file in files] == [file["sha256"] for file in last.files]


def importing(deliveries: Deliveries, folder: Path) -> Imports:
    """Imports of the shop's files in a folder, noted for the exporter, which exports each change."""
    deliveries.exporter("orders", "erp_orders", FOLDER, changes="version")
    return Imports(Drop(folder, deliveries.warehouse), list(deliveries.exporters.values()))


def _restart_database(home: Path) -> None:
    """Its server stops at once, without a checkpoint, and is started again."""
    with embedded.running(home / "postgres") as url:
        with psycopg.connect(url) as connection:
            row = connection.execute("show data_directory").fetchone()
        assert row is not None
        server = psutil.Process(int((Path(row[0]) / "postmaster.pid").read_text().split()[0]))
        server.send_signal(signal.SIGQUIT)
        eventually(lambda: not server.is_running() or server.status() == psutil.STATUS_ZOMBIE)
    with embedded.running(home / "postgres"):
        pass


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=1_000)
    parser.add_argument("--faults", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--server", choices=SERVERS, default="openssh")
    given = parser.parse_args()
    with TemporaryDirectory() as temporary:
        home, drop = Path(temporary) / "home", Path(temporary) / "drop"
        drop.mkdir()
        os.environ["WISEPARTS_HOME"] = str(home)
        with Warehouse.open(home) as warehouse, behind_a_line(given.server) as server:
            deliveries = Deliveries(warehouse, server.site)
            scene = Scene(
                deliveries,
                importing(deliveries, drop),
                server,
                random.Random(given.seed),
                lambda: _restart_database(home),
            )
            result = disturb(scene, given.orders, given.faults)
    for kind, number in result.injected.items():
        print(f"{number:5} {kind}")
    print(f"{result.delivered} of {given.orders} orders delivered, in {result.versions} versions;", end=" ")
    print(f"{len(scene.corrected)} were changed while they waited; {result.seen} folders seen meanwhile")
    for what, found in result.wrong.items():
        print(f"{what.replace('_', ' ')}: {len(found)} {found[:10] or ''}")
    return 0 if result.is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
