"""A system in which each record is created, once.

Most systems let two records have the same reference. So it is looked for before it is created; only one process may be
creating it; and if that one gets no answer, or ends, no other creates it before it must have been done, if it is ever.
"""

from contextlib import ExitStack
from datetime import timedelta
from typing import Any
from uuid import UUID

from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.config.exports.exporter import IN_FILES, ExporterSettings, Prices, Warnings
from wiseparts_pipeline.connections import RECEIVING
from wiseparts_pipeline.connections.deadline import within
from wiseparts_pipeline.connections.errors import ConnectionFailure, Objection, Unreachable
from wiseparts_pipeline.connections.logins import logged_in
from wiseparts_pipeline.connections.receiving import (
    Customer,
    NotThere,
    Order,
    Receiving,
    Stage,
    SupplierOrder,
    Taking,
    Terms,
    There,
)
from wiseparts_pipeline.exporting.content.supplier_orders import by_supplier, file_of, part_uuid, supplier_order
from wiseparts_pipeline.exporting.export import Code, Export, HeldRecord, Receipt, UndecidedRecord, UnwantedRecord
from wiseparts_pipeline.exporting.targets.created import customer_of, order_of
from wiseparts_pipeline.exporting.targets.folders import check_database
from wiseparts_pipeline.transport import PermanentError, TransientError
from wiseparts_pipeline.warehouse import Connection, Warehouse

# The request for a record is sent within this after its creation was begun, or never.
SENT_WITHIN = 30.0
# A record's calls, however many lines it has.
_SECONDS = 120.0

_Record = Order | Customer | SupplierOrder


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
        """Create the record, and do with it what is agreed; of a requisition, an order to each supplier."""
        if exporter.entity == "purchase_requisitions":
            return self._order_from_suppliers(connection, exporter, export)
        record: Any = (order_of if exporter.entity == "orders" else customer_of)(connection, exporter, export)
        return self._receipt(record, self._created(connection, exporter, export, record, export.record_uuid))

    def _order_from_suppliers(self, connection: Connection, exporter: ExporterSettings, export: Export) -> Receipt:
        """What keeps an order from one supplier keeps none from the others: those are not ordered twice."""
        files, numbers, held = [], [], []
        for supplier_id, lines in by_supplier(connection, exporter, export).items():
            try:
                order = supplier_order(connection, exporter, export, supplier_id, lines)
                there = self._created(connection, exporter, export, order, part_uuid(export, supplier_id))
            except HeldRecord as why:
                held.append((supplier_id, why))
                continue
            files.append(file_of(order))
            numbers.append(there.external_id or order.key)
        external_id = ", ".join(numbers) or None
        if held:
            told = " ".join(f"Supplier {supplier_id}: {why}" for supplier_id, why in held)
            raise HeldRecord(held[0][1].code, told, external_id)
        return Receipt(self.place, files=files, external_id=external_id)

    def _created(
        self, connection: Connection, exporter: ExporterSettings, export: Export, record: _Record, uuid: UUID
    ) -> There:
        """The record as it is there when all is done with it. `uuid`: that under which its creation is noted."""
        try:
            with within(_SECONDS, f"the {_SECONDS:g} s that creating a record may take"):
                taking = self.taking(exporter)
                there = (
                    taking.find(record)
                    or self._accepted(exporter, record, uuid)
                    or self._create(connection, exporter, taking, record, uuid)
                )
                return self._complete(export, taking, record, there)
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
        terms = Terms(exporter.confirm, exporter.prices is Prices.OURS, exporter.warnings is Warnings.SKIP)
        return self._system.taking(exporter.entity, terms)

    def disconnect(self) -> None:
        self._system = None
        self._stack.close()

    def _create(
        self, connection: Connection, exporter: ExporterSettings, taking: Taking[Any], record: _Record, uuid: UUID
    ) -> There:
        """Creates a record that is not there, unless another process may be doing so."""
        assert self._notes is not None
        try:
            # For a long order, this takes a while.
            values = taking.values(record)
        except Objection as error:
            raise self._not_accepted(error) from None
        check_database(connection)
        is_first = self._begin(self._notes, exporter, uuid, taking.created_within)
        try:
            with within(SENT_WITHIN, f"the {SENT_WITHIN:g} s in which it has to be sent"):
                # An earlier attempt may have created it meanwhile.
                there = (None if is_first else taking.find(record)) or taking.create(record, values)
        except Objection as error:
            self._end(self._notes, exporter, uuid)
            raise self._not_accepted(error) from None
        if isinstance(record, SupplierOrder):
            self._note_accepted(self._notes, exporter, uuid, there)
        else:
            self._end(self._notes, exporter, uuid)
        return there

    def _accepted(self, exporter: ExporterSettings, record: _Record, uuid: UUID) -> There | None:
        """An order that a supplier has accepted and that is not found, which nobody promises: it is not sent again."""
        if not isinstance(record, SupplierOrder):
            return None
        assert self._notes is not None
        row = self._notes.execute(
            """
            select external_id from ops.creations
            where exporter = %s and record_uuid = %s and accepted_at is not null
            """,
            [exporter.name, uuid],
        ).fetchone()
        return None if row is None else There(0, row[0], Stage.COMPLETE)

    @staticmethod
    def _note_accepted(notes: Connection, exporter: ExporterSettings, uuid: UUID, there: There) -> None:
        notes.execute(
            """
            update ops.creations set accepted_at = clock_timestamp(), external_id = %s
            where exporter = %s and record_uuid = %s
            """,
            [there.external_id, exporter.name, uuid],
        )

    def _not_accepted(self, error: Objection) -> HeldRecord:
        return HeldRecord(Code.NOT_ACCEPTED, f"{self._settings.name} does not accept it: {error.words}")

    def _begin(self, notes: Connection, exporter: ExporterSettings, uuid: UUID, created_within: timedelta) -> bool:
        """Notes that this process creates the record now; returns whether it is the first one that does.

        Raises UndecidedRecord if another may still be doing so.
        """
        # `xmax` is 0 in a row that was not there before.
        begun = notes.execute(
            """
            insert into ops.creations as known (exporter, record_uuid) values (%s, %s)
            on conflict (exporter, record_uuid) do update set begun_at = clock_timestamp()
            where known.begun_at < clock_timestamp() - %s and known.accepted_at is null
            returning xmax = 0
            """,
            [exporter.name, uuid, created_within],
        ).fetchone()
        if begun is None:
            raise UndecidedRecord(
                f"{self._settings.name} has not answered whether it has created this record, and may still be doing so:"
                f" it is looked for again, and created anew {created_within.seconds // 60} minutes after the last"
                " attempt if it is not there."
            )
        return bool(begun[0])

    @staticmethod
    def _end(notes: Connection, exporter: ExporterSettings, uuid: UUID) -> None:
        of_record = "delete from ops.creations where exporter = %s and record_uuid = %s"
        notes.execute(of_record, [exporter.name, uuid])

    def _check(self, export: Export, there: There, key: str) -> None:
        """Raises HeldRecord for another record of the same key, UnwantedRecord for one that was cancelled."""
        name = self._settings.name
        # What was found as ours before, may have been changed there since, unless only a part of it was; a person may
        # know better.
        was_found = export.external_id is not None and export.entity in IN_FILES
        if there.differs and not was_found and not export.again:
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

    def _complete(self, export: Export, taking: Taking[Any], record: _Record, there: There) -> There:
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
