"""Delivers what is due: each record in a transaction of its own, over one connection to each server."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta

from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.exporting.export import Status
from wiseparts_pipeline.warehouse import Warehouse


@dataclass
class Delivered:
    """What has become of exports that were due.

    `counts`: how many got each status; `export_ids`: of those that were delivered; `slowest`: the longest time from
    noting to delivery; `delayed`: why some wait and are tried again; `problems`: what someone has to mend.
    """

    counts: dict[Status, int] = field(default_factory=dict)
    export_ids: list[int] = field(default_factory=list)
    slowest: timedelta | None = None
    delayed: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def count(self, status: Status) -> int:
        return self.counts.get(status, 0)

    @property
    def notices(self) -> list[str]:
        return [*self.delayed, *self.problems]


def deliver(
    warehouse: Warehouse,
    configuration: Configuration,
    exporters: Collection[str] | None = None,
    *,
    seconds: float,
    everything_due: bool = False,
    export_ids: Collection[int] | None = None,
) -> Delivered:
    """Deliver what is due to these exporters' servers, for at most this long, and note what was collected.

    `exporters`: their names, all if None; `everything_due`: also what is not to be tried yet; `export_ids`: these only,
    whatever their time. Never raises for a server: see `delayed` and `problems`. Raises WarehouseError.
    """
    raise NotImplementedError
