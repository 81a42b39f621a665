"""Every order that is written is as the schema wants it, and is read back equal."""

import string
from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.opentrans import documents
from wiseparts_pipeline.opentrans import (
    Address,
    Agreement,
    Document,
    Kind,
    Line,
    Party,
    Period,
    Role,
    Unreadable,
    parse,
    read,
    schema_faults,
    write_order,
)

# Whatever XML can carry: no control characters, no halves of pairs; without spaces at the ends, as they are read.
CHARACTERS = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff")


def texts(most: int) -> st.SearchStrategy[str]:
    return st.text(CHARACTERS, min_size=1, max_size=most).map(str.strip).filter(bool)


def maybe(strategy: st.SearchStrategy[str]) -> st.SearchStrategy[str | None]:
    return st.none() | strategy


NUMBERS = st.decimals(min_value=0, max_value=10**9, places=4, allow_nan=False, allow_infinity=False)
TIMES = st.datetimes(datetime(1000, 1, 1), datetime(9999, 12, 31)).map(lambda time: time.replace(microsecond=0))
COUNTRIES = st.sampled_from(["DE", "AT", "GR"])
ADDRESSES = st.builds(
    Address,
    *(maybe(texts(50)) for _ in range(5)),
    postal_code=maybe(texts(20)),
    city=maybe(texts(50)),
    region=maybe(texts(50)),
    country_code=maybe(COUNTRIES),
    phone=maybe(texts(50)),
    email=maybe(texts(255)),
)
PERIODS = st.builds(Period, TIMES, TIMES, st.booleans())
AGREEMENTS = st.builds(Agreement, texts(50), TIMES, st.none() | TIMES, maybe(texts(250)))
LINES = st.builds(
    Line,
    number=texts(50),
    quantity=NUMBERS,
    unit=st.sampled_from(["C62", "MTR", "KGM"]),
    supplier_sku=texts(32),
    ean=maybe(st.text(string.digits, min_size=8, max_size=14)),
    itscope_id=maybe(texts(100)),
    buyer_sku=maybe(texts(50)),
    description=maybe(texts(150)),
    price=NUMBERS,
    price_quantity=st.none() | NUMBERS.filter(bool),
    amount=NUMBERS,
    delivery=st.none() | PERIODS,
    quotation_number=maybe(texts(250)),
    agreement=st.none() | AGREEMENTS,
    note=maybe(texts(200)),
)


def parties(role: Role, numbered_by: str) -> st.SearchStrategy[Party]:
    return st.builds(Party, st.just(role.value), texts(46), st.just(numbered_by), st.none() | ADDRESSES)


@st.composite
def orders(draw: st.DrawFn) -> Document:
    lines = draw(st.lists(LINES, min_size=1, max_size=3))
    number = draw(texts(18))
    both = (parties(Role.SUPPLIER, "buyer_specific"), parties(Role.BUYER, "supplier_specific"))
    delivery = st.lists(parties(Role.DELIVERY, "supplier_specific"), max_size=1)
    return Document(
        Kind.ORDER,
        number,
        draw(TIMES),
        lines,
        len(lines),
        order_number=number,
        customer_reference=draw(maybe(texts(50))),
        currency=draw(st.sampled_from(["EUR", "CHF"])),
        parties=[*(draw(each) for each in both), *draw(delivery)],
        delivery=draw(st.none() | PERIODS),
        partial_shipment=draw(st.none() | st.booleans()),
        uses_own_delivery_note=draw(st.none() | st.booleans()),
        total_amount=sum((line.amount or Decimal() for line in lines), Decimal()),
        note=draw(maybe(texts(200))),
    )


@settings(max_examples=50, deadline=None)
@given(orders())
def test_every_order_is_valid_and_read_back_equal(order: Document) -> None:
    root = parse(write_order(order, generator="Wise Parts"))

    assert schema_faults(root) == []
    assert read(root) == order


def test_a_character_that_xml_does_not_have_is_told() -> None:
    order = documents.order()
    named = Address(name="Wise\x00Parts")
    parties = [Party(party.role, party.number, party.numbered_by, named) for party in order.parties]

    with pytest.raises(Unreadable, match="cannot be written as XML"):
        write_order(Document(Kind.ORDER, "1", order.issued_at, order.lines, 1, parties=parties), generator="")


def test_an_order_names_supplier_and_buyer() -> None:
    order = documents.order()

    with pytest.raises(Unreadable, match="has no supplier; an order names one"):
        write_order(Document(Kind.ORDER, "1", order.issued_at, order.lines, 1, parties=order.parties[1:]), generator="")
