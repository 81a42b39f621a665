"""What people run into when they send files, from the SFTP server to the command line and back."""

import csv
import io

from tests.stories.conftest import Administrator, Sender

PRODUCTS = "product_id,sku,name"
STOCK = "sku,quantity_available"


def test_stock_that_arrives_before_its_products_is_deferred_and_loaded_automatically(
    sender: Sender, administrator: Administrator
) -> None:
    sender.upload("Inventory/INVENTORY_18_09_2024.csv", STOCK, "BP-1,24", "BP-2,7")
    (stock,) = administrator.imports(status=3)
    assert (stock["status"], stock["rows_read"], stock["rows_waiting"]) == ("imported_with_errors", 2, 2)
    assert sender.names("Inventory") == ["processed"]
    deferred = administrator.errors(stock)
    assert [(entry["value"], entry["code"], entry["status"]) for entry in deferred] == [
        ("BP-1", "unknown_reference", "waiting"),
        ("BP-2", "unknown_reference", "waiting"),
    ]
    assert "is loaded automatically when it arrives" in deferred[0]["message"]

    sender.upload("Products/PRODUCT_18_09_2024.csv", PRODUCTS, "P1,BP-1,Brake pad", "P2,BP-2,Brake disc")
    administrator.imports(status=0)
    stock = administrator.log("INVENTORY_18_09_2024.csv")
    assert (stock["status"], stock["rows_created"], stock["rows_waiting"]) == ("imported", 2, 0)
    assert administrator.stored("select sku, quantity_available::int from raw.inventory order by sku") == [
        ("BP-1", 24),
        ("BP-2", 7),
    ]


def test_a_product_with_the_sku_of_another_reference_id_is_reported_and_the_others_are_loaded(
    sender: Sender, administrator: Administrator
) -> None:
    sender.upload("Products/PRODUCT_18_09_2024.csv", PRODUCTS, "P1,BP-1,Brake pad", "P2,BP-2,Brake disc")
    administrator.imports()
    sender.upload("Products/PRODUCT_19_09_2024.csv", PRODUCTS, "P9,BP-1,Brake pad", "P2,BP-2,Disc", "P3,BP-3,Caliper")
    (file,) = administrator.imports(status=3)
    assert (file["rows_created"], file["rows_updated"], file["rows_rejected"]) == (1, 1, 1)
    (conflict,) = administrator.errors(file)
    assert (conflict["row_number"], conflict["key"], conflict["code"]) == (1, "P9", "identity_conflict")
    assert conflict["message"] == "sku BP-1 already belongs to P1. Correct one of the two."
    rows = list(csv.DictReader(io.StringIO(sender.download("Products/errors/PRODUCT_19_09_2024.csv.errors.csv"))))
    assert [(row["product_id"], row["_row"], row["_errors"]) for row in rows] == [
        ("P9", "1", f"identity_conflict: {conflict['message']}")
    ]
    assert administrator.stored("select product_id, name from raw.products order by 1") == [
        ("P1", "Brake pad"),
        ("P2", "Disc"),
        ("P3", "Caliper"),
    ]


def test_a_customer_without_ids_whose_name_exists_twice_never_becomes_a_third(
    sender: Sender, administrator: Administrator
) -> None:
    customers = ["C1,Garage Papadopoulos,Athens", "C2,Garage Papadopoulos,Patras", "C3,Autohaus Berg,Berlin"]
    sender.upload("Customers/CUSTOMER_18_09_2024.csv", "customer_id,name,city", *customers)
    administrator.imports()
    sender.upload("Customers/CUSTOMER_19_09_2024.csv", "name,phone", "Garage Papadopoulos,210 1", "Autohaus Berg,30 2")
    (file,) = administrator.imports(status=3)
    assert (file["rows_updated"], file["rows_rejected"]) == (1, 1)
    (entry,) = administrator.errors(file)
    assert entry["code"] == "ambiguous_match"
    assert "is that of 2 records (C1, C2). Give the customer_id of the one that is meant." in entry["message"]
    assert administrator.stored("select customer_id, phone from raw.customers order by 1") == [
        ("C1", None),
        ("C2", None),
        ("C3", "30 2"),
    ]


def test_categories_below_a_missing_parent_are_rejected_with_its_name_and_loaded_with_it(
    sender: Sender, administrator: Administrator
) -> None:
    chain = ["K3,Car parts > Brakes > Brake pads", "K4,Car parts > Brakes > Brake pads > Ceramic"]
    sender.upload("Categories/CATEGORY_18_09_2024.csv", "category_id,path", "K1,Car parts", *chain, "K9,Tools")
    (file,) = administrator.imports(status=3)
    assert (file["rows_created"], file["rows_rejected"]) == (2, 2)
    missing, below = administrator.errors(file)
    assert (missing["code"], below["code"]) == ("missing_parent", "missing_parent")
    assert "There is no record with the path 'Car parts > Brakes'" in missing["message"]
    assert "Its parent, K3 in row 2, is rejected" in below["message"]

    sender.upload("Categories/CATEGORY_19_09_2024.csv", "category_id,path", "K2,Car parts > Brakes", *chain)
    (file,) = administrator.imports()
    assert file["rows_created"] == 3
    assert administrator.stored("select category_id, parent_category_id from raw.categories order by 1") == [
        ("K1", None),
        ("K2", "K1"),
        ("K3", "K2"),
        ("K4", "K3"),
        ("K9", None),
    ]


def test_check_reports_a_file_with_the_wrong_name_in_the_right_folder(
    sender: Sender, administrator: Administrator
) -> None:
    sender.upload("Products/PRODUCTS-2024-09-18.csv", PRODUCTS, "P1,BP-1,Brake pad")
    assert administrator.imports() == []
    checked = administrator.run("check")
    assert checked.status == 3
    assert "PRODUCTS-2024-09-18.csv" in checked.out
    assert "PRODUCT_{date}.csv" in checked.out

    sender.sftp.rename(
        f"{sender.root}/Products/PRODUCTS-2024-09-18.csv", f"{sender.root}/Products/PRODUCT_18_09_2024.csv"
    )
    assert [file["rows_created"] for file in administrator.imports()] == [1]


def test_an_error_file_is_downloaded_corrected_and_uploaded_again(sender: Sender, administrator: Administrator) -> None:
    lines = ["P1,BP-1,Brake pad,24.90", "P2,BP-2,Brake disc,much", "P3,,Caliper,99"]
    sender.upload("Products/PRODUCT_18_09_2024.csv", f"{PRODUCTS},list_price", *lines)
    (file,) = administrator.imports(status=3)
    assert (file["rows_created"], file["rows_rejected"]) == (1, 2)

    text = sender.download("Products/errors/PRODUCT_18_09_2024.csv.errors.csv")
    assert len(text.splitlines()) == 3
    corrected = text.replace("Brake disc,much", "Brake disc,39.90").replace("P3,,", "P3,BP-3,")
    sender.upload_text("Products/PRODUCT_18_09_2024.csv.errors.csv", corrected)
    (correction,) = administrator.imports()
    assert (correction["rows_read"], correction["rows_created"]) == (2, 2)
    assert {entry["status"] for entry in administrator.errors(file)} == {"resolved"}
    assert sender.names("Products") == ["errors", "processed"]
    assert sender.names("Products/processed") == ["PRODUCT_18_09_2024.csv", "PRODUCT_18_09_2024.csv.errors.csv"]
    assert administrator.stored("select sku, list_price::text from raw.products order by 1") == [
        ("BP-1", "24.900000"),
        ("BP-2", "39.900000"),
        ("BP-3", "99.000000"),
    ]


def test_a_reference_id_is_changed_by_the_system_id_that_export_ids_gives(
    sender: Sender, administrator: Administrator
) -> None:
    sender.upload("Products/PRODUCT_18_09_2024.csv", PRODUCTS, "P1,BP-1,Brake pad", "P2,BP-2,Brake disc")
    administrator.imports()
    before = {row["sku"]: row["system_id"] for row in administrator.exported_ids("products")}

    rows = [f"{before['BP-1']},ERP-0001,BP-1,Brake pad", f"{before['BP-2']},P2,BP-2,Brake disc"]
    sender.upload("Products/PRODUCT_19_09_2024.csv", f"system_id,{PRODUCTS}", *rows)
    (file,) = administrator.imports()
    assert (file["rows_updated"], file["rows_unchanged"]) == (1, 1)
    after = administrator.exported_ids("products")
    assert [(row["product_id"], row["system_id"]) for row in after] == [
        ("ERP-0001", before["BP-1"]),
        ("P2", before["BP-2"]),
    ]
