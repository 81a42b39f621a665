"""`wiseparts inspect`."""

import json

import pytest
import yaml

from tests.installation import Installation

LINES = ("Kundennummer;Firma;Ort", "00123;Müller & Söhne;Köln", "00124;Jäger;Großenhain")


def test_the_report_shows_what_was_found_and_the_yaml(installation: Installation) -> None:
    path = installation.put("Customers/kunden_31_12_2025.csv", *LINES)

    done = installation.run("inspect", path)

    assert (done.status, done.err) == (0, "")
    assert "2 rows read" in done.out
    assert "all of it is valid UTF-8" in done.out
    assert "Without a value: " in done.out
    assert "None of these rows would be rejected" in done.out
    assert "kunden_{date}.csv" in done.out


def test_the_proposed_importer_imports_the_file(installation: Installation) -> None:
    path = installation.put("Customers/kunden_31_12_2025.csv", *LINES)
    proposed = json.loads(installation.run("inspect", path, "--json").out)["yaml"]

    definition = installation.folder / "defs" / "customers" / "defs.yaml"
    definition.write_text(proposed, encoding="utf-8")

    assert yaml.safe_load(proposed)["attributes"]["source"] == "drop"
    assert installation.run("import", "customers").status == 0


def test_json_has_the_findings_the_columns_and_the_yaml(installation: Installation) -> None:
    path = installation.folder / "Rechnungen.csv"
    path.write_text("Rechnungsnr;Datum;Menge;Preis\nR1;31.12.2025;2;3,50\n", encoding="cp1252")

    found = json.loads(installation.run("inspect", path, "--json").out)

    assert {
        name: found[name] for name in ("encoding", "delimiter", "entity", "decimal", "date_formats", "missing")
    } == {
        "encoding": "utf-8",
        "delimiter": ";",
        "entity": "sales",
        "decimal": ",",
        "date_formats": ["%d.%m.%Y"],
        "missing": [],
    }
    assert [(column["name"], column["type"], column["to"]) for column in found["columns"]] == [
        ("Rechnungsnr", "text", ["invoice_id"]),
        ("Datum", "date", ["invoice_date"]),
        ("Menge", "int", ["quantity"]),
        ("Preis", "number", ["unit_price"]),
    ]
    assert found["mapping"]["currency"]["confidence"] == "guess"
    assert "currency: {constant: EUR}  # guess:" in found["yaml"]


def test_with_several_sources_the_yaml_has_a_placeholder(installation: Installation) -> None:
    installation.source("second", protocol="local", root=str(installation.drop))
    path = installation.put("Customers/kunden.csv", *LINES)

    done = installation.run("inspect", path)

    assert "source: SOURCE  # replace it" in done.out
    assert "Replace SOURCE with the name of the FileSource" in done.out


def test_the_entity_can_be_given(installation: Installation) -> None:
    path = installation.put("Customers/list.csv", "number;name", "1;A", "2;B")

    done = installation.run("inspect", path, "--entity", "collections", "--json")

    assert json.loads(done.out)["entity"] == "collections"


def test_the_message_about_an_unknown_entity_lists_all_entities(installation: Installation) -> None:
    done = installation.run("inspect", installation.put("Customers/list.csv", "a;b"), "--entity", "clients")

    assert done.status == 2
    assert "'clients' is unknown; there are: sales_reps, customers, customer_branches" in done.err


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("missing.csv", None, "there is no such file"),
        ("empty.csv", b"", "is empty"),
        ("bill.pdf", b"%PDF-1.7", "is a PDF file"),
        ("old.xls", b"\xd0\xcf\x11\xe0\xa1", "save it as xlsx or CSV"),
        ("broken.csv.gz", b"\x1f\x8b\x08\x00broken", "the archive cannot be read"),
        ("list.json", b'[{"a": 1}]', "one object per line"),
        ("page.html", b"<html><body>x</body></html>", "no element repeats"),
    ],
)
def test_a_file_that_is_not_a_table_is_a_usage_error_with_the_reason(
    installation: Installation, name: str, content: bytes | None, message: str
) -> None:
    path = installation.folder / name
    if content is not None:
        path.write_bytes(content)

    done = installation.run("inspect", path)

    assert (done.status, done.out) == (2, "")
    assert message in done.err


def test_a_folder_is_a_usage_error(installation: Installation) -> None:
    done = installation.run("inspect", installation.drop)

    assert (done.status, "is a folder" in done.err) == (2, True)
