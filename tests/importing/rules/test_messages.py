"""Messages about what only the database can find out name the file's own columns, and characters that nobody sees."""

from typing import Any

import pytest

from tests.importing.rules.imports import Imports

PRODUCTS = {"product_id": "Nummer", "sku": "Artikel", "name": "Text"}
SALES = {
    "invoice_id": "Beleg",
    "line_no": "Pos",
    "invoice_date": {"constant": "2025-01-31"},
    "product_id": "Artikel",
    "quantity": {"constant": "1"},
    "unit_price": {"constant": "1"},
    "net_amount": {"constant": "1"},
    "currency": {"constant": "EUR"},
}
FAMILIES = {"family_id": "Nr", "name": "Text", "parent_family_id": "Über", "path": "Weg"}


def messages(imports: Imports) -> list[str]:
    return [message for (message,) in imports.entries("message")]


def test_rows_with_the_same_key(imports: Imports) -> None:
    imports("sales", 1, "Beleg,Pos,Artikel", "I1,1,", "I1,1,", columns=SALES)
    assert messages(imports)[0].startswith(
        "invoice_id (from Beleg), line_no (from Pos) I1, 1 occurs 2 times in the file"
    )


def test_a_key_that_is_made_of_several_columns(imports: Imports) -> None:
    columns = SALES | {"invoice_id": {"template": "{Jahr}-{Beleg}"}}
    imports("sales", 1, "Jahr,Beleg,Pos,Artikel", "25,I1,1,", "25,I1,1,", columns=columns)
    assert messages(imports)[0].startswith("invoice_id (from Jahr, Beleg), line_no (from Pos) 25-I1, 1 occurs")


@pytest.mark.parametrize("policy", ["wait", "reject"])
def test_an_unknown_reference_names_the_column_of_the_other_entity(imports: Imports, policy: str) -> None:
    imports("sales", 1, "Beleg,Pos,Artikel", "I1,1,A-1", columns=SALES, references={"product_id": policy})
    assert messages(imports)[0].startswith("There is no record of products with product_id A-1")


def test_an_identity_conflict_and_an_empty_cell_of_a_new_record(imports: Imports) -> None:
    imports("products", 1, "product_id,sku,name", "1,A-1,One")
    imports("products", 2, "Nummer,Artikel,Text", "2,A-1,Two", "3,A-3,", columns=PRODUCTS)
    conflict, empty = messages(imports)
    assert conflict.startswith("sku (from Artikel) A-1 already belongs to 1.")
    assert empty == "name (from Text) is empty. A row that creates a record needs it."


def test_a_name_that_several_have(imports: Imports) -> None:
    imports("customers", 1, "customer_id,name", "C1,Acme", "C2,Acme")
    imports("customers", 2, "Firma,Tel", "Acme,1", columns={"name": "Firma", "phone": "Tel"})
    assert messages(imports)[0].startswith("name (from Firma) Acme is that of 2 records (C1, C2)")


def test_a_hierarchy(imports: Imports) -> None:
    rows = ["F1,One,F9,", "F2,Two,,A > > B", "F3,Three,,Three", "F4,Three,,Three"]
    imports("brand_families", 1, "Nr,Text,Über,Weg", *rows, columns=FAMILIES)
    missing, level, *repeated = messages(imports)
    assert missing.startswith("There is no record F9 (from Über), neither in the file nor stored")
    assert level.startswith("path (from Weg): 'A > > B' has a level without a name")
    assert all(message.startswith("path (from Weg): 'Three' is also the path of") for message in repeated)


@pytest.mark.parametrize(("character", "shown"), [("\u00a0", "no-break space"), ("\u202f", "narrow no-break space")])
@pytest.mark.parametrize("policy", ["wait", "reject"])
def test_a_blank_that_is_not_the_usual_one_is_named(imports: Imports, character: str, shown: str, policy: str) -> None:
    options: dict[str, Any] = {"columns": SALES, "references": {"product_id": policy}}
    imports("sales", 1, "Beleg,Pos,Artikel", f"I{character}1,1,", f"I{character}1,1,", f"I2,1,A{character}1", **options)
    name = f"<U+{ord(character):04X} {shown}>"
    twice, _, unknown = sorted(messages(imports), key=lambda message: "There is" in message)
    assert f"I{name}1, 1 occurs 2 times" in twice
    assert f"product_id A{name}1" in unknown
