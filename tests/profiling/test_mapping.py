"""Which columns match, and which entity a file holds."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from tests.profiling.exports import BOOK
from tests.profiling.inspecting import inspected as of
from tests.profiling.inspecting import rules
from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.profiling.finding import Confidence
from wiseparts_pipeline.profiling.proposal.naming import NamePattern, find_pattern
from wiseparts_pipeline.profiling.terms import key, meanings


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Rechnungs-Nr.", "RECHNUNGSNUMMER"),
        ("Fälligkeit", "FAELLIGKEIT"),
        ("customerID", "customer_id"),
        ("N° facture", "Numéro de facture"),
        ("ΑΡΙΘΜΌΣ", "Αριθμος"),
        ("E-Mail", "email"),
    ],
)
def test_spellings_of_a_name_are_equivalent(one: str, other: str) -> None:
    assert key(one) == key(other)


@pytest.mark.parametrize("entity", ENTITIES)
def test_every_column_has_an_english_name_besides_its_own(entity: str) -> None:
    books = BOOK["entities"].get(entity, {}), BOOK["columns"]
    nameless = [name for name in ENTITIES[entity].column_names if not any("en" in book.get(name, {}) for book in books)]
    assert nameless == []


@pytest.mark.parametrize("entity", ENTITIES)
def test_every_value_of_a_closed_set_has_its_own_name_and_others(entity: str) -> None:
    for column in ENTITIES[entity].columns:
        if column.allowed:
            known = meanings(f"{entity}.{column.name}")
            assert set(known.values()) == set(column.allowed)
            assert len(known) > len(column.allowed)


def test_the_type_decides_if_the_name_does_not(tmp_path: Path) -> None:
    found = of(tmp_path, "Rechnungsnr;Rechnung;Menge;Preis;Betrag", "R1;24.12.2025;2;3,50;7,00", entity="sales")

    assert "invoice_date" not in {name for name, value in rules(found).items() if value == "Betrag"}
    assert rules(found)["invoice_id"] == "Rechnungsnr"


def test_a_column_is_matched_once_for_the_best_fit_overall(tmp_path: Path) -> None:
    found = of(tmp_path, "Artikelnummer,SKU,Bezeichnung,Beschreibung", "1,A-1,Pad,Long text", entity="products")

    assert rules(found) == {
        "product_id": "Artikelnummer",
        "sku": "SKU",
        "name": "Bezeichnung",
        "description": "Beschreibung",
    }


def test_names_similar_to_a_term_are_matched_as_likely(tmp_path: Path) -> None:
    found = of(tmp_path, "Kundenummer;Firmennahme", "1;Weber", entity="customers")

    assert rules(found)["name"] == "Firmennahme"
    assert found.proposal.rules["name"].confidence is Confidence.LIKELY


@pytest.mark.parametrize(
    ("entity", "header", "row"),
    [
        ("customers", "CardCode,CardName,LicTradNum,E_Mail,CreditLine", "C1,Weber,DE1,a@b.example,100"),
        ("products", "Handle,Title,Vendor,Variant SKU,Variant Price,Variant Barcode", "h,Pad,B,S1,2.50,4006381333931"),
        ("sales", "Document No.,Posting Date,Sell-to Customer No.,Item No.,Quantity,Unit Price,Line Amount",
         "R1,2025-01-31,C1,I1,2,3.50,7.00"),
        ("due_docs", "Document No.,Customer No.,Posting Date,Due Date,Original Amount,Remaining Amount",
         "R1,C1,2025-01-31,2025-02-28,7.00,7.00"),
        ("inventory", "ItemCode,WhsCode,OnHand,OnOrder", "I1,01,5,2"),
        ("orders", "order_id,date_order,partner_id,default_code,product_uom_qty,price_unit,price_subtotal,state",
         "S1,2025-01-31 10:00:00,7,I1,1,2.00,2.00,sale"),
        ("calls", "historyid,time-start,time-answered,time-end,reason-terminated,from-no,to-no",
         "1,2025-01-31 10:00:00,,2025-01-31 10:01:00,missed,101,202"),
        ("customers", "ΚΩΔΙΚΟΣ;ΟΝΟΜΑ;ΔΙΕΥΘΥΝΣΗ;ΤΚ;ΧΩΡΑ;ΠΕΡΙΟΧΗ;ΤΗΛΕΦΩΝΟ;ΚΙΝΗΤΟ;EMAIL;ΑΦΜ;ΕΠΩΝΥΜΙΑ",
         "1;Α;Ερμού 1;10563;GR;Αττική;2101234567;6901234567;a@b.example;094014201;ΑΦΟΙ"),
        ("products", "ΚΩΔΙΚΟΣ;ΠΕΡΙΓΡΑΦΗ1;ΠΕΡΙΓΡΑΦΗ2;ΦΠΑ;ΤΙΜΗ1;ΜΟΝΑΔΑ;ΚΑΤΗΓΟΡΙΑ", "1;Τακάκια;Εμπρός;24;12,50;ΣΕΤ;Φρένα"),
    ],
)  # fmt: skip
def test_well_known_systems_are_recognised_by_their_columns(tmp_path: Path, entity: str, header: str, row: str) -> None:
    found = of(tmp_path, header, row)

    assert found.entity.value == entity
    assert found.proposal.missing == []


def test_the_file_name_counts_and_the_next_best_entity_is_mentioned(tmp_path: Path) -> None:
    found = of(tmp_path, "Nummer;Name", "1;A", name="Kunden_20251231.csv")

    assert (found.entity.value, "next best" in found.entity.why) == ("customers", True)


def test_the_needed_columns_say_why_it_is_one_entity_and_not_the_next(tmp_path: Path) -> None:
    found = of(tmp_path, "invoice number,line,date,quantity,price,amount,currency", "1,1,2025-01-31,1,2,2,EUR")

    assert "it has invoice_id, line_no, invoice_date, quantity, unit_price" in found.entity.why
    assert "next best: orders, it has" in found.entity.why
    assert "lacks order_id" in found.entity.why


def test_a_folder_that_is_called_otherwise_raises_doubt(tmp_path: Path) -> None:
    (tmp_path / "Branches").mkdir()

    found = of(tmp_path / "Branches", "customer number,name", "1,A", "2,B", name="customers.csv")

    assert (found.entity.value, found.entity.confidence) == ("customers", Confidence.LIKELY)


def test_a_sign_before_a_code_makes_it_another_one(tmp_path: Path) -> None:
    found = of(tmp_path, "product number,name,active", "1,A,1", "2,B,0", entity="products")

    assert rules(found)["status"] == {"from": "active", "map": {"1": "active", "0": "discontinued"}}


def test_a_status_that_two_columns_tell_is_not_sure(tmp_path: Path) -> None:
    found = of(tmp_path, "order number,financial status,fulfillment status", "1,paid,fulfilled", entity="orders")

    assert found.proposal.rules["status"].confidence is Confidence.LIKELY


def test_a_field_of_a_record_is_known_by_its_own_name(tmp_path: Path) -> None:
    found = of(tmp_path, "Order Reference,Order Lines/SKU,Order Lines/Quantity", "1,A,2", entity="orders")

    assert {"sku": "Order Lines/SKU", "quantity": "Order Lines/Quantity"}.items() <= rules(found).items()


def test_the_second_line_of_an_address_belongs_to_the_street(tmp_path: Path) -> None:
    found = of(tmp_path, "customer number,name,address 1,address 2", "1,A,Main 5,Gate B", "2,B,Side 1,")

    assert rules(found)["street"] == {"template": "{address 1}, {address 2?}", "extract": "^(.*?),? *$"}


@pytest.mark.parametrize(
    ("cell", "form"),
    [("00:03:20", {"from": "talk time", "format": "%H:%M:%S"}), ("03:20", {"from": "talk time", "format": "%M:%S"})],
)
def test_durations_are_seconds(tmp_path: Path, cell: str, form: dict[str, str]) -> None:
    found = of(tmp_path, "call id,start,talk time", f"1,2025-01-31 10:00:00,{cell}", entity="calls")

    assert rules(found)["talk_seconds"] == form


def test_days_among_words_are_extracted(tmp_path: Path) -> None:
    found = of(tmp_path, "customer number,name,payment terms", "1,A,Net 30", "2,B,Prepaid", "3,C,60 days net")

    assert rules(found)["payment_terms_days"] == {"from": "payment terms", "extract": r"\D*\b(\d{1,3})\b\D*"}
    assert found.trial.rejected == 0


def test_counted_days_are_dates_where_the_column_is_called_so(tmp_path: Path) -> None:
    found = of(tmp_path, "invoice number,date,quantity,price", "1,46037,46037,2.50", entity="sales")

    assert rules(found)["invoice_date"] == {"from": "date", "format": "excel"}
    assert found.proposal.rules["invoice_date"].confidence is Confidence.LIKELY
    assert rules(found)["quantity"] == "quantity"


def test_two_digit_years_of_days_that_have_been_begin_a_hundred_years_ago(tmp_path: Path) -> None:
    lines = ("customer number,name,customer since", "1,A,12/03/58", "2,B,31/12/40")

    found = of(tmp_path, *lines)

    assert found.facts["two_digit_years_from"].value == datetime.now(UTC).year - 99
    assert found.trial.rejected == 0


def test_values_of_a_closed_set_are_mapped_except_rare_errors(tmp_path: Path) -> None:
    lines = [f"R{number};{'Gutschrift' if number % 5 == 0 else 'Rechnung'}" for number in range(100)]

    found = of(tmp_path, "Belegnr;Belegart", *lines, "R100;Probe", entity="sales")

    assert rules(found)["document_type"] == {
        "from": "Belegart",
        "map": {"Gutschrift": "credit_note", "Rechnung": "invoice"},
    }
    assert "Probe" in " ".join(found.notes)


def test_a_common_unknown_value_is_mapped_as_a_guess(tmp_path: Path) -> None:
    found = of(tmp_path, "quote number,stage", "1,Won", "2,Lost", "3,Zweitgespräch", entity="quotes")

    assert rules(found)["status"] == {
        "from": "stage",
        "map": {"Won": "won", "Lost": "lost", "Zweitgespräch": "open"},
    }
    assert found.proposal.rules["status"].confidence is Confidence.GUESS


def test_lines_without_a_number_are_numbered_within_their_document(tmp_path: Path) -> None:
    header = "invoice number,date,quantity,price"

    several = of(tmp_path, header, "1,2025-01-31,1,2.50", "1,2025-01-31,2,3.50", entity="sales")
    one_each = of(tmp_path, header, "1,2025-01-31,1,2.50", "2,2025-01-31,2,3.50", entity="sales")

    assert rules(several)["line_no"] == {"sequence_within": "invoice_id"}
    assert rules(one_each)["line_no"] == {"constant": 1}
    assert rules(several)["net_amount"] == {"expression": "quantity * unit_price"}


def test_a_repeated_key_is_noted(tmp_path: Path) -> None:
    found = of(tmp_path, "customer number,name", "1,A", "1,B", entity="customers")

    assert "1 of 2 rows repeat the customer_id" in " ".join(found.notes)


def test_the_currency_is_taken_from_the_sign_next_to_an_amount(tmp_path: Path) -> None:
    found = of(tmp_path, "invoice number,date,quantity,price", "1,2025-01-31,1,£2.50", entity="sales")

    assert rules(found)["currency"] == {"constant": "GBP"}
    assert rules(found)["unit_price"] == "price"
    assert found.rejected_rows == 0


def test_columns_on_the_first_line_of_an_order_are_filled_down(tmp_path: Path) -> None:
    header = "Name,Email,Financial Status,Fulfillment Status,Currency,Shipping,Created at,"
    header += "Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku"
    first = "#1001,a@b.example,paid,fulfilled,EUR,5.00,2026-01-05 10:00:00 +0200,1,Pad,10.00,S1"

    found = of(tmp_path, header, first, "#1001,,,,,,,2,Disc,20.00,S2", name="orders_export.csv")

    assert rules(found)["order_id"] == "Name"
    assert found.proposal.fill_down
    assert found.proposal.fill_down.value == {
        "within": "order_id",
        "columns": ["placed_at", "status", "currency", "email"],
    }
    assert found.rejected_rows == 0


def test_a_missing_needed_column_is_a_comment_and_the_yaml_can_be_loaded(tmp_path: Path) -> None:
    found = of(tmp_path, "address id,street", "1,Main 5", entity="addresses")

    assert found.proposal.missing == ["customer_id"]
    assert "# customer_id: missing, and every row needs it." in found.yaml
    assert yaml.safe_load(found.yaml)["attributes"]["entity"] == "addresses"


def test_a_header_with_a_repeated_name_is_replaced_by_distinct_names(tmp_path: Path) -> None:
    found = of(tmp_path, "customer number,name,phone,phone", "1,A,2101,2102", "2,B,2103,2104", entity="customers")

    assert yaml.safe_load(found.yaml)["attributes"]["file"] == {
        "header": False,
        "names": ["customer number", "name", "phone", "phone_2"],
        "skip_lines": 1,
    }
    assert found.sampled == 2


@pytest.mark.parametrize(
    ("name", "pattern", "date_format"),
    [
        ("SALES_18_09_2024.csv", "SALES_{date}.csv", "%d_%m_%Y"),
        ("2011-01-31.csv", "{date}.csv", "%Y-%m-%d"),
        ("stock20250131.txt.gz", "stock{date}.txt", "%Y%m%d"),
        ("orders_20250131_1530.csv", "orders_{date}*.csv", "%Y%m%d"),
        ("orders_20250131153000.csv", "orders_{date}*.csv", "%Y%m%d"),
        ("export_000123.csv", "export_*.csv", None),
        ("kunden.csv", "kunden.csv", None),
        ("a[1].csv", "a[[]1].csv", None),
    ],
)
def test_the_pattern_of_a_name_has_its_date(tmp_path: Path, name: str, pattern: str, date_format: str | None) -> None:
    assert find_pattern(tmp_path / name).value == NamePattern(pattern, date_format)


def test_other_files_in_the_folder_distinguish_day_and_month(tmp_path: Path) -> None:
    path = tmp_path / "SALES_01_02_2025.csv"
    assert find_pattern(path).confidence is Confidence.GUESS

    (tmp_path / "SALES_01_31_2025.csv").touch()

    assert find_pattern(path).value.date_format == "%m_%d_%Y"
