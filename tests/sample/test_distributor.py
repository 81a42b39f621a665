"""The sample is one coherent business, identical every time, with exactly the dirt that it declares."""

import csv
import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.measuring import unmeasured
from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.home import PACKAGE
from wiseparts_pipeline.sample import SampleSummary, write_sample

Row = dict[str, str]
CENT = Decimal("0.01")
# The demo has nothing of what is bought.
SAMPLED = [name for name in ENTITIES if (PACKAGE / "defs" / name).exists()]
# Prefixes of the keys of dirty rows.
DIRTY_KEYS = ("HND-", "TEST-", "VAN-", "30.09.", "FX", "KX", "PX", "AX", "EX", "9", "restored.")


class Sample:
    """The files as written, and the summary of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.summary: SampleSummary = write_sample(folder)
        self._records: dict[Path, list[list[str]]] = {}

    def files(self, entity: str) -> list[Path]:
        """The files, by the date in their names."""
        return sorted((self.folder / _attributes(entity)["folder"]).iterdir(), key=_file_date)

    def records(self, path: Path, entity: str) -> list[list[str]]:
        """The cells of each line, header first."""
        if path not in self._records:
            dialect = _attributes(entity).get("file", {})
            with path.open(encoding=dialect.get("encoding", "utf-8"), newline="") as file:
                self._records[path] = list(csv.reader(file, delimiter=dialect.get("delimiter", ",")))
        return self._records[path]

    def rows(self, entity: str, path: Path | None = None) -> Iterator[Row]:
        """The clean rows of a file, or of all files: those that were not added as dirt."""
        key = ENTITIES[entity].key[-1 if entity == "inventory" else 0]
        for file in [path] if path else self.files(entity):
            header, *records = self.records(file, entity)
            for record in records:
                row = dict(zip(header, record, strict=False))
                if not row[key].startswith(DIRTY_KEYS):
                    yield row


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return Sample(tmp_path_factory.mktemp("sample"))


def _attributes(entity: str) -> Mapping[str, Any]:
    attributes: dict[str, Any] = yaml.safe_load((PACKAGE / "defs" / entity / "defs.yaml").read_text("utf-8"))[
        "attributes"
    ]
    return attributes


def _file_date(path: Path) -> list[str]:
    """Year, month and day of `SALES_31_12_2025.csv`."""
    return path.stem.split("_")[:-4:-1]


def _digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def _amount(text: str) -> Decimal:
    return Decimal(text)


def _greek(text: str) -> Decimal:
    """1.234,56"""
    return Decimal(text.replace(".", "").replace(",", "."))


def test_the_same_seed_gives_the_same_bytes(sample: Sample, tmp_path: Path) -> None:
    unmeasured(write_sample)(tmp_path)

    assert _digests(tmp_path) == _digests(sample.folder)


def test_another_seed_gives_another_distributor(sample: Sample, tmp_path: Path) -> None:
    unmeasured(write_sample)(tmp_path, seed=8)

    assert _digests(tmp_path).keys() == _digests(sample.folder).keys()
    assert _digests(tmp_path) != _digests(sample.folder)


@pytest.mark.parametrize("entity", SAMPLED)
def test_every_line_is_accounted_for(sample: Sample, entity: str) -> None:
    summary = sample.summary.entities[entity]
    files = sample.files(entity)

    assert summary.files == len(files) > 0
    assert summary.rows == sum(len(sample.records(path, entity)) - 1 for path in files)
    loaded = summary.created + summary.updated + summary.unchanged
    assert summary.rows == loaded + summary.superseded + summary.waiting + sum(summary.rejected.values())
    # Dirty rows that only cause a warning are loaded as well.
    assert loaded - sum(summary.warnings.values()) <= sum(1 for _ in sample.rows(entity)) <= loaded


@pytest.mark.parametrize("entity", SAMPLED)
def test_too_few_rows_are_rejected_for_a_file_to_be_refused(sample: Sample, entity: str) -> None:
    summary = sample.summary.entities[entity]

    assert sum(summary.rejected.values()) <= 0.02 * summary.rows


@pytest.mark.parametrize("entity", SAMPLED)
def test_clean_rows_obey_the_rules_of_their_columns(sample: Sample, entity: str) -> None:
    for row in sample.rows(entity):
        assert row.keys() <= set(ENTITIES[entity].column_names)
        for column in ENTITIES[entity].columns:
            cell = row.get(column.name, "").strip()
            assert cell or not (column.required or column.required_on_create), (column.name, row)
            assert not (cell and column.allowed) or cell in column.allowed, (column.name, row)


@pytest.mark.parametrize("entity", SAMPLED)
def test_clean_rows_refer_to_existing_records(sample: Sample, entity: str) -> None:
    for name, reference in ENTITIES[entity].references.items():
        known = {row[reference.column] for row in sample.rows(reference.entity)}

        assert {row[name].strip() for row in sample.rows(entity) if row[name]} <= known, name


def test_the_declared_dirt_of_sales_is_in_the_files(sample: Sample) -> None:
    summary = sample.summary.entities["sales"]
    products = {row["product_id"] for row in sample.rows("products")}
    customers = {row["customer_id"] for row in sample.rows("customers")}
    found: Counter[str] = Counter()
    for path in sample.files("sales"):
        header, *records = sample.records(path, "sales")
        whole = [dict(zip(header, record, strict=True)) for record in records if len(record) == len(header)]
        found["column_count"] += len(records) - len(whole)
        keys = Counter((row["invoice_id"], row["line_no"]) for row in whole)
        found["duplicate_in_file"] += sum(count for count in keys.values() if count > 1)
        found["not_a_date"] += sum(not _is_date(row["invoice_date"]) for row in whole)
        found["not_a_number"] += sum(not _is_number(row["quantity"]) for row in whole)
        found["missing_required"] += sum(row["net_amount"] == "" or row["currency"] in ("", "NULL") for row in whole)
        found["not_in_set"] += sum(row["document_type"] not in ("invoice", "credit_note") for row in whole)
        found["unknown"] += sum(
            row["customer_id"] not in customers or row["product_id"] not in products for row in whole
        )

    assert found.pop("unknown") == summary.warnings["unknown_reference"]
    assert found == summary.rejected


def test_brand_families_have_three_levels(sample: Sample) -> None:
    families = {row["family_id"]: row for row in sample.rows("brand_families")}

    assert Counter(row["path"].count(" > ") for row in families.values()).keys() == {0, 1, 2}
    for row in families.values():
        parent = families.get(row["parent_family_id"])
        assert row["path"] == (f"{parent['path']} > {row['name']}" if parent else row["name"])
    assert {families[row["family_id"]]["path"].count(" > ") for row in sample.rows("products")} == {2}


def test_sales_amounts_are_exact_to_the_cent(sample: Sample) -> None:
    for row in sample.rows("sales"):
        gross = _amount(row["quantity"]) * _amount(row["unit_price"])
        net = gross * (100 - _amount(row["discount_percent"])) / 100
        assert _amount(row["net_amount"]) == net.quantize(CENT, ROUND_HALF_UP)


def test_credit_notes_are_negative_and_invoices_are_not(sample: Sample) -> None:
    signs = {
        (row["document_type"], name, _amount(row[name]) < 0)
        for row in sample.rows("sales")
        for name in ("quantity", "net_amount")
    }

    assert signs == {
        ("invoice", "quantity", False),
        ("invoice", "net_amount", False),
        ("credit_note", "quantity", True),
        ("credit_note", "net_amount", True),
    }


def test_due_docs_equal_the_totals_of_the_invoices(sample: Sample) -> None:
    totals: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row in sample.rows("sales"):
        totals[row["invoice_id"]] += _amount(row["net_amount"]) + _amount(row["tax_amount"])
    owed = {row["doc_id"]: _greek(row["amount"]) for row in sample.rows("due_docs") if row["doc_type"] != "payment"}

    assert owed == totals


def test_due_docs_belong_to_the_branch_that_was_invoiced(sample: Sample) -> None:
    branches = {row["invoice_id"]: row["branch_id"] for row in sample.rows("sales")}

    for row in sample.rows("due_docs"):
        assert row["branch_id"] == branches.get(row["doc_id"], "")


def test_the_december_list_omits_only_what_was_settled_long_ago(sample: Sample) -> None:
    november, december = (
        {row["doc_id"]: row["settled_on"] for row in sample.rows("due_docs", path)} for path in sample.files("due_docs")
    )
    left = {november[doc_id][3:] for doc_id in november.keys() - december.keys()}

    assert left == {"01/2024"}


def test_new_parts_are_in_stock_a_day_before_they_are_in_the_products(sample: Sample) -> None:
    before, after = ({row["sku"] for row in sample.rows("products", path)} for path in sample.files("products"))
    stocked = [{row["sku"].strip() for row in sample.rows("inventory", path)} for path in sample.files("inventory")]

    assert len(after - before) == 12
    assert [skus - before for skus in stocked] == [set(), after - before, after - before]


def test_all_files_are_delivered_and_those_of_the_last_day_separately(sample: Sample) -> None:
    first, second = sample.summary.deliveries

    assert sorted([*first, *second, *sample.summary.shop]) == sorted(_digests(sample.folder))
    assert all("_31_12_2025" in path and path.startswith("Shop GR/") for path in sample.summary.shop)
    assert all("_31_12_2025" in path for path in second)
    assert not any("_31_12_2025" in path for path in first)


def test_each_order_of_the_shop_adds_up_and_each_new_customer_has_one(sample: Sample) -> None:
    customers, lines = (_shop_rows(sample, name) for name in sample.summary.shop)
    known = {row["customer_id"] for row in sample.rows("customers")}
    new = {row["customer_id"] for row in customers}

    assert len(new) == len(customers) == 6
    assert not new & known
    assert new <= {line["customer_id"] for line in lines} <= new | known
    assert len({line["order_id"] for line in lines}) == 40
    assert not {line["order_id"] for line in lines} & {row["order_id"] for row in sample.rows("orders")}
    for line in lines:
        assert Decimal(line["quantity"]) * Decimal(line["unit_price"]) == Decimal(line["net_amount"])


def _shop_rows(sample: Sample, path: str) -> list[Row]:
    with (sample.folder / path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_settled_documents_have_no_open_amount(sample: Sample) -> None:
    for row in sample.rows("due_docs"):
        assert (row["settled_on"] != "") == (_greek(row["open_amount"]) == 0)
        assert abs(_greek(row["open_amount"])) <= abs(_greek(row["amount"]))


def test_invoices_of_an_order_have_its_lines(sample: Sample) -> None:
    wanted = ("line_no", "customer_id", "product_id", "quantity", "unit_price", "net_amount", "channel")
    ordered = _lines(sample.rows("orders"), wanted)
    invoiced = _lines((row for row in sample.rows("sales") if row["document_type"] == "invoice"), wanted)
    invoiced.pop("")

    assert invoiced
    assert all(ordered[order_id] == lines for order_id, lines in invoiced.items())


def test_won_quotes_have_the_lines_of_their_order(sample: Sample) -> None:
    wanted = ("line_no", "customer_id", "product_id", "quantity", "unit_price", "net_amount", "currency")
    ordered = _lines(sample.rows("orders"), wanted)
    quotes = list(sample.rows("quotes"))
    won = _lines((row for row in quotes if row["status"] == "won"), wanted)

    assert {row["status"] for row in quotes} == {"won", "lost", "expired", "open", "draft"}
    assert all(ordered[order_id] == lines for order_id, lines in won.items())


def test_some_quotes_are_won_in_part(sample: Sample) -> None:
    outcomes: defaultdict[str, set[str]] = defaultdict(set)
    for row in sample.rows("quotes"):
        outcomes[row["quote_id"]].add(row["status"])
        assert (row["lost_reason"] != "") == (row["status"] == "lost")
        assert (row["order_id"] != "") == (row["status"] == "won")

    assert sum(statuses == {"won", "lost"} for statuses in outcomes.values()) > 50


def test_money_is_in_the_customers_currency(sample: Sample) -> None:
    currencies = {row["customer_id"]: row["currency"] for row in sample.rows("customers")}

    assert set(currencies.values()) == {"EUR", "RON", "USD"}
    for entity in ("sales", "due_docs", "quotes", "orders"):
        assert all(row["currency"] == currencies[row["customer_id"]] for row in sample.rows(entity))


def test_sales_lines_have_a_cost_if_the_product_has_one(sample: Sample) -> None:
    costs = {row["product_id"]: row["cost_price"] for row in sample.rows("products")}

    assert any(cost == "" for cost in costs.values())
    assert all((row["cost_amount"] == "") == (costs[row["product_id"]] == "") for row in sample.rows("sales"))


@pytest.mark.parametrize(
    ("entity", "changing"),
    [
        ("customers", {"credit_limit", "sales_rep_id", "customer_group"}),
        ("products", {"status", "list_price", "family_id"}),
    ],
)
def test_the_december_export_changes_columns_with_a_history(sample: Sample, entity: str, changing: set[str]) -> None:
    key = ENTITIES[entity].key[0]
    before, after = ({row[key]: row for row in sample.rows(entity, path)} for path in sample.files(entity))
    changes = Counter(name for row_key, row in before.items() for name in row if after[row_key][name] != row[name])

    assert changes.keys() == changing
    assert all(changes[name] >= 5 for name in changing)


def test_a_retired_representative_has_documents_until_the_end_of_november(sample: Sample) -> None:
    now = {row["customer_id"]: row["sales_rep_id"] for row in sample.rows("customers", sample.files("customers")[1])}
    last = max(row["invoice_date"] for row in sample.rows("sales") if row["sales_rep_id"] == "R15")

    assert "R15" not in now.values()
    assert "2025-11-01" <= last <= "2025-11-30"
    for row in sample.rows("sales"):
        assert row["sales_rep_id"] in ("R15", now[row["customer_id"]])


def test_most_callers_are_customers_however_their_numbers_are_written(sample: Sample) -> None:
    known = {
        _digits(row[name])
        for entity in ("customers", "customer_branches", "contacts")
        for row in sample.rows(entity)
        for name in ("phone", "mobile")
        if name in row
    }
    inbound = [row["caller_number"] for row in sample.rows("calls") if row["direction"] == "inbound"]

    assert 0.75 < sum(_digits(number) in known for number in inbound) / len(inbound) < 0.9
    assert any(number.startswith("00") for number in inbound)
    assert any(number.startswith("+30 ") for number in inbound)
    assert any("-" in number for number in inbound)


def test_some_numbers_belong_to_two_customers(sample: Sample) -> None:
    owners: defaultdict[str, set[str]] = defaultdict(set)
    for row in sample.rows("customers", sample.files("customers")[1]):
        owners[_digits(row["mobile"])].add(row["customer_id"])

    assert sum(len(customers) == 2 for customers in owners.values()) >= 5


def test_some_lost_calls_are_returned_and_some_are_repeated(sample: Sample) -> None:
    calls = list(sample.rows("calls"))
    returned: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    repeated: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for row in calls:
        day, time = row["started_at"].split(" ")
        if row["direction"] == "outbound":
            returned[day, _digits(row["called_number"])].append(time)
        elif row["direction"] == "inbound":
            repeated[day, _digits(row["caller_number"])].append(time)
    lost = [row for row in calls if row["disposition"] == "lost" and row["caller_number"] != "anonymous"]

    for later, share in ((returned, 0.35), (repeated, 0.2)):
        found = 0
        for row in lost:
            day, time = row["started_at"].split(" ")
            found += any(other > time for other in later[day, _digits(row["caller_number"])])
        assert share < found / len(lost) < share + 0.25


def test_some_callers_hang_up_at_once_and_some_are_answered_at_once(sample: Sample) -> None:
    waits = {disposition: Counter[int]() for disposition in ("lost", "answered")}
    for row in sample.rows("calls"):
        if row["direction"] == "inbound" and row["disposition"] in waits:
            waits[row["disposition"]][int(row["wait_seconds"])] += 1

    assert all(count[0] > 10 and count[60] > 0 for count in waits.values())


def test_parts_of_overdue_orders_are_out_of_stock(sample: Sample) -> None:
    waiting = {
        row["sku"]
        for row in sample.rows("orders")
        if row["status"] in ("confirmed", "draft") and row["placed_at"] < "2025-12-28"
    }
    stock = defaultdict[str, int](int)
    for row in sample.rows("inventory", sample.files("inventory")[-1]):
        stock[row["sku"].strip()] += int(row["quantity_available"])

    assert waiting
    assert {stock[sku] for sku in waiting} == {0}


def test_some_sessions_end_early_and_guests_are_known_only_by_email(sample: Sample) -> None:
    sessions: defaultdict[str, set[str]] = defaultdict(set)
    guests = 0
    for row in sample.rows("online_activity"):
        sessions[row["session_id"]].add(row["kind"])
        guests += row["kind"] == "purchase" and row["customer_id"] == "" and row["email"] != ""
    furthest = Counter(
        next(kind for kind in ("purchase", "checkout", "cart", "view", "visit") if kind in kinds)
        for kinds in sessions.values()
    )

    assert len(furthest) == 5
    assert min(furthest.values()) > 100
    assert guests > 100


def test_rows_of_a_file_are_of_the_period_in_its_name(sample: Sample) -> None:
    for path in sample.files("sales"):
        year, month, _ = _file_date(path)
        assert {row["invoice_date"][:7] for row in sample.rows("sales", path)} == {f"{year}-{month}"}


def test_customers_have_greek_names_in_cp1253(sample: Sample) -> None:
    content = sample.files("customers")[0].read_bytes()

    assert "Θεσσαλονίκη" in content.decode("cp1253")
    with pytest.raises(UnicodeDecodeError):
        content.decode("utf-8")


def _lines(rows: Iterator[Row], columns: tuple[str, ...]) -> dict[str, set[tuple[str, ...]]]:
    lines: defaultdict[str, set[tuple[str, ...]]] = defaultdict(set)
    for row in rows:
        lines[row["order_id"]].add(tuple(row[column] for column in columns))
    return lines


def _digits(telephone: str) -> str:
    """The digits of a number with its country code, which Greek numbers may lack."""
    digits = re.sub(r"\D", "", re.sub(r"^\+", "00", telephone))
    return digits.removeprefix("00") if digits.startswith("00") else f"30{digits}"


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_number(text: str) -> bool:
    return text.removeprefix("-").replace(".", "", 1).isdecimal()
