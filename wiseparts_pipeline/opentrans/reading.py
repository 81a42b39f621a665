"""Reads documents: tolerant, as what others send is not always as the schema wants it."""

import re
from datetime import datetime
from decimal import Decimal

from lxml import etree

from wiseparts_pipeline.opentrans.checking import BMECAT, NAMESPACE, Unreadable
from wiseparts_pipeline.opentrans.documents import Address, Agreement, Document, Kind, Line, Party, Period

_NAMES = {"o": NAMESPACE, "b": BMECAT}
# Charges are floats in the schema.
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,2})?", re.ASCII)
# By kind, the element with its own number and the day that it was issued.
_OWN = {
    Kind.QUOTATION: ("QUOTATION_ID", "QUOTATION_DATE"),
    Kind.ORDER: ("ORDER_ID", "ORDER_DATE"),
    Kind.ORDERRESPONSE: ("ORDER_ID", "ORDERRESPONSE_DATE"),
    Kind.DISPATCHNOTIFICATION: ("DISPATCHNOTIFICATION_ID", "DISPATCHNOTIFICATION_DATE"),
    Kind.INVOICE: ("INVOICE_ID", "INVOICE_DATE"),
}


def read(root: etree._Element) -> Document:
    """What a document says. Raises Unreadable for one of a kind that is not read.

    What is no number or no time is left out; the schema's faults tell of it.
    """
    name = etree.QName(root).localname
    if etree.QName(root).namespace != NAMESPACE or name not in list(Kind):
        raise Unreadable(f"is {name}, which is not read; read are {', '.join(Kind)} of openTRANS 2.1")
    kind = Kind(name)
    info = _first(root, f"o:{kind}_HEADER/o:{kind}_INFO")
    if info is None:
        raise Unreadable(f"has no {kind}_INFO, so that nothing of it is known")
    summary = _first(root, f"o:{kind}_SUMMARY")
    lines = [_line(each) for each in _all(root, f"o:{kind}_ITEM_LIST/o:{kind}_ITEM")]
    own, issued = _OWN[kind]
    history = _first(root, f"o:{kind}_HEADER/o:ORDER_HISTORY")
    is_order = kind in (Kind.ORDER, Kind.ORDERRESPONSE)
    orders = {line.order_number for line in lines} - {None}
    suppliers = {line.supplier_order_number for line in lines} - {None}
    return Document(
        kind=kind,
        number=_text(info, f"o:{own}"),
        issued_at=_time(info, f"o:{issued}"),
        lines=lines,
        item_count=_count(summary, "o:TOTAL_ITEM_NUM"),
        invoice_type=_text(info, "o:INVOICE_TYPE"),
        order_number=_text(info if is_order else history, "o:ORDER_ID") or (orders.pop() if len(orders) == 1 else None),
        supplier_order_number=_text(info if is_order else history, "o:SUPPLIER_ORDER_ID")
        or (suppliers.pop() if len(suppliers) == 1 else None),
        customer_reference=_text(info, "o:CUSTOMER_ORDER_REFERENCE/o:ORDER_ID"),
        currency=_text(info, "b:CURRENCY"),
        parties=[_party(each) for each in _all(info, "o:PARTIES/o:PARTY")],
        delivery=_period(info),
        valid_until=_time(info, "b:VALID_END_DATE"),
        partial_shipment=_yes(info, "o:PARTIAL_SHIPMENT_ALLOWED"),
        uses_own_delivery_note=_yes(info, "o:HEADER_UDX/o:UDX.DROPSHIPMENT"),
        net_amount=_decimal(summary, "o:NET_VALUE_GOODS"),
        charges_amount=_charges(summary),
        tax_amount=_sum(summary, "o:TOTAL_TAX/o:TAX_DETAILS_FIX/o:TAX_AMOUNT"),
        total_amount=_decimal(summary, "o:TOTAL_AMOUNT"),
        shipment_number=_text(info, "o:SHIPMENT_ID"),
        tracking_url=_text(info, "o:TRACKING_TRACING_URL"),
        carrier=_text(info, "o:REMARKS[@type='delivererCode']"),
        note=_text(info, "o:REMARKS[not(@type) or @type='general']"),
    )


def _line(item: etree._Element) -> Line:
    product = _first(item, "o:PRODUCT_ID")
    price = _first(item, "o:PRODUCT_PRICE_FIX")
    sourcing = _first(item, "o:SOURCING_INFO")
    agreement = _first(item, "o:AGREEMENT") if sourcing is None else _first(sourcing, "o:AGREEMENT")
    return Line(
        number=_text(item, "o:LINE_ITEM_ID") or "",
        quantity=_decimal(item, "o:QUANTITY"),
        unit=_text(item, "b:ORDER_UNIT"),
        supplier_sku=_text(product, "b:SUPPLIER_PID"),
        ean=_international(product, "ean") or _international(product, "gtin"),
        itscope_id=_international(product, "itscope"),
        buyer_sku=_text(product, "b:BUYER_PID"),
        description=_text(product, "b:DESCRIPTION_SHORT"),
        price=_decimal(price, "b:PRICE_AMOUNT"),
        price_quantity=_decimal(price, "b:PRICE_QUANTITY"),
        amount=_decimal(item, "o:PRICE_LINE_AMOUNT"),
        has_charges=price is not None and _first(price, "o:ALLOW_OR_CHARGES_FIX") is not None,
        delivery=_period(item),
        quotation_number=_text(sourcing, "o:QUOTATION_ID"),
        agreement=None if agreement is None else _agreement(agreement),
        order_number=_text(item, "o:ORDER_REFERENCE/o:ORDER_ID"),
        order_line=_text(item, "o:ORDER_REFERENCE/o:LINE_ITEM_ID"),
        supplier_order_number=_text(item, "o:SUPPLIER_ORDER_REFERENCE/o:SUPPLIER_ORDER_ID"),
        serial_numbers=tuple(filter(None, (_content(each) for each in _all(product, "o:SERIAL_NUMBER")))),
        note=_text(item, "o:REMARKS[not(@type) or @type='general']"),
    )


def _party(party: etree._Element) -> Party:
    number = _first(party, "b:PARTY_ID")
    address = _first(party, "o:ADDRESS")
    return Party(
        role=_text(party, "o:PARTY_ROLE"),
        number=_text(party, "b:PARTY_ID") or "",
        numbered_by=None if number is None else number.get("type"),
        address=None if address is None else _address(address),
    )


def _address(address: etree._Element) -> Address:
    def of(*paths: str) -> str | None:
        return next(filter(None, (_text(address, path) for path in paths)), None)

    names = (of("o:CONTACT_DETAILS/b:FIRST_NAME"), of("o:CONTACT_DETAILS/b:CONTACT_NAME"))
    return Address(
        name=of("b:NAME"),
        name2=of("b:NAME2"),
        name3=of("b:NAME3"),
        contact=" ".join(filter(None, names)) or None,
        street=of("b:STREET"),
        postal_code=of("b:ZIP"),
        city=of("b:CITY"),
        region=of("b:STATE"),
        country_code=of("b:COUNTRY_CODED"),
        phone=of("o:CONTACT_DETAILS/b:PHONE", "b:PHONE"),
        email=of("o:CONTACT_DETAILS/b:EMAILS/b:EMAIL", "b:EMAIL"),
    )


def _agreement(agreement: etree._Element) -> Agreement:
    return Agreement(
        number=_text(agreement, "b:AGREEMENT_ID") or "",
        last=_time(agreement, "b:AGREEMENT_END_DATE"),
        first=_time(agreement, "b:AGREEMENT_START_DATE"),
        about=_text(agreement, "o:AGREEMENT_DESCR"),
    )


def _period(element: etree._Element) -> Period | None:
    date = _first(element, "o:DELIVERY_DATE")
    if date is None:
        return None
    first, last = _time(date, "o:DELIVERY_START_DATE"), _time(date, "o:DELIVERY_END_DATE")
    return Period(first, last, is_fixed=date.get("type", "fixed") == "fixed")


def _charges(summary: etree._Element | None) -> Decimal | None:
    """What is charged beside the goods: extra items, and surcharges less allowances."""
    extra = _decimal(summary, "o:NET_VALUE_EXTRA")
    charges = _decimal(summary, "o:ALLOW_OR_CHARGES_FIX/o:ALLOW_OR_CHARGES_TOTAL_AMOUNT")
    given = [amount for amount in (extra, charges) if amount is not None]
    return sum(given, Decimal()) if given else None


def _international(product: etree._Element | None, type_: str) -> str | None:
    """The product's number of a type, whose case differs from sender to sender."""
    for each in _all(product, "b:INTERNATIONAL_PID"):
        if each.get("type", "").lower() == type_:
            return _content(each)
    return None


def _all(element: etree._Element | None, path: str) -> list[etree._Element]:
    found = [] if element is None else element.xpath(path, namespaces=_NAMES)
    return [each for each in found if isinstance(each, etree._Element)] if isinstance(found, list) else []


def _first(element: etree._Element | None, path: str) -> etree._Element | None:
    return next(iter(_all(element, path)), None)


def _content(element: etree._Element) -> str | None:
    return (element.text or "").strip() or None


def _text(element: etree._Element | None, path: str) -> str | None:
    found = _first(element, path)
    return None if found is None else _content(found)


def _sum(element: etree._Element | None, path: str) -> Decimal | None:
    values = [_number(_content(each)) for each in _all(element, path)]
    given = [value for value in values if value is not None]
    return sum(given, Decimal()) if given else None


def _decimal(element: etree._Element | None, path: str) -> Decimal | None:
    return _number(_text(element, path))


def _number(text: str | None) -> Decimal | None:
    return Decimal(text) if text is not None and _NUMBER.fullmatch(text) else None


def _count(element: etree._Element | None, path: str) -> int | None:
    number = _decimal(element, path)
    return int(number) if number is not None and number == number.to_integral_value() else None


def _yes(element: etree._Element | None, path: str) -> bool | None:
    text = (_text(element, path) or "").lower()
    return {"true": True, "false": False}.get(text)


def _time(element: etree._Element | None, path: str) -> datetime | None:
    """A day is its beginning; of a month or year nobody knows which day is meant."""
    text = _text(element, path)
    try:
        return None if text is None else datetime.fromisoformat(text)
    except ValueError:
        return None
