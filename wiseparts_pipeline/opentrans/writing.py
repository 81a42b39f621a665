"""Writes an ORDER, as ITscope's guide shows it."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from lxml import etree

from wiseparts_pipeline.opentrans.checking import BMECAT, NAMESPACE, Unreadable
from wiseparts_pipeline.opentrans.documents import Address, Agreement, Document, Kind, Line, Party, Period, Role

# Whose numbers parties have in an order.
BY_SUPPLIER, BY_BUYER = "supplier_specific", "buyer_specific"


def write_order(order: Document, *, generator: str) -> bytes:
    """An ORDER in UTF-8; what it cannot say is left out. `generator`: who made it.

    Raises Unreadable for a text with a character that XML does not have, or an order without supplier or buyer.
    """
    assert order.kind is Kind.ORDER
    # Without a prefix, which the stubs of lxml do not know to be allowed.
    prefixes: Any = {None: NAMESPACE, "bme": BMECAT}
    root = etree.Element(f"{{{NAMESPACE}}}ORDER", nsmap=prefixes)
    root.set("version", "2.1")
    root.set("type", "standard")
    try:
        header = _add(root, "ORDER_HEADER")
        control = _add(header, "CONTROL_INFO")
        _text(control, "GENERATOR_INFO", generator)
        _time(control, "GENERATION_DATE", order.issued_at)
        _info(_add(header, "ORDER_INFO"), order)
        items = _add(root, "ORDER_ITEM_LIST")
        for line in order.lines:
            _item(_add(items, "ORDER_ITEM"), line)
        summary = _add(root, "ORDER_SUMMARY")
        _text(summary, "TOTAL_ITEM_NUM", str(len(order.lines)))
        _number(summary, "TOTAL_AMOUNT", order.total_amount)
    except ValueError as error:
        raise Unreadable(f"cannot be written as XML: {error}") from None
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _info(info: etree._Element, order: Document) -> None:
    _text(info, "ORDER_ID", order.number)
    _time(info, "ORDER_DATE", order.issued_at)
    _period(info, order.delivery)
    parties = _add(info, "PARTIES")
    for party in order.parties:
        _party(_add(parties, "PARTY"), party)
    if order.customer_reference is not None:
        _text(_add(info, "CUSTOMER_ORDER_REFERENCE"), "ORDER_ID", order.customer_reference)
    references = _add(info, "ORDER_PARTIES_REFERENCE")
    for role, name in ((Role.BUYER, "bme:BUYER_IDREF"), (Role.SUPPLIER, "bme:SUPPLIER_IDREF")):
        party_there = order.party(role)
        if party_there is None:
            raise Unreadable(f"has no {role}; an order names one")
        _numbered(references, name, party_there)
    if (delivery := order.party(Role.DELIVERY)) is not None:
        _numbered(_add(references, "SHIPMENT_PARTIES_REFERENCE"), "DELIVERY_IDREF", delivery)
    _text(info, "bme:CURRENCY", order.currency)
    _yes(info, "PARTIAL_SHIPMENT_ALLOWED", order.partial_shipment)
    _remarks(info, order.note)
    if order.uses_own_delivery_note is not None:
        _yes(_add(info, "HEADER_UDX"), "UDX.DROPSHIPMENT", order.uses_own_delivery_note)


def _item(item: etree._Element, line: Line) -> None:
    _text(item, "LINE_ITEM_ID", line.number)
    product = _add(item, "PRODUCT_ID")
    _text(product, "bme:SUPPLIER_PID", line.supplier_sku, BY_SUPPLIER)
    _text(product, "bme:INTERNATIONAL_PID", line.ean, "ean")
    _text(product, "bme:INTERNATIONAL_PID", line.itscope_id, "itscope")
    _text(product, "bme:BUYER_PID", line.buyer_sku)
    _text(product, "bme:DESCRIPTION_SHORT", line.description)
    _number(item, "QUANTITY", line.quantity)
    _text(item, "bme:ORDER_UNIT", line.unit)
    if line.price is not None:
        price = _add(item, "PRODUCT_PRICE_FIX")
        _number(price, "bme:PRICE_AMOUNT", line.price)
        _number(price, "bme:PRICE_QUANTITY", line.price_quantity)
    _number(item, "PRICE_LINE_AMOUNT", line.amount)
    _period(item, line.delivery)
    if line.quotation_number is not None or line.agreement is not None:
        sourcing = _add(item, "SOURCING_INFO")
        _text(sourcing, "QUOTATION_ID", line.quotation_number)
        if line.agreement is not None:
            _agreement(_add(sourcing, "AGREEMENT"), line.agreement)
    _remarks(item, line.note)


def _agreement(element: etree._Element, agreement: Agreement) -> None:
    _text(element, "bme:AGREEMENT_ID", agreement.number)
    _time(element, "bme:AGREEMENT_START_DATE", agreement.first)
    _time(element, "bme:AGREEMENT_END_DATE", agreement.last)
    _text(element, "AGREEMENT_DESCR", agreement.about)


def _party(element: etree._Element, party: Party) -> None:
    _numbered(element, "bme:PARTY_ID", party)
    _text(element, "PARTY_ROLE", party.role)
    if party.address is not None:
        _address(_add(element, "ADDRESS"), party.address)


def _address(element: etree._Element, address: Address) -> None:
    _text(element, "bme:NAME", address.name)
    _text(element, "bme:NAME2", address.name2)
    _text(element, "bme:NAME3", address.name3)
    # Only who has a name can be reached by telephone.
    reached = element
    if address.contact is not None:
        reached = _add(element, "CONTACT_DETAILS")
        _text(reached, "bme:CONTACT_NAME", address.contact)
        _text(reached, "bme:PHONE", address.phone, "office")
        if address.email is not None:
            _text(_add(reached, "bme:EMAILS"), "bme:EMAIL", address.email)
    _text(element, "bme:STREET", address.street)
    _text(element, "bme:ZIP", address.postal_code)
    _text(element, "bme:CITY", address.city)
    _text(element, "bme:STATE", address.region)
    _text(element, "bme:COUNTRY_CODED", address.country_code)
    if reached is element:
        _text(element, "bme:PHONE", address.phone, "office")
        _text(element, "bme:EMAIL", address.email)


def _numbered(element: etree._Element, name: str, party: Party) -> None:
    _text(element, name, party.number, party.numbered_by)


def _period(element: etree._Element, period: Period | None) -> None:
    if period is not None:
        date = _add(element, "DELIVERY_DATE")
        date.set("type", "fixed" if period.is_fixed else "optional")
        _time(date, "DELIVERY_START_DATE", period.first)
        _time(date, "DELIVERY_END_DATE", period.last)


def _remarks(element: etree._Element, note: str | None) -> None:
    _text(element, "REMARKS", note, "general")


def _add(element: etree._Element, name: str) -> etree._Element:
    namespace, local = (BMECAT, name[4:]) if name.startswith("bme:") else (NAMESPACE, name)
    return etree.SubElement(element, f"{{{namespace}}}{local}")


def _text(element: etree._Element, name: str, text: str | None, type_: str | None = None) -> None:
    if text is not None:
        added = _add(element, name)
        added.text = text
        if type_ is not None:
            added.set("type", type_)


def _number(element: etree._Element, name: str, number: Decimal | None) -> None:
    _text(element, name, None if number is None else f"{number:f}")


def _time(element: etree._Element, name: str, time: datetime | None) -> None:
    _text(element, name, None if time is None else time.isoformat(timespec="seconds"))


def _yes(element: etree._Element, name: str, value: bool | None) -> None:
    _text(element, name, None if value is None else str(value).lower())
