"""A system in which each record is created, once.

Most systems let two records have the same reference. So it is looked for before it is created; only one process may be
creating it; and if that one gets no answer, or ends, no other creates it before it must have been done, if it is ever.
"""

from contextlib import ExitStack
from datetime import timedelta
from typing import Any

from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.config.exports.exporter import ExporterSettings, Prices, Warnings
from wiseparts_pipeline.connections import RECEIVING
from wiseparts_pipeline.connections.deadline import within
from wiseparts_pipeline.connections.errors import ConnectionFailure, Objection, Unreachable
from wiseparts_pipeline.connections.logins import logged_in
from wiseparts_pipeline.connections.receiving import Customer, NotThere, Order, Receiving, Stage, Taking, Terms, There
from wiseparts_pipeline.exporting.export import Code, Export, HeldRecord, Receipt, UndecidedRecord, UnwantedRecord
from wiseparts_pipeline.exporting.targets.created import customer_of, order_of
from wiseparts_pipeline.exporting.targets.folders import check_database
from wiseparts_pipeline.transport import PermanentError, TransientError
from wiseparts_pipeline.warehouse import Connection, Warehouse

# A record whose creation was begun is created by then, or never: the request for it is sent within SENT_WITHIN.
CREATED_WITHIN = timedelta(minutes=2)
SENT_WITHIN = 30.0
# A record's calls, however many lines it has.
_SECONDS = 120.0


class System:
    """See `targets.Target`."""

    def __init__(self, settings: ConnectionSettings, warehouse: Warehouse) -> None:
        self._settings = settings
        self._warehouse = warehouse
        self._stack = ExitStack()
        self._system: Receiving | None = None
        # With autocommit: what it notes is seen by others, and stays, whatever becomes of the record's transaction.
        self._notes: Connection | None = None

    @property
    def place(self) -> str:
        return self._settings.place

    @property
    def is_connected(self) -> bool:
        return self._system is not None

    def deliver(self, connection: Connection, exporter: ExporterSettings, export: Export) -> Receipt:
        """Create the record, and do with it what is agreed."""
        record: Any = (order_of if exporter.entity == "orders" else customer_of)(connection, exporter, export)
        try:
            with within(_SECONDS, f"the {_SECONDS:g} s that creating a record may take"):
                taking = self.taking(exporter)
                there = taking.find(record) or self._create(connection, export, taking, record)
                return self._receipt(record, self._complete(export, taking, record, there))
        except NotThere as error:
            raise HeldRecord(Code.NOT_THERE, str(error)) from None
        except Unreachable as error:
            raise TransientError(str(error)) from None
        except ConnectionFailure as error:
            raise PermanentError(str(error)) from None

    def taking(self, exporter: ExporterSettings) -> Taking[Any]:
        """How the system takes the exporter's records; logs in. Raises ConnectionFailure."""
        if self._system is None:
            self._notes = self._stack.enter_context(self._warehouse.connect(autocommit=True))
            opened = RECEIVING[self._settings.system]
            self._system = self._stack.enter_context(logged_in(self._settings, self._notes, opened))
        if exporter.entity == "customers":
            return self._system.customers()
        return self._system.orders(
            Terms(exporter.confirm, exporter.prices is Prices.OURS, exporter.warnings is Warnings.SKIP)
        )

    def disconnect(self) -> None:
        self._system = None
        self._stack.close()

    def _create(self, connection: Connection, export: Export, taking: Taking[Any], record: Order | Customer) -> There:
        """Creates a record that is not there, unless another process may be doing so."""
        assert self._notes is not None
        check_database(connection)
        self._begin(self._notes, export)
        try:
            with within(SENT_WITHIN, f"the {SENT_WITHIN:g} s in which it has to be sent"):
                there = taking.create(record)
        except (Objection, NotThere) as error:
            self._end(self._notes, export)
            if isinstance(error, NotThere):
                raise
            raise HeldRecord(Code.NOT_ACCEPTED, f"{self._settings.name} does not accept it: {error.words}") from None
        self._end(self._notes, export)
        return there

    def _begin(self, notes: Connection, export: Export) -> None:
        """Notes that this process creates the record now. Raises UndecidedRecord if another may still have done so."""
        begun = notes.execute(
            """
            insert into ops.creations as known (exporter, record_uuid) values (%s, %s)
            on conflict (exporter, record_uuid) do update set begun_at = clock_timestamp()
            where known.begun_at < clock_timestamp() - %s
            """,
            [export.exporter, export.record_uuid, CREATED_WITHIN],
        )
        if not begun.rowcount:
            raise UndecidedRecord(
                f"{self._settings.name} has not answered whether it has created this record, and may still be doing so:"
                f" it is looked for again, and created anew {CREATED_WITHIN.seconds // 60} minutes after the last"
                " attempt if it is not there."
            )

    @staticmethod
    def _end(notes: Connection, export: Export) -> None:
        of_record = "delete from ops.creations where exporter = %s and record_uuid = %s"
        notes.execute(of_record, [export.exporter, export.record_uuid])

    def _check(self, export: Export, there: There, key: str) -> None:
        """Raises HeldRecord for another record of the same key, UnwantedRecord for one that was cancelled."""
        name = self._settings.name
        # What was found as ours before, may have been changed there since; a person may know better.
        if there.differs and export.external_id is None and not export.again:
            raise HeldRecord(
                Code.DIFFERS_THERE,
                f"{name} already has {_called(there)} for {key!r}, which {there.differs}. If it is the same all the"
                f" same: `wiseparts export {export.exporter} --record {key} --again`. Otherwise give one of them"
                " another number.",
            )
        if there.stage is Stage.CANCELLED:
            raise UnwantedRecord(
                Code.CANCELLED_THERE, f"It was cancelled in {name}, where it is {_called(there)}.", there.external_id
            )

    def _complete(self, export: Export, taking: Taking[Any], record: Order | Customer, there: There) -> There:
        self._check(export, there, str(record.key))
        try:
            return taking.complete(record, there)
        except Objection as error:
            now = taking.find(record) or there
            if now.stage is not there.stage:
                # What a process began that was killed, may have been done only now.
                return self._complete(export, taking, record, now)
            raise HeldRecord(
                Code.NOT_ACCEPTED,
                f"It is {_called(now)} in {self._settings.name}, unconfirmed, because of: {error.words} Confirm or"
                " cancel it there, or remove the reason; it is looked at again by itself.",
                now.external_id,
            ) from None

    def _receipt(self, record: Order | Customer, there: There) -> Receipt:
        warning = None
        if isinstance(record, Order) and there.amount is not None:
            ours, theirs = f"{round(record.net_amount, 2)} {record.currency}", f"{there.amount} {there.currency}"
            if (round(record.net_amount, 2), record.currency) != (there.amount, there.currency):
                warning = (
                    Code.AMOUNT_DIFFERS,
                    f"Without tax it amounts to {theirs} in {self._settings.name}, and to {ours} here. Correct"
                    " whichever is wrong.",
                )
        return Receipt(self.place, external_id=there.external_id, warning=warning)


def _called(there: There) -> str:
    return there.external_id or f"a draft without a number (id {there.number})"
