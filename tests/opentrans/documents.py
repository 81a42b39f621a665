"""Documents as suppliers send them, and orders that are written."""

from datetime import datetime
from decimal import Decimal

from wiseparts_pipeline.opentrans import Address, Document, Kind, Line, Party, Role

_HEAD = (
    '<{kind} xmlns="http://www.opentrans.org/XMLSchema/2.1" xmlns:b="http://www.bmecat.org/bmecat/2005" version="2.1">'
)
_PARTIES = """
<PARTIES>
  <PARTY><b:PARTY_ID type="supplier_specific">4711</b:PARTY_ID><PARTY_ROLE>buyer</PARTY_ROLE></PARTY>
  <PARTY><b:PARTY_ID>77</b:PARTY_ID><PARTY_ROLE>supplier</PARTY_ROLE></PARTY>
</PARTIES>"""
_ORDER_PARTIES = """
<ORDER_PARTIES_REFERENCE>
  <b:BUYER_IDREF>4711</b:BUYER_IDREF><b:SUPPLIER_IDREF>77</b:SUPPLIER_IDREF>
</ORDER_PARTIES_REFERENCE>"""
_SHIPMENT = "<SHIPMENT_PARTIES_REFERENCE><DELIVERY_IDREF>4711</DELIVERY_IDREF></SHIPMENT_PARTIES_REFERENCE>"
_REFERENCES = """
<ORDER_REFERENCE><ORDER_ID>WP-1</ORDER_ID><LINE_ITEM_ID>1</LINE_ITEM_ID></ORDER_REFERENCE>
<SUPPLIER_ORDER_REFERENCE>
  <SUPPLIER_ORDER_ID>S-9</SUPPLIER_ORDER_ID><SUPPLIER_ORDER_ITEM_ID>100</SUPPLIER_ORDER_ITEM_ID>
</SUPPLIER_ORDER_REFERENCE>"""
_PRICE = "<PRODUCT_PRICE_FIX><b:PRICE_AMOUNT>10.50</b:PRICE_AMOUNT></PRODUCT_PRICE_FIX>"
_AMOUNT = "<PRICE_LINE_AMOUNT>31.50</PRICE_LINE_AMOUNT>"
_DELIVERY = """
<DELIVERY_DATE type="fixed">
  <DELIVERY_START_DATE>2026-02-03</DELIVERY_START_DATE><DELIVERY_END_DATE>2026-02-05</DELIVERY_END_DATE>
</DELIVERY_DATE>"""


def order_response() -> bytes:
    """A confirmation with a day of delivery."""
    return _document(
        "ORDERRESPONSE",
        "<ORDER_ID>WP-1</ORDER_ID><ORDERRESPONSE_DATE>2026-01-31T11:31:21+01:00</ORDERRESPONSE_DATE>"
        f"<SUPPLIER_ORDER_ID>S-9</SUPPLIER_ORDER_ID>{_PARTIES}{_ORDER_PARTIES}<b:CURRENCY>EUR</b:CURRENCY>",
        f"{_PRICE}{_AMOUNT}{_DELIVERY}",
        "<TOTAL_ITEM_NUM>1</TOTAL_ITEM_NUM><TOTAL_AMOUNT>31.50</TOTAL_AMOUNT>",
    )


def dispatch_notification() -> bytes:
    """A dispatch note with a parcel's number and two serial numbers."""
    return _document(
        "DISPATCHNOTIFICATION",
        "<DISPATCHNOTIFICATION_ID>D-5</DISPATCHNOTIFICATION_ID>"
        f"<DISPATCHNOTIFICATION_DATE>2026-02-01</DISPATCHNOTIFICATION_DATE>{_PARTIES}"
        f"<b:SUPPLIER_IDREF>77</b:SUPPLIER_IDREF>{_SHIPMENT}<SHIPMENT_ID>1Z73</SHIPMENT_ID>"
        "<TRACKING_TRACING_URL>https://parcels.example/1Z73</TRACKING_TRACING_URL>"
        '<REMARKS type="delivererCode">Parcels Ltd</REMARKS>',
        f"{_REFERENCES}{_SHIPMENT}",
        "<TOTAL_ITEM_NUM>1</TOTAL_ITEM_NUM>",
        serial_numbers=("SN-1", "SN-2"),
    )


def invoice(total: str = "42.15") -> bytes:
    """An invoice with freight and tax."""
    return _document(
        "INVOICE",
        f"<INVOICE_ID>I-8</INVOICE_ID><INVOICE_DATE>2026-02-02</INVOICE_DATE>{_PARTIES}"
        "<INVOICE_ISSUER_IDREF>77</INVOICE_ISSUER_IDREF><INVOICE_RECIPIENT_IDREF>4711</INVOICE_RECIPIENT_IDREF>"
        "<b:CURRENCY>EUR</b:CURRENCY>",
        f"{_PRICE}{_AMOUNT}{_REFERENCES}",
        "<TOTAL_ITEM_NUM>1</TOTAL_ITEM_NUM><NET_VALUE_GOODS>31.50</NET_VALUE_GOODS>"
        f"<TOTAL_AMOUNT>{total}</TOTAL_AMOUNT><ALLOW_OR_CHARGES_FIX>"
        '<ALLOW_OR_CHARGE type="surcharge"><ALLOW_OR_CHARGE_TYPE>freight</ALLOW_OR_CHARGE_TYPE></ALLOW_OR_CHARGE>'
        "<ALLOW_OR_CHARGES_TOTAL_AMOUNT>3.92</ALLOW_OR_CHARGES_TOTAL_AMOUNT></ALLOW_OR_CHARGES_FIX>"
        "<TOTAL_TAX><TAX_DETAILS_FIX><TAX_AMOUNT>6.73</TAX_AMOUNT></TAX_DETAILS_FIX></TOTAL_TAX>",
    )


def credit_note() -> bytes:
    """The same, given back."""
    return invoice().replace(b"</INVOICE_DATE>", b"</INVOICE_DATE><INVOICE_TYPE>credit_memo</INVOICE_TYPE>")


def quotation() -> bytes:
    """A quotation that is valid until a day."""
    return _document(
        "QUOTATION",
        "<QUOTATION_ID>Q-3</QUOTATION_ID><QUOTATION_DATE>2026-01-30</QUOTATION_DATE>"
        f"<b:VALID_END_DATE>2026-02-28</b:VALID_END_DATE>{_PARTIES}{_ORDER_PARTIES}<b:CURRENCY>EUR</b:CURRENCY>",
        f"{_PRICE}{_AMOUNT}",
        "<TOTAL_ITEM_NUM>1</TOTAL_ITEM_NUM><TOTAL_AMOUNT>31.50</TOTAL_AMOUNT>",
    )


def order() -> Document:
    """A small order."""
    line = Line(
        "1", Decimal(3), "C62", supplier_sku="123002", itscope_id="6676919000", price=Decimal("10.5"),
        amount=Decimal("31.5"),
    )  # fmt: skip
    return Document(
        Kind.ORDER,
        "WP-1",
        datetime(2026, 1, 31, 8),
        [line],
        1,
        order_number="WP-1",
        currency="EUR",
        parties=[
            Party(Role.SUPPLIER, "77", "buyer_specific", Address(name="Supplier GmbH")),
            Party(Role.BUYER, "4711", "supplier_specific", Address(name="Wise Parts")),
        ],
        total_amount=Decimal("31.5"),
    )


def _document(kind: str, info: str, item: str, summary: str, *, serial_numbers: tuple[str, ...] = ()) -> bytes:
    serials = "".join(f"<SERIAL_NUMBER>{number}</SERIAL_NUMBER>" for number in serial_numbers)
    return f"""{_HEAD.format(kind=kind)}
<{kind}_HEADER><{kind}_INFO>{info}</{kind}_INFO></{kind}_HEADER>
<{kind}_ITEM_LIST><{kind}_ITEM>
<LINE_ITEM_ID>001</LINE_ITEM_ID>
<PRODUCT_ID>
  <b:SUPPLIER_PID type="supplier_specific">123002</b:SUPPLIER_PID>{serials}
  <b:INTERNATIONAL_PID type="EAN">0888462006781</b:INTERNATIONAL_PID>
  <b:DESCRIPTION_SHORT>
    Monitor, 24&quot;
  </b:DESCRIPTION_SHORT>
</PRODUCT_ID>
<QUANTITY>3.0</QUANTITY><b:ORDER_UNIT>C62</b:ORDER_UNIT>{item}
</{kind}_ITEM></{kind}_ITEM_LIST>
<{kind}_SUMMARY>{summary}</{kind}_SUMMARY>
</{kind}>""".encode()
