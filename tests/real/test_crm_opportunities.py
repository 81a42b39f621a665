"""CRM opportunities of a hardware seller, as quotes to its accounts for its products."""

import csv
from collections import Counter, defaultdict
from datetime import date, datetime
from decimal import Decimal
from statistics import median

import pytest

from tests.dashboards.ties import quotes
from tests.dashboards.ties.ties import compare
from tests.real.harness import DATA, Harness

DATA_SET = "crm_opportunities"
FILES = ["accounts.csv", "products.csv", "sales_pipeline.csv"]

# The date that a report is based on: its column in the file.
DATES = {"conversion": "engage_date", "decisions": "close_date"}

FACTS = {
    "quotes won": "count(*) from raw.quotes where status = 'won'",
    "quotes lost": "count(*) from raw.quotes where status = 'lost'",
    "quotes open": "count(*) from raw.quotes where status = 'open'",
    "amount won in USD": "round(sum(net_amount), 2) from raw.quotes where status = 'won'",
    "quotes without amount": "count(*) from raw.quotes where net_amount is null",
    "quotes without account": "count(*) from raw.quotes where customer_id is null",
}


@pytest.fixture(scope="module")
def crm(harness: Harness) -> Harness:
    """Accounts, products and opportunities imported, and their marts built."""
    harness.drop("CRM", [DATA / DATA_SET / name for name in FILES])
    harness.import_all()
    harness.dbt.build("--select", "+exposure:quote_report", "last_build", as_of="2018-01-01")
    return harness


def records(name: str) -> list[dict[str, str]]:
    with (DATA / DATA_SET / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def day(record: dict[str, str], column: str) -> date:
    return datetime.strptime(record[column], "%m/%d/%Y").date()


def dated() -> list[tuple[str, dict[str, str]]]:
    """The opportunities that were engaged in, with the month."""
    return [
        (day(record, "engage_date").strftime("%Y-%m"), record)
        for record in records("sales_pipeline.csv")
        if record["engage_date"]
    ]


def test_every_row_is_accounted_for(crm: Harness) -> None:
    crm.assert_accounted_for({name: len(records(name)) for name in FILES})


def test_only_opportunities_without_a_date_are_rejected(crm: Harness) -> None:
    undated = [number for number, record in enumerate(records("sales_pipeline.csv"), 1) if not record["engage_date"]]
    assert len(undated) == 500
    assert crm.rejected() == [("sales_pipeline.csv", number, "quoted_on", "missing_required") for number in undated]


def test_the_error_file_has_the_rejected_rows_as_received(crm: Harness) -> None:
    with (crm.files / "CRM/errors/sales_pipeline.csv.errors.csv").open(encoding="utf-8", newline="") as file:
        returned = [{name: cell for name, cell in row.items() if name[0] != "_"} for row in csv.DictReader(file)]
    assert returned == [record for record in records("sales_pipeline.csv") if not record["engage_date"]]


@pytest.mark.parametrize("table", ["raw.quotes", "marts.fct_quotes"])
def test_quotes_and_amounts_by_stage_equal_the_file(crm: Harness, table: str) -> None:
    status = {"Won": "won", "Lost": "lost", "Engaging": "open"}
    counts = Counter(status[record["deal_stage"]] for _, record in dated())
    amounts: dict[str, Decimal] = defaultdict(Decimal)
    for _, record in dated():
        amounts[status[record["deal_stage"]]] += Decimal(record["close_value"] or 0)
    found = crm.query(f"select status, count(*), coalesce(sum(net_amount), 0) from {table} group by 1")
    assert {status: (count, amount) for status, count, amount in found} == {
        status: (counts[status], amounts[status]) for status in counts
    }


def test_won_and_lost_quotes_by_month_equal_the_file(crm: Harness) -> None:
    stages = Counter((month, record["deal_stage"]) for month, record in dated())
    won: dict[str, Decimal] = defaultdict(Decimal)
    for month, record in dated():
        won[month] += Decimal(record["close_value"] or 0) if record["deal_stage"] == "Won" else 0
    found = crm.query(
        """
        select to_char(month, 'YYYY-MM'), won_quotes, lost_quotes, open_quotes, quotes, won_amount
        from marts.quote_conversion_monthly
        """
    )
    assert set(found) == {
        (
            month,
            stages[month, "Won"],
            stages[month, "Lost"],
            stages[month, "Engaging"],
            sum(count for (other, _), count in stages.items() if other == month),
            won[month],
        )
        for month in won
    }


@pytest.mark.parametrize("report", DATES)
def test_the_win_rate_by_agent_and_month_equals_the_file(crm: Harness, report: str) -> None:
    stages = Counter(
        (record["sales_agent"], day(record, DATES[report]).replace(day=1), record["deal_stage"])
        for _, record in dated()
        if record[DATES[report]]
    )
    decided = {(agent, month) for agent, month, stage in stages if stage in ("Won", "Lost")}
    found = crm.query(
        f"""
        select sales_rep_id, month, won_quotes, lost_quotes, win_rate from marts.quote_{report}_by_sales_rep_monthly
        where won_quotes + lost_quotes > 0
        """
    )
    assert len(decided) > 250
    assert {(agent, month): tuple(figures) for agent, month, *figures in found} == {
        (agent, month): (
            won := stages[agent, month, "Won"],
            lost := stages[agent, month, "Lost"],
            round(Decimal(won) / (won + lost), 6),
        )
        for agent, month in decided
    }


def test_the_days_to_a_decision_by_agent_equal_the_file(crm: Harness) -> None:
    days: dict[tuple[str, date], list[int]] = defaultdict(list)
    for _, record in dated():
        if record["close_date"]:
            closed_on = day(record, "close_date")
            taken = (closed_on - day(record, "engage_date")).days
            days[record["sales_agent"], closed_on.replace(day=1)].append(taken)
    found = crm.query(
        """
        select sales_rep_id, month, timed_quotes, median_days_to_decision
        from marts.quote_decisions_by_sales_rep_monthly
        where month is not null
        """
    )
    assert {(agent, month): tuple(figures) for agent, month, *figures in found} == {
        cell: (len(taken), median(taken)) for cell, taken in days.items()
    }


def test_open_opportunities_are_counted_apart_from_decided_ones(crm: Harness) -> None:
    still_open = Counter(record["sales_agent"] for _, record in dated() if record["deal_stage"] == "Engaging")
    found = crm.query(
        "select sales_rep_id, open_quotes from marts.quote_decisions_by_sales_rep_monthly where month is null"
    )
    assert dict(found) == still_open


def test_quotes_refer_to_their_accounts_and_products(crm: Harness) -> None:
    product_names = {"GTXPro": "GTX Pro"}
    quoted = Counter(
        (record["account"] or "(unknown)", product_names.get(record["product"], record["product"]))
        for _, record in dated()
    )
    found = crm.query(
        """
        select customers.name, products.name, count(*)
        from marts.fct_quotes
        join marts.dim_customers as customers using (customer_key)
        join marts.dim_products as products using (product_key)
        group by 1, 2
        """
    )
    assert {(customer, product): count for customer, product, count in found} == quoted


def test_the_page_shows_the_outcome_of_the_rows(crm: Harness) -> None:
    crm.assert_page_shows(FACTS)


def test_the_page_of_quotes_equals_their_lines(crm: Harness) -> None:
    ties = [tie for tie in quotes.TIES if "quotes_of" not in tie.state]

    assert compare(crm.warehouse, ties, currency="USD") > 1_000
