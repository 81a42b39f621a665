"""Values looked up in what stands already: the records of an entity, or a file that is kept."""

import gzip
import unicodedata
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.importing.drop import Drop, counts, csv
from wiseparts_pipeline.config.loader import load_configuration
from wiseparts_pipeline.importing.discovery.kept_files import is_kept, missing_kept_file
from wiseparts_pipeline.importing.reading.joins import standing_tables
from wiseparts_pipeline.transport import connect

PRODUCTS = "product_id,sku,name,barcode,brand,list_price"
SALES = "invoice_id,line_no,invoice_date,EAN,quantity,unit_price,net_amount,currency"
BY_EAN: dict[str, Any] = {"entity": "products", "on": {"EAN": "barcode"}, "columns": {"product_id": "product_id"}}
REJECT = BY_EAN | {"missing": "reject"}


def sale(invoice: str, ean: str) -> str:
    return f"{invoice},1,2025-01-01,{ean},1,1,1,EUR"


@pytest.fixture
def products(drop: Drop) -> Drop:
    products = drop.of("products")
    rows = ["P1,S1,Disc,0400111,Bosch,10.5", "P2,S2,Pad,400112,Bosch,20", "P3,S3,Oil,,Shell,30"]
    products.imported("products.csv", csv(PRODUCTS, rows))
    return products


def sales(drop: Drop, *lookups: dict[str, Any], **attributes: Any) -> Drop:
    return drop.of("sales", lookup=list(lookups or [BY_EAN]), **attributes)


class TestRecords:
    def test_a_row_gets_the_value_of_the_record_that_it_names(self, products: Drop) -> None:
        found = sales(products).imported("s.csv", csv(SALES, [sale("I1", "0400111"), sale("I2", "400112")]))

        assert counts(found) == {"read": 2, "created": 2}
        assert found.file.warnings == {}
        assert sales(products).stored("invoice_id", "product_id") == [("I1", "P1"), ("I2", "P2")]

    def test_keys_are_compared_as_trimmed_text(self, products: Drop) -> None:
        rows = [sale("I1", '" 0400111  "'), sale("I2", "400111"), sale("I3", "0400112"), sale("I4", "400112.0")]
        found = sales(products).imported("s.csv", csv(SALES, rows))

        assert sales(products).stored("invoice_id", "product_id") == [
            ("I1", "P1"),
            ("I2", None),
            ("I3", None),
            ("I4", None),
        ]
        assert found.file.warnings == {"not_found": 3}

    def test_an_empty_key_finds_nothing_and_is_no_miss(self, products: Drop) -> None:
        found = sales(products, REJECT).imported("s.csv", csv(SALES, [sale("I1", ""), sale("I2", "  ")]))

        assert (counts(found), found.file.warnings) == ({"read": 2, "created": 2}, {})

    def test_an_error_of_a_spreadsheet_finds_nothing(self, drop: Drop) -> None:
        drop.of("products").imported("p.csv", csv(PRODUCTS, ["P1,S1,Disc,#N/A,Bosch,1"]), force=True)
        drop.execute(
            "insert into raw.products (product_id, sku, name, barcode, _source, _file_id, _row_number)"
            " values ('P9', 'S9', 'n', '#N/A', 'erp', 1, 1)"
        )
        sales(drop).imported("s.csv", csv(SALES, [sale("I1", "#N/A")]))

        assert sales(drop).stored("product_id") == [(None,)]

    def test_where_it_is_rejected_the_message_names_record_column_and_value(self, products: Drop) -> None:
        found = sales(products, REJECT).imported("s.csv", csv(SALES, [sale("I1", "999"), sale("I2", "0400111")]))

        assert counts(found) == {"read": 2, "created": 1, "rejected": 1}
        assert products.rejects("row_number", "code", "value", "message") == [
            (
                1,
                "not_found",
                "999",
                "No record of products has barcode '999'. Send that record first, then this row again.",
            )
        ]

    def test_a_column_that_every_row_needs_is_missed_with_the_lookup_named(self, products: Drop) -> None:
        lookup = {"entity": "products", "on": {"MPN": "barcode"}, "columns": {"found": "sku"}}
        stock = products.of("inventory", lookup=[lookup], columns={"sku": "found", "quantity_available": "Qty"})
        found = stock.imported("stock.csv", csv("MPN,Qty", ["400112,5", "999,5", ",7"]))

        assert counts(found) == {"read": 3, "created": 1, "rejected": 2}
        assert stock.stored("sku") == [("S2",)]
        assert products.rejects("column_name", "code", "message") == [
            (
                "sku",
                "missing_required",
                "No record of products has barcode '999', and every row needs sku from there. Send that record first,"
                " then this row again.",
            ),
            ("sku", "missing_required", "MPN is empty, which is needed to look up sku in products."),
        ]

    def test_of_several_records_none_is_taken(self, products: Drop) -> None:
        products.imported("more.csv", csv(PRODUCTS, ["P4,S4,Other disc,0400111,Bosch,1"]))
        found = sales(products).imported("s.csv", csv(SALES, [sale("I1", "0400111"), sale("I2", "400112")]))

        assert counts(found) == {"read": 2, "created": 1, "rejected": 1}
        ((code, message),) = products.rejects("code", "message")
        assert code == "several_found"
        assert message == (
            "Several records of products have barcode '0400111': one with product_id 'P1', another with product_id"
            " 'P4'. Correct them, or give this row what tells them apart."
        )

    def test_several_columns_can_tell_records_apart(self, products: Drop) -> None:
        products.imported("more.csv", csv(PRODUCTS, ["P4,S4,Other disc,0400111,Ate,1", "P5,S5,No brand,7,,1"]))
        lookup = BY_EAN | {"on": {"EAN": "barcode", "Make": "brand"}}
        rows = [sale("I1", "0400111") + ",Ate", sale("I2", "0400111") + ",Bosch", sale("I3", "7") + ","]
        sales(products, lookup).imported("s.csv", csv(SALES + ",Make", rows))

        # An empty part of a key is not equal to an empty value.
        assert sales(products).stored("invoice_id", "product_id") == [("I1", "P4"), ("I2", "P1"), ("I3", None)]

    def test_deleted_records_do_not_count(self, products: Drop) -> None:
        products.imported("more.csv", csv(PRODUCTS, ["P4,S4,Other disc,0400111,Bosch,1"]))
        products.execute("update raw.products set _deleted_at = now() where product_id in ('P1', 'P2')")
        rows = [sale("I1", "0400111"), sale("I2", "400112")]
        found = sales(products).imported("s.csv", csv(SALES, rows))

        assert sales(products).stored("invoice_id", "product_id") == [("I1", "P4"), ("I2", None)]
        assert found.file.warnings == {"not_found": 1}

    @pytest.mark.parametrize(("decimal", "thousands"), [(".", ","), (",", "."), (",", "")])
    def test_numbers_are_read_whatever_the_decimal_sign_of_the_file(
        self, products: Drop, decimal: str, thousands: str
    ) -> None:
        lookup = {"entity": "products", "on": {"EAN": "barcode"}, "columns": {"Price": "list_price"}}
        columns = {"unit_price": "Price", "product_id": {"constant": "P1"}}
        file = {"decimal": decimal, "thousands": thousands, "delimiter": ";"}
        lines = csv(SALES, [sale("I1", "0400111"), sale("I2", "400112")]).replace("unit_price", "-").replace(",", ";")
        sales(products, lookup, columns=columns, file=file).imported("s.csv", lines)

        assert sales(products).stored("invoice_id", "unit_price::float") == [("I1", 10.5), ("I2", 20)]

    def test_what_is_found_can_be_looked_up_with_in_turn(self, products: Drop) -> None:
        products.of("brand_families").imported("f.csv", csv("family_id,name", ["F1,Brakes"]))
        products.execute("update raw.products set family_id = 'F1'")
        family = {"entity": "products", "on": {"found": "product_id"}, "columns": {"F": "family_id"}}
        name = {"entity": "brand_families", "on": {"F": "family_id"}, "columns": {"description": "name"}}
        lookups = [BY_EAN | {"columns": {"found": "product_id"}}, family, name]
        sales(products, *lookups).imported("s.csv", csv(SALES, [sale("I1", "0400111")]))

        assert sales(products).stored("description") == [("Brakes",)]

    def test_names_are_compared_loosely_where_columns_are(self, products: Drop) -> None:
        looking = sales(products, match_columns="loose")
        looking.imported("s.csv", csv(SALES.replace("EAN", " ean "), [sale("I1", "0400111")]))

        assert looking.stored("product_id") == [("P1",)]

    @pytest.mark.parametrize("few", [0, 100])
    @pytest.mark.parametrize("most_texts", [1, 100])
    def test_of_many_records_only_those_asked_for_are_read_in_pieces(
        self, products: Drop, monkeypatch: pytest.MonkeyPatch, few: int, most_texts: int
    ) -> None:
        for name, value in {
            "_ROWS_OF_A_BATCH": 2,
            "_KEYS_OF_A_QUERY": 1,
            "_FEW": few,
            "_MOST_TEXTS": most_texts,
        }.items():
            monkeypatch.setattr(standing_tables, name, value)
        rows = [sale(f"I{number}", ("0400111", "400112", "9")[number % 3]) for number in range(30)]
        found = sales(products).imported("s.csv", csv(SALES, rows))

        assert sales(products).rows("select product_id, count(*) from raw.sales group by 1 order by 1") == [
            ("P1", 10),
            ("P2", 10),
            (None, 10),
        ]
        assert found.file.warnings == {"not_found": 10}

    def test_a_dry_run_looks_up_as_well(self, products: Drop) -> None:
        found = sales(products, REJECT).imported("s.csv", csv(SALES, [sale("I1", "999")]), dry_run=True)

        assert counts(found) == {"read": 1, "rejected": 1}

    @pytest.mark.parametrize("is_first_file", [True, False])
    def test_the_file_again_and_the_corrected_row_are_loaded_once_the_record_is_there(
        self, products: Drop, *, is_first_file: bool
    ) -> None:
        looking = sales(products, REJECT)
        if not is_first_file:
            looking.imported("before.csv", csv(SALES, [sale("I0", "400112")]))
        looking.imported("s.csv", csv(SALES, [sale("I1", "999"), sale("I2", "400112")]))
        (sent_back,) = looking.names("errors")
        errors = (looking.folder / "errors" / sent_back).read_text()
        products.imported("more.csv", csv(PRODUCTS, ["P9,S9,New,999,Bosch,1"]))

        assert counts(looking.imported(sent_back, errors)) == {"read": 1, "created": 1}
        assert looking.stored("product_id", where="invoice_id = 'I1'") == [("P9",)]
        assert products.rejects("status") == [("resolved",)]
        (again,) = looking.run(names=("s.csv",)).files
        assert counts(again) == {"read": 2, "unchanged": 2}

    def test_formulas_of_an_error_file_for_people_find_their_record(self, products: Drop) -> None:
        products.imported("more.csv", csv(PRODUCTS, ["P9,S9,New,=1,Bosch,1"]))
        looking = sales(products)
        line = sale("I1", "'=1")
        looking.imported("s.csv.errors.csv", csv(SALES + ",_row,_line,_errors,_escaped", [f"{line},1,2,x,yes"]))

        assert looking.stored("product_id") == [("P9",)]

    @settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        barcodes=st.lists(st.sampled_from(["1", "01", "A", "a", "\x1f", "ä", "a\u0308", "x y", None]), max_size=8),
        asked=st.lists(st.sampled_from(["1", "01", "A", "a", "ä", " x y ", "zz", ""]), min_size=1, max_size=8),
        few=st.sampled_from([0, 100]),
    )
    def test_never_is_there_a_value_that_is_not_the_only_one(
        self, drop: Drop, barcodes: list[str | None], asked: list[str], few: int
    ) -> None:
        drop.execute("truncate raw.products, raw.sales, ops.rejected_entries, ops.import_files")
        with drop.warehouse.connect() as connection:
            for number, barcode in enumerate(barcodes):
                connection.execute(
                    "insert into raw.products (product_id, sku, name, barcode, _source, _file_id, _row_number)"
                    " values (%s, %s, 'n', %s, 'erp', 1, 1)",
                    [f"P{number}", f"S{number}", barcode],
                )
        looking = sales(drop, REJECT)
        rows = [sale(f"I{number}", ean) for number, ean in enumerate(asked)]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(standing_tables, "_FEW", few)
            looking.imported("s.csv", csv(SALES, rows), force=True)

        stored = dict(looking.stored("invoice_id", "product_id"))
        for number, ean in enumerate(asked):
            same = [barcode and unicodedata.normalize("NFC", barcode) == ean.strip() for barcode in barcodes]
            holders = [f"P{place}" for place in range(len(barcodes)) if same[place]]
            if not ean.strip():
                assert stored[f"I{number}"] is None
            elif len(holders) == 1:
                assert stored[f"I{number}"] == holders[0]
            else:
                assert f"I{number}" not in stored


RATES: dict[str, Any] = {"pattern": "RATES_{date}.csv", "on": {"Code": "code"}, "columns": {"currency": "iso"}}
KEPT_SALES = SALES.replace("currency", "Code").replace(",EAN", "")


def kept_sale(invoice: str, code: str) -> str:
    return f"{invoice},1,2025-01-01,1,1,1,{code}"


class TestKeptFiles:
    def test_the_newest_file_that_matches_is_read_and_stays_where_it_is(self, drop: Drop) -> None:
        looking = drop.of("sales", pattern="SALES_{date}.csv", lookup=[RATES])
        looking.put("RATES_2025-01-01.csv", csv("code,iso", ["1,EUR"]), datetime(2025, 6, 1, tzinfo=UTC))
        looking.put("RATES_2025-02-01.csv", csv("code,iso", ["1,USD"]), datetime(2025, 5, 1, tzinfo=UTC))
        for day in (3, 4):
            looking.imported(f"SALES_2025-02-0{day}.csv", csv(KEPT_SALES, [kept_sale(f"I{day}", "1")]))

        assert looking.stored("invoice_id", "currency") == [("I3", "USD"), ("I4", "USD")]
        assert looking.names() == ["RATES_2025-01-01.csv", "RATES_2025-02-01.csv"]

    @pytest.mark.parametrize("name", ["RATES_2025-02-01.csv", "RATES_2025-02-01.17.csv", "RATES_2025-02-01.csv.gz"])
    def test_one_that_another_import_has_archived_is_found(self, drop: Drop, name: str) -> None:
        looking = drop.of("sales", pattern="SALES_{date}.csv", lookup=[RATES | {"folder": "/Rates/"}])
        archive = drop.root / "Rates" / "processed"
        archive.mkdir(parents=True)
        content = csv("code,iso", ["1,USD"]).encode()
        (archive / name).write_bytes(gzip.compress(content) if name.endswith("gz") else content)
        (archive / "RATES_2025-01-31.csv").write_bytes(csv("code,iso", ["1,EUR"]).encode())
        looking.imported("SALES_2025-02-03.csv", csv(KEPT_SALES, [kept_sale("I1", "1")]))

        assert looking.stored("currency") == [("USD",)]

    def test_without_a_date_in_the_name_the_one_written_last_is_read(self, drop: Drop) -> None:
        looking = drop.of("sales", pattern="SALES_{date}.csv", lookup=[RATES | {"pattern": "rates*.csv"}])
        for name, day, iso in (
            ("rates_b.csv", 1, "EUR"),
            ("rates_a.csv", 2, "USD"),
            ("rates_c.csv.errors.csv", 3, "X"),
        ):
            looking.put(name, csv("code,iso", [f"1,{iso}"]), datetime(2025, 1, day, tzinfo=UTC))
        looking.imported("SALES_2025-02-03.csv", csv(KEPT_SALES, [kept_sale("I1", "1")]))

        assert looking.stored("currency") == [("USD",)]

    def test_a_file_waits_until_the_other_is_there(self, drop: Drop) -> None:
        looking = drop.of("sales", pattern="SALES_{date}.csv", lookup=[RATES])
        looking.put("SALES_2025-02-03.csv", csv(KEPT_SALES, [kept_sale("I1", "1")]))
        waiting = looking.run()

        assert waiting.files == []
        assert waiting.incomplete == ["SALES_2025-02-03.csv waits for RATES_{date}.csv"]
        looking.put("RATES_2025-01-01.csv", csv("code,iso", ["1,EUR"]))
        (found,) = looking.run().files
        assert counts(found) == {"read": 1, "created": 1}

    def test_one_that_may_still_be_being_written_is_not_read(self, drop: Drop) -> None:
        looking = drop.of("sales", pattern="SALES_{date}.csv", lookup=[RATES])
        looking.settle_seconds = 3600
        with connect(looking.source) as transport:
            looking.put("RATES_2025-01-01.csv", csv("code,iso", ["1,EUR"]))
            written = missing_kept_file(transport, looking.source, looking.importer, "sales/SALES_2025-02-03.csv")
            looking.put("RATES_2025-01-01.csv", csv("code,iso", ["1,EUR"]), datetime(2025, 1, 1, tzinfo=UTC))
            settled = missing_kept_file(transport, looking.source, looking.importer, "sales/SALES_2025-02-03.csv")

        assert (written, settled) == ("RATES_{date}.csv", None)

    def test_the_other_file_may_be_written_in_another_way(self, drop: Drop) -> None:
        lookup = RATES | {"pattern": "rates.txt", "file": {"delimiter": ";", "header": False, "names": ["code", "iso"]}}
        looking = drop.of("sales", pattern="SALES_{date}.csv", lookup=[lookup])
        looking.put("rates.txt", "1;EUR\n2; USD \n")
        found = looking.imported("SALES_2025-02-03.csv", csv(KEPT_SALES, [kept_sale("I1", "2"), kept_sale("I2", "3")]))

        assert counts(found) == {"read": 2, "created": 1, "rejected": 1}
        assert looking.stored("currency") == [("USD",)]
        assert drop.rejects("code", "message") == [
            (
                "missing_required",
                "No row of rates.txt has code '3', and every row needs currency from there. Add it there, and send this"
                " row again.",
            )
        ]

    @pytest.mark.parametrize("duplicates", ["reject", "first", "last"])
    def test_of_several_rows_none_is_taken_whatever_duplicates_says(self, drop: Drop, duplicates: str) -> None:
        looking = drop.of("sales", pattern="SALES_{date}.csv", lookup=[RATES], duplicates=duplicates)
        looking.put("RATES_2025-01-01.csv", csv("code,iso", ["1,EUR", "2,USD", "1,RON", "2,USD"]))
        found = looking.imported("SALES_2025-02-03.csv", csv(KEPT_SALES, [kept_sale("I1", "1"), kept_sale("I2", "2")]))

        assert counts(found) == {"read": 2, "created": 1, "rejected": 1}
        assert looking.stored("currency") == [("USD",)]
        assert drop.rejects("code", "message") == [
            (
                "several_found",
                "RATES_2025-01-01.csv has code '1' in line 2 and, with other cells, in line 4. Give it once.",
            )
        ]

    def test_a_local_file_is_read_with_the_one_beside_it(self, drop: Drop, tmp_path: Path) -> None:
        looking = drop.of("sales", pattern="SALES_{date}.csv", lookup=[RATES])
        here = tmp_path / "here"
        here.mkdir()
        (here / "SALES_2025-02-03.csv").write_text(csv(KEPT_SALES, [kept_sale("I1", "1")]))
        (missing,) = looking.run(local=(here / "SALES_2025-02-03.csv",)).files
        (here / "RATES_2025-01-01.csv").write_text(csv("code,iso", ["1,EUR"]))
        (found,) = looking.run(local=(here / "SALES_2025-02-03.csv",)).files

        assert missing.file.error == (
            "SALES_2025-02-03.csv has values that are looked up in RATES_{date}.csv, and there is no such file beside"
            " it."
        )
        assert counts(found) == {"read": 1, "created": 1}

    def test_a_replayed_file_is_read_with_the_newest(self, drop: Drop) -> None:
        looking = drop.of("sales", pattern="SALES_{date}.csv", lookup=[RATES])
        looking.put("RATES_2025-01-01.csv", csv("code,iso", ["1,EUR"]))
        looking.imported("SALES_2025-02-03.csv", csv(KEPT_SALES, [kept_sale("I1", "1")]))
        looking.put("RATES_2025-01-02.csv", csv("code,iso", ["1,USD"]))
        (again,) = looking.run(names=("SALES_2025-02-03.csv",)).files

        assert counts(again) == {"read": 1, "updated": 1}
        assert looking.stored("currency") == [("USD",)]

    def test_each_of_several_folders_has_its_own(self, drop: Drop) -> None:
        looking = drop.of("sales", folder="sales/*", pattern="SALES_{date}.csv", lookup=[RATES])
        for place, iso in (("a", "EUR"), ("b", "USD"), ("c", "")):
            folder = drop.root / "sales" / place
            folder.mkdir(parents=True)
            (folder / "SALES_2025-02-03.csv").write_text(csv(KEPT_SALES, [kept_sale(f"I-{place}", "1")]))
            if iso:
                (folder / "RATES_2025-01-01.csv").write_text(csv("code,iso", [f"1,{iso}"]))
        found = looking.run()

        assert found.incomplete == ["SALES_2025-02-03.csv waits for RATES_{date}.csv"]
        assert looking.stored("invoice_id", "currency") == [("I-a", "EUR"), ("I-b", "USD")]

    @pytest.mark.parametrize(
        ("path", "kept"),
        [
            ("sales/RATES_2025-01-01.csv", True),
            ("sales/RATES_2025-01-01.csv.gz", True),
            ("sales/RATES_2025-13-01.csv", False),
            ("sales/RATES_2025-01-01.csv.errors.csv", False),
            ("RATES_2025-01-01.csv", False),
            ("other/LIST.csv", True),
        ],
    )
    def test_it_is_told_apart_from_files_that_nobody_expects(self, drop: Drop, path: str, *, kept: bool) -> None:
        elsewhere = RATES | {"pattern": "LIST*.csv", "folder": "other", "columns": {"channel": "iso"}}
        importer = drop.of("sales", pattern="SALES_{date}.csv", lookup=[RATES, elsewhere]).importer

        assert is_kept([importer], "erp", path) is kept
        assert not is_kept([importer], "pbx", path)

    def test_joined_and_looked_up_values_go_together(self, drop: Drop) -> None:
        join = {"pattern": "HEAD_{date}.csv", "on": {"invoice_id": "No"}}
        looking = drop.of("sales", pattern="SALES_{date}.csv", join=[join], lookup=[RATES])
        looking.put("RATES_2025-01-01.csv", csv("code,iso", ["1,EUR"]))
        looking.put("HEAD_2025-02-03.csv", csv("No,Code,invoice_date", ["I1,1,2025-01-02"]))
        header = "invoice_id,line_no,quantity,unit_price,net_amount"
        found = looking.imported("SALES_2025-02-03.csv", csv(header, ["I1,1,1,1,1"]))

        assert counts(found) == {"read": 1, "created": 1}
        assert looking.stored("currency") == [("EUR",)]


@pytest.mark.parametrize(
    ("lookup", "message"),
    [
        ({}, "write either `entity`"),
        ({"entity": "products", "pattern": "x.csv"}, "write either `entity`"),
        ({"entity": "goods"}, "entity: 'goods' is not an entity; allowed: sales_reps, customers"),
        ({"entity": "products", "on": {"EAN": "ean"}}, "on: 'ean' cannot be looked up in products; allowed: system_id"),
        ({"entity": "products", "on": {"EAN": "list_price"}}, "on: 'list_price' cannot be looked up"),
        ({"entity": "products", "columns": {"a": "attributes"}}, "columns: 'attributes' cannot be looked up"),
        ({"entity": "products", "file": {"delimiter": ";"}}, "file: goes with `pattern`"),
        ({"entity": "products", "folder": "x"}, "folder: goes with `pattern`"),
        ({"pattern": "x.csv", "folder": "../x"}, "a folder is below the source's root"),
        ({"pattern": "x.csv", "file": {"decimal": ","}}, "decimal is the same for all files"),
        ({"pattern": "*.csv"}, r"lookup\.0\.pattern: '\*\.csv' is read by this importer already"),
        ({"pattern": "{day}.csv"}, r"lookup\.0\.pattern: '\{day\}\.csv' may have one"),
        ({"entity": "products", "missing": "wait"}, "'empty' or 'reject'"),
    ],
)
def test_a_lookup_that_cannot_work_is_an_error(drop: Drop, lookup: dict[str, Any], message: str) -> None:
    given = {"on": {"EAN": "barcode"}, "columns": {"product_id": "product_id"}} | lookup

    with pytest.raises(ValueError, match=message):
        drop.of("sales", lookup=[given])


def test_two_lookups_do_not_give_the_same_column(drop: Drop) -> None:
    with pytest.raises(ValueError, match=r"lookup\.1\.columns: there is a column 'product_id' already"):
        drop.of("sales", lookup=[BY_EAN, BY_EAN])


@pytest.mark.parametrize(
    ("header", "error"),
    [
        (SALES.replace("EAN", "GTIN"), "Values are looked up in products by EAN, which it does not have."),
        (SALES.replace("EAN", "EAN,product_id"), "product_id is looked up in products, and the file has a column of"),
    ],
)
def test_a_file_that_the_lookup_does_not_fit_is_refused(products: Drop, header: str, error: str) -> None:
    found = sales(products).imported("s.csv", csv(header, []))

    assert found.file.status == "refused"
    assert found.file.error is not None
    assert found.file.error.startswith(error)


def test_a_kept_file_without_the_column_is_named(drop: Drop) -> None:
    looking = drop.of("sales", pattern="SALES_{date}.csv", lookup=[RATES])
    looking.put("RATES_2025-01-01.csv", csv("code,name", ["1,EUR"]))
    found = looking.imported("SALES_2025-02-03.csv", csv(KEPT_SALES, [kept_sale("I1", "1")]))

    assert found.file.error == "RATES_2025-01-01.csv is to give iso, which it does not have. It has: code, name."


def test_on_may_be_unquoted_although_yaml_reads_it_as_a_truth_value(tmp_path: Path) -> None:
    (tmp_path / "defs.yaml").write_text(
        """\
type: wiseparts_pipeline.components.FileSource
attributes: {name: erp, protocol: local, root: /tmp}
---
type: wiseparts_pipeline.components.FileImporter
attributes:
  entity: sales
  source: erp
  pattern: "*.csv"
  lookup:
    - entity: products
      on: {EAN: barcode}
      columns: {product_id: product_id}
"""
    )
    (lookup,) = load_configuration(tmp_path).importer("sales").lookup

    assert lookup.on == {"EAN": "barcode"}
