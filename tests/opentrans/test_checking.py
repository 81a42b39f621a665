"""Documents are checked against the schema, and nothing else is done with what is in them."""

import pytest

from tests.opentrans import documents
from wiseparts_pipeline.opentrans import MOST_BYTES, Unreadable, parse, schema_faults

INVOICE = documents.invoice()


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        (b"<QUANTITY>3.0<", b"<QUANTITY>3,0<", "line 16, QUANTITY: '3,0' is not a valid value of"),
        (b">C62<", b">STK<", "ORDER_UNIT: The value 'STK' is not an element of the set '04', '05', '08', '10', '11',"),
        (b">2026-02-02<", b">02.02.2026<", "INVOICE_DATE: The value '02.02.2026' is no day or time like 2026-01-31 or"),
        (b"<INVOICE_ID>I-8</INVOICE_ID>", b"", "INVOICE_DATE: This element is not expected; expected is INVOICE_ID"),
        (b' version="2.1"', b"", "line 1, INVOICE: The attribute 'version' is required but missing"),
        (b"http://www.opentrans.org/XMLSchema/2.1", b"urn:other", "INVOICE: is not the root of an openTRANS 2.1"),
    ],
)
def test_a_fault_names_line_and_element_and_what_was_expected(right: bytes, wrong: bytes, told: str) -> None:
    faults = [str(fault) for fault in schema_faults(parse(INVOICE.replace(right, wrong, 1)))]

    assert len(faults) == 1
    assert told in faults[0]
    assert "{http" not in faults[0]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is no XML that can be read"),
        (b"%PDF-1.7", "is no XML that can be read"),
        (b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><ORDER>&e;</ORDER>', "has a DOCTYPE"),
        (b" " * (MOST_BYTES + 1), "has more than 32 MB"),
    ],
    ids=["empty", "a PDF", "entities", "huge"],
)
def test_what_is_no_document_is_not_looked_into(content: bytes, told: str) -> None:
    with pytest.raises(Unreadable, match=told):
        parse(content)


def test_entities_are_never_resolved() -> None:
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 9))
    bomb = f'<!DOCTYPE x [<!ENTITY e0 "0123456789">{levels}]><ORDER a="&e8;">&e8;</ORDER>'

    with pytest.raises(Unreadable):
        parse(bomb.encode())
