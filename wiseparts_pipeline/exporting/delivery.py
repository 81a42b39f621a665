"""Delivers what is due: each record in a transaction of its own, over one connection to each server."""

import time
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta

import psycopg

from wiseparts_pipeline.config.exports.exporter import ExporterSettings
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.errors import WisepartsError
from wiseparts_pipeline.exporting import collecting, queue
from wiseparts_pipeline.exporting.export import Code, Export, HeldRecord, Status, UndecidedRecord, UnwantedRecord
from wiseparts_pipeline.exporting.noting import start
from wiseparts_pipeline.exporting.publishing import TargetTaken
from wiseparts_pipeline.exporting.targets import Target, target_of
from wiseparts_pipeline.exporting.targets.folders import Folders
from wiseparts_pipeline.program_faults import explain
from wiseparts_pipeline.transport import PermanentError, TransientError, TransportError
from wiseparts_pipeline.warehouse import Connection, Warehouse
from wiseparts_pipeline.warehouse.errors import map_database_errors


@dataclass
class Delivered:
    """What has become of exports that were due.

    `counts`: how many got each status; `export_ids`: of those that were delivered; `slowest`: the longest time from
    noting to delivery; `delayed`: why some wait and are tried again; `problems`: what someone has to mend; `warnings`:
    what is to be known of some that were delivered.
    """

    counts: dict[Status, int] = field(default_factory=dict)
    export_ids: list[int] = field(default_factory=list)
    slowest: timedelta | None = None
    delayed: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def add(self, status: Status, count: int = 1) -> None:
        self.counts[status] = self.counts.get(status, 0) + count

    def count(self, status: Status) -> int:
        return self.counts.get(status, 0)

    @property
    def notices(self) -> list[str]:
        return [*self.warnings, *self.delayed, *self.problems]


def deliver(
    warehouse: Warehouse,
    configuration: Configuration,
    exporters: Collection[str] | None = None,
    *,
    seconds: float,
    everything_due: bool = False,
    export_ids: Collection[int] | None = None,
) -> Delivered:
    """Deliver what is due to these exporters' servers, for about this long, and note what was collected.

    `exporters`: their names, all if None; `everything_due`: also what is not to be tried yet, or was given up;
    `export_ids`: these only, whatever their time. Never raises for a server or for a record: see `delayed` and
    `problems`. Raises WarehouseError.
    """
    chosen = [
        exporter for exporter in configuration.exporters.values() if exporters is None or exporter.name in exporters
    ]
    due = queue.Due(everything_due, export_ids)
    result = Delivered()
    deadline = time.monotonic() + seconds
    if not chosen:
        return result
    with map_database_errors(), warehouse.connect(autocommit=True) as connection:
        start(connection, chosen)
        # Not to wait for the disk with each: if the database crashes, the last ones are found to be there, or repeated.
        connection.execute("set synchronous_commit = off")
        if everything_due and export_ids is None:
            queue.take_up(connection, [exporter.name for exporter in chosen])
        for name in dict.fromkeys(exporter.to for exporter in chosen):
            at_server = configuration.exporters_to(name)
            if not due.any_time and queue.put_off_until_later(
                connection, [each.name for each in at_server], Code.UNREACHABLE
            ):
                continue
            theirs = [exporter for exporter in chosen if exporter.to == name]
            target = target_of(name, configuration, warehouse)
            with _Server(connection, target, at_server, due, deadline, result) as server:
                server.deliver(theirs)
                server.collect(theirs)
    return result


class _Server:
    """One server, or system, and what is due there."""

    def __init__(
        self,
        connection: Connection,
        target: Target,
        exporters: Collection[ExporterSettings],
        due: queue.Due,
        deadline: float,
        result: Delivered,
    ) -> None:
        """`exporters`: all that deliver to it."""
        self._connection = connection
        self._target = target
        self._exporters = {exporter.name: exporter for exporter in exporters}
        self._due = due
        self._deadline = deadline
        self._result = result
        self._is_down = False
        # How many the server has refused since it took one; of each exporter, those that somebody has to see to.
        self._disturbed = 0
        self._refused: dict[str, int] = {}
        # The exporters that were delivered for, and those that cannot be delivered for now.
        self._served: set[str] = set()
        self._unusable: set[str] = set()

    def __enter__(self) -> "_Server":
        return self

    def __exit__(self, *_: object) -> None:
        self._target.disconnect()

    def deliver(self, exporters: Collection[ExporterSettings]) -> None:
        """Deliver what is due, the oldest first, until nothing is left or the time is over."""
        if not self._due.any_time:
            self._unusable |= queue.put_off_until_later(self._connection, self._exporters, Code.NOT_WRITABLE)
        tried: set[int] = set()
        while usable := [each for each in exporters if each.name not in self._unusable]:
            ids = [] if self._is_down else self._due.next_ids(self._connection, usable, tried)
            for export_id in ids:
                if self._is_down or time.monotonic() > self._deadline:
                    return
                tried.add(export_id)
                self._attempt(export_id)
            self._release()
            if not ids:
                return

    def collect(self, exporters: Collection[ExporterSettings]) -> None:
        """Note what the receiver has taken, if nobody has looked within the last minute."""
        target = self._target
        if not isinstance(target, Folders):
            return
        for exporter in exporters:
            is_out_of_reach = self._is_down or (self._unusable and not target.is_connected)
            if is_out_of_reach or time.monotonic() > self._deadline:
                return
            place = target.place
            if not collecting.is_due(self._connection, exporter, place, has_delivered=exporter.name in self._served):
                continue
            try:
                found = collecting.look(self._connection, target.connected(), exporter, place)
            except TransientError as error:
                self._is_down = True
                self._result.delayed.append(str(error))
            except TransportError as error:
                self._result.problems.append(f"exporter {exporter.name}: {error}")
            else:
                self._result.problems += [f"exporter {exporter.name}: {problem}" for problem in found.problems]
                if found.collected:
                    self._result.add(Status.COLLECTED, found.collected)

    def _attempt(self, export_id: int) -> None:
        """Deliver one export, unless another process is at it."""
        export = None
        try:
            with self._connection.transaction():
                export = self._due.lock(self._connection, export_id)
                if export is not None and export.exporter not in self._unusable:
                    self._try(self._exporters[export.exporter], export)
        except Exception as error:  # Whatever it is, it is this record's, and the others go on.
            is_others = isinstance(error, WisepartsError | psycopg.OperationalError | psycopg.InterfaceError)
            if export is None or is_others or self._connection.closed:
                raise
            about = explain(error, f"export {export_id} of {export.exporter}")
            message = f"The {self._exporters[export.exporter].noun} was not delivered because of {about}"
            # It may have left the connection in the middle of something.
            self._target.disconnect()
            self._result.problems.append(f"exporter {export.exporter}: {message}")
            self._put_off([self._exporters[export.exporter]], Code.PROGRAM_FAULT, message, export, only_it=True)

    def _try(self, exporter: ExporterSettings, export: Export) -> None:
        """Deliver one export, which is locked, or record why not."""
        try:
            receipt = self._target.deliver(self._connection, exporter, export)
        except HeldRecord as why:
            queue.held(self._connection, export, why)
            self._result.add(Status.HELD)
        except UnwantedRecord as why:
            queue.cancelled(self._connection, export, why)
            self._result.add(Status.CANCELLED)
        except UndecidedRecord as why:
            self._result.delayed.append(str(why))
            self._put_off([exporter], Code.UNREACHABLE, str(why), export, only_it=True)
        except TransientError as error:
            # Without a connection nobody's records can be delivered; else it may be because of this one.
            connected = self._target.is_connected
            self._target.disconnect()
            self._disturbed += 1
            self._is_down = not connected or self._disturbed > 1
            self._result.delayed.append(f"{error} It is tried again.")
            concerned = list(self._exporters.values())
            self._put_off(
                concerned, Code.UNREACHABLE, str(error), export, only_it=not self._is_down, connected=connected
            )
        except TargetTaken as error:
            self._result.problems.append(f"exporter {exporter.name}: {error}")
            self._put_off([exporter], Code.TARGET_TAKEN, str(error), export, only_it=True)
        except PermanentError as error:
            connected = self._target.is_connected
            refused = self._refused[exporter.name] = self._refused.get(exporter.name, 0) + 1
            if refused == 1:
                self._result.problems.append(f"exporter {exporter.name}: {error}")
            concerned = [exporter] if connected else list(self._exporters.values())
            only_it = connected and refused == 1
            if not only_it:
                self._unusable |= {each.name for each in concerned}
            self._put_off(concerned, Code.NOT_WRITABLE, str(error), export, only_it=only_it, connected=connected)
        else:
            taken = queue.delivered(self._connection, export, receipt)
            if receipt.warning is not None:
                self._result.warnings.append(f"{exporter.noun} {export.record_key}: {receipt.warning[1]}")
            self._result.add(Status.DELIVERED)
            self._result.export_ids.append(export.export_id)
            self._result.slowest = max(taken, self._result.slowest or taken)
            self._served.add(exporter.name)
            self._disturbed = 0
            self._refused.pop(exporter.name, None)

    def _put_off(
        self,
        exporters: Collection[ExporterSettings],
        code: Code,
        error: str,
        export: Export,
        *,
        only_it: bool = False,
        connected: bool = True,
    ) -> None:
        given_up = self._due.put_off(
            self._connection, exporters, code, error, export.export_id, only_it=only_it, connected=connected
        )
        if given_up:
            self._result.add(Status.GIVEN_UP, given_up)

    def _release(self) -> None:
        """Have the orders looked at that wait for a customer, if one was delivered."""
        waiting = [each.name for each in self._exporters.values() if each.after in self._served]
        if waiting:
            queue.release(self._connection, waiting)
