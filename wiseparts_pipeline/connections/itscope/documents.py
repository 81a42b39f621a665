"""Documents about orders to suppliers: fetched once, kept as they came, and what they say.

They are kept in the connection's folder, beside what was pulled: a document that has not changed since is read there.
"""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile

from wiseparts_pipeline.config.connections.importing import folder_of
from wiseparts_pipeline.config.connections.pull import PullSettings
from wiseparts_pipeline.connections.base import ChangedSince, Record, Selection, WithKeys
from wiseparts_pipeline.connections.itscope.client import Client
from wiseparts_pipeline.connections.itscope.deals import deals, documents_of, supplier_of
from wiseparts_pipeline.connections.itscope.operations import ARCHIVED, DOCUMENT, NOT_ARCHIVED, QUOTES
from wiseparts_pipeline.connections.itscope.records import moment_of
from wiseparts_pipeline.home import private
from wiseparts_pipeline.opentrans import (
    Document,
    Fault,
    Kind,
    Line,
    Role,
    Unreadable,
    parse,
    read,
    schema_faults,
    total_faults,
)

# No pull has this name.
FOLDER = "as-received"
_KINDS = {
    Kind.QUOTATION: "quotation",
    Kind.ORDER: "order",
    Kind.ORDERRESPONSE: "order_response",
    Kind.DISPATCHNOTIFICATION: "dispatch_notification",
    Kind.INVOICE: "invoice",
}
_ADDRESS = re.compile(r"/documents/([^/]+)/QUOTATION\.")
_MOST_FAULTS = 20


@dataclass(frozen=True)
class _Received:
    """A document as it came, and what the service tells of it. `path`: where it is kept."""

    kind: Kind
    transaction: str
    told: Record
    content: bytes
    path: Path
    deal: Record | None = None

    @property
    def key(self) -> str:
        return f"{self.transaction}_{_KINDS[self.kind]}"


def read_documents(client: Client, pull: PullSettings, selection: Selection) -> Iterator[Record]:
    """What each document says as a whole, also one that is not as the schema wants it."""
    for received in _received(client, pull, selection):
        yield _document(received)


def read_lines(client: Client, pull: PullSettings, selection: Selection) -> Iterator[Record]:
    """The lines of the same documents."""
    for received in _received(client, pull, selection):
        document = understood(received.content).document
        for number, line in enumerate(document.lines if document else (), 1):
            yield {"document_id": received.key, "line_no": str(number), **_line(line)}


def _received(client: Client, pull: PullSettings, selection: Selection) -> Iterator[_Received]:
    folder = folder_of(pull.connection) / FOLDER
    for deal in deals(client, pull, selection):
        for kind, told in documents_of(deal):
            yield from _fetched(client, folder, kind, str(told["transactionId"]), told, deal)
    if isinstance(selection, WithKeys):
        return
    for quote in _quotes(client, selection):
        if found := _ADDRESS.search(str(quote.get("documentUrl"))):
            yield from _fetched(client, folder, Kind.QUOTATION, found[1], quote)


def _quotes(client: Client, selection: Selection) -> Iterator[Record]:
    """Quotations; which have changed, the service cannot be asked."""
    since = selection.moment if isinstance(selection, ChangedSince) else None
    for archive in (NOT_ARCHIVED, ARCHIVED):
        for quote in client.pages(QUOTES, "quote", {"view": "quote"}, {"archiv": archive}):
            if since is None or _is_since(moment_of(quote.get("lastModified")), since):
                yield quote


def _is_since(moment: object, since: datetime) -> bool:
    """Whether something has changed since then; what has no readable moment may have."""
    try:
        return datetime.fromisoformat(str(moment)) >= since
    except (TypeError, ValueError):
        return True


def _fetched(
    client: Client, folder: Path, kind: Kind, transaction: str, told: Record, deal: Record | None = None
) -> Iterator[_Received]:
    """The document as it is kept here, or else as the service has it; nothing if it has none."""
    changed = str(told.get("lastUpdate") or told.get("lastModified"))
    path = folder / f"{_safe(transaction)}_{kind}_{_safe(changed)}.xml"
    if path.exists():
        content: bytes | None = path.read_bytes()
    else:
        content = client.content(DOCUMENT, {"transactionId": transaction, "view": kind.value, "type": "xml"})
        if content is not None:
            keep(path, content)
    if content is not None:
        yield _Received(kind, transaction, told, content, path, deal)


def keep(path: Path, content: bytes) -> None:
    """Writes the file, whole or not at all, also if another process does the same now. Raises OSError."""
    private(path.parent)
    with NamedTemporaryFile(dir=path.parent, prefix=".", suffix=".part", delete=False) as unfinished:
        try:
            unfinished.write(content)
            unfinished.flush()
            os.fsync(unfinished.fileno())
            Path(unfinished.name).rename(path)
        except OSError:
            Path(unfinished.name).unlink(missing_ok=True)
            raise


def _safe(name: str) -> str:
    """As part of a file's name: nothing but letters, digits and hyphens, or what stands for it."""
    plain = name.replace(":", "").replace("+", "-").replace(".", "-")
    return plain if re.fullmatch(r"[A-Za-z0-9-]{1,60}", plain) else sha256(name.encode()).hexdigest()


@dataclass(frozen=True)
class Understood:
    """What a document says, as far as it can be read; in what it is not as the schema wants it, or does not add up."""

    document: Document | None
    faults: Sequence[Fault]
    wrong_totals: Sequence[Fault] = ()


def understood(content: bytes) -> Understood:
    """A document of openTRANS, or why it is none."""
    try:
        root = parse(content)
        document = read(root)
    except Unreadable as error:
        return Understood(None, [Fault(None, "document", str(error))])
    return Understood(document, schema_faults(root), total_faults(document))


def _document(received: _Received) -> Record:
    found = understood(received.content)
    document, faults = found.document, [*found.faults, *found.wrong_totals]
    told = "; ".join(map(str, faults[:_MOST_FAULTS]))
    record: Record = {
        "document_id": received.key,
        "deal_id": (received.deal or {}).get("orderId"),
        "kind": _KINDS[received.kind],
        "document_no": received.told.get("quoteNo"),
        "changed_at": moment_of(received.told.get("lastUpdate") or received.told.get("lastModified")),
        "supplier_id": supplier_of(received.deal or {}).get("id"),
        "is_valid": not found.faults,
        "faults": told or None,
        "archived_as": f"{FOLDER}/{received.path.name}",
        "sha256": sha256(received.content).hexdigest(),
        "url": received.told.get("documentUrl"),
    }
    return record if document is None else {**record, **_said(document, record)}


def _said(document: Document, record: Record) -> Record:
    is_invoice = document.kind is Kind.INVOICE
    supplier = document.party(Role.SUPPLIER)
    # A confirmation has no number of its own.
    number = None if document.kind is Kind.ORDERRESPONSE else document.number
    periods = [document.delivery, *(line.delivery for line in document.lines)]
    first = [each.first for each in periods if each is not None and each.first is not None]
    last = [each.last for each in periods if each is not None and each.last is not None]
    return {
        # Credit notes and copies come as invoices, and are not what was invoiced.
        "kind": record["kind"] if document.invoice_type in (None, "invoice") else "other",
        "document_no": record["document_no"] or number,
        "issued_at": _moment(document.issued_at),
        "supplier_id": record["supplier_id"] or (supplier and supplier.number),
        "order_id": document.order_number,
        "supplier_order_id": document.supplier_order_number,
        "delivery_from": _day(min(first, key=_in_order, default=None)),
        "delivery_until": _day(max(last, key=_in_order, default=None)),
        "valid_until": _day(document.valid_until),
        "carrier": document.carrier,
        "tracking_numbers": document.shipment_number,
        "tracking_urls": document.tracking_url,
        "net_amount": _number(document.net_amount if is_invoice else document.total_amount),
        "charges_amount": _number(document.charges_amount),
        "tax_amount": _number(document.tax_amount),
        "total_amount": _number(document.total_amount),
        "currency": document.currency,
        "line_count": None if document.item_count is None else str(document.item_count),
    }


def _line(line: Line) -> Record:
    return {
        "line_item_id": line.number or None,
        "order_id": line.order_number,
        "order_line_item_id": line.order_line,
        "supplier_order_id": line.supplier_order_number,
        "supplier_sku": line.supplier_sku,
        "puid": line.itscope_id,
        "ean": line.ean,
        "sku": line.buyer_sku,
        "description": line.description,
        "quantity": _number(line.quantity),
        "order_unit": line.unit,
        "unit_price": _number(line.price),
        "price_quantity": _number(line.price_quantity),
        "net_amount": _number(line.amount),
        "delivery_from": _day(line.delivery.first) if line.delivery else None,
        "delivery_until": _day(line.delivery.last) if line.delivery else None,
        "agreement_id": line.agreement.number if line.agreement else None,
        "serial_numbers": list(line.serial_numbers) or None,
        "note": line.note,
    }


def _in_order(moment: datetime) -> str:
    """By the day, as some have a zone and others none."""
    return moment.date().isoformat()


def _day(moment: datetime | None) -> str | None:
    return None if moment is None else moment.date().isoformat()


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else str(moment_of(moment.isoformat()))


def _number(number: Decimal | None) -> str | None:
    return None if number is None else f"{number:f}"
